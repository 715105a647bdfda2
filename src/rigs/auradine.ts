// Auradine Teraflux rigs (FluxOS), over their API on HTTP, port 8080. A pause is the mode `sleep`: boards go dark, the control board
// stays up; which mode it runs in is kept meanwhile. Everything wants a token but what can be read on port 4028.
import { z } from 'zod';
import { DONE, type Fault, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading, RigSettings } from '../model/rig.ts';
import { AskedSeldom } from '../transports/asked-seldom.ts';
import { deviceHost, devicePort, secretFile, userName } from '../transports/endpoint.ts';
import { type HttpDevice, httpDevice } from '../transports/http-device.ts';
import { tellingSettings } from '../transports/owners-settings.ts';
import { type TcpDevice, tcpDevice } from '../transports/tcp-device.ts';
import {
  AURADINE,
  AURADINE_LED,
  type AuradineMode,
  type AuradineSeen,
  auradineAnswerIn,
  auradineLedIn,
  auradineLook,
  auradineModeIn,
  auradineTokenIn,
  auradineWhoIn,
} from '../wire/auradine.ts';
import { poolSettingsIn } from '../wire/pools.ts';
import { paceOf, stateAwake } from '../wire/rows-4028.ts';
import { type Answer4028, Talk4028 } from '../wire/socket4028.ts';
import { type RigDriver, type RigKit, rigDriverKind, rigReading } from './port.ts';

const options = z.strictObject({
  host: deviceHost.describe('address of the rig'),
  port: devicePort(8080).describe('port of its API on HTTP'),
  apiPort: devicePort(4028).describe('port of its other API, which is read where the login is refused; it can order nothing'),
  username: userName.default('admin').describe('user of its page'),
  passwordFile: secretFile.describe(
    'file with the password of its page; from the factory it is admin, and nothing is tried but what stands here',
  ),
});

export const auradine = rigDriverKind({
  name: 'auradine',
  maturity: 'simulated',
  about: 'Auradine Teraflux (FluxOS): sleeps and wakes through its API on port 8080, and can be limited to watts.',
  options,
  defaults: {
    // 59 W were seen asleep.
    pausedWatts: 60,
    // Seconds until its boards are dark; the rest is for a second try.
    graceSeconds: 45,
    // Chips at 70 to 90 °C want their fans for 30 to 60 s.
    coolDownSeconds: 30,
    resumeMinutes: 4,
    restartMinutes: 6,
    pausePersists: true,
    answerSeconds: 20,
  },
  can: { read: true, pause: true, resume: true, halt: false, limit: true },
  secretFiles: ({ passwordFile }) => [passwordFile],
  open: (given, kit) => {
    const rig = new Auradine(given, kit);
    const driver: RigDriver = {
      read: (signal, brief) => rig.read(signal, brief),
      pause: (signal) => rig.sleep('on', signal),
      resume: (_mode, signal) => rig.sleep('off', signal),
      limitWatts: (watts, was, signal) => rig.limit(watts, was, signal),
      reboot: (signal) => rig.reboot(signal),
      locate: (on, signal) => rig.locate(on, signal),
      mayOrder: (signal) => rig.mayOrder(signal),
      close: () => rig.close(),
    };
    return tellingSettings(driver, { nowMs: kit.nowMs, ask: (signal) => rig.settings(signal) });
  },
});

/** ms that no login is tried after one was refused */
const REST_MS = 300_000;
/** The modes that have no figure of their owner's, and so can be brought back. */
const NAMED: ReadonlySet<string | undefined> = new Set(['eco', 'normal', 'turbo']);
/** More answers than these are not lost in a row. */
const OURS_LIMIT = 8;
/** What leaves open whether an order was carried out. */
const UNSURE: ReadonlySet<Fault['code']> = new Set(['unreachable', 'timeout']);

class Auradine {
  readonly #kit: RigKit;
  readonly #device: HttpDevice;
  readonly #api: TcpDevice;
  readonly #door: Door;
  readonly #who: AskedSeldom<ReturnType<typeof auradineWhoIn>>;
  /** the mode that it had before it was limited, and the W of our limits, the newest first; where answers were lost nobody knows which stands */
  #limited: { readonly mode: string; readonly watts: readonly number[] } | undefined;

