// What limits are worth: the core on the same sites through the same outages, its rigs with limits and without.
import { chance } from '../src/sim/chance.ts';
import { percent, redrawn, signalsHeard } from './figures.ts';
import { clairvoyant } from './policy-clairvoyant.ts';
import { BATTERIES, CORE_SIZES, drawnOutages } from './policy-compare.ts';
import { CorePolicy } from './policy-core.ts';
import { type BenchSite, drawnSite, withLimits } from './policy-fleet.ts';
import { earned, type Lived, lived } from './policy-live.ts';

export interface LimitRuns {
  readonly sites: number;
  readonly seed: number;
  readonly progress?: (say: string) => void;
}

/** Of one site: what is earned over stopping at once, in parts of what a clairvoyant without limits earns. */
interface SiteTold {
  readonly battery: number;
  readonly whole: number;
  readonly limited: number;
  readonly endsHard: number;
}

const OUTAGES = 200;

/** A table in lines, and how many endless outages ended in a hard cut-off with limits. */
export async function limitsCompared({
  sites,
  seed,
  progress,
}: LimitRuns): Promise<{ readonly lines: readonly string[]; readonly cuts: number }> {
  const told: SiteTold[] = [];
  for (let number = 0; number < sites; number++) {
    progress?.(`limits: site ${number + 1} of ${sites}`);
    await signalsHeard();
    const rigs = CORE_SIZES[number % CORE_SIZES.length] ?? 10;
    told.push(toldOf(drawnSite({ seed, number, rigs }), { seed, number }));
  }
  const buckets = BATTERIES.map(({ name }, battery) => ({ name, of: told.filter((one) => one.battery === battery) }));
  const rows = [{ name: 'all', of: told }, ...buckets].filter(({ of }) => of.length > 0);
  const cuts = told.reduce((sum, { endsHard }) => sum + endsHard, 0);
  return {
    lines: [
      `${sites} sites of ${CORE_SIZES.join(', ')} rigs, the core: reward in parts of that of a clairvoyant who can't limit; in brackets 95 of 100 redraws.`,
      '',
      '| battery | without limits | with limits | gained, points |',
      '| --- | --- | --- | --- |',
      ...rows.map(({ name, of }) => `| ${name} | ${percent(mean(of, 'whole'))} | ${percent(mean(of, 'limited'))} | ${gained(of)} |`),
      '',
      `Hard cut-offs in endless outages, with limits: ${cuts} of ${sites}.`,
    ],
    cuts,
  };
}

function toldOf(site: BenchSite, { seed, number }: { seed: number; number: number }): SiteTold {
  const outages = drawnOutages(chance(seed, `outages ${number}`), OUTAGES);
  const limited = withLimits(site, chance(seed, `limits ${number}`));
  const lives = [site, limited].map((one) => lived(one, new CorePolicy(one, { policy: { kind: 'outage-aware' } }).life)) as [Lived, Lived];
  const { rigs, baseWatts, capacity } = site;
  const drain = (watts: number): number => site.drain(watts) / capacity;
  const off = -rigs.reduce((sum, { loss }) => sum + loss, 0);
  const best = outages.reduce((sum, seconds) => sum + clairvoyant({ rigs, baseWatts, drain, hours: seconds / 3600 }) - off, 0);
  const of = (one: BenchSite, life: Lived): number => outages.reduce((sum, seconds) => sum + earned(one, life, seconds) - off, 0) / best;
  return {
    battery: BATTERIES.findIndex(({ below }) => site.fullMinutes < below),
    whole: of(site, lives[0]),
    limited: of(limited, lives[1]),
    endsHard: lives[1].hardCutSeconds === undefined ? 0 : 1,
  };
}

function mean(all: readonly SiteTold[], what: 'whole' | 'limited'): number {
  return all.reduce((sum, one) => sum + one[what], 0) / all.length;
}

function gained(sites: readonly SiteTold[]): string {
  const { all, between } = redrawn(sites, (those) => mean(those, 'limited') - mean(those, 'whole'));
  return `${points(all)} [${between.map(points).join(', ')}]`;
}

const points = (part: number): string => (100 * part).toFixed(1);
