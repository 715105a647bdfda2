// A service that stood still, a rig that boots by itself, a UPS that complains, and mains that goes in mid-return.
import { describe, expect, it } from '@jest/globals';
import { mayEnergise } from '../../src/core/invariants.ts';
import { ok } from '../../src/model/outcome.ts';
import { Desk, readingOf, rig, siteOf, ups } from '../support/core-desk.ts';

describe('a service that stood still', () => {
  it('says so, and believes no mains that it heard before', () => {
    const desk = new Desk(siteOf()).pass(20).freeze(12);
    desk.tick();
    expect(desk.named('noted').map(({ say }) => say)).toEqual(['stood still for 12 s: everything is looked at anew']);
    expect(desk.supply().line).toBe('unknown');
    desk.pass(1);
    expect(desk.supply().line).toBe('mains');
  });

  it('takes no UPS for silent that it has not asked meanwhile, however short it was', () => {
    const site = siteOf({ ups: [ups('rack', { blindOnMains: 'shed' })], policy: { shedBelowSeconds: 900 } });
    for (let still = 1; still <= 9; still += 0.5) {
      const desk = new Desk(site).pass(20);
      desk.set('rack', { words: 'OB' }).pass(2);
      desk.set('rack', { words: 'OL' }).pass(2);
      // The last word is from a poll before.
      desk.nowMs += 2_000;
      desk.tick();
      desk.freeze(still).tick();
      desk.pass(2);
      expect([still, desk.asked('pause'), desk.supply().line]).toEqual([still, [], 'mains']);
    }
  });

  it('lets no rig go on what it remembers before it has looked', () => {
    const desk = new Desk(siteOf({ ups: [ups('rack', { blindOnMains: 'shed' })] })).pass(20).freeze(1800);
    desk.tick();
    desk.pass(2);
    expect([desk.asked('pause'), desk.named('outage-began')]).toEqual([[], []]);
  });

  it('on battery counts what was drawn meanwhile', () => {
    const desk = new Desk(siteOf()).pass(40);
    desk.set('rack', { words: 'OB', charge: 99 }).pass(8);
    const before = desk.supply().battery.depth ?? 0;
    desk.freeze(120).tick();
    expect((desk.supply().battery.depth ?? 0) - before).toBeGreaterThan(120 / 600);
  });

  it('gives a UPS that was only being tested on battery the time to answer, and raises no alarm of its own', () => {
    const desk = new Desk(siteOf({ ups: [ups('rack'), ups('house')] })).pass(20);
    desk.set('rack', { words: 'OB TEST', charge: 0, load: 0 }).pass(2);
    desk.freeze(7).tick();
    expect([desk.supply().line, desk.faults()]).toEqual(['unknown', []]);
  });

  it('with an order on the wire hears its answer, and looks, before it asks that rig again', () => {
    const site = siteOf({ rigs: [rig('a', 8), rig('d', 2, { graceSeconds: 4 })], policy: { cutPaused: 'always', shedBelowSeconds: 600 } });
    const desk = new Desk(site).pass(40);
    desk.set('rack', { words: 'OB', charge: 50 });
    while (desk.asked('pause').length === 0) desk.pass(1);
    desk.freeze(8).tickUnanswered().tickBeforeRigs().pass(15);
    expect(desk.steps.flatMap(({ due: { step } }) => (step.kind === 'pause' ? [step.rig] : []))).toEqual(['d']);
    expect(desk.asked('cut')).toEqual(['kd']);
  });

  it('looks at a rig whose grace ran out meanwhile before it cuts it, and lets it cool', () => {
    const slow = rig('d', 2, { graceSeconds: 10, coolDownSeconds: 15 });
    const desk = new Desk(siteOf({ rigs: [rig('a', 8), slow] })).pass(150);
    desk.say({ kind: 'hold', as: 'down', rigs: ['d'] });
    desk.freeze(40).tickUnanswered().tickBeforeRigs();
    expect(desk.asked('cut')).toEqual([]);
    desk.pass(14);
    expect([desk.rig('d')?.phase, desk.asked('cut')]).toEqual(['paused', []]);
    expect(desk.pass(4).asked('cut')).toEqual(['kd']);
  });

  it('cuts one that does not answer then all the same', () => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8), rig('d', 2, { graceSeconds: 10 })] })).pass(150);
    desk.say({ kind: 'hold', as: 'down', rigs: ['d'] });
    desk.world('d', { silent: true }).freeze(40).tickUnanswered().tickBeforeRigs();
    expect(desk.asked('cut')).toEqual([]);
    expect(desk.pass(12).asked('cut')).toEqual(['kd']);
  });

  it('again and again asks a rig that does not obey all the same: each stop waits for one look', () => {
    const site = siteOf({ rigs: [rig('a', 8), rig('d', 2, { graceSeconds: 120 })], policy: { shedBelowSeconds: 600 } });
    const desk = new Desk(site).pass(40).world('d', { stubborn: true });
    desk.set('rack', { words: 'OB', charge: 50 });
    while (desk.asked('pause').length === 0) desk.pass(1);
    // Every tick comes late, with the UPSes heard and no rig.
    for (let late = 0; late < 5; late += 1) desk.freeze(6).tickBeforeRigs();
    expect(desk.steps.filter(({ due: { step } }) => step.kind === 'pause' && step.rig === 'd').length).toBeGreaterThan(3);
  });

  it('starts the count of held mains anew', () => {
    const desk = new Desk(siteOf()).pass(20);
    const steady = desk.supply().steadySinceMs ?? 0;
    desk.freeze(20).pass(2);
    expect(desk.supply().steadySinceMs).toBeGreaterThan(steady);
  });
});

