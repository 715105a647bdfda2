// Antminers under MARA's firmware (Kaonsu), by its API: what its answers say of the rig, and its configuration, which goes back as a
// whole with another work mode in it and not a byte else changed. A field that is missing, empty or of the wrong kind is absent.
import { known } from '../model/known.ts';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading, RigSettings } from '../model/rig.ts';
import { type Answerer, goodObjectIn, type HttpAnswer, objectIn } from './http-answer.ts';
import { objectOf, parsed } from './json.ts';
import { POOL_SLOTS, poolsIn } from './pools.ts';
import { nestsDeeper } from './repair-4028.ts';
import { measureOf, type Row, stateAwake, textOf, wordOf } from './rows-4028.ts';
import { settingsPrint } from './settings-print.ts';
import { forPeople } from './socket4028.ts';

const page = (name: string): string => `/kaonsu/v1/${name}`;

export const MARA = {
  brief: page('brief'),
  config: page('miner_config'),
  history: page('log?type=miner_config_history'),
  overview: page('overview'),
  boards: page('hashboards'),
  fans: page('fans'),
  locate: page('locate_miner'),
  maintenance: page('maintenance'),
} as const;

/** The work mode in which it sleeps; Auto, Fixed and Stock are the others. */
export const MARA_SLEEP = 'Sleep';

const NOT_ONE = "has no such page: is this really MARA's firmware?";
/** A rig that stands at 0 H/s with so short an uptime is taken to be starting. */
const STARTING_SECONDS = 900;
const LONGEST_UPTIME_SECONDS = 1e9;
/** H/s; the whole of Bitcoin is some 1e21 */
const HASH_RATE_LIMIT = 1e21;
/** W; no rig of this kind draws more */
const WATTS_LIMIT = 20_000;
/** W; a rig that tells no rate and draws less does not hash */
const STILL_WATTS = 100;
const DEPTH_LIMIT = 32;
/** Boards, fans, and entries of the history that are looked at. */
const MOST = 64;

/** Its configuration, as it is to be written back. */
export interface MaraConf {
  /** what it is set to */
  readonly mode?: string;
  /** why it must not be written back, as the end of a sentence */
  readonly unfit?: string;
  /** as it came */
  readonly text: string;
  /** what no order of ours may change */
  readonly settings?: RigSettings;
}

const SELECTOR = /"work-mode-selector"(\s*:\s*)"[^"\\]*"/g;

/** `garbled` where there is no work mode in it. */
export function maraConfIn(answer: HttpAnswer, from: Answerer): Outcome<MaraConf> {
  const settings = goodObjectIn(answer, from, NOT_ONE);
  if (!settings.ok) return settings;
  if (nestsDeeper(answer.body, DEPTH_LIMIT)) {
    return failed('garbled', `${from.where} answered a nest of brackets: is this really ${from.who}?`);
  }
  const mode = modeWord(selectorIn(settings.value));
  if (mode === undefined) {
    return failed('garbled', `${from.where} answered no configuration with a work mode: is this really ${from.who}?`);
  }
  const { value } = settings;
  const print = settingsPrint({
    pools: poolsIn(value.get('pools'), POOL_SLOTS),
    fans: value.get('fan'),
    clocks: objectOf(value.get('mode'))?.get('fixed'),
  });
  return ok({
    mode,
    text: answer.body,
    ...known<Pick<MaraConf, 'unfit' | 'settings'>>({ unfit: unfitIn(value, answer.body), settings: print }),
  });
}

/** A mode as it is named: a short word. */
function modeWord(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z][A-Za-z0-9 _-]{0,31}$/.test(value) ? value : undefined;
}

/** A mode to wake in, by the word of a reading. */
export function maraWakingMode(word: string | undefined): string | undefined {
  const mode = modeWord(word);
  return mode === MARA_SLEEP ? undefined : mode;
}

/** A secret that is shown as asterisks would be saved as asterisks. */
const MASKED = /^[*\u2022]{3,}$/;

function unfitIn(settings: Row, text: string): string | undefined {
  const pools = settings.get('pools');
  if (!Array.isArray(pools) || pools.length === 0) return 'it came without pools';
  if (pools.every((pool) => textOf(objectOf(pool), 'url') === undefined)) return 'none of its pools has an address';
  if (holdsMasked(Object.fromEntries(settings))) return 'something in it is shown masked';
  // Written in some other way, or in another place too, it can't be changed alone.
  const written = selectorIn(objectOf(parsed(maraBody({ text }, PROBE))));
  return text.match(SELECTOR)?.length === 1 && written === PROBE ? undefined : 'its work mode does not stand in it once';
}

