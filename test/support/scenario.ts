// Named nights as tests: a world that is steered by hand, and what must hold of every night checked when it ends.
import { afterEach, expect, jest } from '@jest/globals';
import { Night } from '../../src/proof/night.ts';
import type { SimSiteOptions } from '../../src/sim/site.ts';
import { placeOf } from '../../src/sim/site-settings.ts';

export { Night };

/** For a file of nights, one a test: each has a minute, and nothing that must not be has happened when it ends. */
export function judgeEach(night: () => Night): void {
  jest.setTimeout(60_000);
  afterEach(async () => {
    expect(await night().end()).toEqual([]);
  });
}

/** A night on this site, its engine started. */
export async function scenario(options: SimSiteOptions, before: (night: Night) => void = () => undefined): Promise<Night> {
  const night = new Night(placeOf(options));
  before(night);
  await night.start();
  return night;
}
