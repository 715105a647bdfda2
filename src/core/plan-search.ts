// Which plan is worth most, where a floor stands above it that takes all. A plan is made for so much of a battery; what has to be kept for the
// floor hangs on who is there when it is near, and so on the plan: several are made, lived through on paper, and the best of them is taken.
import { type Before, type Plan, plan } from '../planner/plan.ts';
import type { Survival } from '../planner/survival.ts';
import { joulesOf } from './falling.ts';
import type { PlannedLoad } from './plan-loads.ts';
import { type Grounds, hoursOf, justInTime, type Planned, plannedSteps, type Walked, walk, walkTo, worthUntil } from './plan-walk.ts';

/** Of the battery: planned with no further, wherever the floor is (docs/policies.md). */
export const LEAST_KEPT = 0.1;
/**
 * A plan stays so far above the floor, of the battery and in seconds at what is drawn, whichever is more; where it stays further away, or
 * comes nearer, it is made once more. A floor takes all, and what a battery tells comes late and in whole percents: with 3 s less was gained
 * than was lost where the floor came after all (scripts/bench policy --fit).
 */
const MARGIN = 0.01;
const MARGIN_SECONDS = 8;
/** Plans that keep more, or less, than the one before; the first of an outage has none to begin from. Of many rigs one more takes a tick long. */
const TRIES = { later: 1, first: 3, firstOfMany: 1 } as const;
/** What a plan that meets the floor has to be worth more than one that does not. */
const FLOOR_COSTS = 1.05;
/** Of the battery: so much more at the end than the best alone needs is worth a plan of those that are there then. */
const TO_SPARE = 0.01;
/** So often those that are left last are planned by themselves: each time the floor is nearest later, and fewer are left. */
const LONGER = 3;

export interface Search extends Grounds {
  readonly loads: readonly PlannedLoad[];
  /** W carried now */
  readonly loadWatts: number;
  /** currency for one kWh from the battery */
  readonly costPerKwh: number;
  readonly survival: Survival;
  /** as the chances are, should the outage last for so many hours from now */
  readonly survivalFrom: (hours: number) => Survival;
  /** the plan held until now, and what it kept of the battery; undefined: none was */
  readonly before: Before | undefined;
  readonly kept: number | undefined;
  /** a large site, whose plans take a tick long */
  readonly many: boolean;
}

export interface Found extends Pick<Plan, 'lambda'> {
  /** the first to leave first */
  readonly steps: readonly Planned[];
  /** W that the last to leave draw, with all that stays */
  readonly lastWatts: number;
  /** of the battery, not planned with */
  readonly kept: number;
}

/** Of the battery, how far from the floor a plan is to stay at so many watts. */
export const marginBy =
  (drain: Grounds['drain']): Grounds['marginAt'] =>
  (watts) =>
    Math.max(MARGIN, (MARGIN_SECONDS / 3600) * drain(watts));

/** Of those tried the one that is worth most. */
export function bestPlan(search: Search): Found {
  const { loads, before } = search;
  const first = tried(search, search.kept ?? leastKept(search), before);
  let best = spared(first, withoutFloor(search, first));
  let last = first;
  for (let more = triesOf(search); more > 0; more--) {
    const kept = keptInstead(search, last);
    if (kept === undefined) break;
    last = tried(search, kept, { lambda: last.made.lambda, hoursOf: hoursBy(loads, last.made) });
    best = better(best, last);
  }
  for (let more = LONGER; more > 0; more--) {
    const longer = better(best, longerLast(search, best));
    if (longer === best) break;
    best = longer;
  }
  return { lambda: best.made.lambda, steps: best.steps, lastWatts: best.walked.lastWatts, kept: best.kept };
}

/** A plan, and what becomes of it. */
interface Tried {
  readonly made: Plan;
  /** the first to leave first */
  readonly steps: readonly Planned[];
  readonly walked: Walked;
  /** of the battery, not planned with */
  readonly kept: number;
  readonly worth: number;
}

function triesOf({ kept, many }: Search): number {
  if (kept !== undefined) return TRIES.later;
  return many ? TRIES.firstOfMany : TRIES.first;
}

/** Of the battery, what is left when the floor takes the best earner alone. */
const leastKept = (search: Search): number => search.floorAt(leastWatts(search));

function leastWatts({ loads, baseWatts }: Search): number {
  return baseWatts + (loads[0]?.increments ?? []).reduce((sum, { watts }) => sum + watts, 0);
}

