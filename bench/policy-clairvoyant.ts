// What nobody can beat: reward in an outage whose length is known, with a battery that is known, whole or not the rigs.
//
// Why it is a bound. Each rig that runs to the end earns nu T and loses nothing; one that leaves at t < T earns nu t - K. Above both
// lies a straight line, their concave envelope: -K + (nu + K/T) t. So whoever runs at a moment earns a = nu + K/T then, whenever
// he leaves. The fleet at a moment draws P watts from the battery, the base load p0 among them, and the most that can be earned with P
// is that of the row by a/p, the last rig of it in part: G(P), concave. A night is then a P for every moment, worth the sum of
// G(P) and costing the sum of f(P), with f convex: G is a concave function of f(P), so that (Jensen) no night of theta T hours that
// uses depth D earns more than one that draws the same all the time, theta T G(f^-1(D / theta T)), and the best theta of 0 to 1 is
// taken. Ticks, the time that stops take, and that nobody comes back on battery bind the policies and not it.
import type { Drain } from '../src/planner/drain.ts';
import type { BenchRig } from './policy-fleet.ts';

export interface Night {
  readonly rigs: readonly Pick<BenchRig, 'watts' | 'reward' | 'loss'>[];
  readonly baseWatts: number;
  /** of the battery as it is */
  readonly drain: Drain;
  readonly hours: number;
}

/** Currency, restarts counted. */
export function clairvoyant({ rigs, baseWatts, drain, hours }: Night): number {
  const lost = rigs.reduce((sum, { loss }) => sum + loss, 0);
  const row = rigs
    .map(({ watts, reward, loss }) => ({ watts, worth: reward + loss / hours }))
    .filter(({ worth }) => worth > 0)
    .sort((a, b) => b.worth * a.watts - a.worth * b.watts);
  if (row.length === 0) return -lost;
  const earns = new Row(row);
  const most = baseWatts + earns.watts;
  const at = (watts: number): number => earns.with(watts - baseWatts);
  if (drain(most) * hours <= 1) return at(most) * hours - lost;
  const fits = highest(baseWatts, most, (watts) => drain(watts) * hours <= 1);
  // The most for its depth: G is 0 at the base load and concave, f convex, so that G / f rises and then falls.
  const thriftiest = peak(baseWatts, most, (watts) => at(watts) / drain(watts));
  if (fits >= thriftiest) return at(fits) * hours - lost;
  return at(thriftiest) / drain(thriftiest) - lost;
}

/** The most that can be earned with so many watts. */
class Row {
  readonly watts: number;
  readonly #ends: readonly { readonly watts: number; readonly earns: number }[];

  constructor(row: readonly { readonly watts: number; readonly worth: number }[]) {
    let [watts, earns] = [0, 0];
    this.#ends = [
      { watts: 0, earns: 0 },
      ...row.map((rig) => {
        watts += rig.watts;
        earns += rig.worth;
        return { watts, earns };
      }),
    ];
    this.watts = watts;
  }

  with(watts: number): number {
    let [low, high] = [0, this.#ends.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#ends[middle]?.watts ?? 0) <= watts) low = middle;
      else high = middle;
    }
    const [from, to] = [this.#ends[low], this.#ends[high]];
    if (from === undefined || to === undefined || to.watts === from.watts) return to?.earns ?? 0;
    const part = Math.min(1, Math.max(0, (watts - from.watts) / (to.watts - from.watts)));
    return from.earns + part * (to.earns - from.earns);
  }
}

const STEPS = 60;

/** The highest that is good, where all below it are. */
function highest(low: number, high: number, isGood: (value: number) => boolean): number {
  let [good, bad] = [low, high];
  for (let step = 0; step < STEPS; step++) {
    const middle = (good + bad) / 2;
    if (isGood(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

/** Where a function that rises and then falls is at its highest, by golden section. */
function peak(low: number, high: number, of: (value: number) => number): number {
  const golden = (Math.sqrt(5) - 1) / 2;
  let [from, to] = [low, high];
  let [a, b] = [to - golden * (to - from), from + golden * (to - from)];
  let [ofA, ofB] = [of(a), of(b)];
  for (let step = 0; step < STEPS; step++) {
    if (ofA < ofB) {
      [from, a, ofA] = [a, b, ofB];
      b = from + golden * (to - from);
      ofB = of(b);
    } else {
      [to, b, ofB] = [b, a, ofA];
      a = to - golden * (to - from);
      ofA = of(a);
    }
  }
  return ofA > ofB ? a : b;
}
