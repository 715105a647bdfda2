// A simulated rig with the mouth of MARA's firmware: pages behind a Digest login, a configuration that is taken as a whole, a history
// of its changes, watts that are a model's, averages that go on, and the older API beside it.
import type { SimRig } from '../sim/rig.ts';
import { objectOf, parsed } from '../wire/json.ts';
import type { Reply4028, Request4028 } from '../wire/serve-4028.ts';
import { DigestLogin } from './digest-login.ts';
import { type Mouth4028, serveRig4028 } from './server-4028.ts';
import { type HttpAsked, type HttpReply, type MouthHttp, type RigServerHttp, serveRigHttp } from './server-http.ts';

export interface MaraFakeOptions {
  readonly rig: SimRig;
  /** Default root, as from the factory. */
  readonly password?: string;
  /** the work mode that it starts in, or was last awake in. Default Auto. */
  readonly mode?: 'Auto' | 'Fixed' | 'Stock';
  /** the unit of its hash rates; `unnamed`: TH/s, without a word. Default unnamed. */
  readonly unit?: 'unnamed' | 'GH/s' | 'TH/s';
  /** whether a write has an effect. Default true. */
  readonly heeds?: boolean;
  /** whether it keeps a history. Default true. */
  readonly remembers?: boolean;
  /** whether what it says is wrapped in `data`, but for its configuration. Default false. */
  readonly wraps?: boolean;
  /** 0 or absent: the system chooses one */
  readonly port?: number;
}

export interface MaraFake extends RigServerHttp {
  /** of the older API */
  readonly apiPort: number;
  /** everything that it is set to */
  readonly settings: () => Readonly<Record<string, unknown>>;
  readonly refusedLogins: () => number;
  readonly blinks: () => boolean;
}

export async function startMaraFake(options: MaraFakeOptions): Promise<MaraFake> {
  const mouth = new MaraMouth(options);
  const server = await serveRigHttp(options.rig, mouth, options.port);
  const api = await serveRig4028(options.rig, new OlderMouth(options.rig));
  return {
    ...server,
    apiPort: api.port,
    settings: () => mouth.settings,
    refusedLogins: () => mouth.login.refused,
    blinks: () => mouth.blinks,
    close: async () => {
      await server.close();
      await api.close();
    },
  };
}

type Settings = Readonly<Record<string, unknown>> & { readonly mode: Readonly<Record<string, unknown>> };

class MaraMouth implements MouthHttp {
  readonly login: DigestLogin;
  blinks = false;
  settings: Settings;
  readonly #options: MaraFakeOptions;
  readonly #history: object[] = [];

  constructor(options: MaraFakeOptions) {
    const { rig, password = 'root', mode = 'Auto' } = options;
    this.#options = options;
    this.login = new DigestLogin({ realm: 'MaraFW', username: 'root', password, fresh: false });
    const sleeps = rig.look().saysPaused;
    if (sleeps) this.#remember(mode, 'Sleep');
    this.settings = {
      version: 3,
      'pool-group': [{ gid: 0, alias: '', percent: 100 }],
      pools: ['first', 'second'].map((name) => ({ url: `stratum+tcp://${name}.pool.invalid:3333`, user: 'farm.rig', pass: 'x', gid: 0 })),
      mode: {
        'work-mode-selector': sleeps ? 'Sleep' : mode,
        concorde: { 'mode-select': 'Hashrate', 'hash-target': 110, 'power-target': 3_300 },
        fixed: { frequency: '500', voltage: 13.1 },
      },
      cooling: { mode: 'auto', 'fan-pwm': 85 },
      locale: null,
    };
  }

