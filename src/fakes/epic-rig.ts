// A simulated rig with the mouth of ePIC's firmware: HTTP on port 4028, a password in each order, a refusal with a good status,
// an answer to a stop that comes when all is dark, no boards in the list while it idles, and averages that go on.

import type { SimRig } from '../sim/rig.ts';
import { objectOf, parsed } from '../wire/json.ts';
import { macOf } from './number-of-name.ts';
import { poolOf } from './owners-pool.ts';
import { type HttpAsked, type HttpReply, type MouthHttp, type RigServerHttp, serveRigHttp } from './server-http.ts';

export interface EpicFakeOptions {
  readonly rig: SimRig;
  /** Default letmein, as from the factory. */
  readonly password?: string;
  /** seconds until a stop or a start is answered; real ones take 5 to 20. Default 0. */
  readonly settleSeconds?: number;
  /** whether it refuses to become what it is. Default false. */
  readonly refusesRepeats?: boolean;
  /** whether refusals are objects (`{"BadPassword":"…"}`), as in newer builds. Default false: words. */
  readonly namesErrors?: boolean;
  /** whether its power supply meters. Default true. */
  readonly meter?: boolean;
  /** 0 or absent: the system chooses one */
  readonly port?: number;
}

export interface EpicFake extends RigServerHttp {
  readonly blinks: () => boolean;
  /** orders with a wrong password */
  readonly wrongPasswords: () => number;
}

export async function startEpicFake(options: EpicFakeOptions): Promise<EpicFake> {
  const mouth = new EpicMouth(options);
  const server = await serveRigHttp(options.rig, mouth, options.port);
  return { ...server, blinks: () => mouth.blinks, wrongPasswords: () => mouth.wrongPasswords };
}

const AGREED: HttpReply = { status: 200, json: { result: true, error: null } };

class EpicMouth implements MouthHttp {
  blinks = false;
  wrongPasswords = 0;
  readonly #options: EpicFakeOptions;

  constructor(options: EpicFakeOptions) {
    this.#options = options;
  }

  say({ method, path, body }: HttpAsked): HttpReply {
    if (method === 'GET' && path === '/summary') return { status: 200, json: this.#summary() };
    if (method === 'GET' && path === '/network')
      return { status: 200, json: { dhcp: { address: '192.0.2.7', mac_address: macOf(this.#options.rig.traits.id, 3) } } };
    if (method !== 'POST' || !['/miner', '/identify', '/reboot'].includes(path)) return { ...this.#no('InvalidUrl'), status: 404 };
    const order = objectOf(parsed(body));
    if (order === undefined || !order.has('param')) return this.#no('MissingParam');
    if (order.get('password') !== (this.#options.password ?? 'letmein') || this.#options.rig.quirks.locked) {
      this.wrongPasswords++;
      return this.#no('BadPassword');
    }
    return this.#take(path, order.get('param'));
  }

  #no(error: string): HttpReply {
    return { status: 200, json: { result: false, error: this.#options.namesErrors ? { [error]: 'no' } : error } };
  }

  #take(path: string, param: unknown): HttpReply {
    const { rig } = this.#options;
    if (path === '/miner') {
      // Capitals count.
      if (param === 'Stop') return this.#order('pause');
      return param === 'Autostart' ? this.#order('resume') : this.#no('invalid command');
    }
    if (path === '/identify') {
      if (typeof param !== 'boolean') return this.#no('param must be a bool');
      this.blinks = param;
      return AGREED;
    }
    if (typeof param !== 'number') return this.#no('param must be a number');
    rig.reboot();
    return AGREED;
  }

  #order(what: 'pause' | 'resume'): HttpReply {
    const { rig, refusesRepeats = false, settleSeconds = 0 } = this.#options;
    if (refusesRepeats && rig.look().saysPaused === (what === 'pause')) return this.#no(`already ${what}d`);
    return rig.order(what) === 'refused' ? this.#no('the miner is busy') : { ...AGREED, afterSeconds: settleSeconds };
  }

  #word(): string {
    const { rig } = this.#options;
    const { saysPaused, level } = rig.look();
    if (saysPaused) return level > 0 && !rig.quirks.lies ? 'Stopping' : 'Idling';
    if (level === 1) return 'Mining';
    return level > 0 ? 'AdjustingClockVoltage' : 'PreInitCooldown';
  }

  #summary(): object {
    const { rig, meter = true } = this.#options;
    const { hashRate, level, saysWatts, uptimeSeconds, shares } = rig.look();
    const word = this.#word();
    const board = (index: number): object => ({
      Index: index,
      'Input Voltage': 12.6,
      'Input Power': 0,
      Temperature: Math.round(25 + 40 * level) + index,
      'Core Clock Avg': 485,
      Hashrate: [hashRate / 3e6, 100, 0.8],
    });
    return {
      Software: 'PowerPlay-BMS v1.15.2',
      Hostname: 'rig',
      Status: { 'Operating State': word, 'Last Command': null, 'Last Command Result': null, 'Last Error': null },
      Mining: { Coin: 'BTC', Algorithm: 'SHA-256' },
      Session: {
        Uptime: Math.floor(uptimeSeconds),
        // An average that goes on long after a stop.
        'Average MHs': rig.traits.hashRate / 1e6,
        'Active HBs': level === 0 ? 0 : 3,
        Accepted: 41 + shares,
      },
      HBs: level === 0 ? null : [board(0), board(1), board(2)],
      'Power Supply Stats': {
        'Input Power': meter || level > 0 ? saysWatts : 0,
        'Input Voltage': meter ? 230.5 : 0,
        'Input Current': meter ? saysWatts / 230.5 : 0,
        'Output Voltage': 12.6,
      },
      'Fans Rpm': { 'Fans Speed 1': 5900, 'Fans Speed 10': null, 'Fans Speed 2': 0, 'Fans Speed 3': 5800 },
      Fans: { 'Fan Mode': { Auto: { 'Idle Speed': 20, 'Target Temperature': 60 } }, 'Fans Speed': 100 },
      Misc: { 'Locate Miner State': this.blinks, 'Shutdown Temp': 85 },
      StratumConfigs: [{ pool: poolOf(rig, 'stratum+tcp://192.0.2.9:3333'), login: 'owner.rig', password: 'x' }],
      PerpetualTune: { Running: true, Algorithm: { VoltageOptimizer: { Target: 110, Unit: 'TH/s' } } },
    };
  }
}
