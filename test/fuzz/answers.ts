// Inputs of several answers in one file, as a look at a rig brings them: one of them is changed, and the others stay what they were.
import type { Chance } from '../../src/sim/chance.ts';
import { jsonMutated } from './json-trees.ts';
import { type Grain, latin1, mutated } from './mutate.ts';
import { partsOf, SEPARATOR } from './parser.ts';

/** Makes inputs of a corpus; more often than not the changed answer is still JSON. */
export function oneChanged(grain: Grain): (chance: Chance, corpus: readonly Uint8Array[]) => Uint8Array {
  return (chance, corpus) => {
    const parts = partsOf(chance.pick(corpus) ?? new Uint8Array()).map((part) => Buffer.from(part));
    const at = chance.below(parts.length);
    const own = parts.slice(at, at + 1);
    const text = chance.happens(0.6) ? jsonMutated(Buffer.from(own[0] ?? []).toString('utf8'), chance) : undefined;
    parts[at] = Buffer.from(text === undefined ? mutated(chance, own, grain) : text.slice(0, grain.most));
    return Buffer.from(parts.map(latin1).join(SEPARATOR), 'latin1');
  };
}

/** What a text is as an object, by the plainest reading there is. */
export function objectOrNothing(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text.trim());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
