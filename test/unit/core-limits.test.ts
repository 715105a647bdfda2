// Limits on a desk: a rig makes do with less before it is paused, and is as before when the mains are back.
import { describe, expect, it } from '@jest/globals';
import { foresee } from '../../src/core/foresee.ts';
import { viewOf } from '../../src/core/views.ts';
import { whyOf } from '../../src/core/why.ts';
import { type Desk, rig, ups } from '../support/core-desk.ts';
import { CAN, charges, FULL, LIMITED, limitsOf, mains, orders, outage, site, untilLimited } from '../support/limit-desk.ts';

describe('in an outage', () => {
  it('a rig is limited before it is paused, and before a better half of it would leave', () => {
    const desk = outage(untilLimited(site()), 2500);
    expect(limitsOf(desk)).toEqual([1000]);
    expect(orders(desk, 'a').slice(0, 2)).toEqual(['limit', 'pause']);
    const due = desk.steps.find(({ due: one }) => one.step.kind === 'limit')?.due;
    expect(due?.because).toMatchObject({ rule: 'not-worth-its-energy', facts: { toWatts: 1000, ups: 'rack' } });
  });

  it('the better rigs stay longer for it than where it can only be paused', () => {
    const began = (desk: Desk): number => desk.events.find(({ event }) => event.event === 'outage-began')?.atMs ?? 0;
    const last = (desk: Desk): number =>
      desk.steps.findLast(({ due }) => due.step.kind === 'pause' && due.step.rig === 'a')?.atMs ?? Number.POSITIVE_INFINITY;
    const limited = outage(site(), 2500);
    const whole = outage(site({ rigs: [rig('a', 16, { watts: 2000 }), rig('b', 6), rig('c', 4)] }), 2500);
    expect(last(limited) - began(limited)).toBeGreaterThan(last(whole) - began(whole) + 60);
  });

  it('nothing is limited by the policy of thresholds, nor where the file names no point, nor on mains', () => {
    expect(limitsOf(outage(site({ policy: { kind: 'threshold' } }), 900))).toEqual([]);
    expect(limitsOf(outage(site({ rigs: [rig('a', 16, { watts: 2000, can: CAN }), rig('b', 6)] }), 900))).toEqual([]);
    expect(limitsOf(site().pass(600))).toEqual([]);
  });

  it('one that a person holds up is not limited', () => {
    const desk = site();
    desk.say({ kind: 'hold', as: 'up', rigs: ['a'] });
    expect(limitsOf(outage(desk, 900))).toEqual([]);
  });

  it('one that a person holds up from then on is not told again a limit of which it gave no answer', () => {
    const desk = untilLimited(site().world('a', { limits: 'lost' }));
    desk.say({ kind: 'hold', as: 'up', rigs: ['a'] });
    outage(desk, 60);
    expect(desk.steps.filter(({ due }) => due.step.kind === 'limit')).toHaveLength(1);
  });

  it('a limit is no less load before its watts show it, and then no less than the limit', () => {
    const desk = site().world('a', { limits: 'in vain' });
    untilLimited(desk);
    const before = desk.supply().load.watts;
    outage(desk, 8);
    expect(desk.supply().load.watts).toBeGreaterThan(before - 50);
    const obeys = outage(untilLimited(site()), 8);
    const on = obeys.loadOf('rack');
    expect(obeys.supply().load.watts).toBeGreaterThanOrEqual(on - 1);
    expect(obeys.supply().load.watts).toBeLessThan(on + 150);
  });

  it('one that leaves because the UPS carries too much takes along what it draws, not what it drew before its limit', () => {
    const desk = outage(untilLimited(site({ rigs: [rig('a', 2, LIMITED), rig('b', 6), rig('c', 4)] })), 10);
    expect(desk.rig('a')?.limitShown).toBe(1000);
    desk.set('rack', { words: 'OB OVER', load: 6000 + 1200 }).pass(1);
    expect(desk.asked('pause')).toEqual(['a', 'c']);
  });

  it('it took along no more than that once it is seen paused, either', () => {
    const desk = outage(untilLimited(site({ rigs: [rig('a', 2, LIMITED), rig('b', 6), rig('c', 4)] })), 10);
    desk.set('rack', { words: 'OB OVER', load: 6000 + 900 }).pass(5);
    expect([desk.asked('pause'), desk.rig('a')?.phase]).toEqual([['a'], 'paused']);
    desk.set('rack', { words: 'OB OVER', load: 6000 + 1200 }).pass(1);
    expect(desk.asked('pause')).toEqual(['a', 'c']);
  });

  it('its rank and its worth do not follow its lowered hash rate', () => {
    const rigs = [rig('a', undefined, { ...LIMITED, reward: { perDay: 16, hashRate: 1e14 } }), rig('b', 6), rig('c', 4)];
    const desk = site({ rigs });
    const worth = (): number | null | undefined =>
      viewOf(desk.state, desk.site, desk.nowMs).status.rigs.find(({ id }) => id === 'a')?.rewardPerDay;
    const before = worth();
    outage(untilLimited(desk), 60);
    expect(desk.rig('a')?.reading?.hashRate).toBeLessThan(0.6e14);
    expect(worth()).toBe(before);
    mains(desk, 400);
    expect(worth()).toBe(before);
  });

  it('the plan lists the limit, status shows it, and why tells of it', () => {
    const desk = site();
    const planned = foresee(desk.scene()).steps.find(({ kind }) => kind === 'limit');
    expect(planned).toMatchObject({ rig: 'a', watts: 1000 });
    const view = (): number | null | undefined =>
      viewOf(desk.state, desk.site, desk.nowMs).status.rigs.find(({ id }) => id === 'a')?.limitWatts;
    expect(view()).toBeNull();
    outage(untilLimited(desk), 5);
    expect(view()).toBe(1000);
    expect(whyOf(desk.state, desk.site, desk.nowMs, 'a', new Map())?.say.join('; ')).toContain('limited to 1000 W');
    const began = desk.events.find(({ event }) => event.event === 'outage-began')?.atMs ?? 0;
    const told = desk.steps.find(({ due }) => due.step.kind === 'limit')?.atMs ?? 0;
    expect(Math.abs((told - began) / 1000 - (planned?.inSeconds ?? 0))).toBeLessThan(40);
  });
});

