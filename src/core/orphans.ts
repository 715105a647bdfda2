// Contacts that we opened and that the file no longer has, or has under their name as another contact: nobody closes them
// any more. They are shown until a person releases them, or the file has them again; nothing moves because of one.
import type { Event, Rewiring } from '../model/event.ts';
import type { RigId, SwitchId } from '../model/id.ts';
import type { Site } from '../model/site.ts';
import type { Step } from '../model/step.ts';
import type { Memory, SwitchMemory } from './memory.ts';

/** A contact as it was remembered when the file lost it. */
export interface Orphan extends SwitchMemory {
  readonly switch: SwitchId;
}

/** Which contact a step moves, for its record in the journal. */
export function wiringOf(site: Site, step: Step): { readonly wiring?: string } {
  const wiring = 'switch' in step ? site.switches.get(step.switch)?.wiring : undefined;
  return wiring === undefined ? {} : { wiring };
}

/** We opened it, and it was neither fed nor seen closed since. */
export function mayBeOpen(one: SwitchMemory): boolean {
  // From before wirings were journaled there is no more than what was wanted last.
  return one.opened !== undefined || (one.want === 'cut' && one.wiring === undefined);
}

/**
 * The memory after one that we opened was seen closed; what is wanted of it is another matter. One of which no move was ever
 * done is closed, and that is all there is to it.
 */
function foundFed(memory: Memory, id: SwitchId): Memory {
  const one = memory.switches.get(id);
  if (one !== undefined) {
    const { opened: _, ...rest } = one;
    memory.switches.set(id, one.done ? rest : { ...rest, want: 'fed', done: true });
  }
  return memory;
}

/** Remembered before wirings were journaled, it is taken for what it is called. */
function isSame(one: SwitchMemory, wiring: string): boolean {
  return one.wiring === undefined || one.wiring === wiring;
}

/** What a site has otherwise than the memory. `isFed`: seen to be so now, whatever is remembered of it. */
export function rewiringOf(site: Site, memory: Memory, isFed: (id: SwitchId) => boolean = () => false): Rewiring {
  const orphaned: NonNullable<Rewiring['orphaned']>[number][] = [];
  const rewired: SwitchId[] = [];
  for (const [id, one] of memory.switches) {
    const is = site.switches.get(id);
    if (is !== undefined && isSame(one, is.wiring)) continue;
    if (mayBeOpen(one) && !isFed(id)) orphaned.push({ switch: id, ...labelOf(one), rigs: one.opened ?? [] });
    // One that left the file closed may come back to it, and is then remembered.
    else if (is !== undefined || mayBeOpen(one)) rewired.push(id);
  }
  const regained = regainedBy(site, memory);
  return {
    ...(orphaned.length === 0 ? {} : { orphaned }),
    ...(rewired.length === 0 ? {} : { rewired }),
    ...(regained.length === 0 ? {} : { regained }),
  };
}

function regainedBy(site: Site, { orphans, switches }: Memory): NonNullable<Rewiring['regained']> {
  const back = new Map<SwitchId, Orphan>();
  for (const orphan of orphans) {
    const wiring = site.switches.get(orphan.switch)?.wiring;
    const known = switches.get(orphan.switch);
    if (wiring === undefined || !isSame(orphan, wiring) || (known !== undefined && isSame(known, wiring))) continue;
    back.set(orphan.switch, orphan);
  }
  return [...back].map(([id, orphan]) => ({ switch: id, ...labelOf(orphan) }));
}

const labelOf = ({ wiring }: SwitchMemory): { readonly wiring?: string } => (wiring === undefined ? {} : { wiring });

/** The memory after what was found out about contacts, or said of them. */
export function rememberContact(
  memory: Memory,
  event: Event & { event: 'found-fed' | 'rewired' | 'forgotten' },
  allRigs: readonly RigId[],
): Memory {
  if (event.event === 'rewired') return rewire(memory, event);
  return event.event === 'found-fed' ? foundFed(memory, event.switch) : forget(memory, event.switch, allRigs);
}

/** The memory after a start or a reload with such a file; its maps are changed in place. */
export function rewire(memory: Memory, { orphaned = [], rewired = [], regained = [] }: Rewiring): Memory {
  const orphans = [...memory.orphans];
  const { switches } = memory;
  for (const { switch: id } of orphaned) {
    const was = switches.get(id);
    switches.delete(id);
    if (was !== undefined) {
      const { fault: _, ...one } = was;
      orphans.push({ ...one, switch: id });
    }
  }
  for (const id of rewired) switches.delete(id);
  for (const { switch: id, wiring } of regained) {
    const found = orphans.find((one) => one.switch === id && one.wiring === wiring);
    if (found !== undefined) {
      orphans.splice(orphans.indexOf(found), 1);
      const { switch: __, ...one } = found;
      // Hands were in the wiring: what it is must be seen or said anew.
      switches.set(id, { ...one, done: false });
    }
  }
  return { ...memory, orphans };
}

export function isOrphaned({ orphans }: Memory, id: SwitchId): boolean {
  return orphans.some((one) => one.switch === id);
}

/** The memory after a person released what is called so. */
function forget(memory: Memory, id: SwitchId, allRigs: readonly RigId[]): Memory {
  // The command that named it could have meant a rig.
  if (!allRigs.includes(id)) memory.rigs.delete(id);
  return { ...memory, orphans: memory.orphans.filter((one) => one.switch !== id) };
}
