// What is wrong in the file, where, and how a piece of the file is shown in a message.

/** A place in the file (both counted from 1) and what is to be said of it. */
export interface Mistake {
  readonly line: number;
  readonly column: number;
  /** `rigs.s19.fedBy[0]`; empty where the text as a whole is meant */
  readonly path: string;
  readonly say: string;
}

export type Path = readonly (string | number)[];

const LONGEST_SHOWN = 40;
const LONGEST_PATH = 80;

/** `rigs.s19.fedBy[0]`; a key that is no plain word stands in quotes. */
export function pathText(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += `${text === '' ? '' : '.'}${/^[\w-]+$/.test(part) ? part : quoted(part)}`;
  }
  return text.length > LONGEST_PATH ? `${text.slice(0, LONGEST_PATH)}…` : text;
}

/** A text of the file as it may stand in a message: short, in quotes, on one line, with nothing that moves a cursor. */
export function quoted(text: string): string {
  const short = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
  return visible(JSON.stringify(short));
}

/** Control, format and line-separating characters written out. */
export function visible(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
}

/** What stands there, in words. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  return String(value);
}
