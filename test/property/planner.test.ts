// What holds of every plan, whatever the fleet, the battery and the outages that are thought likely (shedding policy,
// section 10).
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { convexDrain, type Drain, linearDrain, powerDrain } from '../../src/planner/drain.ts';
import { type Plan, plan } from '../../src/planner/plan.ts';
import { incrementsOf } from '../../src/planner/points.ts';
import { type Load, type Problem, problemMistake } from '../../src/planner/problem.ts';
import { DEFAULT_PRIOR, type Prior, Survival } from '../../src/planner/survival.ts';

// The first counterexample says enough; making it small takes minutes.
fc.configureGlobal({ endOnFailure: true, seed: 1, numRuns: 200 });

const within = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });

interface Rig {
  readonly watts: number;
  /** currency/kWh */
  readonly perKwh: number;
  /** minutes of reward that a restart loses */
  readonly minutes: number;
}

const rig = (minutes: fc.Arbitrary<number>): fc.Arbitrary<Rig> => fc.record({ watts: within(5, 4000), perKwh: within(0.01, 0.2), minutes });
const fleet = (minutes: fc.Arbitrary<number>): fc.Arbitrary<readonly Rig[]> => fc.array(rig(minutes), { minLength: 1, maxLength: 12 });

const priors: fc.Arbitrary<Prior> = fc.oneof(
  fc.constant(DEFAULT_PRIOR),
  within(0.05, 5).map((hazard) => ({ edgesHours: [0], hazardPerHour: [hazard] })),
  fc.array(within(0.01, 30), { minLength: 3, maxLength: 3 }).map((hazardPerHour) => ({ edgesHours: [0, 0.1, 1], hazardPerHour })),
  // Nothing ever ends between six minutes and an hour.
  within(0.1, 5).map((hazard) => ({ edgesHours: [0, 0.1, 1], hazardPerHour: [20, 0, hazard] })),
);

const loadsOf = (rigs: readonly Rig[], times = 1): readonly Load[] =>
  rigs.map(({ watts, perKwh, minutes }, i) => {
    const reward = ((watts * perKwh) / 1000) * times;
    return { id: `rig-${i}`, increments: [{ watts, reward, loss: (reward * minutes) / 60 }] };
  });

interface Setting {
  readonly rigs: readonly Rig[];
  readonly baseWatts: number;
  readonly costPerKwh: number;
  readonly prior: Prior;
  readonly depth: number;
  /** h that all would last from full */
  readonly lasts: number;
  readonly exponent: number;
}

const settings = (minutes: fc.Arbitrary<number> = fc.oneof(fc.constant(0), within(0.5, 15))): fc.Arbitrary<Setting> =>
  fc.record({
    rigs: fleet(minutes),
    baseWatts: fc.oneof(fc.constant(0), within(5, 800)),
    costPerKwh: fc.oneof(fc.constant(0), within(0.01, 0.1)),
    prior: priors,
    depth: within(0.01, 1),
    lasts: within(0.05, 3),
    exponent: fc.oneof(fc.constant(1), within(1, 1.4)),
  });

const totalWatts = ({ rigs, baseWatts }: Setting): number => rigs.reduce((sum, { watts }) => sum + watts, baseWatts);

function drainOf(setting: Setting): Drain {
  const { lasts, exponent } = setting;
  const watts = totalWatts(setting);
  return exponent === 1 ? linearDrain(watts * lasts) : powerDrain({ watts, fullHours: lasts, exponent });
}

function problemOf(setting: Setting, other: Partial<Problem> = {}): Problem {
  const { rigs, baseWatts, costPerKwh, prior, depth } = setting;
  return { loads: loadsOf(rigs), baseWatts, costPerKwh, drain: drainOf(setting), depth, survival: Survival.of(prior), ...other };
}

const untils = ({ hours }: Plan): readonly number[] => hours.map(([until = 0]) => until);

/** The depth that is gone when each has left at its time, by adding up what was drawn in between. */
function drawn(problem: Problem, { hours, baseHours }: Plan): number {
  const leaving = problem.loads.flatMap(({ increments }, i) => increments.map(({ watts }, k) => ({ watts, until: hours[i]?.[k] ?? 0 })));
  const moments = [...new Set([0, baseHours, ...leaving.map(({ until }) => until)])].sort((a, b) => a - b);
  return moments.slice(1).reduce((sum, to, i) => {
    const from = moments[i] ?? 0;
    const watts = leaving.reduce((all, one) => all + (one.until > from ? one.watts : 0), baseHours > from ? problem.baseWatts : 0);
    return sum + problem.drain(watts) * (to - from);
  }, 0);
}

