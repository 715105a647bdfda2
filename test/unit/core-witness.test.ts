// Rigs on mains alone as witnesses of an outage beside a UPS that is not heard: how many it takes, and who is none.
import { describe, expect, it } from '@jest/globals';
import { Desk, rig, siteOf } from '../support/core-desk.ts';

const bare = (id: string, perDay: number) => rig(id, perDay, { fedBy: ['mains'] });

function calm(third = bare('o', 4)): Desk {
  return new Desk(siteOf({ rigs: [rig('a', 8), bare('m', 6), bare('n', 5), third] })).pass(40);
}

/** The UPS and these rigs fall silent together. */
function fall(desk: Desk, ids: readonly string[], seconds = 40): boolean {
  desk.set('rack', { silent: true });
  for (const id of ids) desk.world(id, { silent: true });
  return desk.pass(seconds).supply('rack').draining;
}

describe('a UPS that falls silent on mains', () => {
  it.each([
    [['m'], false],
    [['m', 'n'], true],
    [['m', 'n', 'o'], true],
  ])('with %j of three rigs on mains alone: on battery by their word: %j', (ids, draining) => {
    expect(fall(calm(), ids)).toBe(draining);
  });

  it('is not on battery by two that fell a minute apart', () => {
    const desk = calm();
    expect(fall(desk, ['m'], 60)).toBe(false);
    desk.world('n', { silent: true });
    expect(desk.pass(60).supply('rack').draining).toBe(false);
  });

  it('hears nothing from a rig that a person holds down: one of the two others is half of those that could tell', () => {
    const desk = calm();
    desk.say({ kind: 'hold', as: 'down', rigs: ['o'] });
    desk.pass(60);
    expect(fall(desk, ['m'])).toBe(true);
  });

  it('hears nothing from one that can only be cut, and did not answer when it was fed again', () => {
    const can = { read: true, pause: false, resume: false, halt: false };
    const desk = calm(rig('o', 4, { fedBy: ['mains'], can }));
    desk.say({ kind: 'hold', as: 'down', rigs: ['o'] });
    desk.pass(60).say({ kind: 'release', rigs: ['o'] });
    desk.world('o', { silent: true }).pass(800);
    expect(desk.state.memory.rigs.get('o')?.fault?.code).toBe('will-not-wake');
    expect(fall(desk, ['m'])).toBe(true);
  });

  it('hears nothing from one behind a contact that is seen open', () => {
    const desk = calm();
    desk.tick({ kind: 'switch', switch: 'ko', atMs: desk.nowMs, outcome: { ok: true, value: 'cut' } });
    expect(fall(desk, ['m'])).toBe(true);
  });
});
