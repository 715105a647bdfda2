// The mouth of API 2 of a simulated Whatsminer: plain questions, sealed orders, tokens that live for 30 minutes and are few.
import { createHash } from 'node:crypto';
import { objectOf, parsed } from '../wire/json.ts';
import { md5Crypt } from '../wire/md5-crypt.ts';
import { opened, sealed } from '../wire/whatsminer-v2.ts';
import { poolRow } from './owners-pool.ts';
import { pageText } from './page.ts';
import type { WhatsminerBox } from './whatsminer-box.ts';

export interface WhatsminerV2Habits {
  /** `letters`: STATUS is a letter, every value a text, and all of it in Msg. Default `cgminer`. */
  readonly style?: 'cgminer' | 'letters';
  /** whether it knows its watts; -1 where not. Default true. */
  readonly meter?: boolean;
  /** whether `summary` holds the MAC. Default true. */
  readonly mac?: boolean;
  /** an older firmware, with another word for stopped. Default false. */
  readonly old?: boolean;
  /** JSON as some of its firmware writes it: errors with colons in square brackets, commas too many, NULs. Default false. */
  readonly broken?: boolean;
  /** whether it can read an order with respbefore in it. Default true. */
  readonly respbefore?: boolean;
}

const SALT = 'Qk3vT0aZ';
const TOKEN_MS = 30 * 60_000;
const TOKEN_LIMIT = 32;
const ASKED_LIMIT = 10_000;

type Answer = Readonly<Record<string, unknown>>;
type Order = (parameters: ReadonlyMap<string, unknown>) => boolean;

export class WhatsminerV2Mouth {
  /** every command that it understood, oldest first; orders with `sealed` before them */
  readonly asked: string[] = [];
  /** answers no more over the connection that is open */
  silent = false;
  readonly #box: WhatsminerBox;
  readonly #habits: WhatsminerV2Habits;
  #tokens: { readonly sign: string; readonly endsAtMs: number }[] = [];
  #given = 0;

  constructor(box: WhatsminerBox, habits: WhatsminerV2Habits = {}) {
    this.#box = box;
    this.#habits = habits;
  }

  /** As a power cut and a reboot do it. */
  forgetTokens(): void {
    this.#tokens = [];
  }

  /** One request in, one answer out, NUL included. */
  reply(text: string): string {
    this.silent = false;
    const { quirks } = this.#box.rig;
    if (quirks.page !== undefined) return pageText(quirks.page);
    const whole = this.#written(this.#answer(text));
    if (quirks.losesAnswers === true) this.silent = true;
    return quirks.garbles === true ? whole.slice(0, Math.floor(whole.length / 2)) : whole;
  }

  #answer(text: string): Answer {
    const request = objectOf(parsed(text));
    if (request === undefined) return no(23, 'invalid json');
    if (request.has('enc')) return this.#unseal(request.get('data'));
    const cmd = request.get('cmd') ?? request.get('command');
    if (typeof cmd !== 'string') return no(14, 'invalid cmd');
    this.#enter(cmd);
    if (cmd === 'get_token') return this.#token();
    if (this.#orders.has(cmd)) return no(45, this.#box.open ? 'permission denied' : "can't access write cmd");
    return this.#told(cmd) ?? no(14, 'invalid cmd');
  }

