// Nights in which energy is scarce: batteries hardly larger than the stops of what hangs on them, or lightly reserved, or worn
// within what I-03 assumes; a low battery that is told late or never; mains that stay away until a battery is empty. So that
// who still draws then is judged in many nights, and not in two of a campaign.
import type { UpsId } from '../model/id.ts';
import { depthPerHour, type SimBatteryOptions } from '../sim/battery.ts';
import { type Chance, chance } from '../sim/chance.ts';
import type { SimSiteOptions } from '../sim/site.ts';
import type { SimUpsSetting } from '../sim/site-settings.ts';
import type { SimUpsQuirks } from '../sim/ups.ts';
import type { Trouble } from './scenario.ts';

const SCARCE = 0.2;
/** What a battery gives of its nameplate: the band in which I-03 must hold. */
const BAND = [0.85, 1.1] as const;
/** Of the load at which its maker says how long it lasts. */
const NAMEPLATE_SHARES = [0.1, 0.3, 0.6, 1] as const;

/** One figure of its battery is all that a UPS tells, and that one can't be: the gate must refuse it. */
const NONSENSE: readonly SimUpsQuirks[] = [
  { says: { 'battery.runtime': '65535' } },
  { says: { 'battery.runtime': '86400' } },
  { says: { 'battery.charge': '255' } },
  { says: { 'battery.charge': '-1' } },
];

/** One of what a UPS tells is false, the other true: the worse of the two must be believed. */
const HALF_TRUTHS: readonly SimUpsQuirks[] = [
  { runtimeFactor: 3 },
  { runtimeLagSeconds: 30 },
  { frozen: ['battery.runtime'] },
  { frozen: ['battery.charge'] },
  { says: { 'ups.realpower': '0', 'ups.load': '0' } },
];

function nonsenseOf(seed: number, ups: UpsId): SimUpsQuirks | undefined {
  const draw = chance(seed, `scarce nonsense ${ups}`);
  return draw.happens(0.25) ? draw.pick(NONSENSE) : undefined;
}

export function isScarce(seed: number): boolean {
  return chance(seed, 'scarce').happens(SCARCE);
}

/** The site with little in its batteries. */
export function withLittle(seed: number, site: SimSiteOptions): SimSiteOptions {
  return {
    ...site,
    ups: Object.fromEntries(
      Object.entries(site.ups).map(([id, ups]) => [id, lacking(nonsenseOf(seed, id), smallUps(chance(seed, `scarce ${id}`), ups))]),
    ),
  };
}

function smallUps(draw: Chance, ups: SimUpsSetting): SimUpsSetting {
  const rigWatts = ups.battery.carries.watts - (ups.houseWatts ?? 0);
  // What nobody can shed empties the battery when the rigs are down.
  const houseWatts = Math.round(rigWatts * draw.between(0.08, 0.3));
  const watts = rigWatts + houseWatts;
  const nameplate: SimBatteryOptions = { ...ups.battery, carries: { watts, minutes: Math.round(draw.between(1, 4) * 10) / 10 } };
  const declares = draw.happens(0.5);
  const { baseWatts, ...told } = ups.site ?? {};
  return {
    ...ups,
    battery: { ...nameplate, ...(declares ? { health: draw.between(...BAND) } : {}) },
    nominalWatts: ups.nominalWatts + houseWatts,
    houseWatts,
    sim: { ...ups.sim, chargeLow: draw.pick([10, 10, 5, 2]) ?? 10, runtimeLow: draw.pick([60, 30, 10, 5]) ?? 60 },
    site: {
      ...told,
      reservePercent: draw.pick([0, 3, 8, 15]) ?? 15,
      ...(baseWatts === undefined ? {} : { baseWatts: houseWatts }),
      ...(declares ? { minutesAtWatts: linesOf(nameplate, watts) } : {}),
    },
  };
}

function lacking(nonsense: SimUpsQuirks | undefined, ups: SimUpsSetting): SimUpsSetting {
  if (nonsense === undefined) return ups;
  const other = nonsense.says?.['battery.charge'] === undefined ? 'battery.charge' : 'battery.runtime';
  return { ...ups, sim: { ...ups.sim, lacks: [other] } };
}

/** As a data sheet has it. */
function linesOf(battery: SimBatteryOptions, watts: number): readonly (readonly [number, number])[] {
  return NAMEPLATE_SHARES.map((share) => {
    const at = Math.round(share * watts);
    return [at, Math.round((60 / depthPerHour(battery, at)) * 100) / 100] as const;
  });
}

/** The last outage lasts until a small battery may be empty. */
export function lastingLonger(seed: number, outages: readonly Trouble[]): readonly Trouble[] {
  const more = Math.round(chance(seed, 'scarce mains').between(150, 1_200));
  const last = outages.reduce((latest, { toSeconds = 0 }) => Math.max(latest, toSeconds), 0);
  return outages.map((one) => (one.toSeconds === last ? { ...one, toSeconds: Math.round((last + more) * 10) / 10 } : one));
}

/** Some never say that they are low, and end without a word; nor do those that tell nonsense, or but half of the truth. */
export function withoutAWord(seed: number, names: readonly UpsId[], lastsSeconds: number): readonly Trouble[] {
  return names.flatMap((on) => {
    const lie = nonsenseOf(seed, on) ?? halfTruthOf(seed, on);
    if (lie === undefined && !chance(seed, `scarce word ${on}`).happens(0.4)) return [];
    return [{ kind: 'ups' as const, on, quirks: { lowBattery: 'never' as const, ...lie }, fromSeconds: 1, toSeconds: lastsSeconds }];
  });
}

function halfTruthOf(seed: number, ups: UpsId): SimUpsQuirks | undefined {
  const draw = chance(seed, `scarce half ${ups}`);
  return draw.happens(0.35) ? draw.pick(HALF_TRUTHS) : undefined;
}
