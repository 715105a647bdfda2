// In one word, how a supply stands.
import type { Level } from '../model/event.ts';
import type { SiteUps } from '../model/site.ts';
import { isDown } from './load.ts';
import { isArmed, rememberedRig, rigOf, rigsOn, type Scene, setSupply, supplyOf, type Tick } from './tick.ts';

/** From best to worst. */
const LEVELS: readonly Level[] = ['normal', 'restoring', 'shedding', 'last-stand', 'dark'];

export function levelOf(scene: Scene, ups: SiteUps): Level {
  const state = supplyOf(scene, ups.id);
  const rigs = rigsOn(scene.site, ups.id);
  const out = rigs.filter((rig) => {
    const { owed } = rememberedRig(scene, rig.id);
    return owed !== undefined && !owed.byPerson;
  });
  if (state.draining || state.forced) {
    if (rigs.length > 0 && out.length > 0 && rigs.every((rig) => isDown(rigOf(scene, rig.id)))) return 'dark';
    // A last stand holds back SIGTERM: there is none where nobody is asked anything.
    if (state.floor !== undefined && rigs.length > 0 && isArmed(scene)) return 'last-stand';
    return out.length > 0 ? 'shedding' : 'normal';
  }
  return out.length > 0 ? 'restoring' : 'normal';
}

/** A site stands as its worst supply does. */
export function worstLevel(levels: readonly Level[]): Level {
  return levels.reduce<Level>((worst, level) => (LEVELS.indexOf(level) > LEVELS.indexOf(worst) ? level : worst), 'normal');
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
