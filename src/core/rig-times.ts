// What a rig was seen to take: to be quiet after a pause, to hash again, to lose its power. Kept are the last few; relied on is what was
// seen often enough, with a margin. One that failed once is not relied on until it has shown itself as often again.
import type { Event } from '../model/event.ts';
import type { Rig, RigPhase, RigTimes } from '../model/rig.ts';
import { type Memory, type RigMemory, rigMemory, type SeenTimes, type SwitchMemory } from './memory.ts';
import type { Stop } from './state.ts';

/** Of each kind, so many are kept. The longest of twenty pauses is what all but one in twenty stay below (safety case, F26). */
const KEPT = { pauseMs: 20, wakeMs: 8, bootMs: 8 } as const;
/** Seen less often, it says nothing. */
const LEAST_SEEN = 3;
/** On top of the longest of those kept. */
const STOP_MARGIN = 1.5;
const STOP_MARGIN_SECONDS = 5;
/** So that a figure does not change with every second more or less. */
const STEP_SECONDS = 5;
/** One that took longer was seen to by a person, most likely. */
const LONGEST_WORK_MS = 30 * 60_000;
/** A contact that takes longer to open is slow: until it has been quick for a while. */
const SLOW_MS = 2_000;
const QUICKER = 0.7;

/** What is to be relied on; undefined: nothing. */
export function timesOf(memory: Memory, rig: Rig): RigTimes | undefined {
  const { times } = rigMemory(memory, rig.id);
  const slowMs = rig.cutBy.reduce((most, id) => Math.max(most, memory.switches.get(id)?.slowMs ?? 0), 0);
  if (times === undefined && slowMs === 0) return undefined;
  const stop = longest(times?.pauseMs);
  const wake = longest(times?.wakeMs);
  const boot = longest(times?.bootMs);
  return {
    ...(stop !== undefined && { stopSeconds: Math.min(rig.graceSeconds, stepped(STOP_MARGIN * stop + STOP_MARGIN_SECONDS)) }),
    ...(wake !== undefined && { wakeSeconds: stepped(wake) }),
    ...(boot !== undefined && { bootSeconds: stepped(boot) }),
    ...(slowMs > 0 && { cutSeconds: Math.ceil(slowMs / 1000) }),
  };
}

/** From the first byte of the pause, where that is this service's own and the rig hashed until then. */
export function stopTookMs({ beganAtMs, graceFromMs, fromWork, relapses }: Stop, nowMs: number): number | undefined {
  const isWhole = fromWork === true && graceFromMs === undefined && relapses === 0;
  return isWhole && beganAtMs !== undefined ? Math.round(nowMs - beganAtMs) : undefined;
}

/** s; undefined where it was not seen often enough. */
function longest(ms: readonly number[] = []): number | undefined {
  return ms.length < LEAST_SEEN ? undefined : Math.max(...ms) / 1000;
}

const stepped = (seconds: number): number => STEP_SECONDS * Math.ceil(seconds / STEP_SECONDS);

/** Asked to pause, it was not seen quiet in its time. */
const NOT_SEEN: ReadonlySet<RigPhase> = new Set(['cutting', 'dark', 'unknown']);

export function afterPhaseSeen(rig: RigMemory, { from, to, tookMs }: Event & { event: 'phase' }): RigMemory {
  if (to === 'paused') return tookMs === undefined ? rig : { ...rig, times: { ...rig.times, pauseMs: kept(rig, 'pauseMs', tookMs) } };
  const failed = (from === 'pausing' && NOT_SEEN.has(to)) || (from === 'paused' && to === 'pausing');
  return failed ? notReliedOn(rig) : rig;
}

/** It did not stop, or did not stay so. */
export function notReliedOn(rig: RigMemory): RigMemory {
  if (rig.times?.pauseMs === undefined) return rig;
  const { pauseMs: _, ...times } = rig.times;
  return { ...rig, times };
}

export function afterReturn(rig: RigMemory, { after, workMs }: Event & { event: 'returned' }): RigMemory {
  if (after === undefined || workMs === undefined || workMs > LONGEST_WORK_MS) return rig;
  const times: SeenTimes = after === 'resume' ? { wakeMs: kept(rig, 'wakeMs', workMs) } : { bootMs: kept(rig, 'bootMs', workMs) };
  return { ...rig, times: { ...rig.times, ...times } };
}

function kept({ times }: RigMemory, kind: keyof typeof KEPT, ms: number): readonly number[] {
  return [...(times?.[kind] ?? []), Math.round(ms)].slice(-KEPT[kind]);
}

/** A contact has opened in so long. */
export function afterCut({ slowMs = 0, ...contact }: SwitchMemory, tookMs: number): SwitchMemory {
  const slow = Math.round(Math.max(tookMs, QUICKER * slowMs));
  return slow > SLOW_MS ? { ...contact, slowMs: slow } : contact;
}

/** Whether the rules see it otherwise than before. */
export function isSeenOtherwise(before: SeenTimes | undefined, after: SeenTimes | undefined): boolean {
  if (before === after) return false;
  const kinds = ['pauseMs', 'wakeMs', 'bootMs'] as const;
  return kinds.some((kind) => before?.[kind] !== after?.[kind] && longest(before?.[kind]) !== longest(after?.[kind]));
}
