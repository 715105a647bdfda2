// If the mains failed now: which step when, whether it fits the battery, and with what margin. The same numbers that
// decide, run forward in time.
import type { Rig } from '../model/rig.ts';
import type { SiteUps } from '../model/site.ts';
import type { Reason } from '../model/step.ts';
import type { PlanStepView, PlanUpsView, PlanView } from '../model/view.ts';
import { curveOf, depthNow } from './battery.ts';
import { type Curve, LEAST_WATTS } from './capacity.ts';
import { decimal, nominalWattsOf } from './gate.ts';
import { isDown, savingOf } from './load.ts';
import { isKeptUp, isLeaving } from './rules/threshold.ts';
import { batterySetting, isFresh } from './supply.ts';
import { lowPointSeconds, needSeconds, stopSeconds, type Thresholds, thresholdsOf } from './thresholds.ts';
import { rigOf, rigsOn, type Scene, supplyOf } from './tick.ts';
import { rounded } from './want.ts';
import { rankRigs, type Worth } from './worth.ts';

/** Nothing is foreseen further than this. */
const HORIZON_SECONDS = 72 * 3600;

interface Night {
  readonly ups: SiteUps;
  readonly curve: Curve;
  readonly thresholds: (watts: number) => Thresholds;
  readonly steps: PlanStepView[];
  seconds: number;
  depth: number;
  watts: number;
  /** s by which a stop outlasts the battery; 0 while all fit */
  shortSeconds: number;
  /** those still up, the worst first */
  up: Rig[];
}

export function foresee(scene: Scene, ranking: readonly Worth[] = rankRigs(scene)): PlanView {
  const outlooks = [...scene.site.supplies.values()].map((ups) => foreseeOne(scene, ups, ranking));
  return {
    ups: outlooks.map((one) => one.view),
    steps: outlooks.flatMap((one) => one.steps).sort((a, b) => a.inSeconds - b.inSeconds),
  };
}

interface Outlook {
  readonly view: PlanUpsView;
  readonly steps: readonly PlanStepView[];
}

function foreseeOne(scene: Scene, ups: SiteUps, ranking: readonly Worth[]): Outlook {
  const state = supplyOf(scene, ups.id);
  const setting = batterySetting(ups, state);
  const curve = curveOf(state.battery, setting);
  const depth = depthNow(state.battery);
  const up = standing(scene, ups, ranking);
  const thresholds = thresholdsOf(scene, ups);
  const numbers = thresholds(state.load.watts);
  const base = {
    id: ups.id,
    shedBelowSeconds: round(numbers.shedBelowSeconds),
    cutBelowSeconds: Math.round(numbers.cutBelowSeconds),
    needSeconds: needSeconds(up),
  };
  const trouble = troubleOf(scene, ups);
  if (trouble !== undefined || curve === undefined || depth === undefined) {
    const steps = blindSteps(scene, ups, up);
    const say = trouble?.say ?? unknownBattery(ups);
    return { view: { ...base, fits: trouble?.fits ?? null, runtimeSeconds: null, marginSeconds: null, say }, steps };
  }
  const since = state.batterySinceMs === undefined ? 0 : (scene.nowMs - state.batterySinceMs) / 1000;
  const blip = Math.max(0, scene.site.policy.ignoreBlipsSeconds - since);
  const watts = Math.max(state.load.watts - leavingWatts(scene, ups), LEAST_WATTS);
  const night: Night = { ups, curve, thresholds, steps: [], seconds: 0, depth, watts, shortSeconds: 0, up: [...up] };
  const runtime = runtimeOf(night);
  pass(night, state.floor === undefined ? blip : 0);
  const margin = runDown(scene, night, state.floor !== undefined);
  const verdict = verdictOf(scene, ups, night, { margin, watts, up });
  return {
    view: { ...base, fits: verdict.fits, runtimeSeconds: round(runtime), marginSeconds: round(margin), say: verdict.say },
    steps: night.steps,
  };
}

