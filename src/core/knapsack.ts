// Which of many things fit under a limit and are worth most together. Taking the best per watt first can be poor where few fit:
// under 5,000 W it takes one of 3,400 W that earns 0.31 and leaves two of 2,600 and 2,300 W that earn 0.42.

export interface Item {
  readonly id: string;
  /** W, above 0 */
  readonly watts: number;
  /** what it earns, at least 0 */
  readonly value: number;
}

/** As fine as there is room to count, W: a rig's plate is no truer than the coarse one, yet what just fits by the plates fits. */
const STEPS_WATTS = [1, 10] as const;
/** Beyond so many things, or so many steps in all, the best that is found quickly is good enough. */
const MOST_EXACT = 200;
const MOST_CELLS = 2_000_000;

/** Ids of the choice worth most whose watts are within `limit`; between equals the one whose things come first in `items`. */
export function mostWorth(items: readonly Item[], limit: number): ReadonlySet<string> {
  const fitting = items.filter(({ watts }) => watts <= limit);
  const step = STEPS_WATTS.find((watts) => fitting.length * Math.floor(limit / watts) <= MOST_CELLS);
  const exact = step !== undefined && fitting.length <= MOST_EXACT;
  return new Set((exact ? exactly(fitting, limit, step) : greedily(fitting, limit)).map(({ id }) => id));
}

/** Watts are rounded up to steps, so that what fits in steps fits in watts. */
function exactly(items: readonly Item[], limit: number, step: number): readonly Item[] {
  const steps = Math.floor(limit / step);
  const width = steps + 1;
  /** by the first things left out and the steps of room: the most that the others are worth */
  const most = new Float64Array((items.length + 1) * width);
  const needs = items.map(({ watts }) => Math.ceil(watts / step));
  /* v8 ignore next -- within bounds */
  const without = (row: number, room: number): number => most[(row + 1) * width + room] ?? 0;
  const beside = (row: number, room: number): number => {
    /* v8 ignore next -- within bounds */
    const left = room - (needs[row] ?? 0);
    /* v8 ignore next -- within bounds */
    return left < 0 ? -1 : without(row, left) + (items[row]?.value ?? 0);
  };
  for (let row = items.length - 1; row >= 0; row -= 1)
    for (let room = 0; room <= steps; room += 1) most[row * width + room] = Math.max(without(row, room), beside(row, room));
  let room = steps;
  return items.filter((_, row) => {
    const isTaken = beside(row, room) >= without(row, room);
    /* v8 ignore next -- within bounds */
    if (isTaken) room -= needs[row] ?? 0;
    return isTaken;
  });
}

/** The best per watt first, then the one exchange of a thing for another that gains most. */
function greedily(items: readonly Item[], limit: number): readonly Item[] {
  const taken = new Set<Item>();
  let left = limit;
  for (const item of items.toSorted((a, b) => b.value / b.watts - a.value / a.watts)) {
    if (item.watts > left) continue;
    taken.add(item);
    left -= item.watts;
  }
  let gain = 0;
  let exchange: readonly [Item, Item] | undefined;
  for (const out of taken) {
    for (const put of items) {
      if (taken.has(put) || put.watts > left + out.watts || put.value - out.value <= gain) continue;
      gain = put.value - out.value;
      exchange = [out, put];
    }
  }
  if (exchange !== undefined) {
    taken.delete(exchange[0]);
    taken.add(exchange[1]);
  }
  return [...taken];
}
