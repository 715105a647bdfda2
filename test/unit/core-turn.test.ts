// The order rigs go and come in, the numbers of the policy, and the return in packets.
import { describe, expect, it } from '@jest/globals';
import { admitCommand } from '../../src/core/admit.ts';
import { foresee } from '../../src/core/foresee.ts';
import { upWattsOf } from '../../src/core/load.ts';
import { holdMs } from '../../src/core/rules/may-start.ts';
import { unseenRig } from '../../src/core/state.ts';
import { needSeconds, stopSeconds, thresholdsAt } from '../../src/core/thresholds.ts';
import { viewOf } from '../../src/core/views.ts';
import { perDayOf, rankRigs } from '../../src/core/worth.ts';
import { Desk, rig, siteOf, ups } from '../support/core-desk.ts';

const ranked = (desk: Desk): string[] => rankRigs(desk.scene()).map((one) => one.rig);

describe('the order of the rigs', () => {
  it('is by reward per watt, ties by name', () => {
    const rigs = [rig('z', 4), rig('y', 4), rig('big', 6, { watts: 3000 }), rig('small', 1, { watts: 100 })];
    expect(ranked(new Desk(siteOf({ rigs })))).toEqual(['small', 'y', 'z', 'big']);
  });

  it('puts a rig of unknown reward with the worst', () => {
    const desk = new Desk(siteOf({ rigs: [rig('m', undefined), rig('a', 8), rig('z', 2)] }));
    expect(ranked(desk)).toEqual(['a', 'm', 'z']);
    expect(rankRigs(desk.scene())[1]).toMatchObject({ perDay: undefined, perWatt: 0.002 });
  });

  it('of rigs of which nothing is known is by name', () => {
    expect(ranked(new Desk(siteOf({ rigs: [rig('b', undefined), rig('a', undefined)] })))).toEqual(['a', 'b']);
  });

  it.each([
    [0.9, 4.5],
    [1.2, 6],
    [0.05, 5],
    [1.6, 5],
  ])('a hash rate of %d of what was configured earns %d a day', (share, perDay) => {
    const one = rig('a', 5, { reward: { perDay: 5, hashRate: 1e14 } });
    const state = { phase: 'hashing', sinceMs: 0, admitted: false, lastHashing: { atMs: 0, hashRate: share * 1e14 } } as const;
    expect(perDayOf(one.reward, state)).toBeCloseTo(perDay, 9);
  });

  it('is not changed by watts that no mode of a rig draws', () => {
    const desk = new Desk(siteOf({ rigs: [rig('honest', 8), rig('liar', 5, { watts: 1000 })] }));
    desk.state = {
      ...desk.state,
      rigs: new Map([['liar', { phase: 'hashing', sinceMs: 0, admitted: false, lastHashing: { atMs: 0, watts: 10 } }]]),
    };
    expect(ranked(desk)).toEqual(['honest', 'liar']);
  });

  it('goes by what a rig draws and hashes in a low-power mode, once that is steady; its load is counted as before', () => {
    const rigs = [rig('full', 5), rig('eco', 4, { reward: { perDay: 4, hashRate: 1e14 } })];
    const desk = new Desk(siteOf({ rigs })).world('eco', { hashRate: 0.6e14, watts: 450 }).pass(60);
    expect(ranked(desk)).toEqual(['full', 'eco']);
    desk.pass(150);
    expect(ranked(desk)).toEqual(['eco', 'full']);
    expect(rankRigs(desk.scene())[0]?.perWatt).toBeCloseTo(2.4 / 450, 5);
    expect(upWattsOf(rigs[1] ?? rig('eco', 4), desk.rig('eco') ?? unseenRig(0))).toBe(700);
  });
});

