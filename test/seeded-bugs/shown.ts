// What was shown of the seeded bugs: docs/proof-bugs.json, a line for each bug, with the hash of the sources it was planted
// in. A run in parts adds to it; the newest word on a bug stands, unless the same sources were looked at for longer.
import { readFileSync, writeFileSync } from 'node:fs';
import { codeOf } from '../../src/model/outcome.ts';
import type { Bug } from './bug.ts';
import type { Found } from './hunt.ts';

export interface Shown {
  readonly bug: string;
  /** the night that shows it; null: none of the nights tried, or a test does */
  readonly seed: number | null;
  /** nights tried */
  readonly nights: number;
  /** what was wrong with that night, or the test that failed; null: not found */
  readonly by: string | null;
  /** hash of the sources */
  readonly src: string;
}

const LONGEST_WORD = 160;

export function readShown(file: string): readonly Shown[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as readonly Shown[];
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw new Error(`${file} can't be read (${String(error)}): mend it, or take it away and begin anew`);
  }
}

/** In the order of the bugs as declared; what is none any more goes. */
export function withFound(before: readonly Shown[], found: Found, src: string, bugs: readonly Bug[]): readonly Shown[] {
  const all = new Map(before.map((one) => [one.bug, one]));
  const known = all.get(found.bug.name);
  const isLess = known?.src === src && found.by === undefined && known.nights > found.nights;
  if (found.unfit === undefined && !isLess) all.set(found.bug.name, lineOf(found, src));
  return bugs.flatMap(({ name }) => all.get(name) ?? []);
}

function lineOf({ bug, seed, nights, by }: Found, src: string): Shown {
  return { bug: bug.name, seed: seed ?? null, nights, by: by === undefined ? null : firstLine(by), src };
}

/** For tables: one line, and not a long one. */
export function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, LONGEST_WORD);
}

export function writeShown(file: string, shown: readonly Shown[]): void {
  writeFileSync(file, `[\n${shown.map((one) => ` ${JSON.stringify(one)}`).join(',\n')}\n]\n`);
}
