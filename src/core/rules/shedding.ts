// Whom each supply asks to leave, whatever the policy: who could leave at all, who leaves together, in which order they are asked, and
// that a rig on several supplies stays while one of them keeps it. What is leaving counts as gone here.
import type { RigId, UpsId } from '../../model/id.ts';
import type { Rig } from '../../model/rig.ts';
import type { SiteUps } from '../../model/site.ts';
import type { Reason } from '../../model/step.ts';
import { freedWatts, isDown, leavingOf, savingOf } from '../load.ts';
import { isOutageAware } from '../outage-plan.ts';
import { toldRuntimeLeft } from '../supply.ts';
import { rigsBehind } from '../switching.ts';
import { rigOf, rigsOn, type Scene, sharedRigs, supplyOf, upsesOf } from '../tick.ts';
import { rankedBySupply, type Worth } from '../worth.ts';
import type { Asks } from './asks.ts';
import { blipIsOver, FIRST_LOOK_MS, hasLooked } from './guard.ts';
import { isKeptUp, isLeaving } from './leaving.ts';
import { outageAware } from './outage-aware.ts';
import { overloadGone, overloadWatts } from './overload.ts';
import { threshold } from './threshold.ts';

/**
 * The rigs that each supply asks to leave now, with the reason. A rig on two UPSes stays while one of them wants it, and
 * one that stays is no relief to the other: the round is run again without it, until nobody counts on a rig that stays.
 */
export function shedAll(scene: Scene, ranking: readonly Worth[]): ReadonlyMap<UpsId, ReadonlyMap<RigId, Reason>> {
  const all = [...scene.site.supplies.values()].filter((ups) => supplyOf(scene, ups.id).draining);
  if (all.length === 0) return new Map();
  const queues = worstFirst(scene, ranking);
  const shared = sharedRigs(scene.site);
  const stays = new Set<RigId>();
  for (const rig of shared) {
    if (upsesOf(scene.site, rig).some((ups) => !supplyOf(scene, ups.id).draining)) stays.add(rig.id);
  }
  for (;;) {
    const sheds = new Map(
      all.map((ups) => [ups.id, shedFor(scene, ups, { queue: queues.get(ups.id) ?? [], of: ranking.length, stays })] as const),
    );
    const before = stays.size;
    for (const rig of shared) {
      const asking = upsesOf(scene.site, rig).filter((ups) => sheds.get(ups.id)?.has(rig.id));
      if (asking.length > 0 && asking.length < upsesOf(scene.site, rig).length) stays.add(rig.id);
    }
    if (stays.size === before) return sheds;
  }
}

/** The rigs of each supply in the order in which they leave. */
function worstFirst(scene: Scene, ranking: readonly Worth[]): ReadonlyMap<UpsId, Queue> {
  const queues = new Map<UpsId, Queue>();
  for (const [id, own] of rankedBySupply(scene.site, ranking)) {
    queues.set(id, inTurn(scene, own.map(({ config: rig, rank }) => ({ rig, rank })).reverse()));
  }
  return queues;
}

interface Ranked {
  readonly rig: Rig;
  readonly rank: number;
}

/** Those of one place leave together. */
type Queue = readonly (readonly Ranked[])[];

interface Order {
  readonly queue: Queue;
  /** rigs of the whole site, of which a rank is one */
  readonly of: number;
  /** rigs that another supply keeps up */
  readonly stays: ReadonlySet<RigId>;
}

function shedFor(scene: Scene, ups: SiteUps, order: Order): ReadonlyMap<RigId, Reason> {
  const shed = new Map<RigId, Reason>();
  const overload = overloadWatts(scene, ups);
  if (overload > 0) shedUntil(scene, ups, order, shed, overloadGone(scene, ups, overload), leavingOf);
  if (blipIsOver(scene, ups.id) && looked(scene, ups)) shedUntil(scene, ups, order, shed, asks(scene, ups));
  return shed;
}

