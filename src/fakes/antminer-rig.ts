// A simulated rig with the mouth of Bitmain's own firmware (S19 and later): CGI pages behind a Digest login. A write of its
// configuration is answered after 21 s, is followed by a reload in which its lists are empty, and loses what it does not hold.
import { createHash } from 'node:crypto';
import type { SimRig } from '../sim/rig.ts';
import { objectOf, parsed } from '../wire/json.ts';
import { DigestLogin } from './digest-login.ts';
import { poolsOf } from './owners-pool.ts';
import { type HttpAsked, type HttpReply, type MouthHttp, type RigServerHttp, serveRigHttp } from './server-http.ts';

/** Which of the two names of the work mode a build heeds, and as what: others are taken without a word, and without effect. */
export type HeededMode = 'both' | 'miner-mode' | 'text' | 'neither';

export interface AntminerFakeOptions {
  readonly rig: SimRig;
  /** monotonic ms, best the rig's own */
  readonly nowMs: () => number;
  /** Default root. */
  readonly username?: string;
  /** Default root, as from the factory. */
  readonly password?: string;
  /** Default both. */
  readonly heeds?: HeededMode;
  /** seconds until a write is answered. Default 21. */
  readonly writeSeconds?: number;
  /** seconds after a write in which its lists are empty. Default 10. */
  readonly reloadSeconds?: number;
  /** whether each login may be used once only. Default true. */
  readonly freshNonces?: boolean;
  /** what its lists hold asleep: nothing, or rows at 0. Default nothing. */
  readonly asleepShows?: 'nothing' | 'zeros';
  /** the mode that it starts in. Default 0. */
  readonly mode?: number;
  /** 0 or absent: the system chooses one */
  readonly port?: number;
}

export interface AntminerFake extends RigServerHttp {
  /** everything that it is set to, as its page of settings would show it */
  settings(): Readonly<Record<string, unknown>>;
  /** logins that were refused for their password */
  readonly refusedLogins: () => number;
  readonly blinks: () => boolean;
}

export async function startAntminerFake(options: AntminerFakeOptions): Promise<AntminerFake> {
  const mouth = new AntminerMouth(options);
  const server = await serveRigHttp(options.rig, mouth, options.port);
  return { ...server, settings: () => mouth.settings(), refusedLogins: () => mouth.login.refused, blinks: () => mouth.blinks };
}

const NOT_FOUND: HttpReply = { status: 404, text: '<html><body>404 - Not Found</body></html>' };

