// The price of depth: the least one at which what stays fits into the battery.
import type { Leaving, Lineup } from './lineup.ts';

export interface Priced {
  /** currency for the whole battery, 0 or more */
  readonly lambda: number;
  /** h, of each piece in its order */
  readonly times: Float64Array;
  readonly depthUsed: number;
}

/** One end of the search: a price (as its logarithm), by how much more than allowed its plan uses, and that plan. */
interface End {
  readonly log: number;
  readonly over: number;
  readonly used: number;
  readonly leaving: Leaving;
}

/** Relative. What is left is shared out between the plans at both ends, so that no depth lies idle: their times differ by no more. */
const CLOSE = 1e-8;
const TRIES = 100;
/** ln of a price under which everything stays as if it were free */
const FREE = -690;

/** Where a search begins: it costs time where that is far off, and nothing else. */
export interface Near {
  /** currency for the whole battery, above 0 */
  readonly lambda: number;
  /** ln of the factor of the first step away from it */
  readonly step: number;
}

export function priceOf(lineup: Lineup, depth: number, near: Near): Priced {
  const overAt = (log: number): End => {
    const used = lineup.priced(log <= FREE ? 0 : Math.exp(log));
    return { log, over: used - depth, used, leaving: lineup.leaving() };
  };
  const first = overAt(Math.log(near.lambda));
  // Where a price is too low already, none is so all the more.
  const free = first.over > 0 ? undefined : overAt(FREE);
  if (free !== undefined && free.over <= 0) return { lambda: 0, times: lineup.timesOf(free.leaving), depthUsed: free.used };
  const [above, below] = narrowed(bracket(overAt, first, near.step), overAt, depth * CLOSE);
  const between = above.used - below.used;
  const share = between > 0 ? (depth - below.used) / between : 0;
  const times = lineup.timesOf(below.leaving);
  const latest = lineup.timesOf(above.leaving);
  for (let i = 0; i < times.length; i++) {
    const until = times[i] ?? 0;
    times[i] = until + share * Math.max(0, (latest[i] ?? until) - until);
  }
  return { lambda: Math.exp(below.log), times, depthUsed: Math.min(depth, below.used + share * between) };
}

type Ends = readonly [above: End, below: End];

/** A price that is too low, and one that is not. */
function bracket(overAt: (log: number) => End, first: End, firstStep: number): Ends {
  let end = first;
  for (let step = firstStep; ; step *= 4) {
    const next = overAt(Math.max(FREE, end.log + (end.over > 0 ? step : -step)));
    if (end.over > 0 !== next.over > 0) return end.over > 0 ? [end, next] : [next, end];
    end = next;
  }
}

/** By false position, where an end that stays for a second time counts for half (Illinois); a bisection in between where that creeps. */
function narrowed([above, below]: Ends, overAt: (log: number) => End, enough: number): Ends {
  let [first, last] = [above, below];
  let [high, low] = [above.over, below.over];
  let stayed: 'first' | 'last' | undefined;
  for (let tried = 1; tried < TRIES && last.over < -enough && last.log - first.log > CLOSE; tried++) {
    const falsely = (first.log * low - last.log * high) / (low - high);
    const middle = (first.log + last.log) / 2;
    const next = overAt(tried % 4 === 0 || !(falsely > first.log && falsely < last.log) ? middle : falsely);
    if (next.over > 0) {
      if (stayed === 'last') low /= 2;
      [first, high, stayed] = [next, next.over, 'last'];
    } else {
      if (stayed === 'first') high /= 2;
      [last, low, stayed] = [next, next.over, 'first'];
    }
  }
  return [first, last];
}
