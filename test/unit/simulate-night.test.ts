// Named nights on small sites, lived through by the real engine: what an owner would learn of them.
import { describe, expect, it } from '@jest/globals';
import { isGood, keptPercent, type NightAccount, wasLived } from '../../src/simulate/account.ts';
import { NIGHTS } from '../../src/simulate/nights.ts';
import { simulate } from '../../src/simulate/simulate.ts';
import { edited } from '../support/config-text.ts';
import { CARELESS, HOME, nightNamed, siteOfText } from '../support/simulated-site.ts';

async function night(text: string, name: string, seed = 1): Promise<NightAccount> {
  const { nights } = await simulate(siteOfText(text), { nights: [nightNamed(name)], seed });
  const [account] = nights;
  if (account === undefined || !wasLived(account)) throw new Error(`${name}: ${JSON.stringify(account)}`);
  return account;
}

describe('a night on a site whose owner took care', () => {
  it.each(NIGHTS.map(({ name }) => name))('%s ends well', async (name) => {
    const account = await night(HOME, name);
    expect(account.wrong).toEqual([]);
    expect(account.backSeconds).toBeLessThan(3_600);
  });

  it('moves nothing when the mains flicker', async () => {
    const account = await night(HOME, 'flicker');
    expect(account.first).toBeUndefined();
    expect(keptPercent(account)).toBeCloseTo(100, 3);
    expect(account.film.rigs.map(({ stretches }) => stretches.map(({ look }) => look))).toEqual([['hashing'], ['hashing']]);
  });

  it('lets the worst earner leave first, the best last, and brings both back', async () => {
    const { first, last, quietSeconds = 0, chargePercent, worstFirst, film } = await night(HOME, 'long-night');
    expect([first?.rig, last?.rig, worstFirst]).toEqual(['poor', 'good', true]);
    expect(quietSeconds).toBeGreaterThan(last?.seconds ?? 0);
    expect(chargePercent).toBeGreaterThan(14);
    expect(film.rigs.map(({ id, stretches }) => [id, stretches.at(-1)?.look])).toEqual([
      ['good', 'hashing'],
      ['poor', 'hashing'],
    ]);
  });

  it('has less time on a battery that is worn and does not know it', async () => {
    const [honest, worn] = await Promise.all(['long-night', 'lying-ups'].map((name) => night(HOME, name)));
    expect(worn?.quietSeconds).toBeLessThan(honest?.quietSeconds ?? 0);
  });

  it('is the same to the last figure for the same seed, and another for another', async () => {
    const [one, again, other] = await Promise.all([3, 3, 4].map((seed) => night(HOME, 'second-outage', seed)));
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
  });
});

describe('what an owner is told', () => {
  it('names the rigs that a UPS ended under, and the Pi that was dark', async () => {
    const account = await night(CARELESS, 'long-night');
    expect(account.wrong).toEqual([expect.stringMatching(/^rack ended 5 min( \d+ s)? after the mains went, under old \(1,350 W\)$/)]);
    expect(account.notes).toContainEqual(expect.stringMatching(/^the Pi had no power from 0 s to .*controllerFedBy/));
    expect(isGood(account)).toBe(false);
  });

  it('names a UPS that carries more than it can', async () => {
    const account = await night(edited(HOME, ['nominalWatts: 1200', 'nominalWatts: 600']), 'short-outage');
    expect(account.wrong).toEqual([expect.stringMatching(/^rack carries 600 W and had 8\d\d W on it on battery/)]);
  });

  it('names a rig that a dead switch leaves drawing: one that can only be cut', async () => {
    const cutOnly = edited(HOME, ['poor: { driver: luxos, host: 192.0.2.2,', 'poor: { driver: none,']);
    const account = await night(cutOnly, 'dead-switch');
    expect(account.about).toBe('k2, the switch of poor, does not move');
    expect(account.wrong).toEqual([expect.stringMatching(/^rack ended .* under poor \(400 W\)$/)]);
  });

  it('says that a site has no such night', async () => {
    const { nights } = await simulate(siteOfText(CARELESS), { nights: [nightNamed('dead-switch')], seed: 1 });
    expect(nights).toEqual([expect.objectContaining({ none: 'no rig on a UPS has a switch' })]);
    expect(nights.every(isGood)).toBe(true);
  });

  it('sees the way to the rigs go dark with what feeds it: they can only be cut then', async () => {
    const account = await night(edited(HOME, ['networkFedBy: [rack]', 'networkFedBy: [mains]']), 'long-night');
    const looks = account.film.rigs.flatMap(({ stretches }) => stretches.map(({ look }) => look));
    expect(looks).toContain('dark');
    expect(account.wrong).toEqual([]);
  });
});
