// Which machine a rig is: how two names of one compare, and what is remembered of it.
import type { Event } from '../model/event.ts';
import type { RigId } from '../model/id.ts';
import type { RigIdentity } from '../model/rig.ts';
import { withoutLimit } from './limited.ts';
import { type Bar, type Memory, type RigMemory, rigMemory } from './memory.ts';
import { begunAnew } from './progress.ts';

/** Characters of a name that are kept. */
const LONGEST = 60;
const LEAST = 4;
const MAC = /^(?:[0-9a-f]{2}(?:[:-]?[0-9a-f]{2}){5}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})$/;
/** What is put where a number was meant to be burnt in: many machines have it. */
const NO_NAME = /^(?:[0:.-]+|[f:.-]+|[x?*-]+|n\/?a|nil|null|none|unknown|undefined|default|serial(?: ?number)?|sn)$/;
const NOBODYS: ReadonlySet<string> = new Set([
  ...['0123456789', '123456789', '1234567890', 'to be filled by o.e.m.', 'system serial number', 'not specified', 'not available'],
  ...['00:11:22:33:44:55', '12:34:56:78:9a:bc', '02:00:00:00:00:00'],
]);

/** Who a machine says it is; undefined where it does not tell, or tells what many do. */
export function identityOf(said: string | undefined): RigIdentity | undefined {
  const word = said?.trim().slice(0, LONGEST);
  const plain = word?.toLowerCase();
  if (word === undefined || plain === undefined || word.length < LEAST || NO_NAME.test(plain) || NOBODYS.has(plain)) return undefined;
  if (!MAC.test(plain)) return { serial: word };
  const mac = plain.replace(/[:.-]/g, '').replace(/(..)(?=.)/g, '$1:');
  return NOBODYS.has(mac) ? undefined : { mac };
}

const KINDS = ['mac', 'serial'] as const;

/** By a name that both tell. */
export function isSame(one: RigIdentity, other: RigIdentity): boolean {
  return !isOther(one, other) && KINDS.some((kind) => one[kind] !== undefined && other[kind] !== undefined);
}

/** By a name that both tell; a serial beside a MAC says nothing. */
export function isOther(one: RigIdentity, other: RigIdentity): boolean {
  return KINDS.some((kind) => one[kind] !== undefined && other[kind] !== undefined && !isAlike(one[kind], other[kind]));
}

/** One firmware writes a serial in capitals, the next does not. */
const isAlike = (one = '', other = ''): boolean => one === other || one.toLowerCase() === other.toLowerCase();

export function rememberWho(memory: Memory, event: Event & { event: 'rig-known' | 'rig-barred' | 'rig-unbarred' }): Memory {
  const { rig } = event;
  if (event.event === 'rig-barred') {
    const { is, of, twin } = event;
    return withBar(memory, rig, { is, ...(of !== undefined && { of }), ...(twin !== undefined && { twin }) });
  }
  if (event.event === 'rig-known') {
    const before = rigMemory(memory, rig);
    memory.rigs.set(rig, knownAs(before, event.is));
    if (before.times !== rigMemory(memory, rig).times && !memory.barred.has(rig)) return { ...memory, seenAs: {} };
  }
  return memory.barred.has(rig) ? withBar(memory, rig, undefined) : memory;
}

/** Where it is another machine than before: what that one was told and did is none of its. It is fed again, and not woken. */
function knownAs(rig: RigMemory, is: RigIdentity): RigMemory {
  if (KINDS.every((kind) => is[kind] === undefined)) return nobody(rig, is);
  if (rig.knownAs === undefined || !isOther(rig.knownAs, is)) return { ...rig, knownAs: is };
  const { asked: _, up: __, drilledAt: ___, darkAt: ____, quietAtMs: _____, times: ______, owed, ...rest } = begunAnew(withoutLimit(rig));
  if (owed === undefined) return { ...rest, knownAs: is };
  const { mode: _______, ...due } = owed;
  return { ...rest, knownAs: is, owed: { ...due, wasUp: false } };
}

/** Who answers next is who it is: what was seen of the machine before says nothing of it. What is owed to the name stands. */
function nobody({ drilledAt: _, darkAt: __, times: ___, ...rest }: RigMemory, is: RigIdentity): RigMemory {
  return { ...rest, knownAs: is };
}

function withBar(memory: Memory, rig: RigId, bar: Bar | undefined): Memory {
  const barred = new Map(memory.barred);
  if (bar === undefined) barred.delete(rig);
  else barred.set(rig, bar);
  return { ...memory, barred, seenAs: {} };
}
