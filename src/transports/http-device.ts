// A device that takes orders over HTTP: one conversation at a time, a connection a question, a deadline and a bound on
// everything. Goes to the address that is known, follows no redirect, and repeats only what the device did not take (401).
import { randomBytes } from 'node:crypto';
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { codeOf, failed, messageOf, type Outcome, ok } from '../model/outcome.ts';
import type { Answerer, HttpAnswer } from '../wire/http-answer.ts';
import { authorization, bestChallenge, type Challenge, parseChallenges } from '../wire/http-auth.ts';
import type { AddressBook } from './address-book.ts';
import { deviceLane, type Lane } from './device-lane.ts';

export interface HttpLogin {
  readonly username: string;
  /** undefined: none is known; why it is not is said by `without` */
  readonly password: string | undefined;
  /** ends a sentence that says that a password is wanted: give passwordFile */
  readonly without: string;
}

export interface HttpQuestion {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** path and query; never in a fault, for it may hold a password */
  readonly path: string;
  /** for the methods that carry one */
  readonly body?: string;
  /** of the body; absent: JSON */
  readonly contentType?: string;
  /** beside those of every question, such as a token; never in a fault */
  readonly headers?: Readonly<Record<string, string>>;
  /** ms from connected to the end of the answer, for what is known to be slow; absent: 5 s */
  readonly answerMs?: number;
  /** the ways of headers to say who we are that this device is known to have; absent: none, and a 401 is an answer as any other */
  readonly takes?: readonly Challenge['scheme'][];
  /** told, for each time that it is asked, first false, and true once it is on its way: a fault before that is of a question never put */
  readonly put?: (is: boolean) => void;
}

export interface HttpDeviceOptions {
  readonly host: string;
  readonly port: number;
  /** what it is meant to be, in faults: the Shelly */
  readonly who: string;
  readonly login?: HttpLogin;
  readonly addresses: AddressBook;
  /** contacts that share it; each may have an order and a reading wait. A rig is one. */
  readonly contacts: number;
  /** bytes of an answer that are read; absent: 64 KiB */
  readonly answerLimit?: number;
}

export interface HttpDevice extends Lane, Answerer {
  /** One question; to be asked within a turn of its lane. A whole answer of any status but a redirect, and 401 as `takes` says; never rejects. */
  ask(question: HttpQuestion, signal: AbortSignal): Promise<Outcome<HttpAnswer>>;
}

const CONNECT_MS = 2_000;
/** ms from connected to the end of the answer, where a question names no other */
const ANSWER_MS = 5_000;
const ANSWER_LIMIT = 64 * 1024;
const WAITING_PER_CONTACT = 3;
/** Answers to challenges of one question. */
const ROUNDS = 2;

/** Looks its name up now, in calm. */
export function httpDevice(options: HttpDeviceOptions): HttpDevice {
  options.addresses.refresh(options.host);
  const where = `${options.host}:${options.port}`;
  const client = new HttpClient(options, where);
  return {
    where,
    who: options.who,
    ...deviceLane(where, WAITING_PER_CONTACT * options.contacts),
    ask: (question, signal) => client.ask(question, signal),
  };
}

interface Raw extends HttpAnswer {
  readonly challenges: readonly string[];
}

function saysStale({ challenges }: Raw): boolean {
  return parseChallenges(challenges).some((challenge) => challenge.scheme === 'digest' && challenge.stale);
}

class HttpClient {
  readonly #options: HttpDeviceOptions;
  readonly #where: string;
  /** the challenge that was answered last, so that the next question need not be asked twice */
  #known: { readonly challenge: Challenge; count: number } | undefined;

  constructor(options: HttpDeviceOptions, where: string) {
    this.#options = options;
    this.#where = where;
  }

  async ask(question: HttpQuestion, signal: AbortSignal): Promise<Outcome<HttpAnswer>> {
    const before = this.#known?.challenge;
    let answer = await this.#send(question, signal);
    const { takes } = question;
    for (let round = 0; round < ROUNDS; round++) {
      if (!answer.ok || answer.value.status !== 401 || takes === undefined) return this.#judged(answer);
      // A 401 was not carried out, so it may be asked again with an answer to what the device wants: once, and once more where
      // it says itself that its challenge went stale meanwhile, as where it keeps a single one for all who ask.
      if (round > 0 && !saysStale(answer.value)) break;
      const asked = this.#challenged(takes, answer.value.challenges, before);
      if (!asked.ok) return asked;
      answer = await this.#send(question, signal);
    }
    if (!answer.ok || answer.value.status !== 401) return this.#judged(answer);
    this.#known = undefined;
    return this.#wrongPassword();
  }

