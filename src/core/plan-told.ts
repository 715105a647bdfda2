// What was found for a supply, by rigs and moments: who leaves when, who makes do with less until then, and what each stay is worth.
import type { RigId } from '../model/id.ts';
import type { Drain } from '../planner/drain.ts';
import type { Survival } from '../planner/survival.ts';
import type { OutagePlan, PlannedLimit, Stay } from './outage-plan.ts';
import type { PlannedLoad, Step } from './plan-loads.ts';
import type { Found } from './plan-search.ts';
import { type Planned, worthOfStay } from './plan-walk.ts';

const HOUR_MS = 3_600_000;
/** Whole percents of charge move a plan by this much, s. */
const BLUR_SECONDS = 3;

/** A rig stays by all its points. */
function both(one: Stay | undefined, other: Stay): Stay {
  if (one === undefined) return other;
  const costs = one.costs === undefined || other.costs === undefined ? undefined : one.costs + other.costs;
  return { givesSeconds: one.givesSeconds + other.givesSeconds, costs };
}

/** Put off by a little at each look, a rig that has to go before a floor would stay too long. */
function notPutOff(heldMs: number | undefined, atMs: number): number {
  return heldMs !== undefined && atMs > heldMs && atMs - heldMs < 1000 * BLUR_SECONDS ? heldMs : atMs;
}

/** What a plan was made from. */
export interface Basis {
  /** monotonic; its hours count from here */
  readonly atMs: number;
  readonly loads: readonly PlannedLoad[];
  /** of the battery, used by then */
  readonly depth: number;
  readonly loadWatts: number;
  /** h that the outage had lasted */
  readonly elapsedHours: number;
  readonly survival: Survival;
  readonly drain: Drain;
  /** undefined: what anything earns is not known, and so nothing is held against what its energy costs */
  readonly costPerKwh: number | undefined;
  readonly held: OutagePlan | undefined;
}

/** The plan by rigs. */
export function told(basis: Basis, { lambda, steps, lastWatts, kept }: Found): OutagePlan {
  const { atMs: nowMs, loads, depth, loadWatts, elapsedHours, survival, drain, costPerKwh, held } = basis;
  const perWatt = drain(loadWatts) / loadWatts;
  const leavesAtMs = new Map<RigId, number>();
  const limitsAtMs = new Map<RigId, readonly PlannedLimit[]>();
  const opensAtMs = new Map<RigId, number>();
  const stepsAtMs = new Map(loads.map(({ id, increments }): [string, number[]] => [id, increments.map(() => nowMs)]));
  const stays = new Map<RigId, Stay>();
  let lastLeavesAtMs = nowMs;
  const lastDrain = Math.max(drain(lastWatts), Number.MIN_VALUE);
  const stayOf = (step: Step, hours: number): Stay => ({
    givesSeconds: (3600 * perWatt * step.watts * hours) / lastDrain,
    costs: costPerKwh === undefined ? undefined : worthOfStay(step, hours, { survival, costPerKwh }),
  });
  // From the last to leave on: what is not put off takes those along that leave before it, and nobody changes places.
  let nextMs = Number.POSITIVE_INFINITY;
  for (let place = steps.length - 1; place >= 0; place -= 1) {
    const { step, load, increment, hours } = steps[place] as Planned;
    const name = loads[load]?.id ?? '';
    const atMs = Math.min(nextMs, notPutOff(held?.stepsAtMs.get(name)?.[increment], nowMs + hours * HOUR_MS));
    nextMs = atMs;
    const own = stepsAtMs.get(name);
    if (own !== undefined) own[increment] = atMs;
    for (const rig of step.sleepers) opensAtMs.set(rig, atMs);
    for (const rig of step.rigs) {
      leavesAtMs.set(rig, atMs);
      lastLeavesAtMs = Math.max(lastLeavesAtMs, atMs);
      stays.set(rig, both(stays.get(rig), stayOf(step, hours)));
    }
    if (step.limits !== undefined) {
      const { rig, watts } = step.limits;
      limitsAtMs.set(rig, [{ watts, atMs, savesWatts: step.countedWatts }, ...(limitsAtMs.get(rig) ?? [])]);
      stays.set(rig, both(stays.get(rig), stayOf(step, hours)));
    }
  }
  return {
    atMs: nowMs,
    elapsedHours,
    lambda,
    leavesAtMs,
    limitsAtMs,
    opensAtMs,
    stepsAtMs,
    lastLeavesAtMs,
    lastWatts,
    kept,
    depth,
    loadWatts,
    stays,
  };
}
