// Every rig back: nothing that went wrong on the way down keeps a rig out for ever.
import { describe, expect, it } from '@jest/globals';
import { nextOf } from '../../src/core/views.ts';
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
    expect(desk.faults()).toEqual(['second-feed']);
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

describe('a rig that its board gave power again unseen, behind a contact that can not be read', () => {
  const woken = (site = siteOf({ rigs: [rig('a', 8), rig('b', 6)] })): Desk => {
    const desk = low(new Desk(site).pass(40));
    desk.pass(60).world('a', { fed: true, hashing: true });
    return desk;
  };
  const orders = (desk: Desk, again: boolean): number[] =>
    desk.steps.flatMap(({ atMs, due }) =>
      due.step.kind === 'pause' && due.step.rig === 'a' && (due.again === true) === again ? [atMs / 1000] : [],
    );

  it('is asked to pause, sleeps, and its contact stays told of until it is fed', () => {
    const desk = woken().pass(1);
    expect([orders(desk, false).length, desk.rig('a')?.phase, desk.faults()]).toEqual([2, 'pausing', ['board-reset']]);
    expect(nextOf(desk.scene(), desk.site.rigs.get('a') ?? rig('a', 8))).toMatch(/^must be seen quiet in \d+ s$/);
    desk.pass(40);
    expect([orders(desk, false).length, orders(desk, true).length, desk.rig('a')?.phase]).toEqual([2, 0, 'paused']);
    expect(desk.named('step-due').at(-1)).toMatchObject({ step: { kind: 'pause', rig: 'a' }, because: { rule: 'low-battery' } });
    expect(desk.state.memory.rigs.get('a')?.fault?.code).toBe('board-reset');
  });

  it('comes back in its turn, awake', () => {
    const desk = woken().pass(40);
    mains(desk).pass(200);
    expect([desk.rig('a')?.phase, desk.asked('feed'), desk.asked('resume')]).toEqual(['hashing', ['ka', 'kb'], ['a', 'b']]);
    expect(desk.state.memory.rigs.get('a')).toEqual(expect.not.objectContaining({ fault: expect.anything(), owed: expect.anything() }));
  });

  it('is asked every 5 s in its grace, then every 30 s, where it does not heed', () => {
    const desk = woken().world('a', { stubborn: true }).pass(120);
    const [first = 0] = orders(desk, false).slice(1);
    const after = orders(desk, true)
      .filter((at) => at > first)
      .map((at) => at - first);
    expect(after).toEqual([5, 10, 15, 20, 25, 30, 60, 90]);
    expect([desk.rig('a')?.phase, desk.faults()]).toEqual(['unknown', ['board-reset']]);
    mains(desk).pass(200);
    expect(desk.rig('a')?.phase).toBe('hashing');
  });

  it('is in the queue as soon as the mains are back in its grace', () => {
    const desk = woken().world('a', { stubborn: true }).pass(3);
    expect(desk.rig('a')?.phase).toBe('pausing');
    mains(desk).pass(200);
    expect([desk.rig('a')?.phase, desk.asked('feed')]).toEqual(['hashing', ['ka', 'kb']]);
  });

  it('that wakes by itself once the mains are back is not taken to sleep, and is fed in its turn', () => {
    const desk = woken().pass(40);
    mains(desk).pass(5).world('a', { hashing: true, stubborn: true }).pass(5);
    expect([desk.rig('a')?.phase, orders(desk, false).length]).toEqual(['unknown', 2]);
    desk.pass(200);
    expect([desk.rig('a')?.phase, desk.asked('feed')]).toEqual(['hashing', ['ka', 'kb']]);
  });

  it('is asked anew each time it wakes, and from the third time on every 30 s at most', () => {
    const desk = woken().pass(1);
    for (let second = 0; second < 120; second += 1) desk.world('a', { hashing: second % 4 < 2 }).pass(1);
    expect(orders(desk, false).length).toBeLessThanOrEqual(4);
    expect(orders(desk, true).length).toBeLessThanOrEqual(5);
  });

  it('is dark again when its contact opens at last', () => {
    const desk = woken().pass(40).world('a', { fed: false, hashing: false }).pass(40);
    expect([desk.rig('a')?.phase, desk.state.memory.rigs.get('a')?.fault]).toEqual(['dark', undefined]);
    mains(desk).pass(200);
    expect([desk.rig('a')?.phase, desk.asked('feed')]).toEqual(['hashing', ['ka', 'kb']]);
  });

  it('that only waits for its turn is not asked', () => {
    const desk = low(new Desk(siteOf({ rigs: [rig('a', 8), rig('b', 6)] })).pass(40)).pass(60);
    mains(desk).pass(5).world('a', { fed: true, hashing: true }).pass(20);
    expect([orders(desk, false).length, desk.faults()]).toEqual([1, []]);
  });

  it('is told of and not asked while lastwatt is disarmed', () => {
    const desk = low(new Desk(siteOf({ rigs: [rig('a', 8), rig('b', 6)] })).pass(40)).pass(60);
    desk.say({ kind: 'disarm' });
    desk.world('a', { fed: true, hashing: true }).pass(60);
    expect([orders(desk, false).length, orders(desk, true).length, desk.faults()]).toEqual([1, 0, ['board-reset']]);
  });

  it('that can not be asked is told of alone', () => {
    const mute = rig('a', 8, { can: { read: true, pause: false, resume: true, halt: false } });
    const desk = woken(siteOf({ rigs: [mute, rig('b', 6)] })).pass(60);
    expect([orders(desk, false), desk.faults(), desk.rig('a')?.phase]).toEqual([[], ['board-reset'], 'unknown']);
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
    expect([desk.rig('a')?.phase, desk.faults()]).toEqual(['hashing', ['does-not-fit', 'battery-not-trusted']]);
  });
});
