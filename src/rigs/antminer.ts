// Antminers under Bitmain's own firmware, S19 and later, by the CGI pages of their web server. A pause is the work mode "sleep",
// kept in flash: it outlives a power cut, and the mode from before is forgotten, so a reading tells it beforehand.
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { DONE, type Fault, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { deviceLane, type Lane } from '../transports/device-lane.ts';
import { deviceHost, devicePort, secretFile, userName } from '../transports/endpoint.ts';
import { type HttpDevice, type HttpQuestion, httpDevice } from '../transports/http-device.ts';
import { type TcpDevice, tcpDevice } from '../transports/tcp-device.ts';
import {
  ANTMINER,
  type AntminerConf,
  type AntminerSystem,
  antminerAgreementIn,
  antminerBody,
  antminerConfIn,
  antminerLook,
  antminerRowsIn,
  antminerSystemIn,
  antminerWarmth,
  antminerWattsIn,
  SLEEP_MODE,
} from '../wire/antminer.ts';
import type { HttpAnswer } from '../wire/http-answer.ts';
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
  wattsPort: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe('6060 for the models that tell their watts at http://ADDRESS:6060/miner_power; absent: the watts are not asked for'),
});

export const antminer = rigDriverKind({
  name: 'antminer',
  maturity: 'simulated',
  about: "Antminers under Bitmain's own firmware, S19 and later: sleeps and wakes by its work mode, through its web page.",
  options,
  defaults: {
    // 10 to 30 W asleep: the control board, and fans that turn slowly.
    pausedWatts: 25,
    // Up to 21 s until the answer, and 10 to 60 s until the boards are dark.
    graceSeconds: 90,
    // Chips at 70 to 90 °C want their fans for 30 to 60 s, and what it wrote to its flash wants 10 s.
    coolDownSeconds: 30,
    // Waking is like a cold start: 3 to 10 minutes to full rate.
    resumeMinutes: 5,
    restartMinutes: 8,
    pausePersists: true,
    // The write alone may take 21 s to be answered; its configuration is read before and after.
    answerSeconds: 40,
  },
  can: { read: true, pause: true, resume: true, halt: false },
  secretFiles: ({ passwordFile }) => [passwordFile],
  open: (given, kit) => {
    const rig = new Antminer(given, kit);
    return {
      read: (signal) => rig.read(signal),
      pause: (signal) => rig.pause(signal),
      resume: (mode, signal) => rig.resume(mode, signal),
      reboot: (signal) => rig.reboot(signal),
      locate: (on, signal) => rig.locate(on, signal),
      mayOrder: (signal) => rig.mayOrder(signal),
      close: () => rig.close(),
    };
  },
});

/** ms that a write may take from connected to its answer; 21 s was seen */
const WRITE_MS = 30_000;
/** ms that nothing else is asked after a write was sent; by then it is answered, or taken and under way */
const ALONE_MS = 2_000;
/** ms that no login is tried after one was refused */
const REST_MS = 300_000;
/** ms that who it is holds, while it answers */
const SYSTEM_MS = 600_000;
/** What leaves open whether an order was carried out. */
const UNSURE: ReadonlySet<Fault['code']> = new Set(['unreachable', 'timeout', 'garbled']);

/** The mode to set, from the one it is in; undefined: none. */
type ModeChange = (now: number | undefined) => number | undefined;

/** What came of a write while it had the page alone, or the answer that is still on its way. */
type Begun = { readonly outcome: Outcome | undefined } | { readonly mode: number; readonly answering: Promise<Outcome<HttpAnswer>> };

class Antminer {
  readonly #kit: RigKit;
  readonly #page: HttpDevice;
  readonly #api: TcpDevice;
  /** where it tells its watts, and is asked within the lane of the page */
  readonly #meter: HttpDevice | undefined;
  /** Orders have a lane of their own around that of the page: while one waits for its late answer the rig can be read. */
  readonly #orders: Lane;
  /** the mode that it was last seen awake in */
  #awake: number | undefined;
  #system: { readonly is: AntminerSystem; readonly askedAtMs: number } | undefined;
  /** monotonic ms of the last login that was refused */
  #refusedAtMs: number | undefined;

