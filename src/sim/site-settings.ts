// What a simulated site is made of, in as few words as a test wants to write, and the site that follows from it.
import type { GeneratorId, RigId, SupplyId, SwitchId, UpsId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import type { Policy, Restore, Site, SiteGenerator, SiteSwitch, SiteUps } from '../model/site.ts';
import type { SimBatteryOptions } from './battery.ts';
import type { VirtualClockOptions } from './clock.ts';
import type { SimPlace } from './place.ts';
import type { SimRigQuirks, SimRigTraits } from './rig.ts';
import type { SimUpsTraits } from './ups.ts';

export interface SimUpsSetting {
  readonly battery: SimBatteryOptions;
  /** W it can carry */
  readonly nominalWatts: number;
  /** W that hang on it besides rigs, in truth; the configuration knows of them only by `site.baseWatts` */
  readonly houseWatts?: number;
  /** how it differs from a plain UPS */
  readonly sim?: Partial<Omit<SimUpsTraits, 'id' | 'battery' | 'nominalWatts'>>;
  /** what the configuration says of it, where a default won't do */
  readonly site?: Partial<Omit<SiteUps, 'id'>>;
}

export interface SimRigSetting {
  /** currency a day at full speed */
  readonly perDay: number;
  /** W at full speed */
  readonly watts: number;
  readonly fedBy: readonly SupplyId[];
  readonly cutBy?: readonly SwitchId[];
  /** it can be asked nothing: no reading, no pause, no resume */
  readonly mute?: boolean;
  /** how it differs from a plain rig */
  readonly sim?: Partial<Omit<SimRigTraits, 'id' | 'watts'>>;
  readonly quirks?: SimRigQuirks;
  /** what the configuration says of it, where a default won't do */
  readonly site?: Partial<Omit<Rig, 'id' | 'watts' | 'fedBy' | 'cutBy'>>;
}

export interface SitePart {
  readonly ups: Readonly<Record<UpsId, SimUpsSetting>>;
  readonly rigs: Readonly<Record<RigId, SimRigSetting>>;
  /** contacts that are more than a name in some rig's `cutBy` */
  readonly switches?: Readonly<Record<SwitchId, Partial<SiteSwitch>>>;
  /** each behind a transfer switch, whose contact is read */
  readonly generators?: Readonly<Record<GeneratorId, Omit<SiteGenerator, 'id'>>>;
  /** default true: a night in which nothing is done shows little */
  readonly armed?: boolean;
  readonly policy?: Partial<Policy>;
  readonly restore?: Partial<Restore>;
  /** default: the first UPS */
  readonly controllerFedBy?: readonly SupplyId[];
  readonly networkFedBy?: readonly SupplyId[];
  readonly clock?: VirtualClockOptions;
}

/** H/s of a rig whose setting names none. */
export const USUAL_HASH_RATE = 100e12;

/** As an owner has it who says nothing of it. */
export const USUAL_POLICY: Policy = {
  kind: 'threshold',
  shedBelowSeconds: 'auto',
  cutBelowSeconds: 'auto',
  ignoreBlipsSeconds: 5,
  cutPaused: 'auto',
};
export const USUAL_RESTORE: Restore = { mainsHeldSeconds: 60, minChargePercent: 'auto', staggerSeconds: 10, doubtMinutes: 60 };

/** The site as the configuration would give it. */
export function siteOf(part: SitePart): Site {
  const carrier = Object.keys(part.ups).slice(0, 1);
  const named = Object.values(part.rigs).flatMap((rig) => rig.cutBy ?? []);
  const switches = new Set([...named, ...Object.keys(part.switches ?? {})]);
  return {
    name: 'sim',
    currency: 'USD',
    controllerFedBy: part.controllerFedBy ?? carrier,
    networkFedBy: part.networkFedBy ?? carrier,
    armed: part.armed ?? true,
    supplies: new Map(Object.entries(part.ups).map(([id, setting]) => [id, siteUps(id, setting)])),
    rigs: new Map(Object.entries(part.rigs).map(([id, setting]) => [id, siteRig(id, setting)])),
    switches: new Map([...switches].map((id) => [id, siteSwitch(id, part.switches?.[id])])),
    ...(part.generators && { generators: Object.entries(part.generators).map(([id, one]) => ({ id, ...one })) }),
    policy: { ...USUAL_POLICY, ...part.policy },
    restore: { ...USUAL_RESTORE, ...part.restore },
  };
}

/** The site, and what is true of it. */
export function placeOf(part: SitePart): SimPlace {
  const { clock } = part;
  const ups = Object.entries(part.ups);
  const rigs = Object.entries(part.rigs);
  return {
    site: siteOf(part),
    ups: new Map(ups.map(([id, { battery, nominalWatts, sim }]) => [id, { id, battery, nominalWatts, ...sim }])),
    houseWatts: new Map(ups.map(([id, { houseWatts = 0 }]) => [id, houseWatts])),
    rigs: new Map(rigs.map(([id, { watts, sim }]) => [id, { id, watts, hashRate: USUAL_HASH_RATE, ...sim }])),
    quirks: new Map(rigs.flatMap(([id, { quirks }]) => (quirks === undefined ? [] : [[id, quirks] as const]))),
    clock,
  };
}

function siteUps(id: UpsId, setting: SimUpsSetting): SiteUps {
  return {
    id,
    source: `sim ${id}`,
    role: 'observer',
    hostSyncSeconds: 15,
    pollSeconds: { mains: 2, battery: 1 },
    nominalWatts: setting.nominalWatts,
    reservePercent: 15,
    blindOnMains: 'keep',
    ...setting.site,
  };
}

function siteRig(id: RigId, setting: SimRigSetting): Rig {
  const able = setting.mute !== true;
  return {
    id,
    driver: able ? 'sim' : 'none',
    fedBy: setting.fedBy,
    cutBy: setting.cutBy ?? [],
    can: { read: able, pause: able, resume: able, halt: false, ...(able && { limit: true as const }) },
    pausePersists: setting.sim?.pausePersists ?? true,
    reward: { perDay: setting.perDay, hashRate: setting.sim?.hashRate ?? USUAL_HASH_RATE },
    watts: setting.watts,
    pausedWatts: setting.sim?.pausedWatts ?? 25,
    graceSeconds: 30,
    coolDownSeconds: 30,
    resumeMinutes: 1,
    restartMinutes: 8,
    ...setting.site,
  };
}

function siteSwitch(id: SwitchId, setting: Partial<SiteSwitch> = {}): SiteSwitch {
  return { id, driver: 'sim', wiring: `sim ${id}`, atRest: 'fed', canRead: true, minOffSeconds: 60, ...setting };
}
