// The source of a simulated UPS: what an adapter would read over the wire, with no wire between.
import type { Clock } from '../host/port.ts';
import type { UpsId } from '../model/id.ts';
import { known } from '../model/known.ts';
import { DONE, failed, ok } from '../model/outcome.ts';
import type { UpsFigures, UpsNameplate, UpsReading } from '../model/ups.ts';
import type { UpsSource } from '../ups/port.ts';
import type { SimUps } from './ups.ts';

/** What was asked of a UPS beside readings; kept by the test or the site that wants to see it. */
export interface SimUpsAsked {
  /** the login that we want at present; undefined: nothing was said of it */
  loggedIn?: boolean;
  readonly commands: string[];
}

export function simUpsSource(ups: SimUps, clock: Clock, asked: SimUpsAsked): UpsSource {
  const { id, answerMs } = ups.traits;
  return {
    ...(answerMs === undefined ? {} : { answerMs }),
    read: async (signal) => {
      const takenAtMs = clock.monotonicMs();
      if (ups.quirks.silent) await clock.sleep(Number.POSITIVE_INFINITY, signal);
      else if (ups.quirks.answerSeconds) await clock.sleep(ups.quirks.answerSeconds * 1000, signal);
      if (signal.aborted) return failed('timeout', `ups ${id} did not answer in time`);
      if (ups.quirks.garbles) return failed('garbled', `ups ${id}: the server sent a line that is no NUT reply`);
      const told = ups.variables();
      if (ups.quirks.stale || told.size === 0) return failed('unreachable', `ups ${id}: its driver has no fresh data (DATA-STALE)`);
      return ok(readingOf(id, takenAtMs, told));
    },
    stayLoggedIn: (wanted) => {
      asked.loggedIn = wanted;
    },
    instantCommand: async (name) => {
      asked.commands.push(name);
      return DONE;
    },
    close: () => Promise.resolve(),
  };
}

function readingOf(ups: UpsId, takenAtMs: number, told: ReadonlyMap<string, string>): UpsReading {
  const words = new Set((told.get('ups.status') ?? '').split(' '));
  words.delete('');
  const figures = known<UpsFigures>({
    charge: told.get('battery.charge'),
    runtime: told.get('battery.runtime'),
    loadPercent: told.get('ups.load'),
    loadWatts: told.get('ups.realpower'),
  });
  const nameplate = known<UpsNameplate>({
    nominalWatts: told.get('ups.realpower.nominal'),
    runtimeLow: told.get('battery.runtime.low'),
    chargeLow: told.get('battery.charge.low'),
    deviceType: told.get('device.type'),
    serial: told.get('device.serial'),
    model: told.get('device.model'),
  });
  return { ups, takenAtMs, words, figures, nameplate };
}
