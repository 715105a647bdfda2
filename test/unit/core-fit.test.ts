// Whether an outage would end well is looked at all the time, and told before there is one.
import { describe, expect, it } from '@jest/globals';
import { Desk, rig, siteOf, ups } from '../support/core-desk.ts';

const HEAVY = siteOf({ ups: [ups('rack', { nominalWatts: 3000 })] });

describe('in calm', () => {
  it('it is told once within three minutes that a UPS cannot carry its rigs, and what to do', () => {
    const desk = new Desk(HEAVY).pass(600);
    const told = desk.named('fault').filter(({ code }) => code === 'does-not-fit');
    expect(told.map(({ ups: id, say }) => [id, say])).toEqual([
      ['rack', 'if the mains failed now: rigs draw 4060 W, it carries 3000 W: give the big ones fedBy: [mains]'],
    ]);
    expect(desk.events.find(({ event }) => event === told[0])?.atMs).toBeLessThanOrEqual(1_000_000 + 180_000);
  });

  it('and it is taken back once it fits', () => {
    const desk = new Desk(HEAVY).pass(200).reload({ supplies: siteOf().supplies }).pass(200);
    expect(desk.named('fault-cleared').map(({ code }) => code)).toContain('does-not-fit');
  });

  it('nothing is told of a site where it fits, nor in an outage', () => {
    const desk = new Desk(siteOf()).pass(400);
    expect(desk.faults()).toEqual([]);
    const late = new Desk(HEAVY).pass(30).set('rack', { words: 'OB', charge: 90 }).pass(300);
    expect(late.faults()).not.toContain('does-not-fit');
  });

  it('a load that is too much for a moment is no news', () => {
    const desk = new Desk(
      siteOf({ ups: [ups('rack', { nominalWatts: 4500 })], rigs: [rig('a', 8), rig('b', 6), rig('c', 4), rig('d', 2)] }),
    );
    desk.pass(100).set('rack', { load: 4700 }).pass(30).set('rack', { load: undefined }).pass(300);
    expect(desk.faults()).toEqual([]);
  });

  describe('it is looked at anew', () => {
    const looks = (desk: Desk): number | undefined => desk.state.fit?.atMs;
    /** Looked at a minute after its start, and 20 s have gone since. */
    const settled = (site = siteOf()): Desk => new Desk(site).pass(80);

    it('within seconds when a load has changed by more than a twentieth, and not when it flickers', () => {
      const desk = settled();
      const before = looks(desk);
      desk.set('rack', { load: 4100 }).pass(35);
      expect(looks(desk)).toBe(before);
      // The figure of a UPS counts when it has settled.
      desk.set('rack', { load: 4700 }).pass(35);
      expect(desk.nowMs - (looks(desk) ?? 0)).toBeLessThanOrEqual(10_000);
    });

    it('when a battery has got emptier', () => {
      const desk = settled();
      const before = looks(desk);
      desk.set('rack', { charge: 80, runtime: 480 }).pass(10);
      expect(looks(desk)).toBeGreaterThan(before ?? Number.NaN);
    });

    it('when a person holds a rig up', () => {
      const desk = settled();
      const before = looks(desk);
      desk.say({ kind: 'hold', rigs: ['a'], as: 'up' });
      expect(looks(desk)).toBeGreaterThan(before ?? Number.NaN);
    });

    it('when a rig falls asleep', () => {
      const desk = settled();
      const before = looks(desk);
      desk.world('a', { hashing: false }).pass(10);
      expect(looks(desk)).toBeGreaterThan(before ?? Number.NaN);
    });

    it('when the file is read anew, and what was said by the old one is taken back a minute later', () => {
      const desk = new Desk(HEAVY).pass(150);
      expect(desk.faults()).toContain('does-not-fit');
      desk.reload({ supplies: siteOf().supplies }).pass(2);
      expect(desk.nowMs - (looks(desk) ?? 0)).toBeLessThanOrEqual(2_000);
      expect(desk.pass(50).named('fault-cleared')).toEqual([]);
      expect(desk.pass(15).named('fault-cleared')).toHaveLength(1);
    });

    it('a minute after the last look, whatever has changed or not', () => {
      const desk = settled();
      const before = looks(desk) ?? Number.NaN;
      desk.pass(41);
      expect(looks(desk)).toBe(before + 60_000);
    });

    it('and however often it changes, no more often than a plan is made', () => {
      const desk = settled();
      const seen = new Set<number | undefined>();
      for (let second = 0; second < 30; second++) {
        desk.say(second % 2 === 0 ? { kind: 'hold', rigs: ['a'], as: 'up' } : { kind: 'release', rigs: ['a'] });
        seen.add(looks(desk.pass(1)));
      }
      expect(seen.size).toBeGreaterThan(2);
      expect(seen.size).toBeLessThanOrEqual(7);
    });

    it('as soon as an outage is over', () => {
      const desk = settled().set('rack', { words: 'OB', charge: 90 }).pass(30);
      const before = looks(desk);
      desk.set('rack', { words: 'OL' }).pass(15);
      expect(looks(desk)).toBeGreaterThan(before ?? Number.NaN);
    });
  });
});
