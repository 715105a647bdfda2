// When each rig leaves each supply so that most is earned, planned again and again from what is believed now. The planner knows loads, a
// drain and the chances of an outage; what those are on this site is gathered here (shedding policy, sections 3 and 8).
import type { RigId, UpsId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import type { Site, SiteUps } from '../model/site.ts';
import { convexDrain, type Drain } from '../planner/drain.ts';
import type { Before } from '../planner/plan.ts';
import { type Prior, Survival } from '../planner/survival.ts';
import { curveOf, depthNow } from './battery.ts';
import { type Curve, LEAST_WATTS } from './capacity.ts';
import { fallsOn, wattsOf } from './falling.ts';
import { outageWatts } from './load.ts';
import { supplyMemory } from './memory.ts';
import { elapsedMs, priorOf } from './outage-log.ts';
import type { OutagePlan, PlannedLimit, Stay } from './outage-plan.ts';
import { loadsOn, type PlannedLoad, type Step } from './plan-loads.ts';
import { bestPlan, type Found, LEAST_KEPT } from './plan-search.ts';
import { worthOfStay } from './plan-walk.ts';
import { leavingRigs } from './rules/leaving.ts';
import { batterySetting } from './supply.ts';
import { cutBelowOf } from './thresholds.ts';
import { type Scene, sharedRigs, supplyOf, upsesOf } from './tick.ts';
import { isPriced, rankedBySupply, type Worth } from './worth.ts';

const HOUR_MS = 3_600_000;
/**
 * A plan stays so far above the floor, of the battery and in seconds at what is drawn, whichever is more; where it stays further away, or
 * comes nearer, it is made once more. A floor takes all, and what a battery tells comes late and in whole percents: with 3 s less was gained
 * than was lost where the floor came after all (scripts/bench policy --fit).
 */
const MARGIN = 0.01;
const MARGIN_SECONDS = 8;
/** Rigs of a site whose plans are made with fewer tries. */
const MANY = 300;
/** Whole percents of charge move a plan by this much, s. */
const BLUR_SECONDS = 3;
/** Prices of rigs on several supplies hang on each other: so many rounds, and more at every plan again. */
const ROUNDS = 3;
/** Of a kWh from the mains, what comes out of the battery again: lead-acid and its inverter, round trip. */
const ROUND_TRIP = 0.8;

/**
 * Plans for those whose turn it is, all by default, as if none of these supplies had mains from now on. A supply of whose battery nothing
 * is known has none. A rig on several leaves each when what it earns no longer covers what it takes from all of them.
 */
export function planOutage(
  scene: Scene,
  upses: readonly SiteUps[],
  ranking: readonly Worth[],
  turn: readonly SiteUps[] = upses,
): ReadonlyMap<UpsId, OutagePlan> {
  const earnsKnown = isPriced(ranking);
  const costPerKwh = earnsKnown ? costOf(scene.site) : undefined;
  const sources = upses.flatMap((ups) => sourceOf(scene, ups, costPerKwh) ?? []);
  const of = ranking.length;
  const going = new Set(upses.map(({ id }) => id));
  const prices = new Map(sources.map(({ ups, perWatt, held }) => [ups.id, priced(held?.lambda) * perWatt]));
  const shared = sharedRigs(scene.site);
  const stays = new Set(shared.filter((rig) => upsesOf(scene.site, rig).some(({ id }) => !going.has(id))).map(({ id }) => id));
  const bySupply = rankedBySupply(scene.site, ranking);
  const plans = new Map<UpsId, OutagePlan>();
  for (let round = 0; round < (shared.length > 0 && sources.length > 1 ? ROUNDS : 1); round++) {
    for (const source of sources) {
      const { id } = source.ups;
      if (!turn.includes(source.ups)) continue;
      const rigs = bySupply.get(id) ?? [];
      const loads = loadsOn(scene, source.ups, {
        rigs,
        of,
        priced: earnsKnown,
        stays,
        leaving: new Set(source.leaving.map((rig) => rig.id)),
        shareOf: (rig) => shareOf(scene, rig, { id, prices }),
      });
      const made = planOne(scene, source, loads);
      plans.set(id, made);
      prices.set(id, priced(made.lambda) * source.perWatt);
    }
  }
  return plans;
}

/** A price to share out by: of a battery that has nothing left, or too much, any will do. */
const priced = (lambda: number | undefined): number => (lambda === undefined || !Number.isFinite(lambda) ? 1 : Math.max(lambda, 1e-12));

/** What a rig earns is put to its supplies by what a watt costs on each. */
function shareOf(scene: Scene, rig: Rig, at: { readonly id: UpsId; readonly prices: ReadonlyMap<UpsId, number> }): number {
  if (rig.fedBy.length < 2) return 1;
  const own = upsesOf(scene.site, rig);
  if (own.length < 2) return 1;
  const all = own.reduce((total, ups) => total + (at.prices.get(ups.id) ?? 0), 0);
  return all > 0 ? (at.prices.get(at.id) ?? 0) / all : 1 / own.length;
}

/** A battery that can be planned with. */
interface Source {
  readonly ups: SiteUps;
  readonly curve: Curve;
  readonly drain: Drain;
  readonly depth: number;
  readonly loadWatts: number;
  /** 1/h that a W takes at this load */
  readonly perWatt: number;
  readonly prior: Prior;
  readonly elapsedHours: number;
  readonly survival: Survival;
  readonly held: OutagePlan | undefined;
  /** those that are on their way down and draw yet */
  readonly leaving: readonly Rig[];
  /** undefined: what anything earns is not known, and so nothing is held against what its energy costs */
  readonly costPerKwh: number | undefined;
}

/** Whether enough is known of the battery of a supply. */
export const canBePlanned = (scene: Scene, ups: SiteUps): boolean => batteryOf(scene, ups) !== undefined;

function batteryOf(scene: Scene, ups: SiteUps): Pick<Source, 'curve' | 'depth'> | undefined {
  const state = supplyOf(scene, ups.id);
  const curve = curveOf(state.battery, batterySetting(ups, state));
  const depth = depthNow(state.battery);
  return curve === undefined || depth === undefined || state.battery.untold ? undefined : { curve, depth };
}

function sourceOf(scene: Scene, ups: SiteUps, costPerKwh: number | undefined): Source | undefined {
  const battery = batteryOf(scene, ups);
  if (battery === undefined) return undefined;
  const { curve, depth } = battery;
  const state = supplyOf(scene, ups.id);
  const loadWatts = Math.max(outageWatts(state), LEAST_WATTS);
  const drain = convexDrain(curve, { leastWatts: LEAST_WATTS, mostWatts: 2 * loadWatts + 1000 });
  const remembered = supplyMemory(scene.memory, ups.id);
  const prior = priorOf(remembered);
  const elapsedHours = elapsedMs(remembered, state.batterySinceMs, scene.nowMs) / HOUR_MS;
  const survival = Survival.of(prior, elapsedHours);
  const perWatt = drain(loadWatts) / loadWatts;
  const leaving = leavingRigs(scene, ups.id);
  return { ups, curve, drain, depth, loadWatts, perWatt, prior, elapsedHours, survival, held: state.plan, leaving, costPerKwh };
}

function planOne(scene: Scene, source: Source, loads: readonly PlannedLoad[]): OutagePlan {
  const { ups, held, loadWatts, depth, drain, survival, prior, elapsedHours } = source;
  const leaving = fallsOn(scene, ups.id, source.leaving);
  const movable = loads.reduce((sum, { increments }) => sum + increments.reduce((all, { countedWatts }) => all + countedWatts, 0), 0);
  const baseWatts = Math.max(loadWatts - wattsOf(leaving) - movable, LEAST_WATTS);
  const found = bestPlan({
    loads,
    loadWatts,
    baseWatts,
    leaving,
    depth,
    drain,
    floorAt: floorOf(scene, source),
    marginAt: (watts) => Math.max(MARGIN, (MARGIN_SECONDS / 3600) * drain(watts)),
    costPerKwh: source.costPerKwh ?? 0,
    survival,
    survivalFrom: (hours) => Survival.of(prior, elapsedHours + hours),
    before: before(scene, source),
    kept: held?.kept,
    many: scene.site.rigs.size > MANY,
  });
  return told(scene, source, { loads, ...found });
}

/** Of the battery, what is left when the floor takes all that still runs, at what is drawn then. */
function floorOf(scene: Scene, { ups, curve }: Source): (watts: number) => number {
  const cutBelow = cutBelowOf(scene, ups);
  const least = Math.max(LEAST_KEPT, ups.reservePercent / 100);
  return (drawn) => {
    const watts = Math.max(drawn, LEAST_WATTS);
    return Math.max(least, cutBelow(watts) / curve(watts));
  };
}

/** The plan held until now, as the chances are seen from here. */
function before(scene: Scene, { held, prior }: Source): Before | undefined {
  if (held === undefined) return undefined;
  const lasted = Survival.of(prior, held.elapsedHours).at((scene.nowMs - held.atMs) / HOUR_MS);
  return {
    lambda: held.lambda / lasted,
    hoursOf: (load, increment) => {
      const atMs = held.stepsAtMs.get(load)?.[increment];
      return atMs === undefined ? undefined : (atMs - scene.nowMs) / HOUR_MS;
    },
  };
}

/** Of what comes from the battery, by what charging it takes. */
const costOf = ({ electricityPerKwh = 0 }: Site): number => electricityPerKwh / ROUND_TRIP;

/** A rig stays by all its points. */
function both(one: Stay | undefined, other: Stay): Stay {
  if (one === undefined) return other;
  const costs = one.costs === undefined || other.costs === undefined ? undefined : one.costs + other.costs;
  return { givesSeconds: one.givesSeconds + other.givesSeconds, costs };
}

/** Put off by a little at each look, a rig that has to go before a floor would stay too long. */
function notPutOff(heldMs: number | undefined, atMs: number): number {
  return heldMs !== undefined && atMs > heldMs && atMs - heldMs < 1000 * BLUR_SECONDS ? heldMs : atMs;
}

/** The plan by rigs. */
function told(
  scene: Scene,
  { depth, loadWatts, elapsedHours, survival, drain, perWatt, costPerKwh, held }: Source,
  { loads, made, lastWatts, kept }: Found & { readonly loads: readonly PlannedLoad[] },
): OutagePlan {
  const { nowMs } = scene;
  const leavesAtMs = new Map<RigId, number>();
  const limitsAtMs = new Map<RigId, readonly PlannedLimit[]>();
  const opensAtMs = new Map<RigId, number>();
  const stepsAtMs = new Map<string, readonly number[]>();
  const stays = new Map<RigId, Stay>();
  let lastLeavesAtMs = nowMs;
  const lastDrain = Math.max(drain(lastWatts), Number.MIN_VALUE);
  const stayOf = (step: Step, hours: number): Stay => ({
    givesSeconds: (3600 * perWatt * step.watts * hours) / lastDrain,
    costs: costPerKwh === undefined ? undefined : worthOfStay(step, hours, { survival, costPerKwh }),
  });
  loads.forEach(({ id, increments }, i) => {
    let belowMs = Number.POSITIVE_INFINITY;
    const heldMs = held?.stepsAtMs.get(id);
    stepsAtMs.set(
      id,
      increments.map((step, k) => {
        const hours = made.hours[i]?.[k] ?? 0;
        // None stays longer than what it rests on.
        const atMs = Math.min(belowMs, notPutOff(heldMs?.[k], nowMs + hours * HOUR_MS));
        belowMs = atMs;
        for (const rig of step.sleepers) opensAtMs.set(rig, atMs);
        for (const rig of step.rigs) {
          leavesAtMs.set(rig, atMs);
          lastLeavesAtMs = Math.max(lastLeavesAtMs, atMs);
          stays.set(rig, stayOf(step, hours));
        }
        if (step.limits !== undefined) {
          const { rig, watts } = step.limits;
          limitsAtMs.set(rig, [{ watts, atMs, savesWatts: step.countedWatts }, ...(limitsAtMs.get(rig) ?? [])]);
          stays.set(rig, both(stays.get(rig), stayOf(step, hours)));
        }
        return atMs;
      }),
    );
  });
  return {
    atMs: nowMs,
    elapsedHours,
    lambda: made.lambda,
    leavesAtMs,
    limitsAtMs,
    opensAtMs,
    stepsAtMs,
    lastLeavesAtMs,
    lastWatts,
    kept,
    depth,
    loadWatts,
    stays,
  };
}
