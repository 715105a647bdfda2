// ePIC's firmware (PowerPlay, and its UMC control boards), by its API: what the answers say of the rig, and whether it agreed.
// A field that is missing, empty or of the wrong kind is absent; nothing here turns it into 0.
import { known } from '../model/known.ts';
import { DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { type Answerer, goodObjectIn, type HttpAnswer, objectIn } from './http-answer.ts';
import { objectOf, parsed } from './json.ts';
import { poolsIn } from './pools.ts';
import { rateAtRest } from './rate-at-rest.ts';
import { flagOf, measureOf, type Row, SHARES_LIMIT, textOf, wordOf } from './rows-4028.ts';
import { settingsPrint } from './settings-print.ts';

export const EPIC = {
  summary: '/summary',
  network: '/network',
  miner: '/miner',
  identify: '/identify',
  reboot: '/reboot',
} as const;

/** H/s; the whole of Bitcoin is some 1e21 */
const HASH_RATE_LIMIT = 1e21;
/** H/s in the unit of its hash rates, whatever the algorithm */
const MEGA = 1e6;
/** W; no rig of this kind draws more */
const WATTS_LIMIT = 20_000;
/** W at the wall below which one that calls itself idle is believed */
const IDLE_WATTS = 100;
const HOTTEST = 200;
const UPTIME_LIMIT_SECONDS = 1e9;
const BOARDS = 32;
const FANS = 16;

const NOT_ONE = 'has no such page: is this a rig of ePIC, and recent enough for it?';

type Figures = Pick<
  RigReading,
  | 'hashRate'
  | 'algorithm'
  | 'watts'
  | 'wattsFrom'
  | 'boardTemperatureC'
  | 'fansRpm'
  | 'uptimeSeconds'
  | 'acceptedShares'
  | 'firmware'
  | 'settings'
>;

export interface EpicSummary extends Figures {
  readonly state: RigReading['state'];
  /** its own word: Mining, Idling … */
  readonly word: string;
  /** whether it blinks */
  readonly blinks?: boolean;
}

export function epicSummaryIn(answer: HttpAnswer, from: Answerer): Outcome<EpicSummary> {
  const body = goodObjectIn(answer, from, NOT_ONE);
  if (!body.ok) return body;
  const row = body.value;
  // It answers so, with a good status, while it has no figures.
  if (row.get('result') === false)
    return failed('refused', `${from.where} tells nothing of itself (${reasonIn(row)}): wait, or restart it`);
  const word = wordOf(objectOf(row.get('Status')), 'Operating State');
  if (word === undefined) return failed('garbled', `${from.where} tells no state of its miner: is this really ${from.who}?`);
  const hashRate = rateOf(row);
  const power = powerOf(row);
  const state = stateOf(word, hashRate, power.watts);
  return ok({
    word,
    state,
    ...known<Figures & Pick<EpicSummary, 'blinks'>>({
      hashRate: rateAtRest(hashRate, state === 'paused'),
      algorithm: wordOf(objectOf(row.get('Mining')), 'Algorithm')
        ?.toLowerCase()
        .replaceAll('-', ''),
      ...(power.wattsFrom === 'estimated' && state === 'paused' ? { watts: undefined, wattsFrom: undefined } : power),
      boardTemperatureC: hottestOf(row),
      fansRpm: fansOf(row),
      uptimeSeconds: measureOf(objectOf(row.get('Session')), 'Uptime', UPTIME_LIMIT_SECONDS),
      acceptedShares: measureOf(objectOf(row.get('Session')), 'Accepted', SHARES_LIMIT),
      firmware: wordOf(row, 'Software'),
      // Its clocks are what a limit in watts is told by.
      settings: settingsPrint({
        pools: poolsIn(row.get('StratumConfigs'), { url: 'pool', user: 'login', pass: 'password', slots: true }),
        fans: objectOf(row.get('Fans'))?.get('Fan Mode'),
      }),
      blinks: flagOf(objectOf(row.get('Misc')), 'Locate Miner State'),
    }),
  });
}

/**
 * In its own words. `Stopping`, `Testing` and `UpdatingFirmware` say nothing of what it draws; one that mines nothing may have lost
 * its pool, and one that idles and still draws has boards that are lit.
 */
function stateOf(word: string, hashRate: number | undefined, watts: number | undefined): RigReading['state'] {
  switch (word) {
    case 'Idling':
      return (watts === undefined ? (hashRate ?? 0) === 0 : watts < IDLE_WATTS) ? 'paused' : 'unknown';
    case 'Mining':
      return hashRate === 0 ? 'unknown' : 'hashing';
    case 'AdjustingClockVoltage':
      return hashRate !== undefined && hashRate > 0 ? 'hashing' : 'starting';
    case 'Initializing':
    case 'Loading':
    case 'PreInitCooldown':
    case 'Rebooting':
    case 'SoftRebooting':
      return 'starting';
    default:
      return 'unknown';
  }
}

function boardsOf(row: Row): readonly Row[] {
  const boards = row.get('HBs');
  return Array.isArray(boards) ? boards.slice(0, BOARDS).flatMap((board: unknown) => objectOf(board) ?? []) : [];
}

/** H/s of all boards: the first of the figures of each. Not `Average MHs`, which goes on. */
function rateOf(row: Row): number | undefined {
  const rates = boardsOf(row).flatMap((board) => {
    const figures = board.get('Hashrate');
    const now: Row = new Map([['now', Array.isArray(figures) ? figures[0] : undefined]]);
    return measureOf(now, 'now', HASH_RATE_LIMIT / MEGA / BOARDS) ?? [];
  });
  return rates.length === 0 ? undefined : rates.reduce((sum, rate) => sum + rate, 0) * MEGA;
}

/** Measured where its power supply tells volts and amperes too; without them the watts are a model. One that answers draws something. */
function powerOf(row: Row): { readonly watts: number | undefined; readonly wattsFrom: RigReading['wattsFrom'] } {
  const supply = objectOf(row.get('Power Supply Stats'));
  const watts = measureOf(supply, 'Input Power', WATTS_LIMIT);
  if (watts === undefined || watts === 0) return { watts: undefined, wattsFrom: undefined };
  const meters = (measureOf(supply, 'Input Voltage', 1_000) ?? 0) > 0 && (measureOf(supply, 'Input Current', 1_000) ?? 0) > 0;
  return { watts, wattsFrom: meters ? 'measured' : 'estimated' };
}

/** °C; 0 stands for no sensor, or for boards without power. */
function hottestOf(row: Row): number | undefined {
  const celsius = boardsOf(row).flatMap((board) => measureOf(board, 'Temperature', HOTTEST) ?? []);
  return celsius.some((one) => one > 0) ? Math.max(...celsius) : undefined;
}

/** By the numbers in their names; those that are not there are null. */
function fansOf(row: Row): readonly number[] | undefined {
  const fans = objectOf(row.get('Fans Rpm'));
  const numbers = Array.from({ length: FANS }, (_none, index) => index + 1);
  const rpm = numbers.flatMap((number) => measureOf(fans, `Fans Speed ${number}`, 30_000) ?? []);
  return rpm.length === 0 ? undefined : rpm;
}

/** Its MAC, under the name of the way it got its address (`dhcp`, `static`). */
export function epicIdentityIn(answer: HttpAnswer, from: Answerer): string | undefined {
  const body = answer.status === 200 ? objectIn(answer, from) : undefined;
  if (!body?.ok) return undefined;
  for (const way of [...body.value.values()].slice(0, 8)) {
    const mac = wordOf(objectOf(way), 'mac_address');
    if (mac !== undefined) return mac;
  }
  return undefined;
}

/** In its words of now, and of older builds; a refusal that only names a password is another. */
const WRONG_PASSWORD = /^BadPassword\b|\b(?:bad|wrong|invalid|incorrect) password|authenti/i;

/** Whether it did as it was told; `unauthorized`: the password was not right. */
export function epicAgreementIn(answer: HttpAnswer, from: Answerer): Outcome {
  const { status } = answer;
  const said = objectIn(answer, from);
  const reason = said.ok ? reasonIn(said.value) : `HTTP ${status}`;
  if (status === 401 || status === 403 || WRONG_PASSWORD.test(reason))
    return failed('unauthorized', `${from.where} does not take the password: correct the file of passwordFile`);
  if (status === 404 || status === 405 || /^Invalid(?:Url|Method)\b/.test(reason))
    return failed('unsupported', `${from.where} ${NOT_ONE}`, 'later');
  if (!said.ok) return said;
  if (status === 200 && said.value.get('result') === true) return DONE;
  if (said.value.get('result') === undefined)
    return failed('garbled', `${from.where} answers neither yes nor no: is this really ${from.who}?`);
  return failed('refused', `${from.where} refused it (${reason}): look at its page`);
}

/** What it says is wrong: a text, a text of JSON, or an object of one name and its detail. */
function reasonIn(row: Row): string {
  const text = textOf(row, 'error');
  const object = objectOf(text?.startsWith('{') ? parsed(text) : row.get('error'));
  const [entry] = object?.entries() ?? [];
  if (entry === undefined) return text?.slice(0, 120) ?? 'it does not say why';
  const [name, detail] = entry;
  return (typeof detail === 'string' && detail !== '' ? `${name}: ${detail}` : name).slice(0, 120);
}
