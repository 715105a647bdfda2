// Stock Antminers of the S19 and later, by their CGI pages: what the answers say of the rig, and what is written to change its
// work mode. A field that is missing, empty or of the wrong kind is absent; nothing here turns it into 0.
import { known } from '../model/known.ts';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { type Answerer, goodObjectIn, type HttpAnswer, objectIn } from './http-answer.ts';
import { objectOf } from './json.ts';
import { nestsDeeper } from './repair-4028.ts';
import { measureOf, type Row, stateAwake, textOf, wholeOf, wordOf } from './rows-4028.ts';

export const ANTMINER = {
  conf: '/cgi-bin/get_miner_conf.cgi',
  setConf: '/cgi-bin/set_miner_conf.cgi',
  summary: '/cgi-bin/summary.cgi',
  stats: '/cgi-bin/stats.cgi',
  system: '/cgi-bin/get_system_info.cgi',
  reboot: '/cgi-bin/reboot.cgi',
  blink: '/cgi-bin/blink.cgi',
  /** on a port of its own, on some models */
  watts: '/miner_power',
} as const;

/** The work mode in which it sleeps; 0 is normal, 2 and 3 differ by model (high efficiency, low power). */
export const SLEEP_MODE = 1;

/** A rig that stands at 0 H/s with so short an uptime is taken to be starting. */
const STARTING_SECONDS = 900;
const LONGEST_UPTIME_SECONDS = 1e9;
/** H/s; the whole of Bitcoin is some 1e21 */
const HASH_RATE_LIMIT = 1e21;
/** W; no rig of this kind draws more */
const WATTS_LIMIT = 20_000;
const DEPTH_LIMIT = 32;
/** Pools, boards and fans that are looked at; a rig has three or four of each. */
const MOST = 16;

/** Its configuration, as it is to be written back. */
export interface AntminerConf {
  /** what it is set to; absent where this build does not say */
  readonly mode?: number;
  /** why it must not be written back, as the end of a sentence: a write without its pools wipes them */
  readonly unfit?: string;
  readonly settings: ReadonlyMap<string, unknown>;
}

const NOT_ONE = 'has no such page: is this stock firmware of an S19 or later?';

/** `garbled` where there is no configuration in it. */
export function antminerConfIn(answer: HttpAnswer, from: Answerer): Outcome<AntminerConf> {
  const settings = goodObjectIn(answer, from, NOT_ONE);
  if (!settings.ok) return settings;
  // It is to be written back, and what nests without end can't be.
  if (nestsDeeper(answer.body, DEPTH_LIMIT))
    return failed('garbled', `${from.where} answered a nest of brackets: is this really ${from.who}?`);
  const mode = modeIn(settings.value, 'bitmain-work-mode') ?? modeIn(settings.value, 'miner-mode');
  if (mode === undefined && !Array.isArray(settings.value.get('pools'))) {
    return failed('garbled', `${from.where} answered no configuration of a miner: is this really ${from.who}?`);
  }
  return ok({ settings: settings.value, ...known<Pick<AntminerConf, 'mode' | 'unfit'>>({ mode, unfit: unfitIn(settings.value) }) });
}

/** A number on some builds, its digits as text on others; an empty text is the normal mode. */
function modeIn(row: Row | undefined, key: string): number | undefined {
  return row?.get(key) === '' ? 0 : measuredMode(wholeOf(row, key));
}

function measuredMode(mode: number | undefined): number | undefined {
  return mode === undefined || mode > 99 ? undefined : mode;
}

/** A secret that is shown as asterisks would be saved as asterisks. */
const MASKED = /^[*\u2022]{3,}$/;

function unfitIn(settings: ReadonlyMap<string, unknown>): string | undefined {
  const pools = settings.get('pools');
  if (!Array.isArray(pools) || pools.length === 0) return 'it came without pools';
  const rows = pools.map(objectOf);
  const texts = rows.map((row) => ['url', 'user', 'pass'].map((key) => row?.get(key)));
  if (pools.length > MOST || texts.some((three) => three.some((text) => typeof text !== 'string'))) {
    return 'its pools are of a kind that is not known';
  }
  if (texts.flat().some((text) => MASKED.test(String(text)))) return 'its pools are shown masked';
  return texts.every(([url]) => url === '') ? 'none of its pools has an address' : undefined;
}

/**
 * The configuration as it came, with another work mode. Both names of the mode are written: some builds heed one, some the
 * other. `as`: new firmware silently ignores a value of the wrong type.
 */
