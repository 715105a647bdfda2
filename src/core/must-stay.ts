// What a file that is taken up while the service runs must not lose: nobody would bring it back.
import type { RigId, SwitchId } from '../model/id.ts';
import { isOwed } from './memory.ts';
import { mayBeOpen } from './orphans.ts';
import { contactOf } from './seen.ts';
import { rigsBehind } from './switching.ts';
import { rememberedRig, rigOf, type Scene, switchOf } from './tick.ts';

export interface MustStay {
  /** rigs that are not hashing */
  readonly rigs: ReadonlySet<RigId>;
  /** rigs that may be limited: whose driver knows of what stood before must stay, too */
  readonly limited: ReadonlySet<RigId>;
  /** switches that are not fed */
  readonly switches: ReadonlySet<SwitchId>;
}

export function mustStay(scene: Scene): MustStay {
  return {
    rigs: new Set([...scene.site.rigs.keys()].filter((id) => isAway(scene, id))),
    limited: new Set([...scene.site.rigs.keys()].filter((id) => rememberedRig(scene, id).limited !== undefined)),
    switches: new Set([...scene.site.switches.keys()].filter((id) => isNotFed(scene, id))),
  };
}

/** One that was given up is of unknown phase, and owed its return all the same. */
function isAway(scene: Scene, id: RigId): boolean {
  const { phase } = rigOf(scene, id);
  return (phase !== 'hashing' && phase !== 'unknown') || isOwed(rememberedRig(scene, id).owed);
}

function isNotFed(scene: Scene, id: SwitchId): boolean {
  const remembered = scene.memory.switches.get(id);
  const contact = contactOf(scene, id);
  if (contact === 'cut') return true;
  if (contact === 'unknown')
    // Nobody sees it: by what we did with it, and by how a reboot since has left it.
    return remembered !== undefined && (mayBeOpen(remembered) || scene.site.switches.get(id)?.atRest === 'cut');
  // Seen closed, and on its way to be opened. One that we opened and that is closed again has rigs that go nowhere.
  const leaves = rigsBehind(scene.site, id).some((rig) => rigOf(scene, rig.id).stop !== undefined);
  return switchOf(scene, id).flight?.kind === 'cut' || (remembered?.want === 'cut' && leaves);
}
