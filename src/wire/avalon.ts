// What an Avalon says of itself: one long text of `NAME[value]` fields in its answer to `litestats` or `stats`. Pure.
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { measureOf, type Row, stateAwake, wholeOf } from './rows-4028.ts';
import type { Answer4028 } from './socket4028.ts';

/** One look at an Avalon; each figure absent where it does not say. */
export interface AvalonSeen {
  /** s on its own clock: unix time, or the time since its boot where nobody set the clock */
  readonly clockSeconds: number | undefined;
  /** what it calls itself: `In Work`, `In Idle`, `In Init` */
  readonly work: 'work' | 'idle' | 'init' | undefined;
  /** whether somebody has put it to sleep */
  readonly switchedOff: boolean | undefined;
  /** when it was last told to sleep, and to wake: s on its own clock */
  readonly sleepsAtSeconds: number | undefined;
  readonly wakesAtSeconds: number | undefined;
  /** H/s now */
  readonly hashRate: number | undefined;
  /** W that go into the hash boards */
  readonly boardWatts: number | undefined;
  /** W at the wall, as its power supply measures them */
  readonly wallWatts: number | undefined;
  readonly temperatureC: number | undefined;
  readonly boardTemperatureC: number | undefined;
  readonly fansRpm: readonly number[] | undefined;
  readonly uptimeSeconds: number | undefined;
  /** 0 eco, 1 standard, 2 super on a Q; 0 normal, 1 high on the large ones */
  readonly workMode: string | undefined;
  readonly identity: string | undefined;
  /** begins with the model: `Q-25052801_14a19a2`, `1246-83-21072802_4ec6bb0_211fc46` */
  readonly firmware: string | undefined;
  /** 12 of an A1246, 15 of an A15 or an A1566; `home`: Q, Nano, Mini */
  readonly series: number | 'home' | undefined;
}

/** W; no rig of this kind draws more */
const WATTS_LIMIT = 20_000;
/** Below this much into its boards, in W, they are dark: what was seen asleep is 0. */
const BOARDS_DARK_WATTS = 10;
/** °C; sensors that are not there say 0 or the like */
const HOTTEST_C = 200;
const FASTEST_RPM = 100_000;
const FANS = 8;
const CLOCK_LIMIT_SECONDS = 2 ** 32;
const UPTIME_LIMIT_SECONDS = 1e9;
const GHS = 1e9;
/** GH/s; the whole of Bitcoin is some 1e12 */
const GHS_LIMIT = 1e12;
/** In work at 0 GH/s for so long is no longer starting. */
const STARTING_SECONDS = 900;

/** The look in an answer to `litestats`, `stats` or `estats`; a fault where it holds none. */
export function avalonIn(answer: Answer4028): Outcome<AvalonSeen> {
  const modules = answer.rows('STATS').flatMap(modulesIn);
  const [text] = modules;
  if (text === undefined) return failed('garbled', 'the answer holds no fields of an Avalon: is this really one?');
  if (modules.length > 1) {
    return failed('unsupported', `it shows ${modules.length} machines behind one controller, and orders reach one: give it a switch`);
  }
  return ok(seenIn(avalonFields(text), clockIn(answer)));
}

function modulesIn(row: Row): readonly string[] {
  return [...row].flatMap(([key, value]) => (/^MM ID\d{1,2}(?::Summary)?$/.test(key) && typeof value === 'string' ? value : []));
}

/** Fields that are looked at; the longest real answers have some 120. */
const FIELDS_LIMIT = 512;

/**
 * The fields of `Ver[Q-25] SYSTEMSTATU[Work: In Idle, Hash Board: 1] Nonce Mask[25]`. Values and names may hold blanks. A
 * field that stands twice is none, for nobody can tell which of them is meant.
 */
