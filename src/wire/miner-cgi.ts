// The CGI pages that Bitmain's own firmware has, and those that were made after them: a configuration with a work mode in it, and the
// rates, fans and temperatures of the miner. A field that is missing, empty or of the wrong kind is absent; nothing here turns it
// into 0. What differs by maker is a `CgiKind`.
import { known } from '../model/known.ts';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading, RigSettings } from '../model/rig.ts';
import { type Answerer, goodObjectIn, type HttpAnswer, objectIn } from './http-answer.ts';
import { objectOf } from './json.ts';
import { POOL_SLOTS, poolsIn } from './pools.ts';
import { nestsDeeper } from './repair-4028.ts';
import { measureOf, numberOf, type Row, stateAwake, textOf, wholeOf, wordOf } from './rows-4028.ts';
import { settingsPrint, valuesOf } from './settings-print.ts';

/** A rig that stands at 0 H/s with so short an uptime is taken to be starting. */
const STARTING_SECONDS = 900;
const LONGEST_UPTIME_SECONDS = 1e9;
/** H/s; the whole of Bitcoin is some 1e21 */
const HASH_RATE_LIMIT = 1e21;
const DEPTH_LIMIT = 32;
/** Pools, boards and fans that are looked at; a rig has three or four of each. */
export const MOST = 16;

/** Its configuration, as it is to be written back. */
export interface CgiConf {
  /** what it is set to; absent where this build does not say */
  readonly mode?: number;
  /** why it must not be written back, as the end of a sentence: a write without its pools wipes them */
  readonly unfit?: string;
  readonly settings: ReadonlyMap<string, unknown>;
}

/** How the pages of one maker differ from those of another. */
export interface CgiKind {
  /** the names of the work mode in the configuration, the first that is there counts */
  readonly modeKeys: readonly [string, ...string[]];
  /** the least and the greatest of its modes */
  readonly modes: readonly [number, number];
  readonly sleeps: (mode: number) => boolean;
  /** the codes that are a yes */
  readonly yes: RegExp;
  /** ends a sentence for who has no such page */
  readonly missing: string;
  /** whose pages are made alike, by how the names in his configuration begin; what of ours is written to such a rig is lost or mistaken */
  readonly other: { readonly names: RegExp; readonly maker: string; readonly driver: string };
  /** of rates that name no unit */
  readonly rateUnit: string;
  /** °C in one of its chip temperatures */
  readonly chipCelsius: number;
  /** the names of what its owner set, where they do not go with the work mode */
  readonly fanKeys: readonly string[];
  readonly clockKeys: readonly string[];
}

/** `garbled` where there is no configuration in it, or that of another maker's rig. */
export function cgiConfIn(answer: HttpAnswer, from: Answerer, kind: CgiKind): Outcome<CgiConf> {
  const settings = goodObjectIn(answer, from, kind.missing);
  if (!settings.ok) return settings;
  // It is to be written back, and what nests without end can't be.
  if (nestsDeeper(answer.body, DEPTH_LIMIT))
    return failed('garbled', `${from.where} answered a nest of brackets: is this really ${from.who}?`);
  const { names, maker, driver } = kind.other;
  if ([...settings.value.keys()].some((key) => names.test(key)))
    return failed('garbled', `${from.where} answered the configuration of a rig of ${maker}: write driver: ${driver}`);
  const mode = firstMode(settings.value, kind);
  if (mode === undefined && !Array.isArray(settings.value.get('pools'))) {
    return failed('garbled', `${from.where} answered no configuration of a miner: is this really ${from.who}?`);
  }
  return ok({ settings: settings.value, ...known<Pick<CgiConf, 'mode' | 'unfit'>>({ mode, unfit: unfitIn(settings.value) }) });
}

function firstMode(settings: Row, kind: CgiKind): number | undefined {
  for (const key of kind.modeKeys) {
    const mode = modeIn(settings, key, kind);
    if (mode !== undefined) return mode;
  }
  return undefined;
}

