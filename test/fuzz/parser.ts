// What the fuzzer knows of one parser: how an input for it is made, how it is read, and what must hold of the result
// whatever the input was. Seed and parser alone decide an input, so a number is enough to make it again.
import type { Chance } from '../../src/sim/chance.ts';

export interface FuzzParser<R = unknown> {
  readonly name: string;
  /** what is read, in a few words */
  readonly about: string;
  /** bytes that one input of so many bytes may make it allocate; absent where it comes from no network and no device (I-22) */
  readonly allocates?: (bytes: number) => number;
  /** ms that one input of so many bytes may take; absent: those of I-22 */
  readonly withinMs?: (bytes: number) => number;
  /** a new input from those of the corpus */
  readonly make: (chance: Chance, corpus: readonly Uint8Array[]) => Uint8Array;
  /** timed and measured: nothing but the parser, as the product calls it */
  readonly read: (input: Uint8Array) => R | Promise<R>;
  /** throws a sentence where something does not hold; not timed */
  readonly judge: (input: Uint8Array, result: R) => void | Promise<void>;
}

/** Closes over the result's type, so that the list of parsers needs no `any`. */
export function fuzzParser<R>(parser: FuzzParser<R>): FuzzParser {
  return { ...parser, judge: (input, result) => parser.judge(input, result as R) };
}

/** I-22 */
export const MIB = 1024 * 1024;

/** For JSON: reading it costs up to 30 bytes a byte, its repair 60, so the MiB cannot hold for what is longer than 16 KiB. */
export const ofJson = (bytes: number): number => Math.max(MIB, 64 * bytes);

export const LONGEST_MS = 200;

/** For files that are read at the start and at a reload: those of I-22 up to 16 KiB, and then in proportion. */
export const ofFile = (bytes: number): number => Math.max(LONGEST_MS, bytes * (LONGEST_MS / 16_384));

/** Throws the sentence unless it holds. */
export function must(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Error(sentence);
}

/** As `must`, for two values that are the same once written as JSON. */
export function mustEqual(found: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: ${a?.slice(0, 300)} instead of ${b?.slice(0, 300)}`);
}

/** A text as it may stand before people and in the journal: bounded, one line. */
export function mustBeShowable(text: string, most: number, what: string): void {
  must(text.length <= most, `${what} has ${text.length} characters, at most ${most} are allowed`);
  must(!/\p{Cc}/u.test(text), `${what} holds a control character: ${JSON.stringify(text.slice(0, 100))}`);
}

/** As a socket with encoding utf8 and TextDecoder give it: what is no UTF-8 becomes U+FFFD. */
export function textOf(input: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(input);
}

/** The parts of an input that stands for several messages, one after the other. */
export function partsOf(input: Uint8Array): readonly Uint8Array[] {
  return Buffer.from(input)
    .toString('latin1')
    .split(SEPARATOR)
    .map((part) => Buffer.from(part, 'latin1'));
}

export const SEPARATOR = '\n----\n';

/** FNV-1a, 32 bit: a seed for what `judge` draws, so that an input alone decides it. */
export function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x0100_0193) >>> 0;
  return hash;
}
