// The farm most nights happen on: four rigs alike but for what they earn, `a` best, `d` worst, each on its own contact,
// on one UPS that carries them all for about ten minutes.
import type { SimSiteOptions } from '../../src/sim/site.ts';
import type { SimRigSetting } from '../../src/sim/site-settings.ts';

export function rig(perDay: number, change: Partial<SimRigSetting> = {}): SimRigSetting {
  return { perDay, watts: 1_500, fedBy: ['rack'], ...change };
}

export const RIGS: Readonly<Record<string, SimRigSetting>> = {
  a: rig(8, { cutBy: ['ka'] }),
  b: rig(6, { cutBy: ['kb'] }),
  c: rig(4, { cutBy: ['kc'] }),
  d: rig(2, { cutBy: ['kd'] }),
};

export const RACK: SimSiteOptions['ups'][string] = {
  battery: { carries: { watts: 6_000, minutes: 10 }, exponent: 1.1, chargeHours: 4 },
  nominalWatts: 7_000,
  houseWatts: 60,
};

export function farm(change: Partial<SimSiteOptions> = {}): SimSiteOptions {
  return { ups: { rack: RACK }, rigs: RIGS, clock: { startMs: 1_000_000 }, ...change };
}
