// Antminers under MARA's firmware (Kaonsu), by its API behind a Digest login. A pause is the work mode Sleep, in a configuration that is
// kept in flash and goes back as a whole: it outlives a power cut, and the mode from before is forgotten.
import { z } from 'zod';
import { DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { AskedSeldom } from '../transports/asked-seldom.ts';
import { deviceHost, devicePort, secretFile, userName } from '../transports/endpoint.ts';
import { type HttpQuestion, httpDevice } from '../transports/http-device.ts';
import { type ModeChange, ModePage, type ModeWriting } from '../transports/mode-page.ts';
import { secretOf } from '../transports/secret-of.ts';
import { type TcpDevice, tcpDevice } from '../transports/tcp-device.ts';
import { lookBeside } from '../wire/beside-4028.ts';
import type { HttpAnswer } from '../wire/http-answer.ts';
import {
  MARA,
  MARA_SLEEP,
  type MaraConf,
  type MaraWho,
  maraAgreementIn,
  maraBlinkIn,
  maraBody,
  maraBriefIn,
  maraConfIn,
  maraLook,
  maraModeBeforeSleep,
  maraPageIn,
  maraWakingMode,
  maraWhoIn,
} from '../wire/mara.ts';
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
  about: "Antminers under MARA's firmware (Kaonsu): sleep and wake by their work mode, over its API. Its watts are a model's.",
  options,
  defaults: {
    // As under Bitmain's firmware: the control board, and fans that turn slowly.
    pausedWatts: 25,
    // It sleeps within seconds; the rest is for a write to its flash.
    graceSeconds: 60,
    // Hot chips want their fans, and what it wrote to its flash wants 10 s.
    coolDownSeconds: 30,
    resumeMinutes: 5,
    restartMinutes: 8,
    pausePersists: true,
    // Its configuration is read, written, and read again.
    answerSeconds: 25,
  },
  can: { read: true, pause: true, resume: true, halt: false },
  secretFiles: ({ passwordFile }) => [passwordFile],
  open: (given, kit) => {
    const rig = new Mara(given, kit);
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

/** ms that a write may take from connected to its answer */
const WRITE_MS = 15_000;
/** bytes of its longest answer: its history grows by every sleep */
const HISTORY_LIMIT = 1024 * 1024;
/** What a rig wakes in of which nobody knows what it was in: as Bitmain made it. */
const LAST_RESORT = 'Stock';

class Mara {
  readonly #kit: RigKit;
  readonly #page: ModePage;
  readonly #api: TcpDevice;
  readonly #writing: ModeWriting<string, MaraConf> = {
    read: (signal) => this.#conf(signal),
    spellings: [(conf, mode) => ({ method: 'POST', path: MARA.config, body: maraBody(conf, mode), answerMs: WRITE_MS })],
    agreed: (answer) => maraAgreementIn(answer, this.#page.device),
  };
  /** the mode that it was last seen awake in */
  #awake: string | undefined;
  readonly #who: AskedSeldom<MaraWho>;

  constructor({ host, port, apiPort, username, passwordFile }: z.infer<typeof options>, kit: RigKit) {
    this.#kit = kit;
    this.#who = new AskedSeldom(kit.nowMs);
    const login = { username, ...secretOf(kit.secrets, passwordFile) };
    const device = httpDevice({
      host,
      port,
      who: "MARA's firmware",
      addresses: kit.addresses,
      contacts: 1,
      login,
      answerLimit: HISTORY_LIMIT,
    });
    this.#page = new ModePage(device, kit.nowMs);
    this.#api = (kit.tcp ?? tcpDevice)({ host, port: apiPort }, kit.addresses);
  }

  read(signal: AbortSignal, brief?: 'brief'): Promise<Outcome<RigReading>> {
    return this.#page.look(signal, (own) => this.#look(own, brief !== undefined), brief);
  }

  pause(signal: AbortSignal): Promise<Outcome> {
    return this.#page.order(signal, (own) => this.#change((now) => (now === MARA_SLEEP ? undefined : MARA_SLEEP), own));
  }

  /** What it was in before is asked of its own history where nobody else knows. */
  resume(mode: string | undefined, signal: AbortSignal): Promise<Outcome> {
    return this.#page.order(signal, async (own) => {
      const seen = maraWakingMode(mode) ?? this.#awake;
      const before = seen === undefined ? await this.#modeBySelf(own) : ok(seen);
      if (!before.ok) return before;
      return this.#change((now) => (now === undefined || now === MARA_SLEEP ? before.value : undefined), own);
    });
  }

  reboot(signal: AbortSignal): Promise<Outcome> {
    return this.#page.orderAlone(signal, async (own) => {
      // It may die before it answers, so that it is there must be known before.
      const there = await this.#conf(own);
      if (!there.ok) return there;
      const said = await this.#page.askLast(posting(MARA.maintenance, { type: 'reboot' }), own);
      if (!said.ok) return said;
      return said.value === 'silent' || said.value.status < 400
        ? DONE
        : failed('refused', `${this.#page.device.where} refused to start anew (HTTP ${said.value.status})`);
    });
  }

  locate(on: boolean, signal: AbortSignal): Promise<Outcome> {
    return this.#page.orderAlone(signal, async (own) => {
      const said = await this.#page.ask(posting(MARA.locate, { blinking: on }), own);
      return said.ok ? maraBlinkIn(said.value, on, this.#page.device) : said;
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

  #change(to: ModeChange<string>, signal: AbortSignal): Promise<Outcome> {
    return this.#page.change(to, this.#writing, signal);
  }

  /** A fault where only this moment hides it: a blind guess may wake one of low power at full. */
  async #modeBySelf(signal: AbortSignal): Promise<Outcome<string>> {
    const told = await this.#page.inTurn(signal, (turn) => this.#get(MARA.history, turn));
    if (!told.ok && told.fault.code !== 'garbled') return told;
    if (told.ok && told.value.status === 503)
      return failed(
        'refused',
        `${this.#page.device.where} does not tell yet in which mode it was (HTTP 503): set it on its page if that lasts`,
      );
    return ok(maraModeBeforeSleep(told) ?? LAST_RESORT);
  }

  async #look(signal: AbortSignal, isBrief: boolean): Promise<Outcome<RigReading>> {
    const takenAtMs = this.#kit.nowMs();
    const conf = await this.#conf(signal);
    if (!conf.ok) {
      this.#who.forget();
      return conf.fault.code === 'unauthorized' ? this.#lookBeside(conf, signal) : conf;
    }
    const { device } = this.#page;
    const answer = await this.#get(MARA.brief, signal);
    const brief = answer.ok ? maraBriefIn(answer.value, device) : answer;
    if (!brief.ok) return brief;
    const boards = isBrief ? undefined : maraPageIn(await this.#get(MARA.boards, signal), device);
    const fans = isBrief ? undefined : maraPageIn(await this.#get(MARA.fans, signal), device);
    const { state, ...rest } = maraLook({ conf: conf.value, brief: brief.value, boards, fans });
    const who = await this.#who.get(rest.uptimeSeconds, () => this.#whoItIs(signal));
    return ok(rigReading({ rig: this.#kit.rig, takenAtMs, state }, { ...rest, ...who?.is, identityAtMs: who?.askedAtMs }));
  }

  /** By the API that wants no login; `refused` where it says nothing. */
  async #lookBeside(refused: Outcome<never>, signal: AbortSignal): Promise<Outcome<RigReading>> {
    const takenAtMs = this.#kit.nowMs();
    const seen = await lookBeside(new Talk4028(this.#api, signal));
    if (seen === undefined) return refused;
    const { state, ...rest } = seen;
    return ok(rigReading({ rig: this.#kit.rig, takenAtMs, state }, rest));
  }

  async #whoItIs(signal: AbortSignal): Promise<MaraWho | undefined> {
    return maraWhoIn(maraPageIn(await this.#get(MARA.overview, signal), this.#page.device));
  }

  async #conf(signal: AbortSignal): Promise<Outcome<MaraConf>> {
    const answer = await this.#get(MARA.config, signal);
    const conf = answer.ok ? maraConfIn(answer.value, this.#page.device) : answer;
    this.#awake = (conf.ok ? maraWakingMode(conf.value.mode) : undefined) ?? this.#awake;
    return conf;
  }

  #get(path: string, signal: AbortSignal): Promise<Outcome<HttpAnswer>> {
    return this.#page.ask({ path }, signal);
  }
}

function posting(path: string, what: Readonly<Record<string, unknown>>): HttpQuestion {
  return { method: 'POST', path, body: JSON.stringify(what) };
}
