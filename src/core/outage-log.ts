// How long outages last here: what the site's own have taught, and how long this one has lasted. An outage that follows the one before
// within ten minutes goes on where that one was: an unsettled grid has the hazard of the old outage (shedding policy, section 8).
import type { OutagesView } from '../model/view.ts';
import { learnedFrom, logged, PRIOR_OUTAGES } from '../planner/learn.ts';
import { DEFAULT_PRIOR, type Prior, Survival } from '../planner/survival.ts';
import type { Outage, SupplyMemory } from './memory.ts';
import { onceEach } from './once-each.ts';

const HOUR_MS = 3_600_000;
/** An outage that begins so soon after another goes on where that one was, and is a relapse to whoever waits for steady mains. */
export const FOLLOWS_WITHIN_MS = 10 * 60_000;

/** What is to be expected of the outages of a supply. */
export function priorOf({ log }: SupplyMemory): Prior {
  return log === undefined ? DEFAULT_PRIOR : priorFrom(log);
}
const priorFrom = onceEach((log: NonNullable<SupplyMemory['log']>): Prior => learnedFrom(DEFAULT_PRIOR, log));

const TOLD_SECONDS = [10, 60, 300, 1_200, 3_600, 4 * 3_600, 12 * 3_600] as const;

/** The same for people. */
export function outagesOf(memory: SupplyMemory): OutagesView {
  const survival = Survival.of(priorOf(memory));
  const lasts = TOLD_SECONDS.map((seconds) => ({ seconds, chance: Math.round(1000 * survival.at(seconds / 3600)) / 1000 }));
  return { seen: memory.log?.outages ?? 0, beside: PRIOR_OUTAGES, lasts };
}

/** ms that an outage which began then counts for; undefined: there is none, and 0 unless another has just ended. */
export function elapsedMs({ outage, lately }: SupplyMemory, sinceMs: number | undefined, nowMs: number): number {
  return sinceMs === undefined ? followed(lately, nowMs) : (outage?.afterMs ?? 0) + Math.max(0, nowMs - sinceMs);
}

/** ms of the outages that one which begins now follows. */
function followed(lately: SupplyMemory['lately'], nowMs: number): number {
  return lately !== undefined && nowMs < lately.untilMs ? lately.lastedMs : 0;
}

export function outageBegan({ lately }: SupplyMemory, nowMs: number): Outage {
  const afterMs = followed(lately, nowMs);
  return { beganAtMs: nowMs, ...(afterMs > 0 && { afterMs }) };
}

/** What is kept of one that is over. `seconds` null: nobody saw its end, and it lasted at least as long as it was seen. */
export function outageEnded(
  { outage, log }: SupplyMemory,
  { seconds, nowMs }: { readonly seconds: number | null; readonly nowMs: number },
): Pick<SupplyMemory, 'lately' | 'log'> {
  if (outage === undefined) return {};
  const seenMs = seconds === null ? Math.max(0, (outage.seenUntilMs ?? nowMs) - outage.beganAtMs) : seconds * 1000;
  return {
    lately: { lastedMs: (outage.afterMs ?? 0) + seenMs, untilMs: nowMs + FOLLOWS_WITHIN_MS },
    log: logged(log, DEFAULT_PRIOR, { hours: seenMs / HOUR_MS, censored: seconds === null }),
  };
}
