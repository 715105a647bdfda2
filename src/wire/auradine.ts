// Auradine Teraflux (FluxOS): its API on HTTP gives answers shaped as those on port 4028, with figures that are texts with their
// unit ("58.94W"). What they say of the rig. What is missing, empty or of another unit is absent.
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import type { Answerer, HttpAnswer } from './http-answer.ts';
import { objectOf } from './json.ts';
import { rateAtRest } from './rate-at-rest.ts';
import { measureOf, numberOf, type Pace, paceOf, type Row, stateAwake, textOf, wholeOf, wordOf } from './rows-4028.ts';
import { type Answer4028, agreed, understood } from './socket4028.ts';

export const AURADINE = {
  token: '/token',
  mode: '/mode',
  psu: '/psu',
  summary: '/summary',
  temperature: '/temperature',
  fan: '/fan',
  pools: '/pools',
  who: '/ipreport',
  led: '/led',
  restart: '/restart',
} as const;

/** The light that blinks for a person, and none. */
export const AURADINE_LED = { located: 3, normal: 2 } as const;

/** W of one power supply; no rig of this kind draws more */
const WATTS_LIMIT = 20_000;
/** W at the wall below which one that calls itself asleep is believed; 59 were seen */
const ASLEEP_WATTS = 100;
const HOTTEST = 200;
/** A rig that stands at 0 H/s with so short an uptime is taken to be starting. */
const STARTING_SECONDS = 900;
const ROWS = 32;
const CHIPS = 1_024;

/** How it says so where it does not by a status; an order that it refuses for another session is another. */
const WRONG_TOKEN =
  /expired|unauthori[sz]ed|\b(?:bad|wrong|invalid|missing|no) (?:token|session)\b|\b(?:token|session)\b.*\b(?:invalid|missing|required|not found)\b/i;

/** A whole answer in which it agreed; `unauthorized`: the token is none, or old. The commands are the paths without their slash. */
export function auradineAnswerIn({ status, body }: HttpAnswer, path: string, { where, who }: Answerer): Outcome<Answer4028> {
  const asked = { where, command: path.slice(1) };
  if (status === 404 || status === 405) return failed('unsupported', `${where} knows no ${path}: is this really ${who}?`, 'later');
  const said = understood(ok(Buffer.from(body)), asked);
  const message = said.ok ? said.value.message : '';
  const refusesToken = said.ok && said.value.letter === 'E' && WRONG_TOKEN.test(message);
  if (status === 401 || status === 403 || refusesToken) return failed('unauthorized', `${where} wants a login for ${path}`);
  if (status < 200 || status > 299) {
    return failed('refused', `${where} refused it (HTTP ${status}${message === '' ? '' : `: ${message}`}): look at its page`);
  }
  return agreed(said, asked);
}

/** The token of a login that was taken; never in a fault. */
export function auradineTokenIn(answer: Answer4028, { where, who }: Answerer): Outcome<string> {
  const token = textOf(answer.rows('Token')[0], 'Token');
  // It goes into a header.
  if (token !== undefined && /^[\x21-\x7e]{1,4000}$/.test(token)) return ok(token);
  return failed('garbled', `${where} took the password and gave no token: is this really ${who}?`);
}

/** How it is told to run. */
export interface AuradineMode {
  /** undefined: it does not say */
  readonly asleep: boolean | undefined;
  /** eco, normal, turbo, or custom: a figure of its owner's */
  readonly name: string | undefined;
  /** W that it is tuned to, in `custom` */
  readonly watts: number | undefined;
}

export function auradineModeIn(answer: Answer4028, { where, who }: Answerer): Outcome<AuradineMode> {
  const row = answer.rows('Mode')[0];
  if (row === undefined) return failed('garbled', `${where} tells no mode: is this really ${who}?`);
  const said = row.get('Sleep');
  const sleep = typeof said === 'boolean' ? said : { on: true, off: false }[textOf(row, 'Sleep')?.toLowerCase() ?? ''];
  return ok({ asleep: sleep, name: wordOf(row, 'Mode')?.toLowerCase(), watts: measureOf(row, 'Power', WATTS_LIMIT) });
}

/** What was asked beside its mode; each undefined where it was not told. */
export interface AuradineSeen {
  readonly summary?: Answer4028 | undefined;
  readonly psu?: Answer4028 | undefined;
  readonly temperature?: Answer4028 | undefined;
  readonly fan?: Answer4028 | undefined;
}

