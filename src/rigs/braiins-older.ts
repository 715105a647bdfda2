// Braiins OS before its REST API: by GraphQL (21.09 to 25.05), or by port 4028 alone. A pause goes by port 4028 wherever that
// knows it, for behind GraphQL's stop nobody measures the temperature, and the fans run at 100 %.
import { DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading, RigSettings } from '../model/rig.ts';
import type { HttpDevice } from '../transports/http-device.ts';
import type { TcpDevice } from '../transports/tcp-device.ts';
import { TokenSession } from '../transports/token-session.ts';
import { type BraiinsOrder, groupsPrint, within } from '../wire/braiins.ts';
import {
  cookieIn,
  dataIn,
  GRAPHQL,
  GRAPHQL_LIMIT,
  GRAPHQL_LOOK,
  GRAPHQL_POOLS,
  GRAPHQL_REBOOT,
  GRAPHQL_START,
  GRAPHQL_STOP,
  graphqlBody,
  graphqlLogin,
  graphqlLookIn,
  graphqlWantsLogin,
  isBosminer,
  isGraphql,
  socketLookIn,
  voidIn,
} from '../wire/braiins-older.ts';
import type { HttpAnswer } from '../wire/http-answer.ts';
import { poolsAsked } from '../wire/pools.ts';
import type { Row } from '../wire/rows-4028.ts';
import { agreed, Talk4028 } from '../wire/socket4028.ts';
import type { BraiinsLogin } from './braiins-rest.ts';
import { type BraiinsWay, KeptTarget, type LimitWish, notByThisWay, OlderMemory, spokenBy } from './braiins-way.ts';
import type { RigKit } from './port.ts';

/** Port 4028: no login, no limit. */
export class BraiinsSocket implements BraiinsWay {
  readonly #device: Pick<TcpDevice, 'where' | 'ask'>;
  readonly #kit: RigKit;
  readonly #memory: OlderMemory;

  constructor(device: Pick<TcpDevice, 'where' | 'ask'>, kit: RigKit) {
    this.#device = device;
    this.#kit = kit;
    this.#memory = new OlderMemory(kit);
  }

