// A battery run forward from now: who leaves a supply when, by plan, threshold or floor, and what is left when the last rig is down.
import type { RigId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import type { SiteUps } from '../model/site.ts';
import type { Reason } from '../model/step.ts';
import { HORIZON_HOURS } from '../planner/problem.ts';
import { type Curve, LEAST_WATTS } from './capacity.ts';
import type { Limit } from './foresee-steps.ts';
import { LIMIT_FALLS_SECONDS } from './limited.ts';
import { freedWatts } from './load.ts';
import { isKeptUp } from './rules/leaving.ts';
import { IDLE_SHARE, lowPointSeconds, NEAR_FLOOR, needSeconds, pauseSeconds, stopSeconds, type Thresholds } from './thresholds.ts';
import { type Scene, supplyOf } from './tick.ts';
import { rounded } from './want.ts';

/** Nothing is foreseen further than this. */
export const HORIZON_SECONDS = HORIZON_HOURS * 3600;

/** One supply, from now on. */
export interface Night {
  readonly ups: SiteUps;
  readonly curve: Curve;
  readonly thresholds: (watts: number) => Thresholds;
  readonly leaves: Map<RigId, { readonly atSeconds: number; readonly because: Reason }>;
  /** W that its sleepers draw */
  idleWatts: number;
  /** from when paused rigs are cut, too */
  cutsFromSeconds: number | undefined;
  /** runtime at which the UPS says low battery, where that comes before anything of ours */
  lowSeconds: number | undefined;
  seconds: number;
  depth: number;
  watts: number;
  /** s by which a stop outlasts the battery; 0 while all fit */
  shortSeconds: number;
  /** those still up, the first to leave first */
  up: Rig[];
  /** the limits that are yet to come, the next first */
  toLimit: Limit[];
  readonly limits: Limit[];
  /** s from now at which each leaves by its plan; absent: by thresholds */
  readonly planned: ReadonlyMap<RigId, number> | undefined;
}

/** s that what is left carries what draws now. */
export const runtimeOf = (night: Night): number => (1 - night.depth) * night.curve(Math.max(night.watts, LEAST_WATTS));

/** So many seconds pass at what draws now. */
export function pass(night: Night, seconds: number): void {
  night.seconds += seconds;
  night.depth = Math.min(1, night.depth + seconds / night.curve(Math.max(night.watts, LEAST_WATTS)));
}

/** Runs the policy forward. Returns the runtime believed left when the last rig is down; negative where it runs out first. */
export function runDown(scene: Scene, night: Night, floor: boolean): number {
  let ahead = aheadOf(scene, night);
  if (floor && night.up.length > 0) return lastStand(scene, night, floorReason(night, ahead));
  while (night.up.length > 0 && night.seconds < HORIZON_SECONDS) {
    if (ahead.toFloor <= 0) return lastStand(scene, night, floorReason(night, ahead));
    goOn(scene, night, ahead);
    ahead = aheadOf(scene, night);
  }
  if (night.shortSeconds > 0) return -night.shortSeconds;
  return night.up.length === 0 ? runtimeOf(night) : Number.POSITIVE_INFINITY;
}

/** On to the next thing that happens before the floor. */
function goOn(scene: Scene, night: Night, { worst, ...ahead }: Ahead): void {
  const near = ahead.toNear <= 0;
  if (near) night.cutsFromSeconds = night.seconds;
  if (ahead.toLimit <= 0) return limit(night);
  if (worst !== undefined && ahead.toShed <= 0) return shed(scene, night, { ...ahead, rig: worst });
  pass(night, Math.min(ahead.toShed, ahead.toLimit, ahead.toFloor, near ? Number.POSITIVE_INFINITY : ahead.toNear) + 1e-6);
}

/** Seconds until each thing that may come next; what is at 0 or less is there. */
interface Ahead {
  readonly runtime: number;
  readonly shedBelowSeconds: number;
  readonly cutBelowSeconds: number;
  readonly worst: Rig | undefined;
  readonly toShed: number;
  readonly toLimit: number;
  readonly toReserve: number;
  readonly toLow: number;
  readonly toFloor: number;
  /** so near to the floor that sleepers are cut */
  readonly toNear: number;
}

function aheadOf(scene: Scene, night: Night): Ahead {
  const { shedBelowSeconds = Number.POSITIVE_INFINITY, cutBelowSeconds } = night.thresholds(night.watts);
  const runtime = runtimeOf(night);
  const full = night.curve(Math.max(night.watts, LEAST_WATTS));
  const toReserve = (1 - night.depth - night.ups.reservePercent / 100) * full;
  const toLow = runtime - lowPointSeconds(supplyOf(scene, night.ups.id), night.curve, night.watts);
  const worst = night.up.find((rig) => !isKeptUp(scene, rig.id));
  return {
    runtime,
    shedBelowSeconds,
    cutBelowSeconds,
    worst,
    toShed: worst === undefined ? Number.POSITIVE_INFINITY : untilShed(night, worst, runtime - shedBelowSeconds),
    toLimit: (night.toLimit[0]?.atSeconds ?? Number.POSITIVE_INFINITY) - night.seconds,
    toReserve,
    toLow,
    toFloor: Math.min(runtime - cutBelowSeconds, toReserve, toLow),
    toNear: cutsWhenNear(scene, night) ? runtime - NEAR_FLOOR * cutBelowSeconds : Number.POSITIVE_INFINITY,
  };
}

function untilShed({ planned, seconds }: Night, worst: Rig, byThreshold: number): number {
  return planned === undefined ? byThreshold : (planned.get(worst.id) ?? Number.POSITIVE_INFINITY) - seconds;
}

/** By `auto` sleepers are cut when they cost much, and before the floor. */
function cutsWhenNear(scene: Scene, night: Night): boolean {
  return scene.site.policy.cutPaused === 'auto' && night.cutsFromSeconds === undefined;
}

function floorReason(night: Night, at: Ahead): Reason {
  if (at.toLow <= 0 && at.runtime > at.cutBelowSeconds && at.toReserve > 0) {
    night.lowSeconds = at.runtime;
    return { rule: 'low-battery', facts: rounded({ ups: night.ups.id, runtimeSeconds: at.runtime }) };
  }
  if (at.runtime <= at.cutBelowSeconds) {
    return {
      rule: 'runtime-below-cut',
      facts: rounded({ ups: night.ups.id, runtimeSeconds: at.runtime, cutBelowSeconds: at.cutBelowSeconds }),
    };
  }
  return { rule: 'charge-below-reserve', facts: rounded({ ups: night.ups.id, reservePercent: night.ups.reservePercent }) };
}

/** Its watts go at once, but for what it may yet draw until they do: that is paid for here, as for a stop. */
function limit(night: Night): void {
  const next = night.toLimit.shift();
  if (next === undefined || !night.up.some(({ id }) => id === next.rig)) return;
  const after = Math.max(night.watts - next.savesWatts, LEAST_WATTS);
  const extra = LIMIT_FALLS_SECONDS * (1 / night.curve(Math.max(night.watts, LEAST_WATTS)) - 1 / night.curve(after));
  night.depth = Math.min(1, night.depth + Math.max(0, extra));
  night.watts = after;
  night.limits.push({ ...next, atSeconds: night.seconds });
}

type Shed = Pick<Ahead, 'runtime' | 'shedBelowSeconds'> & { readonly rig: Rig };

function shed(scene: Scene, night: Night, { rig, ...at }: Shed): void {
  night.up.splice(night.up.indexOf(rig), 1);
  const facts = { ups: night.ups.id, runtimeSeconds: at.runtime };
  leave(
    night,
    rig,
    night.planned === undefined
      ? { rule: 'runtime-below-threshold', facts: rounded({ ...facts, shedBelowSeconds: at.shedBelowSeconds }) }
      : { rule: 'not-worth-its-energy', facts: rounded({ ...facts, loadWatts: night.watts }) },
  );
  const after = Math.max(night.watts - stillDrawn(scene, night, rig), LEAST_WATTS);
  // It goes on drawing until its stop is done; the projection pays for that at once.
  const extra = pauseSeconds(rig) * (1 / night.curve(Math.max(night.watts, LEAST_WATTS)) - 1 / night.curve(after));
  const depth = night.depth + Math.max(0, extra);
  night.shortSeconds = Math.max(night.shortSeconds, (depth - 1) * night.curve(Math.max(night.watts, LEAST_WATTS)));
  night.depth = Math.min(1, depth);
  night.watts = after;
  night.idleWatts += rig.pausedWatts;
  const costly = night.idleWatts > IDLE_SHARE * Math.max(night.watts, 1);
  if (costly && cutsWhenNear(scene, night)) night.cutsFromSeconds = night.seconds;
}

function lastStand(scene: Scene, night: Night, because: Reason): number {
  const need = needSeconds(night.up);
  for (const rig of night.up) leave(night, rig, because);
  night.cutsFromSeconds ??= night.seconds;
  const left = runtimeOf(night);
  let passed = 0;
  for (const rig of [...night.up].sort((a, b) => quietSeconds(a) - quietSeconds(b))) {
    pass(night, quietSeconds(rig) - passed);
    passed = quietSeconds(rig);
    night.watts = Math.max(night.watts - stillDrawn(scene, night, rig), LEAST_WATTS);
  }
  night.up = [];
  pass(night, need - passed);
  return Math.min(left - need, night.shortSeconds > 0 ? -night.shortSeconds : Number.POSITIVE_INFINITY);
}

/** W that the supply is rid of when it leaves, of which limits have taken a part already. */
function stillDrawn(scene: Scene, night: Night, rig: Rig): number {
  return night.limits.reduce((watts, one) => (one.rig === rig.id ? watts - one.savesWatts : watts), freedWatts(scene, night.ups.id, rig));
}

/** s that it goes on drawing when it is told to leave. */
const quietSeconds = (rig: Rig): number => (rig.can.pause ? pauseSeconds(rig) : stopSeconds(rig));

function leave(night: Night, rig: Rig, because: Reason): void {
  night.leaves.set(rig.id, { atSeconds: night.seconds, because });
}