export function antminerBody({ settings }: AntminerConf, mode: number, as: 'number' | 'text'): string {
  // A firmware that prints null for what it does not have takes no null.
  const kept = [...settings].filter(([, value]) => value !== null);
  const level = settings.get('bitmain-freq-level') ?? undefined;
  const value = as === 'number' ? mode : String(mode);
  return JSON.stringify({
    ...Object.fromEntries(kept),
    // Read under one name and written under another.
    ...(level !== undefined && { 'freq-level': level }),
    'miner-mode': value,
    'bitmain-work-mode': value,
  });
}

/** Whether it agreed to what was written; `M000` and `B000` are yes. */
export function antminerAgreementIn(answer: HttpAnswer, from: Answerer): Outcome {
  const said = goodObjectIn(answer, from, NOT_ONE);
  if (!said.ok) return said;
  const code = wordOf(said.value, 'code');
  if (/^[MB]\d00$/.test(code ?? '') || (code === undefined && textOf(said.value, 'stats') === 'success')) return ok(undefined);
  const why = [code, wordOf(said.value, 'msg')].filter((word) => word !== undefined).join(': ');
  return failed('refused', `${from.where} refused it (${why === '' ? 'no reason given' : why}): look at its page`);
}

/** The objects in a section; empty where it is an empty list, as all lists are asleep; undefined where it can't be read. */
export function antminerRowsIn(answer: Outcome<HttpAnswer>, section: 'SUMMARY' | 'STATS', from: Answerer): readonly Row[] | undefined {
  const body = answer.ok && answer.value.status === 200 ? objectIn(answer.value, from) : undefined;
  const rows = body?.ok ? body.value.get(section) : undefined;
  if (!Array.isArray(rows)) return undefined;
  const objects = rows.slice(0, MOST).flatMap((row: unknown) => objectOf(row) ?? []);
  return objects.length === 0 && rows.length > 0 ? undefined : objects;
}

/** Who and what it is; changes with a change of firmware or machine alone. */
export type AntminerSystem = Pick<RigReading, 'identity' | 'firmware' | 'algorithm'>;

export function antminerSystemIn(answer: Outcome<HttpAnswer>, from: Answerer): AntminerSystem | undefined {
  const body = answer.ok && answer.value.status === 200 ? objectIn(answer.value, from) : undefined;
  if (!body?.ok) return undefined;
  const row = body.value;
  const type = wordOf(row, 'minertype');
  const firmware = [type, wordOf(row, 'system_filesystem_version')].filter((word) => word !== undefined).join(' ');
  return known<AntminerSystem>({
    identity: wordOf(row, 'macaddr') ?? wordOf(row, 'serinum'),
    firmware: firmware === '' ? undefined : firmware,
    algorithm: algorithmIn(wordOf(row, 'Algorithm'), type),
  });
}

/** By the letters of the model; newer firmware says it. */
const ALGORITHMS: readonly (readonly [RegExp, string])[] = [
  [/^Antminer KS\d/, 'kheavyhash'],
  [/^Antminer AL\d/, 'blake3'],
  [/^Antminer [ST]\d/, 'sha256'],
  [/^Antminer L\d/, 'scrypt'],
  [/^Antminer D\d/, 'x11'],
  [/^Antminer Z\d/, 'equihash'],
  [/^Antminer E\d/, 'ethash'],
  [/^Antminer X\d/, 'randomx'],
  [/^Antminer K\d/, 'eaglesong'],
];

function algorithmIn(said: string | undefined, type = ''): string | undefined {
  const word = said?.toLowerCase();
  return word === undefined ? ALGORITHMS.find(([model]) => model.test(type))?.[1] : word === 'sha256d' ? 'sha256' : word;
}

export interface AntminerSeen {
  readonly conf: AntminerConf;
  /** undefined: not read */
  readonly summary: readonly Row[] | undefined;
  readonly stats: readonly Row[] | undefined;
}

type Look = Pick<RigReading, 'state'> & {
  readonly [K in 'hashRate' | 'uptimeSeconds' | 'mode' | 'temperatureC' | 'boardTemperatureC' | 'fansRpm']: RigReading[K] | undefined;
};

/** What it does, by its own words: those of the configuration alone prove nothing, and a hash rate of 0 does not either. */
export function antminerLook({ conf, summary, stats }: AntminerSeen): Look {
  const [pace, all] = [summary?.[0], stats?.[0]];
  const hashRate = rateOf(pace) ?? rateOf(all);
  const uptimeSeconds = measureOf(pace, 'elapsed', LONGEST_UPTIME_SECONDS) ?? measureOf(all, 'elapsed', LONGEST_UPTIME_SECONDS);
  const runs = modeIn(all, 'miner-mode');
  const mode = conf.mode ?? runs;
  return {
    state: stateOf({ mode, runs, isEmpty: summary?.length === 0, hashRate, uptimeSeconds }),
    hashRate,
    uptimeSeconds,
    mode: mode === undefined || mode === SLEEP_MODE ? undefined : String(mode),
    temperatureC: hottest(all, 'temp_chip'),
    boardTemperatureC: hottest(all, 'temp_pcb'),
    fansRpm: fansIn(all),
  };
}

