// Which machine a rig is: how two names of one compare, and what is remembered of it.
import type { Event } from '../model/event.ts';
import type { RigId } from '../model/id.ts';
import type { RigIdentity } from '../model/rig.ts';
import { type Bar, type Memory, type RigMemory, rigMemory } from './memory.ts';
import { begunAnew } from './progress.ts';

/** Characters of a name that are kept. */
const LONGEST = 60;
const LEAST = 4;
const MAC = /^[0-9a-f]{2}(?:[:-]?[0-9a-f]{2}){5}$/;
/** What is put where a number was meant to be burnt in: many machines have it. */
const NO_NAME = /^(?:[0:.-]+|[f:.-]+|[x?*-]+|n\/?a|nil|null|none|unknown|undefined|default|serial(?: ?number)?|sn)$/;

/** Who a machine says it is; undefined where it does not tell, or tells what many do. */
export function identityOf(said: string | undefined): RigIdentity | undefined {
  const word = said?.trim().slice(0, LONGEST);
  const plain = word?.toLowerCase();
  if (word === undefined || plain === undefined || word.length < LEAST || NO_NAME.test(plain)) return undefined;
  if (!MAC.test(plain)) return { serial: word };
  return { mac: plain.replace(/[:-]/g, '').replace(/(..)(?=.)/g, '$1:') };
}

const KINDS = ['mac', 'serial'] as const;

/** By a name that both tell. */
export function isSame(one: RigIdentity, other: RigIdentity): boolean {
  return !isOther(one, other) && KINDS.some((kind) => one[kind] !== undefined && one[kind] === other[kind]);
}

/** By a name that both tell; a serial beside a MAC says nothing. */
export function isOther(one: RigIdentity, other: RigIdentity): boolean {
  return KINDS.some((kind) => one[kind] !== undefined && other[kind] !== undefined && one[kind] !== other[kind]);
}

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
  if (rig.knownAs === undefined || !isOther(rig.knownAs, is)) return { ...rig, knownAs: is };
  const { asked: _, up: __, drilledAt: ___, darkAt: ____, quietAtMs: _____, times: ______, owed, ...rest } = begunAnew(rig);
  if (owed === undefined) return { ...rest, knownAs: is };
  const { mode: _______, ...due } = owed;
  return { ...rest, knownAs: is, owed: { ...due, wasUp: false } };
}

function withBar(memory: Memory, rig: RigId, bar: Bar | undefined): Memory {
  const barred = new Map(memory.barred);
  if (bar === undefined) barred.delete(rig);
  else barred.set(rig, bar);
  return { ...memory, barred, seenAs: {} };
}
