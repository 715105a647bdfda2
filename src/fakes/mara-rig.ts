// A simulated rig with the mouth of MARA's firmware (Kaonsu): an API behind a Digest login, with a configuration that goes back as a
// whole, a history of its changes, and numbers in it that lose a digit where somebody reads and writes them as others do.
import { createHash } from 'node:crypto';
import type { SimRig } from '../sim/rig.ts';
import { objectOf, parsed } from '../wire/json.ts';
import { DigestLogin } from './digest-login.ts';
import { poolOf } from './owners-pool.ts';
import { type HttpAsked, type HttpReply, type MouthHttp, type RigServerHttp, serveRigHttp } from './server-http.ts';

export interface MaraFakeOptions {
  readonly rig: SimRig;
  /** monotonic ms, best the rig's own */
  readonly nowMs: () => number;
  /** Default root, as from the factory; the user is root. */
  readonly password?: string;
  /** whether a write has any effect; it agrees to it all the same. Default true. */
  readonly heeds?: boolean;
  /** seconds until a write is answered. Default 3. */
  readonly writeSeconds?: number;
  /** the mode that it starts in, or was in before it slept. Default Auto. */
  readonly mode?: string;
  /** 0 or absent: the system chooses one */
  readonly port?: number;
}

export interface MaraFake extends RigServerHttp {
  /** its configuration, byte by byte */
  config(): string;
  readonly refusedLogins: () => number;
  readonly blinks: () => boolean;
}

export async function startMaraFake(options: MaraFakeOptions): Promise<MaraFake> {
  const mouth = new MaraMouth(options);
  const server = await serveRigHttp(options.rig, mouth, options.port);
  return { ...server, config: () => mouth.config, refusedLogins: () => mouth.login.refused, blinks: () => mouth.blinks };
}

const FIRST_POOL = 'stratum+tcp://first.pool.invalid:3333';

const NOT_FOUND: HttpReply = { status: 404, text: '404 page not found' };

/** As it prints it. Its serial number is greater than what a double holds. */
function configOf(mode: string): string {
  return `{
  "serial": 9007199254740993,
  "mode": { "concorde": { "mode-select": "PowerTarget", "power-target": 3250.0 }, "fixed": { "frequency": "500", "voltage": 12.80 }, "work-mode-selector": "${mode}" },
  "fan": { "auto": true, "pwm-min": 25 },
  "pool-group": [ { "gid": 0, "alias": "farm", "percent": 100 } ],
  "pools": [
    { "url": "${FIRST_POOL}", "user": "farm.worker", "pass": "x", "gid": 0 },
    { "url": "", "user": "", "pass": "", "gid": 0 }
  ]
}`;
}

class MaraMouth implements MouthHttp {
  readonly login: DigestLogin;
  blinks = false;
  config: string;
  readonly #options: MaraFakeOptions;
  readonly #rig: SimRig;
  readonly #history: Readonly<Record<string, unknown>>[] = [];

  constructor(options: MaraFakeOptions) {
    const { rig, password = 'root', mode = 'Auto' } = options;
    this.#options = options;
    this.#rig = rig;
    this.login = new DigestLogin('kaonsu', { username: 'root', password }, true);
    this.config = configOf(rig.look().saysPaused ? 'Sleep' : mode);
    if (rig.look().saysPaused) this.#remember(mode, 'Sleep');
  }

  say(asked: HttpAsked): HttpReply {
    const barred = this.login.challenge(asked);
    if (barred !== undefined) return barred;
    const [, page = ''] = /^\/kaonsu\/v1\/(\w+)$/.exec(asked.path) ?? [];
    return asked.method === 'POST' ? this.#take(page, asked.body) : this.#show(page, asked.query);
  }

