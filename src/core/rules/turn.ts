// The way back: whose turn it is. Best first, in packets, one supply beside the other; only of those that may start
// (may-start.ts).
import { MAINS, type RigId, type SupplyId } from '../../model/id.ts';
import type { Rig } from '../../model/rig.ts';
import type { Reason } from '../../model/step.ts';
import { nominalWattsOf } from '../gate.ts';
import { upWattsOf } from '../load.ts';
import { isAskedFor, type KnownFault, mainsBackAtMs } from '../memory.ts';
import { awaitsAContact, isClosed, isOursToClose } from '../seen.ts';
import { doesNotMove, feedBlockedUntil, rigsBehind } from '../switching.ts';
import {
  clear,
  isArmed,
  raise,
  rememberedRig,
  rigOf,
  rigsOn,
  type Scene,
  setRig,
  supplyOf,
  switchOf,
  type Tick,
  upsesOf,
} from '../tick.ts';
import type { Worth } from '../worth.ts';
import { generatorsOf, isOnGenerator } from './generator.ts';
import { blockedBy, doubtOf, keepsOpen } from './may-start.ts';

export const RETURN_WITHIN_MS = 5 * 60_000;
/** The next packet waits for settled watts, at most so long. */
const SETTLE_MS = 30_000;
/** Of the watts it drew while it hashed before. */
const SETTLED_SHARE = 0.9;
const PACKET_SHARE = 0.1;

/** Whether a rig waits for its return and nothing of its own stands in the way. One that is drilled comes back by its drill. */
export function waits(scene: Scene, id: RigId): boolean {
  if (scene.drill?.rig === id) return false;
  const { owed, hold, fault } = rememberedRig(scene, id);
  if (owed === undefined || (!isAskedFor(owed) && !isArmed(scene))) return false;
  const state = rigOf(scene, id);
  const rig = scene.site.rigs.get(id);
  const stays = settledDown(state.phase) || (state.phase === 'hashing' && rig !== undefined && awaitsAContact(scene, rig));
  return !state.admitted && hold?.as !== 'down' && !keepsDown(fault) && stays && !isLeftToAPerson(scene, id);
}

/** Another machine answers in its place: it is fed again as any other, and then given no order. */
export function isLeftToAPerson(scene: Scene, id: RigId): boolean {
  const rig = scene.site.rigs.get(id);
  return scene.memory.barred.has(id) && !rig?.cutBy.some((one) => isOursToClose(scene, one));
}

/**
 * It is back, by one of its contacts: one that did not open, or before another that did not close. That other is closed in its turn
 * as well, or the rig would go down with the one feed it is left with. Only where it is seen to have power: nothing starts by it.
 */
export function lacksAContact(scene: Scene, rig: Rig): boolean {
  const { owed, hold } = rememberedRig(scene, rig.id);
  const { phase, stop } = rigOf(scene, rig.id);
  if (owed !== undefined || hold?.as === 'down' || stop !== undefined || !isArmed(scene)) return false;
  const lacks = rig.cutBy.some((id) => isOursToClose(scene, id) && keepsOpen(scene, rig, id) === undefined);
  return lacks && (phase === 'hashing' || phase === 'paused');
}

/** Only a rig that was tried in vain waits for a person. What went wrong on its way down keeps nobody from waking it. */
export function keepsDown(fault: KnownFault | undefined): boolean {
  return fault?.code === 'will-not-wake';
}

function settledDown(phase: string): boolean {
  return phase === 'paused' || phase === 'dark' || phase === 'unknown' || phase === 'waking';
}

/** Lets the next packet of rigs in, on each supply that is ready for one. */
export function admitNext(tick: Tick, ranking: readonly Worth[]): void {
  const queue = queueOf(tick, ranking);
  const underWay = anyAdmitted(tick);
  const lacking = lackingOf(tick, ranking);
  if (queue.length === 0 && lacking.length === 0 && !underWay) {
    tick.returningSinceMs = undefined;
    // Who is asked for next, just after, still starts behind the last of them.
    for (const [supply, { atMs }] of tick.packets)
      if (tick.nowMs - atMs >= tick.site.restore.staggerSeconds * 1000) tick.packets.delete(supply);
    return;
  }
  const free = largestFirst(tick, wellFirst(tick, freeOf(tick, queue)));
  // The five minutes count from when this return could begin; an outage in between, or a wait for charge, is no part of it.
  if (free.length > 0) tick.returningSinceMs ??= tick.nowMs;
  else if (!underWay) tick.returningSinceMs = undefined;
  // Whoever is back already holds nobody up: not by a contact that does not close, nor by the charge that it waits for.
  admitPackets(tick, [...free, ...lacking], queue.length);
}

