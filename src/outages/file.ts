// A record of an outage as it was read back: stretches of ticks, each with what was known before its first.
import type { State } from '../core/state.ts';
import type { Event } from '../model/event.ts';
import type { Input } from '../model/input.ts';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { Site } from '../model/site.ts';
import type { DueStep } from '../model/step.ts';
import { fromJson } from './codec.ts';
import { InputReader } from './inputs.ts';
import { type BeginLine, type Belief, type EndLine, LINES_VERSION, type OutageLine, type TickLine } from './lines.ts';

export interface RecordedTick {
  readonly nowMs: number;
  readonly inputs: readonly Input[];
  readonly due: readonly DueStep[];
  readonly events: readonly Event[];
  readonly ups?: Readonly<Record<string, Belief>>;
  readonly failed?: true;
}

export interface Stretch {
  readonly version: string;
  /** add it to monotonic ms for wall time */
  readonly wallLessMono: number;
  readonly clockUnset: boolean;
  readonly site: Site;
  readonly state: State;
  readonly ticks: readonly RecordedTick[];
}

export interface OutageRecord {
  /** at least one, each with a tick at least; times rise within one, and over all as far as the machine did not boot */
  readonly stretches: readonly [Stretch, ...Stretch[]];
  readonly end: EndLine['why'] | undefined;
  /** lines that were not understood */
  readonly skipped: number;
  /** the machine booted in it: what came after is left out, for its time is another */
  readonly rebooted: boolean;
}

export function parseRecord(text: string, path: string): Outcome<OutageRecord> {
  const stretches: (Omit<Stretch, 'ticks'> & { ticks: RecordedTick[] })[] = [];
  let reader = new InputReader();
  let end: EndLine['why'] | undefined;
  let skipped = 0;
  for (const json of text.split('\n')) {
    if (json === '') continue;
    try {
      const line = fromJson(json) as OutageLine;
      if (line.line === 'begin') {
        if (line.v !== LINES_VERSION)
          return failed('unsupported', `${path} was written by lastwatt ${line.version}, in a way that this one does not read`);
        reader = new InputReader();
        // A life before this one had ended the record.
        end = undefined;
        stretches.push(stretchOf(line));
      } else if (line.line === 'end') end = line.why;
      else stretches.at(-1)?.ticks.push(tickOf(line, reader));
    } catch {
      skipped += 1;
    }
  }
  const [first, ...more] = inOneTime(stretches);
  if (first === undefined) return failed('garbled', `${path} holds no record of an outage`);
  const rebooted = more.length + 1 < stretches.filter(({ ticks }) => ticks.length > 0).length;
  return ok({ stretches: [first, ...more], end, skipped, rebooted });
}

/** The time of another boot is another time; each has a file of its own, and what came after one is none of this. */
function inOneTime(stretches: readonly Stretch[]): readonly Stretch[] {
  let lastMs = Number.NEGATIVE_INFINITY;
  return stretches.filter(({ ticks }) => {
    const [first] = ticks;
    if (first === undefined || first.nowMs < lastMs) return false;
    lastMs = ticks.at(-1)?.nowMs ?? lastMs;
    return true;
  });
}

function stretchOf({ version, wallMs, monoMs, clock, site, state }: BeginLine): Omit<Stretch, 'ticks'> & { ticks: RecordedTick[] } {
  return { version, wallLessMono: wallMs - monoMs, clockUnset: clock === 'unset', site, state, ticks: [] };
}

function tickOf({ ms, in: told = [], due = [], ev = [], ups, failed: broke }: TickLine, reader: InputReader): RecordedTick {
  const inputs = told.map((one) => reader.input(one));
  return { nowMs: ms, inputs, due, events: ev, ...(ups !== undefined && { ups }), ...(broke && { failed: broke }) };
}
