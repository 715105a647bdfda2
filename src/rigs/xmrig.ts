// xmrig on a computer of its own (RandomX on processors, and what it hashes on graphics cards), over its HTTP API: pause and
// resume by JSON-RPC. It has no meter, and comes back hashing after every restart.
import { z } from 'zod';
import { DONE, type FaultCode, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading, RigSettings } from '../model/rig.ts';
import { deviceHost, secretFile } from '../transports/endpoint.ts';
import { type HttpDevice, type HttpQuestion, httpDevice } from '../transports/http-device.ts';
import { tellingSettings } from '../transports/owners-settings.ts';
import { secretOf } from '../transports/secret-of.ts';
import type { HttpAnswer } from '../wire/http-answer.ts';
import { CONFIG_PATH, encodeRpc, RPC_PATH, rpcIn, SUMMARY_PATH, settingsIn, summaryIn } from '../wire/xmrig.ts';
import { type RigDriver, type RigKit, rigDriverKind, rigReading } from './port.ts';

const options = z.strictObject({
  host: deviceHost.describe('address of the computer it runs on'),
  port: z.int().min(1).max(65_535).describe('its --http-port; xmrig has none of its own, and wants --http-host 0.0.0.0 to be reached'),
  passwordFile: secretFile
    .optional()
    .describe('file with its --http-access-token; orders want one, and --http-no-restricted. There is none from the factory'),
});

type XmrigOptions = z.infer<typeof options>;

export const xmrig = rigDriverKind({
  name: 'xmrig',
  maturity: 'simulated',
  about: 'xmrig 6 over HTTP; wants --http-access-token and --http-no-restricted. Tells no watts: give watts and pausedWatts as measured.',
  options,
  defaults: {
    // A computer that idles; what it draws nobody says, so this is a guess.
    pausedWatts: 60,
    // It stops within 1 s, and its rate says so once the 10 s over which it counts are over.
    graceSeconds: 20,
    coolDownSeconds: 10,
    // It hashes again within 2 s.
    resumeMinutes: 0.2,
    // The computer boots, and RandomX fills its memory.
    restartMinutes: 4,
    pausePersists: false,
    answerSeconds: 15,
  },
  can: { read: true, pause: true, resume: true, halt: false },
  secretFiles: ({ passwordFile }) => (passwordFile === undefined ? [] : [passwordFile]),
  open: xmrigRig,
});

/** A method that there is none of: xmrig says so to whoever may give orders. */
const NO_ORDER = 'lastwatt-asks-whether-it-may-order';

function xmrigRig(at: XmrigOptions, kit: RigKit): RigDriver {
  const { host, port, passwordFile } = at;
  const device = httpDevice({ host, port, who: 'xmrig', addresses: kit.addresses, contacts: 1 });
  const unnamed = 'name the file with it, passwordFile (without --http-access-token an unrestricted xmrig answers nobody: give it one)';
  const { password: token, without } = secretOf(kit.secrets, passwordFile, unnamed);
  const talk = new XmrigTalk(device, { token, without, nowMs: kit.nowMs });
  const driver: RigDriver = {
    read: (signal, brief) => device.run({ signal, urgent: brief !== undefined, work: (own) => look(talk, kit, own) }),
    pause: (signal) => device.run({ signal, urgent: true, work: (own) => order(talk, 'pause', own) }),
    resume: (_mode, signal) => device.run({ signal, urgent: true, work: (own) => order(talk, 'resume', own) }),
    mayOrder: (signal) => device.run({ signal, urgent: false, work: (own) => mayOrder(talk, own) }),
    close: () => device.close(),
  };
  return tellingSettings(driver, {
    nowMs: kit.nowMs,
    ask: (signal) => device.run({ signal, urgent: false, work: (own) => talk.settings(own) }),
  });
}

async function look(talk: XmrigTalk, kit: RigKit, signal: AbortSignal): Promise<Outcome<RigReading>> {
  const takenAtMs = kit.nowMs();
  const answer = await talk.summary(signal);
  if (!answer.ok) return answer;
  const seen = summaryIn(answer.value, talk.device);
  if (!seen.ok) return seen;
  const { state, ...rest } = seen.value;
  return ok(rigReading({ rig: kit.rig, takenAtMs, state }, rest));
}

/** Asked twice it says OK twice. `stop` would end the program, and nothing here could start it again. */
async function order(talk: XmrigTalk, method: 'pause' | 'resume', signal: AbortSignal): Promise<Outcome> {
  const said = await talk.rpc(method, signal);
  if (!said.ok) return said;
  return said.value === 'done' ? DONE : failed('unsupported', `${talk.device.where} knows no ${method}: update xmrig to version 6`);
}

