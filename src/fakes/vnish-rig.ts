// A simulated rig with the mouth of VNish: pages that want a token or a key, a login that locks itself after wrong passwords,
// tokens that grow old, answers without a body, and an efficiency that is called power.

import type { SimRig } from '../sim/rig.ts';
import { objectOf, parsed } from '../wire/json.ts';
import { macOf } from './number-of-name.ts';
import { poolOf } from './owners-pool.ts';
import { type HttpAsked, type HttpReply, type MouthHttp, type RigServerHttp, serveRigHttp } from './server-http.ts';

export interface VnishFakeOptions {
  readonly rig: SimRig;
  /** monotonic ms, best the rig's own */
  readonly nowMs: () => number;
  /** Default admin, as from the factory. */
  readonly password?: string;
  /** an API key that its owner made; absent: none */
  readonly apiKey?: string;
  /** whether the token is taken bare on all pages but those of the system, as builds 1.2 want it. Default false. */
  readonly bareTokens?: boolean;
  /** seconds that a token lives. Default 3600. */
  readonly tokenSeconds?: number;
  /** whether figures want a login too. Default true. */
  readonly hidesFigures?: boolean;
  /** whether it has the page of throttling. Default true. */
  readonly throttles?: boolean;
  /** whether its power supply meters. Default false: its watts are a model. */
  readonly meter?: boolean;
  /** the preset that it runs. Default 3250. */
  readonly preset?: string;
  /** % of full power that its owner throttles it to. Default 100. */
  readonly throttled?: number;
  /** whether its page of settings takes no token and no key. Default false. */
  readonly hidesSettings?: boolean;
  /** too many wrong logins came before: it takes none for some minutes more. Default false. */
  readonly lockedOut?: boolean;
  /** 0 or absent: the system chooses one */
  readonly port?: number;
}

export interface VnishFake extends RigServerHttp {
  /** logins that were refused, for whatever reason */
  readonly refusedLogins: () => number;
  /** logins that were taken */
  readonly logins: () => number;
  /** % of full power */
  readonly throttled: () => number;
  readonly blinks: () => boolean;
}

export async function startVnishFake(options: VnishFakeOptions): Promise<VnishFake> {
  const mouth = new VnishMouth(options);
  const server = await serveRigHttp(options.rig, mouth, options.port);
  return {
    ...server,
    refusedLogins: () => mouth.door.refused,
    logins: () => mouth.door.taken,
    throttled: () => mouth.throttled,
    blinks: () => mouth.blinks,
  };
}

const WRONG_LIMIT = 3;
const LOCKED_SECONDS = 600;

type DoorOptions = Pick<VnishFakeOptions, 'nowMs' | 'password' | 'apiKey' | 'bareTokens' | 'tokenSeconds' | 'lockedOut'>;