/** A number on some builds, its digits as text on others; an empty text is the normal mode. */
function modeIn(row: Row | undefined, key: string, kind: CgiKind): number | undefined {
  const mode = row?.get(key) === '' ? 0 : numberOf(row, key);
  return mode === undefined || !isMode(mode, kind) ? undefined : mode;
}

function isMode(mode: number, { modes: [least, most] }: CgiKind): boolean {
  return Number.isInteger(mode) && mode >= least && mode <= most;
}

/** The mode in the words of a reading; a sleep is none to come back to. */
export function modeToKeep(mode: number | undefined, { sleeps }: CgiKind): string | undefined {
  return mode === undefined || sleeps(mode) ? undefined : String(mode);
}

/** A mode to wake in, by such a word. */
export function wakingMode(word: string | undefined, kind: CgiKind): number | undefined {
  const mode = word !== undefined && /^-?\d{1,4}$/.test(word) ? Number(word) : undefined;
  return mode === undefined || !isMode(mode, kind) || kind.sleeps(mode) ? undefined : mode;
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

/** The configuration as it came; a firmware that prints null for what it does not have takes no null. */
export function settingsKept({ settings }: CgiConf): Readonly<Record<string, unknown>> {
  return Object.fromEntries([...settings].filter(([, value]) => value !== null));
}

/** What no order of ours may change. */
function cgiSettingsIn({ settings }: CgiConf, { fanKeys, clockKeys }: CgiKind): RigSettings | undefined {
  return settingsPrint({
    pools: poolsIn(settings.get('pools'), POOL_SLOTS),
    fans: valuesOf(settings, fanKeys),
    clocks: valuesOf(settings, clockKeys),
  });
}

/** Whether it agreed to what was written. */
export function cgiAgreementIn(answer: HttpAnswer, from: Answerer, { missing, yes }: CgiKind): Outcome {
  const said = goodObjectIn(answer, from, missing);
  if (!said.ok) return said;
  const code = wordOf(said.value, 'code') ?? wholeOf(said.value, 'code')?.toString();
  if (yes.test(code ?? '') || (code === undefined && textOf(said.value, 'stats') === 'success')) return ok(undefined);
  const why = [code, wordOf(said.value, 'msg')].filter((word) => word !== undefined).join(': ');
  return failed('refused', `${from.where} refused it (${why === '' ? 'no reason given' : why}): look at its page`);
}

/** The objects in a section; empty where it is an empty list, as all lists are asleep; undefined where it can't be read. */
export function cgiRowsIn(answer: Outcome<HttpAnswer>, section: 'SUMMARY' | 'STATS', from: Answerer): readonly Row[] | undefined {
  const body = answer.ok && answer.value.status === 200 ? objectIn(answer.value, from) : undefined;
  const rows = body?.ok ? body.value.get(section) : undefined;
  if (!Array.isArray(rows)) return undefined;
  const objects = rows.slice(0, MOST).flatMap((row: unknown) => objectOf(row) ?? []);
  return objects.length === 0 && rows.length > 0 ? undefined : objects;
}

/** Who and what it is; changes with a change of firmware or machine alone. */
export type CgiSystem = Pick<RigReading, 'identity' | 'firmware' | 'algorithm'>;

export function cgiSystemIn(
  answer: Outcome<HttpAnswer>,
  from: Answerer,
  algorithmOf: (type: string) => string | undefined,
): CgiSystem | undefined {
  const body = answer.ok && answer.value.status === 200 ? objectIn(answer.value, from) : undefined;
  if (!body?.ok) return undefined;
  const row = body.value;
  const type = wordOf(row, 'minertype');
  const firmware = [type, wordOf(row, 'system_filesystem_version')].filter((word) => word !== undefined).join(' ');
  return known<CgiSystem>({
    identity: wordOf(row, 'macaddr') ?? wordOf(row, 'serinum'),
    firmware: firmware === '' ? undefined : firmware,
    algorithm: algorithmIn(wordOf(row, 'Algorithm')) ?? algorithmOf(type ?? ''),
  });
}

function algorithmIn(said: string | undefined): string | undefined {
  const word = said?.toLowerCase();
  return word === 'sha256d' ? 'sha256' : word;
}

export interface CgiSeen {
  readonly conf: CgiConf;
  /** undefined: not read */
  readonly summary: readonly Row[] | undefined;
  readonly stats: readonly Row[] | undefined;
  /** it may be taking up another configuration, and then its lists are empty whatever it does */
  readonly reloads?: boolean;
}

export type CgiLook = Pick<RigReading, 'state'> & {
  readonly [K in 'hashRate' | 'uptimeSeconds' | 'mode' | 'temperatureC' | 'boardTemperatureC' | 'fansRpm' | 'settings']:
    | RigReading[K]
    | undefined;
};

/** What it does, by its own words: those of the configuration alone prove nothing, and a hash rate of 0 does not either. */
export function cgiLook({ conf, summary, stats, reloads = false }: CgiSeen, kind: CgiKind): CgiLook {
  const [pace, all] = [summary?.[0], stats?.[0]];
  const hashRate = rateOf(pace, kind) ?? rateOf(all, kind);
  const uptimeSeconds = measureOf(pace, 'elapsed', LONGEST_UPTIME_SECONDS) ?? measureOf(all, 'elapsed', LONGEST_UPTIME_SECONDS);
  const runs = modeIn(all, 'miner-mode', kind);
  const mode = conf.mode ?? runs;
  return {
    state: stateOf({ mode, runs, isEmpty: summary?.length === 0 && !reloads, hashRate, uptimeSeconds }, kind),
    hashRate,
    uptimeSeconds,
    mode: modeToKeep(mode, kind),
    temperatureC: hottest(all, 'temp_chip', kind.chipCelsius),
    boardTemperatureC: hottest(all, 'temp_pcb', 1),
    fansRpm: fansIn(all),
    settings: cgiSettingsIn(conf, kind),
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
function stateOf({ mode, runs, isEmpty, hashRate, uptimeSeconds }: Signs, { sleeps }: CgiKind): RigReading['state'] {
  if (hashRate !== undefined && hashRate > 0) return 'hashing';
  if (mode === undefined || !sleeps(mode)) return stateAwake({ hashRate, uptimeSeconds }, STARTING_SECONDS);
  const runsOn = runs !== undefined && !sleeps(runs);
  return (isEmpty || hashRate === 0) && !runsOn ? 'paused' : 'unknown';
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['k', 1e3],
  ['m', 1e6],
  ['g', 1e9],
  ['t', 1e12],
]);

/** H/s over 5 s. */
function rateOf(row: Row | undefined, { rateUnit }: CgiKind): number | undefined {
  const rate = measureOf(row, 'rate_5s', HASH_RATE_LIMIT);
  if (rate === undefined || rate === 0) return rate;
  const [, prefix] = /^([kmgt]?)(?:h|sol)(?:\/s)?$/i.exec(textOf(row, 'rate_unit') ?? rateUnit) ?? [];
  const unit = UNITS.get(prefix?.toLowerCase() ?? '?');
  return unit === undefined || rate > HASH_RATE_LIMIT / unit ? undefined : rate * unit;
}

/** °C of the hottest place on any board; a board that is not there shows 0 or nothing. */
function hottest(stats: Row | undefined, key: 'temp_chip' | 'temp_pcb', celsius: number): number | undefined {
  const places = listIn(stats, 'chain').flatMap((board) => listIn(objectOf(board), key));
  const warm = places.flatMap((place) => measured(place, 200 / celsius)).filter((figure) => figure > 0);
  return warm.length === 0 ? undefined : Math.max(...warm) * celsius;
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

/** A figure as a list of one; an empty one where there is none. */
export function measured(value: unknown, most: number): readonly number[] {
  const figure = measureOf(new Map([['it', value]]), 'it', most);
  return figure === undefined ? [] : [figure];
}
