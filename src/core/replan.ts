// When a supply is planned for: while it drains, so often and at any news. What the plan is stands in planning.ts.
import type { Site, SiteUps } from '../model/site.ts';
import { depthNow } from './battery.ts';
import { isOutageAware } from './outage-plan.ts';
import { planOutage } from './planning.ts';
import { setSupply, supplyOf, type Tick } from './tick.ts';
import type { Worth } from './worth.ts';

/** Shedding policy, section 8: a plan is made anew so often, and at any news. */
const AGAIN_MS = 5_000;
/** So many ms more for each rig: on a Pi a plan for 1,000 takes some 10 ms. */
const AGAIN_MS_A_RIG = 5;
const NEWS = { depth: 0.01, load: 0.05 } as const;

/** Plans for those that drain, where it is time to. */
export function planSupplies(tick: Tick, ranking: readonly Worth[]): void {
  const plans = isOutageAware(tick);
  const draining: SiteUps[] = [];
  for (const ups of tick.site.supplies.values()) {
    const { draining: drains, plan: held } = supplyOf(tick, ups.id);
    // A reload may take the policy from under an outage.
    if (drains && plans) draining.push(ups);
    else if (held !== undefined) setSupply(tick, ups.id, { plan: undefined });
  }
  if (draining.some((ups) => isOld(tick, ups))) {
    const made = planOutage(tick, draining, ranking);
    for (const ups of draining) setSupply(tick, ups.id, { plan: made.get(ups.id) });
  }
  for (const ups of draining) {
    for (const atMs of supplyOf(tick, ups.id).plan?.leavesAtMs.values() ?? []) tick.askAgain(atMs);
  }
}

/** ms after which a plan is made again: the more rigs, the longer. */
export function againAfterMs({ rigs }: Site): number {
  return AGAIN_MS + AGAIN_MS_A_RIG * rigs.size;
}

function isOld(tick: Tick, ups: SiteUps): boolean {
  const { plan: held, battery, load } = supplyOf(tick, ups.id);
  if (held === undefined || tick.nowMs - held.atMs >= againAfterMs(tick.site)) return true;
  const depth = depthNow(battery);
  return (
    depth === undefined || Math.abs(depth - held.depth) > NEWS.depth || Math.abs(load.watts - held.loadWatts) > NEWS.load * held.loadWatts
  );
}
