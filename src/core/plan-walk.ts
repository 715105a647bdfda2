// What a plan comes to where the floor stands above it. A plan is made as if each were gone when it is told; a rig draws on until its stop is
// done, the floor looks at what is drawn, and takes all the others before their time where a plan leaves too little.
import type { Plan } from '../planner/plan.ts';
import { worthOf } from '../planner/problem.ts';
import type { Survival } from '../planner/survival.ts';
import { type Fall, putInTurn, wattsOf } from './falling.ts';
import type { Step } from './plan-loads.ts';

/** One step of a plan. */
export interface Planned {
  readonly step: Step;
  /** places of its load, and of it in that */
  readonly load: number;
  readonly increment: number;
  /** currency/h a W, of it or of the best that rests on it; infinite where it draws nothing */
  readonly earns: number;
  /** h from now at which it leaves */
  hours: number;
}

export interface Grounds {
  /** W that stay whatever is planned */
  readonly baseWatts: number;
  /** what is on its way down already, the next first */
  readonly leaving: readonly Fall[];
  /** of the battery, used by now */
  readonly depth: number;
  /** 1/h at so many watts */
  readonly drain: (watts: number) => number;
  /** of the battery, what is left when the floor takes all at so many watts */
  readonly floorAt: (watts: number) => number;
  /** of the battery, how far from the floor a plan is to stay at so many watts; nearer than a part of that, it takes all */
  readonly marginAt: (watts: number) => number;
}

export interface Walked {
  /** of the battery, what is missing to the margin where the plan comes nearest to the floor; below 0: what could be missing besides */
  readonly lacks: number;
  /** h from now at which it comes so near */
  readonly lacksAtHours: number;
  /** of the battery, what is left when the last rig leaves; NaN where none does */
  readonly leftLast: number;
  /** h from now at which it first comes nearer than the margin; infinite: never */
  readonly nearHours: number;
  /** h from now at which the floor takes all that are there yet; infinite: they have left by then */
  readonly endsHours: number;
  /** W that are drawn when the last rig leaves, without what is on its way down then */
  readonly lastWatts: number;
}

/** A floor is looked up anew when so much of the load has gone: until then the one of the larger load holds, which is the higher. */
const SAME_FLOOR = 0.99;
/** What is told of a battery comes in whole percents and late: of the margin so much has to be left, or the floor counts as there. */
const NO_NEARER = 1 / 3;

/**
 * What is on its way down was told for the margin, and by looks and blurs it is down somewhat later than was reckoned. Of the margin so much
 * is enough for it: no plan is thrown over for a second that is lost already.
 */
const ON_ITS_WAY = 1 / 2;

/** Those that are told in time for the floor within so many s of each other leave in one. */
const TOGETHER_SECONDS = 10;

/** No better earner leaves in the place of a worse one whose stop takes but so many s longer: the floor has room for that. */
const LIKE_STOPS_SECONDS = 8;

/** Of the margin: nearer than by this is nearer, and no matter of reckoning. */
const NEAR = 0.1;

/** The steps of a plan, the first to leave first. */
export function plannedSteps(
  loads: readonly { readonly increments: readonly Step[] }[],
  { hours }: Pick<Plan, 'hours'>,
): readonly Planned[] {
  const steps: Planned[] = [];
  // From the worst earner on: a row that is sorted nearly is sorted soon.
  for (let load = loads.length - 1; load >= 0; load--) {
    const increments = loads[load]?.increments ?? [];
    const own = hours[load];
    let earns = 0;
    for (let increment = increments.length - 1; increment >= 0; increment--) {
      const step = increments[increment];
      if (step === undefined) continue;
      earns = Math.max(earns, step.watts > 0 ? step.reward / step.watts : Number.POSITIVE_INFINITY);
      steps.push({ step, load, increment, earns, hours: own?.[increment] ?? 0 });
    }
  }
  // Of those that leave together the worst earner goes first, whatever it rests on, and of one load the upper step.
  return steps.sort((a, b) => a.hours - b.hours || a.earns - b.earns || b.load - a.load || b.increment - a.increment);
}

/** What is left of a battery at a moment of its plan, and what is on its way down then. */
export interface Standing {
  readonly left: number;
  readonly leaving: Grounds['leaving'];
}

/** As they stand in the loads. */
export function hoursOf(loads: readonly { readonly increments: readonly Step[] }[], steps: readonly Planned[]): Plan['hours'] {
  const hours = loads.map(({ increments }) => increments.map(() => 0));
  for (const { load, increment, hours: own } of steps) {
    const those = hours[load];
    if (those !== undefined) those[increment] = own;
  }
  return hours;
}

/**
 * The same, but where it comes near the floor one more is down by then, the first to leave first: told as late as that takes, for to be told
 * sooner saves nothing. Undefined where none can be down in time.
 */
