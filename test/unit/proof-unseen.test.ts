import { expect, it } from '@jest/globals';
import { type Unseen, unseenAfter } from '../../src/proof/unseen.ts';

function after(...steps: readonly [depth: number, dark: boolean][]): number {
  let one: Unseen | undefined;
  for (const [depth, dark] of steps) one = unseenAfter(one, depth, dark);
  return one?.unseen ?? 0;
}

it('counts what a battery gives while the Pi is without power, and nothing that it gives else', () => {
  expect(after([0, false], [0.1, false], [0.4, true], [0.5, false])).toBeCloseTo(0.3);
  expect(after([0, false], [0.9, false])).toBe(0);
});

it('excuses nothing more by what a battery gave unseen once it is charged again', () => {
  expect(after([0, false], [0.6, true], [0, false], [0.9, false])).toBe(0);
  expect(after([0, false], [0.6, true], [0.1, false], [0.9, false])).toBeCloseTo(0.1);
});
