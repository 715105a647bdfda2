// One question, one answer, over a TCP connection that lives no longer: connect, one write, read to the end of the answer, close.
// For servers that serve nobody else, or few, while a connection is open, and that read only once.
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { AddressBook } from './address-book.ts';

export interface TcpQuestion {
  readonly host: string;
  readonly port: number;
  readonly addresses: AddressBook;
  /** as it is written */
  readonly payload: string | Uint8Array;
  /** destroys the connection and settles at once */
  readonly signal: AbortSignal;
  /** ms from connected to the whole answer. Default 5000. */
  readonly answerMs?: number;
}

/** Takes in one answer, over one connection. */
export interface Hearing {
  /** Undefined while more is to come. */
  take(chunk: Buffer): Outcome<Uint8Array> | undefined;
  /** the other end has closed */
  end(): Outcome<Uint8Array>;
}

/** How a kind of server answers. */
export interface Manner {
  /** why nothing may listen there, for people */
  readonly whyRefused: string;
  /** `where`: who answers, for faults */
  hearing(where: string): Hearing;
}

const CONNECT_MS = 2_000;
const ANSWER_MS = 5_000;
/** The accept queue of a miner is short, and its process opens the port some seconds after the machine answers. */
const RETRY_AFTER_MS = 200;
const ANSWER_LIMIT = 1024 * 1024;
const NUL = 0;

/** To a NUL or to the end. */
const TO_NUL: Manner = { whyRefused: 'still starting, or its miner process is down', hearing: (where) => new ToNul(where) };

/** The answer's bytes without the NUL. Refused once, it tries once more. Settles by `signal`, or 7.2 s; never rejects. */
export function askTcp(question: TcpQuestion): Promise<Outcome<Uint8Array>> {
  return askOnce(question, TO_NUL);
}

/** What the hearing makes of the answer. Refused once, it tries once more. Settles by `signal`, or 7.2 s; never rejects. */
export async function askOnce(question: TcpQuestion, manner: Manner): Promise<Outcome<Uint8Array>> {
  const { host, signal } = question;
  const where = `${host}:${question.port}`;
  if (signal.aborted) return failed('timeout', `${where} was not asked: no time left`);
  const address = question.addresses.addressOf(host);
  if (address === undefined) {
    question.addresses.refresh(host);
    return failed('unreachable', `${host} has never resolved to an address: write the address itself, or mend the name`);
  }
  const way = { ...question, address, where, manner };
  const first = await attempt(way);
  if (!first.refused || !(await sleep(RETRY_AFTER_MS, true, { signal }).catch(() => false))) return first.outcome;
  return (await attempt(way)).outcome;
}

interface Way extends TcpQuestion {
  readonly address: string;
  /** `host:port` */
  readonly where: string;
  readonly manner: Manner;
}

interface Attempt {
  readonly outcome: Outcome<Uint8Array>;
  /** nobody listened */
  readonly refused: boolean;
}

function attempt({ address, where, manner, port, payload, signal, answerMs = ANSWER_MS }: Way): Promise<Attempt> {
  return new Promise((resolve) => {
    const heard = manner.hearing(where);
    const socket = connect({ host: address, port, noDelay: true });
    const settle = (outcome: Outcome<Uint8Array>, refused = false): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve({ outcome, refused });
    };
    const onAbort = (): void => settle(failed('timeout', `${where} did not answer in time`));
    const connectFault = failed('unreachable', `${where} took no connection within ${CONNECT_MS / 1000} s`);
    let timer = setTimeout(() => settle(connectFault), CONNECT_MS);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('connect', () => {
      clearTimeout(timer);
      const answerFault = failed('timeout', `${where} took the question and gave no whole answer within ${answerMs / 1000} s`);
      timer = setTimeout(() => settle(answerFault), answerMs);
      socket.write(payload);
    });
    socket.on('data', (chunk) => {
      const outcome = heard.take(chunk);
      if (outcome !== undefined) settle(outcome);
    });
    socket.on('end', () => settle(heard.end()));
    // Stays on after settling, so that a late error has somebody to hear it.
    socket.on('error', (error: NodeJS.ErrnoException) =>
      settle(failed('unreachable', `${where} ${said(error, manner)}`), error.code === 'ECONNREFUSED'),
    );
    socket.on('close', () => settle(failed('unreachable', `${where} broke the connection`)));
  });
}

function said({ code = 'unknown' }: NodeJS.ErrnoException, { whyRefused }: Manner): string {
  switch (code) {
    case 'ECONNREFUSED':
      return `refused the connection: nothing listens there (${whyRefused})`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ETIMEDOUT':
      return `cannot be reached (${code})`;
    default:
      return `broke the connection (${code})`;
  }
}

class ToNul implements Hearing {
  readonly #where: string;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(where: string) {
    this.#where = where;
  }

  take(chunk: Buffer): Outcome<Uint8Array> | undefined {
    const end = chunk.indexOf(NUL);
    const part = end < 0 ? chunk : chunk.subarray(0, end);
    this.#chunks.push(part);
    this.#bytes += part.length;
    if (this.#bytes > ANSWER_LIMIT) return failed('garbled', `${this.#where} sent more than ${ANSWER_LIMIT} bytes`);
    return end < 0 ? undefined : ok(Buffer.concat(this.#chunks));
  }

  end(): Outcome<Uint8Array> {
    if (this.#bytes > 0) return ok(Buffer.concat(this.#chunks));
    // A miner closes without a word on whom its list of allowed addresses does not name.
    return failed('refused', `${this.#where} closed without an answer: does its list of allowed addresses name this machine?`, 'later');
  }
}
