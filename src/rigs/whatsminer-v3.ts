// A Whatsminer over API 3: frames on port 4433. Its salt and its clock are taken from every reading, so that a pause is one
// request, signed with the rig's own time: a Pi that has just lost its power may not know what time it is.
import { DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading, RigSettings } from '../model/rig.ts';
import type { PowerMode, Standing } from '../wire/whatsminer.ts';
import { HOW_TO_OPEN } from '../wire/whatsminer.ts';
import {
  type AnswerV3,
  answerV3,
  isOpenV3,
  orderV3,
  questionV3,
  readingV3,
  refusalV3,
  saltIn,
  settingsV3,
  standingV3,
} from '../wire/whatsminer-v3.ts';
import { type RigKit, rigReading } from './port.ts';
import { LoginHold, type WhatsminerApi, type WhatsminerLogin } from './whatsminer-api.ts';

/** A way to the rig's framed port. */
export interface FramedDevice {
  /** `host:port` */
  readonly where: string;
  ask(payload: string, signal: AbortSignal): Promise<Outcome<Uint8Array>>;
}

const INFO = 'get.device.info';
const STATUS = 'get.miner.status';
const FANS = 'get.fan.setting';
const BLINK = [
  { color: 'red', period: 200, duration: 100, start: 0 },
  { color: 'green', period: 200, duration: 100, start: 100 },
];

/** What its last answer said of how to sign. */
interface Known {
  readonly salt: string;
  /** unix s, as the rig has it; absent where it tells none */
  readonly clock: number | undefined;
  readonly atMs: number;
}

interface Try {
  readonly outcome: Outcome<AnswerV3>;
  /** it was not carried out for the signature's sake */
  readonly login: boolean;
  /** the order itself was put, and not only a question before it */
  readonly put: boolean;
}

export class WhatsminerV3 implements WhatsminerApi {
  readonly #device: FramedDevice;
  readonly #login: WhatsminerLogin;
  readonly #kit: RigKit;
  readonly #hold: LoginHold;
  #known: Known | undefined;

  constructor(device: FramedDevice, login: WhatsminerLogin, kit: RigKit) {
    this.#device = device;
    this.#login = login;
    this.#kit = kit;
    this.#hold = new LoginHold(kit.nowMs);
  }

  async answers(signal: AbortSignal): Promise<Outcome> {
    const info = await this.#info(signal);
    return info.ok ? DONE : info;
  }

