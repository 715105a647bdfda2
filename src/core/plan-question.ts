// A search for a plan as figures alone, for another thread: what plan-search.ts needs, without the state it was read from. What is asked at
// any load, how fast the battery goes and where its floor is, is told at so many loads that what lies between does not matter.
import type { RigId, UpsId } from '../model/id.ts';
import type { PlanAnswer } from '../model/plan-answer.ts';
import { readAt, throughPoints } from '../planner/drain.ts';
import type { Before } from '../planner/plan.ts';
import { type Prior, Survival } from '../planner/survival.ts';
import { LEAST_WATTS } from './capacity.ts';
import type { Fall } from './falling.ts';
import type { PlannedLoad, Step } from './plan-loads.ts';
import { bestPlan, type Found, marginBy, type Search } from './plan-search.ts';
import { hoursOf, plannedSteps } from './plan-walk.ts';

export interface PlanQuestion {
  readonly ups: UpsId;
  /** monotonic; the hours of the answer count from here */
  readonly atMs: number;
  /** of each load */
  readonly names: readonly string[];
  readonly counts: readonly number[];
  /** of each step, load by load */
  readonly steps: {
    /** W at the UPS output, currency/h, currency, s */
    readonly watts: readonly number[];
    readonly reward: readonly number[];
    readonly loss: readonly number[];
    readonly stopSeconds: readonly number[];
    /** whether a rig leaves with it, and whether that is fed by others, too: `LEAVES` and `SHARED` added */
    readonly traits: readonly number[];
    /** h at which it was to leave by the plan before; absent: there was none; NaN: not by that one */
    readonly before?: readonly number[] | undefined;
  };
  /** currency for the whole battery, of the plan before */
  readonly lambda?: number | undefined;
  readonly baseWatts: number;
  readonly loadWatts: number;
  readonly leaving: readonly Fall[];
  /** of the battery */
  readonly depth: number;
  readonly kept?: number | undefined;
  /** 1/h, by watts */
  readonly drain: Table;
  /** of the battery, what is left when the floor takes all, by watts */
  readonly floor: Table;
  readonly costPerKwh: number;
  readonly prior: Prior;
  readonly elapsedHours: number;
}

/** A question that waits for its answer, and what that is put together with. */
export interface Asked {
  readonly question: PlanQuestion;
  readonly loads: readonly PlannedLoad[];
  readonly costPerKwh: number | undefined;
}

/** An answer is told to 3.6 ms: the record of an outage holds every one. */
const PER_HOUR = 1e6;

const LEAVES = 1;
const SHARED = 2;

/** Figures at rising watts, straight between them and on. The first is what the least watt takes: at no load at all there is a jump. */
interface Table {
  readonly watts: readonly number[];
  readonly figures: readonly number[];
}

/** What a question is asked of, beside the search. */
export interface Asker {
  readonly ups: UpsId;
  readonly atMs: number;
  readonly mostWatts: number;
  readonly prior: Prior;
  readonly elapsedHours: number;
}

export function questionOf(search: Search, { ups, atMs, mostWatts, prior, elapsedHours }: Asker): PlanQuestion {
  const { loads, before, baseWatts, loadWatts, leaving, depth, kept, drain, floorAt, costPerKwh } = search;
  const all = loads.flatMap(({ increments }) => increments);
  return {
    ups,
    atMs,
    names: loads.map(({ id }) => id),
    counts: loads.map(({ increments }) => increments.length),
    steps: {
      watts: all.map(({ watts }) => watts),
      reward: all.map(({ reward }) => reward),
      loss: all.map(({ loss }) => loss),
      stopSeconds: all.map(({ stopSeconds }) => stopSeconds),
      traits: all.map(({ rigs, shared }) => (rigs.length > 0 ? LEAVES : 0) + (shared === true ? SHARED : 0)),
      before: before && loads.flatMap(({ id, increments }) => increments.map((_, k) => before.hoursOf(id, k) ?? Number.NaN)),
    },
    lambda: before?.lambda,
    baseWatts,
    loadWatts,
    leaving,
    depth,
    kept,
    drain: tableOf(drain, mostWatts),
    floor: tableOf(floorAt, mostWatts),
    costPerKwh,
    prior,
    elapsedHours,
  };
}

