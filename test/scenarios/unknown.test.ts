// A UPS that tells neither its runtime nor its charge, and a site that declared neither size nor curve: nobody knows how
// long it lasts, so nobody may wait and see. And one that tells nothing, with a data sheet that promises a little much.
import { afterEach, expect, it, jest } from '@jest/globals';
import { farm, RACK, RIGS, rig } from '../support/farm.ts';
import { type Night, scenario } from '../support/scenario.ts';

jest.setTimeout(60_000);
let night: Night;
afterEach(async () => {
  expect(await night.end()).toEqual([]);
});

const MUTE = { ups: { rack: { ...RACK, sim: { lacks: ['battery.runtime', 'battery.charge'] } } } } as const;

it('sheds nobody in a blip', async () => {
  night = await scenario(farm(MUTE));
  await night.at(60, () => night.loseMains());
  await night.at(63, () => night.returnMains());
  await night.run(120);
  expect(night.orders).toEqual([]);
});

it('sheds everybody gracefully, the worst first, as soon as it is no blip', async () => {
  night = await scenario(farm(MUTE));
  await night.at(60, () => night.loseMains());
  await night.until('all are asked', () => night.asked('pause').length === 4, 10);
  expect(night.asked('pause')).toEqual(['d', 'c', 'b', 'a']);
  expect(night.askedAt('pause', 'd')).toBeGreaterThanOrEqual(65);
  await night.until('all are quiet', () => night.hashing().length === 0, 60);
  expect(night.events('step-due').map(({ because }) => (because as { rule: string }).rule)).toContain('runtime-unknown');
});

it('brings them back when mains has held for doubtMinutes, and says that the battery is not to be trusted', async () => {
  night = await scenario(farm(MUTE));
  await night.at(60, () => night.loseMains());
  await night.until('all are quiet', () => night.hashing().length === 0, 60);
  night.returnMains();
  const back = night.nowSeconds;
  await night.until('all hash', () => night.hashing().length === 4, 2 * 3_600);
  expect(night.askedAt('resume', 'a') - back).toBeGreaterThanOrEqual(3_600);
  expect(night.asked('resume')).toEqual(['a', 'b', 'c', 'd']);
  expect(night.faults()).toContain('battery-not-trusted');
});

it('has all down before a battery ends that gives 15 % less than its data sheet, and tells nothing of itself', async () => {
  const worn = { ...RACK.battery, health: 0.85 };
  const declared = {
    minutesAtWatts: [
      [600, 125],
      [6_000, 10],
    ] as const,
  };
  const rigs = { ...RIGS, light: rig(8, { watts: 300, cutBy: ['kl'] }) };
  const sim = { ...MUTE.ups.rack.sim, chargeLow: 2, runtimeLow: 10 };
  night = await scenario(farm({ ups: { rack: { ...RACK, sim, battery: worn, site: declared } }, rigs }));
  night.ups({ lowBattery: 'never' });
  await night.at(60, () => night.loseMains());
  await night.until('every rig is quiet', () => night.hashing().length === 0, 4 * 3_600);
  expect(night.world.ups.get('rack')?.live).toBe(true);
  expect(night.depth()).toBeLessThan(1);
});

it('cuts a rig that can be asked nothing behind a contact that it shares with one that is paused', async () => {
  const rigs = { a: rig(8, { cutBy: ['kab'], mute: true }), b: rig(2, { cutBy: ['kab'] }), c: rig(4, { cutBy: ['kc'] }) };
  night = await scenario(farm({ ...MUTE, rigs }));
  night.ups({ lowBattery: 'never' });
  await night.at(60, () => night.loseMains());
  await night.until('nothing draws', () => night.hashing().length === 0, 120);
  expect(night.edges.map((edge) => edge.switch)).toContain('kab');
  expect(night.world.watts('a')).toBe(0);
});
