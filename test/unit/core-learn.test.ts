// A battery that is not what its sheet or its UPS says: found out in one outage, known in the next, over restarts, until it is replaced.
import { describe, expect, it } from '@jest/globals';
import { admitCommand } from '../../src/core/admit.ts';
import { batteryView } from '../../src/core/battery-words.ts';
import { copyOf } from '../../src/core/memory.ts';
import { remember } from '../../src/core/remember.ts';
import { fromSnapshot, snapshotOf } from '../../src/core/snapshot.ts';
import { initialState } from '../../src/core/state.ts';
import { runtimeLeft } from '../../src/core/supply.ts';
import { Desk, siteOf, ups } from '../support/core-desk.ts';

/** 20 min at the 4060 W of its rigs, by its sheet. */
const RACK = ups('rack', { minutesAtWatts: [[4060, 20]] });
const DEVICE = { serial: 'one', model: 'Smart 6000', chargeLow: 10 };

/** Tells its charge, and no runtime. */
const calm = (rack = RACK): Desk =>
  new Desk(siteOf({ ups: [rack], policy: { shedBelowSeconds: 60, cutBelowSeconds: 30 } }))
    .set('rack', { charge: 100, runtime: 'none', nameplate: DEVICE })
    .pass(60);

/** On battery until so little charge, at so many W s a percent, then on mains again, and full after some hours. */
function outage(desk: Desk, until: number, wattSecondsPercent: number, lowAt = 10): Desk {
  let drawn = 0;
  let charge = 100;
  while (charge > until) {
    drawn += desk.loadOf('rack');
    charge = 100 - Math.floor(drawn / wattSecondsPercent);
    desk.set('rack', { words: charge <= lowAt ? 'OB LB' : 'OB', charge }).pass(1);
  }
  return desk.set('rack', { words: 'OL', charge: 100 }).pass(600);
}

/** 10 min at 4060 W: half of what the sheet says. */
const HALF = (600 * 4060) / 100;
const left = (desk: Desk): number => runtimeLeft(desk.scene(), desk.site.supplies.get('rack') ?? RACK, 4060) ?? -1;

describe('a battery that gives half of its sheet', () => {
  it('is found out by an outage, and known before the next', () => {
    const desk = calm();
    expect(left(desk)).toBeCloseTo(1200, 0);
    outage(desk, 45, HALF);
    expect(left(desk)).toBeGreaterThan(560);
    expect(left(desk)).toBeLessThan(660);
    const [told, more] = desk.named('learned');
    expect(told).toMatchObject({ ups: 'rack', by: 'charge', measured: true });
    expect([told?.depth, told?.again, more?.again]).toEqual([0.4, undefined, true]);
  });

  it('in the outage itself keeps the size that it had, and its charge is the deeper source', () => {
    const desk = calm();
    desk.set('rack', { words: 'OB' });
    for (let charge = 100; charge > 50; charge -= 1) desk.set('rack', { charge }).pass(6);
    expect(desk.supply().battery.past).toBeUndefined();
    expect(desk.named('learned').length).toBeGreaterThan(0);
    expect(left(desk)).toBeCloseTo(600, -2);
  });

  it('is known over a restart, and over a journal that began a new file', () => {
    const desk = outage(calm(), 45, HALF);
    const before = left(desk);
    expect(left(desk.restart().pass(5))).toBeCloseTo(before, 0);
    desk.state = initialState(desk.nowMs, fromSnapshot(JSON.parse(JSON.stringify(snapshotOf(desk.state.memory)))));
    expect(left(desk.pass(5))).toBeCloseTo(before, 0);
  });

  it('is learned anew when another UPS answers, and not when the same one tells more of itself', () => {
    const desk = outage(calm(), 45, HALF);
    desk.set('rack', { nameplate: { ...DEVICE, serial: 'one', model: '' } }).pass(70);
    expect(left(desk)).toBeLessThan(660);
    desk.set('rack', { nameplate: { ...DEVICE, serial: 'two' } }).pass(70);
    expect(left(desk)).toBeCloseTo(1200, 0);
  });

  it('is learned anew when a person says that it has a new battery', () => {
    const desk = outage(calm(), 45, HALF);
    desk.say({ kind: 'new-battery', ups: 'rack' });
    expect(left(desk.pass(5))).toBeCloseTo(1200, 0);
    expect(left(desk.restart().pass(5))).toBeCloseTo(1200, 0);
  });

  it('fills no journal: an outage tells it some times at most, and a hundred outages leave six', () => {
    const desk = calm();
    for (let night = 0; night < 12; night += 1) outage(desk, 20, HALF);
    expect(desk.named('learned').length).toBeLessThanOrEqual(12 * 5);
    expect(desk.state.memory.supplies.get('rack')?.past).toHaveLength(6);
  });
});

