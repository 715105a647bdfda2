// Puts right the broken JSON that miner firmwares are known to send on port 4028. Used only where a strict parse failed;
// text inside quotes is left as it is, for pool names and serials may hold anything. Pure, and linear in the text.

export interface Repaired {
  readonly text: string;
  /** the answer was cut short: what is left is true, what is missing is not known */
  readonly truncated: boolean;
}

/** Longer texts are given back as they are: real faults were seen in answers of some kB, and a repair costs up to 60 bytes a byte. */
const REPAIR_LIMIT = 64 * 1024;

/** What some web proxies and firmwares answer in place of the miner when its process is down. */
export const PROCESS_DOWN = /^Socket connect failed: Connection refused/;

/** Removes what wraps an answer and is no fault: NULs and newlines at the end, a byte order mark, a script callback. */
export function unwrapped(text: string): string {
  const bare = trimEnd(text.startsWith('\uFEFF') ? text.slice(1) : text);
  const open = bare.startsWith('minerinfoCallback(') ? bare.indexOf('(') + 1 : 0;
  if (open === 0) return bare;
  const close = bare.lastIndexOf(')');
  return bare.slice(open, close < open ? bare.length : close);
}

/** Faults and brackets beyond these are no firmware's habit but somebody's attempt: each costs memory to look at. */
const MOST_FAULTS = 1_000;
const MOST_BRACKETS = 2_048;

// Characters by their code: a character beyond Latin-1 taken out of a text is an object of its own.
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** The text with every known fault put right; whether it then parses is for the caller to see. */
export function repaired(text: string): Repaired {
  if (text.length > REPAIR_LIMIT || bracketsIn(text) > MOST_BRACKETS) return { text, truncated: false };
  const started = text.startsWith(',') ? `{${text.slice(1)}` : text;
  const whole = mended(started);
  return whole === undefined ? { text, truncated: false } : closed(whole);
}

/** A word for "no number" as the text of a string. It is no value: null reads as absent, 0 would read as a measurement. */
const NO_NUMBER = /^"-?(?:nan|inf(?:inity)?)"$/i;
const LONGEST_NO_NUMBER = '"-infinity"'.length;

/** A text with pieces replaced. What stays is copied in long runs, for a hostile text may be cut into very many short ones. */
class Mending {
  readonly text: string;
  readonly #parts: string[] = [];
  #copied = 0;

  constructor(text: string) {
    this.text = text;
  }

  get changes(): number {
    return this.#parts.length / 2;
  }

  replace(from: number, to: number, instead: string): void {
    this.#parts.push(this.text.slice(this.#copied, from), instead);
    this.#copied = to;
  }

  result(): string {
    return this.changes === 0 ? this.text : this.#parts.join('') + this.text.slice(this.#copied);
  }
}

/** Works on the pieces between quotes and on the strings in turn; undefined where too much is wrong. */
function mended(text: string): string | undefined {
  const mending = new Mending(text);
  let at = 0;
  while (at < text.length && mending.changes <= MOST_FAULTS) {
    const quote = text.indexOf('"', at);
    mendBetween(mending, at, quote < 0 ? text.length : quote);
    if (quote < 0) break;
    at = endOfString(text, quote);
    if (at - quote <= LONGEST_NO_NUMBER && NO_NUMBER.test(text.slice(quote, at))) mending.replace(quote, at, 'null');
  }
  return mending.changes > MOST_FAULTS ? undefined : mending.result();
}

/** From the end of one string to the quote of the next: where they touch, their comma is missing. */
function mendBetween(mending: Mending, from: number, to: number): void {
  if (from === to && from > 0) mending.replace(from, to, ',');
  if (!looksWrong(mending.text, from, to)) return;
  const between = mending.text.slice(from, to);
  const right = mendedBetween(between);
  if (right !== between) mending.replace(from, to, right);
}

