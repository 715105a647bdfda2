// How far ticks are apart.
import { expect, it } from '@jest/globals';
import { gapAfter } from '../../src/engine/gap.ts';

it.each([
  [0, 5],
  [1, 5],
  [4, 16],
  [20, 80],
  [300, 100],
])('after a tick of %d ms the next waits %d ms', (tookMs, gapMs) => {
  expect(gapAfter(tookMs)).toBe(gapMs);
});
