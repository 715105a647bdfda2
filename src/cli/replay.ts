// `lastwatt replay`: a recorded outage again. As it was, the recorded inputs must come to the same steps; under another policy or file
// the night is lived through anew, in a world that was fitted to the record.
import { type Replayed, replay } from '../outages/replay.ts';
import { sayStep } from './journal-text.ts';
import { type OpenedRecord, openRecord } from './outage-file.ts';
import { complain, EXIT, lookOf, type Outside, print, printJson } from './outside.ts';
import { clean, paint, plural, wrap } from './text.ts';
import type { Named } from './where.ts';

export interface ReplayWish {
  readonly outage: string | undefined;
  /** a kind of policy */
  readonly policy?: string;
  readonly seed: number;
  readonly json?: true;
}

export async function replayOutage(outside: Outside, named: Named, wish: ReplayWish): Promise<number> {
  const opened = await openRecord(outside, named, wish.outage);
  if (!opened.ok) {
    complain(outside, opened.fault.detail);
    return EXIT.usage;
  }
  return asItWas(outside, opened.value, wish);
}

function asItWas(outside: Outside, { name, record, doubts }: OpenedRecord, { json }: ReplayWish): number {
  const again = replay(record);
  const same = again.difference === undefined;
  if (json) printJson(outside, { outage: name, ...viewOf(again), notes: doubts });
  else for (const line of wrap(say(name, again, doubts, outside), lookOf(outside))) print(outside, line);
  return same ? EXIT.done : EXIT.badNews;
}

function say(name: string, again: Replayed, doubts: readonly string[], outside: Outside): readonly string[] {
  const { difference, steps, sameSteps, events, sameEvents, ticks, unthinking } = again;
  const verdict = difference === undefined ? 'identical' : 'NOT identical';
  const counts = `${verdict}: ${sameSteps} of ${plural(steps, 'step')}, ${sameEvents} of ${plural(events, 'event')}, in ${plural(ticks, 'tick')}`;
  return [
    `${clean(name)}: ${paint(counts, difference === undefined ? 'good' : 'bad', lookOf(outside))}`,
    ...(difference === undefined ? [] : differenceWords(difference)),
    ...(unthinking === 0
      ? []
      : [`${plural(unthinking, 'tick')} could not be played again: deciding had failed there, and a plan that needs no thinking stood in`]),
    ...doubts.map((one) => `note: ${clean(one)}`),
  ];
}

function differenceWords({ stretch, tick, now }: NonNullable<Replayed['difference']>): readonly string[] {
  const at = new Date(tick.nowMs + stretch.wallLessMono).toISOString();
  const steps = (due: typeof now): string => (due.length === 0 ? 'no step' : due.map(({ step }) => sayStep(step)).join(', '));
  return [
    `first at ${at}: ${steps(tick.due)} then, ${steps(now)} now`,
    `that night was lived through by lastwatt ${clean(stretch.version)}: another version may decide otherwise, and then should`,
  ];
}

function viewOf({ difference, ...again }: Replayed): object {
  return {
    identical: difference === undefined,
    ...again,
    firstDifference:
      difference === undefined
        ? null
        : {
            at: new Date(difference.tick.nowMs + difference.stretch.wallLessMono).toISOString(),
            was: difference.tick.due.map(({ step }) => step),
            is: difference.now.map(({ step }) => step),
            version: difference.stretch.version,
          },
  };
}
