// One quantity is believed of each battery: its depth, 0 full .. 1 empty. Every credible source is turned into depth,
// the deepest fresh one wins and is named, and runtime is read off the depth at any load.
import { type Curve, LEAST_WATTS, linearCurve } from './capacity.ts';
import type { Sample } from './gate.ts';

export type DepthSource = 'reported' | 'charge' | 'slope' | 'declared' | 'elapsed' | 'assumed';

/** A figure as last heard, and since when it has stood at this value. */
interface Figure {
  readonly value: number;
  readonly sampledAtMs: number;
  readonly changedAtMs: number;
  /** what the model had drawn in this discharge when it last changed, as depth */
  readonly drawnAtChange: number;
}

/** One discharge, from the first word of battery on. */
interface Discharge {
  readonly sinceMs: number;
  readonly wattHours: number;
  /** depth that the model alone counts since the beginning */
  readonly drawn: number;
  /** believed when it began */
  readonly depthAtStart?: number | undefined;
  /** where the slope of the charge is taken from: after the sag of the first moments */
  readonly slopeFrom?: { readonly charge: number; readonly wattHours: number } | undefined;
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
  readonly runtime?: Figure | undefined;
  readonly charge?: Figure | undefined;
  readonly discharge?: Discharge | undefined;
  /** the last sample in this discharge that was believed, ms */
  readonly absorbedAtMs?: number | undefined;
  /** the last sample told of a fall that another figure of it contradicts; the next one that says so is believed */
  readonly doubted?: true | undefined;
  /** a step down was seen in this discharge: lead-acid then gives a little back */
  readonly eased?: boolean | undefined;
  /** percent at which its charge was heard to stand still in a discharge: while it says so it tells nothing */
  readonly stuckAt?: number | undefined;
  /** it is heard in this discharge and tells no figure, and its size was only assumed: the model counts on, for the floor alone */
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
  runtime: undefined,
  charge: undefined,
  discharge: undefined,
  absorbedAtMs: undefined,
  doubted: undefined,
  eased: undefined,
  untold: undefined,
  stuckAt: undefined,
};

export interface BatterySetting {
  readonly declared?: Curve | undefined;
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
}

/** UPSes recompute slowly after a load step (seen: 30 s); two polls on top until the new figure has come to us. */
export const RUNTIME_SETTLES_MS = 34_000;
const SILENT_FACTOR = 1.25;
/** A figure that stands still on battery under load for so long is frozen, and no source. */
const FROZEN_MS = { runtime: 60_000, charge: 300_000 } as const;
/** And sooner where so much of the battery must have gone meanwhile: a small one is empty in five minutes. */
const FROZEN_DRAWN = 0.1;
/** A voltage sags at once when the load comes on it, and a charge read off it does: its slope counts from here. */
const SAG_MS = 20_000;
/** A fall deeper than this from one sample to the next, contradicted by another figure, is believed when said twice. */
const SUDDEN = 0.3;
/** Depth given back after a step down: 1 % of the battery a minute at most. */
const EASE_PER_MS = 0.01 / 60_000;
/** Chargers take 4 to 8 h for the most of it; used only where no charge is reported. */
const RECHARGE_PER_MS = 1 / (5 * 3_600_000);
/** A charge must have fallen this far before its slope says anything. */
const SLOPE_NEEDS_PERCENT = 10;
/** Charge comes in whole percents: a fall of ten may be one of nine. */
const SLOPE_ERROR_PERCENT = 1;
/** A slope that tells of less than this share of the size is no noise. */
const SLOPE_TELLS = 0.85;
/** What a UPS that tells its charge and nothing else is taken to carry at full load, until its slope shows: published tables give 3 to 6 min. */
const ASSUMED_FULL_LOAD_SECONDS = 240;
/** Runtimes reported at under a tenth of the rating are never right (shedding policy, section 6). */
const LEAST_LOAD_SHARE = 0.1;

const clampDepth = (depth: number): number => Math.min(1, Math.max(0, depth));

/** The curve that holds for this battery now; undefined while nothing tells its size. */
export function curveOf(battery: Battery, setting: BatterySetting): Curve | undefined {
  return setting.declared ?? (battery.capacityWh === undefined ? undefined : linearCurve(battery.capacityWh));
}

/** Depth with what was drawn since the last sample. */
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
  const was = start.discharge;
  const discharge = { ...was, wattHours: was.wattHours + (watts * dt) / 3_600_000, drawn: was.drawn + share };
  const eased = (start.eased ?? false) || moment.steppedDown;
  const { nowMs: atMs } = moment;
  if (curve === undefined || start.depth === undefined) return { ...start, discharge, eased, atMs };
  const growth = (moment.silent ? SILENT_FACTOR : 1) * share;
  const grown = (start.grown ?? 0) + growth;
  if (credible(start, moment, setting)) return { ...start, discharge, eased, atMs, grown };
  return { ...start, discharge, eased, atMs, depth: clampDepth(start.depth + grown), grown: 0, from: 'elapsed' };
}

