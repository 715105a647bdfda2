// The proof of fit beside the night that follows: what `plan` claims is left of a battery when the last rig is down, and what is.
import { POLICY_KINDS, type Policy } from '../src/model/site.ts';
import { type Figure, limited, median, percent, quantile, signalsHeard } from './figures.ts';
import { CorePolicy } from './policy-core.ts';
import { type BenchSite, drawnSite } from './policy-fleet.ts';
import { lived } from './policy-live.ts';

/** Of the whole battery. */
const MOST_OFF = 0.05;
const RIGS = 10;
/** As often as the service asks a UPS on battery: a floor that is passed between two looks would not be seen. */
const TICK_SECONDS = 1;

export interface FitRuns {
  readonly sites: number;
  readonly seed: number;
  readonly progress?: (say: string) => void;
}

const asDeclared = (drawn: BenchSite): BenchSite => ({ ...drawn, capacity: 1, anchored: true });

/** What holds as it is declared, and so what a site is played as. */
const AS: Readonly<Record<string, (drawn: BenchSite) => BenchSite>> = {
  'as declared, and so are stops': (drawn) => ({
    ...asDeclared(drawn),
    rigs: drawn.rigs.map((rig) => ({ ...rig, stopSeconds: rig.graceSeconds })),
  }),
  'as declared, rigs stop sooner': asDeclared,
  'up to a fifth off': (drawn) => drawn,
};

/** As a part of the whole battery: in seconds a small load makes hours of a little. */
export async function fitFigures({ sites, seed, progress }: FitRuns): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const kind of POLICY_KINDS) {
    const off = new Map(Object.keys(AS).map((name): [string, number[]] => [name, []]));
    for (let number = 0; number < sites; number++) {
      progress?.(`fit: ${kind}, site ${number + 1} of ${sites}`);
      await signalsHeard();
      const drawn = drawnSite({ seed, number, rigs: RIGS });
      for (const [name, all] of off) all.push(offBy(AS[name]?.(drawn) ?? drawn, kind));
    }
    for (const [place, [name, all]] of [...off].entries()) {
      const sizes = all.map(Math.abs);
      const worst = Math.max(...sizes);
      const figure = {
        what: `${kind}, batteries ${name}: claimed less true, of the battery`,
        measured: `median ${percent(median(all))}, p95 ${percent(quantile(sizes, 0.95))}, most ${percent(worst)} off`,
        beside: `${sites} sites, of ${all.filter((one) => one > 0).length} too much is claimed`,
      };
      figures.push(place === 0 ? limited({ ...figure, beside: `limit ${percent(MOST_OFF)}; ${figure.beside}` }, worst, MOST_OFF) : figure);
    }
  }
  return figures;
}

/** What is claimed to be left of the battery, less what is. */
export function offBy(site: BenchSite, kind: Policy['kind']): number {
  const core = new CorePolicy(site, { policy: { kind } });
  return core.left - (1 - lived(site, core.life, { tickSeconds: TICK_SECONDS }).depthUsed);
}
