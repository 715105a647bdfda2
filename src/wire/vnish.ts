// VNish (also sold as AnthillOS and under other names), by its REST pages: what the answers say of the rig, and of a login. A
// field that is missing, empty or of the wrong kind is absent; nothing here turns it into 0.
import { known } from '../model/known.ts';
import { DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading, RigSettings } from '../model/rig.ts';
import { type Answerer, goodObjectIn, type HttpAnswer, objectIn } from './http-answer.ts';
import { objectOf } from './json.ts';
import { POOL_PLAIN, poolsIn } from './pools.ts';
import { flagOf, measureOf, type Row, textOf, wordOf } from './rows-4028.ts';
import { settingsPrint, valuesOf } from './settings-print.ts';

export const VNISH = {
  status: '/api/v1/status',
  summary: '/api/v1/summary',
  info: '/api/v1/info',
  preset: '/api/v1/perf-summary',
  settings: '/api/v1/settings',
  unlock: '/api/v1/unlock',
  mayI: '/api/v1/auth-check',
  stop: '/api/v1/mining/stop',
  start: '/api/v1/mining/start',
  throttle: '/api/v1/mining/throttle',
  find: '/api/v1/find-miner',
  reboot: '/api/v1/system/reboot',
} as const;

/** H/s; the whole of Bitcoin is some 1e21 */
const HASH_RATE_LIMIT = 1e21;
/** W; no rig of this kind draws more */
const WATTS_LIMIT = 20_000;
const HOTTEST = 200;
const FANS = 16;

const NOT_ONE = 'has no such page: is this VNish, and recent enough for it?';

export interface VnishStatus {
  /** its own word: mining, stopped … */
  readonly word: string;
  /** % of full power that it is throttled to; absent in builds that can't */
  readonly throttled?: number;
  /** whether it blinks */
  readonly blinks?: boolean;
}

export function vnishStatusIn(answer: HttpAnswer, from: Answerer): Outcome<VnishStatus> {
  const body = goodObjectIn(answer, from, NOT_ONE);
  if (!body.ok) return body;
  const word = wordOf(body.value, 'miner_state');
  if (word === undefined) return failed('garbled', `${from.where} tells no state of its miner: is this really ${from.who}?`);
  const rest = { throttled: measureOf(body.value, 'throttled', 100), blinks: flagOf(body.value, 'find_miner') };
  return ok({ word, ...known<Omit<VnishStatus, 'word'>>(rest) });
}

/** Who and what it is; changes with a change of firmware or machine alone, but for the uptime. */
export interface VnishInfo extends Pick<RigReading, 'identity' | 'firmware' | 'algorithm' | 'uptimeSeconds'> {
  /** H/s in one unit of its hash rates */
  readonly unit?: number;
}

export function vnishInfoIn(answer: Outcome<HttpAnswer>, from: Answerer): VnishInfo | undefined {
  const row = goodRow(answer, from);
  if (row === undefined) return undefined;
  const system = objectOf(row.get('system'));
  const serial = wordOf(row, 'serial');
  const firmware = [wordOf(row, 'fw_name'), wordOf(row, 'fw_version')].filter((word) => word !== undefined).join(' ');
  const algorithm = wordOf(row, 'algorithm')?.toLowerCase();
  return known<VnishInfo>({
    identity: wordOf(objectOf(system?.get('network_status')), 'mac') ?? (serial === 'N/A' ? undefined : serial),
    firmware: firmware === '' ? undefined : firmware,
    algorithm: algorithm === 'sha256d' ? 'sha256' : algorithm,
    uptimeSeconds: uptimeIn(textOf(system, 'uptime')),
    unit: UNITS.get(textOf(row, 'hr_measure') ?? 'GH/s'),
  });
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['MH/s', 1e6],
  ['GH/s', 1e9],
  ['TH/s', 1e12],
]);

/** s, of `1:06` (hours and minutes) or `3 days, 1:06`; undefined of anything else. */
function uptimeIn(text: string | undefined): number | undefined {
  const [, days, hours, minutes] = /^(?:(\d{1,5}) days?, )?(\d{1,2}):(\d{2})$/.exec(text ?? '') ?? [];
  return hours === undefined ? undefined : (Number(days ?? 0) * 24 + Number(hours)) * 3600 + Number(minutes) * 60;
}

type Look = Pick<RigReading, 'state'> & {
  readonly [K in 'hashRate' | 'watts' | 'wattsFrom' | 'temperatureC' | 'boardTemperatureC' | 'fansRpm']: RigReading[K] | undefined;
};

/** The row of its miner in the answer to `summary`; undefined where there is none. */
export function vnishMinerIn(answer: Outcome<HttpAnswer>, from: Answerer): Row | undefined {
  return objectOf(goodRow(answer, from)?.get('miner'));
}

function goodRow(answer: Outcome<HttpAnswer>, from: Answerer): Row | undefined {
  const body = answer.ok && answer.value.status === 200 ? objectIn(answer.value, from) : undefined;
  return body?.ok ? body.value : undefined;
}

/** What it does, by its own word, and what its figures are; `unit`: H/s in one of its hash rates, undefined where not known. */
export function vnishLook(word: string, miner: Row | undefined, unit: number | undefined): Look {
  const hashRate = rateOf(miner, unit);
  const state = stateOf(word, hashRate);
  return {
    state,
    hashRate,
    ...wattsOf(miner, state === 'paused' && hashRate === 0),
    temperatureC: hottest(miner, 'chip_temp'),
    boardTemperatureC: hottest(miner, 'pcb_temp'),
    fansRpm: fansIn(miner),
  };
}