export function avalonFields(text: string): Row {
  const fields = new Map<string, string>();
  const twice = new Set<string>();
  let from = 0;
  for (let count = 0; count < FIELDS_LIMIT; count++) {
    const open = text.indexOf('[', from);
    const close = open < 0 ? -1 : text.indexOf(']', open);
    if (close < 0) break;
    // The first name stands behind an opening brace: 'STATS':{Ver[…
    const name = text
      .slice(text.lastIndexOf('{', open) >= from ? text.lastIndexOf('{', open) + 1 : from, open)
      .trim()
      .slice(0, 64);
    if (fields.has(name)) twice.add(name);
    else fields.set(name, text.slice(open + 1, close).trim());
    from = close + 1;
  }
  for (const name of twice) fields.delete(name);
  return fields;
}

function seenIn(fields: Row, clockSeconds: number | undefined): AvalonSeen {
  const firmware = plain(fields, 'Ver');
  const softOff = wholeOf(fields, 'SoftOFF');
  const speed = measureOf(fields, 'GHSspd', GHS_LIMIT);
  return {
    clockSeconds,
    work: workIn(fields),
    switchedOff: softOff === undefined ? undefined : softOff !== 0,
    sleepsAtSeconds: momentIn(fields, 'SoftOffTime'),
    wakesAtSeconds: momentIn(fields, 'SoftOnTime'),
    hashRate: speed === undefined ? undefined : speed * GHS,
    ...wattsIn(fields),
    temperatureC: hottest(fields, ['TMax']),
    boardTemperatureC: hottest(fields, ['HBITemp', 'HBOTemp']),
    fansRpm: fansIn(fields),
    uptimeSeconds: measureOf(fields, 'Elapsed', UPTIME_LIMIT_SECONDS),
    workMode: wholeOf(fields, 'WORKMODE')?.toString(),
    identity: identityIn(fields),
    firmware,
    series: seriesOf(firmware),
  };
}

function plain(fields: Row, name: string): string | undefined {
  const text = fields.get(name);
  return typeof text === 'string' && /^[\x21-\x7e]{1,64}$/.test(text) ? text : undefined;
}

/** The time on the clock of the rig as it answered: s since 1970, or since its boot where nobody set it. */
export function clockIn(answer: Answer4028): number | undefined {
  return momentIn(answer.rows('STATUS')[0], 'When');
}

function momentIn(row: Row | undefined, key: string): number | undefined {
  const seconds = measureOf(row, key, CLOCK_LIMIT_SECONDS);
  return Number.isInteger(seconds) && seconds !== 0 ? seconds : undefined;
}

const WORKS: ReadonlyMap<string, AvalonSeen['work']> = new Map([
  ['In Work', 'work'],
  ['In Idle', 'idle'],
  ['In Init', 'init'],
]);

/** Of `Work: In Idle, Hash Board: 1`. */
function workIn(fields: Row): AvalonSeen['work'] {
  const [, word] = /^Work: *([^,]{1,32})(?:,|$)/.exec(String(fields.get('SYSTEMSTATU') ?? '')) ?? [];
  return WORKS.get(word?.trim() ?? '');
}

/**
 * `PS[…]` is error code, control board V x 100, hash boards V x 100, their A, their W, set V x 100, wall W: so the sixth item,
 * which some take for watts, is volts (2245 of a Q that sleeps). An A15 has the last once more as WALLPOWER.
 */
function wattsIn(fields: Row): Pick<AvalonSeen, 'boardWatts' | 'wallWatts'> {
  const items: Row = new Map(Object.entries(String(fields.get('PS') ?? '').split(/ +/, 16)));
  const boardWatts = measureOf(items, '4', WATTS_LIMIT);
  const wall = measureOf(fields, 'WALLPOWER', WATTS_LIMIT) ?? measureOf(items, '6', WATTS_LIMIT);
  // What answers draws something, and no less than its boards: anything else is another layout, or no meter.
  const wallWatts = wall === undefined || wall === 0 || wall < (boardWatts ?? 0) ? undefined : wall;
  return { boardWatts, wallWatts };
}

