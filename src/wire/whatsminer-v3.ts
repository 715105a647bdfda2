// API 3.x of a Whatsminer on port 4433: JSON in frames, each behind its length in four bytes, the lowest first. Questions are
// plain; an order names an account, a time, and eight letters of a hash over command, password, salt and time. Pure.
import { createHash } from 'node:crypto';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigSettings } from '../model/rig.ts';
import { poolsIn } from './pools.ts';
import { type Row, textOf } from './rows-4028.ts';
import { settingsPrint, valuesOf } from './settings-print.ts';
import { forPeople } from './socket4028.ts';
import {
  codeIn,
  type Figures,
  fansIn,
  firmwareIn,
  HOW_TO_OPEN,
  heatIn,
  identityIn,
  objectIn,
  type PowerMode,
  powerModeOf,
  rateIn,
  type Standing,
  saidIn,
  secondsIn,
  stateOf,
  type WhatsminerReading,
  wattsIn,
  within,
} from './whatsminer.ts';

export const HEADER_BYTES = 4;
/** Longer ones are not read; real ones are a few kB. */
export const FRAME_LIMIT = 256 * 1024;

/** A frame around a text. */
export function frameOf(text: string): Uint8Array {
  const body = Buffer.from(text);
  const frame = Buffer.alloc(HEADER_BYTES + body.length);
  frame.writeUInt32LE(body.length);
  body.copy(frame, HEADER_BYTES);
  return frame;
}

/** The first frame in what has come that holds anything; `more`: none yet. A frame without a body is a sign of life, and passed over. */
export function frameIn(bytes: Uint8Array): { readonly body: Uint8Array } | 'more' | 'too-long' {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (all.length - at >= HEADER_BYTES) {
    const length = all.readUInt32LE(at);
    if (length > FRAME_LIMIT) return 'too-long';
    at += HEADER_BYTES;
    if (length === 0) continue;
    return all.length - at < length ? 'more' : { body: all.subarray(at, at + length) };
  }
  return 'more';
}

export function questionV3(cmd: string, param?: string): string {
  return JSON.stringify(param === undefined ? { cmd } : { cmd, param });
}

/** What an order is signed with. Secret but for the salt: never in a fault, never in a log. */
export interface SignerV3 {
  readonly account: string;
  readonly password: string;
  readonly salt: string;
}

/** Signs one command for one second, `ts` in unix s. */
export function tokenV3(cmd: string, { password, salt }: SignerV3, ts: number): string {
  return createHash('sha256').update(`${cmd}${password}${salt}${ts}`).digest('base64').slice(0, 8);
}

export function orderV3(cmd: string, param: unknown, signer: SignerV3, ts: number): string {
  const { account } = signer;
  return JSON.stringify({ cmd, ...(param !== undefined && { param }), ts, account, token: tokenV3(cmd, signer, ts) });
}

export interface AnswerV3 {
  /** 0: done */
  readonly code: number | undefined;
  /** its own clock, unix s; often not set */
  readonly when: number | undefined;
  /** where `msg` is a text: for people, at most 100 characters */
  readonly message: string;
  /** where `msg` is an object, else empty */
  readonly told: Row;
}

/** The bytes of one frame in; an answer, which may be a no, or a fault. Never throws. */
export function answerV3(bytes: Uint8Array): Outcome<AnswerV3> {
  const body = objectIn(bytes);
  if (!body.ok) return body;
  return ok({
    code: codeIn(body.value, 'code'),
    when: codeIn(body.value, 'when'),
    message: forPeople(textOf(body.value, 'msg') ?? ''),
    told: within(body.value, 'msg'),
  });
}

export interface RefusalV3 {
  readonly outcome: { readonly ok: false; readonly fault: ReturnType<typeof failed>['fault'] };
  /** the account, the password, the salt or the time: it was not carried out, and a new salt may help */
  readonly login: boolean;
}