const hoursIn =
  ({ loads }: Problem, { hours }: Plan) =>
  (load: string, increment: number): number | undefined =>
    hours[loads.findIndex(({ id }) => id === load)]?.[increment];

/** What any times are worth. */
function worth({ loads, costPerKwh, survival }: Problem, times: readonly number[]): number {
  return loads.reduce((sum, { increments: [one] }, i) => {
    if (one === undefined) return sum;
    const until = times[i] ?? 0;
    return sum + (one.reward - (costPerKwh * one.watts) / 1000) * survival.hashed(until) - one.loss * survival.at(until);
  }, 0);
}

/** Currency: what all earn until they alone have emptied it, and what their restarts lose. */
function atStake({ loads, drain, baseWatts, depth, survival }: Problem): number {
  const all = loads.flatMap(({ increments }) => increments);
  const hours = survival.hashed(Math.min(72, depth / drain(all.reduce((sum, { watts }) => sum + watts, baseWatts))));
  return all.reduce((sum, { reward, loss }) => sum + Math.abs(reward) * hours + loss, 1e-9);
}

const close = (a: number, b: number, relative = 1e-6): boolean => Math.abs(a - b) <= relative * Math.max(1e-9, Math.abs(a), Math.abs(b));

describe('every plan', () => {
  it('fits into the battery, and where depth has a price leaves none of it idle', () => {
    fc.assert(
      fc.property(settings(), (setting) => {
        const problem = problemOf(setting);
        const found = plan(problem);
        expect(found.depthUsed).toBeLessThanOrEqual(setting.depth + 1e-9);
        expect(close(drawn(problem, found), found.depthUsed, 1e-6)).toBe(true);
        if (found.lambda > 0) expect(found.depthUsed).toBeGreaterThanOrEqual(0.999 * setting.depth);
      }),
    );
  });

  it('lets rigs with one restart time leave in the order of reward per watt', () => {
    fc.assert(
      fc.property(settings(fc.constant(5)), (setting) => {
        const times = untils(plan(problemOf(setting, { costPerKwh: 0 })));
        setting.rigs.forEach((a, i) => {
          setting.rigs.forEach((b, k) => {
            if (a.perKwh > b.perKwh * 1.000_001) expect(times[i] ?? 0).toBeGreaterThanOrEqual((times[k] ?? 0) - 1e-9);
          });
        });
      }),
    );
  });

  it('is worth no less with more energy, at a price that is no higher, and nobody leaves sooner where the battery is linear', () => {
    fc.assert(
      fc.property(settings(fc.constant(0)), within(1, 3), (setting, factor) => {
        const linear = { ...setting, exponent: 1 };
        const [less, more] = [problemOf(linear), problemOf(linear, { depth: setting.depth * factor })].map((one) => plan(one)) as [
          Plan,
          Plan,
        ];
        expect(more.value).toBeGreaterThanOrEqual(less.value - 1e-9 * Math.abs(less.value));
        expect(more.lambda).toBeLessThanOrEqual(less.lambda * (1 + 1e-6));
        untils(less).forEach((until, i) => {
          expect(untils(more)[i] ?? 0).toBeGreaterThanOrEqual(until - 1e-6);
        });
      }),
    );
  });

  it('does not depend on the currency, nor on the unit of power', () => {
    fc.assert(
      fc.property(settings(), within(0.01, 100), (setting, factor) => {
        const { rigs, baseWatts, costPerKwh } = setting;
        const found = plan(problemOf(setting));
        const richer = plan(problemOf(setting, { loads: loadsOf(rigs, factor), costPerKwh: costPerKwh * factor }));
        expect(close(richer.value, found.value * factor, 1e-5)).toBe(true);
        const larger = plan({
          ...problemOf(setting, {
            loads: loadsOf(rigs).map(({ id, increments }) => ({
              id,
              increments: increments.map((one) => ({ ...one, watts: one.watts * factor })),
            })),
            costPerKwh: costPerKwh / factor,
            baseWatts: baseWatts * factor,
          }),
          drain: (watts) => drainOf(setting)(watts / factor),
        });
        expect(close(larger.value, found.value, 1e-5)).toBe(true);
      }),
    );
  });

  it('stays what it was when it is made again later with what is left', () => {
    fc.assert(
      fc.property(settings(), within(0.05, 0.95), (setting, part) => {
        const problem = problemOf(setting);
        const found = plan(problem);
        const times = untils(found);
        const elapsed = part * Math.min(...times.filter((until) => until > 0), found.baseHours);
        if (!(elapsed > 0) || elapsed > 24 || found.lambda === 0) return;
        const live = setting.rigs.map((_, i) => i).filter((i) => (times[i] ?? 0) > 0);
        const watts = live.reduce((sum, i) => sum + (setting.rigs[i]?.watts ?? 0), setting.baseWatts);
        const then = {
          ...problem,
          loads: live.flatMap((i) => problem.loads[i] ?? []),
          depth: found.depthUsed - problem.drain(watts) * elapsed,
          survival: Survival.of(setting.prior, elapsed),
          horizonHours: 72 - elapsed,
        };
        const lambda = found.lambda / problem.survival.at(elapsed);
        const again = plan(then, { lambda, hoursOf: hoursIn(problem, found) });
        // Where several rows are as good another may be found, and is worth as much.
        const rest = worth(
          { ...problem, survival: Survival.of(setting.prior, elapsed) },
          times.map((until) => Math.max(0, until - elapsed)),
        );
        const gone = problem.loads.reduce((sum, { increments: [one] }, i) => sum + (live.includes(i) ? 0 : (one?.loss ?? 0)), 0);
        expect(again.value).toBeGreaterThanOrEqual(rest + gone - 1e-6 * atStake(problem));
      }),
    );
  });

  it('is not changed by a rig that is taken for two halves, where the battery is linear', () => {
    fc.assert(
      fc.property(settings(), (setting) => {
        const linear = { ...setting, exponent: 1 };
        const problem = problemOf(linear);
        const halves = problem.loads.flatMap(({ id, increments }) =>
          ['a', 'b'].map((half) => ({
            id: `${id}${half}`,
            increments: increments.map(({ watts, reward, loss }) => ({ watts: watts / 2, reward: reward / 2, loss: loss / 2 })),
          })),
        );
        expect(close(plan({ ...problem, loads: halves }).value, plan(problem).value, 1e-5)).toBe(true);
      }),
    );
  });

  it('lets what earns nothing leave at once, and what draws nothing and earns stay to the last', () => {
    fc.assert(
      fc.property(settings(), (setting) => {
        const problem = problemOf(setting, { costPerKwh: 0 });
        const found = plan({
          ...problem,
          loads: [
            ...problem.loads,
            { id: 'idle', increments: [{ watts: 100, reward: 0, loss: 0 }] },
            { id: 'free', increments: [{ watts: 0, reward: 1, loss: 0 }] },
          ],
        });
        const times = untils(found);
        expect(times.at(-2)).toBe(0);
        expect(times.at(-1)).toBe(Math.max(...times));
      }),
    );
  });

  it('does not depend on the order in which rigs are named', () => {
    fc.assert(
      fc.property(settings(), (setting) => {
        const problem = problemOf(setting);
        const [there, back] = [plan(problem), plan({ ...problem, loads: problem.loads.toReversed() })];
        expect(close(there.value, back.value, 1e-7)).toBe(true);
        untils(there).forEach((until, i) => {
          expect(untils(back).toReversed()[i]).toBeCloseTo(until, 5);
        });
      }),
    );
  });

  // Where hazards rise the rule takes the least that was, so that nobody comes back: it may then be beaten.
  const falling = settings().filter(({ prior: { hazardPerHour: all } }) => all.every((hazard, i) => hazard <= (all[i - 1] ?? hazard)));

  it('is worth no less than all until the battery ends, all off at once, or any ladder in the same order', () => {
    fc.assert(
      fc.property(falling, fc.array(within(0, 1), { minLength: 12, maxLength: 12 }), (setting, rungs) => {
        const problem = problemOf(setting, { costPerKwh: 0 });
        const { drain, depth, loads } = problem;
        const found = plan(problem);
        const order = loads.map((_, i) => i).sort((a, b) => (setting.rigs[b]?.perKwh ?? 0) - (setting.rigs[a]?.perKwh ?? 0));
        const all = Math.min(72, depth / drain(totalWatts(setting)));
        // Each leaves at a part of the time of the one before it; then all times are drawn out or in until the depth is used.
        const ladder = loads.map(() => 0);
        order.reduce((until, rig, i) => {
          ladder[rig] = until * (rungs[i] ?? 1);
          return ladder[rig];
        }, 1);
        const longest = Math.max(...ladder, 1e-9);
        const used = drawn(problem, { ...found, hours: ladder.map((until) => [until]), baseHours: longest });
        const stretched = ladder.map((until) => Math.min(72, (until * depth) / Math.max(used, 1e-12)));
        for (const times of [loads.map(() => all), loads.map(() => 0), stretched]) {
          expect(found.value).toBeGreaterThanOrEqual(worth(problem, times) - 0.005 * Math.abs(worth(problem, times)) - 1e-9);
        }
      }),
    );
  });

  it('lets an upper operating point leave no later than the one below it', () => {
    fc.assert(
      fc.property(settings(), within(0.2, 0.9), within(0.3, 1), (setting, lower, earns) => {
        const problem = problemOf(setting);
        const stepped = problem.loads.map(({ id, increments: [one] }) => {
          const { watts, reward, loss } = one ?? { watts: 0, reward: 0, loss: 0 };
          return {
            id,
            increments: incrementsOf(
              [
                { watts, reward },
                { watts: watts * lower, reward: reward * earns },
              ],
              loss,
            ),
          };
        });
        for (const hours of plan({ ...problem, loads: stepped }).hours) {
          hours.forEach((until, i) => {
            expect(until).toBeLessThanOrEqual(hours[i - 1] ?? until);
          });
        }
      }),
    );
  });

  it('lets a paused rig behind its contact go no sooner than it pauses', () => {
    fc.assert(
      fc.property(settings(), within(5, 60), within(1, 10), (setting, idle, minutes) => {
        const problem = problemOf(setting);
        const chained = problem.loads.map(({ id, increments: [one] }) => {
          const { watts, reward, loss } = one ?? { watts: 0, reward: 0, loss: 0 };
          return {
            id,
            increments: [
              { watts: idle, reward: 0, loss: (reward * minutes) / 60 },
              { watts, reward, loss },
            ],
          };
        });
        for (const [asleep = 0, awake = 0] of plan({ ...problem, loads: chained }).hours) expect(asleep).toBeGreaterThanOrEqual(awake);
      }),
    );
  });

  it('is worth no less where it begins with the one before', () => {
    fc.assert(
      fc.property(settings(), within(0.5, 2), (setting, off) => {
        const problem = problemOf(setting);
        const found = plan(problem);
        const again = plan(problem, { lambda: found.lambda * off, hoursOf: hoursIn(problem, found) });
        expect(again.value).toBeGreaterThanOrEqual(found.value - 1e-6 * atStake(problem));
        expect(again.depthUsed).toBeLessThanOrEqual(setting.depth + 1e-9);
      }),
    );
  });
});

