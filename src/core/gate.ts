// The plausibility gate: runs before anything else sees UPS data (safety case, section 3). Status and numbers are
// judged apart; a bad number never costs the status.
import type { Alarm, Line, RawFigure, UpsNameplate, UpsReading } from '../model/ups.ts';
import { contradicts, type Voltage, voltageOf } from './voltage.ts';

export interface Rejected {
  readonly figure: string;
  readonly found: string;
  readonly why: string;
}

/** One look at a UPS after the gate: a figure is plausible or absent. */
export interface Sample {
  readonly takenAtMs: number;
  readonly line: Line;
  readonly lowBattery: boolean;
  readonly forced: boolean;
  /** battery is among its words, whatever line they mean together */
  readonly saysBattery: boolean;
  readonly overload: boolean;
  /** a self-test or calibration is said to run */
  readonly testing: boolean;
  readonly alarms: ReadonlySet<Alarm>;
  readonly chargePercent?: number | undefined;
  readonly runtimeSeconds?: number | undefined;
  readonly loadWatts?: number | undefined;
  readonly loadPercent?: number | undefined;
  readonly voltage?: Voltage | undefined;
  readonly rejected: readonly Rejected[];
}

export interface GateSetting {
  /** what the UPS can carry, W, from the configuration */
  readonly nominalWatts?: number | undefined;
  /** rigs on it are seen drawing, or are taken to: a load of 0 is then a lie */
  readonly rigsDraw: boolean;
}

/** 6 h: more is a driver's guess or a ceiling (of 718 dumps none above was real). */
const LONGEST_RUNTIME_SECONDS = 6 * 3600;
/** 16-bit ceilings, as seconds and as minutes. */
const CEILINGS: ReadonlySet<number> = new Set([65_535, 3_932_100]);
const HIGHEST_LOAD_PERCENT = 200;
/** At this charge a runtime of 0 is no contradiction. */
const EMPTY_CHARGE_PERCENT = 20;
/** Median of W to VA where a dump gives both. */
const WATTS_PER_VA = 0.9;
const DECIMAL = /^-?\d{1,12}(\.\d{1,12})?$/;

const ALARM_WORDS: readonly (readonly [string, Alarm])[] = [
  ['LB', 'low-battery'],
  ['RB', 'replace-battery'],
  ['OVER', 'overload'],
  ['BYPASS', 'bypass'],
  ['FSD', 'forced-shutdown'],
];

/** The line that a set of status words means. `OL OB`, none of them, and `WAIT` are unknown. */
export function lineOf(words: ReadonlySet<string>): Line {
  const onLine = words.has('OL');
  const onBattery = words.has('OB');
  if (onLine !== onBattery) return onLine ? 'mains' : 'battery';
  if (onLine) return 'unknown';
  if (words.has('OFF')) return 'off';
  if (words.has('BYPASS')) return 'mains';
  return 'unknown';
}

/** The number that a plain decimal says; undefined of anything else. */
export function decimal(raw: RawFigure | undefined): number | undefined {
  if (raw === undefined) return undefined;
  if (typeof raw === 'number') return Number.isFinite(raw) ? raw : undefined;
  return DECIMAL.test(raw.trim()) ? Number(raw) : undefined;
}

/** What the UPS can carry: by its label as configured, else by its own word, else 0.9 of its VA; W. */
export function nominalWattsOf(configured: number | undefined, nameplate: UpsNameplate): number | undefined {
  if (configured !== undefined) return configured;
  const own = decimal(nameplate.nominalWatts);
  if (own !== undefined && own > 0) return own;
  const voltAmps = decimal(nameplate.nominalVoltAmps);
  return voltAmps !== undefined && voltAmps > 0 ? voltAmps * WATTS_PER_VA : undefined;
}

