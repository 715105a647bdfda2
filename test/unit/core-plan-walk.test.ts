// A plan lived through on paper, with a floor above it that looks at what is drawn.
import { describe, expect, it } from '@jest/globals';
import type { Step } from '../../src/core/plan-loads.ts';
import { type Grounds, hoursOf, justInTime, plannedSteps, walk, walkTo, worthUntil } from '../../src/core/plan-walk.ts';
import { Survival } from '../../src/planner/survival.ts';

const MINUTE = 1 / 60;
/** 1000 W each; a minute to stop. */
const step = (id: string, change: Partial<Step> = {}): Step => ({
  rigs: [id],
  sleepers: [],
  watts: 1000,
  countedWatts: 1000,
  stopSeconds: 60,
  reward: 1,
  loss: 0,
  ...change,
});
/** The best first. */
const loads = (count: number, change: Partial<Step> = {}) =>
  Array.from({ length: count }, (_, i) => ({ id: `r${i}`, increments: [step(`r${i}`, change)] }));
const madeOf = (minutes: readonly number[]) => ({
  lambda: 1,
  hours: minutes.map((one) => [one * MINUTE]),
  baseHours: 0,
  depthUsed: 0,
  value: 0,
});
/** 4 kWh, of which the floor keeps what carries the load for so many minutes. */
const grounds = (floorMinutes: number, change: Partial<Grounds> = {}): Grounds => ({
  baseWatts: 0,
  leaving: [],
  depth: 0,
  drain: (watts) => watts / 4000,
  floorAt: (watts) => (floorMinutes * MINUTE * watts) / 4000,
  marginAt: () => 0,
  ...change,
});

describe('a plan', () => {
  it('lets the worst earner go first of those that leave together, also one behind the contact of better ones', () => {
    const behind = [step('best', { reward: 3 }), step('worst', { reward: 0.5 })];
    const all = [
      { increments: [step('', { rigs: [], watts: 30, reward: 0 }), ...behind] },
      { increments: [step('middle', { reward: 1 })] },
    ];
    const made = { ...madeOf([]), hours: [[1, 1, 1], [1]] };
    expect(plannedSteps(all, made).map((one) => one.step.rigs.join())).toEqual(['worst', 'middle', 'best', '']);
  });

  it('is paid for what its rigs draw until they have stopped', () => {
    const steps = plannedSteps(loads(2), madeOf([30, 10]));
    const { left, leaving } = walkTo(steps, grounds(0), 10 * MINUTE);
    expect(left).toBeCloseTo(1 - 20 / 240);
    expect(leaving).toEqual([{ watts: 1000, atSeconds: expect.closeTo(60) }]);
    expect(walkTo(steps, grounds(0), 30 * MINUTE).left).toBeCloseTo(1 - 41 / 240);
  });

  it('that leaves more than the floor to the end lacks nothing, and says by how much', () => {
    const walked = walk(plannedSteps(loads(2), madeOf([30, 10])), grounds(6));
    expect(walked).toMatchObject({ nearHours: Number.POSITIVE_INFINITY, endsHours: Number.POSITIVE_INFINITY, lastWatts: 1000 });
    expect(walked.lacks).toBeCloseTo(6 / 240 - (1 - 41 / 240));
    expect(walked.lacksAtHours).toBeCloseTo(30 * MINUTE);
  });

  it('is ended by the floor where those that were told still draw', () => {
    const four = plannedSteps(loads(4), madeOf([60, 60, 29, 29]));
    const walked = walk(four, grounds(30.5));
    expect(walked.endsHours).toBeCloseTo(29.5 * MINUTE);
    expect(walked.lacks).toBeGreaterThan(0);
    const alone = walk(plannedSteps(loads(4, { stopSeconds: 0 }), madeOf([40, 40, 29, 29])), grounds(30.5));
    expect(alone.endsHours).toBe(Number.POSITIVE_INFINITY);
  });

  it('counts what is on its way down already', () => {
    const leaving = [{ watts: 1000, atSeconds: 30 }];
    const { left } = walkTo(plannedSteps(loads(1), madeOf([10])), grounds(0, { leaving }), 10 * MINUTE);
    expect(left).toBeCloseTo(1 - 10.5 / 240);
  });

  it('is worth what its rigs earn until the floor takes them', () => {
    const survival = Survival.of({ edgesHours: [0], hazardPerHour: [0] });
    const steps = plannedSteps(loads(2), madeOf([30, 10]));
    const worth = (endsHours: number): number => worthUntil(steps, endsHours, { survival, costPerKwh: 0 });
    expect(worth(Number.POSITIVE_INFINITY)).toBeCloseTo(40 * MINUTE);
    expect(worth(20 * MINUTE)).toBeCloseTo(30 * MINUTE);
  });

  it('stands in the loads as it did', () => {
    const made = madeOf([30, 10, 20]);
    expect(hoursOf(loads(3), plannedSteps(loads(3), made))).toEqual(made.hours);
  });
});