describe('at the edges', () => {
  const survival = Survival.of(DEFAULT_PRIOR);
  const some = { baseWatts: 10, costPerKwh: 0, drain: linearDrain(1000), depth: 1, survival };

  it('nobody is nobody, and nothing left is everybody at once', () => {
    expect(plan({ ...some, loads: [] })).toMatchObject({ hours: [], lambda: 0, value: 0 });
    const one = { id: 'a', increments: [{ watts: 1000, reward: 1, loss: 0.1 }] };
    for (const depth of [0, -0.5]) expect(plan({ ...some, loads: [one], depth })).toMatchObject({ hours: [[0]], value: -0.1 });
  });

  it('a rig that costs more than it earns leaves at once', () => {
    const one = { id: 'a', increments: [{ watts: 1000, reward: -1, loss: 0 }] };
    expect(plan({ ...some, loads: [one] }).hours).toEqual([[0]]);
  });

  it.each([
    [{ id: 'a', increments: [{ watts: Number.NaN, reward: 1, loss: 0 }] }, 'a: NaN W'],
    [{ id: 'a', increments: [{ watts: -5, reward: 1, loss: 0 }] }, 'a: -5 W'],
    [{ id: 'a', increments: [{ watts: 5, reward: Number.NaN, loss: 0 }] }, 'a reward of NaN'],
    [{ id: 'a', increments: [{ watts: 5, reward: 1, loss: -1 }] }, 'costs -1'],
    [{ id: 'b', increments: [] }, 'twice'],
  ])('%j is told of and not planned', (load, why) => {
    expect(problemMistake({ ...some, loads: [{ id: 'b', increments: [] }, load] })).toContain(why);
  });

  it('a curve from a table is made convex, and agrees with it where it was', () => {
    const drain = convexDrain((watts) => (3600 * 1000) / watts ** 1.1, { leastWatts: 50, mostWatts: 5000 });
    const slopes: number[] = [];
    for (let watts = 100; watts < 5000; watts += 50) {
      expect(close(drain(watts), watts ** 1.1 / 1000, 2e-3)).toBe(true);
      slopes.push(drain(watts + 50) - drain(watts));
    }
    slopes.slice(1).forEach((slope, i) => {
      expect(slope).toBeGreaterThanOrEqual((slopes[i] ?? 0) - 1e-12);
    });
    expect(drain(0)).toBe(0);
    expect(drain(6000)).toBeGreaterThan(drain(5000));
  });
});
