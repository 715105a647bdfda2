// A Whatsminer over API 2: plain questions on port 4028, sealed orders. A token is kept warm by the readings, so that a pause
// is one request; it is taken anew at 25 of its 30 minutes, for a rig gives out 32 at most.
import { DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading, RigSettings } from '../model/rig.ts';
import type { TcpDevice } from '../transports/tcp-device.ts';
import type { PowerMode, Standing } from '../wire/whatsminer.ts';
import {
  type AnswerV2,
  answerV2,
  challengeIn,
  hashV2,
  identityV2,
  opened,
  orderV2,
  questionV2,
  readingV2,
  refusalV2,
  settingsV2,
  standingV2,
  type TokenV2,
  tokenV2,
} from '../wire/whatsminer-v2.ts';
import { type RigKit, rigReading } from './port.ts';
import { LoginHold, type WhatsminerApi, type WhatsminerLogin } from './whatsminer-api.ts';

/** The readings take a new one then. */
const FRESH_MS = 25 * 60_000;
/** An order uses one that is older, as long as it lives: nothing is to stand before a pause. */
const ALIVE_MS = 29 * 60_000;
/** ms between two tries of the readings to get a token: where it gives none, asking keeps it from giving one. */
const TRY_AGAIN_MS = 5 * 60_000;

const MODES: Readonly<Record<PowerMode, string>> = { low: 'set_low_power', normal: 'set_normal_power', high: 'set_high_power' };
const BLINK = { color: 'red', period: '200', duration: '100', start: '0' };

type Parameters = Readonly<Record<string, string>>;

/** What came of one try. */
interface Try {
  readonly outcome: Outcome<AnswerV2>;
  /** it was not carried out for the token's sake */
  readonly login: boolean;
  /** it could not open the seal */
  readonly unread: boolean;
  /** the order itself was put, and not only a question before it */
  readonly put: boolean;
}

export class WhatsminerV2 implements WhatsminerApi {
  readonly #device: TcpDevice;
  readonly #login: WhatsminerLogin;
  readonly #kit: RigKit;
  readonly #hold: LoginHold;
  #token: (TokenV2 & { readonly atMs: number }) | undefined;
  #hash: { readonly salt: string; readonly hash: string } | undefined;
  #triedAtMs = Number.NEGATIVE_INFINITY;

  constructor(device: TcpDevice, login: WhatsminerLogin, kit: RigKit) {
    this.#device = device;
    this.#login = login;
    this.#kit = kit;
    this.#hold = new LoginHold(kit.nowMs);
  }

  async answers(signal: AbortSignal): Promise<Outcome> {
    const summary = await this.#agree('summary', signal);
    return summary.ok ? DONE : summary;
  }

