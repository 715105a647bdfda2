import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { charge, drain, FULL_BATTERY, type SimBatteryOptions, secondsLeft, seemingDepth } from '../../src/sim/battery.ts';

const plain: SimBatteryOptions = { carries: { watts: 3_000, minutes: 9 } };
const real: SimBatteryOptions = { ...plain, exponent: 1.25, lossWatts: 120, health: 0.8, recovery: { depth: 0.15, minutes: 6 } };

describe('a simulated battery', () => {
  it('carries its rated load for its rated time', () => {
    expect(secondsLeft(plain, FULL_BATTERY, 3_000)).toBeCloseTo(540, 9);
    expect(secondsLeft(plain, FULL_BATTERY, 1_500)).toBeCloseTo(1_080, 9);
    expect(drain(plain, FULL_BATTERY, 3_000, 270).depth).toBeCloseTo(0.5, 9);
  });

  it('lasts longer than in proportion at a smaller load, when it is strained by a big one', () => {
    const rate = { ...plain, exponent: 1.2 };
    expect(secondsLeft(rate, FULL_BATTERY, 1_500)).toBeCloseTo(540 * 2 ** 1.2, 6);
  });

  it('feeds its own inverter when nothing else hangs on it', () => {
    expect(secondsLeft(plain, FULL_BATTERY, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(secondsLeft({ ...plain, lossWatts: 100 }, FULL_BATTERY, 0)).toBeCloseTo((540 * 3_100) / 100, 6);
  });

  it('holds less when it is old', () => {
    expect(secondsLeft({ ...plain, health: 0.5 }, FULL_BATTERY, 3_000)).toBeCloseTo(270, 9);
  });

  it('ends no deeper than empty and charges no further than full', () => {
    expect(drain(plain, FULL_BATTERY, 3_000, 9_999).depth).toBe(1);
    expect(secondsLeft(plain, { depth: 1, strain: 0 }, 3_000)).toBe(0);
    expect(charge(plain, { depth: 1, strain: 0 }, 3_600).depth).toBeCloseTo(0.8, 9);
    expect(charge(plain, { depth: 0.1, strain: 0 }, 36_000).depth).toBe(0);
  });

  it('seems emptier under load and gives that back after a step down', () => {
    const acid = { ...plain, recovery: { depth: 0.15, minutes: 6 } };
    const loaded = drain(acid, FULL_BATTERY, 3_000, 120);
    const eased = drain(acid, loaded, 100, 300);
    expect(loaded.strain).toBeGreaterThan(0);
    expect(eased.strain).toBeLessThan(loaded.strain);
    expect(eased.depth).toBeGreaterThan(loaded.depth);
    expect(seemingDepth(eased)).toBeLessThan(seemingDepth(loaded));
  });

  it('comes to the same in one stretch or in two', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 5_000, noNaN: true }),
        fc.double({ min: 0, max: 60, noNaN: true }),
        fc.double({ min: 0, max: 60, noNaN: true }),
        (watts, first, second) => {
          const whole = drain(real, FULL_BATTERY, watts, first + second);
          const parts = drain(real, drain(real, FULL_BATTERY, watts, first), watts, second);
          expect(parts.depth).toBeCloseTo(whole.depth, 9);
          expect(parts.strain).toBeCloseTo(whole.strain, 9);
        },
      ),
    );
  });

  it('is empty when it said it would be', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 50, max: 5_000, noNaN: true }),
        fc.double({ min: 0, max: 0.8, noNaN: true }),
        fc.double({ min: 0, max: 0.15, noNaN: true }),
        (watts, depth, strain) => {
          const state = { depth, strain };
          const left = secondsLeft(real, state, watts);
          expect(seemingDepth(drain(real, state, watts, left))).toBeCloseTo(1, 6);
          expect(seemingDepth(drain(real, state, watts, left * 0.99))).toBeLessThan(1);
        },
      ),
    );
  });
});

describe('a battery whose data sheet has several lines', () => {
  const sheet: SimBatteryOptions = {
    carries: { watts: 600, minutes: 60 },
    table: [
      [600, 60],
      [1_500, 21],
      [3_000, 9],
    ],
  };
  const minutes = (watts: number, more: Partial<SimBatteryOptions> = {}): number =>
    secondsLeft({ ...sheet, ...more }, FULL_BATTERY, watts) / 60;

  it('lasts as long as each of its lines says, and between two of them as a straight line on logarithms', () => {
    expect([600, 1_500, 3_000].map((watts) => minutes(watts))).toEqual([60, 21, 9].map((one) => expect.closeTo(one, 9)));
    expect(minutes(Math.sqrt(600 * 1_500))).toBeCloseTo(Math.sqrt(60 * 21), 9);
  });

  it('promises nothing beyond its lines: in proportion below them, with the last slope above', () => {
    expect(minutes(300)).toBeCloseTo(120, 9);
    expect(minutes(6_000)).toBeCloseTo((9 * 9) / 21, 9);
    expect(secondsLeft(sheet, FULL_BATTERY, 0)).toBe(Number.POSITIVE_INFINITY);
  });

  it('gives less when it is worn', () => {
    expect(minutes(1_500, { health: 0.5 })).toBeCloseTo(10.5, 9);
  });
});
