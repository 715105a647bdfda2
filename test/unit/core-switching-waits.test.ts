// What a contact waits for, in the words that why and the plan show.
import { describe, expect, it } from '@jest/globals';
import { movesFitAt, restOf } from '../../src/core/switching.ts';
import type { Rig } from '../../src/model/rig.ts';
import { A, HOUR, type Known, NOW, site, tickOf } from '../support/contact-desk.ts';
import { rig } from '../support/core-desk.ts';

describe('what a contact waits for', () => {
  const restOfA = (to: 'cut' | 'fed', known: Known, one: Rig = A) => restOf(tickOf(site(one), known), one, to);

  it('on its way to open is named, with the time', () => {
    expect(restOfA('cut', { switches: { ka: { want: 'fed', sinceMs: NOW - 20_000 } } })).toEqual({
      rule: 'switch-was-just-fed',
      switch: 'ka',
      untilMs: NOW + 100_000,
    });
    const moves = [58, 50, 40, 30, 20].map((minutes) => NOW - minutes * 60_000);
    expect(restOfA('cut', { switches: { ka: { want: 'fed', movedAtMs: moves } } })).toEqual({
      rule: 'switch-moved-too-often',
      switch: 'ka',
      untilMs: NOW + 2 * 60_000,
    });
    expect(restOfA('cut', { switches: { ka: { want: 'fed', sinceMs: NOW - 120_000 } } })).toBeUndefined();
    expect(restOfA('cut', { switches: { ka: { want: 'cut', sinceMs: NOW } } })).toBeUndefined();
    expect(restOfA('cut', {})).toBeUndefined();
  });

  it('on its way to close is named, with the time, the longest of them', () => {
    const moves = [50, 40, 30, 20, 10, 1].map((minutes) => NOW - minutes * 60_000);
    const slow = { tries: 3, nextTryAtMs: NOW + 4_000 };
    const open = { want: 'cut', sinceMs: NOW - 59_000 } as const;
    expect(restOfA('fed', { switches: { ka: open } })).toEqual({ rule: 'switch-rests-open', switch: 'ka', untilMs: NOW + 1_000 });
    expect(restOfA('fed', { switches: { ka: { ...open, movedAtMs: moves } } })).toEqual({
      rule: 'switch-moved-too-often',
      switch: 'ka',
      untilMs: NOW + 10 * 60_000,
    });
    expect(restOfA('fed', { switches: { ka: open }, states: { ka: slow } })).toEqual({
      rule: 'switch-does-not-move',
      switch: 'ka',
      untilMs: NOW + 4_000,
    });
    expect(restOfA('fed', { switches: { ka: open }, states: { ka: { ...slow, tries: 2 } } })?.rule).toBe('switch-rests-open');
    expect(restOfA('fed', { switches: { ka: { ...open, sinceMs: NOW - 60_000 } } })).toBeUndefined();
  });

  it('that was found open is counted from the start, and from nothing where it was found closed', () => {
    const seen = (state: 'fed' | 'cut'): Known => ({ states: { ka: { seen: state, seenAtMs: NOW } } });
    expect(restOfA('fed', seen('cut'))).toEqual({ rule: 'switch-rests-open', switch: 'ka', untilMs: NOW + 59_000 });
    expect(restOfA('fed', seen('fed'))).toBeUndefined();
  });

  it('is that of the last of several', () => {
    const two = rig('a', 8, { cutBy: ['ka', 'kb'] });
    const fed = (agoMs: number) => ({ want: 'fed', sinceMs: NOW - agoMs }) as const;
    expect(restOfA('cut', { switches: { ka: fed(20_000), kb: fed(5_000) } }, two)?.switch).toBe('kb');
    expect(restOfA('cut', { switches: { ka: fed(5_000), kb: fed(20_000) } }, two)?.switch).toBe('ka');
    expect(restOfA('cut', { switches: { ka: fed(5_000), kb: fed(200_000) } }, two)?.switch).toBe('ka');
  });
});

describe('moves that fit into the hour', () => {
  it('are six, counted with those that are to come', () => {
    const moves = [50, 40, 30, 20, 10, 1].map((minutes) => NOW - minutes * 60_000);
    const fitAt = (movedAtMs: readonly number[], more: number) =>
      movesFitAt(tickOf(site(A), { switches: { ka: { movedAtMs } } }), 'ka', more);
    expect(fitAt(moves, 1)).toBe(NOW + 10 * 60_000);
    expect(fitAt(moves, 2)).toBe(NOW + 20 * 60_000);
    expect(fitAt(moves.slice(1), 1)).toBeUndefined();
    expect(fitAt(moves.slice(1), 2)).toBe(NOW + 20 * 60_000);
    expect(fitAt([NOW - HOUR, ...moves.slice(1)], 1)).toBeUndefined();
    expect(movesFitAt(tickOf(site(A)), 'ka', 1)).toBeUndefined();
  });
});