  async isSpoken(signal: AbortSignal): Promise<Outcome<boolean>> {
    const answer = await new Talk4028(this.#device, signal).ask('version');
    return answer.ok ? ok(isBosminer(answer.value.rows('VERSION')[0])) : answer;
  }

  /** Four short connections in turn; only the first must succeed. */
  async look(signal: AbortSignal, brief?: 'brief'): Promise<Outcome<RigReading>> {
    const takenAtMs = this.#kit.nowMs();
    const talk = new Talk4028(this.#device, signal);
    const summary = await talk.agree('summary');
    if (!summary.ok) return summary;
    const rows = async (command: string): Promise<readonly Row[]> => {
      const answer = await talk.agree(command);
      return answer.ok ? answer.value.rows(command.toUpperCase()) : [];
    };
    const [tuner] = await rows('tunerstatus');
    const look = socketLookIn({
      summary: summary.value.rows('SUMMARY')[0],
      tuner,
      fans: brief === undefined ? await rows('fans') : [],
      temps: brief === undefined ? await rows('temps') : [],
      firmware: summary.value.description,
    });
    return ok(this.#memory.reading(look, takenAtMs));
  }

  settings(signal: AbortSignal): Promise<Outcome<RigSettings | undefined>> {
    return poolsAsked(new Talk4028(this.#device, signal));
  }

  async order(order: BraiinsOrder, signal: AbortSignal): Promise<Outcome> {
    const { where } = this.#device;
    const answer = await new Talk4028(this.#device, signal).ask(order);
    if (!answer.ok) return answer;
    const { letter, message } = answer.value;
    // Builds of 2023 changed what stands in the answer; only a plain no is one. Already so is a yes.
    const refused = agreed(answer, { where, command: order });
    if (!refused.ok && letter !== '' && !/already/i.test(message)) return refused;
    this.#memory.took(order);
    return DONE;
  }

  async mayOrder(signal: AbortSignal): Promise<Outcome> {
    const answer = await new Talk4028(this.#device, signal).agree('version');
    return answer.ok ? DONE : answer;
  }

  limit(): Promise<Outcome> {
    return Promise.resolve(notByThisWay(this.#device.where, 'limit it'));
  }

  reboot(): Promise<Outcome> {
    return Promise.resolve(notByThisWay(this.#device.where, 'start it anew'));
  }

  locate(): Promise<Outcome> {
    return Promise.resolve(notByThisWay(this.#device.where, 'let it blink'));
  }
}

export class BraiinsGraphql implements BraiinsWay {
  readonly #device: HttpDevice;
  readonly #kit: RigKit;
  readonly #session: TokenSession;
  readonly #socket: BraiinsSocket;
  readonly #memory: OlderMemory;
  readonly #target = new KeptTarget();
  readonly #hasLogin: boolean;
  /** by GraphQL, so that only GraphQL starts it again */
  #stopped = false;

  constructor(device: HttpDevice, kit: RigKit, { login, socket }: { readonly login: BraiinsLogin; readonly socket: BraiinsSocket }) {
    const { username, password, without } = login;
    this.#device = device;
    this.#kit = kit;
    this.#socket = socket;
    this.#hasLogin = password !== undefined;
    this.#memory = new OlderMemory(kit);
    this.#session = new TokenSession({
      device,
      nowMs: kit.nowMs,
      login: password === undefined ? undefined : { method: 'POST', path: GRAPHQL, body: graphqlLogin(username, password) },
      without,
      granted: cookieIn,
      wants: graphqlWantsLogin,
    });
  }

  async isSpoken(signal: AbortSignal): Promise<Outcome<boolean>> {
    const answer = await this.#device.ask({ method: 'POST', path: GRAPHQL, body: graphqlBody(GRAPHQL_LOOK) }, signal);
    return answer.ok ? spokenBy(isGraphql, answer.value, this.#device.where) : answer;
  }

  async look(signal: AbortSignal): Promise<Outcome<RigReading>> {
    const takenAtMs = this.#kit.nowMs();
    const data = await this.#data(graphqlBody(GRAPHQL_LOOK), signal);
    return data.ok ? ok(this.#memory.reading(graphqlLookIn(data.value), takenAtMs)) : data;
  }

  /** A question that wants a login is not asked behind one: what it would tell is worth no refused password. */
  async settings(signal: AbortSignal): Promise<Outcome<RigSettings | undefined>> {
    const answer = await this.#device.ask({ method: 'POST', path: GRAPHQL, body: graphqlBody(GRAPHQL_POOLS) }, signal);
    const data = answer.ok ? dataIn(answer.value, this.#device) : answer;
    return data.ok ? ok(groupsPrint(within(data.value, 'bosminer', 'config')?.get('groups'))) : data;
  }

  async order(order: BraiinsOrder, signal: AbortSignal): Promise<Outcome> {
    const bySocket = await this.#socket.order(order, signal);
    const done = bySocket.ok && !(order === 'resume' && this.#stopped) ? bySocket : await this.#service(order, signal);
    if (done.ok) this.#memory.took(order);
    return done;
  }

  async #service(order: BraiinsOrder, signal: AbortSignal): Promise<Outcome> {
    const query = order === 'pause' ? GRAPHQL_STOP : GRAPHQL_START;
    const done = await this.#agree(query, ['bosminer', order === 'pause' ? 'stop' : 'start'], signal);
    if (done.ok) this.#stopped = order === 'pause';
    return done;
  }

  /** A login that is given must be right; where none is, port 4028 must be open, which wants none. */
  async mayOrder(signal: AbortSignal): Promise<Outcome> {
    const spoken = this.#hasLogin ? undefined : await this.#socket.isSpoken(signal);
    return spoken?.ok === true && spoken.value ? DONE : this.#session.check(signal);
  }

  async limit(wish: LimitWish, signal: AbortSignal): Promise<Outcome> {
    const { where } = this.#device;
    const data = await this.#data(graphqlBody(GRAPHQL_LOOK), signal);
    if (!data.ok) return data;
    const current = graphqlLookIn(data.value).target;
    if (current === undefined) {
      return failed('unsupported', `${where} does not tell its power limit: choose one on its page, and it can be limited`, 'later');
    }
    const change = this.#target.change(wish, current, where);
    if (!change.ok) return change;
    const { wanted } = change.value;
    if (wanted === current) return DONE;
    this.#target.setting(change.value);
    const answer = await this.#data(graphqlBody(GRAPHQL_LIMIT, { limit: wanted }), signal);
    if (!answer.ok) return answer;
    const taken = within(answer.value, 'bosminer', 'config', 'updateAutotuning', 'autotuning')?.get('powerTarget');
    if (taken !== wanted) return failed('refused', `${where} does not keep to ${wanted} W: look at the limits on its page`);
    this.#target.stands(change.value);
    return DONE;
  }

  reboot(signal: AbortSignal): Promise<Outcome> {
    return this.#agree(GRAPHQL_REBOOT, ['bos', 'reboot'], signal);
  }

  locate(): Promise<Outcome> {
    return Promise.resolve(notByThisWay(this.#device.where, 'let it blink'));
  }

  async #agree(query: string, path: readonly string[], signal: AbortSignal): Promise<Outcome> {
    const answer = await this.#ask(graphqlBody(query), signal);
    return answer.ok ? voidIn(answer.value, path, this.#device) : answer;
  }

  async #data(body: string, signal: AbortSignal): Promise<Outcome<Row>> {
    const answer = await this.#ask(body, signal);
    return answer.ok ? dataIn(answer.value, this.#device) : answer;
  }

  #ask(body: string, signal: AbortSignal): Promise<Outcome<HttpAnswer>> {
    return this.#session.ask({ method: 'POST', path: GRAPHQL, body }, signal);
  }
}