describe('the numbers of the policy', () => {
  it.each([
    [rig('a', 1), 42],
    [rig('a', 1, { cutBy: [] }), 30],
    [rig('a', 1, { can: { read: false, pause: false, resume: false, halt: false } }), 12],
  ])('a stop takes grace, cool-down and the switch', (one, seconds) => {
    expect(stopSeconds(one)).toBe(seconds);
  });

  it('all rigs stop side by side: the slowest counts', () => {
    expect(needSeconds([rig('a', 1), rig('b', 1, { graceSeconds: 120 })])).toBe(132);
    expect(needSeconds([])).toBe(0);
  });

  it('auto: all leave below 1.25 of what the stops need and 30 s, the worst below half of what a full battery gives', () => {
    const desk = new Desk(siteOf()).pass(40);
    const numbers = thresholdsAt(desk.scene(), ups('rack'), 4060);
    expect(numbers.cutBelowSeconds).toBeCloseTo(1.25 * 42 + 30, 6);
    expect(numbers.shedBelowSeconds).toBeCloseTo(300, 0);
  });

  it("auto: all is down before the UPS's own low-battery point", () => {
    const desk = new Desk(siteOf());
    desk.set('rack', { nameplate: { runtimeLow: '300' } }).pass(40);
    expect(thresholdsAt(desk.scene(), ups('rack'), 4060).cutBelowSeconds).toBeGreaterThan(300 + 42);
  });

  it.each([4060, 2000, 600, 60])('auto: the worst leave at no less than twice what all leave at, at a load of %d W', (watts) => {
    const desk = new Desk(siteOf());
    desk.set('rack', { nameplate: { chargeLow: '30' } }).pass(40);
    const { shedBelowSeconds, cutBelowSeconds } = thresholdsAt(desk.scene(), ups('rack'), watts);
    expect(shedBelowSeconds).toBeGreaterThanOrEqual(2 * cutBelowSeconds);
  });

  it('auto: nothing is known before the battery is', () => {
    const desk = new Desk(siteOf());
    expect(thresholdsAt(desk.scene(), ups('rack'), 4060).shedBelowSeconds).toBeUndefined();
  });

  it('given ones stand', () => {
    const desk = new Desk(siteOf({ policy: { shedBelowSeconds: 500, cutBelowSeconds: 99 } })).pass(40);
    expect(thresholdsAt(desk.scene(), ups('rack'), 4060)).toMatchObject({ shedBelowSeconds: 500, cutBelowSeconds: 99 });
  });
});

describe('the return', () => {
  function down(rigs = [rig('a', 8), rig('b', 6), rig('c', 4), rig('d', 2)], nominalWatts = 6000): Desk {
    const desk = new Desk(siteOf({ rigs, ups: [ups('rack', { nominalWatts })], policy: { cutPaused: 'at-floor' } })).pass(40);
    return desk.set('rack', { words: 'OB LB', charge: 18 }).pass(60).set('rack', { words: 'OL', charge: 90 });
  }

  it('waits until mains has held, then brings one rig after the other, the best first', () => {
    const desk = down();
    const back = desk.nowMs;
    desk.pass(58);
    expect(desk.asked('feed')).toEqual([]);
    desk.pass(120);
    expect(desk.asked('resume')).toEqual(['a', 'b', 'c', 'd']);
    const at = desk.steps.filter(({ due }) => due.step.kind === 'resume').map(({ atMs }) => (atMs - back) / 1000);
    for (const [index, seconds] of at.slice(1).entries()) expect(seconds - (at[index] ?? 0)).toBeGreaterThanOrEqual(9);
  });

  it('of many small rigs is over in about five minutes, no packet above a tenth of what the supply carries', () => {
    const many = Array.from({ length: 40 }, (_, index) =>
      rig(`r${String(index).padStart(2, '0')}`, 40 - index, { watts: 100, pausedWatts: 2 }),
    );
    const desk = down(many, 4500);
    const back = desk.nowMs;
    desk.pass(420);
    expect(desk.asked('resume')).toHaveLength(40);
    const last = desk.steps.findLast(({ due }) => due.step.kind === 'resume')?.atMs ?? 0;
    expect((last - back) / 1000).toBeLessThan(60 + 300 + 40);
    const perTick = new Map<number, number>();
    for (const { atMs, due } of desk.steps) if (due.step.kind === 'feed') perTick.set(atMs, (perTick.get(atMs) ?? 0) + 100);
    expect(Math.max(...perTick.values())).toBeLessThanOrEqual(450);
  });

  it('waits for no settled watts of one that left the file meanwhile', () => {
    const rigs = [rig('a', 8), rig('b', 6)];
    const desk = down(rigs).pass(59);
    for (let second = 0; second < 30 && desk.rig('a')?.admitted !== true; second += 1) desk.pass(1);
    const after = new Desk(siteOf({ rigs: rigs.slice(1) }));
    after.nowMs = desk.nowMs;
    after.state = desk.state;
    after.set('rack', { words: 'OL', charge: 90 }).world('b', { fed: false, hashing: false }).pass(9);
    expect(after.asked('feed')).toEqual([]);
    expect(after.pass(3).asked('feed')).toEqual(['kb']);
  });

  it('of a small rig behind a big one that waits for charge says for whom it waits, and does not overtake it', () => {
    const desk = down([rig('big', 80, { watts: 8000 }), rig('small', 0.5, { watts: 100, pausedWatts: 2 })], 20_000);
    desk.set('rack', { charge: 20 }).pass(120);
    const next = (id: string) => viewOf(desk.state, desk.site, desk.nowMs).status.rigs.find((one) => one.id === id)?.next;
    expect(next('big')).toMatch(/^waits at most \d+ s: charge too low$/);
    expect([next('small'), desk.asked('feed')]).toEqual(['waits for big, the better one: charge too low', []]);
  });

  it('waits longer after each relapse, at most a quarter of an hour', () => {
    const desk = new Desk(siteOf());
    const rack = ups('rack');
    expect(holdMs(desk.scene(), rack)).toBe(0);
    for (const [relapses, seconds] of [
      [0, 60],
      [1, 120],
      [3, 480],
      [4, 900],
      [40, 900],
    ] as const) {
      desk.state.memory.supplies.set('rack', { relapses, endedAtMs: 0, faults: [] });
      expect(holdMs(desk.scene(), rack)).toBe(seconds * 1000);
    }
  });
});

