// The older form of the cgminer socket protocol: `ascset|0,softoff` is answered with `STATUS=S,When=92,Code=119,…|`. Some
// miners take their orders in no other. Pure; the form in JSON is in socket4028.ts.
import { failed, type Outcome, ok } from '../model/outcome.ts';
import { unwrapped } from './repair-4028.ts';
import { type Row, textOf, wholeOf } from './rows-4028.ts';
import { type Answer4028, forPeople } from './socket4028.ts';

/** Answers above this are not looked at; the longest real ones are some 100 kB. */
const ANSWER_LIMIT = 256 * 1024;
/** Sections, and fields of one section, that are looked at. */
const SECTIONS_LIMIT = 256;
const FIELDS_LIMIT = 1_024;

/** The one write of a request. */
export function encodeText4028(command: string, parameter?: string): string {
  return parameter === undefined ? command : `${command}|${parameter}`;
}

/** Whether these bytes are an answer in this form. */
export function isText4028(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes.subarray(0, 16)).startsWith('STATUS=');
}

/** Any bytes in; an answer or a `garbled` fault out. Values are texts. Never throws. */
export function decodeText4028(bytes: Uint8Array): Outcome<Answer4028> {
  if (bytes.length > ANSWER_LIMIT) return failed('garbled', `an answer of over ${ANSWER_LIMIT} bytes`);
  if (!isText4028(bytes)) return failed('garbled', 'neither JSON nor text as a miner writes it');
  const text = unwrapped(new TextDecoder().decode(bytes));
  const sections = splitAt(text, '|', SECTIONS_LIMIT).map(sectionOf);
  const status: Row = sections[0]?.row ?? new Map();
  const description = forPeople(textOf(status, 'Description') ?? '');
  return ok({
    letter: forPeople(textOf(status, 'STATUS') ?? '', 8),
    code: wholeOf(status, 'Code'),
    message: forPeople(textOf(status, 'Msg') ?? ''),
    description: description === '' ? undefined : description,
    truncated: !text.endsWith('|'),
    rows: (section) => sections.filter(({ name }) => name === section).map(({ row }) => row),
  });
}

interface Section {
  readonly name: string;
  readonly row: Row;
}

/** `STATS=0,ID=AVA100,…` or `SUMMARY,Elapsed=7,…`: named by what it begins with. */
function sectionOf(text: string): Section {
  const row = new Map<string, unknown>();
  for (const field of splitAt(text, ',', FIELDS_LIMIT)) {
    const equals = field.indexOf('=');
    if (equals > 0) row.set(field.slice(0, equals), field.slice(equals + 1));
  }
  return { name: /^[^=,|]*/.exec(text)?.[0] ?? '', row };
}

/** The pieces between the separators that stand outside of brackets; `SYSTEMSTATU[Work: In Work, Hash Board: 3]` is one. */
function splitAt(text: string, separator: ',' | '|', most: number): readonly string[] {
  const pieces: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length && pieces.length < most; at++) {
    const character = text[at];
    if (character === '[') depth++;
    else if (character === ']' && depth > 0) depth--;
    else if (character === separator && depth === 0) {
      pieces.push(text.slice(from, at));
      from = at + 1;
    }
  }
  if (from < text.length && pieces.length < most) pieces.push(text.slice(from));
  return pieces;
}
