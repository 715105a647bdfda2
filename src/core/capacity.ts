// How long a full battery lasts at a given output: the curve that turns depth into runtime and back.
import type { SiteUps } from '../model/site.ts';

/** Seconds a full battery carries `watts` (> 0). Falls with watts. */
export type Curve = (watts: number) => number;

/** Below this the curves are not asked: a UPS without load lasts as long as it does. */
export const LEAST_WATTS = 1;

/** The curve its owner declared, from a table or from watt-hours; undefined where he declared none. */
export function declaredCurve(ups: Pick<SiteUps, 'minutesAtWatts' | 'batteryWh'>): Curve | undefined {
  if (ups.minutesAtWatts !== undefined && ups.minutesAtWatts.length > 0) return tableCurve(ups.minutesAtWatts);
  if (ups.batteryWh !== undefined) return linearCurve(ups.batteryWh);
  return undefined;
}

export function linearCurve(wattHours: number): Curve {
  return (watts) => (wattHours * 3600) / Math.max(watts, LEAST_WATTS);
}

/**
 * ln(minutes) against ln(watts), straight between the points and on with the end slope above; below the smallest load
 * never better than in proportion to 1/P, for nobody measured there (shedding policy, section 6).
 */
export function tableCurve(table: readonly (readonly [number, number])[]): Curve {
  const points = table.map(([watts, minutes]) => [Math.log(watts), Math.log(minutes * 60)] as const).sort((a, b) => a[0] - b[0]);
  const stretches = points.map(([at, ln], i): Stretch => {
    const left = points[i - 1];
    if (left === undefined) return { above: Number.NEGATIVE_INFINITY, at, ln, slope: -1 };
    return { above: left[0], at: left[0], ln: left[1], slope: (ln - left[1]) / (at - left[0]) };
  });
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