/** Of the battery, what a plan should have kept; undefined: nothing much else. */
function keptInstead(search: Search, { kept, walked }: Tried): number | undefined {
  // Where nothing was left to plan with, what was kept may be of a larger load.
  const instead = Number.isFinite(walked.lacks) ? Math.max(LEAST_KEPT, kept + walked.lacks) : Math.min(kept, leastKept(search));
  return Math.abs(instead - kept) > search.marginAt(search.loadWatts) ? instead : undefined;
}

/** A night without a floor is taken for somewhat less: what is promised then is kept. */
const spared = (one: Tried, other: Tried | undefined): Tried =>
  other !== undefined && other.worth * FLOOR_COSTS > one.worth ? other : one;

const better = (one: Tried, other: Tried | undefined): Tried => (other !== undefined && other.worth > one.worth ? other : one);

function tried(search: Search, kept: number, from: Before | undefined): Tried {
  const { loads, baseWatts, costPerKwh, drain, depth, survival } = search;
  const usable = 1 - depth - kept - stopDepth(search, loads);
  return lived(search, kept, plan({ loads, baseWatts, costPerKwh, drain, depth: usable, survival }, from));
}

function lived(search: Search, kept: number, made: Plan, steps: readonly Planned[] = plannedSteps(search.loads, made)): Tried {
  const walked = walk(steps, search);
  // Within the margin the floor may take all or not.
  const near = worthUntil(steps, walked.nearHours, search);
  const ends = walked.endsHours === walked.nearHours ? near : worthUntil(steps, walked.endsHours, search);
  const worth = (near + ends) / 2;
  return { made, steps, walked, kept, worth };
}

/** A floor that comes early, while those that were told still draw, would take all. To keep more to the end would take it from others. */
function withoutFloor(search: Search, { made, steps, walked, kept }: Tried): Tried | undefined {
  const sooner = walked.nearHours === Number.POSITIVE_INFINITY ? undefined : justInTime(steps, search);
  return sooner && lived(search, kept, made, sooner);
}

/**
 * Where the floor is nearest while many draw, and what that keeps is too much for the few that are left later: those are planned by
 * themselves from that moment on, down to what the best alone needs. Once it has come, a plan made anew would say no less.
 */
function longerLast(search: Search, tightest: Tried): Tried | undefined {
  const { made, steps, walked, kept } = tightest;
  const { loads, baseWatts, costPerKwh, drain } = search;
  const from = walked.lacksAtHours;
  const least = leastKept(search) + search.marginAt(leastWatts(search));
  // Of many rigs the next plan does as well, and one more takes a tick long.
  if (from === 0 || search.many || !(walked.leftLast > least + TO_SPARE)) return undefined;
  const { left, leaving } = walkTo(steps, search, from);
  const hours = hoursOf(loads, steps);
  const stay = hours.map((own) => own.flatMap((at, k) => (at > from ? [k] : [])));
  const staying = loads.map(({ id, increments }, i) => ({ id, increments: (stay[i] ?? []).flatMap((k) => increments[k] ?? []) }));
  const depth = left - least - stopDepth({ ...search, leaving }, staying);
  const later = plan({ loads: staying, baseWatts, costPerKwh, drain, depth, survival: search.survivalFrom(from) });
  const longer = hours.map((own, i) => own.map((at, k) => (at > from ? from + (later.hours[i]?.[stay[i]?.indexOf(k) ?? -1] ?? 0) : at)));
  const found = lived(search, kept, { ...made, hours: longer });
  return better(found, withoutFloor(search, found));
}

/** Of the battery, what all that run draw while they stop, and what those that are leaving still do. */
function stopDepth({ drain, loadWatts, baseWatts, leaving }: Search, loads: readonly PlannedLoad[]): number {
  let joules = joulesOf(leaving);
  for (const { increments } of loads) for (const { watts, stopSeconds } of increments) joules += watts * stopSeconds;
  return loadWatts > baseWatts ? (joules / 3600) * ((drain(loadWatts) - drain(baseWatts)) / (loadWatts - baseWatts)) : 0;
}

/** By load and increment. */
function hoursBy(loads: readonly PlannedLoad[], { hours }: Plan): Before['hoursOf'] {
  const places = new Map(loads.map(({ id }, i) => [id, i]));
  return (load, increment) => hours[places.get(load) ?? -1]?.[increment];
}
