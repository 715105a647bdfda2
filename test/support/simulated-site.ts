// Sites for simulations, as an owner would write them, and a night that was lived through by nobody, for the pictures.
import type { Site } from '../../src/model/site.ts';
import type { Film, NightAccount, RigFilm, RigLook } from '../../src/simulate/account.ts';
import { type NamedNight, NIGHTS } from '../../src/simulate/nights.ts';
import { configOf } from './config-text.ts';

/** Two rigs with switches on one UPS that carries them for about ten minutes, and the Pi. */
export const HOME = `
site: { name: home, controllerFedBy: [rack], networkFedBy: [rack] }
ups: { rack: { nut: { name: rack }, nominalWatts: 1200, baseWatts: 30, batteryWh: 140 } }
rigs:
  good: { driver: luxos, host: 192.0.2.1, fedBy: [rack], cutBy: [k1], reward: { perDay: 2 }, watts: 400, restartMinutes: 2, resumeMinutes: 0.5 }
  poor: { driver: luxos, host: 192.0.2.2, fedBy: [rack], cutBy: [k2], reward: { perDay: 1 }, watts: 400, restartMinutes: 2, resumeMinutes: 0.5 }
switches:
  k1: { driver: gpio, gpio: 5 }
  k2: { driver: gpio, gpio: 6 }
`;

/** One rig that can only be cut, on a UPS of which nothing is known; the Pi hangs on mains. */
export const CARELESS = `
ups: { rack: { nut: { name: rack } } }
rigs: { old: { driver: none, fedBy: [rack], reward: { perDay: 0.4 }, watts: 1350, restartMinutes: 1 } }
`;

export function siteOfText(text: string): Site {
  return configOf(text).site;
}

export function nightNamed(name: string): NamedNight {
  const night = NIGHTS.find((one) => one.name === name);
  if (night === undefined) throw new Error(`there is no night ${name}`);
  return night;
}

const MINUTE = 60;

/** Five minutes: calm, three without mains in which the rigs leave one after the other, and back. */
export function accountWith(count: number, change: Partial<NightAccount> = {}): NightAccount {
  const seconds = Array.from({ length: 5 * MINUTE + 1 }, (_, second) => second);
  const rigs = Array.from({ length: count }, (_, place) => rigFilm(place, count));
  const film: Film = {
    seconds,
    ups: [{ id: 'rack', percent: seconds.map((second) => 100 - second / 10), watts: seconds.map((second) => (second % 100) * 300) }],
    rigs,
  };
  return {
    name: 'long-night',
    what: 'an outage',
    wrong: [],
    notes: [],
    gone: [{ fromSeconds: MINUTE, toSeconds: 4 * MINUTE }],
    first: { rig: `rig-${count}`, seconds: 5 },
    last: { rig: 'rig-1', seconds: 100 },
    quietSeconds: 105,
    chargePercent: 79.6,
    worstFirst: true,
    backSeconds: 41,
    kept: 0.5,
    whole: 2,
    film,
    ...change,
  };
}

function rigFilm(place: number, count: number): RigFilm {
  const leaves = MINUTE + 5 + (95 * (count - 1 - place)) / Math.max(1, count - 1);
  const looks: readonly (readonly [number, RigLook])[] = [
    [0, 'hashing'],
    [leaves, 'paused'],
    [leaves + 20, 'dark'],
    [4 * MINUTE + 5, 'starting'],
    [4 * MINUTE + 30, 'hashing'],
  ];
  const stretches = looks.map(([fromSeconds, look]) => ({ fromSeconds, look }));
  return { id: `rig-${place + 1}`, rank: place + 1, onUps: true, stretches, kept: 0.25 / count, whole: 1 / count };
}
