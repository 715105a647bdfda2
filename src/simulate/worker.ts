// One core's share of a simulation: the nights it is handed, one after the other.
import { parentPort } from 'node:worker_threads';
import type { Task } from './apart.ts';
import { NIGHTS } from './nights.ts';
import { simulate } from './simulate.ts';

parentPort?.on('message', async ({ site, name, seed }: Task) => {
  const { nights } = await simulate(site, { nights: NIGHTS.filter((night) => night.name === name), seed });
  parentPort?.postMessage(nights[0]);
});
