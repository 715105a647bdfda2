// The two numbers of the policy `threshold`, resolved: never a fixed number, always from the rigs' own stop times, the
// UPS's own low-battery point and what a full battery gives.
import type { Rig } from '../model/rig.ts';
import type { SiteUps } from '../model/site.ts';
import { curveOf, depthNow } from './battery.ts';
import { type Curve, LEAST_WATTS } from './capacity.ts';
import { decimal } from './gate.ts';
import { upWattsOf } from './load.ts';
import { onceEach } from './once-each.ts';
import type { SupplyState } from './state.ts';
import { batterySetting } from './supply.ts';
import { rigOf, rigsOn, type Scene, supplyOf } from './tick.ts';

/** From "open the switch" to dark, with its retries. */
export const CUT_SECONDS = 2;
/** Idle watts of paused rigs may cost so much of the runtime before their switches open; they open near the floor anyway. */
export const IDLE_SHARE = 0.05;
export const NEAR_FLOOR = 1.5;
const MARGIN = 1.25;
const MARGIN_SECONDS = 30;
/** All is down at least so long before the UPS's own low-battery point. */
const BEFORE_LOW_SECONDS = 15;

export interface Thresholds {
  /** undefined: `auto` and nothing known of the battery's size */
  readonly shedBelowSeconds: number | undefined;
  readonly cutBelowSeconds: number;
}

/**
 * Seconds from "pause" until the rig is dark, or proven paused where nothing can cut it. By what was seen of it, where that is to be
 * relied on: but one that does not stop this time has its whole grace before it is cut, and then does not cool.
 */
export function stopSeconds(rig: Rig): number {
  const pause = pauseSeconds(rig);
  if (rig.cutBy.length === 0) return pause;
  const cut = Math.max(CUT_SECONDS, rig.times?.cutSeconds ?? 0);
  return Math.max(pause + rig.coolDownSeconds, rig.can.pause ? rig.graceSeconds : 0) + cut;
}

/** Seconds from "pause" until it is quiet: as seen, else its grace. */
export function pauseSeconds({ can, graceSeconds, times }: Rig): number {
  return can.pause ? Math.min(graceSeconds, times?.stopSeconds ?? graceSeconds) : 0;
}

/** s that it goes on drawing when it is told to leave. */
export const quietSeconds = (rig: Rig): number => (rig.can.pause ? pauseSeconds(rig) : stopSeconds(rig));

/** All rigs are asked together, each at its own pace: the makespan is the longest of them. */
export function needSeconds(rigs: readonly Rig[]): number {
  return rigs.reduce((longest, rig) => Math.max(longest, stopSeconds(rig)), 0);
}

/** `needSeconds` of all rigs of a supply. */
function needOf(scene: Scene, ups: SiteUps): number {
  return needs(rigsOn(scene.site, ups.id));
}
const needs = onceEach(needSeconds);

/** Runtime at `watts` at which the UPS itself will say low battery, s; 0 where it does not tell. */
export function lowPointSeconds(state: SupplyState, curve: Curve | undefined, watts: number): number {
  const seconds = decimal(state.nameplate.runtimeLow);
  const charge = decimal(state.nameplate.chargeLow);
  const byCharge =
    charge !== undefined && charge > 0 && charge <= 100 && curve !== undefined ? (charge / 100) * curve(Math.max(watts, LEAST_WATTS)) : 0;
  return Math.max(seconds !== undefined && seconds > 0 ? seconds : 0, byCharge);
}

/** W on a supply with all its rigs up. */
function fullLoad(scene: Scene, ups: SiteUps): number {
  const { load } = supplyOf(scene, ups.id);
  const rigs = rigsOn(scene.site, ups.id).reduce((sum, rig) => sum + upWattsOf(rig, rigOf(scene, rig.id)), 0);
  return load.baseWatts + load.scale * rigs;
}

/** The policy's numbers for a supply at a load of `watts`. */
export function thresholdsAt(scene: Scene, ups: SiteUps, watts: number): Thresholds {
  return thresholdsOf(scene, ups)(watts);
}

/** The policy's numbers for a supply at any load; its rigs are looked at once. */
export function thresholdsOf(scene: Scene, ups: SiteUps): (watts: number) => Thresholds {
  const { shedBelowSeconds: given } = scene.site.policy;
  const half = given === 'auto' ? halfOfFull(scene, ups) : undefined;
  const cutBelow = cutBelowOf(scene, ups);
  return (watts) => {
    const cutBelowSeconds = cutBelow(watts);
    if (given !== 'auto') return { cutBelowSeconds, shedBelowSeconds: given };
    // The floor rises as the load falls, where the UPS flags low battery by its charge; what stands above it rises along.
    return { cutBelowSeconds, shedBelowSeconds: half === undefined ? undefined : Math.max(half, 2 * cutBelowSeconds) };
  };
}

/** `cutBelowSeconds` alone: it needs no look at the rigs. */
export function cutBelowAt(scene: Scene, ups: SiteUps, watts: number): number {
  return cutBelowOf(scene, ups)(watts);
}

/** The same at any load. The supply is looked at once: a night run forward, and a plan, ask some thousand times. */
export function cutBelowOf(scene: Scene, ups: SiteUps): (watts: number) => number {
  const { cutBelowSeconds } = scene.site.policy;
  if (cutBelowSeconds !== 'auto') return () => cutBelowSeconds;
  const need = needOf(scene, ups);
  const state = supplyOf(scene, ups.id);
  const curve = curveOn(scene, ups);
  return (watts) => {
    const low = lowPointSeconds(state, curve, watts);
    return Math.max(MARGIN * need + MARGIN_SECONDS, low > 0 ? low + need + BEFORE_LOW_SECONDS : 0);
  };
}

/** Half of the seconds a full battery gives all rigs; undefined where its size is unknown. */
function halfOfFull(scene: Scene, ups: SiteUps): number | undefined {
  const full = curveOn(scene, ups)?.(Math.max(fullLoad(scene, ups), LEAST_WATTS));
  return full === undefined ? undefined : full / 2;
}

function curveOn(scene: Scene, ups: SiteUps): Curve | undefined {
  const state = supplyOf(scene, ups.id);
  return curveOf(state.battery, batterySetting(ups, state));
}

/** Charge believed, percent; undefined where nothing is known. 15 % told is 15 % here, not a hair more for having been a depth. */
export function believedCharge(state: SupplyState): number | undefined {
  const depth = depthNow(state.battery);
  return depth === undefined ? undefined : Math.round(1e8 * (1 - depth)) / 1e6;
}
