// How far two ticks are apart at least. After one that took long, as those of 1,000 rigs on a busy machine do, the next waits a few times
// as long: what settles meanwhile is taken up together, and the orders have the processor that ticks would have had.

/** However urgent the inputs. */
export const LEAST_GAP_MS = 5;
const GAP_SHARE = 4;
/** However long the tick took: a second word of a UPS, or a rig that is quiet, waits no longer. */
const MOST_GAP_MS = 100;

/** ms from the end of a tick that took `tookMs` to the earliest next one. */
export function gapAfter(tookMs: number): number {
  return Math.min(MOST_GAP_MS, Math.max(LEAST_GAP_MS, GAP_SHARE * tookMs));
}