/** `failure` and `shutting-down` say nothing of what it draws; a miner that mines nothing may have lost its pool. */
function stateOf(word: string, hashRate: number | undefined): RigReading['state'] {
  switch (word) {
    case 'stopped':
      return 'paused';
    case 'mining':
    case 'auto-tuning':
      return hashRate === 0 ? 'unknown' : 'hashing';
    case 'initializing':
    case 'starting':
    case 'restarting':
      return 'starting';
    default:
      return 'unknown';
  }
}

/** H/s. Not `instant_hashrate`, an older name whose unit differs. */
function rateOf(miner: Row | undefined, unit: number | undefined): number | undefined {
  const rate = measureOf(miner, 'hr_realtime', HASH_RATE_LIMIT / (unit ?? 1));
  return rate === undefined || (unit === undefined && rate > 0) ? undefined : rate * (unit ?? 1);
}

/**
 * `power_consumption`; `power_usage` is an older name of the efficiency, J/TH. Measured where its power supply meters; else a
 * model, which says nothing of a rig that stands still. One that answers draws something: 0 is not known.
 */
function wattsOf(miner: Row | undefined, standsStill: boolean): Pick<Look, 'watts' | 'wattsFrom'> {
  const none = { watts: undefined, wattsFrom: undefined };
  const watts = measureOf(miner, 'power_consumption', WATTS_LIMIT);
  if (watts === undefined || watts === 0) return none;
  if (flagOf(objectOf(miner?.get('psu')), 'psu_power_metering') === true) return { watts, wattsFrom: 'measured' };
  return standsStill ? none : { watts, wattsFrom: 'estimated' };
}

/** °C; 0 stands for no sensor, or for boards without power. */
function hottest(miner: Row | undefined, key: 'chip_temp' | 'pcb_temp'): number | undefined {
  const celsius = measureOf(objectOf(miner?.get(key)), 'max', HOTTEST);
  return celsius === 0 ? undefined : celsius;
}

function fansIn(miner: Row | undefined): readonly number[] | undefined {
  const fans = objectOf(miner?.get('cooling'))?.get('fans');
  if (!Array.isArray(fans)) return undefined;
  const rpm = fans.slice(0, FANS).flatMap((fan: unknown) => measureOf(objectOf(fan), 'rpm', 30_000) ?? []);
  return rpm.length === 0 ? undefined : rpm;
}

/** The token of a login that was taken; never in a fault. */
export function vnishTokenIn(answer: HttpAnswer, from: Answerer): Outcome<string> {
  const body = goodObjectIn(answer, from, NOT_ONE);
  if (!body.ok) return body;
  const token = textOf(body.value, 'token');
  // It goes into a header.
  if (token !== undefined && /^[\x21-\x7e]{1,2000}$/.test(token)) return ok(token);
  return failed('garbled', `${from.where} took the password and gave no token: is this really ${from.who}?`);
}

/** Seconds that it wants no further login, where it says so. */
export function vnishLockIn(answer: HttpAnswer, from: Answerer): number | undefined {
  const body = objectIn(answer, from);
  return body.ok ? measureOf(body.value, 'unlock_timeout', 86_400) : undefined;
}

/** Whether it did as it was told; most answers are empty. */
export function vnishAgreementIn(answer: HttpAnswer, from: Answerer): Outcome {
  const { status, body } = answer;
  if (status === 404 || status === 405) return failed('unsupported', `${from.where} ${NOT_ONE}`, 'later');
  const said = body.trim() === '' ? undefined : objectIn(answer, from);
  const row = said?.ok ? said.value : undefined;
  const why = textOf(row, 'err') ?? textOf(row, 'error');
  if (status < 200 || status > 299 || why !== undefined || row?.get('success') === false) {
    return failed('refused', `${from.where} refused it (${why?.slice(0, 120) ?? `HTTP ${status}`}): look at its page`);
  }
  if (said !== undefined && !said.ok) return said;
  return flagOf(row, 'restart_required') === true
    ? failed('refused', `${from.where} does it only after a restart of its mining`, 'later')
    : DONE;
}

/**
 * What its owner set, of its page of settings. The clocks are its preset, or where it runs none those that are set for all boards; those of
 * each board and chip are its tuner's work. Where it changes the preset by itself they tell nothing. Throttling is in none of it.
 */
export function vnishSettingsIn(answer: HttpAnswer, from: Answerer): Outcome<RigSettings | undefined> {
  const body = goodObjectIn(answer, from, NOT_ONE);
  if (!body.ok) return body;
  const miner = objectOf(body.value.get('miner'));
  const overclock = objectOf(miner?.get('overclock'));
  const switches = flagOf(objectOf(overclock?.get('preset_switcher')), 'enabled') === true;
  const preset = textOf(overclock, 'preset');
  const own = preset === 'disabled' ? overclock?.get('globals') : preset;
  return ok(
    settingsPrint({
      pools: poolsIn(miner?.get('pools'), POOL_PLAIN),
      fans: valuesOf(objectOf(miner?.get('cooling')), COOLING),
      clocks: switches ? undefined : own,
    }),
  );
}

const COOLING = ['mode', 'fan_min_count', 'fan_min_duty', 'fan_max_duty'];

/** W of the preset that it runs, by its name; undefined where it has none of watts. */
export function vnishPresetWattsIn(answer: Outcome<HttpAnswer>, from: Answerer): number | undefined {
  const name = textOf(objectOf(goodRow(answer, from)?.get('current_preset')), 'name');
  return name !== undefined && /^\d{3,5}$/.test(name) && Number(name) <= WATTS_LIMIT ? Number(name) : undefined;
}
