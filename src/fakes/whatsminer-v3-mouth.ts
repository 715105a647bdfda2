// The mouth of API 3 of a simulated Whatsminer: plain questions, signed orders. It looks at the time of an order, by its own clock.
import { objectOf, parsed } from '../wire/json.ts';
import { tokenV3 } from '../wire/whatsminer-v3.ts';
import { poolOf } from './owners-pool.ts';
import { pageText } from './page.ts';
import type { WhatsminerBox } from './whatsminer-box.ts';

export interface WhatsminerV3Habits {
  /** whether it knows its watts. Default true. */
  readonly meter?: boolean;
  /** whether it tells of its power mode; the recorded one does not. Default true. */
  readonly mode?: boolean;
}

const ASKED_LIMIT = 10_000;
/** How far the time of an order may be from its own, s. */
const SKEW_SECONDS = 60;
const ACCOUNTS = ['super', 'user1', 'user2', 'user3'];

type Answer = Readonly<Record<string, unknown>>;

export class WhatsminerV3Mouth {
  /** every command that it understood, oldest first, with its parameter where that is a word */
  readonly asked: string[] = [];
  /** answers no more over the connection that is open */
  silent = false;
  /** a new one makes the signatures of before worthless */
  salt = 'uJ4kDy0q';
  readonly #box: WhatsminerBox;
  readonly #habits: WhatsminerV3Habits;

  constructor(box: WhatsminerBox, habits: WhatsminerV3Habits = {}) {
    this.#box = box;
    this.#habits = habits;
  }

  /** The text of one frame in, that of another out. */
  reply(text: string): string {
    this.silent = false;
    const { quirks } = this.#box.rig;
    if (quirks.page !== undefined) return pageText(quirks.page);
    const whole = JSON.stringify({ when: this.#box.clock, ...this.#answer(text) });
    if (quirks.losesAnswers === true) this.silent = true;
    return quirks.garbles === true ? whole.slice(0, Math.floor(whole.length / 2)) : whole;
  }

  #answer(text: string): Answer {
    const request = objectOf(parsed(text));
    const cmd = request?.get('cmd');
    if (request === undefined || typeof cmd !== 'string') return { code: -3, msg: 'invalid json item', desc: '' };
    const param = request.get('param');
    if (this.asked.length < ASKED_LIMIT) this.asked.push(typeof param === 'string' ? `${cmd} ${param}` : cmd);
    if (cmd === 'get.device.info') return { code: 0, msg: this.#info(param), desc: cmd };
    if (cmd === 'get.miner.status') return { code: 0, msg: this.#status(param), desc: cmd };
    if (cmd === 'get.fan.setting') return { code: 0, msg: this.#box.fans, desc: cmd };
    if (!this.#orders.has(cmd)) return { code: -2, msg: 'invalid command', desc: cmd };
    return { ...this.#order(cmd, request), desc: cmd };
  }

  #info(only: unknown): Answer {
    const { rig, open, mac, limitWatts } = this.#box;
    const all: Answer = {
      network: { ip: '192.0.2.21', proto: 'dhcp', mac, hostname: 'WhatsMiner' },
      miner: { working: String(!rig.look().saysPaused), type: 'M60S_VK40', 'fast-boot': 'disable', 'power-limit-set': String(limitWatts) },
      system: { api: '3.0.2', platform: 'H616', fwversion: '20251209.16.Rel2', apiswitch: open ? '1' : '0', ledstatus: 'auto' },
      power: { type: 'P221B', mode: '1', fanspeed: 6_300 },
      salt: this.salt,
      'error-code': [],
    };
    return typeof only === 'string' && only in all ? { [only]: all[only] } : all;
  }

  #status(param: unknown): Answer {
    if (param === 'summary') return { summary: this.#summary() };
    return param === 'pools' ? { pools: this.#pools() } : {};
  }

  #pools(): readonly Answer[] {
    const { pools, rig } = this.#box;
    const active = rig.look().hashRate > 0;
    return pools.map((url, at) => ({
      id: at + 1,
      url: poolOf(rig, url),
      account: 'farm.worker',
      status: active ? 'alive' : 'dead',
      'stratum-active': active,
    }));
  }

  #summary(): Answer {
    const { hashRate, saysWatts, uptimeSeconds, level } = this.#box.rig.look();
    return {
      elapsed: Math.floor(uptimeSeconds),
      'bootup-time': 1_323,
      // The average goes on long after a pause: whoever reads it for the present is found out.
      'hash-average': this.#box.rig.traits.hashRate / 1e12,
      'hash-realtime': hashRate / 1e12,
      'power-limit': this.#box.limitWatts,
      'power-realtime': this.#habits.meter === false ? -1 : saysWatts,
      'chip-temp-max': level > 0 ? 82 : 0,
      'board-temperature': level > 0 ? [61.1, 60.1, 62.5] : [0, 0, 0],
      'environment-temperature': 28.5,
      'fan-speed-in': level > 0 ? 5_400 : 1_200,
      'fan-speed-out': level > 0 ? 5_280 : 0,
      'up-freq-finish': level === 1 ? 1 : 0,
      ...(this.#habits.mode !== false && { 'power-mode': this.#box.mode }),
    };
  }

  #order(cmd: string, request: ReadonlyMap<string, unknown>): Answer {
    const { open, superPassword: password, clock, rig } = this.#box;
    if (!open || rig.quirks.locked === true) return { code: -4, msg: 'no permission' };
    const account = String(request.get('account'));
    const ts = request.get('ts');
    if (!ACCOUNTS.includes(account) || typeof ts !== 'number' || Math.abs(ts - clock) > SKEW_SECONDS)
      return { code: -4, msg: 'no permission' };
    if (request.get('token') !== tokenV3(cmd, { account, password, salt: this.salt }, ts)) return { code: -4, msg: 'no permission' };
    return this.#orders.get(cmd)?.(request.get('param')) === true ? { code: 0, msg: 'ok' } : { code: -1, msg: 'fail' };
  }

  readonly #orders: ReadonlyMap<string, (param: unknown) => boolean> = new Map<string, (param: unknown) => boolean>([
    ['set.miner.service', (param) => (param === 'stop' || param === 'start') && this.#box.run(param === 'stop' ? 'pause' : 'resume')],
    [
      'set.miner.power_limit',
      (param) => typeof param === 'number' && param >= 0 && param <= 99_999 && this.#box.set({ limitWatts: param }),
    ],
    ['set.miner.power_mode', (param) => (param === 'low' || param === 'normal' || param === 'high') && this.#box.set({ mode: param })],
    [
      'set.system.led',
      (param) => {
        this.#box.blink(param);
        return true;
      },
    ],
    [
      'set.system.reboot',
      () => {
        this.silent = true;
        this.#box.reboot();
        return true;
      },
    ],
  ]);
}
