// The plan is what then happens: the steps that are foreseen, beside those of the night that follows.
import { describe, expect, it } from '@jest/globals';
import { foresee, outlooksOf } from '../../src/core/foresee.ts';
import { viewOf } from '../../src/core/views.ts';
import { Desk, rig, type SiteWish, siteOf, type UpsWords, ups } from '../support/core-desk.ts';

const MUTE = { can: { read: false, pause: false, resume: false, halt: false } };
const two = [ups('rack'), ups('house')];

function planned(desk: Desk): readonly string[] {
  return foresee(desk.scene()).steps.map((step) => `${step.kind} ${step.switch ?? step.rig}`);
}

/** All that is foreseen has come. */
function isOver(desk: Desk): boolean {
  return [...desk.site.rigs.keys()].every((id) => desk.rig(id)?.phase === 'dark');
}

/** The mains go: what was foreseen just before, and what became of it. */
function night({ words = {}, ...wish }: SiteWish & { readonly words?: Partial<UpsWords> }): {
  readonly foreseen: readonly string[];
  readonly done: readonly string[];
} {
  const desk = new Desk(siteOf(wish));
  for (const id of desk.ups.keys()) desk.set(id, words);
  desk.pass(40);
  const foreseen = planned(desk);
  const full = 600 * 4060;
  const left = new Map([...desk.ups.keys()].map((id) => [id, full]));
  for (const one of desk.site.rigs.values()) if (one.fedBy.includes('mains')) desk.world(one.id, { silent: true });
  for (let second = 0; second < 5400 && !isOver(desk); second += 1) {
    for (const [id, energy] of left) {
      left.set(id, energy - desk.loadOf(id));
      desk.set(id, { words: 'OB', charge: Math.floor((100 * energy) / full) });
    }
    desk.pass(1);
  }
  const done = desk.steps
    .filter(({ due }) => due.again !== true)
    .map(({ due: { step } }) => `${step.kind} ${'switch' in step ? step.switch : step.rig}`);
  return { foreseen, done };
}

