// A site from a seed: what a careful owner might have built, in every mixture that the configuration allows. The faults of
// the night are not its concern.
import { MAINS, type RigId, type SupplyId, type SwitchId, type UpsId } from '../model/id.ts';
import type { SiteSwitch } from '../model/site.ts';
import type { SimBatteryOptions } from '../sim/battery.ts';
import { type Chance, chance } from '../sim/chance.ts';
import type { SimSiteOptions } from '../sim/site.ts';
import type { SimRigSetting, SimUpsSetting } from '../sim/site-settings.ts';

/** Small sites show a fault as well, and more of them pass in an hour; large ones are drawn now and then. */
const RIGS = { usual: 8, most: 40, seldom: 0.15 } as const;
/** Times are short, so that a night of an hour shows what else takes ten. */
const DOUBT_MINUTES = 6;

type Contacts = Record<SwitchId, Partial<SiteSwitch>>;

/** The site of this seed; the same seed gives the same site. At most so many rigs, where that is said. */
export function drawSite(seed: number, mostRigs?: number): SimSiteOptions {
  const draw = chance(seed, 'site');
  const names: readonly UpsId[] = draw.happens(0.4) ? ['rack', 'shelf'] : ['rack'];
  const switches: Contacts = {};
  const atRest = draw.happens(0.8) ? 'fed' : 'cut';
  const rigs: Record<RigId, SimRigSetting> = {};
  const count = 1 + draw.below(mostRigs ?? (draw.happens(RIGS.seldom) ? RIGS.most : RIGS.usual));
  for (let place = 0; place < count; place += 1)
    rigs[`r${place + 1}`] = withLimits(
      chance(seed, `limits ${place}`),
      randomRig(chance(seed, `rig ${place}`), { place, names, rigs, switches, atRest }),
    );
  return {
    ups: Object.fromEntries(names.map((id) => [id, randomUps(chance(seed, `ups ${id}`), id, Object.values(rigs))])),
    rigs,
    switches,
    clock: { startMs: 1_000_000 },
    controllerFedBy: [draw.happens(0.8) ? 'rack' : MAINS],
    policy: {
      kind: chance(seed, 'policy').happens(0.5) ? 'outage-aware' : 'threshold',
      cutPaused: draw.pick(['auto', 'auto', 'always', 'at-floor'] as const) ?? 'auto',
      ignoreBlipsSeconds: 3 + draw.below(3),
    },
    restore: {
      mainsHeldSeconds: 20 + draw.below(40),
      staggerSeconds: 5 + draw.below(6),
      minChargePercent: draw.happens(0.8) ? 'auto' : 20 + draw.below(40),
      doubtMinutes: DOUBT_MINUTES,
    },
  };
}

interface Built {
  readonly place: number;
  readonly names: readonly UpsId[];
  readonly rigs: Readonly<Record<RigId, SimRigSetting>>;
  readonly switches: Contacts;
  readonly atRest: SiteSwitch['atRest'];
}

function randomRig(draw: Chance, built: Built): SimRigSetting {
  const fedBy = randomSupplies(draw, built.names);
  const pausePersists = draw.happens(0.7);
  const mute = draw.happens(0.08);
  const cutBy = randomContacts(draw, fedBy, built);
  return {
    perDay: Math.round(draw.between(0.2, 12) * 100) / 100,
    watts: 200 + draw.below(3_300),
    fedBy,
    cutBy,
    mute: mute && cutBy.length > 0,
    sim: {
      pausedWatts: 10 + draw.below(30),
      pauseSeconds: 1 + draw.below(10),
      wakeSeconds: 5 + draw.below(25),
      bootSeconds: 15 + draw.below(45),
      pausePersists,
      wattsNoise: draw.happens(0.5) ? 0 : draw.between(0, 0.03),
      seed: 1 + draw.below(1_000),
      // One that can be asked nothing is found asleep by nobody, and woken by nobody.
      startsAs: draw.happens(0.05) && !(mute && cutBy.length > 0) ? 'paused' : 'hashing',
    },
    site: { graceSeconds: 15 + draw.below(15), coolDownSeconds: draw.below(20), resumeMinutes: 1, restartMinutes: 2 },
  };
}

