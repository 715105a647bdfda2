// A campaign: seeds shared out among workers until all are lived through, time is up, or too many nights were bad.
import { Worker } from 'node:worker_threads';
import { added, type Figures, joined, NOTHING, type Range } from './ledger.ts';
import type { Told } from './worker.ts';

export interface CampaignOptions {
  readonly ranges: readonly Range[];
  readonly jobs: number;
  /** ms since the start at which no further seed is begun */
  readonly withinMs: number;
  readonly nowMs: () => number;
  /** after each night */
  readonly onNight: (progress: Progress) => void;
  readonly onBad: (bad: Bad) => void;
}

export interface Progress {
  readonly nights: number;
  readonly outages: number;
  readonly bad: number;
  readonly passedMs: number;
}

export interface Bad {
  readonly seed: number;
  readonly wrong: readonly string[];
}

export interface Result {
  readonly figures: Figures;
  readonly clean: readonly Range[];
  readonly bad: readonly Bad[];
  readonly passedMs: number;
}

/** Seeds handed to a worker at a time. */
const HANDFUL = 10;
const MOST_BAD = 50;

export async function campaign(options: CampaignOptions): Promise<Result> {
  const startMs = options.nowMs();
  const passed = (): number => options.nowMs() - startMs;
  const seeds = seedsOf(options.ranges);
  const bad: Bad[] = [];
  const clean: Range[] = [];
  let figures = NOTHING;
  const hear = (told: Told): void => {
    const { seed, wrong, outages, rigs, virtualSeconds, acts, emptied, reached } = told;
    if (wrong.length > 0) {
      bad.push({ seed, wrong });
      options.onBad({ seed, wrong });
    } else {
      clean.push([seed, seed]);
      const seen = {
        nights: 1,
        outages,
        rigOutages: outages * rigs,
        virtualHours: virtualSeconds / 3600,
        acts,
        emptied,
        crashPoints: 0,
        faults: reached,
      };
      figures = added(figures, seen);
    }
    options.onNight({ nights: figures.nights + bad.length, outages: figures.outages, bad: bad.length, passedMs: passed() });
  };
  const next = (): readonly number[] => (bad.length >= MOST_BAD || passed() >= options.withinMs ? [] : take(seeds, HANDFUL));
  await Promise.all(Array.from({ length: options.jobs }, () => work(next, hear)));
  return { figures, clean: joined(clean), bad: bad.toSorted((a, b) => a.seed - b.seed), passedMs: passed() };
}

function work(next: () => readonly number[], hear: (told: Told) => void): Promise<void> {
  const worker = new Worker(new URL('./worker.js', import.meta.url));
  return new Promise<void>((resolve, reject) => {
    const hand = (): void => {
      const seeds = next();
      if (seeds.length === 0) resolve();
      else worker.postMessage(seeds);
    };
    worker.on('message', (told: Told | 'more') => (told === 'more' ? hand() : hear(told)));
    worker.on('error', reject);
    hand();
  }).finally(() => worker.terminate());
}

function* seedsOf(ranges: readonly Range[]): Generator<number> {
  for (const [first, last] of ranges) for (let seed = first; seed <= last; seed += 1) yield seed;
}

function take(seeds: Generator<number>, count: number): readonly number[] {
  const taken: number[] = [];
  while (taken.length < count) {
    const { done, value } = seeds.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}