async function mayOrder(talk: XmrigTalk, signal: AbortSignal): Promise<Outcome> {
  const said = await talk.rpc(NO_ORDER, signal);
  return said.ok ? DONE : said;
}

interface Login {
  readonly token: string | undefined;
  /** ends a sentence that says that a token is wanted */
  readonly without: string;
  readonly nowMs: () => number;
}

/** ms for which nothing is read after the token was refused. An order is tried all the same: xmrig locks nobody out. */
const REFUSED_MS = 120_000;

class XmrigTalk {
  readonly device: HttpDevice;
  readonly #login: Login;
  /** it takes readings without a token, and none with one: it was given none */
  #bare = false;
  #refused: { readonly atMs: number; readonly outcome: Outcome<never> } | undefined;

  constructor(device: HttpDevice, login: Login) {
    this.device = device;
    this.#login = login;
  }

  /** An answer of status 200. */
  async summary(signal: AbortSignal): Promise<Outcome<HttpAnswer>> {
    if (this.#refused !== undefined && this.#login.nowMs() - this.#refused.atMs < REFUSED_MS) return this.#refused.outcome;
    return this.#summaryNow(signal);
  }

  async #summaryNow(signal: AbortSignal): Promise<Outcome<HttpAnswer>> {
    const question: HttpQuestion = { path: SUMMARY_PATH };
    let answer = await this.#ask(question, this.#bare, signal);
    // Who was given no token answers 401 to whoever sends one, and reads out to the others.
    if (answer.ok && answer.value.status === 401 && this.#login.token !== undefined) {
      const other = await this.#ask(question, !this.#bare, signal);
      if (other.ok && other.value.status === 200) this.#bare = !this.#bare;
      if (!other.ok || other.value.status !== 401) answer = other;
    }
    const judged = this.#judged(answer);
    const isRefusal = !judged.ok && judged.fault.code === 'unauthorized';
    this.#refused = isRefusal ? { atMs: this.#login.nowMs(), outcome: judged } : undefined;
    return judged;
  }

  /** It shows its configuration to whoever may give it orders, and to nobody else. */
  async settings(signal: AbortSignal): Promise<Outcome<RigSettings | undefined>> {
    const answer = await this.#ask({ path: CONFIG_PATH }, this.#bare, signal);
    if (!answer.ok) return answer;
    return answer.value.status === 200 ? settingsIn(answer.value, this.device) : this.#no('unsupported', 'does not show its configuration');
  }

  /** Its word to an order. */
  async rpc(method: string, signal: AbortSignal): Promise<Outcome<'done' | 'unknown'>> {
    const answer = await this.#ask({ method: 'POST', path: RPC_PATH, body: encodeRpc(method) }, false, signal);
    if (answer.ok && answer.value.status === 403) return this.#forbidden(signal);
    const judged = this.#judged(answer);
    if (!judged.ok) return judged;
    // Who takes an order with our token gives readings for it too.
    this.#refused = undefined;
    return rpcIn(judged.value, method, this.device);
  }

  /** 403 says that the token is wrong, and as well that nobody may give orders: which of them, a reading tells. */
  async #forbidden(signal: AbortSignal): Promise<Outcome<never>> {
    const reading = await this.#summaryNow(signal);
    if (!reading.ok) return reading;
    return this.#no(
      'unauthorized',
      'lets nobody give orders: start xmrig with --http-no-restricted and an --http-access-token ("restricted": false in "http" of its config), and name its file here, passwordFile',
    );
  }

  #ask(question: HttpQuestion, bare: boolean, signal: AbortSignal): Promise<Outcome<HttpAnswer>> {
    const { token } = this.#login;
    const headers = token === undefined || bare ? {} : { authorization: `Bearer ${token}` };
    return this.device.ask({ ...question, headers }, signal);
  }

  #judged(answer: Outcome<HttpAnswer>): Outcome<HttpAnswer> {
    if (!answer.ok) return answer;
    const { token, without } = this.#login;
    switch (answer.value.status) {
      case 200:
        return answer;
      case 401:
        return token === undefined
          ? this.#no('unauthorized', `wants its access token: ${without}`)
          : this.#no('unauthorized', 'was given no access token itself: start xmrig with --http-access-token and --http-no-restricted');
      case 403:
        return this.#no('unauthorized', 'does not take the access token in the file of passwordFile: correct it, or --http-access-token');
      case 404:
        return this.#no('unsupported', `has no such page: is this really xmrig, version 6 or later?`);
      default:
        return this.#no('refused', `refused it (HTTP ${answer.value.status}): look at its log`);
    }
  }

  #no(code: FaultCode, why: string): { ok: false } & Outcome<never> {
    return failed(code, `${this.device.where} ${why}`);
  }
}
