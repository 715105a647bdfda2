// A login over HTTP that is given once, and its token or cookie with every question after it. Made anew when the device has
// forgotten it; and after a refusal nobody knocks again for some minutes, for a wrong password does not get better. One question
// that is denied to a user whose login is taken says nothing of the others.
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { HttpAnswer } from '../wire/http-answer.ts';
import type { HttpDevice, HttpQuestion } from './http-device.ts';

export interface TokenSessionOptions {
  readonly device: HttpDevice;
  /** monotonic ms */
  readonly nowMs: () => number;
  /** the question that logs in; undefined: no password is known */
  readonly login: HttpQuestion | undefined;
  /** ends a sentence that says that a password is wanted: give passwordFile */
  readonly without: string;
  /** what goes with every question, from the answer to the login; undefined: that was no agreement */
  readonly granted: (answer: HttpAnswer) => Readonly<Record<string, string>> | undefined;
  /** whether it wants to know who asks, and has not done what was asked; absent: 401 and 403 */
  readonly wants?: (answer: HttpAnswer) => boolean;
}

/** ms after a refused login until the next one, and after a question that was denied behind a good login until the next for its sake */
const REST_MS = 5 * 60_000;
/** Questions of which it is remembered that they are denied; no device is asked more different ones. */
const DENIED_LIMIT = 16;

const byStatus = ({ status }: HttpAnswer): boolean => status === 401 || status === 403;

export class TokenSession {
  readonly #options: TokenSessionOptions;
  readonly #wants: (answer: HttpAnswer) => boolean;
  #granted: Readonly<Record<string, string>> | undefined;
  #refusedAtMs: number | undefined;
  /** monotonic ms, by question */
  readonly #denied = new Map<string, number>();

  constructor(options: TokenSessionOptions) {
    this.#options = options;
    this.#wants = options.wants ?? byStatus;
  }

  /** As the device's own `ask`; what it did not do for want of a login is asked once more behind one. */
  async ask(question: HttpQuestion, signal: AbortSignal): Promise<Outcome<HttpAnswer>> {
    const first = await this.#send(question, signal);
    if (!first.ok || !this.#wants(first.value)) return first;
    if (this.#granted !== undefined && this.#isDenied(question)) return this.#denial();
    this.#granted = undefined;
    const open = await this.#open(signal);
    if (!open.ok) return open;
    const second = await this.#send(question, signal);
    if (!second.ok || !this.#wants(second.value)) return second;
    this.#deny(question);
    return this.#denial();
  }

  /** Whether it lets us in: logs in, and asks nothing. */
  check(signal: AbortSignal): Promise<Outcome> {
    return this.#open(signal);
  }

  async #open(signal: AbortSignal): Promise<Outcome> {
    const { device, login, without, nowMs } = this.#options;
    if (login === undefined) return failed('unauthorized', `${device.where} wants a password: ${without}`);
    if (this.#refusedAtMs !== undefined && nowMs() - this.#refusedAtMs < REST_MS) {
      const minutes = Math.ceil((this.#refusedAtMs + REST_MS - nowMs()) / 60_000);
      return failed(
        'unauthorized',
        `${device.where} refused user and password, and is asked again in ${minutes} min: correct them and reload`,
      );
    }
    const answer = await device.ask(login, signal);
    if (!answer.ok) return answer;
    this.#granted = this.#options.granted(answer.value);
    if (this.#granted !== undefined) {
      this.#refusedAtMs = undefined;
      return ok(undefined);
    }
    const { status } = answer.value;
    if (status === 429) return this.#refused('takes no login for now, for too many were tried');
    if (status < 500 && status !== 404) return this.#refused('does not take user and password');
    return failed('refused', `${device.where} gave no login (HTTP ${status}): see its page, and restart it`);
  }

  #isDenied(question: HttpQuestion): boolean {
    const sinceMs = this.#denied.get(nameOf(question));
    return sinceMs !== undefined && this.#options.nowMs() - sinceMs < REST_MS;
  }

  #deny(question: HttpQuestion): void {
    if (this.#denied.size >= DENIED_LIMIT) this.#denied.clear();
    this.#denied.set(nameOf(question), this.#options.nowMs());
  }

  #denial(): Outcome<never> {
    return failed('unauthorized', `${this.#options.device.where} lets us in, and then does not let us do it: give that user the right to`);
  }

  #refused(what: string): Outcome<never> {
    const { device, nowMs } = this.#options;
    this.#granted = undefined;
    this.#refusedAtMs = nowMs();
    return failed('unauthorized', `${device.where} ${what}: correct username and the file of passwordFile`);
  }

  #send(question: HttpQuestion, signal: AbortSignal): Promise<Outcome<HttpAnswer>> {
    return this.#options.device.ask({ ...question, headers: { ...question.headers, ...this.#granted } }, signal);
  }
}

function nameOf({ method = 'GET', path, body = '' }: HttpQuestion): string {
  return `${method} ${path} ${body}`;
}
