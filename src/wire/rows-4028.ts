// The fields of one row of an answer on port 4028, and what they say of the miner. A field that is missing, empty or of the
// wrong kind is absent; nothing here turns it into 0. Rows are maps, so that a field named like a part of every object is a
// field and nothing else.

export type Row = ReadonlyMap<string, unknown>;

/** A text that is not empty; numbers and flags are no text. */
export function textOf(row: Row | undefined, key: string): string | undefined {
  const value = row?.get(key);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** A short text of plain characters, for what is remembered and compared; anything else is not a name that a rig gives itself. */
export function wordOf(row: Row | undefined, key: string): string | undefined {
  const text = textOf(row, key);
  return text !== undefined && /^[\x20-\x7e]{1,64}$/.test(text) ? text : undefined;
}

/** A finite number, also where the firmware wrote it as a string ("37603.30"). */
export function numberOf(row: Row | undefined, key: string): number | undefined {
  const value = row?.get(key);
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || !/^\s*-?\d{1,20}(?:\.\d{0,20})?(?:e[+-]?\d{1,2})?\s*$/i.test(value)) return undefined;
  return Number(value);
}

/** A number that is not below 0 nor above `most`. */
export function measureOf(row: Row | undefined, key: string, most: number): number | undefined {
  const value = numberOf(row, key);
  return value === undefined || value < 0 || value > most ? undefined : value;
}

/** A whole number from 0 to 2^31 - 1: a code, or the number of a board. */
export function wholeOf(row: Row | undefined, key: string): number | undefined {
  const value = measureOf(row, key, 2 ** 31 - 1);
  return Number.isInteger(value) ? value : undefined;
}

export function flagOf(row: Row | undefined, key: string): boolean | undefined {
  const value = row?.get(key);
  return typeof value === 'boolean' ? value : undefined;
}

/** H/s in one unit of a field name. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['K', 1e3],
  ['M', 1e6],
  ['G', 1e9],
  ['T', 1e12],
]);
/** The longest window that still says what a rig does now; minutes stay high long after a pause. */
const WINDOW_LIMIT_SECONDS = 60;
/** H/s; the whole of Bitcoin is some 1e21 */
const HASH_RATE_LIMIT = 1e21;

/**
 * H/s over the shortest window of the row (`GHS 5s`, `MHS 20s`: the figure before the s is the miner's own log interval),
 * or undefined. Averages (`MHS av`, `GHS 5m`) are never taken for it.
 */
export function hashRateOf(row: Row | undefined): number | undefined {
  let best: { readonly seconds: number; readonly hashRate: number } | undefined;
  for (const key of row?.keys() ?? []) {
    const [, prefix, window] = /^([KMGT]?)HS (\d{1,3})s$/.exec(key) ?? [];
    const unit = UNITS.get(prefix ?? '?');
    const seconds = Number(window);
    if (unit === undefined || seconds > WINDOW_LIMIT_SECONDS || (best !== undefined && best.seconds <= seconds)) continue;
    const figure = measureOf(row, key, HASH_RATE_LIMIT / unit);
    if (figure !== undefined) best = { seconds, hashRate: figure * unit };
  }
  return best?.hashRate;
}

const UPTIME_LIMIT_SECONDS = 1e9;

/** How a miner runs, by its answer to `summary`; each absent where that does not say. */
export interface Pace {
  /** H/s */
  readonly hashRate: number | undefined;
  readonly uptimeSeconds: number | undefined;
  readonly acceptedShares?: number | undefined;
}

/** Shares; no miner has as many. */
export const SHARES_LIMIT = 1e15;

export function paceOf(summary: Row | undefined): Pace {
  return {
    hashRate: hashRateOf(summary),
    uptimeSeconds: measureOf(summary, 'Elapsed', UPTIME_LIMIT_SECONDS),
    acceptedShares: measureOf(summary, 'Accepted', SHARES_LIMIT),
  };
}

/**
 * What a miner does that does not call itself paused. At 0 H/s it is taken to be starting while its uptime is below
 * `startingSeconds`; later it may have lost its pool and draw full power.
 */
export function stateAwake({ hashRate, uptimeSeconds }: Pace, startingSeconds: number): 'hashing' | 'starting' | 'unknown' {
  if (hashRate !== undefined && hashRate > 0) return 'hashing';
  return hashRate === 0 && uptimeSeconds !== undefined && uptimeSeconds < startingSeconds ? 'starting' : 'unknown';
}
