// Reward per watt, and the order in which rigs go down and come back.
import type { RigId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import type { Site } from '../model/site.ts';
import { upWattsOf } from './load.ts';
import type { RigState } from './state.ts';
import { rigOf, type Scene } from './tick.ts';

export interface Worth {
  readonly rig: RigId;
  /** currency a day; undefined where nobody said what it earns */
  readonly perDay: number | undefined;
  /** currency a day and W; a rig of unknown reward counts with the fleet's lowest */
  readonly perWatt: number;
  /** 1: the best earner per watt */
  readonly rank: number;
}

/** A hash rate further than this from what was configured is a lie or another unit: the configured one stands. */
const CREDIBLE_SHARE = { least: 0.1, most: 1.5 } as const;

/** Currency a day of one rig: by its hash rate as last seen hashing where its reward depends on it. */
export function perDayOf(rig: Rig, state: RigState): number | undefined {
  const { reward } = rig;
  if (reward === undefined) return undefined;
  const seen = state.lastHashing?.hashRate;
  if (reward.hashRate === undefined || seen === undefined) return reward.perDay;
  const share = seen / reward.hashRate;
  return share >= CREDIBLE_SHARE.least && share <= CREDIBLE_SHARE.most ? reward.perDay * share : reward.perDay;
}

/** The rigs of a site in the order they last had: it is nearly the next one, and sorting what is sorted is quick. */
const lastOrder = new WeakMap<Site, readonly Rig[]>();

/** All rigs, the best earner per watt first; a total order, ties by name. */
export function rankRigs(scene: Scene): readonly Worth[] {
  const { site } = scene;
  let lowest = Number.POSITIVE_INFINITY;
  const known = (lastOrder.get(site) ?? [...site.rigs.values()]).map((rig) => {
    const state = rigOf(scene, rig.id);
    const perDay = perDayOf(rig, state);
    const perWatt = perDay === undefined ? undefined : perDay / Math.max(1, upWattsOf(rig, state));
    if (perWatt !== undefined && perWatt < lowest) lowest = perWatt;
    return { rig, perDay, perWatt };
  });
  const unknown = Number.isFinite(lowest) ? lowest : 0;
  known.sort((a, b) => (b.perWatt ?? unknown) - (a.perWatt ?? unknown) || (a.rig.id < b.rig.id ? -1 : 1));
  lastOrder.set(
    site,
    known.map(({ rig }) => rig),
  );
  return known.map(({ rig, perDay, perWatt }, index) => ({ rig: rig.id, perDay, perWatt: perWatt ?? unknown, rank: index + 1 }));
}
