// What somebody who listens to an engine is told of each tick.
import type { State } from '../core/state.ts';
import type { Event } from '../model/event.ts';
import type { Input } from '../model/input.ts';
import type { Site } from '../model/site.ts';
import type { DueStep } from '../model/step.ts';

/** A tick, whole: what was known, heard and decided. */
export interface Overheard {
  readonly nowMs: number;
  readonly site: Site;
  readonly before: State;
  readonly after: State;
  readonly inputs: readonly Input[];
  readonly due: readonly DueStep[];
  readonly events: readonly Event[];
  /** it was decided by the plan that needs no thinking */
  readonly failed?: true;
}