const round = (value: number | undefined): number | null => (value === undefined || !Number.isFinite(value) ? null : Math.round(value));

/** What is on its way down counts as gone, as it does for the policy. */
function leavingWatts(scene: Scene, ups: SiteUps): number {
  const { load } = supplyOf(scene, ups.id);
  return rigsOn(scene.site, ups.id)
    .filter((rig) => !isDown(rigOf(scene, rig.id)) && isLeaving(scene, rig.id))
    .reduce((sum, rig) => sum + load.scale * savingOf(rig, rigOf(scene, rig.id), scene.nowMs), 0);
}

function standing(scene: Scene, ups: SiteUps, ranking: readonly Worth[]): readonly Rig[] {
  const here = new Map(rigsOn(scene.site, ups.id).map((rig) => [rig.id, rig]));
  return [...ranking].reverse().flatMap(({ rig }) => {
    const one = here.get(rig);
    return one === undefined || isDown(rigOf(scene, rig)) || isLeaving(scene, rig) ? [] : [one];
  });
}

const runtimeOf = (night: Night): number => (1 - night.depth) * night.curve(Math.max(night.watts, LEAST_WATTS));

function pass(night: Night, seconds: number): void {
  night.seconds += seconds;
  night.depth = Math.min(1, night.depth + seconds / night.curve(Math.max(night.watts, LEAST_WATTS)));
}

/** Runs the policy forward. Returns the runtime believed left when the last rig is down; negative where it runs out first. */
function runDown(scene: Scene, night: Night, floor: boolean): number {
  const reserve = night.ups.reservePercent / 100;
  let atFloor = floor;
  while (night.up.length > 0 && night.seconds < HORIZON_SECONDS) {
    const { shedBelowSeconds, cutBelowSeconds } = night.thresholds(night.watts);
    const runtime = runtimeOf(night);
    const toReserve = (1 - night.depth - reserve) * night.curve(Math.max(night.watts, LEAST_WATTS));
    const toCut = Math.min(runtime - cutBelowSeconds, toReserve);
    const worst = night.up.find((rig) => !isKeptUp(scene, rig.id));
    const toShed = worst === undefined ? Number.POSITIVE_INFINITY : runtime - (shedBelowSeconds ?? Number.POSITIVE_INFINITY);
    if (atFloor || toCut <= 0) return lastStand(night, floorReason(night, { runtime, cutBelowSeconds, toReserve }));
    if (worst !== undefined && toShed <= 0) shed(scene, night, { rig: worst, runtime, shedBelowSeconds });
    else pass(night, Math.min(toShed, toCut) + 1e-6);
    atFloor = false;
  }
  if (night.shortSeconds > 0) return -night.shortSeconds;
  return night.up.length === 0 ? runtimeOf(night) : Number.POSITIVE_INFINITY;
}

function floorReason(night: Night, at: { readonly runtime: number; readonly cutBelowSeconds: number; readonly toReserve: number }): Reason {
  if (at.runtime <= at.cutBelowSeconds) {
    return {
      rule: 'runtime-below-cut',
      facts: rounded({ ups: night.ups.id, runtimeSeconds: at.runtime, cutBelowSeconds: at.cutBelowSeconds }),
    };
  }
  return { rule: 'charge-below-reserve', facts: rounded({ ups: night.ups.id, reservePercent: night.ups.reservePercent }) };
}

interface Shed {
  readonly rig: Rig;
  readonly runtime: number;
  readonly shedBelowSeconds: number | undefined;
}

function shed(scene: Scene, night: Night, { rig, ...at }: Shed): void {
  night.up.splice(night.up.indexOf(rig), 1);
  leave(night, rig, {
    rule: 'runtime-below-threshold',
    facts: rounded({ ups: night.ups.id, runtimeSeconds: at.runtime, shedBelowSeconds: at.shedBelowSeconds }),
  });
  const saving = supplyOf(scene, night.ups.id).load.scale * savingOf(rig, rigOf(scene, rig.id), scene.nowMs);
  const after = Math.max(night.watts - saving, LEAST_WATTS);
  // It goes on drawing until its stop is done; the projection pays for that at once.
  const extra = stopDraws(rig) * (1 / night.curve(Math.max(night.watts, LEAST_WATTS)) - 1 / night.curve(after));
  const depth = night.depth + Math.max(0, extra);
  night.shortSeconds = Math.max(night.shortSeconds, (depth - 1) * night.curve(Math.max(night.watts, LEAST_WATTS)));
  night.depth = Math.min(1, depth);
  night.watts = after;
}

