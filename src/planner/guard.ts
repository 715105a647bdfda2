// What stops everything that still runs, whatever the plan says: it looks at what the UPS tells and at how long the stops take, and
// at nothing that a plan was made from (shedding policy, section 6).

/** Of a UPS on battery. What is not known is absent. */
export interface Heard {
  /** it says LB */
  readonly lowBattery: boolean;
  /** a shutdown was ordered (FSD) */
  readonly forced: boolean;
  /** % as reported */
  readonly chargePercent?: number | undefined;
  /** s as reported, at the present load */
  readonly runtimeSeconds?: number | undefined;
  /** s since it was last heard */
  readonly silentSeconds: number;
  /** s that are believed to be left now, by whatever is known */
  readonly estimatedSeconds?: number | undefined;
}

export type GuardReason = 'low-battery' | 'forced-shutdown' | 'runtime' | 'charge' | 'silent';

/** A reported runtime is worth so much: as good as a battery that has lost a fifth of what its UPS takes it for. */
const RUNTIME_COUNTS = 0.8;
/** Between the last look and the first stop that takes hold. */
const RESERVE_SECONDS = 30;
const LEAST_CHARGE_PERCENT = 10;
const SILENT_SECONDS = 30;
/** Of the stops' own time: what must be left for a UPS to be let stay silent. */
const SILENT_NEEDS = 2;

/**
 * Why everything must stop now; undefined: it need not. `needSeconds`: how long the stops of all that still run take, from
 * `stopSchedule`. A figure that is no number counts as none.
 */
export function guardReason(heard: Heard, needSeconds: number): GuardReason | undefined {
  if (heard.lowBattery) return 'low-battery';
  if (heard.forced) return 'forced-shutdown';
  if (heard.silentSeconds > SILENT_SECONDS) {
    // Old figures tell of an old battery. Nothing known at all is nothing to wait for.
    return (known(heard.estimatedSeconds) ?? 0) < SILENT_NEEDS * needSeconds ? 'silent' : undefined;
  }
  if ((known(heard.runtimeSeconds) ?? Number.POSITIVE_INFINITY) * RUNTIME_COUNTS < needSeconds + RESERVE_SECONDS) return 'runtime';
  return (known(heard.chargePercent) ?? 100) <= LEAST_CHARGE_PERCENT ? 'charge' : undefined;
}

const known = (figure: number | undefined): number | undefined => (Number.isNaN(figure) ? undefined : figure);
