// Which of many things fit under a limit and are worth most together.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Item, mostWorth } from '../../src/core/knapsack.ts';

const rigs: readonly Item[] = [
  { id: 's21', watts: 3400, value: 0.31 },
  { id: 's19', watts: 2600, value: 0.22 },
  { id: 's17', watts: 2300, value: 0.2 },
];
const worth = (items: readonly Item[], taken: ReadonlySet<string>): number =>
  items.reduce((sum, { id, value }) => sum + (taken.has(id) ? value : 0), 0);
const weight = (items: readonly Item[], taken: ReadonlySet<string>): number =>
  items.reduce((sum, { id, watts }) => sum + (taken.has(id) ? watts : 0), 0);

describe('what is worth most within a limit', () => {
  it('are two that fill it, and not the one that earns most per watt', () => {
    expect([...mostWorth(rigs, 5000)]).toEqual(['s19', 's17']);
    expect(worth(rigs, mostWorth(rigs, 5000))).toBeCloseTo(0.42, 9);
  });

  it('is nothing within nothing, and all where all fit', () => {
    expect(mostWorth(rigs, 0).size).toBe(0);
    expect(mostWorth(rigs, -1).size).toBe(0);
    expect(mostWorth(rigs, 8300).size).toBe(3);
  });

  it('are five whose plates come to the limit, to the watt', () => {
    const five = Array.from({ length: 5 }, (_, index) => ({ id: `s${index}`, watts: 3425, value: 1 }));
    expect(mostWorth(five, 5 * 3425).size).toBe(5);
  });

  it('is counted coarsely where there is much of it, and stays within the limit', () => {
    const many = Array.from({ length: 100 }, (_, index) => ({ id: `s${index}`, watts: 3425, value: 1 }));
    expect(mostWorth(many, 50 * 3430).size).toBe(50);
  });

  it('takes no thing that is heavier than the limit by a hair', () => {
    expect(mostWorth([{ id: 'a', watts: 1000.1, value: 1 }], 1000).size).toBe(0);
  });

  it('is never over the limit, and as good as any choice there is', () => {
    const item = fc.record({ watts: fc.integer({ min: 1, max: 60 }), value: fc.integer({ min: 0, max: 50 }) });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 8 }), fc.integer({ min: 0, max: 250 }), (drawn, tens) => {
        const items = drawn.map(({ watts, value }, index) => ({ id: `r${index}`, watts: 10 * watts, value }));
        const limit = 10 * tens;
        const taken = mostWorth(items, limit);
        let best = 0;
        for (let choice = 0; choice < 2 ** items.length; choice += 1) {
          const some = new Set(items.filter((_, index) => (choice >> index) % 2 === 1).map(({ id }) => id));
          if (weight(items, some) <= limit) best = Math.max(best, worth(items, some));
        }
        expect(weight(items, taken)).toBeLessThanOrEqual(limit);
        expect(worth(items, taken)).toBe(best);
      }),
      { numRuns: 200 },
    );
  });

  it('of more than two hundred is found quickly', () => {
    const many = Array.from({ length: 198 }, (_, index) => ({ id: `small-${index}`, watts: 10, value: 0.0001 }));
    const items = [...rigs, ...many];
    expect(mostWorth(items, 3400).has('s21')).toBe(true);
  });

  it('of more than two hundred that all fit are all', () => {
    const many = Array.from({ length: 201 }, (_, index) => ({ id: `f${index}`, watts: 10, value: 1 + (index % 3) }));
    expect(mostWorth(many, 2010).size).toBe(201);
    expect(weight(many, mostWorth(many, 1000))).toBe(1000);
  });

  it('of more than two hundred is one exchange better than the best per watt first', () => {
    const many = Array.from({ length: 200 }, (_, index) => ({ id: `f${index}`, watts: 950, value: 1 }));
    const items = [{ id: 'dense', watts: 100, value: 10 }, { id: 'big', watts: 1000, value: 60 }, ...many];
    expect([...mostWorth(items, 1000)]).toEqual(['big']);
  });
});
