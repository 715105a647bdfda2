// The NUT protocol as text: words to a line, reply lines to words and rows. Pure; who holds the socket does not matter here.
// Facts from NUT's net-protocol and parseconf, tried against upsd 2.8.0.
import { failed, type Outcome, ok } from '../model/outcome.ts';

/** Characters of one word that we send; upsd's own buffers hold 512. */
export const WORD_LIMIT = 500;
/** Characters of one reply line, rows of one reply, characters of one reply. The largest dump known has 250 rows and 15 kB. */
const LINE_LIMIT = 4096;
const ROW_LIMIT = 1000;
/** Reading a reply costs some 10 bytes a character, and no single input may cost over 1 MiB. */
export const REPLY_LIMIT = 64 * 1024;

/** What upsd answered to one request. An `error` is an answer like any other: the connection is as good as before. */
export type NutAnswer =
  | { readonly kind: 'line'; readonly words: readonly string[] }
  | { readonly kind: 'rows'; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: 'error'; readonly code: string };

/**
 * One request line without its LF. Refused: control characters (a line end would be a second command) and words over
 * `WORD_LIMIT`. The fault names the place of the word, never the word, for it may be a password.
 */
export function encodeLine(words: readonly string[]): Outcome<string> {
  for (const [place, word] of words.entries()) {
    const name = `word ${place + 1} of ${words[0] === word ? 'a request' : words[0]}`;
    if (/\p{Cc}/u.test(word)) return failed('unsupported', `${name} was not sent: it holds a control character; take it out`);
    if (word.length > WORD_LIMIT) return failed('unsupported', `${name} was not sent: it is longer than ${WORD_LIMIT} characters`);
  }
  return ok(words.map((word) => (/^[A-Za-z0-9._-]+$/.test(word) ? word : quoted(word))).join(' '));
}

/** In quotes, as upsd writes every value. An unescaped # in quotes makes upsd 2.8.0 drop the line without a reply. */
export function quoted(word: string): string {
  return `"${word.replace(/[\\"#]/g, '\\$&')}"`;
}

/**
 * The words of one line, or undefined where a quote stays open or stands inside a word. A control character becomes U+FFFD,
 * so that no device can write to a terminal through us.
 */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  // By hand: a regular expression makes an array for each word, and a hostile line is nothing but words.
  for (let at = behindBlanks(line, 0); at < line.length; ) {
    const isQuoted = line.charCodeAt(at) === QUOTE;
    const end = isQuoted ? behindQuoted(line, at) : behindPlain(line, at);
    if (end === undefined) return undefined;
    words.push(plain(isQuoted ? line.slice(at + 1, end - 1) : line.slice(at, end)));
    at = behindBlanks(line, end);
  }
  return words;
}

const TAB = 0x09;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

function behindBlanks(line: string, from: number): number {
  let at = from;
  while (at < line.length && isBlank(line.charCodeAt(at))) at += 1;
  return at;
}

/** Behind the closing quote, where the word ends too; else undefined. */
function behindQuoted(line: string, open: number): number | undefined {
  for (let at = open + 1; at < line.length; at += 1) {
    const code = line.charCodeAt(at);
    if (code === BACKSLASH) at += 1;
    else if (code === QUOTE) return at + 1 === line.length || isBlank(line.charCodeAt(at + 1)) ? at + 1 : undefined;
  }
  return undefined;
}

/** At the blank or the end of the line behind a word without quotes; undefined where it holds one, or ends in a backslash. */
function behindPlain(line: string, from: number): number | undefined {
  let at = from;
  for (; at < line.length && !isBlank(line.charCodeAt(at)); at += 1) {
    const code = line.charCodeAt(at);
    if (code === QUOTE) return undefined;
    if (code === BACKSLASH) at += 1;
  }
  return at > line.length ? undefined : at;
}

function plain(raw: string): string {
  const word = raw.includes('\\') ? raw.replace(/\\(.)/gsu, '$1') : raw;
  return word.replace(/\p{Cc}/gu, '\ufffd');
}

