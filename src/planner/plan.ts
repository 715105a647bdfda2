// When each load leaves a battery so that the reward that may be expected is the most: the one price of depth whose plan
// fits, and the row in which they leave under it (shedding policy, sections 2 to 4).
import { Lineup } from './lineup.ts';
import { type Near, priceOf } from './price.ts';
import { HORIZON_HOURS, type Increment, type Load, type Problem, worthOf } from './problem.ts';
import type { Worth } from './survival.ts';

export interface Plan {
  /** currency for the whole battery; 0: there is more than anything needs; infinite: there is nothing */
  readonly lambda: number;
  /** h from now at which each increment of each load leaves, as they stand in the problem */
  readonly hours: readonly (readonly number[])[];
  /** h from now at which the base load is no longer needed */
  readonly baseHours: number;
  /** of the whole battery, if the outage never ends */
  readonly depthUsed: number;
  /** currency, expected */
  readonly value: number;
}

/** Rows that are tried; with one restart time for all the first is the last. */
const ROWS = 6;

/** ln of how far the price of a first plan, of one some seconds later, and of the same in another row may be from what is guessed. */
const STEP = { first: 0.5, later: 0.01, sameAgain: 1e-4 };

/** A plan of shortly before, from which a new one begins: it is found sooner, and is worth no less than the rest of that one. */
export interface Before {
  /** currency for the whole battery, as the chances are seen now: what it was, over the chance that the outage lasted until now */
  readonly lambda: number;
  /** h at which an increment of a load was to leave; undefined: it had no part in it */
  readonly hoursOf: (load: string, increment: number) => number | undefined;
}

/** The problem must be one without a mistake. */
export function plan(problem: Problem, before?: Before): Plan {
  const { loads, depth, horizonHours = HORIZON_HOURS } = problem;
  if (depth <= 0) return nothing(problem);
  const solver = new Solver(problem, horizonHours);
  const known = before !== undefined && before.lambda > 0 && Number.isFinite(before.lambda) ? before : undefined;
  let row = known === undefined ? solver.rowBy(efficiency) : solver.rowAs(known);
  let best = solver.best(
    row,
    known === undefined ? { lambda: solver.guess(), step: STEP.first } : { lambda: known.lambda, step: STEP.later },
  );
  for (let tried = 1; tried < ROWS && best.lambda > 0; tried++) {
    const next = solver.rowAt(best.lambda);
    if (next.every(({ load, lowest, highest }, i) => load === row[i]?.load && lowest === row[i].lowest && highest === row[i].highest))
      break;
    row = next;
    const other = solver.best(row, { lambda: best.lambda, step: STEP.sameAgain });
    if (other.value > best.value) best = other;
  }
  const hours = loads.map(({ increments }) => increments.map(() => 0));
  best.row.forEach(({ load, lowest, highest }, i) => {
    hours[load]?.fill(best.times[i] ?? 0, lowest, highest + 1);
  });
  return { lambda: best.lambda, hours, baseHours: best.times[0] ?? 0, depthUsed: best.depthUsed, value: best.value };
}

function nothing({ loads }: Problem): Plan {
  const loss = loads.reduce((sum, { increments }) => sum + increments.reduce((all, one) => all + one.loss, 0), 0);
  return {
    lambda: Number.POSITIVE_INFINITY,
    hours: loads.map(({ increments }) => increments.map(() => 0)),
    baseHours: 0,
    depthUsed: 0,
    value: -loss,
  };
}

/** Increments of one load that leave together. */
interface Piece extends Worth {
  readonly watts: number;
  /** currency/h a watt, coarser than what reckoning blurs, so that equals are equal whatever the unit */
  readonly earns: number;
  /** places in the problem */
  readonly load: number;
  readonly lowest: number;
  readonly highest: number;
  /** what the last row was made by, as coarse: nothing is made anew for a row */
  key: number;
}

/** What says who stays longer: more of it. */
type Key = (piece: Piece) => number;

interface Found {
  readonly row: readonly Piece[];
  readonly times: Float64Array;
  readonly lambda: number;
  readonly depthUsed: number;
  readonly value: number;
}

class Solver {
  readonly #problem: Problem;
  readonly #horizon: number;
  /** of each load, each increment by itself */
  readonly #single: readonly (readonly Piece[])[];
  /** of all of them */
  readonly #watts: number;

  constructor(problem: Problem, horizon: number) {
    this.#problem = problem;
    this.#horizon = horizon;
    this.#single = problem.loads.map(({ increments }, load) => increments.map((one, at) => pieceOf(one, { load, at }, problem.costPerKwh)));
    this.#watts = this.#single.reduce((sum, pieces) => sum + pieces.reduce((all, { watts }) => all + watts, 0), 0);
  }

