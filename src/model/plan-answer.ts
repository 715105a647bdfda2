// What a search for a plan found, in figures alone: they come from another thread, and stand in the record of an outage.

export interface PlanAnswer {
  /** currency for the whole battery; infinite: there is nothing left of it */
  readonly lambda: number;
  /** h from the moment of the question at which each step leaves, load by load as they stood in it */
  readonly hours: readonly number[];
  /** W that the last to leave draw, with all that stays */
  readonly lastWatts: number;
  /** of the battery, not planned with: what is left to the floor */
  readonly kept: number;
}
