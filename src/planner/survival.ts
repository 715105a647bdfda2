// How long an outage may last: the chance that it still does, by hazards that are constant between edges. What is planned
// again later is planned with the same chances, given that it has lasted so long.

/** Hazard `hazardPerHour[i]` from `edgesHours[i]` to the next edge, the last one for ever. */
export interface Prior {
  /** h since the outage began, rising, the first 0 */
  readonly edgesHours: readonly number[];
  /** 1/h, each 0 or more */
  readonly hazardPerHour: readonly number[];
}

/**
 * What a controller sees of a grid whose interruptions are mostly short: 75 of 100 are over within 5 minutes; of those that are
 * not, the median lasts 80 minutes. A judgement within published ranges (US utilities tell 164 to 356 minutes a customer
 * and year, major events included, for 2014 to 2023) and no fit; a site's own outages replace it, `learn.ts`.
 */
export const DEFAULT_PRIOR: Prior = {
  edgesHours: [0, 10 / 3600, 60 / 3600, 300 / 3600, 1200 / 3600, 1, 4, 12, 24],
  hazardPerHour: [183.897225, 29.1934878, 7.05005444, 0.697413549, 0.608197662, 0.343206472, 0.178389544, 0.0729557281, 0.036],
};

/** Whether it can be reckoned with; undefined: it can, else the sentence that says why not. */
export function priorMistake({ edgesHours, hazardPerHour }: Prior): string | undefined {
  if (edgesHours.length === 0 || edgesHours.length !== hazardPerHour.length) return 'wants as many hazards as edges, one at least';
  if (edgesHours[0] !== 0) return 'its first edge is not 0';
  if (!edgesHours.every((edge, i) => Number.isFinite(edge) && edge >= 0 && (i === 0 || edge > (edgesHours[i - 1] ?? edge)))) {
    return 'its edges do not rise';
  }
  return hazardPerHour.every((hazard) => Number.isFinite(hazard) && hazard >= 0) ? undefined : 'a hazard is no number of 0 or more';
}

/** A stretch of time in which the hazard is one. Hours from now. */
interface Bin {
  readonly from: number;
  readonly to: number;
  readonly hazard: number;
  /** the least hazard until then since the outage began */
  readonly least: number;
  /** the hazard summed until `from` */
  readonly summed: number;
  /** S at `from` */
  readonly lasts: number;
  /** S at `to` */
  readonly lastsAfter: number;
  /** the integral of S until `from`, h */
  readonly spent: number;
}

/** S(t), its integral and the hazards, seen from a moment of an outage. All in hours from then. */
export class Survival {
  readonly #bins: readonly Bin[];

  private constructor(bins: readonly Bin[]) {
    this.#bins = bins;
  }

  /** Given that the outage has lasted `elapsedHours` already. The prior must be one without a mistake. */
  static of({ edgesHours, hazardPerHour }: Prior, elapsedHours = 0): Survival {
    const bins: Bin[] = [];
    let [least, summed, lasts, spent] = [Number.POSITIVE_INFINITY, 0, 1, 0];
    edgesHours.forEach((edge, i) => {
      const hazard = hazardPerHour[i] ?? 0;
      least = Math.min(least, hazard);
      const to = (edgesHours[i + 1] ?? Number.POSITIVE_INFINITY) - elapsedHours;
      if (to <= 0) return;
      const from = Math.max(0, edge - elapsedHours);
      const hours = to - from;
      // A hazard of 0 for ever adds up to nothing.
      const after = summed + (hazard === 0 ? 0 : hazard * hours);
      const lastsAfter = Math.exp(-after);
      bins.push({ from, to, hazard, least, summed, lasts, lastsAfter, spent });
      spent += lasts * within(hazard, hours);
      [summed, lasts] = [after, lastsAfter];
    });
    return new Survival(bins);
  }

  /** The chance that it still lasts at `hours` from now. */
  at(hours: number): number {
    const { lasts, hazard, from } = this.#binOf(hours);
    return lasts * Math.exp(-hazard * (hours - from));
  }

  /** h: the integral of S from now to then; how long one may expect to hash who stops then. */
  hashed(hours: number): number {
    const { spent, lasts, hazard, from } = this.#binOf(hours);
    return spent + lasts * within(hazard, hours - from);
  }

  /** 1/h: the least hazard from the beginning of the outage to then. */
  leastHazard(hours: number): number {
    return this.#binOf(hours).least;
  }

  /**
   * The first moment (h, at most `horizon`) at which S(t)(net + loss h~(t)) no longer exceeds `price`, where h~ is the least
   * hazard until then: staying is worth less than what it takes from the battery.
   */
  crossing({ net, loss }: Worth, price: number, horizon: number): number {
    const bins = this.#bins;
    for (let i = 0; i < bins.length; i++) {
      const bin = bins[i] ?? NEVER_OVER;
      if (bin.from >= horizon) return horizon;
      const worth = net + loss * bin.least;
      if (worth <= 0 || bin.lasts * worth <= price) return bin.from;
      if (price <= 0 || bin.lastsAfter * worth >= price) continue;
      // In logarithms, for a price may be as small as it likes.
      return Math.min(bin.from + (Math.log(worth / price) - bin.summed) / bin.hazard, horizon);
    }
    return horizon;
  }

  #binOf(hours: number): Bin {
    // Most are asked of the first minutes.
    let last = this.#bins[0] ?? NEVER_OVER;
    for (const bin of this.#bins) {
      if (!(bin.from <= hours)) break;
      last = bin;
    }
    return last;
  }
}

/** What staying up is worth. */
export interface Worth {
  /** currency/h, reward less what its energy costs */
  readonly net: number;
  /** currency, lost by one stop and restart */
  readonly loss: number;
}

/** Of a prior without a hazard. */
const NEVER_OVER: Bin = { from: 0, to: Number.POSITIVE_INFINITY, hazard: 0, least: 0, summed: 0, lasts: 1, lastsAfter: 1, spent: 0 };

/** The integral of exp(-hazard t) over so many hours, h; exact where both are tiny. */
function within(hazard: number, hours: number): number {
  return hazard * hours === 0 ? hours : -Math.expm1(-hazard * hours) / hazard;
}