/** Asleep they say 0, which is no temperature. */
function hottest(fields: Row, names: readonly string[]): number | undefined {
  const figures = names.flatMap((name) => measureOf(fields, name, HOTTEST_C) ?? []).filter((figure) => figure > 0);
  return figures.length === 0 ? undefined : Math.max(...figures);
}

/** Up to the first that is not there, so that each keeps its place. */
function fansIn(fields: Row): readonly number[] | undefined {
  const fans: number[] = [];
  for (let fan = 1; fan <= FANS; fan++) {
    const rpm = measureOf(fields, `Fan${fan}`, FASTEST_RPM);
    if (rpm === undefined) break;
    fans.push(rpm);
  }
  return fans.length === 0 ? undefined : fans;
}

/** `DNA`, the number burnt into its controller; zeros are none. */
function identityIn(fields: Row): string | undefined {
  const dna = plain(fields, 'DNA');
  return dna !== undefined && /^[0-9a-f]{8,64}$/i.test(dna) && /[^0]/.test(dna) ? dna.toLowerCase() : undefined;
}

function seriesOf(firmware: string | undefined): AvalonSeen['series'] {
  if (firmware === undefined) return undefined;
  const [, series] = /^(1\d)(?:\d\d)?-/.exec(firmware) ?? [];
  if (series !== undefined) return Number(series);
  return /^[a-z]/i.test(firmware) ? 'home' : undefined;
}

/** In its word for what it does, or where it has none, by what it was told. */
export function isAsleep({ work, switchedOff }: Pick<AvalonSeen, 'work' | 'switchedOff'>): boolean {
  return work === 'idle' || (work === undefined && switchedOff === true);
}

/** Asleep, or on its way there: told to, and not yet at it. */
export function isOrGoesToSleep(seen: AvalonSeen): boolean {
  return isAsleep(seen) || isToCome(seen.sleepsAtSeconds, seen);
}

/** Whether a waking would be lost if it were not given: also of one that hashes nothing and has no word for why. */
export function mayWantWaking(seen: AvalonSeen): boolean {
  const mute = seen.work === undefined && seen.switchedOff === undefined && !(seen.hashRate !== undefined && seen.hashRate > 0);
  return isOrGoesToSleep(seen) || mute;
}

/** Whether a moment on its clock is still to come; one that is far off is somebody's mistake, and none. */
export function isToCome(seconds: number | undefined, { clockSeconds }: Pick<AvalonSeen, 'clockSeconds'>): boolean {
  return seconds !== undefined && clockSeconds !== undefined && seconds > clockSeconds && seconds <= clockSeconds + 60;
}

/**
 * Paused: it calls itself idle, somebody has put it to sleep, nothing is hashed, and its boards are dark. On its way there it
 * calls itself idle and draws on. Its averages (`GHSavg`, `GHSmm`, `MHS av`) stay high while it sleeps, and prove nothing.
 */
export function stateOf(seen: AvalonSeen): RigReading['state'] {
  const { work, switchedOff, hashRate, boardWatts } = seen;
  if (work === 'idle') {
    const still = hashRate === 0 && (boardWatts === undefined || boardWatts < BOARDS_DARK_WATTS);
    return still && switchedOff !== false ? 'paused' : 'unknown';
  }
  if (work === 'init') return 'starting';
  return work === 'work' ? stateAwake({ hashRate, uptimeSeconds: awakeSeconds(seen) }, STARTING_SECONDS) : 'unknown';
}

/** Since its boot, or since it was woken. */
function awakeSeconds({ uptimeSeconds, wakesAtSeconds, clockSeconds }: AvalonSeen): number | undefined {
  if (clockSeconds === undefined || wakesAtSeconds === undefined || wakesAtSeconds > clockSeconds) return uptimeSeconds;
  return Math.min(clockSeconds - wakesAtSeconds, uptimeSeconds ?? Number.POSITIVE_INFINITY);
}
