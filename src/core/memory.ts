// What must survive a restart, and what it means: there is no second state file. It is a fold over the journal
// (remember.ts), so that what is remembered after a crash is what was remembered before it.
import type { CommandFrom } from '../model/command.ts';
import type { CoinId, RigId, SwitchId, UpsId } from '../model/id.ts';
import type { RigIdentity, RigSettings } from '../model/rig.ts';
import type { PastDischarge, UpsIdentity } from '../model/ups.ts';
import type { OutageLog } from '../planner/learn.ts';
import { type Carried, isUntold } from './carried.ts';
import type { LimitMemory } from './limited.ts';
import type { Lives } from './lives.ts';
import type { Orphan } from './orphans.ts';
import type { Progress } from './progress.ts';

export interface Hold {
  readonly as: 'up' | 'down';
  readonly from: CommandFrom;
  readonly sinceMs: number;
  /** absent: until released */
  readonly untilMs?: number;
  /** skip grace and cool-down */
  readonly now?: true;
}

/** A rig that we took down, or that went dark with the grid while it was up: it is owed a return. */
export interface Owed {
  readonly sinceMs: number;
  /** it was up before our step; one that was not is fed again, never woken */
  readonly wasUp: boolean;
  /** a person's wish took it down: its return needs no arming */
  readonly byPerson: boolean;
  /** a person released it: its return needs no arming either, whoever took it down */
  readonly released?: true;
  /** nothing but a person's `up` owes it: over with the wish */
  readonly wished?: true;
  /** what it ran in before, where its pause forgets it */
  readonly mode?: string;
}

export interface KnownFault {
  readonly code: string;
  readonly say: string;
  readonly sinceMs: number;
}

/** Why no order is given to a rig: who answers on its address is not it, or answers under two names. */
export interface Bar {
  readonly is: RigIdentity;
  /** the rig of the file that this machine is known as */
  readonly of?: RigId;
  /** it is who it was, and answers as that other rig as well */
  readonly twin?: RigId;
}

/** What a rig was seen to take of late, ms, the newest last. */
export interface SeenTimes {
  readonly pauseMs?: readonly number[];
  readonly wakeMs?: readonly number[];
  readonly bootMs?: readonly number[];
}

export interface RigMemory extends Progress, LimitMemory {
  readonly times?: SeenTimes;
  /** pauses that waited for a share, and those of them that got one */
  readonly shares?: { readonly waits: number; readonly came: number };
  /** what its driver changed that it must not: it gives this rig no order */
  readonly benched?: readonly (keyof RigSettings)[];
  /** which machine it is */
  readonly knownAs?: RigIdentity;
  readonly hold?: Hold;
  readonly owed?: Owed;
  /** the pause that stands: when it was last asked */
  readonly asked?: { readonly atMs: number };
  readonly fault?: KnownFault;
  /** by the last that was seen of it when nothing was owed to it: up, or put to sleep by somebody else */
  readonly up?: boolean;
  /** wall time of the last drill that went well */
  readonly drilledAt?: string;
  /** wall time of the last drill in which it was seen dark behind its contacts */
  readonly darkAt?: string;
}

export interface SwitchMemory {
  readonly want: 'fed' | 'cut';
  readonly sinceMs: number;
  /** the driver said it was done */
  readonly done: boolean;
  /** when it was moved in the last hour, newest last */
  readonly movedAtMs: readonly number[];
  /** which contact it was when it was last moved */
  readonly wiring?: string;
  /** what hung on it when we opened it; until a feed of it is done */
  readonly opened?: readonly RigId[];
  readonly fault?: KnownFault;
  /** its board was not there for a while since it was last to be moved */
  readonly lost?: true;
  /** what it takes to open at its longest of late, where that is slow */
  readonly slowMs?: number;
}

export interface Outage {
  readonly beganAtMs: number;
  /** it was told to be no blip */
  readonly stands?: true;
  /** ms of the outages that it followed within ten minutes */
  readonly afterMs?: number;
  /** the last that a life of the service which has ended saw of it */
  readonly seenUntilMs?: number;
}

