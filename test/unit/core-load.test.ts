// What a supply is believed to carry: measured before anything is known, counted once it was fitted.
import { describe, expect, it } from '@jest/globals';
import { Desk, rig, siteOf } from '../support/core-desk.ts';

describe('after a restart with every rig down, the house load is what the UPS measures', () => {
  it.each(['OL', 'OB'])('with the line at %s and the switches open', (words) => {
    const desk = new Desk(siteOf({ policy: { cutPaused: 'always' } })).pass(40);
    desk.set('rack', { words: 'OB LB', charge: 30 }).pass(60);
    expect([...desk.rigs.values()].filter(({ fed }) => fed)).toEqual([]);
    desk.set('rack', { words }).restart().pass(3);
    expect(desk.supply().load.watts).toBe(60);
    desk.pass(50);
    expect(desk.supply().load.watts).toBe(60);
  });

  it('also where a rig is heard some seconds later than its UPS', () => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8, { cutBy: [] }), rig('b', 6)] })).pass(40);
    desk.set('rack', { words: 'OB LB', charge: 30 }).pass(60);
    desk.set('rack', { words: 'OL' }).restart();
    desk.world('a', { silent: true }).pass(3);
    desk.world('a', { silent: false }).pass(3);
    expect(desk.supply().load.watts).toBe(desk.loadOf('rack'));
  });
});

describe('a load that was fitted', () => {
  it('is counted down at once when a rig goes, while the UPS still measures the old one', () => {
    const desk = new Desk(siteOf()).pass(60).set('rack', { load: 4060 });
    desk.say({ kind: 'hold', as: 'down', rigs: ['d'] });
    desk.pass(5);
    expect(desk.rig('d')?.phase).toBe('paused');
    expect(desk.supply().load.watts).toBe(3080);
  });
});
