// Antminers under MARA's firmware (MaraFW, kaonsu), over its pages. A pause is the work mode `Sleep`, which stands in its
// configuration: the whole of that is read, the mode changed, and written back, and read once more, for its word alone is nothing.
import { z } from 'zod';
import { DONE, type Fault, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { deviceHost, devicePort, secretFile, userName } from '../transports/endpoint.ts';
import { type HttpDevice, type HttpQuestion, httpDevice } from '../transports/http-device.ts';
import { type TcpDevice, tcpDevice } from '../transports/tcp-device.ts';
import type { HttpAnswer } from '../wire/http-answer.ts';
import {
  MARA,
  MARA_SLEEP,
  type MaraChange,
  type MaraConf,
  type MaraWho,
  maraAgreementIn,
  maraAwake,
  maraBlinksIn,
  maraBody,
  maraBriefIn,
  maraConfIn,
  maraLook,
  maraModeBeforeIn,
  maraRowIn,
  maraWhoIn,
} from '../wire/mara.ts';
import { paceOf, stateAwake } from '../wire/rows-4028.ts';
import { Talk4028 } from '../wire/socket4028.ts';
import { type RigKit, rigDriverKind, rigReading } from './port.ts';

const options = z.strictObject({
  host: deviceHost.describe('address of the rig'),
  port: devicePort(80).describe('port of its web page'),
  apiPort: devicePort(4028).describe('port of its other API, which is read where the login is refused; it can order nothing'),
  username: userName.default('root').describe('user of its web page'),
  passwordFile: secretFile.describe(
    'file with the password of its web page; from the factory it is root, and nothing is tried but what stands here',
  ),
});

export const mara = rigDriverKind({
  name: 'mara',
  maturity: 'simulated',
  about: "Antminers under MARA's firmware (MaraFW): sleeps and wakes by its work mode, and can be limited to watts.",
  options,
  defaults: {
    // It says 25 W asleep, with fans that stand still.
    pausedWatts: 30,
    // Seconds until its boards are dark; the rest is for a second try.
    graceSeconds: 60,
    // Chips at 70 to 90 °C want their fans for 30 to 60 s, and what it wrote to its flash wants 10 s.
    coolDownSeconds: 30,
    resumeMinutes: 4,
    restartMinutes: 6,
    pausePersists: true,
    // Its configuration is read before and after the write.
    answerSeconds: 30,
  },
  can: { read: true, pause: true, resume: true, halt: false },
  secretFiles: ({ passwordFile }) => [passwordFile],
  open: (given, kit) => {
    const rig = new Mara(given, kit);
    return {
      read: (signal) => rig.read(signal),
      pause: (signal) => rig.pause(signal),
      resume: (mode, signal) => rig.resume(mode, signal),
      limitWatts: (watts, signal) => rig.limit(watts, signal),
      reboot: (signal) => rig.reboot(signal),
      locate: (on, signal) => rig.locate(on, signal),
      mayOrder: (signal) => rig.mayOrder(signal),
      close: () => rig.close(),
    };
  },
});

/** ms that a write may take to be answered */
const WRITE_MS = 15_000;
/** ms that no login is tried after one was refused */
const REST_MS = 300_000;
/** ms that who it is holds, while it answers */
const WHO_MS = 600_000;
/** What leaves open whether an order was carried out. */
const UNSURE: ReadonlySet<Fault['code']> = new Set(['unreachable', 'timeout', 'garbled']);

class Mara {
  readonly #kit: RigKit;
  readonly #page: HttpDevice;
  readonly #api: TcpDevice;
  /** the mode that it was last seen awake in */
  #awake: string | undefined;
  /** how it was tuned before it was limited, and the W that it is limited to */
  #limited: { readonly before: MaraChange; readonly watts: number } | undefined;
  #who: { readonly is: MaraWho; readonly askedAtMs: number } | undefined;
  /** monotonic ms of the last login that was refused */
  #refusedAtMs: number | undefined;

  constructor({ host, port, apiPort, username, passwordFile }: z.infer<typeof options>, kit: RigKit) {
    this.#kit = kit;
    const password = kit.secrets.get(passwordFile);
    const login = { username, password, without: 'the file of passwordFile could not be read; mend it and reload' };
    this.#page = httpDevice({ host, port, who: 'a rig of MARA', addresses: kit.addresses, contacts: 1, answerLimit: 256 * 1024, login });
    this.#api = (kit.tcp ?? tcpDevice)({ host, port: apiPort }, kit.addresses);
  }

  read(signal: AbortSignal): Promise<Outcome<RigReading>> {
    return this.#page.run({ signal, urgent: false, work: (own) => this.#look(own) });
  }

  pause(signal: AbortSignal): Promise<Outcome> {
    return this.#order(signal, async (own) => {
      const conf = await this.#conf(own);
      if (!conf.ok) return conf;
      return conf.value.mode === MARA_SLEEP ? DONE : this.#write(conf.value, { mode: MARA_SLEEP }, own);
    });
  }

  resume(mode: string | undefined, signal: AbortSignal): Promise<Outcome> {
    return this.#order(signal, async (own) => {
      const conf = await this.#conf(own);
      if (!conf.ok) return conf;
      if (conf.value.mode !== MARA_SLEEP) return DONE;
      return this.#write(conf.value, { mode: maraAwake(mode) ?? this.#awake ?? (await this.#modeBefore(conf.value, own)) }, own);
    });
  }

  limit(watts: number | undefined, signal: AbortSignal): Promise<Outcome> {
    return this.#order(signal, async (own) => {
      const conf = await this.#conf(own);
      if (!conf.ok) return conf;
      if (conf.value.mode === MARA_SLEEP) return this.#refused('is asleep: limit it while it hashes');
      return watts === undefined ? this.#unlimit(conf.value, own) : this.#limitTo(Math.floor(watts), conf.value, own);
    });
  }

  /** It may go before it answers, so that it is there is asked before. */
  reboot(signal: AbortSignal): Promise<Outcome> {
    return this.#order(signal, async (own) => {
      const there = await this.#conf(own);
      if (!there.ok) return there;
      const said = await this.#ask({ method: 'POST', path: MARA.maintenance, body: JSON.stringify({ type: 'reboot' }) }, own);
      if (said.ok) return said.value.status === 200 ? DONE : maraAgreementIn(said.value, this.#page);
      return UNSURE.has(said.fault.code) && !own.aborted ? DONE : said;
    });
  }

  locate(on: boolean, signal: AbortSignal): Promise<Outcome> {
    return this.#order(signal, async (own) => {
      const said = await this.#ask({ method: 'POST', path: MARA.locate, body: JSON.stringify({ blinking: on }) }, own);
      const blinks = said.ok ? maraBlinksIn(said.value, this.#page) : said;
      if (!blinks.ok) return blinks;
      return blinks.value === on ? DONE : this.#refused(`${on ? 'does not blink' : 'goes on blinking'}: look at it`);
    });
  }

  mayOrder(signal: AbortSignal): Promise<Outcome> {
    return this.#page.run({
      signal,
      urgent: false,
      work: async (own) => {
        const conf = await this.#conf(own);
        return conf.ok ? this.#writable(conf.value) : conf;
      },
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.#page.close(), this.#api.close()]);
  }

  #order(signal: AbortSignal, work: (own: AbortSignal) => Promise<Outcome>): Promise<Outcome> {
    return this.#page.run({ signal, urgent: true, work });
  }

  #refused(why: string): Outcome<never> {
    return failed('refused', `${this.#page.where} ${why}`, 'later');
  }

  /** How it was tuned before the limit that it is under; undefined: it is under none of ours. */
  #before({ mode, tunedBy, powerTarget }: MaraConf): MaraChange | undefined {
    const ours = mode === 'Auto' && tunedBy === 'PowerTarget' && this.#limited?.watts === powerTarget;
    return ours ? this.#limited?.before : undefined;
  }

  /** By its own power target, in the mode Auto. */
  async #limitTo(watts: number, conf: MaraConf, signal: AbortSignal): Promise<Outcome> {
    const { mode, tunedBy, powerTarget } = conf;
    if (tunedBy === undefined || powerTarget === undefined)
      return this.#refused('tells no power target, so it takes no limit: set it on its page');
    const limit = { mode: 'Auto', tunedBy: 'PowerTarget', powerTarget: watts };
    if (holds(conf, limit)) return DONE;
    // Remembered ahead of the order: its answer may be lost, and how it was tuned must not be.
    this.#limited = { before: this.#before(conf) ?? { mode, tunedBy, powerTarget }, watts };
    return this.#write(conf, limit, signal);
  }

  async #unlimit(conf: MaraConf, signal: AbortSignal): Promise<Outcome> {
    const before = this.#before(conf);
    if (before !== undefined) return this.#write(conf, before, signal);
    if (this.#limited !== undefined && holds(conf, this.#limited.before)) return DONE;
    return this.#refused('was not limited since this service started, so its tuning before is not known: set it on its page');
  }

  #writable({ unfit }: MaraConf): Outcome {
    if (unfit === undefined) return DONE;
    return this.#refused(`takes its configuration as a whole, and ${unfit}: look at the pools on its page`);
  }

  async #conf(signal: AbortSignal): Promise<Outcome<MaraConf>> {
    const answer = await this.#ask({ path: MARA.conf }, signal);
    const conf = answer.ok ? maraConfIn(answer.value, this.#page) : answer;
    if (conf.ok) this.#awake = maraAwake(conf.value.mode) ?? this.#awake;
    return conf;
  }

  /** Where its configuration can't be read again, its word must do. */
  async #write(conf: MaraConf, change: MaraChange, signal: AbortSignal): Promise<Outcome> {
    const writable = this.#writable(conf);
    if (!writable.ok) return writable;
    const body = maraBody(conf, change);
    const answer = await this.#ask({ method: 'POST', path: MARA.conf, body, answerMs: WRITE_MS }, signal);
    const said = answer.ok ? maraAgreementIn(answer.value, this.#page) : answer;
    if (!said.ok && !UNSURE.has(said.fault.code)) return said;
    const seen = await this.#conf(signal);
    if (!seen.ok) return said;
    if (holds(seen.value, change)) return DONE;
    return said.ok ? this.#refused('agreed, and its work mode is as before: set it on its page once, and see what it says') : said;
  }

  /** A blind "Stock" makes a rig that is tuned down one at full power. */
  async #modeBefore({ tunedBy }: MaraConf, signal: AbortSignal): Promise<string> {
    const answer = await this.#ask({ path: MARA.history }, signal);
    const before = answer.ok ? maraModeBeforeIn(answer.value) : undefined;
    return before ?? (tunedBy === undefined ? 'Stock' : 'Auto');
  }

  async #look(signal: AbortSignal): Promise<Outcome<RigReading>> {
    const takenAtMs = this.#kit.nowMs();
    const answer = await this.#ask({ path: MARA.brief }, signal);
    const brief = answer.ok ? maraBriefIn(answer.value, this.#page) : answer;
    if (!brief.ok) {
      this.#who = undefined;
      return brief.fault.code === 'unauthorized' ? this.#lookBeside(brief, signal) : brief;
    }
    // Its mode is to be known before it is put to sleep.
    const conf = await this.#conf(signal);
    const hashboards = maraRowIn(await this.#ask({ path: MARA.hashboards }, signal), this.#page);
    const fans = maraRowIn(await this.#ask({ path: MARA.fans }, signal), this.#page);
    const { state, ...figures } = maraLook({ brief: brief.value, hashboards, fans });
    const mode = conf.ok ? maraAwake(conf.value.mode) : undefined;
    return ok(rigReading({ rig: this.#kit.rig, takenAtMs, state }, { ...figures, ...(await this.#whoItIs(signal)), mode }));
  }

  /** By the API that wants no login. It knows no sleep, so nothing it says is a pause; `refused` where it says nothing. */
  async #lookBeside(refused: Outcome<never>, signal: AbortSignal): Promise<Outcome<RigReading>> {
    const takenAtMs = this.#kit.nowMs();
    const summary = await new Talk4028(this.#api, signal).agree('summary');
    if (!summary.ok) return refused;
    const pace = paceOf(summary.value.rows('SUMMARY')[0]);
    return ok(rigReading({ rig: this.#kit.rig, takenAtMs, state: stateAwake(pace, 0) }, pace));
  }

  async #whoItIs(signal: AbortSignal): Promise<MaraWho | undefined> {
    const askedAtMs = this.#kit.nowMs();
    if (this.#who !== undefined && askedAtMs - this.#who.askedAtMs < WHO_MS) return this.#who.is;
    const row = maraRowIn(await this.#ask({ path: MARA.overview }, signal), this.#page);
    if (row === undefined) return undefined;
    const is = maraWhoIn(row);
    this.#who = { is, askedAtMs };
    return is;
  }

  /** A login that was refused is not tried again for some minutes: the next would be too. */
  async #ask(question: HttpQuestion, signal: AbortSignal): Promise<Outcome<HttpAnswer>> {
    const { nowMs } = this.#kit;
    const since = this.#refusedAtMs === undefined ? undefined : nowMs() - this.#refusedAtMs;
    if (since !== undefined && since < REST_MS) {
      const left = Math.ceil((REST_MS - since) / 60_000);
      return failed(
        'unauthorized',
        `${this.#page.where} refused the login, which is tried again in ${left} min: correct username and the file of passwordFile, and reload`,
      );
    }
    const answer = await this.#page.ask({ ...question, takes: ['digest'] }, signal);
    this.#refusedAtMs = !answer.ok && answer.fault.code === 'unauthorized' ? nowMs() : undefined;
    return answer;
  }
}

function holds(conf: MaraConf, { mode, tunedBy, powerTarget }: MaraChange): boolean {
  return (
    conf.mode === mode &&
    (tunedBy === undefined || conf.tunedBy === tunedBy) &&
    (powerTarget === undefined || conf.powerTarget === powerTarget)
  );
}
