// A simulated rig with the mouth of an Avalon on a socket of 127.0.0.1: a Q, or one of the large ones (A12). Orders name a
// moment on its own clock and are carried out then; a moment that is over never comes, and a far one neither.
import type { SimRig, SimRigOrder } from '../sim/rig.ts';
import { decodeRequest4028, type Reply4028, type Request4028 } from '../wire/serve-4028.ts';
import { digitsOf } from './number-of-name.ts';
import { poolRow } from './owners-pool.ts';
import { onItsWay, type Server4028, serve4028 } from './server-4028.ts';

export interface AvalonFakeOptions {
  readonly rig: SimRig;
  /** monotonic ms, best the rig's own */
  readonly nowMs: () => number;
  /** q: wakes by softon and tells of it; a12: wakes by a reboot alone. Default q. */
  readonly kind?: 'q' | 'a12';
  /** s that its clock shows at 0 of `nowMs`: unix time, or few where nobody set it. Default a day in 2025. */
  readonly clockSeconds?: number;
  /** the form of request that it reads. Default both. */
  readonly reads?: 'json' | 'text' | 'both';
  /** whether it says a word to a softon, or closes. Default false. */
  readonly answersSofton?: boolean;
  /** whether softoff takes a moment; a few take it bare. Default true. */
  readonly takesMoments?: boolean;
  /** whether softoff is among what it knows. Default true. */
  readonly knowsSoftoff?: boolean;
  /** whether this machine may give orders. Default true. */
  readonly mayOrder?: boolean;
  /** the work mode that it is in. Default 1. */
  readonly workMode?: number;
  /** 0 or absent: the system chooses one */
  readonly port?: number;
}

/** What nobody but its owner changes, as it is now. */
export interface AvalonSettings {
  workMode: number;
  readonly pools: readonly string[];
  /** -1: by itself */
  fanSpeed: number;
  /** MHz; 0: by itself */
  frequency: number;
}

export interface AvalonFake extends Server4028 {
  /** every request that it could read, oldest first: `ascset 0,softoff,1:1753434821` */
  readonly asked: readonly string[];
  readonly settings: AvalonSettings;
  /** whether its light blinks */
  readonly blinks: () => boolean;
  /** Does what is due by now; it looks by itself a few times a second of real time, and at each request. */
  settle(): void;
}

const SETTLE_MS = 200;
const ASKED_LIMIT = 10_000;

export async function startAvalonFake(options: AvalonFakeOptions): Promise<AvalonFake> {
  const { rig, port } = options;
  const mouth = new AvalonMouth(options);
  const server = await serve4028({
    answers: () => rig.look().answers,
    delaySeconds: () => (rig.quirks.hangs ? 'never' : (rig.quirks.answerSeconds ?? 0)),
    reply: (text) => onItsWay(() => mouth.hear(text), rig.quirks),
    ...(port !== undefined && { port }),
  });
  const timer = setInterval(() => mouth.settle(), SETTLE_MS).unref();
  return {
    ...server,
    asked: mouth.asked,
    settings: mouth.settings,
    blinks: () => mouth.blinks,
    settle: () => mouth.settle(),
    close: () => {
      clearInterval(timer);
      return server.close();
    },
  };
}

interface Due {
  readonly what: SimRigOrder;
  /** s on its clock */
  readonly atSeconds: number;
}

/** An answer, or a closed connection without one. */
type Said = Reply4028 | 'nothing';

const OPTIONS =
  'help|voltage|fan-spd|lcd|hash-sn-read|hash-sn-write|volt-tuning|workmode|worklevel|work_mode_lvl|reboot|softon|softoff|frequency|loop|time|';

class AvalonMouth {
  readonly asked: string[] = [];
  readonly settings: AvalonSettings;
  blinks = false;
  readonly #of: Required<Omit<AvalonFakeOptions, 'port'>>;
  readonly #startMs: number;
  #due: readonly Due[] = [];
  #lastOff = 0;
  #lastOn = 0;

  constructor(options: AvalonFakeOptions) {
    this.#of = {
      kind: 'q',
      clockSeconds: 1_755_000_000,
      reads: 'both',
      answersSofton: false,
      takesMoments: true,
      knowsSoftoff: true,
      mayOrder: true,
      workMode: 1,
      ...options,
    };
    this.#startMs = options.nowMs();
    this.settings = { workMode: this.#of.workMode, pools: ['stratum+tcp://pool.example:3333'], fanSpeed: -1, frequency: 0 };
  }

  #clock(): number {
    return Math.floor(this.#of.clockSeconds + (this.#of.nowMs() - this.#startMs) / 1000);
  }

