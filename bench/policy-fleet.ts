// Sites drawn for the bench of the policies: fleets, batteries and base loads from ranges, all from one seed.
import type { LimitPoint } from '../src/model/rig.ts';
import { type Drain, powerDrain } from '../src/planner/drain.ts';
import { type Chance, chance } from '../src/sim/chance.ts';

export interface BenchRig {
  readonly id: string;
  /** W at the wall */
  readonly watts: number;
  /** currency/h */
  readonly reward: number;
  /** currency, lost by one stop and restart */
  readonly loss: number;
  /** s from the order until it draws nothing; it earns nothing meanwhile */
  readonly stopSeconds: number;
  /** s that a policy must count with: then it is cut */
  readonly graceSeconds: number;
  /** what it may be limited to; absent: it is whole or not there */
  readonly limits?: readonly LimitPoint[];
}

export interface BenchSite {
  readonly rigs: readonly BenchRig[];
  /** W that must live while a rig lives */
  readonly baseWatts: number;
  /** from full with all of it up, as declared */
  readonly fullMinutes: number;
  /** as declared; what every policy goes by */
  readonly drain: Drain;
  /** what the battery holds over what is declared */
  readonly capacity: number;
  /** the UPS knows its battery; else it reports what is declared */
  readonly anchored: boolean;
}

export const FLEET_SIZES = [10, 30, 100, 300, 1_000] as const;
/** Of what is declared: this much more or less is in the battery at most. */
export const CAPACITY_OFF = 0.2;

/** Classes of rigs that homes and barns have: watts of a model are drawn between, a class as often as its weight says. */
const CLASSES = [
  { weight: 1, watts: [12, 150] },
  { weight: 2, watts: [700, 1_700] },
  { weight: 6, watts: [2_200, 3_700] },
  { weight: 1, watts: [5_000, 5_600] },
] as const;
/** J/TH: what is sold today down to ten years ago; the old ones are the fewer. */
const EFFICIENCIES = [
  { weight: 5, joules: [13, 40] },
  { weight: 1, joules: [40, 100] },
] as const;
/** currency/kWh at 1 J/TH: 50 a PH/s and day. */
const EARNS = 50 / 24;
const RESTART_MINUTES = [1, 3, 5, 8, 12] as const;
const GRACE_SECONDS = [15, 30, 60] as const;
/** Of its grace, how long a rig takes that obeys. */
const OBEYS_WITHIN = [0.1, 0.6] as const;
/** The others take all of it. */
const OBEYS = 0.98;
const MODELS = 6;
/** Two rigs of one model differ by so much. */
const ALIKE = 0.05;
const FULL_MINUTES = [3, 120] as const;
const EXPONENT = [1, 1.35] as const;
const BASE_SHARE = [0.005, 0.1] as const;
const LEAST_BASE_WATTS = 15;

/** `rigs`: how many. The same for the same seed and number. */
export function drawnSite({ seed, number, rigs: size }: { seed: number; number: number; rigs: number }): BenchSite {
  const luck = chance(seed, `site ${number}`);
  const models = Array.from({ length: 1 + luck.below(MODELS) }, () => drawnModel(luck));
  const rigs = Array.from({ length: size }, (_, i) => drawnRig(luck, `rig-${i}`, luck.pick(models) ?? drawnModel(luck)));
  const rigWatts = rigs.reduce((sum, { watts }) => sum + watts, 0);
  const baseWatts = LEAST_BASE_WATTS + rigWatts * evenly(luck, BASE_SHARE);
  const fullMinutes = evenly(luck, FULL_MINUTES);
  const exponent = luck.between(...EXPONENT);
  const drain = powerDrain({ watts: rigWatts + baseWatts, fullHours: fullMinutes / 60, exponent });
  const capacity = luck.between(1 - CAPACITY_OFF, 1 + CAPACITY_OFF);
  return { rigs, baseWatts, fullMinutes, drain, capacity, anchored: luck.happens(0.5) };
}

/** Of its watts, what a rig may be limited to: as an S19 at 1500 and 2300 W. */
const LIMIT_PARTS = [0.46, 0.71] as const;
/** Share of its hash rate = part of its watts to this power: 0.62 and 0.84 of an S19 in the middle, less gain above. */
const LIMIT_EXPONENT = [0.5, 0.85] as const;

/** The same site, its rigs with limits; of one model they are alike. */
export function withLimits(site: BenchSite, luck: Chance): BenchSite {
  const exponent = luck.between(...LIMIT_EXPONENT);
  const limits = (watts: number): readonly LimitPoint[] =>
    LIMIT_PARTS.map((part) => ({ watts: Math.round(part * watts), share: part ** exponent }));
  return { ...site, rigs: site.rigs.map((rig) => ({ ...rig, limits: limits(rig.watts) })) };
}

interface Model {
  readonly watts: number;
  readonly perKwh: number;
  readonly restartMinutes: number;
  readonly graceSeconds: number;
}

function drawnModel(luck: Chance): Model {
  return {
    watts: evenly(luck, weighed(luck, CLASSES).watts),
    perKwh: EARNS / evenly(luck, weighed(luck, EFFICIENCIES).joules),
    restartMinutes: luck.pick(RESTART_MINUTES) ?? 5,
    graceSeconds: luck.pick(GRACE_SECONDS) ?? 30,
  };
}

function drawnRig(luck: Chance, id: string, model: Model): BenchRig {
  const watts = model.watts * luck.between(1 - ALIKE, 1 + ALIKE);
  const reward = (watts / 1000) * model.perKwh * luck.between(1 - ALIKE, 1 + ALIKE);
  const { graceSeconds } = model;
  const stopSeconds = graceSeconds * (luck.happens(OBEYS) ? luck.between(...OBEYS_WITHIN) : 1);
  return { id, watts, reward, loss: (reward * model.restartMinutes) / 60, stopSeconds, graceSeconds };
}

/** One of them, as often as its weight says. */
function weighed<T extends { readonly weight: number }>(luck: Chance, all: readonly T[]): T {
  const often = all.flatMap((one) => Array.from({ length: one.weight }, () => one));
  return luck.pick(often) as T;
}

/** Every factor as likely as the next. */
const evenly = (luck: Chance, [least, most]: readonly [number, number]): number => least * (most / least) ** luck.unit();
