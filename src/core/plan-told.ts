// What was found for a supply, by rigs and moments: who leaves when, who makes do with less until then, and what each stay is worth.
import type { RigId } from '../model/id.ts';
import type { Drain } from '../planner/drain.ts';
import type { Survival } from '../planner/survival.ts';
import type { OutagePlan, PlannedLimit, Stay } from './outage-plan.ts';
import type { PlannedLoad, Step } from './plan-loads.ts';
import type { Found } from './plan-search.ts';
import { worthOfStay } from './plan-walk.ts';

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
export function told(basis: Basis, { lambda, hours: found, lastWatts, kept }: Found): OutagePlan {
  const { atMs: nowMs, loads, depth, loadWatts, elapsedHours, survival, drain, costPerKwh, held } = basis;
  const perWatt = drain(loadWatts) / loadWatts;
  const leavesAtMs = new Map<RigId, number>();
  const limitsAtMs = new Map<RigId, readonly PlannedLimit[]>();
  const opensAtMs = new Map<RigId, number>();
  const stepsAtMs = new Map<string, readonly number[]>();
  const stays = new Map<RigId, Stay>();
  let lastLeavesAtMs = nowMs;
  const lastDrain = Math.max(drain(lastWatts), Number.MIN_VALUE);
  const stayOf = (step: Step, hours: number): Stay => ({
    givesSeconds: (3600 * perWatt * step.watts * hours) / lastDrain,
    costs: costPerKwh === undefined ? undefined : worthOfStay(step, hours, { survival, costPerKwh }),
  });
  loads.forEach(({ id, increments }, i) => {
    let belowMs = Number.POSITIVE_INFINITY;
    const heldMs = held?.stepsAtMs.get(id);
    stepsAtMs.set(
      id,
      increments.map((step, k) => {
        const hours = found[i]?.[k] ?? 0;
        // None stays longer than what it rests on.
        const atMs = Math.min(belowMs, notPutOff(heldMs?.[k], nowMs + hours * HOUR_MS));
        belowMs = atMs;
        for (const rig of step.sleepers) opensAtMs.set(rig, atMs);
        for (const rig of step.rigs) {
          leavesAtMs.set(rig, atMs);
          lastLeavesAtMs = Math.max(lastLeavesAtMs, atMs);
          stays.set(rig, stayOf(step, hours));
        }
        if (step.limits !== undefined) {
          const { rig, watts } = step.limits;
          limitsAtMs.set(rig, [{ watts, atMs, savesWatts: step.countedWatts }, ...(limitsAtMs.get(rig) ?? [])]);
          stays.set(rig, both(stays.get(rig), stayOf(step, hours)));
        }
        return atMs;
      }),
    );
  });
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
