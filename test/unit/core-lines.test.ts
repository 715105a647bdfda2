// What is believed of a supply at the edges: before its first word, over a boot, and of one that nothing hangs on.
import { describe, expect, it } from '@jest/globals';
import { ok } from '../../src/model/outcome.ts';
import { Desk, readingOf, rig, siteOf, ups } from '../support/core-desk.ts';

describe('a UPS that is not heard since the start, a moment after an outage of it had ended,', () => {
  const afterOutage = (): Desk =>
    new Desk(siteOf()).boot('one').pass(40).set('rack', { words: 'OB' }).pass(3).set('rack', { words: 'OL' }).pass(5);

  it('is taken to be on battery where the service alone started anew', () => {
    const desk = afterOutage().boot('one').set('rack', { silent: true }).pass(10);
    expect(desk.supply().draining).toBe(true);
  });

  it('is so, too, where the outage was in this boot, after another', () => {
    const desk = new Desk(siteOf()).boot('one').pass(5);
    desk.boot('two').pass(40).set('rack', { words: 'OB' }).pass(3).set('rack', { words: 'OL' }).pass(5);
    desk.boot('two').set('rack', { silent: true }).pass(10);
    expect(desk.supply().draining).toBe(true);
  });

  it('is not where the machine booted meanwhile: nobody knows how long ago that was', () => {
    const desk = afterOutage().boot('two').set('rack', { silent: true }).pass(60);
    expect([desk.supply().draining, desk.asked('pause')]).toEqual([false, []]);
  });
});

it('a UPS that is first heard after another had a blip since the start may have had it, too: its mains count from now', () => {
  const rigs = [rig('a', 8), rig('h', 2, { fedBy: ['house'] })];
  const heldAtOnce = (words: string): boolean => {
    const desk = new Desk(siteOf({ ups: [ups('rack'), ups('house')], rigs, restore: { mainsHeldSeconds: 60 } })).pass(40);
    desk.set('rack', { words: 'OB LB', charge: 18 }).pass(60).set('rack', { words: 'OL', charge: 90 }).pass(2);
    desk.nowMs += 600_000;
    desk.set('rack', { silent: true }).restart().set('house', { words }).pass(2).set('house', { words: 'OL' }).pass(5);
    expect(desk.state.memory.supplies.get('rack')?.outage).toBeUndefined();
    desk.set('rack', { silent: false }).pass(3);
    return desk.asked('feed').includes('ka');
  };
  expect([heldAtOnce('OL'), heldAtOnce('OB')]).toEqual([true, false]);
});

it('an answer of a UPS that has left the file meanwhile is not heard', () => {
  const desk = new Desk(siteOf()).pass(5);
  const before = desk.events.length;
  const outcome = ok(readingOf('gone', desk.nowMs, { words: 'FSD OB LB', charge: 5 }));
  desk.tick({ kind: 'ups', ups: 'gone', atMs: desk.nowMs, outcome });
  expect([desk.state.supplies.has('gone'), desk.events.length, desk.asked('pause')]).toEqual([false, before, []]);
});

it('a rig that was up but for a contact gives its turn back when an outage begins', () => {
  const both = rig('a', 8, { fedBy: ['rack', 'mains'], cutBy: ['k1', 'k2'] });
  const desk = new Desk(siteOf({ rigs: [both, rig('b', 6)] })).pass(40);
  desk.stuck.add('k2');
  desk.set('rack', { words: 'OB LB', charge: 18 }).pass(60);
  desk.set('rack', { words: 'OL', charge: 90 }).world('a', { fed: true, hashing: true });
  desk.stuck.clear();
  desk.stuck.add('k1');
  while (desk.rig('a')?.admitted !== true) desk.pass(1);
  desk.stuck.clear();
  const fed = desk.asked('feed').length;
  desk.set('rack', { words: 'OB' }).pass(1);
  expect(desk.rig('a')?.admitted).toBe(false);
  expect(desk.pass(20).asked('feed').length).toBe(fed);
});