  #told(cmd: string): Answer | undefined {
    switch (cmd) {
      case 'summary':
        return this.#summary();
      case 'status':
        return yes(this.#status());
      case 'get_miner_info':
        return yes({ ip: '192.0.2.21', hostname: 'WhatsMiner', mac: this.#box.mac, ledstat: 'auto' });
      case 'pools':
        return {
          STATUS: [{ STATUS: 'S', When: this.#box.clock, Code: 7, Msg: `${this.#box.pools.length} Pool(s)`, Description: '' }],
          POOLS: this.#box.pools.map((url, at) => ({ ...poolRow(this.#box.rig, url), POOL: at + 1 })),
          id: 1,
        };
      case 'get_version':
        return yes({ api_ver: '2.0.5', fw_ver: '20230803.11.REL', platform: 'H616' });
      case 'get_error_code':
        return yes({ error_code: [] });
      default:
        return undefined;
    }
  }

  #status(): Answer {
    const off = String(this.#box.rig.look().saysPaused);
    const { mode, limitWatts } = this.#box;
    const firmware = this.#habits.old ? { 'Firmware Version': "'20210109.22.REL'" } : { FirmwareVersion: '20240624.18.REL' };
    const word = this.#habits.old ? { btmineroff: off } : { mineroff: off, mineroff_reason: '', mineroff_time: '' };
    return { ...word, ...firmware, power_mode: mode, hash_percent: '0', power_limit_set: String(limitWatts) };
  }

  #summary(): Answer {
    const { hashRate, saysWatts, uptimeSeconds, level, shares } = this.#box.rig.look();
    const elapsed = Math.floor(uptimeSeconds);
    const row = {
      Elapsed: elapsed,
      Uptime: elapsed + 60,
      // The average goes on long after a pause: whoever reads it for the present is found out.
      'MHS av': this.#box.rig.traits.hashRate / 1e6,
      'HS RT': hashRate / 1e6,
      Accepted: 77 + shares,
      Power: this.#habits.meter === false ? -1 : Math.round(saysWatts),
      'Power Limit': level > 0 ? this.#box.limitWatts : 0,
      'Power Mode': this.#box.mode.replace(/^./, (letter) => letter.toUpperCase()),
      Temperature: level > 0 ? 71.5 : 0,
      'Chip Temp Max': level > 0 ? 88.2 : 0,
      'Env Temp': 28.5,
      'Fan Speed In': level > 0 ? 5_400 : 1_200,
      'Fan Speed Out': level > 0 ? 5_280 : 0,
      ...(this.#habits.mac !== false && { MAC: this.#box.mac }),
    };
    if (this.#habits.style === 'letters') return yes(Object.fromEntries(Object.entries(row).map(([key, value]) => [key, String(value)])));
    const status = { STATUS: 'S', When: this.#box.clock, Code: 11, Msg: 'Summary', Description: 'cgminer 4.9.2' };
    return { STATUS: [status], SUMMARY: [row], id: 1 };
  }

  #token(): Answer {
    if (!this.#box.open) return no(45, "can't access write cmd");
    this.#tokens = this.#tokens.filter(({ endsAtMs }) => endsAtMs > this.#box.nowMs());
    if (this.#tokens.length >= TOKEN_LIMIT) return no(136, 'over max connect');
    const newsalt = `n${(++this.#given).toString(36).padStart(7, 'jbzkfQl')}`;
    const time = String(this.#box.clock % 10_000).padStart(4, '0');
    const sign = md5Crypt(md5Crypt(this.#box.adminPassword, SALT) + time, newsalt);
    this.#tokens.push({ sign, endsAtMs: this.#box.nowMs() + TOKEN_MS });
    // As the real one has it: the letter stands nowhere.
    return { STATUS: 'string', When: this.#box.clock, Code: 134, Msg: { time, salt: SALT, newsalt }, Description: '' };
  }

  /** An order. Only a good answer comes back in a seal. */
  #unseal(data: unknown): Answer {
    const key = createHash('sha256').update(md5Crypt(this.#box.adminPassword, SALT)).digest();
    const plain = typeof data === 'string' ? opened(data, key) : undefined;
    if (plain === undefined) return no(137, 'base64 decode error');
    const request = objectOf(parsed(Buffer.from(plain).toString('utf8')));
    const unread = this.#habits.respbefore === false && request?.has('respbefore') === true;
    if (request === undefined || unread) return no(23, 'enc json load err');
    const cmd = String(request.get('cmd'));
    this.#enter(`sealed ${cmd}`);
    if (this.#box.rig.quirks.locked === true || !this.#box.open) return no(45, "can't access write cmd");
    const alive = this.#tokens.some(({ sign, endsAtMs }) => sign === request.get('token') && endsAtMs > this.#box.nowMs());
    if (!alive) return no(135, 'check token err');
    const told = this.#told(cmd);
    const order = this.#orders.get(cmd);
    if (told === undefined && order === undefined) return no(14, 'invalid cmd');
    if (order?.(request) === false) return no(132, 'command error');
    return { enc: sealed(JSON.stringify(told ?? { ...yes('API command OK'), Description: cmd }), key) };
  }

  readonly #orders: ReadonlyMap<string, Order> = new Map<string, Order>([
    ['power_off', (parameters) => this.#stop(parameters)],
    ['power_on', () => this.#box.run('resume')],
    ['adjust_power_limit', (parameters) => this.#limit(parameters.get('power_limit'))],
    ['set_low_power', () => this.#box.set({ mode: 'low' })],
    ['set_normal_power', () => this.#box.set({ mode: 'normal' })],
    ['set_high_power', () => this.#box.set({ mode: 'high' })],
    [
      'set_led',
      (parameters) => {
        this.#box.blink(parameters.get('param') ?? parameters.get('color'));
        return true;
      },
    ],
    [
      'reboot',
      () => {
        this.silent = true;
        this.#box.reboot();
        this.forgetTokens();
        return true;
      },
    ],
  ]);

  /** Without respbefore it acts first, and its answer is lost with the connection. */
  #stop(parameters: ReadonlyMap<string, unknown>): boolean {
    if (parameters.get('respbefore') !== 'true' && this.#habits.respbefore !== false) this.silent = true;
    return this.#box.run('pause');
  }

  #limit(watts: unknown): boolean {
    return typeof watts === 'string' && /^\d{1,5}$/.test(watts) && this.#box.set({ limitWatts: Number(watts) });
  }

  #enter(what: string): void {
    if (this.asked.length < ASKED_LIMIT) this.asked.push(what);
  }

  #written(answer: Answer): string {
    const text = JSON.stringify(answer);
    const broken = this.#habits.broken === true || this.#box.rig.quirks.breaksJson === true;
    if (!broken || !('Msg' in answer || 'SUMMARY' in answer)) return `${text}\0`;
    return `${text.slice(0, -1)},"error_code":["218":"2024-06-15 10:30:00","110":"2024-06-15 09:15:00"],}\n\0\0`;
  }
}

function yes(told: unknown): Answer {
  return { STATUS: 'S', When: 0, Code: 131, Msg: told, Description: '' };
}

function no(code: number, message: string): Answer {
  return { STATUS: 'E', When: 0, Code: code, Msg: message, Description: '' };
}
