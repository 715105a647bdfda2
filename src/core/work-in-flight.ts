// Work in flight: a pause that is in no hurry waits a few seconds for the next share that the pool takes, where the rig tells of them.
// Never at the floor, never for a person's --now, and only while the battery has that time to spare.
import type { Rig } from '../model/rig.ts';
import type { RigState } from './state.ts';
import { runtimeLeft } from './supply.ts';
import { cutBelowAt } from './thresholds.ts';
import { isArmed, isGoing, rigOf, type Scene, setRig, supplyOf, type Tick, upsesOf } from './tick.ts';
import { NO_ROOM, type Want } from './want.ts';

/** What a UPS or a generator cannot carry now, of what nothing is known, and what is to be measured: these do not wait. */
const IN_A_HURRY: ReadonlySet<string> = new Set(['overload', NO_ROOM, 'runtime-unknown', 'drill']);
/** Of battery beyond the floor and the wait itself. */
const SPARE_SECONDS = 30;
/** A wait that was left alone for so long is none any more. */
const OVER_MS = 5_000;
/** A reading older than this does not show the last share. */
const FRESH_MS = 20_000;

/** Whether the pause of this rig waits yet; begins the wait where there is one. */
export function waitsForShare(tick: Tick, rig: Rig, want: Want): boolean {
  const forMs = (tick.site.policy.waitForShareSeconds ?? 0) * 1000;
  if (forMs === 0) return false;
  const { reading, work } = rigOf(tick, rig.id);
  const shares = reading?.acceptedShares;
  if (shares === undefined || !mayWait(tick, rig, want, forMs) || !isHashing(rigOf(tick, rig.id), tick.nowMs)) return false;
  if (work === undefined || tick.nowMs - work.sinceMs > forMs + OVER_MS) {
    setRig(tick, rig.id, { work: { sinceMs: tick.nowMs, shares } });
    tick.askAgain(tick.nowMs + forMs);
    return true;
  }
  // Fewer than before: its miner began anew, and counts from nothing.
  if (shares > work.shares) {
    setRig(tick, rig.id, { work: { ...work, share: true } });
    return false;
  }
  tick.askAgain(work.sinceMs + forMs);
  return tick.nowMs < work.sinceMs + forMs;
}

function isHashing({ phase, reading }: RigState, nowMs: number): boolean {
  return phase === 'hashing' && reading !== undefined && nowMs - reading.takenAtMs <= FRESH_MS;
}

function mayWait(tick: Tick, rig: Rig, { urgency, because, person }: Want, forMs: number): boolean {
  if (urgency !== 'calm' || IN_A_HURRY.has(because.rule) || !(person || isArmed(tick))) return false;
  return upsesOf(tick.site, rig).every((ups) => {
    if (!isGoing(tick, ups.id)) return true;
    const { load, forced } = supplyOf(tick, ups.id);
    const left = runtimeLeft(tick, ups);
    return !forced && left !== undefined && left > cutBelowAt(tick, ups, load.watts) + forMs / 1000 + SPARE_SECONDS;
  });
}

/** Of a pause that goes out: how long it waited, and whether a share came. */
export function waitedFor(scene: Scene, id: string): { readonly waitedMs?: number; readonly share?: boolean } {
  const { work } = rigOf(scene, id);
  const forMs = (scene.site.policy.waitForShareSeconds ?? 0) * 1000;
  if (work === undefined || scene.nowMs - work.sinceMs > forMs + OVER_MS) return {};
  return { waitedMs: Math.round(scene.nowMs - work.sinceMs), share: work.share === true };
}
