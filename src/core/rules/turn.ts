// The way back: whose turn it is. Best first, in packets, one supply beside the other; only where mains has held and
// the battery could carry the graceful stop of all that then run.
import { MAINS, type RigId, type SupplyId } from '../../model/id.ts';
import type { Rig } from '../../model/rig.ts';
import type { SiteUps } from '../../model/site.ts';
import type { Reason } from '../../model/step.ts';
import { nominalWattsOf } from '../gate.ts';
import { isFresh } from '../heard.ts';
import { outageWatts, upWattsOf } from '../load.ts';
import { isAskedFor, type KnownFault, mainsBackAtMs, supplyMemory } from '../memory.ts';
import { closedByItself, isClosed, isOursToClose } from '../seen.ts';
import { runtimeLeft } from '../supply.ts';
import { doesNotMove, feedBlockedUntil, rigsBehind, staysOpenFor } from '../switching.ts';
import { believedCharge, cutBelowAt } from '../thresholds.ts';
import {
  clear,
  isArmed,
  onMainsAlone,
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
import { rounded } from '../want.ts';
import type { Worth } from '../worth.ts';

export const RETURN_WITHIN_MS = 5 * 60_000;
/** The next packet waits for settled watts, at most so long. */
const SETTLE_MS = 30_000;
/** Of the watts it drew while it hashed before. */
const SETTLED_SHARE = 0.9;
const PACKET_SHARE = 0.1;
const LONGEST_HOLD_MS = 15 * 60_000;

/**
 * The supplies whose health a rig's return depends on: its own; for a rig on mains alone those that can tell of the
 * mains, which none that is silent can while another speaks: a UPS never keeps a farm down for ever (README decision 13).
 */
function returnSupplies(scene: Scene, rig: Rig): readonly SiteUps[] {
  const own = upsesOf(scene.site, rig);
  if (own.length > 0) return own;
  const all = [...scene.site.supplies.values()];
  const telling = all.filter((ups) => {
    const state = supplyOf(scene, ups.id);
    return isFresh(ups, state, scene.nowMs) && (state.draining || (state.line === 'mains' && !state.forced));
  });
  return telling.length > 0 ? telling : all;
}

/** Mains must hold so long after the last outage, ms; doubled per relapse within 10 min, at most 15 min. */
export function holdMs(scene: Scene, ups: SiteUps): number {
  const memory = supplyMemory(scene.memory, ups.id);
  if (mainsBackAtMs(scene.memory, ups.id) === undefined && memory.outage === undefined) return 0;
  return Math.min(LONGEST_HOLD_MS, scene.site.restore.mainsHeldSeconds * 1000 * 2 ** Math.min(memory.relapses, 10));
}

/** Whether a rig may be given power at all: every supply it hangs on is heard, on mains, and not being shut down. */
export function notOnMains(scene: Scene, rig: Rig): Reason | undefined {
  for (const ups of returnSupplies(scene, rig)) {
    const state = supplyOf(scene, ups.id);
    if (state.draining) return { rule: 'on-battery', facts: { ups: ups.id } };
    if (!isFresh(ups, state, scene.nowMs)) return { rule: 'supply-not-heard', facts: { ups: ups.id } };
    if (state.line !== 'mains') return { rule: `supply-${state.line}`, facts: { ups: ups.id } };
    if (state.forced) return { rule: 'forced-shutdown', facts: { ups: ups.id } };
  }
  return undefined;
}

export interface Blocked {
  readonly because: Reason;
  /** when it ends by itself, where that is known */
  readonly untilMs?: number;
  /** it may well end before that */
  readonly atMost?: true;
}

/** Why this rig is not started yet; undefined when only its turn is missing. */
export function blockedBy(scene: Scene, rig: Rig): Blocked | undefined {
  const dead = notOnMains(scene, rig);
  if (dead !== undefined) return { because: dead };
  const kept = keptOpen(scene, rig);
  if (kept !== undefined) return { because: kept };
  const held = notHeld(scene, rig);
  if (held !== undefined || onMainsAlone(scene.site, rig)) return held;
  for (const ups of returnSupplies(scene, rig)) {
    const doubt = doubtOf(scene, ups, rig);
    const trusted = steadySince(scene, ups) + scene.site.restore.doubtMinutes * 60_000;
    if (doubt !== undefined && scene.nowMs < trusted) return { because: doubt, untilMs: trusted, atMost: true };
  }
  return undefined;
}

/** Mains has not held for long enough; undefined: it has, whatever else there is against a rig. */
export function notHeld(scene: Scene, rig: Rig): Blocked | undefined {
  for (const ups of returnSupplies(scene, rig)) {
    const since = steadySince(scene, ups);
    const held = scene.nowMs - since;
    const hold = holdMs(scene, ups);
    if (held < hold) {
      return {
        because: { rule: 'mains-not-held', facts: rounded({ ups: ups.id, heldSeconds: held / 1000, needSeconds: hold / 1000 }) },
        untilMs: since + hold,
      };
    }
  }
  return undefined;
}

/** Not on mains, it has held none of it yet. */
function steadySince(scene: Scene, { id }: SiteUps): number {
  return supplyOf(scene, id).steadySinceMs ?? scene.nowMs;
}

/** A person holds down another rig behind the same open contact. */
function keptOpen(scene: Scene, rig: Rig): Reason | undefined {
  for (const id of rig.cutBy) {
    if (isClosed(scene, id)) continue;
    const held = staysOpenFor(scene, id, rig);
    if (held !== undefined) return { rule: 'shares-a-switch', facts: { switch: id, heldDown: held.id } };
  }
  return undefined;
}

/**
 * Why the battery is not to be trusted with a rig more; it holds the return for `doubtMinutes` of steady mains, no longer. A
 * person's wish is held as well: a battery that could not carry the stop of what then runs is at its floor (I-05, I-15).
 */
function doubtOf(scene: Scene, ups: SiteUps, rig: Rig): Reason | undefined {
  const state = supplyOf(scene, ups.id);
  if (state.latched) return { rule: 'forced-shutdown-latched', facts: { ups: ups.id } };
  if (state.sample?.lowBattery === true) return { rule: 'low-battery-on-mains', facts: { ups: ups.id } };
  if (state.sample?.alarms.has('bypass') === true) return { rule: 'bypass', facts: { ups: ups.id } };
  const { minChargePercent } = scene.site.restore;
  const charge = believedCharge(state);
  if (charge === undefined) return unknownCharge(scene, ups, rig);
  if (minChargePercent !== 'auto') {
    return charge >= minChargePercent
      ? undefined
      : { rule: 'charge-too-low', facts: rounded({ ups: ups.id, chargePercent: charge, minChargePercent }) };
  }
  const watts = outageWatts(state) + state.load.scale * upWattsOf(rig, rigOf(scene, rig.id));
  const runtime = runtimeLeft(scene, ups, watts);
  if (runtime === undefined && charge > ups.reservePercent) return unknownCharge(scene, ups, rig);
  const cutBelowSeconds = cutBelowAt(scene, ups, watts);
  const enough = runtime !== undefined && runtime >= cutBelowSeconds && charge > ups.reservePercent;
  return enough
    ? undefined
    : {
        rule: 'charge-too-low',
        facts: rounded({ ups: ups.id, chargePercent: charge, runtimeSeconds: runtime, needSeconds: cutBelowSeconds }),
      };
}

/** Nothing tells of the battery: where no outage can have used it lately, a person's word is enough. */
function unknownCharge(scene: Scene, ups: SiteUps, rig: Rig): Reason | undefined {
  const backAtMs = mainsBackAtMs(scene.memory, ups.id);
  const used = backAtMs !== undefined && scene.nowMs - backAtMs < scene.site.restore.doubtMinutes * 60_000;
  return rememberedRig(scene, rig.id).owed?.byPerson === true && !used ? undefined : { rule: 'charge-unknown', facts: { ups: ups.id } };
}

/** Whether a rig waits for its return and nothing of its own stands in the way. */
export function waits(scene: Scene, id: RigId): boolean {
  const { owed, hold, fault } = rememberedRig(scene, id);
  if (owed === undefined || (!isAskedFor(owed) && !isArmed(scene))) return false;
  const state = rigOf(scene, id);
  const stays = settledDown(state.phase) || (state.phase === 'hashing' && isFedByItself(scene, id));
  return !state.admitted && hold?.as !== 'down' && !keepsDown(fault) && stays;
}

/** It hashes already, behind a contact that was opened and that its board or somebody closed: in its turn that is fed by us, too. */
function isFedByItself(scene: Scene, id: RigId): boolean {
  return scene.site.rigs.get(id)?.cutBy.some((one) => closedByItself(scene, one)) === true;
}

/**
 * It is back, by one of its contacts: one that did not open, or before another that did not close. That other is closed in its turn
 * as well, or the rig would go down with the one feed it is left with. Only where it is seen to have power: nothing starts by it.
 */
export function lacksAContact(scene: Scene, rig: Rig): boolean {
  const { owed, hold } = rememberedRig(scene, rig.id);
  const { phase, stop } = rigOf(scene, rig.id);
  if (owed !== undefined || hold?.as === 'down' || stop !== undefined || !isArmed(scene)) return false;
  return (phase === 'hashing' || phase === 'paused') && rig.cutBy.some((id) => isOursToClose(scene, id));
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
  const free = wellFirst(tick, freeOf(tick, queue));
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
    const fits = rig.fedBy.every((supply) => {
      const packet = room.get(supply) ?? { rigs: [], watts: 0 };
      if (!packetMayStart(tick, supply)) return false;
      if (packet.rigs.length === 0) return true;
      return packet.rigs.length < packetSize(tick, waiting) && packet.watts + watts <= PACKET_SHARE * supplyWatts(tick, supply);
    });
    if (!fits) continue;
    for (const supply of rig.fedBy) {
      const packet = room.get(supply) ?? { rigs: [], watts: 0 };
      room.set(supply, { rigs: [...packet.rigs, rig.id], watts: packet.watts + watts });
    }
    setRig(tick, rig.id, { admitted: true });
    sayDistrust(tick, rig);
  }
  for (const [supply, { rigs }] of room) tick.packets.set(supply, { atMs: tick.nowMs, rigs });
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
