// T-Rex on a computer with NVIDIA cards, over its HTTP API: pause and resume of all cards, or of those that its owner lets hash. It
// comes back hashing after every restart. It tells the watts of its cards, and not those of the computer around them.
import { z } from 'zod';
import { DONE, type FaultCode, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading, RigSettings } from '../model/rig.ts';
import { deviceHost, devicePort, secretFile } from '../transports/endpoint.ts';
import { type HttpDevice, httpDevice } from '../transports/http-device.ts';
import { tellingSettings } from '../transports/owners-settings.ts';
import { secretOf } from '../transports/secret-of.ts';
import type { HttpAnswer } from '../wire/http-answer.ts';
import type { Row } from '../wire/rows-4028.ts';
import {
  TREX,
  type TrexSeen,
  trexBodyIn,
  trexCardsOf,
  trexDenialIn,
  trexPause,
  trexSessionIn,
  trexSettingsIn,
  trexSummaryIn,
  trexWordIn,
} from '../wire/trex.ts';
import { type RigDriver, type RigKit, rigDriverKind, rigReading } from './port.ts';

const options = z.strictObject({
  host: deviceHost.describe('address of the computer it runs on; T-Rex wants --api-bind-http 0.0.0.0:4067 to be reached'),
  port: devicePort(4067).describe('port of its --api-bind-http'),
  passwordFile: secretFile
    .optional()
    .describe(
      'file with the password that its --api-key was made from (t-rex --api-generate-key PASSWORD), not the key itself; without a key it takes no orders (since 0.20). There is none from the factory',
    ),
});

export const trex = rigDriverKind({
  name: 'trex',
  maturity: 'simulated',
  about:
    'T-Rex on NVIDIA cards, over HTTP; wants --api-key to take orders. Its watts are those of the cards alone: measure watts and pausedWatts.',
  options,
  defaults: {
    // Six cards at 15 W, and a computer that idles; what it is for yours only a meter says.
    pausedWatts: 150,
    // Cards stand still within 1 to 3 s.
    graceSeconds: 20,
    coolDownSeconds: 15,
    // 5 to 20 s: the DAG is built anew.
    resumeMinutes: 0.5,
    restartMinutes: 4,
    pausePersists: false,
    answerSeconds: 15,
  },
  can: { read: true, pause: true, resume: true, halt: false },
  secretFiles: ({ passwordFile }) => (passwordFile === undefined ? [] : [passwordFile]),
  open: trexRig,
});

function trexRig({ host, port, passwordFile }: z.infer<typeof options>, kit: RigKit): RigDriver {
  const device = httpDevice({ host, port, who: 'T-Rex', addresses: kit.addresses, contacts: 1 });
  const talk = new TrexTalk(device, {
    ...secretOf(kit.secrets, passwordFile, 'name the file with it, passwordFile'),
    nowMs: kit.nowMs,
  });
  const order = (signal: AbortSignal, work: (own: AbortSignal) => Promise<Outcome>): Promise<Outcome> =>
    device.run({ signal, urgent: true, work });
  const driver: RigDriver = {
    read: (signal, brief) => device.run({ signal, urgent: brief !== undefined, work: (own) => look(talk, kit, own) }),
    pause: (signal) => order(signal, (own) => talk.order(true, [], own)),
    resume: (mode, signal) => order(signal, (own) => talk.order(false, trexCardsOf(mode), own)),
    mayOrder: (signal) => device.run({ signal, urgent: false, work: (own) => talk.mayOrder(own) }),
    close: () => device.close(),
  };
  return tellingSettings(driver, {
    nowMs: kit.nowMs,
    ask: (signal) => device.run({ signal, urgent: false, work: (own) => talk.settings(own) }),
  });
}

async function look(talk: TrexTalk, kit: RigKit, signal: AbortSignal): Promise<Outcome<RigReading>> {
  const takenAtMs = kit.nowMs();
  const seen = await talk.summary(signal);
  if (!seen.ok) return seen;
  const { state, cards: _cards, ...rest } = seen.value;
  // Of the cards alone, by their own sensors: less than what the plug gives.
  const wattsFrom = rest.watts === undefined ? undefined : 'estimated';
  return ok(rigReading({ rig: kit.rig, takenAtMs, state }, { ...rest, wattsFrom }));
}

interface Login {
  readonly password: string | undefined;
  /** ends a sentence that says that a password is wanted */
  readonly without: string;
  readonly nowMs: () => number;
}

/** ms after a refused login until the next one */
const REST_MS = 5 * 60_000;

class TrexTalk {
  readonly #device: HttpDevice;
  readonly #login: Login;
  #sid: string | undefined;
  #refusedAtMs: number | undefined;

  constructor(device: HttpDevice, login: Login) {
    this.#device = device;
    this.#login = login;
  }

