// How long a rig that was asked to stop gets: its grace, its cool-down, a boot of its own, a look after a standstill; and what the
// battery, the primary's patience or a person's --now makes of these.
import type { Proof } from '../model/event.ts';
import type { Rig } from '../model/rig.ts';
import type { Stop } from './state.ts';
import { runtimeLeft } from './supply.ts';
import { CUT_SECONDS } from './thresholds.ts';
import { rigOf, type Scene, setRig, supplyOf, type Tick, upsesOf } from './tick.ts';
import type { Want } from './want.ts';

/** A queue that did not even start the attempt by then has spent the rig's time, not ours. */
const BEGIN_WITHIN_MS = 3_000;
/** One whose grace was over, or nearly, when the service started again is asked and looked at once more. */
const LAST_LOOK_MS = 2_000;
/** At the floor an asked rig gets at least so long before its switch is forced. */
const LEAST_GRACE_MS = 10_000;
/** With less than this believed, waiting for grace is of no use: the UPS would cut the rig itself. */
const TOO_LITTLE_SECONDS = 3 * CUT_SECONDS + 4;
/** Before the primary's patience ends (README decision 11). */
const HOST_SYNC_MARGIN_MS = 3_000;
const BOOTING_MS = 3 * 60_000;
export const MOST_RELAPSES = 3;

/** Seen quiet, by some proof. */
export type Quiet = Stop & { readonly confirmedAtMs: number; readonly proof: Proof };

export function isQuiet(stop: Stop): stop is Quiet {
  return stop.confirmedAtMs !== undefined && stop.proof !== undefined;
}

export const coolAtMs = (rig: Rig, stop: Quiet): number => stop.confirmedAtMs + rig.coolDownSeconds * 1000;

/** Seen quiet, its fans go on for a while before it is cut; a person's --now, or a battery that ends, does not wait for that. */
export function mustCool(tick: Tick, rig: Rig, stop: Quiet, { urgency }: Want): boolean {
  const cool = coolAtMs(rig, stop);
  if (tick.nowMs >= cool || urgency === 'now' || (urgency === 'floor' && !energyToCool(tick, rig, cool))) return false;
  tick.askAgain(cool);
  return true;
}

/** At the floor a rig cools only while the battery is believed to carry it past its cool-down. */
function energyToCool(tick: Tick, rig: Rig, untilMs: number): boolean {
  return (
    supplyRuntime(tick, rig) > (untilMs - tick.nowMs) / 1000 + TOO_LITTLE_SECONDS &&
    !upsesOf(tick.site, rig).some((ups) => lowNow(tick, ups.id))
  );
}

function lowNow(tick: Tick, ups: string): boolean {
  const { sample, forced } = supplyOf(tick, ups);
  return forced || (sample?.lowBattery === true && sample.line === 'battery');
}

/** Seconds that the longest-lasting of its supplies is believed to have; infinite where nothing is known. */
function supplyRuntime(tick: Tick, rig: Rig): number {
  const all = upsesOf(tick.site, rig).map((ups) => runtimeLeft(tick, ups) ?? Number.POSITIVE_INFINITY);
  /* v8 ignore next -- only a floor asks, and a rig on mains alone has none */
  return all.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...all);
}

/** When grace is over; bounded by the primary's patience under a forced shutdown. */
export function graceEndsMs(tick: Scene, rig: Rig, stop: Stop): number {
  // One that was asked before its driver was benched has its time all the same.
  if (stop.relapses >= MOST_RELAPSES || (!rig.can.pause && stop.tries === 0)) return tick.nowMs;
  const began = stop.beganAtMs ?? stop.askedAtMs + BEGIN_WITHIN_MS;
  const forced = upsesOf(tick.site, rig).filter((ups) => supplyOf(tick, ups.id).forced);
  const grace = forced.reduce(
    (least, ups) => Math.min(least, Math.max(0, ups.hostSyncSeconds * 1000 - HOST_SYNC_MARGIN_MS)),
    rig.graceSeconds * 1000,
  );
  if (stop.graceFromMs === undefined) return began + grace;
  return Math.max(stop.graceFromMs + grace, began + (forced.length > 0 ? 0 : LAST_LOOK_MS));
}

/** A rig that booted of itself just now may be writing its firmware: but for the floor it has some minutes. */
export function bootedEnoughMs(tick: Tick, rig: Rig, stop: Stop, want: Want): number {
  const { rebootedAtMs } = rigOf(tick, rig.id);
  return rebootedAtMs === undefined || want.urgency !== 'calm' || stop.relapses > 0 ? 0 : rebootedAtMs + BOOTING_MS;
}

/**
 * Its grace ran on while the service stood still and nobody looked: what its pause came to is known in a moment. Once a stop, for where
 * every tick comes late each would be a standstill; and not at the floor, nor for a person's --now.
 */
export function awaitsLookAfterStandstill(tick: Tick, rig: Rig, stop: Stop, { urgency }: Want): boolean {
  const { wokeAtMs } = tick;
  if (wokeAtMs === undefined || wokeAtMs < stop.askedAtMs || urgency !== 'calm' || !rig.can.read) return false;
  const { reading } = rigOf(tick, rig.id);
  if (reading !== undefined && reading.takenAtMs >= wokeAtMs) return false;
  const stoodAtMs = stop.stoodAtMs ?? wokeAtMs;
  if (tick.nowMs >= stoodAtMs + LAST_LOOK_MS) return false;
  setRig(tick, rig.id, { stop: { ...stop, stoodAtMs } });
  tick.askAgain(stoodAtMs + LAST_LOOK_MS);
  return true;
}

/** Before its grace is over a rig is cut only by a person's --now, or when the battery no longer covers the wait. */
export function mayForce(tick: Tick, rig: Rig, stop: Stop, want: Want): boolean {
  if (stop.beganAtMs === undefined) return false;
  if (want.urgency === 'now') return true;
  if (want.urgency !== 'floor') return false;
  const least = (stop.graceFromMs ?? stop.beganAtMs) + Math.min(LEAST_GRACE_MS, rig.graceSeconds * 1000);
  if (tick.nowMs < least) {
    tick.askAgain(least);
    return false;
  }
  return supplyRuntime(tick, rig) < TOO_LITTLE_SECONDS;
}
