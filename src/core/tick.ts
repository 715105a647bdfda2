// The desk of one tick: the state being made, and what comes out of it. Every room of the core writes through it, so
// that what is remembered changes by events only and every deadline is asked for.
import type { Event } from '../model/event.ts';
import type { CoinId, InputId, RigId, SupplyId, SwitchId, UpsId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import type { Site, SiteUps } from '../model/site.ts';
import type { DueStep } from '../model/step.ts';
import { askableSite } from './askable.ts';
import { byKeys } from './by-keys.ts';
import { coinMemory, copyOf, type KnownFault, type Memory, type RigMemory, rigMemory, supplyMemory } from './memory.ts';
import { onceEach } from './once-each.ts';
import type { PlanQuestion } from './plan-question.ts';
import { remember } from './remember.ts';
import {
  type CoinState,
  type Drill,
  type Fit,
  type InputState,
  type Packet,
  type RigState,
  type State,
  type SupplyState,
  type SwitchState,
  UNSEEN_SUPPLY,
  UNSEEN_SWITCH,
  unseenRig,
} from './state.ts';

/** What the core is told of the moment: `stamp` is a label for people and never compared. */
export interface Moment {
  readonly nowMs: number;
  readonly stamp: string;
}

export interface Tick {
  /** as the rules see it: a rig that is given no order can be asked nothing */
  site: Site;
  readonly nowMs: number;
  readonly startedAtMs: number;
  readonly wokeAtMs: number | undefined;
  memory: Memory;
  readonly supplies: Map<UpsId, SupplyState>;
  readonly rigs: Map<RigId, RigState>;
  readonly switches: Map<SwitchId, SwitchState>;
  readonly inputs: Map<InputId, InputState>;
  readonly awaited: ReadonlyMap<InputId, number>;
  readonly coins: Map<CoinId, CoinState>;
  readonly events: Event[];
  readonly due: DueStep[];
  /** plans to be searched for elsewhere */
  readonly questions: PlanQuestion[];
  /** supplies heard in this tick: what they carry is counted already */
  readonly counted: Set<UpsId>;
  readonly dryRuns: Set<string>;
  readonly packets: Map<SupplyId, Packet>;
  readonly said: Set<string>;
  order: readonly RigId[];
  drill: Drill | undefined;
  returningSinceMs: number | undefined;
  limitOffAtMs: number | undefined;
  fit: Fit | undefined;
  againAtMs: number;
  emit(event: Event): void;
  /** Something will be due at `ms`; the tick is called again by then. */
  askAgain(ms: number): void;
}

/** At least once a second, whatever is due (README decision 14). */
const LONGEST_SLEEP_MS = 1000;
/**
 * Ticks further apart than this: the machine slept, or the process was stopped. With the time between two polls it is less than a UPS may be
 * silent for (heard.ts): nobody is taken for silent whom nobody asked.
 */
const STANDSTILL_MS = 3_000;
/** So long after it what was heard before is old. */
export const STOOD_STILL_MS = 5_000;

export function openTick(state: State, site: Site, moment: Moment): Tick {
  const allRigs = [...site.rigs.keys()];
  const still = state.tickedAtMs === undefined ? 0 : moment.nowMs - state.tickedAtMs;
  let ownMemory = false;
  const tick: Tick = {
    site: askableSite(site, state.memory),
    nowMs: moment.nowMs,
    startedAtMs: state.startedAtMs,
    wokeAtMs: still > STANDSTILL_MS ? moment.nowMs : state.wokeAtMs,
    memory: state.memory,
    supplies: new Map(state.supplies),
    rigs: new Map(state.rigs),
    switches: new Map(state.switches),
    inputs: new Map(state.inputs),
    awaited: state.awaited,
    coins: new Map(state.coins),
    events: [],
    due: [],
    questions: [],
    counted: new Set(),
    dryRuns: new Set(state.dryRuns),
    packets: new Map(state.packets),
    said: new Set(state.said),
    order: state.order,
    drill: state.drill,
    returningSinceMs: state.returningSinceMs,
    limitOffAtMs: state.limitOffAtMs,
    fit: state.fit,
    againAtMs: moment.nowMs + LONGEST_SLEEP_MS,
    emit: (event) => {
      tick.events.push(event);
      // The state before stands as it was; most ticks have nothing to remember.
      if (!ownMemory) tick.memory = copyOf(tick.memory);
      ownMemory = true;
      tick.memory = remember(tick.memory, event, { monoMs: moment.nowMs, at: moment.stamp, allRigs });
    },
    askAgain: (ms) => {
      if (ms > moment.nowMs && ms < tick.againAtMs) tick.againAtMs = ms;
    },
  };
  if (still > STANDSTILL_MS)
    tick.emit({ event: 'noted', say: `stood still for ${Math.round(still / 1000)} s: everything is looked at anew` });
  return tick;
}

export function closeTick(tick: Tick): State {
  return {
    memory: tick.memory,
    supplies: tick.supplies,
    rigs: tick.rigs,
    switches: tick.switches,
    inputs: tick.inputs,
    awaited: tick.awaited,
    coins: tick.coins,
    startedAtMs: tick.startedAtMs,
    tickedAtMs: tick.nowMs,
    wokeAtMs: tick.wokeAtMs,
    dryRuns: tick.dryRuns,
    packets: tick.packets,
    said: tick.said,
    order: tick.order,
    drill: tick.drill,
    returningSinceMs: tick.returningSinceMs,
    limitOffAtMs: tick.limitOffAtMs,
    fit: tick.fit,
  };
}

/** What every reader of a state and a tick needs alike. */
export type Scene = Pick<Tick, 'site' | 'nowMs' | 'startedAtMs' | 'order'> & {
  readonly wokeAtMs?: number | undefined;
  readonly drill?: Drill | undefined;
  readonly dryRuns: ReadonlySet<string>;
  readonly packets: ReadonlyMap<SupplyId, Packet>;
  readonly memory: Memory;
  readonly supplies: ReadonlyMap<UpsId, SupplyState>;
  readonly rigs: ReadonlyMap<RigId, RigState>;
  readonly switches: ReadonlyMap<SwitchId, SwitchState>;
  readonly inputs: ReadonlyMap<InputId, InputState>;
  readonly awaited: ReadonlyMap<InputId, number>;
  readonly coins: ReadonlyMap<CoinId, CoinState>;
};

/** A state looked at, for views: the same readers serve tick and view. */
export function sceneOf(state: State, site: Site, nowMs: number): Scene {
  return {
    site: askableSite(site, state.memory),
    nowMs,
    startedAtMs: state.startedAtMs,
    wokeAtMs: state.wokeAtMs,
    memory: state.memory,
    supplies: state.supplies,
    rigs: state.rigs,
    switches: state.switches,
    inputs: state.inputs,
    awaited: state.awaited,
    coins: state.coins,
    dryRuns: state.dryRuns,
    packets: state.packets,
    order: state.order,
    drill: state.drill,
  };
}

export function supplyOf(scene: Scene, id: UpsId): SupplyState {
  return scene.supplies.get(id) ?? UNSEEN_SUPPLY;
}

export function rigOf(scene: Scene, id: RigId): RigState {
  return scene.rigs.get(id) ?? unseenRig(scene.startedAtMs);
}

export function switchOf(scene: Scene, id: SwitchId): SwitchState {
  return scene.switches.get(id) ?? UNSEEN_SWITCH;
}

export function rememberedRig(scene: Scene, id: RigId): RigMemory {
  return rigMemory(scene.memory, id);
}

/** We stood still until a moment ago: whoever was not heard since had no time to answer. */
export function stoodStill({ wokeAtMs, nowMs }: Scene): boolean {
  return wokeAtMs !== undefined && nowMs - wokeAtMs < STOOD_STILL_MS;
}

export function isArmed(scene: Scene): boolean {
  return scene.memory.armed ?? scene.site.armed;
}

/** The rigs of a site that a supply can keep alight. */
export function rigsOn(site: Site, supply: SupplyId): readonly Rig[] {
  return rigIndex(site).get(supply) ?? [];
}
const rigIndex = onceEach(({ rigs }: Site) => byKeys(rigs.values(), ({ fedBy }) => fedBy));

/** The UPSes among a rig's supplies; empty for a rig on mains alone. */
export function upsesOf(site: Site, rig: Rig): readonly SiteUps[] {
  const index = upsIndex(site);
  let own = index.get(rig.id);
  if (own === undefined) {
    own = rig.fedBy.flatMap((supply) => site.supplies.get(supply) ?? []);
    index.set(rig.id, own);
  }
  return own;
}
const upsIndex = onceEach((_: Site): Map<RigId, readonly SiteUps[]> => new Map());

/** Rigs that more than one supply can keep alight. */
export const sharedRigs = onceEach((site: Site): readonly Rig[] => [...site.rigs.values()].filter((rig) => upsesOf(site, rig).length > 1));

/** Its battery is believed to be drained, or it will drop its output. */
export function isGoing(scene: Scene, id: UpsId): boolean {
  const { draining, forced } = supplyOf(scene, id);
  return draining || forced;
}

/** Whether no UPS can keep a rig alight: it goes dark with the grid. */
export function onMainsAlone(site: Site, rig: Rig): boolean {
  return upsesOf(site, rig).length === 0;
}

export function setRig(tick: Tick, id: RigId, change: Partial<RigState>): void {
  tick.rigs.set(id, { ...rigOf(tick, id), ...change });
}

export function setSupply(tick: Tick, id: UpsId, change: Partial<SupplyState>): void {
  tick.supplies.set(id, { ...supplyOf(tick, id), ...change });
}

export function setSwitch(tick: Tick, id: SwitchId, change: Partial<SwitchState>): void {
  tick.switches.set(id, { ...switchOf(tick, id), ...change });
}

interface Whose {
  readonly rig?: RigId;
  readonly ups?: UpsId;
  readonly switch?: SwitchId;
  readonly coin?: CoinId;
}

function isFaulty({ memory }: Tick, code: string, { rig, switch: contact, ups, coin }: Whose): boolean {
  if (rig !== undefined) return rigMemory(memory, rig).fault?.code === code;
  if (contact !== undefined) return memory.switches.get(contact)?.fault?.code === code;
  const { faults } = ups !== undefined ? supplyMemory(memory, ups) : coin !== undefined ? coinMemory(memory, coin) : NOTHING;
  return faults.some((one) => one.code === code);
}

const NOTHING = { faults: [] as readonly KnownFault[] };

/** A fault is said once, and again only after it was cleared or, of a rig or a switch, another took its place. */
export function raise(tick: Tick, fault: Event & { event: 'fault' }): void {
  if (!isFaulty(tick, fault.code, fault)) tick.emit(fault);
}

export function clear(tick: Tick, code: string, what: Whose): void {
  if (isFaulty(tick, code, what)) tick.emit({ event: 'fault-cleared', code, ...what });
}
