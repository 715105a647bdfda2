// What was proven of which sources: seeds that were lived through without a violation, by a hash of all that a night runs. A
// later run adds to it, so that a million nights is a matter of machine time; a change of these sources begins anew.
import { readFileSync, writeFileSync } from 'node:fs';
import { codeOf } from '../model/outcome.ts';

/** Seeds, both included. */
export type Range = readonly [first: number, last: number];

export interface Figures {
  readonly nights: number;
  readonly outages: number;
  /** rigs times outages */
  readonly rigOutages: number;
  readonly virtualHours: number;
  /** orders and edges */
  readonly acts: number;
  /** UPSes that ran empty, and were judged */
  readonly emptied: number;
  /** crashes at one operation of the card each, lived through to the end */
  readonly crashPoints: number;
  /** by row of the fault table: injected, and met */
  readonly faults: Readonly<Record<string, readonly [injected: number, met: number]>>;
}

export interface Entry extends Figures {
  /** `sourcesHash` of the version whose sources these are */
  readonly src: string;
  readonly clean: readonly Range[];
  /** seeds whose episodes were lived through with a crash at every operation of the card */
  readonly crashed?: readonly Range[];
}

export const NOTHING: Figures = { nights: 0, outages: 0, rigOutages: 0, virtualHours: 0, acts: 0, emptied: 0, crashPoints: 0, faults: {} };

/** Entries kept; the oldest go first. */
const MOST_ENTRIES = 5;

export function added(a: Figures, b: Figures): Figures {
  const faults: Record<string, readonly [number, number]> = { ...a.faults };
  for (const [row, [injected, met]] of Object.entries(b.faults)) {
    const before = faults[row] ?? [0, 0];
    faults[row] = [before[0] + injected, before[1] + met];
  }
  return {
    nights: a.nights + b.nights,
    outages: a.outages + b.outages,
    rigOutages: a.rigOutages + b.rigOutages,
    virtualHours: Math.round((a.virtualHours + b.virtualHours) * 100) / 100,
    acts: a.acts + b.acts,
    emptied: a.emptied + b.emptied,
    crashPoints: (a.crashPoints ?? 0) + b.crashPoints,
    faults: Object.fromEntries(Object.entries(faults).sort(([one], [other]) => one.localeCompare(other))),
  };
}

/** Ranges as few as they can be. */
export function joined(ranges: readonly Range[]): readonly Range[] {
  const sorted = ranges.toSorted((a, b) => a[0] - b[0]);
  const kept: Range[] = [];
  for (const [first, last] of sorted) {
    const before = kept.at(-1);
    if (before !== undefined && first <= before[1] + 1) kept[kept.length - 1] = [before[0], Math.max(before[1], last)];
    else kept.push([first, last]);
  }
  return kept;
}

/** The stretches of `range` that are in none of `ranges`. */
export function missingFrom(ranges: readonly Range[], [first, last]: Range): readonly Range[] {
  const missing: Range[] = [];
  let from = first;
  for (const [start, end] of joined(ranges)) {
    if (start > last) break;
    if (start > from) missing.push([from, start - 1]);
    from = Math.max(from, end + 1);
  }
  if (from <= last) missing.push([from, last]);
  return missing;
}

export function readLedger(file: string): readonly Entry[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as readonly Entry[];
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw new Error(`${file} is no ledger (${String(error)}): mend it, or take it away and begin anew`);
  }
}

export interface Proven {
  readonly figures: Figures;
  readonly clean?: readonly Range[];
  readonly crashed?: readonly Range[];
}

/** Adds clean seeds and what was seen in them to the entry of these sources; the newest entry stands first. */
export function enter(file: string, src: string, found: Proven): Entry {
  const entries = readLedger(file);
  const before = entries.find((entry) => entry.src === src);
  const crashed = joined([...(before?.crashed ?? []), ...(found.crashed ?? [])]);
  const entry: Entry = {
    src,
    clean: joined([...(before?.clean ?? []), ...(found.clean ?? [])]),
    ...(crashed.length === 0 ? {} : { crashed }),
    ...added(before ?? NOTHING, found.figures),
  };
  const kept = [entry, ...entries.filter((other) => other.src !== src)].slice(0, MOST_ENTRIES);
  writeFileSync(file, `${JSON.stringify(kept, undefined, 1).replaceAll(/\[\s+(\d+),\s+(\d+)\s+\]/g, '[$1, $2]')}\n`);
  return entry;
}