type Discharging = Battery & { readonly discharge: Discharge };

const isDischarging = (battery: Battery): battery is Discharging => battery.discharge !== undefined;

function startOfDischarge(battery: Battery, setting: BatterySetting, moment: BatteryMoment): Discharging {
  if (isDischarging(battery)) return battery;
  const sized = curveOf(battery, setting) !== undefined;
  const depth = depthNow(battery) ?? (sized ? 0 : undefined);
  const discharge: Discharge = { sinceMs: moment.nowMs, wattHours: 0, drawn: 0, depthAtStart: depth, slopeFrom: undefined };
  // A figure that stood still in calm has only now to move.
  const anew = (figure: Figure): Figure => ({ ...figure, changedAtMs: moment.nowMs, drawnAtChange: 0 });
  const began: Discharging = {
    ...battery,
    discharge,
    ...(battery.runtime && { runtime: anew(battery.runtime) }),
    ...(battery.charge && { charge: anew(battery.charge) }),
  };
  // With a size declared and nothing reported, what is believed starts from what was believed in calm, or from full.
  if (battery.depth === undefined && sized) return { ...began, depth: 0, from: 'declared', atMs: battery.atMs ?? moment.nowMs };
  return began;
}

/** Where nothing but a charge tells of it, a size is assumed: for the plan in calm, and for a discharge met half-way. */
function assumed(battery: Battery, setting: BatterySetting, moment: BatteryMoment): Battery {
  if (battery.charge === undefined || setting.declared !== undefined) return battery;
  if (battery.capacityWh !== undefined && (battery.capacityFrom !== 'assumed' || moment.draining)) return battery;
  const carries = Math.max(setting.nominalWatts ?? 0, moment.watts, LEAST_WATTS);
  // Where its label is not known, full load is the most that it was seen to carry.
  const capacityWh = Math.max(battery.capacityWh ?? 0, (carries * ASSUMED_FULL_LOAD_SECONDS) / 3600);
  return { ...battery, capacityWh, capacityFrom: 'assumed' };
}

/** No discharge runs. */
function calm(battery: Battery): Battery {
  const over = { discharge: undefined, eased: undefined, absorbedAtMs: undefined, doubted: undefined, untold: undefined };
  const { depth, grown } = battery;
  return depth === undefined
    ? { ...battery, ...over, grown: undefined }
    : { ...battery, ...over, depth: clampDepth(depth + (grown ?? 0)), grown: 0 };
}

function recharge(battery: Battery, nowMs: number, dt: number): Battery {
  if (battery.depth === undefined) return { ...battery, atMs: nowMs };
  return { ...battery, atMs: nowMs, depth: clampDepth(battery.depth - RECHARGE_PER_MS * dt) };
}

/** Whether a figure has stood still for longer, or for more of the battery, than a living one would. */
function frozen(battery: Battery, name: 'runtime' | 'charge', nowMs: number): boolean {
  const { [name]: figure, discharge } = battery;
  if (figure !== undefined && nowMs - figure.changedAtMs > FROZEN_MS[name]) return true;
  return figure !== undefined && discharge !== undefined && discharge.drawn - figure.drawnAtChange > FROZEN_DRAWN;
}

function isHeard(figure: Figure | undefined, { staleMs }: BatterySetting, { nowMs }: BatteryMoment): boolean {
  return figure !== undefined && nowMs - figure.sampledAtMs <= staleMs;
}

/** On battery a figure that is frozen; on mains a charge that was, and has not moved since. */
function standsStill(battery: Battery, name: 'runtime' | 'charge', { draining, nowMs }: BatteryMoment): boolean {
  return draining ? frozen(battery, name, nowMs) : name === 'charge' && battery.stuckAt !== undefined;
}

function moving(battery: Battery, name: 'runtime' | 'charge', moment: BatteryMoment, setting: BatterySetting): boolean {
  return isHeard(battery[name], setting, moment) && !frozen(battery, name, moment.nowMs);
}

function settled(moment: Pick<BatteryMoment, 'nowMs' | 'steppedAtMs'>): boolean {
  return moment.steppedAtMs === undefined || moment.nowMs - moment.steppedAtMs > RUNTIME_SETTLES_MS;
}

/**
 * Whether any source speaks now; without one the model goes on alone. A figure that moves and tells no depth, such as a
 * runtime at next to no load, is none, also where none has spoken since the discharge began.
 */
