// The words of Braiins OS in its REST API (25.07 and later). From the vendor's schema and recorded answers.
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigSettings } from '../model/rig.ts';
import { type Answerer, goodObjectIn, type HttpAnswer } from './http-answer.ts';
import { objectOf, parsed } from './json.ts';
import { POOL_PLAIN, poolsIn } from './pools.ts';
import { measureOf, type Row, SHARES_LIMIT, stateAwake, textOf, wholeOf, wordOf } from './rows-4028.ts';
import { settingsPrint } from './settings-print.ts';

export const BRAIINS = {
  login: '/api/v1/auth/login',
  details: '/api/v1/miner/details',
  stats: '/api/v1/miner/stats',
  cooling: '/api/v1/cooling/state',
  tuner: '/api/v1/performance/tuner-state',
  constraints: '/api/v1/configuration/constraints',
  pools: '/api/v1/pools/',
  target: '/api/v1/performance/power-target',
  locate: '/api/v1/actions/locate',
  reboot: '/api/v1/actions/reboot',
} as const;

export type BraiinsOrder = 'pause' | 'resume';

/** PUT, without a body. `pause` and not `stop`, behind which nobody measures the temperature and the fans run at 100 %. */
export function actionPath(order: BraiinsOrder): string {
  return `/api/v1/actions/${order}`;
}

/** The header that goes with every question: the bare token, without a word before it. */
export function tokenIn({ status, body }: HttpAnswer): Readonly<Record<string, string>> | undefined {
  const token = status === 200 ? textOf(objectOf(parsed(body)), 'token') : undefined;
  return token !== undefined && /^[\x21-\x7e]{1,4096}$/.test(token) ? { authorization: token } : undefined;
}

/** Whether who gave this answer to `details`, asked without a token, has this API at all. */
export function isBraiins({ status, body, challenges = [] }: HttpAnswer): boolean {
  // Others (stock Antminers) want a login for everything, and of another kind.
  if (status === 401 || status === 403) return challenges.length === 0;
  return status === 200 && wholeOf(objectOf(parsed(body)), 'status') !== undefined;
}

const MISSING = 'does not know this order: update Braiins OS (25.07 or later)';

/** An answer that must be an object, and good. */
export function braiinsObjectIn(answer: HttpAnswer, from: Answerer): Outcome<Row> {
  if (answer.status === 400 || answer.status === 422) {
    return failed('refused', `${from.where} does not take that (HTTP ${answer.status}): look at its limits on its page`, 'never');
  }
  return goodObjectIn(answer, from, MISSING);
}

/** The member of members of members, down the keys. */
export function within(row: Row | undefined, ...keys: readonly string[]): Row | undefined {
  return keys.reduce<Row | undefined>((inner, key) => objectOf(inner?.get(key)), row);
}

export interface BraiinsDetails {
  /** 1 not started, 2 normal, 3 paused, 4 suspended (by its own power scaling or heat), 5 restricted */
  readonly status: number;
  readonly uptimeSeconds: number | undefined;
  /** MAC, else serial number */
  readonly identity: string | undefined;
  readonly firmware: string | undefined;
}

const UPTIME_LIMIT_SECONDS = 1e9;

export function detailsIn(answer: HttpAnswer, from: Answerer): Outcome<BraiinsDetails> {
  const found = braiinsObjectIn(answer, from);
  if (!found.ok) return found;
  const row = found.value;
  const status = wholeOf(row, 'status');
  if (status === undefined) return failed('garbled', `${from.where} does not tell its status: is this really ${from.who}?`);
  const version = wordOf(within(row, 'bos_version'), 'current');
  return ok({
    status,
    uptimeSeconds: measureOf(row, 'bosminer_uptime_s', UPTIME_LIMIT_SECONDS),
    identity: wordOf(row, 'mac_address')?.toLowerCase() ?? wordOf(row, 'serial_number'),
    firmware: version === undefined ? undefined : `Braiins OS ${version}`,
  });
}

/** Each absent where the answer does not tell it. */
export interface BraiinsStats {
  /** H/s, over 5 s */
  readonly hashRate: number | undefined;
  /** W, from the data of its tuner: no meter */
  readonly watts: number | undefined;
  readonly acceptedShares: number | undefined;
}

/** GH/s */
const GIGAHASH_LIMIT = 1e9;
/** W; no rig of this kind draws more */
const WATTS_LIMIT = 20_000;

export function statsIn(stats: Row | undefined): BraiinsStats {
  const gigahash = measureOf(within(stats, 'miner_stats', 'real_hashrate', 'last_5s'), 'gigahash_per_second', GIGAHASH_LIMIT);
  return {
    hashRate: gigahash === undefined ? undefined : gigahash * 1e9,
    watts: measureOf(within(stats, 'power_stats', 'approximated_consumption'), 'watt', WATTS_LIMIT),
    acceptedShares: measureOf(within(stats, 'pool_stats'), 'accepted_shares', SHARES_LIMIT),
  };
}

export interface BraiinsCooling {
  readonly temperatureC: number | undefined;
  readonly boardTemperatureC: number | undefined;
  readonly fansRpm: readonly number[] | undefined;
}

