// The same night is the same to the last record, and no decision looks at the wall clock.
import { expect, it, jest } from '@jest/globals';
import { farm, RIGS, rig } from '../support/farm.ts';
import { type Night, scenario } from '../support/scenario.ts';

jest.setTimeout(60_000);

/** Noisy meters, one rig that lies, a flap, an outage, a kill, a return. */
async function badNight(wall: (night: Night) => void = () => undefined): Promise<Night> {
  const noisy = { wattsNoise: 0.03, seed: 7 };
  const rigs = { ...RIGS, a: rig(8, { cutBy: ['ka'], sim: noisy }), c: rig(4, { cutBy: ['kc'], sim: noisy }) };
  const night = await scenario(farm({ rigs }));
  night.rig('d', { lies: true });
  await night.at(60, () => night.loseMains());
  await night.at(63, () => night.returnMains());
  await night.at(70, () => night.loseMains());
  await night.at(300, () => wall(night));
  await night.at(500, () => night.kill());
  await night.run(4);
  await night.start();
  await night.at(1_100, () => night.returnMains());
  await night.run(1_200);
  expect(await night.end()).toEqual([]);
  return night;
}

const acts = (night: Night): unknown => ({ orders: night.orders, edges: night.edges });

it('gives the same journal, record by record, when it happens twice', async () => {
  const first = await badNight();
  const second = await badNight();
  expect(first.journal.length).toBeGreaterThan(40);
  expect(second.journal).toEqual(first.journal);
  expect(acts(second)).toEqual(acts(first));
});

it('does the same at the same time though the wall clock jumps by ten years', async () => {
  const calm = await badNight();
  const jumped = await badNight((night) => {
    night.world.clock.stepWall(-10 * 365 * 86_400_000);
    night.world.clock.synchronise(false);
  });
  expect(acts(jumped)).toEqual(acts(calm));
  expect(jumped.journal.some((record) => record.clock === 'unset')).toBe(true);
});
