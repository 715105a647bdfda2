// The policy `outage-aware` on a desk: who leaves a battery when, and why.
import { describe, expect, it } from '@jest/globals';
import { foresee } from '../../src/core/foresee.ts';
import type { Rig } from '../../src/model/rig.ts';
import type { PlanView } from '../../src/model/view.ts';
import { Desk, rig, type SiteWish, siteOf, ups } from '../support/core-desk.ts';

const NO_API = { read: false, pause: false, resume: false, halt: false };
/** W s in the battery: 4060 W for 600 s. */
const FULL = 600 * 4060;

/** In calm until everything is settled; the battery is declared. */
function site(wish: SiteWish = {}, wattHours = FULL / 3600): Desk {
  const supplies = wish.ups ?? [ups('rack', { batteryWh: wattHours })];
  return new Desk(siteOf({ ...wish, ups: supplies, policy: { kind: 'outage-aware', ...wish.policy } })).pass(40);
}

/** With a battery that is declared and tells no runtime. */
function large(wattHours: number, rigs?: readonly Rig[]): Desk {
  const wish = { ups: [ups('rack', { batteryWh: wattHours })], policy: { kind: 'outage-aware' } as const, ...(rigs && { rigs }) };
  return new Desk(siteOf(wish)).set('rack', { runtime: 'none' }).pass(40);
}

/** An outage of so many seconds: the charge falls by what is drawn. */
function outage(desk: Desk, seconds: number, wattSeconds = FULL): Desk {
  for (let second = 0; second < seconds; second += 1) {
    for (const id of desk.ups.keys()) {
      const was = exact.get(desk)?.get(id) ?? 100;
      const charge = Math.max(0, was - (100 * desk.supply(id).load.watts) / wattSeconds);
      exact.set(desk, new Map([...(exact.get(desk) ?? []), [id, charge]]));
      desk.set(id, { words: charge <= 10 ? 'OB LB' : 'OB', charge: Math.round(charge) });
    }
    desk.pass(1);
  }
  return desk;
}
const exact = new WeakMap<Desk, ReadonlyMap<string, number>>();

/** s from the beginning of the outage at which each was asked to pause, by the policy. */
function left(desk: Desk): Readonly<Record<string, number>> {
  const began = desk.events.find(({ event }) => event.event === 'outage-began')?.atMs ?? 0;
  return Object.fromEntries(
    desk.steps.flatMap(({ atMs, due }) =>
      due.step.kind === 'pause' && due.because.rule === 'not-worth-its-energy' ? [[due.step.rig, (atMs - began) / 1000]] : [],
    ),
  );
}

/** The same, be it by the plan or by the floor that it comes near in the end. */
function leftAnyhow(desk: Desk): Readonly<Record<string, number>> {
  const began = desk.events.find(({ event }) => event.event === 'outage-began')?.atMs ?? 0;
  const pauses = desk.steps.filter(({ due }) => due.step.kind === 'pause' && due.again !== true);
  return Object.fromEntries(pauses.map(({ atMs, due: { step } }) => ['rig' in step ? step.rig : '', (atMs - began) / 1000]));
}

const plan = (desk: Desk): PlanView => foresee(desk.scene());

/** s from now at which each is to pause. */
const planned = (desk: Desk): Readonly<Record<string, number>> =>
  Object.fromEntries(plan(desk).steps.flatMap(({ kind, rig: id, inSeconds }) => (kind === 'pause' && id ? [[id, inSeconds]] : [])));

