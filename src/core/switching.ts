// Contacts: when one may open, when one may close. A switch opens when the last of its rigs may be cut; it closes only
// after its rest, a few times an hour, and never on a rig that a person holds down.
import type { Proof, Stamp } from '../model/event.ts';
import type { RigId, SwitchId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import type { Site } from '../model/site.ts';
import { byKeys } from './by-keys.ts';
import { LAST_WORDS_MS } from './contact-trouble.ts';
import { type Cause, issue } from './issue.ts';
import type { SwitchMemory } from './memory.ts';
import { onceEach } from './once-each.ts';
import { closedByItself, contactOf, hasFallen, isClosed, isSilent, QUICK_TRIES } from './seen.ts';
import { clear, raise, rememberedRig, rigOf, type Scene, setSwitch, switchOf, type Tick } from './tick.ts';

/** Three tries in two seconds, then one every five. */
const QUICK_MS = 700;
const SLOW_MS = 5_000;
/** No two edges of a contact are closer than this, ever, whatever rest the file gives it. */
const EDGE_GAP_MS = 1_000;
/** A contact that was just closed stays so, but in an emergency: a coil and what hangs on it are not to chatter. */
const LEAST_ON_MS = 120_000;
export const MOVES_AN_HOUR = 6;
const HOUR_MS = 3_600_000;
/** A step whose outcome never came back is taken as lost after this; the dispatcher's own deadline is shorter. */
export const LOST_MS = 60_000;

/** A rig that may be cut now, and by what right. */
export interface Ready {
  readonly proof: Proof;
  readonly cause: Cause;
  /** on battery, at the floor, or by a person's --now: a contact then opens however short it was closed */
  readonly emergency: boolean;
  /** it was not let cool */
  readonly hasty?: true;
  /** it is out already, for another behind the same contact: that one's cause is the cause */
  readonly follows?: true;
}

const bySwitch = onceEach(({ rigs }: Site) => byKeys(rigs.values(), ({ cutBy }) => cutBy));

export function rigsBehind(site: Site, id: SwitchId): readonly Rig[] {
  return bySwitch(site).get(id) ?? [];
}

/** Opens every switch all of whose rigs may be cut; asks again while an opening fails. */
export function openSwitches(tick: Tick, ready: ReadonlyMap<RigId, Ready>): void {
  const wanted = new Set([...ready.keys()].flatMap((id) => tick.site.rigs.get(id)?.cutBy ?? []));
  for (const id of wanted) {
    const rigs = rigsBehind(tick.site, id);
    const rights = rigs.flatMap((rig) => ready.get(rig.id) ?? []);
    const right = strongest(rights);
    const all = rigs.every((rig) => ready.has(rig.id) || rigOf(tick, rig.id).phase === 'dark');
    if (right === undefined || !all || isSettledCut(tick, id)) continue;
    open(tick, { id, rigs, right, stamp: stampOf(rights) });
  }
}

/** By the least certain of all that hang on it. */
function stampOf(rights: readonly Ready[]): Stamp {
  if (rights.some(({ proof }) => proof === 'forced')) return 'forced';
  return rights.some(({ proof }) => proof === 'grace-over' || proof === 'assumed') ? 'assumed' : 'proved';
}

interface Opening {
  readonly id: SwitchId;
  readonly rigs: readonly Rig[];
  readonly right: Pick<Ready, 'cause' | 'emergency'>;
  readonly stamp: Stamp;
}

/** Of all rights to open one contact the one that waited for nothing: it is the cause, and its haste counts. */
function strongest(rights: readonly Ready[]): Ready | undefined {
  const by = (is: (right: Ready) => boolean | undefined): Ready | undefined => rights.find(is);
  return (
    by(({ proof }) => proof === 'forced') ?? by(({ hasty }) => hasty) ?? by(({ emergency }) => emergency) ?? by(({ follows }) => !follows)
  );
}

/** Done, and no look at it since says otherwise. */
function isSettledCut(scene: Scene, id: SwitchId): boolean {
  const remembered = scene.memory.switches.get(id);
  return remembered?.want === 'cut' && remembered.done && contactOf(scene, id) === 'cut';
}

/** An order to open it is on its way, and not lost. */
export function isCutUnderWay(scene: Scene, id: SwitchId): boolean {
  const { flight } = switchOf(scene, id);
  return flight?.kind === 'cut' && scene.nowMs - flight.sinceMs < LOST_MS;
}

function open(tick: Tick, { id, rigs, right, stamp }: Opening): void {
  const state = switchOf(tick, id);
  const remembered = tick.memory.switches.get(id);
  if (isCutUnderWay(tick, id)) return;
  // From when it has moved, which the journal or the board may have put off; or was first seen to have done so by itself.
  const closedMs = remembered?.want === 'fed' ? remembered.sinceMs : closedByItself(tick, id) ? state.seenSinceMs : undefined;
  const apart = closedMs === undefined ? 0 : closedMs + EDGE_GAP_MS;
  const rested = right.emergency ? 0 : (cutRest(tick, id)?.untilMs ?? 0);
  const free = Math.max(state.nextTryAtMs, apart, rested);
  if (tick.nowMs < free) return tick.askAgain(free);
  // Its rigs were asked anew since it was tried in vain: that is another cut, with another cause.
  const askedAnew = remembered !== undefined && rigs.some((rig) => (rigOf(tick, rig.id).stop?.askedAtMs ?? 0) > remembered.sinceMs);
  const again = remembered?.want === 'cut' && state.tries > 0 && !askedAnew;
  issue(tick, { kind: 'cut', switch: id, rigs: rigs.map((rig) => rig.id) }, { ...right.cause, stamp, ...(again ? { again: true } : {}) });
}

/**
 * Cuts a contact that counts as cut and may have closed: once more, not within a second of when it may have, and of a board that comes
 * and goes not more often than every five.
 */
export function cutAgain(tick: Tick, { id, rigs, cause, cameBackAtMs, cutAtMs }: Again): void {
  const free = Math.max(cameBackAtMs + EDGE_GAP_MS, switchOf(tick, id).tries > 0 ? 0 : cutAtMs + SLOW_MS);
  if (tick.nowMs < free) return tick.askAgain(free);
  open(tick, { id, rigs, right: { cause, emergency: true }, stamp: 'assumed' });
}

interface Again {
  readonly id: SwitchId;
  readonly rigs: readonly Rig[];
  readonly cause: Cause;
  readonly cameBackAtMs: number;
  readonly cutAtMs: number;
}

/** Told to open, or tried in vain, or open: not one that was opened before and fell closed, and now waits for another rig. */
export function isOpening(scene: Scene, id: SwitchId): boolean {
  if (scene.memory.switches.get(id)?.want !== 'cut') return false;
  const { flight, tries } = switchOf(scene, id);
  return flight?.kind === 'cut' || tries > 0 || contactOf(scene, id) === 'cut';
}

/** How a try at a switch ended. */
export function foldSwitchOutcome(tick: Tick, id: SwitchId, ok: boolean): void {
  const state = switchOf(tick, id);
  if (ok) {
    tick.switches.set(id, { ...state, flight: undefined, cameBackAtMs: undefined, tries: 0, nextTryAtMs: 0 });
    return clear(tick, 'switch-does-not-move', { switch: id });
  }
  const tries = state.tries + 1;
  const nextTryAtMs = tick.nowMs + (tries < QUICK_TRIES ? QUICK_MS : SLOW_MS);
  tick.switches.set(id, { ...state, flight: undefined, tries, nextTryAtMs });
  tick.askAgain(nextTryAtMs);
  if (tries >= QUICK_TRIES) {
    const rigs = rigsBehind(tick.site, id).map((rig) => rig.id);
    raise(tick, {
      event: 'fault',
      code: 'switch-does-not-move',
      switch: id,
      say: `${id} did not move in ${tries} tries; ${rigs.join(', ')} stay as they are; look at its wiring and its driver; then, or if all is well: lastwatt release ${rigs.join(' ')}`,
    });
  }
}

/** So often asked in vain that it is tried slowly from here on. */
export function doesNotMove(scene: Scene, id: SwitchId): boolean {
  return switchOf(scene, id).tries >= QUICK_TRIES;
}

/** Why a contact does not move yet, and until when. */
export interface Rest {
  readonly rule: 'switch-rests-open' | 'switch-was-just-fed' | 'switch-moved-too-often' | 'switch-does-not-move';
  readonly switch: SwitchId;
  readonly untilMs: number;
}

/** When so many moves more fit into the hour; undefined: now. */
export function movesFitAt(scene: Scene, id: SwitchId, more: number): number | undefined {
  const moved = scene.memory.switches.get(id)?.movedAtMs ?? [];
  if (moved.length <= MOVES_AN_HOUR - more) return undefined;
  const moves = moved.filter((at) => scene.nowMs - at < HOUR_MS);
  const first = moves[moves.length - 1 - (MOVES_AN_HOUR - more)];
  return first === undefined ? undefined : first + HOUR_MS;
}

/** When a contact that was closed has been so for its least time; undefined where none was closed. */
export function fedLongEnoughAt(scene: Scene, id: SwitchId): number | undefined {
  const remembered = scene.memory.switches.get(id);
  return remembered?.want === 'fed' ? remembered.sinceMs + LEAST_ON_MS : undefined;
}

/** Why a closed contact is not opened in calm. It is opened only where it can be closed again after its rest. */
export function cutRest(scene: Scene, id: SwitchId): Rest | undefined {
  const remembered = scene.memory.switches.get(id);
  if (remembered?.want !== 'fed') return undefined;
  const tired = movesFitAt(scene, id, 2);
  if (tired !== undefined) return { rule: 'switch-moved-too-often', switch: id, untilMs: tired };
  const untilMs = remembered.sinceMs + LEAST_ON_MS;
  return untilMs > scene.nowMs ? { rule: 'switch-was-just-fed', switch: id, untilMs } : undefined;
}

/** Why an open contact is not closed yet. */
function feedRest(scene: Scene, id: SwitchId): Rest | undefined {
  const remembered = scene.memory.switches.get(id);
  const restMs = Math.max(EDGE_GAP_MS, (scene.site.switches.get(id)?.minOffSeconds ?? 0) * 1000);
  const opened = openedAt(scene, id, remembered);
  if (opened === undefined) return undefined;
  const rested = opened + restMs;
  const tired = movesFitAt(scene, id, 1) ?? 0;
  const slow = doesNotMove(scene, id) ? switchOf(scene, id).nextTryAtMs : 0;
  const untilMs = Math.max(rested, tired, slow);
  if (untilMs <= scene.nowMs) return undefined;
  const rule = untilMs === rested ? 'switch-rests-open' : untilMs === tired ? 'switch-moved-too-often' : 'switch-does-not-move';
  return { rule, switch: id, untilMs };
}

/**
 * Since when it is open; of one that we did not open, found so at the start or fallen so with the Pi, nobody knows: it may have
 * been the moment before. Undefined: it is not, or is on its way to close, and that try is one of its moves already.
 */
function openedAt(scene: Scene, id: SwitchId, remembered: SwitchMemory | undefined): number | undefined {
  if (remembered?.want === 'cut') return remembered.done ? remembered.sinceMs : mayHaveOpenedAt(scene, remembered);
  if (remembered?.done === false && !hasFallen(scene, remembered)) return undefined;
  const contact = contactOf(scene, id);
  const atRest = remembered !== undefined && contact === 'unknown' && scene.site.switches.get(id)?.atRest === 'cut';
  return contact === 'cut' || atRest ? scene.startedAtMs : undefined;
}

/** Ordered by a life of the service that heard no outcome: it opened before this one began, and not long after it was told. */
function mayHaveOpenedAt({ startedAtMs }: Scene, { sinceMs }: SwitchMemory): number {
  return Math.max(sinceMs, Math.min(startedAtMs, sinceMs + LOST_MS));
}

/** The switch of a rig that is the last to be ready for a move; undefined: all are. */
export function restOf(scene: Scene, rig: Rig, to: 'cut' | 'fed'): Rest | undefined {
  let last: Rest | undefined;
  for (const id of rig.cutBy) {
    const rest = to === 'cut' ? cutRest(scene, id) : feedRest(scene, id);
    if (rest !== undefined && (last === undefined || rest.untilMs > last.untilMs)) last = rest;
  }
  return last;
}

/** When every open switch of a rig may close; undefined: now. */
export function feedBlockedUntil(scene: Scene, rig: Rig): number | undefined {
  return restOf(scene, rig, 'fed')?.untilMs;
}

/**
 * Closes the switches of a rig that may have power. True once all of them are closed. One that closed by itself is closed
 * by us as well: what we want of it and what it is are the same again.
 */
export function closeSwitches(tick: Tick, rig: Rig, cause: Cause): boolean {
  const open = rig.cutBy.filter((id) => !isClosed(tick, id) || closedByItself(tick, id));
  const restedAtMs = feedBlockedUntil(tick, rig) ?? 0;
  for (const id of open) close(tick, rig, { id, restedAtMs }, cause);
  return open.length === 0;
}

/**
 * A rig behind the same contact that a person holds down, for which it stays open. After a drill it closes all the same:
 * before it that rig was held down behind a closed contact, too.
 */
export function staysOpenFor(scene: Scene, id: SwitchId, rig: Rig): Rig | undefined {
  if (scene.drill?.rig === rig.id) return undefined;
  return rigsBehind(scene.site, id).find((other) => rememberedRig(scene, other.id).hold?.as === 'down');
}

function close(tick: Tick, rig: Rig, { id, restedAtMs }: { readonly id: SwitchId; readonly restedAtMs: number }, cause: Cause): void {
  const state = switchOf(tick, id);
  const rigs = rigsBehind(tick.site, id);
  if (staysOpenFor(tick, id, rig) !== undefined) return;
  if (state.flight !== undefined && tick.nowMs - state.flight.sinceMs < LOST_MS) return;
  const free = Math.max(restedAtMs, state.nextTryAtMs);
  if (tick.nowMs < free) return tick.askAgain(free);
  const again = tick.memory.switches.get(id)?.want === 'fed' && state.tries > 0;
  issue(tick, { kind: 'feed', switch: id, rigs: rigs.map((one) => one.id) }, { ...cause, ...(again ? { again: true } : {}) });
}

/** A look at a contact that says other than what was done with it is a fault, and is put right only toward cut. */
export function foldSwitchLook(tick: Tick, id: SwitchId, seen: 'fed' | 'cut', atMs: number): void {
  const before = switchOf(tick, id);
  const remembered = tick.memory.switches.get(id);
  // What it was before it was last moved it need not have been since.
  const stands = before.seen === seen && before.seenAtMs !== undefined && before.seenAtMs > (remembered?.sinceMs ?? 0);
  setSwitch(tick, id, { seen, seenAtMs: atMs, seenSinceMs: stands ? before.seenSinceMs : atMs });
  if (seen === 'fed' && isClosedAgain(tick, id, atMs)) foundFed(tick, id);
  if (remembered === undefined || !remembered.done || atMs <= remembered.sinceMs) return;
  if (remembered.want === seen) return clear(tick, 'switch-moved-by-itself', { switch: id });
  raise(tick, {
    event: 'fault',
    code: 'switch-moved-by-itself',
    switch: id,
    say: `${id} was set to ${remembered.want} and is now ${seen}: somebody moved it, or the board was reset`,
  });
}

/** It is closed, whatever became of the last try at it. */
function foundFed(tick: Tick, id: SwitchId): void {
  tick.emit({ event: 'found-fed', switch: id });
  tryAnew(tick, id);
}

/** What did not move is forgotten; if it must move, it is tried anew. */
export function tryAnew(tick: Tick, id: SwitchId): void {
  clear(tick, 'switch-does-not-move', { switch: id });
  if (switchOf(tick, id).tries > 0) setSwitch(tick, id, { tries: 0, nextTryAtMs: 0 });
}

/**
 * Before a rig that is wanted up: a contact that was tried in vain, or whose move was never heard to be done, is closed where it
 * is read so, or where the rig answers, for then it has power.
 */
export function settleFed(tick: Tick, rig: Rig): void {
  for (const id of rig.cutBy) {
    const remembered = tick.memory.switches.get(id);
    const { flight, nextTryAtMs } = switchOf(tick, id);
    if (remembered === undefined || remembered.done || flight !== undefined) continue;
    // One whose outcome the service did not live to hear of is closed in its turn, like any other that is owed.
    if (rememberedRig(tick, rig.id).owed !== undefined && remembered.fault === undefined) continue;
    // A try to close it that failed opens nothing: told every few seconds, it would never be so long ago that an answer counts.
    const triedMs = Math.max(remembered.sinceMs, remembered.want === 'cut' ? nextTryAtMs : 0, tick.startedAtMs);
    if (isFedAgain(tick, rig, id, triedMs)) foundFed(tick, id);
  }
}

/** Read so since then; read open, it is open, and what answers has power another way. */
function isFedAgain(tick: Tick, rig: Rig, id: SwitchId, sinceMs: number): boolean {
  const { seen, seenAtMs } = switchOf(tick, id);
  if (seenAtMs !== undefined && seenAtMs > sinceMs) return seen === 'fed';
  return hasPowerBy(tick, rig, id, sinceMs + LAST_WORDS_MS);
}

/** It answered after that moment, and by no other of its contacts. */
function hasPowerBy(tick: Tick, rig: Rig, id: SwitchId, sinceMs: number): boolean {
  const { reading } = rigOf(tick, rig.id);
  if (reading === undefined || reading.takenAtMs <= sinceMs || isSilent(tick, rig)) return false;
  return rig.cutBy.every((other) => other === id || contactOf(tick, other) === 'cut');
}

/** We opened it, and nobody is on the way to open it now: what closes it need not be waited for any more. */
function isClosedAgain(tick: Tick, id: SwitchId, seenAtMs: number): boolean {
  const remembered = tick.memory.switches.get(id);
  const { flight, tries } = switchOf(tick, id);
  if (remembered?.opened === undefined || seenAtMs <= remembered.sinceMs || flight !== undefined || tries > 0) return false;
  return rigsBehind(tick.site, id).every((rig) => rigOf(tick, rig.id).stop === undefined);
}
