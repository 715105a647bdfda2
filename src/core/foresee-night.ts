// A battery run forward from now: who leaves a supply when, by plan, threshold or floor, and what is left when the last rig is down.
import type { RigId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import type { SiteUps } from '../model/site.ts';
import type { Reason } from '../model/step.ts';
import { HORIZON_HOURS } from '../planner/problem.ts';
import { type Curve, LEAST_WATTS } from './capacity.ts';
import { type Fall, putInTurn } from './falling.ts';
import type { Limit } from './foresee-steps.ts';
import { LIMIT_FALLS_SECONDS } from './limited.ts';
import { freedWatts } from './load.ts';
import { fallingOf } from './operating-points.ts';
import { isKeptUp } from './rules/leaving.ts';
import { IDLE_SHARE, lowPointSeconds, NEAR_FLOOR, needSeconds, quietSeconds, type Thresholds } from './thresholds.ts';
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
  /** W that the policy goes by: what is on its way down counts as gone */
  watts: number;
  /** W that it carries: what is on its way down draws yet. The floor goes by these, as the battery does */
  drawnWatts: number;
  /** what goes when those are down that are on their way, the next first */
  readonly falls: Fall[];
  /** s at which it was empty; undefined: it is not */
  emptyAtSeconds: number | undefined;
  /** those still up, the first to leave first */
  up: Rig[];
  /** the limits that are yet to come, the next first */
  toLimit: Limit[];
  readonly limits: Limit[];
  /** s from now at which each leaves by its plan; absent: by thresholds */
  readonly planned: ReadonlyMap<RigId, number> | undefined;
}

const atLeast = (watts: number): number => Math.max(watts, LEAST_WATTS);

/** s that what is left carries what it draws now. */
export const runtimeOf = (night: Night): number => (1 - night.depth) * night.curve(atLeast(night.drawnWatts));

/** So many seconds pass, and with them those on their way down. */
export function pass(night: Night, seconds: number): void {
  const until = night.seconds + seconds;
  for (;;) {
    const [next] = night.falls;
    if (next === undefined || next.atSeconds > until) break;
    draw(night, Math.max(0, next.atSeconds - night.seconds));
    night.falls.shift();
    night.drawnWatts -= next.watts;
  }
  draw(night, until - night.seconds);
}

function draw(night: Night, seconds: number): void {
  const whole = night.curve(atLeast(night.drawnWatts));
  const depth = night.depth + seconds / whole;
  if (depth >= 1) night.emptyAtSeconds ??= night.seconds + (1 - night.depth) * whole;
  night.depth = Math.min(1, depth);
  night.seconds += seconds;
}

/** So many watts go after so many seconds, and of the policy's count at once. */
function fall(night: Night, watts: number, inSeconds: number): void {
  night.watts -= watts;
  putInTurn(night.falls, { atSeconds: night.seconds + inSeconds, watts }, ({ atSeconds }) => atSeconds);
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
  if (night.up.length > 0) return Number.POSITIVE_INFINITY;
  passLast(night);
  return shortOf(night) ?? runtimeOf(night);
}

/** Until the last that is on its way is down. */
function passLast(night: Night): void {
  pass(night, Math.max(0, (night.falls.at(-1)?.atSeconds ?? night.seconds) - night.seconds));
}

/** s by which the stops outlast the battery, below 0; undefined where it carries them. */
function shortOf({ emptyAtSeconds, seconds }: Night): number | undefined {
  return emptyAtSeconds === undefined ? undefined : emptyAtSeconds - seconds;
}

/** On to the next thing that happens before the floor. */
function goOn(scene: Scene, night: Night, { worst, ...ahead }: Ahead): void {
  const near = ahead.toNear <= 0;
  if (near) night.cutsFromSeconds = night.seconds;
  if (ahead.toLimit <= 0) return limit(night);
  if (worst !== undefined && ahead.toShed <= 0) return shed(scene, night, { ...ahead, rig: worst });
  const { toFall } = ahead;
  pass(night, Math.min(ahead.toShed, ahead.toLimit, ahead.toFloor, toFall, near ? Number.POSITIVE_INFINITY : ahead.toNear) + 1e-6);
}

