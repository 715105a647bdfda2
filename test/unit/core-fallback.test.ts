// The plan for when deciding itself fails: where it begins, whom it names, and what it asks of whom.
import { describe, expect, it } from '@jest/globals';
import { beginFallback, type Fallback, stepFallback } from '../../src/core/fallback.ts';
import type { RigState } from '../../src/core/state.ts';
import type { Scene } from '../../src/core/tick.ts';
import { Desk, siteOf } from '../support/core-desk.ts';

const onBattery = (armed = true): Desk => new Desk(siteOf({ armed })).pass(40).set('rack', { words: 'OB', charge: 90 }).pass(2);

function planOf(scene: Scene): Fallback {
  const begun = beginFallback(scene, 'a bug');
  if (begun === undefined) throw new Error('no plan');
  return begun.fallback;
}

describe('deciding fails', () => {
  it('on mains: there is no plan, as a fresh start is the better cure', () => {
    expect(beginFallback(new Desk(siteOf()).pass(40).scene(), 'a bug')).toBeUndefined();
  });

  it('on battery, disarmed: there is no plan either, as nothing happens by itself', () => {
    expect(beginFallback(onBattery(false).scene(), 'a bug')).toBeUndefined();
  });

  it('on battery: the rigs of the file leave, the worst first, and nobody that it does not name', () => {
    const scene = onBattery().scene();
    expect(planOf({ ...scene, order: ['b', 'gone', 'a'] }).rigs.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
    expect(planOf(scene).rigs.map(({ id }) => id)).toEqual(['d', 'c', 'b', 'a']);
  });
});

describe('the plan', () => {
  it('remembers of each rig whether it was up or on its way there, so that no sleeper is woken afterwards', () => {
    const { rigs, ...scene } = onBattery().scene();
    const as = (id: string, phase: RigState['phase']): [string, RigState] => {
      const state = rigs.get(id);
      if (state === undefined) throw new Error(`no ${id}`);
      return [id, { ...state, phase }];
    };
    const moved = { ...scene, rigs: new Map([as('a', 'hashing'), as('b', 'waking'), as('c', 'unknown'), as('d', 'paused')]) };
    const { due, events } = stepFallback(moved, planOf(moved));
    expect(due.map(({ step }) => ('rig' in step ? `${step.kind} ${step.rig}` : `${step.kind} ${step.switch}`))).toEqual([
      'pause c',
      'pause b',
      'pause a',
      'cut kd',
    ]);
    expect(events.map((event) => (event.event === 'step-due' ? event.wasUp : undefined))).toEqual([[], ['b'], ['a'], []]);
  });
});
