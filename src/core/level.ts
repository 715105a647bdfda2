// In one word, how a supply stands, and the site.
import type { Level } from '../model/event.ts';
import type { Rig } from '../model/rig.ts';
import type { SiteUps } from '../model/site.ts';
import { isDown } from './load.ts';
import { onBatteryNow } from './supply.ts';
import { isArmed, onMainsAlone, rememberedRig, rigOf, rigsOn, type Scene, setSupply, supplyOf, type Tick } from './tick.ts';

/** From best to worst. */
const LEVELS: readonly Level[] = ['normal', 'restoring', 'shedding', 'last-stand', 'dark'];

export function levelOf(scene: Scene, ups: SiteUps): Level {
  const state = supplyOf(scene, ups.id);
  const rigs = rigsOn(scene.site, ups.id);
  const out = rigs.filter((rig) => isOut(scene, rig));
  if (state.draining || state.forced) {
    if (rigs.length > 0 && out.length > 0 && rigs.every((rig) => isDown(rigOf(scene, rig.id)))) return 'dark';
    // A last stand holds back SIGTERM: there is none where nobody is asked anything.
    if (state.floor !== undefined && rigs.length > 0 && isArmed(scene)) return 'last-stand';
    return out.length > 0 ? 'shedding' : 'normal';
  }
  // A generator carries some: mains are not back for the others.
  return out.length === 0 ? 'normal' : state.line === 'generator' ? 'shedding' : 'restoring';
}

/** Owed a return, and by no person's doing. */
function isOut(scene: Scene, rig: Rig): boolean {
  const { owed } = rememberedRig(scene, rig.id);
  return owed !== undefined && !owed.byPerson;
}

/** The bare mains count as a supply: nothing on them is ever shed, but what went dark with them may be out by our switch still. */
function mainsLevel(scene: Scene): Level {
  const isCarried = [...scene.site.supplies.keys()].some((id) => supplyOf(scene, id).line === 'generator');
  if (isCarried || onBatteryNow(scene).length > 0) return 'normal';
  return [...scene.site.rigs.values()].some((rig) => onMainsAlone(scene.site, rig) && isOut(scene, rig)) ? 'restoring' : 'normal';
}

/** A site stands as its worst supply does. */
export function siteLevel(scene: Scene): Level {
  const levels = [...scene.site.supplies.keys()].map((id) => supplyOf(scene, id).level);
  return [...levels, mainsLevel(scene)].reduce<Level>(
    (worst, level) => (LEVELS.indexOf(level) > LEVELS.indexOf(worst) ? level : worst),
    'normal',
  );
}

export function trackLevels(tick: Tick): void {
  for (const ups of tick.site.supplies.values()) {
    const from = supplyOf(tick, ups.id).level;
    const to = levelOf(tick, ups);
    if (from === to) continue;
    tick.emit({ event: 'level', ups: ups.id, from, to });
    setSupply(tick, ups.id, { level: to });
  }
}
