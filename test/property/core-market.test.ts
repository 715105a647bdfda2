// A price can reorder, and do nothing else, whatever it is and whenever it comes.
import { expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { rankRigs } from '../../src/core/worth.ts';
import { failed, ok } from '../../src/model/outcome.ts';
import type { Policy, Site, SiteCoin } from '../../src/model/site.ts';
import { Desk, rig, siteOf } from '../support/core-desk.ts';

jest.setTimeout(120_000);

const TH = 1e12;
const coin = (id: string): SiteCoin => ({ id, hashRate: TH, everyMinutes: 60, source: 'somewhere', perDay: 0.05 });
const siteUnder = (kind: Policy['kind']): Site => ({
  ...siteOf({
    policy: { kind },
    rigs: ['a', 'b', 'c', 'd'].map((id, at) =>
      rig(id, undefined, {
        reward: { coin: at % 2 === 0 ? 'btc' : 'ltc', hashRate: (100 - 10 * at) * TH, perDay: 0.05 * (100 - 10 * at) },
      }),
    ),
  }),
  coins: new Map(['btc', 'ltc'].map((id) => [id, coin(id)])),
});
const site = siteUnder('threshold');

const word = fc.record({
  second: fc.integer({ min: 0, max: 400 }),
  coin: fc.constantFrom('btc', 'ltc', 'doge'),
  outcome: fc.oneof(
    fc.double().map((value) => ok(value)),
    fc.double({ min: 0.011, max: 0.24, noNaN: true }).map((value) => ok(value)),
    fc.constant(failed('timeout', 'no answer')),
  ),
});

type Word = typeof word extends fc.Arbitrary<infer W> ? W : never;

interface Course {
  readonly from: number;
  readonly seconds: number;
  readonly words: readonly Word[];
  readonly mute: boolean;
}

function live(desk: Desk, { from, seconds, words, mute }: Course): void {
  for (let second = from; second < from + seconds; second += 1) {
    const said = words.filter((one) => one.second === second);
    for (const { coin: id, outcome } of said) {
      if (mute) desk.tick();
      else desk.tick({ kind: 'coin', coin: id, atMs: desk.nowMs, outcome });
    }
    desk.pass(1);
  }
}

it('on mains no word of it moves anything, and every rank has a number', () => {
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), (words) => {
      const desk = new Desk(site).pass(30);
      live(desk, { from: 0, seconds: 400, words, mute: false });
      expect(desk.steps).toEqual([]);
      for (const { perDay } of rankRigs(desk.scene())) expect(Number.isFinite(perDay) && (perDay ?? 0) > 0).toBe(true);
    }),
    { numRuns: 60 },
  );
});

it.each(['threshold', 'outage-aware'] as const)(
  'in an outage under %s the same steps are taken at the same moments with it and without',
  (kind) => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 12 }), (words) => {
        // The same ticks at the same moments, with nothing in them: what is only looked at oftener is no part of this.
        const run = (said: typeof words, mute = false): unknown => {
          const desk = new Desk(siteUnder(kind)).pass(30);
          desk.set('rack', { words: 'OB DISCHRG', charge: 100 }).pass(6);
          for (let charge = 99; charge > 20; charge -= 4) {
            desk.set('rack', { charge });
            live(desk, { from: (99 - charge) * 5, seconds: 20, words: said, mute });
          }
          return desk.steps.map(({ atMs, due }) => ({ atMs, ...due }));
        };
        const without = run(words, true);
        expect(without).not.toEqual([]);
        expect(run(words)).toEqual(without);
      }),
      { numRuns: 25 },
    );
  },
);
