// What a restart in mid-outage must know of a battery: journaled now and then, and where a battery is believed from after it.
import type { UpsId } from '../model/id.ts';
import { type Battery, depthNow, UNKNOWN_BATTERY } from './battery.ts';
import { type SupplyMemory, supplyMemory } from './memory.ts';
import { supplyOf, type Tick } from './tick.ts';

const EVERY_MS = 60_000;
const STEP = 0.05;
const SIZE_STEP = 0.2;

/** After a restart the battery is believed from where the journal left it. */
export function rememberedBattery(tick: Tick, id: UpsId): Battery {
  const { depth, capacityWh, assumed, stuckAt, past } = supplyMemory(tick.memory, id);
  return {
    ...UNKNOWN_BATTERY,
    stuckAt,
    past,
    ...(capacityWh === undefined ? {} : { capacityWh, capacityFrom: assumed ? 'assumed' : 'reported' }),
    ...(depth === undefined ? {} : { depth: depth.value, from: 'elapsed', atMs: depth.atMs }),
  };
}

/** What a discharge told of the battery counts from the next one on: within one its size stays what it was. */
export function withPast(tick: Tick, id: UpsId, battery: Battery): Battery {
  const { past } = supplyMemory(tick.memory, id);
  return battery.discharge !== undefined || battery.past === past ? battery : { ...battery, past };
}

export function keepBelief(tick: Tick, id: UpsId): void {
  const { draining, battery } = supplyOf(tick, id);
  const { depth: lastDepth, from } = battery;
  const depth = depthNow(battery);
  // What is known of a depth is known from somewhere.
  if (lastDepth === undefined || depth === undefined || from === undefined) return;
  const kept = supplyMemory(tick.memory, id);
  const keptMs = kept.depth === undefined ? Number.POSITIVE_INFINITY : tick.nowMs - kept.depth.atMs;
  const moved = kept.depth === undefined || Math.abs(kept.depth.value - depth) > STEP;
  const aged = keptMs > EVERY_MS;
  const otherSize = isOtherSize(battery, kept);
  // A restart counts from here on at full load: on a small battery a minute of that would be all of it.
  const due = draining ? aged || otherSize || moved : moved && keptMs > 10 * EVERY_MS;
  if (!due && !(otherSize && aged) && battery.stuckAt === kept.stuckAt) return;
  const accepted = thousandths(lastDepth);
  tick.emit({
    event: 'believed',
    ups: id,
    depth: thousandths(depth),
    ...(accepted === thousandths(depth) ? {} : { accepted }),
    from,
    capacityWh: battery.capacityWh === undefined ? null : keptSize(battery.capacityWh),
    ...(battery.capacityFrom === 'assumed' ? { assumed: true } : {}),
    ...(battery.stuckAt === undefined ? {} : { stuckAt: battery.stuckAt }),
  });
}

const thousandths = (depth: number): number => Math.round(depth * 1000) / 1000;

function isOtherSize({ capacityWh, capacityFrom }: Battery, kept: SupplyMemory): boolean {
  if (capacityWh === undefined) return false;
  const assumed = capacityFrom === 'assumed';
  return Math.abs((kept.capacityWh ?? 0) - keptSize(capacityWh)) > SIZE_STEP * capacityWh || assumed !== (kept.assumed ?? false);
}

/** Wh as they are journaled: whole ones, but of a battery so small that it would be another one by the rounding. */
function keptSize(capacityWh: number): number {
  return capacityWh < 10 ? Number(capacityWh.toPrecision(3)) : Math.round(capacityWh);
}