describe('a cut on its way when the mains are back', () => {
  it('is not forgotten for a reading from before it, and its rig is brought back', () => {
    const desk = new Desk(siteOf()).pass(30).world('d', { silent: true });
    desk.set('rack', { words: 'OB LB', charge: 9 });
    while (!desk.asked('pause').includes('d')) desk.pass(1);
    // It stood still past the grace of a rig that its pause never reached.
    desk.freeze(45).tick();
    expect(desk.asked('cut')).toContain('kd');
    // Read just before its contact moved, told just after, with the UPS.
    const atMs = desk.nowMs - 1;
    const reading = { rig: 'd', takenAtMs: atMs, state: 'hashing', hashRate: 1e14, watts: 1000, wattsFrom: 'measured' } as const;
    desk.set('rack', { words: 'OL', charge: 9 });
    desk.nowMs += 5;
    desk.tickUnanswered(
      { kind: 'ups', ups: 'rack', atMs: desk.nowMs, outcome: ok(readingOf('rack', desk.nowMs, { words: 'OL', charge: 9, load: 2_000 })) },
      { kind: 'rig', rig: 'd', atMs, outcome: ok(reading) },
    );
    expect(desk.named('returned').map(({ rig }) => rig)).not.toContain('d');
    desk.tick();
    expect(desk.rig('d')?.phase).toBe('dark');
    expect(desk.named('noted').map(({ say }) => say)).not.toContainEqual(expect.stringMatching(/^d is dark/));
    desk.world('d', { silent: false });
    for (let charge = 10; charge <= 100; charge += 10) desk.set('rack', { charge }).pass(120);
    expect(desk.named('returned').map(({ rig }) => rig)).toContain('d');
    expect(desk.rig('d')?.phase).toBe('hashing');
  });
});

describe('a rig that booted by itself just before', () => {
  const site = siteOf({ rigs: [rig('a', 8), rig('d', 2)] });

  function booted(): Desk {
    const desk = new Desk(site);
    desk.world('d', { uptimeSeconds: 9000 }).set('rack', { charge: 20 }).pass(30);
    return desk.world('d', { uptimeSeconds: 3, stubborn: true }).pass(2);
  }

  it('is not cut for some minutes, for it may be writing its firmware', () => {
    const desk = booted();
    desk.say({ kind: 'hold', as: 'down', rigs: ['d'] });
    desk.pass(100);
    expect(desk.asked('cut')).toEqual([]);
    desk.pass(90);
    expect(desk.asked('cut')).toEqual(['kd']);
  });

  it('is cut at its deadline at the floor', () => {
    const desk = booted();
    desk.set('rack', { words: 'OB LB', charge: 18 }).pass(40);
    expect(desk.asked('cut')).toContain('kd');
  });
});

describe('what a UPS complains of', () => {
  it.each([
    ['OL LB', 'low-battery-on-mains'],
    ['OL RB', 'replace-battery'],
    ['OL BYPASS', 'bypass'],
    ['OFF', 'output-off'],
    ['OL OVER', 'overload'],
  ])('is told once for %s, and once more when it is over', (words, code) => {
    const desk = new Desk(siteOf()).pass(5);
    desk.set('rack', { words }).pass(20);
    expect(desk.faults()).toEqual([code]);
    expect([desk.asked('pause'), desk.asked('cut')]).toEqual([[], []]);
    desk.set('rack', { words: 'OL' }).pass(2);
    expect(desk.named('fault-cleared').map((one) => one.code)).toEqual([code]);
  });
});

describe('a battery that is not to be trusted', () => {
  it.each(['OL LB', 'OL BYPASS'])('holds the return for an hour of %s, and no longer; then a person is told', (words) => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8)] })).pass(40);
    desk.set('rack', { words: 'OB LB', charge: 18 }).pass(60);
    desk.set('rack', { words, charge: 90 }).pass(3500);
    expect(desk.asked('resume')).toEqual([]);
    desk.pass(200);
    expect(desk.asked('resume')).toEqual(['a']);
    expect(desk.faults()).toContain('battery-not-trusted');
  });

  it('waits for the charge that its owner names', () => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8)], restore: { minChargePercent: 60 } })).pass(40);
    desk.set('rack', { words: 'OB LB', charge: 18 }).pass(60);
    desk.set('rack', { words: 'OL', charge: 59 }).pass(300);
    expect(desk.asked('resume')).toEqual([]);
    desk.set('rack', { charge: 60 }).pass(30);
    expect(desk.asked('resume')).toEqual(['a']);
    expect(desk.faults()).not.toContain('battery-not-trusted');
  });
});

