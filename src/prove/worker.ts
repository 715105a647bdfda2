// One core's share of a campaign: lives through the nights it is handed and tells what came of each.
import { parentPort } from 'node:worker_threads';
import { episodeOf } from '../proof/crash.ts';
import { drawNight } from '../proof/draw-night.ts';
import { type Account, live } from '../proof/live.ts';
import type { Crash } from '../proof/scenario.ts';

/** Each this many nights one is lived through twice, and must be the same to the last record (I-18). */
const TWICE_EVERY = 200;

/** A night by its seed, or the episode of a seed with a crash in it or without. */
export type Task = number | { readonly episode: number; readonly crash?: Crash };

export interface Told extends Account {
  readonly seed: number;
}

async function night(seed: number): Promise<Told> {
  const scenario = drawNight(seed);
  const account = await live(scenario);
  if (seed % TWICE_EVERY !== 0 || account.wrong.length > 0) return { seed, ...account };
  const again = await live(scenario);
  const same = again.hash === account.hash;
  return { seed, ...account, wrong: same ? [] : [`I-18 lived through twice, it gave journals ${account.hash} and ${again.hash}`] };
}

async function episode({ episode: seed, crash }: Exclude<Task, number>): Promise<Told> {
  const scenario = episodeOf(seed);
  return { seed, ...(await live(crash === undefined ? scenario : { ...scenario, crash })) };
}

/** What nobody caught while a night was lived through is that night's, and the campaign goes on. */
const uncaught: string[] = [];
process.on('unhandledRejection', (error) => uncaught.push(error instanceof Error ? (error.stack ?? error.message) : String(error)));

parentPort?.on('message', async (tasks: readonly Task[]) => {
  for (const task of tasks) {
    const told = await (typeof task === 'number' ? night(task) : episode(task));
    parentPort?.postMessage({ ...told, wrong: [...told.wrong, ...uncaught.splice(0)] } satisfies Told);
  }
  parentPort?.postMessage('more');
});
