// The bench's rule of the policy threshold against the core that owners run: the same rigs leave at the same moments.
import { describe, expect, it } from '@jest/globals';
import { CorePolicy } from '../../bench/policy-core.ts';
import type { BenchRig, BenchSite } from '../../bench/policy-fleet.ts';
import { lived } from '../../bench/policy-live.ts';
import { threshold } from '../../bench/policy-rules.ts';
import { linearDrain } from '../../src/planner/drain.ts';

const GRACE_SECONDS = 30;

function benchSite({ minutes, capacity, anchored }: { minutes: number; capacity: number; anchored: boolean }): BenchSite {
  const rigs = Array.from({ length: 12 }, (_, i): BenchRig => {
    const watts = 2_000 + 150 * ((7 * i) % 12);
    return {
      id: `rig-${i}`,
      watts,
      reward: watts * (0.00005 + 0.000005 * ((5 * i) % 12)),
      loss: 0.01,
      stopSeconds: 5,
      graceSeconds: GRACE_SECONDS,
    };
  });
  const baseWatts = 200;
  const all = rigs.reduce((sum, { watts }) => sum + watts, baseWatts);
  return { rigs, baseWatts, fullMinutes: minutes, drain: linearDrain((all * minutes) / 60), capacity, anchored };
}

const perWatt = (rig: BenchRig | undefined): number => (rig === undefined ? 0 : rig.reward / rig.watts);

describe('the policy threshold of the bench', () => {
  it.each([
    { minutes: 6, capacity: 1, anchored: true },
    { minutes: 20, capacity: 0.8, anchored: true },
    { minutes: 20, capacity: 1.2, anchored: false },
    { minutes: 60, capacity: 0.8, anchored: false },
  ])('lets rigs leave as the core does, on a battery of $minutes min that holds $capacity of it', (battery) => {
    const site = benchSite(battery);
    const [bench, core] = [lived(site, threshold(site)), lived(site, new CorePolicy(site).life)];
    expect(core.hardCutSeconds).toBe(bench.hardCutSeconds);
    // The core believes no runtime that a UPS computes right after a load step, so that its last rig may stay on; the bench believes all.
    const last = site.rigs.reduce((best, { reward, watts }, place) => (reward / watts > perWatt(site.rigs[best]) ? place : best), 0);
    bench.leftSeconds.forEach((left, place) => {
      if (place !== last) expect(Math.abs((core.leftSeconds[place] ?? 0) - left)).toBeLessThanOrEqual(Math.max(20, 0.05 * left));
    });
  });
});
