// A simulated rig with the mouth of an Elphapex: pages made after those of stock Antminers, behind a login. Its older firmware takes
// a whole configuration and loses what that does not hold; its newer has the pages elsewhere, and one that sets the mode alone.
import { createHash } from 'node:crypto';
import type { SimRig } from '../sim/rig.ts';
import { objectOf, parsed } from '../wire/json.ts';
import { DigestLogin } from './digest-login.ts';
import { poolsOf } from './owners-pool.ts';
import { type HttpAsked, type HttpReply, type MouthHttp, type RigServerHttp, serveRigHttp } from './server-http.ts';

export interface ElphapexFakeOptions {
  readonly rig: SimRig;
  /** monotonic ms, best the rig's own */
  readonly nowMs: () => number;
  /** Default cgi, the older. */
  readonly firmware?: 'cgi' | 'luci';
  /** Default root, as from the factory; the user is root. The newer firmware asks for none. */
  readonly password?: string;
  /** how it wants the login: Digest, or Basic. Default digest. */
  readonly login?: 'digest' | 'basic';
  /** as what it heeds a mode; it agrees to anything. Default both. */
  readonly heeds?: 'both' | 'number' | 'text' | 'neither';
  /** whether it has the page for its watts. Default true. */
  readonly tellsWatts?: boolean;
  /** seconds until a write is answered. Default 8. */
  readonly writeSeconds?: number;
  /** seconds after a write in which its lists are empty. Default 10. */
  readonly reloadSeconds?: number;
  /** the mode that it starts in. Default 0. */
  readonly mode?: number;
  /** 0 or absent: the system chooses one */
  readonly port?: number;
}

export interface ElphapexFake extends RigServerHttp {
  /** everything that it is set to, as its page of settings would show it */
  settings(): Readonly<Record<string, unknown>>;
  readonly refusedLogins: () => number;
  readonly blinks: () => boolean;
  /** Runs this firmware from now on. */
  update(firmware: 'cgi' | 'luci'): void;
}

export async function startElphapexFake(options: ElphapexFakeOptions): Promise<ElphapexFake> {
  const mouth = new ElphapexMouth(options);
  const server = await serveRigHttp(options.rig, mouth, options.port);
  return {
    ...server,
    settings: () => mouth.settings(),
    refusedLogins: () => mouth.refused(),
    blinks: () => mouth.blinks,
    update: (firmware) => mouth.update(firmware),
  };
}

const NOT_FOUND: HttpReply = { status: 404, text: '<html><body>404 - Not Found</body></html>' };
const SLEEP = { cgi: 1, luci: -1_000 } as const;

