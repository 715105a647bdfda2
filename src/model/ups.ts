// One look at one UPS, as its source gave it. Nothing here is believed yet: that is the gate's work (core/gate.ts).
import type { UpsId } from './id.ts';

/** Where the power of a supply comes from. `unknown` also while the supply is not heard. */
export type Line = 'mains' | 'generator' | 'battery' | 'off' | 'unknown';

export type Alarm = 'low-battery' | 'forced-shutdown' | 'replace-battery' | 'overload' | 'bypass' | 'silent';

/** A figure as the device wrote it. The gate alone turns it into a number, or rejects it with a reason. */
export type RawFigure = string | number;

/** The figures that change; each absent where the device does not report it. */
export interface UpsFigures {
  /** percent of a full battery */
  readonly charge?: RawFigure;
  /** seconds at the present load */
  readonly runtime?: RawFigure;
  /** percent of what the UPS can carry */
  readonly loadPercent?: RawFigure;
  /** W at the output */
  readonly loadWatts?: RawFigure;
  /** V of the whole battery */
  readonly batteryVolts?: RawFigure;
}

/** What the device says of itself; seldom changes. */
export interface UpsNameplate {
  /** W, `ups.realpower.nominal` */
  readonly nominalWatts?: RawFigure;
  /** VA, `ups.power.nominal`; in W about 0.9 of it (median of 39 dumps, 0.60 at the tenth percentile) */
  readonly nominalVoltAmps?: RawFigure;
  /** seconds of runtime at which the UPS itself flags low battery */
  readonly runtimeLow?: RawFigure;
  /** percent of charge at which the UPS itself flags low battery */
  readonly chargeLow?: RawFigure;
  /** V of the whole battery, by its label */
  readonly batteryVolts?: RawFigure;
  /** V at which the UPS takes it for empty */
  readonly batteryVoltsLow?: RawFigure;
  /** V at its output, by its label where it tells that */
  readonly outputVolts?: RawFigure;
  /** `ups`, `pdu`, `ats` …; a source that says it is not a ups never starts an outage */
  readonly deviceType?: string;
  readonly serial?: string;
  readonly model?: string;
  /** version of the server that was asked, for `check` */
  readonly serverVersion?: string;
}

/** Which UPS it is. */
export type UpsIdentity = Pick<UpsNameplate, 'serial' | 'model'>;

/** Whether another UPS than before answers; what either does not tell says nothing. */
export function isAnotherUps(before: UpsIdentity, now: UpsIdentity): boolean {
  return isOther(before.serial, now.serial) || isOther(before.model, now.model);
}

export const isOther = (before: string | undefined, now: string | undefined): boolean =>
  before !== undefined && now !== undefined && before !== now;

/** What one discharge told of the battery: so much of it went in so many seconds at so many watts. */
export interface PastDischarge {
  /** wall time, for people */
  readonly at: string;
  /** W at the output, in the mean */
  readonly watts: number;
  readonly seconds: number;
  /** of the whole battery, 0..1 */
  readonly depth: number;
  /** how deep the battery was at its end, 0..1 */
  readonly reach: number;
  /** what tells of its end: the UPS's word of low battery, in a discharge that began full; or the charge that it told, which fell so far */
  readonly by: 'low-battery' | 'charge';
  /** the UPS measured its load all the time; else its rigs were counted */
  readonly measured?: true;
  /** what the data sheet of its day says that it would take, and the runtime of that sheet at these watts, s */
  readonly sheetDepth?: number;
  readonly sheetSeconds?: number;
}

export interface UpsReading {
  readonly ups: UpsId;
  /** monotonic ms, when the question was sent */
  readonly takenAtMs: number;
  /** NUT's status words (`OL`, `OB`, `LB`, `FSD` …), a set: order and unknown words mean nothing. */
  readonly words: ReadonlySet<string>;
  readonly figures: UpsFigures;
  readonly nameplate: UpsNameplate;
}
