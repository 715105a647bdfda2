// Where a value stands in somebody's JSON, and what it says there: by the owner's words, for devices that nobody here knows.
import { failed, type Outcome, ok } from '../model/outcome.ts';

/** Keys and, for lists, numbers from 0, outermost first. */
export type JsonPath = readonly (string | number)[];

/** `a.b.0.c`; a key that holds a dot or a blank stands in a list of its own. */
export function pathOf(words: string | JsonPath): JsonPath {
  return typeof words === 'string' ? words.split('.') : words;
}

/** What stands there; undefined where nothing does. Sees only what was written, never what JavaScript adds. */
export function valueAt(value: unknown, path: JsonPath): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
    // The length of a list was not written by anybody.
    if (Array.isArray(here) && !/^\d{1,9}$/.test(String(step))) return undefined;
    here = Reflect.get(here, step);
  }
  return here;
}

export type Scalar = string | number | boolean;

export interface Test {
  readonly at: JsonPath;
  readonly is: Scalar;
}

/** A flag by its test: undefined where nothing stands there, or null; `garbled` where a list or an object does. */
export function flagAt(value: unknown, { at, is }: Test, where: string): Outcome<boolean | undefined> {
  const found = valueAt(value, at);
  if (found === undefined || found === null) return ok(undefined);
  if (typeof found === 'object') return failed('garbled', `${where}: at ${at.join('.')} stands no single value`);
  // What should be a truth and is a word says neither.
  if (typeof is === 'boolean' && typeof found !== 'boolean')
    return failed('garbled', `${where}: at ${at.join('.')} stands neither true nor false`);
  return ok(found === is);
}

/** A figure from 0 to `most` after its unit: a number, or digits as text. Undefined where nothing stands there, or null. */
export function amountAt(
  value: unknown,
  { at, factor, most }: { readonly at: JsonPath; readonly factor: number; readonly most: number },
  where: string,
): Outcome<number | undefined> {
  const found = valueAt(value, at);
  if (found === undefined || found === null) return ok(undefined);
  const plain = typeof found === 'string' && /^\d{1,18}(\.\d{1,9})?$/.test(found) ? Number(found) : found;
  const amount = typeof plain === 'number' ? plain * factor : Number.NaN;
  if (amount >= 0 && amount <= most) return ok(amount);
  return failed('garbled', `${where}: at ${at.join('.')} stands no figure from 0 to ${most / factor}`);
}
