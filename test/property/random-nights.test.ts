// Nights drawn by chance, each lived through by the real engine. LASTWATT_NIGHTS=5000 lives through more of them, from
// LASTWATT_FIRST_NIGHT on.
import process from 'node:process';
import { expect, it, jest } from '@jest/globals';
import { liveThrough, report } from '../support/live-through.ts';
import { randomNight } from '../support/random-night.ts';

const nights = Number(process.env['LASTWATT_NIGHTS'] ?? 20);
const first = Number(process.env['LASTWATT_FIRST_NIGHT'] ?? 1);

jest.setTimeout(60_000 + nights * 10_000);

async function keepsEveryPromise(seed: number): Promise<void> {
  const night = randomNight(seed);
  const wrong = await liveThrough(night);
  if (wrong.length > 0) throw new Error(`a bad night; again: LASTWATT_NIGHTS=1 LASTWATT_FIRST_NIGHT=${seed}\n${await report(night)}`);
}

it('keeps every promise in whatever night chance makes, and brings every rig back when all is well', async () => {
  for (let seed = first; seed < first + nights; seed += 1) await keepsEveryPromise(seed);
});

it.each([[888, 'a forced shutdown ends a grace before its time']])('keeps every promise in night %i, in which %s', keepsEveryPromise);

it('draws the same night from the same seed', () => {
  const told = (seed: number): string => JSON.stringify([randomNight(seed).site, randomNight(seed).troubles]);
  expect(told(7)).toBe(told(7));
  expect(told(8)).not.toBe(told(7));
});
