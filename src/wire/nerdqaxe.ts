// The words of NerdQAxe boards (a firmware of its own, grown out of ESP-Miner): one object with everything in it, and orders that
// are answered in plain text. From the firmware's source. What is missing or of the wrong kind is absent.
import { DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { type EspInfo, espInfoIn, isDark } from './esp-miner.ts';
import { type Answerer, goodObjectIn, type HttpAnswer } from './http-answer.ts';
import { flagOf, measureOf, type Row, stateAwake } from './rows-4028.ts';

export const NERDQAXE = {
  info: '/api/system/info',
  shutdown: '/api/system/shutdown',
  restart: '/api/system/restart',
} as const;

/** What one look tells. Its watts are without fans and display, some 5 W; while it is shut down it writes 0 H/s whatever it does. */
export interface NerdqaxeInfo extends EspInfo {
  /** chips without power by order; undefined: firmware that has no such order */
  readonly shutDown: boolean | undefined;
}

const RPM_LIMIT = 50_000;
const CELSIUS_LIMIT = 150;
const CHIPS = 64;

export function nerdqaxeInfoIn(answer: HttpAnswer, from: Answerer): Outcome<NerdqaxeInfo> {
  if (answer.status === 401 || answer.status === 403) return stranger(from);
  const found = goodObjectIn(answer, from, `knows no ${NERDQAXE.info}: is this really ${from.who}?`);
  if (!found.ok) return found;
  const row = found.value;
  const info = espInfoIn(row, from, (told) => ({ chipC: hottestOf(told), fansRpm: fansOf(told) }));
  if (!info.ok) return info;
  // A Bitaxe answers on the same page, and is paused in another way.
  if (row.has('miningPaused')) return failed('unsupported', `${from.where} runs AxeOS: it wants driver: axeos`);
  return ok({ ...info.value, shutDown: flagOf(row, 'shutdown') });
}

function stranger({ where }: Answerer): Outcome<never> {
  return failed('unauthorized', `${where} takes no word from this address: it wants one of its own private network`);
}

/** It writes 0 for a sensor that is not there. */
function hottestOf(row: Row): number | undefined {
  const chips = row.get('asicTemps');
  const told: readonly unknown[] = [row.get('temp'), ...(Array.isArray(chips) ? chips.slice(0, CHIPS) : [])];
  const celsius = told.flatMap((one) => measureOf(new Map([['one', one]]), 'one', CELSIUS_LIMIT) ?? []).filter((one) => one > 0);
  return celsius.length === 0 ? undefined : Math.max(...celsius);
}

/** `fanrpm2` is written as 0 where there is no second fan. */
function fansOf(row: Row): readonly number[] | undefined {
  const first = measureOf(row, 'fanrpm', RPM_LIMIT);
  const second = measureOf(row, 'fanrpm2', RPM_LIMIT);
  if (first === undefined) return undefined;
  return second !== undefined && (measureOf(row, 'fanCount', 16) ?? 1) > 1 ? [first, second] : [first];
}

/** From a start to full speed it takes some 30 s. */
const STARTING_SECONDS = 90;

/** Paused: it says so, and its regulator does not say otherwise. Its hash rate proves nothing then. */
export function nerdqaxeState({ shutDown, watts, hashRate, uptimeSeconds }: NerdqaxeInfo): RigReading['state'] {
  const dark = watts === undefined || isDark(watts);
  if (shutDown === true) return dark ? 'paused' : 'unknown';
  return stateAwake({ hashRate: watts !== undefined && dark ? 0 : hashRate, uptimeSeconds }, STARTING_SECONDS);
}

/** The answer to an order: `System will shutdown shortly.`, which some builds get wrong (`restart`), or the page of what it does not know. */
export function nerdqaxeAgreementIn({ status, body }: HttpAnswer, from: Answerer): Outcome {
  const { where, who } = from;
  if (status === 200 && /^\s*(?:\{\s*"message"\s*:\s*")?System will (?:re)?s(?:tart|hut ?down) shortly/i.test(body)) return DONE;
  if (status === 401 && /\bOTP\b/i.test(body)) {
    return failed(
      'unauthorized',
      `${where} wants a one-time code for that: update its firmware (v1.0.36 or later wants none), or turn the codes off on its page`,
    );
  }
  if (status === 401 || status === 403) return stranger(from);
  if (status === 404 || status === 405) return failed('unsupported', `${where} knows no such order: is this really ${who}?`, 'later');
  if (status === 200) return failed('garbled', `${where} did not say that it will: is this really ${who}?`);
  return failed('refused', `${where} refused it (HTTP ${status}): look at its page`);
}
