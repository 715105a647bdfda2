// Every rig back: nothing that went wrong on the way down keeps a rig out for ever.
import { describe, expect, it } from '@jest/globals';
import { Desk, rig, siteOf } from '../support/core-desk.ts';

const low = (desk: Desk): Desk => desk.set('rack', { words: 'OB LB', charge: 18 });
const mains = (desk: Desk): Desk => desk.set('rack', { words: 'OL', charge: 90 });

describe('a rig without a switch that did not pause in its time', () => {
  const site = () => siteOf({ rigs: [rig('a', 8, { cutBy: [] }), rig('b', 6)] });

  it('and pauses after it, is well again, and comes back with the mains', () => {
    const desk = new Desk(site()).world('a', { stubborn: true }).pass(40);
    low(desk).pass(40);
    expect(desk.faults()).toContain('will-not-pause');
    desk.world('a', { hashing: false, stubborn: false }).pass(5);
    expect(desk.named('fault-cleared')).toEqual([{ event: 'fault-cleared', code: 'will-not-pause', rig: 'a' }]);
    mains(desk).pass(200);
    expect([desk.asked('resume'), desk.rig('a')?.phase]).toEqual([['a', 'b'], 'hashing']);
  });

  it('for the network was dark, and is found asleep with the mains, is woken', () => {
    const desk = new Desk(site()).pass(40);
    low(desk).world('a', { silent: true }).pass(60);
    expect(desk.faults()).toContain('will-not-pause');
    mains(desk).world('a', { silent: false, hashing: false }).pass(200);
    expect([desk.rig('a')?.phase, desk.state.memory.rigs.get('a')?.fault]).toEqual(['hashing', undefined]);
  });
});

describe('a rig that hashes on behind an open contact', () => {
  const welded = (): Desk => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8), rig('b', 6)] })).world('a', { stubborn: true }).pass(40);
    low(desk);
    for (let second = 0; second < 90; second += 1) desk.world('a', { fed: true, hashing: true }).pass(1);
    return desk;
  };

  it('has come back when the mains are back', () => {
    const desk = welded();
    expect(desk.faults()).toEqual(['cut-without-effect']);
    mains(desk);
    for (let second = 0; second < 200; second += 1) desk.world('a', { fed: true, hashing: true }).pass(1);
    expect([desk.rig('a')?.phase, desk.asked('feed'), desk.state.memory.rigs.get('a')]).toEqual([
      'hashing',
      ['ka', 'kb'],
      expect.not.objectContaining({ fault: expect.anything(), owed: expect.anything() }),
    ]);
  });

  it('that falls silent, for the contact opened at last, is dark, and comes back like any other', () => {
    const desk = welded();
    desk.world('a', { fed: false, hashing: false, stubborn: false }).pass(40);
    expect([desk.rig('a')?.phase, desk.state.memory.rigs.get('a')?.fault]).toEqual(['dark', undefined]);
    mains(desk).pass(200);
    expect([desk.rig('a')?.phase, desk.asked('feed')]).toEqual(['hashing', ['ka', 'kb']]);
  });
});

describe('a rig that draws so little that its UPS tells of more than six hours, which is believed of none', () => {
  const tiny = (): Desk =>
    new Desk(siteOf({ rigs: [rig('a', 8, { watts: 50, cutBy: [], graceSeconds: 0, coolDownSeconds: 0 })] })).pass(30);

  it('comes back by the charge alone once the mains have held', () => {
    const desk = tiny().set('rack', { words: 'FSD OL', charge: 0, runtime: 'none' }).pass(1);
    desk.ups.set('rack', { words: 'OL', charge: 100 });
    desk.pass(100);
    expect(desk.supply().sample).toMatchObject({ runtimeSeconds: undefined, rejected: [{ figure: 'runtime' }] });
    expect([desk.rig('a')?.phase, desk.faults()]).toEqual(['hashing', ['forced-shutdown']]);
  });

  it('comes back after doubtMinutes of mains, and a person is told, where a second is all that was ever told', () => {
    const desk = tiny().set('rack', { words: 'OL', charge: 100, runtime: 1, load: 3000 }).pass(60);
    desk.set('rack', { words: 'OB' }).pass(60);
    desk.ups.set('rack', { words: 'OL', charge: 100 });
    desk.pass(60 * 60 - 10);
    expect(desk.rig('a')?.phase).toBe('paused');
    desk.pass(60);
    expect([desk.rig('a')?.phase, desk.faults()]).toEqual(['hashing', ['battery-not-trusted']]);
  });
});
