// What an outage's file holds, line by line. A file is lines of JSON in gzip members, one member a flush: a crash costs the last one.
import type { State } from '../core/state.ts';
import type { Event } from '../model/event.ts';
import type { Site } from '../model/site.ts';
import type { DueStep } from '../model/step.ts';
import type { ToldInput } from './inputs.ts';

export const LINES_VERSION = 1;

/** From here on a replay can begin: the first line, and wherever what was known changed by more than its inputs. */
export interface BeginLine {
  readonly line: 'begin';
  readonly v: number;
  readonly version: string;
  /** wall time and monotonic ms of one moment */
  readonly wallMs: number;
  readonly monoMs: number;
  readonly clock?: 'unset';
  readonly site: Site;
  /** before the next tick */
  readonly state: State;
}

export interface TickLine {
  readonly line: 'tick';
  readonly ms: number;
  /** absent: none */
  readonly in?: readonly ToldInput[];
  readonly due?: readonly DueStep[];
  readonly ev?: readonly Event[];
  /** what is believed of each UPS after it, now and then */
  readonly ups?: Readonly<Record<string, Belief>>;
  /** the tick was decided by the plan that needs no thinking: it can't be replayed */
  readonly failed?: true;
}

/** What is not known is null. */
export interface Belief {
  readonly line: string;
  readonly depth: number | null;
  readonly runtimeSeconds: number | null;
  readonly watts: number;
}

/** The last line of a record that is whole, or why there is no more of it. */
export interface EndLine {
  readonly line: 'end';
  readonly ms: number;
  readonly why: 'over' | 'too-long' | 'too-big' | 'stopped';
}

export type OutageLine = BeginLine | TickLine | EndLine;
