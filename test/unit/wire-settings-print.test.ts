// Prints of what an owner set: alike for two spellings of one value, and of no use to who would know a wallet.
import { describe, expect, it } from '@jest/globals';
import { settingsPrint, valuesOf } from '../../src/wire/settings-print.ts';

const pools = [{ url: 'stratum+tcp://a', user: 'wallet.rig', pass: 'x' }];
const printOf = (value: unknown): string | undefined => settingsPrint({ pools: value })?.pools;

describe('a print', () => {
  it('is the same for a number and its digits, for a map and an object, in any order, and without what is null', () => {
    expect(printOf({ pwm: 85, auto: true })).toBe(
      printOf(
        new Map<string, unknown>([
          ['auto', 'true'],
          ['pwm', '85'],
        ]),
      ),
    );
    expect(printOf({ a: 1, b: null })).toBe(printOf({ a: 1 }));
  });

  it('differs for another pool, another wallet, another order of pools, one that is missing', () => {
    const others = [
      [{ ...pools[0], url: 'stratum+tcp://b' }],
      [{ ...pools[0], user: 'thief.rig' }],
      [...pools, { url: 'stratum+tcp://b' }],
      [{ url: 'stratum+tcp://b' }, ...pools],
      [],
    ];
    expect(new Set([pools, ...others].map(printOf)).size).toBe(6);
    expect(printOf(['a,b'])).not.toBe(printOf(['a', 'b']));
  });

  it('is made of what nests without end as well', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    expect(printOf(deep)).toMatch(/^[0-9a-f]{12}$/);
  });

  it('shows nothing of what it is a print of', () => {
    expect(printOf(pools)).toMatch(/^[0-9a-f]{12}$/);
  });

  it('is absent where nothing is told', () => {
    expect(settingsPrint({ pools: undefined, fans: valuesOf(new Map(), ['fan']) })).toBeUndefined();
    expect(valuesOf(undefined, ['fan'])).toBeUndefined();
    expect(settingsPrint({ fans: valuesOf(new Map([['fan', 1]]), ['fan', 'pwm']) })).toEqual({ fans: expect.any(String) });
  });
});
