// Whom the mains of one UPS concern: for them alone its outage is another one, or over.
import type { RigId, UpsId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import { isUnderWay } from './progress.ts';
import { isGoing, rememberedRig, type Scene, supplyOf, upsesOf } from './tick.ts';

/** The rigs on their way down or up that begin anew where an outage of this UPS begins or ends. */
export function begunAnewBy(scene: Scene, id: UpsId): RigId[] {
  const concerned = [...scene.site.rigs.values()].filter((rig) => isUnderWay(rememberedRig(scene, rig.id)) && concerns(scene, id, rig));
  return concerned.map((rig) => rig.id);
}

/** A rig goes by an edge of this UPS: it hangs on it, and no other keeps it alight; or on mains alone, and nobody tells that they stand. */
function concerns(scene: Scene, id: UpsId, rig: Rig): boolean {
  const own = upsesOf(scene.site, rig);
  if (own.length === 0) return [...scene.site.supplies.keys()].every((other) => other === id || supplyOf(scene, other).line !== 'mains');
  return own.some((one) => one.id === id) && own.every((one) => one.id === id || isGoing(scene, one.id));
}
