// The policy `threshold`: rigs leave in ascending reward per watt, just as many as bring the projected runtime back
// above shedBelowSeconds; again when it falls again.
import type { SiteUps } from '../../model/site.ts';
import { runtimeAt } from '../battery.ts';
import { batterySetting } from '../supply.ts';
import { thresholdsAt } from '../thresholds.ts';
import { type Scene, supplyOf } from '../tick.ts';
import { rounded } from '../want.ts';
import type { Asks } from './asks.ts';

/** Undefined where it has no threshold to go by. */
export function threshold(scene: Scene, ups: SiteUps): Asks | undefined {
  const state = supplyOf(scene, ups.id);
  const setting = batterySetting(ups, state);
  const { shedBelowSeconds } = thresholdsAt(scene, ups, state.load.watts);
  if (shedBelowSeconds === undefined) return undefined;
  return (goneWatts) => {
    const runtime = runtimeAt(state.battery, setting, state.load.watts - goneWatts) ?? 0;
    if (runtime >= shedBelowSeconds) return 'enough';
    return {
      rule: 'runtime-below-threshold',
      facts: rounded({
        ups: ups.id,
        runtimeSeconds: runtime,
        shedBelowSeconds,
        loadWatts: state.load.watts - goneWatts,
        believedFrom: state.battery.from,
      }),
    };
  };
}
