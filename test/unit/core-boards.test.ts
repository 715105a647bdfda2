// Boards that are not there, and what is done with their contacts when they are again.
import { describe, expect, it } from '@jest/globals';
import type { SwitchLook } from '../../src/model/input.ts';
import { failed, type Outcome, ok } from '../../src/model/outcome.ts';
import type { Rig } from '../../src/model/rig.ts';
import { Desk, rig, siteOf } from '../support/core-desk.ts';

const BOX = ['box:1', 'box:2'] as const;

function boxed(): Desk {
  return new Desk(siteOf({ rigs: [rig('a', 8, { cutBy: ['box:1'] }), rig('b', 6, { cutBy: ['box:2'] })] })).pass(40);
}

function look(desk: Desk, id: string, outcome: Outcome<SwitchLook>): Desk {
  desk.tick({ kind: 'switch', switch: id, atMs: desk.nowMs, outcome });
  return desk;
}

function lookAtAll(desk: Desk, outcome: Outcome<SwitchLook>): Desk {
  for (const id of BOX) look(desk, id, outcome);
  return desk;
}

const gone = failed('unreachable', 'its cable is out');
const late = failed('timeout', 'box did not answer within 3 s');
const there = (returns: number) => ok({ returns });

/** Both rigs are dark behind their contacts, on battery. */
function dark(): Desk {
  const desk = boxed();
  lookAtAll(desk, there(0));
  return desk.set('rack', { words: 'OB LB', charge: 20 }).pass(60);
}

const low = (desk: Desk): Desk => desk.set('rack', { words: 'OB LB', charge: 20 });

/** Mains are back, the board with it, and fed its rig, which hashes while it waits for charge. */
function fedInCalm(change: Partial<Rig> = {}): Desk {
  const rigs = [rig('a', 8, { cutBy: ['box:1'], ...change })];
  const desk = look(new Desk(siteOf({ rigs, restore: { minChargePercent: 90 } })).pass(40), 'box:1', there(0));
  low(desk).pass(60);
  look(desk.set('rack', { words: 'OL', charge: 30 }).pass(3), 'box:1', there(1));
  return desk.world('a', { fed: true, hashing: true }).pass(200);
}

const cuts = (desk: Desk): number => desk.steps.filter(({ due }) => due.step.kind === 'cut').length;

describe('a board that does not answer', () => {
  it('is told of once, whatever hangs on it, and once more when it is back', () => {
    const desk = lookAtAll(lookAtAll(boxed(), gone), gone);
    expect(desk.named('fault')).toEqual([
      { event: 'fault', code: 'board-lost', board: 'box', say: "box does not answer: its cable is out; its contacts can't be moved" },
    ]);
    look(desk, 'box:1', there(1));
    expect(desk.named('fault-cleared')).toEqual([]);
    look(desk, 'box:2', there(1));
    expect(desk.named('fault-cleared')).toEqual([{ event: 'fault-cleared', code: 'board-lost', board: 'box' }]);
  });

  it('is not told of for one late answer, and is for the second', () => {
    const desk = look(boxed(), 'box:1', late);
    expect(desk.faults()).toEqual([]);
    look(desk, 'box:1', late);
    expect(desk.faults()).toEqual(['board-lost']);
  });

  it('that comes and goes is told of once a minute, and at the latest then when it stays away', () => {
    const desk = boxed();
    for (let turn = 0; turn < 25; turn += 1) lookAtAll(lookAtAll(desk, gone).pass(1), there(turn)).pass(1);
    expect(desk.faults().length).toBeLessThanOrEqual(2);
    expect(desk.named('fault-cleared').length).toBeLessThanOrEqual(2);
    const before = desk.faults().length;
    for (let second = 0; second < 70; second += 5) lookAtAll(desk, gone).pass(5);
    expect(desk.faults()).toHaveLength(before + 1);
  });

  it('is not silent where nobody asked it', () => {
    const busy = failed('not-asked', 'the reading made room for an order');
    expect(lookAtAll(lookAtAll(boxed(), busy), busy).faults()).toEqual([]);
  });
});