  settle(): void {
    const { rig } = this.#of;
    if (!rig.look().answers) this.#due = [];
    const now = this.#clock();
    for (const due of this.#due.filter(({ atSeconds }) => atSeconds <= now)) {
      this.#due = this.#due.filter((one) => one !== due);
      rig.order(due.what);
    }
  }

  hear(text: string): string {
    this.settle();
    const json = text.startsWith('{');
    const request = json ? decodeRequest4028(text) : inText(text);
    const reads = this.#of.reads === 'both' || this.#of.reads === (json ? 'json' : 'text');
    const inJson = json && this.#of.reads !== 'text';
    if (!reads) return this.#written({ letter: 'E', code: 14, message: 'Invalid command' }, inJson);
    if ('code' in request) return this.#written({ letter: 'E', code: request.code, message: 'Invalid JSON' }, inJson);
    if (this.asked.length < ASKED_LIMIT) this.asked.push([request.command, ...request.parameters].join(' '));
    const said = this.#say(request);
    return said === 'nothing' ? '' : this.#written(said, inJson);
  }

  #say({ command, parameters }: Request4028): Said {
    switch (command) {
      case 'litestats':
        return this.#of.kind === 'q' ? this.#stats() : { letter: 'E', code: 14, message: 'Invalid command' };
      case 'stats':
        return this.#stats();
      case 'summary':
        return { letter: 'S', code: 11, message: 'Summary', sections: { SUMMARY: [this.#summary()] } };
      case 'pools':
        return {
          letter: 'S',
          code: 7,
          message: '1 Pool(s)',
          sections: { POOLS: this.settings.pools.map((url) => poolRow(this.#of.rig, url)) },
        };
      case 'ascset':
        if (!this.#of.mayOrder || this.#of.rig.quirks.locked)
          return { letter: 'E', code: 45, message: "Access denied to 'ascset' command" };
        return parameters[0] === '0' ? this.#set(parameters.slice(1)) : { letter: 'E', code: 107, message: 'Invalid ASC id' };
      default:
        return { letter: 'E', code: 14, message: 'Invalid command' };
    }
  }

  #summary(): Readonly<Record<string, unknown>> {
    const { hashRate, uptimeSeconds } = this.#of.rig.look();
    return { Elapsed: Math.floor(uptimeSeconds), 'MHS 5s': hashRate / 1e6, 'MHS av': this.#of.rig.traits.hashRate / 1e6 };
  }

  #stats(): Reply4028 {
    const { kind } = this.#of;
    const key = kind === 'q' ? 'MM ID0:Summary' : 'MM ID0';
    const fields = this.#fields();
    const row = { STATS: 0, ID: 'AVA100', [key]: kind === 'q' ? `'STATS':{${fields}}` : fields };
    return { letter: 'S', code: 70, message: 'CGMiner stats', sections: { STATS: [row] } };
  }

  #fields(): string {
    const { rig, kind } = this.#of;
    const { saysPaused, level, hashRate, saysWatts, uptimeSeconds, watts } = rig.look();
    const work = saysPaused ? 'In Idle' : level < 0.05 ? 'In Init' : 'In Work';
    const board = Math.round(watts * 0.9 * level);
    const average = rig.traits.hashRate / 1e9;
    const model = kind === 'q' ? 'Q-25052801_14a19a2' : '1246-83-21072802_4ec6bb0';
    const rpm = level > 0 ? 3_000 : 0;
    return [
      `Ver[${model}] DNA[02010000${digitsOf(rig.traits.id)}] SYSTEMSTATU[Work: ${work}, Hash Board: ${kind === 'q' ? 1 : 3}]`,
      `Elapsed[${Math.floor(uptimeSeconds)}] ITemp[26] TMax[${level > 0 ? 71 : 0}] TAvg[${level > 0 ? 64 : 0}]`,
      `Fan1[${rpm}] Fan2[${rpm}] FanR[${level > 0 ? 60 : 0}%]`,
      ...(kind === 'q' ? [`SoftOffTime[${this.#lastOff}] SoftOnTime[${this.#lastOn}]`] : []),
      `PS[0 1221 ${board > 0 ? 1316 : 4} ${Math.round(board / 13.16)} ${board} 2245 ${Math.round(saysWatts)}]`,
      `GHSspd[${(hashRate / 1e9).toFixed(2)}] GHSmm[${average.toFixed(2)}] GHSavg[${average.toFixed(2)}]`,
      `SoftOFF[${saysPaused ? 4 : 0}] WORKMODE[${this.settings.workMode}] MPO[800] Nonce Mask[25]`,
    ].join(' ');
  }

  #set([option = '', ...values]: readonly string[]): Said {
    switch (option) {
      case 'help':
        return {
          letter: 'I',
          code: 118,
          message: `ASC 0 set info: ${OPTIONS.replace('softoff|', this.#of.knowsSoftoff ? 'softoff|' : '')}`,
        };
      case 'softoff':
        return this.#of.knowsSoftoff ? this.#soft('pause', values[0]) : wrong(`Unknown option: ${option}`);
      case 'softon':
        return this.#soft('resume', values[0]);
      case 'reboot':
        return this.#reboot();
      case 'workmode':
        return this.#workMode(values);
      case 'led':
        if (this.#of.kind === 'q' || !/^1-[01]$/.test(values[0] ?? '')) return wrong(`Unknown option: ${option}`);
        this.blinks = values[0] === '1-1';
        return SET;
      case 'fan-spd':
        this.settings.fanSpeed = Number(values[0]);
        return SET;
      case 'frequency':
        this.settings.frequency = Number(values[0]);
        return SET;
      default:
        return wrong(`Unknown option: ${option}`);
    }
  }

  #soft(what: SimRigOrder, value: string | undefined): Said {
    const { rig, takesMoments, answersSofton } = this.#of;
    const word = what === 'pause' ? 'softoff' : 'softon';
    if (rig.quirks.refuses || rig.quirks.hangs) {
      rig.order(what);
      return wrong(`${word} not allowed`);
    }
    if (!takesMoments) {
      if (value !== undefined) return wrong(`${word} unknown argument`);
      rig.order(what);
      return SET;
    }
    const [, moment] = /^1:(\d{1,10})$/.exec(value ?? '') ?? [];
    if (moment === undefined) return wrong(`${word} parameter invalid`);
    this.#schedule(what, Number(moment));
    return what === 'resume' && !answersSofton
      ? 'nothing'
      : { letter: 'I', code: 118, message: `ASC 0 set info: success ${word}:${moment}` };
  }

  /** Done at its moment; one that is not soon to come is forgotten, and so is the waking of one that wants a reboot. */
  #schedule(what: SimRigOrder, atSeconds: number): void {
    if (what === 'pause') this.#lastOff = atSeconds;
    else this.#lastOn = atSeconds;
    const ahead = atSeconds - this.#clock();
    const effect = what === 'pause' || this.#of.kind === 'q';
    if (effect && ahead > 0 && ahead <= 60) this.#due = [...this.#due, { what, atSeconds }].sort((a, b) => a.atSeconds - b.atSeconds);
  }

  /** A large one that boots is awake, whatever it did before. */
  #reboot(): Said {
    const { rig, kind } = this.#of;
    if (rig.quirks.refuses) return wrong('reboot not allowed');
    if (kind === 'a12' && rig.look().saysPaused) rig.order('resume');
    rig.reboot();
    return 'nothing';
  }

  #workMode(values: readonly string[]): Said {
    const bare = this.#of.kind === 'a12';
    const value = bare ? values[0] : values[1];
    if (!bare && values[0] !== 'set') return wrong('workmode unknown argument');
    if (!/^[012]$/.test(value ?? '')) return wrong('workmode unknown argument');
    if (this.#of.rig.quirks.refuses) return wrong('workmode not allowed');
    this.settings.workMode = Number(value);
    return SET;
  }

  #written(reply: Reply4028, inJson: boolean): string {
    const status = { STATUS: reply.letter, When: this.#clock(), Code: reply.code, Msg: reply.message, Description: 'cgminer 4.11.1' };
    if (inJson) return `${JSON.stringify({ STATUS: [status], ...reply.sections, id: 1 })}\0`;
    const sections = Object.entries(reply.sections ?? {}).flatMap(([name, rows]) =>
      rows.map((row) => (name in row || 'POOL' in row ? pairs(row) : `${name},${pairs(row)}`)),
    );
    return `${[pairs(status), ...sections].join('|')}|\0`;
  }
}

const SET: Reply4028 = { letter: 'S', code: 119, message: 'ASC 0 set OK' };

function wrong(why: string): Reply4028 {
  return { letter: 'E', code: 120, message: `ASC 0 set failed: ${why}` };
}

function inText(text: string): Request4028 {
  const [command = '', ...rest] = text.trim().split('|');
  const parameter = rest.join('|');
  return { command, parameters: parameter === '' ? [] : parameter.split(',') };
}

function pairs(row: Readonly<Record<string, unknown>>): string {
  return Object.entries(row)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
