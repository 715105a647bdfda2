// How fast a battery goes at a given output: f(P), in depth an hour, rising and convex, 0 at 0. What a plan prices is not
// watts but what they take from the battery beside all that draws below them.

/** 1/h: the part of the whole battery that an output of so many watts (0 or more) takes in an hour. */
export type Drain = (watts: number) => number;

/** In proportion to the output. */
export function linearDrain(usableWattHours: number): Drain {
  return (watts) => watts / usableWattHours;
}

/** By a power law: `fullHours` from full at `watts`, and (P/watts)^exponent times as fast at P. The exponent is 1 or more. */
export function powerDrain({ watts, fullHours, exponent }: { watts: number; fullHours: number; exponent: number }): Drain {
  return (at) => (at <= 0 ? 0 : (at / watts) ** exponent / fullHours);
}

/** Points on which a curve is read to be made convex: close enough that the chords are within 0.1 % of it. */
const READ_AT = 129;

/** W at which a curve is read: rising, each by as much of the one before. */
export function readAt({ leastWatts, mostWatts }: { leastWatts: number; mostWatts: number }): readonly number[] {
  const ratio = Math.log(mostWatts / leastWatts) / (READ_AT - 1);
  return Array.from({ length: READ_AT }, (_, i) => leastWatts * Math.exp(i * ratio));
}

/**
 * Of any curve of runtimes (seconds from full at so many watts, falling): its lower convex hull from no load to `mostWatts`,
 * straight on above. What a fixed loss takes at no load stays with the first watt (shedding policy, section 6).
 */
export function convexDrain(
  secondsAt: (watts: number) => number,
  { leastWatts, mostWatts }: { leastWatts: number; mostWatts: number },
): Drain {
  const read = readAt({ leastWatts, mostWatts }).map((watts): Point => ({ watts, perHour: 3600 / secondsAt(watts) }));
  return throughPoints(lowerHull([atNoLoad(read), ...read]));
}

interface Point {
  readonly watts: number;
  /** 1/h */
  readonly perHour: number;
}

/** Where the first stretch meets no load, and never below nothing. */
function atNoLoad([first, second]: readonly Point[]): Point {
  if (first === undefined || second === undefined) return { watts: 0, perHour: 0 };
  const slope = (second.perHour - first.perHour) / (second.watts - first.watts);
  return { watts: 0, perHour: Math.max(0, first.perHour - slope * first.watts) };
}

function lowerHull(points: readonly Point[]): readonly Point[] {
  const hull: Point[] = [];
  for (const point of points) {
    for (let [a, b] = lastTwo(hull); a !== undefined && b !== undefined && isAbove(a, b, point); [a, b] = lastTwo(hull)) hull.pop();
    hull.push(point);
  }
  return hull;
}

const lastTwo = (hull: readonly Point[]): readonly [Point | undefined, Point | undefined] => [hull.at(-2), hull.at(-1)];

/** Whether `b` lies on or above the line from `a` to `c`. */
function isAbove(a: Point, b: Point, c: Point): boolean {
  return (b.perHour - a.perHour) * (c.watts - a.watts) >= (c.perHour - a.perHour) * (b.watts - a.watts);
}

interface Stretch {
  readonly from: number;
  readonly perHour: number;
  /** 1/h a watt */
  readonly slope: number;
}

/** Straight from point to point and on above the last of them; nothing at no load. */
export function throughPoints(points: readonly Point[]): Drain {
  const stretches = points.slice(0, -1).map(({ watts, perHour }, i): Stretch => {
    const next = points[i + 1] ?? { watts: watts + 1, perHour };
    return { from: watts, perHour, slope: (next.perHour - perHour) / (next.watts - watts) };
  });
  return (watts) => {
    if (watts <= 0) return 0;
    let [low, high] = [0, stretches.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((stretches[middle]?.from ?? 0) <= watts) low = middle;
      else high = middle - 1;
    }
    const { from, perHour, slope } = stretches[low] ?? { from: 0, perHour: 0, slope: 0 };
    return perHour + slope * (watts - from);
  };
}
