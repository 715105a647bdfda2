// The sums of a receipt against the account that the simulated world keeps itself.
import { describe, expect, it, jest } from '@jest/globals';
import { accountOf, type OutageAccount } from '../../src/outages/account.ts';
import { chance } from '../../src/sim/chance.ts';
import type { SimPlace } from '../../src/sim/place.ts';
import { placeOf, type SimRigSetting } from '../../src/sim/site-settings.ts';
import { farm, RACK, RIGS, rig } from '../support/farm.ts';
import { nights, type RecordedNight } from '../support/recorded.ts';

jest.setTimeout(120_000);
const begin = nights((wrong) => expect(wrong).toEqual([]));

interface Truth {
  readonly kept: number;
  readonly whole: number;
}

interface Lived {
  readonly account: OutageAccount;
  readonly truth: Truth;
  readonly night: RecordedNight;
}

/** What the world earned while the record ran, and what it would have. */
async function live(place: SimPlace, course: (night: RecordedNight) => Promise<void>): Promise<Lived> {
  const night = await begin(place);
  await course(night);
  const [record] = night.records();
  if (record === undefined) throw new Error('nothing was kept');
  const ticks = record.stretches.flatMap((one) => one.ticks);
  const [from, to] = [ticks[0]?.nowMs ?? 0, ticks.at(-1)?.nowMs ?? 0];
  const earnedAt = (ms: number): number => night.earned.get(ms) ?? Number.NaN;
  const perDay = [...place.site.rigs.values()].reduce((sum, { reward }) => sum + (reward?.perDay ?? 0), 0);
  return { account: accountOf(record), truth: { kept: earnedAt(to) - earnedAt(from), whole: (perDay * (to - from)) / 86_400_000 }, night };
}

async function outage(night: RecordedNight, seconds: number, rigs: number): Promise<void> {
  await night.at(60, () => night.loseMains());
  await night.at(60 + seconds, () => night.returnMains());
  await night.until('all are back', () => night.hashing().length === rigs, 30_000);
  await night.run(400);
}

/** Share of what could have been earned that the receipt may be off. */
const TOLERANCE = 0.01;

function expectTied({ account, truth }: Lived): void {
  const { kept, lost, unseen } = account.sum;
  const whole = kept + lost + unseen;
  expect(whole / truth.whole).toBeCloseTo(1, 6);
  expect(Math.abs(kept - truth.kept) / truth.whole).toBeLessThan(TOLERANCE);
  expect(Math.abs(lost + unseen - (truth.whole - truth.kept)) / truth.whole).toBeLessThan(TOLERANCE);
  expect(unseen / truth.whole).toBeLessThan(TOLERANCE);
}

describe('kept and lost', () => {
  it.each([40, 200, 420, 700, 1_500])('tie out with what the world earned in an outage of %d s', async (seconds) => {
    const lived = await live(placeOf(farm()), (night) => outage(night, seconds, 4));
    expectTied(lived);
    const { account } = lived;
    expect(account.unpriced).toEqual([]);
    expect(account.gone).toEqual([{ fromSeconds: 0, toSeconds: expect.closeTo(seconds, -1) }]);
    expect(account.sumOnUps).toEqual(account.sum);
  });

  it('over fleets, batteries and outages drawn by chance', async () => {
    const off: number[] = [];
    for (let seed = 1; seed <= 12; seed += 1) {
      const draw = chance(seed, 'receipt');
      const count = 2 + draw.below(7);
      const rigs = Array.from({ length: count }, (_, at): [string, SimRigSetting] => [
        `r${at}`,
        rig(draw.between(1, 9), {
          cutBy: draw.below(3) === 0 ? [] : [`k${at}`],
          watts: draw.between(500, 3_500),
          sim: {
            pauseSeconds: draw.between(2, 12),
            wakeSeconds: draw.between(10, 200),
            bootSeconds: draw.between(20, 90),
            pausePersists: draw.below(2) === 0,
          },
        }),
      ]);
      const watts = rigs.reduce((sum, [, one]) => sum + one.watts, 0);
      const rack = { ...RACK, nominalWatts: 1.2 * watts, battery: { carries: { watts, minutes: draw.between(3, 15) }, exponent: 1.1 } };
      const lived = await live(placeOf(farm({ ups: { rack }, rigs: Object.fromEntries(rigs) })), (night) =>
        outage(night, Math.round(draw.between(30, 1_800)), count),
      );
      expectTied(lived);
      off.push((lived.account.sum.kept - lived.truth.kept) / lived.truth.whole);
    }
    expect(Math.abs(off.reduce((sum, one) => sum + one, 0) / off.length)).toBeLessThan(TOLERANCE / 2);
  });

  it('of rigs on mains alone are in the sum, and no part of what the outage need not have cost', async () => {
    const lived = await live(placeOf(farm({ rigs: { ...RIGS, m: rig(5, { fedBy: ['mains'], cutBy: ['km'] }) } })), (night) =>
      outage(night, 300, 5),
    );
    expectTied(lived);
    const { sum, sumOnUps, rigs } = lived.account;
    const alone = rigs.find(({ id }) => id === 'm');
    expect(alone).toMatchObject({ onUps: false, wasUp: true });
    expect(sum.lost - sumOnUps.lost).toBeCloseTo(alone?.money?.lost ?? 0, 9);
  });

  it('of a rig of which nobody said what it earns are unknown, and never 0', async () => {
    const place = placeOf(farm());
    const rigs = new Map(
      [...place.site.rigs].map(([id, { reward, ...one }]) => [id, id === 'd' ? one : { ...one, ...(reward && { reward }) }]),
    );
    const { account } = await live({ ...place, site: { ...place.site, rigs } }, (night) => outage(night, 300, 4));
    expect(account.unpriced).toEqual(['d']);
    expect(account.rigs.find(({ id }) => id === 'd')).toMatchObject({ perDay: undefined, money: undefined });
  });

  it('of a rig that nobody could see for a while are told as unseen', async () => {
    const { account } = await live(placeOf(farm()), async (night) => {
      await night.at(60, () => night.loseMains());
      await night.at(70, () => night.rig('a', { hangs: true }));
      await night.at(200, () => night.rig('a', { hangs: false }));
      await night.at(210, () => night.returnMains());
      await night.run(900);
    });
    const { money, perDay = 0 } = account.rigs.find(({ id }) => id === 'a') ?? {};
    expect(((money?.unseen ?? 0) * 86_400) / perDay).toBeGreaterThan(90);
  });
});

describe('who left', () => {
  it('is told with when, why, and what was left when all was over', async () => {
    const { account, night } = await live(placeOf(farm()), (one) => outage(one, 900, 4));
    const left = account.rigs.filter((one) => one.left !== undefined);
    expect(left.map(({ id }) => id).toReversed()).toEqual(night.asked('pause'));
    expect(left.at(-1)?.left?.because.rule).toBe('runtime-below-threshold');
    for (const { id, left: at, quietSeconds = 0, backSeconds = 0 } of left) {
      const asked = night.askedAt('pause', id);
      expect(Math.abs((at?.seconds ?? 0) - (asked - 60))).toBeLessThan(3);
      expect(quietSeconds).toBeGreaterThan(at?.seconds ?? 0);
      expect(backSeconds).toBeGreaterThan(900);
    }
    expect(account.margins).toEqual([expect.objectContaining({ ups: 'rack', at: 'quiet', percent: expect.any(Number) })]);
    const [margin] = account.margins;
    expect(margin?.percent).toBeGreaterThan(2);
    expect(margin?.percent).toBeLessThan(40);
  });
});
