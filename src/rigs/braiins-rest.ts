// Braiins OS by its REST API (25.07 and later): a token, a word for its state, and actions.
import { DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading, RigSettings } from '../model/rig.ts';
import type { HttpDevice, HttpQuestion } from '../transports/http-device.ts';
import { TokenSession } from '../transports/token-session.ts';
import {
  actedIn,
  actionPath,
  BRAIINS,
  type BraiinsOrder,
  braiinsObjectIn,
  braiinsState,
  coolingIn,
  detailsIn,
  estimated,
  isBraiins,
  leastTargetIn,
  poolGroupsIn,
  statsIn,
  takenTargetIn,
  targetIn,
  tokenIn,
} from '../wire/braiins.ts';
import type { HttpAnswer } from '../wire/http-answer.ts';
import { rateAtRest } from '../wire/rate-at-rest.ts';
import type { Row } from '../wire/rows-4028.ts';
import { type BraiinsWay, KeptTarget, type LimitWish, spokenBy, targetWords } from './braiins-way.ts';
import { type RigKit, rigReading } from './port.ts';

export interface BraiinsLogin {
  readonly username: string;
  /** undefined: none is known */
  readonly password: string | undefined;
  /** ends a sentence that says that a password is wanted */
  readonly without: string;
}

export class BraiinsRest implements BraiinsWay {
  readonly #device: HttpDevice;
  readonly #kit: RigKit;
  readonly #session: TokenSession;
  readonly #target = new KeptTarget();

  constructor(device: HttpDevice, kit: RigKit, { username, password, without }: BraiinsLogin) {
    this.#device = device;
    this.#kit = kit;
    this.#session = new TokenSession({
      device,
      nowMs: kit.nowMs,
      login: password === undefined ? undefined : { method: 'POST', path: BRAIINS.login, body: JSON.stringify({ username, password }) },
      without,
      granted: tokenIn,
    });
  }

  /** Whether it speaks this way; asked without a word of who we are, for it may be something else. */
  async isSpoken(signal: AbortSignal): Promise<Outcome<boolean>> {
    const answer = await this.#device.ask({ path: BRAIINS.details }, signal);
    return answer.ok ? spokenBy(isBraiins, answer.value, this.#device.where) : answer;
  }

  /** Four questions in turn; only the first must be answered, for it holds the state. */
  async look(signal: AbortSignal, brief?: 'brief'): Promise<Outcome<RigReading>> {
    const takenAtMs = this.#kit.nowMs();
    const answer = await this.#ask({ path: BRAIINS.details }, signal);
    const details = answer.ok ? detailsIn(answer.value, this.#device) : answer;
    if (!details.ok) return details;
    const { hashRate, watts, acceptedShares } = statsIn(await this.#rowAt(BRAIINS.stats, signal));
    const cooling = coolingIn(brief === undefined ? await this.#rowAt(BRAIINS.cooling, signal) : undefined);
    const tuner = await this.#rowAt(BRAIINS.tuner, signal);
    const { uptimeSeconds, identity, firmware } = details.value;
    const state = braiinsState(details.value, { hashRate });
    return ok(
      rigReading(
        { rig: this.#kit.rig, takenAtMs, state },
        {
          hashRate: rateAtRest(hashRate, state === 'paused'),
          algorithm: 'sha256',
          ...estimated(watts, state),
          ...cooling,
          uptimeSeconds,
          acceptedShares,
          identity,
          firmware,
          limit: targetWords(tuner && targetIn(tuner)),
        },
      ),
    );
  }

  async settings(signal: AbortSignal): Promise<Outcome<RigSettings | undefined>> {
    const answer = await this.#ask({ path: BRAIINS.pools }, signal);
    return answer.ok ? poolGroupsIn(answer.value, this.#device) : answer;
  }

  order(order: BraiinsOrder, signal: AbortSignal): Promise<Outcome> {
    return this.#act({ method: 'PUT', path: actionPath(order) }, signal);
  }

  async mayOrder(signal: AbortSignal): Promise<Outcome> {
    const answer = await this.#ask({ path: BRAIINS.details }, signal);
    const details = answer.ok ? detailsIn(answer.value, this.#device) : answer;
    return details.ok ? DONE : details;
  }

  /** Its tuner works its way down, and may overshoot for minutes: for a quick end it is paused. */
  async limit(wish: LimitWish, signal: AbortSignal): Promise<Outcome> {
    const { where } = this.#device;
    const tuner = await this.#ask({ path: BRAIINS.tuner }, signal);
    const found = tuner.ok ? braiinsObjectIn(tuner.value, this.#device) : tuner;
    if (!found.ok) return found;
    const current = targetIn(found.value);
    if (current === undefined) {
      // To set one would be to take another way of tuning from its owner.
      return failed('unsupported', `${where} is not tuned to a power target: choose that on its page, and it can be limited`, 'later');
    }
    const change = this.#target.change(wish, current, where);
    if (!change.ok) return change;
    const { wanted } = change.value;
    if (wanted === current) return DONE;
    const least = leastTargetIn(await this.#rowAt(BRAIINS.constraints, signal));
    if (least !== undefined && wanted < least) {
      return failed('refused', `${where} keeps to no less than ${least} W: pause it instead`, 'never');
    }
    this.#target.setting(change.value);
    const answer = await this.#ask({ method: 'PUT', path: BRAIINS.target, body: JSON.stringify({ watt: wanted }) }, signal);
    const taken = answer.ok ? takenTargetIn(answer.value, this.#device) : answer;
    if (!taken.ok) return taken;
    this.#target.stands({ own: change.value.own, wanted: taken.value });
    if (taken.value === wanted) return DONE;
    return failed('refused', `${where} was to keep to ${wanted} W and keeps to ${taken.value} W: look at its limits on its page`);
  }

  reboot(signal: AbortSignal): Promise<Outcome> {
    return this.#act({ method: 'PUT', path: BRAIINS.reboot }, signal);
  }

  locate(on: boolean, signal: AbortSignal): Promise<Outcome> {
    return this.#act({ method: 'PUT', path: BRAIINS.locate, body: JSON.stringify(on) }, signal);
  }

  async #act(question: HttpQuestion, signal: AbortSignal): Promise<Outcome> {
    const answer = await this.#ask(question, signal);
    return answer.ok ? actedIn(answer.value, this.#device) : answer;
  }

  async #rowAt(path: string, signal: AbortSignal): Promise<Row | undefined> {
    const answer = await this.#ask({ path }, signal);
    const found = answer.ok ? braiinsObjectIn(answer.value, this.#device) : answer;
    return found.ok ? found.value : undefined;
  }

  #ask(question: HttpQuestion, signal: AbortSignal): Promise<Outcome<HttpAnswer>> {
    return this.#session.ask(question, signal);
  }
}