export interface SupplyMemory {
  readonly outage?: Outage;
  /** the last outage, for one that follows within ten minutes: how long it lasted, with those that it followed */
  readonly lately?: { readonly lastedMs: number; readonly untilMs: number };
  /** what its outages have shown of how long they last */
  readonly log?: OutageLog;
  /** when the last outage ended */
  readonly endedAtMs?: number;
  /** absent: no generator ever has */
  readonly carried?: Carried;
  /** outages that began within ten minutes of the end of the one before */
  readonly relapses: number;
  readonly depth?: { readonly value: number; readonly from: string; readonly atMs: number };
  readonly capacityWh?: number;
  readonly assumed?: true;
  /** percent at which its charge stood still in a discharge, and does since: it tells nothing */
  readonly stuckAt?: number;
  /** what was last journaled of which source is believed and which figures are not */
  readonly weighed?: { readonly key: string; readonly atMs: number };
  /** what its discharges told of its battery, oldest first; few */
  readonly past?: readonly PastDischarge[];
  /** who answers under its name */
  readonly knownAs?: UpsIdentity;
  readonly faults: readonly KnownFault[];
}

/** What the source of a coin told last, and was believed. */
export interface CoinMemory {
  /** currency a day for `hashRate`; absent: it has told nothing yet */
  readonly told?: { readonly perDay: number; readonly hashRate: number; readonly atMs: number };
  readonly faults: readonly KnownFault[];
}

export interface Memory {
  /** as the service last started or a person last said; absent: it never ran, the configuration decides */
  readonly armed?: boolean;
  readonly bootId?: string;
  /** the first start of this boot, where there was one before it: the time in between may have been an outage */
  readonly rebootedAtMs?: number;
  readonly lastMs?: number;
  /** the last record of the life before this one; absent: there was none, or it was in another boot */
  readonly diedMs?: number;
  readonly lives?: Lives;
  readonly rigs: Map<RigId, RigMemory>;
  readonly switches: Map<SwitchId, SwitchMemory>;
  readonly supplies: Map<UpsId, SupplyMemory>;
  /** another one whenever the rules see a rig otherwise than before (askable.ts) */
  readonly seenAs: object;
  /** rigs that are given no order */
  readonly barred: ReadonlyMap<RigId, Bar>;
  readonly coins: Map<CoinId, CoinMemory>;
  /** contacts that we opened and that the file no longer has */
  readonly orphans: readonly Orphan[];
}

/** Every rig is as the file has it. */
export const AS_IN_THE_FILE: object = {};

export function emptyMemory(): Memory {
  return {
    seenAs: AS_IN_THE_FILE,
    rigs: new Map(),
    switches: new Map(),
    supplies: new Map(),
    coins: new Map(),
    barred: new Map(),
    orphans: [],
  };
}

/** A copy that `remember` may change; what it holds is never changed in place. */
export function copyOf(memory: Memory): Memory {
  return {
    ...memory,
    rigs: new Map(memory.rigs),
    switches: new Map(memory.switches),
    supplies: new Map(memory.supplies),
    coins: new Map(memory.coins),
  };
}

const NO_RIG: RigMemory = {};
const NO_SUPPLY: SupplyMemory = { relapses: 0, faults: [] };

export function rigMemory(memory: Memory, rig: RigId): RigMemory {
  return memory.rigs.get(rig) ?? NO_RIG;
}

const NO_COIN: CoinMemory = { faults: [] };

export function coinMemory(memory: Memory, coin: CoinId): CoinMemory {
  return memory.coins.get(coin) ?? NO_COIN;
}

export function supplyMemory(memory: Memory, ups: UpsId): SupplyMemory {
  return memory.supplies.get(ups) ?? NO_SUPPLY;
}

/**
 * From when mains must hold: the end of the last outage, the generator's after it, or a boot that may have been one. Undefined also where
 * it may be a generator's power still.
 */
export function mainsBackAtMs(memory: Memory, ups: UpsId): number | undefined {
  const { endedAtMs = memory.rebootedAtMs, carried } = supplyMemory(memory, ups);
  if (isUntold(carried)) return undefined;
  return carried?.untilMs === undefined ? endedAtMs : Math.max(endedAtMs ?? carried.untilMs, carried.untilMs);
}

/** Owed a return that does not end with a person's wish. */
export function isOwed(owed: Owed | undefined): boolean {
  return owed !== undefined && owed.wished !== true;
}

/** Whether a person has a hand in its return: that needs no arming (contract.md 3). */
export function isAskedFor(owed: Owed | undefined): boolean {
  return owed?.byPerson === true || owed?.released === true;
}
