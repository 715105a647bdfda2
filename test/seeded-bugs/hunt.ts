// The hunt for one seeded bug: nights until one is bad that is good with the sources as they are; first the one that showed it
// last time, then from seed 1 on. One that is hidden from every night is looked for by its test.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Told } from '../../src/prove/worker.ts';
import type { Bug } from './bug.ts';
import { findByTest } from './by-test.ts';
import type { Workshop } from './mutant.ts';

export interface Found {
  readonly bug: Bug;
  /** the night that shows it; undefined: none did */
  readonly seed?: number;
  /** what was wrong with that night, or the test that fails with it; undefined: it was not found */
  readonly by?: string;
  /** why it can't be planted: nothing was hunted */
  readonly unfit?: string;
  /** seeds tried */
  readonly nights: number;
  readonly passedMs: number;
}

export interface HuntOptions {
  /** nights at most */
  readonly seeds: number;
  readonly nowMs: () => number;
  /** the night that showed a bug last time, by its name */
  readonly shownBy?: ReadonlyMap<string, number>;
  /** before each night */
  readonly onNight?: (bug: Bug, seed: number) => void;
}

/** A night that takes longer has no end: the bug is found as well. */
const LONGEST_NIGHT_MS = 300_000;

export async function hunt(workshop: Workshop, bug: Bug, options: HuntOptions): Promise<Found> {
  const { nowMs } = options;
  const unfit = workshop.unfit.get(bug.name);
  if (unfit !== undefined) return { bug, unfit, nights: 0, passedMs: 0 };
  const startMs = nowMs();
  const found = bug.hidden === undefined ? await findByNights(workshop, bug, options) : await findByTest(workshop, bug, bug.hidden.test);
  return { bug, ...found, passedMs: nowMs() - startMs };
}

async function findByNights(
  workshop: Workshop,
  bug: Bug,
  { seeds, shownBy, onNight }: HuntOptions,
): Promise<Omit<Found, 'bug' | 'passedMs'>> {
  const made = workshop.mutant(bug);
  const mutant = new Nights(made);
  const sound = new Nights(workshop.sound);
  let nights = 0;
  try {
    for (const seed of order(shownBy?.get(bug.name), seeds)) {
      onNight?.(bug, seed);
      nights += 1;
      const [by] = await mutant.live(seed);
      if (by === undefined || (await sound.live(seed)).length > 0) continue;
      return { seed, by, nights };
    }
    return { nights };
  } finally {
    await Promise.all([mutant.end(), sound.end()]);
    workshop.scrap(made);
  }
}

function* order(first: number | undefined, seeds: number): Generator<number> {
  if (first !== undefined && first <= seeds) yield first;
  for (let seed = 1; seed <= seeds; seed += 1) if (seed !== first) yield seed;
}

/** Nights lived through by one build, in a thread of its own. */
class Nights {
  readonly #folder: string;
  #worker: Worker | undefined;
  #hear: (wrong: readonly string[]) => void = () => undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What was wrong with the night of a seed. */
  async live(seed: number): Promise<readonly string[]> {
    this.#worker ??= this.#hire();
    const worker = this.#worker;
    let patience: ReturnType<typeof setTimeout> | undefined;
    const wrong = await new Promise<readonly string[]>((resolve) => {
      this.#hear = resolve;
      patience = setTimeout(() => this.#lose(`the night of seed ${seed} does not end`), LONGEST_NIGHT_MS);
      worker.postMessage([seed]);
    });
    clearTimeout(patience);
    return wrong;
  }

  async end(): Promise<void> {
    await this.#worker?.terminate();
  }

  #hire(): Worker {
    const worker = new Worker(pathToFileURL(join(this.#folder, 'prove', 'worker.js')));
    worker.on('message', (message: Told | 'more') => {
      if (message !== 'more') this.#hear(message.wrong);
    });
    worker.on('error', (error) => this.#lose(`the night dies: ${String(error)}`));
    return worker;
  }

  #lose(what: string): void {
    void this.#worker?.terminate();
    this.#worker = undefined;
    this.#hear([what]);
  }
}

/** All bugs, `jobs` at a time. `onEnded` hears of each at once, `onFound` in their order: when all before it have ended. */
export async function huntAll(
  workshop: Workshop,
  bugs: readonly Bug[],
  options: HuntOptions & { readonly jobs: number; readonly onEnded: (found: Found) => void; readonly onFound: (found: Found) => void },
): Promise<readonly Found[]> {
  const ended: (Found | undefined)[] = bugs.map(() => undefined);
  let next = 0;
  let told = 0;
  const work = async (): Promise<void> => {
    while (next < bugs.length) {
      const place = next++;
      const bug = bugs[place];
      if (bug === undefined) return;
      const one = await hunt(workshop, bug, options);
      options.onEnded(one);
      ended[place] = one;
      for (let found = ended[told]; found !== undefined; found = ended[told]) {
        told += 1;
        options.onFound(found);
      }
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, work));
  return ended.filter((found) => found !== undefined);
}
