// What both APIs of a Whatsminer have in common: JSON that may be broken, and what its figures say of the rig. Pure.
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { objectOf, parsed } from './json.ts';
import { nestsDeeper, PROCESS_DOWN, repaired, unwrapped } from './repair-4028.ts';
import { measureOf, type Row, stateAwake, textOf, wholeOf, wordOf } from './rows-4028.ts';
import { forPeople } from './socket4028.ts';

/** Answers above this are not looked at; real ones are a few kB. */
const ANSWER_LIMIT = 256 * 1024;
/** Real answers nest some five deep. */
const DEPTH_LIMIT = 32;

/** Any bytes in; the object that they are, repaired where they are broken as this family is known to break them, or a fault. Never throws. */
export function objectIn(bytes: Uint8Array): Outcome<Row> {
  if (bytes.length > ANSWER_LIMIT) return failed('garbled', `an answer of over ${ANSWER_LIMIT} bytes`);
  const text = unwrapped(new TextDecoder().decode(bytes));
  if (text === '') return failed('garbled', 'an empty answer');
  if (PROCESS_DOWN.test(text)) return failed('unreachable', 'its miner process does not run (starting, or asleep)');
  if (nestsDeeper(text, DEPTH_LIMIT)) return failed('garbled', `an answer nested deeper than ${DEPTH_LIMIT}`);
  const strict = parsed(text);
  const mended = strict === undefined ? repaired(text) : undefined;
  if (mended?.truncated) return failed('garbled', 'the answer was cut short');
  const value = mended === undefined ? strict : parsed(mended.text);
  if (value === undefined) return failed('garbled', `no JSON: ${forPeople(text, 40)}`);
  const body = objectOf(value);
  return body === undefined ? failed('garbled', 'an answer that is no JSON object') : ok(body);
}

/** The object under `key`; empty where there is none. */
export function within(row: Row | undefined, key: string): Row {
  return objectOf(row?.get(key)) ?? new Map();
}

/** Yes and no as this family writes them: true, "true", and for some words "1". */
export function saidIn(row: Row | undefined, key: string): boolean | undefined {
  const value = row?.get(key);
  if (typeof value === 'boolean') return value;
  const word = textOf(row, key)?.toLowerCase() ?? (typeof value === 'number' ? String(value) : undefined);
  if (word === 'true' || word === '1') return true;
  return word === 'false' || word === '0' ? false : undefined;
}

/** Its power modes: what a pause is come back to. */
export const POWER_MODES = ['low', 'normal', 'high'] as const;
export type PowerMode = (typeof POWER_MODES)[number];

export function powerModeOf(text: string | undefined): PowerMode | undefined {
  const word = text?.toLowerCase();
  return POWER_MODES.find((mode) => mode === word);
}

/** How it is set, as far as it says. */
export interface Standing {
  /** whether its mining is stopped, by its own word */
  readonly off: boolean | undefined;
  readonly mode: PowerMode | undefined;
  /** W; the limit that was set, else the one in force */
  readonly limitWatts: number | undefined;
}

/** What its answers say of it, without who it is in the configuration and when it was asked. */
export interface WhatsminerReading {
  readonly state: RigReading['state'];
  readonly rest: { readonly [K in keyof Omit<RigReading, 'rig' | 'takenAtMs' | 'state'>]?: RigReading[K] | undefined };
}

/** The answer that holds its figures. */
export interface Figures<A> {
  /** undefined: none came, or it said no */
  readonly told: A | undefined;
  /** whether it answered at all, be it with a no: asleep some of it may have nothing to tell */
  readonly heard: boolean;
}

/** What its owner has to do before it takes any order. */
export const HOW_TO_OPEN =
  "change the password of its user admin and switch its API on, both with the vendor's WhatsMinerTool (Remote Ctrl, Miner API Switch)";

/** W; no machine of this family draws more, and its own limit is said to be 99999 */
const WATTS_LIMIT = 20_000;
/** H/s; the whole of Bitcoin is some 1e21 */
const HASH_RATE_LIMIT = 1e21;
const UPTIME_LIMIT_SECONDS = 1e9;
const FAN_LIMIT_RPM = 30_000;
/** °C; a chip that is hotter is no more */
const HEAT_LIMIT = 200;
/** At or above this it has not stopped yet, whatever it says; asleep it draws 20 to 60 W, more while its fans cool it. */
const STILL_DRAWS_WATTS = 100;
/** It needs up to a quarter of an hour to full speed; one that stands at 0 H/s for longer is not starting. */
const STARTING_SECONDS = 900;

/** W, where it is a figure: -1 is its word for not known, and nobody who answers draws 0. */
export function wattsIn(row: Row | undefined, key: string): number | undefined {
  const watts = measureOf(row, key, WATTS_LIMIT);
  return watts === 0 ? undefined : watts;
}

/** H/s of a figure in `unit` H/s. */
export function rateIn(row: Row | undefined, key: string, unit: number): number | undefined {
  const figure = measureOf(row, key, HASH_RATE_LIMIT / unit);
  return figure === undefined ? undefined : figure * unit;
}

export function secondsIn(row: Row | undefined, key: string): number | undefined {
  return measureOf(row, key, UPTIME_LIMIT_SECONDS);
}

/** rpm, in the order of the keys; without those that it does not tell of */
export function fansIn(row: Row | undefined, keys: readonly string[]): readonly number[] | undefined {
  const fans = keys.flatMap((key) => measureOf(row, key, FAN_LIMIT_RPM) ?? []);
  return fans.length === 0 ? undefined : fans;
}

/** °C; 0 stands for boards that do not answer */
export function heatIn(row: Row | undefined, key: string): number | undefined {
  const heat = measureOf(row, key, HEAT_LIMIT);
  return heat === 0 ? undefined : heat;
}

/** A MAC as it stays the same however it is written; else whatever short word it gives for itself. */
export function identityIn(row: Row | undefined, key: string): string | undefined {
  return wordOf(row, key)?.toLowerCase();
}

/** A firmware's name; older ones put it between quotes of their own. */
export function firmwareIn(row: Row | undefined, key: string): string | undefined {
  const word = wordOf(row, key)?.replace(/^'|'$/g, '');
  return word === '' ? undefined : word;
}

/** A whole number of the answer, also below 0: the codes of the newer API. */
export function codeIn(row: Row, key: string): number | undefined {
  const value = row.get(key);
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : wholeOf(row, key);
}

/**
 * Stopped by its own word, which it gives before it has stopped, counts as paused where its figures were asked for and do not say
 * otherwise; a hash rate of 0 is no word of its own: it may be
 * starting, or have lost its pool and draw full power.
 */
export function stateOf(seen: {
  readonly off: boolean | undefined;
  readonly watts: number | undefined;
  readonly hashRate: number | undefined;
  /** of its mining process */
  readonly uptimeSeconds: number | undefined;
  /** whether its figures were answered for */
  readonly heard: boolean;
}): RigReading['state'] {
  const { off, watts, hashRate, uptimeSeconds, heard } = seen;
  if (off === undefined) return (hashRate ?? 0) > 0 ? 'hashing' : 'unknown';
  if (!off) return stateAwake({ hashRate, uptimeSeconds }, STARTING_SECONDS);
  const stillDraws = watts !== undefined && watts >= STILL_DRAWS_WATTS;
  return !heard || stillDraws || (hashRate ?? 0) > 0 ? 'unknown' : 'paused';
}
