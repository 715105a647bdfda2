// What the policy `outage-aware` does where something is missing, or changes under it.
import { describe, expect, it } from '@jest/globals';
import { foresee } from '../../src/core/foresee.ts';
import { supplyOf } from '../../src/core/tick.ts';
import { whyOf } from '../../src/core/why.ts';
import { Desk, rig, type SiteWish, siteOf, ups } from '../support/core-desk.ts';

/** In calm until everything is settled; the battery is declared and its runtime not reported. */
function site(wish: SiteWish = {}, wattHours = 1000): Desk {
  const supplies = wish.ups ?? [ups('rack', { batteryWh: wattHours })];
  const desk = new Desk(siteOf({ ...wish, ups: supplies, policy: { kind: 'outage-aware', ...wish.policy } }));
  for (const { id } of supplies) desk.set(id, { runtime: 'none' });
  return desk.pass(40);
}

const unpriced = ['a', 'b', 'c', 'd'].map((id) => rig(id, undefined));

describe('where nobody said what any rig earns', () => {
  it('nobody leaves a battery that outlasts the outage, whatever its energy costs', () => {
    const desk = site({ rigs: unpriced }, 100_000).reload({ electricityPerKwh: 0.3 });
    desk.set('rack', { words: 'OB', charge: 99 }).pass(600);
    expect(desk.asked('pause')).toEqual([]);
  });

  it('they stay while the battery lasts, and leave it before the floor', () => {
    const steps = foresee(site({ rigs: unpriced }, 2_000).scene()).steps.filter(({ kind }) => kind === 'pause');
    expect(steps.map(({ because }) => because.rule)).toEqual(Array(4).fill('not-worth-its-energy'));
    // 4 kW for half an hour, less a reserve of 15 %.
    for (const { inSeconds } of steps) expect(inSeconds).toBeGreaterThan(1200);
  });

  it('no figure of money is made up', () => {
    const desk = site({ rigs: unpriced }, 2_000);
    expect(foresee(desk.scene()).ups[0]?.rigs?.map(({ costs }) => costs)).toEqual([null, null, null, null]);
  });
});

it('of a battery of which nothing is known why says that all leave it at once', () => {
  const desk = new Desk(siteOf({ policy: { kind: 'outage-aware' } })).set('rack', { charge: undefined, runtime: 'none' }).pass(40);
  expect(whyOf(desk.state, desk.site, desk.nowMs, undefined, new Map())?.say[0]).toContain('rigs leave as soon as an outage is no blip');
});

describe('a reload in an outage', () => {
  it('to another policy takes the plan along', () => {
    const desk = site({ rigs: [rig('a', 8), rig('d', 2)] });
    desk.set('rack', { words: 'OB', charge: 90 }).pass(30);
    expect(supplyOf(desk.scene(), 'rack').plan).toBeDefined();
    desk.reload({ policy: { ...desk.site.policy, kind: 'threshold' } }).pass(2);
    expect(supplyOf(desk.scene(), 'rack').plan).toBeUndefined();
  });
});

describe('a rig that can be asked nothing, behind the contact of one that a person holds up', () => {
  const none = { can: { read: false, pause: false, resume: false, halt: false } };
  const pair = () => [rig('a', 8), rig('b', 6, { cutBy: ['kk'] }), rig('n', 1, { ...none, cutBy: ['kk'] })];

  it('is planned to stay as long as that one, for its contact does not open', () => {
    const desk = site({ rigs: pair() }, 2_000);
    const planned = () => foresee(desk.scene()).ups[0]?.rigs?.map(({ id }) => id);
    expect(planned()).toEqual(expect.arrayContaining(['a', 'b', 'n']));
    desk.say({ kind: 'hold', as: 'up', rigs: ['b'] });
    expect(planned()).toEqual(['a']);
  });
});

