// One quantity is believed of each battery: its depth, 0 full .. 1 empty; runtime is read off it at any load. Here is what is
// known of it, and how it goes on with time; what a sample tells of it is in battery-told.ts.

import type { PastDischarge } from '../model/ups.ts';
import { firstPeak, isTold, isUntold, moving, nextPeak, settled } from './battery-figures.ts';
import { type Curve, LEAST_WATTS, linearCurve, toldCurve } from './capacity.ts';

export type DepthSource = 'reported' | 'charge' | 'slope' | 'declared' | 'voltage' | 'elapsed' | 'assumed';

/** A figure as last heard, and since when it has stood at this value. */
export interface Figure {
  readonly value: number;
  readonly sampledAtMs: number;
  readonly changedAtMs: number;
  /** what the model had drawn in this discharge when it last changed, as depth */
  readonly drawnAtChange: number;
}

/** One discharge, from the first word of battery on. */
export interface Discharge {
  readonly sinceMs: number;
  readonly wattHours: number;
  /** depth that the model alone counts since the beginning */
  readonly drawn: number;
  /** believed when it began */
  readonly depthAtStart?: number | undefined;
  /** where the slope of the charge is taken from: after the sag of the first moments */
  readonly slopeFrom?: SlopeStart | undefined;
  readonly peak: Peak;
  /** depth that the data sheet alone counts since the beginning; 0 where none is declared */
  readonly sheet: number;
  /** ms in which it was not heard, or carried less than a tenth of its rating: what is learned of such a discharge is nothing */
  readonly vagueMs: number;
  /** a look told no load */
  readonly unmeasured?: true;
  /** it was met when it may have been empty already, and nothing told of it */
  readonly metUntold?: true;
  /** what of it was journaled for later */
  readonly told?: { readonly reach: number; readonly by: PastDischarge['by'] } | undefined;
}

/** What was counted of the discharge when the slope of its charge began. */
interface SlopeStart {
  readonly charge: number;
  readonly atMs: number;
  readonly wattHours: number;
  readonly drawn: number;
  readonly sheet: number;
}

/** The highest load of late, W: for as long as a UPS may take to compute for another load, and up to as long again. */
export interface Peak {
  /** `watts` since then */
  readonly sinceMs: number;
  readonly watts: number;
  /** in the time before; absent: not known */
  readonly before: number | undefined;
}

/** What is not known is undefined; every battery has all its fields, and those that are alike are copied and read quickest. */
export interface Battery {
  /** absent: nothing is known of it */
  readonly depth?: number | undefined;
  readonly from?: DepthSource | undefined;
  /** the last moment that growth was added up to */
  readonly atMs?: number | undefined;
  /** depth grown since the last credible sample; shown, and added for good once the sources fall silent */
  readonly grown?: number | undefined;
  /** Wh learned from what the UPS reports, or assumed; a declared curve wins over it */
  readonly capacityWh?: number | undefined;
  readonly capacityFrom?: 'reported' | 'slope' | 'assumed' | undefined;
  /** W at which its size was reported, in this life of the service */
  readonly reportedAtWatts?: number | undefined;
  /** what its discharges before this one told of it, as remembered */
  readonly past?: readonly PastDischarge[] | undefined;
  readonly runtime?: Figure | undefined;
  readonly charge?: Figure | undefined;
  /** share of its nominal volts; kept where the UPS tells neither charge nor runtime */
  readonly voltage?: Figure | undefined;
  readonly discharge?: Discharge | undefined;
  /** the last sample of this life of the service, ms */
  readonly heardAtMs?: number | undefined;
  /** the last sample in this discharge that was believed, ms */
  readonly absorbedAtMs?: number | undefined;
  /** the last sample told of a fall that another figure of it contradicts; the next one that says so is believed */
  readonly doubted?: true | undefined;
  /** a step down was seen in this discharge: lead-acid then gives a little back */
  readonly eased?: boolean | undefined;
  /** percent at which its charge was heard to stand still in a discharge: while it says so it tells nothing */
  readonly stuckAt?: number | undefined;
  /** its size was only assumed, and in this discharge it tells no figure or is lost: the model counts on, for the floor alone */
  readonly untold?: true | undefined;
}

/** Nothing is known of it. */
export const UNKNOWN_BATTERY: Battery = {
  depth: undefined,
  from: undefined,
  atMs: undefined,
  grown: undefined,
  capacityWh: undefined,
  capacityFrom: undefined,
  reportedAtWatts: undefined,
  past: undefined,
  runtime: undefined,
  charge: undefined,
  voltage: undefined,
  discharge: undefined,
  heardAtMs: undefined,
  absorbedAtMs: undefined,
  doubted: undefined,
  eased: undefined,
  untold: undefined,
  stuckAt: undefined,
};

