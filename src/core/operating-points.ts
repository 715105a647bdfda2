// What a rig may be limited to, and what it is counted with there.
import type { UpsId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import { LIMIT_FALLS_SECONDS, pointsBelow, SHOWS_WITHIN_MS, shareAt, standingLimit } from './limited.ts';
import { drawOf, freshReading, isDown, partOnUps } from './load.ts';
import { supplyMemory } from './memory.ts';
import { isOutageAware } from './outage-plan.ts';
import { isKeptUp, isLeaving } from './rules/leaving.ts';
import type { RigState } from './state.ts';
import { rememberedRig, rigOf, rigsOn, type Scene, supplyOf, upsesOf } from './tick.ts';

/**
 * Whether a limit is a way for it in an outage: by the policy that plans, where nobody keeps it up, while it takes any, and where it is
 * known what has to be given back.
 */
export function mayLimit(scene: Scene, rig: Rig): boolean {
  return (
    isOutageAware(scene) &&
    rig.can.limit === true &&
    !isKeptUp(scene, rig.id) &&
    !isLimitless(scene, rig) &&
    whatStood(scene, rig) !== undefined
  );
}

/** What stood before any limit of ours; undefined: it has not told, lately. */
export function whatStood(scene: Scene, { id }: Rig): string | undefined {
  return rememberedRig(scene, id).limited?.was ?? freshReading(rigOf(scene, id), scene.nowMs)?.limit;
}

/** It took none in the outage that lasts. */
export function isLimitless(scene: Scene, rig: Rig): boolean {
  const { limitless } = rememberedRig(scene, rig.id);
  if (limitless === undefined) return false;
  return upsesOf(scene.site, rig).some(({ id }) => {
    const { outage } = supplyMemory(scene.memory, id);
    return outage !== undefined && outage.beganAtMs <= limitless.sinceMs;
  });
}

/** An operating point as a rig has it now, or could be told to have. */
export interface Point {
  /** W at the wall that it is counted with there */
  readonly watts: number;
  /** of its hash rate */
  readonly share: number;
}

/** W that go when a limit shows that it was told, and that it has time for yet; 0: none is on its way. */
export function onItsWayTo(scene: Scene, rig: Rig, state: RigState): number {
  const limited = standingLimit(rememberedRig(scene, rig.id));
  if (limited === undefined || state.limitShown !== undefined || isLimitless(scene, rig)) return 0;
  if (scene.nowMs - limited.atMs >= SHOWS_WITHIN_MS) return 0;
  return Math.max(0, drawOf(rig, state, scene.nowMs) - limited.watts);
}

/** W that a supply is rid of when a rig shows the limit that it was told. */
export function fallingOf(scene: Scene, ups: UpsId, rig: Rig): number {
  if (rig.limits === undefined) return 0;
  const { load } = supplyOf(scene, ups);
  return load.scale * partOnUps(load, rig) * onItsWayTo(scene, rig, rigOf(scene, rig.id));
}

/** The same of all of its rigs that stay, and when they show it at the latest, s. */
export function fallingOn(scene: Scene, ups: UpsId): { readonly watts: number; readonly atSeconds: number } {
  const staying = rigsOn(scene.site, ups).filter(
    (rig) => rig.limits !== undefined && !isDown(rigOf(scene, rig.id)) && !isLeaving(scene, rig.id),
  );
  return { watts: staying.reduce((sum, rig) => sum + fallingOf(scene, ups, rig), 0), atSeconds: LIMIT_FALLS_SECONDS };
}

/** What it may be told to make do with, the least first, and last what it has: that counts as reached while it is on its way there. */
export function pointsOf(scene: Scene, rig: Rig): readonly Point[] {
  const state = rigOf(scene, rig.id);
  const limited = standingLimit(rememberedRig(scene, rig.id));
  const going = onItsWayTo(scene, rig, state);
  const drawn = drawOf(rig, state, scene.nowMs) - going;
  const isLimited = limited !== undefined && (going > 0 || state.limitShown !== undefined);
  const top = { watts: drawn, share: isLimited ? shareAt(rig, limited.watts) : 1 };
  if (!mayLimit(scene, rig)) return [top];
  const most = Math.min(drawn, state.lastHashing?.watts ?? drawn, limited?.watts ?? drawn);
  return [...pointsBelow(rig, most), top];
}
