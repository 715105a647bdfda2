// Two UPSes, and rigs on their way: an edge of the mains at one begins anew nobody whom the other keeps alight.
import { beforeEach, expect, it } from '@jest/globals';
import { rigMemory } from '../../src/core/memory.ts';
import { Desk, rig, siteOf, ups } from '../support/core-desk.ts';

const slow = { cutBy: [], graceSeconds: 3_000 };
const RIGS = [
  rig('a', 8, slow),
  rig('e', 6, { ...slow, fedBy: ['house'] }),
  rig('m', 4, { ...slow, fedBy: ['mains'] }),
  rig('both', 2, { ...slow, fedBy: ['rack', 'house'] }),
];
const ALL = RIGS.map(({ id }) => id);
let desk: Desk;

/** Whose grace the edges so far began anew, one list an edge. */
const begunAnew = (): unknown[] =>
  desk.events.flatMap(({ event }) => (event.event === 'outage-began' || event.event === 'outage-ended' ? [event.anew] : []));
const graceFrom = (id: string): number | undefined => rigMemory(desk.state.memory, id).grace?.fromMs;
const underGrace = (): string[] => ALL.filter((id) => graceFrom(id) !== undefined);

/** All four are asked by a person, and hang. */
beforeEach(() => {
  desk = new Desk(siteOf({ ups: [ups('rack'), ups('house')], rigs: RIGS })).pass(40);
  for (const id of ALL) desk.world(id, { stubborn: true });
  desk.say({ kind: 'hold', as: 'down', rigs: ALL });
  desk.pass(20);
  expect(underGrace()).toEqual(ALL);
});

it('one UPS loses its mains and has them back: its own rigs begin anew, and no other', () => {
  desk.set('rack', { words: 'OB' }).pass(5);
  expect(underGrace()).toEqual(['e', 'm', 'both']);
  desk.set('rack', { words: 'OL' }).pass(5);
  expect([begunAnew(), underGrace()]).toEqual([
    [['a'], []],
    ['e', 'm', 'both'],
  ]);
});

it('the other loses its mains as well: who hangs on both, or on the grid alone, begins anew with it, and once', () => {
  desk.set('rack', { words: 'OB' }).pass(5).set('house', { words: 'OB' }).pass(5);
  expect([begunAnew(), underGrace()]).toEqual([[['a'], ['e', 'm', 'both']], []]);
});

it('both lose them, and have them back, in one moment: every rig begins anew once each time', () => {
  for (const id of ['rack', 'house']) desk.set(id, { words: 'OB' });
  desk.pass(5);
  expect([begunAnew(), underGrace()]).toEqual([[['a'], ['e', 'm', 'both']], []]);
  desk.say({ kind: 'release', rigs: ALL });
  desk.say({ kind: 'hold', as: 'down', rigs: ALL });
  desk.restart().pass(5);
  expect(underGrace()).toEqual(ALL);
  for (const id of ['rack', 'house']) desk.set(id, { words: 'OL' });
  desk.pass(5);
  expect([begunAnew().slice(2), underGrace()]).toEqual([[['a', 'm', 'both'], ['e']], []]);
});