class Door {
  refused = 0;
  taken = 0;
  readonly #options: DoorOptions;
  readonly #tokens = new Map<string, number>();
  #wrong = 0;
  #lockedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: DoorOptions) {
    this.#options = options;
    if (options.lockedOut) this.#lockedUntilMs = options.nowMs() + LOCKED_SECONDS * 1000;
  }

  unlock(body: string): HttpReply {
    const { nowMs, password = 'admin', tokenSeconds = 3600 } = this.#options;
    const left = Math.ceil((this.#lockedUntilMs - nowMs()) / 1000);
    if (left <= 0 && objectOf(parsed(body))?.get('pw') === password) {
      this.taken++;
      this.#wrong = 0;
      const token = `tok${this.taken}`.padEnd(32, 'x');
      this.#tokens.set(token, nowMs() + tokenSeconds * 1000);
      return { status: 200, json: { token } };
    }
    this.refused++;
    if (left > 0) return { status: 429, json: { unlock_timeout: left } };
    this.#wrong++;
    if (this.#wrong >= WRONG_LIMIT) this.#lockedUntilMs = nowMs() + LOCKED_SECONDS * 1000;
    return { status: 403, json: { unlock_timeout: null } };
  }

  admits({ headers, path }: HttpAsked): boolean {
    const { nowMs, apiKey, bareTokens = false } = this.#options;
    if (apiKey !== undefined && headers['x-api-key'] === apiKey) return true;
    const given = headers.authorization ?? '';
    const bare = bareTokens && !path.startsWith('/api/v1/system/');
    if (bare === given.startsWith('Bearer ')) return false;
    return (this.#tokens.get(given.replace(/^Bearer /, '')) ?? Number.NEGATIVE_INFINITY) > nowMs();
  }
}

const EMPTY: HttpReply = { status: 200, text: '' };
const NOT_FOUND: HttpReply = { status: 404, json: { err: 'Not found' } };
const UNAUTHORIZED: HttpReply = { status: 401, text: '' };

class VnishMouth implements MouthHttp {
  readonly door: Door;
  throttled: number;
  blinks = false;
  readonly #options: VnishFakeOptions;

  constructor(options: VnishFakeOptions) {
    this.#options = options;
    this.throttled = options.throttled ?? 100;
    this.door = new Door(options);
  }

  say(asked: HttpAsked): HttpReply {
    const route = `${asked.method} ${asked.path.replace(/^\/api\/v1/, '')}`;
    if (route === 'POST /unlock') return this.door.unlock(asked.body);
    if (route === 'GET /status') return { status: 200, json: this.#status() };
    const figures = this.#figures(route);
    if (figures !== undefined)
      return this.#options.hidesFigures === false || this.door.admits(asked) ? { status: 200, json: figures } : UNAUTHORIZED;
    return this.door.admits(asked) ? this.#take(route, asked.body) : UNAUTHORIZED;
  }

  #figures(route: string): object | undefined {
    switch (route) {
      case 'GET /summary':
        return { miner: this.#miner() };
      case 'GET /info':
        return this.#info();
      case 'GET /perf-summary':
        return { current_preset: { name: this.#options.preset ?? '3250', status: 'tuned' }, preset_switcher: { enabled: false } };
      default:
        return undefined;
    }
  }

  /** Beside what the owner set stands what its tuner found. */
  #settings(): object {
    const { rig, preset = '3250' } = this.#options;
    return {
      miner: {
        pools: [{ url: poolOf(rig), user: 'farm.worker', pass: 'x' }],
        cooling: { mode: { name: 'auto', param: 60 }, fan_min_count: 2, fan_min_duty: 30, fan_max_duty: 100 },
        overclock: {
          preset,
          globals: { freq: 545, volt: 1290 },
          chains: [{ freq: Math.round(500 + rig.look().uptimeSeconds / 60) }],
          preset_switcher: { enabled: false },
        },
      },
    };
  }

  #take(route: string, body: string): HttpReply {
    const { rig } = this.#options;
    switch (route) {
      case 'GET /settings':
        return this.#options.hidesSettings ? UNAUTHORIZED : { status: 200, json: this.#settings() };
      case 'GET /auth-check':
        return { status: 200, json: {} };
      case 'POST /mining/stop':
        return this.#order('pause');
      case 'POST /mining/start':
        return this.#order('resume');
      case 'POST /mining/throttle':
        return this.#throttle(objectOf(parsed(body))?.get('percent'));
      case 'POST /find-miner':
        // Whatever it is told, it turns over.
        this.blinks = !this.blinks;
        return { status: 200, json: { on: this.blinks } };
      case 'POST /system/reboot':
        rig.reboot();
        return { status: 200, json: { after: 3 } };
      default:
        return NOT_FOUND;
    }
  }

  #order(what: 'pause' | 'resume'): HttpReply {
    const { rig } = this.#options;
    const already = rig.look().saysPaused === (what === 'pause');
    if (already || rig.order(what) === 'refused')
      return { status: 500, json: { err: `CGMiner err: Cgminer error failed-to-activate-${what}-mode ` } };
    return EMPTY;
  }

  #throttle(percent: unknown): HttpReply {
    if (this.#options.throttles === false) return NOT_FOUND;
    if (typeof percent !== 'number' || !Number.isInteger(percent) || percent < 20 || percent > 100)
      return { status: 400, json: { err: 'percent' } };
    this.throttled = percent;
    return { status: 200, json: { restart_required: false, reboot_required: false } };
  }

  #word(): string {
    const { rig } = this.#options;
    const { saysPaused, level } = rig.look();
    if (saysPaused) return level > 0 && !rig.quirks.lies ? 'shutting-down' : 'stopped';
    return level === 1 ? 'mining' : level > 0 ? 'auto-tuning' : 'starting';
  }

  #status(): object {
    const throttled = this.#options.throttles === false ? {} : { throttled: this.throttled };
    return {
      miner_state: this.#word(),
      miner_state_time: 60,
      find_miner: this.blinks,
      restart_required: false,
      reboot_required: false,
      unlocked: false,
      ...throttled,
    };
  }

  #miner(): object {
    const { rig, meter = false } = this.#options;
    const { hashRate, level, saysWatts } = rig.look();
    const full = rig.traits.hashRate;
    const warm = level === 0 ? 0 : Math.round(40 + 35 * level);
    return {
      miner_status: { miner_state: this.#word(), miner_state_time: 60 },
      miner_type: 'Antminer S19 Pro (Vnish 1.3.4)',
      hr_stock: full / 1e9,
      hr_realtime: hashRate / 1e9,
      // An older name in another unit, and averages that go on long after a pause.
      instant_hashrate: hashRate / 1e12,
      hr_average: full / 1e9,
      hr_nominal: full / 1e9,
      power_consumption: meter || level > 0 ? Math.round(saysWatts) : 0,
      // J/TH, under the name of power.
      power_usage: 29,
      power_efficiency: 29.5,
      chip_temp: { min: warm, max: level === 0 ? 0 : warm + 2 },
      pcb_temp: { min: 0, max: level === 0 ? 0 : warm - 10 },
      cooling: {
        fan_num: 2,
        fan_duty: 60,
        fans: [
          { id: 0, rpm: 5400, status: 'ok' },
          { id: 1, rpm: 0, status: 'lost' },
        ],
      },
      psu: { psu_power_metering: meter },
    };
  }

  #info(): object {
    const { rig } = this.#options;
    const { uptimeSeconds } = rig.look();
    const [hours, minutes] = [Math.floor(uptimeSeconds / 3600), Math.floor(uptimeSeconds / 60) % 60];
    const uptime = `${hours >= 24 ? `${Math.floor(hours / 24)} days, ` : ''}${hours % 24}:${String(minutes).padStart(2, '0')}`;
    return {
      miner: 'Antminer S19 Pro',
      fw_name: 'Vnish',
      fw_version: '1.3.4',
      algorithm: 'sha256d',
      hr_measure: 'GH/s',
      serial: 'N/A',
      system: { uptime, network_status: { mac: macOf(rig.traits.id, 1), hostname: 'antminer' } },
    };
  }
}