/** Undefined: it agreed. Codes as the vendor gives them: -1 failed, -2 no such command, -3 bad JSON, -4 no permission. */
export function refusalV3({ code, message }: AnswerV3): RefusalV3 | undefined {
  if (code === 0) return undefined;
  if (code === undefined) return { outcome: failed('garbled', 'an answer without a code'), login: false };
  const said = `(code ${code}${message === '' ? '' : `: ${message}`})`;
  if (code === -4 || /token|passw|account|permission/i.test(message)) {
    const outcome = failed(
      'unauthorized',
      `it does not take the order ${said}: correct account and password; if they are right, ${HOW_TO_OPEN}`,
    );
    return { outcome, login: true };
  }
  switch (code) {
    case -2:
      return { outcome: failed('unsupported', `it does not know the command ${said}`), login: false };
    case -3:
      return { outcome: failed('garbled', `it could not read the request ${said}`), login: false };
    default:
      return { outcome: failed('refused', `it refused ${said}`), login: false };
  }
}

/** Of an answer to get.device.info. */
export function saltIn({ told }: AnswerV3): string | undefined {
  const salt = textOf(told, 'salt');
  return salt !== undefined && /^[\x21-\x7e]{1,64}$/.test(salt) ? salt : undefined;
}

/** Whether it takes orders over its API at all, as far as it says. */
export function isOpenV3({ told }: AnswerV3): boolean | undefined {
  return saidIn(within(told, 'system'), 'apiswitch');
}

const TERA = 1e12;

function offIn(info: AnswerV3): boolean | undefined {
  const working = saidIn(within(info.told, 'miner'), 'working');
  return working === undefined ? undefined : !working;
}

function modeIn(info: AnswerV3, summary: Row | undefined): PowerMode | undefined {
  return powerModeOf(textOf(summary, 'power-mode')) ?? powerModeOf(textOf(within(info.told, 'miner'), 'power-mode'));
}

const summaryOf = (status: AnswerV3 | undefined): Row | undefined => status && within(status.told, 'summary');

/** How it is set, by its answers to get.device.info and, where there is one, get.miner.status. */
export function standingV3(info: AnswerV3, status: AnswerV3 | undefined): Standing {
  const summary = summaryOf(status);
  return {
    off: offIn(info),
    mode: modeIn(info, summary),
    limitWatts: wattsIn(within(info.told, 'miner'), 'power-limit-set') ?? wattsIn(summary, 'power-limit'),
  };
}

/** A reading's members, by its answers to get.device.info and get.miner.status; `status` is absent where that did not come. */
export function readingV3(info: AnswerV3, { told: status, heard }: Figures<AnswerV3>): WhatsminerReading {
  const summary = summaryOf(status);
  const watts = wattsIn(summary, 'power-realtime');
  const hashRate = rateIn(summary, 'hash-realtime', TERA);
  const elapsed = secondsIn(summary, 'elapsed');
  const network = within(info.told, 'network');
  return {
    state: stateOf({ off: offIn(info), watts, hashRate, uptimeSeconds: elapsed, heard }),
    rest: {
      hashRate,
      algorithm: 'sha256',
      watts,
      wattsFrom: watts === undefined ? undefined : 'measured',
      temperatureC: heatIn(summary, 'chip-temp-max'),
      boardTemperatureC: hottestBoard(summary),
      fansRpm: fansIn(summary, ['fan-speed-in', 'fan-speed-out']),
      uptimeSeconds: elapsed,
      mode: modeIn(info, summary),
      identity: identityIn(network, 'mac') ?? identityIn(within(info.told, 'miner'), 'miner-sn'),
      firmware: firmwareIn(within(info.told, 'system'), 'fwversion'),
    },
  };
}

/** As API 2 has them, so that one pool has one print over both. */
const POOL = { url: 'url', user: 'account', number: 'id' };
const FANS = ['fan-poweroff-cool', 'fan-zero-speed', 'fan-temp-offset'];

/** Of its answers to get.miner.status for its pools, and to get.fan.setting, where that came. */
export function settingsV3(status: AnswerV3, fans: AnswerV3 | undefined): RigSettings | undefined {
  return settingsPrint({ pools: poolsIn(status.told.get('pools'), POOL), fans: valuesOf(fans?.told, FANS) });
}

/** Boards that are looked at; a machine has three or four. */
const BOARD_LIMIT = 16;

function hottestBoard(summary: Row | undefined): number | undefined {
  const boards = summary?.get('board-temperature');
  if (!Array.isArray(boards)) return undefined;
  const heats = boards.slice(0, BOARD_LIMIT).flatMap((one: unknown) => heatIn(new Map([['one', one]]), 'one') ?? []);
  return heats.length === 0 ? undefined : Math.max(...heats);
}
