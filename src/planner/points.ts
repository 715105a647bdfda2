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
  const hull: OperatingPoint[] = [{ watts: 0, reward: 0 }];
  for (const point of [...points].sort((a, b) => a.watts - b.watts || b.reward - a.reward)) {
    const top = hull.at(-1);
    if (top !== undefined && hull.length > 1 && point.reward <= top.reward) continue;
    for (
      let [a, b] = [hull.at(-2), hull.at(-1)];
      a !== undefined && b !== undefined && isBelow(a, b, point);
      [a, b] = [hull.at(-2), hull.at(-1)]
    ) {
      hull.pop();
    }
    hull.push(point);
  }
  return hull.slice(1).map(({ watts, reward }, i) => {
    const below = hull[i] ?? { watts: 0, reward: 0 };
    return { watts: watts - below.watts, reward: reward - below.reward, loss: i === 0 ? loss : 0 };
  });
}

/** Whether `b` earns no more than the line from `a` to `c` does. */
function isBelow(a: OperatingPoint, b: OperatingPoint, c: OperatingPoint): boolean {
  return (b.reward - a.reward) * (c.watts - a.watts) <= (c.reward - a.reward) * (b.watts - a.watts);
}
