// Rigs under VNish (Antminers S19 to S21, L7, L9; also as AnthillOS), over its REST pages. A pause is `mining/stop`: boards go dark,
// the control board stays up. Whether it is still stopped after a power cut is a setting of its owner's.
import { z } from 'zod';
import { DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading, RigSettings } from '../model/rig.ts';
import { AskedSeldom } from '../transports/asked-seldom.ts';
import { deviceHost, devicePort, secretFile } from '../transports/endpoint.ts';
import { type HttpDevice, type HttpQuestion, httpDevice } from '../transports/http-device.ts';
import { tellingSettings } from '../transports/owners-settings.ts';
import type { HttpAnswer } from '../wire/http-answer.ts';
import {
  VNISH,
  type VnishInfo,
  type VnishStatus,
  vnishAgreementIn,
  vnishInfoIn,
  vnishLockIn,
  vnishLook,
  vnishMinerIn,
  vnishPresetWattsIn,
  vnishSettingsIn,
  vnishStatusIn,
  vnishTokenIn,
} from '../wire/vnish.ts';
import { type RigDriver, type RigKit, rigDriverKind, rigReading } from './port.ts';

const options = z
  .strictObject({
    host: deviceHost.describe('address of the rig'),
    port: devicePort(80).describe('port of its web page'),
    apiKeyFile: secretFile
      .optional()
      .describe('file with an API key of 32 characters, made on its page (System, API keys): better than the password'),
    passwordFile: secretFile
      .optional()
      .describe(
        'file with the password of its page, where there is no key; from the factory it is admin, and nothing is tried but what stands here',
      ),
  })
  .refine((given) => (given.apiKeyFile === undefined) !== (given.passwordFile === undefined), 'give either apiKeyFile or passwordFile');

export const vnish = rigDriverKind({
  name: 'vnish',
  maturity: 'simulated',
  about: 'Antminers under VNish or AnthillOS: stops and starts mining through its web page, and can be throttled.',
  options,
  defaults: {
    // 15 to 40 W stopped; the fans turn on for a while.
    pausedWatts: 30,
    // 5 to 20 s until it is stopped; the rest is for a second try.
    graceSeconds: 45,
    // Chips at 70 to 90 °C want their fans for 30 to 60 s.
    coolDownSeconds: 30,
    // 1 to 5 minutes from start to full rate.
    resumeMinutes: 3,
    restartMinutes: 6,
    // No pausePersists: its setting remain_stopped_on_reboot decides.
    answerSeconds: 15,
  },
  can: { read: true, pause: true, resume: true, halt: false, limit: true },
  secretFiles: ({ apiKeyFile, passwordFile }) => [apiKeyFile, passwordFile].filter((file) => file !== undefined),
  open: (given, kit) => {
    const rig = new Vnish(given, kit);
    const driver: RigDriver = {
      read: (signal, brief) => rig.read(signal, brief),
      pause: (signal) => rig.turn(VNISH.stop, ['paused'], signal),
      resume: (_mode, signal) => rig.turn(VNISH.start, ['hashing', 'starting'], signal),
      limitWatts: (watts, was, signal) => rig.limit(watts, percentOf(was), signal),
      reboot: (signal) => rig.reboot(signal),
      locate: (on, signal) => rig.locate(on, signal),
      mayOrder: (signal) => rig.mayOrder(signal),
      close: () => rig.close(),
    };
    return tellingSettings(driver, { nowMs: kit.nowMs, ask: (signal) => rig.settings(signal) });
  },
});

/** % of full power below which it can't be throttled */
const LEAST_PERCENT = 20;

/** % of full power that its owner throttles it to: of a reading from before our first limit. */
function percentOf(was: string | undefined): number {
  const told = Number.parseFloat(was ?? '');
  return told >= LEAST_PERCENT && told < 100 ? told : 100;
}

class Vnish {
  readonly #kit: RigKit;
  readonly #page: HttpDevice;
  readonly #door: Door;
  readonly #info: AskedSeldom<VnishInfo>;