describe('in time for the floor', () => {
  it('the worst earner is told first, no sooner than it takes, and those that are left go on', () => {
    const steps = plannedSteps(loads(4), madeOf([60, 60, 60, 60]));
    const near = grounds(20, { marginAt: () => 0.01 });
    const found = justInTime(steps, near);
    expect(found?.map(({ step: { rigs } }) => rigs[0]).slice(0, 2)).toEqual(['r3', 'r2']);
    // With all four the battery carries an hour, and the floor comes at 20 min of what draws then; the margin is 0.6 min of that.
    expect(found?.[0]?.hours).toBeCloseTo(38.4 * MINUTE);
    expect(walk(found ?? [], near).endsHours).toBeGreaterThan(walk(steps, near).endsHours + 10 * MINUTE);
  });

  it('nobody is told where nobody could be down by then', () => {
    expect(justInTime(plannedSteps(loads(4), madeOf([60, 60, 60, 60])), grounds(59.5))).toBeUndefined();
  });

  it('one that stops too slowly is passed over for the next, and told for a later moment', () => {
    const slow = { id: 'slow', increments: [step('slow', { stopSeconds: 3000 })] };
    const steps = plannedSteps([...loads(3), slow], madeOf([60, 60, 60, 60]));
    const near = grounds(20, { marginAt: () => 0.01 });
    const found = justInTime(steps, near) ?? [];
    const toldAt = Object.fromEntries(found.map(({ step: { rigs }, hours }) => [rigs[0], hours / MINUTE]));
    expect(toldAt).toEqual({ r2: expect.closeTo(38.4), r1: expect.closeTo(45.07), slow: expect.closeTo(6.07), r0: 60 });
    expect(walk(found, near).endsHours).toBe(Number.POSITIVE_INFINITY);
  });

  it('a worse earner leaves along with a better one that is told some seconds sooner, for it stops more slowly', () => {
    const better = { id: 'better', increments: [step('better', { stopSeconds: 463, reward: 2 })] };
    const worse = { id: 'worse', increments: [step('worse')] };
    const steps = plannedSteps([...loads(2, { reward: 3 }), better, worse], madeOf([60, 60, 60, 60]));
    const found = justInTime(steps, grounds(20, { marginAt: () => 0.01 })) ?? [];
    // Alone the worse one would be told for the floor after 38.4 min, the better one for that after 46.07 min.
    const toldAt = Object.fromEntries(found.map(({ step: { rigs }, hours }) => [rigs[0], hours / MINUTE]));
    expect(toldAt).toEqual({ worse: expect.closeTo(38.35), better: expect.closeTo(38.35), r1: expect.closeTo(55.07), r0: 60 });
    expect(found[0]?.step.rigs).toEqual(['worse']);
  });

  it('the worse of two whose stops take as long is told, also where the better one alone could be down by then', () => {
    const worse = { id: 'worse', increments: [step('worse', { stopSeconds: 66 })] };
    // All four draw too much after 63 s.
    const steps = plannedSteps([...loads(3, { reward: 2 }), worse], madeOf([60, 60, 60, 60]));
    const found = justInTime(steps, grounds(58.95)) ?? [];
    expect(found[0]).toMatchObject({ step: { rigs: ['worse'] }, hours: expect.closeTo(0) });
  });

  it('one that is taken along goes no sooner than the better one that it goes with, so that a worse one goes before it', () => {
    const of = (id: string, reward: number, stopSeconds = 60) => ({ id, increments: [step(id, { reward, stopSeconds })] });
    const made = madeOf([4.5, 4.2, 4, 3, 0].map((seconds) => 20 + seconds / 60));
    const steps = plannedSteps([of('taken', 4), of('best', 9), of('middle', 3), of('worst', 2), of('first', 2.5)], made);
    const found = justInTime(steps, grounds(1)) ?? [];
    expect(found.map(({ step: { rigs } }) => rigs[0])).toEqual(['worst', 'first', 'middle', 'taken', 'best']);
  });

  it('nobody is told for what is on its way and comes a little late', () => {
    // With all four the margin of 36 s begins after 39.4 min. The one that is on its way was to be down by then.
    const steps = plannedSteps(loads(3), madeOf([45, 45, 45]));
    const late = (seconds: number) => grounds(20, { marginAt: () => 0.01, leaving: [{ watts: 1000, atSeconds: 39.4 * 60 + seconds }] });
    const hours = steps.map((one) => one.hours);
    expect(justInTime(steps, late(15))?.map((one) => one.hours)).toEqual(hours);
    expect(walk(steps, late(15)).nearHours).toBe(Number.POSITIVE_INFINITY);
    expect(justInTime(steps, late(30))?.map((one) => one.hours)).not.toEqual(hours);
    expect(walk(steps, late(30)).nearHours).toBeCloseTo(39.7 * MINUTE);
  });

  it('one that is on its way by then is told sooner for the last one that stays', () => {
    // With both the margin of 1.2 min begins after 98.8 min.
    const steps = plannedSteps(loads(2, { stopSeconds: 120 }), madeOf([150, 98]));
    const found = justInTime(steps, grounds(20, { marginAt: () => 0.01 }));
    expect(found?.map(({ step: { rigs }, hours }) => [rigs[0], hours / MINUTE])).toEqual([
      ['r1', expect.closeTo(96.8)],
      ['r0', expect.closeTo(150)],
    ]);
  });

  it('the last one is not told for its own sake', () => {
    const steps = plannedSteps(loads(1), madeOf([235]));
    expect(justInTime(steps, grounds(20))?.[0]?.hours).toBeCloseTo(235 * MINUTE);
  });

  it('of rigs that are leaving already none is told again', () => {
    const leaving = [{ watts: 1000, atSeconds: 2000 }];
    const steps = plannedSteps(loads(3), madeOf([42, 42, 42]));
    expect(justInTime(steps, grounds(20, { leaving }))?.map(({ hours }) => hours)).toEqual(steps.map(({ hours }) => hours));
  });
});