const PROBE = 'probe';

function selectorIn(settings: Row | undefined): unknown {
  return objectOf(settings?.get('mode'))?.get('work-mode-selector');
}

/** Its depth is bounded by then. */
function holdsMasked(value: unknown): boolean {
  if (typeof value === 'string') return MASKED.test(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsMasked);
}

/** The configuration as it came, byte by byte, with another work mode. */
export function maraBody({ text }: Pick<MaraConf, 'text'>, mode: string): string {
  return text.replace(SELECTOR, (_whole, colon: string) => `"work-mode-selector"${colon}${JSON.stringify(mode)}`);
}

/** Whether it agreed to what was written. */
export function maraAgreementIn(answer: HttpAnswer, from: Answerer): Outcome {
  const said = goodObjectIn(answer, from, NOT_ONE);
  if (!said.ok) return said;
  const error = said.value.get('error');
  if (error === false) return ok(undefined);
  const why = forPeople(textOf(said.value, 'msg') ?? '');
  if (error !== true) return failed('garbled', `${from.where}: neither done nor refused: is this really ${from.who}?`);
  return failed('refused', `${from.where} refused it (${why === '' ? 'no reason given' : why}): look at its page`);
}

/** Whether it blinks now, as was asked. */
export function maraBlinkIn(answer: HttpAnswer, on: boolean, from: Answerer): Outcome {
  const said = goodObjectIn(answer, from, NOT_ONE);
  if (!said.ok) return said;
  if (said.value.get('blinking') === on || said.value.get('error') === false) return ok(undefined);
  return failed('refused', `${from.where} does not say that it ${on ? 'blinks' : 'stopped to blink'}: look at it`);
}

/** The mode from before it was last put to sleep, by the history of its configuration: the newest entry stands last. */
export function maraModeBeforeSleep(answer: Outcome<HttpAnswer>): string | undefined {
  const entries =
    answer.ok && answer.value.status === 200 && !nestsDeeper(answer.value.body, DEPTH_LIMIT) ? parsed(answer.value.body) : undefined;
  if (!Array.isArray(entries)) return undefined;
  const changes = entries
    .slice(-MOST)
    .reverse()
    .flatMap((entry: unknown) => [...(objectOf(entry)?.values() ?? [])])
    .flatMap((list) => (Array.isArray(list) ? list.slice(0, MOST) : []))
    .flatMap((change: unknown) => objectOf(change) ?? []);
  return changes
    .filter(isSleep)
    .map((change) => maraWakingMode(wordOf(change, 'from')))
    .find((mode) => mode !== undefined);
}

function isSleep(change: Row): boolean {
  const path = change.get('path');
  return Array.isArray(path) && path.join('/').toLowerCase() === 'mode/workmodeselector' && change.get('to') === MARA_SLEEP;
}

export interface MaraSeen {
  readonly conf: MaraConf;
  readonly brief: Row;
  /** undefined: not read */
  readonly boards: Row | undefined;
  readonly fans: Row | undefined;
}

/** The object of a page that is only looked at; undefined where it can't be read. */
export function maraPageIn(answer: Outcome<HttpAnswer>, from: Answerer): Row | undefined {
  const body = answer.ok && answer.value.status === 200 ? objectIn(answer.value, from) : undefined;
  return body?.ok ? body.value : undefined;
}

/** As `maraPageIn`, of the page that must be read. */
export function maraBriefIn(answer: HttpAnswer, from: Answerer): Outcome<Row> {
  return goodObjectIn(answer, from, NOT_ONE);
}

type Look = Pick<RigReading, 'state' | 'watts' | 'wattsFrom'> & {
  readonly [K in 'hashRate' | 'temperatureC' | 'boardTemperatureC' | 'fansRpm' | 'uptimeSeconds' | 'mode' | 'settings']:
    | RigReading[K]
    | undefined;
};

