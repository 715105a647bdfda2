// A simulated rig with the mouth of FluxOS: an API on HTTP that wants a token in a header, figures that are texts with a unit, a
// remark on sleep that is wrong, averages that go on, and beside it the older API on a port of its own, which knows no sleep.
import type { SimRig } from '../sim/rig.ts';
import { objectOf, parsed } from '../wire/json.ts';
import { encodeReply4028, type Reply4028, type Request4028 } from '../wire/serve-4028.ts';
import { macOf } from './number-of-name.ts';
import { poolRow } from './owners-pool.ts';
import { type Mouth4028, type RigServer4028, serveRig4028 } from './server-4028.ts';
import { type HttpAsked, type HttpReply, type MouthHttp, type RigServerHttp, serveRigHttp } from './server-http.ts';

export interface AuradineFakeOptions {
  readonly rig: SimRig;
  /** monotonic ms, best the rig's own */
  readonly nowMs: () => number;
  /** Default admin, as from the factory. */
  readonly password?: string;
  /** seconds that a token lives. Default 3600. */
  readonly tokenSeconds?: number;
  /** how it refuses a login or a token: by a status, or in its words. Default words. */
  readonly refusesBy?: 'status' | 'words';
  /** whether HTTP has a page of the summary too. Default true. */
  readonly hasSummary?: boolean;
  /** the mode that it runs in. Default normal. */
  readonly mode?: 'eco' | 'normal' | 'turbo' | 'custom';
  /** the code of its light. Default 2: all is well. */
  readonly led?: number;
  /** 0 or absent: the system chooses one */
  readonly port?: number;
}

export interface AuradineFake extends RigServerHttp {
  /** of the older API */
  readonly apiPort: number;
  readonly logins: () => number;
  readonly refusedLogins: () => number;
  /** how it is told to run, without its sleep */
  readonly mode: () => Readonly<Record<string, unknown>>;
  readonly led: () => number;
}

export async function startAuradineFake(options: AuradineFakeOptions): Promise<AuradineFake> {
  const mouth = new AuradineMouth(options);
  const server = await serveRigHttp(options.rig, mouth, options.port);
  const api: RigServer4028 = await serveRig4028(options.rig, new OlderMouth(options.rig));
  return {
    ...server,
    apiPort: api.port,
    logins: () => mouth.logins,
    refusedLogins: () => mouth.refusedLogins,
    mode: () => mouth.mode,
    led: () => mouth.led,
    close: async () => {
      await server.close();
      await api.close();
    },
  };
}

const WHO = 'FluxOS-2024-05.10-0000000';
const REFUSED: Reply4028 = { letter: 'E', code: 650, message: 'Invalid or expired token' };

class AuradineMouth implements MouthHttp {
  logins = 0;
  refusedLogins = 0;
  led: number;
  mode: Readonly<Record<string, unknown>>;
  readonly #options: AuradineFakeOptions;
  readonly #tokens = new Map<string, number>();

  constructor(options: AuradineFakeOptions) {
    this.#options = options;
    this.led = options.led ?? 2;
    const { mode = 'normal' } = options;
    this.mode = mode === 'custom' ? { Mode: mode, Power: 2_500, Ths: 140 } : { Mode: mode };
  }

  say({ method, path, headers, body }: HttpAsked): HttpReply {
    const order = objectOf(parsed(body));
    if (method === 'POST' && order?.get('command') !== path.slice(1))
      return bodyOf({ letter: 'E', code: 14, message: 'Missing or wrong command' });
    if (method === 'POST' && path === '/token') return this.#enter(order);
    if ((this.#tokens.get(String(headers['token'])) ?? Number.NEGATIVE_INFINITY) <= this.#options.nowMs()) return this.#refuse();
    if (method === 'POST') return bodyOf(this.#take(path, order ?? new Map()));
    const told = this.#tell(path);
    return told === undefined ? { status: 404, text: '404 page not found' } : bodyOf(told);
  }

  #refuse(): HttpReply {
    return this.#options.refusesBy === 'status' ? { status: 401, text: 'Unauthorized' } : bodyOf(REFUSED);
  }

  #enter(order: ReadonlyMap<string, unknown> | undefined): HttpReply {
    const { password = 'admin', nowMs, tokenSeconds = 3600, rig } = this.#options;
    if (order?.get('user') !== 'admin' || order.get('password') !== password || rig.quirks.locked) {
      this.refusedLogins++;
      return this.#options.refusesBy === 'status' ? this.#refuse() : bodyOf({ letter: 'E', code: 651, message: 'Wrong credentials' });
    }
    this.logins++;
    const token = `token.${this.logins}`;
    this.#tokens.set(token, nowMs() + tokenSeconds * 1000);
    return bodyOf({ letter: 'S', code: 600, message: 'Token', sections: { Token: [{ Token: token }] } });
  }

  #take(path: string, order: ReadonlyMap<string, unknown>): Reply4028 {
    const { rig } = this.#options;
    switch (path) {
      case '/mode':
        return this.#setMode(order);
      case '/led':
        this.led = Number(order.get('code'));
        return { letter: 'S', code: 531, message: 'LED set' };
      case '/restart':
        rig.reboot();
        return { letter: 'S', code: 560, message: 'Restarting' };
      default:
        return { letter: 'E', code: 14, message: 'Invalid command' };
    }
  }

