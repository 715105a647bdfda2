// Whether the worst would leave before everything does, with the numbers of the policy resolved: of `cutBelowSeconds: auto` the
// file alone does not show what it comes to.
import type { Config } from '../config/config.ts';
import { initialState } from '../core/state.ts';
import { thresholdsAt } from '../core/thresholds.ts';
import { rigsOn, type Scene, sceneOf, supplyOf } from '../core/tick.ts';
import type { CheckItem } from '../model/view.ts';

/** At the load of now, by which `plan` goes as well. */
export function floorItems(scene: Scene): readonly CheckItem[] {
  const { shedBelowSeconds } = scene.site.policy;
  if (shedBelowSeconds === 'auto') return [];
  return [...scene.site.supplies.values()].flatMap((ups): CheckItem[] => {
    if (rigsOn(scene.site, ups.id).length === 0) return [];
    const cut = Math.ceil(thresholdsAt(scene, ups, supplyOf(scene, ups.id).load.watts).cutBelowSeconds);
    if (shedBelowSeconds > cut) return [];
    const say = `the worst earners leave below ${shedBelowSeconds} s (shedBelowSeconds), and everything goes below ${cut} s already (cutBelowSeconds): all would leave at once. Write shedBelowSeconds: auto, or one of at least ${2 * cut}`;
    return [{ verdict: 'fail', about: ups.id, say }];
  });
}

/** By the stops of the rigs alone. A UPS that tells its own low-battery point may put it higher. */
export function floorOfFile({ site }: Pick<Config, 'site'>): readonly CheckItem[] {
  return floorItems(sceneOf(initialState(0), site, 0));
}