export interface BatterySetting {
  /** as declared, or as its own discharges show: it wins over what is reported or assumed */
  readonly declared?: Curve | undefined;
  /** as its data sheet has it, whatever was learned since */
  readonly sheet?: Curve | undefined;
  /** `declared` is what its own discharges show */
  readonly learned?: boolean;
  /** W the UPS can carry, where known */
  readonly nominalWatts?: number | undefined;
  readonly staleMs: number;
}

export interface BatteryMoment {
  readonly nowMs: number;
  readonly draining: boolean;
  /** not heard: what is drawn then counts for more than it is, to err on the safe side, and nothing is charged */
  readonly silent: boolean;
  /** W believed at the output since the last moment */
  readonly watts: number;
  /** when the load last took a step */
  readonly steppedAtMs?: number | undefined;
  readonly steppedDown: boolean;
  /** this is the first look of all, on battery, and nobody looked for so many ms before it; infinite: nobody ever did */
  readonly unseenMs?: number | undefined;
}

const SILENT_FACTOR = 1.25;
/** Chargers take 4 to 8 h for the most of it; used only where no charge is reported. */
const RECHARGE_PER_MS = 1 / (5 * 3_600_000);

export const clampDepth = (depth: number): number => Math.min(1, Math.max(0, depth));

/** The curve that holds for this battery now; undefined while nothing tells its size. */
export function curveOf(battery: Battery, setting: BatterySetting): Curve | undefined {
  return setting.declared ?? (battery.capacityWh === undefined ? undefined : sizeCurve(battery, battery.capacityWh));
}

/** Of its data sheet, or of what a UPS told once and tells no more, a battery gives at least so much (safety case, I-03). */
export const LEAST_GIVEN = 0.85;

function sizeCurve(battery: Battery, capacityWh: number): Curve {
  if (battery.capacityFrom !== 'reported') return linearCurve(capacityWh);
  const wattHours = isTold(battery, battery.runtime) ? capacityWh : LEAST_GIVEN * capacityWh;
  return battery.reportedAtWatts === undefined ? linearCurve(wattHours) : toldCurve(wattHours, battery.reportedAtWatts);
}

export type Known = Battery & { readonly depth: number };

/** Depth with what was drawn since the last sample. */
export function depthNow(battery: Known): number;
export function depthNow(battery: Battery): number | undefined;
export function depthNow(battery: Battery): number | undefined {
  return battery.depth === undefined ? undefined : clampDepth(battery.depth + (battery.grown ?? 0));
}

/** Seconds until empty at `watts`; undefined where depth or size is unknown. */
export function runtimeAt(battery: Battery, setting: BatterySetting, watts: number): number | undefined {
  const depth = depthNow(battery);
  const curve = curveOf(battery, setting);
  return depth === undefined || curve === undefined ? undefined : (1 - depth) * curve(Math.max(watts, LEAST_WATTS));
}

/**
 * Time goes on: what was drawn since the last moment is added, what was charged is taken away. Not heard in calm it is neither:
 * what comes next tells. A battery line that is heard at last was no outage before it; one that another tells of was (supply.ts).
 */
export function advance(battery: Battery, setting: BatterySetting, moment: BatteryMoment): Battery {
  const dt = battery.atMs === undefined ? 0 : Math.max(0, moment.nowMs - battery.atMs);
  if (!moment.draining) return recharge(calm(battery), moment.nowMs, moment.silent ? 0 : dt);
  const start = startOfDischarge(battery, setting, moment);
  const curve = curveOf(start, setting);
  const watts = Math.max(moment.watts, LEAST_WATTS);
  const share = curve === undefined ? 0 : dt / 1000 / curve(watts);
  const going: Discharging = {
    ...start,
    discharge: drawnOn(start.discharge, setting, moment, { dt, watts, share }),
    eased: (start.eased ?? false) || moment.steppedDown,
    untold: start.untold ?? lostOf(start, setting, moment),
    atMs: moment.nowMs,
  };
  if (curve === undefined || start.depth === undefined) return going;
  const growth = (moment.silent ? SILENT_FACTOR * paceOf(start) : 1) * share;
  const grown = (start.grown ?? 0) + growth;
  if (credible(start, moment, setting)) return { ...going, grown };
  return { ...going, depth: clampDepth(start.depth + grown), grown: 0, from: 'elapsed' };
}

interface Drawn {
  /** ms */
  readonly dt: number;
  readonly watts: number;
  /** of the battery, by its curve */
  readonly share: number;
}

/** What one discharge counts of itself, with what was drawn since the last moment. */
function drawnOn(was: Discharge, setting: BatterySetting, moment: BatteryMoment, { dt, watts, share }: Drawn): Discharge {
  return {
    ...was,
    wattHours: was.wattHours + (watts * dt) / 3_600_000,
    drawn: was.drawn + share,
    peak: nextPeak(was.peak, moment),
    sheet: was.sheet + (setting.sheet === undefined ? 0 : dt / 1000 / setting.sheet(watts)),
    vagueMs: was.vagueMs + (moment.silent || isLight(watts, setting) ? dt : 0),
  };
}

