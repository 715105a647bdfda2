// Runs a schema over a part of the file and says every mistake it finds: what stands there, what was expected, and the
// nearest known key. Schemas keep their own words where they have some (`error:`).
import { z } from 'zod';
import { type Path, shown } from './mistake.ts';
import { hint, nearest } from './nearest.ts';

interface Finding {
  readonly path: Path;
  readonly say: string;
  readonly on: 'value' | 'key';
}

export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly findings: readonly Finding[] };

type RawIssue = z.core.$ZodRawIssue;
type Issue = z.core.$ZodIssue;

const NAMED: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};
/** Keys whose value is never shown, even when it is the mistake. */
const SECRET = /pass|secret|token|credential|apikey/i;
const SECRET_KEY = /^(password|passwd|pass|secret|token|api-?key|key)$/i;

/** Checks `value`. `alsoKnown`: keys that are read elsewhere, for the suggestion only. */
export function check<T>(schema: z.ZodType<T>, value: unknown, alsoKnown: readonly string[] = []): Checked<T> {
  // jitless: nothing of ours needs code made at run time
  const result = schema.safeParse(value, { jitless: true, reportInput: true, error: (issue) => sentence(issue, alsoKnown) });
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, findings: result.error.issues.flatMap((issue) => spread(issue, [])) };
}

/** For a schema's own `error:`: the usual sentence, with better words for what is expected. */
export function expecting(what: string): (issue: RawIssue) => string {
  return (issue) => {
    if (issue.input !== undefined) return `expected ${what}, found ${found(issue)}`;
    const about = issue.inst instanceof z.ZodType ? issue.inst.description : undefined;
    return `missing; expected ${what}${about === undefined ? '' : `: ${about}`}`;
  };
}

/** What to say of a key that is not one of `known`. */
export function unknownKey(key: string, known: readonly string[]): string {
  if (key === '<<') return 'unknown key; YAML 1.2 merges nothing: keys that rigs share go under models';
  if (SECRET_KEY.test(key)) {
    const file = /key$/i.test(key) ? 'keyFile' : 'passwordFile';
    return `a secret never stands in this file; put it in a file of mode 0600 next to this one and name that: ${file}: NAME`;
  }
  return `unknown key${hint(key, known)}`;
}

/** One sentence an issue; of unknown keys one line each, in their order. Empty for a union, whose branches speak. */
function sentence(issue: RawIssue, alsoKnown: readonly string[]): string {
  const want = (expected: string): string => expecting(expected)(issue);
  switch (issue.code) {
    case 'invalid_type':
      return want(NAMED[String(issue['expected'])] ?? String(issue['expected'])) + advice(issue);
    case 'invalid_value':
      return want(choice(issue['values'])) + meant(issue);
    case 'too_small':
      return want(bound(issue, { word: 'at least', strict: 'more than', limit: issue['minimum'] }));
    case 'too_big':
      return want(bound(issue, { word: 'at most', strict: 'less than', limit: issue['maximum'] }));
    case 'unrecognized_keys':
      return strings(issue['keys'])
        .map((key) => unknownKey(key, [...keysOf(issue.inst), ...alsoKnown]))
        .join('\n');
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
      return '';
    default:
      return `${found(issue)} is not accepted here`;
  }
}

function found(issue: { readonly path?: readonly PropertyKey[] | undefined; readonly input?: unknown }): string {
  const secret = (issue.path ?? []).some((part) => typeof part === 'string' && SECRET.test(part));
  return secret && typeof issue.input === 'string' ? 'something else' : shown(issue.input);
}

/** The two slips that YAML invites: a unit after a number, and a word that it takes for something else. */
function advice(issue: RawIssue): string {
  const { input } = issue;
  const expected = issue['expected'];
  if ((expected === 'number' || expected === 'int') && typeof input === 'string') {
    if (/^\s*\d+(\.\d+)?\s*$/.test(input)) return '; write it without quotes';
    if (/^\s*\d+(\.\d+)?\s*[a-z%]+\s*$/i.test(input)) return '; the unit is in the key: write the number alone';
  }
  if (expected === 'string' && (typeof input === 'number' || typeof input === 'boolean')) return '; write it in quotes';
  return '';
}

function choice(values: unknown): string {
  const all = Array.isArray(values) ? values.map(String) : [];
  return all.length === 1 ? `${all[0]}` : `one of ${all.join(', ')}`;
}

function meant(issue: RawIssue): string {
  const near = typeof issue.input === 'string' ? nearest(issue.input, strings(issue['values'])) : undefined;
  return near === undefined ? '' : `; did you mean ${near}?`;
}

function bound(issue: RawIssue, { word, strict, limit }: { word: string; strict: string; limit: unknown }): string {
  const amount = `${issue['inclusive'] === false ? strict : word} ${String(limit)}`;
  if (issue['origin'] === 'array') return limit === 1 ? 'a list of at least one' : `a list of ${amount}`;
  if (issue['origin'] === 'string') return limit === 1 ? 'some text' : `a text of ${amount} characters`;
  return amount;
}

/** The keys that a mapping of this schema may have. */
export function keysOf(schema: unknown): readonly string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function strings(values: unknown): readonly string[] {
  return Array.isArray(values) ? values.filter((value) => typeof value === 'string') : [];
}

/** One issue to its findings; of a union the branch that came nearest. */
function spread(issue: Issue, above: Path): readonly Finding[] {
  const path = [...above, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
  if (issue.code === 'unrecognized_keys') {
    const says = issue.message.split('\n');
    return issue.keys.map((key, i) => ({ path: [...path, key], say: says[i] ?? 'unknown key', on: 'key' }));
  }
  if (issue.code === 'invalid_union' && issue.message === '') return bestBranch(issue.errors).flatMap((inner) => spread(inner, path));
  if ((issue.code === 'invalid_key' || issue.code === 'invalid_element') && issue.message === '') {
    return issue.issues.flatMap((inner) => spread(inner, path)).map((finding) => ({ ...finding, on: 'key' }));
  }
  const refusedKey = issue.code === 'invalid_type' && issue.expected === 'never';
  return [{ path, say: withFound(issue), on: refusedKey ? 'key' : 'value' }];
}

/** A schema's own words may name only what is expected. */
function withFound(issue: Issue): string {
  const { input, message } = issue;
  const plain = typeof input === 'string' || typeof input === 'number' || typeof input === 'boolean';
  return !plain || /\b(found|missing)\b/.test(message) ? message : `${message}; found ${found(issue)}`;
}

/** The fewest mistakes; among as many, the one that got further in than the kind of the value. */
function bestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const within = (issue: Issue): boolean => issue.path.length > 0 || issue.code === 'unrecognized_keys';
  const rank = (issues: readonly Issue[]): number => issues.length - (issues.every(within) ? 0.5 : 0);
  return [...branches].sort((a, b) => rank(a) - rank(b))[0] ?? [];
}
