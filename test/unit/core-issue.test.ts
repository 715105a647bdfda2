// The one door for steps: what goes out armed, what is only said disarmed, and what is written down of it.
import { describe, expect, it } from '@jest/globals';
import { issue } from '../../src/core/issue.ts';
import { openTick, rigOf, setRig, switchOf, type Tick } from '../../src/core/tick.ts';
import type { Step } from '../../src/model/step.ts';
import { Desk, siteOf } from '../support/core-desk.ts';

const BECAUSE = { rule: 'runtime-below-threshold', facts: { runtimeSeconds: 231 } };
const OURS = { because: BECAUSE, person: false };
const PAUSE: Step = { kind: 'pause', rig: 'a' };
const CUT: Step = { kind: 'cut', switch: 'ka', rigs: ['a', 'b'] };

function tickOf(armed: boolean): Tick {
  const desk = new Desk(siteOf({ armed })).pass(20);
  return openTick(desk.state, desk.site, { nowMs: desk.nowMs, stamp: '2026-01-01T00:00:00.000Z' });
}

/** Read as asleep. */
function sleeps(tick: Tick, id: string, mode?: string): void {
  const { reading } = rigOf(tick, id);
  if (reading === undefined) throw new Error('nobody looked at it');
  setRig(tick, id, { reading: { ...reading, state: 'paused', hashRate: 0, watts: 20, ...(mode && { mode }) }, phase: 'paused' });
}

describe('a step while armed', () => {
  it('is written down with its reason and what the rig was, sent, and on its way', () => {
    const tick = tickOf(true);
    expect(issue(tick, PAUSE, OURS)).toBe(true);
    expect(tick.events).toEqual([{ event: 'step-due', step: PAUSE, because: BECAUSE, wasUp: ['a'] }]);
    expect(tick.due).toEqual([{ step: PAUSE, because: BECAUSE }]);
    expect(rigOf(tick, 'a').flight).toEqual({ kind: 'pause', sinceMs: tick.nowMs });
  });

  it('keeps the mode to come back to, and says of no rig that it was up when it was not', () => {
    const tick = tickOf(true);
    sleeps(tick, 'a', 'eco');
    issue(tick, PAUSE, OURS);
    expect(tick.events).toEqual([{ event: 'step-due', step: PAUSE, because: BECAUSE, wasUp: [], mode: 'eco' }]);
  });

  it('says of a rig that nobody has looked at yet that it was not up, and no mode', () => {
    const desk = new Desk(siteOf());
    const tick = openTick(desk.state, desk.site, { nowMs: desk.nowMs, stamp: '2026-01-01T00:00:00.000Z' });
    issue(tick, PAUSE, OURS);
    expect(tick.events).toStrictEqual([{ event: 'step-due', step: PAUSE, because: BECAUSE, wasUp: [] }]);
  });

  it('of a switch says which of its rigs were up and which contact it is, and the switch is on its way', () => {
    const tick = tickOf(true);
    sleeps(tick, 'b');
    issue(tick, CUT, OURS);
    expect(tick.events).toEqual([{ event: 'step-due', step: CUT, because: BECAUSE, wasUp: ['a'], wiring: 'sim ka' }]);
    expect(switchOf(tick, 'ka').flight).toEqual({ kind: 'cut', sinceMs: tick.nowMs });
    expect(rigOf(tick, 'a').flight).toBeUndefined();
  });

  it('that gives power says nothing of what was up', () => {
    const tick = tickOf(true);
    issue(tick, { kind: 'resume', rig: 'a' }, OURS);
    issue(tick, { kind: 'feed', switch: 'ka', rigs: ['a'] }, OURS);
    expect(tick.events).toEqual([
      { event: 'step-due', step: { kind: 'resume', rig: 'a' }, because: BECAUSE },
      { event: 'step-due', step: { kind: 'feed', switch: 'ka', rigs: ['a'] }, because: BECAUSE, wiring: 'sim ka' },
    ]);
  });

  it('said once more is sent, and not written down again', () => {
    const tick = tickOf(true);
    expect(issue(tick, PAUSE, { ...OURS, again: true })).toBe(true);
    expect([tick.events, tick.due]).toEqual([[], [{ step: PAUSE, because: BECAUSE, again: true }]]);
  });
});

describe('a step while disarmed', () => {
  it('is said once an outage, and neither sent nor on its way', () => {
    const tick = tickOf(false);
    expect([issue(tick, PAUSE, OURS), issue(tick, PAUSE, OURS)]).toEqual([false, false]);
    expect(tick.events).toEqual([{ event: 'step-due', step: PAUSE, because: BECAUSE, dryRun: true }]);
    expect(tick.due).toEqual([]);
    expect(rigOf(tick, 'a').flight).toBeUndefined();
    expect([...tick.dryRuns]).toEqual(['pause a']);
  });

  it('is another step for another rig, and for a switch', () => {
    const tick = tickOf(false);
    for (const step of [PAUSE, { kind: 'pause', rig: 'b' }, { kind: 'resume', rig: 'a' }, CUT] as const) issue(tick, step, OURS);
    expect(tick.events).toHaveLength(4);
    expect([...tick.dryRuns]).toEqual(['pause a', 'pause b', 'resume a', 'cut ka', 'leave a', 'leave b']);
  });

  it('of a switch that gives power leaves no rig out of the count', () => {
    const tick = tickOf(false);
    issue(tick, { kind: 'feed', switch: 'ka', rigs: ['a'] }, OURS);
    expect([...tick.dryRuns]).toEqual(['feed ka']);
  });

  it('goes out where a person asked for it, and says so', () => {
    const tick = tickOf(false);
    expect(issue(tick, PAUSE, { because: BECAUSE, person: true })).toBe(true);
    const because = { ...BECAUSE, facts: { runtimeSeconds: 231, person: true } };
    expect(tick.due).toEqual([{ step: PAUSE, because }]);
    expect(tick.events).toEqual([{ event: 'step-due', step: PAUSE, because, wasUp: ['a'] }]);
  });
});
