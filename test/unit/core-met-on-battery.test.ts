// A UPS that a service meets on battery: for how long it has drained nobody saw.
import { describe, expect, it } from '@jest/globals';
import { depthNow } from '../../src/core/battery.ts';
import { Desk, siteOf, ups } from '../support/core-desk.ts';

describe('a battery of which nothing but its data sheet tells, met on battery', () => {
  const SHEET = [
    [1000, 30],
    [4000, 6],
  ] as const;
  const site = siteOf({ ups: [ups('rack', { minutesAtWatts: SHEET })] });
  const untold = { words: 'OB', charge: undefined, runtime: 'none' } as const;
  /** A life of the service that begins so many s after the one before has ended, in the same boot. */
  const lives = (desk: Desk, seconds: number): Desk => {
    desk.freeze(seconds).boot('one').tick();
    return desk;
  };

  it('may have drained for as long as nobody looked', () => {
    const desk = lives(new Desk(site).boot('one').set('rack', { charge: undefined, runtime: 'none' }).pass(60), 120);
    desk.set('rack', untold).pass(2);
    expect(depthNow(desk.supply().battery)).toBeGreaterThan(120 / 360);
    expect(
      desk
        .pass(20)
        .named('step-due')
        .map(({ because }) => because.rule),
    ).not.toContain('runtime-unknown');
  });

  it('and is not known where that may be all of it: all leave, and it is not full in the next outage', () => {
    const desk = new Desk(site).set('rack', untold).pass(2);
    expect(depthNow(desk.supply().battery)).toBeUndefined();
    desk.pass(10);
    expect([...new Set(desk.named('step-due').map(({ because }) => because.rule))]).toEqual(['runtime-unknown']);
    desk.set('rack', { ...untold, words: 'OL' }).pass(60);
    desk.set('rack', untold).pass(2);
    expect(depthNow(desk.supply().battery)).toBeGreaterThan(0.9);
  });

  it('is as deep as it says where it says so, whoever looked before', () => {
    const desk = lives(new Desk(site).boot('one').pass(60), 600).set('rack', { words: 'OB', charge: 90 }).pass(2);
    expect(depthNow(desk.supply().battery)).toBeLessThan(0.2);
  });
});
