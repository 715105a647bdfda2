// Antminers under MARA's firmware (MaraFW, kaonsu), by its pages: what the answers say of the rig, and what is written to change its
// work mode. A field that is missing, empty or of the wrong kind is absent; nothing here turns it into 0.
import { known } from '../model/known.ts';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { type Answerer, goodObjectIn, type HttpAnswer, objectIn } from './http-answer.ts';
import { objectOf, parsed } from './json.ts';
import { nestsDeeper } from './repair-4028.ts';
import { measureOf, type Row, textOf, wordOf } from './rows-4028.ts';

export const MARA = {
  brief: '/kaonsu/v1/brief',
  conf: '/kaonsu/v1/miner_config',
  hashboards: '/kaonsu/v1/hashboards',
  fans: '/kaonsu/v1/fans',
  overview: '/kaonsu/v1/overview',
  history: '/kaonsu/v1/log?type=miner_config_history',
  locate: '/kaonsu/v1/locate_miner',
  maintenance: '/kaonsu/v1/maintenance',
} as const;

export const MARA_SLEEP = 'Sleep';

/** H/s; the whole of Bitcoin is some 1e21 */
const HASH_RATE_LIMIT = 1e21;
/** W; no rig of this kind draws more */
const WATTS_LIMIT = 20_000;
/** W by its model below which one that calls itself asleep is believed; it says 25 then */
const ASLEEP_WATTS = 100;
const HOTTEST = 200;
const UPTIME_LIMIT_SECONDS = 1e9;
const DEPTH_LIMIT = 32;
/** Pools, boards and fans that are looked at. */
const MOST = 16;
const SENSORS = 64;

const NOT_ONE = 'has no such page: is this firmware of MARA?';

/** Its configuration, as it is to be written back. */
export interface MaraConf {
  /** its work mode: Auto, Fixed, Stock, Sleep */
  readonly mode: string;
  /** of Auto: what it is tuned by (PowerTarget, Hashrate), and to how many W; absent where it does not say */
  readonly tunedBy?: string;
  readonly powerTarget?: number;
  /** why it must not be written back, as the end of a sentence */
  readonly unfit?: string;
  readonly settings: ReadonlyMap<string, unknown>;
}

/** `garbled` where there is no configuration in it. */
export function maraConfIn(answer: HttpAnswer, from: Answerer): Outcome<MaraConf> {
  const settings = goodObjectIn(answer, from, NOT_ONE);
  if (!settings.ok) return settings;
  // It is to be written back, and what nests without end can't be.
  if (nestsDeeper(answer.body, DEPTH_LIMIT))
    return failed('garbled', `${from.where} answered a nest of brackets: is this really ${from.who}?`);
  const row = objectOf(settings.value.get('mode'));
  const mode = wordOf(row, 'work-mode-selector');
  if (mode === undefined) return failed('garbled', `${from.where} answered no configuration of a miner: is this really ${from.who}?`);
  const auto = objectOf(row?.get('concorde'));
  const rest = {
    tunedBy: wordOf(auto, 'mode-select'),
    powerTarget: measureOf(auto, 'power-target', WATTS_LIMIT),
    unfit: unfitIn(settings.value),
  };
  return ok({ mode, settings: settings.value, ...known<Omit<MaraConf, 'mode' | 'settings'>>(rest) });
}

/** A secret that is shown as asterisks would be saved as asterisks. */
const MASKED = /^[*\u2022]{3,}$/;

function unfitIn(settings: Row): string | undefined {
  const pools = settings.get('pools');
  if (!Array.isArray(pools) || pools.length === 0) return 'it came without pools';
  const rows = pools.map(objectOf);
  if (rows.some((row) => typeof row?.get('url') !== 'string')) return 'its pools are of a kind that is not known';
  const texts = rows.flatMap((row) => ['url', 'user', 'pass'].map((key) => row?.get(key)));
  if (texts.some((text) => typeof text === 'string' && MASKED.test(text))) return 'its pools are shown masked';
  return rows.every((row) => row?.get('url') === '') ? 'none of its pools has an address' : undefined;
}

/** What is changed of its work mode; the rest of the configuration goes back as it came. */
export interface MaraChange {
  readonly mode: string;
  /** of Auto */
  readonly tunedBy?: string;
  /** W, of Auto */
  readonly powerTarget?: number;
}