/** Seconds until each thing that may come next; what is at 0 or less is there. */
interface Ahead {
  readonly runtime: number;
  /** runtime at what the policy goes by */
  readonly told: number;
  readonly shedBelowSeconds: number;
  readonly cutBelowSeconds: number;
  readonly worst: Rig | undefined;
  readonly toShed: number;
  readonly toLimit: number;
  /** until one that is on its way is down */
  readonly toFall: number;
  readonly toReserve: number;
  readonly toLow: number;
  readonly toFloor: number;
  /** so near to the floor that sleepers are cut */
  readonly toNear: number;
}

function aheadOf(scene: Scene, night: Night): Ahead {
  const { shedBelowSeconds = Number.POSITIVE_INFINITY, cutBelowSeconds } = night.thresholds(night.drawnWatts);
  const full = night.curve(atLeast(night.drawnWatts));
  const runtime = (1 - night.depth) * full;
  const told = night.curve(atLeast(night.watts));
  const toReserve = (1 - night.depth - night.ups.reservePercent / 100) * full;
  const toLow = runtime - lowPointSeconds(supplyOf(scene, night.ups.id), night.curve, night.drawnWatts);
  const worst = night.up.find((rig) => !isKeptUp(scene, rig.id));
  // At what the policy goes by the runtime falls the faster, the less of the load that counts.
  const byThreshold = ((1 - night.depth) * told - shedBelowSeconds) * (full / told);
  return {
    runtime,
    told: (1 - night.depth) * told,
    shedBelowSeconds,
    cutBelowSeconds,
    worst,
    toShed: worst === undefined ? Number.POSITIVE_INFINITY : untilShed(night, worst, byThreshold),
    toLimit: (night.toLimit[0]?.atSeconds ?? Number.POSITIVE_INFINITY) - night.seconds,
    toFall: (night.falls[0]?.atSeconds ?? Number.POSITIVE_INFINITY) - night.seconds,
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

function limit(night: Night): void {
  const next = night.toLimit.shift();
  if (next === undefined || !night.up.some(({ id }) => id === next.rig)) return;
  fall(night, next.savesWatts, LIMIT_FALLS_SECONDS);
  night.limits.push({ ...next, atSeconds: night.seconds });
}

type Shed = Pick<Ahead, 'told' | 'shedBelowSeconds'> & { readonly rig: Rig };

function shed(scene: Scene, night: Night, { rig, ...at }: Shed): void {
  night.up.splice(night.up.indexOf(rig), 1);
  const facts = { ups: night.ups.id, runtimeSeconds: at.told };
  leave(
    night,
    rig,
    night.planned === undefined
      ? { rule: 'runtime-below-threshold', facts: rounded({ ...facts, shedBelowSeconds: at.shedBelowSeconds }) }
      : { rule: 'not-worth-its-energy', facts: rounded({ ...facts, loadWatts: night.watts }) },
  );
  fall(night, stillDrawn(scene, night, rig), quietSeconds(rig));
  night.idleWatts += rig.pausedWatts;
  const costly = night.idleWatts > IDLE_SHARE * Math.max(night.watts, 1);
  if (costly && cutsWhenNear(scene, night)) night.cutsFromSeconds = night.seconds;
}

function lastStand(scene: Scene, night: Night, because: Reason): number {
  const need = needSeconds(night.up);
  const left = runtimeOf(night);
  for (const rig of night.up) {
    leave(night, rig, because);
    fall(night, stillDrawn(scene, night, rig), quietSeconds(rig));
  }
  night.cutsFromSeconds ??= night.seconds;
  night.up = [];
  pass(night, need);
  passLast(night);
  return Math.min(left - need, shortOf(night) ?? Number.POSITIVE_INFINITY);
}

/** W that the supply is rid of when it leaves, of which limits have taken a part, or are about to (`falls` has that). */
function stillDrawn(scene: Scene, night: Night, rig: Rig): number {
  const whole = freedWatts(scene, night.ups.id, rig) - fallingOf(scene, night.ups.id, rig);
  return night.limits.reduce((watts, one) => (one.rig === rig.id ? watts - one.savesWatts : watts), whole);
}

function leave(night: Night, rig: Rig, because: Reason): void {
  night.leaves.set(rig.id, { atSeconds: night.seconds, because });
}
