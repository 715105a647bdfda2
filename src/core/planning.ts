// When each rig leaves each supply so that most is earned, planned again and again from what is believed now. The planner knows loads, a
// drain and the chances of an outage; what those are on this site is gathered here (shedding policy, sections 3 and 8).
import type { RigId, UpsId } from '../model/id.ts';
import type { PlanAnswer } from '../model/plan-answer.ts';
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
import type { OutagePlan } from './outage-plan.ts';
import { loadsOn } from './plan-loads.ts';
import { type Asked, foundIn, questionOf, readIn, survivalOf } from './plan-question.ts';
import { bestPlan, LEAST_KEPT, marginBy, type Search } from './plan-search.ts';
import { told } from './plan-told.ts';
import { leavingRigs } from './rules/leaving.ts';
import { batterySetting } from './supply.ts';
import { cutBelowOf } from './thresholds.ts';
import { type Scene, sharedRigs, supplyOf, upsesOf } from './tick.ts';
import { isPriced, rankedBySupply, type Worth } from './worth.ts';

const HOUR_MS = 3_600_000;
/** Rigs of a site whose plans are made with fewer tries. */
const MANY = 300;
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
  const ground = gathered(scene, upses, ranking);
  const { sources, prices } = ground;
  const plans = new Map<UpsId, OutagePlan>();
  for (let round = 0; round < (sharedRigs(scene.site).length > 0 && sources.length > 1 ? ROUNDS : 1); round++) {
    for (const source of sources) {
      if (!turn.includes(source.ups)) continue;
      const search = searchFor(ground, source);
      const made = told({ ...source, ...search, atMs: scene.nowMs, costPerKwh: ground.costPerKwh }, bestPlan(search));
      plans.set(source.ups.id, made);
      prices.set(source.ups.id, priced(made.lambda, ground.usual) * source.perWatt);
    }
  }
  return plans;
}

/** The same as questions, for whoever makes the search elsewhere. What rigs on several supplies earn is shared out by the plans that are held. */
export function askForPlans(
  scene: Scene,
  upses: readonly SiteUps[],
  ranking: readonly Worth[],
  turn: readonly SiteUps[],
): readonly Asked[] {
  const ground = gathered(scene, upses, ranking);
  const asked = ground.sources.filter(({ ups }) => turn.includes(ups));
  return asked.map((source) => {
    const search = searchFor(ground, source);
    const { ups, prior, elapsedHours, mostWatts } = source;
    const question = questionOf(search, { ups: ups.id, atMs: scene.nowMs, mostWatts, prior, elapsedHours });
    return { question, loads: search.loads, costPerKwh: ground.costPerKwh };
  });
}

/** The plan that an answer makes; undefined: it is not to this question. */
export function answeredPlan(asked: Asked, answer: PlanAnswer, held: OutagePlan | undefined): OutagePlan | undefined {
  const { question, loads, costPerKwh } = asked;
  const found = foundIn(asked, answer);
  if (found === undefined) return undefined;
  const { atMs, depth, loadWatts, elapsedHours } = question;
  const drain = readIn(question.drain);
  return told({ atMs, loads, depth, loadWatts, elapsedHours, drain, costPerKwh, held, survival: survivalOf(question) }, found);
}

/** What all the plans of one moment rest on. */
interface Ground {
  readonly scene: Scene;
  readonly sources: readonly Source[];
  readonly ranking: readonly Worth[];
  readonly bySupply: ReadonlyMap<UpsId, readonly Worth[]>;
  /** rigs that a supply keeps up which has mains */
  readonly stays: ReadonlySet<RigId>;
  /** whether anybody said what any rig earns */
  readonly earnsKnown: boolean;
  /** undefined: what anything earns is not known, and so nothing is held against what its energy costs */
  readonly costPerKwh: number | undefined;
  /** of a battery of which no price is known */
  readonly usual: number;
  /** what a watt costs on each */
  readonly prices: Map<UpsId, number>;
}

