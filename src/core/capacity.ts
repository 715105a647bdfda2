// How long a full battery lasts at a given output: the curve that turns depth into runtime and back.
import type { SiteUps } from '../model/site.ts';

/** Seconds a full battery carries `watts` (> 0). Falls with watts. */
export type Curve = (watts: number) => number;

/** Below this the curves are not asked: a UPS without load lasts as long as it does. */
export const LEAST_WATTS = 1;

/** How much faster than in proportion a bigger load empties it, where one line tells of it: tables have 0.78 to 1.43. */
const ONE_LINE_EXPONENT = 1.15;

/** The curve its owner declared, from a table or from watt-hours; undefined where he declared none. */
export function declaredCurve(ups: Pick<SiteUps, 'minutesAtWatts' | 'batteryWh'>): Curve | undefined {
  if (ups.minutesAtWatts !== undefined && ups.minutesAtWatts.length > 0) return tableCurve(ups.minutesAtWatts);
  if (ups.batteryWh !== undefined) return linearCurve(ups.batteryWh);
  return undefined;
}

export function linearCurve(wattHours: number): Curve {
  return (watts) => (wattHours * 3600) / Math.max(watts, LEAST_WATTS);
}

/** Of a size that was told at one load: in proportion below it, as one line of a table above it. */
export function toldCurve(wattHours: number, atWatts: number): Curve {
  const linear = linearCurve(wattHours);
  return (watts) => linear(watts) * Math.min(1, (atWatts / Math.max(watts, LEAST_WATTS)) ** (ONE_LINE_EXPONENT - 1));
}

/**
 * ln(minutes) against ln(watts), straight between the points and on with the end slope above; below the smallest load
 * never better than in proportion to 1/P, for nobody measured there (shedding policy, section 6). One line alone has no slope: above it
 * a battery gives less than in proportion, as most do. It is believed as it stands, also where it is not convex: made so it would give up to
 * a fifth more at some of its own lines (24 published tables), which is for a plan to price by, and not to be believed.
 */
export function tableCurve(table: readonly (readonly [number, number])[]): Curve {
  const points = table.map(([watts, minutes]) => [Math.log(watts), Math.log(minutes * 60)] as const).sort((a, b) => a[0] - b[0]);
  const stretches = points.map(([at, ln], i): Stretch => {
    const left = points[i - 1];
    if (left === undefined) return { above: Number.NEGATIVE_INFINITY, at, ln, slope: -1 };
    return { above: left[0], at: left[0], ln: left[1], slope: (ln - left[1]) / (at - left[0]) };
  });
  const [only, another] = points;
  if (only !== undefined && another === undefined) stretches.push({ above: only[0], at: only[0], ln: only[1], slope: -ONE_LINE_EXPONENT });
  return (watts) => {
    const x = Math.log(Math.max(watts, LEAST_WATTS));
    // A table without a line would give nothing.
    let lnSeconds = Number.NEGATIVE_INFINITY;
    for (const { above, at, ln, slope } of stretches) {
      if (x <= above) break;
      lnSeconds = ln + slope * (x - at);
    }
    return Math.exp(lnSeconds);
  };
}

/** A straight part of a curve: from where on it holds, and one of its points. */
interface Stretch {
  readonly above: number;
  readonly at: number;
  readonly ln: number;
  readonly slope: number;
}
