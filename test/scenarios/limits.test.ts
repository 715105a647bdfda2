// Nights of rigs that can be limited: they make do with less before they are paused, and are what they were when the mains have held.
import { describe, expect, it } from '@jest/globals';
import { ownLimitOf } from '../../src/sim/rig.ts';
import type { SimSiteOptions } from '../../src/sim/site.ts';
import { farm, rig } from '../support/farm.ts';
import { judgeEach, type Night, scenario } from '../support/scenario.ts';

let night: Night;
judgeEach(() => night);

const CALM = 60;
const LIMITS = [
  { watts: 700, share: 0.6 },
  { watts: 1_050, share: 0.82 },
];
const CAN = { read: true, pause: true, resume: true, halt: false, limit: true } as const;
const limited = (perDay: number, contact: string) => rig(perDay, { cutBy: [contact], site: { limits: LIMITS, can: CAN } });

/** `a` and `b` can be limited. */
function limitable(change: Partial<SimSiteOptions> = {}): SimSiteOptions {
  const rigs = { a: limited(8, 'ka'), b: limited(6, 'kb'), c: rig(4, { cutBy: ['kc'] }), d: rig(2, { cutBy: ['kd'] }) };
  return farm({ rigs, policy: { kind: 'outage-aware' }, ...change });
}

const told = (id: string): readonly string[] => night.orders.flatMap(({ rig: one, what }) => (one === id ? [what] : []));
const isWhole = (id: string): boolean => {
  const one = night.world.rigs.get(id);
  return one !== undefined && one.look().limit === ownLimitOf(one.traits) && one.look().limitWatts === undefined;
};
const firstLimited = (id = 'a') => night.until(`${id} is limited`, () => told(id).includes('limit'), 3_600);
const allWhole = () =>
  night.until('all hash as their owner has them', () => night.hashing().length === 4 && ['a', 'b'].every(isWhole), 4 * 3_600);

describe('an outage of rigs that can be limited', () => {
  it('limits them, then pauses them, cuts them, and brings them back at full', async () => {
    night = await scenario(limitable());
    await night.at(CALM, () => night.loseMains());
    await night.until('every rig is quiet', () => night.hashing().length === 0, 4 * 3_600);
    await night.run(120);
    expect(told('a')).toEqual(['limit', 'limit', 'pause']);
    expect(told('b').at(0)).toBe('limit');
    expect(night.depth()).toBeLessThan(1);
    night.returnMains();
    await allWhole();
    expect(told('a')).toEqual(['limit', 'limit', 'pause', 'resume', 'unlimit']);
    expect(night.events('limit-over')).toHaveLength(2);
    await night.run(3_600);
    expect(told('a').filter((what) => what === 'unlimit')).toHaveLength(1);
  });

  it('that ends while they are limited takes the limits off, and pauses nobody for it', async () => {
    night = await scenario(limitable());
    await night.at(CALM, () => night.loseMains());
    await firstLimited();
    await night.run(20);
    expect(night.engine.status().rigs.find(({ id }) => id === 'a')).toMatchObject({ limitWatts: 1_050, phase: 'hashing' });
    expect(night.hashing()).toContain('a');
    night.returnMains();
    await night.run(30);
    expect(isWhole('a')).toBe(false);
    await allWhole();
    expect(told('a')).toEqual(['limit', 'unlimit']);
  });

  it('that ends gives the limits up one by one, the best earner first', async () => {
    night = await scenario(limitable());
    await night.at(CALM, () => night.loseMains());
    await firstLimited('a');
    await firstLimited('b');
    night.returnMains();
    await allWhole();
    const offs = night.orders.filter(({ what }) => what === 'unlimit');
    expect(offs.map(({ rig: id }) => id)).toEqual(['a', 'b']);
    const [first, second] = offs;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(5);
  });

  it.each([0, 0.02, 1, 10, 60])('in which the service dies %d s after the first limit leaves no rig limited', async (seconds) => {
    night = await scenario(limitable());
    await night.at(CALM, () => night.loseMains());
    await firstLimited();
    await night.run(seconds);
    night.kill();
    await night.run(30);
    await night.start();
    await night.run(120);
    night.returnMains();
    await allWhole();
    expect(night.faults()).toEqual([]);
  });

  it('that ends while the service is down leaves no rig limited, either', async () => {
    night = await scenario(limitable());
    await night.at(CALM, () => night.loseMains());
    await firstLimited();
    await night.run(20);
    night.kill();
    night.returnMains();
    await night.run(600);
    expect(isWhole('a')).toBe(false);
    await night.start();
    await allWhole();
  });

  it('pauses in its turn one that refuses its limit, which is named', async () => {
    night = await scenario(limitable());
    night.rig('a', { limits: 'refused' });
    await night.at(CALM, () => night.loseMains());
    await night.until('every rig is quiet', () => night.hashing().length === 0, 4 * 3_600);
    expect(told('a').filter((what) => what === 'limit')).toHaveLength(1);
    expect(night.events('fault').map(({ code, rig: id }) => [code, id])).toContainEqual(['will-not-limit', 'a']);
    night.returnMains();
    await allWhole();
  });

  it('leaves none limited of which the answer was lost, and which refused the limit when it was told again', async () => {
    night = await scenario(limitable());
    night.rig('a', { losesAnswers: true });
    await night.at(CALM, () => night.loseMains());
    await firstLimited();
    night.rig('a', { losesAnswers: false, limits: 'refused' });
    await night.run(30);
    expect(isWhole('a')).toBe(false);
    night.rig('a', { limits: undefined as never });
    night.returnMains();
    await allWhole();
  });

  it('takes no limit off on battery for a person who holds the rig up, and takes it off when the mains have held', async () => {
    night = await scenario(limitable());
    await night.at(CALM, () => night.loseMains());
    await firstLimited();
    await night.run(20);
    await night.submit({ kind: 'hold', as: 'up', rigs: ['a'] });
    await night.run(120);
    expect(told('a')).toEqual(['limit']);
    night.returnMains();
    await allWhole();
    expect(told('a')).toEqual(['limit', 'unlimit']);
  });
});
