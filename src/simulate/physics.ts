// From a configuration to what would hang on its wires: batteries, UPSes and rigs as they are in truth, as far as the file
// says, and in sentences what had to be assumed where it does not.
import type { UpsId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import type { Site, SiteUps } from '../model/site.ts';
import { depthPerHour, type SimBatteryOptions } from '../sim/battery.ts';
import { type Chance, chance } from '../sim/chance.ts';
import type { SimPlace } from '../sim/place.ts';
import type { SimRigTraits } from '../sim/rig.ts';
import { USUAL_HASH_RATE } from '../sim/site-settings.ts';

export interface Ground {
  readonly place: SimPlace;
  /** one sentence for each thing the file does not say, and what was taken instead */
  readonly assumed: readonly string[];
  /** s that a full battery carries everything on it; the UPSes that carry rigs */
  readonly fullSeconds: ReadonlyMap<UpsId, number>;
}

/** Of a UPS of which nothing is known: so long at full load; published tables give 3 to 6 min (shedding policy, section 6). */
const UNKNOWN_BATTERY_MINUTES = 5;
/** How much more than in proportion a bigger load takes; the median of published tables. */
export const USUAL_EXPONENT = 1.1;
/** W of this machine, and of the network beside it, where baseWatts does not say. */
const HOUSE_WATTS = 20;
/** What a UPS is taken to carry, where nominalWatts does not say: what hangs on it, and a quarter more. */
const ROOM = 1.25;
/** A pause is over in a third of the grace that its driver asks for; the rest of it is for a second try. */
const PAUSE_SHARE = 1 / 3;
const TIMES_VARY = { least: 0.7, most: 1.3 } as const;
const LEAST_BOOT_SECONDS = 5;
const WATTS_NOISE = 0.02;

/** `seed` chooses how far each rig is from its usual times, and how its watts flicker. */
export function groundOf(site: Site, seed: number): Ground {
  const supplies = [...site.supplies.values()];
  const loads = supplies.map((ups) => ({ ups, load: rigWatts(site, ups.id) + houseOf(site, ups) }));
  const ups = loads.map(({ ups: one, load }) => {
    return [one.id, { id: one.id, battery: batteryOf(one, load), nominalWatts: one.nominalWatts ?? roomFor(load) }] as const;
  });
  const loaded = loads.filter(({ ups: { id } }) => rigWatts(site, id) > 0);
  return {
    place: {
      // A night in which nothing is done shows little.
      site: { ...site, armed: true },
      ups: new Map(ups),
      houseWatts: new Map(supplies.map((one) => [one.id, houseOf(site, one)])),
      rigs: new Map([...site.rigs.values()].map((rig) => [rig.id, rigTraits(rig, chance(seed, `rig ${rig.id}`))])),
    },
    assumed: [
      ...(site.armed ? [] : ['the file says armed: false; here it acts all the same']),
      ...loaded.flatMap(({ ups: one, load }) => assumedOfUps(site, one, load)),
      ...assumedOfRigs(site),
    ],
    fullSeconds: new Map(loaded.map(({ ups: one, load }) => [one.id, 3600 / depthPerHour(batteryOf(one, load), load)])),
  };
}

/** W of all rigs on a UPS while the grid is gone; what hangs on several takes its share from each. */
function rigWatts(site: Site, ups: UpsId): number {
  return [...site.rigs.values()]
    .filter(({ fedBy }) => fedBy.includes(ups))
    .reduce((sum, { watts, fedBy }) => sum + watts / fedBy.filter((supply) => site.supplies.has(supply)).length, 0);
}

function houseOf(site: Site, { id, baseWatts }: SiteUps): number {
  return baseWatts ?? (carriesHouse(site, id) ? HOUSE_WATTS : 0);
}

function carriesHouse(site: Site, ups: UpsId): boolean {
  return site.controllerFedBy.includes(ups) || site.networkFedBy.includes(ups);
}

/** As declared; else what is usual. */
function batteryOf({ minutesAtWatts, batteryWh, nominalWatts }: SiteUps, load: number): SimBatteryOptions {
  const [first] = minutesAtWatts ?? [];
  if (minutesAtWatts !== undefined && first !== undefined) {
    return { carries: { watts: first[0], minutes: first[1] }, table: minutesAtWatts };
  }
  const watts = nominalWatts ?? Math.max(load, HOUSE_WATTS);
  if (batteryWh !== undefined) return { carries: { watts, minutes: (60 * batteryWh) / watts } };
  return { carries: { watts, minutes: UNKNOWN_BATTERY_MINUTES }, exponent: USUAL_EXPONENT };
}

/** W, to tens. */
function roomFor(load: number): number {
  return Math.ceil((ROOM * Math.max(load, HOUSE_WATTS)) / 10) * 10;
}

function rigTraits(rig: Rig, draw: Chance): SimRigTraits {
  const varied = (seconds: number): number => seconds * draw.between(TIMES_VARY.least, TIMES_VARY.most);
  return {
    id: rig.id,
    hashRate: rig.reward?.hashRate ?? USUAL_HASH_RATE,
    watts: rig.watts,
    pausedWatts: rig.pausedWatts,
    pauseSeconds: Math.max(1, varied(rig.graceSeconds * PAUSE_SHARE)),
    wakeSeconds: Math.max(1, varied(rig.resumeMinutes * 60)),
    bootSeconds: Math.max(LEAST_BOOT_SECONDS, varied((rig.restartMinutes - rig.resumeMinutes) * 60)),
    // Where nobody knows, the worse of the two.
    pausePersists: rig.pausePersists ?? false,
    wattsNoise: WATTS_NOISE,
    seed: draw.below(1_000_000),
  };
}

function assumedOfUps(site: Site, ups: SiteUps, load: number): readonly string[] {
  const { id, minutesAtWatts, batteryWh, nominalWatts, baseWatts } = ups;
  const { watts, minutes } = batteryOf(ups, load).carries;
  const battery = `nothing says what the battery of ${id} holds: taken to carry ${amount(watts)} W for ${minutes} min; say minutesAtWatts or batteryWh under ups.${id}`;
  const carries = `nothing says what ${id} carries: taken to be ${amount(roomFor(load))} W; say nominalWatts under ups.${id}`;
  const house = `nothing says what hangs on ${id} besides rigs: taken to be ${HOUSE_WATTS} W; say baseWatts under ups.${id}`;
  return [
    ...(minutesAtWatts === undefined && batteryWh === undefined ? [battery] : []),
    ...(nominalWatts === undefined ? [carries] : []),
    ...(baseWatts === undefined && carriesHouse(site, id) ? [house] : []),
  ];
}

function assumedOfRigs(site: Site): readonly string[] {
  const rigs = [...site.rigs.values()];
  const unpaid = rigs.filter(({ reward }) => reward === undefined).map(({ id }) => id);
  const forgetful = rigs.filter(({ can, pausePersists }) => can.pause && pausePersists === undefined).map(({ id }) => id);
  return [
    ...(unpaid.length === 0 ? [] : [`nothing says what ${named(unpaid)} earns: counted as nothing, and ranked with the worst`]),
    ...(forgetful.length === 0
      ? []
      : [`nothing says whether a pause of ${named(forgetful)} survives a power cut: taken not to; say pausePersists`]),
  ];
}

const MOST_NAMED = 6;

function named(ids: readonly string[]): string {
  const more = ids.length - MOST_NAMED;
  return more > 0 ? `${ids.slice(0, MOST_NAMED).join(', ')} and ${more} more` : ids.join(', ');
}

function amount(watts: number): string {
  return Math.round(watts).toLocaleString('en-US');
}
