// I-07: a UPS that falls silent on battery, or within a minute of battery, or where another tells of the outage, is believed
// to drain; and so is one whose owner wants it so.
import type { UpsId } from '../../model/id.ts';
import { isALie } from '../watch.ts';
import { at, type Case } from './case.ts';
import { isHonest, isKept, outageSince, outagesOf, type Silence, silencesOf, timed, wasHeard, wasThere } from './known.ts';

const SHORTEST_MS = 20_000;
/** 6 s until it is stale, a question that waits for its deadline, and a tick. */
const BELIEVED_AFTER_MS = 13_000;
/** Battery was seen within two polls. */
const SEEN_MS = 6_000;
const LINGERS_MS = 50_000;

export function silenceWasMains(all: Case): readonly string[] {
  if (all.troubles === undefined) return [];
  return [...all.site.site.supplies.values()].flatMap(({ id, blindOnMains }) =>
    silencesOf(all, id)
      .filter(({ fromMs, toMs }) => toMs - fromMs > SHORTEST_MS)
      .flatMap((silence) => {
        const why = whyDraining(all, id, silence, blindOnMains);
        if (why === undefined) return [];
        const againMs = startedAgain(all, id, why);
        const lookMs = Math.max(why.sinceMs, againMs ?? 0) + BELIEVED_AFTER_MS;
        const able =
          lookMs < silence.toMs &&
          wasThere(all, againMs === undefined ? why.seenMs - SEEN_MS : againMs + 1, lookMs) &&
          wasHeard(all, id, silence.fromMs - 70_000, silence.fromMs - 1);
        if (!able || isTold(all, id) || outageSince(all, id, lookMs) !== undefined) return [];
        return [`I-07 ${id} fell silent ${at(silence.fromMs)} ${why.say}, and was not believed to be on battery ${at(lookMs)}`];
      }),
  );
}

interface Why {
  readonly sinceMs: number;
  /** what tells of it was last seen then: by a life of the service before, it proves nothing */
  readonly seenMs: number;
  /** that battery was over by then */
  readonly endedMs?: number;
  readonly say: string;
}

function whyDraining(all: Case, id: UpsId, silence: Silence, blindOnMains: string): Why | undefined {
  const { fromMs, toMs } = silence;
  if (blindOnMains === 'shed') return { sinceMs: fromMs, seenMs: fromMs, say: 'with blindOnMains: shed' };
  const seen = outagesOf(all, id).find(
    (one) => one.toMs - one.fromMs > SEEN_MS && one.fromMs < fromMs - SEEN_MS && one.toMs > fromMs - LINGERS_MS,
  );
  if (seen !== undefined && seen.toMs > fromMs) return { sinceMs: fromMs, seenMs: fromMs, say: 'on battery' };
  if (seen !== undefined) return { sinceMs: fromMs, seenMs: seen.toMs, endedMs: seen.toMs, say: 'within a minute of battery' };
  for (const other of all.site.site.supplies.keys()) {
    if (other === id || !isHonest(all, other) || !wasHeard(all, other, fromMs, toMs)) continue;
    const outage = outagesOf(all, other).find(
      (one) => one.fromMs > fromMs && one.fromMs < toMs && one.toMs - one.fromMs > BELIEVED_AFTER_MS + SEEN_MS,
    );
    if (outage !== undefined) return { sinceMs: Math.max(outage.fromMs, fromMs), seenMs: fromMs, say: `while ${other} was on battery` };
  }
  return undefined;
}

/**
 * When the service was started again after an outage whose end is on the card: it remembers that for a minute. By a boot of
 * the Pi nobody knows how long it was away.
 */
function startedAgain(all: Case, id: UpsId, { seenMs, sinceMs, endedMs }: Why): number | undefined {
  if (endedMs === undefined || timed(all, ['pi-dead', 'stopped']).length > 0) return undefined;
  const again = all.records.findLast(({ event, monoMs }) => event === 'started' && monoMs > seenMs && monoMs <= sinceMs + LINGERS_MS);
  if (again === undefined || again.monoMs > endedMs + LINGERS_MS) return undefined;
  const ended = all.records.findLast(({ event, ups, seq }) => event === 'outage-ended' && ups === id && seq < again.seq);
  return ended !== undefined && ended.monoMs >= endedMs && isKept(all, ended) ? again.monoMs : undefined;
}

/** It said something else than what was so at some time: nothing follows from its silence. */
function isTold(all: Case, id: UpsId): boolean {
  return timed(all, ['ups']).some(({ on, quirks }) => on === id && isALie(quirks.says?.['ups.status']));
}
