// A UPS that NUT does not know: a program of the owner's that prints its state as one JSON object.
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { RawFigure, UpsReading } from '../model/ups.ts';
import { runChild } from '../transports/child.ts';
import type { UpsSource } from './port.ts';

export interface CommandSourceOptions {
  readonly ups: string;
  /** program and arguments; never goes through a shell */
  readonly argv: readonly string[];
}

/** The status words that the gate knows, for the four words that the program may say. */
const WORDS: Readonly<Record<string, readonly string[]>> = { mains: ['OL'], battery: ['OB'], off: ['OFF'], unknown: [] };

/** Prints `{"line": "mains", "chargePercent": 71, "runtimeSeconds": 1180, "loadWatts": 2100}`; all but `line` may be missing or null. */
export function commandSource(options: CommandSourceOptions, kit: { readonly nowMs: () => number }): UpsSource {
  return {
    read: async (signal) => {
      const takenAtMs = kit.nowMs();
      const printed = await runChild({ argv: options.argv, signal });
      return printed.ok ? readingOf(printed.value, options, takenAtMs) : printed;
    },
    close: () => Promise.resolve(),
  };
}

function readingOf(text: string, options: CommandSourceOptions, takenAtMs: number): Outcome<UpsReading> {
  const said = objectOf(text);
  const line = said?.get('line');
  const words = typeof line === 'string' && Object.hasOwn(WORDS, line) ? WORDS[line] : undefined;
  if (said === undefined || words === undefined) {
    const what = said === undefined ? 'one JSON object' : '"line" as one of mains, battery, off, unknown';
    return failed('garbled', `${options.argv[0]} for UPS ${options.ups} did not print ${what}; run it by hand and correct it`);
  }
  const charge = figureOf(said.get('chargePercent'));
  const runtime = figureOf(said.get('runtimeSeconds'));
  const loadWatts = figureOf(said.get('loadWatts'));
  const figures = {
    ...(charge !== undefined && { charge }),
    ...(runtime !== undefined && { runtime }),
    ...(loadWatts !== undefined && { loadWatts }),
  };
  return ok({ ups: options.ups, takenAtMs, words: new Set(words), figures, nameplate: {} });
}

function objectOf(text: string): ReadonlyMap<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? new Map(Object.entries(value)) : undefined;
  } catch {
    return undefined;
  }
}

/** What is neither text nor number goes on as the text of it, for the gate to reject with a reason. */
function figureOf(value: unknown): RawFigure | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value).slice(0, 40);
}
