// The last look at what is about to be done. No tick of ours should ever need it, so each step here is put on the desk by
// hand, as a bug of ours would.
import { describe, expect, it } from '@jest/globals';
import { type Broken, broken, keepInvariants, mayEnergise } from '../../src/core/invariants.ts';
import { initialState, type State } from '../../src/core/state.ts';
import { openTick, setRig, setSupply, type Tick } from '../../src/core/tick.ts';
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

describe('a pause by the policy', () => {
  const due = (rule: string): DueStep => ({ step: { kind: 'pause', rig: 'a' }, because: { rule, facts: {} } });
  const judged = (desk: Desk, one: DueStep): readonly Broken[] => broken({ ...tickOf(desk), due: [one] }, initialState(0));

  it('is stopped while every supply has mains, and goes out in an outage', () => {
    const desk = new Desk(siteOf()).pass(20);
    expect(judged(desk, due('overload'))).toEqual([
      { invariant: 'I-04', say: 'a was to pause by overload with every supply on mains', due: due('overload') },
    ]);
    expect(judged(desk, due('held-down'))).toEqual([]);
    expect(judged(desk.set('rack', { words: 'OB', charge: 90 }).pass(2), due('overload'))).toEqual([]);
  });

  it('that names no cause is stopped', () => {
    expect(judged(new Desk(siteOf()).pass(20), due(''))).toEqual([{ invariant: 'I-24', say: 'a pause without a cause', due: due('') }]);
  });
});

describe('a contact that has moved', () => {
  /** What is found of a step on `ka`, so many ms after it was last moved. */
  const found = (ms: number, want: 'fed' | 'cut', step: Step, more: { again?: true } = {}): readonly string[] => {
    const desk = new Desk(siteOf()).pass(20);
    const moved = { want, sinceMs: desk.nowMs - ms, done: true, movedAtMs: [desk.nowMs - ms] };
    const before: State = { ...desk.state, memory: { ...desk.state.memory, switches: new Map([['ka', moved]]) } };
    const tick = tickOf(desk);
    setRig(tick, 'a', { phase: 'dark' });
    return broken({ ...tick, due: [{ step, because: BECAUSE, ...more }] }, before).map(({ say }) => say);
  };

  it('does not move back within a second', () => {
    expect(found(400, 'fed', cut('a'))).toEqual(['ka was to move 400 ms after its last edge']);
    expect(found(999, 'cut', feed('a'))).toEqual(['ka was to move 999 ms after its last edge']);
    expect(found(1_000, 'cut', feed('a'))).toEqual([]);
  });

  it('may be told the same again at once: that is no edge', () => {
    expect(found(400, 'cut', cut('a'))).toEqual([]);
    expect(found(400, 'fed', cut('a'), { again: true })).toEqual([]);
  });
});

describe('a belief', () => {
  const onBattery = (): Desk => new Desk(siteOf()).pass(20).set('rack', { words: 'OB', charge: 50 }).pass(5);
  const withDepth = (desk: Desk, depth: number): Desk['state'] => {
    const supply = desk.supply();
    return { ...desk.state, supplies: new Map([['rack', { ...supply, battery: { ...supply.battery, depth, grown: 0 } }]]) };
  };
  const fuller = (from: number, to: number): readonly string[] => {
    const desk = onBattery();
    const tick = openTick(withDepth(desk, to), desk.site, { nowMs: desk.nowMs, stamp: '' });
    return broken(tick, withDepth(desk, from)).map(({ invariant, say }) => `${invariant} ${say}`);
  };

  it('of a battery that fills while it is drained is said, and so little as it gives back is not', () => {
    expect(fuller(0.6, 0.5)).toEqual(['I-08 rack was to be believed 10.0 % fuller in one tick on battery']);
    expect(fuller(0.52, 0.5)).toEqual([]);
    expect(fuller(0.5, 0.6)).toEqual([]);
  });

  it('that a UPS has mains which fell silent with the word battery is said', () => {
    const desk = onBattery();
    const lost = (change: { draining: boolean }): readonly Broken[] => {
      const tick = tickOf(desk);
      setSupply(tick, 'rack', { line: 'unknown', ...change });
      return broken(tick, desk.state);
    };
    expect(lost({ draining: false })).toEqual([{ invariant: 'I-07', say: 'rack fell silent on battery and was taken for none' }]);
    expect(lost({ draining: true })).toEqual([]);
  });

  it('that lets rigs hash on below the floor is said of each that is not on its way down', () => {
    const desk = onBattery();
    const tick = tickOf(desk);
    const past = { floor: { sinceMs: desk.nowMs - 1_000, rule: 'runtime-below-cut' } };
    setSupply(tick, 'rack', past);
    for (const id of ['a', 'b', 'c', 'd']) setRig(tick, id, { phase: 'hashing', stop: undefined });
    setRig(tick, 'b', { stop: { askedAtMs: 1, tries: 1, nextTryAtMs: 2, relapses: 0 } });
    setRig(tick, 'c', { phase: 'paused' });
    expect(broken(tick, desk.state)).toEqual([
      { invariant: 'I-15', say: 'a hashes on below the floor of rack' },
      { invariant: 'I-15', say: 'd hashes on below the floor of rack' },
    ]);
    expect(broken({ ...tick, memory: { ...tick.memory, armed: false } }, desk.state)).toEqual([]);
  });
});

describe('what breaks an invariant', () => {
  it('is said; the step is not carried out, and those beside it are', () => {
    const tick = tickOf(new Desk(siteOf()).pass(20));
    const sound: DueStep = { step: { kind: 'pause', rig: 'b' }, because: BECAUSE };
    tick.due.push({ step: cut('a'), because: BECAUSE }, sound);
    expect(keepInvariants(tick, initialState(0))).toEqual([sound]);
    expect(tick.events).toEqual([
      {
        event: 'fault',
        code: 'invariant-broken',
        say: 'I-01: ka was to open on a, which was never asked; the step was not carried out, please report this',
      },
    ]);
  });

  it('is said alone where it is a belief: every step goes out', () => {
    const desk = new Desk(siteOf()).pass(20).set('rack', { words: 'OB', charge: 50 }).pass(5);
    const tick = tickOf(desk);
    setSupply(tick, 'rack', { line: 'unknown', draining: false });
    const sound: DueStep = { step: { kind: 'pause', rig: 'b' }, because: BECAUSE };
    tick.due.push(sound);
    expect(keepInvariants(tick, desk.state)).toEqual([sound]);
    expect(tick.events).toMatchObject([{ say: 'I-07: rack fell silent on battery and was taken for none; please report this' }]);
  });
});
