// How long the planner takes and what it holds: CPU time of this process, for the machine may be another's as well.
import { fileURLToPath } from 'node:url';
import { plan } from '../src/planner/plan.ts';
import type { Problem } from '../src/planner/problem.ts';
import { DEFAULT_PRIOR, Survival } from '../src/planner/survival.ts';
import { Child } from './child.ts';
import { type Figure, inWords, limited, median } from './figures.ts';
import { type BenchSite, drawnSite } from './policy-fleet.ts';

const FIRST = [
  { rigs: 10, limitMs: 0.5, runs: 400 },
  { rigs: 1_000, limitMs: 40, runs: 60 },
  { rigs: 10_000, limitMs: 700, runs: 9 },
] as const;
const AGAIN = { rigs: 1_000, limitMs: 5, sites: 10, ticks: 30 } as const;
const TICK_HOURS = 5 / 3600;
const MEMORY_MB = 250;
export const MEMORY_RIGS = 10_000;

/** Of a drawn site, at its full battery. */
export function problemOf({ rigs, baseWatts, drain }: BenchSite, { elapsedHours = 0, depth = 0.8 } = {}): Problem {
  return {
    loads: rigs.map(({ id, watts, reward, loss }) => ({ id, increments: [{ watts, reward, loss }] })),
    baseWatts,
    costPerKwh: 0,
    drain,
    depth,
    survival: Survival.of(DEFAULT_PRIOR, elapsedHours),
  };
}

export async function planTimes(progress: (say: string) => void): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const size of FIRST) {
    progress(`policy: first plan of ${size.rigs} rigs`);
    figures.push(firstPlan(size));
  }
  progress(`policy: a plan again of ${AGAIN.rigs} rigs`);
  figures.push(again(), await memory());
  return figures;
}

function firstPlan({ rigs, limitMs, runs }: (typeof FIRST)[number]): Figure {
  const problems = Array.from({ length: runs }, (_, number) => problemOf(drawnSite({ seed: 1, number, rigs })));
  for (const problem of problems.slice(0, Math.max(3, runs / 4))) plan(problem);
  const times = problems.map((problem) => cpuMs(() => plan(problem)));
  const peer = median(problems.map(({ loads }) => cpuMs(() => JSON.parse(JSON.stringify(loads)))));
  const usual = median(times);
  return limited(
    { what: `first plan, ${rigs} rigs`, measured: `median ${inWords(usual, 'ms')} of CPU`, beside: beside(limitMs, usual, peer) },
    usual,
    limitMs,
  );
}

/** As it is planned at every tick, each from the one before. */
function again(): Figure {
  const times: number[] = [];
  const peers: number[] = [];
  for (let number = 0; number < AGAIN.sites; number++) {
    const site = drawnSite({ seed: 2, number, rigs: AGAIN.rigs });
    let [elapsedHours, depth] = [0, 0.8];
    let problem = problemOf(site);
    let made = plan(problem);
    for (let tick = 0; tick < AGAIN.ticks; tick++) {
      const untils = new Map(problem.loads.map(({ id }, i) => [id, (made.hours[i]?.[0] ?? 0) - TICK_HOURS]));
      const up = site.rigs.filter(({ id }) => (untils.get(id) ?? 0) > 0);
      if (up.length === 0 || made.lambda === 0) break;
      depth -= site.drain(site.baseWatts + up.reduce((sum, { watts }) => sum + watts, 0)) * TICK_HOURS;
      const lambda = made.lambda / problem.survival.at(TICK_HOURS);
      elapsedHours += TICK_HOURS;
      problem = problemOf({ ...site, rigs: up }, { elapsedHours, depth });
      const tookMs = cpuMs(() => {
        made = plan(problem, { lambda, hoursOf: (id) => untils.get(id) });
      });
      // A row that has grown short is no measure of a long one.
      if (up.length > 0.9 * AGAIN.rigs) times.push(tookMs);
      peers.push(cpuMs(() => JSON.parse(JSON.stringify(problem.loads))));
    }
  }
  const usual = median(times);
  const what = `a plan again, ${AGAIN.rigs} rigs (${times.length} ticks)`;
  return limited(
    { what, measured: `median ${inWords(usual, 'ms')} of CPU`, beside: beside(AGAIN.limitMs, usual, median(peers)) },
    usual,
    AGAIN.limitMs,
  );
}

async function memory(): Promise<Figure> {
  const child = new Child(process.execPath, [fileURLToPath(import.meta.url.replace(/policy-speed(\.[jt]s)$/, 'policy-memory$1'))]);
  await child.ended;
  const most = Number(/^(\d+) MB$/m.exec(child.said)?.[1] ?? Number.NaN);
  const measured = `${most} MB resident at most`;
  return limited({ what: `planning ${MEMORY_RIGS} rigs, first and again`, measured, beside: `limit ${MEMORY_MB} MB` }, most, MEMORY_MB);
}

const beside = (limitMs: number, usual: number, peer: number): string =>
  `limit ${limitMs} ms; the same rigs to JSON and back ${inWords(peer, 'ms')}: ${(usual / peer).toFixed(1)} of it`;

/** What this process took of the CPU, ms. */
function cpuMs(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