function gathered(scene: Scene, upses: readonly SiteUps[], ranking: readonly Worth[]): Ground {
  const { site } = scene;
  const earnsKnown = isPriced(ranking);
  const sources = upses.flatMap((ups) => sourceOf(scene, ups) ?? []);
  const going = new Set(upses.map(({ id }) => id));
  const usual = usualPrice(sources);
  return {
    scene,
    sources,
    ranking,
    bySupply: rankedBySupply(site, ranking),
    stays: new Set(sharedRigs(site).flatMap((rig) => (upsesOf(site, rig).some(({ id }) => !going.has(id)) ? rig.id : []))),
    earnsKnown,
    costPerKwh: earnsKnown ? costOf(site) : undefined,
    usual,
    prices: new Map(sources.map(({ ups, perWatt, held }) => [ups.id, priced(held?.lambda, usual) * perWatt])),
  };
}

/** A price to share out by: of a battery that has nothing left, or too much, or no plan yet, the usual one. */
const priced = (lambda: number | undefined, usual: number): number =>
  lambda === undefined || !Number.isFinite(lambda) ? usual : Math.max(lambda, 1e-12);

/** What the others are held dear by in the mean: beside them one without a plan is neither free nor beyond price. */
function usualPrice(sources: readonly Source[]): number {
  const known = sources.flatMap(({ held }) => (held !== undefined && Number.isFinite(held.lambda) && held.lambda > 0 ? held.lambda : []));
  return known.length === 0 ? 1 : known.reduce((sum, lambda) => sum + lambda, 0) / known.length;
}

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
  /** W up to which it is asked how fast it goes */
  readonly mostWatts: number;
}

/** Whether enough is known of the battery of a supply. */
export const canBePlanned = (scene: Scene, ups: SiteUps): boolean => batteryOf(scene, ups) !== undefined;

function batteryOf(scene: Scene, ups: SiteUps): Pick<Source, 'curve' | 'depth'> | undefined {
  const state = supplyOf(scene, ups.id);
  const curve = curveOf(state.battery, batterySetting(ups, state));
  const depth = depthNow(state.battery);
  return curve === undefined || depth === undefined || state.battery.untold ? undefined : { curve, depth };
}

function sourceOf(scene: Scene, ups: SiteUps): Source | undefined {
  const battery = batteryOf(scene, ups);
  if (battery === undefined) return undefined;
  const { curve, depth } = battery;
  const state = supplyOf(scene, ups.id);
  const loadWatts = Math.max(outageWatts(state), LEAST_WATTS);
  const mostWatts = 2 * loadWatts + 1000;
  const drain = convexDrain(curve, { leastWatts: LEAST_WATTS, mostWatts });
  const remembered = supplyMemory(scene.memory, ups.id);
  const prior = priorOf(remembered);
  const elapsedHours = elapsedMs(remembered, state.batterySinceMs, scene.nowMs) / HOUR_MS;
  const survival = Survival.of(prior, elapsedHours);
  const perWatt = drain(loadWatts) / loadWatts;
  const leaving = leavingRigs(scene, ups.id);
  return { ups, curve, drain, depth, loadWatts, perWatt, prior, elapsedHours, survival, held: state.plan, leaving, mostWatts };
}

function searchFor({ scene, ranking, bySupply, stays, earnsKnown, costPerKwh = 0, prices }: Ground, source: Source): Search {
  const { ups, held, loadWatts, depth, drain, survival } = source;
  const { id } = ups;
  const loads = loadsOn(scene, ups, {
    rigs: bySupply.get(id) ?? [],
    of: ranking.length,
    priced: earnsKnown,
    stays,
    leaving: new Set(source.leaving.map((rig) => rig.id)),
    shareOf: (rig) => shareOf(scene, rig, { id, prices }),
  });
  const leaving = fallsOn(scene, id, source.leaving);
  const movable = loads.reduce((sum, { increments }) => sum + increments.reduce((all, { countedWatts }) => all + countedWatts, 0), 0);
  return {
    loads,
    loadWatts,
    baseWatts: Math.max(loadWatts - wattsOf(leaving) - movable, LEAST_WATTS),
    leaving,
    depth,
    drain,
    floorAt: floorOf(scene, source),
    marginAt: marginBy(drain),
    costPerKwh,
    survival,
    survivalFrom: (hours) => survivalOf(source, hours),
    before: before(scene, source),
    kept: held?.kept,
    many: scene.site.rigs.size > MANY,
  };
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