function credible(battery: Discharging, moment: BatteryMoment, setting: BatterySetting): boolean {
  const { absorbedAtMs = battery.discharge.sinceMs } = battery;
  if (moment.nowMs - absorbedAtMs > setting.staleMs) return false;
  return (moving(battery, 'runtime', moment, setting) && settled(moment)) || moving(battery, 'charge', moment, setting);
}

/** A new accepted sample: the battery is believed anew from it. */
export function absorb(battery: Battery, setting: BatterySetting, moment: BatteryMoment, sample: Sample): Battery {
  const told: Battery = {
    ...battery,
    atMs: moment.nowMs,
    runtime: figure(battery, battery.runtime, sample.runtimeSeconds, moment.nowMs),
    charge: figure(battery, battery.charge, sample.chargePercent, moment.nowMs),
    discharge: slopeStart(battery, moment, sample),
  };
  const heard = assumed({ ...told, ...trusted(told, setting, moment, sample) }, setting, moment);
  const sized = moment.draining ? sizeOnBattery(heard, setting, moment, sample) : sizeInCalm(heard, setting, moment, sample);
  const [deepest, next] = depthSources(sized, setting, moment, sample).sort((a, b) => b.depth - a.depth);
  if (deepest === undefined) return sized;
  if (!moment.draining || sized.depth === undefined) return { ...sized, depth: deepest.depth, from: deepest.from, grown: 0 };
  const { doubted } = sized;
  const believed = { ...sized, depth: sized.depth, doubted: undefined, absorbedAtMs: moment.nowMs };
  // What was not heard eased nothing: after a silence the depth comes down as slowly as ever.
  const eases = battery.absorbedAtMs === undefined ? 0 : Math.min(moment.nowMs - battery.absorbedAtMs, setting.staleMs);
  const sudden = next !== undefined && deepest.depth > Math.max(next.depth, sized.depth) + SUDDEN;
  if (sudden && doubted === undefined && !sample.lowBattery) return { ...onBattery(believed, next, eases), doubted: true };
  return onBattery(believed, deepest, eases);
}

/** Whether what is heard on battery tells of it at all, and whether its charge moves. */
function trusted(told: Battery, setting: BatterySetting, moment: BatteryMoment, sample: Sample): Pick<Battery, 'stuckAt' | 'untold'> {
  const { chargePercent } = sample;
  const moved = chargePercent !== undefined && chargePercent !== told.stuckAt;
  const stuck = moment.draining && chargePercent !== undefined && frozen(told, 'charge', moment.nowMs);
  return {
    stuckAt: stuck ? chargePercent : moved ? undefined : told.stuckAt,
    untold: moment.draining && isUntold(told, setting, moment) ? true : undefined,
  };
}

/** A size that was assumed holds while a charge corrects what is drawn from it. */
function isUntold(battery: Battery, setting: BatterySetting, moment: BatteryMoment): boolean {
  if (setting.declared !== undefined || battery.capacityFrom !== 'assumed') return false;
  return !isHeard(battery.charge, setting, moment) && !isHeard(battery.runtime, setting, moment);
}

/** The slope is taken from the first charge after the sag. */
function slopeStart({ discharge }: Battery, moment: BatteryMoment, sample: Sample): Discharge | undefined {
  if (!moment.draining || discharge === undefined || discharge.slopeFrom !== undefined || sample.chargePercent === undefined)
    return discharge;
  if (moment.nowMs - discharge.sinceMs < SAG_MS) return discharge;
  return { ...discharge, slopeFrom: { charge: sample.chargePercent, wattHours: discharge.wattHours } };
}

type Known = Battery & { readonly depth: number };

/** On battery depth only grows, but for a little that is given back after a step down. */
function onBattery(battery: Known, deepest: { depth: number; from: DepthSource }, dt: number): Battery {
  const { depth: before } = battery;
  if (deepest.depth >= before) return { ...battery, depth: deepest.depth, from: deepest.from, grown: 0 };
  const back = battery.eased ? EASE_PER_MS * dt : 0;
  return { ...battery, depth: Math.max(deepest.depth, before - back), grown: 0 };
}

function figure(battery: Battery, before: Figure | undefined, value: number | undefined, nowMs: number): Figure | undefined {
  if (value === undefined) return before;
  const stands = before !== undefined && before.value === value;
  return {
    value,
    sampledAtMs: nowMs,
    changedAtMs: stands ? before.changedAtMs : nowMs,
    drawnAtChange: stands ? before.drawnAtChange : (battery.discharge?.drawn ?? 0),
  };
}

