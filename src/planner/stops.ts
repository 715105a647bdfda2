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
  const free = Array.from({ length: Math.max(1, Math.min(atOnce, stops.length)) }, () => 0);
  let joules = 0;
  const begins = shedFirst(stops).map(({ id, seconds, watts }) => {
    const atSeconds = Math.min(...free);
    free[free.indexOf(atSeconds)] = atSeconds + seconds;
    joules += watts * (atSeconds + seconds);
    return { id, atSeconds };
  });
  return { begins, seconds: Math.max(0, ...free), joules };
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
