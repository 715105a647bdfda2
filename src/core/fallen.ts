// A reboot lets every contact fall to its rest. What was up behind one that rests open is dark now, and owed a return.
import type { RigId } from '../model/id.ts';
import type { Site } from '../model/site.ts';
import type { Memory } from './memory.ts';

/** The rigs that a boot other than the remembered one has left dark; none after a mere restart of the service. */
export function fallenRigs(site: Site, memory: Memory, bootId: string): readonly RigId[] {
  if (memory.bootId === undefined || memory.bootId === bootId) return [];
  const fell = [...site.rigs.values()].filter((rig) => {
    const { up } = memory.rigs.get(rig.id) ?? {};
    const restsOpen = rig.cutBy.some((id) => site.switches.get(id)?.atRest === 'cut');
    // Of a rig that can't be asked only its contact tells: it was up while that was closed.
    const wasUp = rig.can.read ? up === true : rig.cutBy.every((id) => memory.switches.get(id)?.want === 'fed');
    return restsOpen && wasUp;
  });
  return fell.map(({ id }) => id);
}