  /** Takes up the challenge of an answer; a fault where it can't be met. */
  #challenged(takes: readonly Challenge['scheme'][], values: readonly string[], before: Challenge | undefined): Outcome {
    const { login, who } = this.#options;
    const challenge = bestChallenge(parseChallenges(values), takes);
    this.#known = undefined;
    if (challenge === undefined) {
      return failed('unauthorized', `${this.#where} wants a login of a kind that ${who} is not known to have: is this really ${who}?`);
    }
    if (login?.password === undefined) {
      return failed('unauthorized', `${this.#where} wants a password: ${login?.without ?? 'take the password off it'}`);
    }
    // The same words once more would be refused once more; only a nonce grows old.
    if (before?.scheme === 'basic' && challenge.scheme === 'basic') return this.#wrongPassword();
    this.#known = { challenge, count: 0 };
    return ok(undefined);
  }

  #wrongPassword(): Outcome<never> {
    return failed('unauthorized', `${this.#where} does not take user and password: correct username and the file of passwordFile`);
  }

  #judged(outcome: Outcome<Raw>): Outcome<HttpAnswer> {
    if (!outcome.ok) return outcome;
    const { status } = outcome.value;
    if (status < 300 || status > 399) return outcome;
    return failed(
      'garbled',
      `${this.#where} sends us on to another page (HTTP ${status}), where nobody goes: is this really ${this.#options.who}?`,
    );
  }

  #authorization({ method = 'GET', path }: HttpQuestion): string | undefined {
    const { login } = this.#options;
    if (this.#known === undefined || login?.password === undefined) return undefined;
    this.#known.count += 1;
    const use = { method, uri: path, count: this.#known.count, cnonce: randomBytes(12).toString('base64url') };
    return authorization(this.#known.challenge, { username: login.username, password: login.password }, use);
  }

  #send(question: HttpQuestion, signal: AbortSignal): Promise<Outcome<Raw>> {
    const { host, port, addresses } = this.#options;
    question.put?.(false);
    if (signal.aborted) return Promise.resolve(failed('timeout', `${this.#where} was not asked: no time left`));
    const address = addresses.addressOf(host);
    if (address === undefined) {
      addresses.refresh(host);
      return Promise.resolve(failed('unreachable', `${host} has never resolved to an address: write the address itself, or mend the name`));
    }
    return exchange({
      address,
      port,
      where: this.#where,
      question,
      authorization: this.#authorization(question),
      limit: this.#options.answerLimit ?? ANSWER_LIMIT,
      signal,
    });
  }
}

interface Exchange {
  readonly address: string;
  readonly port: number;
  readonly where: string;
  readonly question: HttpQuestion;
  readonly authorization: string | undefined;
  /** bytes */
  readonly limit: number;
  readonly signal: AbortSignal;
}

function exchange({ address, port, where, question, authorization, limit, signal }: Exchange): Promise<Outcome<Raw>> {
  const { method = 'GET', path, body, answerMs = ANSWER_MS } = question;
  return new Promise((resolve) => {
    const settle = (outcome: Outcome<Raw>): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      request?.destroy();
      resolve(outcome);
    };
    const onAbort = (): void => settle(failed('timeout', `${where} did not answer in time`));
    const noConnection = failed('unreachable', `${where} took no connection within ${CONNECT_MS / 1000} s: is it lit, and on the network?`);
    let timer = setTimeout(() => settle(noConnection), CONNECT_MS);
    const connected = (): void => {
      clearTimeout(timer);
      question.put?.(true);
      timer = setTimeout(() => settle(failed('timeout', `${where} gave no whole answer within ${answerMs / 1000} s`)), answerMs);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    let request: ReturnType<typeof httpRequest> | undefined;
    try {
      request = httpRequest({
        host: address,
        port,
        method,
        path,
        headers: headersOf(question, authorization),
        // A connection of its own, closed behind the answer.
        agent: false,
        // Some of these devices write headers that a strict reader throws away.
        insecureHTTPParser: true,
      });
    } catch (error) {
      return settle(failed('unsupported', `${where} was not asked (${codeOf(error) ?? 'no request'}): look at its options`));
    }
    request.on('socket', (socket) => socket.setNoDelay(true).once('connect', connected));
    request.on('response', (response) => collect(response, { where, limit }, settle));
    // Stays on after settling, so that a late error has somebody to hear it.
    request.on('error', (error) => settle(broken(where, error)));
    request.end(body);
  });
}

function headersOf(
  { body, contentType = 'application/json', headers }: HttpQuestion,
  authorization: string | undefined,
): OutgoingHttpHeaders {
  return {
    accept: 'application/json',
    ...(authorization !== undefined && { authorization }),
    ...(body !== undefined && { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }),
    ...headers,
  };
}

function collect(
  response: IncomingMessage,
  { where, limit }: Pick<Exchange, 'where' | 'limit'>,
  settle: (outcome: Outcome<Raw>) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const half = failed('unreachable', `${where} broke off in the middle of its answer`);
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limit) settle(failed('garbled', `${where} sent more than ${Math.floor(limit / 1024)} KiB: is this the right device?`));
    else chunks.push(chunk);
  });
  response.on('end', () => {
    if (!response.complete) return settle(half);
    settle(
      ok({
        status: response.statusCode ?? 0,
        body: Buffer.concat(chunks).toString('utf8'),
        challenges: response.headersDistinct['www-authenticate'] ?? [],
        cookies: response.headersDistinct['set-cookie'] ?? [],
      }),
    );
  });
  response.on('error', () => settle(half));
}

const SENTENCES = new Map<string, string>([
  ['ECONNREFUSED', 'refused the connection: nothing listens there; look at its port, or wait until it has started'],
  ['EHOSTUNREACH', 'cannot be reached; look at cable, switch and address'],
  ['ENETUNREACH', 'cannot be reached; look at cable, switch and address'],
  ['EHOSTDOWN', 'cannot be reached; is it lit?'],
  ['ETIMEDOUT', 'cannot be reached; is it lit?'],
]);

function broken(where: string, error: unknown): Outcome<never> {
  const code = codeOf(error) ?? messageOf(error);
  if (code.startsWith('HPE_')) return failed('garbled', `${where} answers no HTTP (${code}): is this the right port?`);
  return failed('unreachable', `${where} ${SENTENCES.get(code) ?? `broke the connection (${code})`}`);
}
