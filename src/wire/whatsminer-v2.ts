// API 2.x of a Whatsminer on port 4028: plain questions, sealed orders. An order is sealed with a key made of the password
// (AES-256 in ECB, padded with NULs) and signed with a token that the rig gives out and that lives for 30 minutes. Pure.
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigSettings } from '../model/rig.ts';
import { objectOf } from './json.ts';
import { md5Crypt } from './md5-crypt.ts';
import { POOL_4028, poolsIn } from './pools.ts';
import { hashRateOf, measureOf, type Row, SHARES_LIMIT, textOf, wholeOf } from './rows-4028.ts';
import { settingsPrint } from './settings-print.ts';
import { forPeople } from './socket4028.ts';
import {
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

/** The one write of a question; a question is no secret, and an order goes into `sealed`. */
export function questionV2(cmd: string): string {
  return JSON.stringify({ cmd });
}

/** What the rig answered. Two styles are known: that of cgminer, and one in which `STATUS` is a letter and all is in `Msg`. */
export interface AnswerV2 {
  /** S, I, W: done; E, F: not; anything else: it does not say */
  readonly letter: string;
  readonly code: number | undefined;
  /** for people, at most 100 characters */
  readonly message: string;
  /** the `Msg` where that is an object, else empty */
  readonly told: Row;
  /** the first row of `SUMMARY`, wherever it stands, else `told` */
  readonly summary: Row;
  /** what stands in `POOLS`, wherever that is */
  readonly pools: unknown;
  /** an answer to a sealed order, still sealed */
  readonly sealed: string | undefined;
}

/** Any bytes in; an answer, which may be a no, or a fault. Never throws. */
export function answerV2(bytes: Uint8Array): Outcome<AnswerV2> {
  const body = objectIn(bytes);
  if (!body.ok) return body;
  const stated = body.value.get('STATUS');
  const status = Array.isArray(stated) ? (objectOf(stated[0]) ?? new Map<string, unknown>()) : body.value;
  const told = within(body.value, 'Msg');
  const rows = body.value.get('SUMMARY') ?? told.get('SUMMARY');
  return ok({
    letter: forPeople(textOf(status, 'STATUS') ?? '', 8),
    code: wholeOf(status, 'Code'),
    message: forPeople(textOf(status, 'Msg') ?? ''),
    told,
    summary: (Array.isArray(rows) ? objectOf(rows[0]) : objectOf(rows)) ?? told,
    pools: body.value.get('POOLS') ?? told.get('POOLS'),
    sealed: textOf(body.value, 'enc'),
  });
}

const DONE_LETTERS: ReadonlySet<string> = new Set(['S', 'I', 'W']);
const TOKEN_GIVEN = 134;

/** Why it did not: `login`: the token or the key; it was not carried out, and a new token may help. */
export interface RefusalV2 {
  readonly outcome: { readonly ok: false; readonly fault: ReturnType<typeof failed>['fault'] };
  readonly login: boolean;
  /** it could not open the seal: a wrong password, or a token that another one has put out of force */
  readonly unread: boolean;
}

const UNREAD = /enc json load/i;
const TOO_MANY = /over max connect/i;
const CLOSED = /can'?t access write|permission denied/i;

/** Undefined: it agreed. */
export function refusalV2(answer: AnswerV2): RefusalV2 | undefined {
  const { code, letter, message } = answer;
  const no = (outcome: RefusalV2['outcome'], login = false): RefusalV2 => ({ outcome, login, unread: UNREAD.test(message) });
  const said = `(code ${code ?? 'none'}${message === '' ? '' : `: ${message}`})`;
  if (code === 135 || UNREAD.test(message)) return no(failed('unauthorized', `it does not take the password ${said}`), true);
  if (code === 136 || TOO_MANY.test(message)) {
    return no(failed('refused', `it gives out no more tokens for now ${said}: does another program take one for each order?`, 'later'));
  }
  if (code === 45 || CLOSED.test(message)) return no(failed('unauthorized', `it takes no orders over its API ${said}: ${HOW_TO_OPEN}`));
  if (DONE_LETTERS.has(letter) || code === TOKEN_GIVEN) return undefined;
  if (code === 14) return no(failed('unsupported', `it does not know the command ${said}`));
  if (code === 23 || code === 24 || code === 137) return no(failed('garbled', `it could not read the request ${said}`));
  return no(letter === '' ? failed('garbled', 'an answer without a status') : failed('refused', `it refused ${said}`));
}

/** What an order is sealed and signed with. Secret: never in a fault, never in a log. */
export interface TokenV2 {
  readonly key: Uint8Array;
  readonly sign: string;
}

/** How it was told how to make them; undefined where the answer is none to get_token. */
export function challengeIn({ told }: AnswerV2): { readonly salt: string; readonly newsalt: string; readonly time: string } | undefined {
  const salt = textOf(told, 'salt');
  const newsalt = textOf(told, 'newsalt');
  const time = textOf(told, 'time') ?? wholeOf(told, 'time')?.toString();
  if (salt === undefined || newsalt === undefined || time === undefined) return undefined;
  const fit = [salt, newsalt, time].every((word) => /^[\x21-\x7e]{1,64}$/.test(word));
  return fit ? { salt, newsalt, time } : undefined;
}

/** What stands for the password once its salt is known; about 1 ms. As secret as that. */
export function hashV2(password: string, salt: string): string {
  return md5Crypt(password, salt);
}

/** From what `hashV2` gave for its salt; about 1 ms. */
export function tokenV2(hash: string, { newsalt, time }: NonNullable<ReturnType<typeof challengeIn>>): TokenV2 {
  return { key: createHash('sha256').update(hash).digest(), sign: md5Crypt(hash + time, newsalt) };
}

const BLOCK_BYTES = 16;

/** An order as it goes over the wire; the parameters are texts, also those that are numbers. */
export function orderV2(cmd: string, parameters: Readonly<Record<string, string>>, token: TokenV2): string {
  return JSON.stringify({ enc: 1, data: sealed(JSON.stringify({ cmd, ...parameters, token: token.sign }), token.key) });
}

export function sealed(text: string, key: Uint8Array): string {
  const plain = Buffer.from(text);
  const padded = Buffer.alloc(Math.ceil(plain.length / BLOCK_BYTES) * BLOCK_BYTES);
  plain.copy(padded);
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(padded), cipher.final()]).toString('base64');
}

