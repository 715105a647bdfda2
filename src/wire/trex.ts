// What T-Rex (NVIDIA cards) answers on HTTP: its summary, its word to an order, its login, and what it denies. Pure. As versions
// 0.19 to 0.26 do it.
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading, RigSettings } from '../model/rig.ts';
import { type Answerer, type HttpAnswer, objectIn } from './http-answer.ts';
import { objectOf } from './json.ts';
import { POOL_PLAIN, poolsIn } from './pools.ts';
import { rateAtRest } from './rate-at-rest.ts';
import { flagOf, measureOf, type Row, SHARES_LIMIT, stateAwake, textOf, wholeOf, wordOf } from './rows-4028.ts';
import { settingsPrint, valuesOf } from './settings-print.ts';
import { forPeople } from './socket4028.ts';

/** `config` is asked without any parameter: with one it would write its configuration. */
export const TREX = { summary: '/summary', config: '/config', control: '/control', login: '/login' } as const;

const CLOCKS = ['cclock', 'mclock', 'lock-cclock', 'cv', 'lock-cv', 'pl', 'pstate'];

/** What its owner set, of its configuration. */
export function trexSettingsIn(config: Row): RigSettings | undefined {
  return settingsPrint({
    pools: poolsIn(config.get('pools'), POOL_PLAIN),
    fans: valuesOf(config, ['fan']),
    clocks: valuesOf(config, CLOCKS),
  });
}

/** One card, as the miner tells of it; each absent where it does not. */
export interface TrexCard {
  /** as `pause=true:0,2` names it: what its owner numbered it */
  readonly id: number | undefined;
  readonly paused: boolean | undefined;
  /** H/s */
  readonly hashRate: number | undefined;
  /** W of the card alone, by its driver */
  readonly watts: number | undefined;
  readonly temperatureC: number | undefined;
}

/** What a summary says; each absent where it does not. */
export interface TrexSeen {
  readonly state: RigReading['state'];
  readonly cards: readonly TrexCard[];
  readonly hashRate: number | undefined;
  readonly algorithm: string | undefined;
  /** W of all cards together, without the computer around them */
  readonly watts: number | undefined;
  readonly temperatureC: number | undefined;
  readonly uptimeSeconds: number | undefined;
  readonly acceptedShares: number | undefined;
  /** the cards that hash, by number, where its owner lets only some */
  readonly mode: string | undefined;
  readonly firmware: string | undefined;
}

/** H/s; all the cards there are hash below it */
const HASH_RATE_LIMIT = 1e16;
/** W of one card */
const CARD_WATTS_LIMIT = 2_000;
/** A paused card draws 10 to 30 W; one that says that it is paused and draws more is not believed. */
const STILL_WATTS = 40;
const UPTIME_LIMIT_SECONDS = 1e9;
/** At 0 H/s for no longer than this it is taken to be starting: it builds its DAG. */
const STARTING_SECONDS = 120;
const MOST_CARDS = 64;

/** Its answer as an object, of any status. */
export function trexBodyIn(answer: HttpAnswer, from: Answerer): Outcome<Row> {
  if (answer.status === 404) return failed('unsupported', `${from.where} has no such page: is this really ${from.who}?`, 'later');
  return objectIn(answer, from);
}

/** Why it does not do what was asked: it wants to know who asks, or takes orders from nobody. */
export function trexDenialIn({ status }: Pick<HttpAnswer, 'status'>, body: Row): 'login' | 'read-only' | undefined {
  if (status === 401 || status === 403) return 'login';
  if (body.get('success') === 1) return undefined;
  const why = textOf(body, 'error') ?? '';
  if (/read-?\s?only/i.test(why)) return 'read-only';
  return /unauthori[sz]ed/i.test(why) ? 'login' : undefined;
}

/** The session that a login gave; undefined where it gave none. */
export function trexSessionIn(body: Row): string | undefined {
  const sid = wordOf(body, 'sid');
  return body.get('success') === 1 && sid !== undefined && /^[\w-]+$/.test(sid) ? sid : undefined;
}

/** `True` would do nothing and be answered with success: only the lower case counts. `cards`: none named is all of them. */
export function trexPause(pause: boolean, cards: readonly number[] = []): string {
  const word = pause ? 'true' : 'false';
  return cards.length === 0 ? word : `${word}:${cards.join(',')}`;
}

/** Its word to an order. */
export function trexWordIn(body: Row, from: Answerer): Outcome {
  const success = body.get('success');
  if (success === 1) return ok(undefined);
  if (success !== 0) return failed('garbled', `${from.where}: neither done nor refused: is this really ${from.who}?`);
  const why = forPeople(textOf(body, 'error') ?? '');
  return failed('refused', `${from.where} refused it (${why === '' ? 'no reason given' : why}): look at its log`);
}

