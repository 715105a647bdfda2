// One question, one answer, each in a frame behind its length, over a TCP connection that lives no longer. The other end keeps
// it open after its answer, so the length alone says where that ends.
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import { FRAME_LIMIT, frameIn, frameOf } from '../wire/whatsminer-v3.ts';
import type { AddressBook } from './address-book.ts';

export interface FramedQuestion {
  readonly host: string;
  readonly port: number;
  readonly addresses: AddressBook;
  /** a text, without its frame */
  readonly payload: string;
  /** destroys the connection and settles at once */
  readonly signal: AbortSignal;
}

const CONNECT_MS = 2_000;
/** ms from connected to the whole answer */
const ANSWER_MS = 5_000;
const RETRY_AFTER_MS = 200;
/** Signs of life before an answer are passed over, but not for ever. */
const HEARD_LIMIT = FRAME_LIMIT + 64 * 1024;

/** What is in the frame of the answer. Refused once, it tries once more. Settles by `signal`, or 7.2 s; never rejects. */
export async function askFramed(question: FramedQuestion): Promise<Outcome<Uint8Array>> {
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

function attempt(address: string, where: string, { port, payload, signal }: FramedQuestion): Promise<Attempt> {
  return new Promise((resolve) => {
    const heard = new Heard(where);
    const socket = connect({ host: address, port, noDelay: true });
    const settle = (outcome: Outcome<Uint8Array>, refused = false): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve({ outcome, refused });
    };
    const onAbort = (): void => settle(failed('timeout', `${where} did not answer in time`));
    const noConnection = failed('unreachable', `${where} took no connection within ${CONNECT_MS / 1000} s`);
    let timer = setTimeout(() => settle(noConnection), CONNECT_MS);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('connect', () => {
      clearTimeout(timer);
      const late = failed('timeout', `${where} took the question and gave no whole answer within ${ANSWER_MS / 1000} s`);
      timer = setTimeout(() => settle(late), ANSWER_MS);
      socket.write(frameOf(payload));
    });
    socket.on('data', (chunk) => {
      const outcome = heard.take(chunk);
      if (outcome !== undefined) settle(outcome);
    });
    socket.on('end', () => settle(heard.end()));
    // Stays on after settling, so that a late error has somebody to hear it.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      settle(
        failed('unreachable', `${where} ${SENTENCES.get(error.code ?? '') ?? `broke the connection (${error.code ?? 'unknown'})`}`),
        error.code === 'ECONNREFUSED',
      );
    });
    socket.on('close', () => settle(failed('unreachable', `${where} broke the connection`)));
  });
}

const SENTENCES: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'refused the connection: nothing listens there (still starting, or its firmware has no such API)'],
  ['EHOSTUNREACH', 'cannot be reached (EHOSTUNREACH)'],
  ['ENETUNREACH', 'cannot be reached (ENETUNREACH)'],
  ['EHOSTDOWN', 'cannot be reached (EHOSTDOWN)'],
  ['ETIMEDOUT', 'cannot be reached (ETIMEDOUT)'],
]);

/** What has come over one connection. */
class Heard {
  readonly #where: string;
  #bytes = Buffer.alloc(0);

  constructor(where: string) {
    this.#where = where;
  }

  /** Undefined while more is to come. */
  take(chunk: Buffer): Outcome<Uint8Array> | undefined {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    const frame = frameIn(this.#bytes);
    if (typeof frame === 'object') return ok(frame.body);
    if (frame === 'more' && this.#bytes.length <= HEARD_LIMIT) return undefined;
    return failed('garbled', `${this.#where} sent no frame of at most ${FRAME_LIMIT} bytes: is this really the API 3 of a Whatsminer?`);
  }

  end(): Outcome<Uint8Array> {
    if (this.#bytes.length > 0) return failed('garbled', `${this.#where} closed in the middle of its answer`);
    return failed('refused', `${this.#where} closed without an answer: it takes ten connections at a time`, 'later');
  }
}