/** The search, made. Pure: the same comes of it wherever it is made. */
export function answerTo(question: PlanQuestion): PlanAnswer {
  const search = searchOf(question);
  const { lambda, steps, lastWatts, kept } = bestPlan(search);
  const hours = hoursOf(search.loads, steps).flat();
  return { lambda, hours: hours.map((one) => Math.round(one * PER_HOUR) / PER_HOUR), lastWatts, kept };
}

/** The answer by load and step; undefined: it is not to this question. */
export function foundIn({ question: { counts }, loads }: Asked, { hours, ...answer }: PlanAnswer): Found | undefined {
  let at = 0;
  const by = counts.map((count) => {
    at += count;
    return hours.slice(at - count, at);
  });
  return at === hours.length ? { ...answer, steps: plannedSteps(loads, { hours: by }) } : undefined;
}

function searchOf(question: PlanQuestion): Search {
  const { baseWatts, loadWatts, leaving, depth, kept, costPerKwh } = question;
  const drain = readIn(question.drain);
  return {
    loads: loadsOf(question),
    baseWatts,
    loadWatts,
    leaving,
    depth,
    kept,
    costPerKwh,
    drain,
    floorAt: readIn(question.floor),
    marginAt: marginBy(drain),
    survival: survivalOf(question),
    survivalFrom: (hours) => survivalOf(question, hours),
    before: beforeOf(question),
    many: true,
  };
}

/** As the chances are, should the outage last for so many hours from the question on. */
export const survivalOf = ({ prior, elapsedHours }: Pick<PlanQuestion, 'prior' | 'elapsedHours'>, hours = 0): Survival =>
  Survival.of(prior, elapsedHours + hours);

/** Who leaves is its name alone: nothing of it is searched for. */
function loadsOf({ names, counts, steps }: PlanQuestion): readonly PlannedLoad[] {
  const { watts, reward, loss, stopSeconds, traits } = steps;
  let at = 0;
  return names.map((id, i): PlannedLoad => {
    const rigs = [id];
    const increments = Array.from({ length: counts[i] ?? 0 }, (): Step => {
      const place = at;
      at += 1;
      const trait = traits[place] ?? 0;
      return {
        watts: watts[place] ?? 0,
        reward: reward[place] ?? 0,
        loss: loss[place] ?? 0,
        stopSeconds: stopSeconds[place] ?? 0,
        countedWatts: 0,
        rigs: (trait & LEAVES) === 0 ? NOBODY : rigs,
        sleepers: NOBODY,
        shared: (trait & SHARED) === 0 ? undefined : true,
        limits: undefined,
      };
    });
    return { id, increments };
  });
}

const NOBODY: readonly RigId[] = [];

function beforeOf({ lambda, names, counts, steps: { before } }: PlanQuestion): Before | undefined {
  if (lambda === undefined || before === undefined) return undefined;
  const places = new Map<string, number>();
  let at = 0;
  for (const [i, name] of names.entries()) {
    places.set(name, at);
    at += counts[i] ?? 0;
  }
  return {
    lambda,
    hoursOf: (load, step) => {
      const hours = before[(places.get(load) ?? Number.NaN) + step];
      return hours === undefined || Number.isNaN(hours) ? undefined : hours;
    },
  };
}

/** At the watts that a drain is made of, so that one comes out as it went in. */
function tableOf(of: (watts: number) => number, mostWatts: number): Table {
  const watts = [0, ...readAt({ leastWatts: LEAST_WATTS, mostWatts })];
  return { watts, figures: watts.map((at) => of(Math.max(at, Number.MIN_VALUE))) };
}

/** What a table says at any load. */
export const readIn = ({ watts, figures }: Table): ((at: number) => number) =>
  throughPoints(watts.map((at, i) => ({ watts: at, perHour: figures[i] ?? 0 })));
