// What the core claims is left of a battery, beside the night that follows, on sites of the bench where the two were furthest apart: small
// batteries, rigs that take a minute to stop among others that take a quarter of one, and floors that are near for a second.
import { describe, expect, it } from '@jest/globals';
import { offBy } from '../../bench/policy-fit.ts';
import { type BenchSite, drawnSite } from '../../bench/policy-fleet.ts';

/** As declared, and so are stops. */
function site(number: number): BenchSite {
  const drawn = drawnSite({ seed: 1, number, rigs: 10 });
  return { ...drawn, capacity: 1, anchored: true, rigs: drawn.rigs.map((rig) => ({ ...rig, stopSeconds: rig.graceSeconds })) };
}

describe('what is claimed to be left of a battery is left', () => {
  it.each([766, 883])('where a rig is down a second late, and the next stops too slowly to help: site %d', (number) => {
    expect(Math.abs(offBy(site(number), 'outage-aware'))).toBeLessThan(0.02);
  });

  it('where one is told in time for the floor after another, and the best few stay for long', () => {
    expect(Math.abs(offBy(site(820), 'outage-aware'))).toBeLessThan(0.02);
  });
});
