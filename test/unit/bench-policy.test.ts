// The bench of the policies: that its clairvoyant can't be beaten, that batteries empty as they should, and that its tables can be
// had again.
import { describe, expect, it } from '@jest/globals';
import { benchPolicy, comparison } from '../../bench/policy.ts';
import { clairvoyant } from '../../bench/policy-clairvoyant.ts';
import { compared, drawnOutages, share } from '../../bench/policy-compare.ts';
import { endless } from '../../bench/policy-endless.ts';
import { type BenchSite, drawnSite } from '../../bench/policy-fleet.ts';
import { earned, type Life, lived, stopped } from '../../bench/policy-live.ts';
import { allOff, livedBy, outageAware, policyNames, untilLow } from '../../bench/policy-rules.ts';
import { linearDrain } from '../../src/planner/drain.ts';
import { DEFAULT_PRIOR, Survival } from '../../src/planner/survival.ts';
import { chance } from '../../src/sim/chance.ts';

/** 1000 W of rigs that last for ten minutes, without a base load. */
const plain: BenchSite = {
  rigs: ['a', 'b'].map((id, i) => ({ id, watts: 500, reward: 0.06 - 0.02 * i, loss: 0.001, stopSeconds: 10, graceSeconds: 30 })),
  baseWatts: 0,
  fullMinutes: 10,
  drain: linearDrain(1000 / 6),
  capacity: 1,
  anchored: true,
};
const NAMES = policyNames();
const never: Life = () => [];

describe('a clairvoyant', () => {
  const site = (number: number, rigs: number): BenchSite => drawnSite({ seed: 7, number, rigs });

  interface RigSet {
    readonly places: number;
    readonly perHour: number;
    readonly earns: number;
    /** by those that are not in it */
    readonly lost: number;
  }

  /** `most` runs until what is left is just enough for `least` to run to the end; NaN: it can't be done. */
  function worth(most: RigSet, least: RigSet, hours: number): number {
    if (most.perHour * hours <= 1) return most.earns * hours - most.lost;
    const until = (1 - least.perHour * hours) / (most.perHour - least.perHour);
    return until < 0 || until > hours ? Number.NaN : (most.earns - least.earns) * until + least.earns * hours - least.lost;
  }

  /** The most that whole rigs earn, of two sets one after the other: feasible all of them, so that a bound lies above. */
  function bruteForce({ rigs, baseWatts, drain }: BenchSite, hours: number): number {
    const sum = (those: readonly (typeof rigs)[number][], what: 'watts' | 'reward' | 'loss'): number =>
      those.reduce((all, rig) => all + rig[what], 0);
    const sets = Array.from({ length: 1 << rigs.length }, (_, places): RigSet => {
      const [those, others] = [rigs.filter((_rig, i) => (places >> i) & 1), rigs.filter((_rig, i) => !((places >> i) & 1))];
      const perHour = those.length === 0 ? 0 : drain(baseWatts + sum(those, 'watts'));
      return { places, perHour, earns: sum(those, 'reward'), lost: sum(others, 'loss') };
    });
    const pairs = sets.flatMap((most) =>
      sets.filter(({ places }) => places < most.places && (places & ~most.places) === 0).map((least) => [most, least] as const),
    );
    const worths = pairs.map(([most, least]) => worth(most, least, hours)).filter((one) => !Number.isNaN(one));
    return Math.max(-sum(rigs, 'loss'), ...worths);
  }

  it('is beaten by no choice of whole rigs, and is not far above the best', () => {
    for (let number = 0; number < 12; number++) {
      const drawn = site(number, 5);
      for (const seconds of [3, 60, 600, 3_600, 20_000]) {
        const [bound, best] = [clairvoyant({ ...drawn, hours: seconds / 3600 }), bruteForce(drawn, seconds / 3600)];
        const scale = drawn.rigs.reduce((sum, { reward, loss }) => sum + (reward * seconds) / 3600 + loss, 0);
        expect(bound).toBeGreaterThanOrEqual(best - 1e-9 * scale);
        expect(bound - best).toBeLessThan(0.2 * scale);
      }
    }
  });

  it('is beaten by no policy on any site in any outage', () => {
    for (let number = 0; number < 4; number++) {
      const drawn = site(number, 10);
      const drain = (watts: number): number => drawn.drain(watts) / drawn.capacity;
      for (const name of NAMES) {
        const life = livedBy(name, drawn);
        for (const seconds of drawnOutages(chance(3, `outages ${number}`), 20)) {
          expect(clairvoyant({ ...drawn, drain, hours: seconds / 3600 })).toBeGreaterThanOrEqual(earned(drawn, life, seconds) - 1e-9);
        }
      }
    }
  });

  it('runs all where the battery carries it, and the better half for twice as long', () => {
    expect(clairvoyant({ ...plain, hours: 1 / 6 })).toBeCloseTo(0.1 / 6, 9);
    expect(clairvoyant({ ...plain, hours: 1 / 3 })).toBeCloseTo(0.06 / 3 - 0.001, 9);
  });

  it('earns nothing and loses every restart without a battery', () => {
    expect(clairvoyant({ ...plain, drain: linearDrain(1e-9), hours: 1 })).toBeCloseTo(-0.002, 9);
  });
});

