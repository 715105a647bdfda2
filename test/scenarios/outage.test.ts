// Nights on one UPS with honest figures: what goes when, and how it comes back.
import { describe, expect, it } from '@jest/globals';
import { farm, RACK, RIGS, rig } from '../support/farm.ts';
import { judgeEach, type Night, scenario } from '../support/scenario.ts';

let night: Night;
judgeEach(() => night);

/** From the start of a calm night until the mains fail. */
const CALM = 60;

describe('a short outage in which no UPS sheds anything', () => {
  it('is one of which a site returns while a rig on mains alone, cut in it, is dark', async () => {
    night = await scenario(farm({ rigs: { ...RIGS, m: rig(5, { fedBy: ['mains'], cutBy: ['km'] }) } }));
    const level = (): string => night.engine.status().level;
    await night.at(CALM, () => night.loseMains());
    await night.until('m is cut', () => night.edges.length === 1, 60);
    expect(level()).toBe('normal');
    await night.at(CALM + 55, () => night.returnMains());
    await night.run(10);
    expect([night.asked('pause'), level()]).toEqual([[], 'restoring']);
    expect(night.engine.status().rigs.find(({ id }) => id === 'm')).toMatchObject({ phase: 'dark' });
    await night.until('m is back', () => night.hashing().length === 5, 900);
    await night.run(20);
    expect(level()).toBe('normal');
  });

  it('is none of which a site returns for a rig that a person took down', async () => {
    night = await scenario(farm({ rigs: { ...RIGS, m: rig(5, { fedBy: ['mains'], cutBy: ['km'] }) } }));
    await night.submit({ kind: 'hold', as: 'down', rigs: ['m'] });
    await night.run(60);
    expect(night.engine.status().level).toBe('normal');
    await night.submit({ kind: 'release', rigs: ['m'] });
    await night.run(200);
    expect(night.engine.status().level).toBe('normal');
  });
});

