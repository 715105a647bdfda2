// If the mains failed now: which step when, whether it fits the battery, and with what margin. The same numbers that
// decide, run forward in time.
import type { RigId, UpsId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import type { SiteUps } from '../model/site.ts';
import type { Reason } from '../model/step.ts';
import type { PlanUpsView, PlanView, StayView } from '../model/view.ts';
import { HORIZON_HOURS } from '../planner/problem.ts';
import { curveOf, depthNow } from './battery.ts';
import { type Curve, LEAST_WATTS } from './capacity.ts';
import { type Leaves, type Limit, limitsOf, stepsOf } from './foresee-steps.ts';
import { nominalWattsOf } from './gate.ts';
import { isFresh } from './heard.ts';
import { LIMIT_FALLS_SECONDS } from './limited.ts';
import { freedWatts, isDown, outageWatts, savingOf } from './load.ts';
import { supplyMemory } from './memory.ts';
import { outagesOf } from './outage-log.ts';
import { isOutageAware, type OutagePlan } from './outage-plan.ts';
import { planOutage } from './planning.ts';
import { isKeptUp, isLeaving, leavingRigs } from './rules/leaving.ts';
import { batterySetting } from './supply.ts';
import {
  IDLE_SHARE,
  lowPointSeconds,
  NEAR_FLOOR,
  needSeconds,
  pauseSeconds,
  stopSeconds,
  type Thresholds,
  thresholdsOf,
} from './thresholds.ts';
import { rigOf, rigsOn, type Scene, supplyOf } from './tick.ts';
import { rounded } from './want.ts';
import { rankRigs, type Worth } from './worth.ts';

/** Nothing is foreseen further than this. */
const HORIZON_SECONDS = HORIZON_HOURS * 3600;

interface Night {
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

export function foresee(scene: Scene, ranking: readonly Worth[] = rankRigs(scene)): PlanView {
  const plans = plansOf(scene, ranking);
  const outlooks = [...scene.site.supplies.values()].map((ups) => foreseeOne(scene, ups, ranking, plans.get(ups.id)));
  return { currency: scene.site.currency, ups: outlooks.map((one) => one.view), steps: stepsOf(scene, outlooks, ranking) };
}

interface Outlook extends Leaves {
  readonly view: PlanUpsView;
  readonly lowComesFirst?: boolean;
}

/** Whether the UPS would say low battery before anything of ours takes the rigs down. */
export function lowComesFirst(scene: Scene, ups: SiteUps): boolean {
  const ranking = rankRigs(scene);
  return foreseeOne(scene, ups, ranking, plansOf(scene, ranking).get(ups.id)).lowComesFirst === true;
}

/** Of a supply that drains the plan that decides; of one with mains what it would be if all lost theirs now. */
function plansOf(scene: Scene, ranking: readonly Worth[]): ReadonlyMap<UpsId, OutagePlan> {
  if (!isOutageAware(scene)) return new Map();
  const supplies = [...scene.site.supplies.values()];
  const held = supplies.flatMap(({ id }): [UpsId, OutagePlan][] => {
    const { plan } = supplyOf(scene, id);
    return plan === undefined ? [] : [[id, plan]];
  });
  return new Map(held.length === supplies.length ? held : [...planOutage(scene, supplies, ranking), ...held]);
}

function foreseeOne(scene: Scene, ups: SiteUps, ranking: readonly Worth[], plan: OutagePlan | undefined): Outlook {
  const state = supplyOf(scene, ups.id);
  const setting = batterySetting(ups, state);
  const curve = curveOf(state.battery, setting);
  const depth = depthNow(state.battery);
  const planned = plan && secondsFrom(scene, plan);
  const up = standing(scene, ups, ranking, planned);
  const thresholds = thresholdsOf(scene, ups);
  const carries = outageWatts(state);
  const numbers = thresholds(carries);
  const base = {
    ...(plan && { rigs: staysOf(scene, plan), outages: outagesOf(supplyMemory(scene.memory, ups.id)) }),
    id: ups.id,
    shedBelowSeconds: isOutageAware(scene) ? null : round(numbers.shedBelowSeconds),
    cutBelowSeconds: Math.round(numbers.cutBelowSeconds),
    needSeconds: needSeconds(up),
  };
  const trouble = troubleOf(scene, ups);
  const since = state.batterySinceMs === undefined ? 0 : (scene.nowMs - state.batterySinceMs) / 1000;
  const blip = Math.max(0, scene.site.policy.ignoreBlipsSeconds - since);
  if (trouble !== undefined || curve === undefined || depth === undefined || state.battery.untold) {
    const say = trouble?.say ?? unknownBattery(scene, ups);
    const view = { ...base, fits: trouble?.fits ?? null, runtimeSeconds: null, marginSeconds: null, say };
    return { view, ...blindLeaves(scene, ups, { up, blip }) };
  }
  const watts = Math.max(carries - leavingWatts(scene, ups), LEAST_WATTS);
  const night: Night = {
    ups,
    curve,
    thresholds,
    leaves: new Map(),
    idleWatts: idleWattsOf(scene, ups),
    cutsFromSeconds: scene.site.policy.cutPaused === 'always' ? 0 : undefined,
    lowSeconds: undefined,
    seconds: 0,
    depth,
    watts,
    shortSeconds: 0,
    up: [...up],
    toLimit: plan === undefined ? [] : limitsOf(scene, plan),
    limits: [],
    planned,
  };
  const runtime = runtimeOf(night);
  pass(night, state.floor === undefined ? blip : 0);
  const margin = runDown(scene, night, state.floor !== undefined);
  const verdict = verdictOf(scene, ups, night, { margin, watts, up });
  return {
    view: { ...base, fits: verdict.fits, runtimeSeconds: round(runtime), marginSeconds: round(margin), say: verdict.say },
    ups: ups.id,
    rigs: night.leaves,
    limits: night.limits,
    lowComesFirst: night.lowSeconds !== undefined,
    ...(night.cutsFromSeconds === undefined ? {} : { cutsFromSeconds: night.cutsFromSeconds }),
  };
}

/** W drawn by those that are asleep already, or on their way there. */
function idleWattsOf(scene: Scene, ups: SiteUps): number {
  return rigsOn(scene.site, ups.id)
    .filter((rig) => isLeaving(scene, rig.id))
    .reduce((sum, rig) => sum + rig.pausedWatts, 0);
}

const round = (value: number | undefined): number | null => (value === undefined || !Number.isFinite(value) ? null : Math.round(value));

/** What is on its way down counts as gone, as it does for the policy. */
function leavingWatts(scene: Scene, ups: SiteUps): number {
  return leavingRigs(scene, ups.id).reduce((sum, rig) => sum + freedWatts(scene, ups.id, rig), 0);
}

const CENTS = 10_000;

function staysOf({ nowMs }: Scene, { leavesAtMs, stays }: OutagePlan): readonly StayView[] {
  return [...stays]
    .map(([id, { givesSeconds, costs }]) => ({
      id,
      leavesInSeconds: Math.round(Math.max(0, (leavesAtMs.get(id) ?? nowMs) - nowMs) / 1000),
      givesSeconds: Math.round(givesSeconds),
      costs: costs === undefined ? null : Math.round(costs * CENTS) / CENTS,
    }))
    .sort((a, b) => a.leavesInSeconds - b.leavesInSeconds || (a.id < b.id ? -1 : 1));
}

/** s from now at which each is to leave; whom the plan keeps to its horizon leaves at none. */
function secondsFrom({ nowMs }: Scene, { atMs: madeMs, leavesAtMs }: OutagePlan): ReadonlyMap<RigId, number> {
  const within = [...leavesAtMs].filter(([, atMs]) => atMs - madeMs < HORIZON_SECONDS * 1000);
  return new Map(within.map(([id, atMs]) => [id, Math.max(0, atMs - nowMs) / 1000]));
}

/** Those that are up, in the order in which they leave. */
function standing(scene: Scene, ups: SiteUps, ranking: readonly Worth[], planned: Night['planned']): readonly Rig[] {
  const here = new Map(rigsOn(scene.site, ups.id).map((rig) => [rig.id, rig]));
  const worstFirst = [...ranking].reverse().flatMap(({ rig }) => {
    const one = here.get(rig);
    return one === undefined || isDown(rigOf(scene, rig)) || isLeaving(scene, rig) ? [] : [one];
  });
  if (planned === undefined) return worstFirst;
  const at = ({ id }: Rig): number => planned.get(id) ?? Number.POSITIVE_INFINITY;
  return worstFirst.sort((a, b) => (at(a) === at(b) ? 0 : at(a) - at(b)));
}

const runtimeOf = (night: Night): number => (1 - night.depth) * night.curve(Math.max(night.watts, LEAST_WATTS));

function pass(night: Night, seconds: number): void {
  night.seconds += seconds;
  night.depth = Math.min(1, night.depth + seconds / night.curve(Math.max(night.watts, LEAST_WATTS)));
}

/** Runs the policy forward. Returns the runtime believed left when the last rig is down; negative where it runs out first. */
function runDown(scene: Scene, night: Night, floor: boolean): number {
  let ahead = aheadOf(scene, night);
  if (floor && night.up.length > 0) return lastStand(night, floorReason(night, ahead));
  while (night.up.length > 0 && night.seconds < HORIZON_SECONDS) {
    if (ahead.toFloor <= 0) return lastStand(night, floorReason(night, ahead));
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
  const gone = night.limits.reduce((sum, one) => (one.rig === rig.id ? sum + one.savesWatts : sum), 0);
  const after = Math.max(night.watts - freedWatts(scene, night.ups.id, rig) + gone, LEAST_WATTS);
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

function lastStand(night: Night, because: Reason): number {
  const need = needSeconds(night.up);
  for (const rig of night.up) leave(night, rig, because);
  night.cutsFromSeconds ??= night.seconds;
  const left = runtimeOf(night);
  night.up = [];
  pass(night, need);
  return Math.min(left - need, night.shortSeconds > 0 ? -night.shortSeconds : Number.POSITIVE_INFINITY);
}

function leave(night: Night, rig: Rig, because: Reason): void {
  night.leaves.set(rig.id, { atSeconds: night.seconds, because });
}

/** Of a battery of which nothing is known all leave as soon as the outage is no blip. */
function blindLeaves(scene: Scene, ups: SiteUps, { up, blip }: { readonly up: readonly Rig[]; readonly blip: number }): Leaves {
  const because = { rule: 'runtime-unknown', facts: { ups: ups.id } };
  const going = up.filter((rig) => !isKeptUp(scene, rig.id));
  const idleWatts = idleWattsOf(scene, ups) + going.reduce((sum, rig) => sum + rig.pausedWatts, 0);
  const gone = going.reduce((sum, rig) => sum + savingOf(rig, rigOf(scene, rig.id), scene.nowMs), leavingWatts(scene, ups));
  const { cutPaused } = scene.site.policy;
  const costly = idleWatts > IDLE_SHARE * Math.max(outageWatts(supplyOf(scene, ups.id)) - gone, 1);
  return {
    ups: ups.id,
    rigs: new Map(going.map((rig) => [rig.id, { atSeconds: blip, because }])),
    ...(cutPaused === 'always' || (cutPaused === 'auto' && costly) ? { cutsFromSeconds: 0 } : {}),
  };
}

function troubleOf(scene: Scene, ups: SiteUps): { readonly fits: boolean | null; readonly say: string } | undefined {
  const state = supplyOf(scene, ups.id);
  if (state.heardAtMs === undefined) return { fits: null, say: `not heard yet: ${state.lastFault?.detail ?? `waiting for ${ups.source}`}` };
  if (!state.draining && !isFresh(ups, state, scene.nowMs)) return { fits: null, say: `silent: ${state.lastFault?.detail ?? ups.source}` };
  return undefined;
}

export function unknownBattery(scene: Scene, ups: SiteUps): string {
  const reported = supplyOf(scene, ups.id).sample?.runtimeSeconds !== undefined;
  const why = reported
    ? 'its runtime is not believed at so small a load, or one that is not settled'
    : 'reports neither runtime nor charge';
  return `${why}: add minutesAtWatts: { WATTS: MINUTES } or batteryWh: WH under ups.${ups.id}; until then its rigs leave as soon as an outage is no blip`;
}

function verdictOf(
  scene: Scene,
  ups: SiteUps,
  night: Night,
  at: { readonly margin: number; readonly watts: number; readonly up: readonly Rig[] },
): { readonly fits: boolean; readonly say: string } {
  const state = supplyOf(scene, ups.id);
  const nominal = nominalWattsOf(ups.nominalWatts, state.nameplate);
  const drawn = rigsOn(scene.site, ups.id).reduce((sum, rig) => sum + rig.watts, 0);
  if (nominal !== undefined && drawn > nominal && at.watts > nominal) {
    return {
      fits: false,
      say: `rigs draw ${Math.round(at.watts)} W, it carries ${Math.round(nominal)} W: give the big ones fedBy: [mains]`,
    };
  }
  const bare = at.up.filter((rig) => rig.cutBy.length === 0 && !rig.can.pause);
  if (bare.length > 0)
    return { fits: false, say: `${bare.map((rig) => rig.id).join(', ')} can be neither paused nor cut: give it a cutBy` };
  if (at.margin < 0) {
    const slowest = [...rigsOn(scene.site, ups.id)].sort((a, b) => stopSeconds(b) - stopSeconds(a)).slice(0, 1);
    const cure = slowest.map(
      (rig) => `${rig.id} needs ${stopSeconds(rig)} s to stop: shorten its graceSeconds or coolDownSeconds, or take it from this UPS`,
    );
    return { fits: false, say: [`the battery ends ${Math.round(-at.margin)} s before the last rig is down`, ...cure].join('; ') };
  }
  const { cutBelowSeconds } = scene.site.policy;
  if (night.lowSeconds !== undefined && cutBelowSeconds !== 'auto') {
    const low = Math.round(night.lowSeconds);
    return { fits: false, say: `its low battery comes at ${low} s, before cutBelowSeconds ${cutBelowSeconds}: raise it above ${low}` };
  }
  const held = rigsOn(scene.site, ups.id).filter((rig) => isKeptUp(scene, rig.id));
  return { fits: true, say: held.length === 0 ? 'fits' : `fits; ${held.map((rig) => rig.id).join(', ')} held up until the floor` };
}
