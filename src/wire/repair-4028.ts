// Puts right the broken JSON that miner firmwares are known to send on port 4028. Used only where a strict parse failed;
// text inside quotes is left as it is, for pool names and serials may hold anything. Pure, and linear in the text.

export interface Repaired {
  readonly text: string;
  /** the answer was cut short: what is left is true, what is missing is not known */
  readonly truncated: boolean;
}

/** Longer texts are given back as they are: real faults were seen in answers of some kB, and a repair costs memory. */
const REPAIR_LIMIT = 256 * 1024;

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

/** The text with every known fault put right; whether it then parses is for the caller to see. */
export function repaired(text: string): Repaired {
  if (text.length > REPAIR_LIMIT) return { text, truncated: false };
  const started = text.startsWith(',') ? `{${text.slice(1)}` : text;
  return closed(mended(started));
}

/** Works on the pieces between quotes, and sets a comma between two strings that touch. */
function mended(text: string): string {
  const parts: string[] = [];
  let at = 0;
  let afterString = false;
  while (at < text.length) {
    const quote = text.indexOf('"', at);
    const end = quote < 0 ? text.length : quote;
    if (end > at) {
      parts.push(mendedBetween(text.slice(at, end)));
      afterString = false;
    }
    if (quote < 0) break;
    const close = endOfString(text, quote);
    const string = text.slice(quote, close);
    if (afterString) parts.push(',');
    // A word for "no number" is no value: null reads as absent, 0 would read as a measurement.
    parts.push(/^"-?(?:nan|inf(?:inity)?)"$/i.test(string) ? 'null' : string);
    afterString = true;
    at = close;
  }
  return parts.join('');
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
    const char = text[at];
    if (char === '\\') at++;
    else if (char === '"') return at + 1;
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
  take(char: string | undefined, at: number): void {
    const inner = this.open.at(-1);
    switch (char) {
      case '{':
      case '[':
        this.open.push({ at, object: char === '{' });
        break;
      case ':':
        if (inner === undefined || inner.object) break;
        inner.object = true;
        this.misnamed.add(inner.at);
        break;
      case ']':
      case '}':
        this.open.pop();
        if (char === ']' && inner?.object) this.misnamed.add(at);
        break;
      case ',':
        this.lastComma = at;
        break;
      default:
    }
  }
}

function outline(text: string): Outline {
  const seen = new Outline();
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== '"') {
      seen.take(text[at], at);
      continue;
    }
    const end = endOfString(text, at);
    seen.inString = end === text.length && (text[end - 1] !== '"' || end - 1 === at);
    at = end - 1;
  }
  return seen;
}

function withBraces(text: string, misnamed: ReadonlySet<number>): string {
  if (misnamed.size === 0) return text;
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
    const char = text[at];
    if (char === '"') at = endOfString(text, at) - 1;
    else if (char === '[' || char === '{') depth++;
    else if (char === ']' || char === '}') depth--;
    if (depth > most) return true;
  }
  return false;
}

function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text.charCodeAt(end - 1) === 0 || text[end - 1] === '\n' || text[end - 1] === '\r')) end--;
  return text.slice(0, end);
}
