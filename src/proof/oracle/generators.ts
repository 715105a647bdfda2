// F69, I-05: what is started on a generator is started when that has run steadily for a minute, and what hangs on the grid alone is
// not started by one.
import type { UpsId } from '../../model/id.ts';
import { startsOf } from './acts.ts';
import type { Case } from './case.ts';
import { outagesOf, timed } from './known.ts';

/** It counts for the engine from when its contact is heard, which is later than it is so. */
const STABLE_MS = 59_500;
/** Two looks at a contact that is late: so long nobody can know that a generator has taken over. */
const UNSEEN_MS = 5_500;

export function startedOnAnUnsteadyGenerator(all: Case): readonly string[] {
  const generators = all.site.site.generators ?? [];
  if (generators.length === 0) return [];
  return startsOf(all).flatMap(({ rigs, atMs, say }) => {
    const upses = new Set(rigs.flatMap(({ fedBy }) => fedBy));
    return generators.flatMap(({ id, behind }) =>
      behind
        .filter((ups) => upses.has(ups) && all.liars?.has(ups) !== true)
        .flatMap((ups) => {
          const since = carriedSince(all, id, ups, atMs);
          if (since === undefined || atMs - since <= UNSEEN_MS || atMs - since >= STABLE_MS) return [];
          return [`I-05 ${say}, ${Math.round((atMs - since) / 1_000)} s after ${id} began to carry ${ups}`];
        }),
    );
  });
}

/** Since when the generator carries a UPS without a break; undefined: it does not. */
function carriedSince(all: Case, generator: string, ups: UpsId, ms: number): number | undefined {
  const runs = timed(all, ['generator']).filter(({ on, fromMs, toMs }) => on === generator && fromMs <= ms && toMs > ms);
  if (runs.length === 0) return undefined;
  const lastOutage = outagesOf(all, ups).findLast(({ fromMs }) => fromMs <= ms);
  return Math.max(Math.min(...runs.map(({ fromMs }) => fromMs)), Math.min(lastOutage?.toMs ?? 0, ms));
}

/** Whether a generator carried any of these within some seconds before. */
export function mayBeCarried(all: Case, upses: readonly string[], ms: number): boolean {
  const behind = (all.site.site.generators ?? []).filter((one) => one.behind.some((ups) => upses.includes(ups))).map(({ id }) => id);
  return timed(all, ['generator']).some(({ on, fromMs, toMs }) => behind.includes(on) && fromMs <= ms && toMs >= ms - LINGERS_MS);
}

/** Its contact counts for 5 s after it opened, after a generator that hunted for two minutes, and may be unread meanwhile. */
const LINGERS_MS = 150_000;
