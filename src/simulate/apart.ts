// Several nights at once, one a core. The same nights come of it as one after the other.
import { Worker } from 'node:worker_threads';
import type { Site } from '../model/site.ts';
import type { NightAccount, NoNight, Simulation } from './account.ts';
import { groundOf } from './physics.ts';
import type { SimulationWish } from './simulate.ts';

/** What a worker is told; it answers with the account. */
export interface Task {
  readonly site: Site;
  readonly name: string;
  readonly seed: number;
}

export async function simulateApart(site: Site, { nights, seed, begins }: SimulationWish, jobs: number): Promise<Simulation> {
  const accounts = new Map<string, NightAccount | NoNight>();
  // The long ones, which stand last, go first: no core then waits long for the other.
  const waiting = [...nights];
  const work = async (worker: Worker): Promise<void> => {
    for (let night = waiting.pop(); night !== undefined; night = waiting.pop()) {
      begins?.(night);
      accounts.set(night.name, await answerOf(worker, { site, name: night.name, seed }));
    }
  };
  const workers = Array.from({ length: Math.min(jobs, nights.length) }, () => workerOf());
  try {
    await Promise.all(workers.map(work));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return {
    site: site.name,
    currency: site.currency,
    seed,
    assumed: groundOf(site, seed).assumed,
    nights: nights.flatMap(({ name }) => accounts.get(name) ?? []),
  };
}

/** Most of what a night makes is short-lived: with room for it little is ever moved. */
function workerOf(): Worker {
  return new Worker(new URL('./worker.js', import.meta.url), { resourceLimits: { maxYoungGenerationSizeMb: 64 } });
}

function answerOf(worker: Worker, task: Task): Promise<NightAccount | NoNight> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error(`${task.name} broke off`));
    worker.once('error', reject);
    worker.once('exit', ended);
    worker.once('message', (account: NightAccount | NoNight) => {
      worker.off('error', reject).off('exit', ended);
      resolve(account);
    });
    worker.postMessage(task);
  });
}