  constructor({ host, port, apiPort, username, passwordFile, wattsPort }: z.infer<typeof options>, kit: RigKit) {
    this.#kit = kit;
    this.#page = httpDevice({
      host,
      port,
      who: 'the Antminer',
      addresses: kit.addresses,
      contacts: 1,
      login: {
        username,
        password: kit.secrets.get(passwordFile),
        without: 'the file of passwordFile could not be read; mend it and reload',
      },
    });
    this.#api = (kit.tcp ?? tcpDevice)({ host, port: apiPort }, kit.addresses);
    if (wattsPort !== undefined) {
      this.#meter = httpDevice({ host, port: wattsPort, who: 'the Antminer', addresses: kit.addresses, contacts: 1 });
    }
    this.#orders = deviceLane(this.#page.where);
  }

  read(signal: AbortSignal): Promise<Outcome<RigReading>> {
    return this.#page.run({ signal, urgent: false, work: (own) => this.#look(own) });
  }

  pause(signal: AbortSignal): Promise<Outcome> {
    return this.#order(signal, (own) => this.#change((now) => (now === SLEEP_MODE ? undefined : SLEEP_MODE), own));
  }

  resume(mode: string | undefined, signal: AbortSignal): Promise<Outcome> {
    // A blind "normal" makes a rig in a low power mode one at full power.
    const before = wakingMode(mode) ?? this.#awake ?? 0;
    return this.#order(signal, (own) => this.#change((now) => (now === undefined || now === SLEEP_MODE ? before : undefined), own));
  }

  reboot(signal: AbortSignal): Promise<Outcome> {
    return this.#order(signal, async (own) => {
      // It often dies before it answers, so that it is there must be known before.
      const there = await this.#inTurn(own, (turn) => this.#conf(turn));
      if (!there.ok) return there;
      const said = await this.#ask({ path: ANTMINER.reboot }, own);
      if (said.ok) return said.value.status < 400 ? DONE : antminerAgreementIn(said.value, this.#page);
      return UNSURE.has(said.fault.code) && !own.aborted ? DONE : said;
    });
  }

  locate(on: boolean, signal: AbortSignal): Promise<Outcome> {
    return this.#order(signal, async (own) => {
      const said = await this.#ask({ method: 'POST', path: ANTMINER.blink, body: JSON.stringify({ blink: String(on) }) }, own);
      return said.ok ? antminerAgreementIn(said.value, this.#page) : said;
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
    await Promise.all([this.#orders.close(), this.#page.close(), this.#api.close()]);
  }

  #order(signal: AbortSignal, work: (own: AbortSignal) => Promise<Outcome>): Promise<Outcome> {
    return this.#orders.run({ signal, urgent: true, work });
  }

  /** Within an order: ahead of the readings, and alone. */
  #inTurn<T>(signal: AbortSignal, work: (own: AbortSignal) => Promise<Outcome<T>>): Promise<Outcome<T>> {
    return this.#page.run({ signal, urgent: true, work });
  }

  async #look(signal: AbortSignal): Promise<Outcome<RigReading>> {
    const takenAtMs = this.#kit.nowMs();
    const conf = await this.#conf(signal);
    if (!conf.ok) {
      this.#system = undefined;
      return conf.fault.code === 'unauthorized' ? this.#lookBeside(conf, signal) : conf;
    }
    const summary = antminerRowsIn(await this.#ask({ path: ANTMINER.summary }, signal), 'SUMMARY', this.#page);
    const stats = antminerRowsIn(await this.#ask({ path: ANTMINER.stats }, signal), 'STATS', this.#page);
    const { state, ...rest } = antminerLook({ conf: conf.value, summary, stats });
    const system = await this.#whoItIs(signal);
    const watts = await this.#watts(signal);
    return ok(rigReading({ rig: this.#kit.rig, takenAtMs, state }, { ...rest, ...system, ...watts }));
  }

  /** By the API that wants no login. It knows no work mode, so nothing it says is a pause; `refused` where it says nothing. */
  async #lookBeside(refused: Outcome<never>, signal: AbortSignal): Promise<Outcome<RigReading>> {
    const takenAtMs = this.#kit.nowMs();
    const talk = new Talk4028(this.#api, signal);
    const summary = await talk.agree('summary');
    if (!summary.ok) return refused;
    const stats = await talk.agree('stats');
    const pace = paceOf(summary.value.rows('SUMMARY')[0]);
    // The first row names the firmware, the second is the miner.
    const warmth = antminerWarmth(stats.ok ? stats.value.rows('STATS')[1] : undefined);
    return ok(rigReading({ rig: this.#kit.rig, takenAtMs, state: stateAwake(pace, 0) }, { ...pace, ...warmth }));
  }

  /** Of what they come nobody says, so they pass for a model's. */
  async #watts(signal: AbortSignal): Promise<Pick<RigReading, 'watts' | 'wattsFrom'>> {
    const answer = await this.#meter?.ask({ path: ANTMINER.watts }, signal);
    const watts = answer?.ok ? antminerWattsIn(answer.value) : undefined;
    return watts === undefined ? {} : { watts, wattsFrom: 'estimated' };
  }

  async #whoItIs(signal: AbortSignal): Promise<AntminerSystem | undefined> {
    const askedAtMs = this.#kit.nowMs();
    if (this.#system !== undefined && askedAtMs - this.#system.askedAtMs < SYSTEM_MS) return this.#system.is;
    const is = antminerSystemIn(await this.#ask({ path: ANTMINER.system }, signal), this.#page);
    this.#system = is === undefined ? undefined : { is, askedAtMs };
    return is;
  }

  async #conf(signal: AbortSignal): Promise<Outcome<AntminerConf>> {
    const answer = await this.#ask({ path: ANTMINER.conf }, signal);
    const conf = answer.ok ? antminerConfIn(answer.value, this.#page) : answer;
    const mode = conf.ok ? conf.value.mode : undefined;
    if (mode !== undefined && mode !== SLEEP_MODE) this.#awake = mode;
    return conf;
  }

  /** `to` gives the mode to set from the one it is in; undefined: nothing to do. */
  async #change(to: ModeChange, signal: AbortSignal): Promise<Outcome> {
    for (const as of ['number', 'text'] as const) {
      const outcome = await this.#attempt({ to, as }, signal);
      if (outcome !== undefined) return outcome;
    }
    return failed('refused', `${this.#page.where} agreed, and its work mode is as before: set it on its page once, and see what it says`);
  }

  /**
   * One write; undefined where it agreed and did nothing. The answer may take 21 s and the rig is to be read meanwhile: the
   * turn on the page ends before it, once the write was surely sent.
   */
  async #attempt(
    { to, as }: { readonly to: ModeChange; readonly as: 'number' | 'text' },
    signal: AbortSignal,
  ): Promise<Outcome | undefined> {
    const begun = await this.#inTurn(signal, async (own): Promise<Outcome<Begun>> => {
      const conf = await this.#conf(own);
      if (!conf.ok) return conf;
      const mode = to(conf.value.mode);
      if (mode === undefined) return ok({ outcome: DONE });
      const writable = this.#writable(conf.value);
      if (!writable.ok) return writable;
      const body = antminerBody(conf.value, mode, as);
      const answering = this.#ask({ method: 'POST', path: ANTMINER.setConf, body, answerMs: WRITE_MS }, signal);
      const quick = await Promise.race([answering, sleep(ALONE_MS, undefined, { ref: false })]);
      return ok(quick === undefined ? { mode, answering } : { outcome: await this.#weighed(quick, mode, own) });
    });
    if (!begun.ok) return begun;
    if (!('answering' in begun.value)) return begun.value.outcome;
    const { mode, answering } = begun.value;
    const late = await answering;
    const weighed = await this.#inTurn(signal, async (own) => ok({ outcome: await this.#weighed(late, mode, own) }));
    return weighed.ok ? weighed.value.outcome : weighed;
  }

  /** Its word is nothing: some builds agree and do nothing. Where the mode can't be seen, as while it reloads, its word must do. */
  async #weighed(answer: Outcome<HttpAnswer>, mode: number, signal: AbortSignal): Promise<Outcome | undefined> {
    const said = answer.ok ? antminerAgreementIn(answer.value, this.#page) : answer;
    if (!said.ok && !UNSURE.has(said.fault.code)) return said;
    const seen = await this.#conf(signal);
    const now = seen.ok ? seen.value.mode : undefined;
    if (now === mode) return DONE;
    return said.ok && now !== undefined ? undefined : said;
  }

  #writable({ unfit }: AntminerConf): Outcome {
    if (unfit === undefined) return DONE;
    return failed(
      'refused',
      `${this.#page.where}: its configuration is not written back, for ${unfit}: look at the pools on its page`,
      'later',
    );
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

/** A mode to wake in, by its number; sleep is none. */
function wakingMode(word: string | undefined): number | undefined {
  const mode = word !== undefined && /^\d{1,2}$/.test(word) ? Number(word) : undefined;
  return mode === SLEEP_MODE ? undefined : mode;
}
