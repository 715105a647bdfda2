// The same night again: the recorded inputs through the same rules. The same policy must come to the same steps and events; where it
// does not, it says from when on, and this is then not the version or the file that lived through that night.
import { decide } from '../core/decide.ts';
import type { State } from '../core/state.ts';
import type { DueStep } from '../model/step.ts';
import { toJson } from './codec.ts';
import type { OutageRecord, RecordedTick, Stretch } from './file.ts';

export interface Replayed {
  readonly ticks: number;
  /** steps that were decided on, tries included */
  readonly steps: number;
  readonly sameSteps: number;
  readonly events: number;
  readonly sameEvents: number;
  /** the first tick that was decided otherwise */
  readonly difference?: Difference;
  /** ticks that no rule decided: deciding had failed, and the plan that needs no thinking stood in */
  readonly unthinking: number;
}

export interface Difference {
  readonly stretch: Stretch;
  readonly tick: RecordedTick;
  readonly now: readonly DueStep[];
}

export type Watch = (state: State, tick: RecordedTick, stretch: Stretch) => void;

/** `watch` sees the state after each tick, as it comes out now. */
export function replay(record: OutageRecord, watch?: Watch): Replayed {
  const sum = { ticks: 0, steps: 0, sameSteps: 0, events: 0, sameEvents: 0, unthinking: 0 };
  let difference: Difference | undefined;
  for (const stretch of record.stretches) {
    let state = stretch.state;
    for (const tick of stretch.ticks) {
      sum.ticks += 1;
      if (tick.failed) {
        sum.unthinking += 1;
        continue;
      }
      const decision = decide(state, tick.inputs, stretch.site, { nowMs: tick.nowMs, stamp: stampOf(stretch, tick) });
      state = decision.state;
      const [steps, events] = [alike(tick.due, decision.due), alike(tick.events, decision.events)];
      sum.steps += steps.of;
      sum.sameSteps += steps.same;
      sum.events += events.of;
      sum.sameEvents += events.same;
      if (steps.same < steps.of || events.same < events.of) difference ??= { stretch, tick, now: decision.due };
      watch?.(state, tick, stretch);
    }
  }
  return { ...sum, ...(difference && { difference }) };
}

function stampOf({ wallLessMono }: Stretch, { nowMs }: RecordedTick): string {
  return new Date(nowMs + wallLessMono).toISOString();
}

/** How many of two lists stand at the same place in both; the longer one counts. */
function alike(was: readonly unknown[], is: readonly unknown[]): { readonly of: number; readonly same: number } {
  const of = Math.max(was.length, is.length);
  let same = 0;
  for (let at = 0; at < of; at += 1) if (at < was.length && at < is.length && toJson(was[at]) === toJson(is[at])) same += 1;
  return { of, same };
}
