// The planner against plans that are known to be right, and what it makes of a file that is none.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { judgedVectors } from '../../bench/vectors.ts';
import { learned } from '../../src/planner/learn.ts';
import { latestStarts, stopSchedule } from '../../src/planner/stops.ts';
import { DEFAULT_PRIOR, priorMistake, Survival } from '../../src/planner/survival.ts';

const text = readFileSync(fileURLToPath(new URL('../vectors/policy.json', import.meta.url)), 'utf8');

describe('reference vectors', () => {
  it.each(judgedVectors(text))('$id is planned as it should be', ({ good, lambdaError }) => {
    expect(good).toBe(true);
    expect(lambdaError).toBeLessThan(1e-6);
  });

  it('are beyond when a time is a minute off', () => {
    const wrong = JSON.parse(text) as { expected: { shed_minutes?: number[] } }[];
    const [first] = wrong;
    if (first?.expected.shed_minutes !== undefined) first.expected.shed_minutes[0] = 50.8;
    expect(judgedVectors(JSON.stringify(wrong)).map(({ good }) => good)).toContain(false);
  });

  it.each([
    ['no JSON', 'vectors'],
    ['no list', '{}'],
    ['a battery that nobody knows', text.replace('"linear"', '"nuclear"')],
    [
      'a plan again of nothing',
      '[{"id":"x","elapsed_min":1,"depth_used_so_far":0,"expected":{"live":[],"remaining_minutes":[],"lambda":0}}]',
    ],
    ['negative watts', text.replace(/"p":\s*3000/, '"p":-3000')],
  ])('are refused where there is %s', (_what, broken) => {
    expect(() => judgedVectors(broken)).toThrow();
  });
});

describe('the chance that an outage still lasts', () => {
  const survival = Survival.of(DEFAULT_PRIOR);

  it.each([
    [5, 0.774596669],
    [30, 0.5101698],
    [120, 0.355655882],
    [600, 0.235884699],
    [1800, 0.189756421],
    [7200, 0.0993288388],
    [36000, 0.0171446426],
  ])('after %d s is %d', (seconds, chance) => {
    expect(survival.at(seconds / 3600)).toBeCloseTo(chance, 8);
  });

  it('is that of later, given that it has lasted until now', () => {
    for (const elapsed of [0.001, 0.1, 2, 30]) {
      const then = Survival.of(DEFAULT_PRIOR, elapsed);
      for (const hours of [0, 0.01, 0.5, 3, 40]) {
        expect(then.at(hours)).toBeCloseTo(survival.at(elapsed + hours) / survival.at(elapsed), 9);
        expect(then.hashed(hours)).toBeCloseTo((survival.hashed(elapsed + hours) - survival.hashed(elapsed)) / survival.at(elapsed), 8);
        expect(then.leastHazard(hours)).toBe(survival.leastHazard(elapsed + hours));
      }
    }
  });

  it.each([
    [{ edgesHours: [], hazardPerHour: [] }, 'one at least'],
    [{ edgesHours: [0, 1], hazardPerHour: [1] }, 'as many'],
    [{ edgesHours: [1], hazardPerHour: [1] }, 'not 0'],
    [{ edgesHours: [0, 2, 2], hazardPerHour: [1, 1, 1] }, 'do not rise'],
    [{ edgesHours: [0], hazardPerHour: [Number.NaN] }, 'no number'],
    [{ edgesHours: [0], hazardPerHour: [-1] }, 'no number'],
  ])('cannot be told from %j', (prior, why) => {
    expect(priorMistake(prior)).toContain(why);
    expect(priorMistake(DEFAULT_PRIOR)).toBeUndefined();
  });
});

describe('what a site learns of its outages', () => {
  it('moves the hazards by the time spent in each bin and the ends in it', () => {
    const hours = (seconds: number, censored = false): { hours: number; censored: boolean } => ({ hours: seconds / 3600, censored });
    const found = learned(DEFAULT_PRIOR, [hours(4), hours(45), hours(700), hours(5000), hours(9000, true)]);
    const right = [151.3422, 25.44929, 3.953288, 1.139015, 0.3094534, 0.4130522, 0.1783895, 0.07295573, 0.036];
    found.hazardPerHour.forEach((hazard, i) => {
      expect(hazard / (right[i] ?? 0)).toBeCloseTo(1, 5);
    });
  });

  it('is the prior where nothing was seen, and stays a prior that can be reckoned with', () => {
    learned(DEFAULT_PRIOR, []).hazardPerHour.forEach((hazard, i) => {
      expect(hazard).toBeCloseTo(DEFAULT_PRIOR.hazardPerHour[i] ?? 0, 9);
    });
    const odd = { edgesHours: [0, 1, 2], hazardPerHour: [0, 5, 0] };
    expect(priorMistake(learned(odd, [{ hours: 0.5, censored: false }]))).toBeUndefined();
  });
});

describe('stops one after the other', () => {
  const stops = [
    { id: 'a', watts: 3000, seconds: 30 },
    { id: 'b', watts: 1000, seconds: 60 },
    { id: 'c', watts: 2500, seconds: 20 },
  ];

  it('begin with whoever sheds the most watts a second, for the least energy', () => {
    const { begins, joules, seconds } = stopSchedule(stops, 1);
    expect(begins.map(({ id }) => id)).toEqual(['c', 'a', 'b']);
    expect(joules).toBe(310_000);
    expect(seconds).toBe(110);
  });

  it('begin as late as they may before a deadline', () => {
    expect(latestStarts(stops, 600)).toEqual([
      { id: 'c', atSeconds: 490 },
      { id: 'a', atSeconds: 510 },
      { id: 'b', atSeconds: 540 },
    ]);
  });

  it('begin at once where as many may stop together, and take nothing where there are none', () => {
    expect(stopSchedule(stops, 9)).toMatchObject({ seconds: 60, joules: 200_000 });
    expect(stopSchedule([], 1)).toEqual({ begins: [], seconds: 0, joules: 0 });
  });

  it('begin when one before them is down, where two may stop together', () => {
    const { begins, seconds, joules } = stopSchedule([...stops, { id: 'd', watts: 100, seconds: 40 }], 2);
    expect(begins).toEqual([
      { id: 'c', atSeconds: 0 },
      { id: 'a', atSeconds: 0 },
      { id: 'b', atSeconds: 20 },
      { id: 'd', atSeconds: 30 },
    ]);
    expect([seconds, joules]).toEqual([80, 50_000 + 90_000 + 80_000 + 7_000]);
  });

  it('are put in order at once for a hundred thousand rigs', () => {
    const many = Array.from({ length: 100_000 }, (_, i) => ({ id: `rig-${i}`, watts: 3_000, seconds: 10 + (i % 50) }));
    expect(stopSchedule(many, many.length).seconds).toBe(59);
  });
});
