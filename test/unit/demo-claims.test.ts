import { describe, expect, it } from '@jest/globals';
import { type Evidence, judge, judgeReceipt } from '../../src/demo/claims.ts';
import type { ContactOrder, RigOrder } from '../../src/demo/embedded-site.ts';
import type { NightAccount } from '../../src/demo/receipt.ts';

const MARKS = {
  blip: { fromMs: 4_000, toMs: 6_000 },
  outage: { fromMs: 10_000, toMs: 50_000 },
  without: { fromMs: 30_000, toMs: 32_000 },
  relapse: { fromMs: 57_000, toMs: 61_000 },
  endMs: 80_000,
};

function asked(atMs: number, what: RigOrder['what'], rig: string): RigOrder {
  return { atMs, what, rig, answer: 'done' };
}

function moved(atMs: number, rig: string, to: 'fed' | 'cut', watts = 25): ContactOrder {
  return { atMs, rig, to, was: to === 'cut' ? 'fed' : 'cut', watts };
}

/** A night of four rigs, `a` best, in which `c` lies and everything goes as it should. */
const GOOD: Evidence = {
  marks: MARKS,
  rigOrders: [
    asked(20_000, 'pause', 'd'),
    asked(24_000, 'pause', 'c'),
    asked(40_000, 'pause', 'b'),
    asked(54_000, 'resume', 'b'),
    asked(68_000, 'resume', 'c'),
    asked(72_000, 'resume', 'd'),
  ],
  contactOrders: [
    moved(23_000, 'd', 'cut'),
    moved(28_000, 'c', 'cut', 3_000),
    moved(43_000, 'b', 'cut'),
    moved(53_000, 'b', 'fed', 0),
    moved(67_000, 'c', 'fed', 0),
    moved(71_000, 'd', 'fed', 0),
  ],
  bestFirst: ['a', 'b', 'c', 'd'],
  liar: 'c',
  hashing: ['a', 'b', 'c', 'd'],
  lowestPercent: 20,
};

function broken(change: Partial<Evidence>): readonly string[] {
  return judge({ ...GOOD, ...change }).flatMap(({ but }) => (but === undefined ? [] : [but]));
}

const rigs = (...more: RigOrder[]): Partial<Evidence> => ({ rigOrders: [...GOOD.rigOrders, ...more].sort((a, b) => a.atMs - b.atMs) });
const contacts = (...more: ContactOrder[]): Partial<Evidence> => ({
  contactOrders: [...GOOD.contactOrders, ...more].sort((a, b) => a.atMs - b.atMs),
});

describe('what the demo claims', () => {
  it('is true of a night in which everything goes as it should', () => {
    expect(broken({})).toEqual([]);
  });

  it.each([
    ['a blip that moved a rig', rigs(asked(7_000, 'pause', 'd')), ['orders went to d']],
    ['the best asked to stop', rigs(asked(45_000, 'pause', 'a')), ['a was asked to stop']],
    ['a better one that left first', rigs(asked(15_000, 'pause', 'b')), ['they left as b, d, c']],
    ['an honest rig cut at work', contacts(moved(70_000, 'a', 'cut', 3_300)), ['a was cut at 3300 W']],
    ['a switch moved by the restart', contacts({ ...moved(31_000, 'd', 'cut'), was: 'cut' }), ['d was cut']],
    [
      'a switch told what it was',
      contacts({ ...moved(48_000, 'd', 'cut'), was: 'cut' }),
      ['the switch of d was told to be cut, which it was'],
    ],
    ['a rig started on battery', rigs(asked(60_000, 'resume', 'c')), ['c went on']],
    ['a rig that stays out', { hashing: ['a', 'b', 'c'] }, ['d did not come back']],
    ['an empty battery', { lowestPercent: 0 }, ['it was']],
  ] as const)('is false of %s', (_, change, found) => {
    expect(broken(change)).toEqual(found);
  });

  it('is false of a liar that had stopped in truth, or that was never asked', () => {
    const others = GOOD.contactOrders.filter(({ rig, to }) => rig !== 'c' || to !== 'cut');
    expect(broken({ contactOrders: [...others, moved(28_000, 'c', 'cut', 25)] })).toEqual(['c drew only 25 W']);
    expect(broken({ contactOrders: others })).toEqual(['c was never cut']);
    const silent = GOOD.rigOrders.map((order) =>
      order.rig === 'c' && order.what === 'pause' ? { ...order, answer: 'silent' as const } : order,
    );
    expect(broken({ rigOrders: silent })).toEqual(['c was cut and had not said that it was paused']);
  });

  it('is false of a return that had not begun when the mains went again, and of one that was not best first', () => {
    const late = GOOD.contactOrders.map((order) => (order.rig === 'b' && order.to === 'fed' ? { ...order, atMs: 73_000 } : order));
    const order = GOOD.rigOrders.map((one) => (one.rig === 'b' && one.what === 'resume' ? { ...one, atMs: 74_000 } : one));
    expect(broken({ contactOrders: late, rigOrders: order })).toEqual(['the return had not begun', 'they came back as c, d, b']);
  });

  it('holds the receipt to what it promises', () => {
    const account = (earned: number): NightAccount => ({ earned, hashingMinutes: 1, stops: 1, lowestPercent: 20 });
    const receipt = { lastwatt: account(3), allAtOnce: account(1), untilLow: account(2), withoutOutage: 4 };
    expect(judgeReceipt(receipt, 2.9).every(({ but }) => but === undefined)).toBe(true);
    expect(judgeReceipt({ ...receipt, untilLow: account(3.1) }, 2).map(({ but }) => but)).toEqual(['it was not', 'they are 33 % apart']);
  });
});
