// A simulated rig with the mouth of AxeOS (ESP-Miner): its page's API on 127.0.0.1, its settings in flash, and the ways in
// which older firmware answers what it does not know.
import type { SimRig } from '../sim/rig.ts';
import { macOf } from './number-of-name.ts';
import { poolOf } from './owners-pool.ts';
import { type HttpAsked, type HttpReply, type MouthHttp, type RigServerHttp, serveRigHttp } from './server-http.ts';

export interface AxeosFakeOptions {
  readonly rig: SimRig;
  /** of ESP-Miner. Default v2.14.0. */
  readonly version?: string;
  /** It is older than 2.14, and answers what it does not know so: sent on to its first page, with that page, or by an error. */
  readonly old?: 'redirect' | 'page' | 'not-found' | 'not-allowed';
  /** it takes us for a stranger from outside its private network. Default false. */
  readonly stranger?: boolean;
  /** 0 or absent: the system chooses one */
  readonly port?: number;
}

export interface AxeosSettings {
  frequency: number;
  readonly [other: string]: unknown;
}

export interface AxeosFake extends RigServerHttp {
  /** what stands in its flash */
  readonly settings: AxeosSettings;
  /** what was written there, a body each */
  readonly writes: readonly string[];
  /** whether it says Hi! */
  greets(): boolean;
  /** Another firmware is put on it. */
  update(version: string): void;
}

export async function startAxeosFake(options: AxeosFakeOptions): Promise<AxeosFake> {
  const mouth = new AxeosMouth(options);
  return {
    ...(await serveRigHttp(options.rig, mouth, options.port)),
    settings: mouth.settings,
    writes: mouth.writes,
    greets: () => mouth.greets,
    update: (version) => mouth.update(version),
  };
}

const FREQUENCIES = [400, 425, 450, 475, 485, 500, 525, 550, 575];
const OWN_FREQUENCY = 490;
const PAGE = '<!doctype html><html><head><title>AxeOS</title></head><body><app-root></app-root></body></html>';

class AxeosMouth implements MouthHttp {
  readonly settings: AxeosSettings = {
    frequency: OWN_FREQUENCY,
    coreVoltage: 1166,
    stratumURL: 'pool.example',
    stratumPort: 3333,
    stratumUser: 'somebody.bitaxe',
    autofanspeed: 1,
    hostname: 'bitaxe',
  };
  readonly writes: string[] = [];
  greets = false;
  readonly #rig: SimRig;
  readonly #stranger: boolean;
  #version: string;
  #old: AxeosFakeOptions['old'];

  constructor({ rig, old, version = old === undefined ? 'v2.14.0' : 'v2.9.1', stranger = false }: AxeosFakeOptions) {
    this.#rig = rig;
    this.#version = version;
    this.#old = old;
    this.#stranger = stranger;
  }

  update(version: string): void {
    this.#version = version;
    this.#old = undefined;
  }

  say(asked: HttpAsked): HttpReply {
    if (this.#stranger) return { status: 401, text: 'Unauthorized' };
    switch (`${asked.method} ${asked.path}`) {
      case 'GET /api/system/info':
        return { status: 200, json: this.#info() };
      case 'GET /api/system/asic':
        return { status: 200, json: { ASICModel: 'BM1368', defaultFrequency: OWN_FREQUENCY, frequencyOptions: FREQUENCIES } };
      case 'PATCH /api/system':
        return this.#settings(asked.body);
      case 'POST /api/system/restart':
        this.#rig.reboot();
        return { status: 200, json: { message: 'System will restart shortly.' } };
      case 'POST /api/system/identify':
        this.greets = !this.greets;
        return {
          status: 200,
          json: { message: this.greets ? 'The device says "Hi!" for 30 seconds.' : 'The device no longer says "Hi!".' },
        };
      case 'POST /api/system/pause':
      case 'POST /api/system/resume':
        return this.#old === undefined ? this.#order(asked.path.endsWith('pause') ? 'pause' : 'resume') : this.#unknown();
      default:
        return this.#unknown();
    }
  }

  #order(order: 'pause' | 'resume'): HttpReply {
    switch (this.#rig.order(order)) {
      case 'refused':
        return { status: 500, text: 'Memory allocation failed' };
      case 'locked':
        return { status: 401, text: 'Unauthorized' };
      default:
        return { status: 200, json: { message: order === 'pause' ? 'Mining paused' : 'Mining resumed' } };
    }
  }

  /** What it does not know. The newer ones send everything to their first page, as a captive portal does. */
  #unknown(): HttpReply {
    switch (this.#old ?? 'redirect') {
      case 'page':
        return { status: 200, text: PAGE };
      case 'not-found':
        return { status: 404, text: 'Nothing matches the given URI' };
      case 'not-allowed':
        return { status: 405, text: 'Specified method is invalid for this resource' };
      default:
        return { status: 302, text: 'Redirect to the captive portal', headers: { location: '/' } };
    }
  }

  #settings(body: string): HttpReply {
    let wanted: unknown;
    try {
      wanted = JSON.parse(body);
    } catch {
      return { status: 400, text: 'Invalid JSON' };
    }
    const { frequency } = (wanted ?? {}) as { readonly frequency?: unknown };
    if (frequency !== undefined && (typeof frequency !== 'number' || frequency < 1)) return { status: 400, text: 'Wrong API input' };
    this.writes.push(body);
    Object.assign(this.settings, wanted);
    return { status: 200, text: '' };
  }

  #info(): Readonly<Record<string, unknown>> {
    const { saysPaused, hashRate, saysWatts, uptimeSeconds, level, shares } = this.#rig.look();
    const { pausedWatts } = this.#rig.traits;
    const clock = this.settings.frequency / OWN_FREQUENCY;
    return {
      ...this.settings,
      stratumURL: poolOf(this.#rig, String(this.settings['stratumURL'])),
      ASICModel: 'BM1368',
      boardVersion: '401',
      current: 2_800,
      fanrpm: level > 0 ? 5_120 : 1_850,
      fan2rpm: 0,
      hashRate: (hashRate * clock) / 1e9,
      // These stay high for an hour: whoever reads them for the present is found out.
      hashRate_1m: this.#rig.traits.hashRate / 1e9,
      hashRate_1h: this.#rig.traits.hashRate / 1e9,
      macAddr: macOf(this.#rig.traits.id, 10).toUpperCase(),
      maxPower: 40,
      ...(this.#old === undefined && { miningPaused: saysPaused }),
      overheat_mode: 0,
      sharesAccepted: 214 + shares,
      power: pausedWatts + (saysWatts - pausedWatts) * clock,
      temp: 40 + 20 * level,
      temp2: -1,
      uptimeSeconds: Math.floor(uptimeSeconds),
      version: this.#version,
      voltage: 5_080,
      vrTemp: 55,
    };
  }
}