class AntminerMouth implements MouthHttp {
  readonly login: DigestLogin;
  blinks = false;
  readonly #rig: SimRig;
  readonly #nowMs: () => number;
  readonly #heeds: HeededMode;
  readonly #times: { readonly writeSeconds: number; readonly reloadSeconds: number };
  readonly #asleepShows: 'nothing' | 'zeros';
  #mode: number;
  #reloadedMs = Number.NEGATIVE_INFINITY;
  #settings: Readonly<Record<string, unknown>> = {
    pools: ['first', 'second', 'third'].map((name) => ({ url: `stratum+tcp://${name}.pool.invalid:3333`, user: 'farm.worker', pass: 'x' })),
    'api-listen': true,
    'api-allow': 'A:0/0,W:*',
    'bitmain-fan-ctrl': true,
    'bitmain-fan-pwm': '85',
    'bitmain-hashrate-percent': '100',
    'bitmain-freq-level': '90',
  };

  constructor(options: AntminerFakeOptions) {
    const { rig, nowMs, username = 'root', password = 'root', heeds = 'both', freshNonces = true } = options;
    this.login = new DigestLogin('antMiner Configuration', { username, password }, freshNonces);
    this.#rig = rig;
    this.#nowMs = nowMs;
    this.#heeds = heeds;
    this.#times = { writeSeconds: options.writeSeconds ?? 21, reloadSeconds: options.reloadSeconds ?? 10 };
    this.#asleepShows = options.asleepShows ?? 'nothing';
    this.#mode = rig.look().saysPaused ? 1 : (options.mode ?? 0);
  }

  say(asked: HttpAsked): HttpReply {
    const barred = this.login.challenge(asked);
    if (barred !== undefined) return barred;
    if (asked.method === 'POST') return this.#take(asked);
    switch (asked.path) {
      case '/cgi-bin/get_miner_conf.cgi':
        return { status: 200, json: this.settings() };
      case '/cgi-bin/summary.cgi':
        return this.#listed('SUMMARY', () => this.#summary());
      case '/cgi-bin/stats.cgi':
        return this.#listed('STATS', () => this.#stats());
      case '/cgi-bin/get_system_info.cgi':
        return { status: 200, json: this.#system() };
      case '/cgi-bin/reboot.cgi':
        this.#rig.reboot();
        return { status: 200, text: '' };
      default:
        return NOT_FOUND;
    }
  }

  settings(): Readonly<Record<string, unknown>> {
    return { ...this.#settings, pools: poolsOf(this.#rig, this.#settings['pools']), 'bitmain-work-mode': String(this.#mode) };
  }

  #take({ path, body }: HttpAsked): HttpReply {
    const given = objectOf(parsed(body));
    if (path === '/cgi-bin/blink.cgi') {
      this.blinks = given?.get('blink') === 'true';
      return { status: 200, json: { code: this.blinks ? 'B000' : 'B100' } };
    }
    if (path !== '/cgi-bin/set_miner_conf.cgi') return NOT_FOUND;
    const reply = given === undefined ? saying('error', 'M002', 'Invalid data!') : this.#write(given);
    return { ...reply, afterSeconds: this.#times.writeSeconds };
  }

  /** What a write does not hold is lost: so pools are wiped. */
  #write(given: ReadonlyMap<string, unknown>): HttpReply {
    const mode = this.#heeded(given);
    const order = mode === undefined || (mode === 1) === (this.#mode === 1) ? undefined : mode === 1 ? 'pause' : 'resume';
    if (this.#rig.quirks.refuses || (order !== undefined && this.#rig.order(order) === 'refused'))
      return saying('error', 'M001', 'Invalid pool!');
    if (this.#rig.quirks.ignores) return saying('success', 'M000', 'OK!');
    this.#settings = {
      pools: given.get('pools') ?? [],
      'api-listen': this.#settings['api-listen'],
      'api-allow': this.#settings['api-allow'],
      'bitmain-fan-ctrl': given.get('bitmain-fan-ctrl') ?? false,
      'bitmain-fan-pwm': given.get('bitmain-fan-pwm') ?? '100',
      'bitmain-hashrate-percent': given.get('bitmain-hashrate-percent') ?? '100',
      // Shown under one name and taken under another.
      'bitmain-freq-level': given.get('freq-level') ?? '100',
    };
    if (mode !== undefined) this.#mode = mode;
    this.#reloadedMs = this.#nowMs();
    return saying('success', 'M000', 'OK!');
  }

  #heeded(given: ReadonlyMap<string, unknown>): number | undefined {
    const ways: Readonly<Record<HeededMode, readonly unknown[]>> = {
      both: [given.get('miner-mode'), given.get('bitmain-work-mode')],
      'miner-mode': [given.get('miner-mode')],
      text: [given.get('bitmain-work-mode')].filter((value) => typeof value === 'string'),
      neither: [],
    };
    const mode = ways[this.#heeds].find((value) => value !== undefined);
    return mode === undefined ? undefined : Number(mode);
  }

  #listed(section: string, row: () => Readonly<Record<string, unknown>>): HttpReply {
    const reloads = this.#nowMs() - this.#reloadedMs < this.#times.reloadSeconds * 1000;
    // One that does not obey goes on hashing, whatever it is set to.
    const sleeps = this.#mode === 1 && this.#rig.look().level === 0;
    const empty = reloads || (sleeps && this.#asleepShows === 'nothing');
    const json = {
      STATUS: { STATUS: 'S', Msg: section.toLowerCase(), api_version: '1.0.0' },
      INFO: this.#info(),
      [section]: empty ? [] : [row()],
    };
    return { status: 200, json };
  }

  #info(): Readonly<Record<string, unknown>> {
    return { miner_version: '50.0.1.3', CompileTime: '', type: 'Antminer S19 Pro' };
  }

  #rates(): Readonly<Record<string, unknown>> {
    const { hashRate, uptimeSeconds } = this.#rig.look();
    const full = this.#rig.traits.hashRate / 1e9;
    // Averages go on long after a pause: whoever reads them for the present is found out.
    return {
      elapsed: Math.floor(uptimeSeconds),
      rate_5s: hashRate / 1e9,
      rate_30m: full,
      rate_avg: full,
      rate_ideal: full,
      rate_unit: 'GH/s',
    };
  }

  #summary(): Readonly<Record<string, unknown>> {
    return { ...this.#rates(), hw_all: 0, bestshare: 0, status: [{ type: 'rate', status: 's', code: 0, msg: '' }] };
  }

  #stats(): Readonly<Record<string, unknown>> {
    const warm = Math.round(30 + 45 * this.#rig.look().level);
    const chain = [0, 1, 2].map((index) => ({
      index,
      asic_num: 114,
      temp_pcb: [warm - 10, warm - 8],
      temp_chip: [warm, warm + index],
      sn: '',
    }));
    return { ...this.#rates(), 'miner-mode': this.#mode, fan_num: 4, fan: [5880, 6000, 5040, 5040], chain };
  }

  #system(): Readonly<Record<string, unknown>> {
    const serinum = `SIM${this.#rig.traits.id.toUpperCase()}`;
    const hash = createHash('md5').update(serinum).digest('hex');
    const macaddr = ['02', '00', ...[0, 2, 4, 6].map((at) => hash.slice(at, at + 2))].join(':');
    return {
      minertype: 'Antminer S19 Pro',
      hostname: 'Antminer',
      macaddr,
      serinum,
      system_filesystem_version: 'SIM-1.0',
      firmware_type: 'Release',
    };
  }
}

function saying(stats: string, code: string, msg: string): HttpReply {
  return { status: 200, json: { stats, code, msg } };
}