  #mode(): string {
    const mode = objectOf(objectOf(parsed(this.config))?.get('mode'))?.get('work-mode-selector');
    return typeof mode === 'string' ? mode : '';
  }

  #show(page: string, query: URLSearchParams): HttpReply {
    switch (page) {
      case 'miner_config':
        return {
          status: 200,
          text: this.config.replace(FIRST_POOL, poolOf(this.#rig, FIRST_POOL)),
          headers: { 'content-type': 'application/json' },
        };
      case 'brief':
        return { status: 200, json: this.#brief() };
      case 'hashboards':
        return { status: 200, json: { hashboards: this.#boards() } };
      case 'fans':
        return { status: 200, json: { fans: [5200, 5260, 5180, 5240].map((current_speed) => ({ current_speed })) } };
      case 'overview':
        return { status: 200, json: this.#overview() };
      case 'locate_miner':
        return { status: 200, json: { blinking: this.blinks } };
      case 'log':
        return query.get('type') === 'miner_config_history' ? { status: 200, json: this.#history } : NOT_FOUND;
      default:
        return NOT_FOUND;
    }
  }

  #take(page: string, body: string): HttpReply {
    const given = objectOf(parsed(body));
    if (given === undefined) return saying('invalid json');
    switch (page) {
      case 'miner_config':
        return { ...this.#write(given, body), afterSeconds: this.#options.writeSeconds ?? 3 };
      case 'locate_miner':
        this.blinks = given.get('blinking') === true;
        return { status: 200, json: { blinking: this.blinks } };
      case 'maintenance':
        if (given.get('type') !== 'reboot') return saying('unknown type');
        this.#rig.reboot();
        return saying();
      default:
        return NOT_FOUND;
    }
  }

  /** What a write does not hold is lost. */
  #write(given: ReadonlyMap<string, unknown>, body: string): HttpReply {
    const to = objectOf(given.get('mode'))?.get('work-mode-selector');
    if (typeof to !== 'string' || !['Auto', 'Fixed', 'Stock', 'Sleep'].includes(to)) return saying('invalid work mode');
    if (this.#options.heeds === false) return saying();
    const from = this.#mode();
    const order = (to === 'Sleep') === (from === 'Sleep') ? undefined : to === 'Sleep' ? 'pause' : 'resume';
    const refused = order === undefined ? this.#rig.quirks.refuses === true : this.#rig.order(order) === 'refused';
    if (refused) return saying('config is locked');
    if (this.#rig.quirks.ignores) return saying();
    this.config = body;
    if (to !== from) this.#remember(from, to);
    return saying();
  }

  #remember(from: string, to: string): void {
    const change = { type: 'update', path: ['Mode', 'WorkModeSelector'], from, to };
    this.#history.push({ [`2025-01-0${(this.#history.length % 9) + 1}T00:00:00Z`]: [change] });
  }

  #brief(): Readonly<Record<string, unknown>> {
    const { hashRate, uptimeSeconds, saysWatts, level } = this.#rig.look();
    const full = this.#rig.traits.hashRate / 1e12;
    const status = level > 0 ? 'Mining' : this.#mode() === 'Sleep' ? 'Sleeping' : 'Initializing';
    return {
      status,
      work_mode: this.#mode(),
      elapsed: Math.floor(uptimeSeconds),
      hashrate_realtime: hashRate / 1e12,
      // Averages go on long after a pause; and this one is in GH/s.
      hashrate_average: full,
      hashrate_ideal: full * 1_000,
      power_consumption_estimated: saysWatts,
      temperature_max: Math.round(30 + 45 * level),
    };
  }

  #boards(): readonly Readonly<Record<string, unknown>>[] {
    const warm = Math.round(30 + 45 * this.#rig.look().level);
    return [0, 1, 2].map((index) => ({
      index,
      asic_num: 126,
      temperature_pcb: [warm - 10, warm - 8],
      temperature_chip: [warm, warm + index],
    }));
  }

  #overview(): Readonly<Record<string, unknown>> {
    const hash = createHash('md5').update(this.#rig.traits.id).digest('hex');
    const mac = ['02', '00', ...[0, 2, 4, 6].map((at) => hash.slice(at, at + 2))].join(':').toUpperCase();
    return { mac, model: 'S19J Pro', version_firmware: '1.0.3', control_board: 'AMLogic' };
  }
}

function saying(error?: string): HttpReply {
  return { status: 200, json: { error: error !== undefined, msg: error ?? 'success' } };
}
