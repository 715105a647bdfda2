// What a sample tells of a battery: each credible source is turned into depth, the deepest wins and is named, and the size is learned.
import {
  type Battery,
  type BatteryMoment,
  type BatterySetting,
  clampDepth,
  curveOf,
  type DepthSource,
  type Discharge,
  depthNow,
  isLight,
  type Known,
  SLOPE_ERROR_PERCENT,
} from './battery.ts';
import { figure, frozen, isUntold, nextPeak, peakWatts, settled, standsStill } from './battery-figures.ts';
import { LEAST_WATTS } from './capacity.ts';
import type { Sample } from './gate.ts';
import { depthByVoltage, depthInCalm } from './voltage.ts';

/** A voltage sags at once when the load comes on it, and a charge read off it does: its slope counts from here. */
const SAG_MS = 20_000;
/** A fall deeper than this from one sample to the next, contradicted by another figure, is believed when said twice. */
const SUDDEN = 0.3;
/** Depth given back after a step down: 1 % of the battery a minute at most. */
const EASE_PER_MS = 0.01 / 60_000;
/** A charge must have fallen this far before its slope says anything. */
const SLOPE_NEEDS_PERCENT = 10;
/** A slope that tells of less than this share of the size is no noise. */
const SLOPE_TELLS = 0.85;
/** What a UPS that tells its charge and nothing else is taken to carry at full load, until its slope shows: published tables give 3 to 6 min. */
const ASSUMED_FULL_LOAD_SECONDS = 240;

/** A new accepted sample: the battery is believed anew from it. */
export function absorb(battery: Battery, setting: BatterySetting, moment: BatteryMoment, sample: Sample): Battery {
  const sized = heardOf(battery, setting, moment, sample);
  const sources = depthSources(sized, setting, moment, sample).sort((a, b) => b.depth - a.depth);
  const [deepest, next] = sources;
  if (isMetUntold(moment, sources)) return begunUnseen(sized, setting, moment);
  if (deepest === undefined) return sized;
  if (!moment.draining || sized.depth === undefined) return { ...sized, depth: deepest.depth, from: deepest.from, grown: 0 };
  const { doubted } = sized;
  const { believed, eases } = goneOn({ ...sized, depth: sized.depth }, sources, {
    nowMs: moment.nowMs,
    heardForMs: battery.absorbedAtMs === undefined ? 0 : Math.min(moment.nowMs - battery.absorbedAtMs, setting.staleMs),
  });
  // One figure alone is contradicted by nothing, but one that came with a load step by what is believed.
  const doubtful = next !== undefined || (deepest.from === 'reported' && !settled(moment));
  const sudden = doubtful && deepest.depth > Math.max(next?.depth ?? 0, sized.depth) + SUDDEN;
  if (sudden && doubted === undefined && !sample.lowBattery) {
    return { ...(next === undefined ? sized : onBattery(believed, next, eases)), doubted: true };
  }
  return onBattery(believed, deepest, eases);
}

/** With the figures of this sample, and the size that they tell. */
function heardOf(battery: Battery, setting: BatterySetting, moment: BatteryMoment, sample: Sample): Battery {
  const runtime = figure(battery, battery.runtime, sample.runtimeSeconds, moment.nowMs);
  const charge = figure(battery, battery.charge, sample.chargePercent, moment.nowMs);
  const alone = runtime === undefined && charge === undefined && setting.declared === undefined;
  const told: Battery = {
    ...battery,
    atMs: moment.nowMs,
    heardAtMs: moment.nowMs,
    runtime,
    charge,
    voltage: alone ? figure(battery, battery.voltage, sample.voltage?.share, moment.nowMs) : undefined,
    discharge: peaked(slopeStart(battery, moment, sample), moment, sample),
  };
  const heard = assumed({ ...told, ...trusted(told, setting, moment, sample) }, setting, moment);
  return moment.draining ? sizeOnBattery(heard, setting, moment, sample) : sizeInCalm(heard, setting, moment, sample);
}

const isMetUntold = ({ unseenMs }: BatteryMoment, sources: readonly { readonly from: DepthSource }[]): boolean =>
  unseenMs !== undefined && sources.every(({ from }) => from === 'declared');

/**
 * Met on battery, and nothing but a data sheet tells of it: it may have drained for as long as nobody looked. Where that may be all of it,
 * nothing is known.
 */
