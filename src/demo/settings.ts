// The site of the demo in figures: the rigs, the battery, and the same figures as a configuration file and as a site for
// the simulator. What takes minutes on a farm takes seconds here, by a small battery and short limits; no clock runs faster.
import { stringify } from 'yaml';
import type { SimRigTraits } from '../sim/rig.ts';
import type { SimSiteOptions } from '../sim/site.ts';
import type { SimUpsTraits } from '../sim/ups.ts';

export interface DemoRig {
  readonly id: string;
  /** the protocol that its fake speaks */
  readonly driver: 'luxos' | 'cgminer';
  readonly coin: keyof typeof COINS;
  /** in the unit of its coin */
  readonly hashRate: number;
  /** W at the wall while hashing */
  readonly watts: number;
  /** says that it is paused, and goes on drawing */
  readonly lies?: true;
}

/** Rewards made up for the demo, of the size that they had in 2026; only their order matters. */
export const COINS = {
  btc: { perDay: 0.045, unit: 'TH/s', hashesASecond: 1e12 },
  ltc: { perDay: 0.6, unit: 'GH/s', hashesASecond: 1e9 },
} as const;

/** In no order: who is best is for lastwatt to find out. Hash rates and watts as on the labels of such machines. */
export const RIGS: readonly DemoRig[] = [
  { id: 's19', driver: 'luxos', coin: 'btc', hashRate: 95, watts: 3250, lies: true },
  { id: 's21', driver: 'luxos', coin: 'btc', hashRate: 200, watts: 3500 },
  { id: 's17', driver: 'luxos', coin: 'btc', hashRate: 53, watts: 2385 },
  { id: 'l9', driver: 'cgminer', coin: 'ltc', hashRate: 17, watts: 3360 },
  { id: 's19k', driver: 'luxos', coin: 'btc', hashRate: 120, watts: 2760 },
  { id: 'l7', driver: 'cgminer', coin: 'ltc', hashRate: 9.5, watts: 3425 },
];

export const UPS = 'rack';
const PAUSED_WATTS = 25;
/** W of the controller and the network, which stay up */
export const HOUSE_WATTS = 40;
/** All rigs together for so long: 230 Wh, where such a UPS has thousands. */
const FULL_LOAD_SECONDS = 44;

export const POLICY = { shedBelowSeconds: 30, cutBelowSeconds: 12, ignoreBlipsSeconds: 5, cutPaused: 'always' } as const;
export const RESTORE = { mainsHeldSeconds: 1.5, minChargePercent: 15, staggerSeconds: 2, doubtMinutes: 1 } as const;
const STOP = { graceSeconds: 4, coolDownSeconds: 1 } as const;
const POLL_SECONDS = { mains: 0.5, battery: 0.5 } as const;
const RESERVE_PERCENT = 5;
const LEAST_OPEN_SECONDS = 3;
const SWITCH_PREFIX = 'k-';

/** The contact that a rig hangs on. */
export function contactOf(rig: string): string {
  return SWITCH_PREFIX + rig;
}

/** Currency a day at full speed. */
export function perDayOf(rig: DemoRig): number {
  return COINS[rig.coin].perDay * rig.hashRate;
}

/** Ids, the best earner per watt first: the demo's own reckoning, to hold the service against. */
export function bestFirst(): readonly string[] {
  return [...RIGS].sort((a, b) => perDayOf(b) / b.watts - perDayOf(a) / a.watts).map(({ id }) => id);
}

export function rigTraits(rig: DemoRig): SimRigTraits {
  return {
    id: rig.id,
    hashRate: rig.hashRate * COINS[rig.coin].hashesASecond,
    watts: rig.watts,
    pausedWatts: PAUSED_WATTS,
    pauseSeconds: 1.5,
    wakeSeconds: 1,
    bootSeconds: 1.5,
    // LuxOS remembers a pause over a power cut, cgminer starts with every device enabled.
    pausePersists: rig.driver === 'luxos',
    wattsNoise: 0.01,
    seed: RIGS.indexOf(rig) + 1,
  };
}

