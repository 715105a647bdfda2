// One question, one answer, over a TCP connection that lives no longer: connect, one write, read to a NUL or to the end,
// close. For single-threaded servers that serve nobody else while a connection is open, and that read only once.
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { AddressBook } from './address-book.ts';

export interface TcpQuestion {
  readonly host: string;
  readonly port: number;
  readonly addresses: AddressBook;
  readonly payload: string;
  /** destroys the connection and settles at once */
  readonly signal: AbortSignal;
  /** ms from connected to the whole answer. Default 5000. */
  readonly answerMs?: number;
}

const CONNECT_MS = 2_000;
const ANSWER_MS = 5_000;
/** The accept queue of a miner is short, and its process opens the port some seconds after the machine answers. */
const RETRY_AFTER_MS = 200;
const ANSWER_LIMIT = 1024 * 1024;
const NUL = 0;

/** The answer's bytes without the NUL. Refused once, it tries once more. Settles by `signal`, or 7.2 s; never rejects. */
export async function askTcp(question: TcpQuestion): Promise<Outcome<Uint8Array>> {
  const { host, signal } = question;
  const where = `${host}:${question.port}`;
  if (signal.aborted) return failed('timeout', `${where} was not asked: no time left`);
  const address = question.addresses.addressOf(host);
  if (address === undefined) {
    question.addresses.refresh(host);
    return failed('unreachable', `${host} has never resolved to an address: write the address itself, or mend the name`);
  }
  const first = await attempt(address, where, question);
  if (!first.refused || !(await sleep(RETRY_AFTER_MS, true, { signal }).catch(() => false))) return first.outcome;
  return (await attempt(address, where, question)).outcome;
}

interface Attempt {
  readonly outcome: Outcome<Uint8Array>;
  /** nobody listened */
  readonly refused: boolean;
}

function attempt(address: string, where: string, question: TcpQuestion): Promise<Attempt> {
  const { port, payload, signal } = question;
  const answerMs = question.answerMs ?? ANSWER_MS;
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
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
      const end = chunk.indexOf(NUL);
      chunks.push(end < 0 ? chunk : chunk.subarray(0, end));
      bytes += end < 0 ? chunk.length : end;
      if (bytes > ANSWER_LIMIT) settle(failed('garbled', `${where} sent more than ${ANSWER_LIMIT} bytes`));
      else if (end >= 0) settle(ok(Buffer.concat(chunks)));
    });
    // A miner closes without a word on whom its list of allowed addresses does not name.
    const unheard = failed('refused', `${where} closed without an answer: does its list of allowed addresses name this machine?`, 'later');
    socket.on('end', () => settle(bytes === 0 ? unheard : ok(Buffer.concat(chunks))));
    // Stays on after settling, so that a late error has somebody to hear it.
    socket.on('error', (error: NodeJS.ErrnoException) => settle(failed('unreachable', said(where, error)), error.code === 'ECONNREFUSED'));
    socket.on('close', () => settle(failed('unreachable', `${where} broke the connection`)));
  });
}

function said(where: string, error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return `${where} refused the connection: nothing listens there (still starting, or its miner process is down)`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ETIMEDOUT':
      return `${where} cannot be reached (${error.code})`;
    default:
      return `${where} broke the connection (${error.code ?? 'unknown'})`;
  }
}