describe('what is no lesson', () => {
  const learned = (desk: Desk): number => desk.named('learned').length;

  it('a short outage', () => expect(learned(outage(calm(), 70, HALF))).toBe(0));
  it('one in which the UPS was not heard for a while', () => {
    const desk = calm();
    for (let charge = 100; charge > 75; charge -= 1) desk.set('rack', { words: 'OB', charge }).pass(6);
    desk.set('rack', { silent: true }).pass(120).set('rack', { silent: false });
    for (let charge = 55; charge > 45; charge -= 1) desk.set('rack', { words: 'OB', charge }).pass(6);
    expect(learned(desk)).toBe(0);
  });
  it('low battery with the first words of battery', () => {
    expect(learned(calm().set('rack', { words: 'OB LB', charge: 99 }).pass(300))).toBe(0);
  });
  it('next to no load, of which neither a UPS nor a sheet tells right', () => {
    const desk = calm();
    for (const id of ['a', 'b', 'c', 'd']) desk.world(id, { hashing: false });
    desk.pass(60).set('rack', { words: 'OB' });
    for (let charge = 100; charge > 20; charge -= 1) desk.set('rack', { charge }).pass(6);
    expect(learned(desk)).toBe(0);
  });
});

describe('the word of low battery', () => {
  it('ends a discharge that began full, and tells what the battery held though its charge was nowhere near its end', () => {
    // Worn: it says low battery at 60 %, after four minutes.
    const desk = outage(calm(), 58, (10 * 240 * 4060) / 400, 60);
    expect(desk.named('learned').at(-1)).toMatchObject({ by: 'low-battery', depth: 0.95 });
    expect(left(desk)).toBeLessThan(300);
  });

  it('that comes by the runtime that is left is told with what was left then', () => {
    const rack = ups('rack', { minutesAtWatts: [[4060, 10]], reservePercent: 0 });
    const desk = calm(rack).set('rack', { words: 'OB', charge: undefined, nameplate: { ...DEVICE, runtimeLow: 120 } });
    for (let second = 0; second < 400; second += 1) desk.set('rack', { runtime: 520 - second }).pass(1);
    desk.set('rack', { runtime: 118, words: 'OB LB' }).pass(1);
    const told = desk.named('learned').at(-1);
    expect(told).toMatchObject({ by: 'low-battery', seconds: 400 });
    // 400 of 518 s, for nobody left.
    expect(told?.depth).toBeCloseTo(400 / 518, 1);
  });

  it('where the UPS tells neither charge nor runtime is all that tells, and a data sheet is held against it', () => {
    const desk = new Desk(siteOf({ ups: [RACK] })).set('rack', { charge: undefined, runtime: 'none' }).pass(60);
    desk.set('rack', { words: 'OB' }).pass(300).set('rack', { words: 'OB LB' }).pass(5).set('rack', { words: 'OL' }).pass(60);
    // 300 s, of which a sheet of 1200 s takes a quarter; and 0.85 of it, for nothing but this tells how long it lasts.
    const full = (300 / 0.95) * 0.85;
    const depth = desk.supply().battery.depth ?? 0;
    expect(left(desk)).toBeCloseTo((1 - depth) * full, -1);
  });
});

