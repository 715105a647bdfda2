import { it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { farm, RIGS, rig } from '../support/farm.ts';
import { scenario } from '../support/scenario.ts';

it('second outage', async () => {
  const night = await scenario(farm());
  await night.at(60, () => night.loseMains());
  await night.until('every rig is quiet', () => night.hashing().length === 0, 1_800);
  night.returnMains();
  await night.until('the first rig is back', () => night.hashing().length === 1, 3_600);
  night.loseMains();
  await night.until('it is quiet again', () => night.hashing().length === 0, 1_800);
  night.returnMains();
  await night.run(1200);
  writeFileSync('/tmp/n1.txt', night.tell() + '\n' + JSON.stringify(night.orders) + JSON.stringify(night.edges) + (await night.end()).join('\n'));
}, 60000);
it('lag', async () => {
  const night = await scenario(farm());
  night.ups({ runtimeLagSeconds: 30 });
  await night.at(60, () => night.loseMains());
  await night.run(500);
  writeFileSync('/tmp/n2.txt', night.tell());
}, 60000);
it('heard', async () => {
  const night = await scenario(farm());
  await night.at(60, () => night.ups({ silent: true }));
  await night.run(1200);
  night.ups({ silent: undefined });
  await night.run(60);
  writeFileSync('/tmp/n3.txt', night.tell() + JSON.stringify(night.engine.status().ups) + night.world.clock.asleep);
}, 60000);
it('will not wake', async () => {
  const night = await scenario(farm());
  night.rig('b', { willNotWake: true });
  await night.at(60, () => night.loseMains());
  await night.run(900);
  night.returnMains();
  await night.run(3600);
  writeFileSync('/tmp/n4.txt', night.tell() + JSON.stringify(night.orders));
}, 60000);
it('asleep', async () => {
  const rigs = { ...RIGS, c: rig(4, { cutBy: ['kc'], sim: { startsAs: 'paused' } }) };
  const night = await scenario(farm({ rigs }));
  await night.run(60);
  writeFileSync('/tmp/n5.txt', night.tell() + JSON.stringify(night.orders));
}, 60000);
