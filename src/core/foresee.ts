// If the mains failed now: which step when, whether it fits the battery, and with what margin. The same numbers that
// decide, run forward in time.
import type { RigId, UpsId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import type { SiteUps } from '../model/site.ts';
import type { PlanUpsView, PlanView, StayView } from '../model/view.ts';
import { curveOf, depthNow } from './battery.ts';
import { LEAST_WATTS } from './capacity.ts';
import { fallsOn, wattsOf } from './falling.ts';
import { HORIZON_SECONDS, type Night, pass, runDown, runtimeOf } from './foresee-night.ts';
import { type Leaves, limitsOf, stepsOf } from './foresee-steps.ts';
import { nominalWattsOf } from './gate.ts';
import { isFresh } from './heard.ts';
import { isDown, outageWatts, savingOf } from './load.ts';
import { supplyMemory } from './memory.ts';
import { outagesOf } from './outage-log.ts';
import { isOutageAware, type OutagePlan } from './outage-plan.ts';
import { planOutage } from './planning.ts';
import { isKeptUp, isLeaving } from './rules/leaving.ts';
import { batterySetting } from './supply.ts';
import { IDLE_SHARE, needSeconds, stopSeconds, thresholdsOf } from './thresholds.ts';
import { rigOf, rigsOn, type Scene, supplyOf } from './tick.ts';
import { rankRigs, type Worth } from './worth.ts';

export function foresee(scene: Scene, ranking: readonly Worth[] = rankRigs(scene)): PlanView {
  const outlooks = outlooksOf(scene, ranking);
  return { currency: scene.site.currency, ups: outlooks.map((one) => one.view), steps: stepsOf(scene, outlooks, ranking) };
}

export interface Outlook extends Leaves {
  readonly view: PlanUpsView;
  /** the UPS would say low battery before anything of ours takes the rigs down */
  readonly lowComesFirst?: boolean;
  /** of the battery, 0 to 1, when the last rig is down; absent: not known */
  readonly left?: number;
}

/** The same of each supply by itself. */
export function outlooksOf(scene: Scene, ranking: readonly Worth[] = rankRigs(scene)): readonly Outlook[] {
  const plans = plansOf(scene, ranking);
  return [...scene.site.supplies.values()].map((ups) => foreseeOne(scene, ups, ranking, plans.get(ups.id)));
}

/** Of a supply that drains the plan that decides; of one with mains what it would be if all lost theirs now. */
function plansOf(scene: Scene, ranking: readonly Worth[]): ReadonlyMap<UpsId, OutagePlan> {
  if (!isOutageAware(scene)) return new Map();
  const supplies = [...scene.site.supplies.values()];
  const held = supplies.flatMap(({ id }): [UpsId, OutagePlan][] => {
    const { plan } = supplyOf(scene, id);
    return plan === undefined ? [] : [[id, plan]];
  });
  // One that is searched for elsewhere is too dear for a look ahead, too.
  const lack = supplies.filter(({ id }) => supplyOf(scene, id).plan === undefined && supplyOf(scene, id).asked === undefined);
  return new Map(lack.length === 0 ? held : [...planOutage(scene, supplies, ranking, lack), ...held]);
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
  // What is on its way down counts as gone, as it does for the policy.
  const falls = fallsOn(scene, ups.id);
  const watts = Math.max(carries - wattsOf(falls), LEAST_WATTS);
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
    drawnWatts: carries,
    falls: [...falls],
    emptyAtSeconds: undefined,
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
    left: 1 - night.depth,
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

/** Of a battery of which nothing is known all leave as soon as the outage is no blip. */
function blindLeaves(scene: Scene, ups: SiteUps, { up, blip }: { readonly up: readonly Rig[]; readonly blip: number }): Leaves {
  const because = { rule: 'runtime-unknown', facts: { ups: ups.id } };
  const going = up.filter((rig) => !isKeptUp(scene, rig.id));
  const idleWatts = idleWattsOf(scene, ups) + going.reduce((sum, rig) => sum + rig.pausedWatts, 0);
  const gone = going.reduce((sum, rig) => sum + savingOf(rig, rigOf(scene, rig.id), scene.nowMs), wattsOf(fallsOn(scene, ups.id)));
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
