// A switch that did not open, and the mains that came back all the same: what is fed is known as fed, and nothing is in the way.
import { describe, expect, it } from '@jest/globals';
import { mustStay } from '../../src/core/must-stay.ts';
import { Desk, rig, siteOf } from '../support/core-desk.ts';

const none = { can: { read: false, pause: false, resume: false, halt: false } };

/** Its switch does not move, and the floor wants it dark. */
function stuck(change: Parameters<typeof rig>[2] = {}): Desk {
  const desk = new Desk(siteOf({ rigs: [rig('a', 8, change), rig('b', 6)] })).pass(40);
  desk.stuck.add('ka');
  desk.set('rack', { words: 'OB LB', charge: 18 }).pass(60);
  expect(desk.faults()).toEqual(['switch-does-not-move']);
  return desk.set('rack', { words: 'OL', charge: 90 });
}

const standing = (desk: Desk) => [desk.state.memory.switches.get('ka')?.fault, [...mustStay(desk.scene()).switches]];

describe('a switch that did not open', () => {
  it('is fed, and no fault any more, once its rig hashes again with the mains', () => {
    const desk = stuck();
    desk.stuck.clear();
    desk.pass(300);
    expect([desk.rig('a')?.phase, ...standing(desk)]).toEqual(['hashing', undefined, []]);
  });

  it('nor moves afterwards keeps its rig from being woken: it answers, so it has power', () => {
    const desk = stuck().pass(300);
    expect([desk.rig('a')?.phase, ...standing(desk)]).toEqual(['hashing', undefined, []]);
    expect(desk.state.memory.switches.get('ka')).toMatchObject({ want: 'fed', done: true });
  });

  it.each([
    ['a drill', { kind: 'drill', rig: 'a', cut: true }, { kind: 'acknowledge' }],
    ["a person's wish", { kind: 'hold', as: 'down', rigs: ['a'] }, { kind: 'release', rigs: ['a'] }],
  ] as const)('for %s, nor closes when it is tried at once, keeps its rig asleep no longer', (_, down, up) => {
    const desk = new Desk(siteOf()).pass(40);
    desk.stuck.add('ka');
    desk.say(down);
    desk.pass(110).say(up);
    desk.pass(60);
    expect([desk.rig('a')?.phase, desk.asked('resume')]).toEqual(['hashing', ['a']]);
    expect(standing(desk)).toEqual([undefined, []]);
  });

  it('behind which its rig never stopped is fed, too', () => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8), rig('b', 6)] })).world('a', { stubborn: true }).pass(40);
    desk.stuck.add('ka');
    desk.set('rack', { words: 'OB LB', charge: 18 }).pass(60).set('rack', { words: 'OL', charge: 90 }).pass(300);
    expect([desk.rig('a')?.phase, ...standing(desk)]).toEqual(['hashing', undefined, []]);
  });

  it('and is read fed by its board is so, also of a rig that can be asked nothing', () => {
    const desk = stuck(none).pass(300);
    expect(standing(desk)).toEqual([expect.objectContaining({ code: 'switch-does-not-move' }), ['ka']]);
    desk.nowMs += 1000;
    desk.tick({ kind: 'switch', switch: 'ka', atMs: desk.nowMs, outcome: { ok: true, value: 'fed' } });
    desk.pass(60);
    expect(standing(desk)).toEqual([undefined, []]);
  });

  it('is tried anew, and its fault forgotten, when a person releases the rig; the words say so', () => {
    const desk = stuck(none).pass(300);
    expect(desk.state.memory.switches.get('ka')?.fault?.say).toMatch(/; then, or if all is well: lastwatt release a$/);
    desk.stuck.clear();
    desk.say({ kind: 'release', rigs: ['a'] });
    expect(desk.state.memory.switches.get('ka')?.fault).toBeUndefined();
    expect([...standing(desk.pass(60)), desk.rig('a')?.phase]).toEqual([undefined, [], 'hashing']);
  });

  it('nor closed, and reads open, is not fed by a rig that somebody put on another socket', () => {
    const desk = new Desk(siteOf()).pass(40);
    desk.set('rack', { words: 'OB LB', charge: 18 }).pass(90);
    expect(desk.state.memory.switches.get('ka')).toMatchObject({ want: 'cut', done: true });
    desk.stuck.add('ka');
    desk.set('rack', { words: 'OL', charge: 90 }).pass(120).world('a', { fed: true });
    for (let second = 0; second < 120; second += 1)
      desk.pass(1).tick({ kind: 'switch', switch: 'ka', atMs: desk.nowMs, outcome: { ok: true, value: 'cut' } });
    expect(desk.named('found-fed').filter((one) => one.switch === 'ka')).toEqual([]);
    expect(desk.state.memory.switches.get('ka')?.fault?.code).toBe('switch-does-not-move');
  });

  it('before a silent rig that should be dark is tried slowly, whatever its board reads', () => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8), rig('bare', 5, { fedBy: ['mains'] })] })).pass(40);
    desk.stuck.add('kbare');
    desk.set('rack', { words: 'OB', charge: 99 }).world('bare', { silent: true }).pass(35);
    for (let second = 0; second < 60; second += 1) {
      desk.pass(1).tick({ kind: 'switch', switch: 'kbare', atMs: desk.nowMs, outcome: { ok: true, value: 'fed' } });
    }
    expect([desk.asked('cut'), desk.faults(), desk.named('found-fed')]).toEqual([['kbare'], ['switch-does-not-move'], []]);
    expect(desk.steps.length).toBeLessThan(20);
  });

  it('is not taken for fed while its rig was silent since', () => {
    const desk = stuck();
    desk.world('a', { silent: true }).pass(120);
    expect(standing(desk)).toEqual([expect.objectContaining({ code: 'switch-does-not-move' }), ['ka']]);
  });
});
