// A simulated rig with the mouth of T-Rex on a port of 127.0.0.1: cards that are paused all at once or one by one, behind the login
// that its --api-key asks for.
import type { SimRig } from '../sim/rig.ts';
import { poolsOf } from './owners-pool.ts';
import { type HttpAsked, type HttpReply, type MouthHttp, type RigServerHttp, serveRigHttp } from './server-http.ts';

export interface TrexFakeOptions {
  readonly rig: SimRig;
  /** how many cards. Default 2. */
  readonly cards?: number;
  /** the password that its --api-key was made from; absent: it was given no key, and takes no orders */
  readonly password?: string;
  /** whether it wants the login for its summary too. Default false. */
  readonly closed?: boolean;
  /** 0.19.10 agrees to `pause=true` and does nothing; it heeds cards that are named. Default 0.26.8. */
  readonly version?: string;
  /** whether it says of each card that it is paused; older versions do not. Default true. */
  readonly tellsPaused?: boolean;
  /** 0 or absent: the system chooses one */
  readonly port?: number;
}

export interface TrexFake extends RigServerHttp {
  /** the values of `pause` that it was sent, oldest first */
  readonly orders: readonly string[];
  /** the cards that are paused now */
  readonly paused: ReadonlySet<number>;
  /** its pool and its cards' settings, which nobody but its owner changes */
  readonly config: Readonly<Record<string, unknown>>;
  readonly logins: () => number;
  /** Forgets who is logged in. */
  forget(): void;
}

export async function startTrexFake(options: TrexFakeOptions): Promise<TrexFake> {
  const mouth = new TrexMouth(options);
  const server = await serveRigHttp(options.rig, mouth, options.port);
  return {
    ...server,
    orders: mouth.orders,
    paused: mouth.paused,
    config: mouth.config,
    logins: () => mouth.logins,
    forget: () => mouth.forget(),
  };
}

const DONE: HttpReply = { status: 200, json: { success: 1 } };

function no(error: string): HttpReply {
  return { status: 200, json: { error, success: 0 } };
}

class TrexMouth implements MouthHttp {
  readonly orders: string[] = [];
  readonly paused = new Set<number>();
  readonly config: Record<string, unknown> = {
    algo: 'ethash',
    pools: [{ url: 'stratum+tcp://pool.invalid:4444', user: 'x' }],
    fan: 'auto',
  };
  logins = 0;
  readonly #rig: SimRig;
  readonly #cards: readonly number[];
  readonly #options: TrexFakeOptions;
  #sid: string | undefined;

  constructor(options: TrexFakeOptions) {
    this.#options = options;
    this.#rig = options.rig;
    this.#cards = [...Array(options.cards ?? 2).keys()];
    if (this.#rig.look().saysPaused) for (const card of this.#cards) this.paused.add(card);
  }

  forget(): void {
    this.#sid = undefined;
  }

  say({ path, query, method }: HttpAsked): HttpReply {
    this.#follow();
    if (method !== 'GET' && method !== 'POST') return { status: 405, text: '' };
    switch (path) {
      case '/login':
        return this.#login(query.get('password'));
      case '/summary':
        return this.#options.closed === true && !this.#knows(query) ? no('unauthorized request') : { status: 200, json: this.#summary() };
      case '/config':
        // With any parameter it writes what it was given into its file, be it the name of a session.
        for (const [name, value] of query) this.config[name] = value;
        return this.#options.closed === true ? no('unauthorized request') : { status: 200, json: this.#shown() };
      case '/control':
        return this.#control(query);
      default:
        return { status: 404, text: '<html>404</html>' };
    }
  }

  #shown(): Readonly<Record<string, unknown>> {
    return { ...this.config, pools: poolsOf(this.#rig, this.config['pools']) };
  }

  /** One that was restarted has forgotten its pauses, and who was logged in. */
  #follow(): void {
    if (this.#rig.look().saysPaused || this.paused.size < this.#cards.length) return;
    this.paused.clear();
    this.#sid = undefined;
  }

  #knows(query: URLSearchParams): boolean {
    return this.#sid !== undefined && query.get('sid') === this.#sid;
  }

  #login(password: string | null): HttpReply {
    this.logins += 1;
    if (this.#options.password === undefined || password !== this.#options.password) return no('incorrect password');
    this.#sid = `sid${this.logins}AbCdEfGh`;
    return { status: 200, json: { sid: this.#sid, success: 1 } };
  }

  #control(query: URLSearchParams): HttpReply {
    if (this.#options.password === undefined) return no('API readonly mode is activated');
    if (this.#rig.quirks.locked || !this.#knows(query)) return no('unauthorized request');
    const pause = query.get('pause');
    if (pause === null) return no('unknown command');
    this.orders.push(pause);
    const [, word = '', list] = /^(true|false)(?::([\d,]+))?$/i.exec(pause) ?? [];
    if (word === '') return no('invalid value');
    // It understands `False` and takes `True` for a number of nothing: success, and no effect.
    const isPause = word === 'true';
    if (!isPause && word.toLowerCase() === 'true') return DONE;
    if (list === undefined && this.#options.version === '0.19.10') return DONE;
    const cards = list === undefined ? this.#cards : list.split(',').map(Number);
    return this.#set(cards, isPause);
  }

  #set(cards: readonly number[], pause: boolean): HttpReply {
    if (!cards.every((card) => this.#cards.includes(card))) return no('no such GPU');
    const after = new Set(this.paused);
    for (const card of cards) {
      if (pause) after.add(card);
      else after.delete(card);
    }
    const stands = after.size === this.#cards.length;
    const refused =
      stands === this.#rig.look().saysPaused
        ? this.#rig.quirks.refuses === true
        : this.#rig.order(stands ? 'pause' : 'resume') === 'refused';
    if (refused) return no('internal error');
    if (this.#rig.quirks.hangs || this.#rig.quirks.ignores) return DONE;
    for (const card of this.#cards) {
      if (after.has(card)) this.paused.add(card);
      else this.paused.delete(card);
    }
    return DONE;
  }

  #summary(): Readonly<Record<string, unknown>> {
    const { hashRate, saysWatts, uptimeSeconds, shares } = this.#rig.look();
    const count = this.#cards.length;
    const sharing = this.paused.size === count ? count : count - this.paused.size;
    const full = this.#rig.traits.hashRate / count;
    return {
      name: 't-rex',
      description: 'T-Rex NVIDIA GPU miner',
      version: this.#options.version ?? '0.26.8',
      algorithm: 'ethash',
      accepted_count: 6 + shares,
      gpu_total: count,
      gpus: this.#cards.map((card) => {
        const stands = this.paused.has(card) && count > this.paused.size;
        return {
          device_id: card,
          gpu_id: card,
          gpu_user_id: card,
          // Averages stay high long after a pause.
          hashrate: full,
          hashrate_day: full,
          hashrate_instant: stands ? 0 : hashRate / sharing,
          ...(this.#options.tellsPaused !== false && { paused: this.paused.has(card) }),
          power: Math.round(stands ? 15 : saysWatts / count),
          temperature: stands ? 40 : 63 + card,
          fan_speed: 66,
        };
      }),
      hashrate: this.#rig.traits.hashRate,
      ...(this.#options.tellsPaused !== false && { paused: this.paused.size === count }),
      uptime: Math.floor(uptimeSeconds),
      success: 1,
    };
  }
}
