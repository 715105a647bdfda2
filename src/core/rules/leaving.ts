// Who is leaving, who runs on whatever he was asked before, and whom a person keeps up.
import type { RigId, UpsId } from '../../model/id.ts';
import type { Rig } from '../../model/rig.ts';
import { isDown } from '../load.ts';
import { isAskedFor, type RigMemory } from '../memory.ts';
import { isCut } from '../seen.ts';
import { rememberedRig, rigOf, rigsOn, type Scene } from '../tick.ts';

/** Whether a rig is on its way down, or down, or would be if lastwatt were armed. */
export function isLeaving(scene: Scene, id: RigId): boolean {
  const state = rigOf(scene, id);
  if (isDown(state)) return true;
  const memory = rememberedRig(scene, id);
  if (mayRunOn(memory) && isFed(scene, id)) return false;
  if (state.stop !== undefined) return true;
  if (memory.owed !== undefined && state.phase !== 'waking' && state.phase !== 'hashing') return true;
  if (scene.dryRuns.size === 0) return false;
  return scene.dryRuns.has(`pause ${id}`) || scene.dryRuns.has(`leave ${id}`);
}

/** Those of a supply that are on their way down and still draw. */
export function leavingRigs(scene: Scene, ups: UpsId): readonly Rig[] {
  return rigsOn(scene.site, ups).filter(({ id }) => !isDown(rigOf(scene, id)) && isLeaving(scene, id));
}

/**
 * A person wants it up, or has let it go, and it was not seen down: it is taken to run, whatever it was asked before and though
 * nothing be heard of it. On battery it goes by the policy's numbers as any rig that hashes does; one held up, by the floor's.
 */
export function runsOn(scene: Scene, id: RigId): boolean {
  // Of most nobody wants anything, and all else need not be looked up.
  return mayRunOn(rememberedRig(scene, id)) && !isDown(rigOf(scene, id)) && isFed(scene, id);
}

function mayRunOn({ hold, owed }: RigMemory): boolean {
  return hold?.as !== 'down' && (hold?.as === 'up' || isAskedFor(owed));
}

function isFed(scene: Scene, id: RigId): boolean {
  const rig = scene.site.rigs.get(id);
  return rig !== undefined && !isCut(scene, rig);
}

/** A person's `up` hides the policy's wish, never the floor's. */
export function isKeptUp(scene: Scene, id: RigId): boolean {
  return rememberedRig(scene, id).hold?.as === 'up';
}
