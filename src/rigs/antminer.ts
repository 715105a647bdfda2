// Antminers under Bitmain's own firmware, S19 and later, by the CGI pages of their web server. A pause is the work mode "sleep",
// kept in flash: it outlives a power cut, and the mode from before is forgotten, so a reading tells it beforehand.
import { z } from 'zod';
import { DONE, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { AskedSeldom } from '../transports/asked-seldom.ts';
import { deviceHost, devicePort, secretFile, userName } from '../transports/endpoint.ts';
import { type HttpDevice, type HttpQuestion, httpDevice } from '../transports/http-device.ts';
import { type ModeChange, ModePage, type ModeWriting } from '../transports/mode-page.ts';
import { secretOf } from '../transports/secret-of.ts';
import { type TcpDevice, tcpDevice } from '../transports/tcp-device.ts';
import { ANTMINER, antminerAlgorithm, antminerBody, antminerWattsIn, BITMAIN, SLEEP_MODE } from '../wire/antminer.ts';
import { lookBeside } from '../wire/beside-4028.ts';
import type { HttpAnswer } from '../wire/http-answer.ts';
import { type CgiConf, type CgiSystem, cgiAgreementIn, cgiConfIn, cgiLook, cgiRowsIn, cgiSystemIn, wakingMode } from '../wire/miner-cgi.ts';
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
      read: (signal, brief) => rig.read(signal, brief),
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

class Antminer {
  readonly #kit: RigKit;
  readonly #page: ModePage;
  readonly #api: TcpDevice;
  /** where it tells its watts, and is asked within the lane of the page */
  readonly #meter: HttpDevice | undefined;
  /** the mode that it was last seen awake in */
  #awake: number | undefined;
  readonly #system: AskedSeldom<CgiSystem>;
  readonly #writing: ModeWriting<number, CgiConf> = {
    read: (signal) => this.#conf(signal),
    spellings: [(conf, mode) => written(conf, mode, 'number'), (conf, mode) => written(conf, mode, 'text')],
    agreed: (answer) => this.#agreed(answer),
  };

  constructor({ host, port, apiPort, username, passwordFile, wattsPort }: z.infer<typeof options>, kit: RigKit) {
    this.#kit = kit;
    this.#system = new AskedSeldom(kit.nowMs);
    const login = { username, ...secretOf(kit.secrets, passwordFile) };
    const page = httpDevice({ host, port, who: 'the Antminer', addresses: kit.addresses, contacts: 1, login });
    this.#page = new ModePage(page, kit.nowMs);
    this.#api = (kit.tcp ?? tcpDevice)({ host, port: apiPort }, kit.addresses);
    if (wattsPort !== undefined) {
      this.#meter = httpDevice({ host, port: wattsPort, who: 'the Antminer', addresses: kit.addresses, contacts: 1 });
    }
  }

  read(signal: AbortSignal, brief?: 'brief'): Promise<Outcome<RigReading>> {
    return this.#page.look(signal, (own) => this.#look(own), brief);
  }

  pause(signal: AbortSignal): Promise<Outcome> {
    return this.#change((now) => (now === SLEEP_MODE ? undefined : SLEEP_MODE), signal);
  }

  resume(mode: string | undefined, signal: AbortSignal): Promise<Outcome> {
    // A blind "normal" makes a rig in a low power mode one at full power.
    const before = wakingMode(mode, BITMAIN) ?? this.#awake ?? 0;
    return this.#change((now) => (now === undefined || now === SLEEP_MODE ? before : undefined), signal);
  }

  reboot(signal: AbortSignal): Promise<Outcome> {
    return this.#page.orderAlone(signal, async (own) => {
      // It often dies before it answers, so that it is there must be known before.
      const there = await this.#conf(own);
      if (!there.ok) return there;
      const said = await this.#page.askLast({ path: ANTMINER.reboot }, own);
      if (!said.ok) return said;
      return said.value === 'silent' || said.value.status < 400 ? DONE : this.#agreed(said.value);
    });
  }

  locate(on: boolean, signal: AbortSignal): Promise<Outcome> {
    return this.#page.orderAlone(signal, async (own) => {
      // Other makers have the same page: whose rig it is tells its configuration alone.
      const there = await this.#conf(own);
      if (!there.ok) return there;
      const said = await this.#ask({ method: 'POST', path: ANTMINER.blink, body: JSON.stringify({ blink: String(on) }) }, own);
      return said.ok ? this.#agreed(said.value) : said;
    });
  }

  mayOrder(signal: AbortSignal): Promise<Outcome> {
    return this.#page.look(signal, async (own) => {
      const conf = await this.#conf(own);
      return conf.ok ? this.#page.writable(conf.value) : conf;
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.#page.close(), this.#api.close()]);
  }

  #change(to: ModeChange<number>, signal: AbortSignal): Promise<Outcome> {
    return this.#page.order(signal, (own) => this.#page.change(to, this.#writing, own));
  }

  #ask(question: HttpQuestion, signal: AbortSignal): Promise<Outcome<HttpAnswer>> {
    return this.#page.ask(question, signal);
  }

  #agreed(answer: HttpAnswer): Outcome {
    return cgiAgreementIn(answer, this.#page.device, BITMAIN);
  }

  async #look(signal: AbortSignal): Promise<Outcome<RigReading>> {
    const takenAtMs = this.#kit.nowMs();
    const { reloads } = this.#page;
    const conf = await this.#conf(signal);
    if (!conf.ok) {
      this.#system.forget();
      return conf.fault.code === 'unauthorized' ? this.#lookBeside(conf, signal) : conf;
    }
    const summary = cgiRowsIn(await this.#ask({ path: ANTMINER.summary }, signal), 'SUMMARY', this.#page.device);
    const stats = cgiRowsIn(await this.#ask({ path: ANTMINER.stats }, signal), 'STATS', this.#page.device);
    const { state, ...rest } = cgiLook({ conf: conf.value, summary, stats, reloads }, BITMAIN);
    const system = await this.#system.get(rest.uptimeSeconds, () => this.#whoItIs(signal));
    const watts = await this.#watts(signal);
    return ok(rigReading({ rig: this.#kit.rig, takenAtMs, state }, { ...rest, ...system?.is, identityAtMs: system?.askedAtMs, ...watts }));
  }

  /** By the API that wants no login; `refused` where it says nothing. */
  async #lookBeside(refused: Outcome<never>, signal: AbortSignal): Promise<Outcome<RigReading>> {
    const takenAtMs = this.#kit.nowMs();
    const seen = await lookBeside(new Talk4028(this.#api, signal));
    if (seen === undefined) return refused;
    const { state, ...rest } = seen;
    return ok(rigReading({ rig: this.#kit.rig, takenAtMs, state }, rest));
  }

  /** Of what they come nobody says, so they pass for a model's. */
  async #watts(signal: AbortSignal): Promise<Pick<RigReading, 'watts' | 'wattsFrom'>> {
    const answer = await this.#meter?.ask({ path: ANTMINER.watts }, signal);
    const watts = answer?.ok ? antminerWattsIn(answer.value) : undefined;
    return watts === undefined ? {} : { watts, wattsFrom: 'estimated' };
  }

  async #whoItIs(signal: AbortSignal): Promise<CgiSystem | undefined> {
    return cgiSystemIn(await this.#ask({ path: ANTMINER.system }, signal), this.#page.device, antminerAlgorithm);
  }

  async #conf(signal: AbortSignal): Promise<Outcome<CgiConf>> {
    const answer = await this.#ask({ path: ANTMINER.conf }, signal);
    const conf = answer.ok ? cgiConfIn(answer.value, this.#page.device, BITMAIN) : answer;
    const mode = conf.ok ? conf.value.mode : undefined;
    if (mode !== undefined && mode !== SLEEP_MODE) this.#awake = mode;
    return conf;
  }
}

/** `as`: new firmware silently ignores a value of the wrong type */
function written(conf: CgiConf, mode: number, as: 'number' | 'text'): HttpQuestion {
  return { method: 'POST', path: ANTMINER.setConf, body: antminerBody(conf, mode, as), answerMs: WRITE_MS };
}