/**
 * Reads the reply to one request as its text comes in: rows between BEGIN and END for LIST, one line for the others.
 * Whatever is not exactly that reply is `garbled`.
 */
export class ReplyReader {
  readonly #verb: string | undefined;
  /** VAR, rack: what every row repeats */
  readonly #about: readonly string[];
  readonly #rows: (readonly string[])[] = [];
  #begun = false;
  #rest = '';

  constructor([verb, ...about]: readonly string[]) {
    this.#verb = verb;
    this.#about = about;
  }

  /** Undefined while the reply is not complete. */
  take(text: string): Outcome<NutAnswer> | undefined {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > LINE_LIMIT) return garbled('a line without end');
    for (const [place, line] of lines.entries()) {
      if (line.length > LINE_LIMIT) return garbled('a line without end');
      const answer = this.#line(line.replace(/\r$/, ''));
      if (answer === undefined) continue;
      const more = place + 1 < lines.length || this.#rest !== '';
      return more ? garbled('more than it was asked for') : answer;
    }
    return undefined;
  }

  #line(line: string): Outcome<NutAnswer> | undefined {
    const words = splitWords(line);
    const [first, second] = words ?? [];
    if (words === undefined || first === undefined) return garbled('a line that is no NUT reply');
    // The code is shown to people, so it must look like one: upsd's are capitals and dashes.
    if (first === 'ERR' && !this.#begun) {
      return /^[A-Z][A-Z-]{1,39}$/.test(second ?? '') ? ok({ kind: 'error', code: second ?? '' }) : garbled('an error without a code');
    }
    return this.#verb === 'LIST' ? this.#row(words) : this.#single(words);
  }

  #row(words: readonly string[]): Outcome<NutAnswer> | undefined {
    if (!this.#begun) {
      if (!same(words, ['BEGIN', 'LIST', ...this.#about])) return garbled('a list that was not asked for');
      this.#begun = true;
      return undefined;
    }
    if (same(words, ['END', 'LIST', ...this.#about])) return ok({ kind: 'rows', rows: this.#rows });
    if (!startsWith(words, this.#about)) return garbled('a row that belongs to another list');
    if (!this.#countIs(words, 2)) return garbled('a row with too few or too many words');
    if (this.#rows.length >= ROW_LIMIT) return garbled(`a list of more than ${ROW_LIMIT} rows`);
    this.#rows.push(words.slice(this.#about.length));
    return undefined;
  }

  #single(words: readonly string[]): Outcome<NutAnswer> {
    if (this.#verb === 'GET') {
      if (!startsWith(words, this.#about)) return garbled('the answer to another question');
      if (!this.#countIs(words, 1)) return garbled('an answer with too few or too many words');
      return ok({ kind: 'line', words: words.slice(this.#about.length) });
    }
    // Before NUT 2.8 the answer to LOGOUT is `Goodbye...` alone.
    const good = words[0] === 'OK' || (this.#verb === 'LOGOUT' && words[0]?.startsWith('Goodbye') === true);
    return good ? ok({ kind: 'line', words }) : garbled('an answer that is neither OK nor an error');
  }

  /** A variable has so many words beyond those of the request; of what else may be asked for, any number from one. */
  #countIs(words: readonly string[], ofVariable: number): boolean {
    const more = words.length - this.#about.length;
    return this.#about[0] === 'VAR' ? more === ofVariable : more >= 1;
  }
}

/** The rows of LIST VAR by name. A map, so that no name (`__proto__`, `length`) means anything. */
export function mapOf(rows: readonly (readonly string[])[]): Map<string, string> {
  return new Map(rows.map(([name = '', value = '']) => [name, value]));
}

function startsWith(words: readonly string[], start: readonly string[]): boolean {
  return start.every((word, place) => words[place] === word);
}

function same(words: readonly string[], others: readonly string[]): boolean {
  return words.length === others.length && startsWith(words, others);
}

/** No part of the reply is shown: it might repeat what we sent. */
function garbled(what: string): Outcome<never> {
  return failed('garbled', `the server sent ${what}`);
}
