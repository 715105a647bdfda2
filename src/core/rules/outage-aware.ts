// The policy `outage-aware`: each rig leaves when its stay is worth less than what the battery could give the others, by the plan of its
// supply (planning.ts). Nothing is worked out here.
import type { SiteUps } from '../../model/site.ts';
import { toldRuntimeLeft } from '../supply.ts';
import { believedCharge } from '../thresholds.ts';
import { type Scene, supplyOf } from '../tick.ts';
import { rounded } from '../want.ts';
import type { Asks } from './asks.ts';

/** Undefined where nothing could be planned; while the first plan is searched for nobody leaves. Those of one place leave when the last does. */
export function outageAware(scene: Scene, ups: SiteUps): Asks | undefined {
  const state = supplyOf(scene, ups.id);
  const { plan } = state;
  if (plan === undefined) return state.asked === undefined ? undefined : () => 'enough';
  const facts = rounded({
    ups: ups.id,
    runtimeSeconds: toldRuntimeLeft(scene, ups),
    chargePercent: believedCharge(state),
    loadWatts: state.load.watts,
    lastLeavesSeconds: Math.max(0, plan.lastLeavesAtMs - scene.nowMs) / 1000,
    believedFrom: state.battery.from,
  });
  return (_, together) => {
    const leaves = together.every(({ rig }) => (plan.leavesAtMs.get(rig.id) ?? Number.POSITIVE_INFINITY) <= scene.nowMs);
    return leaves ? { rule: 'not-worth-its-energy', facts } : 'stays';
  };
}
