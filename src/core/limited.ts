// What is remembered of the limits that a rig was told: what it may be limited to, from an order until it said that it is as before any.
// A part of the memory, and like all of it changed by events alone.
import type { Event } from '../model/event.ts';
import type { LimitPoint, Rig, RigReading } from '../model/rig.ts';
import type { Step } from '../model/step.ts';
import type { RigMemory } from './memory.ts';

/** The fault of a rig that takes no limit, or one without effect. */
export const WILL_NOT_LIMIT = 'will-not-limit';
/** The fault of one that could not be told that it is limited no more. */
export const STAYS_LIMITED = 'limit-stays';
/** Most watts follow a limit within this. */
export const LIMIT_FALLS_SECONDS = 60;
/** Some tune for minutes before their watts follow a limit, and climb for as long when it is taken off. */
export const SHOWS_WITHIN_MS = 180_000;

export interface Limited {
  /** W that it was told last; it may not have heard */
  readonly watts: number;
  /** W that it drew before any limit, by its own meter, from when it has shown one; undefined: not known */
  readonly fullWatts?: number;
  /** what stood before any limit of ours, in its driver's words: to be given back by whoever comes */
  readonly was: string;
  /** when it was told, or took it */
  readonly atMs: number;
  /** it said that it would */
  readonly taken?: true;
  /** its watts have shown it; `as`: what it told of it then, in its driver's words */
  readonly shown?: { readonly as?: string };
  /** when it said that it is limited no more; it has not been seen so */
  readonly offAtMs?: number;
  /** it refused it: an order before, or a part of this one, may have been carried out all the same */
  readonly refused?: true;
  /** what stood before, should it refuse this one */
  readonly before?: Omit<Limited, 'before'>;
  /** a person let it go, or wants it up: no arming is needed to take it off */
  readonly byPerson?: true;
}

export interface LimitMemory {
  readonly limited?: Limited;
  /** when a limit was last taken off: its watts climb from there */
  readonly unlimitedAtMs?: number;
  /** it took none, or one without effect: not asked again in that outage */
  readonly limitless?: { readonly sinceMs: number };
}

type LimitStep = Step & { kind: 'limit' };

/** It was told: from here on it may be limited, whatever comes of the order. */
export function afterLimit(rig: RigMemory, { watts, was }: LimitStep, now: number): RigMemory {
  if (watts === null) return rig;
  const { limited } = rig;
  if (limited === undefined) return { ...rig, limited: { watts, atMs: now, was } };
  const { before: _, ...before } = limited;
  const { fullWatts } = limited;
  return {
    ...rig,
    limited: { watts, atMs: now, was, ...(fullWatts !== undefined && { fullWatts }), ...(limited.watts !== watts && { before }) },
  };
}

type Settled = Pick<Event & { event: 'step-settled' }, 'ok' | 'fault'> & { readonly step: LimitStep };

/**
 * A refusal is no proof that it did nothing: the answer to a try before it may be lost, and some clamp what they are told. So what stood
 * before any limit is kept until it says that it is so. Of what ended otherwise nobody knows, and it counts as told.
 */
export function afterLimitSettled(rig: RigMemory, { ok, fault, step: { watts } }: Settled, now: number): RigMemory {
  const { limited, ...rest } = rig;
  if (limited === undefined) return rig;
  const { before: _, refused: __, ...told } = limited;
  if (watts === null) return ok ? { ...rest, limited: { ...told, offAtMs: now } } : rig;
  if (limited.watts !== watts) return rig;
  if (ok) return { ...rest, limited: { ...told, atMs: now, taken: true } };
  if (!isRefusal(fault?.code) || limited.shown !== undefined) return rig;
  return { ...rest, limited: limited.before === undefined ? { ...limited, offAtMs: now, refused: true } : unnamed(limited.before) };
}

/** It may tell of another limit than it did then, and that is ours as well. */
function unnamed({ shown, ...limited }: Omit<Limited, 'before'>): Limited {
  return { ...limited, ...(shown && { shown: {} }) };
}

/** By its own watts, or by its own word. */
export function afterLimitSeen({ limited, ...rest }: RigMemory, event: OfALimit, now: number): RigMemory {
  if (event.event === 'limit-over') return { ...rest, unlimitedAtMs: now };
  if (limited?.watts !== event.watts) return { ...rest, ...(limited && { limited }) };
  const { limit: as, fullWatts } = event;
  // What it told of the limit before is no word of this one: it is not there yet.
  const shown = as === undefined || as === limited.before?.shown?.as ? {} : { as };
  return { ...rest, limited: { ...limited, taken: true, shown, ...(fullWatts !== undefined && { fullWatts }) } };
}