  constructor({ host, port, apiPort, username, passwordFile }: z.infer<typeof options>, kit: RigKit) {
    this.#kit = kit;
    this.#who = new AskedSeldom(kit.nowMs);
    this.#device = httpDevice({ host, port, who: 'an Auradine', addresses: kit.addresses, contacts: 1, answerLimit: 256 * 1024 });
    this.#api = (kit.tcp ?? tcpDevice)({ host, port: apiPort }, kit.addresses);
    this.#door = new Door(this.#device, { username, password: kit.secrets.get(passwordFile), nowMs: kit.nowMs });
  }

  read(signal: AbortSignal, brief?: 'brief'): Promise<Outcome<RigReading>> {
    return this.#device.run({ signal, urgent: brief !== undefined, work: (own) => this.#look(own, brief) });
  }

  settings(signal: AbortSignal): Promise<Outcome<RigSettings | undefined>> {
    return this.#device.run({
      signal,
      urgent: false,
      work: async (own) => {
        const pools = await this.#door.peek(AURADINE.pools, own);
        return pools.ok ? ok(poolSettingsIn(pools.value)) : pools;
      },
    });
  }

  sleep(sleep: 'on' | 'off', signal: AbortSignal): Promise<Outcome> {
    return this.#order(signal, async (own) => {
      const done = await this.#tell(AURADINE.mode, { sleep }, own);
      if (done.ok || done.fault.code !== 'refused') return done;
      const mode = await this.#mode(own);
      return mode.ok && mode.value.asleep === (sleep === 'on') ? DONE : done;
    });
  }

  /** By its mode `custom`. One that its owner has tuned himself is left alone: his figures could not be brought back. */
  limit(watts: number | undefined, was: string | undefined, signal: AbortSignal): Promise<Outcome> {
    return this.#order(signal, async (own) => {
      const mode = await this.#mode(own);
      if (!mode.ok) return mode;
      const before = this.#before(mode.value, was);
      if (watts === undefined) return this.#unlimit(before, mode.value, own);
      if (before === undefined) {
        return this.#refused('is tuned by its owner (mode custom), which a limit would overwrite: set the watts on its page');
      }
      if (mode.value.asleep !== false) return this.#refused('is asleep: limit it while it hashes');
      const power = Math.floor(watts);
      if (mode.value.name === 'custom' && mode.value.watts === power) return DONE;
      // Remembered ahead of the order: its answer may be lost, and the mode before must not be.
      const ours = this.#limited?.mode === before ? this.#limited.watts : [];
      this.#limited = { mode: before, watts: [power, ...ours].slice(0, OURS_LIMIT) };
      const done = await this.#tell(AURADINE.mode, { mode: 'custom', tune: 'power', power }, own);
      if (done.ok) this.#limited = { mode: before, watts: [power] };
      return done;
    });
  }

  /** Its operating system; it often goes before it answers, so that it is there is asked before. */
  reboot(signal: AbortSignal): Promise<Outcome> {
    return this.#order(signal, async (own) => {
      const there = await this.#mode(own);
      if (!there.ok) return there;
      const done = await this.#tell(AURADINE.restart, {}, own);
      return done.ok || !UNSURE.has(done.fault.code) || own.aborted ? done : DONE;
    });
  }

  /** A light that tells of a fault is left alone. */
  locate(on: boolean, signal: AbortSignal): Promise<Outcome> {
    return this.#order(signal, async (own) => {
      const led = await this.#door.ask(AURADINE.led, undefined, own);
      if (!led.ok) return led;
      const blinks = auradineLedIn(led.value) === AURADINE_LED.located;
      return blinks === on ? DONE : this.#tell(AURADINE.led, { code: on ? AURADINE_LED.located : AURADINE_LED.normal }, own);
    });
  }

  mayOrder(signal: AbortSignal): Promise<Outcome> {
    return this.#device.run({
      signal,
      urgent: false,
      work: async (own) => {
        const mode = await this.#mode(own);
        return mode.ok ? DONE : mode;
      },
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.#device.close(), this.#api.close()]);
  }

  #order(signal: AbortSignal, work: (own: AbortSignal) => Promise<Outcome>): Promise<Outcome> {
    return this.#device.run({ signal, urgent: true, work });
  }

  async #tell(path: string, order: object, signal: AbortSignal): Promise<Outcome> {
    const done = await this.#door.ask(path, order, signal);
    return done.ok ? DONE : done;
  }

  async #mode(signal: AbortSignal): Promise<Outcome<AuradineMode>> {
    const answer = await this.#door.ask(AURADINE.mode, undefined, signal);
    return answer.ok ? auradineModeIn(answer.value, this.#device) : answer;
  }

  /** The mode that a limit, ours or one to come, is taken back to; undefined: not known. */
  #before({ name, watts }: AuradineMode, was: string | undefined): string | undefined {
    if (this.#limited === undefined && was !== undefined && NAMED.has(was)) return was;
    if (name !== undefined && NAMED.has(name)) return name;
    return watts !== undefined && this.#limited?.watts.includes(watts) === true ? this.#limited.mode : undefined;
  }

  async #unlimit(before: string | undefined, { name }: AuradineMode, signal: AbortSignal): Promise<Outcome> {
    if (before === undefined) return this.#refused('is in a mode of which is not known what it was before: set it on its page');
    if (name === before) return DONE;
    return this.#tell(AURADINE.mode, { mode: before }, signal);
  }

  #refused(why: string): Outcome<never> {
    return failed('refused', `${this.#device.where} ${why}`, 'later');
  }

  async #look(signal: AbortSignal, brief: 'brief' | undefined): Promise<Outcome<RigReading>> {
    const takenAtMs = this.#kit.nowMs();
    const mode = await this.#mode(signal);
    if (!mode.ok) {
      this.#who.forget();
      return mode.fault.code === 'unauthorized' ? this.#lookBeside(mode, signal) : mode;
    }
    const seen: AuradineSeen = {
      psu: await this.#seen(AURADINE.psu, signal),
      summary: (await this.#seen(AURADINE.summary, signal)) ?? (await this.#summaryBeside(signal)),
      temperature: brief === undefined ? await this.#seen(AURADINE.temperature, signal) : undefined,
      fan: brief === undefined ? await this.#seen(AURADINE.fan, signal) : undefined,
    };
    const { state, ...figures } = auradineLook(mode.value, seen);
    const who = await this.#who.get(figures.uptimeSeconds, () => this.#whoItIs(signal));
    const { name } = mode.value;
    const limit = NAMED.has(name) ? name : undefined;
    const rest = { ...figures, ...who?.is, identityAtMs: who?.askedAtMs, mode: name, limit, algorithm: 'sha256' };
    return ok(rigReading({ rig: this.#kit.rig, takenAtMs, state }, rest));
  }

  async #seen(path: string, signal: AbortSignal): Promise<Answer4028 | undefined> {
    const answer = await this.#door.ask(path, undefined, signal);
    return answer.ok ? answer.value : undefined;
  }

  async #summaryBeside(signal: AbortSignal): Promise<Answer4028 | undefined> {
    const answer = await new Talk4028(this.#api, signal).agree('summary');
    return answer.ok ? answer.value : undefined;
  }

  /** By the API that wants no login. It knows no sleep, so nothing it says is a pause; `refused` where it says nothing. */
  async #lookBeside(refused: Outcome<never>, signal: AbortSignal): Promise<Outcome<RigReading>> {
    const takenAtMs = this.#kit.nowMs();
    const row = (await this.#summaryBeside(signal))?.rows('SUMMARY')[0];
    if (row === undefined) return refused;
    const pace = paceOf(row);
    return ok(rigReading({ rig: this.#kit.rig, takenAtMs, state: stateAwake(pace, 0) }, { ...pace, algorithm: 'sha256' }));
  }

  async #whoItIs(signal: AbortSignal): Promise<ReturnType<typeof auradineWhoIn> | undefined> {
    const answer = await this.#seen(AURADINE.who, signal);
    return answer === undefined ? undefined : auradineWhoIn(answer);
  }
}

interface Login {
  readonly username: string;
  /** undefined: its file could not be read */
  readonly password: string | undefined;
  /** monotonic ms */
  readonly nowMs: () => number;
}

/** Who we are to an Auradine: a token that a password is changed for, kept until it is refused. */
class Door {
  readonly #device: HttpDevice;
  readonly #login: Login;
  #token: string | undefined;
  /** monotonic ms until which no login is tried */
  #closedUntilMs = Number.NEGATIVE_INFINITY;
  /** monotonic ms until which none is tried for the sake of one page, which refused the token of a good one; says nothing of the others */
  readonly #deniedUntilMs = new Map<string, number>();

  constructor(device: HttpDevice, login: Login) {
    this.#device = device;
    this.#login = login;
  }

  /** An answer in which it agreed, to a question or with `order` to an order; at most one login. */
  async ask(path: string, order: object | undefined, signal: AbortSignal): Promise<Outcome<Answer4028>> {
    const kept = this.#token;
    if (kept !== undefined) {
      const answer = await this.#with(kept, path, order, signal);
      if (answer.ok || answer.fault.code !== 'unauthorized' || this.#isDenied(path)) return answer;
      // It grew old, or the rig was restarted.
      this.#token = undefined;
    }
    const token = await this.#enter(signal);
    if (!token.ok) return token;
    const answer = await this.#with(token.value, path, order, signal);
    if (answer.ok || answer.fault.code !== 'unauthorized') return answer;
    this.#deniedUntilMs.set(path, this.#login.nowMs() + REST_MS);
    return failed(
      'unauthorized',
      `${this.#device.where} took the password and refuses the token that it gave for it at ${path}: restart it`,
    );
  }

  /** By the token that is there: nobody logs in for it, and what it is refused shuts nothing. */
  async peek(path: string, signal: AbortSignal): Promise<Outcome<Answer4028>> {
    const { where } = this.#device;
    return this.#token === undefined ? failed('unauthorized', `${where} wants a login`) : this.#with(this.#token, path, undefined, signal);
  }

  #isDenied(path: string): boolean {
    return (this.#deniedUntilMs.get(path) ?? Number.NEGATIVE_INFINITY) > this.#login.nowMs();
  }

  async #with(token: string, path: string, order: object | undefined, signal: AbortSignal): Promise<Outcome<Answer4028>> {
    const headers = { Token: token };
    const body = order === undefined ? undefined : JSON.stringify({ command: path.slice(1), ...order });
    const answer = await this.#device.ask(body === undefined ? { path, headers } : { method: 'POST', path, headers, body }, signal);
    const said = answer.ok ? auradineAnswerIn(answer.value, path, this.#device) : answer;
    if (said.ok) return said;
    // What it refuses it may quote.
    return failed(said.fault.code, said.fault.detail.replaceAll(token, '(token)'), said.fault.retry);
  }

  async #enter(signal: AbortSignal): Promise<Outcome<string>> {
    const { where } = this.#device;
    const { username, password, nowMs } = this.#login;
    if (password === undefined)
      return failed('unauthorized', `${where} wants a login: the file of passwordFile could not be read; mend it and reload`);
    const left = this.#closedUntilMs - nowMs();
    if (left > 0) {
      const minutes = Math.ceil(left / 60_000);
      return failed('unauthorized', `${where} refused the login, which is tried again in ${minutes} min: correct the file of passwordFile`);
    }
    const body = JSON.stringify({ command: 'token', user: username, password });
    const answer = await this.#device.ask({ method: 'POST', path: AURADINE.token, body }, signal);
    if (!answer.ok) return answer;
    const said = auradineAnswerIn(answer.value, AURADINE.token, this.#device);
    // It says no in an answer of its own, whatever its words.
    if (!said.ok && (said.fault.code === 'unauthorized' || (said.fault.code === 'refused' && answer.value.status < 500)))
      return this.#shut('does not take user and password: correct username and the file of passwordFile');
    const token = said.ok ? auradineTokenIn(said.value, this.#device) : said;
    if (token.ok) this.#token = token.value;
    return token;
  }

  #shut(because: string): Outcome<never> {
    this.#token = undefined;
    this.#closedUntilMs = this.#login.nowMs() + REST_MS;
    return failed('unauthorized', `${this.#device.where} ${because}`);
  }
}
