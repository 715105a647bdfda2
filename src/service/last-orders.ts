// What each contact was last told, out of the memory: for boards that can only be told of all their contacts at once, and tell nothing.
import type { Memory } from '../core/memory.ts';
import type { SwitchId } from '../model/id.ts';
import type { Site } from '../model/site.ts';
import type { LastOrder } from '../switches/port.ts';

/** Of no contact that stands under that name now and was another one then. */
export function lastOrders(memory: Memory, { site, bootId }: { readonly site: Site; readonly bootId: string }) {
  const sinceBoot = memory.bootId === bootId ? (memory.rebootedAtMs ?? Number.NEGATIVE_INFINITY) : Number.POSITIVE_INFINITY;
  return (id: SwitchId): LastOrder | undefined => {
    const told = memory.switches.get(id);
    if (told === undefined || (told.wiring !== undefined && told.wiring !== site.switches.get(id)?.wiring)) return undefined;
    return { want: told.want, done: told.done, thisBoot: told.sinceMs > sinceBoot, ...(told.lost && { boardLost: true }) };
  };
}