export function admitReading(reading: UpsReading, setting: GateSetting): Sample {
  const { words, figures } = reading;
  const rejected: Rejected[] = [];
  const lowBattery = words.has('LB');
  const said = lineOf(words);
  const isUps = reading.nameplate.deviceType === undefined || reading.nameplate.deviceType === 'ups';
  // A PDU or a transfer switch has no battery of its own to be on.
  const line = said === 'battery' && !isUps ? 'unknown' : said;
  const refuse = (figure: string, raw: RawFigure, why: string): undefined => {
    rejected.push({ figure, found: String(raw).slice(0, 40), why });
  };
  const voltage = voltageOf(figures.batteryVolts, reading.nameplate, { decimal, refuse });
  const charge = chargeOf(figures.charge, voltage, refuse);
  const runtime = runtimeOf(figures.runtime, lowBattery || (charge !== undefined && charge <= EMPTY_CHARGE_PERCENT), refuse);
  const percent = percentOf(figures.loadPercent, setting.rigsDraw, refuse);
  const nominal = nominalWattsOf(setting.nominalWatts, reading.nameplate);
  const watts =
    wattsOf(figures.loadWatts, nominal, setting.rigsDraw, refuse) ??
    (percent !== undefined && nominal !== undefined ? (percent / 100) * nominal : undefined);
  return {
    takenAtMs: reading.takenAtMs,
    line,
    lowBattery,
    forced: words.has('FSD'),
    saysBattery: words.has('OB') && isUps,
    overload: words.has('OVER'),
    testing: words.has('TEST') || words.has('CAL'),
    alarms: alarmsOf(words),
    chargePercent: charge,
    runtimeSeconds: runtime,
    loadWatts: watts,
    loadPercent: percent,
    voltage,
    rejected,
  };
}

function alarmsOf(words: ReadonlySet<string>): ReadonlySet<Alarm> {
  const alarms = new Set<Alarm>();
  for (const [word, alarm] of ALARM_WORDS) if (words.has(word)) alarms.add(alarm);
  return alarms;
}

type Refuse = (figure: string, raw: RawFigure, why: string) => undefined;

function chargeOf(raw: RawFigure | undefined, voltage: Voltage | undefined, refuse: Refuse): number | undefined {
  if (raw === undefined) return undefined;
  const value = decimal(raw);
  if (value === undefined) return refuse('charge', raw, 'not a decimal number');
  const why = value < 0 || value > 100 ? 'outside 0..100 %' : contradicts(voltage, value);
  return why === undefined ? value : refuse('charge', raw, why);
}

function runtimeOf(raw: RawFigure | undefined, zeroCounts: boolean, refuse: Refuse): number | undefined {
  if (raw === undefined) return undefined;
  const value = decimal(raw);
  if (value === undefined) return refuse('runtime', raw, 'not a decimal number of seconds');
  if (CEILINGS.has(value)) return refuse('runtime', raw, 'the ceiling of a counter');
  if (value === 0 && zeroCounts) return 0;
  return value < 1 || value > LONGEST_RUNTIME_SECONDS ? refuse('runtime', raw, 'outside 1 s..6 h') : value;
}

function percentOf(raw: RawFigure | undefined, rigsDraw: boolean, refuse: Refuse): number | undefined {
  if (raw === undefined) return undefined;
  const value = decimal(raw);
  if (value === undefined) return refuse('load', raw, 'not a decimal number of percent');
  if (value < 0 || value > HIGHEST_LOAD_PERCENT) return refuse('load', raw, 'outside 0..200 %');
  return value === 0 && rigsDraw ? refuse('load', raw, '0 % while its rigs draw') : value;
}

function wattsOf(raw: RawFigure | undefined, nominal: number | undefined, rigsDraw: boolean, refuse: Refuse): number | undefined {
  if (raw === undefined) return undefined;
  const value = decimal(raw);
  if (value === undefined) return refuse('load', raw, 'not a decimal number of watts');
  if (value < 0 || (nominal !== undefined && value > nominal * (HIGHEST_LOAD_PERCENT / 100))) {
    return refuse('load', raw, 'outside 0..200 % of what it carries');
  }
  return value === 0 && rigsDraw ? refuse('load', raw, '0 W while its rigs draw') : value;
}
