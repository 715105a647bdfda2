// The REST API of a simulated rig under Braiins OS: nothing without a token, which dies of an hour without use.

import type { BraiinsRig } from './braiins-rig.ts';
import { macOf } from './number-of-name.ts';
import { poolOf } from './owners-pool.ts';
import type { HttpAsked, HttpReply, MouthHttp } from './server-http.ts';

const TOKEN_MS = 3_600_000;
const LEAST_TARGET = 1_500;
const MOST_TARGET = 4_000;
/** A body that never ends, as far as a test can tell. */
const STREAM_SECONDS = 3_600;

type Answering = (asked: HttpAsked) => HttpReply;

export class BraiinsRestMouth implements MouthHttp {
  readonly #state: BraiinsRig;
  readonly #tokens = new Map<string, number>();
  #count = 0;

  constructor(state: BraiinsRig) {
    this.#state = state;
  }

  say(asked: HttpAsked): HttpReply {
    const line = `${asked.method} ${asked.path}`;
    if (line === 'POST /api/v1/auth/login') return this.#login(asked);
    const answering = this.#known.get(line);
    if (answering === undefined) return { status: 404, text: '<html>404 Not Found</html>' };
    if (!this.#isKnown(asked.headers.authorization)) return { status: 401, json: { message: 'Missing or invalid token' } };
    return answering(asked);
  }

  readonly #known: ReadonlyMap<string, Answering> = new Map<string, Answering>([
    ['GET /api/v1/miner/details', () => ({ status: 200, json: this.#details() })],
    ['GET /api/v1/miner/stats', () => ({ status: 200, json: this.#stats() })],
    ['GET /api/v1/miner/status', () => ({ status: 200, json: {}, afterSeconds: STREAM_SECONDS })],
    ['GET /api/v1/cooling/state', () => ({ status: 200, json: this.#cooling() })],
    ['GET /api/v1/performance/tuner-state', () => ({ status: 200, json: this.#tuner() })],
    ['GET /api/v1/pools/', () => ({ status: 200, json: this.#groups() })],
    ['GET /api/v1/configuration/constraints', () => ({ status: 200, json: this.#constraints() })],
    ['PUT /api/v1/actions/pause', () => this.#order('pause')],
    ['PUT /api/v1/actions/resume', () => this.#order('resume')],
    ['PUT /api/v1/actions/reboot', () => this.#reboot()],
    ['PUT /api/v1/actions/locate', ({ body }) => this.#locate(body)],
    ['PUT /api/v1/performance/power-target', ({ body }) => this.#setTarget(body)],
  ]);

  #login({ body, headers }: HttpAsked): HttpReply {
    if (!(headers['content-type'] ?? '').startsWith('application/json'))
      return { status: 415, json: { message: 'Unsupported Media Type' } };
    const { username, password } = fieldsOf(body);
    if (username !== 'root' || password !== this.#state.password) return { status: 401, json: { message: 'Wrong username or password' } };
    this.#count++;
    const token = `tok${this.#count}.${'abcdefghij'.repeat(3)}`;
    this.#tokens.set(token, this.#state.nowMs() + TOKEN_MS);
    return { status: 200, json: { token, timeout_s: TOKEN_MS / 1000 } };
  }

  /** The token alone; with a word before it, it is another. Using it keeps it alive. */
  #isKnown(token: string | undefined): boolean {
    const endsAtMs = token === undefined ? undefined : this.#tokens.get(token);
    if (token === undefined || endsAtMs === undefined || this.#state.nowMs() >= endsAtMs) return false;
    this.#tokens.set(token, this.#state.nowMs() + TOKEN_MS);
    return true;
  }

  #order(order: 'pause' | 'resume'): HttpReply {
    const { rig } = this.#state;
    const already = rig.look().saysPaused === (order === 'pause');
    switch (rig.order(order)) {
      case 'refused':
        return { status: 500, json: { message: 'Internal error' } };
      case 'locked':
        return { status: 401, json: { message: 'Missing or invalid token' } };
      default:
        return { status: 200, json: already };
    }
  }

  #reboot(): HttpReply {
    this.#state.rig.reboot();
    this.#tokens.clear();
    return { status: 204, text: '' };
  }

  #locate(body: string): HttpReply {
    if (body !== 'true' && body !== 'false') return { status: 422, json: { message: 'invalid type' } };
    this.#state.blinks = body === 'true';
    return { status: 200, json: this.#state.blinks };
  }

  #setTarget(body: string): HttpReply {
    const { watt } = fieldsOf(body);
    if (typeof watt !== 'number') return { status: 422, json: { message: 'missing field watt' } };
    if (watt < LEAST_TARGET || watt > MOST_TARGET) return { status: 400, json: { message: 'power target out of range' } };
    this.#state.target = watt;
    return { status: 200, json: { watt } };
  }

  #details(): Readonly<Record<string, unknown>> {
    const { saysPaused, level, uptimeSeconds } = this.#state.rig.look();
    const seconds = Math.floor(uptimeSeconds);
    return {
      bos_version: { bos_plus: true, current: '2026-02-02-0-0badcafe-26.01-plus' },
      bosminer_uptime_s: seconds,
      hostname: 'rig',
      mac_address: macOf(this.#state.rig.traits.id, 12).toUpperCase(),
      miner_identity: { miner_model: 'Antminer S21', name: 'Antminer S21' },
      status: saysPaused ? 3 : level === 0 && seconds < 60 ? 1 : 2,
      system_uptime_s: seconds + 160,
    };
  }

  #stats(): Readonly<Record<string, unknown>> {
    const { hashRate, saysWatts, level, shares } = this.#state.rig.look();
    const full = { gigahash_per_second: this.#state.rig.traits.hashRate / 1e9 };
    // The averages stay high for long: whoever reads them for the present is found out.
    const rates = { last_5s: { gigahash_per_second: hashRate / 1e9 }, last_1m: full, last_15m: full, since_restart: full };
    return {
      pool_stats: { accepted_shares: 120 + shares, rejected_shares: 2 },
      miner_stats: { nominal_hashrate: full, real_hashrate: rates },
      power_stats: { approximated_consumption: { watt: level === 0 ? 0 : Math.round(saysWatts) } },
    };
  }

  #cooling(): Readonly<Record<string, unknown>> {
    const fans = [0, 1].map((position) => ({ position, rpm: 4_100 + 30 * position, target_speed_ratio: 0.6 }));
    return { fans, highest_temperature: { id: null, location: 1, temperature: { degree_c: 66.5 } } };
  }

  #tuner(): Readonly<Record<string, unknown>> {
    const { target } = this.#state;
    const mode =
      target === undefined
        ? { hashratetargetmodestate: { current_target: { terahash_per_second: 200 } } }
        : { powertargetmodestate: { current_target: { watt: target } } };
    return { mode_state: mode, overall_tuner_state: 2 };
  }

  #groups(): readonly unknown[] {
    const { rig, settings } = this.#state;
    const { hashRate, uptimeSeconds } = rig.look();
    const pools = settings.pools.map((url, at) => ({
      uid: `pool${at}`,
      url: poolOf(rig, url),
      user: 'farm.worker',
      enabled: true,
      active: hashRate > 0,
      stats: { accepted_shares: Math.floor(uptimeSeconds) },
    }));
    return [{ uid: 'group', name: 'Pools', strategy: { quota: { value: 1 } }, pools }];
  }

  #constraints(): Readonly<Record<string, unknown>> {
    return { tuner_constraints: { power_target: { min: { watt: LEAST_TARGET }, default: { watt: 3_500 }, max: { watt: MOST_TARGET } } } };
  }
}

function fieldsOf(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
