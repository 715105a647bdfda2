// What happened; one journal line each (contract.md 5). A field may be added, none may change its meaning.
import type { Command, CommandFrom } from './command.ts';
import type { CoinId, GeneratorId, InputId, RigId, SwitchId, UpsId } from './id.ts';
import type { Fault } from './outcome.ts';
import type { RigIdentity, RigPhase, RigSettings } from './rig.ts';
import type { Reason, Step } from './step.ts';
import type { Line, PastDischarge, UpsIdentity } from './ups.ts';

export type Level = 'normal' | 'shedding' | 'last-stand' | 'dark' | 'restoring';

/** How a cut was earned: a reading showed the rig quiet; its grace was over; the floor or a person's --now forced it. */
export type Proof = 'watts' | 'state' | 'switch' | 'hash-rate' | 'grace-over' | 'forced' | 'silent' | 'assumed';

/**
 * Of the rigs behind a contact that opens, by the least certain: each was seen quiet or silent; one had its time and was not seen; one
 * was not given its time.
 */
export type Stamp = 'proved' | 'assumed' | 'forced';

/** What a file says otherwise of contacts than what is remembered of them. */
export interface Rewiring {
  /** cut by us and not in the file any more, or another contact there: nobody closes them; `rigs`: what hung on them */
  readonly orphaned?: readonly { readonly switch: SwitchId; readonly wiring?: string; readonly rigs: readonly RigId[] }[];
  /** another contact under the old name: nothing is remembered of it */
  readonly rewired?: readonly SwitchId[];
  /** orphans that the file has again, as they were */
  readonly regained?: readonly { readonly switch: SwitchId; readonly wiring?: string }[];
}