/** What it does, by its own words: those of the configuration alone prove nothing, and a hash rate of 0 does not either. */
export function maraLook({ conf, brief, boards, fans }: MaraSeen): Look {
  const hashRate = rateIn(brief);
  const uptimeSeconds = measureOf(brief, 'elapsed', LONGEST_UPTIME_SECONDS);
  const watts = measureOf(brief, 'power_consumption_estimated', WATTS_LIMIT);
  const rows = listIn(boards, 'hashboards').flatMap((row) => objectOf(row) ?? []);
  return {
    state: stateOf({ conf, brief, hashRate, uptimeSeconds, watts }),
    hashRate,
    // Whoever answers draws something: 0 is not known.
    ...(watts !== undefined && watts > 0 && { watts, wattsFrom: 'estimated' as const }),
    temperatureC: hottest(rows, 'temperature_chip') ?? warm(brief),
    boardTemperatureC: hottest(rows, 'temperature_pcb'),
    fansRpm: fansIn(fans),
    uptimeSeconds,
    mode: maraWakingMode(conf.mode),
    settings: conf.settings,
  };
}

interface Signs extends Pick<MaraSeen, 'conf' | 'brief'> {
  readonly hashRate: number | undefined;
  readonly uptimeSeconds: number | undefined;
  readonly watts: number | undefined;
}

/** Asleep: set to sleep, no longer calls itself mining, and stands at 0 H/s, or draws next to nothing where it tells no rate. */
function stateOf({ conf, brief, hashRate, uptimeSeconds, watts }: Signs): RigReading['state'] {
  if (hashRate !== undefined && hashRate > 0) return 'hashing';
  if (conf.mode !== MARA_SLEEP) return stateAwake({ hashRate, uptimeSeconds }, STARTING_SECONDS);
  const status = textOf(brief, 'status');
  const stands = hashRate === 0 || (watts !== undefined && watts < STILL_WATTS);
  return status !== undefined && !/^mining$/i.test(status) && stands ? 'paused' : 'unknown';
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['m', 1e6],
  ['g', 1e9],
  ['t', 1e12],
  ['p', 1e15],
]);

/** H/s of this moment; in TH/s where it names no unit. */
function rateIn(brief: Row): number | undefined {
  const rate = measureOf(brief, 'hashrate_realtime', HASH_RATE_LIMIT);
  if (rate === undefined || rate === 0) return rate;
  const named = textOf(brief, 'hashrate_realtime_unit') ?? textOf(brief, 'hashrate_unit') ?? 'TH/s';
  const unit = UNITS.get(/^([mgtp])h(?:\/s)?$/i.exec(named)?.[1]?.toLowerCase() ?? '?');
  return unit === undefined || rate > HASH_RATE_LIMIT / unit ? undefined : rate * unit;
}

function listIn(row: Row | undefined, key: string): readonly unknown[] {
  const value = row?.get(key);
  return Array.isArray(value) ? value.slice(0, MOST) : [];
}

function celsiusIn(value: unknown): readonly number[] {
  const celsius = measureOf(new Map([['it', value]]), 'it', 200);
  return celsius === undefined || celsius === 0 ? [] : [celsius];
}

function hottest(rows: readonly Row[], key: string): number | undefined {
  const places = rows.flatMap((row) => listIn(row, key)).flatMap(celsiusIn);
  return places.length === 0 ? undefined : Math.max(...places);
}

/** The hottest of all that it tells, where it tells nothing of its chips. */
function warm(brief: Row): number | undefined {
  return celsiusIn(brief.get('temperature_max'))[0];
}

/** rpm; a fan whose figure can't be read is left out. */
function fansIn(fans: Row | undefined): readonly number[] | undefined {
  const rpm = listIn(fans, 'fans').flatMap((fan) => measureOf(objectOf(fan), 'current_speed', 30_000) ?? []);
  return rpm.length === 0 ? undefined : rpm;
}

/** Who and what it is; changes with a change of firmware or machine alone. */
export type MaraWho = Pick<RigReading, 'identity' | 'firmware' | 'algorithm'>;

export function maraWhoIn(overview: Row | undefined): MaraWho | undefined {
  if (overview === undefined) return undefined;
  const model = wordOf(overview, 'model_extended') ?? wordOf(overview, 'model');
  const version = wordOf(overview, 'version_firmware');
  return known<MaraWho>({
    identity: wordOf(overview, 'mac')?.toLowerCase(),
    firmware: version === undefined ? undefined : `MARA ${version}`,
    algorithm: ALGORITHMS.find(([pattern]) => pattern.test(model ?? ''))?.[1],
  });
}

/** By the letters of the model that it runs on. */
const ALGORITHMS: readonly (readonly [RegExp, string])[] = [
  [/\bKS\d/i, 'kheavyhash'],
  [/\bL\d/i, 'scrypt'],
  [/\b[ST]\d/i, 'sha256'],
];
