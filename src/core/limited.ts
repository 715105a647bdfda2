// What is remembered of the limits that a rig was told: what it may be limited to, from an order until it said that it is as before any.
// A part of the memory, and like all of it changed by events alone.
import type { Event } from '../model/event.ts';
import type { LimitPoint, Rig } from '../model/rig.ts';
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
  /** when it was told, or took it */
  readonly atMs: number;
  /** it said that it would */
  readonly taken?: true;
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

/** It was told: from here on it may be limited, whatever comes of the order. */
export function afterLimit(rig: RigMemory, watts: number | null, now: number): RigMemory {
  if (watts === null) return rig;
  const { before: _, ...before } = rig.limited ?? {};
  const isAgain = rig.limited?.watts === watts;
  return { ...rig, limited: { watts, atMs: now, ...('watts' in before && !isAgain && { before: before as Omit<Limited, 'before'> }) } };
}

type Settled = Pick<Event & { event: 'step-settled' }, 'ok' | 'fault'> & { readonly watts: number | null };

/** A refusal left it as it was; of what ended otherwise nobody knows, and it counts as told. */
export function afterLimitSettled(rig: RigMemory, { ok, fault, watts }: Settled, now: number): RigMemory {
  const { limited, ...rest } = rig;
  if (limited === undefined) return rig;
  if (watts === null) return ok ? { ...rest, unlimitedAtMs: now } : rig;
  if (limited.watts !== watts) return rig;
  if (ok) return { ...rest, limited: { watts, atMs: now, taken: true, ...(limited.byPerson && { byPerson: true as const }) } };
  if (!isRefusal(fault?.code)) return rig;
  return limited.before === undefined ? rest : { ...rest, limited: limited.before };
}

export const isRefusal = (code: string | undefined): boolean => code === 'refused' || code === 'unsupported';

/** A person's word: tried anew, and taken off without arming. On battery nothing is raised all the same. */
export function handedBack({ limitless: _, ...rig }: RigMemory): RigMemory {
  return rig.limited === undefined ? rig : { ...rig, limited: { ...rig.limited, byPerson: true } };
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
