import { expect, it } from '@jest/globals';
import { chance, pcg32 } from '../../src/sim/chance.ts';

it('draws what the reference implementation of PCG32 draws', () => {
  // pcg32-demo of the C library: initstate 42, initseq 54.
  const next = pcg32(42n, 54n);
  const drawn = Array.from({ length: 6 }, () => next().toString(16));
  expect(drawn).toEqual(['a15c02b7', '7b47f409', 'ba1d3330', '83d2f293', 'bfa4784b', 'cbed606e']);
});

it('draws the same for the same seed and concern, and something else for any other', () => {
  const draw = (seed: number, concern: string): number[] => {
    const one = chance(seed, concern);
    return Array.from({ length: 5 }, () => one.uint32());
  };
  expect(draw(7, 'faults')).toEqual(draw(7, 'faults'));
  expect(draw(7, 'faults')).not.toEqual(draw(8, 'faults'));
  expect(draw(7, 'faults')).not.toEqual(draw(7, 'physics'));
});

it('keeps its draws within their bounds and about evenly spread', () => {
  const one = chance(1, 'spread');
  const counts = [0, 0, 0];
  for (let n = 0; n < 9_000; n += 1) {
    const face = one.below(3);
    counts[face] = (counts[face] ?? 0) + 1;
    const unit = one.unit();
    expect(unit >= 0 && unit < 1).toBe(true);
    const between = one.between(-5, 5);
    expect(between >= -5 && between < 5).toBe(true);
  }
  for (const count of counts) expect(Math.abs(count - 3_000)).toBeLessThan(200);
  expect(Array.from({ length: 1_000 }, () => one.happens(0.2)).filter(Boolean).length).toBeGreaterThan(140);
  expect(one.pick([])).toBeUndefined();
  expect(['a', 'b']).toContain(one.pick(['a', 'b']));
  expect(() => one.below(0)).toThrow('a draw below 0');
});
