// Bitdeer SealMiner (bdminer, a cgminer), on port 4028: what its answers say of the rig. What is missing, empty or of the wrong
// kind is absent; nothing here turns it into 0.
import type { RigReading } from '../model/rig.ts';
import { rateAtRest } from './rate-at-rest.ts';
import { measureOf, paceOf, type Row, stateAwake, textOf, wholeOf, wordOf } from './rows-4028.ts';

/** W; no rig of this kind draws more */
const WATTS_LIMIT = 20_000;
/** W at the wall below which one that calls itself suspended is believed */
const SUSPENDED_WATTS = 100;
const HOTTEST = 200;
const BOARDS = 16;
const SENSORS = 4;
const FANS = 16;
const UPTIME_LIMIT_SECONDS = 1e9;
/** It starts in some 4 minutes, and tunes for 12; one at 0 H/s with so short an uptime is taken to be starting. */
const STARTING_SECONDS = 900;

/** Whether its miner is at work, by its own word; undefined: it does not say. */
export function sealminerPower(stats: Row | undefined): 'running' | 'suspended' | 'another' | undefined {
  const word = textOf(stats, 'PM State')?.toLowerCase();
  if (word === undefined) return undefined;
  // Only the first is on record. The second is of the order that brings it about, in whatever form.
  if (word === 'running') return 'running';
  return word.startsWith('suspend') ? 'suspended' : 'another';
}

/** W at the wall, by the meter of its power supply; one that answers draws something, so 0 is not known. */
export function sealminerWatts(stats: Row | undefined): number | undefined {
  const watts = measureOf(stats, 'PSU Input Power', WATTS_LIMIT);
  return watts === 0 ? undefined : watts;
}

type Look = Pick<RigReading, 'state'> & {
  readonly [K in
    | 'hashRate'
    | 'watts'
    | 'wattsFrom'
    | 'temperatureC'
    | 'fansRpm'
    | 'uptimeSeconds'
    | 'mode'
    | 'identity'
    | 'firmware'
    | 'acceptedShares']: RigReading[K] | undefined;
};

export function sealminerLook(stats: Row, summary: Row | undefined): Look {
  const pace = paceOf(summary);
  const watts = sealminerWatts(stats);
  const firmware = wordOf(stats, 'Firmware');
  const state = stateOf(sealminerPower(stats), pace, watts);
  return {
    state,
    hashRate: rateAtRest(pace.hashRate, state === 'paused'),
    watts,
    wattsFrom: watts === undefined ? undefined : 'measured',
    temperatureC: hottestOf(stats),
    fansRpm: fansOf(stats),
    // Of its system; the miner's own begins anew with each resume.
    uptimeSeconds: measureOf(stats, 'System Uptime', UPTIME_LIMIT_SECONDS) ?? pace.uptimeSeconds,
    acceptedShares: pace.acceptedShares,
    mode: wordOf(stats, 'Mining Mode'),
    identity: wordOf(stats, 'MAC') ?? wordOf(stats, 'Ctrl Board SN'),
    firmware: firmware === undefined ? undefined : `SealMiner ${firmware}`,
  };
}

/** Suspended counts where its meter or, without one, its hash rate of 5 s shows it. Of any other word nothing is known. */
function stateOf(
  power: ReturnType<typeof sealminerPower>,
  pace: ReturnType<typeof paceOf>,
  watts: number | undefined,
): RigReading['state'] {
  if (power === 'running') return stateAwake(pace, STARTING_SECONDS);
  if (power !== 'suspended') return 'unknown';
  const dark = watts === undefined ? pace.hashRate === 0 : watts < SUSPENDED_WATTS;
  return dark ? 'paused' : 'unknown';
}

/** °C, of the sensors of all boards (`0 Temp 3`); 0 stands for none. */
function hottestOf(stats: Row): number | undefined {
  const celsius: number[] = [];
  for (let board = 0; board < Math.min(wholeOf(stats, 'Board Count') ?? BOARDS, BOARDS); board++) {
    for (let sensor = 0; sensor < SENSORS; sensor++) celsius.push(measureOf(stats, `${board} Temp ${sensor}`, HOTTEST) ?? 0);
  }
  const hottest = Math.max(0, ...celsius);
  return hottest === 0 ? undefined : hottest;
}

/** `0 Speed`, `1 Speed` …, as many as it says that it has. */
function fansOf(stats: Row): readonly number[] | undefined {
  const count = Math.min(wholeOf(stats, 'Fan Count') ?? 0, FANS);
  const rpm = Array.from({ length: count }, (_none, fan) => measureOf(stats, `${fan} Speed`, 30_000)).filter((one) => one !== undefined);
  return rpm.length === 0 ? undefined : rpm;
}
