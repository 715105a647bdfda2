// The words of AxeOS, the page and API of ESP-Miner (Bitaxe): one object with everything in it. From the firmware's source.
import { failed, type Outcome, ok } from '../model/outcome.ts';
import { type EspInfo, espInfoIn, isDark } from './esp-miner.ts';
import { type Answerer, goodObjectIn, type HttpAnswer, objectIn } from './http-answer.ts';
import { flagOf, measureOf, type Row, stateAwake, textOf, wordOf } from './rows-4028.ts';

export const AXEOS_INFO = '/api/system/info';
export const AXEOS_CHIP = '/api/system/asic';
/** PATCH; writes flash */
export const AXEOS_SETTINGS = '/api/system';
export const AXEOS_RESTART = '/api/system/restart';
/** a toggle: it says in its answer which way it went */
export const AXEOS_IDENTIFY = '/api/system/identify';

export type AxeosOrder = 'pause' | 'resume';

export function orderPath(order: AxeosOrder): string {
  return `/api/system/${order}`;
}

/** What one look tells; absent is not told. */
export interface AxeosInfo extends EspInfo {
  /** undefined: firmware before 2.14, which can't pause */
  readonly paused: boolean | undefined;
  /** MHz, as set */
  readonly frequency: number | undefined;
}

const RPM_LIMIT = 50_000;
const FREQUENCY_LIMIT = 5_000;
/** It writes -1 or 0 for a sensor that is not there, or not read yet. */
const CELSIUS_LEAST = 1;
const CELSIUS_LIMIT = 150;

/** An answer of any status but 200, as the fault that it is; 404 and 405 are `unsupported`. */
function goodIn(answer: HttpAnswer, from: Answerer, missing: string): Outcome<Row> {
  if (answer.status === 401 || answer.status === 403) {
    return failed(
      'unauthorized',
      `${from.where} takes no word from this address (HTTP ${answer.status}): it wants one of its own private network`,
    );
  }
  return goodObjectIn(answer.status === 405 ? { ...answer, status: 404 } : answer, from, missing);
}

export function infoIn(answer: HttpAnswer, from: Answerer): Outcome<AxeosInfo> {
  const found = goodIn(answer, from, `knows no ${AXEOS_INFO}: is this really ${from.who}?`);
  if (!found.ok) return found;
  const row = found.value;
  const info = espInfoIn(row, from, (told) => ({ chipC: hottestOf(told), fansRpm: fansOf(told) }));
  if (!info.ok) return info;
  // A NerdQAxe answers on the same page, and is paused in another way.
  if (!row.has('miningPaused') && (row.has('shutdown') || /^nerd[qo]/i.test(wordOf(row, 'deviceModel') ?? '')))
    return failed('unsupported', `${from.where} runs the firmware of a NerdQAxe: it wants driver: nerdqaxe`);
  return ok({ ...info.value, paused: flagOf(row, 'miningPaused'), frequency: measureOf(row, 'frequency', FREQUENCY_LIMIT) });
}

function hottestOf(row: Row): number | undefined {
  const told = ['temp', 'temp2'].flatMap((key) => measureOf(row, key, CELSIUS_LIMIT) ?? []).filter((one) => one >= CELSIUS_LEAST);
  return told.length === 0 ? undefined : Math.max(...told);
}

/** The second fan reads 0 where there is none, so only one that turns is one. */
function fansOf(row: Row): readonly number[] | undefined {
  const first = measureOf(row, 'fanrpm', RPM_LIMIT);
  const second = measureOf(row, 'fan2rpm', RPM_LIMIT) ?? 0;
  return first === undefined ? undefined : second > 0 ? [first, second] : [first];
}

/** From reset to full speed it takes some 15 s. */
const STARTING_SECONDS = 60;

/**
 * Paused: it says so, and its watts or its hash rate (of 5 s) show it. With the chip powered down it cannot hash, whatever
 * the rate of a moment ago: some builds show a rate before they have begun.
 */
export function axeosState({ paused, watts, hashRate, uptimeSeconds }: AxeosInfo): 'hashing' | 'paused' | 'starting' | 'unknown' {
  const dark = isDark(watts);
  if (paused === true) return dark || hashRate === 0 ? 'paused' : 'unknown';
  return stateAwake({ hashRate: dark ? 0 : hashRate, uptimeSeconds }, STARTING_SECONDS);
}

/** The answer to an order: `{"message":"Mining paused"}`. What it says it has done is seen later or not at all. */
export function obeyedIn(answer: HttpAnswer, order: string, from: Answerer): Outcome {
  const said = saidIn(answer, order, from);
  return said.ok ? ok(undefined) : said;
}

/** As `obeyedIn`, with its words. */
export function saidIn(answer: HttpAnswer, order: string, from: Answerer): Outcome<string> {
  const found = goodIn(answer, from, `knows no order to ${order}: update its firmware (ESP-Miner 2.14 or later)`);
  if (!found.ok) return found;
  const message = textOf(found.value, 'message');
  if (message !== undefined) return ok(message);
  return failed('garbled', `${from.where} did not say that it will ${order}: is this really ${from.who}?`);
}

/** The answer to a change of settings, which is empty where all is well. */
export function settledIn(answer: HttpAnswer, from: Answerer): Outcome {
  if (answer.status === 200) return ok(undefined);
  if (answer.status === 400) return failed('refused', `${from.where} does not take that frequency (HTTP 400): set it on its page`, 'never');
  const found = goodIn(answer, from, `takes no settings: is this really ${from.who}?`);
  return found.ok ? ok(undefined) : found;
}

/** MHz that the vendor names for this chip, the lowest first. */
export function frequenciesIn(answer: HttpAnswer, from: Answerer): Outcome<readonly number[]> {
  const missing = `does not tell the frequencies of its chip: update its firmware, or set its frequency on its page`;
  const found = answer.status === 200 ? objectIn(answer, from) : goodIn(answer, from, missing);
  if (!found.ok) return found;
  const told = found.value.get('frequencyOptions');
  const list = (Array.isArray(told) ? told : []).filter(
    (one): one is number => typeof one === 'number' && one > 0 && one <= FREQUENCY_LIMIT,
  );
  if (list.length > 0) return ok([...new Set(list)].sort((one, other) => one - other));
  return failed('unsupported', `${from.where} ${missing}`, 'later');
}

/** W that a board draws whatever its chip does: the upper end of what they draw paused. */
const BOARD_WATTS = 5;

/**
 * The highest frequency at which a board that draws `watts` at `frequency` draws at most `limit`; undefined where none of
 * `choices` is low enough. At one voltage the chip's watts follow its frequency.
 */
export function frequencyFor(
  { limit, watts, frequency }: { readonly limit: number; readonly watts: number; readonly frequency: number },
  choices: readonly number[],
): number | undefined {
  if (watts <= BOARD_WATTS || limit <= BOARD_WATTS) return undefined;
  const most = (frequency * (limit - BOARD_WATTS)) / (watts - BOARD_WATTS);
  return choices.filter((one) => one <= most).sort((one, other) => other - one)[0];
}