  #setMode(order: ReadonlyMap<string, unknown>): Reply4028 {
    const sleep = order.get('sleep');
    const name = order.get('mode');
    if (sleep === 'on' || sleep === 'off') {
      if (this.#options.rig.order(sleep === 'on' ? 'pause' : 'resume') === 'refused')
        return { letter: 'E', code: 541, message: 'Cannot change mode now' };
    } else if (name === 'custom' && order.get('tune') === 'power' && Number.isInteger(order.get('power'))) {
      this.mode = { Mode: name, Power: order.get('power'), Ths: 120 };
    } else if (name === 'eco' || name === 'normal' || name === 'turbo') {
      this.mode = { Mode: name };
    } else {
      return { letter: 'E', code: 542, message: 'Wrong mode' };
    }
    return { letter: 'S', code: 540, message: 'Mode set' };
  }

  #tell(path: string): Reply4028 | undefined {
    const { rig, hasSummary = true } = this.#options;
    const { saysPaused, saysWatts, level } = rig.look();
    switch (path) {
      case '/mode':
        // What it says of sleep in its message is wrong; the row is right.
        return said(540, "Operating mode: 'normal', sleep: 'false'", { Mode: [{ ...this.mode, Sleep: saysPaused ? 'on' : 'off' }] });
      case '/psu':
        return said(570, 'PSU status', {
          PSU: [{ FanSpeed1: '4052.00 RPM', Iin: '8.28A', PowerIn: `${saysWatts.toFixed(2)}W`, PowerOut: '0.00W', Vin: '245.00V' }],
        });
      case '/fan':
        return said(510, 'Total fans: 2', {
          Fan: [
            { ID: 1, Max: 7700, Speed: 7080 },
            { ID: 2, Max: 7700, Speed: 0 },
          ],
        });
      case '/temperature':
        return said(590, 'System temperature', { Temperature: temperatures(level) });
      case '/pools':
        return said(7, '1 Pool(s)', { POOLS: [poolRow(rig)] });
      case '/summary':
        return hasSummary ? summaryOf(rig) : undefined;
      case '/led':
        return said(530, 'Total LEDs 2', { LED: [{ Code: this.led, LED1: 1, LED2: 1, Msg: 'x' }] });
      case '/ipreport':
        return said(620, 'IP Report', {
          IPReport: [{ mac: macOf(rig.traits.id, 4), SerialNo: 'AU1', model: 'AT1500', version: '2024-05.10' }],
        });
      default:
        return undefined;
    }
  }
}

/** The older API: no login, no sleep, no orders. */
class OlderMouth implements Mouth4028 {
  readonly who = 'GCMiner-2024-05.10-0000000';
  readonly #rig: SimRig;

  constructor(rig: SimRig) {
    this.#rig = rig;
  }

  say({ command }: Request4028): Reply4028 {
    return command === 'summary' ? summaryOf(this.#rig) : { letter: 'E', code: 14, message: 'Invalid command' };
  }
}

function said(code: number, message: string, sections: NonNullable<Reply4028['sections']>): Reply4028 {
  return { letter: 'S', code, message, sections };
}

function bodyOf(reply: Reply4028): HttpReply {
  return { status: 200, text: encodeReply4028(reply, WHO).replace('\0', ''), headers: { 'content-type': 'application/json' } };
}

function summaryOf(rig: SimRig): Reply4028 {
  const { hashRate, uptimeSeconds, shares } = rig.look();
  const full = rig.traits.hashRate / 1e6;
  const rates = { 'MHS av': full, 'MHS 5s': hashRate / 1e6, 'MHS 1m': full, 'MHS 15m': full };
  return said(11, 'Summary', { SUMMARY: [{ Elapsed: Math.floor(uptimeSeconds), ...rates, Accepted: 55 + shares }] });
}

function temperatures(level: number): readonly Readonly<Record<string, unknown>>[] {
  const board = (id: number): Readonly<Record<string, unknown>> => ({
    ID: id,
    Name: `Hash Board ${id}`,
    BoardTemp: [{ ID: 0, Temperature: level === 0 ? 0 : 48 + id }],
    ChipTemp: [{ ID: 0, Temperature: level === 0 ? 0 : 68 + id }],
  });
  // The control board is no hash board, and has no chips.
  return [{ ID: 0, Name: 'Control Board', BoardTemp: [{ ID: 0, Temperature: 90 }], ChipTemp: null }, board(1), board(2)];
}