const stopDraws = (rig: Rig): number => (rig.can.pause ? rig.graceSeconds : 0);

function lastStand(night: Night, because: Reason): number {
  const need = needSeconds(night.up);
  for (const rig of night.up) leave(night, rig, because);
  const left = runtimeOf(night);
  night.up = [];
  pass(night, need);
  return Math.min(left - need, night.shortSeconds > 0 ? -night.shortSeconds : Number.POSITIVE_INFINITY);
}

function leave(night: Night, rig: Rig, because: Reason): void {
  const inSeconds = Math.round(night.seconds);
  if (rig.can.pause) night.steps.push({ inSeconds, kind: 'pause', rig: rig.id, because });
  for (const id of rig.cutBy) {
    night.steps.push({
      inSeconds: Math.round(night.seconds + stopSeconds(rig)),
      kind: 'cut',
      switch: id,
      rig: rig.id,
      because: rig.can.pause ? { rule: 'paused-then-dark', facts: {} } : because,
    });
  }
}

function blindSteps(scene: Scene, ups: SiteUps, up: readonly Rig[]): readonly PlanStepView[] {
  const inSeconds = scene.site.policy.ignoreBlipsSeconds;
  return up
    .filter((rig) => rig.can.pause && !isKeptUp(scene, rig.id))
    .map((rig) => ({ inSeconds, kind: 'pause' as const, rig: rig.id, because: { rule: 'runtime-unknown', facts: { ups: ups.id } } }));
}

function troubleOf(scene: Scene, ups: SiteUps): { readonly fits: boolean | null; readonly say: string } | undefined {
  const state = supplyOf(scene, ups.id);
  if (state.heardAtMs === undefined) return { fits: null, say: `not heard yet: ${state.lastFault?.detail ?? `waiting for ${ups.source}`}` };
  if (!state.draining && !isFresh(ups, state, scene.nowMs)) return { fits: null, say: `silent: ${state.lastFault?.detail ?? ups.source}` };
  return undefined;
}

export function unknownBattery(ups: SiteUps): string {
  return `reports neither runtime nor charge: add minutesAtWatts: { WATTS: MINUTES } or batteryWh: WH under ups.${ups.id}; until then its rigs leave as soon as an outage is no blip`;
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
    const slow = [...rigsOn(scene.site, ups.id)].sort((a, b) => stopSeconds(b) - stopSeconds(a))[0];
    const what =
      slow === undefined
        ? 'take load from it'
        : `${slow.id} needs ${stopSeconds(slow)} s to stop: shorten its graceSeconds or coolDownSeconds, or take it from this UPS`;
    return { fits: false, say: `the battery ends ${Math.round(-at.margin)} s before the last rig is down; ${what}` };
  }
  const low = lowPointSeconds(state, night.curve, at.watts);
  const declared = decimal(state.nameplate.runtimeLow) ?? 0;
  if (declared > 0 && scene.site.policy.cutBelowSeconds !== 'auto' && low > scene.site.policy.cutBelowSeconds) {
    return {
      fits: false,
      say: `its low battery comes at ${Math.round(low)} s, before cutBelowSeconds ${scene.site.policy.cutBelowSeconds}: raise it above ${Math.round(low)}`,
    };
  }
  const held = rigsOn(scene.site, ups.id).filter((rig) => isKeptUp(scene, rig.id));
  return { fits: true, say: held.length === 0 ? 'fits' : `fits; ${held.map((rig) => rig.id).join(', ')} held up until the floor` };
}