describe('with the mains back', () => {
  it('the limit is taken off once they have held, and not before', () => {
    const desk = mains(untilLimited(site()), 50);
    expect(limitsOf(desk)).toEqual([1000]);
    mains(desk, 60);
    expect(limitsOf(desk)).toEqual([1000, null]);
    expect(desk.state.memory.rigs.get('a')?.limited).toBeUndefined();
    expect(desk.rigs.get('a')?.limitWatts).toBeUndefined();
    expect(limitsOf(desk.pass(600))).toEqual([1000, null]);
  });

  it('one that was paused since is woken first, and then unlimited', () => {
    const desk = mains(outage(untilLimited(site()), 2500), 900);
    expect(orders(desk, 'a')).toEqual(['limit', 'pause', 'resume', 'limit']);
    expect(limitsOf(desk)).toEqual([1000, null]);
  });

  it('also after a restart of the service, at once after the order or later', () => {
    const later = outage(untilLimited(site()), 30);
    expect(limitsOf(mains(later.restart()))).toEqual([1000, null]);
    // The order of the last tick never left: it is given again, as it stands in the journal.
    const atOnce = untilLimited(site()).world('a', { limitWatts: undefined });
    outage(atOnce.restart(), 20);
    expect(atOnce.rigs.get('a')?.limitWatts).toBe(1000);
    expect(limitsOf(mains(atOnce))).toEqual([1000, null]);
  });

  it('a release or a wish to be up on battery raises nothing there, and is no way round the return', () => {
    const desk = untilLimited(site());
    desk.say({ kind: 'release', rigs: ['a'] });
    desk.say({ kind: 'hold', as: 'up', rigs: ['a'] });
    outage(desk, 60);
    expect(limitsOf(desk)).toEqual([1000]);
    expect(limitsOf(mains(desk))).toEqual([1000, null]);
  });

  it('disarmed nothing is taken off but by a person’s release; what would be is journaled once', () => {
    const desk = untilLimited(site());
    desk.say({ kind: 'disarm' });
    mains(desk);
    expect(limitsOf(desk)).toEqual([1000]);
    expect(desk.named('step-due').filter(({ step, dryRun }) => step.kind === 'limit' && dryRun)).toHaveLength(1);
    desk.say({ kind: 'release', rigs: ['a'] });
    expect(limitsOf(desk.pass(20))).toEqual([1000, null]);
  });

  it('one that can’t be told is named, and told again', () => {
    const desk = untilLimited(site()).pass(5).world('a', { limits: 'lost' });
    mains(desk);
    expect(desk.faults()).toContain('limit-stays');
    desk.world('a', { limits: undefined as never });
    mains(desk, 700);
    expect(desk.rigs.get('a')?.limitWatts).toBeUndefined();
    expect(desk.state.memory.rigs.get('a')?.fault).toBeUndefined();
  });
});