describe('mains that goes in mid-return', () => {
  it('leaves a rig that boots alone for as long as the outage lasts, and finds no fault in it', () => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8)], policy: { cutPaused: 'always' } })).pass(40);
    desk.set('rack', { words: 'OB', charge: 20 }).pass(60);
    expect(desk.rig('a')?.phase).toBe('dark');
    desk.set('rack', { words: 'OL', charge: 90 });
    while (desk.asked('feed').length === 0) desk.pass(1);
    desk.world('a', { silent: true }).pass(20);
    desk.set('rack', { words: 'OB', charge: 90 }).pass(900);
    expect(desk.faults()).toEqual([]);
    desk.world('a', { silent: false, hashing: false }).set('rack', { words: 'OL', charge: 95 }).pass(400);
    expect(desk.rig('a')?.phase).toBe('hashing');
  });

  it('puts a rig that was admitted and has no power yet back where it was', () => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8)], policy: { cutPaused: 'always' } })).pass(40);
    desk.set('rack', { words: 'OB', charge: 20 }).pass(60);
    desk.stuck.add('ka');
    desk.set('rack', { words: 'OL', charge: 90 });
    while (desk.rig('a')?.phase !== 'waking') desk.pass(1);
    desk.set('rack', { words: 'OB', charge: 90 }).pass(8);
    expect(desk.rig('a')?.phase).not.toBe('waking');
    expect(desk.asked('resume')).toEqual([]);
  });

  it('stops a feed that has waited for the journal', () => {
    const desk = new Desk(siteOf()).pass(5);
    const feed = { kind: 'feed', switch: 'ka', rigs: ['a'] } as const;
    expect(mayEnergise(desk.scene(), feed)).toBe(true);
    desk.set('rack', { words: 'OB' }).pass(1);
    expect([mayEnergise(desk.scene(), feed), mayEnergise(desk.scene(), { kind: 'resume', rig: 'a' })]).toEqual([false, false]);
    expect(mayEnergise(desk.scene(), { kind: 'pause', rig: 'a' })).toBe(true);
  });

  it('stops what has waited for the journal for a rig that a person holds down meanwhile, also while mains has not held', () => {
    const desk = new Desk(siteOf()).pass(40);
    const feed = { kind: 'feed', switch: 'ka', rigs: ['a'] } as const;
    const resume = { kind: 'resume', rig: 'a' } as const;
    const may = (): boolean[] => [mayEnergise(desk.scene(), feed), mayEnergise(desk.scene(), resume)];
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'] });
    expect([...may(), mayEnergise(desk.scene(), { kind: 'pause', rig: 'a' })]).toEqual([false, false, true]);
    desk
      .pass(60)
      .set('rack', { words: 'OB' })
      .pass(10)
      .set('rack', { words: 'OL' })
      .pass(2)
      .say({ kind: 'release', rigs: ['a'] });
    expect(may()).toEqual([false, false]);
    expect(desk.pass(120) && may()).toEqual([true, true]);
  });
});

describe('a rig that refuses our key', () => {
  it('goes by its switch, and is fed again with the others', () => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8)] })).pass(40);
    desk.world('a', { refusesKey: true });
    desk.set('rack', { words: 'OB', charge: 20 }).pass(60);
    expect(desk.asked('cut')).toEqual(['ka']);
    desk.set('rack', { words: 'OL', charge: 90 }).pass(200);
    expect(desk.asked('feed')).toEqual(['ka']);
  });
});

describe('a contact that another rig shares', () => {
  it('closes for the first of them, and the other no longer counts as dark', () => {
    const rigs = [rig('a', 8, { cutBy: ['k'] }), rig('b', 6, { cutBy: ['k'] })];
    const desk = new Desk(siteOf({ rigs, policy: { cutPaused: 'always' }, restore: { staggerSeconds: 30 } })).pass(40);
    desk.set('rack', { words: 'OB', charge: 20 }).pass(60);
    expect([desk.rig('a')?.phase, desk.rig('b')?.phase]).toEqual(['dark', 'dark']);
    desk.set('rack', { words: 'OL', charge: 90 });
    while (desk.asked('feed').length === 0) desk.pass(1);
    desk.pass(3);
    expect(desk.rig('b')?.phase).toBe('paused');
    desk.pass(120);
    expect([desk.rig('a')?.phase, desk.rig('b')?.phase]).toEqual(['hashing', 'hashing']);
    expect(desk.asked('resume')).toEqual(['a', 'b']);
  });
});
