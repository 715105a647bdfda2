// Who tells of the mains beside a UPS that is silent: a contact, another UPS on battery, or the rigs that hang on no UPS and fell silent
// together (README decision 5). A witness must have seen something: what we or a person took down tells nothing by its silence.
import type { SwitchId, UpsId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import type { SiteUps } from '../model/site.ts';
import { mainsContactOpen } from './generator.ts';
import { isFresh } from './heard.ts';
import { contactOf, isSilent, SILENT_MS, silentSince } from './seen.ts';
import { onMainsAlone, rememberedRig, rigOf, type Scene, supplyOf, type Tick } from './tick.ts';

const TOGETHER_MS = 10_000;

/** The other UPSes of a site. */
export function others(scene: Scene, id: UpsId): readonly SiteUps[] {
  return [...scene.site.supplies.values()].filter((one) => one.id !== id);
}

/** Whether anybody tells of an outage to a UPS that was last heard at `sinceMs`. */
export function outageWitnessed(tick: Tick, id: UpsId, sinceMs: number): boolean {
  if (contactTells(tick, sinceMs)) return true;
  if (others(tick, id).some((other) => tellsOfBattery(tick, other, sinceMs))) return true;
  return fellTogether(tick, sinceMs);
}

/** It opened since the UPS was last heard, or just before: one that stood open while that was on mains has a broken wire. */
function contactTells(tick: Tick, sinceMs: number): boolean {
  const contact = mainsContactOpen(tick);
  return contact !== undefined && contact.sinceMs >= sinceMs - TOGETHER_MS;
}

/** Heard on battery now, or until the two fell silent together. What one said that died long before tells nothing of now. */
function tellsOfBattery(tick: Tick, ups: SiteUps, sinceMs: number): boolean {
  const state = supplyOf(tick, ups.id);
  if (!state.draining) return false;
  return isFresh(ups, state, tick.nowMs) || (state.heardAtMs !== undefined && sinceMs - state.heardAtMs <= TOGETHER_MS);
}

/** At least half of those that could tell fell silent within 10 s of each other, and not before the UPS. */
function fellTogether(tick: Tick, sinceMs: number): boolean {
  const able = [...tick.site.rigs.values()].filter((rig) => canTell(tick, rig));
  if (able.length === 0) return false;
  const fell = able
    .filter((rig) => isReallySilent(tick, rig))
    .map(({ id }) => rigOf(tick, id).silentSinceMs)
    .filter((at): at is number => at !== undefined && at >= sinceMs - TOGETHER_MS)
    .sort((a, b) => a - b);
  const needed = Math.ceil(able.length / 2);
  return fell.some((at, index) => (fell[index + needed - 1] ?? Number.POSITIVE_INFINITY) - at <= TOGETHER_MS);
}

/** One question without an answer is a busy rig; so is a rig that restarts its miner. */
function isReallySilent(tick: Tick, rig: Rig): boolean {
  const since = silentSince(tick, rig.id);
  if (since !== undefined) tick.askAgain(since + SILENT_MS);
  return isSilent(tick, rig);
}

/** It answered once, hangs on no UPS, and neither we nor a person have it down. */
function canTell(scene: Scene, rig: Rig): boolean {
  const { answeredAtMs, stop, wake } = rigOf(scene, rig.id);
  if (!rig.can.read || !onMainsAlone(scene.site, rig) || answeredAtMs === undefined) return false;
  const { hold, asked, fault } = rememberedRig(scene, rig.id);
  if (hold?.as === 'down' || stop !== undefined || wake !== undefined || asked !== undefined) return false;
  return fault?.code !== 'will-not-wake' && !rig.cutBy.some((id) => isOpened(scene, id));
}

/** Open by our doing, or about to be. */
function isOpened(scene: Scene, id: SwitchId): boolean {
  return scene.memory.switches.get(id)?.want === 'cut' || contactOf(scene, id) === 'cut';
}
