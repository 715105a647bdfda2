// What a site's own outages teach of how long the next one lasts: hazards by the time spent in each bin and the ends in it,
// beside a prior that counts for some outages. One whose end nobody saw counts as long as it was seen, and as no end.
import type { Prior } from './survival.ts';

export interface LoggedOutage {
  readonly hours: number;
  /** its end was not seen: it lasted longer than this */
  readonly censored: boolean;
}

/** What the prior counts for, in outages. */
export const PRIOR_OUTAGES = 12;

/** `priorOutages`: above 0. A bin in which the prior has no hazard keeps none until an outage ends in it. */
export function learned(prior: Prior, outages: readonly LoggedOutage[], priorOutages = PRIOR_OUTAGES): Prior {
  const { edgesHours, hazardPerHour } = prior;
  let lasting = 1;
  const hazards = edgesHours.map((from, i) => {
    const hazard = hazardPerHour[i] ?? 0;
    const to = edgesHours[i + 1] ?? Number.POSITIVE_INFINITY;
    const ending = lasting * (hazard === 0 ? 0 : -Math.expm1(-hazard * (to - from)));
    // h that so many outages spend in this bin
    const spent = priorOutages * (hazard === 0 ? lasting * Math.min(to - from, 1) : ending / hazard);
    lasting -= ending;
    const exposure = outages.reduce((sum, { hours }) => sum + Math.max(0, Math.min(hours, to) - from), 0);
    const ends = outages.filter(({ hours, censored }) => !censored && hours > from && hours <= to).length;
    return (hazard * spent + ends) / (spent + exposure);
  });
  return { edgesHours, hazardPerHour: hazards };
}
