// The proof of fit beside the night that follows: what `plan` claims is left of a battery when the last rig is down, and what is.
import { POLICY_KINDS, type Policy } from '../src/model/site.ts';
import { type Figure, limited, median, quantile, signalsHeard } from './figures.ts';
import { CorePolicy } from './policy-core.ts';
import { type BenchSite, drawnSite } from './policy-fleet.ts';
import { lived } from './policy-live.ts';

/** Of the whole battery. */
const MOST_OFF = 0.05;
const RIGS = 10;

export interface FitRuns {
  readonly sites: number;
  readonly seed: number;
  readonly progress?: (say: string) => void;
}

/** A margin is told in seconds at what draws last, which a small load makes hours of: it is compared as a part of the whole battery. */
export async function fitFigures({ sites, seed, progress }: FitRuns): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const kind of POLICY_KINDS) {
    const off = { declared: [] as number[], other: [] as number[] };
    for (let number = 0; number < sites; number++) {
      progress?.(`fit: ${kind}, site ${number + 1} of ${sites}`);
      await signalsHeard();
      const drawn = drawnSite({ seed, number, rigs: RIGS });
      off.declared.push(offBy({ ...drawn, capacity: 1, anchored: true }, kind));
      off.other.push(offBy(drawn, kind));
    }
    for (const [name, all] of Object.entries(off)) {
      const sizes = all.map(Math.abs);
      const what = `${kind}, batteries ${name === 'declared' ? 'as declared' : 'up to a fifth off'}: claimed less true, of the battery`;
      const worst = Math.max(...sizes);
      const measured = `median ${percent(median(all))}, p95 ${percent(quantile(sizes, 0.95))}, most ${percent(worst)} off`;
      figures.push(
        name === 'declared'
          ? limited({ what, measured, beside: `limit ${percent(MOST_OFF)}` }, worst, MOST_OFF)
          : { what, measured, beside: `${sites} sites, of ${all.filter((one) => one > 0).length} too much is claimed` },
      );
    }
  }
  return figures;
}

function offBy(site: BenchSite, kind: Policy['kind']): number {
  const core = new CorePolicy(site, { policy: { kind } });
  const [outlook] = core.plan.ups;
  const claimed = ((outlook?.marginSeconds ?? Number.NaN) / 3600) * site.drain(site.baseWatts);
  return claimed - (1 - lived(site, core.life).depthUsed);
}

const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;
