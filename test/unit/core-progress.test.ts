// How far a rig is on its way down or up, over restarts of the service: deadlines go on, and nothing is begun anew.
import { describe, expect, it } from '@jest/globals';
import { emptyMemory, type Memory, type RigMemory, rigMemory } from '../../src/core/memory.ts';
import { remember } from '../../src/core/remember.ts';
import { fromSnapshot, snapshotOf } from '../../src/core/snapshot.ts';
import type { Event } from '../../src/model/event.ts';
import type { RigPhase } from '../../src/model/rig.ts';

type Line = readonly [monoMs: number, event: Event];

function fold(lines: readonly Line[]): Memory {
  return lines.reduce(
    (memory, [monoMs, event]) => remember(memory, event, { monoMs, at: '2026-11-03T09:12:00Z', allRigs: ['a', 'b'] }),
    emptyMemory(),
  );
}

const ofA = (lines: readonly Line[]): RigMemory => rigMemory(fold(lines), 'a');

const because = { rule: 'runtime-below-threshold', facts: {} };
const pause: Event = { event: 'step-due', step: { kind: 'pause', rig: 'a' }, because, wasUp: ['a'] };
const resume: Event = { event: 'step-due', step: { kind: 'resume', rig: 'a' }, because };
const fault = { code: 'timeout', retry: 'soon', detail: 'no answer' } as const;
const settled = (kind: 'pause' | 'resume', ok: boolean, more: { tookMs?: number; unsynced?: true } = {}): Event => ({
  event: 'step-settled',
  step: { kind, rig: 'a' },
  ok,
  tookMs: 8_000,
  ...(ok ? {} : { fault }),
  ...more,
});
const phase = (from: RigPhase, to: RigPhase): Event => ({ event: 'phase', rig: 'a', from, to });
const started = (bootId: string): Event => ({ event: 'started', bootId, version: '0', armed: true, pid: 1 });

describe('the grace of a rig that was asked to pause', () => {
  it.each([true, false])('counts from the first order that had a result (well: %s), whoever asks it again', (ok) => {
    const lines: readonly Line[] = [
      [1_000, pause],
      [9_000, settled('pause', ok)],
      [20_000, pause],
      [29_000, settled('pause', ok)],
      [40_000, pause],
    ];
    expect(ofA(lines).grace?.fromMs).toBe(1_000);
  });

  it('counts from the order that is given again while none had a result, and from the third at the latest', () => {
    const orders = (times: number): readonly Line[] => Array.from({ length: times }, (_, place) => [place * 5_000, pause] as const);
    expect([1, 2, 3, 4, 9].map((times) => ofA(orders(times)).grace?.fromMs)).toEqual([0, 5_000, 10_000, 10_000, 10_000]);
  });

  it('counts from when the order went out, which may be later than it was given, but no later for the fourth', () => {
    const late: Line = [16_000, settled('pause', true, { tookMs: 400 })];
    expect(ofA([[0, pause], [5_000, pause], late]).grace?.fromMs).toBe(15_600);
    expect(ofA([[0, pause], [4_000, pause], [8_000, pause], [12_000, pause], late]).grace?.fromMs).toBe(8_000);
  });

  it.each<[string, Event]>([
    ['another outage', { event: 'outage-began', ups: 'rack', up: [] }],
    ['the end of the outage', { event: 'outage-ended', ups: 'rack', seconds: 9, blip: false }],
    ["a person's release", { event: 'command', command: { kind: 'release', rigs: ['a'] }, from: 'cli' }],
    ["a person's down", { event: 'command', command: { kind: 'hold', as: 'down', rigs: ['a'] }, from: 'cli' }],
    ['the end of a wish', { event: 'hold-ended', rig: 'a', as: 'down' }],
    ['disarming', { event: 'disarmed', from: 'cli' }],
    ['its return', { event: 'returned', rig: 'a', tookMs: null, proof: 'hash-rate' }],
    ['sleep that was seen', phase('pausing', 'paused')],
    ['a stop that was given up', phase('pausing', 'unknown')],
  ])('begins anew after %s', (_, event) => {
    expect(
      ofA([
        [1_000, pause],
        [2_000, settled('pause', true)],
        [3_000, event],
        [9_000, pause],
      ]).grace,
    ).toEqual({ fromMs: 9_000, orders: 1, carriedOut: false });
  });

  it.each<[string, Event]>([
    ['begins', { event: 'outage-began', ups: 'shelf', up: [], anew: ['b'] }],
    ['ends', { event: 'outage-ended', ups: 'shelf', seconds: 9, blip: false, anew: [] }],
  ])('goes on where an outage %s that is another rig’s', (_, event) => {
    expect(
      ofA([
        [1_000, pause],
        [9_000, settled('pause', true)],
        [10_000, event],
        [12_000, pause],
      ]).grace?.fromMs,
    ).toBe(1_000);
  });

  it('goes on through what a restart shows of a rig on its way', () => {
    const lines: readonly Line[] = [
      [1_000, pause],
      [1_000, phase('hashing', 'pausing')],
      [9_000, settled('pause', false)],
      [20_000, started('one')],
      [21_000, pause],
      [21_000, phase('unknown', 'pausing')],
      [31_000, phase('pausing', 'cutting')],
    ];
    expect(ofA(lines).grace?.fromMs).toBe(1_000);
  });

  it('stands when the pause overtook a resume that waited for the journal', () => {
    const lines: readonly Line[] = [
      [1_000, resume],
      [2_000, pause],
      [2_005, settled('resume', false, { tookMs: 0, unsynced: true })],
    ];
    expect(ofA(lines)).toMatchObject({ grace: { fromMs: 2_000, orders: 1 } });
  });

  it('is not begun by what is only rehearsed', () => {
    expect(ofA([[1_000, { ...pause, dryRun: true }]]).grace).toBeUndefined();
  });
});

