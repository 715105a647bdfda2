// A rig behind two contacts that is back by one of them: the other is closed in its turn as well, and nobody waits for that.
import { describe, expect, it } from '@jest/globals';
import { viewOf } from '../../src/core/views.ts';
import { Desk, rig, siteOf, ups } from '../support/core-desk.ts';

const both = rig('a', 8, { fedBy: ['rack', 'mains'], cutBy: ['k1', 'k2'] });

/** At the floor k1 opened and k2 did not; with the mains the rig boots by k2 and hashes, before anybody's turn has come. */
function backByOne(): Desk {
  const desk = new Desk(siteOf({ rigs: [both, rig('b', 6)] })).pass(40);
  desk.stuck.add('k2');
  desk.set('rack', { words: 'OB LB', charge: 18 }).pass(60);
  desk.set('rack', { words: 'OL', charge: 90 }).world('a', { fed: true, hashing: true });
  desk.stuck.clear();
  return desk;
}

const contacts = ({ state }: Desk) => ['k1', 'k2'].map((id) => state.memory.switches.get(id)?.want);
const look = (desk: Desk, id: string, value: 'fed' | 'cut') =>
  desk.tick({ kind: 'switch', switch: id, atMs: desk.nowMs, outcome: { ok: true, value } });

describe('a rig that is back by the contact that did not open', () => {
  it('has the other closed in its turn, and is up all the while', () => {
    const desk = backByOne().pass(300);
    expect([contacts(desk), desk.rig('a')?.phase, desk.rig('a')?.admitted]).toEqual([['fed', 'fed'], 'hashing', false]);
    expect(desk.asked('pause').filter((id) => id === 'a')).toEqual(['a']);
  });

  it('has it closed only once mains have held', () => {
    const desk = backByOne().pass(50);
    expect(desk.asked('feed')).toEqual([]);
    desk.set('rack', { words: 'OB', charge: 90 }).pass(30);
    expect(desk.asked('feed')).toEqual([]);
    expect(contacts(desk.set('rack', { words: 'OL' }).pass(600))).toEqual(['fed', 'fed']);
  });

  it('says what it still waits for, to a person who asks', () => {
    const next = (desk: Desk): string | null | undefined => {
      const { status } = viewOf(desk.state, desk.site, desk.nowMs);
      return status.rigs.find(({ id }) => id === 'a')?.next;
    };
    const desk = backByOne().pass(20);
    expect(next(desk)).toMatch(/^k1 still to be closed: waits \d+ s: mains not held$/);
    desk.say({ kind: 'disarm' });
    expect(next(desk.pass(100))).toBeNull();
    desk.say({ kind: 'arm' });
    expect(next(desk)).toBe('k1 still to be closed in its turn');
    expect(next(desk.pass(120))).toBeNull();
  });

  it('gives its turn back where another behind that contact is held down meanwhile', () => {
    const rigs = [both, rig('c', 4, { cutBy: ['k1'], fedBy: ['house'] })];
    const desk = new Desk(siteOf({ rigs, ups: [ups('rack'), ups('house')] })).pass(40);
    desk.stuck.add('k2');
    desk.set('rack', { words: 'OB LB', charge: 18 }).set('house', { words: 'OB LB', charge: 18 }).pass(60);
    desk.set('rack', { words: 'OL', charge: 90 }).world('a', { fed: true, hashing: true });
    desk.stuck.clear();
    desk.stuck.add('k1');
    for (let second = 0; second < 300 && desk.rig('a')?.admitted !== true; second += 1) desk.pass(1);
    expect(desk.rig('a')?.admitted).toBe(true);
    desk.say({ kind: 'hold', as: 'down', rigs: ['c'] });
    expect(desk.pass(5).rig('a')?.admitted).toBe(false);
  });

  it('holds nobody up where that other does not close, and is not taken for out', () => {
    const desk = backByOne();
    desk.stuck.add('k1');
    desk.pass(300);
    expect([desk.rig('a')?.phase, desk.rig('b')?.phase, desk.supply().level]).toEqual(['hashing', 'hashing', 'normal']);
    expect(desk.state.memory.switches.get('k1')?.fault?.code).toBe('switch-does-not-move');
    desk.stuck.clear();
    expect(contacts(desk.pass(3_600))).toEqual(['fed', 'fed']);
    expect(desk.state.memory.switches.get('k1')?.fault).toBeUndefined();
  });

  it('has no contact closed while lastwatt is disarmed', () => {
    const desk = backByOne();
    desk.say({ kind: 'disarm' });
    expect([contacts(desk.pass(600))[0], desk.asked('feed')]).toEqual(['cut', []]);
    desk.say({ kind: 'arm' });
    expect(contacts(desk.pass(120))).toEqual(['fed', 'fed']);
  });

  it('has it closed for us, too, where its board closed it meanwhile: the fault is over', () => {
    const desk = backByOne();
    desk.say({ kind: 'disarm' });
    desk.pass(120);
    look(desk, 'k1', 'fed');
    expect(desk.state.memory.switches.get('k1')?.fault?.code).toBe('switch-moved-by-itself');
    desk.say({ kind: 'arm' });
    desk.pass(60);
    look(desk, 'k1', 'fed');
    expect([contacts(desk), desk.state.memory.switches.get('k1')?.fault]).toEqual([['fed', 'fed'], undefined]);
  });

  it('keeps it open for another behind it that a person holds down, and nobody is told that it stays dark', () => {
    const other = rig('b', 6, { cutBy: ['k1'] });
    const desk = new Desk(siteOf({ rigs: [both, other] })).pass(40);
    desk.stuck.add('k2');
    desk.set('rack', { words: 'OB LB', charge: 18 }).pass(60);
    desk.set('rack', { words: 'OL', charge: 90 }).world('a', { fed: true, hashing: true });
    desk.say({ kind: 'hold', as: 'down', rigs: ['b'] });
    desk.pass(600);
    expect([contacts(desk)[0], desk.faults().filter((code) => code === 'shares-a-switch')]).toEqual(['cut', []]);
    desk.say({ kind: 'release', rigs: ['b'] });
    expect(contacts(desk.pass(120))).toEqual(['fed', 'fed']);
  });
});

