// The outlets of a UPS or PDU as NUT names them: what they are told with, and what they say.
import { failed, type Outcome, ok } from '../model/outcome.ts';

/** Their numbers begin at 1: `outlet.0` is all of them at once, and nobody here ever says it. */
export const FIRST_OUTLET = 1;

export function loadCommand(outlet: number, on: boolean): string {
  return `outlet.${outlet}.load.${on ? 'on' : 'off'}`;
}

/** What tells whether an outlet is on: the one that is read, and the one that some drivers let be set instead of commands. */
export function outletVariables(outlet: number): { readonly status: string; readonly control: string } {
  return { status: `outlet.${outlet}.status`, control: `outlet.${outlet}.switch` };
}

/** Drivers have words of their own for the same. */
const WORDS: readonly (readonly [on: string, off: string])[] = [
  ['on', 'off'],
  ['yes', 'no'],
  ['1', '0'],
];

/** True: on. `garbled` for whatever else, such as pendingOff. */
export function outletIsOn(value: string, variable: string): Outcome<boolean> {
  const word = value.trim().toLowerCase();
  const pair = WORDS.find((one) => one.includes(word));
  if (pair !== undefined) return ok(pair[0] === word);
  return failed('garbled', `${variable} says ${JSON.stringify(value.slice(0, 40))}, which is neither on nor off`);
}

/** The word for `on` in the vocabulary of the value that stands there now; undefined where it has none. */
export function outletWord(now: string, on: boolean): string | undefined {
  const word = now.trim().toLowerCase();
  return WORDS.find((one) => one.includes(word))?.[on ? 0 : 1];
}
