// What a discharge tells of the battery is journaled while it goes on, for nobody knows whether its end will be seen. The truth that it
// is held against is the UPS's own word of low battery, in a discharge that began full; short of that the charge that it tells, which
// is a report like any other, and counts once it has fallen far.
import type { SiteUps } from '../model/site.ts';
import type { PastDischarge, UpsNameplate } from '../model/ups.ts';
import type { Battery, BatterySetting, Discharge } from './battery.ts';
import { standsStill } from './battery-figures.ts';
import { LEAST_WATTS } from './capacity.ts';
import { decimal, type Sample } from './gate.ts';
import { supplyMemory } from './memory.ts';
import { setSupply, supplyOf, type Tick } from './tick.ts';

/** A discharge shorter than this is made of sag and rounding. */
const LEAST_MS = 60_000;
/** A charge must have fallen so far: from whole percents it is then known to a fortieth. */
const LEAST_FALL = 0.4;
/** A discharge that goes on is journaled again when it got so much deeper. */
const DEEPER_BY = 0.1;
/** A battery no emptier than this was full when the discharge began. */
const FULL = 0.05;
/** Of a discharge of which more than this was not heard, or carried next to nothing, nothing is learned. */
const MOST_VAGUE = 0.1;
/** What is gone at the word of low battery where no low point that the UPS tells explains it. */
const GONE_AT_LOW = 0.95;
/** A low point, in percent and seconds, that a figure is at, give or take a poll. */
const AT_LOW = { percent: 2, seconds: 10 } as const;
/** The outage began with this discharge, and not before a restart. */
const SAME_BEGINNING_MS = 10_000;

interface Watched {
  readonly tick: Tick;
  readonly ups: SiteUps;
  readonly battery: Battery;
  readonly discharge: Discharge;
  readonly sample: Sample;
  readonly nameplate: UpsNameplate;
}

type Told = Omit<PastDischarge, 'at' | 'watts' | 'measured' | 'sheetDepth' | 'sheetSeconds'> & {
  readonly wattHours: number;
  readonly sheet: number;
};

/** After a look on battery: whether its discharge tells more of the battery than before. */
export function learnFromDischarge(tick: Tick, ups: SiteUps, setting: BatterySetting): void {
  const { battery, sample, nameplate } = supplyOf(tick, ups.id);
  const { discharge } = battery;
  if (discharge === undefined || sample?.line !== 'battery' || discharge.told?.by === 'low-battery') return;
  const lastedMs = tick.nowMs - discharge.sinceMs;
  if (sample.lowBattery && lastedMs < LEAST_MS) return close(tick, ups, { ...battery, discharge }, { reach: 1, by: 'low-battery' });
  const told = toldBy({ tick, ups, battery, discharge, sample, nameplate });
  const vague = discharge.vagueMs > MOST_VAGUE * lastedMs;
  if (told === undefined || vague || told.seconds * 1000 < LEAST_MS) return;
  const { wattHours, sheet: sheetDepth, ...rest } = told;
  const watts = (3600 * wattHours) / told.seconds;
  const { sheet } = setting;
  tick.emit({
    event: 'learned',
    ups: ups.id,
    watts: rounded(watts, 1),
    ...rest,
    seconds: Math.round(told.seconds),
    depth: rounded(told.depth, 1000),
    reach: rounded(told.reach, 1000),
    ...(discharge.unmeasured ? {} : { measured: true }),
    ...(sheet && { sheetDepth: rounded(sheetDepth, 1000), sheetSeconds: Math.round(sheet(Math.max(Math.round(watts), LEAST_WATTS))) }),
    ...(discharge.told && { again: true }),
  });
  close(tick, ups, { ...battery, discharge }, told);
}

/** Of this discharge so much is told; the word of low battery ends what it tells, also one that comes with the first of battery and tells nothing. */
function close(
  tick: Tick,
  { id }: SiteUps,
  battery: Battery & { discharge: Discharge },
  { reach, by }: Pick<PastDischarge, 'reach' | 'by'>,
): void {
  setSupply(tick, id, { battery: { ...battery, discharge: { ...battery.discharge, told: { reach, by } } } });
}

const rounded = (value: number, parts: number): number => Math.round(value * parts) / parts;

function toldBy(watched: Watched): Told | undefined {
  return watched.sample.lowBattery && beganFull(watched) ? byLowBattery(watched) : byCharge(watched);
}

function beganFull({ tick, ups, discharge }: Watched): boolean {
  const { outage } = supplyMemory(tick.memory, ups.id);
  const whole = outage === undefined || discharge.sinceMs - outage.beganAtMs <= SAME_BEGINNING_MS;
  return whole && discharge.depthAtStart !== undefined && discharge.depthAtStart <= FULL;
}

function byLowBattery(watched: Watched): Told {
  const { tick, discharge } = watched;
  const { wattHours, sheet } = discharge;
  const depth = goneAtLow(watched);
  return { seconds: (tick.nowMs - discharge.sinceMs) / 1000, depth, reach: depth, by: 'low-battery', wattHours, sheet };
}

/** Depth at the word of low battery: by the low point that explains it, the deeper where two do. */
function goneAtLow({ discharge, sample, nameplate }: Watched): number {
  const depths: number[] = [];
  const [charge, chargeLow] = [sample.chargePercent, decimal(nameplate.chargeLow)];
  if (charge !== undefined && chargeLow !== undefined && charge <= chargeLow + AT_LOW.percent) depths.push(1 - charge / 100);
  const [runtime, runtimeLow] = [sample.runtimeSeconds, decimal(nameplate.runtimeLow)];
  if (runtime !== undefined && runtimeLow !== undefined && runtime <= runtimeLow + AT_LOW.seconds) {
    const leftWh = ((sample.loadWatts ?? discharge.peak.watts) * runtime) / 3600;
    depths.push(discharge.wattHours / (discharge.wattHours + leftWh));
  }
  return depths.length === 0 ? GONE_AT_LOW : Math.max(...depths);
}

function byCharge({ tick, battery, discharge, sample }: Watched): Told | undefined {
  const { slopeFrom: from, told } = discharge;
  const charge = sample.chargePercent;
  if (from === undefined || charge === undefined || standsStill(battery, 'charge', { draining: true, nowMs: tick.nowMs })) return undefined;
  const depth = (from.charge - charge) / 100;
  const reach = 1 - charge / 100;
  if (depth < LEAST_FALL || (told !== undefined && reach < told.reach + DEEPER_BY)) return undefined;
  return {
    seconds: (tick.nowMs - from.atMs) / 1000,
    depth,
    reach,
    by: 'charge',
    wattHours: discharge.wattHours - from.wattHours,
    sheet: discharge.sheet - from.sheet,
  };
}
