// Runs an owner's site through named nights. It touches no device, reads no clock and draws all chance from the seed.
import type { Site } from '../model/site.ts';
import type { NightAccount, NoNight, Simulation } from './account.ts';
import type { NamedNight } from './nights.ts';
import { groundOf } from './physics.ts';
import { liveThrough } from './run.ts';

export interface SimulationWish {
  readonly nights: readonly NamedNight[];
  readonly seed: number;
  /** called as a night begins */
  readonly begins?: (night: NamedNight) => void;
}

export async function simulate(site: Site, { nights, seed, begins }: SimulationWish): Promise<Simulation> {
  const ground = groundOf(site, seed);
  const accounts: (NightAccount | NoNight)[] = [];
  for (const night of nights) {
    begins?.(night);
    accounts.push(await liveThrough(night, ground, seed));
  }
  return { site: site.name, currency: site.currency, seed, assumed: ground.assumed, nights: accounts };
}