  /** Two short connections; only the first must succeed, for it holds the state. */
  async look(signal: AbortSignal): Promise<Outcome<RigReading>> {
    const takenAtMs = this.#kit.nowMs();
    const info = await this.#info(signal);
    if (!info.ok) return info;
    const said = await this.#said(STATUS, signal, 'summary');
    const status = this.#agreed(said, STATUS);
    const { state, rest } = readingV3(info.value, { told: status.ok ? status.value : undefined, heard: said.ok });
    return ok(rigReading({ rig: this.#kit.rig, takenAtMs, state }, rest));
  }

  /** Two short connections; only the first must succeed. */
  async settings(signal: AbortSignal): Promise<Outcome<RigSettings | undefined>> {
    const pools = await this.#agree(STATUS, signal, 'pools');
    if (!pools.ok) return pools;
    const fans = await this.#agree(FANS, signal);
    return ok(settingsV3(pools.value, fans.ok ? fans.value : undefined));
  }

  async standing(signal: AbortSignal): Promise<Outcome<Standing>> {
    const info = await this.#info(signal);
    if (!info.ok) return info;
    const status = await this.#agree(STATUS, signal, 'summary');
    return ok(standingV3(info.value, status.ok ? status.value : undefined));
  }

  run(want: 'pause' | 'resume', signal: AbortSignal): Promise<Outcome> {
    return this.#order('set.miner.service', want === 'pause' ? 'stop' : 'start', signal);
  }

  setMode(mode: PowerMode, signal: AbortSignal): Promise<Outcome> {
    return this.#order('set.miner.power_mode', mode, signal);
  }

  setLimit(watts: number, signal: AbortSignal): Promise<Outcome> {
    return this.#order('set.miner.power_limit', watts, signal);
  }

  async reboot(signal: AbortSignal): Promise<Outcome> {
    const { outcome, put } = await this.#signed('set.system.reboot', undefined, signal);
    if (outcome.ok) return DONE;
    // It goes down with the connection open: that it took the order and went silent is its answer.
    return put && outcome.fault.code === 'timeout' && !signal.aborted ? DONE : outcome;
  }

  locate(on: boolean, signal: AbortSignal): Promise<Outcome> {
    return this.#order('set.system.led', on ? BLINK : 'auto', signal);
  }

  /** Whether its API is open to orders, as it says itself; `not-asked` where it is: of the password nothing can be learnt without an order. */
  async mayOrder(signal: AbortSignal): Promise<Outcome> {
    const password = this.#password();
    if (!password.ok) return password;
    const info = await this.#info(signal);
    if (!info.ok) return info;
    return isOpenV3(info.value) === false
      ? failed('unauthorized', `${this.#device.where} takes no orders over its API: ${HOW_TO_OPEN}`)
      : failed('not-asked', `${this.#device.where} tells of its password by an order alone: drill it once`);
  }

  async #order(cmd: string, param: unknown, signal: AbortSignal): Promise<Outcome> {
    const { outcome } = await this.#signed(cmd, param, signal);
    return outcome.ok ? DONE : outcome;
  }

  /** A salt may have changed with a password or a reboot, and a clock been set: then once more with what it says now. */
  async #signed(cmd: string, param: unknown, signal: AbortSignal): Promise<Try> {
    const first = await this.#try(cmd, param, signal);
    if (!first.login) return first;
    this.#known = undefined;
    const second = await this.#try(cmd, param, signal);
    if (second.login && !second.outcome.ok) this.#hold.refuse(second.outcome.fault);
    return second;
  }

  async #try(cmd: string, param: unknown, signal: AbortSignal): Promise<Try> {
    const password = this.#password();
    if (!password.ok) return { outcome: password, login: false, put: false };
    const known = await this.#salted(signal);
    if (!known.ok) return { outcome: known, login: false, put: false };
    const signer = { account: this.#login.username, password: password.value, salt: known.value.salt };
    const answer = this.#understood(await this.#device.ask(orderV3(cmd, param, signer, this.#clock(known.value)), signal), cmd);
    const refusal = answer.ok ? refusalV3(answer.value) : undefined;
    return refusal === undefined
      ? { outcome: answer, login: false, put: true }
      : { outcome: this.#located(refusal.outcome, cmd), login: refusal.login, put: true };
  }

  #password(): Outcome<string> {
    const held = this.#hold.fault;
    if (held !== undefined) return { ok: false, fault: held };
    const { password, without } = this.#login;
    return password === undefined ? failed('unauthorized', `${this.#device.where} wants a password for orders: ${without}`) : ok(password);
  }

  /** Unix s by the rig's own clock, which is the one that it compares with. */
  #clock({ clock, atMs }: Known): number {
    return clock === undefined ? Math.floor(Date.now() / 1000) : clock + Math.floor((this.#kit.nowMs() - atMs) / 1000);
  }

  async #salted(signal: AbortSignal): Promise<Outcome<Known>> {
    if (this.#known !== undefined) return ok(this.#known);
    const info = await this.#agree(INFO, signal, 'salt');
    if (!info.ok) return info;
    this.#learn(info.value);
    return this.#known === undefined ? failed('garbled', `${this.#device.where}: ${INFO}: the answer holds no salt`) : ok(this.#known);
  }

  #learn(answer: AnswerV3): void {
    const salt = saltIn(answer);
    const clock = answer.when === undefined || answer.when <= 0 ? undefined : answer.when;
    if (salt !== undefined) this.#known = { salt, clock, atMs: this.#kit.nowMs() };
  }

  async #info(signal: AbortSignal): Promise<Outcome<AnswerV3>> {
    const info = await this.#agree(INFO, signal);
    if (info.ok) this.#learn(info.value);
    return info;
  }

  async #agree(cmd: string, signal: AbortSignal, param?: string): Promise<Outcome<AnswerV3>> {
    return this.#agreed(await this.#said(cmd, signal, param), cmd);
  }

  async #said(cmd: string, signal: AbortSignal, param?: string): Promise<Outcome<AnswerV3>> {
    return this.#understood(await this.#device.ask(questionV3(cmd, param), signal), cmd);
  }

  #agreed(answer: Outcome<AnswerV3>, cmd: string): Outcome<AnswerV3> {
    const refusal = answer.ok ? refusalV3(answer.value) : undefined;
    return refusal === undefined ? answer : this.#located(refusal.outcome, cmd);
  }

  #understood(bytes: Outcome<Uint8Array>, cmd: string): Outcome<AnswerV3> {
    if (!bytes.ok) return bytes;
    const answer = answerV3(bytes.value);
    return answer.ok ? answer : this.#located(answer, cmd);
  }

  #located({ fault }: ReturnType<typeof failed>, cmd: string): ReturnType<typeof failed> {
    return failed(fault.code, `${this.#device.where}: ${cmd}: ${fault.detail}`, fault.retry);
  }
}
