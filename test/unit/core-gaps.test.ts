// A UPS that is silent for some seconds now and then, on mains before and after: what it was believed of goes on (nut#3576, nut#2121).
import { describe, expect, it } from '@jest/globals';
import { Desk, rig, siteOf, ups } from '../support/core-desk.ts';

let desk: Desk;

/** Everything of the rack went down in an outage, and mains is back. */
function backFromAnOutage(words: string, restore = {}): void {
  desk = new Desk(siteOf({ ups: [ups('rack'), ups('house')], rigs: [rig('a', 8), rig('h', 6, { fedBy: ['house'] })], restore })).pass(40);
  desk.set('rack', { words: 'OB LB', charge: 30 }).pass(90).set('rack', { words, charge: 90 }).pass(5);
}

/** Heard for so long, then silent for so long, until the rig is asked; in seconds since now, at most `most`. */
function returnsAfter({ heard, silent, most }: { heard: number; silent: number; most: number }): number {
  const since = desk.nowMs;
  const asked = desk.asked('resume').length;
  while (desk.nowMs - since < most * 1000) {
    for (const [quiet, seconds] of [
      [false, heard],
      [true, silent],
    ] as const) {
      desk.set('rack', { silent: quiet });
      for (let second = 0; second < seconds; second += 1)
        if (desk.pass(1).asked('resume').length > asked) return (desk.nowMs - since) / 1000;
    }
  }
  return Number.POSITIVE_INFINITY;
}

describe('silences of some seconds, on mains', () => {
  it('do not put off the end of a doubt: the rigs are back after an hour of mains that was heard', () => {
    backFromAnOutage('OL LB');
    const after = returnsAfter({ heard: 3_000, silent: 9, most: 3 * 3_600 });
    expect(after).toBeGreaterThan(3_590);
    expect(after).toBeLessThan(3_680);
    expect(desk.faults()).toContain('battery-not-trusted');
  });

  it('do not put off for ever the moment when mains has held; they are no mains that held', () => {
    backFromAnOutage('OL', { mainsHeldSeconds: 300 });
    // Within a minute of battery a silence is one on battery (I-07).
    desk.pass(65);
    const after = returnsAfter({ heard: 50, silent: 10, most: 1_800 });
    expect(after).toBeGreaterThan(260);
    expect(after).toBeLessThan(290);
  });

  it('in which another UPS told of an outage begin it all anew', () => {
    backFromAnOutage('OL', { mainsHeldSeconds: 120 });
    desk.pass(100).set('rack', { silent: true }).pass(3);
    desk.set('house', { words: 'OB', charge: 80 }).pass(12).set('house', { words: 'OL' }).pass(1);
    expect(returnsAfter({ heard: 600, silent: 0, most: 600 })).toBeGreaterThan(119);
  });

  it('of the service itself begin it all anew: nobody looked', () => {
    backFromAnOutage('OL', { mainsHeldSeconds: 120 });
    desk.pass(100).freeze(30);
    expect(returnsAfter({ heard: 600, silent: 0, most: 600 })).toBeGreaterThan(119);
  });
});
