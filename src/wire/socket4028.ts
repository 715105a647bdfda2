// The cgminer socket protocol (port 4028): one request, one answer that ends with a NUL. Six families of miners speak it,
// some with broken JSON. Bytes to values and back, pure; the socket is the transport's work.
import { type Fault, failed, type Outcome, ok } from '../model/outcome.ts';
import { objectOf, parsed } from './json.ts';
import { nestsDeeper, PROCESS_DOWN, repaired, unwrapped } from './repair-4028.ts';
import { type Row, textOf, wholeOf } from './rows-4028.ts';

/** Answers above this are not looked at; the longest real ones are some 100 kB, and reading one costs some 30 bytes a byte. */
const ANSWER_LIMIT = 256 * 1024;
/** Rows of one section that are looked at; a miner has a handful of boards. */
const ROWS_LIMIT = 256;
/** Real answers nest some five deep. */
const DEPTH_LIMIT = 32;
/** The miner did what was asked, perhaps with a remark. */
const DONE_LETTERS: ReadonlySet<string> = new Set(['S', 'I', 'W']);

/** An answer whose JSON could be read; whether the miner agreed stands in `letter`. */
export interface Answer4028 {
  /** S success, I info, W warning: it did what was asked; E error, F fatal: it did not; `''`: it does not say */
  readonly letter: string;
  readonly code: number | undefined;
  /** what it says for people: control characters removed, at most 100 characters */
  readonly message: string;
  /** who answers, e.g. `cgminer 4.11.1` */
  readonly description: string | undefined;
  /** cut short; a missing row or field then means nothing */
  readonly truncated: boolean;
  /** the rows of a section such as `SUMMARY`; empty where the answer has none */
  rows(section: string): readonly Row[];
}

/** The one write of a request. `parameter` is a single text, with commas inside it where there are several. */
export function encode4028(command: string, parameter?: string): string {
  return JSON.stringify(parameter === undefined ? { command } : { command, parameter });
}

/** Any bytes in; an answer or a `garbled` fault out. Never throws. */
export function decode4028(bytes: Uint8Array): Outcome<Answer4028> {
  if (bytes.length > ANSWER_LIMIT) return failed('garbled', `an answer of over ${ANSWER_LIMIT} bytes`);
  const text = unwrapped(new TextDecoder().decode(bytes));
  if (text === '') return failed('garbled', 'an empty answer');
  if (PROCESS_DOWN.test(text)) return failed('unreachable', 'its miner process does not run (normal while some miners sleep)');
  if (nestsDeeper(text, DEPTH_LIMIT)) return failed('garbled', `an answer nested deeper than ${DEPTH_LIMIT}`);
  const strict = parsed(text);
  if (strict !== undefined) return answerFrom(strict, false);
  const mended = repaired(text);
  const lenient = parsed(mended.text);
  return lenient === undefined ? failed('garbled', `no JSON: ${forPeople(text, 40)}`) : answerFrom(lenient, mended.truncated);
}

/** What was asked of whom, for faults. */
export interface Asked {
  /** `host:port` */
  readonly where: string;
  readonly command: string;
}

/** What a transport brought, as a whole answer; the miner may still have said no in it. */
export function understood(outcome: Outcome<Uint8Array>, asked: Asked): Outcome<Answer4028> {
  if (!outcome.ok) return outcome;
  const answer = decode4028(outcome.value);
  if (!answer.ok) return located(answer.fault, asked);
  return answer.value.truncated ? located(failed('garbled', 'the answer was cut short').fault, asked) : answer;
}

/** Turns an answer in which the miner said no into the fault that it is. */
export function agreed(outcome: Outcome<Answer4028>, asked: Asked): Outcome<Answer4028> {
  if (!outcome.ok || DONE_LETTERS.has(outcome.value.letter)) return outcome;
  return located(refusalOf(outcome.value).fault, asked);
}

/** A socket to one miner, whoever holds it. */
export interface Socket4028 {
  /** `host:port` */
  readonly where: string;
  ask(payload: string, signal: AbortSignal): Promise<Outcome<Uint8Array>>;
}

/** A conversation: as many questions as `signal` leaves time for, each over a connection of its own. */
export class Talk4028 {
  readonly where: string;
  readonly #socket: Socket4028;
  readonly #signal: AbortSignal;

  constructor(socket: Socket4028, signal: AbortSignal) {
    this.where = socket.where;
    this.#socket = socket;
    this.#signal = signal;
  }

  /** Nothing more can be asked. */
  get isOver(): boolean {
    return this.#signal.aborted;
  }

  /** The same, which ends with this signal too. */
  until(signal: AbortSignal): Talk4028 {
    return new Talk4028(this.#socket, AbortSignal.any([this.#signal, signal]));
  }

  /** A whole answer; the miner may still have said no in it. */
  async ask(command: string, parameter?: string): Promise<Outcome<Answer4028>> {
    return understood(await this.#socket.ask(encode4028(command, parameter), this.#signal), { where: this.where, command });
  }

  /** The answer of a miner that did as it was asked. */
  async agree(command: string): Promise<Outcome<Answer4028>> {
    return agreed(await this.ask(command), { where: this.where, command });
  }
}

function located({ code, detail, retry }: Fault, { where, command }: Asked): { ok: false; fault: Fault } {
  return failed(code, `${where}: ${command}: ${detail}`, retry);
}

/** Codes as cgminer 4.11.1 gives them; LuxOS and others keep these and add their own. */
function refusalOf({ code, letter, message }: Answer4028): { readonly fault: Fault } {
  const said = `code ${code ?? 'none'}${message === '' ? '' : `: ${message}`}`;
  switch (code) {
    case 14:
      return failed('unsupported', `it does not know the command (${said})`);
    case 23:
    case 24:
      return failed('garbled', `it could not read the request (${said})`);
    case 45:
      return failed('unauthorized', `it does not let this machine give orders (${said})`);
    default:
      return letter === '' ? failed('garbled', 'an answer without a status') : failed('refused', `it refused (${said})`);
  }
}

/** Text from a device made fit for a message: one line, no control characters, at most `limit` characters. */
export function forPeople(text: string, limit = 100): string {
  const plain = text.slice(0, limit * 4).replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ');
  return plain.trim().slice(0, limit);
}

function answerFrom(value: unknown, truncated: boolean): Outcome<Answer4028> {
  const body = objectOf(value);
  if (body === undefined) return failed('garbled', 'an answer that is no JSON object');
  // An array of one object in nearly every answer; a bare letter in some (`BYE`), its code and text then beside it.
  const stated = body.get('STATUS');
  const status = typeof stated === 'string' ? body : (rowsIn(stated)[0] ?? new Map<string, unknown>());
  return ok({
    letter: forPeople(textOf(status, 'STATUS') ?? '', 8),
    code: wholeOf(status, 'Code'),
    message: forPeople(textOf(status, 'Msg') ?? ''),
    description: describe(textOf(status, 'Description')),
    truncated,
    rows: (section) => rowsIn(body.get(section)),
  });
}

function describe(text: string | undefined): string | undefined {
  const plain = forPeople(text ?? '');
  return plain === '' ? undefined : plain;
}

function rowsIn(value: unknown): readonly Row[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, ROWS_LIMIT).flatMap((entry: unknown) => objectOf(entry) ?? []);
}