interface Signs {
  /** what it is set to */
  readonly mode: number | undefined;
  /** what its miner process says that it runs in */
  readonly runs: number | undefined;
  /** it was asked for its rates, and has none */
  readonly isEmpty: boolean;
  readonly hashRate: number | undefined;
  readonly uptimeSeconds: number | undefined;
}

/** Asleep: set to sleep, and without rates or at 0 H/s; while its process still runs in another mode it is on its way. */
function stateOf({ mode, runs, isEmpty, hashRate, uptimeSeconds }: Signs): RigReading['state'] {
  if (hashRate !== undefined && hashRate > 0) return 'hashing';
  if (mode !== SLEEP_MODE) return stateAwake({ hashRate, uptimeSeconds }, STARTING_SECONDS);
  const runsOn = runs !== undefined && runs !== SLEEP_MODE;
  return (isEmpty || hashRate === 0) && !runsOn ? 'paused' : 'unknown';
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['k', 1e3],
  ['m', 1e6],
  ['g', 1e9],
  ['t', 1e12],
]);

/** H/s over 5 s; in GH/s where it names no unit. */
function rateOf(row: Row | undefined): number | undefined {
  const rate = measureOf(row, 'rate_5s', HASH_RATE_LIMIT);
  if (rate === undefined || rate === 0) return rate;
  const [, prefix] = /^([kmgt]?)(?:h|sol)(?:\/s)?$/i.exec(textOf(row, 'rate_unit') ?? 'GH/s') ?? [];
  const unit = UNITS.get(prefix?.toLowerCase() ?? '?');
  return unit === undefined || rate > HASH_RATE_LIMIT / unit ? undefined : rate * unit;
}

/** °C of the hottest place on any board; a board that is not there shows 0 or nothing. */
function hottest(stats: Row | undefined, key: 'temp_chip' | 'temp_pcb'): number | undefined {
  const places = listIn(stats, 'chain').flatMap((board) => listIn(objectOf(board), key));
  const warm = places.flatMap((place) => measured(place, 200)).filter((celsius) => celsius > 0);
  return warm.length === 0 ? undefined : Math.max(...warm);
}

/** rpm; a fan whose figure can't be read is left out. */
function fansIn(stats: Row | undefined): readonly number[] | undefined {
  const fans = listIn(stats, 'fan').flatMap((fan) => measured(fan, 30_000));
  return fans.length === 0 ? undefined : fans;
}

function listIn(row: Row | undefined, key: string): readonly unknown[] {
  const value = row?.get(key);
  return Array.isArray(value) ? value.slice(0, MOST) : [];
}

function measured(value: unknown, most: number): readonly number[] {
  const figure = measureOf(new Map([['it', value]]), 'it', most);
  return figure === undefined ? [] : [figure];
}

/** Fans and temperatures by its other API, whose one row of `stats` holds everything: `fan1`, and `temp_chip1` as `78-50-69-70`. */
export function antminerWarmth(stats: Row | undefined): Pick<Look, 'temperatureC' | 'boardTemperatureC' | 'fansRpm'> {
  const numbered = (name: string): readonly unknown[] => [...Array(MOST).keys()].map((at) => stats?.get(`${name}${at + 1}`));
  const places = (name: string): readonly number[] =>
    numbered(name)
      .flatMap((text) => (typeof text === 'string' ? text.slice(0, 100).split('-') : []))
      .flatMap((place) => measured(place, 200));
  const warmest = (name: string): number | undefined => {
    const warm = places(name).filter((celsius) => celsius > 0);
    return warm.length === 0 ? undefined : Math.max(...warm);
  };
  const fans = numbered('fan').flatMap((fan) => measured(fan, 30_000));
  return {
    temperatureC: warmest('temp_chip'),
    boardTemperatureC: warmest('temp_pcb'),
    fansRpm: fans.length === 0 ? undefined : fans,
  };
}

/** W, of `miner power:3245`; one that answers draws something, so 0 is not known. */
export function antminerWattsIn({ status, body }: HttpAnswer): number | undefined {
  const [, figure] = /^\s*miner power:\s*(\d{1,5}(?:\.\d{1,3})?)\s*$/i.exec(body.slice(0, 100)) ?? [];
  const watts = Number(figure);
  return status === 200 && watts > 0 && watts <= WATTS_LIMIT ? watts : undefined;
}