describe('in an outage', () => {
  it('rigs leave one by one, the worst earner per watt first, and the best when the floor comes', () => {
    const desk = outage(site(), 2000);
    const order = Object.keys(left(desk));
    expect(order).toEqual(['d', 'c', 'b', 'a'].slice(0, order.length));
    expect(order.length).toBeGreaterThanOrEqual(3);
    expect(desk.steps.filter(({ due }) => due.step.kind === 'pause').map(({ due }) => 'rig' in due.step && due.step.rig)).toEqual([
      'd',
      'c',
      'b',
      'a',
    ]);
  });

  it('by the plan the floor is never reached, and takes nobody', () => {
    const { steps, ups: outlooks } = plan(site());
    const rules = new Set(steps.filter(({ kind }) => kind === 'pause').map(({ because }) => because.rule));
    expect([...rules]).toEqual(['not-worth-its-energy']);
    expect(outlooks[0]?.marginSeconds).toBeGreaterThanOrEqual(outlooks[0]?.cutBelowSeconds ?? 0);
  });

  it('they leave when the plan made in calm said they would', () => {
    const desk = site();
    const before = planned(desk);
    const after = left(outage(desk, 2000));
    for (const [id, seconds] of Object.entries(after)) {
      expect(Math.abs(seconds - (before[id] ?? 0))).toBeLessThan(Math.max(30, 0.1 * seconds));
    }
  });

  it('nobody leaves a battery that outlasts every outage that is thought of', () => {
    const desk = outage(large(1_000_000), 1800, 3.6e9);
    expect(desk.asked('pause')).toEqual([]);
    expect(plan(desk).steps.filter(({ kind }) => kind === 'pause')).toEqual([]);
  });

  it('no blip moves anybody, however small the battery', () => {
    const desk = site({ ups: [ups('rack', { batteryWh: 100 })], policy: { ignoreBlipsSeconds: 5 } });
    desk.set('rack', { words: 'OB', charge: 99 }).pass(4).set('rack', { words: 'OL' }).pass(30);
    expect(desk.asked('pause')).toEqual([]);
  });

  it('all leave a battery of which nothing is known, once the outage is no blip', () => {
    const desk = new Desk(siteOf({ policy: { kind: 'outage-aware' } })).set('rack', { charge: undefined, runtime: 'none' });
    desk.pass(40).set('rack', { words: 'OB' }).pass(10);
    expect(desk.asked('pause').toSorted()).toEqual(['a', 'b', 'c', 'd']);
    expect(desk.steps.find(({ due }) => due.step.kind === 'pause')?.due.because.rule).toBe('runtime-unknown');
  });

  it('one that a person holds up stays, and the others leave for it', () => {
    const desk = site();
    desk.say({ kind: 'hold', as: 'up', rigs: ['d'] });
    const order = Object.keys(left(outage(desk, 1200)));
    expect(order).not.toContain('d');
    expect(order[0]).toBe('c');
  });

  it('a restart of the service changes nobody’s turn by much', () => {
    const quiet = leftAnyhow(outage(site(), 2000));
    const desk = outage(site(), 200);
    const restarted = leftAnyhow(outage(desk.restart(), 1800));
    for (const [id, seconds] of Object.entries(quiet)) if (seconds > 220) expect(Math.abs((restarted[id] ?? 0) - seconds)).toBeLessThan(40);
  });
});

describe('what a stay is worth', () => {
  it('more where a restart takes long: of two alike the one that starts slowly leaves later', () => {
    const slow: Rig = rig('b', 4, { resumeMinutes: 30, restartMinutes: 35 });
    const desk = site({ rigs: [rig('a', 8), slow, rig('c', 4), rig('d', 2)] });
    const { b = 0, c = 0 } = planned(desk);
    expect(b).toBeGreaterThan(c);
  });

  it('nothing where its energy costs more than it earns: it leaves as soon as no restart could be saved by waiting', () => {
    const desk = large(30_000, [rig('a', 8), rig('d', 2, { resumeMinutes: 0 })]);
    expect(planned(desk)['d']).toBeGreaterThan(3600);
    // 2 a day at 1 kW are 0.083 a kWh; what charging takes is more.
    expect(planned(desk.reload({ electricityPerKwh: 0.2 }))['d']).toBeLessThanOrEqual(5);
  });

  it('is told of each rig: what the others gain if it leaves now, and what that costs', () => {
    const [view] = plan(site()).ups;
    const stays = new Map(view?.rigs?.map((one) => [one.id, one]));
    expect([...stays.keys()].toSorted()).toEqual(['a', 'b', 'c', 'd']);
    const { givesSeconds = 0, costs = 0 } = stays.get('b') ?? {};
    expect(givesSeconds).toBeGreaterThan(60);
    // 6 a day for the minutes that an outage may be expected to last, and no more.
    expect(costs).toBeGreaterThan(0.001);
    expect(costs).toBeLessThan(6 / 24);
  });

  it('of a rig whose reward nobody knows: that of the worst, by its watts', () => {
    const desk = site({ rigs: [rig('a', 8), rig('b', 2), rig('c', undefined)] });
    const { b = 0, c = 0 } = planned(desk);
    expect(Math.abs(b - c)).toBeLessThanOrEqual(1);
  });
});