export function justInTime(steps: readonly Planned[], grounds: Grounds): readonly Planned[] | undefined {
  const way = new Way(steps, grounds);
  const all = steps.map((one) => ({ ...one }));
  const standing = new Set(all);
  for (const next of all.toSorted((a, b) => downAt(a) - downAt(b))) {
    while (standing.has(next)) {
      const near = way.nearBy(downAt(next));
      if (near === undefined) {
        standing.delete(next);
        way.on(downAt(next));
        way.falls(next.step.watts);
        continue;
      }
      const first = firstOf(standing, near.ends);
      if (isInVain(first, near.at, untoldBy(near.at, all, standing))) return byHours(all);
      if (first === undefined) return undefined;
      first.hours = Math.max(0, near.at - first.step.stopSeconds / 3600);
      standing.delete(first);
      way.on(near.at);
      way.falls(first.step.watts);
    }
  }
  return byHours(all);
}

/** The floor takes who has not been told. One alone would lose more by being told for its sake, not by another's that is on its way by then. */
const isInVain = (first: Planned | undefined, at: number, untold: number): boolean =>
  untold === 0 || (untold === 1 && (first === undefined || first.hours >= at));

/** How many have not been told by then: none, one, or two and more. Those that leave last stand last, but for who was told before a slow one. */
function untoldBy(at: number, all: readonly Planned[], standing: ReadonlySet<Planned>): number {
  let untold = 0;
  for (let place = all.length - 1; place >= 0 && untold < 2; place -= 1) {
    const one = all[place];
    if (one !== undefined && one.hours > at && one.step.rigs.length > 0 && standing.has(one)) untold += 1;
  }
  return untold;
}

/** The first to leave of which this supply alone decides, and that can be down in so many hours, or takes little longer than one that can. */
function firstOf(standing: ReadonlySet<Planned>, hours: number): Planned | undefined {
  const within = (seconds: number): Planned | undefined => {
    for (const one of standing) if (one.step.shared !== true && one.step.stopSeconds <= seconds) return one;
    return undefined;
  };
  const inTime = within(3600 * hours);
  return inTime && within(inTime.step.stopSeconds + LIKE_STOPS_SECONDS);
}

/**
 * The first to leave first; of one load no step stays longer than one that it rests on, and a worse earner leaves along with a better one that
 * goes some seconds before it, for it stops faster or more slowly: nobody should see the better one stand while the worse one hashes.
 */
function byHours(steps: readonly Planned[]): readonly Planned[] {
  const below = new Map<number, number>();
  for (const one of steps.toSorted((a, b) => a.increment - b.increment)) {
    one.hours = Math.min(one.hours, below.get(one.load) ?? Number.POSITIVE_INFINITY);
    below.set(one.load, one.hours);
  }
  const all = steps.toSorted((a, b) => a.hours - b.hours);
  let first = Number.NEGATIVE_INFINITY;
  // Each earns more than the one before it.
  let bests: Planned[] = [];
  for (const one of all) {
    if (one.hours - first > TOGETHER_SECONDS / 3600) [first, bests] = [one.hours, []];
    if (one.earns < (bests.at(-1)?.earns ?? Number.NEGATIVE_INFINITY)) {
      // No sooner than the first that earns more: one that earns less may go between that and where the window begins.
      one.hours = bests.find(({ earns }) => earns > one.earns)?.hours ?? one.hours;
    } else bests.push(one);
  }
  return all.toSorted((a, b) => a.hours - b.hours || a.earns - b.earns);
}

const downAt = ({ step, hours }: Planned): number => hours + step.stopSeconds / 3600;

/** Lives through a plan whose outage never ends. `steps`: the first to leave first. */
export function walk(steps: readonly Planned[], grounds: Grounds): Walked {
  const last = steps.findLast(({ step }) => step.rigs.length > 0)?.hours ?? 0;
  const way = gone(steps, grounds, last);
  way.lastWatts = steps.reduce((sum, { step, hours }) => (hours >= last ? sum + step.watts : sum), grounds.baseWatts);
  return way;
}

/** The same, as it stands after so many hours. */
export function walkTo(steps: readonly Planned[], grounds: Grounds, hours: number): Standing {
  const way = gone(steps, grounds, hours);
  way.on(hours);
  return way.now;
}

function gone(steps: readonly Planned[], grounds: Grounds, until: number): Way {
  const way = new Way(steps, grounds);
  for (const { step, hours } of steps) {
    if (hours > until) break;
    way.on(hours);
    way.leaves(step, hours);
  }
  return way;
}

/** h from now at which the floor is nearer than the margin, and at which it counts as there, at what is drawn then. */
interface Near {
  readonly at: number;
  readonly ends: number;
}

interface Due {
  /** h from now */
  readonly hours: number;
  readonly watts: number;
  /** it is on its way now, and no plan makes it sooner */
  readonly told: boolean;
}

