// Moments that a contact is to bear are drawn, and in calm: a drawing that no longer draws them would make every campaign look better.
import { describe, expect, it } from '@jest/globals';
import { boardIn, delayedBy, playOf } from '../../src/proof/draw-contacts.ts';
import { drawNight } from '../../src/proof/draw-night.ts';
import { drawSite } from '../../src/proof/draw-site.ts';
import type { Scenario, Trouble } from '../../src/proof/scenario.ts';

const SEEDS = Array.from({ length: 300 }, (_, place) => place + 1);
const plays = SEEDS.map((seed) => playOf(seed, drawSite(seed)).troubles);

const isBadReturn = ({ troubles, lastsSeconds }: Scenario): boolean => {
  const back = Math.max(...troubles.map((one) => (one.kind === 'mains-gone' ? (one.toSeconds ?? 0) : 0)));
  return troubles.some(
    (one) => one.kind === 'rig' && one.quirks.willNotWake === true && Math.min(one.toSeconds ?? 0, lastsSeconds) - back >= 90,
  );
};

/** Seconds from each wish of the one kind to the next of the other. */
function gaps(troubles: readonly Trouble[], from: 'hold' | 'release', to: 'hold' | 'release'): readonly number[] {
  const said = troubles.flatMap((one) => (one.kind === 'person' ? [{ at: one.fromSeconds, kind: one.command.kind }] : []));
  return said.flatMap(({ at, kind }, place) => {
    const next = said[place + 1];
    return kind === from && next?.kind === to ? [next.at - at] : [];
  });
}

describe('in the nights that are drawn', () => {
  it.each([
    ['a person changes his mind within a second', (one: readonly Trouble[]) => gaps(one, 'release', 'hold').some((gap) => gap < 1)],
    ['a person moves a contact more often than it may', (one: readonly Trouble[]) => gaps(one, 'hold', 'release').length >= 4],
    ['a rig is held again while its contact does not move', (one: readonly Trouble[]) => one.some(({ kind }) => kind === 'switch')],
    ['a rig is held again while the card is slow', (one: readonly Trouble[]) => one.some(({ kind }) => kind === 'card')],
  ])('%s, in one of a hundred at least', (_, happens) => {
    expect(plays.filter(happens).length).toBeGreaterThanOrEqual(3);
  });

  it('a board resets while a long outage lasts, with time on either side', () => {
    const outage: Trouble = { kind: 'mains-gone', fromSeconds: 50, toSeconds: 350 };
    const resets = SEEDS.flatMap((seed) => boardIn(seed, [outage]));
    expect(resets.length).toBeGreaterThanOrEqual(3);
    expect(resets.every(({ fromSeconds }) => fromSeconds >= 110 && fromSeconds <= 280)).toBe(true);
    expect(SEEDS.flatMap((seed) => boardIn(seed, [{ ...outage, toSeconds: 120 }]))).toEqual([]);
  });

  it('the mains stay until a person has done, and go no earlier than they would where nobody does anything', () => {
    for (const seed of SEEDS) {
      const { troubles, seconds } = playOf(seed, drawSite(seed));
      const gone = drawNight(seed).troubles.filter(({ kind }) => kind === 'mains-gone');
      const last = Math.max(0, ...troubles.map(({ fromSeconds, toSeconds = fromSeconds }) => toSeconds));
      expect(Math.min(...gone.map(({ fromSeconds }) => fromSeconds))).toBeGreaterThan(Math.max(last, seconds));
    }
    const outage: Trouble = { kind: 'mains-gone', on: 'rack', fromSeconds: 50, toSeconds: 60 };
    expect(delayedBy({ troubles: [], seconds: 7 }, [outage])).toEqual([{ ...outage, fromSeconds: 57, toSeconds: 67 }]);
    expect(delayedBy({ troubles: [], seconds: 0 }, [outage])).toEqual([outage]);
  });

  it('a rig will not wake when the others return, and is not healed before, in some', () => {
    const nights = Array.from({ length: 200 }, (_, seed) => drawNight(seed + 1)).filter(isBadReturn);
    expect(nights.length).toBeGreaterThan(3);
    expect(nights.length).toBeLessThan(20);
  });

  it('a generator stands behind a UPS in one of ten: it takes over within 5 to 60 s of an outage, and for less than a minute in some', () => {
    const nights = SEEDS.map((seed) => drawNight(seed)).filter(({ site }) => site.generators !== undefined);
    expect(nights.length).toBeGreaterThan(15);
    expect(nights.length).toBeLessThan(50);
    const first = nights.flatMap(({ site, troubles }) => {
      const behind = site.generators?.['diesel']?.behind ?? [];
      const runs = troubles.filter(({ kind }) => kind === 'generator');
      const gone = troubles.filter((one) => one.kind === 'mains-gone' && (one.on === undefined || behind.includes(one.on)));
      const outage = gone.find(
        ({ fromSeconds, toSeconds = 0 }) => (runs[0]?.fromSeconds ?? 0) > fromSeconds && (runs[0]?.fromSeconds ?? 0) < toSeconds,
      );
      return outage === undefined ? [] : [{ runs, after: (runs[0]?.fromSeconds ?? 0) - outage.fromSeconds }];
    });
    expect(first.length).toBeGreaterThan(10);
    expect(first.every(({ after }) => after > 4.9 && after < 60.1)).toBe(true);
    const lasts = first.flatMap(({ runs }) => runs.map(({ fromSeconds, toSeconds = 0 }) => toSeconds - fromSeconds));
    expect([lasts.some((seconds) => seconds < 59), lasts.some((seconds) => seconds > 120)]).toEqual([true, true]);
  });
});
