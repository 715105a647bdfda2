// Reward per watt, and the order in which rigs go down and come back.
import type { RigId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
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

/** All rigs, the best earner per watt first; a total order, ties by name. */
export function rankRigs(scene: Scene): readonly Worth[] {
  const known = [...scene.site.rigs.values()].map((rig) => {
    const state = rigOf(scene, rig.id);
    const perDay = perDayOf(rig, state);
    return { rig: rig.id, perDay, perWatt: perDay === undefined ? undefined : perDay / Math.max(1, upWattsOf(rig, state)) };
  });
  const lowest = known.reduce((least, one) => Math.min(least, one.perWatt ?? Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY);
  const unknown = Number.isFinite(lowest) ? lowest : 0;
  return known
    .map((one) => ({ ...one, perWatt: one.perWatt ?? unknown }))
    .sort((a, b) => b.perWatt - a.perWatt || (a.rig < b.rig ? -1 : 1))
    .map((one, index) => ({ ...one, rank: index + 1 }));
}