describe('one UPS, four rigs', () => {
  it('moves nothing in a calm hour', async () => {
    night = await scenario(farm());
    await night.run(3_600);
    expect([night.orders, night.edges]).toEqual([[], []]);
    expect(night.hashing()).toEqual(['a', 'b', 'c', 'd']);
    expect(night.engine.status()).toMatchObject({ level: 'normal', outage: null });
  });

  it('moves nothing in a blip', async () => {
    night = await scenario(farm());
    await night.at(CALM, () => night.loseMains());
    await night.at(CALM + 3, () => night.returnMains());
    await night.run(300);
    expect([night.orders, night.edges]).toEqual([[], []]);
    expect(night.hashing()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('lets the worst earner go first and brings the best back first', async () => {
    night = await scenario(farm());
    await night.at(CALM, () => night.loseMains());
    await night.until('every rig is quiet', () => night.hashing().length === 0, 1_800);
    expect(night.asked('pause')).toEqual(['d', 'c', 'b', 'a']);
    expect(night.depth()).toBeLessThan(0.9);
    await night.run(120);
    const back = night.nowSeconds;
    night.returnMains();
    await night.until('every rig hashes again', () => night.hashing().length === 4, 3_600);
    expect(night.asked('resume', back)).toEqual(['a', 'b', 'c', 'd']);
    expect(night.askedAt('resume', 'a', back) - back).toBeGreaterThanOrEqual(60);
    await night.run(60);
    expect(night.engine.status()).toMatchObject({ level: 'normal', outage: null });
    expect(night.events('outage-began')).toHaveLength(1);
    expect(night.events('outage-ended')).toHaveLength(1);
  });

  it('keeps the best earner hashing for minutes after the worst has gone', async () => {
    night = await scenario(farm());
    await night.at(CALM, () => night.loseMains());
    await night.until('every rig is quiet', () => night.hashing().length === 0, 1_800);
    expect(night.askedAt('pause', 'a') - night.askedAt('pause', 'd')).toBeGreaterThan(180);
  });

  it('asks everything to pause at once when the UPS says that its battery is low', async () => {
    night = await scenario(farm());
    night.ups({ lowBattery: 'early' });
    await night.at(CALM, () => night.loseMains());
    await night.run(10);
    expect(night.asked('pause')).toEqual(['d', 'c', 'b', 'a']);
    for (const rig of night.asked('pause')) expect(night.askedAt('pause', rig) - CALM).toBeLessThan(2.1);
  });

  it('has everything dark before the primary loses patience when the shutdown is forced', async () => {
    night = await scenario(farm());
    await night.at(CALM, () => night.loseMains());
    await night.run(15);
    night.world.ups.get('rack')?.force(true);
    const forced = night.nowSeconds;
    await night.run(12);
    expect(night.asked('pause')).toEqual(['d', 'c', 'b', 'a']);
    for (const rig of night.asked('pause')) expect(night.askedAt('pause', rig) - forced).toBeLessThan(1.1);
    expect(night.hashing()).toEqual([]);
    expect(night.world.ups.get('rack')?.loadWatts).toBeLessThan(60 + 4 * 26);
  });

  it('takes everything down for a shutdown that is forced on mains that were steady for hours', async () => {
    night = await scenario(farm());
    await night.run(2 * 3_600);
    night.world.ups.get('rack')?.force(true);
    await night.run(12);
    expect(night.asked('pause')).toEqual(['d', 'c', 'b', 'a']);
    expect(night.hashing()).toEqual([]);
  });

  it('sheds nothing for a forced shutdown that was there before us, on mains', async () => {
    night = await scenario(farm(), (before) => before.world.ups.get('rack')?.force(true));
    await night.run(600);
    expect([night.orders, night.edges]).toEqual([[], []]);
    expect(night.engine.status().ups[0]?.alarms).toContain('forced-shutdown');
  });

  it('stops the return at the first sign of the next outage and goes on from what is left', async () => {
    night = await scenario(farm());
    await night.at(CALM, () => night.loseMains());
    await night.until('every rig is quiet', () => night.hashing().length === 0, 1_800);
    night.returnMains();
    await night.until('the first rig is back', () => night.hashing().length === 1, 3_600);
    const left = night.depth();
    night.loseMains();
    const second = night.nowSeconds;
    await night.until('it is quiet again', () => night.hashing().length === 0, 1_800);
    expect(left).toBeGreaterThan(0.3);
    expect(night.asked('resume', second + 4)).toEqual([]);
    expect(night.depth()).toBeLessThan(1);
    night.returnMains();
    const third = night.nowSeconds;
    await night.until('every rig hashes again', () => night.hashing().length === 4, 7_200);
    expect(night.asked('resume', third)).toEqual(['a', 'b', 'c', 'd']);
    // The grid has shown that it is not to be relied upon.
    expect(night.askedAt('resume', 'a', third) - third).toBeGreaterThanOrEqual(120);
  });

  it('opens a shared switch only when the last rig behind it is quiet', async () => {
    const rigs = { ...RIGS, c: rig(4, { cutBy: ['kcd'], sim: { pauseSeconds: 20 } }), d: rig(2, { cutBy: ['kcd'] }) };
    night = await scenario(farm({ rigs, policy: { cutPaused: 'always' } }));
    await night.at(CALM, () => night.loseMains());
    await night.until('the shared switch is open', () => night.edges.some((edge) => edge.switch === 'kcd'), 1_800);
    const opened = night.edges.find((edge) => edge.switch === 'kcd');
    expect(night.asked('pause').slice(0, 2)).toEqual(['d', 'c']);
    expect(opened?.watts).toBeLessThan(60);
    expect(opened?.at).toBeGreaterThan(night.askedAt('pause', 'c') + 20);
    await night.until('every rig is quiet', () => night.hashing().length === 0, 1_800);
  });

  it('lets the rigs on bare mains go dark with the grid and brings them back in their turn', async () => {
    const rigs = { ...RIGS, bare: rig(7, { fedBy: ['mains'], cutBy: ['kbare'] }) };
    night = await scenario(farm({ rigs, ups: { rack: { ...RACK, nominalWatts: 9_000 } } }));
    await night.at(CALM, () => night.loseMains());
    await night.run(25);
    expect(night.edges).toEqual([]);
    await night.run(30);
    expect(night.edges.map((edge) => `${edge.switch} ${edge.to}`)).toEqual(['kbare cut']);
    expect(night.orders.filter((order) => order.rig === 'bare' && order.what === 'pause')).toEqual([]);
    night.returnMains();
    await night.run(50);
    expect(night.world.watts('bare')).toBe(0);
    await night.until('every rig hashes', () => night.hashing().length === 5, 1_200);
  });

  it('sheds at once what the UPS cannot carry on battery', async () => {
    night = await scenario(farm({ ups: { rack: { ...RACK, nominalWatts: 5_000 } } }));
    await night.at(CALM, () => night.loseMains());
    await night.run(12);
    expect(night.asked('pause')).toEqual(['d']);
  });

  it('sheds worst first after the blip when nothing tells how long the battery lasts', async () => {
    const rack = { ...RACK, sim: { lacks: ['battery.runtime', 'battery.charge'] } };
    night = await scenario(farm({ ups: { rack } }));
    await night.at(CALM, () => night.loseMains());
    await night.run(40);
    expect(night.asked('pause')).toEqual(['d', 'c', 'b', 'a']);
    expect(night.hashing()).toEqual([]);
    night.returnMains();
    await night.until('every rig hashes again', () => night.hashing().length === 4, 6 * 3_600);
  });
});
