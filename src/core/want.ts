// What a rule wants: how far down a rig may stay at most, and why. The lowest want wins; only the two
// lifecycles turn wants into steps.
import type { RigId } from '../model/id.ts';
import type { Reason } from '../model/step.ts';

export interface Want {
  readonly rig: RigId;
  readonly down: 'up' | 'paused' | 'dark';
  /**
   * calm: cool-down is kept. floor: asked at once, cool-down while energy allows. now: a person skips grace and
   * cool-down.
   */
  readonly urgency: 'calm' | 'floor' | 'now';
  /** an unconfirmed pause is followed by the switch when its grace is over; not so while a rig only waits for its turn */
  readonly cutAtDeadline: boolean;
  /** it stays as it is and is not asked anything: it only waits for its turn */
  readonly standing?: true;
  /** a person asked for it: it holds while disarmed, too */
  readonly person: boolean;
  readonly because: Reason;
}

export type Facts = Reason['facts'];

/** The rule by which a rig leaves a generator. */
export const NO_ROOM = 'generator-has-no-room';

const DEPTH = { up: 0, paused: 1, dark: 2 } as const;

/** The lower of two wants of the same urgency; between equals the first. A rule that wants nothing leaves it at that. */
export function lower(a: Want, b: Want | undefined): Want {
  return b === undefined || DEPTH[a.down] >= DEPTH[b.down] ? a : b;
}

export function wantUp(rig: RigId, because: Reason, person = false): Want {
  return { rig, down: 'up', urgency: 'calm', cutAtDeadline: false, person, because };
}

/** Facts are for people: whole seconds, watts and percents. */
export function rounded(facts: Readonly<Record<string, number | string | boolean | undefined>>): Facts {
  const told: Record<string, number | string | boolean> = {};
  for (const key of Object.keys(facts)) {
    const value = facts[key];
    if (value !== undefined) told[key] = typeof value === 'number' ? Math.round(value * 10) / 10 : value;
  }
  return told;
}
