// Reward per watt, and the order in which rigs go down and come back.
import type { RigId, UpsId } from '../model/id.ts';
import type { Reward, Rig } from '../model/rig.ts';
import type { Site } from '../model/site.ts';
import { rewardOf } from './market.ts';
import type { RigState } from './state.ts';
import { rigOf, type Scene, upsesOf } from './tick.ts';

export interface Worth {
  readonly rig: RigId;
  /** the rig as the file has it */
  readonly config: Rig;
  /** currency a day; undefined where nobody said what it earns */
  readonly perDay: number | undefined;
  /** currency a day and W; a rig of unknown reward counts with the fleet's lowest */
  readonly perWatt: number;
  /** 1: the best earner per watt */
  readonly rank: number;
}

/** A figure further than this from what was configured is a lie or another unit: the configured one stands. */
const CREDIBLE_SHARE = { least: 0.1, most: 1.5 } as const;

/** Currency a day of one rig: by its hash rate as last seen hashing where its reward depends on it. */
export function perDayOf(reward: Reward | undefined, state: RigState): number | undefined {
  if (reward?.perDay === undefined) return undefined;
  const seen = state.lastHashing?.hashRate;
  if (reward.hashRate === undefined || seen === undefined) return reward.perDay;
  const share = seen / reward.hashRate;
  return isCredible(share) ? reward.perDay * share : reward.perDay;
}

/**
 * W a rig draws at work, for its rank: as last measured, also in a low-power mode. What it counts as drawing in the load
 * of a supply is another figure, which its own word never shrinks that far (load.ts).
 */
export function workWattsOf(rig: Rig, state: RigState): number {
  const seen = state.lastHashing?.watts;
  return seen !== undefined && isCredible(seen / rig.watts) ? seen : rig.watts;
}

function isCredible(share: number): boolean {
  return share >= CREDIBLE_SHARE.least && share <= CREDIBLE_SHARE.most;
}

/** All rigs, the best earner per watt first; a total order, ties by name. */
export function rankRigs(scene: Scene): readonly Worth[] {
  let lowest = Number.POSITIVE_INFINITY;
  const known = lastOrder(scene).map((rig) => {
    const state = rigOf(scene, rig.id);
    const perDay = perDayOf(rewardOf(scene, rig), state);
    const perWatt = perDay === undefined ? undefined : perDay / Math.max(1, workWattsOf(rig, state));
    if (perWatt !== undefined && perWatt < lowest) lowest = perWatt;
    return { rig, perDay, perWatt };
  });
  const unknown = Number.isFinite(lowest) ? lowest : 0;
  known.sort((a, b) => (b.perWatt ?? unknown) - (a.perWatt ?? unknown) || byCoin(a, b) || (a.rig.id < b.rig.id ? -1 : 1));
  return known.map(({ rig, perDay, perWatt }, index) => ({
    rig: rig.id,
    config: rig,
    perDay,
    perWatt: perWatt ?? unknown,
    rank: index + 1,
  }));
}

/** The rigs of each supply that can keep them alight, as they rank. A ranking is read so more than once a tick. */
export function rankedBySupply(site: Site, ranking: readonly Worth[]): ReadonlyMap<UpsId, readonly Worth[]> {
  const known = bySupply.get(ranking);
  if (known !== undefined) return known;
  const all = new Map<UpsId, Worth[]>();
  for (const worth of ranking) {
    for (const { id } of upsesOf(site, worth.config)) {
      const own = all.get(id);
      if (own === undefined) all.set(id, [worth]);
      else own.push(worth);
    }
  }
  bySupply.set(ranking, all);
  return all;
}
const bySupply = new WeakMap<readonly Worth[], ReadonlyMap<UpsId, readonly Worth[]>>();

/** Whether anybody said what any of them earns. */
export const isPriced = (ranking: readonly Worth[]): boolean => ranking.some(({ perDay }) => perDay !== undefined);

/** Of those whose coin nobody priced yet: within a coin more hashes a watt earn more, whatever it is worth. */
function byCoin(a: Unpriced, b: Unpriced): number {
  const [one, other] = [coinOf(a), coinOf(b)];
  if (one !== other) return one < other ? -1 : 1;
  return one === '' ? 0 : (b.rig.reward?.hashRate ?? 0) / b.rig.watts - (a.rig.reward?.hashRate ?? 0) / a.rig.watts;
}

type Unpriced = { readonly rig: Rig; readonly perDay: number | undefined };

const coinOf = ({ rig, perDay }: Unpriced): string => (perDay === undefined ? (rig.reward?.coin ?? '') : '');

/** All rigs of the site, in the order of the last tick where they are still the same: sorting what is sorted is quick. */
function lastOrder({ site, order }: Scene): readonly Rig[] {
  const known: Rig[] = [];
  for (const id of order) {
    const rig = site.rigs.get(id);
    if (rig !== undefined) known.push(rig);
  }
  return known.length === site.rigs.size ? known : [...site.rigs.values()];
}