const CELSIUS_LIMIT = 200;
const RPM_LIMIT = 50_000;
const FANS_LIMIT = 16;
/** Where its hottest sensor is: 1 a chip, 2 a board. */
const ON_BOARD = 2;

export function coolingIn(cooling: Row | undefined): BraiinsCooling {
  const hottest = within(cooling, 'highest_temperature');
  const celsius = measureOf(within(hottest, 'temperature'), 'degree_c', CELSIUS_LIMIT);
  const onBoard = wholeOf(hottest, 'location') === ON_BOARD;
  return {
    temperatureC: onBoard ? undefined : celsius,
    boardTemperatureC: onBoard ? celsius : undefined,
    fansRpm: rpmsIn(cooling?.get('fans'), 'rpm'),
  };
}

/** The fans of a list; undefined where it tells of none. */
export function rpmsIn(list: unknown, key: string): readonly number[] | undefined {
  const fans = (Array.isArray(list) ? list : [])
    .slice(0, FANS_LIMIT)
    .flatMap((one: unknown) => measureOf(objectOf(one), key, RPM_LIMIT) ?? []);
  return fans.length === 0 ? undefined : fans;
}

/** At or below this, H/s, the 5 s behind it are as good as over. */
const QUIET_HASH_RATE = 1e10;
/** A rig that is not paused and stands at 0 H/s with so short an uptime is taken to be starting. */
const STARTING_SECONDS = 900;

/** Paused: by its own word, and its last 5 s show it. Suspended is somebody else's pause, or heat, and may end by itself. */
export function braiinsState(
  { status, uptimeSeconds }: Pick<BraiinsDetails, 'status' | 'uptimeSeconds'>,
  { hashRate }: Pick<BraiinsStats, 'hashRate'>,
): 'hashing' | 'paused' | 'starting' | 'unknown' {
  switch (status) {
    case 1:
    case 2:
    case 5:
      return stateAwake({ hashRate, uptimeSeconds }, STARTING_SECONDS);
    case 3:
      return hashRate !== undefined && hashRate <= QUIET_HASH_RATE ? 'paused' : 'unknown';
    default:
      return 'unknown';
  }
}

/** An estimate says nothing of a rig that stands still: neither its 0 nor the watts of its profile. */
export function estimated(
  watts: number | undefined,
  state: 'hashing' | 'paused' | 'starting' | 'unknown',
): { readonly watts?: number; readonly wattsFrom?: 'estimated' } {
  return watts === undefined || watts === 0 || state === 'paused' ? {} : { watts, wattsFrom: 'estimated' };
}

/** The answer to an action: whether it was so already, or nothing. Both are a yes. */
export function actedIn(answer: HttpAnswer, from: Answerer): Outcome {
  if (answer.status === 204) return ok(undefined);
  if (answer.status === 200 && /^\s*(true|false)\s*$/.test(answer.body)) return ok(undefined);
  const found = braiinsObjectIn(answer.status === 405 ? { ...answer, status: 404 } : answer, from);
  if (!found.ok) return found;
  return failed('garbled', `${from.where} answered neither true nor false to an order: is this really ${from.who}?`);
}

/** Its groups of pools, in their order: an array, and no object. What each pool does now is in it too, and left out. */
export function poolGroupsIn({ status, body }: HttpAnswer, { where, who }: Answerer): Outcome<RigSettings | undefined> {
  if (status === 404) return failed('unsupported', `${where} does not tell its pools`, 'later');
  const groups = status === 200 ? parsed(body) : undefined;
  return Array.isArray(groups) ? ok(groupsPrint(groups)) : failed('garbled', `${where} told no pools: is this really ${who}?`);
}

/** The same of the groups, however they were told; undefined where one of them can't be read. */
export function groupsPrint(groups: unknown): RigSettings | undefined {
  const lists = listOf(groups).map((group) => poolsIn(objectOf(group)?.get('pools'), POOL_PLAIN));
  return lists.length === 0 || lists.includes(undefined) ? undefined : settingsPrint({ pools: lists });
}

const GROUPS_LIMIT = 32;

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value.slice(0, GROUPS_LIMIT) : []);

/** W that its tuner keeps to; undefined where it is tuned to something else, or not at all. */
export function targetIn(tuner: Row): number | undefined {
  return measureOf(within(tuner, 'mode_state', 'powertargetmodestate', 'current_target'), 'watt', WATTS_LIMIT);
}

/** W that a power target may be at least; undefined where it does not say. */
export function leastTargetIn(constraints: Row | undefined): number | undefined {
  return measureOf(within(constraints, 'tuner_constraints', 'power_target', 'min'), 'watt', WATTS_LIMIT);
}

/** W that it has taken, from the answer to a new target. */
export function takenTargetIn(answer: HttpAnswer, from: Answerer): Outcome<number> {
  const found = braiinsObjectIn(answer, from);
  if (!found.ok) return found;
  const watts = measureOf(found.value, 'watt', WATTS_LIMIT);
  return watts === undefined ? failed('garbled', `${from.where} does not say what power target it took`) : ok(watts);
}