  constructor({ host, port, apiKeyFile, passwordFile }: z.infer<typeof options>, kit: RigKit) {
    this.#kit = kit;
    this.#info = new AskedSeldom(kit.nowMs);
    this.#page = httpDevice({ host, port, who: 'VNish', addresses: kit.addresses, contacts: 1, answerLimit: 256 * 1024 });
    const file = apiKeyFile ?? passwordFile ?? '';
    this.#door = new Door(this.#page, {
      by: apiKeyFile === undefined ? 'password' : 'key',
      secret: kit.secrets.get(file),
      option: apiKeyFile === undefined ? 'passwordFile' : 'apiKeyFile',
      nowMs: kit.nowMs,
    });
  }

  read(signal: AbortSignal, brief?: 'brief'): Promise<Outcome<RigReading>> {
    return this.#page.run({ signal, urgent: brief !== undefined, work: (own) => this.#look(own) });
  }

  settings(signal: AbortSignal): Promise<Outcome<RigSettings | undefined>> {
    return this.#page.run({
      signal,
      urgent: false,
      work: async (own) => {
        const answer = await this.#door.peek({ path: VNISH.settings }, own);
        return answer.ok ? vnishSettingsIn(answer.value, this.#page) : answer;
      },
    });
  }

  /** An order that ends in one of these states; one that is refused and was not needed is done. */
  turn(path: string, wanted: readonly RigReading['state'][], signal: AbortSignal): Promise<Outcome> {
    return this.#order(signal, async (own) => {
      const done = await this.#tell(path, undefined, own);
      if (done.ok || done.fault.code !== 'refused') return done;
      const status = await this.#status(own);
      return status.ok && wanted.includes(vnishLook(status.value.word, undefined, undefined).state) ? DONE : done;
    });
  }

  /** By throttling, which is quick, restarts nothing and is of the watts of the preset that it runs; not by another preset. */
  limit(watts: number | undefined, was: number, signal: AbortSignal): Promise<Outcome> {
    return this.#order(signal, async (own) => {
      const asked = watts === undefined ? ok(was) : await this.#percentOf(watts, own);
      if (!asked.ok) return asked;
      const percent = Math.min(asked.value, was);
      const status = await this.#status(own);
      // A build that can't be throttled has no limit that could be taken back.
      if (status.ok && (status.value.throttled ?? (watts === undefined ? was : -1)) === percent) return DONE;
      return this.#tell(VNISH.throttle, { percent }, own);
    });
  }

  reboot(signal: AbortSignal): Promise<Outcome> {
    return this.#order(signal, (own) => this.#tell(VNISH.reboot, undefined, own));
  }

  /** Some builds turn the light over whatever they are told, so one that is as wanted is left alone. */
  locate(on: boolean, signal: AbortSignal): Promise<Outcome> {
    return this.#order(signal, async (own) => {
      const status = await this.#status(own);
      if (!status.ok) return status;
      if (status.value.blinks === on) return DONE;
      if (status.value.blinks === undefined)
        return failed('unsupported', `${this.#page.where} does not tell whether it blinks: use its page`, 'later');
      return this.#tell(VNISH.find, { on }, own);
    });
  }

  mayOrder(signal: AbortSignal): Promise<Outcome> {
    return this.#page.run({ signal, urgent: false, work: (own) => this.#door.mayEnter(own) });
  }

  close(): Promise<void> {
    return this.#page.close();
  }

  #order(signal: AbortSignal, work: (own: AbortSignal) => Promise<Outcome>): Promise<Outcome> {
    return this.#page.run({ signal, urgent: true, work });
  }

  async #tell(path: string, body: object | undefined, signal: AbortSignal): Promise<Outcome> {
    const said = await this.#door.ask({ method: 'POST', path, ...(body !== undefined && { body: JSON.stringify(body) }) }, signal);
    return said.ok ? vnishAgreementIn(said.value, this.#page) : said;
  }

  async #status(signal: AbortSignal): Promise<Outcome<VnishStatus>> {
    const open = await this.#page.ask({ path: VNISH.status }, signal);
    const answer = refuses(open) ? await this.#door.ask({ path: VNISH.status }, signal) : open;
    return answer.ok ? vnishStatusIn(answer.value, this.#page) : answer;
  }

  /** The state needs no login on most builds; where the login fails, only figures are missing. */
  async #look(signal: AbortSignal): Promise<Outcome<RigReading>> {
    const takenAtMs = this.#kit.nowMs();
    const status = await this.#status(signal);
    if (!status.ok) {
      this.#info.forget();
      return status;
    }
    const miner = vnishMinerIn(await this.#door.askEither({ path: VNISH.summary }, signal), this.#page);
    const { unit, ...who } = (await this.#whoItIs(signal)) ?? {};
    const { state, ...figures } = vnishLook(status.value.word, miner, unit);
    const { throttled } = status.value;
    const limit = throttled === undefined ? undefined : `${throttled} %`;
    return ok(rigReading({ rig: this.#kit.rig, takenAtMs, state }, { ...figures, ...who, limit }));
  }

  async #whoItIs(signal: AbortSignal): Promise<(VnishInfo & { readonly identityAtMs: number }) | undefined> {
    const ask = async (): Promise<VnishInfo | undefined> =>
      vnishInfoIn(await this.#door.askEither({ path: VNISH.info }, signal), this.#page);
    const info = await this.#info.get(undefined, ask);
    if (info === undefined) return undefined;
    // Its uptime is of whole minutes: the age of what is held on top of it would run ahead, fall back, and look like a boot.
    return { ...info.is, identityAtMs: info.askedAtMs };
  }

  async #percentOf(watts: number, signal: AbortSignal): Promise<Outcome<number>> {
    const { where } = this.#page;
    const full = vnishPresetWattsIn(await this.#door.askEither({ path: VNISH.preset }, signal), this.#page);
    if (full === undefined)
      return failed('refused', `${where} runs no preset of so many watts, so it takes no limit: choose one on its page`, 'later');
    const percent = Math.floor((100 * watts) / full);
    if (percent >= LEAST_PERCENT) return ok(Math.min(percent, 100));
    return failed('refused', `${where} can't be limited below ${LEAST_PERCENT} % of its ${full} W: pause it instead`, 'never');
  }
}

/** ms that no login is tried after one was refused, where the rig asks for no longer */
const REST_MS = 300_000;

interface Key {
  readonly by: 'key' | 'password';
  /** undefined: its file could not be read */
  readonly secret: string | undefined;
  /** that names its file */
  readonly option: string;
  /** monotonic ms */
  readonly nowMs: () => number;
}

/** Who we are to a VNish: a key in each question, or a token that a password is changed for and that is kept until it is refused. */
class Door {
  readonly #page: HttpDevice;
  readonly #key: Key;
  #token: string | undefined;
  /** Builds 1.2 want the token bare on most pages and as a bearer's on others; by the first part of the path. */
  readonly #bare = new Set<string>();
  /** Pages that refused a token just given, and when, in monotonic ms: no login is for their sake, and other pages are open. */
  readonly #barred = new Map<string, number>();
  /** monotonic ms until which nobody peeks by a key that was refused */
  #noPeekUntilMs = Number.NEGATIVE_INFINITY;
  /** monotonic ms until which no login is tried, and why */
  #closed: { readonly untilMs: number; readonly because: string } | undefined;

  constructor(page: HttpDevice, key: Key) {
    this.#page = page;
    this.#key = key;
  }

  /** As `ask`; where there is no login, without one. */
  async askEither(question: HttpQuestion, signal: AbortSignal): Promise<Outcome<HttpAnswer>> {
    const answer = await this.ask(question, signal);
    return answer.ok || answer.fault.code !== 'unauthorized' ? answer : this.#page.ask(question, signal);
  }

  /** By what is open already: nobody logs in for it, and what it is refused shuts nothing. */
  async peek(question: HttpQuestion, signal: AbortSignal): Promise<Outcome<HttpAnswer>> {
    const { by, secret } = this.#key;
    if (by === 'key' && secret !== undefined) return this.#peekByKey(secret, question, signal);
    if (this.#token !== undefined) return this.#with(this.#token, question, signal);
    return failed('unauthorized', `${this.#page.where} wants a login for it`);
  }

  /** A key that was refused is not shown again and again, by whichever question. */
  async #peekByKey(secret: string, question: HttpQuestion, signal: AbortSignal): Promise<Outcome<HttpAnswer>> {
    const nowMs = this.#key.nowMs();
    if (nowMs < Math.max(this.#closed?.untilMs ?? 0, this.#noPeekUntilMs))
      return failed('unauthorized', `${this.#page.where} refused its key`);
    const answer = await this.#page.ask({ ...question, headers: { 'x-api-key': secret } }, signal);
    if (refuses(answer)) this.#noPeekUntilMs = this.#key.nowMs() + REST_MS;
    return answer;
  }

  /** Any answer but a 401; at most one login. */
  async ask(question: HttpQuestion, signal: AbortSignal): Promise<Outcome<HttpAnswer>> {
    const { where } = this.#page;
    const { secret, by, option, nowMs } = this.#key;
    if (secret === undefined) {
      return failed('unauthorized', `${where} wants a login: the file of ${option} could not be read; mend it and reload`);
    }
    const left = (this.#closed?.untilMs ?? 0) - nowMs();
    if (this.#closed !== undefined && left > 0) {
      return failed('unauthorized', `${where} ${this.#closed.because}; it is tried again in ${Math.ceil(left / 60_000)} min`);
    }
    if (by === 'password') return this.#byToken(question, secret, signal);
    const answer = await this.#page.ask({ ...question, headers: { 'x-api-key': secret } }, signal);
    return refuses(answer)
      ? this.#shut('does not take the key: make one of 32 characters on its page and correct the file of apiKeyFile')
      : answer;
  }

  /** Asks only whether we may. */
  async mayEnter(signal: AbortSignal): Promise<Outcome> {
    const said = await this.ask({ path: VNISH.mayI }, signal);
    if (!said.ok) return said;
    // An older build has no such page, but it gave a token for the password.
    return said.value.status === 404 && this.#token !== undefined ? DONE : vnishAgreementIn(said.value, this.#page);
  }

  async #byToken(question: HttpQuestion, password: string, signal: AbortSignal): Promise<Outcome<HttpAnswer>> {
    const kept = this.#token;
    if (kept !== undefined) {
      const answer = await this.#with(kept, question, signal);
      if (!refuses(answer)) return answer;
      if (this.#isBarred(question.path)) return this.#barredFrom();
      // It grew old, or the rig was restarted.
      this.#token = undefined;
    }
    const fresh = await this.#unlock(password, signal);
    if (!fresh.ok) return fresh;
    this.#barred.delete(question.path);
    const answer = await this.#with(fresh.value, question, signal);
    if (!refuses(answer)) return answer;
    const part = partOf(question.path);
    this.#respell(part);
    const other = await this.#with(fresh.value, question, signal);
    if (!refuses(other)) return other;
    this.#respell(part);
    this.#barred.set(question.path, this.#key.nowMs());
    return this.#barredFrom();
  }

  #respell(part: string): void {
    if (!this.#bare.delete(part)) this.#bare.add(part);
  }

  #isBarred(path: string): boolean {
    const atMs = this.#barred.get(path);
    return atMs !== undefined && this.#key.nowMs() - atMs < REST_MS;
  }

  #barredFrom(): Outcome<never> {
    return failed('unauthorized', `${this.#page.where} took the password and refuses the token that it gave for it: restart it`);
  }

  #with(token: string, question: HttpQuestion, signal: AbortSignal): Promise<Outcome<HttpAnswer>> {
    const authorization = this.#bare.has(partOf(question.path)) ? token : `Bearer ${token}`;
    return this.#page.ask({ ...question, headers: { authorization } }, signal);
  }

  async #unlock(password: string, signal: AbortSignal): Promise<Outcome<string>> {
    const answer = await this.#page.ask({ method: 'POST', path: VNISH.unlock, body: JSON.stringify({ pw: password }) }, signal);
    if (!answer.ok) return answer;
    const locked = vnishLockIn(answer.value, this.#page);
    if (answer.value.status === 429)
      return this.#shut('wants no login for a while, for too many were wrong: correct the file of passwordFile', locked);
    if (isNo(answer.value.status)) return this.#shut('does not take the password: correct the file of passwordFile', locked);
    const token = vnishTokenIn(answer.value, this.#page);
    this.#closed = undefined;
    if (token.ok) this.#token = token.value;
    return token;
  }

  #shut(because: string, seconds = 0): Outcome<never> {
    this.#token = undefined;
    this.#closed = { untilMs: this.#key.nowMs() + Math.max(REST_MS, seconds * 1000), because };
    return failed('unauthorized', `${this.#page.where} ${because}`);
  }
}

/** What says no to a password: 403, and whatever else is laid to the asker's charge, but that there is no such page. */
function isNo(status: number): boolean {
  return status >= 400 && status < 500 && status !== 404 && status !== 405;
}

function refuses(answer: Outcome<HttpAnswer>): boolean {
  return answer.ok && answer.value.status === 401;
}

/** `mining` of /api/v1/mining/stop */
function partOf(path: string): string {
  return path.split('/')[3] ?? '';
}
