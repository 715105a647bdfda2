// Proof of fit, always: once a minute in calm it is worked out whether an outage that began now would end well, and a person is told
// before one does begin where it would not. Twice the same verdict, for a load that flickers at the edge is no news.
import { foresee } from './foresee.ts';
import { clear, raise, supplyOf, type Tick } from './tick.ts';
import type { Worth } from './worth.ts';

const EVERY_MS = 60_000;

export function watchFit(tick: Tick, ranking: readonly Worth[]): void {
  const due = (tick.fit?.atMs ?? tick.startedAtMs) + EVERY_MS;
  if (tick.nowMs < due) return tick.askAgain(due);
  if ([...tick.site.supplies.keys()].some((id) => supplyOf(tick, id).draining)) return;
  const { ups } = foresee(tick, ranking);
  for (const { id, fits, say } of ups) {
    if (tick.fit?.fits.get(id) !== fits) continue;
    if (fits === false) raise(tick, { event: 'fault', code: 'does-not-fit', ups: id, say: `if the mains failed now: ${say}` });
    if (fits === true) clear(tick, 'does-not-fit', { ups: id });
  }
  tick.fit = { atMs: tick.nowMs, fits: new Map(ups.map(({ id, fits }) => [id, fits])) };
}
