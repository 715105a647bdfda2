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
  return (watts) => {
    const x = Math.log(Math.max(watts, LEAST_WATTS));
    const first = points[0];
    const last = points.at(-1);
    if (first === undefined || last === undefined) return 0;
    if (x <= first[0] || points.length === 1) return Math.exp(first[1] - (x - first[0]));
    const above = points.findIndex(([at]) => at >= x);
    const right = above < 0 ? last : (points[above] ?? last);
    const left = above < 0 ? (points.at(-2) ?? first) : (points[above - 1] ?? first);
    const slope = (right[1] - left[1]) / (right[0] - left[0]);
    return Math.exp(left[1] + slope * (x - left[0]));
  };
}