export function maraBody({ settings }: MaraConf, { mode, tunedBy, powerTarget }: MaraChange): string {
  const row = Object.fromEntries(objectOf(settings.get('mode')) ?? []);
  const auto = objectOf(row['concorde']);
  const tuned = {
    ...(tunedBy !== undefined && { 'mode-select': tunedBy }),
    ...(powerTarget !== undefined && { 'power-target': powerTarget }),
  };
  const concorde = auto === undefined ? {} : { concorde: { ...Object.fromEntries(auto), ...tuned } };
  return JSON.stringify({ ...Object.fromEntries(settings), mode: { ...row, ...concorde, 'work-mode-selector': mode } });
}

/** Whether it agreed to what it was told: `{"error":false,"msg":"success"}`. */
export function maraAgreementIn(answer: HttpAnswer, from: Answerer): Outcome {
  const said = goodObjectIn(answer, from, NOT_ONE);
  if (!said.ok) return said;
  const error = said.value.get('error');
  if (error === false) return ok(undefined);
  const why = textOf(said.value, 'msg')?.slice(0, 120) ?? 'no reason given';
  if (error === undefined) return failed('garbled', `${from.where} answers neither yes nor no: is this really ${from.who}?`);
  return failed('refused', `${from.where} refused it (${why}): look at its page`);
}

/** Whether it blinks, as the answer to a question or an order tells. */
export function maraBlinksIn(answer: HttpAnswer, from: Answerer): Outcome<boolean> {
  const said = goodObjectIn(answer, from, NOT_ONE);
  if (!said.ok) return said;
  const blinks = said.value.get('blinking');
  return typeof blinks === 'boolean' ? ok(blinks) : failed('garbled', `${from.where} does not tell whether it blinks: use its page`);
}

/** The object in an answer, which some builds wrap in `data`; undefined where it can't be read. */
export function maraRowIn(answer: Outcome<HttpAnswer>, from: Answerer): Row | undefined {
  const body = answer.ok && answer.value.status === 200 ? objectIn(answer.value, from) : undefined;
  return body?.ok ? (objectOf(body.value.get('data')) ?? body.value) : undefined;
}

/** Its brief, without which nothing is known of it. */
export function maraBriefIn(answer: HttpAnswer, from: Answerer): Outcome<Row> {
  const body = goodObjectIn(answer, from, NOT_ONE);
  if (!body.ok) return body;
  const row = objectOf(body.value.get('data')) ?? body.value;
  if (wordOf(row, 'status') !== undefined) return ok(row);
  return failed('garbled', `${from.where} tells no state of its miner: is this really ${from.who}?`);
}

type Look = Pick<RigReading, 'state'> & {
  readonly [K in 'hashRate' | 'watts' | 'wattsFrom' | 'temperatureC' | 'boardTemperatureC' | 'fansRpm' | 'uptimeSeconds']:
    | RigReading[K]
    | undefined;
};

export interface MaraSeen {
  readonly brief: Row;
  readonly hashboards?: Row | undefined;
  readonly fans?: Row | undefined;
}

/** What it does, by its own word. Its watts are a model's, which says nothing of a rig that stands still. */
export function maraLook({ brief, hashboards, fans }: MaraSeen): Look {
  const hashRate = rateOf(brief);
  const watts = measureOf(brief, 'power_consumption_estimated', WATTS_LIMIT);
  const state = stateOf(wordOf(brief, 'status')?.toLowerCase(), hashRate, watts);
  const told = watts === undefined || watts === 0 || state === 'paused' ? undefined : watts;
  return {
    state,
    hashRate,
    watts: told,
    wattsFrom: told === undefined ? undefined : 'estimated',
    temperatureC: hottestOf(hashboards, 'temperature_chip'),
    boardTemperatureC: hottestOf(hashboards, 'temperature_pcb'),
    fansRpm: fansOf(fans),
    uptimeSeconds: measureOf(brief, 'elapsed', UPTIME_LIMIT_SECONDS),
  };
}

/** `Sleep` counts where the model of its watts does not deny it; one that mines nothing may have lost its pool. */
function stateOf(word: string | undefined, hashRate: number | undefined, watts: number | undefined): RigReading['state'] {
  if (word === 'mining') return hashRate === 0 ? 'unknown' : 'hashing';
  return word === 'sleep' && (watts === undefined || watts < ASLEEP_WATTS) ? 'paused' : 'unknown';
}

