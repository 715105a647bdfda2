// Rigs on their way up: how long each has, and what is said of one that does not come.
import { describe, expect, it } from '@jest/globals';
import { Desk, rig, siteOf } from '../support/core-desk.ts';

const WILL_NOT_WAKE = 'will-not-wake';
const faultOf = (desk: Desk, id: string) => desk.state.memory.rigs.get(id)?.fault;

/** In the outage the policy took `d`, and no contact opened; told to wake since `wakingSinceMs`. */
function onlyPaused(): { desk: Desk; wakingSinceMs: number } {
  const desk = new Desk(siteOf()).pass(40).set('rack', { words: 'OB', charge: 45 }).pass(20);
  expect([desk.asked('pause'), desk.asked('cut')]).toEqual([['d'], []]);
  desk.world('d', { silent: true }).set('rack', { words: 'OL', charge: 90 });
  while (desk.rig('d')?.phase !== 'waking') desk.pass(1);
  return { desk, wakingSinceMs: desk.nowMs };
}

it('a rig that was only paused, and is silent, has its ten minutes over a restart of the service, and no more', () => {
  const { desk, wakingSinceMs } = onlyPaused();
  desk.pass(120).restart();
  while (faultOf(desk, 'd') === undefined) desk.pass(1);
  expect(faultOf(desk, 'd')).toMatchObject({ code: WILL_NOT_WAKE, say: expect.stringContaining('fed, and no answer for') });
  expect(Math.abs(desk.nowMs - wakingSinceMs - 600_000)).toBeLessThanOrEqual(2_000);
});

it('a rig that can not be told to wake, and answers and does not hash, is a fault when its time to boot is over', () => {
  const can = { read: true, pause: true, resume: false, halt: false };
  const desk = new Desk(siteOf({ rigs: [rig('a', 8, { can })] })).pass(40).set('rack', { words: 'OB LB', charge: 18 }).pass(60);
  desk.set('rack', { words: 'OL', charge: 90 });
  while (desk.asked('feed').length === 0) desk.pass(1);
  const fedAtMs = desk.nowMs;
  while (faultOf(desk, 'a') === undefined) desk.pass(1);
  expect(faultOf(desk, 'a')?.say).toBe('fed and answering, not hashing in its time; look at it, then: lastwatt release a');
  expect(Math.abs(desk.nowMs - fedAtMs - 600_000)).toBeLessThanOrEqual(2_000);
  expect([desk.asked('resume'), desk.rig('a')?.phase]).toEqual([[], 'unknown']);
});

describe('a rig behind a contact that rests open for longer than a boot takes', () => {
  it('has its whole time to boot from when it is fed, after a drill', () => {
    const site = siteOf({ rigs: [rig('a', 8), rig('b', 6)] });
    const slow = { ...site, switches: new Map([...site.switches].map(([id, one]) => [id, { ...one, minOffSeconds: 900 }])) };
    const desk = new Desk(slow).pass(40);
    desk.say({ kind: 'drill', rig: 'b', cut: true });
    while (desk.asked('feed').length === 0) desk.pass(1);
    desk.world('b', { silent: true }).pass(240).world('b', { silent: false }).pass(120);
    expect(desk.named('fault')).toEqual([]);
    expect([desk.rig('b')?.phase, desk.named('drilled').map(({ ok }) => ok)]).toEqual(['hashing', [true]]);
  });
});
