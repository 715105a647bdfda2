// The miner's end of the cgminer socket protocol: reads a request, writes an answer. For our fakes. Pure.

export interface Request4028 {
  readonly command: string;
  /** the single parameter text, split at its commas */
  readonly parameters: readonly string[];
}

/** A request, or the code that cgminer 4.11.1 answers instead: 23 (no JSON), 24 (no `command`). */
export function decodeRequest4028(text: string): Request4028 | { readonly code: 23 | 24 } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { code: 23 };
  }
  if (typeof value !== 'object' || value === null) return { code: 23 };
  const { command, parameter } = value as { readonly command?: unknown; readonly parameter?: unknown };
  if (typeof command !== 'string' || command === '') return { code: 24 };
  return { command, parameters: typeof parameter === 'string' && parameter !== '' ? parameter.split(',') : [] };
}

export interface Reply4028 {
  readonly letter: 'S' | 'I' | 'W' | 'E' | 'F';
  readonly code: number;
  readonly message: string;
  /** sections such as `SUMMARY`, each an array of rows */
  readonly sections?: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
}

/** One answer as it goes over the wire, NUL included. `who`: the text of `Description`. */
export function encodeReply4028(reply: Reply4028, who: string): string {
  const status = { STATUS: reply.letter, When: 0, Code: reply.code, Msg: reply.message, Description: who };
  return `${JSON.stringify({ STATUS: [status], ...reply.sections, id: 1 })}\0`;
}