/** Of loads under a tenth of its rating a UPS tells nothing right, and neither does a data sheet (shedding policy, section 6). */
const LEAST_LOAD_SHARE = 0.1;

export const isLight = (watts: number, { nominalWatts = 0 }: BatterySetting): boolean => watts < LEAST_LOAD_SHARE * nominalWatts;

/** A charge that fell so far after its sag has a pace. */
const PACE_NEEDS_PERCENT = 4;
/** Charge comes in whole percents: a fall of ten may be one of nine. */
export const SLOPE_ERROR_PERCENT = 1;
const MOST_PACE = 4;

/** How much faster than the model counts its charge was last seen to fall, 1 and up: in a silence nothing comes that would show it. */
function paceOf({ charge, discharge: { slopeFrom } }: Discharging): number {
  if (charge === undefined || slopeFrom === undefined) return 1;
  const fell = slopeFrom.charge - charge.value;
  const drawn = charge.drawnAtChange - slopeFrom.drawn;
  if (fell < PACE_NEEDS_PERCENT || drawn <= 0) return 1;
  return Math.min(MOST_PACE, Math.max(1, (fell - SLOPE_ERROR_PERCENT) / 100 / drawn));
}

type Discharging = Battery & { readonly discharge: Discharge };

/** A silence of so long is told of; a size that is a guess, and that nothing corrects any more, is no size then. */
const GUESS_HOLDS_MS = 30_000;

function lostOf(battery: Discharging, setting: BatterySetting, moment: BatteryMoment): true | undefined {
  const { heardAtMs = battery.discharge.sinceMs } = battery;
  const lost = moment.silent && moment.nowMs - heardAtMs >= GUESS_HOLDS_MS && isUntold(battery, setting, moment);
  return lost || undefined;
}

const isDischarging = (battery: Battery): battery is Discharging => battery.discharge !== undefined;

function startOfDischarge(battery: Battery, setting: BatterySetting, moment: BatteryMoment): Discharging {
  if (isDischarging(battery)) return battery;
  const sized = curveOf(battery, setting) !== undefined;
  const depth = depthNow(battery) ?? (sized ? 0 : undefined);
  const discharge: Discharge = {
    sinceMs: moment.nowMs,
    wattHours: 0,
    drawn: 0,
    depthAtStart: depth,
    slopeFrom: undefined,
    peak: firstPeak(battery, setting, moment),
    sheet: 0,
    vagueMs: 0,
    told: undefined,
  };
  // A figure that stood still in calm has only now to move.
  const anew = (figure: Figure): Figure => ({ ...figure, changedAtMs: moment.nowMs, drawnAtChange: 0 });
  const began: Discharging = {
    ...battery,
    discharge,
    ...(battery.runtime && { runtime: anew(battery.runtime) }),
    ...(battery.charge && { charge: anew(battery.charge) }),
    ...(battery.voltage && { voltage: anew(battery.voltage) }),
  };
  // With a size declared and nothing reported, what is believed starts from what was believed in calm, or from full.
  if (battery.depth === undefined && sized) return { ...began, depth: 0, from: 'declared', atMs: battery.atMs ?? moment.nowMs };
  return began;
}

/** No discharge runs. */
function calm(battery: Battery): Battery {
  const over = { discharge: undefined, eased: undefined, absorbedAtMs: undefined, doubted: undefined, untold: undefined };
  const { depth, grown, discharge } = battery;
  // What was never known of it in the outage is no reason to take it for full in the next.
  if (depth === undefined && discharge?.metUntold) return { ...battery, ...over, depth: 1, from: 'elapsed', grown: 0 };
  return depth === undefined
    ? { ...battery, ...over, grown: undefined }
    : { ...battery, ...over, depth: clampDepth(depth + (grown ?? 0)), grown: 0 };
}

function recharge(battery: Battery, nowMs: number, dt: number): Battery {
  if (battery.depth === undefined) return { ...battery, atMs: nowMs };
  return { ...battery, atMs: nowMs, depth: clampDepth(battery.depth - RECHARGE_PER_MS * dt) };
}

/**
 * Whether any source speaks now; without one the model goes on alone. A figure that moves and tells no depth, such as a
 * runtime at next to no load, is none, also where none has spoken since the discharge began.
 */
function credible(battery: Discharging, moment: BatteryMoment, setting: BatterySetting): boolean {
  const { absorbedAtMs = battery.discharge.sinceMs } = battery;
  if (moment.nowMs - absorbedAtMs > setting.staleMs) return false;
  if (moving(battery, 'runtime', moment, setting) && settled(moment)) return true;
  return moving(battery, 'charge', moment, setting) || moving(battery, 'voltage', moment, setting);
}
