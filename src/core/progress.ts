// How far a rig is on its way down or up, as far as a restart of the service must not begin it anew: in the same boot
// deadlines go on exactly (contract.md 5). A part of the memory, and like all of it changed by events alone.
import type { Event } from '../model/event.ts';
import type { RigPhase } from '../model/rig.ts';
import type { RigMemory } from './memory.ts';

/**
 * From when the grace of a stop counts. A pause that stands in the journal may never have been sent, so one without a result
 * is given again after a restart, and the rig has its whole grace from there (I-10): else it is cut though it was never asked.
 * One with a result was carried out, well or not, and grace counts from it whoever runs now. A service that dies before any
 * result would put off every cut without end: the third order is the last that grace begins anew with.
 */
interface Grace {
  readonly fromMs: number;
  /** given so far, each by another run of the service */
  readonly orders: number;
  /** a result shows that one of them was carried out */
  readonly carriedOut: boolean;
}

interface Waking {
  readonly sinceMs: number;
  /** resumes given */
  readonly tries: number;
  readonly triedAtMs?: number;
  /** the last of them has no result yet: where its service died, it may never have been sent */
  readonly unanswered?: true;
}

export interface Progress {
  readonly grace?: Grace;
  /** first seen quiet, and not seen otherwise since: its cool-down counts from here */
  readonly quietAtMs?: number;
  /** starts of the service since it was last seen asleep */
  readonly startsUnseen?: number;
  readonly waking?: Waking;
  /** a drill of it is under way; no service but the one that began it sees it through */
  readonly drilling?: { readonly cut: boolean };
}

const MOST_FRESH_STARTS = 3;

/** A pause was given. */
export function afterPause(rig: RigMemory, now: number): RigMemory {
  const { grace } = rig;
  if (grace?.carriedOut) return rig;
  const orders = (grace?.orders ?? 0) + 1;
  const fromMs = grace !== undefined && orders > MOST_FRESH_STARTS ? grace.fromMs : now;
  return { ...rig, grace: { fromMs, orders, carriedOut: false } };
}

/** A pause had a result: it was carried out from `beganAtMs` on. */
export function afterAttempt(rig: RigMemory, beganAtMs: number): RigMemory {
  const { grace } = rig;
  if (grace === undefined || grace.carriedOut) return rig;
  const fromMs = grace.orders > MOST_FRESH_STARTS ? grace.fromMs : beganAtMs;
  return { ...rig, grace: { ...grace, fromMs, carriedOut: true } };
}

/** A resume was given. */
export function afterResume(rig: RigMemory, now: number): RigMemory {
  const { sinceMs = now, tries = 0 } = rig.waking ?? {};
  return { ...rig, waking: { sinceMs, tries: tries + 1, triedAtMs: now, unanswered: true } };
}

/** A resume had a result, good or not. Where it did not go out, for want of a journal, or a pause overtook it, the rig is back in the queue of the return. */
export function afterAnswer(rig: RigMemory, { ok, unsynced }: Event & { event: 'step-settled' }): RigMemory {
  const { waking: told, ...rest } = rig;
  if (!ok && unsynced) return rest;
  if (told?.unanswered === undefined) return rig;
  const { unanswered: _, ...waking } = told;
  return { ...rest, waking };
}

export function afterPhase(rig: RigMemory, event: Event & { event: 'phase' }, now: number): RigMemory {
  const quietAtMs = quietSince(rig, event.to, now);
  const waking = wakingSince(rig, event, now);
  return {
    ...withoutProgress(rig),
    ...(rig.grace !== undefined && GOING_DOWN.has(event.to) ? { grace: rig.grace } : {}),
    ...(quietAtMs === undefined ? {} : { quietAtMs }),
    ...(waking === undefined ? {} : { waking }),
  };
}

const GOING_DOWN: ReadonlySet<RigPhase> = new Set(['pausing', 'cutting', 'dark']);

function quietSince({ quietAtMs }: RigMemory, to: RigPhase, now: number): number | undefined {
  if (to === 'paused') return quietAtMs ?? now;
  return to === 'cutting' || to === 'dark' ? quietAtMs : undefined;
}

function wakingSince({ waking }: RigMemory, { from, to }: Event & { event: 'phase' }, now: number): Waking | undefined {
  if (to === 'waking') return waking ?? { sinceMs: now, tries: 0 };
  // After a restart it may first be found asleep, and has been told to wake all the same.
  return from === 'unknown' && to === 'paused' ? waking : undefined;
}

/** A drill that was seen through, or broken off. */
export function drilled({ drilling: _, ...rig }: RigMemory, { ok, cutMs }: Event & { event: 'drilled' }, at: string): RigMemory {
  if (!ok) return rig;
  return typeof cutMs === 'number' ? { ...rig, drilledAt: at, darkAt: at } : { ...rig, drilledAt: at };
}

/** Whether it has anything to begin anew. */
export function isUnderWay({ grace, waking }: RigMemory): boolean {
  return grace !== undefined || waking !== undefined;
}

/** Another outage, or a person's word: grace and tries are counted anew. What was seen of the rig stands. */
export function begunAnew(rig: RigMemory): RigMemory {
  if (!isUnderWay(rig)) return rig;
  const { grace: _, waking: __, ...rest } = rig;
  return rest;
}

/** Another boot: nothing of it counts any more. */
export function withoutProgress(rig: RigMemory): RigMemory {
  const { grace: _, quietAtMs: __, startsUnseen: ___, waking: ____, ...rest } = rig;
  return rest;
}
