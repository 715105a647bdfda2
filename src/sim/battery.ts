// A battery in closed form: what is left of it after so many seconds at so many watts. Pure, and exact however a stretch
// of constant load is cut into pieces, so that a world may be looked at as seldom or as often as one likes.

export interface SimBatteryOptions {
  /** a full new battery carries `watts` for `minutes`; a data sheet's figure */
  readonly carries: { readonly watts: number; readonly minutes: number };
  /**
   * [watts, minutes] of a full new battery, ascending by watts: a data sheet with several lines, instead of `carries`,
   * `exponent` and `lossWatts`. Straight on logarithms between two lines, and on with the last slope above; below the
   * least load in proportion. Above the load of one line alone a little less than in proportion, as most batteries give.
   */
  readonly table?: readonly (readonly [number, number])[];
  /** how much worse than in proportion a bigger load is (Peukert); 1: not at all. Published tables: 0.78 to 1.43, median 1.10 */
  readonly exponent?: number;
  /** W that the inverter itself takes, whatever hangs on it; 3 to 10 percent of the rating in published units */
  readonly lossWatts?: number;
  /** 0..1 of what it could do when new; what an old battery has lost nobody reports */
  readonly health?: number;
  /** hours from empty to full on mains; default 5 */
  readonly chargeHours?: number;
  /**
   * Lead-acid seems emptier under load than it is, and gives that back after a step down: `depth` it seems emptier at
   * `carries.watts`, coming and going with the time constant `minutes`. Absent: no such effect.
   */
  readonly recovery?: { readonly depth: number; readonly minutes: number };
}

const ONE_LINE_EXPONENT = 1.15;

export interface SimBatteryState {
  /** 0 full .. 1 empty: what was drawn for good */
  readonly depth: number;
  /** what it seems emptier for the moment; empty is depth + strain = 1 */
  readonly strain: number;
}

export const FULL_BATTERY: SimBatteryState = { depth: 0, strain: 0 };

/** Depth drawn in an hour at `watts`: 1 / runtime from full. */
export function depthPerHour(options: SimBatteryOptions, watts: number): number {
  if (options.table !== undefined && options.table.length > 0)
    return watts <= 0 ? 0 : 60 / ((options.health ?? 1) * minutesIn(options.table, watts));
  const loss = options.lossWatts ?? 0;
  const share = (Math.max(watts, 0) + loss) / (options.carries.watts + loss);
  const hoursThere = ((options.health ?? 1) * options.carries.minutes) / 60;
  return share ** (options.exponent ?? 1) / hoursThere;
}

/** On battery at constant load. Depth stops at 1. */
export function drain(options: SimBatteryOptions, state: SimBatteryState, watts: number, seconds: number): SimBatteryState {
  return {
    depth: Math.min(1, state.depth + (depthPerHour(options, watts) * seconds) / 3600),
    strain: strainAfter(options, state.strain, watts, seconds),
  };
}

/** On mains. Straight to full; a real charger is slower at the end. */
export function charge(options: SimBatteryOptions, state: SimBatteryState, seconds: number): SimBatteryState {
  return {
    depth: Math.max(0, state.depth - seconds / 3600 / (options.chargeHours ?? 5)),
    strain: strainAfter(options, state.strain, undefined, seconds),
  };
}

/** 0..1, how empty it seems: what a UPS goes by, and what ends it at 1. */
export function seemingDepth(state: SimBatteryState): number {
  return Math.min(1, state.depth + state.strain);
}

/** Seconds until it is empty at constant load; Infinity where nothing draws. */
export function secondsLeft(options: SimBatteryOptions, state: SimBatteryState, watts: number): number {
  if (seemingDepth(state) >= 1) return 0;
  const perSecond = depthPerHour(options, watts) / 3600;
  if (perSecond === 0) return Number.POSITIVE_INFINITY;
  const withoutStrain = (1 - state.depth) / perSecond;
  if (options.recovery === undefined && state.strain === 0) return withoutStrain;
  // Seeming depth is a straight line plus one exponential, below 1 at the start: it meets 1 exactly once.
  const strainAt = strainOver(options, state.strain, watts);
  let low = 0;
  let high = withoutStrain;
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (state.depth + perSecond * middle + strainAt(middle) >= 1) high = middle;
    else low = middle;
  }
  return high;
}

function strainAfter(options: SimBatteryOptions, strain: number, watts: number | undefined, seconds: number): number {
  return options.recovery === undefined ? strain : strainOver(options, strain, watts)(seconds);
}

/** The strain after so many seconds at these watts; undefined: at rest or charging, nothing strains it. */
function strainOver(options: SimBatteryOptions, strain: number, watts: number | undefined): (seconds: number) => number {
  const { recovery } = options;
  if (recovery === undefined) return () => strain;
  const full = depthPerHour(options, options.carries.watts);
  const towards = watts === undefined ? 0 : (recovery.depth * depthPerHour(options, watts)) / full;
  return (seconds) => towards + (strain - towards) * Math.exp(-seconds / (recovery.minutes * 60));
}

function minutesIn(table: readonly (readonly [number, number])[], watts: number): number {
  const first = table[0] ?? [watts, 0];
  if (watts <= first[0]) return (first[1] * first[0]) / watts;
  if (table.length === 1) return first[1] * (first[0] / watts) ** ONE_LINE_EXPONENT;
  const above = table.findIndex(([at]) => at >= watts);
  const right = table[above] ?? table.at(-1) ?? first;
  const left = table[(above < 0 ? table.length : above + 1) - 2] ?? first;
  const share = Math.log(watts / left[0]) / Math.log(right[0] / left[0]);
  return left[1] * (right[1] / left[1]) ** share;
}
