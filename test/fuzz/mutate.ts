// Changes to bytes that know a little of what the bytes are: numbers, quotes, lines, the words of the format. Works on
// strings of one character a byte, which JavaScript cuts and joins faster than arrays.
import type { Chance } from '../../src/sim/chance.ts';

export interface Grain {
  /** words and marks that mean something to the parser */
  readonly tokens: readonly string[];
  /** what the format is cut at: lines, fields, words */
  readonly cutAt: string;
  /** bytes of the longest input; few come near it */
  readonly most: number;
}

const BYTES = ['\0', '\t', '\n', '\r', ' ', '"', '#', "'", ',', '-', '.', '0', ':', '=', '[', '\\', ']', '{', '}', '\x7f', '\x80', '\xff'];
/** as bytes: letters that are longer in UTF-8, a line separator, a byte order mark, a lone surrogate, half a character */
const LETTERS = ['é', 'Ê', '\u2028', '\ufeff', '\u202e', '⚡', '😀', '\u0085']
  .map((letter) => Buffer.from(letter).toString('latin1'))
  .concat('\xed\xa0\x80', '\xe2\x82', '\xc0\x80');
const NUMBERS = [
  ...['0', '-0', '-1', '1', '0.5', '45.', '.5', '045.2', '100', '101', '255', '1000', '65535', '65536', '3932100', '2147483648'],
  ...['4294967296', '9007199254740993', '123456789012345678901234567890', '1e3', '1e999', '-1e999', '1e-999', '0x10', '1_000'],
  ...['NaN', 'nan', 'inf', '-inf', 'Infinity', '', '36:00', '1,5', '１２', `1${'0'.repeat(240)}`],
].map((text) => Buffer.from(text).toString('latin1'));

type Change = (text: string, chance: Chance, grain: Grain, others: readonly Uint8Array[]) => string;

/** One of the corpus with one to eight changes, usually few. */
export function mutated(chance: Chance, corpus: readonly Uint8Array[], grain: Grain): Uint8Array {
  let text = latin1(chance.pick(corpus) ?? new Uint8Array());
  let changes = 1;
  while (changes < 8 && chance.happens(0.5)) changes += 1;
  for (; changes > 0; changes -= 1) text = (chance.pick(CHANGES) ?? same)(text, chance, grain, corpus).slice(0, grain.most);
  return Buffer.from(text, 'latin1');
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

const same: Change = (text) => text;

function put(text: string, at: number, dropped: number, piece: string): string {
  return text.slice(0, at) + piece + text.slice(at + dropped);
}

/** A length, short ones likelier. */
function stretch(chance: Chance, most: number): number {
  return most < 1 ? 0 : 1 + chance.below(1 + chance.below(most));
}

function range(text: string, chance: Chance): readonly [from: number, length: number] {
  const from = chance.below(text.length + 1);
  return [from, Math.min(stretch(chance, Math.max(8, text.length >> 3)), text.length - from)];
}

const flipBit: Change = (text, chance) => {
  if (text === '') return text;
  const at = chance.below(text.length);
  return put(text, at, 1, String.fromCharCode(text.charCodeAt(at) ^ (1 << chance.below(8))));
};
const setByte: Change = (text, chance) => put(text, chance.below(text.length + 1), 1, chance.pick(BYTES) ?? '');
const anyByte: Change = (text, chance) => put(text, chance.below(text.length + 1), chance.below(2), String.fromCharCode(chance.below(256)));
const putByte: Change = (text, chance) => put(text, chance.below(text.length + 1), 0, chance.pick(BYTES) ?? '');
const putLetter: Change = (text, chance) => put(text, chance.below(text.length + 1), 0, chance.pick(LETTERS) ?? '');
const putToken: Change = (text, chance, { tokens }) => put(text, chance.below(text.length + 1), 0, chance.pick(tokens) ?? '');
const cutOff: Change = (text, chance) => text.slice(0, chance.below(text.length + 1));
const cutFront: Change = (text, chance) => text.slice(chance.below(text.length + 1));
const drop: Change = (text, chance) => put(text, ...range(text, chance), '');
const double: Change = (text, chance) => {
  const [from, length] = range(text, chance);
  return put(text, chance.below(text.length + 1), 0, text.slice(from, from + length));
};
const splice: Change = (text, chance, _, others) => {
  const other = latin1(chance.pick(others) ?? new Uint8Array());
  return text.slice(0, chance.below(text.length + 1)) + other.slice(chance.below(other.length + 1));
};
const number: Change = (text, chance) => {
  const runs = [...text.matchAll(/-?\d[\d.]*/g)];
  const run = chance.pick(runs);
  return run === undefined ? text : put(text, run.index, run[0].length, chance.pick(NUMBERS) ?? '');
};
/** A piece again and again: what is slow or greedy shows here. Long ones are seldom. */
const repeat: Change = (text, chance, { most, tokens }) => {
  const [from, length] = range(text, chance);
  const piece = chance.happens(0.5) ? text.slice(from, from + Math.min(length, 12)) : (chance.pick([...tokens, ...BYTES]) ?? '');
  const room = chance.happens(0.03) ? most : chance.happens(0.2) ? most >> 6 : 64;
  return put(text, from, 0, piece.repeat(Math.floor(chance.below(room + 1) / Math.max(1, piece.length))));
};
const partsChanged =
  (change: (parts: string[], chance: Chance) => void): Change =>
  (text, chance, { cutAt }) => {
    const parts = text.split(cutAt);
    change(parts, chance);
    return parts.join(cutAt);
  };
const dropPart = partsChanged((parts, chance) => parts.splice(chance.below(parts.length), 1));
const doublePart = partsChanged((parts, chance) => parts.splice(chance.below(parts.length), 0, parts[chance.below(parts.length)] ?? ''));
const swapParts = partsChanged((parts, chance) => {
  const [a, b] = [chance.below(parts.length), chance.below(parts.length)];
  [parts[a], parts[b]] = [parts[b] ?? '', parts[a] ?? ''];
});
const partOfOther: Change = (text, chance, { cutAt }, others) => {
  const parts = text.split(cutAt);
  const theirs = latin1(chance.pick(others) ?? new Uint8Array()).split(cutAt);
  parts[chance.below(parts.length)] = chance.pick(theirs) ?? '';
  return parts.join(cutAt);
};

const CHANGES: readonly Change[] = [
  ...[flipBit, setByte, anyByte, putByte, putLetter, putToken, putToken, cutOff, cutFront, drop, drop, double, splice],
  ...[number, number, repeat, dropPart, doublePart, swapParts, partOfOther],
];
