// Who is wanted up, or was let go by a person, and has not been seen down, is up: on battery nothing but the floor, or for one
// that is not held the policy's own numbers, takes it.
import { describe, expect, it } from '@jest/globals';
import { Desk, rig, siteOf } from '../support/core-desk.ts';

const none = { can: { read: false, pause: false, resume: false, halt: false } };
const rigs = () => [rig('a', 8), rig('b', 6), rig('c', 4), rig('d', 2), rig('n', 1, none)];
const battery = (desk: Desk, charge = 99): Desk => desk.set('rack', { words: 'OB', charge });

describe("a person's up on a full battery", () => {
  it('for a rig that can be asked nothing opens no switch', () => {
    const desk = battery(new Desk(siteOf({ rigs: rigs() })).pass(40)).pass(20);
    desk.say({ kind: 'hold', as: 'up', rigs: ['n'] });
    desk.pass(120);
    expect([desk.asked('cut'), desk.asked('pause')]).toEqual([[], []]);
  });

  it('said soon after a blip opens no switch in the outage that follows', () => {
    const desk = battery(new Desk(siteOf({ rigs: rigs() })).pass(40)).pass(3);
    desk.set('rack', { words: 'OL', charge: 99 }).pass(10);
    desk.say({ kind: 'hold', as: 'up', rigs: ['n'] });
    battery(desk.pass(10)).pass(120);
    expect(desk.asked('cut')).toEqual([]);
  });

  it('for a rig that does not answer asks it nothing, and cuts it not', () => {
    const desk = new Desk(siteOf({ rigs: rigs() })).pass(40).world('d', { silent: true }).pass(60);
    battery(desk).pass(20);
    desk.say({ kind: 'hold', as: 'up', rigs: ['d'] });
    desk.pass(120);
    expect([desk.asked('pause'), desk.asked('cut')]).toEqual([[], []]);
  });

  it('counts nobody as gone that stays: the others leave for it', () => {
    const desk = new Desk(siteOf({ rigs: rigs() })).pass(40);
    desk.set('rack', { words: 'OB', charge: 60 }).pass(8);
    desk.say({ kind: 'hold', as: 'up', rigs: ['n'] });
    const plain = new Desk(siteOf({ rigs: rigs() })).pass(40);
    plain.set('rack', { words: 'OB', charge: 60 }).pass(8);
    for (const one of [desk, plain]) one.set('rack', { words: 'OB', charge: 45 }).pass(8);
    expect(plain.asked('cut')).toContain('kn');
    expect(desk.asked('cut')).toEqual([]);
    expect(desk.asked('pause')).toEqual(['d']);
  });

  it('ends at the floor like any other', () => {
    const desk = new Desk(siteOf({ rigs: rigs() })).pass(40);
    desk.say({ kind: 'hold', as: 'up', rigs: ['n', 'd'] });
    desk.set('rack', { words: 'OB LB', charge: 18 }).pass(60);
    expect(desk.asked('cut')).toEqual(expect.arrayContaining(['kn', 'kd']));
  });

  it('wakes nobody that was seen asleep', () => {
    const desk = new Desk(siteOf({ rigs: rigs() })).pass(40);
    desk.set('rack', { words: 'OB LB', charge: 18 }).pass(60).set('rack', { words: 'OL', charge: 90 }).pass(5);
    desk.say({ kind: 'hold', as: 'up', rigs: ['d'] });
    battery(desk, 90).pass(120);
    expect([desk.asked('resume'), desk.asked('feed'), desk.rig('d')?.phase]).toEqual([[], [], 'dark']);
  });
});

describe('a person who lets a rig go in an outage', () => {
  const hot = (): Desk => {
    const desk = new Desk(siteOf({ rigs: rigs() })).pass(40).world('d', { stubborn: true });
    battery(desk).pass(10);
    desk.say({ kind: 'hold', as: 'down', rigs: ['d'] });
    return desk.pass(8);
  };

  it('has it hash on where it was never seen asleep, and nothing wants it down', () => {
    const desk = hot();
    desk.say({ kind: 'release', rigs: ['d'] });
    desk.pass(120);
    expect([desk.asked('cut'), desk.asked('resume'), desk.rig('d')?.phase]).toEqual([[], [], 'hashing']);
  });

  it('has it wait for the mains where it fell asleep after all', () => {
    const desk = hot();
    desk.say({ kind: 'release', rigs: ['d'] });
    desk.pass(4).world('d', { hashing: false, stubborn: false }).pass(120);
    expect([desk.asked('resume'), desk.asked('feed')]).toEqual([[], []]);
    desk.set('rack', { words: 'OL', charge: 99 }).pass(200);
    expect(desk.rig('d')?.phase).toBe('hashing');
  });

  it('sees the policy take it again where the battery is short', () => {
    const desk = hot();
    desk.say({ kind: 'release', rigs: ['d'] });
    desk.set('rack', { charge: 30 }).pass(60);
    expect(desk.asked('cut')).toContain('kd');
  });

  it('of one that the policy took does not make it hash on while the policy wants it down', () => {
    const desk = new Desk(siteOf()).pass(40).world('d', { stubborn: true });
    battery(desk, 45).pass(10);
    expect(desk.asked('pause')).toEqual(['d']);
    desk.say({ kind: 'release', rigs: ['d'] });
    desk.pass(60);
    expect([desk.asked('pause'), desk.asked('cut')]).toEqual([['d'], ['kd']]);
  });
});
