// Lives of the service that end before its first look is over. In every one of them what is remembered may long be over, and is
// looked at first; a service that dies again and again would look for ever, and nothing would leave at the floor.
import type { RigMemory } from './memory.ts';

/** Those in a row that are over, of this boot. */
export interface Lives {
  /** when the one of now began */
  readonly sinceMs: number;
  readonly short: number;
}

/** A first look takes 5 s, and systemd starts the service again after one. */
const SHORT_MS = 8_000;
/** So many lives have looked in vain: the one after them goes by what is remembered. */
const MOST_LOOKS = 3;

/** The service started, in the same boot as before. */
export function startedAgain(before: Lives | undefined, now: number): Lives {
  const wasShort = before !== undefined && now - before.sinceMs < SHORT_MS;
  return { sinceMs: now, short: wasShort ? before.short + 1 : 0 };
}

/** Whether the lives before this one had no time to look. */
export function hadNoTimeToLook(lives: Lives | undefined): boolean {
  return lives !== undefined && lives.short >= MOST_LOOKS;
}

/** Of a rig that was seen asleep: another start in which that is not seen yet. */
export function unseenAgain(rig: RigMemory): RigMemory {
  return rig.quietAtMs === undefined ? rig : { ...rig, startsUnseen: (rig.startsUnseen ?? 0) + 1 };
}

/** It slept, and was not seen in so many lives that it is looked for no longer. */
export function isLostSight({ startsUnseen = 0 }: RigMemory): boolean {
  return startsUnseen > MOST_LOOKS;
}
