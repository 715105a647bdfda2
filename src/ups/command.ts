// A UPS that NUT does not know: a program of the owner's that prints its state as one JSON object.
import { known } from '../model/known.ts';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { RawFigure, UpsFigures, UpsReading } from '../model/ups.ts';
import { runChild } from '../transports/child.ts';
import { objectOf, parsed } from '../wire/json.ts';
import type { UpsSource } from './port.ts';

export interface CommandSourceOptions {
  readonly ups: string;
  /** program and arguments; never goes through a shell */
  readonly argv: readonly string[];
}

/** The status words that the gate knows, for the four words that the program may say. */
const WORDS = new Map<unknown, readonly string[]>([
  ['mains', ['OL']],
  ['battery', ['OB']],
  ['off', ['OFF']],
  ['unknown', []],
]);

/** A program starts an interpreter and asks over a slow bus: it has more time than a server. What is older than 5 s when it comes tells of then (fold.ts). */
const ANSWER_MS = 4_500;

/** Prints `{"line": "mains", "chargePercent": 71, "runtimeSeconds": 1180, "loadWatts": 2100}`; all but `line` may be missing or null. */
export function commandSource(options: CommandSourceOptions, kit: { readonly nowMs: () => number }): UpsSource {
  return {
    answerMs: ANSWER_MS,
    read: async (signal) => {
      const takenAtMs = kit.nowMs();
      const printed = await runChild({ argv: options.argv, signal });
      return printed.ok ? readingOf(printed.value, options, takenAtMs) : printed;
    },
    close: () => Promise.resolve(),
  };
}

/** What the program printed, whatever that is. */
export function readingOf(text: string, options: CommandSourceOptions, takenAtMs: number): Outcome<UpsReading> {
  const said = objectOf(parsed(text));
  const words = WORDS.get(said?.get('line'));
  if (said === undefined || words === undefined) {
    const what = said === undefined ? 'one JSON object' : '"line" as one of mains, battery, off, unknown';
    return failed('garbled', `${options.argv[0]} for UPS ${options.ups} did not print ${what}; run it by hand and correct it`);
  }
  const figures = known<UpsFigures>({
    charge: figureOf(said.get('chargePercent')),
    runtime: figureOf(said.get('runtimeSeconds')),
    loadWatts: figureOf(said.get('loadWatts')),
  });
  return ok({ ups: options.ups, takenAtMs, words: new Set(words), figures, nameplate: {} });
}

/** What is neither text nor number goes on as the text of it, for the gate to reject with a reason. */
function figureOf(value: unknown): RawFigure | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value).slice(0, 40);
}
