// By whom a UPS was carried that stands behind a generator, as it is remembered over a restart. Its own word is the same for both.
import type { Event } from '../model/event.ts';
import type { GeneratorId } from '../model/id.ts';

/**
 * A generator has carried it: `by`: it does so by the last word of it; `untilMs`: until when it did, or may have; neither: when the last
 * outage ended its contact was not heard, nor since.
 */
export interface Carried {
  readonly by?: GeneratorId;
  readonly untilMs?: number;
}

const UNTOLD: Carried = {};

/** Whether it may be a generator's power still, for all that is known. */
export function isUntold(carried: Carried | undefined): boolean {
  return carried !== undefined && carried.by === undefined && carried.untilMs === undefined;
}

export function afterLine({ generator }: Event & { event: 'line' }, nowMs: number): Carried {
  return generator === undefined ? { untilMs: nowMs } : { by: generator };
}

export function afterOutage(before: Carried | undefined, { line }: Event & { event: 'outage-ended' }): { readonly carried?: Carried } {
  if (line === 'unknown') return { carried: UNTOLD };
  return before === undefined || isUntold(before) ? {} : { carried: before };
}

/** Of another boot whose power it is now its contact must tell. */
export function inAnotherBoot(carried: Carried, nowMs: number): Carried {
  return isUntold(carried) ? UNTOLD : { untilMs: nowMs };
}