describe('a rig of which one contact did not close', () => {
  it('has that one tried again once it hashes by the other', () => {
    const desk = new Desk(siteOf({ ups: [ups('rack'), ups('shelf')], rigs: [{ ...both, fedBy: ['rack', 'shelf'] }] })).pass(40);
    for (const id of ['rack', 'shelf']) desk.set(id, { words: 'OB LB', charge: 18 });
    desk.pass(60);
    expect(desk.rig('a')?.phase).toBe('dark');
    desk.stuck.add('k1');
    for (const id of ['rack', 'shelf']) desk.set(id, { words: 'OL', charge: 90 });
    desk.pass(70).world('a', { hashing: true }).pass(60);
    expect([desk.rig('a')?.phase, desk.state.memory.switches.get('k1')?.done]).toEqual(['hashing', false]);
    desk.stuck.clear();
    desk.pass(3_600);
    expect([contacts(desk), desk.state.memory.switches.get('k1')?.done]).toEqual([['fed', 'fed'], true]);
  });
});

describe('the mains that fail again while a rig comes back by one contact and the other does not close', () => {
  it('find it out as before: it is asked once more to pause, and returns after them', () => {
    const desk = new Desk(siteOf({ rigs: [{ ...both, fedBy: ['rack'] }, rig('b', 6)] })).pass(40);
    desk.set('rack', { words: 'OB LB', charge: 18 }).pass(60);
    desk.stuck.add('k1');
    desk.set('rack', { words: 'OL', charge: 95 });
    for (let second = 0; second < 120 && !desk.asked('feed').includes('k2'); second += 1) desk.pass(1);
    desk.world('a', { hashing: true }).set('rack', { words: 'OB' }).pass(3);
    expect([desk.rig('a')?.phase, desk.asked('pause').filter((id) => id === 'a')]).toEqual(['hashing', ['a']]);
    desk.pass(4);
    expect([desk.rig('a')?.phase, desk.asked('pause').filter((id) => id === 'a')]).toEqual(['paused', ['a', 'a']]);
    desk.stuck.clear();
    expect(desk.set('rack', { words: 'OL' }).pass(900).rig('a')?.phase).toBe('hashing');
  });
});

describe('two rigs that are back but for a contact', () => {
  it('have theirs closed one after the other, though nobody else waits', () => {
    const rigs = [{ ...both, fedBy: ['rack'] }, rig('c', 4, { cutBy: ['k3', 'k4'] })];
    const desk = new Desk(siteOf({ rigs })).pass(40);
    for (const id of ['k2', 'k4']) desk.stuck.add(id);
    desk.set('rack', { words: 'OB LB', charge: 18 }).pass(60).set('rack', { words: 'OL', charge: 90 });
    for (const id of ['a', 'c']) desk.world(id, { fed: true, hashing: true });
    desk.stuck.clear();
    desk.pass(300);
    expect(desk.asked('feed').filter((id) => id === 'k1' || id === 'k3')).toEqual(['k1', 'k3']);
    const at = (id: string): number => desk.steps.find(({ due: { step } }) => step.kind === 'feed' && step.switch === id)?.atMs ?? 0;
    expect(at('k3') - at('k1')).toBeGreaterThanOrEqual(10_000);
  });
});

describe('a rig of which a person opened one contact', () => {
  it('has it left open: it was none of ours', () => {
    const desk = new Desk(siteOf({ rigs: [both] })).pass(40);
    look(desk, 'k1', 'cut');
    desk.pass(300);
    expect([desk.rig('a')?.phase, desk.asked('feed')]).toEqual(['hashing', []]);
  });
});
