// What a rig was seen to take, to stop and to wake: learned from its own pauses and returns, and used by the plan, never so that
// the floor comes later than a rig that fails needs.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { rigMemory } from '../../src/core/memory.ts';
import { fromSnapshot, snapshotOf } from '../../src/core/snapshot.ts';
import { cutBelowAt, stopSeconds } from '../../src/core/thresholds.ts';
import { viewOf } from '../../src/core/views.ts';
import { whyOf } from '../../src/core/why.ts';
import type { Rig } from '../../src/model/rig.ts';
import { Desk, rig, siteOf, ups } from '../support/core-desk.ts';

let desk: Desk;

/** A rig that takes its time is deaf for so long. */
let slow: number;

const bare = rig('a', 8, { cutBy: [], graceSeconds: 60 });
const seen = (): Rig => desk.scene().site.rigs.get('a') ?? bare;
const times = () => rigMemory(desk.state.memory, 'a').times;
const need = (): number => cutBelowAt(desk.scene(), ups('rack'), 1000);

/** Down by a person and up again, seen each way. */
function cycle(count = 1): void {
  for (let round = 0; round < count; round += 1) {
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'] });
    desk.pass(slow).world('a', { hashing: false }).pass(5);
    desk.say({ kind: 'release', rigs: ['a'] });
    desk.pass(120);
    expect(desk.rig('a')?.phase).toBe('hashing');
  }
}

beforeEach(() => {
  slow = 0;
  desk = new Desk(siteOf({ rigs: [bare] })).pass(40);
});

describe('a rig that was seen to stop', () => {
  it('less than three times counts its grace', () => {
    cycle(2);
    expect(times()?.pauseMs).toHaveLength(2);
    expect(stopSeconds(seen())).toBe(60);
  });

  it('three times stops within half as long again, and five seconds', () => {
    const before = need();
    desk.world('a', { stubborn: true });
    slow = 12;
    cycle1Slowly(3);
    expect(times()?.pauseMs).toEqual([expect.any(Number), expect.any(Number), expect.any(Number)]);
    expect(Math.max(...(times()?.pauseMs ?? []))).toBeLessThan(14_000);
    expect(stopSeconds(seen())).toBe(25);
    expect(need()).toBeCloseTo(before - 1.25 * 35, 5);
  });

  it('is never taken to stop later than its grace ends', () => {
    desk.world('a', { stubborn: true });
    slow = 55;
    cycle1Slowly(3);
    expect(stopSeconds(seen())).toBe(60);
  });

  it('is judged by the last twenty times: one slow stop of so many counts until then', () => {
    cycle(3);
    const { memory } = desk.state;
    memory.rigs.set('a', { ...rigMemory(memory, 'a'), times: { ...times(), pauseMs: [30_000, ...(times()?.pauseMs ?? [])] } });
    desk.state = { ...desk.state, memory: { ...memory, seenAs: {} } };
    cycle(12);
    expect(stopSeconds(seen())).toBe(50);
    cycle(8);
    expect(times()?.pauseMs).toHaveLength(20);
    expect(stopSeconds(seen())).toBeLessThan(20);
  });

  it('is known over a restart, in the snapshot, shown, and told', () => {
    cycle(3);
    desk.restart().pass(2);
    expect(stopSeconds(seen())).toBeLessThan(20);
    expect(fromSnapshot(JSON.parse(JSON.stringify(snapshotOf(desk.state.memory)))).rigs.get('a')?.times).toEqual(times());
    const [view] = viewOf(desk.state, desk.site, desk.nowMs).status.rigs;
    expect(view?.times).toEqual({ stopSeconds: 10, wakeSeconds: 5, bootSeconds: null, cutSeconds: null });
    expect(whyOf(desk.state, desk.site, desk.nowMs, 'a', new Map())?.say.join('\n')).toContain(
      'by what was seen of it: quiet within 10 s of a pause (its grace is 60 s), hashing within 5 s of a resume',
    );
  });

  it('and once did not is taken to need its grace, until it has stopped three times again', () => {
    cycle(3);
    desk.world('a', { stubborn: true });
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'] });
    desk.pass(70);
    expect(desk.faults()).toContain('will-not-pause');
    expect(stopSeconds(seen())).toBe(60);
    desk.world('a', { stubborn: false });
    desk.say({ kind: 'release', rigs: ['a'] });
    desk.pass(60);
    cycle(2);
    expect(stopSeconds(seen())).toBe(60);
    cycle(1);
    expect(stopSeconds(seen())).toBeLessThan(20);
  });

  it('and woke by itself is not relied on', () => {
    cycle(3);
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'] });
    desk.pass(5).world('a', { hashing: true, stubborn: true }).pass(5);
    expect(stopSeconds(seen())).toBe(60);
  });

  it('while it slept already has shown nothing', () => {
    desk.world('a', { hashing: false }).pass(5);
    for (let round = 0; round < 4; round += 1) {
      desk.say({ kind: 'hold', as: 'down', rigs: ['a'] });
      desk.pass(5);
      desk.say({ kind: 'release', rigs: ['a'] });
      desk.pass(5);
    }
    expect(times()?.pauseMs).toBeUndefined();
  });
});

