// What a plan for an outage comes to: who leaves a supply when, and what each stay is worth. planning.ts makes it.
import type { RigId } from '../model/id.ts';
import type { Site } from '../model/site.ts';

export const isOutageAware = ({ site }: { readonly site: Site }): boolean => site.policy.kind === 'outage-aware';

/** What is planned for one supply, from a moment on. */
export interface OutagePlan {
  readonly atMs: number;
  /** h that the outage had lasted */
  readonly elapsedHours: number;
  /** currency for the whole battery */
  readonly lambda: number;
  /** monotonic ms at which each rig leaves it; those that are not in it stay whatever is planned */
  readonly leavesAtMs: ReadonlyMap<RigId, number>;
  /** what each rig is to make do with, W at the wall, and from when, monotonic ms; the most watts first */
  readonly limitsAtMs: ReadonlyMap<RigId, readonly PlannedLimit[]>;
  /** monotonic ms from which the contact of one that sleeps may open */
  readonly opensAtMs: ReadonlyMap<RigId, number>;
  /** the same by load and increment, for the next plan to begin from */
  readonly stepsAtMs: ReadonlyMap<string, readonly number[]>;
  readonly lastLeavesAtMs: number;
  /** W that the last to leave draw, with all that stays */
  readonly lastWatts: number;
  /** of the battery, not planned with: what is left to the floor */
  readonly kept: number;
  /** what is believed of the battery when it was made, and of the load */
  readonly depth: number;
  readonly loadWatts: number;
  readonly stays: ReadonlyMap<RigId, Stay>;
}

export interface PlannedLimit {
  readonly watts: number;
  readonly atMs: number;
  /** W that its supply is rid of by it */
  readonly savesWatts: number;
}

/** What the stay of a rig until it leaves is. */
export interface Stay {
  /** s by which the last to leave could stay longer, if it left now */
  readonly givesSeconds: number;
  /** currency that may be expected to be lost by that; undefined where nobody said what any rig earns */
  readonly costs: number | undefined;
}
