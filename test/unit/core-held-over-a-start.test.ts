// From when mains counts as held for a UPS that is first heard some time after a start of the service: what nobody saw is no mains.
import { expect, it } from '@jest/globals';
import { Desk, rig, siteOf, ups } from '../support/core-desk.ts';

const RIGS = [rig('a', 8), rig('h', 2, { fedBy: ['house'] })];
const HELD_SECONDS = 60;

/** `a` was shed in an outage of its own UPS, which was over for long when the service died, and waits for its return. */
function startedWithoutRack(): Desk {
  const desk = new Desk(siteOf({ ups: [ups('rack'), ups('house')], rigs: RIGS, restore: { mainsHeldSeconds: HELD_SECONDS } })).pass(40);
  desk.set('rack', { words: 'OB LB', charge: 18 }).pass(60);
  expect(desk.rig('a')?.phase).toBe('dark');
  desk.set('rack', { words: 'OL', charge: 90 }).pass(2);
  desk.nowMs += 600_000;
  return desk.set('rack', { silent: true }).restart();
}

const heardAgain = (desk: Desk): Desk => desk.set('rack', { silent: false });

it('an outage that another UPS told of meanwhile ended no sooner than it is heard on mains', () => {
  const desk = startedWithoutRack().set('house', { words: 'OB', charge: 90 }).pass(30);
  desk.set('house', { words: 'OL' }).pass(2);
  heardAgain(desk).pass(HELD_SECONDS);
  expect(desk.asked('feed')).toEqual([]);
  desk.pass(3);
  expect(desk.asked('feed')).toEqual(['ka']);
});

it('so it is where the other one is on battery still', () => {
  const desk = startedWithoutRack().set('house', { words: 'OB', charge: 90 }).pass(30);
  heardAgain(desk).pass(HELD_SECONDS);
  expect(desk.asked('feed')).toEqual([]);
});

it('a silence in which nobody told of an outage puts nothing off', () => {
  const desk = startedWithoutRack().pass(30);
  heardAgain(desk).pass(2);
  expect(desk.asked('feed')).toEqual(['ka']);
});

it('and counts for no mains itself', () => {
  const desk = new Desk(siteOf({ ups: [ups('rack'), ups('house')], rigs: RIGS, restore: { mainsHeldSeconds: 120 } })).pass(40);
  desk.set('rack', { words: 'OB LB', charge: 18 }).pass(60);
  desk.set('rack', { words: 'OL', charge: 90 }).pass(70);
  desk.set('rack', { silent: true }).restart().pass(100);
  heardAgain(desk).pass(40);
  expect(desk.asked('feed')).toEqual([]);
  desk.pass(15);
  expect(desk.asked('feed')).toEqual(['ka']);
});
