// Whether a supply is heard: an answer older than three polls tells nothing of now.
import type { SiteUps } from '../model/site.ts';
import type { SupplyState } from './state.ts';

const LEAST_STALE_MS = 6_000;

/** Three polls; an answer that takes longer than the time between two makes the poll as long as it takes. */
export function staleMsOf(ups: SiteUps, state: SupplyState): number {
  const everyMs = 1000 * (state.draining ? ups.pollSeconds.battery : ups.pollSeconds.mains);
  return Math.max(LEAST_STALE_MS, 3 * Math.max(everyMs, state.answerMs ?? 0));
}

export function isFresh(ups: SiteUps, state: SupplyState, nowMs: number): boolean {
  return state.heardAtMs !== undefined && nowMs - state.heardAtMs <= staleMsOf(ups, state);
}