describe('the plan foresees', () => {
  it.each([
    ['each rig cut by its own switch', {}],
    ['no cut of the paused before the floor, where that is the policy', { policy: { cutPaused: 'at-floor' } }],
    [
      'a shared switch to open with the last of its rigs',
      { rigs: [rig('a', 8), rig('b', 6, { cutBy: ['kbc'] }), rig('c', 4, { cutBy: ['kbc'] })], policy: { cutPaused: 'always' } },
    ],
    ['a rig that can only be cut', { rigs: [rig('a', 8), rig('old', 1, MUTE)] }],
    ['the switch of a rig on mains alone, silent for 30 s', { rigs: [rig('a', 8), rig('bare', 5, { fedBy: ['mains'] })] }],
    ['each rig in its turn, where the UPS tells its charge and no runtime', { words: { runtime: 'none' } }],
    ['a rig on two UPSes once', { ups: two, rigs: [rig('a', 8), rig('both', 1, { fedBy: ['rack', 'house'] })] }],
  ] as const)('%s', (_, wish) => {
    const { foreseen, done } = night(wish);
    expect(foreseen.toSorted()).toEqual(done.toSorted());
  });

  it('the worst earner first of those that leave in one second, whatever the order of the file', () => {
    const desk = new Desk(siteOf({ rigs: [rig('best', 8), rig('worst', 1), rig('middle', 4)] }));
    desk.set('rack', { charge: undefined, runtime: 'none' }).pass(40);
    expect(planned(desk).slice(0, 3)).toEqual(['pause worst', 'pause middle', 'pause best']);
  });

  it('of a battery of which nothing is known that those go, too, that can only be cut', () => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8), rig('old', 1, MUTE)], policy: { cutPaused: 'at-floor' } }));
    desk.set('rack', { charge: undefined, runtime: 'none' }).pass(40);
    expect(planned(desk)).toEqual(['pause a', 'cut kold']);
    expect(foresee(desk.scene()).ups[0]?.say).toMatch(/^reports neither runtime nor charge: /);
  });

  it('of a UPS that tells its charge and no runtime what four minutes at full load give', () => {
    const desk = new Desk(siteOf()).set('rack', { runtime: 'none' }).pass(40);
    const plan = foresee(desk.scene());
    expect(plan.ups[0]).toMatchObject({ fits: true, runtimeSeconds: Math.round((240 * 6000) / 4060) });
    expect(plan.steps[0]).toMatchObject({ kind: 'pause', rig: 'd', because: { rule: 'runtime-below-threshold' } });
    expect(viewOf(desk.state, desk.site, desk.nowMs).status).toMatchObject({ ready: true, ups: [{ runtimeFrom: 'assumed', fits: true }] });
  });

  it('over a restart that its size was assumed, until its slope tells', () => {
    const desk = new Desk(siteOf()).set('rack', { runtime: 'none' }).pass(40).restart().pass(2);
    expect(desk.supply().battery).toMatchObject({ capacityFrom: 'assumed', capacityWh: 400 });
    for (let charge = 100; charge > 85; charge -= 1) desk.set('rack', { words: 'OB', charge }).pass(10);
    expect(desk.supply().battery).toMatchObject({ capacityFrom: 'slope' });
  });

  it('over a restart that a charge stood still in the outage before, until it moves', () => {
    const desk = new Desk(siteOf()).set('rack', { runtime: 'none' }).pass(40);
    desk.set('rack', { words: 'OB' }).pass(200);
    expect(desk.supply().battery.stuckAt).toBe(100);
    const drawn = desk.set('rack', { words: 'OL' }).pass(5).supply().battery.depth ?? 0;
    expect(drawn).toBeGreaterThan(0.2);
    expect(desk.restart().pass(5).supply().battery.depth).toBeCloseTo(drawn, 1);
    expect(desk.set('rack', { charge: 80 }).pass(3).supply().battery.depth).toBeCloseTo(0.2, 2);
    expect(desk.set('rack', { charge: 100 }).pass(3).restart().pass(3).supply().battery.depth).toBeCloseTo(0, 2);
  });

  it('of a UPS below its floor how long it lasts under a rig that another keeps up, which leaves with that other', () => {
    const both = rig('both', 1, { fedBy: ['rack', 'house'] });
    const desk = new Desk(siteOf({ ups: two, rigs: [both, rig('a', 8)] })).pass(40);
    desk.set('rack', { words: 'OB LB', charge: 10 }).pass(20);
    expect(desk.supply().level).toBe('last-stand');
    const { steps, ups: outlooks } = foresee(desk.scene());
    expect(steps.find(({ rig: id }) => id === 'both')).toMatchObject({ kind: 'pause', because: { facts: { ups: 'house' } } });
    expect(outlooks.map(({ id }) => id)).toEqual(['rack', 'house']);
    expect(outlooks[0]?.marginSeconds).toBeGreaterThan(0);
  });

  it('how much of the battery is left when the last rig is down, each drawing until its own stop and no longer', () => {
    const left = (graceSeconds: number): number => {
      const quick = ['a', 'b', 'c'].map((id) => rig(id, 8, { graceSeconds, coolDownSeconds: 0, cutBy: [] }));
      const rigs = [...quick, rig('slow', 2, { graceSeconds: 120, cutBy: [] })];
      const desk = new Desk(siteOf({ rigs, policy: { shedBelowSeconds: 0, cutBelowSeconds: 150 } })).pass(40);
      return outlooksOf(desk.scene())[0]?.left ?? Number.NaN;
    };
    // Three quarters of the load for 100 s of 600 s.
    expect(left(20) - left(120)).toBeCloseTo((0.74 * 100) / 600, 2);
  });

  it('after a restart in mid-outage, that a charge which hung goes on telling nothing', () => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8, { watts: 400 })] }));
    desk.set('rack', { runtime: 'none', charge: 90 }).pass(60);
    const before = desk.set('rack', { words: 'OB' }).pass(310).supply().battery.depth ?? 1;
    const { battery } = desk.restart().pass(150).supply();
    expect((battery.depth ?? 0) + (battery.grown ?? 0)).toBeGreaterThan(before + 0.03);
  });

  it('nothing of a UPS that tells no charge, and a runtime at a load so small that it is never right', () => {
    const desk = new Desk(siteOf()).set('rack', { charge: undefined, runtime: 7200, load: 90 });
    for (const id of ['a', 'b', 'c', 'd']) desk.world(id, { hashing: false });
    const say = foresee(desk.pass(40).scene()).ups[0]?.say;
    expect(say).toMatch(/^its runtime is not believed at so small a load, or one that is not settled: add minutesAtWatts/);
  });

  it('that everything goes when the UPS flags low battery by its charge, and that this comes too early', () => {
    const wish: SiteWish = { policy: { shedBelowSeconds: 200, cutBelowSeconds: 100 } };
    const desk = new Desk(siteOf(wish)).set('rack', { nameplate: { chargeLow: '40' } }).pass(40);
    const plan = foresee(desk.scene());
    expect(plan.ups[0]).toMatchObject({
      fits: false,
      say: 'its low battery comes at 240 s, before cutBelowSeconds 100: raise it above 240',
    });
    expect(plan.steps[0]).toMatchObject({ inSeconds: 360, because: { rule: 'low-battery' } });
  });

  it('nothing beyond three days, and no margin of a battery that lasts longer', () => {
    const desk = new Desk(siteOf({ ups: [ups('rack', { batteryWh: 1e6 })] })).set('rack', { runtime: 'none' });
    const plan = foresee(desk.pass(40).scene());
    expect(plan.steps).toEqual([]);
    expect(plan.ups[0]).toMatchObject({ fits: true, marginSeconds: null, say: 'fits' });
  });

  it('that the battery ends before the slowest is down, though those left at the floor are quick', () => {
    const slow = rig('slow', 1, { watts: 4000, graceSeconds: 600 });
    const quick = rig('quick', 8, { watts: 500, graceSeconds: 5, coolDownSeconds: 0 });
    const desk = new Desk(siteOf({ rigs: [quick, slow], policy: { shedBelowSeconds: 200, cutBelowSeconds: 100 } })).pass(40);
    const plan = foresee(desk.scene());
    expect(plan.steps.map((step) => `${step.kind} ${step.switch ?? step.rig} ${step.because.rule}`).slice(0, 2)).toEqual([
      'pause slow runtime-below-threshold',
      'pause quick runtime-below-cut',
    ]);
    const { fits, marginSeconds, say } = plan.ups[0] ?? {};
    expect(fits).toBe(false);
    expect(marginSeconds).toBeLessThan(-300);
    expect(say).toBe(
      `the battery ends ${-(marginSeconds ?? 0)} s before the last rig is down; slow needs 612 s to stop: shorten its graceSeconds or coolDownSeconds, or take it from this UPS`,
    );
  });
});