export const UPS_TRAITS = {
  id: UPS,
  battery: { carries: { watts: RIGS.reduce((sum, rig) => sum + rig.watts, HOUSE_WATTS), minutes: FULL_LOAD_SECONDS / 60 } },
  nominalWatts: 22_000,
  // Flagged by its runtime alone: at so small a battery a percent is too coarse.
  chargeLow: 0,
  runtimeLow: 4,
} satisfies SimUpsTraits;

export interface Endpoints {
  readonly upsdPort: number;
  readonly rigPorts: ReadonlyMap<string, number>;
  /** the file that a contact keeps its orders in, one a line */
  readonly contactFile: (rig: string) => string;
  /** absolute */
  readonly stateDir: string;
  /** absolute */
  readonly socket: string;
}

/** The file that the real service is started with. */
export function configText(ends: Endpoints): string {
  const coins = Object.entries(COINS).map(([id, { perDay, unit }]) => [id, { perDay, per: `1 ${unit}` }]);
  const rigs = RIGS.map(({ id, driver, coin, hashRate, watts }) => {
    const reward = { coin, hashrate: `${hashRate} ${COINS[coin].unit}` };
    const where = { host: '127.0.0.1', port: ends.rigPorts.get(id) };
    return [id, { driver, ...where, fedBy: [UPS], cutBy: [contactOf(id)], reward, watts, pausedWatts: PAUSED_WATTS, ...STOP }];
  });
  const switches = RIGS.map(({ id }) => [
    contactOf(id),
    { driver: 'command', ...contactPrograms(ends.contactFile(id)), minOffSeconds: LEAST_OPEN_SECONDS },
  ]);
  const { nominalWatts } = UPS_TRAITS;
  return stringify({
    site: { name: 'demo', controllerFedBy: [UPS], networkFedBy: [UPS] },
    stateDir: ends.stateDir,
    socket: ends.socket,
    armed: true,
    ups: { [UPS]: { nut: { port: ends.upsdPort, name: UPS }, pollSeconds: POLL_SECONDS, nominalWatts, reservePercent: RESERVE_PERCENT } },
    coins: Object.fromEntries(coins),
    rigs: Object.fromEntries(rigs),
    switches: Object.fromEntries(switches),
    policy: POLICY,
    restore: RESTORE,
  });
}

/** A contact that stays where it was put: a file with one order a line, the last of which stands. */
function contactPrograms(file: string): Readonly<Record<'cut' | 'feed' | 'read', readonly string[]>> {
  const put = (word: string): readonly string[] => ['/bin/sh', '-c', `echo ${word} >> "$0"`, file];
  return { cut: put('cut'), feed: put('fed'), read: ['/bin/sh', '-c', 'tail -n 1 "$0"', file] };
}

/** The same site for the simulator, under the same policy or with another threshold. */
export function simSite(shedBelowSeconds: number): SimSiteOptions {
  const { battery, nominalWatts, chargeLow, runtimeLow } = UPS_TRAITS;
  const site = { pollSeconds: POLL_SECONDS, reservePercent: RESERVE_PERCENT };
  const rigs = RIGS.map((rig) => {
    const { id: _, watts, ...sim } = rigTraits(rig);
    const quirks = rig.lies === undefined ? {} : { quirks: { lies: true } };
    return [rig.id, { perDay: perDayOf(rig), watts, fedBy: [UPS], cutBy: [contactOf(rig.id)], sim, site: STOP, ...quirks }];
  });
  return {
    ups: { [UPS]: { battery, nominalWatts, houseWatts: HOUSE_WATTS, sim: { chargeLow, runtimeLow }, site } },
    rigs: Object.fromEntries(rigs),
    switches: Object.fromEntries(RIGS.map(({ id }) => [contactOf(id), { minOffSeconds: LEAST_OPEN_SECONDS }])),
    policy: { ...POLICY, shedBelowSeconds },
    restore: RESTORE,
  };
}
