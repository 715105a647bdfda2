// What was seen of a rig before our own last order to it tells nothing of what it does since.
import { expect, it } from '@jest/globals';
import { farm, RACK, RIGS } from '../support/farm.ts';
import { scenario } from '../support/scenario.ts';

// Found under kill -9 (scripts/under-fire, seed 1).
it('asks a rig that was told to hash a moment ago before it cuts it, though it was last seen asleep', async () => {
  const quick = { sim: { wakeSeconds: 0.3 }, site: { coolDownSeconds: 0 } };
  const rigs = Object.fromEntries(Object.entries(RIGS).map(([id, one]) => [id, { ...one, ...quick }]));
  const rack = { ...RACK, site: { pollSeconds: { mains: 0.2, battery: 0.2 } } };
  const night = await scenario(farm({ rigs, ups: { rack }, policy: { cutPaused: 'always' } }));
  night.ups({ lowBattery: 'early' });
  await night.at(60, () => night.loseMains());
  await night.until('every contact is open', () => night.edges.filter(({ to }) => to === 'cut').length === 4, 1_800);
  const back = night.nowSeconds;
  night.returnMains();
  while (night.asked('resume', back).length === 0) await night.run(0.05);
  await night.run(0.4);
  night.loseMains();
  const contacts = (): readonly string[] => [...night.world.switches.values()].map(({ contact }) => contact);
  await night.until('all is dark again', () => contacts().every((one) => one === 'cut'), 120);
  expect(night.asked('pause', back)).toEqual(night.asked('resume', back));
  expect(await night.end()).toEqual([]);
});