/** Some may be told to make do with less, and few of those do not, whatever they say. */
function withLimits(draw: Chance, rig: SimRigSetting): SimRigSetting {
  if (rig.mute === true || !draw.happens(0.4)) return rig;
  const shares = draw.happens(0.3) ? [0.5, 0.75] : [draw.between(0.45, 0.85)];
  const limits = shares.map((part) => ({ watts: Math.round(part * rig.watts), share: Math.min(0.97, part + draw.between(0.02, 0.2)) }));
  const isHonest = draw.happens(0.8);
  return {
    ...rig,
    site: { ...rig.site, limits },
    ...(isHonest ? {} : { quirks: { ...rig.quirks, limits: draw.pick(['refused', 'in vain', 'kept twice'] as const) ?? 'refused' } }),
  };
}

function randomSupplies(draw: Chance, names: readonly UpsId[]): readonly SupplyId[] {
  const own = draw.pick(names) ?? 'rack';
  const kind = draw.unit();
  if (kind < 0.12) return [MAINS];
  if (kind < 0.2) return [own, MAINS];
  return kind < 0.4 && names.length > 1 ? names : [own];
}

/** One contact of its own for each supply, none, or the one of an earlier rig that hangs on the same. */
function randomContacts(draw: Chance, fedBy: readonly SupplyId[], built: Built): readonly SwitchId[] {
  const kind = draw.unit();
  if (kind < 0.2) return [];
  const alike = Object.values(built.rigs).filter((rig) => rig.fedBy.join() === fedBy.join() && (rig.cutBy ?? []).length > 0);
  const shared = kind < 0.4 ? draw.pick(alike)?.cutBy : undefined;
  if (shared !== undefined) return shared;
  const several = fedBy.length > 1;
  return fedBy.map((supply) => {
    const id = several ? `k${built.place + 1}-${supply}` : `k${built.place + 1}`;
    built.switches[id] = {
      atRest: built.atRest,
      canRead: draw.happens(0.7),
      minOffSeconds: draw.pick([10, 30, 60]) ?? 60,
      ...(several ? { interrupts: supply } : {}),
    };
    return id;
  });
}

function randomUps(draw: Chance, id: UpsId, rigs: readonly SimRigSetting[]): SimUpsSetting {
  // Each alone may have to carry what hangs on both.
  const carried = rigs.filter((rig) => rig.fedBy.includes(id)).reduce((sum, rig) => sum + rig.watts, 0);
  const houseWatts = draw.below(120);
  const watts = Math.max(300, carried + houseWatts);
  const battery: SimBatteryOptions = {
    carries: { watts, minutes: 4 + draw.below(7) },
    exponent: draw.between(1, 1.25),
    lossWatts: draw.happens(0.5) ? 0 : draw.between(0, 0.05 * watts),
    chargeHours: draw.between(0.5, 3),
    ...(draw.happens(0.3) ? { recovery: { depth: draw.between(0.02, 0.1), minutes: draw.between(1, 5) } } : {}),
  };
  return {
    battery,
    nominalWatts: Math.round(watts * draw.between(draw.happens(0.1) ? 0.8 : 1.05, 1.6)),
    houseWatts,
    sim: { lacks: draw.pick([[], [], [], [], ['battery.runtime'], ['battery.charge'], ['battery.runtime', 'battery.charge']]) ?? [] },
    site: {
      role: draw.happens(0.5) ? 'observer' : 'secondary',
      blindOnMains: draw.happens(0.8) ? 'keep' : 'shed',
      ...(draw.happens(0.2) ? { baseWatts: houseWatts } : {}),
    },
  };
}
