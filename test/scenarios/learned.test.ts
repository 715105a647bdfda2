// A battery that is worn beyond what its data sheet could tell: one outage finds it out, and the next is survived by what was learned.
import { expect, it, jest } from '@jest/globals';
import { farm, RACK } from '../support/farm.ts';
import { judgeEach, type Night, scenario } from '../support/scenario.ts';

jest.setTimeout(60_000);
let night: Night;
judgeEach(() => night);

/** Half of its sheet is left, and it tells neither charge nor runtime. */
const WORN = farm({
  // Whoever trusts his sheet so much keeps all up to its end.
  policy: { shedBelowSeconds: 100, cutBelowSeconds: 75 },
  ups: {
    rack: {
      ...RACK,
      battery: { ...RACK.battery, health: 0.5, chargeHours: 1 },
      sim: { lacks: ['battery.runtime', 'battery.charge'], chargeLow: 25, runtimeLow: 10 },
      site: {
        minutesAtWatts: [
          [600, 125],
          [6_000, 10],
        ],
      },
    },
  },
});

it('is found out by its word of low battery, and has all down in time when it dies without one', async () => {
  night = await scenario(WORN);
  await night.at(60, () => night.loseMains());
  await night.until('it says low battery', () => night.events('learned').length > 0, 3_600);
  expect(night.events('learned')).toMatchObject([{ ups: 'rack', by: 'low-battery', measured: true }]);
  await night.until('every rig is quiet', () => night.hashing().length === 0, 600);
  night.returnMains();
  await night.until('all hash', () => night.hashing().length === 4, 4 * 3_600);
  await night.run(3 * 3_600);
  night.ups({ lowBattery: 'never' });
  night.loseMains();
  await night.until('every rig is quiet again', () => night.hashing().length === 0, 3_600);
  expect(night.world.ups.get('rack')?.live).toBe(true);
  expect(night.depth()).toBeLessThan(1);
});

it('is told so to a person, in the words of its discharges', async () => {
  night = await scenario(WORN);
  await night.at(60, () => night.loseMains());
  await night.until('it says low battery', () => night.events('learned').length > 0, 3_600);
  night.returnMains();
  await night.run(60);
  expect(night.engine.status().ups[0]?.battery.size).toMatchObject({ from: 'learned' });
});
