// A UPS that carries more than it can, on battery: who leaves for that leaves before any blip is over.
import type { SiteUps } from '../../model/site.ts';
import { nominalWattsOf } from '../gate.ts';
import { partOnUps, unshownOf } from '../load.ts';
import { rigsOn, type Scene, supplyOf } from '../tick.ts';
import { rounded } from '../want.ts';
import type { Asks } from './asks.ts';

/** W above what the UPS carries, on battery; 1 where it only says that it is too much. */
export function overloadWatts(scene: Scene, ups: SiteUps): number {
  const { sample, draining, nameplate } = supplyOf(scene, ups.id);
  if (!draining || sample?.line !== 'battery' || !sample.overload) return 0;
  const nominal = nominalWattsOf(ups.nominalWatts, nameplate);
  if (sample.loadWatts !== undefined && nominal !== undefined && sample.loadWatts > nominal) return sample.loadWatts - nominal;
  if (sample.loadPercent !== undefined && sample.loadPercent > 100 && sample.loadWatts !== undefined) {
    return sample.loadWatts * (1 - 100 / sample.loadPercent);
  }
  return 1;
}

/** The figure may lag behind who has left: for half a minute they count as gone from it, unless it rises anew. */
export function overloadGone(scene: Scene, ups: SiteUps, excess: number): Asks {
  const { sample, load } = supplyOf(scene, ups.id);
  const unshown = rigsOn(scene.site, ups.id).reduce((sum, rig) => sum + partOnUps(load, rig) * unshownOf(scene, rig, load), 0);
  return (gone) =>
    gone + load.scale * unshown >= excess
      ? 'enough'
      : { rule: 'overload', facts: rounded({ ups: ups.id, excessWatts: excess, loadWatts: sample?.loadWatts }) };
}