describe('what stood before', () => {
  it('stands in the journal with the order, and is what is given back', () => {
    const desk = mains(untilLimited(site().world('a', { limitTold: 'profile 7' })), 300);
    const told = desk.steps.flatMap(({ due: { step } }) => (step.kind === 'limit' ? [[step.watts, step.was]] : []));
    expect(told).toEqual([
      [1000, 'profile 7'],
      [null, 'profile 7'],
    ]);
    expect(desk.rigs.get('a')).toMatchObject({ limitWatts: undefined, limitTold: 'profile 7' });
  });

  it('is that of the first of several limits, also after a restart between them', () => {
    const limits = [
      { watts: 1000, share: 0.6 },
      { watts: 1500, share: 0.82 },
    ];
    const desk = untilLimited(site({ rigs: [rig('a', 16, { ...LIMITED, limits }), rig('b', 6), rig('c', 4)] }));
    expect(limitsOf(desk)).toEqual([1500]);
    outage(desk.restart(), 1500);
    expect(limitsOf(desk)).toEqual([1500, 1000]);
    mains(desk, 900);
    expect(desk.rigs.get('a')).toMatchObject({ limitWatts: undefined, limitTold: 'as its owner has it' });
  });

  it('is not given to another machine that a person has put in its place', () => {
    const desk = site();
    desk.world('a', { identity: '02:00:00:00:00:0a' }).pass(5);
    mains(untilLimited(desk).pass(5).world('a', { identity: '02:00:00:00:00:0b', limitWatts: undefined, limitTold: 'its own' }), 120);
    expect(desk.state.memory.rigs.get('a')?.limited).toBeDefined();
    desk.say({ kind: 'release', rigs: ['a'] });
    mains(desk, 600);
    expect(desk.state.memory.rigs.get('a')?.limited).toBeUndefined();
    expect(limitsOf(desk)).toEqual([1000]);
    expect(desk.rigs.get('a')).toMatchObject({ limitTold: 'its own' });
  });

  it('where nobody tells it there is no limit, for nobody could give it back', () => {
    const desk = site().world('a', { limitUntold: true }).pass(5);
    expect(limitsOf(outage(desk, 2500))).toEqual([]);
    expect(orders(desk, 'a')).toEqual(['pause']);
  });
});

