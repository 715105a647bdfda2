// Lives of the service that are too short for a look, as they are remembered and as far as they count.
import { describe, expect, it } from '@jest/globals';
import { hadNoTimeToLook, isLostSight } from '../../src/core/lives.ts';
import { emptyMemory, type Memory, rigMemory } from '../../src/core/memory.ts';
import { remember } from '../../src/core/remember.ts';
import { fromSnapshot, snapshotOf } from '../../src/core/snapshot.ts';
import type { Event } from '../../src/model/event.ts';
import { Desk, siteOf } from '../support/core-desk.ts';

type Line = readonly [monoMs: number, event: Event];
const started = (monoMs: number, bootId = 'one'): Line => [monoMs, { event: 'started', bootId, version: '0', armed: true, pid: 1 }];
const asleep: Line = [500, { event: 'phase', rig: 'a', from: 'pausing', to: 'paused' }];

function fold(lines: readonly Line[]): Memory {
  return lines.reduce(
    (memory, [monoMs, event]) => remember(memory, event, { monoMs, at: '2026-11-03T09:12:00Z', allRigs: ['a'] }),
    emptyMemory(),
  );
}

describe('a service that was started again', () => {
  const times = [0, 5_000, 10_000, 15_000];
  const inVain = (lines: readonly Line[]): boolean => hadNoTimeToLook(fold(lines).lives);

  it('has had no time to look once three lives in a row were short, and not before', () => {
    const counts = [1, 2, 3, 4].map((count) => inVain(times.slice(0, count).map((at) => started(at))));
    expect(counts).toEqual([false, false, false, true]);
  });

  it('has had it where a life was long enough, or where the machine booted', () => {
    const loop = times.map((at) => started(at));
    expect(inVain([...loop, started(24_000)])).toBe(false);
    expect(inVain([...loop, started(3_000, 'two')])).toBe(false);
  });

  it('knows so from a journal that was rotated, too', () => {
    const memory = fold(times.map((at) => started(at)));
    expect(fromSnapshot(JSON.parse(JSON.stringify(snapshotOf(memory))))).toEqual(memory);
  });
});

describe('a rig that slept', () => {
  const lost = (lines: readonly Line[]): boolean => isLostSight(rigMemory(fold(lines), 'a'));
  const starts = [1_000, 5_000, 9_000, 13_000].map((at) => started(at));

  it('is lost sight of in the fourth life in which it is not seen', () => {
    expect([3, 4].map((count) => lost([asleep, ...starts.slice(0, count)]))).toEqual([false, true]);
  });

  it('is not once it was seen asleep in one of them', () => {
    const seen: Line = [9_500, { event: 'phase', rig: 'a', from: 'unknown', to: 'paused' }];
    expect(lost([asleep, ...starts.slice(0, 3), seen, ...starts.slice(3)])).toBe(false);
  });

  it('is none that never slept', () => {
    expect(lost(starts)).toBe(false);
  });
});

it('a service that stood still looks first, however short the lives before it were', () => {
  const desk = new Desk(siteOf()).pass(40).set('rack', { words: 'OB', charge: 70 }).pass(10);
  const left = desk.asked('pause').length;
  desk.state = { ...desk.state, memory: { ...desk.state.memory, lives: { sinceMs: 0, short: 9 } } };
  desk.freeze(3_000).tick();
  expect(desk.supply().draining).toBe(true);
  desk.set('rack', { words: 'OL', charge: 70 }).pass(20);
  expect(desk.asked('pause')).toHaveLength(left);
});