describe('what the plan claims to be left of the battery is what is left, where rigs take a minute to stop', () => {
  const GRACE = 60;

  /** What is claimed before an outage, and what is left when the last rig is down in the one that follows. */
  function leftOf(minutes: number, kind: 'threshold' | 'outage-aware'): { readonly claimed: number; readonly left: number } {
    const rigs = Array.from({ length: 8 }, (_, i) => rig(`r${i}`, 8 - i / 4, { graceSeconds: GRACE, pausedWatts: 0 }));
    const full = minutes * 60 * 8060;
    const desk = new Desk(
      siteOf({ rigs, ups: [ups('rack', { batteryWh: full / 3600, nominalWatts: 12_000 })], policy: { kind }, restore: {} }),
    );
    desk.set('rack', { runtime: 'none' }).pass(40);
    const claimed = outlooksOf(desk.scene())[0]?.left ?? Number.NaN;
    for (const { id } of rigs) desk.world(id, { stubborn: true });
    let energy = full;
    for (let second = 0; second < 3600 && [...desk.rigs.values()].some(({ hashing }) => hashing); second += 1) {
      energy -= desk.loadOf('rack');
      const charge = Math.round((100 * energy) / full);
      desk.set('rack', { words: charge <= 10 ? 'OB LB' : 'OB', charge }).pass(1);
      for (const id of toldFor(desk, GRACE)) desk.world(id, { hashing: false });
    }
    return { claimed, left: energy / full };
  }

  /** Those that were asked to pause so many seconds ago, or longer. */
  function toldFor(desk: Desk, seconds: number): readonly string[] {
    const pauses = desk.steps.filter(({ due }) => due.step.kind === 'pause' && due.again !== true);
    return pauses.flatMap(({ atMs, due: { step } }) => (desk.nowMs - atMs >= 1000 * seconds && 'rig' in step ? [step.rig] : []));
  }

  it.each([
    [3.5, 'threshold'],
    [6, 'threshold'],
    [20, 'threshold'],
    [3.5, 'outage-aware'],
    [4, 'outage-aware'],
    [6, 'outage-aware'],
    [20, 'outage-aware'],
  ] as const)('by a battery for %d min and the policy %s', (minutes, kind) => {
    const { claimed, left } = leftOf(minutes, kind);
    expect(left).toBeGreaterThan(0.05);
    expect(Math.abs(claimed - left)).toBeLessThan(0.05);
  });
});