/** Undefined where it is no whole number of blocks, or no base64. */
export function opened(data: string, key: Uint8Array): Uint8Array | undefined {
  const letters = data.replace(/\s/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(letters)) return undefined;
  const bytes = Buffer.from(letters, 'base64');
  if (bytes.length === 0 || bytes.length % BLOCK_BYTES !== 0) return undefined;
  const decipher = createDecipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(bytes), decipher.final()]);
  const end = plain.indexOf(0);
  return end < 0 ? plain : plain.subarray(0, end);
}

const MEGA = 1e6;

/** How it is set, by its answers to `status` and, where there is one, `summary`. */
export function standingV2(status: AnswerV2, summary: AnswerV2 | undefined): Standing {
  return {
    off: offIn(status.told),
    mode: modeIn(status, summary),
    limitWatts: wattsIn(status.told, 'power_limit_set') ?? wattsIn(summary?.summary, 'Power Limit'),
  };
}

/** Older firmware has another word for it. */
function offIn(status: Row): boolean | undefined {
  return saidIn(status, 'mineroff') ?? saidIn(status, 'btmineroff');
}

function modeIn(status: AnswerV2 | undefined, summary: AnswerV2 | undefined): PowerMode | undefined {
  return powerModeOf(textOf(summary?.summary, 'Power Mode')) ?? powerModeOf(textOf(status?.told, 'power_mode'));
}

/** A reading's members, by its answers to `status` and `summary`; either is absent where that did not come. */
export function readingV2(status: AnswerV2 | undefined, { told: summary, heard }: Figures<AnswerV2>): WhatsminerReading {
  const row = summary?.summary;
  const told = status?.told ?? new Map<string, unknown>();
  const watts = wattsIn(row, 'Power');
  const hashRate = rateIn(row, 'HS RT', MEGA) ?? hashRateOf(row);
  const elapsed = secondsIn(row, 'Elapsed');
  return {
    state: stateOf({ off: offIn(told), watts, hashRate, uptimeSeconds: elapsed, heard }),
    rest: {
      hashRate,
      algorithm: 'sha256',
      watts,
      wattsFrom: watts === undefined ? undefined : 'measured',
      temperatureC: heatIn(row, 'Chip Temp Max'),
      boardTemperatureC: heatIn(row, 'Temperature'),
      fansRpm: fansIn(row, ['Fan Speed In', 'Fan Speed Out']),
      uptimeSeconds: secondsIn(row, 'Uptime') ?? elapsed,
      acceptedShares: measureOf(row, 'Accepted', SHARES_LIMIT),
      mode: modeIn(status, summary),
      identity: identityIn(row, 'MAC'),
      firmware: firmwareIn(told, 'FirmwareVersion') ?? firmwareIn(told, 'Firmware Version'),
    },
  };
}

/** Of an answer to pools. */
export function settingsV2({ pools }: AnswerV2): RigSettings | undefined {
  return settingsPrint({ pools: poolsIn(pools, POOL_4028) });
}

/** Its MAC, of an answer to get_miner_info. */
export function identityV2({ told }: AnswerV2): string | undefined {
  return identityIn(told, 'mac');
}
