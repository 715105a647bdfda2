// A UPS that is not the one it was: told each time, and what was learned of the other's battery is set aside.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { supplyMemory } from '../../src/core/memory.ts';
import { Desk, siteOf } from '../support/core-desk.ts';

let desk: Desk;
const OWN = { serial: 'one', model: 'Smart 1500' };

const told = (): readonly string[] =>
  desk
    .named('fault')
    .flatMap(({ code, say }) =>
      code === 'another-ups' ? [/now answers as (.*), it was (.*?):/.exec(say)?.slice(1).join(' <- ') ?? say] : [],
    );
const stands = (): boolean => supplyMemory(desk.state.memory, 'rack').faults.some(({ code }) => code === 'another-ups');

beforeEach(() => {
  desk = new Desk(siteOf()).set('rack', { nameplate: OWN }).pass(40);
});

describe('another UPS under the same name', () => {
  it.each([
    ['serial', { ...OWN, serial: 'two' }, 'serial two <- serial one'],
    ['model', { ...OWN, model: 'Smart 750' }, 'model Smart 750 <- model Smart 1500'],
    ['serial and model', { serial: 'two', model: 'Smart 750' }, 'serial two, model Smart 750 <- serial one, model Smart 1500'],
  ])('is told by its %s, and its battery is learned anew', (_, nameplate, say) => {
    expect(desk.supply().battery.capacityWh).toBeCloseTo((600 * 4060) / 3600, 0);
    desk.set('rack', { nameplate, runtime: 'none' }).pass(2);
    expect(told()).toEqual([say]);
    expect(desk.supply().battery.capacityFrom).toBe('assumed');
    expect(desk.supply().line).toBe('mains');
  });

  it('is told again when a third comes, and one that comes and goes by the second is not told by the second', () => {
    desk.set('rack', { nameplate: { ...OWN, serial: 'two' } }).pass(70);
    desk.set('rack', { nameplate: { ...OWN, serial: 'three' } }).pass(70);
    expect(told()).toEqual(['serial two <- serial one', 'serial three <- serial two']);
    for (let second = 0; second < 300; second += 1)
      desk.set('rack', { nameplate: { ...OWN, serial: second % 2 ? 'two' : 'three' } }).pass(1);
    expect(told().length).toBeLessThan(8);
  });

  it('is noticed over a restart, and what the one before taught is not believed of it', () => {
    desk
      .restart()
      .set('rack', { nameplate: { ...OWN, serial: 'two' }, runtime: 'none' })
      .pass(2);
    expect(told()).toEqual(['serial two <- serial one']);
    expect(desk.supply().battery.capacityFrom).toBe('assumed');
  });

  it('is taken for the one that belongs there by a restart, as the words say', () => {
    desk.set('rack', { nameplate: { ...OWN, serial: 'two' } }).pass(70);
    expect(desk.named('fault').at(-1)?.say).toContain('restart lastwattd');
    expect(stands()).toBe(true);
    desk.restart().pass(2);
    expect(stands()).toBe(false);
    expect(told()).toHaveLength(1);
  });
});

it('a UPS that tells less for a while, or more, is the same', () => {
  for (const nameplate of [{ serial: 'one' }, {}, { serial: ' ', model: '' }, OWN]) desk.set('rack', { nameplate }).pass(5);
  expect(told()).toEqual([]);
  const silent = new Desk(siteOf()).pass(5).set('rack', { nameplate: OWN }).pass(5);
  expect(silent.faults()).toEqual([]);
});
