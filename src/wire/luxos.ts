// LuxOS's answers to `temps` and `fans`. What is missing, empty or of the wrong kind is absent; nothing here turns it into 0.
import type { RigReading } from '../model/rig.ts';
import { objectOf } from './json.ts';
import { measureOf, type Row, textOf } from './rows-4028.ts';

const HOTTEST = 200;
const RPM_LIMIT = 30_000;
const BOARDS = 16;
const SENSORS = 16;
const FANS = 16;

/** `TopLeft` and its like mean another place on another model: what a sensor sits on is only in its label (`Board Exhaust (top)`). */
const ON_CHIP = /\bchips?\b/i;
const ON_BOARD = /\bboards?\b/i;

export type LuxosHeat = { readonly [K in 'temperatureC' | 'boardTemperatureC']: RigReading[K] | undefined };

/** °C, of the rows of `TEMPS` and the first of `METADATA`. A sensor without a label that says what it sits on is not counted. */
export function luxosHeat(temps: readonly Row[], labels: Row | undefined): LuxosHeat {
  const hottestOn = (part: RegExp): number | undefined => {
    const sensors = [...(labels ?? [])].slice(0, SENSORS).filter(([, about]) => part.test(textOf(objectOf(about), 'Label') ?? ''));
    const celsius = temps.slice(0, BOARDS).flatMap((board) => sensors.map(([sensor]) => measureOf(board, sensor, HOTTEST) ?? 0));
    // 0 stands for no sensor, or for a board without power.
    const hottest = Math.max(0, ...celsius);
    return hottest === 0 ? undefined : hottest;
  };
  return { temperatureC: hottestOn(ON_CHIP), boardTemperatureC: hottestOn(ON_BOARD) };
}

/** rpm, of the rows of `FANS` in their order; undefined where none tells. */
export function luxosFans(fans: readonly Row[]): readonly number[] | undefined {
  const rpm = fans.slice(0, FANS).flatMap((fan) => measureOf(fan, 'RPM', RPM_LIMIT) ?? []);
  return rpm.length === 0 ? undefined : rpm;
}
