// What the pages of ESP-Miner (AxeOS) and of the firmware that grew out of it (NerdQAxe) tell alike: one object with everything in it.
// What is missing or of the wrong kind is absent.
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading, RigSettings } from '../model/rig.ts';
import type { Answerer } from './http-answer.ts';
import { measureOf, type Row, SHARES_LIMIT, textOf, wordOf } from './rows-4028.ts';
import { settingsPrint, valuesOf } from './settings-print.ts';

export interface EspInfo {
  /** `v2.14.0` */
  readonly version: string;
  /** W, into the board or the regulator of its chips; 0 is no figure of what answers: a regulator that is off draws nothing, the board does */
  readonly watts: number | undefined;
  /** H/s; none while its chips have no power, whatever it shows: a rate that was, or one that is still to come */
  readonly hashRate: number | undefined;
  /** the hottest chip */
  readonly chipC: number | undefined;
  readonly fansRpm: readonly number[] | undefined;
  readonly uptimeSeconds: number | undefined;
  /** MAC */
  readonly identity: string | undefined;
  readonly acceptedShares: number | undefined;
  /** what no order of ours may change; its frequency is what a limit in watts is told by */
  readonly settings: RigSettings | undefined;
}

/** Below this no board of the kind hashes, W; paused they draw 2.7 to 5. */
const IDLE_WATTS = 6;
/** W; no board of this kind draws more */
const WATTS_LIMIT = 2_000;
/** GH/s; the largest of them do some 10,000 */
const GIGAHASH_LIMIT = 1_000_000;
const UPTIME_LIMIT_SECONDS = 1e9;

const POOL_KEYS = ['stratumURL', 'stratumPort', 'stratumUser', 'fallbackStratumURL', 'fallbackStratumPort', 'fallbackStratumUser'];

/** Sensors have other names from one firmware to the next. */
export type Sensors = Pick<EspInfo, 'chipC' | 'fansRpm'>;

export function espInfoIn(row: Row, from: Answerer, sensorsIn: (row: Row) => Sensors): Outcome<EspInfo> {
  const version = wordOf(row, 'version');
  if (version === undefined || textOf(row, 'ASICModel') === undefined) {
    return failed('garbled', `${from.where} tells neither version nor ASICModel: is this really ${from.who}?`);
  }
  const told = measureOf(row, 'power', WATTS_LIMIT);
  const watts = told === 0 ? undefined : told;
  const gigahash = measureOf(row, 'hashRate', GIGAHASH_LIMIT);
  return ok({
    version,
    watts,
    hashRate: gigahash === undefined || (gigahash > 0 && isDark(watts)) ? undefined : gigahash * 1e9,
    uptimeSeconds: measureOf(row, 'uptimeSeconds', UPTIME_LIMIT_SECONDS),
    identity: wordOf(row, 'macAddr')?.toLowerCase(),
    acceptedShares: measureOf(row, 'sharesAccepted', SHARES_LIMIT),
    settings: settingsPrint({
      pools: valuesOf(row, POOL_KEYS),
      // Its fans are told how fast they turn; they are set where that is not left to the board.
      fans: valuesOf(row, row.get('autofanspeed') === 0 ? ['autofanspeed', 'fanspeed'] : ['autofanspeed']),
      clocks: valuesOf(row, ['coreVoltage']),
    }),
    ...sensorsIn(row),
  });
}

/** By its meter. */
export function isDark(watts: number | undefined): boolean {
  return watts !== undefined && watts < IDLE_WATTS;
}

type Figures = { readonly [K in keyof Omit<RigReading, 'rig' | 'takenAtMs' | 'state'>]?: RigReading[K] | undefined };

/** As a reading has them; `firmware` is its name before the version. */
export function espFigures(
  { version, watts, hashRate, chipC, fansRpm, uptimeSeconds, identity, acceptedShares, settings }: EspInfo,
  firmware: string,
): Figures {
  const wattsFrom = watts === undefined ? undefined : 'measured';
  return {
    hashRate,
    algorithm: 'sha256',
    watts,
    wattsFrom,
    temperatureC: chipC,
    fansRpm,
    uptimeSeconds,
    identity,
    acceptedShares,
    settings,
    firmware: `${firmware} ${version}`,
  };
}
