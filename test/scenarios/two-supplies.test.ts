// Nights on two UPSes: one fails, both fail, and rigs that hang on both; and a UPS that is switched away.
import { describe, expect, it } from '@jest/globals';
import type { SimSiteOptions } from '../../src/sim/site.ts';
import { farm, RACK, rig } from '../support/farm.ts';
import { judgeEach, type Night, scenario } from '../support/scenario.ts';

let night: Night;
judgeEach(() => night);

const CALM = 60;

/** `a` and `b` on the rack, `c` on the shelf, `d`, the worst, on both. */
function twoUpses(change: Partial<SimSiteOptions> = {}): SimSiteOptions {
  const rigs = {
    a: rig(8, { cutBy: ['ka'] }),
    b: rig(6, { cutBy: ['kb'] }),
    c: rig(4, { fedBy: ['shelf'], cutBy: ['kc'] }),
    d: rig(2, { fedBy: ['rack', 'shelf'], cutBy: ['kd-rack', 'kd-shelf'] }),
  };
  const switches = { 'kd-rack': { interrupts: 'rack' }, 'kd-shelf': { interrupts: 'shelf' } };
  return farm({ ups: { rack: RACK, shelf: RACK }, rigs, switches, ...change });
}

describe('two UPSes', () => {
  it('shed only what hangs on the one that has lost its mains', async () => {
    night = await scenario(twoUpses());
    await night.at(CALM, () => night.loseMains('rack'));
    await night.until('both of the rack are quiet', () => night.hashing().length === 2, 2_400);
    expect(night.asked('pause')).toEqual(['b', 'a']);
    expect(night.hashing()).toEqual(['c', 'd']);
    await night.run(120);
    expect(night.hashing()).toEqual(['c', 'd']);
    night.returnMains('rack');
    await night.until('every rig hashes', () => night.hashing().length === 4, 3_600);
  });

  it('carry a rig that hangs on both through the death of one', async () => {
    night = await scenario(twoUpses());
    await night.at(CALM, () => night.loseMains('rack'));
    await night.until('the rack is dead', () => night.world.ups.get('rack')?.live === false, 4 * 3_600);
    expect(night.hashing()).toEqual(['c', 'd']);
    expect(night.orders.filter((order) => order.rig === 'd')).toEqual([]);
    night.returnMains('rack');
    await night.until('every rig hashes', () => night.hashing().length === 4, 4 * 3_600);
  });

  it('take down all, the worst first, when both have lost their mains', async () => {
    night = await scenario(twoUpses());
    await night.at(CALM, () => night.loseMains());
    await night.until('every rig is quiet', () => night.hashing().length === 0, 3_600);
    for (const ups of ['rack', 'shelf']) expect(night.depth(ups)).toBeLessThan(1);
    expect(night.asked('pause').toSorted()).toEqual(['a', 'b', 'c', 'd']);
    expect(night.askedAt('pause', 'a')).toBeGreaterThan(night.askedAt('pause', 'b'));
    night.returnMains();
    await night.until('every rig hashes', () => night.hashing().length === 4, 3_600);
  });

  it('bring back on one while the other is still on battery', async () => {
    night = await scenario(twoUpses());
    await night.at(CALM, () => night.loseMains('rack'));
    night.loseMains('shelf');
    await night.until('every rig is quiet', () => night.hashing().length === 0, 3_600);
    night.returnMains('shelf');
    await night.until('the shelf is back', () => night.hashing().includes('c'), 1_200);
    expect(night.asked('resume')).toEqual(['c']);
    await night.run(60);
    expect(night.hashing()).toEqual(['c']);
    night.returnMains('rack');
    await night.until('every rig hashes', () => night.hashing().length === 4, 3_600);
  });
});

describe('a UPS that dies on battery, and is not heard again', () => {
  it('keeps down its own rigs, and none on mains alone', async () => {
    const rigs = {
      a: rig(8, { cutBy: ['ka'] }),
      c: rig(4, { fedBy: ['shelf'], cutBy: ['kc'] }),
      m: rig(2, { fedBy: ['mains'], cutBy: ['km'] }),
    };
    night = await scenario(farm({ ups: { rack: RACK, shelf: RACK }, rigs, controllerFedBy: ['shelf'], networkFedBy: ['shelf'] }));
    await night.at(CALM, () => night.loseMains());
    await night.at(CALM + 200, () => night.returnMains('shelf'));
    night.returnMains();
    // At the input of the rack alone: the grid is back.
    night.loseMains('rack');
    night.ups({ silent: true });
    await night.until('what hangs on mains alone hashes', () => night.hashing().includes('m'), 1_800);
    await night.run(1_200);
    expect(night.hashing()).toEqual(['c', 'm']);
    await night.submit({ kind: 'hold', as: 'down', rigs: ['m'] });
    await night.run(300);
    await night.submit({ kind: 'release', rigs: ['m'] });
    await night.until('it is back', () => night.hashing().includes('m'), 900);
    night.ups({ silent: undefined });
    night.returnMains('rack');
    await night.until('every rig hashes', () => night.hashing().length === 3, 4 * 3_600);
  });
});

describe('a UPS whose output is switched away', () => {
  it('sheds nobody by that word, and starts nobody', async () => {
    night = await scenario(twoUpses());
    await night.submit({ kind: 'hold', as: 'down', rigs: ['b'] });
    await night.until('it is quiet', () => !night.hashing().includes('b'), 120);
    night.ups({ says: { 'ups.status': 'OFF' } });
    await night.run(10);
    const said = night.nowSeconds;
    await night.submit({ kind: 'release', rigs: ['b'] });
    await night.run(600);
    expect(night.asked('pause')).toEqual(['b']);
    expect(night.asked('resume', said)).toEqual([]);
    expect(night.engine.status().ups.find(({ id }) => id === 'rack')?.line).toBe('off');
    night.ups({ says: undefined });
    await night.until('every rig hashes', () => night.hashing().length === 4, 1_200);
  });
});