function begunUnseen(battery: Battery, setting: BatterySetting, { unseenMs = 0, watts }: BatteryMoment): Battery {
  const { discharge } = battery;
  const curve = curveOf(battery, setting);
  if (curve === undefined || discharge === undefined) return battery;
  const used = (depthNow(battery) ?? 0) + unseenMs / 1000 / curve(Math.max(watts, LEAST_WATTS));
  if (used < 1) return { ...battery, depth: used, from: 'elapsed', grown: 0, discharge: { ...discharge, depthAtStart: used } };
  return { ...battery, depth: undefined, from: undefined, grown: 0, discharge: { ...discharge, depthAtStart: undefined, metUntold: true } };
}

/** What was believed before this sample, with what was drawn since where nothing that is heard speaks against it; and for how long it may ease, ms. */
function goneOn(
  sized: Known,
  sources: readonly { readonly from: DepthSource }[],
  { nowMs, heardForMs }: { readonly nowMs: number; readonly heardForMs: number },
): { readonly believed: Known; readonly eases: number } {
  // The model's own count from the beginning is no word against a figure that was heard since.
  const countsOn = sized.from !== 'declared' && sources.every(({ from }) => from === 'declared');
  // While the runtime that was believed last is none for the load of now, a charge that promises more is no word against it: what was
  // drawn since stays drawn.
  const goesOn = countsOn || (sized.from === 'reported' && sources.every(({ from }) => from !== 'reported'));
  const last: Known = { ...sized, doubted: undefined, absorbedAtMs: nowMs };
  // What was not heard eased nothing: after a silence the depth comes down as slowly as ever, and not by counting.
  return { believed: goesOn ? { ...last, depth: depthNow(last) } : last, eases: countsOn ? 0 : heardForMs };
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

/** What it measures is in what it computes, though it is believed only once it lasts. */
function peaked(discharge: Discharge | undefined, { nowMs }: BatteryMoment, { loadWatts: watts }: Sample): Discharge | undefined {
  if (discharge === undefined) return undefined;
  return watts === undefined ? { ...discharge, unmeasured: true } : { ...discharge, peak: nextPeak(discharge.peak, { nowMs, watts }) };
}

/** Where nothing but a charge or a voltage tells of it, a size is assumed: for the plan in calm, and for a discharge met half-way. */
function assumed(battery: Battery, setting: BatterySetting, moment: BatteryMoment): Battery {
  if ((battery.charge ?? battery.voltage) === undefined || setting.declared !== undefined) return battery;
  if (battery.capacityWh !== undefined && (battery.capacityFrom !== 'assumed' || moment.draining)) return battery;
  const carries = Math.max(setting.nominalWatts ?? 0, moment.watts, LEAST_WATTS);
  // Where its label is not known, full load is the most that it was seen to carry.
  const capacityWh = Math.max(battery.capacityWh ?? 0, (carries * ASSUMED_FULL_LOAD_SECONDS) / 3600);
  return { ...battery, capacityWh, capacityFrom: 'assumed', reportedAtWatts: undefined };
}

/** The slope is taken from the first charge after the sag. */
function slopeStart({ discharge }: Battery, moment: BatteryMoment, sample: Sample): Discharge | undefined {
  if (!moment.draining || discharge === undefined || discharge.slopeFrom !== undefined || sample.chargePercent === undefined)
    return discharge;
  if (moment.nowMs - discharge.sinceMs < SAG_MS) return discharge;
  const { wattHours, drawn, sheet } = discharge;
  return { ...discharge, slopeFrom: { charge: sample.chargePercent, atMs: moment.nowMs, wattHours, drawn, sheet } };
}

/** On battery depth only grows, but for a little that is given back after a step down. */
function onBattery(battery: Known, deepest: { depth: number; from: DepthSource }, dt: number): Battery {
  const { depth: before } = battery;
  if (deepest.depth >= before) return { ...battery, depth: deepest.depth, from: deepest.from, grown: 0 };
  const back = battery.eased ? EASE_PER_MS * dt : 0;
  return { ...battery, depth: Math.max(deepest.depth, before - back), grown: 0 };
}

/** What each source that is to be believed tells of the depth. */
export function depthSources(
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
  const voltage = voltageDepth(battery, moment, sample);
  if (voltage !== undefined) sources.push({ depth: voltage, from: 'voltage' });
  const reported = runtimeDepth(battery, setting, moment, sample);
  if (reported !== undefined) sources.push({ depth: reported, from: 'reported' });
  return sources;
}

/** Where nothing else tells of it; on mains what it tells is no less than what is believed, and nothing while a charger holds it. */
function voltageDepth(battery: Battery, moment: BatteryMoment, { voltage }: Sample): number | undefined {
  if (battery.voltage === undefined || voltage === undefined || standsStill(battery, 'voltage', moment)) return undefined;
  if (moment.draining) return depthByVoltage(voltage.share);
  const calm = depthInCalm(voltage.share);
  if (calm === undefined) return battery.depth === undefined ? 0 : undefined;
  return Math.max(calm, battery.depth ?? 0);
}

/** The depth that its runtime tells of; undefined where that says nothing of it. */
function runtimeDepth(battery: Battery, setting: BatterySetting, moment: BatteryMoment, sample: Sample): number | undefined {
  const curve = curveOf(battery, setting);
  const { runtimeSeconds: seconds } = sample;
  // In calm the runtime gives the size of the battery where none was declared; it can't tell the depth as well.
  const tellsDepth = moment.draining || setting.declared !== undefined;
  if (seconds === undefined || curve === undefined || !tellsDepth || standsStill(battery, 'runtime', moment)) return undefined;
  const watts = sample.loadWatts ?? moment.watts;
  if (seconds !== 0 && isLight(watts, setting)) return undefined;
  const depthAt = (load: number): number => clampDepth(1 - seconds / curve(Math.max(load, LEAST_WATTS)));
  if (settled(moment)) return depthAt(watts);
  // After a load step a UPS computes late: what it tells is for a load of late, the peak at most, and so much is gone at least.
  // In an outage one rig leaves after the other, and no runtime may be settled before the battery is empty.
  const peak = battery.discharge === undefined ? undefined : peakWatts(battery.discharge.peak);
  const least = peak === undefined ? 0 : depthAt(Math.max(peak, watts));
  return least > (depthNow(battery) ?? 0) ? least : undefined;
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
  if (sample.runtimeSeconds === undefined || sample.runtimeSeconds === 0 || watts <= LEAST_WATTS) return battery;
  if (isLight(watts, setting) || !settled(moment)) return battery;
  const left = sample.chargePercent === undefined ? 1 - (battery.depth ?? 0) : sample.chargePercent / 100;
  // Below a tenth the quotient is noise.
  return left < 0.1 ? battery : sized(battery, sample, { seconds: sample.runtimeSeconds, watts, left });
}

function sizeOnBattery(battery: Battery, setting: BatterySetting, moment: BatteryMoment, sample: Sample): Battery {
  const charge = sample.chargePercent;
  if (battery.capacityFrom === 'assumed' && charge !== undefined) {
    const slope = slopeWh(battery, charge);
    if (slope !== undefined) return { ...battery, capacityWh: slope, capacityFrom: 'slope', reportedAtWatts: undefined };
  }
  const told = sample.loadWatts ?? moment.watts;
  // A fresh start in the middle of an outage: the first runtime gives the size that turns depth into runtime. One that was assumed is
  // nearer than what a runtime at next to no load, or at a load that is told wrong, comes to.
  const unsized = curveOf(battery, setting) === undefined || (battery.capacityFrom === 'assumed' && !isLight(told, setting));
  if (!unsized || setting.declared !== undefined || sample.runtimeSeconds === undefined || sample.runtimeSeconds === 0) return battery;
  const watts = Math.max(told, LEAST_WATTS);
  const left = Math.max(0.1, charge === undefined ? 1 - (battery.depth ?? 0) : charge / 100);
  return sized(battery, sample, { seconds: sample.runtimeSeconds, watts, left });
}

interface Reported {
  readonly seconds: number;
  readonly watts: number;
  /** share of the battery */
  readonly left: number;
}

/** With the size that a reported runtime tells; without a charge it is then taken to be full. */
function sized(battery: Battery, sample: Sample, { seconds, watts, left }: Reported): Battery {
  const capacityWh = (seconds * watts) / 3600 / left;
  const known = { ...battery, capacityWh, capacityFrom: 'reported' as const, reportedAtWatts: watts };
  return battery.depth === undefined && sample.chargePercent === undefined ? { ...known, depth: 0, from: 'reported' } : known;
}
