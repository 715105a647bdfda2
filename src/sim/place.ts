// What a simulated site is made of: the site as the engine is told of it, and beside it what its UPSes and rigs are in
// truth. A test writes it in a few words (site-settings.ts), an owner's configuration gives it as well (simulate/physics.ts).
import type { RigId, UpsId } from '../model/id.ts';
import type { Site } from '../model/site.ts';
import type { VirtualClockOptions } from './clock.ts';
import type { SimRigQuirks, SimRigTraits } from './rig.ts';
import type { SimUpsTraits } from './ups.ts';

export interface SimPlace {
  readonly site: Site;
  readonly ups: ReadonlyMap<UpsId, SimUpsTraits>;
  /** W that hang on a UPS besides rigs, in truth; none where absent */
  readonly houseWatts: ReadonlyMap<UpsId, number>;
  readonly rigs: ReadonlyMap<RigId, SimRigTraits>;
  /** how rigs misbehave from the start */
  readonly quirks?: ReadonlyMap<RigId, SimRigQuirks>;
  readonly clock?: VirtualClockOptions | undefined;
}