/** As `cycle`, of a rig that does not obey before `slow` seconds are over. */
function cycle1Slowly(count: number): void {
  for (let round = 0; round < count; round += 1) {
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'] });
    desk.pass(slow).world('a', { hashing: false, stubborn: false }).pass(5);
    desk.say({ kind: 'release', rigs: ['a'] });
    desk.pass(120).world('a', { stubborn: true });
    expect(desk.rig('a')?.phase).toBe('hashing');
  }
}

describe('a rig behind a switch', () => {
  const cut = (change: Partial<Rig>): number => stopSeconds(rig('a', 8, { graceSeconds: 60, coolDownSeconds: 30, ...change }));

  it('that stops sooner is dark sooner, and never taken to be dark before one that fails would be', () => {
    expect(cut({})).toBe(92);
    expect(cut({ times: { stopSeconds: 45 } })).toBe(77);
    expect(cut({ times: { stopSeconds: 10 } })).toBe(62);
    expect(cut({ times: { stopSeconds: 10 }, coolDownSeconds: 90 })).toBe(102);
    expect(cut({ times: { stopSeconds: 10 }, can: { read: true, pause: false, resume: false, halt: false } })).toBe(32);
  });

  it('that opens slowly is dark later', () => {
    expect(cut({ times: { cutSeconds: 6 } })).toBe(96);
  });

  it('that opened slowly once is taken to do so for a while', () => {
    desk = new Desk(siteOf({ rigs: [rig('a', 8)] })).pass(40);
    const step = { kind: 'cut', switch: 'ka', rigs: ['a'] } as const;
    const opened = (tookMs: number) => {
      desk.say({ kind: 'hold', as: 'down', rigs: ['a'] });
      desk.pass(30);
      desk.tick({ kind: 'settled', step, outcome: { ok: true, value: undefined }, beganAtMs: desk.nowMs - tookMs, atMs: desk.nowMs });
    };
    opened(4_200);
    expect(seen().times).toEqual({ cutSeconds: 5 });
    const told = { stopSeconds: null, wakeSeconds: null, bootSeconds: null, cutSeconds: 5 };
    expect(viewOf(desk.state, desk.site, desk.nowMs).status.rigs[0]?.times).toEqual(told);
    for (let round = 0; round < 3; round += 1) opened(100);
    expect(seen().times?.cutSeconds).toBeUndefined();
  });
});

describe('a rig that was seen to wake', () => {
  it('is given twice that before it is told again', () => {
    desk = new Desk(siteOf({ rigs: [bare] })).pass(40);
    desk.world('a', { stubborn: true });
    for (let round = 0; round < 3; round += 1) {
      desk.say({ kind: 'hold', as: 'down', rigs: ['a'] });
      desk.world('a', { hashing: false }).pass(5);
      desk.say({ kind: 'release', rigs: ['a'] });
      desk.pass(100).world('a', { hashing: true }).pass(40);
    }
    expect(seen().times?.wakeSeconds).toBeGreaterThanOrEqual(95);
    const before = desk.steps.length;
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'] });
    desk.world('a', { hashing: false }).pass(5);
    desk.say({ kind: 'release', rigs: ['a'] });
    desk.pass(180);
    expect(desk.steps.slice(before).filter(({ due }) => due.step.kind === 'resume')).toHaveLength(1);
  });

  it('is told apart from one that got its power back', () => {
    desk = new Desk(siteOf({ rigs: [rig('a', 8)] })).pass(40);
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'] });
    desk.pass(60);
    desk.say({ kind: 'release', rigs: ['a'] });
    desk.pass(300);
    expect(desk.rig('a')?.phase).toBe('hashing');
    expect(times()?.bootMs).toHaveLength(1);
    expect(times()?.wakeMs).toBeUndefined();
  });
});

it('a drill teaches what it sees', () => {
  desk = new Desk(siteOf({ rigs: [bare] })).pass(40);
  for (let round = 0; round < 3; round += 1) {
    desk.say({ kind: 'drill', rig: 'a', cut: false });
    desk.pass(200);
  }
  expect(desk.named('drilled').map(({ ok }) => ok)).toEqual([true, true, true]);
  expect(stopSeconds(seen())).toBeLessThan(20);
  expect(seen().times?.wakeSeconds).toBeDefined();
});
