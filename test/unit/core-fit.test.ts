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
});
