// How words, figures and tables look in a terminal. Pure; every text that came from a device goes through `clean`.
import { stripVTControlCharacters } from 'node:util';

/** What the reader's terminal can do. */
export interface Look {
  readonly colour: boolean;
  /** columns; absent: not a terminal, lines are as long as they are */
  readonly width?: number;
  /** for local times; absent: that of this machine */
  readonly timeZone?: string;
}

export type Tone = 'good' | 'bad' | 'care' | 'faint' | 'strong' | 'loud';

const SGR: Readonly<Record<Tone, string>> = { good: '32', bad: '1;31', care: '33', faint: '2', strong: '1', loud: '1;7;31' };
const ESC = '\u001b[';
/** Narrower terminals are treated as this wide: below it every word would stand alone. */
const LEAST_WIDTH = 40;

export const UNKNOWN = '?';

/** Control, bidirectional and other invisible characters as `\x1b` or `\u202e`: a rig's error text must not move the cursor. */
export function clean(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

export function paint(text: string, tone: Tone | undefined, look: Look): string {
  return look.colour && tone !== undefined && text !== '' ? `${ESC}${SGR[tone]}m${text}${ESC}0m` : text;
}

/** `45 s`, `12 min 20 s`, `2 h 5 min`, `3 d 4 h`; null: `?`. */
export function sayDuration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return UNKNOWN;
  const whole = Math.round(Math.abs(seconds));
  const sign = seconds < 0 && whole > 0 ? '-' : '';
  const pair = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
    `${sign}${big} ${bigUnit}${small === 0 ? '' : ` ${small} ${smallUnit}`}`;
  if (whole < 60) return `${sign}${whole} s`;
  if (whole < 3600) return pair(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (whole < 86_400) return pair(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min');
  return pair(Math.floor(whole / 86_400), 'd', Math.floor((whole % 86_400) / 3600), 'h');
}

/** `0.8 s` below ten seconds, then as `sayDuration`. */
export function sayMs(ms: number | null): string {
  return ms === null || ms >= 10_000 || ms < 0 ? sayDuration(ms === null ? null : ms / 1000) : `${(ms / 1000).toFixed(1)} s`;
}

/** `3,250 W` */
export function sayWatts(watts: number | null): string {
  return watts === null ? UNKNOWN : `${sayNumber(watts)} W`;
}

const HASH_RATES: readonly (readonly [number, string])[] = [
  [1e18, 'EH/s'],
  [1e15, 'PH/s'],
  [1e12, 'TH/s'],
  [1e9, 'GH/s'],
  [1e6, 'MH/s'],
  [1e3, 'kH/s'],
];

/** `110 TH/s`, `1.21 TH/s`, `8.4 kH/s`: three figures; null: `?`. */
export function sayHashRate(hashRate: number | null): string {
  if (hashRate === null) return UNKNOWN;
  const [unit, name] = HASH_RATES.find(([one]) => hashRate >= one) ?? [1, 'H/s'];
  return `${Number((hashRate / unit).toPrecision(3))} ${name}`;
}

/** At most four figures behind the first that counts, thousands apart. */
export function sayNumber(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(4)));
}

export function plural(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}

/** `2026-11-23 19:28:25` in local time; what is no time comes back as it was, cleaned. */
export function localTime(iso: string, look: Look): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return clean(iso);
  return at.toLocaleString('sv-SE', look.timeZone === undefined ? {} : { timeZone: look.timeZone });
}

/** `[#######---]`: plain characters, as not every console has blocks. */
export function bar(percent: number | null, cells = 10): string {
  if (percent === null) return `[${UNKNOWN.padEnd(cells)}]`;
  const full = Math.round((Math.min(100, Math.max(0, percent)) / 100) * cells);
  return `[${'#'.repeat(full)}${'-'.repeat(cells - full)}]`;
}

export interface Column {
  readonly head: string;
  readonly align?: 'right';
}

export type Cell = string | { readonly text: string; readonly tone?: Tone };

/** Lines of a table whose columns are as wide as their widest cell. Cells are expected clean and of one line. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[], look: Look): string[] {
  const heads: readonly Cell[] = columns.map(({ head }) => ({ text: head, tone: 'faint' }));
  const widths = columns.map((_, at) => Math.max(...[heads, ...rows].map((row) => lengthOf(textOf(row[at])))));
  return [heads, ...rows].map((row) =>
    columns
      .map(({ align }, at) => {
        const cell = row[at] ?? '';
        const gap = ' '.repeat(Math.max(0, (widths[at] ?? 0) - lengthOf(textOf(cell))));
        const shown = paint(textOf(cell), typeof cell === 'string' ? undefined : cell.tone, look);
        return align === 'right' ? gap + shown : shown + gap;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Breaks lines that are longer than the terminal at a blank, the rest indented by four; without a width nothing is broken. */
export function wrap(lines: readonly string[], look: Look): string[] {
  if (look.width === undefined) return [...lines];
  const width = Math.max(LEAST_WIDTH, look.width);
  return lines.flatMap((line) => {
    const broken: string[] = [];
    let rest = line;
    while (lengthOf(rest) > width) {
      const at = breakAt(rest, width);
      broken.push(rest.slice(0, at).trimEnd());
      rest = `    ${rest.slice(at).trimStart()}`;
    }
    return [...broken, rest];
  });
}

/** Visible characters; colours do not count. */
export function lengthOf(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

/** Where to break a line: behind the last blank that fits, or else hard, but never inside a colour. */
function breakAt(line: string, width: number): number {
  let seen = 0;
  let blank = -1;
  for (let at = 0; at < line.length; ) {
    if (line.startsWith(ESC, at)) {
      at = line.indexOf('m', at) + 1;
      continue;
    }
    if (seen === width) return blank > 4 ? blank : at;
    const size = (line.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
    if (line[at] === ' ' && line.slice(0, at).trim() !== '') blank = at + 1;
    seen += 1;
    at += size;
  }
  return line.length;
}

function textOf(cell: Cell | undefined): string {
  return typeof cell === 'string' ? cell : (cell?.text ?? '');
}
