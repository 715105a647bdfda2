// What the past discharges of a UPS are worth: less energy is believed of one, more of three that agree; and which are kept.
import { describe, expect, it } from '@jest/globals';
import { tableCurve } from '../../src/core/capacity.ts';
import { keptWith, learnedOf } from '../../src/core/learned.ts';
import type { PastDischarge } from '../../src/model/ups.ts';

/** 20 min at 1000 W. */
const SHEET = tableCurve([
  [500, 45],
  [1000, 20],
  [2000, 9],
]);

/** At 1000 W, down to 20 %: of a battery that holds so much of the sheet. */
const past = (share: number, change: Partial<PastDischarge> = {}): PastDischarge => {
  const depth = change.depth ?? 0.8;
  const seconds = 1200 * share * depth;
  const sheet = { sheetDepth: seconds / 1200, sheetSeconds: 1200 };
  return { at: '2026-11-01T00:00:00.000Z', watts: 1000, seconds, depth, reach: depth, by: 'charge', measured: true, ...sheet, ...change };
};

const shareBy = (all: readonly PastDischarge[], reportedWh?: number): number | undefined => {
  const curve = learnedOf(all, { sheet: SHEET, reportedWh })?.curve;
  return curve === undefined ? undefined : Math.round((100 * curve(1000)) / 1200) / 100;
};

describe('held against a data sheet', () => {
  it.each([
    ['none', [], undefined],
    ['one that held less is believed', [past(0.7)], 0.7],
    ['one that held as much leaves the sheet as it is', [past(0.93)], undefined],
    ['of two the one that held less is believed', [past(0.6), past(0.8)], 0.6],
    ['of three the middle one, so that one alone does not shrink it for long', [past(0.3), past(0.8), past(0.75)], 0.75],
    ['the newest three count', [past(0.3), past(0.3), past(0.8), past(0.8), past(0.8)], 0.8],
    ['those that got deep count before those that did not', [past(0.7), past(0.5, { depth: 0.4 }), past(0.5, { depth: 0.4 })], 0.7],
    ['more is not believed of one', [past(1.2)], undefined],
    ['nor of two', [past(1.2), past(1.2)], undefined],
    ['but of three', [past(1.3), past(1.2), past(1.15)], 1.15],
    ['and never more than a quarter more', [past(2), past(2), past(2)], 1.25],
    ['not where one of them held no more', [past(1.3), past(1.3), past(1.02)], undefined],
    ['not where they did not get deep', [past(1.3, { depth: 0.6 }), past(1.3, { depth: 0.6 }), past(1.3, { depth: 0.6 })], undefined],
    [
      'nor where the load of one was counted, not measured',
      [past(1.3), past(1.3), { ...past(1.3), measured: undefined } as unknown as PastDischarge],
      undefined,
    ],
    ['the word of low battery is as good as a deep charge', [1, 2, 3].map(() => past(1.2, { by: 'low-battery', reach: 0.7 })), 1.2],
    [
      'but not where its low point is set high: what was left then nobody has seen',
      [1, 2, 3].map(() => past(1.2, { by: 'low-battery', depth: 0.4 })),
      undefined,
    ],
  ])('%s', (_, all, share) => expect(shareBy(all)).toBe(share));

  it('no more is believed where the UPS tells a runtime: that is the deeper source', () => {
    expect(shareBy([past(1.3), past(1.3), past(1.3)], 333)).toBeUndefined();
    expect(shareBy([past(0.7)], 333)).toBe(0.7);
  });

  it('a sheet that was changed since is held against the mean load of the discharge', () => {
    const half = { sheetDepth: 0.4, sheetSeconds: 2400 };
    expect(shareBy([past(0.7, half)])).toBe(0.7);
  });

  it('what a heavy and a light stretch took of a convex curve is held against what the sheet says of both, not of their mean', () => {
    // 5 min at 2000 W and 10 min at 500 W: 0.78 by the sheet, and so it was; 800 W in the mean for 15 min would be 0.59.
    const one = past(1, { watts: 1000, seconds: 900, depth: 0.78, reach: 0.78, sheetDepth: 5 / 9 + 10 / 45, sheetSeconds: 1200 });
    expect(shareBy([one])).toBeUndefined();
  });
});

describe('where nothing is declared', () => {
  it('a UPS that tells no runtime is believed by its discharges: in proportion below their load, less than that above', () => {
    const curve = learnedOf([past(1)], { sheet: undefined, reportedWh: undefined })?.curve;
    expect([500, 1000, 2000].map((watts) => Math.round(curve?.(watts) ?? 0))).toEqual([2400, 1200, Math.round(1200 / 2 ** 1.15)]);
  });

  it('of two the smaller', () => {
    const curve = learnedOf([past(1), past(0.8)], { sheet: undefined, reportedWh: undefined })?.curve;
    expect(curve?.(1000)).toBeCloseTo(960, 6);
  });

  it('one that tells a runtime is believed by it, unless it gave less', () => {
    // 333 Wh is 20 min at 1000 W.
    expect(learnedOf([past(1)], { sheet: undefined, reportedWh: 333 })?.curve).toBeUndefined();
    expect(learnedOf([past(1.5), past(1.5), past(1.5)], { sheet: undefined, reportedWh: 333 })?.curve).toBeUndefined();
    expect(learnedOf([past(0.5)], { sheet: undefined, reportedWh: 333 })?.curve?.(1000)).toBeCloseTo(600, 6);
  });
});

it('of no discharge nothing is learned', () => {
  for (const sheet of [SHEET, undefined]) expect(learnedOf([], { sheet, reportedWh: 100 })).toBeUndefined();
});

describe('what is kept', () => {
  it('one that goes on takes the place of what it told before', () => {
    const first = past(1, { depth: 0.4 });
    const more = past(1, { depth: 0.6 });
    expect(keptWith([past(0.9), first], more, true)).toEqual([past(0.9), more]);
    expect(keptWith([], more, true)).toEqual([more]);
  });

  it('six are kept, and of the old ones the shallowest goes', () => {
    const depths = [0.9, 0.5, 0.8, 0.6, 0.6, 0.6];
    const all = keptWith(
      depths.map((depth) => past(1, { depth })),
      past(1, { depth: 0.4 }),
      false,
    );
    expect(all.map(({ reach }) => reach)).toEqual([0.9, 0.8, 0.6, 0.6, 0.6, 0.4]);
  });
});
