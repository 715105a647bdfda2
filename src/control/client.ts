// The other end of the local socket: one request a connection, a deadline each, and faults that say what to do.
import { request } from 'node:http';
import type { Command } from '../model/command.ts';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { HandWish, PlanView, StatusView, WhyView } from '../model/view.ts';
import { ACTOR_HEADER, type CheckAnswer, type DoneAnswer, type HandAnswer, type JournalAnswer, type ReloadAnswer } from './protocol.ts';

interface ClientOptions {
  readonly socket: string;
  /** who asks, by name: goes into the journal, and into the advice when permission is missing */
  readonly actor: string;
  /** for an answer; `check` has its own, as it asks every device. Default 10 s */
  readonly answerMs?: number;
}

export interface JournalAsk {
  /** only records with a greater number, the first of them; absent: the newest */
  readonly after?: number;
  /** only records from this time on, ISO 8601 */
  readonly since?: string;
  readonly limit?: number;
}

/**
 * Faults of every method: `unreachable` (no service), `timeout` (one that runs and gives no answer), `unauthorized` (the
 * group is missing), `garbled` (not an answer of ours), `refused` (the service says no, and why), `unsupported` (it does not know such a request).
 */
export interface ControlClient {
  status(): Promise<Outcome<StatusView>>;
  plan(): Promise<Outcome<PlanView>>;
  why(rig?: string): Promise<Outcome<WhyView>>;
  journal(ask: JournalAsk): Promise<Outcome<JournalAnswer>>;
  check(rig?: string): Promise<Outcome<CheckAnswer>>;
  reload(): Promise<Outcome<ReloadAnswer>>;
  hand(wish: HandWish): Promise<Outcome<HandAnswer>>;
  command(command: Command): Promise<Outcome<DoneAnswer>>;
}

const ANSWER_MS = 10_000;
/** It looks first, and then does it, each with its own end. */
const HAND_MS = 15_000;
/** A little longer than the server gives its handler. */
const CHECK_MS = 80_000;
/** The answer for 1,000 rigs has about 400 kB. */
const MOST_ANSWER_BYTES = 16 * 1024 * 1024;

interface Ask {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** the fields that make the answer one of ours */
  readonly lists: readonly string[];
  readonly body?: string;
  readonly answerMs?: number;
}

interface Answered {
  readonly status: number;
  readonly body: string;
}

export function controlClient(options: ClientOptions): ControlClient {
  const get = <T>(path: string, lists: readonly string[], answerMs?: number): Promise<Outcome<T>> =>
    ask<T>(options, { method: 'GET', path, lists, ...(answerMs === undefined ? {} : { answerMs }) });
  return {
    status: () => get('/v1/status', ['notReady', 'ups', 'rigs', 'switches', 'notes']),
    plan: () => get('/v1/plan', ['ups', 'steps']),
    why: (rig) => get(`/v1/why${query({ rig })}`, ['say', 'because']),
    journal: ({ after, since, limit }) => get(`/v1/journal${query({ after, since, limit })}`, ['records']),
    check: (rig) => get(`/v1/check${query({ rig })}`, ['items'], CHECK_MS),
    // It waits for a check that is under way.
    reload: () => get('/v1/reload', ['say'], CHECK_MS),
    hand: (wish) => ask(options, { method: 'POST', path: '/v1/rig', lists: ['say'], body: JSON.stringify(wish), answerMs: HAND_MS }),
    command: (command) => ask(options, { method: 'POST', path: '/v1/command', lists: ['say'], body: JSON.stringify(command) }),
  };
}

async function ask<T>(options: ClientOptions, asking: Ask): Promise<Outcome<T>> {
  const answered = await exchange(options, asking);
  if (!answered.ok) return answered;
  const { status, body } = answered.value;
  const answer = parsed(body);
  if (answer === undefined) return failed('garbled', `${options.socket} does not answer as lastwattd does: is it the right socket?`);
  if (status === 200) {
    if (asking.lists.every((name) => Array.isArray(answer[name]))) return ok(answer as T);
    return failed(
      'garbled',
      `${options.socket} answers ${asking.path} in another version's words: install the same version of both`,
      'never',
    );
  }
  const say = text(answer.refused) ?? text(answer.error) ?? `HTTP status ${status}`;
  if (status === 409) return failed('refused', say);
  if (status >= 500) return failed('timeout', `the service says: ${say}`);
  return failed('unsupported', say);
}

function exchange({ socket, actor, answerMs = ANSWER_MS }: ClientOptions, asking: Ask): Promise<Outcome<Answered>> {
  const ms = asking.answerMs ?? answerMs;
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException): void => resolve(failureOf(error, { socket, actor, ms }));
    const headers = {
      host: 'lastwatt',
      // Only what a header can hold; the server checks it once more.
      [ACTOR_HEADER]: actor.replace(/[^A-Za-z0-9_.@-]/g, '_'),
      ...(asking.body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(asking.body) }),
    };
    const sent = request(
      { socketPath: socket, method: asking.method, path: asking.path, headers, agent: false, signal: AbortSignal.timeout(ms) },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('error', fail);
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          chunks.push(chunk);
          if (bytes <= MOST_ANSWER_BYTES) return;
          sent.destroy();
          resolve(failed('garbled', `${socket} answers without end: is it the right socket?`));
        });
        response.on('end', () => resolve(ok({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') })));
      },
    );
    sent.on('error', fail);
    sent.end(asking.body);
  });
}

function failureOf(error: NodeJS.ErrnoException, { socket, actor, ms }: { socket: string; actor: string; ms: number }): Outcome<never> {
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return failed('unreachable', `no service at ${socket}: start it (sudo systemctl start lastwatt), or name its socket with --socket`);
    case 'ECONNREFUSED':
      return failed(
        'unreachable',
        `no service answers at ${socket}, it has ended: see journalctl -u lastwatt, then sudo systemctl start lastwatt`,
      );
    case 'EACCES':
    case 'EPERM':
      return failed('unauthorized', `you may not use ${socket}: sudo usermod -aG lastwatt ${actor}, then log in again`);
    case 'ABORT_ERR':
      return failed('timeout', `the service at ${socket} did not answer in ${ms / 1000} s: see journalctl -u lastwatt`);
    case 'ECONNRESET':
    case 'EPIPE':
    case 'EAGAIN':
      // Somebody took the call: whoever would look at the devices himself must not take this for nobody.
      return failed(
        'timeout',
        `the service at ${socket} runs, and hung up: it has too many callers or is ending; try again in some seconds`,
      );
    default:
      return failed('garbled', `${socket} does not answer as lastwattd does (${error.code ?? error.name}): is it the right socket?`);
  }
}

function query(fields: Readonly<Record<string, string | number | undefined>>): string {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) given.set(key, String(value));
  return given.size === 0 ? '' : `?${given}`;
}

interface Answer {
  readonly refused?: unknown;
  readonly error?: unknown;
  readonly [field: string]: unknown;
}

function parsed(body: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
