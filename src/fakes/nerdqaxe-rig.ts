// A simulated rig with the mouth of a NerdQAxe: an order to shut down that is answered in plain text, a hash rate that is 0 by
// definition from then on, a restart that is the only way back, and older firmware that knows nothing of it.
import type { SimRig } from '../sim/rig.ts';
import { macOf } from './number-of-name.ts';
import { poolOf } from './owners-pool.ts';
import { type HttpAsked, type HttpReply, type MouthHttp, type RigServerHttp, serveRigHttp } from './server-http.ts';

export interface NerdqaxeFakeOptions {
  readonly rig: SimRig;
  /** of its firmware. Default v1.0.37. */
  readonly version?: string;
  /** It is older than v1.0.36, and answers an order that it does not know so. */
  readonly old?: 'redirect' | 'not-allowed';
  /** whether orders want a one-time code, as in builds just before v1.0.36. Default false. */
  readonly wantsCode?: boolean;
  /** whether it names a shutdown a restart, as the first builds did. Default false. */
  readonly misspeaks?: boolean;
  /** it takes us for a stranger from outside its private network. Default false. */
  readonly stranger?: boolean;
  /** 0 or absent: the system chooses one */
  readonly port?: number;
}

export function startNerdqaxeFake(options: NerdqaxeFakeOptions): Promise<RigServerHttp> {
  return serveRigHttp(options.rig, new NerdqaxeMouth(options), options.port);
}

class NerdqaxeMouth implements MouthHttp {
  readonly #options: NerdqaxeFakeOptions;

  constructor(options: NerdqaxeFakeOptions) {
    this.#options = options;
  }

  say({ method, path }: HttpAsked): HttpReply {
    if (this.#options.stranger) return { status: 401, text: 'Unauthorized' };
    switch (`${method} ${path}`) {
      case 'GET /api/system/info':
        return { status: 200, json: this.#info() };
      case 'POST /api/system/shutdown':
        return this.#options.old === undefined ? this.#shutdown() : this.#unknown();
      case 'POST /api/system/restart':
        return this.#restart();
      default:
        return this.#unknown();
    }
  }

  #unknown(): HttpReply {
    if (this.#options.old === 'redirect') return { status: 302, text: 'Redirect to the captive portal', headers: { location: '/' } };
    return { status: 405, text: 'Specified method is invalid for this resource' };
  }

  #shutdown(): HttpReply {
    const { rig, wantsCode = false, misspeaks = false } = this.#options;
    if (wantsCode || rig.quirks.locked) return { status: 401, text: 'OTP/Session required' };
    if (rig.order('pause') === 'refused') return { status: 500, text: 'Internal Server Error' };
    return { status: 200, text: `System will ${misspeaks ? 'restart' : 'shutdown'} shortly.` };
  }

  #restart(): HttpReply {
    const { rig, wantsCode = false } = this.#options;
    if (wantsCode || rig.quirks.locked) return { status: 401, text: 'OTP/Session required' };
    if (rig.order('resume') === 'refused') return { status: 500, text: 'Internal Server Error' };
    rig.reboot();
    return { status: 200, text: 'System will restart shortly.' };
  }

  #info(): object {
    const { rig, old, version = old === undefined ? 'v1.0.37' : 'v1.0.35' } = this.#options;
    const { saysPaused, hashRate, level, saysWatts, uptimeSeconds, shares } = rig.look();
    return {
      version,
      ASICModel: 'BM1370',
      deviceModel: 'NerdQAxe++',
      asicCount: 4,
      macAddr: macOf(rig.traits.id, 11).toUpperCase(),
      // The regulator's; the board beside it is not seen.
      power: level === 0 ? 0 : saysWatts,
      maxPower: 130,
      hashRate: saysPaused ? 0 : hashRate / 1e9,
      hashRate_1m: saysPaused ? 0 : rig.traits.hashRate / 1e9,
      hashRate_1h: saysPaused ? 0 : rig.traits.hashRate / 1e9,
      temp: 35 + 20 * level,
      asicTemps: [level === 0 ? 0 : 57, 0, 0, 0],
      vrTemp: 51,
      fanrpm: 3_400,
      fanrpm2: 0,
      fanCount: 1,
      uptimeSeconds: Math.floor(uptimeSeconds),
      sharesAccepted: 95 + shares,
      ...(old === undefined && { shutdown: saysPaused }),
      frequency: 600,
      coreVoltage: 1_150,
      stratumURL: poolOf(rig, 'pool.example'),
      stratumUser: 'somebody.rig',
      otp: this.#options.wantsCode === true,
    };
  }
}