type Look = Pick<RigReading, 'state'> & {
  readonly [K in 'watts' | 'wattsFrom' | 'temperatureC' | 'boardTemperatureC' | 'fansRpm']: RigReading[K] | undefined;
} & Pace;

export function auradineLook({ asleep }: Pick<AuradineMode, 'asleep'>, { summary, psu, temperature, fan }: AuradineSeen): Look {
  const pace = paceOf(summary?.rows('SUMMARY')[0]);
  const watts = wattsOf(psu);
  const state = stateOf(asleep, pace, watts);
  return {
    state,
    ...pace,
    hashRate: rateAtRest(pace.hashRate, state === 'paused'),
    watts,
    wattsFrom: watts === undefined ? undefined : 'measured',
    temperatureC: hottestOf(temperature, 'ChipTemp'),
    boardTemperatureC: hottestOf(temperature, 'BoardTemp'),
    fansRpm: fansOf(fan),
  };
}

/**
 * The row of sleep is what it was told, not what it does: asleep counts where its power supply or, without one, its hash rate
 * shows it. Awake at 0 H/s it may be starting, or have lost its pool.
 */
function stateOf(asleep: boolean | undefined, pace: Pace, watts: number | undefined): RigReading['state'] {
  if (asleep === undefined) return 'unknown';
  if (!asleep) return stateAwake(pace, STARTING_SECONDS);
  const dark = watts === undefined ? pace.hashRate === 0 : watts < ASLEEP_WATTS;
  return dark ? 'paused' : 'unknown';
}

/** W, of all its power supplies; undefined where one does not tell, or where it is nothing: one that answers draws something. */
function wattsOf(psu: Answer4028 | undefined): number | undefined {
  const supplies =
    psu
      ?.rows('PSU')
      .slice(0, ROWS)
      .map((row) => wattsIn(row, 'PowerIn')) ?? [];
  const sum = supplies.reduce<number | undefined>((all, one) => (all === undefined || one === undefined ? undefined : all + one), 0);
  return sum === 0 ? undefined : sum;
}

const WATTS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['w', 1],
  ['kw', 1_000],
]);

/** W of a number, or of a text with its unit. */
function wattsIn(row: Row, key: string): number | undefined {
  const [, figure, unit] = /^(.*?)\s*([a-z]*)$/i.exec(textOf(row, key) ?? '') ?? [];
  const scale = WATTS.get(unit?.toLowerCase() ?? '');
  const bare = typeof row.get(key) === 'number' ? numberOf(row, key) : numberOf(new Map([['figure', figure]]), 'figure');
  const watts = bare === undefined || scale === undefined ? undefined : bare * scale;
  return watts === undefined || watts < 0 || watts > WATTS_LIMIT ? undefined : watts;
}

/** °C, of all hash boards; number 0 is the control board. 0 stands for no sensor, or for boards without power. */
function hottestOf(temperature: Answer4028 | undefined, key: 'ChipTemp' | 'BoardTemp'): number | undefined {
  const boards =
    temperature
      ?.rows('Temperature')
      .slice(0, ROWS)
      .filter((row) => wholeOf(row, 'ID') !== 0) ?? [];
  const celsius = boards.flatMap((board) => {
    const sensors = board.get(key);
    const some = Array.isArray(sensors) ? sensors.slice(0, CHIPS) : [];
    return some.flatMap((one: unknown) => measureOf(objectOf(one), 'Temperature', HOTTEST) ?? []);
  });
  return celsius.some((one) => one > 0) ? celsius.reduce((hottest, one) => Math.max(hottest, one)) : undefined;
}

function fansOf(fan: Answer4028 | undefined): readonly number[] | undefined {
  const rpm =
    fan
      ?.rows('Fan')
      .slice(0, ROWS)
      .flatMap((row) => measureOf(row, 'Speed', 30_000) ?? []) ?? [];
  return rpm.length === 0 ? undefined : rpm;
}

/** Who it is; changes with its firmware alone. */
export function auradineWhoIn(answer: Answer4028): { readonly [K in 'identity' | 'firmware']: string | undefined } {
  const row = answer.rows('IPReport')[0];
  const version = wordOf(row, 'version');
  return { identity: wordOf(row, 'mac') ?? wordOf(row, 'SerialNo'), firmware: version === undefined ? undefined : `FluxOS ${version}` };
}

/** Its light, by its code. */
export function auradineLedIn(answer: Answer4028): number | undefined {
  return wholeOf(answer.rows('LED')[0], 'Code');
}
