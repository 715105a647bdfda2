// Nights in which another machine stands on the address of a rig.
import { describe, expect, it } from '@jest/globals';
import { farm, RIGS } from '../support/farm.ts';
import { judgeEach, type Night, scenario } from '../support/scenario.ts';

let night: Night;
judgeEach(() => night);

const CALM = 60;
const NAMES = Object.keys(RIGS);
const mac = (id: string): string => `02:00:00:00:00:0${id}`;
const known = (one: Night): void => {
  for (const id of NAMES) one.rig(id, { identity: mac(id) });
};
const ordersOf = (id: string) => night.orders.filter((order) => order.rig === id);

describe('another machine on the address of a rig', () => {
  it('is never told anything: its contact opens in its turn, is closed again on mains, and the others come back', async () => {
    night = await scenario(farm(), known);
    await night.at(CALM, () => night.rig('d', { identity: '02:00:00:00:00:99' }));
    await night.run(30);
    night.loseMains();
    await night.until('it is cut', () => night.edges.some((edge) => edge.switch === 'kd'), 900);
    await night.until('the next one is asked', () => night.orders.length > 0, 900);
    night.returnMains();
    await night.until('its contact is closed', () => night.edges.some((edge) => edge.switch === 'kd' && edge.to === 'fed'), 1_800);
    await night.until('the others are back', () => night.hashing().length >= 3, 1_800);
    expect(ordersOf('d')).toEqual([]);
    expect(night.events('fault').filter((fault) => fault['rig'] === 'd')).toMatchObject([{ code: 'another-rig' }]);
  });

  it('that came since the last look, when nobody answered any more, is found out before the order', async () => {
    night = await scenario(farm(), known);
    // It is taken away, and falls silent; another stands there in the very second in which the rigs are asked.
    await night.at(CALM, () => night.rig('d', { identity: mac('d'), answerSeconds: 60 }));
    await night.run(20);
    night.ups({ lowBattery: 'early' });
    night.loseMains();
    night.rig('d', { identity: '02:00:00:00:00:99', answerSeconds: 0 });
    await night.until('the others are asked', () => ['a', 'b', 'c'].every((id) => ordersOf(id).length > 0), 60);
    await night.until('it is cut', () => night.edges.some((edge) => edge.switch === 'kd'), 60);
    expect(ordersOf('d')).toEqual([]);
  });

  it('stays barred over a restart of the service', async () => {
    night = await scenario(farm(), known);
    await night.at(CALM, () => night.rig('d', { identity: '02:00:00:00:00:99' }));
    await night.run(30);
    night.kill();
    await night.start();
    night.loseMains();
    await night.until('it is cut', () => night.edges.some((edge) => edge.switch === 'kd'), 900);
    expect(ordersOf('d')).toEqual([]);
  });
});