/** Those that are back but for a contact, which may close now. */
function lackingOf(tick: Tick, ranking: readonly Worth[]): readonly Rig[] {
  const lacking: Rig[] = [];
  for (const { config: rig } of ranking) {
    if (rigOf(tick, rig.id).admitted || !lacksAContact(tick, rig)) continue;
    const blocked = blockedBy(tick, rig);
    const feedAt = feedBlockedUntil(tick, rig);
    for (const at of [blocked?.untilMs, feedAt]) if (at !== undefined) tick.askAgain(at);
    if (blocked === undefined && feedAt === undefined) lacking.push(rig);
  }
  return lacking;
}

/** Who left the queue in whatever way waits for nobody's release any more: what was said of that is over. */
function queueOf(tick: Tick, ranking: readonly Worth[]): readonly Rig[] {
  const queue: Rig[] = [];
  for (const { rig: id, config } of ranking) {
    if (waits(tick, id)) queue.push(config);
    else clear(tick, 'shares-a-switch', { rig: id });
  }
  return queue;
}

function anyAdmitted(scene: Scene): boolean {
  for (const rig of scene.rigs.values()) if (rig.admitted) return true;
  return false;
}

/** A rig whose contact does not move is tried once those that can start have started. */
function wellFirst(tick: Tick, free: readonly Rig[]): readonly Rig[] {
  const isStuck = ({ cutBy }: Rig): boolean => cutBy.some((one) => doesNotMove(tick, one));
  const stuck = free.filter(isStuck);
  return stuck.length === 0 ? free : [...free.filter((rig) => !isStuck(rig)), ...stuck];
}

/** On a generator, while it has most room to swallow the step. */
function largestFirst(tick: Tick, free: readonly Rig[]): readonly Rig[] {
  if (tick.site.generators === undefined) return free;
  const weight = (rig: Rig): number => (isOnGenerator(tick, rig) ? rig.watts : 0);
  return free.toSorted((a, b) => weight(b) - weight(a));
}

/** Those of the queue that nothing of their own or of their supplies holds back. */
function freeOf(tick: Tick, queue: readonly Rig[]): readonly Rig[] {
  const charging = new Set<SupplyId>();
  return queue.filter((rig) => {
    const blocked = blockedBy(tick, rig);
    sayKeptOpen(tick, rig, blocked?.because);
    const feedAt = feedBlockedUntil(tick, rig);
    for (const at of [blocked?.untilMs, feedAt]) if (at !== undefined) tick.askAgain(at);
    // A smaller one does not overtake a better one that waits for charge: it would only make it wait longer.
    const overtakes = rig.fedBy.some((supply) => charging.has(supply));
    if (blocked?.because.rule === 'charge-too-low') for (const supply of rig.fedBy) charging.add(supply);
    // The next-best does go ahead of one whose switch must stay open a while longer.
    return blocked === undefined && feedAt === undefined && !overtakes;
  });
}

/**
 * Before the outage it hashed beside a held rig that was only paused. All the same the contact stays open: power may start
 * the held one, and whoever saw it dark may have his hands in it. So a person decides, and must be told.
 */
function sayKeptOpen(tick: Tick, { id }: Rig, because: Reason | undefined): void {
  if (because?.rule !== 'shares-a-switch') return clear(tick, 'shares-a-switch', { rig: id });
  const { switch: contact, heldDown } = because.facts;
  const say = `${id} stays dark: ${contact} stays open for ${heldDown}, which is held down behind it; to bring ${id} back: lastwatt release ${heldDown}, or lastwatt up ${heldDown}`;
  raise(tick, { event: 'fault', code: 'shares-a-switch', rig: id, say });
}

function admitPackets(tick: Tick, free: readonly Rig[], waiting: number): void {
  const room = new Map<SupplyId, { rigs: RigId[]; watts: number }>();
  for (const rig of free) {
    const watts = startingWatts(tick, rig);
    const shared = sharedBy(tick, rig);
    const supplies = [...new Set([...rig.fedBy, ...shared])];
    const fits = supplies.every((supply) => {
      const packet = room.get(supply) ?? { rigs: [], watts: 0 };
      if (!packetMayStart(tick, supply)) return false;
      if (packet.rigs.length === 0) return true;
      if (shared.length > 0) return false;
      return packet.rigs.length < packetSize(tick, waiting) && packet.watts + watts <= PACKET_SHARE * supplyWatts(tick, supply);
    });
    if (!fits) continue;
    for (const supply of supplies) {
      const packet = room.get(supply) ?? { rigs: [], watts: 0 };
      room.set(supply, { rigs: [...packet.rigs, rig.id], watts: packet.watts + watts });
    }
    setRig(tick, rig.id, { admitted: true });
    sayDistrust(tick, rig);
  }
  for (const [supply, { rigs }] of room) tick.packets.set(supply, { atMs: tick.nowMs, rigs });
}

/** The UPSes behind its generators: on one of those rigs start one by one, whichever of its UPSes they hang on. */
function sharedBy(scene: Scene, rig: Rig): readonly SupplyId[] {
  return generatorsOf(scene, rig).flatMap(({ behind }) => behind);
}

