// A look at an Antminer by port 4028, beside the page that refuses our login: it wants none. It knows no work mode, so nothing that it
// says is a pause.
import type { RigReading } from '../model/rig.ts';
import { MOST, measured } from './miner-cgi.ts';
import { paceOf, type Row, stateAwake } from './rows-4028.ts';
import type { Talk4028 } from './socket4028.ts';

export type BesideLook = Pick<RigReading, 'state'> & {
  readonly [K in 'hashRate' | 'uptimeSeconds' | 'temperatureC' | 'boardTemperatureC' | 'fansRpm']: RigReading[K] | undefined;
};

/** Undefined where it says nothing. */
export async function lookBeside(talk: Talk4028): Promise<BesideLook | undefined> {
  const summary = await talk.agree('summary');
  if (!summary.ok) return undefined;
  const stats = await talk.agree('stats');
  const pace = paceOf(summary.value.rows('SUMMARY')[0]);
  // The first row names the firmware, the second is the miner.
  return { state: stateAwake(pace, 0), ...pace, ...warmthIn(stats.ok ? stats.value.rows('STATS')[1] : undefined) };
}

/** One row of `stats` holds everything: `fan1`, and `temp_chip1` as `78-50-69-70`. */
function warmthIn(stats: Row | undefined): Pick<BesideLook, 'temperatureC' | 'boardTemperatureC' | 'fansRpm'> {
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
