// A UPS that tells its charge and no runtime, as half of them do.
import { expect, it } from '@jest/globals';
import { farm, RACK } from '../support/farm.ts';
import { judgeEach, type Night, scenario } from '../support/scenario.ts';

let night: Night;
judgeEach(() => night);

const CALM = 60;
/** As its size is assumed: four minutes at full load. */
const CHARGE_ONLY = farm({
  ups: {
    rack: {
      ...RACK,
      battery: { carries: { watts: 7_000, minutes: 4 }, exponent: 1, chargeHours: 4 },
      sim: { lacks: ['battery.runtime'], runtimeLow: 10 },
    },
  },
});

it('is planned for as the night then goes', async () => {
  night = await scenario(CHARGE_ONLY);
  await night.run(CALM);
  expect(night.engine.status()).toMatchObject({ ready: true, ups: [{ fits: true, runtimeFrom: 'assumed' }] });
  const pauses = night.engine.plan().steps.filter(({ kind }) => kind === 'pause');
  const began = night.nowSeconds;
  night.loseMains();
  await night.until('every rig is quiet', () => night.hashing().length === 0, 1_200);
  expect(night.asked('pause')).toEqual(pauses.map(({ rig }) => rig));
  for (const { rig = '', inSeconds } of pauses) {
    const share = (night.askedAt('pause', rig, began) - began) / inSeconds;
    // What a charge in whole percents tells of the size is good for a tenth or two.
    expect(share).toBeGreaterThan(0.8);
    expect(share).toBeLessThan(1.2);
  }
  expect(night.world.ups.get('rack')?.live).toBe(true);
});

it('is no reason for all to leave at once when the service first starts in mid-outage', async () => {
  night = await scenario(CHARGE_ONLY, (before) => before.loseMains());
  await night.run(20);
  expect(night.events('step-due').filter(({ because }) => (because as { rule?: string }).rule === 'runtime-unknown')).toEqual([]);
  expect(night.hashing().length).toBeGreaterThan(1);
  await night.until('every rig is quiet', () => night.hashing().length === 0, 1_200);
  expect(night.world.ups.get('rack')?.live).toBe(true);
});
