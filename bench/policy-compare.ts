// The policies over many drawn sites and outages: how much of a clairvoyant's reward each keeps, how sure that is, and where.
import { DEFAULT_PRIOR, Survival } from '../src/planner/survival.ts';
import { type Chance, chance } from '../src/sim/chance.ts';
import { redrawn, signalsHeard } from './figures.ts';
import { clairvoyant } from './policy-clairvoyant.ts';
import { type BenchSite, drawnSite, FLEET_SIZES } from './policy-fleet.ts';
import { earned, type Lived, LONGEST_SECONDS, stopped } from './policy-live.ts';
import { livedBy, type PolicyName, policyNames } from './policy-rules.ts';

/** Buckets, each from the one before up to this. */
export const BATTERIES = [
  { name: '3-10 min', below: 10 },
  { name: '10-30 min', below: 30 },
  { name: '30-120 min', below: Number.POSITIVE_INFINITY },
] as const;
export const LENGTHS = [
  { name: 'under 1 min', below: 60 },
  { name: '1-5 min', below: 300 },
  { name: '5-60 min', below: 3_600 },
  { name: '1-4 h', below: 14_400 },
  { name: 'over 4 h', below: Number.POSITIVE_INFINITY },
] as const;

/** Of one policy on one site, in the outages of one length. */
interface Told {
  /** of what the clairvoyant earns on this site in an outage on average, so that every site counts alike */
  readonly earned: number;
  readonly clairvoyant: number;
  readonly outages: number;
  readonly hardCuts: number;
  /** stops in outages that the battery would have carried, a rig of the site */
  readonly needless: number;
}

export interface SiteTold {
  readonly rigs: number;
  readonly battery: number;
  /** of each policy, by length of the outage */
  readonly told: Readonly<Record<PolicyName, readonly Told[]>>;
  /** policies that end in a hard cut-off where the outage never ends */
  readonly endsHard: ReadonlySet<PolicyName>;
}

/** With the core's rows; larger sites take it hours. */
export const CORE_SIZES = [10, 30, 100] as const;
const OUTAGES = 200;

export interface Drawn {
  readonly fleets: number;
  readonly seed: number;
  /** outages on each site */
  readonly outages?: number;
  /** the core's policies, too, on smaller sites */
  readonly core?: boolean;
  /** every battery holds what is declared of it, and no more */
  readonly declared?: boolean;
  readonly progress?: (say: string) => void;
}

/** Every policy through every outage of every site. Fleets take their sizes in turn. */
export async function compared({
  fleets,
  seed,
  outages = OUTAGES,
  core = false,
  declared = false,
  progress,
}: Drawn): Promise<readonly SiteTold[]> {
  const told: SiteTold[] = [];
  const sizes = core ? CORE_SIZES : FLEET_SIZES;
  for (let number = 0; number < fleets; number++) {
    progress?.(`policy: site ${number + 1} of ${fleets}`);
    await signalsHeard();
    const drawn = drawnSite({ seed, number, rigs: sizes[number % sizes.length] ?? 10 });
    const site = declared ? { ...drawn, capacity: 1 } : drawn;
    told.push(toldOf(site, drawnOutages(chance(seed, `outages ${number}`), outages), policyNames(core)));
  }
  return told;
}

/** s, one from each of so many equally likely stretches of the default prior: fewer outages tell as much as many. */
export function drawnOutages(luck: Chance, count: number): readonly number[] {
  const survival = Survival.of(DEFAULT_PRIOR);
  return Array.from({ length: count }, (_, i) => {
    const lasts = 1 - (i + luck.unit()) / count;
    return 3600 * survival.crossing({ net: 1, loss: 0 }, lasts, LONGEST_SECONDS / 3600);
  });
}

