// Nights drawn by chance, lived through by the real engine and judged from outside. More of them:
// scripts/prove --from 1 --seeds 1000 --jobs 2
import { expect, it, jest } from '@jest/globals';
import { drawNight } from '../../src/proof/draw-night.ts';
import { live } from '../../src/proof/live.ts';

const NIGHTS = 20;

jest.setTimeout(60_000 + NIGHTS * 10_000);

it('keeps every promise in whatever night chance makes, and brings every rig back when all is well', async () => {
  for (let seed = 1; seed <= NIGHTS; seed += 1) {
    const { wrong } = await live(drawNight(seed));
    if (wrong.length > 0) throw new Error(`a bad night; again: scripts/prove --show ${seed} --small\n${wrong.join('\n')}`);
  }
});

it('draws the same night from the same seed, and lives it to the same journal', async () => {
  expect(drawNight(7)).toEqual(drawNight(7));
  expect(drawNight(7)).not.toEqual(drawNight(8));
  const [first, second] = [await live(drawNight(7)), await live(drawNight(7))];
  expect(second.hash).toBe(first.hash);
});
