// Figures and how they are shown: each beside its limit or its peer of the same run, with a verdict where there is a limit.
import { chance } from '../src/sim/chance.ts';

/** The value that a part `part` (0..1) of the values does not exceed, by nearest rank; NaN of no values. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = Math.max(Math.ceil(part * sorted.length), 1) - 1;
  return sorted[place] ?? Number.NaN;
}

/** `of` all, and what 95 of 100 redraws of them give: the same each time it is asked. */
export function redrawn<T>(
  all: readonly T[],
  of: (some: readonly T[]) => number,
): { readonly all: number; readonly between: readonly [number, number] } {
  const luck = chance(1, 'redraws');
  const redraws = Array.from({ length: REDRAWS }, () => of(all.map((one) => all[luck.below(all.length)] ?? one)));
  return { all: of(all), between: [quantile(redraws, 0.025), quantile(redraws, 0.975)] };
}
const REDRAWS = 1_000;

export const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** So many values have a p99 that is not simply the largest. */
const P99_OF = 100;

/** What a limit for the slowest in a hundred is held against: p99, or the largest of fewer values, called what it is. */
export function worst(values: readonly number[]): { readonly name: string; readonly value: number } {
  if (values.length >= P99_OF) return { name: 'p99', value: quantile(values, 0.99) };
  return { name: `max of ${values.length}`, value: quantile(values, 1) };
}

/** Three digits are enough to judge by, and more would claim what a busy machine cannot give. */
export function inWords(value: number, unit: string): string {
  if (!Number.isFinite(value)) return `unknown ${unit}`;
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  return `${value.toFixed(digits)} ${unit}`;
}

/** Between two pieces of reckoning: else nobody could end it before all is done. */
export function signalsHeard(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What a measure is told. */
export interface Options {
  readonly runs: number;
  readonly minutes: number;
  readonly progress: (say: string) => void;
}

export interface Figure {
  readonly what: string;
  /** as it is shown */
  readonly measured: string;
  /** the limit, the peer, or both */
  readonly beside: string;
  /** absent where the figure has no limit */
  readonly kept?: boolean;
}

/** A figure with a limit: kept where the value judged is at most that. */
export function limited(figure: Omit<Figure, 'kept'>, judged: number, limit: number): Figure {
  return { ...figure, kept: judged <= limit };
}

/** A table in Markdown, its columns aligned for a terminal. */
export function table(figures: readonly Figure[]): string {
  const verdict = ({ kept }: Figure): string => (kept === undefined ? '-' : kept ? 'kept' : 'MISSED');
  const rows = [
    ['figure', 'measured', 'beside', 'limit'],
    ...figures.map((figure) => [figure.what, figure.measured, figure.beside, verdict(figure)]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), rule, ...body.map(line)].join('\n');
}
