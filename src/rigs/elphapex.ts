// Elphapex rigs (DG1, DG1+, DG-Home1) by their web pages, which are made after those of stock Antminers. A pause is a work mode that
// is kept in flash: it outlives a power cut, and the mode from before is forgotten, so a reading tells it beforehand.
import { z } from 'zod';
import { DONE, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { AskedSeldom } from '../transports/asked-seldom.ts';
import { deviceHost, devicePort, secretFile, userName } from '../transports/endpoint.ts';
import { type HttpQuestion, httpDevice } from '../transports/http-device.ts';
import { type ModeChange, ModePage, type ModeWriting } from '../transports/mode-page.ts';
import { secretOf } from '../transports/secret-of.ts';
import {
  ELPHAPEX,
  ELPHAPEX_SLEEP,
  type ElphapexWay,
  elphapexBlink,
  elphapexConfIn,
  elphapexPath,
  elphapexWattsIn,
  elphapexWrite,
} from '../wire/elphapex.ts';
import type { HttpAnswer } from '../wire/http-answer.ts';
import { type CgiConf, type CgiSystem, cgiAgreementIn, cgiLook, cgiRowsIn, cgiSystemIn, wakingMode } from '../wire/miner-cgi.ts';
import { type RigKit, rigDriverKind, rigReading } from './port.ts';

const options = z.strictObject({
  host: deviceHost.describe('address of the rig'),
  port: devicePort(80).describe('port of its web page'),
  username: userName.default('root').describe('user of its web page'),
  passwordFile: secretFile.describe(
    'file with the password of its web page; from the factory it is root, and nothing is tried but what stands here',
  ),
});

export const elphapex = rigDriverKind({
  name: 'elphapex',
  maturity: 'simulated',
  about: 'Elphapex DG1, DG1+ and DG-Home1 on their own firmware: sleep and wake by their work mode, through their web page.',
  options,
  defaults: {
    // 25 W were read of one whose boards stood still.
    pausedWatts: 30,
    // As stock Antminers: up to 21 s until the answer, and 10 to 60 s until the boards are dark.
    graceSeconds: 90,
    // Hot chips want their fans, and what it wrote to its flash wants 10 s.
    coolDownSeconds: 30,
    resumeMinutes: 5,
    restartMinutes: 8,
    pausePersists: true,
    // The write alone may take 21 s to be answered; its configuration is read before and after.
    answerSeconds: 40,
  },
  can: { read: true, pause: true, resume: true, halt: false },
  secretFiles: ({ passwordFile }) => [passwordFile],
  open: (given, kit) => {
    const rig = new Elphapex(given, kit);
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
const WRITE_MS = 30_000;
/** ms for which it is believed to have no page for its watts */
const NO_METER_MS = 600_000;

class Elphapex {
  readonly #kit: RigKit;
  readonly #page: ModePage;
  readonly #writing: ModeWriting<number, CgiConf> = {
    read: (signal) => this.#conf(signal),
    spellings: [(conf, mode) => this.#write(conf, mode, 'number'), (conf, mode) => this.#write(conf, mode, 'text')],
    agreed: (answer) => this.#agreed(answer),
  };
  /** where its pages were last found */
  #way: ElphapexWay | undefined;
  /** the mode that it was last seen awake in */
  #awake: number | undefined;
  readonly #system: AskedSeldom<CgiSystem>;
  #noMeterAtMs: number | undefined;

  constructor({ host, port, username, passwordFile }: z.infer<typeof options>, kit: RigKit) {
    this.#kit = kit;
    this.#system = new AskedSeldom(kit.nowMs);
    const login = { username, ...secretOf(kit.secrets, passwordFile) };
    const device = httpDevice({ host, port, who: 'an Elphapex', addresses: kit.addresses, contacts: 1, login });
    // Some ask for Digest, and a DG-Home1 was reported to ask for Basic.
    this.#page = new ModePage(device, kit.nowMs, ['digest', 'basic']);
  }

  read(signal: AbortSignal, brief?: 'brief'): Promise<Outcome<RigReading>> {
    return this.#page.look(signal, (own) => this.#look(own), brief);
  }

  pause(signal: AbortSignal): Promise<Outcome> {
    return this.#change((now) => (now !== undefined && ELPHAPEX.sleeps(now) ? undefined : ELPHAPEX_SLEEP[this.#way ?? 'cgi']), signal);
  }

  resume(mode: string | undefined, signal: AbortSignal): Promise<Outcome> {
    // A blind "normal" makes a rig in a low power mode one at full power.
    const before = wakingMode(mode, ELPHAPEX) ?? this.#awake ?? 0;
    return this.#change((now) => (now === undefined || ELPHAPEX.sleeps(now) ? before : undefined), signal);
  }

  reboot(signal: AbortSignal): Promise<Outcome> {
    return this.#page.orderAlone(signal, async (own) => {
      // It often dies before it answers, so that it is there must be known before.
      const there = await this.#conf(own);
      if (!there.ok) return there;
      const said = await this.#page.askLast({ path: this.#path('reboot') }, own);
      if (!said.ok) return said;
      return said.value === 'silent' || said.value.status < 400 ? DONE : this.#agreed(said.value);
    });
  }

  locate(on: boolean, signal: AbortSignal): Promise<Outcome> {
    return this.#page.orderAlone(signal, async (own) => {
      const there = await this.#conf(own);
      if (!there.ok) return there;
      const { page, body } = elphapexBlink(this.#way ?? 'cgi', on);
      const said = await this.#page.ask({ method: 'POST', path: this.#path(page), body }, own);
      return said.ok ? this.#agreed(said.value) : said;
    });
  }

  mayOrder(signal: AbortSignal): Promise<Outcome> {
    return this.#page.look(signal, async (own) => {
      const conf = await this.#conf(own);
      return conf.ok ? this.#page.writable(conf.value) : conf;
    });
  }

  close(): Promise<void> {
    return this.#page.close();
  }

  #change(to: ModeChange<number>, signal: AbortSignal): Promise<Outcome> {
    return this.#page.order(signal, (own) => this.#page.change(to, this.#writing, own));
  }

  #agreed(answer: HttpAnswer): Outcome {
    return cgiAgreementIn(answer, this.#page.device, ELPHAPEX);
  }

  #path(page: string): string {
    return elphapexPath(this.#way ?? 'cgi', page);
  }

  #write(conf: CgiConf, mode: number, as: 'number' | 'text'): HttpQuestion {
    const { page, body } = elphapexWrite(this.#way ?? 'cgi', { conf, mode, as });
    return { method: 'POST', path: this.#path(page), body, answerMs: WRITE_MS };
  }

  async #look(signal: AbortSignal): Promise<Outcome<RigReading>> {
    const takenAtMs = this.#kit.nowMs();
    const { reloads } = this.#page;
    const conf = await this.#conf(signal);
    if (!conf.ok) {
      this.#system.forget();
      return conf;
    }
    const { device } = this.#page;
    const summary = cgiRowsIn(await this.#ask('summary', signal), 'SUMMARY', device);
    const stats = cgiRowsIn(await this.#ask('stats', signal), 'STATS', device);
    const { state, ...rest } = cgiLook({ conf: conf.value, summary, stats, reloads }, ELPHAPEX);
    const system = await this.#system.get(rest.uptimeSeconds, () => this.#whoItIs(signal));
    const watts = await this.#watts(signal);
    return ok(rigReading({ rig: this.#kit.rig, takenAtMs, state }, { ...rest, ...system?.is, identityAtMs: system?.askedAtMs, ...watts }));
  }

  async #watts(signal: AbortSignal): Promise<Pick<RigReading, 'watts' | 'wattsFrom'>> {
    const askedAtMs = this.#kit.nowMs();
    if (this.#noMeterAtMs !== undefined && askedAtMs - this.#noMeterAtMs < NO_METER_MS) return {};
    const answer = await this.#ask('get_power', signal);
    this.#noMeterAtMs = answer.ok && answer.value.status === 404 ? askedAtMs : undefined;
    const watts = answer.ok ? elphapexWattsIn(answer.value, this.#page.device) : undefined;
    return watts === undefined ? {} : { watts, wattsFrom: 'measured' };
  }

  async #whoItIs(signal: AbortSignal): Promise<CgiSystem | undefined> {
    return cgiSystemIn(await this.#ask('get_system_info', signal), this.#page.device, () => 'scrypt');
  }

  #ask(page: string, signal: AbortSignal): Promise<Outcome<HttpAnswer>> {
    return this.#page.ask({ path: this.#path(page) }, signal);
  }

  /** Where its pages stand is found out once, and anew where they are there no more: firmware is updated. */
  async #conf(signal: AbortSignal): Promise<Outcome<CgiConf>> {
    const known = this.#way ?? 'cgi';
    const conf = await this.#confBy(known, signal);
    if (conf.ok || conf.fault.code !== 'unsupported') return conf;
    const other = await this.#confBy(known === 'cgi' ? 'luci' : 'cgi', signal);
    return other.ok || other.fault.code !== 'unsupported' ? other : conf;
  }

  async #confBy(way: ElphapexWay, signal: AbortSignal): Promise<Outcome<CgiConf>> {
    const answer = await this.#page.ask({ path: elphapexPath(way, 'get_miner_conf') }, signal);
    const conf = answer.ok ? elphapexConfIn(answer.value, this.#page.device, way) : answer;
    if (conf.ok) this.#found(way, conf.value.mode);
    return conf;
  }

  #found(way: ElphapexWay, mode: number | undefined): void {
    this.#way = way;
    if (mode !== undefined && !ELPHAPEX.sleeps(mode)) this.#awake = mode;
  }
}
