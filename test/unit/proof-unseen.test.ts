import { expect, it } from '@jest/globals';
import { tellsEnergy, type Unseen, unseenAfter } from '../../src/proof/unseen.ts';

function after(...steps: readonly [depth: number, dark: boolean, told?: true][]): number {
  let one: Unseen | undefined;
  for (const [depth, dark, told = false] of steps) one = unseenAfter(one, depth, { dark, told });
  return one?.unseen ?? 0;
}

it('counts what a battery gives while the Pi is without power, and nothing that it gives else', () => {
  expect(after([0, false], [0.1, false], [0.4, true], [0.5, false])).toBeCloseTo(0.3);
  expect(after([0, false], [0.9, false])).toBe(0);
});

it('excuses nothing more by what a battery gave unseen once it is charged again', () => {
  expect(after([0, false], [0.6, true], [0, false], [0.9, false])).toBe(0);
  expect(after([0, false], [0.6, true], [0.1, false], [0.9, false])).toBeCloseTo(0.1);
});

it('excuses nothing by what a battery gave unseen once the UPS has told how much is left', () => {
  expect(after([0, false], [0.6, true], [0.6, false, true], [0.9, false])).toBe(0);
});

it('excuses by all that was given since the mains went once whoever saw it is dead and his card kept nothing of it', () => {
  const usual = { dark: false, told: false };
  let one = unseenAfter(undefined, 0.1, { ...usual, onMains: true });
  one = unseenAfter(one, 0.4, usual);
  expect(one.unseen).toBe(0);
  one = unseenAfter(one, 0.5, { ...usual, forgotten: true });
  one = unseenAfter(one, 0.7, usual);
  expect(one.unseen).toBeCloseTo(0.4);
  expect(unseenAfter(one, 0.7, { ...usual, told: true }).unseen).toBe(0);
});

it('excuses by what is given while nobody hears the figure that is told', () => {
  expect(after([0, false], [0.6, true, true], [0.7, false])).toBeCloseTo(0.6);
});

it.each([
  ['a charge', { 'battery.charge': '0' }, true],
  ['a runtime', { 'battery.runtime': '21600' }, true],
  ['a runtime beside a charge that cannot be', { 'battery.charge': '-1', 'battery.runtime': '90' }, true],
  ['neither', {}, false],
  ['a charge below nothing', { 'battery.charge': '-1' }, false],
  ['a charge above full', { 'battery.charge': '255' }, false],
  ['a runtime at the ceiling of its counter', { 'battery.runtime': '65535' }, false],
  ['a runtime of a day', { 'battery.runtime': '86400' }, false],
  ['a word for a runtime', { 'battery.runtime': 'long' }, false],
])('takes %s for what it is worth', (_, said, tells) => {
  expect(tellsEnergy(new Map(Object.entries(said)))).toBe(tells);
});