/** The look in the object of a summary; a fault where it is none. */
export function trexSummaryIn(body: Row, from: Answerer): Outcome<TrexSeen> {
  const name = textOf(body, 'name');
  if (name !== undefined && name.toLowerCase() !== 't-rex') {
    return failed('garbled', `${from.where} calls itself ${forPeople(name, 20)}: is this really ${from.who}?`);
  }
  const list = body.get('gpus');
  if (!Array.isArray(list)) return failed('garbled', `${from.where} answered no summary: is this really ${from.who}?`);
  if (list.length > MOST_CARDS) return failed('garbled', `${from.where} tells of ${list.length} cards: is this really ${from.who}?`);
  const rows = list.map(objectOf);
  // An entry that can't be read may be a card that hashes: with it missing, the rest would prove nothing.
  if (rows.includes(undefined)) return failed('garbled', `${from.where} tells of a card that is none: is this really ${from.who}?`);
  const cards = rows.map((row) => cardIn(row, flagOf(body, 'paused')));
  const hashRate = summed(cards.map((card) => card.hashRate)) ?? measureOf(body, 'hashrate', HASH_RATE_LIMIT);
  const uptimeSeconds = measureOf(body, 'uptime', UPTIME_LIMIT_SECONDS);
  const version = wordOf(body, 'version');
  const state = stateOf(cards, { hashRate, uptimeSeconds });
  return ok({
    state,
    cards,
    hashRate: rateAtRest(hashRate, state === 'paused'),
    algorithm: algorithmIn(wordOf(body, 'algorithm')),
    watts: summed(cards.map((card) => card.watts)),
    temperatureC: hottest(cards),
    uptimeSeconds,
    acceptedShares: measureOf(body, 'accepted_count', SHARES_LIMIT),
    mode: modeOf(cards),
    firmware: version === undefined ? undefined : `T-Rex ${version}`,
  });
}

/** `all`: what the summary says of the whole miner, for versions that say it of no card. */
function cardIn(row: Row | undefined, all: boolean | undefined): TrexCard {
  return {
    id: cardNumber(row),
    paused: row?.has('paused') ? flagOf(row, 'paused') : all,
    // The plain figure is an average over as many seconds as its owner chose, a minute where he did not.
    hashRate: measureOf(row, 'hashrate_instant', HASH_RATE_LIMIT) ?? measureOf(row, 'hashrate', HASH_RATE_LIMIT),
    watts: measureOf(row, 'power', CARD_WATTS_LIMIT),
    temperatureC: measureOf(row, 'temperature', 150),
  };
}

function cardNumber(row: Row | undefined): number | undefined {
  const id = wholeOf(row, 'gpu_user_id') ?? wholeOf(row, 'gpu_id') ?? wholeOf(row, 'device_id');
  return id === undefined || id > 999 ? undefined : id;
}

/** Paused: every card says so, and draws next to nothing, or hashes nothing where it does not tell its watts. */
function stateOf(cards: readonly TrexCard[], pace: Parameters<typeof stateAwake>[0]): RigReading['state'] {
  if (cards.length === 0) return 'unknown';
  const stands = cards.every(
    ({ paused, watts, hashRate }) => paused === true && (watts === undefined ? hashRate === 0 : watts < STILL_WATTS),
  );
  if (stands) return 'paused';
  const awake = stateAwake(pace, STARTING_SECONDS);
  // One whose cards are told to stand still does not start.
  return awake === 'starting' && cards.every(({ paused }) => paused === true) ? 'unknown' : awake;
}

/** Undefined where one of them is, and where there are none. */
function summed(figures: readonly (number | undefined)[]): number | undefined {
  if (figures.length === 0) return undefined;
  return figures.reduce((sum, figure) => (sum === undefined || figure === undefined ? undefined : sum + figure), 0);
}

function hottest(cards: readonly TrexCard[]): number | undefined {
  const warm = cards.flatMap(({ temperatureC }) => (temperatureC === undefined || temperatureC === 0 ? [] : [temperatureC]));
  return warm.length === 0 ? undefined : Math.max(...warm);
}

function modeOf(cards: readonly TrexCard[]): string | undefined {
  const ids = cards.filter(({ paused }) => paused === false).map(({ id }) => id);
  const isSome = ids.length > 0 && ids.length < cards.length && cards.every(({ paused }) => paused !== undefined);
  return isSome && !ids.includes(undefined) ? ids.join(',') : undefined;
}

/** The cards of a mode that a reading gave; none: all. */
export function trexCardsOf(mode: string | undefined): readonly number[] {
  return mode !== undefined && /^\d{1,3}(?:,\d{1,3}){0,63}$/.test(mode) ? mode.split(',').map(Number) : [];
}

function algorithmIn(word: string | undefined): string | undefined {
  const plain = word?.toLowerCase();
  return plain !== undefined && /^[a-z0-9/_-]{1,32}$/.test(plain) ? plain : undefined;
}