describe('the three facts of a limit', () => {
  it('are told, taken and shown, once each; and at its end told, taken and seen', () => {
    const desk = mains(outage(untilLimited(site()), 60), 300);
    const facts = desk.events.flatMap(({ event }) => {
      if (event.event === 'limit-shown') return [`shown ${event.watts} W: ${event.drawnWatts} W`];
      if (event.event === 'limit-over') return ['over'];
      if ((event.event === 'step-due' || event.event === 'step-settled') && event.step.kind === 'limit')
        return [`${event.event} ${event.step.watts}`];
      return [];
    });
    expect(facts).toEqual([
      ...['step-due 1000', 'step-settled 1000', 'shown 1000 W: 1000 W'],
      ...['step-due null', 'step-settled null', 'over'],
    ]);
  });

  it('one that says that it is limited no more, and still is, is told again, named, and told on', () => {
    const desk = mains(untilLimited(site()).pass(5).world('a', { limits: 'in vain' }), 200);
    expect(limitsOf(desk)).toEqual([1000, null]);
    expect(desk.state.memory.rigs.get('a')?.limited).toBeDefined();
    mains(desk, 900);
    expect(desk.faults()).toContain('limit-stays');
    desk.world('a', { limits: undefined as never });
    mains(desk, 900);
    expect(desk.rigs.get('a')?.limitWatts).toBeUndefined();
    expect(desk.state.memory.rigs.get('a')?.limited).toBeUndefined();
    expect(desk.state.memory.rigs.get('a')?.fault).toBeUndefined();
  });

  it('what its owner has set since is no limit of ours any more', () => {
    const desk = mains(outage(untilLimited(site()), 30).world('a', { limits: 'in vain' }), 100);
    expect(desk.state.memory.rigs.get('a')?.limited).toBeDefined();
    mains(desk.world('a', { limitWatts: undefined, limitTold: 'another of its owner' }), 100);
    expect(desk.state.memory.rigs.get('a')?.limited).toBeUndefined();
    expect(limitsOf(desk)).toEqual([1000, null]);
  });

  it('a person’s release ends it for one that says so and tells of no end', () => {
    const desk = mains(untilLimited(site()).pass(5).world('a', { limits: 'in vain' }), 200);
    desk.say({ kind: 'release', rigs: ['a'] });
    expect(desk.state.memory.rigs.get('a')?.limited).toBeUndefined();
    expect(limitsOf(desk.pass(600))).toEqual([1000, null]);
  });

  it('one whose end was not seen before the next outage is freed after that', () => {
    const desk = mains(untilLimited(site()).pass(5).world('a', { limits: 'in vain' }), 100);
    expect(limitsOf(desk)).toEqual([1000, null]);
    charges.set(desk, 60);
    outage(desk.world('a', { limits: undefined as never }), 900);
    expect(limitsOf(desk)).toEqual([1000, null]);
    mains(desk, 900);
    expect(desk.rigs.get('a')?.limitWatts).toBeUndefined();
  });
});

describe('one that takes no limit', () => {
  it('is not asked again in this outage, is named once, and is paused as one without points', () => {
    const desk = outage(untilLimited(site().world('a', { limits: 'refused' })), 2500);
    expect(limitsOf(desk)).toEqual([1000]);
    expect(desk.faults().filter((code) => code === 'will-not-limit')).toHaveLength(1);
    expect(orders(desk, 'a')).toEqual(['limit', 'pause']);
    expect(limitsOf(mains(desk, 900))).toEqual([1000]);
  });

  it('is asked again in the next', () => {
    const desk = untilLimited(site().world('a', { limits: 'refused' }));
    mains(desk.pass(5), 300);
    charges.set(desk, 100);
    outage(desk.world('a', { limits: undefined as never }), 900);
    expect(limitsOf(desk)).toEqual([1000, 1000]);
  });

  it('without effect it is named once, and taken off all the same', () => {
    const desk = outage(
      untilLimited(site({ ups: [ups('rack', { batteryWh: (4 * FULL) / 3600 })] }).world('a', { limits: 'in vain' })),
      300,
    );
    expect(desk.faults().filter((code) => code === 'will-not-limit')).toHaveLength(1);
    expect(limitsOf(mains(desk))).toEqual([1000, null]);
  });

  it('of one that does not answer three tries are made', () => {
    const desk = outage(untilLimited(site().world('a', { limits: 'lost' })), 60);
    expect(desk.steps.filter(({ due }) => due.step.kind === 'limit')).toHaveLength(3);
    expect(desk.faults()).toContain('will-not-limit');
    expect(limitsOf(mains(desk.world('a', { limits: undefined as never })))).toEqual([1000, null]);
  });
});