  /**
   * Two short connections, a third where the MAC is not yet in them. Only the first must succeed, for it holds the state; the
   * oldest firmware has no such command, and shows no more than that it hashes.
   */
  async look(signal: AbortSignal): Promise<Outcome<RigReading>> {
    const takenAtMs = this.#kit.nowMs();
    const status = await this.#agree('status', signal);
    if (!status.ok && status.fault.code !== 'unsupported') return status;
    const said = await this.#said('summary', signal);
    const summary = this.#agreed(said, 'summary');
    if (!status.ok && !summary.ok) return status;
    const { state, rest } = readingV2(status.ok ? status.value : undefined, {
      told: summary.ok ? summary.value : undefined,
      heard: said.ok,
    });
    const identity = rest.identity ?? (await this.#identity(signal));
    await this.#keepWarm(signal);
    return ok(rigReading({ rig: this.#kit.rig, takenAtMs, state }, { ...rest, identity }));
  }

  async settings(signal: AbortSignal): Promise<Outcome<RigSettings | undefined>> {
    const pools = await this.#agree('pools', signal);
    return pools.ok ? ok(settingsV2(pools.value)) : pools;
  }

  async standing(signal: AbortSignal): Promise<Outcome<Standing>> {
    const status = await this.#agree('status', signal);
    if (!status.ok) return status;
    const summary = await this.#agree('summary', signal);
    return ok(standingV2(status.value, summary.ok ? summary.value : undefined));
  }

  run(want: 'pause' | 'resume', signal: AbortSignal): Promise<Outcome> {
    // Else it answers after it has acted, and its answer may be lost.
    return want === 'pause' ? this.#order('power_off', signal, { respbefore: 'true' }) : this.#order('power_on', signal);
  }

  setMode(mode: PowerMode, signal: AbortSignal): Promise<Outcome> {
    return this.#order(MODES[mode], signal);
  }

  setLimit(watts: number, signal: AbortSignal): Promise<Outcome> {
    return this.#order('adjust_power_limit', signal, { power_limit: String(watts) });
  }

  async reboot(signal: AbortSignal): Promise<Outcome> {
    const { outcome, put } = await this.#sealed('reboot', {}, signal);
    if (outcome.ok) return DONE;
    // It goes down with the connection open: that it took the order and went silent is its answer.
    return put && outcome.fault.code === 'timeout' && !signal.aborted ? DONE : outcome;
  }

  locate(on: boolean, signal: AbortSignal): Promise<Outcome> {
    return this.#order('set_led', signal, on ? BLINK : { param: 'auto' });
  }

  /** A question in the seal of an order: whoever can't open it says so, and nobody does anything. */
  async mayOrder(signal: AbortSignal): Promise<Outcome> {
    const { outcome: asked } = await this.#sealed('status', {}, signal);
    return asked.ok || asked.fault.code === 'unsupported' ? DONE : asked;
  }

  async #order(cmd: string, signal: AbortSignal, parameters: Parameters = {}): Promise<Outcome> {
    const { outcome } = await this.#sealed(cmd, parameters, signal);
    return outcome.ok ? DONE : outcome;
  }

  /**
   * A token may have died with a reboot, or of another program's taking one: then once more with a new one. Some firmware can't
   * read an order with `respbefore` in it, so the second time goes without where the first was not read.
   */
  async #sealed(cmd: string, parameters: Parameters, signal: AbortSignal): Promise<Try> {
    const held = this.#hold.fault;
    if (held !== undefined) return { outcome: { ok: false, fault: held }, login: false, unread: false, put: false };
    const first = await this.#try(cmd, parameters, signal);
    if (!first.login) return first;
    this.#token = undefined;
    const { respbefore: _, ...fewer } = parameters;
    const second = await this.#try(cmd, first.unread ? fewer : parameters, signal);
    if (second.login && !second.outcome.ok) {
      this.#token = undefined;
      this.#hold.refuse(second.outcome.fault);
    }
    return second;
  }

  async #try(cmd: string, parameters: Parameters, signal: AbortSignal): Promise<Try> {
    const token = await this.#tokenFor(signal, ALIVE_MS);
    if (!token.ok) return { outcome: token, login: false, unread: false, put: false };
    const no = (outcome: Outcome<never>): Try => ({ outcome, login: false, unread: false, put: true });
    const answer = this.#understood(await this.#device.ask(orderV2(cmd, parameters, token.value), signal), cmd);
    if (!answer.ok) return no(answer);
    const plain = answer.value.sealed === undefined ? answer : this.#unsealed(answer.value.sealed, token.value, cmd);
    if (!plain.ok) return no(plain);
    const refusal = refusalV2(plain.value);
    if (refusal === undefined) return { outcome: plain, login: false, unread: false, put: true };
    return { outcome: this.#located(refusal.outcome, cmd), login: refusal.login, unread: refusal.unread, put: true };
  }

  #unsealed(data: string, token: TokenV2, cmd: string): Outcome<AnswerV2> {
    const plain = opened(data, token.key);
    const answer = plain === undefined ? failed('garbled', 'an answer in no seal that is known') : answerV2(plain);
    return answer.ok ? answer : this.#located(answer, cmd);
  }

  /** The token that is there and younger than so many ms, else a new one. */
  async #tokenFor(signal: AbortSignal, youngerMs: number): Promise<Outcome<TokenV2>> {
    if (this.#token !== undefined && this.#kit.nowMs() - this.#token.atMs < youngerMs) return ok(this.#token);
    const { password, without } = this.#login;
    if (password === undefined) return failed('unauthorized', `${this.#device.where} wants a password for orders: ${without}`);
    const atMs = this.#kit.nowMs();
    this.#triedAtMs = atMs;
    const answer = await this.#agree('get_token', signal);
    if (!answer.ok) return answer;
    const challenge = challengeIn(answer.value);
    if (challenge === undefined) return failed('garbled', `${this.#device.where}: get_token: the answer holds no salts`);
    // Its salt is the same for years, and the hash is no small work for a Pi with a hundred rigs.
    const { salt } = challenge;
    if (this.#hash?.salt !== salt) this.#hash = { salt, hash: hashV2(password, salt) };
    this.#token = { ...tokenV2(this.#hash.hash, challenge), atMs };
    return ok(this.#token);
  }

  /** Never costs the reading: without a token an order takes one itself. */
  async #keepWarm(signal: AbortSignal): Promise<void> {
    if (this.#login.password === undefined || this.#hold.fault !== undefined) return;
    if (this.#kit.nowMs() - this.#triedAtMs >= TRY_AGAIN_MS) await this.#tokenFor(signal, FRESH_MS);
  }

  async #identity(signal: AbortSignal): Promise<string | undefined> {
    const info = await this.#agree('get_miner_info', signal);
    return info.ok ? identityV2(info.value) : undefined;
  }

  /** A plain question, and an answer in which it did not refuse. */
  async #agree(cmd: string, signal: AbortSignal): Promise<Outcome<AnswerV2>> {
    return this.#agreed(await this.#said(cmd, signal), cmd);
  }

  async #said(cmd: string, signal: AbortSignal): Promise<Outcome<AnswerV2>> {
    return this.#understood(await this.#device.ask(questionV2(cmd), signal), cmd);
  }

  #agreed(answer: Outcome<AnswerV2>, cmd: string): Outcome<AnswerV2> {
    const refusal = answer.ok ? refusalV2(answer.value) : undefined;
    return refusal === undefined ? answer : this.#located(refusal.outcome, cmd);
  }

  #understood(bytes: Outcome<Uint8Array>, cmd: string): Outcome<AnswerV2> {
    if (!bytes.ok) return bytes;
    const answer = answerV2(bytes.value);
    return answer.ok ? answer : this.#located(answer, cmd);
  }

  #located({ fault }: ReturnType<typeof failed>, cmd: string): ReturnType<typeof failed> {
    return failed(fault.code, `${this.#device.where}: ${cmd}: ${fault.detail}`, fault.retry);
  }
}
