// Proof of fit, always: in calm it is worked out whether an outage that began now would end well, each minute and whenever something that
// matters has changed, and a person is told before one does begin where it would not. A verdict is told that has stood for a minute: a
// load that flickers at the edge is no news.
import type { Event } from '../model/event.ts';
import type { UpsId } from '../model/id.ts';
import { depthNow } from './battery.ts';
import { foresee } from './foresee.ts';
import { againAfterMs } from './replan.ts';
import type { Fit, FitVerdict } from './state.ts';
import { clear, raise, supplyOf, type Tick } from './tick.ts';
import type { Worth } from './worth.ts';

const EVERY_MS = 60_000;
/** What a load (of itself) and a battery (of the whole) may change by before it is looked at anew. */
const MOVED = { load: 0.05, depth: 0.05 } as const;
/** A rig gone, back or out of reach, a person's wish, another battery, curve or order. Of an edited file a reload tells (`lookAnew`). */
const NEWS: ReadonlySet<Event['event']> = new Set<Event['event']>([
  'outage-ended',
  'phase',
  'command',
  'hold-ended',
  'blind',
  'heard',
  'learned',
  'weighed',
  'ups-known',
  'rig-barred',
  'rig-benched',
  'rig-unbarred',
  'coin',
]);

export function watchFit(tick: Tick, ranking: readonly Worth[]): void {
  if ([...tick.site.supplies.keys()].some((id) => supplyOf(tick, id).draining)) return;
  const { fit } = tick;
  const overtaken = fit !== undefined && (fit.overtaken || isOvertaken(tick, fit));
  const due = dueAt(tick, overtaken);
  if (tick.nowMs >= due) return look(tick, ranking);
  if (overtaken && !fit.overtaken) tick.fit = { ...fit, overtaken };
  tick.askAgain(due);
}

function look(tick: Tick, ranking: readonly Worth[]): void {
  const verdicts = new Map<UpsId, FitVerdict>();
  for (const { id, fits, say } of foresee(tick, ranking).ups) {
    const { load, battery } = supplyOf(tick, id);
    const before = tick.fit?.verdicts.get(id);
    const sinceMs = before?.fits === fits ? before.sinceMs : tick.nowMs;
    verdicts.set(id, { fits, sinceMs, loadWatts: load.watts, depth: depthNow(battery) });
    if (tick.nowMs - sinceMs < EVERY_MS) continue;
    if (fits === false) raise(tick, { event: 'fault', code: 'does-not-fit', ups: id, say: `if the mains failed now: ${say}` });
    if (fits === true) clear(tick, 'does-not-fit', { ups: id });
  }
  tick.fit = { atMs: tick.nowMs, overtaken: false, verdicts };
}

/** After a reload: nothing that was looked at before tells of what the file says now. */
export function lookAnew(fit: Fit | undefined): Fit | undefined {
  return fit && { ...fit, overtaken: true };
}

/** Each minute, when a verdict has stood for one, and sooner where it is overtaken: no sooner than a plan is made again. */
function dueAt({ fit, site, startedAtMs }: Tick, overtaken: boolean): number {
  if (fit === undefined) return startedAtMs + EVERY_MS;
  let due = fit.atMs + (overtaken ? againAfterMs(site) : EVERY_MS);
  for (const { sinceMs } of fit.verdicts.values()) if (sinceMs + EVERY_MS > fit.atMs) due = Math.min(due, sinceMs + EVERY_MS);
  return due;
}

function isOvertaken(tick: Tick, { verdicts }: Fit): boolean {
  if (tick.events.some(({ event }) => NEWS.has(event))) return true;
  return [...tick.site.supplies.keys()].some((id) => {
    const before = verdicts.get(id);
    const { load, battery } = supplyOf(tick, id);
    const depth = depthNow(battery);
    if (before === undefined || (depth === undefined) !== (before.depth === undefined)) return true;
    return (
      Math.abs(load.watts - before.loadWatts) > MOVED.load * before.loadWatts || Math.abs((depth ?? 0) - (before.depth ?? 0)) > MOVED.depth
    );
  });
}
