// How to stop what still runs: in which row, how long it takes, what it draws meanwhile, and when each must begin so that all
// is down at a given moment (shedding policy, section 7).

export interface Stop {
  readonly id: string;
  /** s from the order until it is down, or its grace where it may fail */
  readonly seconds: number;
  /** W while it stops */
  readonly watts: number;
}

export interface StopSchedule {
  /** in the order in which they begin; s from when the first begins */
  readonly begins: readonly { readonly id: string; readonly atSeconds: number }[];
  /** s until the last is down */
  readonly seconds: number;
  /** J that all draw until each is down */
  readonly joules: number;
}

/**
 * At most `atOnce` (1 or more) stop at a time, whoever sheds the most watts a second first: the least energy for one at a time,
 * and within a factor of 1.21 of it for more.
 */
export function stopSchedule(stops: readonly Stop[], atOnce: number): StopSchedule {
  const most = Math.max(1, atOnce);
  // s at which each that stops makes room for another
  const free: number[] = [];
  let joules = 0;
  let last = 0;
  const begins = shedFirst(stops).map(({ id, seconds, watts }) => {
    const atSeconds = free.length < most ? 0 : free.reduce((least, one) => Math.min(least, one));
    const ends = atSeconds + seconds;
    if (free.length < most) free.push(ends);
    else free[free.indexOf(atSeconds)] = ends;
    joules += watts * ends;
    last = Math.max(last, ends);
    return { id, atSeconds };
  });
  return { begins, seconds: last, joules };
}

/** One at a time and each as late as it may: when each must begin so that the last is down at `deadlineSeconds`. */
export function latestStarts(stops: readonly Stop[], deadlineSeconds: number): StopSchedule['begins'] {
  let next = deadlineSeconds;
  return shedFirst(stops)
    .toReversed()
    .map(({ id, seconds }) => {
      next -= seconds;
      return { id, atSeconds: next };
    })
    .reverse();
}

function shedFirst(stops: readonly Stop[]): readonly Stop[] {
  return stops.toSorted((a, b) => b.watts * a.seconds - a.watts * b.seconds || (a.id < b.id ? -1 : 1));
}
