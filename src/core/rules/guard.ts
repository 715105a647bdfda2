// The guard: stands under every policy and obeys none. At the floor everything goes.
import type { UpsId } from '../../model/id.ts';
import type { SiteUps } from '../../model/site.ts';
import type { Reason } from '../../model/step.ts';
import { hadNoTimeToLook } from '../lives.ts';
import { runtimeLeft } from '../supply.ts';
import { believedCharge, cutBelowAt } from '../thresholds.ts';
import { type Scene, setSupply, supplyOf, type Tick } from '../tick.ts';
import { rounded } from '../want.ts';

/** Whether the outage has lasted long enough for a step, by the first accepted battery sample. */
export function blipIsOver(scene: Scene, ups: UpsId): boolean {
  const since = supplyOf(scene, ups).batterySinceMs;
  return since !== undefined && scene.nowMs - since >= scene.site.policy.ignoreBlipsSeconds * 1000;
}

/** A service that has just started, or has stood still, looks before it acts: what it remembers may long be over. */
export const FIRST_LOOK_MS = 5_000;

export function hasLooked(scene: Scene, ups: SiteUps): boolean {
  const { heardAtMs } = supplyOf(scene, ups.id);
  const since = scene.wokeAtMs ?? scene.startedAtMs;
  return (heardAtMs !== undefined && (scene.wokeAtMs === undefined || heardAtMs >= since)) || scene.nowMs - since >= FIRST_LOOK_MS;
}

/** One life after the other ended in its first look: at the floor this one goes by what is remembered of the outage. */
function looksInVain({ wokeAtMs, memory }: Scene): boolean {
  return wokeAtMs === undefined && hadNoTimeToLook(memory.lives);
}

/** Why this supply is at its floor now; undefined while it is not. */
function floorOf(scene: Scene, ups: SiteUps): Reason | undefined {
  const state = supplyOf(scene, ups.id);
  if (state.forced) return { rule: 'forced-shutdown', facts: { ups: ups.id, hostSyncSeconds: ups.hostSyncSeconds } };
  if (!state.draining || !(hasLooked(scene, ups) || looksInVain(scene))) return undefined;
  const runtime = runtimeLeft(scene, ups);
  const charge = believedCharge(state);
  if (state.sample?.lowBattery === true && state.sample.line === 'battery') {
    return { rule: 'low-battery', facts: rounded({ ups: ups.id, runtimeSeconds: runtime, chargePercent: charge }) };
  }
  if (!blipIsOver(scene, ups.id)) return undefined;
  const cutBelowSeconds = cutBelowAt(scene, ups, state.load.watts);
  if (runtime !== undefined && runtime < cutBelowSeconds) {
    return {
      rule: 'runtime-below-cut',
      facts: rounded({ ups: ups.id, runtimeSeconds: runtime, cutBelowSeconds, loadWatts: state.load.watts }),
    };
  }
  if (charge !== undefined && charge <= ups.reservePercent) {
    return { rule: 'charge-below-reserve', facts: rounded({ ups: ups.id, chargePercent: charge, reservePercent: ups.reservePercent }) };
  }
  return undefined;
}

/**
 * The floors of this tick. A floor once reached stands until the outage has ended: what leaves makes the runtime look
 * long again, and nothing comes back on battery anyway.
 */
export function findFloors(tick: Tick): ReadonlyMap<UpsId, Reason> {
  const floors = new Map<UpsId, Reason>();
  for (const ups of tick.site.supplies.values()) {
    const state = supplyOf(tick, ups.id);
    const reason = floorOf(tick, ups);
    if (reason !== undefined && state.floor === undefined) setSupply(tick, ups.id, { floor: { sinceMs: tick.nowMs, rule: reason.rule } });
    if (reason !== undefined) floors.set(ups.id, reason);
    else if (state.floor !== undefined) floors.set(ups.id, { rule: state.floor.rule, facts: { ups: ups.id, reached: true } });
    const blipEnds = state.batterySinceMs === undefined ? undefined : state.batterySinceMs + tick.site.policy.ignoreBlipsSeconds * 1000;
    if (blipEnds !== undefined) tick.askAgain(blipEnds);
  }
  return floors;
}
