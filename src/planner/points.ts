// The operating points of a load as increments: only those that are worth it, each step up earning less a watt than the one
// below, so that the upper one leaves first.
import type { Increment } from './problem.ts';

export interface OperatingPoint {
  /** W at the wall, 0 or more */
  readonly watts: number;
  /** currency/h */
  readonly reward: number;
}

/** By the upper concave hull from nothing; `loss` (currency) is what one stop and restart costs. Lowest first. */
export function incrementsOf(points: readonly OperatingPoint[], loss: number): readonly Increment[] {
  return hullOf(points).map(({ watts, reward }, i, hull) => {
    const below = hull[i - 1] ?? NOTHING;
    return { watts: watts - below.watts, reward: reward - below.reward, loss: i === 0 ? loss : 0 };
  });
}

const NOTHING: OperatingPoint = { watts: 0, reward: 0 };

/** Those that are worth it, lowest first. */
export function hullOf<P extends OperatingPoint>(points: readonly P[]): readonly P[] {
  const hull: P[] = [];
  for (const point of [...points].sort((a, b) => a.watts - b.watts || b.reward - a.reward)) {
    const top = hull.at(-1);
    if (top !== undefined && point.reward <= top.reward) continue;
    for (let b = hull.at(-1); b !== undefined && isBelow(hull.at(-2) ?? NOTHING, b, point); b = hull.at(-1)) hull.pop();
    hull.push(point);
  }
  return hull;
}

/** Whether `b` earns no more than the line from `a` to `c` does. */
function isBelow(a: OperatingPoint, b: OperatingPoint, c: OperatingPoint): boolean {
  return (b.reward - a.reward) * (c.watts - a.watts) <= (c.reward - a.reward) * (b.watts - a.watts);
}