export type OfALimit = Event & { event: 'limit-shown' | 'limit-over' };

export interface OffToo {
  readonly hashes: boolean;
  /** when it was told that it is limited no more; whether it heard is not known */
  readonly offToldAtMs?: number;
}

/** Whether it tells that it is as before any limit, or, once it was told to be so, as somebody else has set it since. */
export function isOver({ was, shown, atMs, offAtMs }: Limited, reading: RigReading, { hashes, offToldAtMs }: OffToo): boolean {
  const { limit, takenAtMs } = reading;
  if (limit === undefined) return false;
  const since = (ms: number | undefined): boolean => ms !== undefined && takenAtMs > ms;
  if (limit !== was) return since(offAtMs) && shown?.as !== undefined && shown.as !== was && limit !== shown.as;
  // An off whose answer was lost, or a start anew that forgot the limit, ends it as well.
  return since(offAtMs) || (hashes && (since(offToldAtMs) || (shown !== undefined && shown.as !== was && since(atMs))));
}

/** The limit that stands, as far as is known: not one that it said is over. */
export function standingLimit({ limited }: RigMemory): Limited | undefined {
  return limited?.offAtMs === undefined ? limited : undefined;
}

/** When it was last told a limit, or the end of one, as far as is remembered; -Infinity: never. */
export function lastToldOf({ limited, unlimitedAtMs }: RigMemory): number {
  const never = Number.NEGATIVE_INFINITY;
  return Math.max(limited?.atMs ?? never, limited?.offAtMs ?? never, unlimitedAtMs ?? never);
}

export const isRefusal = (code: string | undefined): boolean => code === 'refused' || code === 'unsupported';

/**
 * A person's word: tried anew, and taken off without arming. On battery nothing is raised all the same. One that has said that it is
 * limited no more is believed from here on; one that refused a limit has not said so.
 */
export function handedBack({ limitless: _, limited, ...rig }: RigMemory): RigMemory {
  if (limited === undefined) return rig;
  if (limited.offAtMs === undefined || limited.refused) return { ...rig, limited: { ...limited, byPerson: true } };
  return { ...rig, unlimitedAtMs: limited.offAtMs };
}

/** Of another machine. */
export function withoutLimit({ limited: _, unlimitedAtMs: __, limitless: ___, ...rig }: RigMemory): RigMemory {
  return rig;
}

export function willNotLimit(rig: RigMemory, now: number): RigMemory {
  return { ...rig, limitless: { sinceMs: now } };
}

/** Another boot has another zero of time. */
export function limitShifted({ limited, unlimitedAtMs, limitless }: RigMemory, at: (ms: number) => number): LimitMemory {
  return {
    ...(limited && {
      limited: {
        ...limited,
        atMs: at(limited.atMs),
        ...(limited.offAtMs !== undefined && { offAtMs: at(limited.offAtMs) }),
        ...(limited.before && { before: { ...limited.before, atMs: at(limited.before.atMs) } }),
      },
    }),
    ...(unlimitedAtMs !== undefined && { unlimitedAtMs: at(unlimitedAtMs) }),
    ...(limitless && { limitless: { sinceMs: at(limitless.sinceMs) } }),
  };
}

/** Whether what it draws and hashes now says nothing of what it does at work: limited, or climbing from a limit. */
export function isHeldBack({ limited, unlimitedAtMs }: RigMemory, nowMs: number): boolean {
  return limited !== undefined || (unlimitedAtMs !== undefined && nowMs - unlimitedAtMs < SHOWS_WITHIN_MS);
}

/** The share of its hash rate that it has at a limit, by the file; as its watts where the file no longer names the point. */
export function shareAt(rig: Rig, watts: number): number {
  return rig.limits?.find((point) => point.watts === watts)?.share ?? Math.min(1, watts / rig.watts);
}

/** Below `watts` and worth telling: a limit that it hardly reaches would show in nothing. */
export function pointsBelow(rig: Rig, watts: number): readonly LimitPoint[] {
  return (rig.limits ?? []).filter((point) => point.watts < LEAST_DROP * watts);
}

const LEAST_DROP = 0.95;