describe('an outage that never ends', () => {
  it('empties the battery under rigs that nobody stops, and not sooner than it holds', () => {
    for (const capacity of [0.8, 1.2]) {
      const life = lived({ ...plain, capacity }, never);
      expect(life.hardCutSeconds).toBeCloseTo(600 * capacity, 6);
      expect([...life.leftSeconds]).toEqual([life.hardCutSeconds, life.hardCutSeconds]);
    }
  });

  it('is no cut-off where all were down, and what stops draws till it is down', () => {
    expect(lived(plain, allOff(plain))).toMatchObject({ hardCutSeconds: undefined, depthUsed: 10 / 600 });
    const late: Life = ({ elapsedSeconds, up }) => (elapsedSeconds >= 595 ? [...up] : []);
    expect(lived(plain, late).hardCutSeconds).toBeCloseTo(600, 6);
    const intime: Life = ({ elapsedSeconds, up }) => (elapsedSeconds >= 585 ? [...up] : []);
    expect(lived(plain, intime).hardCutSeconds).toBeUndefined();
  });

  it('is told of by a flag at a tenth, by charge and runtime, of what is there or of what is declared', () => {
    const seen: string[] = [];
    const look: Life = ({ elapsedSeconds, chargePercent, runtimeSeconds, lowBattery }) => {
      if (elapsedSeconds === 435) seen.push(`${chargePercent} % ${runtimeSeconds} s ${lowBattery ? 'LB' : ''}`);
      return [];
    };
    lived({ ...plain, capacity: 0.8 }, look);
    lived({ ...plain, capacity: 0.8, anchored: false }, look);
    lived({ ...plain, capacity: 0.8, anchored: false }, look, { lowBatteryWorks: false });
    expect(seen).toEqual(['9 % 45 s LB', '28 % 165 s LB', '28 % 165 s ']);
  });

  it('lasts longer where a rig makes do with less, which earns the share of that', () => {
    const [a, b] = plain.rigs;
    if (a === undefined || b === undefined) throw new Error('no rigs');
    const limits = [{ watts: 250, share: 0.7 }];
    const site = { ...plain, rigs: [{ ...a, limits }, b] };
    const half: Life = ({ elapsedSeconds, limit }) => {
      if (elapsedSeconds === 60) limit(0, 250);
      return [];
    };
    const life = lived(site, half);
    // 90 s at 1000 W, for the watts follow in 30 s, and the rest at 750 W.
    expect(life.hardCutSeconds).toBeCloseTo(90 + 510 / 0.75, 6);
    expect(earned(site, life, 120)).toBeCloseTo((0.06 * (60 + 0.7 * 60) + 0.04 * 120) / 3600, 12);
    expect(() => lived(site, ({ limit }) => [limit(1, 250)].flatMap(() => []))).toThrow('rig 1 has no limit of 250 W');
  });

  it('costs what did not earn, and the restart of who left before the end', () => {
    const life = { leftSeconds: Float64Array.of(600, 60), hardCutSeconds: undefined, depthUsed: 0, limited: new Map() };
    expect(earned(plain, life, 120)).toBeCloseTo((0.06 * 120 + 0.04 * 60) / 3600 - 0.001, 12);
    expect(stopped(life, 120)).toBe(1);
    expect(stopped(life, 60)).toBe(0);
  });

  it('ends in no hard cut-off under the guard, on batteries a fifth off, with a flag or without', async () => {
    expect((await endless({ outages: 9, seed: 5 })).cuts).toBe(0);
  });

  it('stops every rig at the tick that tells of a low battery', () => {
    for (let number = 0; number < 4; number++) {
      const site = { ...drawnSite({ seed: 11, number, rigs: 10 }), capacity: 0.8, anchored: false };
      const policy = outageAware()(site);
      lived(site, (look) => {
        const told = [...policy(look)];
        if (look.lowBattery) expect(told).toEqual([...look.up]);
        return told;
      });
    }
  });

  it('goes on without the rigs that have left', () => {
    const site = drawnSite({ seed: 13, number: 1, rigs: 30 });
    let before = site.rigs.length;
    const policy = outageAware()(site);
    lived(site, (look) => {
      expect(look.up.size).toBeLessThanOrEqual(before);
      before = look.up.size;
      return policy(look);
    });
  });
});

describe('drawn outages', () => {
  it('are as long as the default prior says', () => {
    const drawn = drawnOutages(chance(1, 'outages'), 1_000);
    const survival = Survival.of(DEFAULT_PRIOR);
    for (const seconds of [10, 60, 300, 3_600, 14_400]) {
      expect(drawn.filter((one) => one > seconds).length / 1_000).toBeCloseTo(survival.at(seconds / 3600), 2);
    }
  });
});

describe('the comparison', () => {
  const small = { fleets: 3, seed: 4, outages: 20 };

  it('is the same for the same seed, and another for another', async () => {
    const text = comparison(await compared(small));
    expect(comparison(await compared(small))).toBe(text);
    expect(comparison(await compared({ ...small, seed: 5 }))).not.toBe(text);
  });

  it.each([
    ['--fleets', '0'],
    ['--fleets', 'many'],
    ['--seed', '0.5'],
    ['--endless', '--speed'],
    ['--declared', '--fit'],
    ['--rigs', '5'],
  ])('is not made of %s %s', async (...argv) => {
    const said: string[] = [];
    expect(await benchPolicy(argv, { out: { write: (text) => said.push(text) }, progress: () => {} })).toBe(2);
    expect(said.join('')).toContain('usage');
  });

  it('measures from nothing, all off at once, to a clairvoyant', async () => {
    const sites = await compared(small);
    expect(share(sites, 'all off at once').kept).toBeCloseTo(0, 9);
    for (const name of NAMES) expect(share(sites, name).kept).toBeLessThanOrEqual(1 + 1e-9);
  });

  it('shows that who waits for a low battery loses small ones', () => {
    const tiny = { ...plain, rigs: plain.rigs.map((rig) => ({ ...rig, stopSeconds: 30 })), drain: linearDrain(1000 / 60) };
    expect(lived(tiny, untilLow(tiny)).hardCutSeconds).toBeDefined();
    expect(lived(tiny, outageAware()(tiny)).hardCutSeconds).toBeUndefined();
  });
});
