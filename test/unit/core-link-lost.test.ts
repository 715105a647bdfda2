// A UPS whose link is lost on mains, and an outage that others tell of later: it drains from when the link was lost.
import { expect, it } from '@jest/globals';
import { depthNow } from '../../src/core/battery.ts';
import { eventWords } from '../../src/engine/words.ts';
import { ok } from '../../src/model/outcome.ts';
import { Desk, readingOf, rig, siteOf, ups } from '../support/core-desk.ts';

const RIGS = [rig('a', 8), rig('b', 6), rig('h', 2, { fedBy: ['house'] })];
const FULL_SECONDS = (600 * 4060) / 2060;

function calm(charge = 100): Desk {
  return new Desk(siteOf({ ups: [ups('rack'), ups('house')], rigs: RIGS })).set('rack', { charge }).pass(100);
}

const depthOf = (desk: Desk): number => depthNow(desk.supply('rack').battery) ?? 0;

it.each([[8], [60], [200]])('a witness %d s after the link was lost finds it drained since then, a quarter faster', (seconds) => {
  const desk = calm().set('rack', { silent: true }).pass(seconds);
  expect(depthOf(desk)).toBe(0);
  desk.set('house', { words: 'OB', charge: 90 }).pass(2);
  expect(desk.supply('rack').draining).toBe(true);
  expect(depthOf(desk)).toBeCloseTo((1.25 * (seconds + 2)) / FULL_SECONDS, 3);
  desk.pass(20);
  expect(depthOf(desk)).toBeCloseTo((1.25 * (seconds + 22)) / FULL_SECONDS, 3);
});

it('what is not heard charges nothing; heard on mains again it charges on from there', () => {
  const desk = calm(50).set('rack', { charge: undefined }).pass(1);
  const before = depthOf(desk);
  desk.set('rack', { silent: true }).pass(7).pass(3_600);
  expect(depthOf(desk)).toBeCloseTo(before, 3);
  desk.set('rack', { silent: false }).pass(1);
  expect(depthOf(desk)).toBeCloseTo(before, 2);
  desk.pass(3_600);
  expect(depthOf(desk)).toBeCloseTo(before - 0.2, 2);
});

it.each([
  ['a restart', (desk: Desk): unknown => desk.restart()],
  ['standing still for ten minutes', (desk: Desk): unknown => desk.freeze(600)],
  ['a silence of half an hour', (desk: Desk): unknown => desk.set('rack', { silent: true }).pass(1_800)],
])('hours of calm before %s are not counted as drained when the first word after it is battery', (_, happens) => {
  const desk = calm().pass(4 * 3_600);
  happens(desk);
  desk.tick();
  desk.set('rack', { silent: false, words: 'OB', charge: 100 }).pass(12);
  expect(depthOf(desk)).toBeLessThan(0.1);
  expect(desk.asked('cut')).toEqual([]);
});

it('an outage of a UPS that is not heard is told as what it is', () => {
  const desk = calm().set('rack', { silent: true }).pass(8).set('house', { words: 'OB', charge: 90 }).pass(10);
  const told = [...desk.named('outage-began'), ...desk.named('outage-stands')].map((event) => [
    event.ups,
    event.silent,
    eventWords(event).text,
  ]);
  expect(told).toEqual([
    ['house', undefined, 'house is on battery'],
    ['rack', true, 'rack is silent, and taken to be on battery'],
    [
      'rack',
      true,
      expect.stringMatching(/^rack is silent, and has been taken to be on battery for \d+ s: its battery is believed to last \d+ s$/),
    ],
    ['house', undefined, expect.stringMatching(/^house has been on battery for \d+ s: /)],
  ]);
});

it('a UPS that is not heard since a restart drains as well once another tells of an outage', () => {
  const desk = calm().set('rack', { silent: true });
  desk.restart();
  desk.pass(60);
  expect(desk.supply('rack').draining).toBe(false);
  desk.set('house', { words: 'OB', charge: 90 }).pass(3);
  expect(desk.supply('rack').draining).toBe(true);
  const depth = depthOf(desk);
  desk.pass(20);
  expect(depthOf(desk)).toBeGreaterThan(depth);
});

it('an outage that was believed in the silence is over with the next look, and mains hold from there, also where that was on its way before', () => {
  const desk = new Desk(siteOf({ ups: [ups('rack', { blindOnMains: 'shed' })] })).pass(100).set('rack', { silent: true });
  const sinceMs = desk.supply().steadySinceMs;
  const askedAtMs = desk.nowMs + 5_000;
  while (!desk.supply().draining) desk.pass(1);
  desk.tick({ kind: 'ups', ups: 'rack', atMs: desk.nowMs, outcome: ok(readingOf('rack', askedAtMs, { words: 'OL', charge: 100 })) });
  expect(desk.named('outage-ended').length).toBe(1);
  expect([sinceMs, desk.supply().steadySinceMs]).toEqual([1_001_000, desk.nowMs]);
});