describe('what is foreseen', () => {
  it('is what then happens: the margin is kept when the night is played', () => {
    const desk = new Desk(siteOf({ policy: { cutPaused: 'always' } })).pass(40);
    const plan = foresee(desk.scene()).ups[0];
    expect(plan).toMatchObject({ fits: true, say: 'fits', needSeconds: 42 });
    // An honest battery of 600 s at 4060 W, drawn second by second.
    let left = 600 * 4060;
    for (let second = 0; second < 3600 && desk.loadOf('rack') > 200; second += 1) {
      left -= desk.loadOf('rack');
      desk.set('rack', { words: 'OB', charge: Math.floor((100 * left) / (600 * 4060)) }).pass(1);
    }
    expect(left).toBeGreaterThan(0);
    expect(desk.asked('pause')).toEqual(['d', 'c', 'b', 'a']);
    const margin = left / 4060;
    expect(plan?.marginSeconds ?? 0).toBeGreaterThan(0);
    expect(margin).toBeGreaterThan(0.25 * (plan?.marginSeconds ?? 0));
  });

  it('names the rig that is too slow for the battery', () => {
    const rigs = [rig('slow', 8, { graceSeconds: 900 }), rig('b', 6)];
    const plan = foresee(new Desk(siteOf({ rigs, policy: { cutBelowSeconds: 60 } })).pass(40).scene()).ups[0];
    expect(plan?.fits).toBe(false);
    expect(plan?.say).toContain('slow needs 912 s to stop');
  });

  it('without anything that tells of the battery says which line to add', () => {
    const desk = new Desk(siteOf()).set('rack', { charge: undefined, runtime: 'none' }).pass(40);
    expect(foresee(desk.scene()).ups[0]).toMatchObject({ fits: null, say: expect.stringContaining('add minutesAtWatts') });
  });

  it('names the watts that the UPS cannot carry', () => {
    const plan = foresee(new Desk(siteOf({ ups: [ups('rack', { nominalWatts: 2700 })] })).pass(40).scene()).ups[0];
    expect(plan?.say).toContain('it carries 2700 W');
  });
});

describe('a command', () => {
  const battery = (): Desk => new Desk(siteOf()).pass(40).set('rack', { words: 'OB LB', charge: 18 }).pass(60);

  it.each([
    [{ kind: 'hold', as: 'up', rigs: ['a'] }, /^a is not started on battery \(rack, \d+ min left\); it comes back by itself on mains$/],
    [{ kind: 'drill', rig: 'a', cut: false }, /^no drill on battery/],
    [{ kind: 'hold', as: 'down', rigs: ['nope'] }, /^nope: no such rig; there are: a, b, c, d$/],
    [{ kind: 'disarm' }, /^a, b, c, d down by lastwatt, and nobody would bring them back; say it again with --yes/],
  ] as const)('%j is refused on battery with the reason', (command, text) => {
    expect(admitCommand(battery().scene(), command)).toEqual({ ok: false, refused: expect.stringMatching(text) });
  });

  it.each([
    [{ kind: 'hold', as: 'down', rigs: 'all' }, 'a hold is no lock: before hands go in, the breaker'],
    [{ kind: 'disarm', yes: true }, 'disarmed: nothing happens by itself from here'],
    [{ kind: 'arm' }, 'it was armed already'],
  ] as const)('%j is let in, with what to know', (command, text) => {
    expect(admitCommand(battery().scene(), command)).toMatchObject({ ok: true, say: expect.arrayContaining([text]) });
  });

  it.each([
    [{}, { kind: 'drill', rig: 'a', cut: true }, true],
    [{ cutBy: [] }, { kind: 'drill', rig: 'a', cut: true }, false],
    [{ can: { read: true, pause: false, resume: false, halt: false } }, { kind: 'drill', rig: 'a', cut: false }, false],
  ] as const)('a drill of a rig with %j: %j', (change, command, fine) => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8, change)] })).pass(10);
    expect(admitCommand(desk.scene(), command).ok).toBe(fine);
  });
});