describe('a board that was away while its contacts were open, and that cannot be read', () => {
  it('cuts them once more, a second after it is back, on battery', () => {
    const desk = dark();
    expect([cuts(desk), desk.rig('a')?.phase]).toEqual([2, 'dark']);
    lookAtAll(lookAtAll(desk, gone), there(1));
    expect(cuts(desk)).toBe(2);
    desk.pass(3);
    expect([cuts(desk), desk.rig('a')?.phase, desk.rig('b')?.phase]).toEqual([4, 'dark', 'dark']);
    expect(desk.named('step-due').at(-1)).toMatchObject({
      step: { kind: 'cut' },
      because: { rule: 'board-came-back', facts: { leavesFor: 'low-battery' } },
      stamp: 'assumed',
    });
    expect(cuts(desk.pass(30))).toBe(4);
  });

  it('was away also where no look fell into that time', () => {
    const desk = lookAtAll(dark(), there(1)).pass(3);
    expect(cuts(desk)).toBe(4);
  });

  it('moves nothing on mains, where its rigs wait for their turn', () => {
    const desk = dark();
    desk.set('rack', { words: 'OL', charge: 30 }).pass(2);
    lookAtAll(lookAtAll(desk, gone), there(1)).pass(5);
    expect(cuts(desk)).toBe(2);
  });

  it('cuts once more on mains what a person holds down, armed or not', () => {
    const desk = boxed();
    lookAtAll(desk, there(0));
    desk.say({ kind: 'disarm' });
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'], now: true });
    desk.pass(150);
    expect([desk.rig('a')?.phase, cuts(desk)]).toEqual(['dark', 1]);
    lookAtAll(lookAtAll(desk, gone), there(1)).pass(3);
    expect([cuts(desk), desk.rig('a')?.phase]).toEqual([2, 'dark']);
  });

  it('moves nothing where its contacts are closed', () => {
    const desk = lookAtAll(boxed(), there(0)).set('rack', { words: 'OB', charge: 90 }).pass(10);
    lookAtAll(lookAtAll(desk, gone), there(1)).pass(5);
    expect(cuts(desk)).toBe(0);
  });

  it('asks a rig that was fed by it long enough to hash, and cuts it when it is quiet', () => {
    const desk = fedInCalm();
    const from = desk.steps.length;
    low(desk).pass(20);
    const later = desk.steps.slice(from).map(({ atMs, due }) => ({ atMs, kind: due.step.kind }));
    expect(later.map(({ kind }) => kind)).toEqual(['pause', 'cut']);
    expect((later[1]?.atMs ?? 0) - (later[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(1000);
  });

  it('lets one that it has just paused cool first, where nothing presses', () => {
    const desk = fedInCalm();
    const from = desk.steps.length;
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'] });
    desk.pass(40);
    const later = desk.steps.slice(from).map(({ atMs, due }) => ({ atMs, kind: due.step.kind }));
    expect(later.map(({ kind }) => kind)).toEqual(['pause', 'cut']);
    expect((later[1]?.atMs ?? 0) - (later[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(10_000);
  });

  it('cuts one that does not go quiet when its grace is over, and one that can not be asked at once', () => {
    const stubborn = fedInCalm();
    const from = stubborn.steps.length;
    low(stubborn.world('a', { stubborn: true })).pass(25);
    expect(stubborn.steps.slice(from).some(({ due }) => due.step.kind === 'cut')).toBe(false);
    stubborn.pass(10);
    expect(stubborn.steps.slice(from).filter(({ due }) => due.step.kind === 'cut')).toHaveLength(1);
    const mute = fedInCalm({ can: { read: true, pause: false, resume: false, halt: false } });
    const before = cuts(mute);
    expect(cuts(low(mute).pass(3))).toBe(before + 1);
  });

  it('that comes and goes every second is told to cut every five', () => {
    const desk = dark();
    for (let returns = 1; returns <= 20; returns += 1) lookAtAll(desk, there(returns)).pass(1);
    expect(cuts(desk) - 2).toBeLessThanOrEqual(2 * 4);
    expect(cuts(desk) - 2).toBeGreaterThanOrEqual(2 * 2);
  });

  it('that does not take the cut has rigs of which nobody knows, and they are asked as any other', () => {
    const desk = dark();
    lookAtAll(lookAtAll(desk, gone), there(1));
    desk.stuck.add('box:1');
    desk.world('a', { fed: true, hashing: true }).pass(8);
    expect(desk.faults()).toContain('switch-does-not-move');
    expect(desk.rig('a')?.phase).not.toBe('dark');
    desk.pass(10);
    expect(desk.steps.filter(({ due }) => due.step.kind === 'pause' && 'rig' in due.step && due.step.rig === 'a').length).toBeGreaterThan(
      1,
    );
  });
});