function depthSources(
  battery: Battery,
  setting: BatterySetting,
  moment: BatteryMoment,
  sample: Sample,
): { depth: number; from: DepthSource }[] {
  const sources: { depth: number; from: DepthSource }[] = [];
  const charge = sample.chargePercent;
  if (charge !== undefined && !standsStill(battery, 'charge', moment)) {
    sources.push({ depth: clampDepth(1 - charge / 100), from: battery.capacityFrom === 'assumed' ? 'assumed' : 'charge' });
    const slope = slopeDepth(battery, setting, charge);
    if (slope !== undefined) sources.push({ depth: slope, from: 'slope' });
  }
  const { discharge } = battery;
  if (moment.draining && setting.declared !== undefined && discharge?.depthAtStart !== undefined) {
    sources.push({ depth: clampDepth(discharge.depthAtStart + discharge.drawn), from: 'declared' });
  }
  const curve = curveOf(battery, setting);
  // In calm the runtime gives the size of the battery where none was declared; it can't tell the depth as well.
  const tellsDepth = moment.draining || setting.declared !== undefined;
  if (
    sample.runtimeSeconds !== undefined &&
    curve !== undefined &&
    tellsDepth &&
    settled(moment) &&
    !standsStill(battery, 'runtime', moment)
  ) {
    const watts = sample.loadWatts ?? moment.watts;
    const loaded = setting.nominalWatts === undefined || watts >= setting.nominalWatts * LEAST_LOAD_SHARE || sample.runtimeSeconds === 0;
    if (loaded) sources.push({ depth: clampDepth(1 - sample.runtimeSeconds / curve(Math.max(watts, LEAST_WATTS))), from: 'reported' });
  }
  return sources;
}

/** The Wh that the fall of the charge in this discharge tells of; undefined before it fell far enough. */
function slopeWh(battery: Battery, chargePercent: number): number | undefined {
  const start = battery.discharge?.slopeFrom;
  if (battery.discharge === undefined || start === undefined || start.charge - chargePercent < SLOPE_NEEDS_PERCENT) return undefined;
  return (battery.discharge.wattHours - start.wattHours) / ((start.charge - chargePercent - SLOPE_ERROR_PERCENT) / 100);
}

/** A charge that falls faster than the size allows tells of a battery that is worn: what is left is worth less. */
function slopeDepth(battery: Battery, setting: BatterySetting, chargePercent: number): number | undefined {
  const wattHours = slopeWh(battery, chargePercent);
  if (wattHours === undefined || setting.declared !== undefined || battery.capacityWh === undefined) return undefined;
  return wattHours < SLOPE_TELLS * battery.capacityWh
    ? clampDepth(1 - ((chargePercent / 100) * wattHours) / battery.capacityWh)
    : undefined;
}

/** In calm the UPS's runtime at a steady load and its charge give the size. */
function sizeInCalm(battery: Battery, setting: BatterySetting, moment: BatteryMoment, sample: Sample): Battery {
  const watts = sample.loadWatts ?? moment.watts;
  const share = setting.nominalWatts === undefined ? 1 : watts / setting.nominalWatts;
  if (sample.runtimeSeconds === undefined || sample.runtimeSeconds === 0 || watts <= LEAST_WATTS) return battery;
  if (share < LEAST_LOAD_SHARE || !settled(moment)) return battery;
  const left = sample.chargePercent === undefined ? 1 - (battery.depth ?? 0) : sample.chargePercent / 100;
  // Below a tenth the quotient is noise.
  return left < 0.1 ? battery : sized(battery, sample, (sample.runtimeSeconds * watts) / 3600 / left);
}

function sizeOnBattery(battery: Battery, setting: BatterySetting, moment: BatteryMoment, sample: Sample): Battery {
  const charge = sample.chargePercent;
  if (battery.capacityFrom === 'assumed' && charge !== undefined) {
    const slope = slopeWh(battery, charge);
    if (slope !== undefined) return { ...battery, capacityWh: slope, capacityFrom: 'slope' };
  }
  // A fresh start in the middle of an outage: the first runtime gives the size that turns depth into runtime.
  const unsized = curveOf(battery, setting) === undefined || battery.capacityFrom === 'assumed';
  if (!unsized || setting.declared !== undefined || sample.runtimeSeconds === undefined || sample.runtimeSeconds === 0) return battery;
  const watts = Math.max(sample.loadWatts ?? moment.watts, LEAST_WATTS);
  const left = Math.max(0.1, charge === undefined ? 1 - (battery.depth ?? 0) : charge / 100);
  return sized(battery, sample, (sample.runtimeSeconds * watts) / 3600 / left);
}

/** With the size that a reported runtime tells; without a charge it is then taken to be full. */
function sized(battery: Battery, sample: Sample, capacityWh: number): Battery {
  const known = { ...battery, capacityWh, capacityFrom: 'reported' as const };
  return battery.depth === undefined && sample.chargePercent === undefined ? { ...known, depth: 0, from: 'reported' } : known;
}