/** W that start with it: whatever else hangs behind the contacts that close for it has power with it, and may hash by itself. */
function startingWatts(tick: Tick, rig: Rig): number {
  const fed = new Set([rig]);
  for (const contact of rig.cutBy) if (!isClosed(tick, contact)) for (const other of rigsBehind(tick.site, contact)) fed.add(other);
  // Its last watts at work may be from a moment in which it wound down.
  return [...fed].reduce((sum, one) => sum + Math.max(one.watts, upWattsOf(one, rigOf(tick, one.id))), 0);
}

/** Mains has held for `doubtMinutes`: it returns in spite of the doubt, and a person is told. */
function sayDistrust(tick: Tick, rig: Rig): void {
  for (const ups of upsesOf(tick.site, rig)) {
    const doubt = doubtOf(tick, ups, rig);
    if (doubt === undefined) continue;
    raise(tick, {
      event: 'fault',
      code: 'battery-not-trusted',
      ups: ups.id,
      say: `${ups.id} is not to be trusted with an outage (${doubt.rule}): its rigs return all the same after ${tick.site.restore.doubtMinutes} min of mains; test its battery`,
    });
  }
}

/** How long a packet keeps the next one waiting at most; of a supply: from now on. */
export function packetPauseMs(scene: Scene, supply?: SupplyId): number {
  const pause = Math.max(scene.site.restore.staggerSeconds * 1000, SETTLE_MS);
  if (supply === undefined) return pause;
  const last = scene.packets.get(supply);
  return last === undefined ? 0 : Math.max(0, last.atMs + pause - scene.nowMs);
}

function packetMayStart(tick: Tick, supply: SupplyId): boolean {
  const last = tick.packets.get(supply);
  if (last === undefined) return !maySomebodyStart(tick);
  // One whose feed or resume still waits, for the journal or a slow board, would else start together with the next.
  if (last.rigs.some((id) => isOnItsWay(tick, id))) return false;
  const stagger = tick.site.restore.staggerSeconds * 1000;
  const open = last.atMs + stagger;
  const settled = last.rigs.every((id) => hasSettled(tick, id));
  const ready = settled ? open : Math.max(open, last.atMs + SETTLE_MS);
  tick.askAgain(open);
  tick.askAgain(ready);
  return tick.nowMs >= ready;
}

/** The run of the service before this one may have started somebody in its last moment: of that nothing is remembered once he hashes. */
function maySomebodyStart(tick: Tick): boolean {
  const apartMs = 1000 * tick.site.restore.staggerSeconds;
  const until = tick.startedAtMs + apartMs;
  if (tick.nowMs >= until) return false;
  const returns = [...tick.site.supplies.keys()].some((id) => mainsBackAtMs(tick.memory, id) !== undefined);
  // After a forced shutdown that was taken back there was no outage, and a contact closed a moment ago all the same.
  const fedLately = [...tick.memory.switches.values()].some(({ want, sinceMs }) => want === 'fed' && tick.startedAtMs - sinceMs < apartMs);
  if (!returns && !fedLately) return false;
  tick.askAgain(until);
  return true;
}

function isOnItsWay(scene: Scene, id: RigId): boolean {
  const rig = scene.site.rigs.get(id);
  const starts = rigOf(scene, id).flight?.kind === 'resume';
  return rig !== undefined && (starts || rig.cutBy.some((one) => switchOf(scene, one).flight?.kind === 'feed'));
}

/** It hashes, and draws what it drew before; or nobody waits for it any more. */
function hasSettled(scene: Scene, id: RigId): boolean {
  const rig = scene.site.rigs.get(id);
  const state = rigOf(scene, id);
  if (rig === undefined || keepsDown(rememberedRig(scene, id).fault)) return true;
  // One that is back in the queue, for the mains went again, is waited for no longer.
  if (state.phase !== 'hashing') return !state.admitted;
  return state.reading?.watts === undefined || state.reading.watts >= SETTLED_SHARE * upWattsOf(rig, state);
}

/** One rig each; more only where the return would else take over five minutes. */
function packetSize(tick: Tick, waiting: number): number {
  const left = (tick.returningSinceMs ?? tick.nowMs) + RETURN_WITHIN_MS - tick.nowMs;
  const slots = Math.max(1, Math.floor(left / Math.max(SETTLE_MS, tick.site.restore.staggerSeconds * 1000)));
  return Math.max(1, Math.ceil(waiting / slots));
}

function supplyWatts(tick: Tick, supply: SupplyId): number {
  const ups = supply === MAINS ? undefined : tick.site.supplies.get(supply);
  const nominal = ups === undefined ? undefined : nominalWattsOf(ups.nominalWatts, supplyOf(tick, ups.id).nameplate);
  if (nominal !== undefined) return nominal;
  return rigsOn(tick.site, supply).reduce((sum, rig) => sum + rig.watts, 0);
}
