// Where deciding itself failed in an outage: the plan that needs no thinking goes on, tick by tick, until mains has been back for long
// enough that a fresh start is the better cure.
import { type Fallback, stepFallback } from '../core/fallback.ts';
import type { Scene } from '../core/tick.ts';
import type { Event } from '../model/event.ts';
import type { UpsId } from '../model/id.ts';
import type { Input } from '../model/input.ts';
import type { DueStep } from '../model/step.ts';

export interface Failed {
  readonly plan: Fallback;
  readonly why: string;
  /** since when each supply says mains */
  readonly onMains: ReadonlyMap<UpsId, number>;
}

interface FellBack {
  readonly failed: Failed;
  readonly due: readonly DueStep[];
  readonly events: readonly Event[];
  readonly againAtMs: number;
}

const FALLBACK_TICK_MS = 1_000;
const FRESH_START_AFTER_MS = 30_000;

/** One tick of it. Throws once mains is back: with mains to spare systemd gives a fresh start, which brings back what was taken down. */
export function fallBack({ plan, why, onMains }: Failed, inputs: readonly Input[], scene: Scene): FellBack {
  const { nowMs } = scene;
  const since = new Map(onMains);
  for (const input of inputs) {
    if (input.kind !== 'ups' || !input.outcome.ok) continue;
    const { words } = input.outcome.value;
    if (words.has('OL') && !words.has('OB')) since.set(input.ups, since.get(input.ups) ?? nowMs);
    else since.delete(input.ups);
  }
  const held = plan.supplies.every((id) => nowMs - (since.get(id) ?? nowMs) >= FRESH_START_AFTER_MS);
  if (held) throw new Error(`deciding failed in an outage (${why}); mains is back: a fresh start brings back what was taken down`);
  const { fallback, due, events } = stepFallback(scene, plan);
  return { failed: { plan: fallback, why, onMains: since }, due, events, againAtMs: nowMs + FALLBACK_TICK_MS };
}