class Way implements Walked {
  lacks = Number.NEGATIVE_INFINITY;
  lacksAtHours = 0;
  leftLast = Number.NaN;
  nearHours = Number.POSITIVE_INFINITY;
  endsHours = Number.POSITIVE_INFINITY;
  lastWatts: number;
  readonly #grounds: Grounds;
  /** what goes when, the next first */
  readonly #falls: Due[];
  #watts: number;
  #hours = 0;
  #left: number;
  #floor = { watts: Number.POSITIVE_INFINITY, left: 0, margin: 0 };

  constructor(steps: readonly Planned[], grounds: Grounds) {
    const { baseWatts, leaving, depth } = grounds;
    this.#grounds = grounds;
    this.#left = 1 - depth;
    this.#watts = steps.reduce((sum, { step }) => sum + step.watts, baseWatts + wattsOf(leaving));
    this.lastWatts = this.#watts;
    this.#falls = leaving.map(({ atSeconds, watts }) => ({ hours: atSeconds / 3600, watts, told: true }));
  }

  get now(): Standing {
    const leaving = this.#falls.map(({ hours, watts }): Fall => ({ watts, atSeconds: Math.max(0, hours - this.#hours) * 3600 }));
    return { left: this.#left, leaving };
  }

  on(until: number): void {
    for (let next = this.#falls[0]; next !== undefined && next.hours <= until; next = this.#falls[0]) {
      this.#draw(next.hours);
      this.#falls.shift();
      this.#watts -= next.watts;
    }
    this.#draw(until);
  }

  leaves({ watts, stopSeconds }: Step, hours: number): void {
    putInTurn(this.#falls, { hours: hours + stopSeconds / 3600, watts, told: false }, (fall) => fall.hours);
  }

  /** So many watts go now. */
  falls(watts: number): void {
    this.#watts -= watts;
  }

  /** Where it comes nearer than the margin; undefined: not before `until`. */
  nearBy(until: number): Near | undefined {
    for (;;) {
      const { left, margin } = this.#floorNow();
      const next = this.#falls[0]?.hours ?? until;
      const to = Math.min(until, next);
      const perHour = this.#grounds.drain(this.#watts);
      const within = (of: number): number => this.#hours + Math.max(0, this.#left - left - of) / perHour;
      const at = within(next <= until ? this.#enough(margin) : margin);
      if (at < to) return { at, ends: within(NO_NEARER * margin) };
      if (to === until) return undefined;
      this.on(to);
    }
  }

  /** Of a margin, as much as is wanted until the next that is on its way is down. */
  #enough(margin: number): number {
    return this.#falls[0]?.told === true ? ON_ITS_WAY * margin : margin;
  }

  /** Of the battery, what is left at the floor, and the margin above it. */
  #floorNow(): { readonly left: number; readonly margin: number } {
    const watts = this.#watts;
    if (watts < SAME_FLOOR * this.#floor.watts) {
      const { floorAt, marginAt } = this.#grounds;
      this.#floor = { watts, left: floorAt(watts), margin: marginAt(watts) };
    }
    return this.#floor;
  }

  /** At a steady load the floor is nearest at the end. */
  #draw(until: number): void {
    if (until <= this.#hours) return;
    const perHour = this.#grounds.drain(this.#watts);
    const { left: floor, margin } = this.#floorNow();
    const left = this.#left - perHour * (until - this.#hours);
    const lacks = floor - left + this.#enough(margin);
    const below = floor - left + NO_NEARER * margin;
    if (lacks > NEAR * margin) this.nearHours = Math.min(this.nearHours, Math.max(this.#hours, until - lacks / perHour));
    if (below > 0 && this.endsHours === Number.POSITIVE_INFINITY) this.endsHours = Math.max(this.#hours, until - below / perHour);
    // Of moments that are as near, the last: what comes after it is free of it.
    if (lacks > this.lacks - NEAR * margin) this.lacksAtHours = until;
    this.lacks = Math.max(this.lacks, lacks);
    this.leftLast = left;
    this.#left = left;
    this.#hours = until;
  }
}

interface Odds {
  readonly survival: Survival;
  readonly costPerKwh: number;
}

/** currency that may be expected of a plan where all that are there yet leave at `endsHours`, beside leaving all at once. */
export function worthUntil(steps: readonly Planned[], endsHours: number, odds: Odds): number {
  return steps.reduce((worth, { step, hours }) => worth + worthOfStay(step, Math.min(hours, endsHours), odds), 0);
}

/** currency that may be expected of the stay of one for so many hours, beside its leaving at once. */
export function worthOfStay(step: Step, hours: number, { survival, costPerKwh }: Odds): number {
  const { net, loss } = worthOf(step, costPerKwh);
  return net * survival.hashed(hours) + loss * (1 - survival.at(hours));
}
