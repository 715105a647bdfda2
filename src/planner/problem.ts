// What a plan is asked: which loads one battery may carry, what each earns and costs, and how much of it there is.
import type { Drain } from './drain.ts';
import type { Survival, Worth } from './survival.ts';

/**
 * One step of a load up from nothing: asleep, to its lowest operating point, to the next one. What it adds, not what it comes to.
 */
export interface Increment {
  /** W at the UPS output, 0 or more */
  readonly watts: number;
  /** currency/h; a step that earns nothing, as a paused rig on a contact, has 0 */
  readonly reward: number;
  /** currency lost when it is stopped and started again; on the step that is lost, 0 on the others */
  readonly loss: number;
}

export interface Load {
  readonly id: string;
  /** from the lowest; an upper one never outlives a lower */
  readonly increments: readonly Increment[];
}

export interface Problem {
  readonly loads: readonly Load[];
  /** W that must live while anything lives: controller, network, fans */
  readonly baseWatts: number;
  /** currency for one kWh from the battery: its price over the efficiency of charging, and wear */
  readonly costPerKwh: number;
  readonly drain: Drain;
  /** the part of the whole battery that may be used, 0 to 1; below 0 counts as 0 */
  readonly depth: number;
  readonly survival: Survival;
  /** h from now at which all is over at the latest; absent: 72 */
  readonly horizonHours?: number;
}

export const HORIZON_HOURS = 72;

/** What one increment is worth while it stays. */
export function worthOf({ watts, reward, loss }: Increment, costPerKwh: number): Worth {
  return { net: reward - (costPerKwh * watts) / 1000, loss };
}

/** Whether it can be planned; undefined: it can, else the sentence that says what is wrong with it. */
export function problemMistake({ loads, baseWatts, costPerKwh, depth, horizonHours = HORIZON_HOURS }: Problem): string | undefined {
  const figures = { 'base load': baseWatts, 'cost of a kWh': costPerKwh, 'horizon in hours': horizonHours };
  for (const [name, figure] of Object.entries(figures)) {
    if (!(Number.isFinite(figure) && figure >= 0)) return `the ${name} is ${figure}: a number of 0 or more`;
  }
  if (!Number.isFinite(depth)) return `the depth is ${depth}: a number`;
  const seen = new Set<string>();
  for (const { id, increments } of loads) {
    if (seen.has(id)) return `${id} stands there twice`;
    seen.add(id);
    const wrong = increments.map(incrementMistake).find((say) => say !== undefined);
    if (wrong !== undefined) return `${id}: ${wrong}`;
  }
  return undefined;
}

function incrementMistake({ watts, reward, loss }: Increment): string | undefined {
  if (!(Number.isFinite(watts) && watts >= 0)) return `${watts} W: a number of 0 or more`;
  if (!Number.isFinite(reward)) return `a reward of ${reward}: a number`;
  return Number.isFinite(loss) && loss >= 0 ? undefined : `a restart that costs ${loss}: a number of 0 or more`;
}
