// Prints of what an owner set on a rig, to see that an order left it alone. Two spellings of one value, a number and its digits, have
// one print; what is kept shows nothing of a pool, a wallet or a password.
import { createHash } from 'node:crypto';
import { known } from '../model/known.ts';
import type { RigSettings } from '../model/rig.ts';

const DIGITS = 12;
const DEEPEST = 12;

/** Undefined where it tells none of it. */
export function settingsPrint(told: { readonly [K in keyof RigSettings]?: unknown }): RigSettings | undefined {
  const { pools, fans, clocks } = told;
  const prints = known<RigSettings>({ pools: printOf(pools), fans: printOf(fans), clocks: printOf(clocks) });
  return Object.keys(prints).length === 0 ? undefined : prints;
}

/** The values of these names, those that are there; undefined where none is. */
export function valuesOf(row: ReadonlyMap<string, unknown> | undefined, names: readonly string[]): readonly unknown[] | undefined {
  const there = names.filter((name) => row?.has(name));
  return there.length === 0 ? undefined : there.map((name) => [name, row?.get(name)]);
}

function printOf(value: unknown): string | undefined {
  return value === undefined ? undefined : createHash('sha256').update(plain(value)).digest('hex').slice(0, DIGITS);
}

/** In one order, whatever order it came in; of what nests deeper than any setting only that it does. */
function plain(value: unknown, depth = 0): string {
  if (depth > DEEPEST) return '';
  if (Array.isArray(value)) return `[${value.map((one) => plain(one, depth + 1)).join(',')}]`;
  if (value instanceof Map) return plain(Object.fromEntries(value), depth);
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).filter(([, one]) => one !== undefined && one !== null);
    const told = pairs.map(([key, one]) => `${JSON.stringify(key)}:${plain(one, depth + 1)}`);
    return `{${told.sort().join(',')}}`;
  }
  return JSON.stringify(value === undefined || value === null ? '' : String(value));
}
