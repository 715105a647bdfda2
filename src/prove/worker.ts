// One core's share of a campaign: lives through the seeds it is handed and tells what came of each.
import { parentPort } from 'node:worker_threads';
import { drawNight } from '../proof/draw-night.ts';
import { type Account, live } from '../proof/live.ts';

/** Each this many nights one is lived through twice, and must be the same to the last record (I-18). */
const TWICE_EVERY = 200;

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

parentPort?.on('message', async (seeds: readonly number[]) => {
  for (const seed of seeds) parentPort?.postMessage(await night(seed));
  parentPort?.postMessage('more');
});