function toldOf(site: BenchSite, outages: readonly number[], names: readonly PolicyName[]): SiteTold {
  const { rigs, baseWatts, capacity } = site;
  const drain = (watts: number): number => site.drain(watts) / capacity;
  const nights = outages.map((seconds) => ({ seconds, best: clairvoyant({ rigs, baseWatts, drain, hours: seconds / 3600 }) }));
  const off = -rigs.reduce((sum, { loss }) => sum + loss, 0);
  const usual = nights.reduce((sum, { best }) => sum + best - off, 0) / nights.length;
  const lives = new Map(names.map((name) => [name, livedBy(name, site)]));
  const carriesSeconds = site.fullMinutes * 60 * capacity;
  const told = Object.fromEntries(
    [...lives].map(([name, life]) => [
      name,
      LENGTHS.map(({ below }, i) => {
        const from = LENGTHS[i - 1]?.below ?? 0;
        const those = nights.filter(({ seconds }) => seconds >= from && seconds < below);
        return sumOf(site, life, { nights: those, off, usual, carriesSeconds });
      }),
    ]),
  ) as unknown as SiteTold['told'];
  const battery = BATTERIES.findIndex(({ below }) => site.fullMinutes < below);
  const endsHard = new Set(names.filter((name) => lives.get(name)?.hardCutSeconds !== undefined));
  return { rigs: rigs.length, battery, told, endsHard };
}

interface Nights {
  readonly nights: readonly { readonly seconds: number; readonly best: number }[];
  /** what all lose that stop at once */
  readonly off: number;
  readonly usual: number;
  readonly carriesSeconds: number;
}

function sumOf(site: BenchSite, life: Lived, { nights, off, usual, carriesSeconds }: Nights): Told {
  const { hardCutSeconds = Number.POSITIVE_INFINITY } = life;
  const sum = (of: (night: Nights['nights'][number]) => number): number => nights.reduce((all, night) => all + of(night), 0);
  return {
    earned: sum(({ seconds }) => earned(site, life, seconds) - off) / usual,
    clairvoyant: sum(({ best }) => best - off) / usual,
    outages: nights.length,
    hardCuts: sum(({ seconds }) => (seconds > hardCutSeconds ? 1 : 0)),
    needless: sum(({ seconds }) => (seconds <= carriesSeconds ? stopped(life, seconds) : 0)) / site.rigs.length,
  };
}

export interface Share {
  readonly kept: number;
  /** 95 of 100 redraws of the sites give a share between */
  readonly between: readonly [number, number];
}

/** Which sites and outages are meant; absent: all. */
export interface Where {
  readonly rigs?: number;
  readonly battery?: number;
  readonly length?: number;
}

function toldWhere(site: SiteTold, name: PolicyName, { length }: Where): readonly Told[] {
  const all = site.told[name];
  return length === undefined ? all : all.slice(length, length + 1);
}

const isThere = (site: SiteTold, { rigs, battery }: Where): boolean =>
  (rigs === undefined || site.rigs === rigs) && (battery === undefined || site.battery === battery);

/** Of the clairvoyant's reward: what a policy keeps, or by how much it keeps more than `beside`. Bootstrap over sites. */
export function share(sites: readonly SiteTold[], name: PolicyName, where: Where = {}, beside?: PolicyName): Share {
  const pairs = sites
    .filter((site) => isThere(site, where))
    .map((site) => {
      const own = toldWhere(site, name, where);
      const less = beside === undefined ? 0 : total(toldWhere(site, beside, where), 'earned');
      return { earned: total(own, 'earned') - less, clairvoyant: total(own, 'clairvoyant') };
    });
  const keptOf = (those: readonly (typeof pairs)[number][]): number => total(those, 'earned') / total(those, 'clairvoyant');
  const { all, between } = redrawn(pairs, keptOf);
  return { kept: all, between };
}

/** In 100 outages: those that end in a hard cut-off, and needless stops of each rig. */
export function inHundred(sites: readonly SiteTold[], name: PolicyName, what: 'hardCuts' | 'needless', where: Where = {}): number {
  const all = sites.filter((site) => isThere(site, where)).flatMap((site) => toldWhere(site, name, where));
  return (100 * total(all, what)) / total(all, 'outages');
}

const total = <K extends string>(all: readonly Readonly<Record<K, number>>[], what: K): number =>
  all.reduce((sum, one) => sum + one[what], 0);
