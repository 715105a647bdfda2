// What is on its way down, and draws until it is there.
import type { UpsId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import { freedWatts } from './load.ts';
import { fallingOn } from './operating-points.ts';
import { leavingRigs } from './rules/leaving.ts';
import { quietSeconds } from './thresholds.ts';
import { rigOf, type Scene } from './tick.ts';

/** Watts that go at a moment. */
export interface Fall {
  /** s from now, 0 or more */
  readonly atSeconds: number;
  readonly watts: number;
}

/** When a supply is rid of what: the next first, each at the latest as it was seen of it. `leaving`: those that are on their way down. */
export function fallsOn(scene: Scene, ups: UpsId, leaving: readonly Rig[] = leavingRigs(scene, ups)): readonly Fall[] {
  const limits = fallingOn(scene, ups);
  const falls = leaving.map((rig): Fall => {
    const { stop } = rigOf(scene, rig.id);
    const since = stop?.beganAtMs ?? stop?.askedAtMs ?? scene.nowMs;
    return { watts: freedWatts(scene, ups, rig), atSeconds: Math.max(0, quietSeconds(rig) - (scene.nowMs - since) / 1000) };
  });
  return (limits.watts > 0 ? [...falls, limits] : falls).sort((a, b) => a.atSeconds - b.atSeconds);
}

/** Puts one where it belongs by its moment: most belong near the end. */
export function putInTurn<T>(all: T[], one: T, at: (one: T) => number): void {
  let place = all.length;
  while (place > 0 && at(all[place - 1] as T) > at(one)) place -= 1;
  all.splice(place, 0, one);
}

export const wattsOf = (falls: readonly Fall[]): number => falls.reduce((sum, { watts }) => sum + watts, 0);

/** What they draw until then. */
export const joulesOf = (falls: readonly Fall[]): number => falls.reduce((sum, { watts, atSeconds }) => sum + watts * atSeconds, 0);
