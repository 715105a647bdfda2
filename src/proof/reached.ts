// Counts which rows of the fault table a night injected, and which of them it met.
import type { Night } from './night.ts';
import { type Meeting, ROWS } from './rows.ts';
import type { Scenario, Trouble } from './scenario.ts';

/** By row: how often it was injected, and how often it was there when it mattered. */
export type Reached = Readonly<Record<string, readonly [injected: number, met: number]>>;

/** `fromSeconds`: the second of the night at which the scenario began. */
export function reachedIn(night: Night, scenario: Scenario, fromSeconds: number): Reached {
  const meeting = meetingOf(night, scenario, fromSeconds);
  const reached: Record<string, [number, number]> = {};
  for (const row of ROWS) {
    for (const trouble of scenario.troubles) {
      if (trouble.fromSeconds >= scenario.lastsSeconds || !row.injects(trouble, scenario)) continue;
      const on = 'on' in trouble ? trouble.on : undefined;
      const met = row.meets(meeting, { from: trouble.fromSeconds, to: trouble.toSeconds ?? trouble.fromSeconds, on });
      const [injected, before] = reached[row.id] ?? [0, 0];
      reached[row.id] = [injected + 1, before + (met ? 1 : 0)];
    }
  }
  return reached;
}

function meetingOf(night: Night, scenario: Scenario, fromSeconds: number): Meeting {
  const { world } = night;
  const startMs = world.clock.monotonicMs() - (night.nowSeconds - fromSeconds) * 1000;
  const within = ({ atMs }: { readonly atMs: number }, from: number, to: number): boolean => {
    const second = (atMs - startMs) / 1000;
    return second >= from && second <= to;
  };
  const outages = scenario.troubles.filter((one): one is Extract<Trouble, { kind: 'mains-gone' }> => one.kind === 'mains-gone');
  return {
    night,
    scenario,
    startMs,
    orders: (from, to, rig) => world.orders.filter((one) => within(one, from, to) && (rig === undefined || one.rig === rig)),
    edges: (from, to, contact) => world.edges.filter((one) => within(one, from, to) && (contact === undefined || one.switch === contact)),
    outages: (from, to, ups) =>
      outages.filter(
        (one) => one.fromSeconds <= to && (one.toSeconds ?? one.fromSeconds) >= from && (ups === undefined || (one.on ?? ups) === ups),
      ).length,
  };
}