  /** The last to leave first. Of one load what would leave before what it rests on leaves with it. */
  rowBy(key: Key): readonly Piece[] {
    const { loads } = this.#problem;
    // Those that rest on others come after them all: two rows that are sorted nearly are sorted soon.
    const row: Piece[] = [];
    const upper: Piece[] = [];
    const chain: Piece[] = [];
    for (const single of this.#single) {
      chain.length = 0;
      for (const one of single) {
        let top = keyed(one, key);
        for (let below = chain.at(-1); below !== undefined && top.key >= below.key; below = chain.at(-1)) {
          chain.pop();
          top = keyed(together(below, top), key);
        }
        chain.push(top);
      }
      for (const piece of chain) (piece === chain[0] ? row : upper).push(piece);
    }
    for (const piece of upper) row.push(piece);
    return row.sort(
      (a, b) => descending(a.key, b.key) || descending(a.earns, b.earns) || byName(loads[a.load], loads[b.load]) || a.lowest - b.lowest,
    );
  }

  /** By when each would leave alone, if every watt took what it takes in the mean of all. */
  rowAt(lambda: number): readonly Piece[] {
    return this.rowBy(this.#alone(lambda));
  }

  /** As before, and whoever is new by when it would leave alone. */
  rowAs({ lambda, hoursOf }: Before): readonly Piece[] {
    const alone = this.#alone(lambda);
    const { loads } = this.#problem;
    return this.rowBy((piece) => hoursOf(loads[piece.load]?.id ?? '', piece.lowest) ?? alone(piece));
  }

  #alone(lambda: number): Key {
    const { survival } = this.#problem;
    const perWatt = lambda * this.#drainPerWatt();
    return (piece) => survival.crossing(piece, perWatt * piece.watts, this.#horizon);
  }

  /** A price to begin at: what a whole battery earns that all of them empty at once. */
  guess(): number {
    const earning = this.#single.reduce((sum, pieces) => sum + pieces.reduce((all, { net }) => all + Math.max(0, net), 0), 0);
    const { baseWatts, drain } = this.#problem;
    const taken = drain(baseWatts + this.#watts);
    return earning > 0 && taken > 0 ? earning / taken : 1;
  }

  /** 1/h a watt that all together take beside the base load. */
  #drainPerWatt(): number {
    const { baseWatts, drain } = this.#problem;
    return this.#watts === 0 ? 0 : (drain(baseWatts + this.#watts) - drain(baseWatts)) / this.#watts;
  }

  /** The best times in this row. */
  best(row: readonly Piece[], near: Near): Found {
    const { baseWatts, drain, depth, survival } = this.#problem;
    const drains = new Float64Array(row.length);
    let watts = baseWatts;
    const baseDrain = drain(baseWatts);
    let taken = baseDrain;
    row.forEach((piece, i) => {
      watts += piece.watts;
      const all = drain(watts);
      drains[i] = all - taken;
      taken = all;
    });
    const lineup = new Lineup(row, { drains, baseDrain, survival, horizonHours: this.#horizon });
    const { lambda, times, depthUsed } = priceOf(lineup, depth, near);
    const value = row.reduce((sum, { net, loss }, i) => {
      const until = times[i] ?? 0;
      return sum + net * survival.hashed(until) - loss * survival.at(until);
    }, 0);
    return { row, times, lambda, depthUsed, value };
  }
}

function keyed(piece: Piece, key: Key): Piece {
  piece.key = Math.fround(key(piece));
  return piece;
}

function pieceOf(increment: Increment, { load, at }: { load: number; at: number }, costPerKwh: number): Piece {
  const { net, loss } = worthOf(increment, costPerKwh);
  const { watts } = increment;
  return { net, loss, watts, earns: Math.fround(efficiency({ net, watts })), load, lowest: at, highest: at, key: 0 };
}

function together(lower: Piece, upper: Piece): Piece {
  const [net, watts] = [lower.net + upper.net, lower.watts + upper.watts];
  return {
    net,
    loss: lower.loss + upper.loss,
    watts,
    earns: Math.fround(efficiency({ net, watts })),
    load: lower.load,
    lowest: lower.lowest,
    highest: upper.highest,
    key: 0,
  };
}

/** Currency/h a watt. What draws nothing and earns leaves last, what draws nothing and costs leaves first. */
function efficiency({ net, watts }: Pick<Piece, 'net' | 'watts'>): number {
  if (watts > 0) return net / watts;
  return net === 0 ? 0 : net * Number.POSITIVE_INFINITY;
}

/** Also of two that are infinite. */
const descending = (a: number, b: number): number => (a === b ? 0 : b > a ? 1 : -1);

/** A name is unique. */
const byName = (a: Load | undefined, b: Load | undefined): number =>
  a === b || a === undefined || b === undefined ? 0 : a.id < b.id ? -1 : 1;
