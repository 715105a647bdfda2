// Everything the core knows between two ticks. What must survive lies in `memory`; the rest is seen anew after a start.
import type { Level, Proof } from '../model/event.ts';
import type { RigId, SupplyId, SwitchId, UpsId } from '../model/id.ts';
import type { Fault } from '../model/outcome.ts';
import type { RigPhase, RigReading } from '../model/rig.ts';
import type { StepKind } from '../model/step.ts';
import type { Line, UpsNameplate } from '../model/ups.ts';
import type { Battery } from './battery.ts';
import type { Sample } from './gate.ts';
import { emptyMemory, type Memory } from './memory.ts';

export interface SupplyState {
  /** the last look with a known status */
  readonly sample?: Sample;
  readonly heardAtMs?: number;
  readonly nameplate: UpsNameplate;
  /** what is believed of the line; `unknown` while blind */
  readonly line: Line;
  /** believed to live on its battery, heard or not */
  readonly draining: boolean;
  /** the first accepted battery sample since the last mains; the blip is counted from here */
  readonly batterySinceMs?: number;
  readonly lastBatteryAtMs?: number;
  /** mains without a break, heard all the while */
  readonly steadySinceMs?: number;
  /** forced shutdown that came while we watched, or stood with battery: everything goes */
  readonly forced: boolean;
  /** forced shutdown that was there at first contact on mains, or outlived `doubtMinutes`: an alarm, no shed */
  readonly latched: boolean;
  readonly blindSaid: boolean;
  /** the floor was reached in this outage; stays until it ends */
  readonly floor?: { readonly sinceMs: number; readonly rule: string };
  readonly battery: Battery;
  /** W of everything on it as counted: rigs by their own word and ours, scaled to what the UPS measured in calm */
  readonly load: Load;
  readonly level: Level;
  readonly lastFault?: Fault;
}

export interface Load {
  /** W besides the rigs */
  readonly baseWatts: number;
  /** what the UPS measures for a W that the rigs are counted with, 0.7..1 */
  readonly scale: number;
  /** W measured above what we can account for, as of the last settled sample */
  readonly extraWatts: number;
  /** W believed at the output now */
  readonly watts: number;
  /** the rigs' share by their plates, to see a step by */
  readonly signature: number;
  /** W the UPS measured at the last step */
  readonly measuredWatts?: number;
  /** base and scale were fitted to a measured load while what each rig does was known */
  readonly fitted?: true;
  /** when the load last took a step that we made or saw */
  readonly steppedAtMs?: number;
}

/** On the way down: asked, waited for, looked at. */
export interface Stop {
  readonly askedAtMs: number;
  /** the first attempt was on the wire; grace counts from here */
  readonly beganAtMs?: number;
  /** its grace counts from an order that a run of the service before this one gave */
  readonly graceFromMs?: number;
  readonly tries: number;
  readonly nextTryAtMs: number;
  readonly confirmedAtMs?: number;
  readonly proof?: Proof;
  /** times it came back by itself while it should be down */
  readonly relapses: number;
}

/** On the way up. */
export interface Wake {
  readonly sinceMs: number;
  /** resumes given, those before a restart included */
  readonly tries: number;
  readonly nextTryAtMs: number;
  readonly deadlineMs: number;
}

export interface RigState {
  readonly phase: RigPhase;
  readonly sinceMs: number;
  readonly reading?: RigReading;
  readonly answeredAtMs?: number;
  /** the first question since the last answer that got none */
  readonly silentSinceMs?: number;
  readonly readFault?: Fault;
  /** as last seen hashing, for its rank and for whether it was up */
  readonly lastHashing?: { readonly atMs: number; readonly hashRate?: number; readonly watts?: number };
  readonly flight?: { readonly kind: StepKind; readonly sinceMs: number };
  readonly stop?: Stop;
  /** when a pause was last on the wire, for this stop or one before it */
  readonly pauseSentAtMs?: number;
  readonly wake?: Wake;
  /** it booted at this moment, and not by our doing: firmware may be on its way into it */
  readonly rebootedAtMs?: number;
  /** we brought it back since this service started: it may still ramp */
  readonly returned?: true;
  /** its turn in the queue of the return has come */
  readonly admitted: boolean;
}

export interface SwitchState {
  readonly seen?: 'fed' | 'cut';
  readonly seenAtMs?: number;
  readonly flight?: { readonly kind: 'cut' | 'feed'; readonly sinceMs: number };
  readonly tries: number;
  readonly nextTryAtMs: number;
}

export interface Packet {
  readonly atMs: number;
  readonly rigs: readonly RigId[];
}

export interface Drill {
  readonly rig: RigId;
  readonly cut: boolean;
  readonly sinceMs: number;
  readonly part: 'down' | 'back';
  /** by then it must be down */
  readonly downByMs?: number;
  readonly pauseMs?: number;
  readonly cutMs?: number;
  readonly backSinceMs?: number;
  readonly trouble?: string;
}

export interface State {
  readonly memory: Memory;
  readonly supplies: ReadonlyMap<UpsId, SupplyState>;
  readonly rigs: ReadonlyMap<RigId, RigState>;
  readonly switches: ReadonlyMap<SwitchId, SwitchState>;
  readonly startedAtMs: number;
  /** the last tick */
  readonly tickedAtMs?: number;
  /** when the service came to itself after it had stood still */
  readonly wokeAtMs?: number;
  readonly drill?: Drill;
  /** steps that were journaled and not carried out in this outage, for lastwatt is disarmed */
  readonly dryRuns: ReadonlySet<string>;
  /** the last rigs that were started together, by supply */
  readonly packets: ReadonlyMap<SupplyId, Packet>;
  /** a return is under way since */
  readonly returningSinceMs?: number;
  /** the rigs as they ranked at the last tick */
  readonly order: readonly RigId[];
  /** what a person was told once */
  readonly said: ReadonlySet<string>;
}

export const UNSEEN_SUPPLY: SupplyState = {
  nameplate: {},
  line: 'unknown',
  draining: false,
  forced: false,
  latched: false,
  blindSaid: false,
  battery: {},
  load: { baseWatts: 0, scale: 1, extraWatts: 0, watts: 0, signature: 0 },
  level: 'normal',
};

export function unseenRig(nowMs: number): RigState {
  return { phase: 'unknown', sinceMs: nowMs, admitted: false };
}

export const UNSEEN_SWITCH: SwitchState = { tries: 0, nextTryAtMs: 0 };

export function initialState(startedAtMs: number, memory: Memory = emptyMemory()): State {
  return {
    memory,
    supplies: new Map(),
    rigs: new Map(),
    switches: new Map(),
    startedAtMs,
    dryRuns: new Set(),
    packets: new Map(),
    order: [],
    said: new Set(),
  };
}
