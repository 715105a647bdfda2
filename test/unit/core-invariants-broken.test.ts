// The last look at what is about to be done. No tick of ours should ever need it, so each step here is put on the desk by
// hand, as a bug of ours would.
import { describe, expect, it } from '@jest/globals';
import { type Broken, broken, mayEnergise } from '../../src/core/invariants.ts';
import { initialState } from '../../src/core/state.ts';
import { openTick, setRig, type Tick } from '../../src/core/tick.ts';
import type { DueStep, Step } from '../../src/model/step.ts';
import { Desk, rig, siteOf, ups } from '../support/core-desk.ts';

const BECAUSE = { rule: 'a-bug', facts: {} };

function tickOf(desk: Desk): Tick {
  return openTick(desk.state, desk.site, { nowMs: desk.nowMs, stamp: '2026-01-01T00:00:00.000Z' });
}

function about(tick: Tick, ...steps: readonly Step[]): readonly Broken[] {
  tick.due.push(...steps.map((step): DueStep => ({ step, because: BECAUSE })));
  return broken(tick, initialState(0));
}

const cut = (...rigs: readonly string[]): Step => ({ kind: 'cut', switch: 'ka', rigs });
const feed = (...rigs: readonly string[]): Step => ({ kind: 'feed', switch: 'ka', rigs });

describe('a switch that is to open on a rig', () => {
  it('that hashes and was never asked is stopped, and both are named', () => {
    const step = cut('a');
    expect(about(tickOf(new Desk(siteOf()).pass(20)), step)).toEqual([
      { invariant: 'I-01', say: 'ka was to open on a, which was never asked', due: { step, because: BECAUSE } },
    ]);
  });

  it('is stopped for each of its rigs that was not asked', () => {
    const tick = tickOf(new Desk(siteOf()).pass(20));
    setRig(tick, 'b', { stop: { askedAtMs: 1, tries: 1, nextTryAtMs: 2, relapses: 0 } });
    expect(about(tick, cut('a', 'b', 'c')).map(({ say }) => say)).toEqual([
      'ka was to open on a, which was never asked',
      'ka was to open on c, which was never asked',
    ]);
  });

  it.each([
    ['was asked', { stop: { askedAtMs: 1, tries: 1, nextTryAtMs: 2, relapses: 0 } }],
    ['is dark', { phase: 'dark' as const }],
    ['does not answer', { silentSinceMs: 5 }],
  ])('that %s may open', (_, state) => {
    const tick = tickOf(new Desk(siteOf()).pass(20));
    setRig(tick, 'a', state);
    expect(about(tick, cut('a'))).toEqual([]);
  });

  it('that cannot be asked may open, and one that the file no longer names', () => {
    const mute = rig('a', 8, { can: { read: true, pause: false, resume: false, halt: false } });
    expect(about(tickOf(new Desk(siteOf({ rigs: [mute] })).pass(20)), cut('a'))).toEqual([]);
    expect(about(tickOf(new Desk(siteOf()).pass(20)), cut('gone'))).toEqual([]);
  });

  it('is no matter of a pause', () => {
    expect(about(tickOf(new Desk(siteOf()).pass(20)), { kind: 'pause', rig: 'a' })).toEqual([]);
  });
});

describe('a step that gives power', () => {
  const onBattery = (): Desk => new Desk(siteOf()).pass(20).set('rack', { words: 'OB', charge: 90 }).pass(10);

  it('is stopped on battery, and it is said whose supply that is', () => {
    const resume: Step = { kind: 'resume', rig: 'a' };
    expect(about(tickOf(onBattery()), resume, feed('a'))).toEqual([
      { invariant: 'I-05', say: 'resume while a hangs on a supply of which is known: on-battery', due: { step: resume, because: BECAUSE } },
      {
        invariant: 'I-05',
        say: 'feed while a hangs on a supply of which is known: on-battery',
        due: { step: feed('a'), because: BECAUSE },
      },
    ]);
  });

  it('goes out on mains', () => {
    expect(about(tickOf(new Desk(siteOf()).pass(20)), { kind: 'resume', rig: 'a' }, feed('a', 'b'))).toEqual([]);
  });

  it('for rigs behind one contact goes out while one of them has mains', () => {
    const site = siteOf({ ups: [ups('rack'), ups('house')], rigs: [rig('a', 8), rig('b', 6, { fedBy: ['house'] })] });
    const tick = tickOf(new Desk(site).pass(20).set('rack', { words: 'OB', charge: 90 }).pass(10));
    expect(about(tick, feed('a', 'b'))).toEqual([]);
    expect(broken({ ...tick, due: [{ step: feed('a'), because: BECAUSE }] }, initialState(0))).toHaveLength(1);
    expect(mayEnergise(tick, feed('b', 'a'))).toBe(true);
    expect(mayEnergise(tick, { kind: 'resume', rig: 'b' })).toBe(true);
    expect(mayEnergise(tick, { kind: 'resume', rig: 'a' })).toBe(false);
  });

  it('for nobody, or for a rig that the file no longer names, is nobody else’s harm', () => {
    const tick = tickOf(onBattery());
    expect(mayEnergise(tick, feed())).toBe(true);
    expect(mayEnergise(tick, feed('gone'))).toBe(true);
    expect(mayEnergise(tick, feed('a', 'gone'))).toBe(true);
    expect(mayEnergise(tick, { kind: 'resume', rig: 'gone' })).toBe(true);
  });

  it('is no step that takes load off', () => {
    const tick = tickOf(onBattery());
    for (const step of [cut('a'), { kind: 'pause', rig: 'a' } as const, { kind: 'halt', rig: 'a' } as const]) {
      expect(mayEnergise(tick, step)).toBe(true);
    }
  });
});