  say(asked: HttpAsked): HttpReply {
    const barred = this.login.challenge(asked);
    if (barred !== undefined) return barred;
    const page = asked.path.replace(/^\/kaonsu\/v1\//, '');
    if (asked.method === 'POST') return this.#take(page, objectOf(parsed(asked.body)));
    if (page === 'miner_config') return { status: 200, json: this.settings };
    if (page === 'locate_miner') return { status: 200, json: { blinking: this.blinks } };
    if (page === 'log' && asked.query.get('type') === 'miner_config_history' && this.#options.remembers !== false)
      return { status: 200, json: this.#history };
    const told = this.#tell(page);
    if (told === undefined) return { status: 404, text: 'Not Found' };
    return { status: 200, json: this.#options.wraps ? { data: told } : told };
  }

  #take(page: string, given: ReadonlyMap<string, unknown> | undefined): HttpReply {
    if (given === undefined) return answering(true, 'invalid JSON');
    switch (page) {
      case 'miner_config':
        return this.#write(given);
      case 'locate_miner':
        this.blinks = given.get('blinking') === true;
        return { status: 200, json: { blinking: this.blinks } };
      case 'maintenance':
        if (given.get('type') !== 'reboot') return answering(true, 'unknown type');
        this.#options.rig.reboot();
        return answering(false, 'success');
      default:
        return { status: 404, text: 'Not Found' };
    }
  }

  /** What a write does not hold is lost: so pools are wiped. */
  #write(given: ReadonlyMap<string, unknown>): HttpReply {
    const { rig, heeds = true } = this.#options;
    const mode = objectOf(given.get('mode'));
    const [from, to] = [this.settings.mode['work-mode-selector'], mode?.get('work-mode-selector')];
    if (mode === undefined || typeof to !== 'string' || !['Auto', 'Fixed', 'Stock', 'Sleep'].includes(to))
      return answering(true, 'bad mode');
    if (rig.quirks.refuses) return answering(true, 'busy');
    if (!heeds) return answering(false, 'success');
    if ((from === 'Sleep') !== (to === 'Sleep')) rig.order(to === 'Sleep' ? 'pause' : 'resume');
    if (from !== to) this.#remember(String(from), to);
    this.settings = { ...Object.fromEntries(given), mode: Object.fromEntries(mode) };
    return answering(false, 'success');
  }

  #remember(from: string, to: string): void {
    const other = { type: 'update', path: ['Cooling', 'FanPwm'], from: 80, to: 85 };
    this.#history.push({ '2026-01-01 00:00:00': [other, { type: 'update', path: ['Mode', 'WorkModeSelector'], from, to }] });
  }

  #tell(page: string): object | undefined {
    const { level } = this.#options.rig.look();
    const boards = [0, 1, 2].map((index) => ({
      index,
      asic_num: 114,
      hashrate_average: 36_000,
      temperature_pcb: [level === 0 ? 0 : 50 + index, 0],
      temperature_chip: level === 0 ? [0, 0] : [60, 70 + index],
    }));
    switch (page) {
      case 'brief':
        return this.#brief();
      case 'hashboards':
        return { hashboards: boards };
      case 'fans':
        return { fans: [{ current_speed: level === 0 ? 0 : 5_200 }, { current_speed: 0 }] };
      case 'overview':
        return { mac: '02:06:00:00:00:0A', model: 'Antminer S19 Pro', model_extended: 'Antminer S19 Pro 110T', version_firmware: '3.1.4' };
      default:
        return undefined;
    }
  }

  #brief(): object {
    const { rig, unit = 'unnamed' } = this.#options;
    const { saysPaused, level, hashRate, saysWatts, uptimeSeconds } = rig.look();
    const asleep = saysPaused && (level === 0 || rig.quirks.lies === true);
    const scale = unit === 'GH/s' ? 1e9 : 1e12;
    return {
      status: asleep ? 'Sleep' : level > 0 ? 'Mining' : 'Initializing',
      hashrate_realtime: hashRate / scale,
      // Of minutes: whoever reads them for the present is found out.
      hashrate_realtime_10m: rig.traits.hashRate / scale,
      hashrate_average: rig.traits.hashRate / scale,
      hashrate_ideal: rig.traits.hashRate / 1e9,
      ...(unit !== 'unnamed' && { hashrate_unit: unit }),
      power_consumption_estimated: Math.round(saysWatts),
      power_source: 'EST',
      temperature_max: 40,
      elapsed: Math.floor(uptimeSeconds),
    };
  }
}

function answering(error: boolean, msg: string): HttpReply {
  return { status: 200, json: { error, msg } };
}

/** The older API: no login, no sleep, no orders. */
class OlderMouth implements Mouth4028 {
  readonly who = 'bmminer 1.0.0';
  readonly #rig: SimRig;

  constructor(rig: SimRig) {
    this.#rig = rig;
  }

  say({ command }: Request4028): Reply4028 {
    if (command !== 'summary') return { letter: 'E', code: 14, message: 'Invalid command' };
    const { hashRate, uptimeSeconds } = this.#rig.look();
    const row = { Elapsed: Math.floor(uptimeSeconds), 'GHS 5s': hashRate / 1e9, 'GHS av': this.#rig.traits.hashRate / 1e9 };
    return { letter: 'S', code: 11, message: 'Summary', sections: { SUMMARY: [row] } };
  }
}