describe('contacts', () => {
  it('that several hang on: one without an API leaves after the last that has one', () => {
    const rigs = [rig('a', 8), rig('b', 3, { cutBy: ['kbd'] }), rig('c', 4), rig('d', 2, { can: NO_API, cutBy: ['kbd'] })];
    const desk = outage(site({ rigs }), 2000);
    const opened = desk.steps.findIndex(({ due }) => due.step.kind === 'cut' && due.step.switch === 'kbd');
    const asked = desk.steps.findIndex(({ due }) => due.step.kind === 'pause' && due.step.rig === 'b');
    expect(asked).toBeGreaterThanOrEqual(0);
    expect(opened).toBeGreaterThan(asked);
  });

  it('of a sleeper open once its standby is not worth the longer start that a cut costs', () => {
    const costly = outage(site({ rigs: [rig('a', 8), rig('d', 2, { pausedWatts: 300, resumeMinutes: 1, restartMinutes: 1 })] }), 900);
    const first = costly.steps.find(({ due }) => due.step.kind === 'cut')?.due.because;
    expect(first?.rule).toBe('idle-watts-cost-runtime');
    const slight = [rig('a', 8), rig('d', 2, { pausedWatts: 1, resumeMinutes: 1, restartMinutes: 60 })];
    const kept = outage(site({ rigs: slight }), 600);
    expect(kept.asked('pause')).toEqual(['d']);
    expect(kept.asked('cut')).toEqual([]);
  });
});

describe('a rig on two supplies', () => {
  const two = [rig('a', 8, { fedBy: ['rack', 'shelf'] }), rig('b', 6), rig('c', 4, { fedBy: ['shelf'] }), rig('d', 2)];
  const supplies = [ups('rack', { batteryWh: 400 }), ups('shelf', { batteryWh: 400 })];

  it('stays while one of them has mains', () => {
    const desk = site({ rigs: two, ups: supplies });
    for (let second = 0; second < 900; second += 1) desk.set('rack', { words: 'OB', charge: Math.max(16, 99 - second / 10) }).pass(1);
    expect(desk.asked('pause')).not.toContain('a');
    expect(desk.asked('pause')).toContain('d');
  });

  it('keeps no part in what is told of the one that drains alone: plan tells the times that decide', () => {
    const desk = site({ rigs: two, ups: supplies });
    desk.set('rack', { words: 'OB', charge: 97 }).pass(20);
    const decided = desk.supply('rack').plan?.leavesAtMs.get('b') ?? 0;
    expect(decided).toBeGreaterThan(desk.nowMs);
    expect(planned(desk)['b']).toBe(Math.round((decided - desk.nowMs) / 1000));
  });

  it('leaves both when it no longer pays for what it takes from both', () => {
    const desk = site({ rigs: two, ups: supplies });
    const { a = 0, b = 0, d = 0 } = planned(desk);
    expect(a).toBeGreaterThan(d);
    expect(a).toBeGreaterThanOrEqual(b);
    expect(desk.asked('pause')).toEqual([]);
  });
});

describe('how long outages last here', () => {
  /** Many outages of a minute, with an hour of calm between. */
  function afterShortOnes(desk: Desk, count: number): Desk {
    for (let night = 0; night < count; night += 1) {
      desk.set('rack', { words: 'OB', charge: 99 }).pass(60).set('rack', { words: 'OL', charge: 100 }).pass(5);
      desk.freeze(3600).pass(90);
    }
    return desk;
  }

  it('is learned: where nearly all are over in a minute, the worst waits for longer before it leaves', () => {
    const taught = afterShortOnes(site({ policy: { ignoreBlipsSeconds: 120 } }), 40);
    const { policy } = siteOf({ policy: { kind: 'outage-aware' } });
    expect(planned(taught.reload({ policy }))['d']).toBeGreaterThan((planned(site())['d'] ?? 0) + 10);
  });

  it('is remembered over a restart, and told', () => {
    const desk = afterShortOnes(site({ policy: { ignoreBlipsSeconds: 120 } }), 8)
      .restart()
      .pass(40);
    expect(plan(desk).ups[0]?.outages?.seen).toBe(8);
  });

  it('an outage that follows within ten minutes goes on where the last one was', () => {
    const [alone, after] = [site(), site()];
    after.set('rack', { words: 'OB', charge: 97 }).pass(20).set('rack', { words: 'OL', charge: 97 }).pass(30);
    alone.set('rack', { charge: 97 }).pass(50);
    // What is over by then is not to be hoped for once more: five minutes into the outage the hazard falls.
    expect([planned(alone)['b'], planned(after)['b']]).toEqual([300, 280]);
    after.freeze(700).pass(60);
    expect(planned(after)['b']).toBe(300);
  });
});