/** Whether `mendedBetween` may find something: it is costly to ask for each of many short pieces. */
function looksWrong(text: string, from: number, to: number): boolean {
  let before = 0;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (startsNoNumber(code, text.charCodeAt(at + 1))) return true;
    if (before === COMMA && (code === CLOSE_LIST || code === CLOSE_OBJECT)) return true;
    if ((before === CLOSE_OBJECT && code === OPEN_OBJECT) || (before === OPEN_LIST && code === COMMA)) return true;
    if (!isBlank(code)) before = code;
  }
  return false;
}

/** The first two letters of nan or inf, small or capital. */
function startsNoNumber(first: number, second: number): boolean {
  const a = first | 0x20;
  const b = second | 0x20;
  return (a === 0x6e && b === 0x61) || (a === 0x69 && b === 0x6e);
}

function isBlank(code: number): boolean {
  return code <= 0x20 || code >= 0x7f;
}

function mendedBetween(text: string): string {
  return text
    .replace(/,\s*([}\]])/g, '$1')
    .replace(/\}\s*\{/g, '},{')
    .replace(/\[\s*,/g, '[')
    .replace(/-?\b(?:nan|inf(?:inity)?)\b/gi, 'null');
}

/** The index behind the closing quote, or the end of the text. */
function endOfString(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at + 1;
  }
  return text.length;
}

/**
 * Closes what a cut-off answer left open, dropping back to the last comma so that half a number is never taken for a
 * whole one; and gives braces to `["key":…]`, which one family writes for an object.
 */
function closed(text: string): Repaired {
  const whole = outline(text);
  if (whole.open.length === 0 && !whole.inString) return { text: withBraces(text, whole.misnamed), truncated: false };
  const kept = text.slice(0, Math.max(whole.lastComma, 0));
  const rest = outline(kept);
  const ends = rest.open.map((bracket) => (bracket.object ? '}' : ']')).reverse();
  return { text: withBraces(kept, rest.misnamed) + ends.join(''), truncated: true };
}

interface Bracket {
  readonly at: number;
  object: boolean;
}

class Outline {
  /** brackets still open at the end, outermost first */
  readonly open: Bracket[] = [];
  /** where `[` or `]` stands for a brace */
  readonly misnamed = new Set<number>();
  /** index of the last comma outside of strings, or -1 */
  lastComma = -1;
  inString = false;

  /** One character outside of strings. */
  take(code: number, at: number): void {
    const inner = this.open.at(-1);
    switch (code) {
      case OPEN_OBJECT:
      case OPEN_LIST:
        this.open.push({ at, object: code === OPEN_OBJECT });
        break;
      case COLON:
        if (inner === undefined || inner.object) break;
        inner.object = true;
        this.misnamed.add(inner.at);
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        this.open.pop();
        if (code === CLOSE_LIST && inner?.object) this.misnamed.add(at);
        break;
      case COMMA:
        this.lastComma = at;
        break;
      default:
    }
  }
}

function outline(text: string): Outline {
  const seen = new Outline();
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code !== QUOTE) {
      seen.take(code, at);
      continue;
    }
    const end = endOfString(text, at);
    seen.inString = end === text.length && (text.charCodeAt(end - 1) !== QUOTE || end - 1 === at);
    at = end - 1;
  }
  return seen;
}

function withBraces(text: string, misnamed: ReadonlySet<number>): string {
  if (misnamed.size === 0 || misnamed.size > MOST_FAULTS) return text;
  let result = '';
  let from = 0;
  for (const at of [...misnamed].sort((a, b) => a - b)) {
    result += text.slice(from, at) + (text[at] === '[' ? '{' : '}');
    from = at + 1;
  }
  return result + text.slice(from);
}

/** Whether brackets nest deeper than `most`: a parser spends long on a text of nothing else. */
export function nestsDeeper(text: string, most: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at) - 1;
    else if (code === OPEN_LIST || code === OPEN_OBJECT) depth++;
    else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--;
    if (depth > most) return true;
  }
  return false;
}

function bracketsIn(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === OPEN_LIST || code === OPEN_OBJECT) count++;
  }
  return count;
}

function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text.charCodeAt(end - 1) === 0 || text[end - 1] === '\n' || text[end - 1] === '\r')) end--;
  return text.slice(0, end);
}