describe('sleepers that stay on their contacts until the end', () => {
  const slow = ['a', 'b', 'c', 'd'].map((id, i) => rig(id, 8 - 2 * i, { restartMinutes: 60 }));

  it('are not whom the battery is kept for: the plan of the last rig ends where the floor begins for it', () => {
    const { steps, ups: views } = foresee(site({ rigs: slow, policy: { cutBelowSeconds: 600 } }).scene());
    const { inSeconds = 0 } = steps.find(({ kind, rig: id }) => kind === 'pause' && id === 'a') ?? {};
    const { leavesInSeconds = 0 } = views[0]?.rigs?.find(({ id }) => id === 'a') ?? {};
    expect(Math.abs(leavesInSeconds - inSeconds)).toBeLessThan(0.03 * inSeconds);
  });

  it('are not the others whom a stay is held against', () => {
    const [view] = foresee(site({ rigs: slow }).scene()).ups;
    // All draw alike: what one leaves behind is no more than its own time.
    for (const { leavesInSeconds, givesSeconds } of view?.rigs ?? []) expect(givesSeconds).toBeLessThanOrEqual(1.1 * leavesInSeconds);
    expect(view?.rigs).toHaveLength(4);
  });
});

describe('a site too large to be planned in one tick', () => {
  const NAMES = ['north', 'south', 'west'] as const;
  const RIGS = 400;
  const crowd = NAMES.flatMap((name) =>
    Array.from({ length: RIGS }, (_, i) => rig(`${name}-${i}`, 2 + (i % 9), { fedBy: [name], cutBy: [] })),
  );
  const crowded = (ignoreBlipsSeconds: number): Desk => {
    const upses = NAMES.map((name) => ups(name, { batteryWh: 200_000, nominalWatts: 600_000 }));
    const desk = new Desk(siteOf({ rigs: crowd, ups: upses, policy: { kind: 'outage-aware', ignoreBlipsSeconds } }));
    for (const name of NAMES) desk.set(name, { runtime: 'none' });
    desk.pass(40);
    for (const name of NAMES) desk.set(name, { words: 'OB', charge: 95 });
    return desk;
  };
  const plannedAt = (desk: Desk): readonly (number | undefined)[] => NAMES.map((name) => desk.supply(name).plan?.atMs);

  it('is planned a part at a time: two of three UPSes, then the third', () => {
    const desk = crowded(5).pass(1);
    const beganMs = desk.nowMs;
    expect(plannedAt(desk)).toEqual([beganMs, beganMs, undefined]);
    expect(plannedAt(desk.pass(1))).toEqual([beganMs, beganMs, beganMs + 1000]);
  });

  it('nobody leaves a UPS that has its turn later for want of a plan: until then thresholds hold', () => {
    const desk = crowded(0).pass(1);
    expect(desk.supply('west').plan).toBeUndefined();
    expect(desk.asked('pause').filter((id) => id.startsWith('west'))).toEqual([]);
  });

  it('a plan is kept until the next of its UPS, and who has waited longest is next', () => {
    const desk = crowded(5).pass(2);
    const first = plannedAt(desk);
    // Two of a hundred are gone from each battery.
    for (const name of NAMES) desk.set(name, { charge: 93 });
    desk.pass(1);
    expect(plannedAt(desk)).toEqual([desk.nowMs, desk.nowMs, first[2]]);
    desk.pass(1);
    expect(plannedAt(desk)[2]).toBe(desk.nowMs);
  });
});

it('one UPS of whose battery nothing is known does not have the others planned at every tick', () => {
  const desk = new Desk(
    siteOf({
      ups: [ups('rack', { batteryWh: 100_000 }), ups('dumb')],
      rigs: [rig('a', 8), rig('b', 6, { fedBy: ['dumb'] })],
      policy: { kind: 'outage-aware' },
    }),
  );
  desk.set('rack', { runtime: 'none' }).set('dumb', { runtime: 'none', charge: undefined }).pass(40);
  desk.set('rack', { words: 'OB', charge: 99 }).set('dumb', { words: 'OB' }).pass(60);
  const plans = new Set<number | undefined>();
  for (let second = 0; second < 10; second++) plans.add(desk.pass(1).supply('rack').plan?.atMs);
  expect(plans.size).toBeLessThanOrEqual(3);
});