/** H/s in one of its units. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['MH/s', 1e6],
  ['GH/s', 1e9],
  ['TH/s', 1e12],
  ['PH/s', 1e15],
]);

/** H/s; in TH/s where a build names no unit. Not `hashrate_realtime_10m`, which is of minutes. */
function rateOf(brief: Row): number | undefined {
  const unit = UNITS.get(textOf(brief, 'hashrate_realtime_unit') ?? textOf(brief, 'hashrate_unit') ?? 'TH/s');
  const rate = measureOf(brief, 'hashrate_realtime', HASH_RATE_LIMIT / (unit ?? 1));
  return rate === undefined || (unit === undefined && rate > 0) ? undefined : rate * (unit ?? 1);
}

/** °C, of all boards; a list, or an object by the place. 0 stands for no sensor, or for boards without power. */
function hottestOf(hashboards: Row | undefined, key: 'temperature_chip' | 'temperature_pcb'): number | undefined {
  const boards = hashboards?.get('hashboards');
  const celsius = (Array.isArray(boards) ? boards.slice(0, MOST) : []).flatMap((board: unknown) => {
    const told = objectOf(board)?.get(key);
    const list: readonly unknown[] = Array.isArray(told) ? told : [...(objectOf(told)?.values() ?? [])];
    return list.slice(0, SENSORS).flatMap((one) => measureOf(new Map([['one', one]]), 'one', HOTTEST) ?? []);
  });
  return celsius.some((one) => one > 0) ? Math.max(...celsius) : undefined;
}

function fansOf(row: Row | undefined): readonly number[] | undefined {
  const fans = row?.get('fans');
  if (!Array.isArray(fans)) return undefined;
  const rpm = fans.slice(0, MOST).flatMap((fan: unknown) => measureOf(objectOf(fan), 'current_speed', 30_000) ?? []);
  return rpm.length === 0 ? undefined : rpm;
}

/** Who and what it is; changes with a change of firmware or machine alone. */
export type MaraWho = Pick<RigReading, 'identity' | 'firmware' | 'algorithm'>;

/** By the letters of the model. */
const ALGORITHMS: readonly (readonly [RegExp, string])[] = [
  [/\bKS\d/i, 'kheavyhash'],
  [/\bL\d/i, 'scrypt'],
  [/\b[ST]\d/i, 'sha256'],
];

export function maraWhoIn(row: Row): MaraWho {
  const model = wordOf(row, 'model') ?? wordOf(row, 'model_extended') ?? '';
  const version = wordOf(row, 'version_firmware');
  return known<MaraWho>({
    identity: wordOf(row, 'mac')?.toLowerCase(),
    firmware: version === undefined ? undefined : `MARA ${version}`,
    algorithm: ALGORITHMS.find(([letters]) => letters.test(model))?.[1],
  });
}

/** Entries of its history that are looked at, the newest first. */
const HISTORY = 1_000;

/** The work mode that it was last put to sleep from, by the history of its configuration; undefined where that tells none. */
export function maraModeBeforeIn(answer: HttpAnswer): string | undefined {
  const entries = answer.status === 200 && !nestsDeeper(answer.body, DEPTH_LIMIT) ? parsed(answer.body) : undefined;
  if (!Array.isArray(entries)) return undefined;
  for (const entry of entries.slice(-HISTORY).reverse()) {
    for (const changes of objectOf(entry)?.values() ?? []) {
      if (!Array.isArray(changes)) continue;
      const mode = changes.slice(0, HISTORY).map(objectOf).flatMap(modeLeftFor).at(-1);
      if (mode !== undefined) return mode;
    }
  }
  return undefined;
}

function modeLeftFor(change: Row | undefined): readonly string[] {
  const path = change?.get('path');
  const [section, key, ...more]: readonly unknown[] = Array.isArray(path) ? path : [];
  if (!isWord(section, 'mode') || !isWord(key, 'workmodeselector') || more.length > 0) return [];
  const from = maraAwake(wordOf(change, 'from'));
  return wordOf(change, 'to') === MARA_SLEEP && from !== undefined ? [from] : [];
}

function isWord(value: unknown, word: string): boolean {
  return typeof value === 'string' && value.toLowerCase() === word;
}

/** A work mode to wake in, by its name; sleep is none. */
export function maraAwake(mode: string | undefined): string | undefined {
  return mode !== undefined && /^[A-Za-z]{1,32}$/.test(mode) && mode !== MARA_SLEEP ? mode : undefined;
}
