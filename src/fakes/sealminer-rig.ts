// A simulated rig with the mouth of a SealMiner on port 4028: it suspends, comes back by a restart of its mining program only, is
// away for some seconds then, and agrees to that in a form of its own. Its averages go on.
import type { SimRig } from '../sim/rig.ts';
import { decodeRequest4028, encodeReply4028, type Reply4028, type Request4028 } from '../wire/serve-4028.ts';
import { macOf } from './number-of-name.ts';
import { poolRow } from './owners-pool.ts';
import { onItsWay, type Server4028, serve4028 } from './server-4028.ts';

export interface SealminerFakeOptions {
  readonly rig: SimRig;
  /** monotonic ms, best the rig's own */
  readonly nowMs: () => number;
  /** what it calls its state while suspended; what real ones call it is not on record. Default Suspend. */
  readonly suspendedWord?: string;
  /** whether it refuses a second suspend. Default false. */
  readonly refusesRepeats?: boolean;
  /** how it agrees to a restart: in cgminer's word, as to anything, or not at all. Default word. */
  readonly agreesBy?: 'word' | 'status' | 'nothing';
  /** whether its stats tell the watts. Default true. */
  readonly meter?: boolean;
  /** 0 or absent: the system chooses one */
  readonly port?: number;
}

export interface SealminerFake extends Server4028 {
  /** every command that it understood, oldest first, with its parameters */
  readonly asked: readonly string[];
}

/** From a restart until its API opens again. */
const AWAY_SECONDS = 5;
const ASKED_LIMIT = 10_000;
const WHO = 'bdminer 4.11.1';

export async function startSealminerFake(options: SealminerFakeOptions): Promise<SealminerFake> {
  const mouth = new SealminerMouth(options);
  const { rig, nowMs, port = 0 } = options;
  const server = await serve4028({
    answers: () => rig.look().answers && nowMs() >= mouth.awayUntilMs,
    delaySeconds: () => (rig.quirks.hangs ? 'never' : (rig.quirks.answerSeconds ?? 0)),
    reply: (text) => onItsWay(() => mouth.reply(text), rig.quirks),
    port,
  });
  return { ...server, asked: mouth.asked };
}

class SealminerMouth {
  readonly asked: string[] = [];
  awayUntilMs = Number.NEGATIVE_INFINITY;
  readonly #options: SealminerFakeOptions;

  constructor(options: SealminerFakeOptions) {
    this.#options = options;
  }

  reply(text: string): string {
    const request = decodeRequest4028(text);
    if ('code' in request) return encodeReply4028({ letter: 'E', code: request.code, message: 'Invalid JSON' }, WHO);
    if (this.asked.length < ASKED_LIMIT) this.asked.push([request.command, ...request.parameters].join(' '));
    const reply = this.#say(request);
    return typeof reply === 'string' ? reply : encodeReply4028(reply, WHO);
  }

  #say({ command, parameters }: Request4028): Reply4028 | string {
    const { rig } = this.#options;
    switch (command) {
      case 'stats':
        return { letter: 'S', code: 70, message: 'BDMiner stats', sections: { STATS: [this.#stats()] } };
      case 'summary':
        return { letter: 'S', code: 11, message: 'Summary', sections: { SUMMARY: [this.#summary()] } };
      case 'pools':
        return { letter: 'S', code: 7, message: '1 Pool(s)', sections: { POOLS: [poolRow(rig)] } };
      case 'privileged':
        return rig.quirks.locked ? denied(command) : { letter: 'S', code: 46, message: 'Privileged access OK' };
      case 'ascset':
        return rig.quirks.locked ? denied(command) : this.#set(parameters);
      case 'restart':
        return rig.quirks.locked ? denied(command) : this.#restart();
      default:
        return { letter: 'E', code: 14, message: 'Invalid command' };
    }
  }

  #set([device, option]: readonly string[]): Reply4028 {
    const { rig, refusesRepeats = false } = this.#options;
    if (device !== '0' || option !== 'suspend') return { letter: 'E', code: 120, message: 'ASC 0 set failed: unknown option' };
    if (refusesRepeats && rig.look().saysPaused) return { letter: 'E', code: 120, message: 'ASC 0 set failed: suspended' };
    if (rig.order('pause') === 'refused') return { letter: 'E', code: 120, message: 'ASC 0 set failed: busy' };
    return { letter: 'S', code: 119, message: 'ASC 0 set OK' };
  }

  #restart(): Reply4028 | string {
    const { rig, nowMs, agreesBy = 'word' } = this.#options;
    if (rig.order('resume') === 'refused') return { letter: 'E', code: 120, message: 'restart failed: busy' };
    this.awayUntilMs = nowMs() + AWAY_SECONDS * 1000;
    if (agreesBy === 'status') return { letter: 'S', code: 42, message: 'restart' };
    return agreesBy === 'nothing' ? '' : '{"STATUS":"RESTART","id":1}\0';
  }

  #stats(): Readonly<Record<string, unknown>> {
    const { rig, suspendedWord = 'Suspend', meter = true } = this.#options;
    const { saysPaused, saysWatts, level, uptimeSeconds } = rig.look();
    const sensor = level === 0 ? 0 : 55;
    return {
      STATS: 0,
      ID: 'A20',
      Elapsed: Math.floor(uptimeSeconds),
      'System Uptime': Math.floor(uptimeSeconds),
      'PM State': saysPaused ? suspendedWord : 'Running',
      'Mining Mode': 'Normal',
      'Board Count': 2,
      'Fan Count': 3,
      '0 Speed': 3_700,
      '1 Speed': 0,
      '2 Speed': 3_750,
      '0 Temp 0': sensor,
      '0 Temp 3': level === 0 ? 0 : 69,
      '1 Temp 1': sensor,
      '1 Temp 2': level === 0 ? 0 : 71,
      ...(meter && { 'PSU Input Power': Math.round(saysWatts) }),
      'Power Limit': 3_500,
      'MHS(Avg)': rig.traits.hashRate / 1e6,
      'MHS(30s)': rig.traits.hashRate / 1e6,
      MAC: macOf(rig.traits.id, 5),
      'Ctrl Board SN': 'S1',
      Firmware: '2025091001',
    };
  }

  #summary(): Readonly<Record<string, unknown>> {
    const { hashRate, uptimeSeconds, shares } = this.#options.rig.look();
    const full = this.#options.rig.traits.hashRate / 1e6;
    const rates = { 'MHS av': full, 'MHS 5s': hashRate / 1e6, 'MHS 1m': full, 'MHS 15m': full };
    return { Elapsed: Math.floor(uptimeSeconds), ...rates, Accepted: 312 + shares };
  }
}

function denied(command: string): Reply4028 {
  return { letter: 'E', code: 45, message: `Access denied to '${command}' command` };
}
