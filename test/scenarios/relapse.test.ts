// Nights in which the mains come back, go, or are lost with the service, at the moments that hurt.
import { describe, expect, it } from '@jest/globals';
import { farm, RACK, RIGS } from '../support/farm.ts';
import { judgeEach, type Night, scenario } from '../support/scenario.ts';

let night: Night;
judgeEach(() => night);

const CALM = 60;

describe('mains that come back at a bad moment', () => {
  it('find a liar that was cut at work a moment before, and bring it back in its turn', async () => {
    night = await scenario(farm({ policy: { cutPaused: 'always' } }), (one) => one.rig('d', { lies: true }));
    await night.at(CALM, () => night.loseMains());
    await night.until('the liar is cut', () => night.edges.some((edge) => edge.switch === 'kd'), 900);
    night.returnMains();
    await night.until('every rig hashes', () => night.hashing().length === 4, 900);
    expect(night.edges.map((edge) => `${edge.switch} ${edge.to}`)).toContain('kd fed');
  });
});

describe('a service killed early in an outage', () => {
  it('does not take a small battery for spent when it is back', async () => {
    const small = { ...RACK, battery: { ...RACK.battery, carries: { watts: 6_000, minutes: 3 } } };
    night = await scenario(farm({ ups: { rack: small }, policy: { shedBelowSeconds: 60, cutBelowSeconds: 20 } }));
    await night.at(CALM, () => night.loseMains());
    await night.run(50);
    expect(night.asked('pause')).toEqual([]);
    night.kill();
    await night.run(3);
    await night.start();
    await night.run(20);
    expect(night.asked('pause')).toEqual([]);
    expect(Object.keys(RIGS)).toHaveLength(night.hashing().length);
  });
});