describe('the cool-down of a rig that sleeps', () => {
  const slept: readonly Line[] = [
    [1_000, phase('pausing', 'paused')],
    [9_000, phase('unknown', 'paused')],
    [9_500, phase('paused', 'cutting')],
    [9_900, phase('cutting', 'dark')],
  ];

  it('counts from when it was first seen asleep', () => {
    for (const length of [1, 2, 3, 4]) expect(ofA(slept.slice(0, length)).quietAtMs).toBe(1_000);
  });

  it.each<RigPhase>(['hashing', 'pausing', 'waking', 'unknown'])('begins anew once it is seen %s', (to) => {
    expect(ofA([...slept, [9_950, phase('dark', to)], [12_000, phase(to, 'paused')]]).quietAtMs).toBe(12_000);
  });
});

describe('the tries to wake a rig', () => {
  const tried: readonly Line[] = [
    [1_000, phase('paused', 'waking')],
    [2_000, resume],
  ];

  it('are counted over restarts, also where it is first found asleep', () => {
    const inAnotherRun: readonly Line[] = [
      [60_000, phase('unknown', 'paused')],
      [61_000, phase('paused', 'waking')],
      [62_000, resume],
    ];
    const twice = { sinceMs: 1_000, tries: 2, triedAtMs: 62_000 };
    expect(ofA([...tried, [50_000, started('one')], ...inAnotherRun]).waking).toEqual({ ...twice, unanswered: true });
  });

  it.each([true, false])('show whether the last of them had a result (well: %s)', (ok) => {
    expect(ofA(tried).waking?.unanswered).toBe(true);
    expect(ofA([...tried, [9_000, settled('resume', ok)]]).waking).toEqual({ sinceMs: 1_000, tries: 1, triedAtMs: 2_000 });
    expect(ofA([[9_000, settled('resume', ok)]]).waking).toBeUndefined();
  });

  it.each<[string, Event]>([
    ['it is given up', phase('waking', 'unknown')],
    ['it hashes', phase('waking', 'hashing')],
    ['it is put to sleep again', phase('waking', 'pausing')],
    ['another outage', { event: 'outage-began', ups: 'rack', up: [] }],
    ['a person has a say', { event: 'command', command: { kind: 'hold', as: 'up', rigs: ['a'] }, from: 'cli' }],
    ['no journal let the order out', settled('resume', false, { unsynced: true })],
  ])('are none once %s', (_, event) => {
    expect(ofA([...tried, [3_000, event]]).waking).toBeUndefined();
  });
});

describe('how far a rig is', () => {
  const lines: readonly Line[] = [
    [1, started('one')],
    [2, phase('pausing', 'paused')],
    [3, pause],
    [4, { event: 'step-due', step: { kind: 'resume', rig: 'b' }, because }],
  ];

  it('stands in the snapshot with which a rotated journal begins', () => {
    const memory = fold(lines);
    expect(fromSnapshot(JSON.parse(JSON.stringify(snapshotOf(memory))))).toEqual(memory);
    expect(rigMemory(memory, 'a')).toMatchObject({ grace: { fromMs: 3 }, quietAtMs: 2 });
    expect(rigMemory(memory, 'b')).toMatchObject({ waking: { tries: 1 } });
  });

  it('is the same after a restart, and nothing of it counts in another boot', () => {
    expect(ofA([...lines, [5, started('one')]])).toMatchObject({ grace: { fromMs: 3 }, quietAtMs: 2 });
    const rebooted = fold([...lines, [5, started('two')]]);
    for (const id of ['a', 'b']) {
      const { grace, quietAtMs, waking } = rigMemory(rebooted, id);
      expect([grace, quietAtMs, waking]).toEqual([undefined, undefined, undefined]);
    }
  });
});
