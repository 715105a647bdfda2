// A login over HTTP that is given once, and its token or cookie with every question after it. Made anew when the device has
// forgotten it; and after a refusal nobody knocks again for some minutes, for a wrong password does not get better.
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { HttpAnswer } from '../wire/http-answer.ts';
import { parsed } from '../wire/json.ts';
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

/** ms after a refused login until the next one */
const REST_MS = 5 * 60_000;
/** Pages that are remembered for refusing whoever comes; a device has no more. */
const BARRED_LIMIT = 32;

const BARRED = 'lets us in, and then does not let us do it';

const byStatus = ({ status }: HttpAnswer): boolean => status === 401 || status === 403;

export class TokenSession {
  readonly #options: TokenSessionOptions;
  readonly #wants: (answer: HttpAnswer) => boolean;
  #granted: Readonly<Record<string, string>> | undefined;
  #refusedAtMs: number | undefined;
  /** pages that refused us right behind a login, and when, in monotonic ms: for their sake nobody logs in, and other pages are open */
  readonly #barred = new Map<string, number>();

  constructor(options: TokenSessionOptions) {
    this.#options = options;
    this.#wants = options.wants ?? byStatus;
  }

  /** As the device's own `ask`; what it did not do for want of a login is asked once more behind one. */
  async ask(question: HttpQuestion, signal: AbortSignal): Promise<Outcome<HttpAnswer>> {
    const first = await this.#send(question, signal);
    if (!first.ok || !this.#wants(first.value)) return first;
    const { path } = question;
    if (this.#granted !== undefined && this.#isBarred(path)) return this.#unauthorized(BARRED);
    this.#granted = undefined;
    const open = await this.#open(signal);
    if (!open.ok) return open;
    const second = await this.#send(question, signal);
    this.#barred.delete(path);
    if (!second.ok || !this.#wants(second.value)) return second;
    if (this.#barred.size >= BARRED_LIMIT) this.#barred.clear();
    this.#barred.set(path, this.#options.nowMs());
    return this.#unauthorized(BARRED);
  }

  #isBarred(path: string): boolean {
    const atMs = this.#barred.get(path);
    return atMs !== undefined && this.#options.nowMs() - atMs < REST_MS;
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
    const { status, body } = answer.value;
    // Half of an answer says nothing of the password: the next login may be whole.
    if (status >= 200 && status < 300 && parsed(body) === undefined) {
      return failed('garbled', `${device.where} broke off its answer to the login, or gave no JSON: restart it if that stays so`);
    }
    if (status === 429) return this.#refused('takes no login for now, for too many were tried');
    if (status < 500 && status !== 404) return this.#refused('does not take user and password');
    return failed('refused', `${device.where} gave no login (HTTP ${status}): see its page, and restart it`);
  }

  #refused(what: string): Outcome<never> {
    this.#granted = undefined;
    this.#refusedAtMs = this.#options.nowMs();
    return this.#unauthorized(what);
  }

  #unauthorized(what: string): Outcome<never> {
    return failed('unauthorized', `${this.#options.device.where} ${what}: correct username and the file of passwordFile`);
  }

  #send(question: HttpQuestion, signal: AbortSignal): Promise<Outcome<HttpAnswer>> {
    return this.#options.device.ask({ ...question, headers: { ...question.headers, ...this.#granted } }, signal);
  }
}