  async summary(signal: AbortSignal): Promise<Outcome<TrexSeen>> {
    const body = await this.#ask(TREX.summary, {}, signal);
    return body.ok ? trexSummaryIn(body.value, this.#device) : body;
  }

  /** Only where it shows its configuration to whoever asks: the word that names a session would be a parameter, which that page writes. */
  async settings(signal: AbortSignal): Promise<Outcome<RigSettings | undefined>> {
    const answer = await this.#device.ask({ path: TREX.config }, signal);
    if (!answer.ok) return answer;
    const body = this.#bodyIn(answer.value);
    if (!body.ok) return body;
    return trexDenialIn(answer.value, body.value) === undefined
      ? ok(trexSettingsIn(body.value))
      : this.#no('unsupported', 'shows its configuration to nobody without a login');
  }

  /**
   * `cards`: none named is all. 0.19.10 agrees to the form for all and does nothing, so that cards which do not say that they
   * obeyed are named one by one; to those that are merely slow to say it, it does no harm.
   */
  async order(pause: boolean, cards: readonly number[], signal: AbortSignal): Promise<Outcome> {
    const said = await this.#control(trexPause(pause, cards), signal);
    if (!said.ok || cards.length > 0) return said;
    const seen = await this.summary(signal);
    if (!seen.ok) return said;
    const rest = seen.value.cards.filter(({ paused }) => paused !== pause).flatMap(({ id }) => id ?? []);
    return rest.length === 0 ? said : this.#control(trexPause(pause, rest), signal);
  }

  /** By its login; one that has none is asked for nothing in particular. */
  async mayOrder(signal: AbortSignal): Promise<Outcome> {
    if (this.#login.password !== undefined && this.#sid === undefined) {
      const open = await this.#open(signal);
      if (!open.ok) return open;
    }
    const asked = await this.#ask(TREX.control, {}, signal);
    return asked.ok ? DONE : asked;
  }

  async #control(pause: string, signal: AbortSignal): Promise<Outcome> {
    const body = await this.#ask(TREX.control, { pause }, signal);
    return body.ok ? trexWordIn(body.value, this.#device) : body;
  }

  /** What it did not do for want of a login is asked once more behind one. */
  async #ask(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Outcome<Row>> {
    const first = await this.#send(path, query, signal);
    if (!first.ok || first.value.denial === undefined) return first.ok ? ok(first.value.body) : first;
    if (first.value.denial === 'read-only' && (this.#sid !== undefined || this.#login.password === undefined)) return this.#readOnly();
    this.#sid = undefined;
    const open = await this.#open(signal);
    if (!open.ok) return open;
    const second = await this.#send(path, query, signal);
    if (!second.ok || second.value.denial === undefined) return second.ok ? ok(second.value.body) : second;
    return second.value.denial === 'read-only' ? this.#readOnly() : this.#refused('lets us in, and then does not let us do it');
  }

  async #send(
    path: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Outcome<{ readonly body: Row; readonly denial: ReturnType<typeof trexDenialIn> }>> {
    const words = Object.entries(this.#sid === undefined ? query : { ...query, sid: this.#sid });
    // Its list of cards is named with bare colons and commas, as in its documentation.
    const line = words.map(([name, value]) => `${name}=${value}`).join('&');
    const answer = await this.#device.ask({ path: line === '' ? path : `${path}?${line}` }, signal);
    if (!answer.ok) return answer;
    const body = this.#bodyIn(answer.value);
    return body.ok ? ok({ body: body.value, denial: trexDenialIn(answer.value, body.value) }) : body;
  }

  async #open(signal: AbortSignal): Promise<Outcome> {
    const { password, without, nowMs } = this.#login;
    const { where } = this.#device;
    if (password === undefined) return this.#no('unauthorized', `wants a password: ${without}`);
    const since = this.#refusedAtMs === undefined ? undefined : nowMs() - this.#refusedAtMs;
    if (since !== undefined && since < REST_MS) {
      const minutes = Math.ceil((REST_MS - since) / 60_000);
      return failed('unauthorized', `${where} refused the password, and is asked again in ${minutes} min: correct it and reload`);
    }
    const answer = await this.#device.ask({ path: `${TREX.login}?password=${encodeURIComponent(password)}` }, signal);
    if (!answer.ok) return answer;
    const body = this.#bodyIn(answer.value);
    if (!body.ok) return body;
    this.#sid = trexSessionIn(body.value);
    if (this.#sid === undefined) return this.#refused('does not take the password');
    this.#refusedAtMs = undefined;
    return DONE;
  }

  /** One that wants a login may say so with a page in place of JSON. */
  #bodyIn(answer: HttpAnswer): Outcome<Row> {
    const body = trexBodyIn(answer, this.#device);
    return body.ok || (answer.status !== 401 && answer.status !== 403) ? body : ok(new Map());
  }

  #refused(what: string): Outcome<never> {
    this.#sid = undefined;
    this.#refusedAtMs = this.#login.nowMs();
    return this.#no('unauthorized', `${what}: passwordFile wants the password that its --api-key was made from, not the key`);
  }

  #readOnly(): Outcome<never> {
    return this.#no(
      'unauthorized',
      'takes orders from nobody: start T-Rex with --api-key (and without --api-read-only), and name the file with the password here, passwordFile',
    );
  }

  #no(code: FaultCode, why: string): Outcome<never> {
    return failed(code, `${this.#device.where} ${why}`);
  }
}