/** Of a battery of which nothing is known all leave, whatever the policy. Until there is a plan, it is thresholds that hold. */
function asks(scene: Scene, ups: SiteUps): Asks {
  const blind: Asks = () => ({ rule: 'runtime-unknown', facts: { ups: ups.id } });
  if (toldRuntimeLeft(scene, ups) === undefined) return blind;
  const planned = isOutageAware(scene) ? outageAware(scene, ups) : undefined;
  return planned ?? threshold(scene, ups) ?? blind;
}

/** Walks the rigs from the worst, and lets go of those for which there is a reason at the watts gone so far. */
function shedUntil(
  scene: Scene,
  ups: SiteUps,
  { queue, of, stays }: Order,
  shed: Map<RigId, Reason>,
  asked: Asks,
  wattsOf: typeof savingOf = savingOf,
): void {
  const freed = (rig: Rig): number => freedWatts(scene, ups.id, rig, wattsOf);
  let gone = 0;
  for (const rig of rigsOn(scene.site, ups.id)) {
    if (!isDown(rigOf(scene, rig.id)) && (isLeaving(scene, rig.id) || shed.has(rig.id))) gone += freed(rig);
  }
  for (const together of queue) {
    const going = together.filter(({ rig }) => !shed.has(rig.id) && maySend(scene, rig.id, stays) && !isKeptFed(scene, rig, shed));
    if (going.length === 0) continue;
    const reason = asked(gone, going);
    if (reason === 'enough') return;
    if (reason === 'stays') continue;
    for (const { rig, rank } of going) {
      shed.set(rig.id, { ...reason, facts: { ...reason.facts, rank, of } });
      gone += freed(rig);
    }
  }
}

/**
 * Those that can be asked nothing leave by their contact alone: together, and after the last behind it that can be asked. Till then
 * they would be counted as gone and draw.
 */
function inTurn(scene: Scene, queue: readonly Ranked[]): Queue {
  if (!queue.some(({ rig }) => isMute(rig))) return queue.map((one) => [one]);
  const places = new Map(queue.map(({ rig }, place) => [rig.id, place]));
  const turns = new Map<string, { place: number; readonly of: Ranked[] }>();
  for (const [place, one] of queue.entries()) {
    const name = isMute(one.rig) ? `behind ${one.rig.cutBy.join(' ')}` : one.rig.id;
    const turn = turns.get(name) ?? { place, of: [] };
    turns.set(name, turn);
    turn.of.push(one);
    if (isMute(one.rig)) turn.place = Math.max(turn.place, ...matesOf(scene, one.rig).map(({ id }) => (places.get(id) ?? place) + 0.5));
  }
  return [...turns.values()].sort((a, b) => a.place - b.place).map(({ of }) => of);
}

const isMute = (rig: Rig): boolean => !rig.can.pause && rig.cutBy.length > 0;

/** Who can be asked, behind a contact of this rig. */
function matesOf(scene: Scene, rig: Rig): readonly Rig[] {
  return rig.cutBy.flatMap((contact) => rigsBehind(scene.site, contact)).filter((other) => other.can.pause);
}

/** Its contact opens for nobody while one behind it that can be asked stays. */
function isKeptFed(scene: Scene, rig: Rig, shed: ReadonlyMap<RigId, Reason>): boolean {
  return isMute(rig) && matesOf(scene, rig).some(({ id }) => !shed.has(id) && !isLeaving(scene, id));
}

/** Neither on its way already, nor kept up by another supply or by a person. */
function maySend(scene: Scene, id: RigId, stays: ReadonlySet<RigId>): boolean {
  return !stays.has(id) && !isLeaving(scene, id) && !isKeptUp(scene, id);
}

/** A service that has just started looks at its rigs, too, before it sheds; the floor does not wait. */
function looked(scene: Scene, ups: SiteUps): boolean {
  if (!hasLooked(scene, ups)) return false;
  if (scene.nowMs - scene.startedAtMs >= FIRST_LOOK_MS) return true;
  return rigsOn(scene.site, ups.id).every((rig) => {
    const state = rigOf(scene, rig.id);
    return !rig.can.read || state.answeredAtMs !== undefined || state.silentSinceMs !== undefined;
  });
}