it('a battery that told its charge a minute ago, and nothing since, is counted as one of which a data sheet alone tells', () => {
  const desk = calm().set('rack', { charge: undefined }).pass(50);
  expect(left(desk)).toBeCloseTo(1200, 0);
  expect(left(desk.pass(20))).toBeCloseTo(0.85 * 1200, 0);
  expect(left(desk.set('rack', { charge: 100 }).pass(5))).toBeCloseTo(1200, 0);
});

describe('a person is told of it', () => {
  const shown = (desk: Desk): string => batteryView(desk.scene(), desk.site.supplies.get('rack') ?? RACK).learned ?? '';

  it('what one outage showed, and from when on it counts', () => {
    const desk = calm().set('rack', { words: 'OB' });
    for (let charge = 100; charge > 40; charge -= 1) desk.set('rack', { charge }).pass(6);
    expect(shown(desk)).toMatch(
      /^one discharge known \(the last, 2026-01-01: 4060 W for [\d.]+ min took \d\d %, by its charge\); counts from the next one on$/,
    );
    desk.set('rack', { words: 'OL', charge: 100 }).pass(5);
    expect(shown(desk)).toMatch(/: it holds (4|5)\d % less than by its data sheet, and is believed so$/);
  });

  it.each([
    [1, [1.2], 'it seems to hold 20 % more than by its data sheet, which is not believed until three deep ones agree'],
    [3, [1.2, 1.2, 1.2], 'it holds 20 % more than by its data sheet, three deep ones agree'],
    [1, [1], 'agrees with its data sheet'],
  ])('of %d of a good battery', (_, shares, words) => {
    const desk = calm();
    for (const share of shares) {
      const told = {
        event: 'learned',
        ups: 'rack',
        watts: 4060,
        seconds: 960 * share,
        depth: 0.8,
        reach: 0.8,
        by: 'charge',
        measured: true,
      } as const;
      const memory = remember(copyOf(desk.state.memory), told, { monoMs: desk.nowMs, at: '2026-11-01T00:00:00Z', allRigs: [] });
      desk.state = { ...desk.state, memory };
    }
    expect(shown(desk.pass(5))).toMatch(new RegExp(`: ${words}$`));
  });

  it('of one with nothing declared, against what it reports, or over what was assumed', () => {
    const told = { event: 'learned', ups: 'rack', watts: 4060, seconds: 300, depth: 0.8, reach: 0.8, by: 'low-battery' } as const;
    for (const [runtime, words] of [
      [undefined, 'it holds 37 % less than by the runtime that it reports in calm, and is believed so'],
      ['none', 'believed over the size that was assumed'],
    ] as const) {
      const desk = new Desk(siteOf()).set('rack', { runtime }).pass(60);
      const memory = remember(copyOf(desk.state.memory), told, { monoMs: desk.nowMs, at: '2026-11-01T00:00:00Z', allRigs: [] });
      desk.state = { ...desk.state, memory };
      expect(shown(desk.pass(5))).toContain(words);
      expect(shown(desk)).toContain('until it said low battery');
    }
  });
});

describe('lastwatt new-battery', () => {
  it('is refused of a UPS that is none, and on battery', () => {
    const desk = calm();
    expect(admitCommand(desk.scene(), { kind: 'new-battery', ups: 'rak' })).toEqual({
      ok: false,
      refused: 'rak: no such UPS; there are: rack',
    });
    desk.set('rack', { words: 'OB' }).pass(5);
    expect(admitCommand(desk.scene(), { kind: 'new-battery', ups: 'rack' })).toMatchObject({ ok: false });
  });
  it('says how much is forgotten', () => {
    const desk = outage(calm(), 45, HALF);
    expect(admitCommand(desk.scene(), { kind: 'new-battery', ups: 'rack' })).toMatchObject({
      ok: true,
      say: [expect.stringContaining('what 1 discharge')],
    });
  });
});

it('a UPS whose size was only assumed is planned for by what its discharges gave', () => {
  const desk = calm(ups('rack'));
  expect(left(desk)).toBeLessThan(360);
  outage(desk, 30, 2 * HALF);
  expect(left(desk)).toBeGreaterThan(1000);
  expect(left(desk)).toBeLessThan(1300);
  expect(left(desk.restart().pass(5))).toBeGreaterThan(1000);
});