class ElphapexMouth implements MouthHttp {
  blinks = false;
  readonly #options: ElphapexFakeOptions;
  readonly #rig: SimRig;
  readonly #digest: DigestLogin;
  #firmware: 'cgi' | 'luci';
  #mode: number;
  #refusedBasic = 0;
  #reloadedMs = Number.NEGATIVE_INFINITY;
  #settings: Readonly<Record<string, unknown>> = {
    pools: ['first', 'second', 'third'].map((name) => ({ url: `stratum+tcp://${name}.pool.invalid:3333`, user: 'farm.worker', pass: 'x' })),
    algo: 'ltc',
    'fc-fan-ctrl': true,
    'fc-fan-pwm': '80',
    'fc-freq': '1850',
    'fc-freq-level': '90',
    'fc-voltage': '1470',
  };

  constructor(options: ElphapexFakeOptions) {
    this.#options = options;
    this.#rig = options.rig;
    this.#firmware = options.firmware ?? 'cgi';
    this.#digest = new DigestLogin('Elphapex', { username: 'root', password: options.password ?? 'root' }, true);
    this.#mode = this.#rig.look().saysPaused ? SLEEP[this.#firmware] : (options.mode ?? 0);
  }

  update(firmware: 'cgi' | 'luci'): void {
    if (this.#mode === SLEEP[this.#firmware]) this.#mode = SLEEP[firmware];
    this.#firmware = firmware;
  }

  refused(): number {
    return this.#digest.refused + this.#refusedBasic;
  }

  settings(): Readonly<Record<string, unknown>> {
    return { ...this.#settings, pools: poolsOf(this.#rig, this.#settings['pools']), 'fc-work-mode': this.#mode };
  }

  say(asked: HttpAsked): HttpReply {
    const luci = /^\/cgi-bin\/luci\/(\w+)\.cgi$/.exec(asked.path);
    const cgi = /^\/cgi-bin\/(\w+)\.cgi$/.exec(asked.path);
    const page = (this.#firmware === 'luci' ? luci : cgi)?.[1];
    if (page === undefined) return NOT_FOUND;
    const barred = this.#firmware === 'luci' ? undefined : this.#barred(asked);
    if (barred !== undefined) return barred;
    return asked.method === 'POST' ? this.#take(page, asked.body) : this.#show(page);
  }

  #barred(asked: HttpAsked): HttpReply | undefined {
    if (this.#options.login !== 'basic') return this.#digest.challenge(asked);
    const given = asked.headers.authorization;
    const wanted = `Basic ${Buffer.from(`root:${this.#options.password ?? 'root'}`).toString('base64')}`;
    if (given === wanted) return undefined;
    if (given !== undefined) this.#refusedBasic += 1;
    return { status: 401, text: '', headers: { 'www-authenticate': 'Basic realm="Elphapex"' } };
  }

  #show(page: string): HttpReply {
    switch (page) {
      case 'get_miner_conf':
        return { status: 200, json: this.settings() };
      case 'summary':
        return this.#listed('SUMMARY', () => ({ ...this.#rates(), hw_all: 0, bestshare: 0 }));
      case 'stats':
        return this.#listed('STATS', () => this.#stats());
      case 'get_system_info':
        return { status: 200, json: this.#system() };
      case 'get_power':
        return this.#options.tellsWatts === false ? NOT_FOUND : { status: 200, json: this.#power() };
      case 'reboot':
        this.#rig.reboot();
        return { status: 200, json: { code: 'R000' } };
      default:
        return NOT_FOUND;
    }
  }

  #take(page: string, body: string): HttpReply {
    const given = objectOf(parsed(body));
    if (given === undefined) return saying('error', 'M002', 'Invalid data!');
    if (this.#firmware === 'luci') return this.#takeByLuci(page, given);
    if (page === 'blink') {
      this.blinks = given.get('blink') === 'true';
      return { status: 200, json: { code: this.blinks ? 'B000' : 'B100' } };
    }
    if (page !== 'set_miner_conf') return NOT_FOUND;
    return { ...this.#write(given), afterSeconds: this.#options.writeSeconds ?? 8 };
  }

  #takeByLuci(page: string, given: ReadonlyMap<string, unknown>): HttpReply {
    if (page === 'ftm_ledtest') {
      this.blinks = given.get('leds_flash') === 1;
      return { status: 200, json: { code: 0 } };
    }
    if (page !== 'setworkmode') return NOT_FOUND;
    return { ...this.#setMode(given.get('workmode')), afterSeconds: this.#options.writeSeconds ?? 8 };
  }

  /** What a write does not hold is lost: so pools are wiped. */
  #write(given: ReadonlyMap<string, unknown>): HttpReply {
    if (this.#rig.quirks.refuses) return saying('error', 'M001', 'Invalid pool!');
    const said = this.#setMode(given.get('fc-work-mode') ?? given.get('miner-mode'));
    this.#settings = Object.fromEntries(
      ['pools', 'algo', 'fc-fan-ctrl', 'fc-fan-pwm', 'fc-freq', 'fc-freq-level', 'fc-voltage'].map((key) => [key, given.get(key) ?? '']),
    );
    return said;
  }

  #setMode(value: unknown): HttpReply {
    const { heeds = 'both' } = this.#options;
    const heeded = heeds === 'both' || heeds === (typeof value === 'string' ? 'text' : typeof value);
    const mode = heeded && value !== undefined ? Number(value) : this.#mode;
    const sleeps = mode === SLEEP[this.#firmware];
    const order = sleeps === (this.#mode === SLEEP[this.#firmware]) ? undefined : sleeps ? 'pause' : 'resume';
    const refused = order === undefined ? this.#rig.quirks.refuses === true : this.#rig.order(order) === 'refused';
    if (refused) return saying('error', 'M001', 'FAIL!');
    if (this.#rig.quirks.ignores) return saying('success', 'M000', 'OK!');
    this.#mode = mode;
    this.#reloadedMs = this.#options.nowMs();
    return saying('success', 'M000', 'OK!');
  }

  #listed(section: string, row: () => Readonly<Record<string, unknown>>): HttpReply {
    const reloads = this.#options.nowMs() - this.#reloadedMs < (this.#options.reloadSeconds ?? 10) * 1000;
    const json = {
      STATUS: { STATUS: 'S', Msg: section.toLowerCase(), api_version: '1.0.0' },
      INFO: { miner_version: 'DG1+_SW_V1.0.2', type: 'DG1+', hw_version: 'DG1+_HW_V1.0' },
      [section]: reloads ? [] : [row()],
    };
    return { status: 200, json };
  }

  /** Asleep its lists are there, at 0, and so is its uptime. */
  #rates(): Readonly<Record<string, unknown>> {
    const { hashRate, uptimeSeconds, level } = this.#rig.look();
    const full = this.#rig.traits.hashRate / 1e6;
    const sleeps = this.#mode === SLEEP[this.#firmware] && level === 0;
    return {
      elapsed: sleeps ? 0 : Math.floor(uptimeSeconds),
      rate_5s: hashRate / 1e6,
      rate_15m: full,
      rate_30m: full,
      rate_avg: full,
      rate_ideal: full,
      rate_unit: 'MH/s',
    };
  }

  #stats(): Readonly<Record<string, unknown>> {
    const warm = Math.round(30 + 45 * this.#rig.look().level);
    const chain = [0, 1, 2, 3].map((index) => ({
      index,
      asic_num: 204,
      temp_pcb: [warm - 10, warm - 8],
      temp_chip: [String(warm * 1_000), String(warm * 1_000 + 500 + index)],
      sn: '',
    }));
    return { ...this.#rates(), fan_num: 4, fan: ['5340', '5400', '5400', '5400'], chain };
  }

  #power(): Readonly<Record<string, unknown>> {
    return { power_output: String(Math.round(this.#rig.look().saysWatts)), power_sn: 'SN', power_temp: '270' };
  }

  #system(): Readonly<Record<string, unknown>> {
    const hash = createHash('md5').update(this.#rig.traits.id).digest('hex');
    const macaddr = ['02', '00', ...[0, 2, 4, 6].map((at) => hash.slice(at, at + 2))].join(':');
    return {
      minertype: 'DG1+',
      hostname: 'DG1+',
      macaddr,
      Algorithm: 'Scrypt',
      system_filesystem_version: 'DG1+_SW_V1.0.2',
      firmware_type: 'Release',
    };
  }
}

function saying(stats: string, code: string, msg: string): HttpReply {
  return { status: 200, json: { stats, code, msg } };
}