export type Event =
  | ({
      readonly event: 'started';
      readonly bootId: string;
      readonly version: string;
      readonly armed: boolean;
      readonly pid: number;
      /** a reboot let their contacts fall open: they were up, and are owed a return */
      readonly fell?: readonly RigId[];
    } & Rewiring)
  /** as `started`, at a reload */
  | ({ readonly event: 'rewired' } & Rewiring)
  /** one that we opened is closed, and not by a step of ours: a reboot let it fall, or somebody closed it */
  | { readonly event: 'found-fed'; readonly switch: SwitchId }
  /** a person released contacts of this name that the file no longer has */
  | { readonly event: 'forgotten'; readonly switch: SwitchId }
  | { readonly event: 'stopped'; readonly signal: string }
  | { readonly event: 'armed' | 'disarmed'; readonly from: CommandFrom; readonly actor?: string }
  /**
   * `up`: the rigs that were up when it began, on this UPS or on mains: they are owed a return. `silent`: taken so, not said.
   * `anew`: those on their way whose grace and tries begin anew with it; absent in older lines: all
   */
  | {
      readonly event: 'outage-began';
      readonly ups: UpsId;
      readonly up: readonly RigId[];
      readonly anew?: readonly RigId[];
      readonly silent?: true;
    }
  /** it is no blip: what a person is told of an outage, once */
  | {
      readonly event: 'outage-stands';
      readonly ups: UpsId;
      readonly seconds: number;
      readonly runtimeSeconds: number | null;
      readonly silent?: true;
    }
  /** `seconds` null: it ended while the service was down; `anew` as in `outage-began` */
  | {
      readonly event: 'outage-ended';
      readonly ups: UpsId;
      readonly seconds: number | null;
      readonly blip: boolean;
      readonly anew?: readonly RigId[];
      /** whose power it is was told by nobody: the contact of a generator behind it was not heard */
      readonly line?: 'unknown';
    }
  /** a generator carries it, or does so no more; or it is known again whose power it is */
  | { readonly event: 'line'; readonly ups: UpsId; readonly from: Line; readonly to: Line; readonly generator?: GeneratorId }
  | { readonly event: 'level'; readonly ups: UpsId; readonly from: Level; readonly to: Level }
  | {
      readonly event: 'step-due';
      readonly step: Step;
      readonly because: Reason;
      /** of a pause or cut: the rig was up before, so it is owed a return; and the mode it ran in */
      readonly wasUp?: readonly RigId[];
      readonly mode?: string;
      /** of a pause: how long it waited for a share, and whether one came */
      readonly waitedMs?: number;
      readonly share?: boolean;
      /** of a cut: how sure it is that nothing hashes behind it */
      readonly stamp?: Stamp;
      /** of a cut or feed: which contact it is that moves */
      readonly wiring?: string;
      readonly dryRun?: true;
    }
  | {
      readonly event: 'step-settled';
      readonly step: Step;
      readonly ok: boolean;
      readonly fault?: Fault;
      readonly tookMs: number;
      /** it went ahead of a journal that did not answer; its `step-due` was written before anybody could know that */
      readonly unsynced?: true;
    }
  /** `tookMs`: of one that hashed, from the first byte of its pause until it was seen quiet */
  | {
      readonly event: 'phase';
      readonly rig: RigId;
      readonly from: RigPhase;
      readonly to: RigPhase;
      readonly proof?: Proof;
      readonly tookMs?: number;
    }
  /**
   * its own watts show that it makes do with a limit: the last of its three facts, behind `step-due` and `step-settled`; `limit`: what it
   * tells of it, in its driver's words; `fullWatts`: W that it drew before any limit, by its own meter, where that is known
   */
  | {
      readonly event: 'limit-shown';
      readonly rig: RigId;
      readonly watts: number;
      readonly drawnWatts: number;
      readonly limit?: string;
      readonly fullWatts?: number;
    }
  /** it tells that it is as before any limit: nothing is owed to it of that any more */
  | { readonly event: 'limit-over'; readonly rig: RigId }
  /** its first answer came after our order, and showed it hashing: it was up, which nobody could know before */
  | { readonly event: 'was-up'; readonly rig: RigId }
  /** a rig is hashing again, or was released: nothing is owed to it any more; `after`: from what it took `workMs` to be seen hashing */
  | {
      readonly event: 'returned';
      readonly rig: RigId;
      readonly tookMs: number | null;
      readonly proof: Proof | 'released';
      readonly after?: 'resume' | 'feed';
      readonly workMs?: number;
    }
  | { readonly event: 'command'; readonly command: Command; readonly from: CommandFrom; readonly actor?: string }
  | { readonly event: 'hold-ended'; readonly rig: RigId; readonly as: 'up' | 'down' }
  | {
      readonly event: 'blind';
      readonly ups: UpsId;
      readonly silentSeconds: number;
      readonly last: 'mains' | 'battery' | 'unknown';
      /** what its source says of it, with what to do */
      readonly why?: string;
    }
  | { readonly event: 'heard'; readonly ups: UpsId; readonly silentSeconds: number }
  /** what is believed of a battery, kept so that a restart in an outage goes on from there */
  | {
      readonly event: 'believed';
      readonly ups: UpsId;
      /** with what was drawn since the last sample */
      readonly depth: number;
      /** as the last sample left it, where something was drawn since */
      readonly accepted?: number;
      readonly from: string;
      readonly capacityWh: number | null;
      /** nothing told the size */
      readonly assumed?: true;
      /** percent at which its charge stood still in a discharge, and does since */
      readonly stuckAt?: number;
    }
  /** what a discharge told of the battery; `again`: more of the one before */
  | ({ readonly event: 'learned'; readonly ups: UpsId; readonly again?: true } & Omit<PastDischarge, 'at'>)
  /** other figures of a battery are rejected than were, or another source of its depth is believed; `key`: what is compared */
  | {
      readonly event: 'weighed';
      readonly ups: UpsId;
      readonly from: string | null;
      readonly sources: readonly { readonly from: string; readonly usedPercent: number; readonly stands: string }[];
      readonly rejected: readonly { readonly figure: string; readonly found: string; readonly why: string }[];
      readonly key: string;
    }
  /** who answers under this name from here on: what was learned before is learned anew */
  | { readonly event: 'ups-known'; readonly ups: UpsId; readonly is: UpsIdentity }
  /** which machine it is that stands under this name from here on; orders go to no other */
  | { readonly event: 'rig-known'; readonly rig: RigId; readonly is: RigIdentity }
  /**
   * Another machine (`is`) answers on its address, one that another rig of the file is known as (`of`), or both names mean one
   * machine (`twin`): no order is given to it from here on, and nothing that it tells counts.
   */
  | { readonly event: 'rig-barred'; readonly rig: RigId; readonly is: RigIdentity; readonly of?: RigId; readonly twin?: RigId }
  /**
   * Its pools, fans or clocks were not after an order of ours what they were before: its driver is benched, and gives it no order from
   * here on. Empty: a person has seen to it.
   */
  | { readonly event: 'rig-benched'; readonly rig: RigId; readonly changed: readonly (keyof RigSettings)[] }
  /** it is itself again */
  | { readonly event: 'rig-unbarred'; readonly rig: RigId }
  | {
      readonly event: 'fault';
      readonly code: string;
      readonly rig?: RigId;
      readonly switch?: SwitchId;
      readonly ups?: UpsId;
      /** by its name in the file */
      readonly board?: string;
      readonly input?: InputId;
      readonly coin?: CoinId;
      readonly say: string;
    }
  | {
      readonly event: 'fault-cleared';
      readonly code: string;
      readonly rig?: RigId;
      readonly switch?: SwitchId;
      readonly ups?: UpsId;
      readonly board?: string;
      readonly input?: InputId;
      readonly coin?: CoinId;
    }
  | {
      readonly event: 'drilled';
      readonly rig: RigId;
      readonly ok: boolean;
      readonly pauseMs: number | null;
      readonly cutMs?: number | null;
      readonly backMs: number | null;
      readonly say: string;
    }
  /** what a coin earns from here on, by its source: currency a day for so many H/s */
  | { readonly event: 'coin'; readonly coin: CoinId; readonly perDay: number; readonly hashRate: number }
  /** what light and buzzer on the panel stand for from here on; at most every 5 s */
  | { readonly event: 'panel'; readonly shows: 'mains' | 'battery' | 'shedding' | 'hold' | 'fault' }
  | { readonly event: 'noted'; readonly say: string };

export type EventName = Event['event'];
