// What of a log call may be printed: secrets are hidden, control characters escaped, everything is bounded. Pure.

/** Keys whose values are never printed, however deep. */
const SECRET_KEY =
  /^pass$|(password|passphrase|passwd)s?$|token|secret|cookie|authorization|credential|(^|[a-z_-])(api|private|access|session)[_-]?key|^key$|^auth$/i;
const HIDDEN = '[hidden]';

const TEXT_LENGTH = 1024;
const DEPTH = 6;
const MEMBERS = 40;
/** characters of one line, prefix included; journald would split at 48 KiB */
const LINE_LENGTH = 8192;

/** A value as JSON can carry it, without secrets. Never throws. */
export function printable(value: unknown, secrets: ReadonlySet<string>, depth = 0): unknown {
  try {
    return plain(value, secrets, depth);
  } catch {
    // A getter or a proxy that throws must not cost the line.
    return '[unreadable]';
  }
}

/** Hidden before it is shortened, so that no half of a secret is left at the cut. */
export function printableText(text: string, secrets: ReadonlySet<string>): string {
  let hidden = text;
  for (const secret of secrets) hidden = hidden.replaceAll(secret, HIDDEN);
  return hidden.length <= TEXT_LENGTH ? hidden : `${hidden.slice(0, TEXT_LENGTH)}… (${hidden.length - TEXT_LENGTH} more)`;
}

function plain(value: unknown, secrets: ReadonlySet<string>, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return printableText(value, secrets);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
      return value;
    case 'bigint':
      return String(value);
    case 'object':
      return value === null ? null : object(value, secrets, depth);
    default:
      return undefined;
  }
}

function object(value: object, secrets: ReadonlySet<string>, depth: number): unknown {
  if (depth >= DEPTH) return '[deeper]';
  if (value instanceof Error) return error(value, secrets, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '[no date]' : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value) || value instanceof Set) {
    const all = [...value];
    const shown = all.slice(0, MEMBERS).map((member) => printable(member, secrets, depth + 1) ?? null);
    return all.length > MEMBERS ? [...shown, `… (${all.length - MEMBERS} more)`] : shown;
  }
  return members(
    value instanceof Map ? [...value].map(([key, member]) => [String(key), member] as const) : Object.entries(value),
    secrets,
    depth,
  );
}

function members(entries: readonly (readonly [string, unknown])[], secrets: ReadonlySet<string>, depth: number): unknown {
  const shown = entries
    .slice(0, MEMBERS)
    .map(([key, member]) => [printableText(key, secrets), SECRET_KEY.test(key) ? HIDDEN : printable(member, secrets, depth + 1)] as const);
  // fromEntries defines its keys, so that "__proto__" is a key like any other.
  const result: Record<string, unknown> = Object.fromEntries(shown);
  if (entries.length > MEMBERS) result['…'] = `${entries.length - MEMBERS} more`;
  return result;
}

function error(value: Error, secrets: ReadonlySet<string>, depth: number): unknown {
  return {
    error: printableText(value.message, secrets),
    ...('code' in value && { code: printable(value.code, secrets, depth + 1) }),
    ...(value.stack !== undefined && { stack: printableText(value.stack, secrets) }),
    ...(value.cause !== undefined && { cause: printable(value.cause, secrets, depth + 1) }),
  };
}

export interface Line {
  readonly level: string;
  /** the syslog priority */
  readonly priority: number;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** For journald, which reads the priority from the prefix and drops it. One line, valid JSON after the prefix, whatever came in. */
export function journaldLine(line: Line): string {
  const prefix = `<${line.priority}>`;
  const whole = escaped(JSON.stringify({ ...line.facts, level: line.level, message: line.message }));
  if (prefix.length + whole.length <= LINE_LENGTH) return prefix + whole;
  return prefix + escaped(JSON.stringify({ level: line.level, message: line.message, cut: `${whole.length} characters of facts` }));
}

/** For a person at a terminal. */
export function terminalLine(line: Line, wallMs: number): string {
  const at = new Date(wallMs).toTimeString().slice(0, 8);
  const facts = Object.entries(line.facts).map(
    ([key, value]) => ` ${key}=${typeof value === 'string' && !/\s/.test(value) ? value : JSON.stringify(value)}`,
  );
  const whole = escaped(`${at} ${line.level.padEnd(7)} ${line.message}${facts.join('')}`);
  return whole.length <= LINE_LENGTH ? whole : `${whole.slice(0, LINE_LENGTH)}…`;
}

/** Control characters, line separators and those that turn the direction of text: a device may send them to forge a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const TRICKY = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

function escaped(text: string): string {
  return text.replace(TRICKY, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
