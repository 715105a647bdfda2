// A campaign of crashes: the episode of each seed is lived through once to count what the card does in it, and then once
// for each of these operations and each way in which it may end.
import { Worker } from 'node:worker_threads';
import { CRASHES, type Crash } from '../proof/scenario.ts';
import { joined, type Range } from './ledger.ts';
import type { Task, Told } from './worker.ts';

export interface CrashOptions {
  readonly ranges: readonly Range[];
  readonly jobs: number;
  /** ms since the start at which no further point is begun */
  readonly withinMs: number;
  readonly nowMs: () => number;
  /** after each point */
  readonly onPoint: (points: number, bad: number, passedMs: number) => void;
  readonly onBad: (bad: BadCrash) => void;
}

export interface BadCrash {
  readonly seed: number;
  /** absent: the episode is bad without a crash */
  readonly crash?: Crash;
  readonly wrong: readonly string[];
}

export interface CrashResult {
  readonly points: number;
  /** those of seeds of which none was bad and none is left */
  readonly pointsOfClean: number;
  readonly clean: readonly Range[];
  readonly bad: readonly BadCrash[];
  readonly passedMs: number;
}

const MOST_BAD = 50;

interface Point {
  readonly seed: number;
  readonly crash: Crash;
}

export async function crashCampaign(options: CrashOptions): Promise<CrashResult> {
  const { nowMs, withinMs, ranges, jobs, onPoint, onBad } = options;
  const startMs = nowMs();
  const seeds = ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, place) => first + place));
  const points: Point[] = [];
  const left = new Map<number, number>();
  const sizes = new Map<number, number>();
  const clean: Range[] = [];
  const bad: BadCrash[] = [];
  let done = 0;
  let pointsOfClean = 0;
  const isOver = (): boolean => bad.length >= MOST_BAD || nowMs() - startMs >= withinMs;
  const found = (one: BadCrash): void => {
    bad.push(one);
    onBad(one);
  };
  const begin = async (worker: Lives, seed: number): Promise<void> => {
    const { wrong, operations } = await worker.live({ episode: seed });
    if (wrong.length > 0) return found({ seed, wrong });
    const all = pointsOf(seed, operations);
    left.set(seed, all.length);
    sizes.set(seed, all.length);
    points.push(...all);
  };
  const pass = async (worker: Lives, { seed, crash }: Point): Promise<void> => {
    const { wrong } = await worker.live({ episode: seed, crash });
    done += 1;
    if (wrong.length > 0) found({ seed, crash, wrong });
    else left.set(seed, (left.get(seed) ?? 0) - 1);
    if (left.get(seed) === 0) {
      clean.push([seed, seed]);
      pointsOfClean += sizes.get(seed) ?? 0;
    }
    onPoint(done, bad.length, nowMs() - startMs);
  };
  const work = async (): Promise<void> => {
    const worker = new Lives();
    while (!isOver()) {
      const point = points.shift();
      const seed = point === undefined ? seeds.shift() : undefined;
      if (point !== undefined) await pass(worker, point);
      else if (seed !== undefined) await begin(worker, seed);
      else break;
    }
    await worker.end();
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return { points: done, pointsOfClean, clean: joined(clean), bad, passedMs: nowMs() - startMs };
}

export function pointsOf(seed: number, operations: number): readonly Point[] {
  return Array.from({ length: operations }, (_, place) => CRASHES.map((as) => ({ seed, crash: { operation: place + 1, as } }))).flat();
}

/** A worker that is handed one task at a time. */
class Lives {
  readonly #worker = new Worker(new URL('./worker.js', import.meta.url));
  #hear: ((told: Told) => void) | undefined;
  #fail: ((error: unknown) => void) | undefined;

  constructor() {
    this.#worker.on('message', (told: Told | 'more') => (told === 'more' ? undefined : this.#hear?.(told)));
    this.#worker.on('error', (error) => this.#fail?.(error));
  }

  live(task: Task): Promise<Told> {
    return new Promise((resolve, reject) => {
      this.#hear = resolve;
      this.#fail = reject;
      this.#worker.postMessage([task]);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
