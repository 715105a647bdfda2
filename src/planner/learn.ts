// What a site's own outages teach of how long the next one lasts: hazards by the time spent in each bin and the ends in it,
// beside a prior that counts for some outages. One whose end nobody saw counts as long as it was seen, and as no end.
import type { Prior } from './survival.ts';

export interface LoggedOutage {
  readonly hours: number;
  /** its end was not seen: it lasted longer than this */
  readonly censored: boolean;
}

/** What outages have shown, bin by bin of the prior: enough to learn from, however many they were. */
export interface OutageLog {
  readonly outages: number;
  /** h that they spent in each bin */
  readonly hours: readonly number[];
  /** those that ended in it */
  readonly ends: readonly number[];
}

/** What the prior counts for, in outages. */
export const PRIOR_OUTAGES = 12;
/** Beyond so many what they have shown counts for half: a grid changes. */
const MOST_OUTAGES = 200;

/** The log with one more. Of bins that are not those of the prior, as of another version, nothing is kept. */
export function logged(log: OutageLog | undefined, { edgesHours }: Prior, { hours, censored }: LoggedOutage): OutageLog {
  const known = log !== undefined && log.hours.length === edgesHours.length && log.ends.length === edgesHours.length ? log : undefined;
  const keep = known !== undefined && known.outages >= MOST_OUTAGES ? 0.5 : 1;
  return {
    outages: Math.round(keep * (known?.outages ?? 0)) + 1,
    hours: edgesHours.map((from, i) => keep * (known?.hours[i] ?? 0) + Math.max(0, Math.min(hours, edgesHours[i + 1] ?? hours) - from)),
    ends: edgesHours.map((from, i) => {
      const endsHere = !censored && hours > from && hours <= (edgesHours[i + 1] ?? Number.POSITIVE_INFINITY);
      return keep * (known?.ends[i] ?? 0) + (endsHere ? 1 : 0);
    }),
  };
}

export function learned(prior: Prior, outages: readonly LoggedOutage[], priorOutages = PRIOR_OUTAGES): Prior {
  let log: OutageLog | undefined;
  for (const outage of outages) log = logged(log, prior, outage);
  return log === undefined ? prior : learnedFrom(prior, log, priorOutages);
}

/** `priorOutages`: above 0. A bin in which the prior has no hazard keeps none until an outage ends in it. */
export function learnedFrom(prior: Prior, { hours, ends }: OutageLog, priorOutages = PRIOR_OUTAGES): Prior {
  const { edgesHours, hazardPerHour } = prior;
  let lasting = 1;
  const hazards = edgesHours.map((from, i) => {
    const hazard = hazardPerHour[i] ?? 0;
    const to = edgesHours[i + 1] ?? Number.POSITIVE_INFINITY;
    const ending = lasting * (hazard === 0 ? 0 : -Math.expm1(-hazard * (to - from)));
    // h that so many outages spend in this bin
    const spent = priorOutages * (hazard === 0 ? lasting * Math.min(to - from, 1) : ending / hazard);
    lasting -= ending;
    return (hazard * spent + (ends[i] ?? 0)) / (spent + (hours[i] ?? 0));
  });
  return { edgesHours, hazardPerHour: hazards };
}
