// Contacts: when one may open, when one may close. A switch opens when the last of its rigs may be cut; it closes only
// after its rest, a few times an hour, and never on a rig that a person holds down.
import type { Proof } from '../model/event.ts';
import type { RigId, SwitchId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import type { Site } from '../model/site.ts';
import { type Cause, issue } from './issue.ts';
import { closedByItself, contactOf, isClosed } from './seen.ts';
import { clear, raise, rememberedRig, rigOf, type Scene, setSwitch, switchOf, type Tick } from './tick.ts';

/** Three tries in two seconds, then one every five. */
const QUICK_TRIES = 3;
const QUICK_MS = 700;
const SLOW_MS = 5_000;
/** No two edges of a contact are closer than this, ever. */
const EDGE_GAP_MS = 1_000;
const MOVES_AN_HOUR = 6;
const HOUR_MS = 3_600_000;
/** A step whose outcome never came back is taken as lost after this; the dispatcher's own deadline is shorter. */
export const LOST_MS = 60_000;

/** A rig that may be cut now, and by what right. */
export interface Ready {
  readonly proof: Proof;
  readonly cause: Cause;
}

const bySite = new WeakMap<Site, ReadonlyMap<SwitchId, readonly Rig[]>>();

export function rigsBehind(site: Site, id: SwitchId): readonly Rig[] {
  let index = bySite.get(site);
  if (index === undefined) {
    const made = new Map<SwitchId, Rig[]>();
    for (const rig of site.rigs.values()) for (const one of rig.cutBy) made.set(one, [...(made.get(one) ?? []), rig]);
    index = made;
    bySite.set(site, index);
  }
  return index.get(id) ?? [];
}

/** Opens every switch all of whose rigs may be cut; asks again while an opening fails. */
export function openSwitches(tick: Tick, ready: ReadonlyMap<RigId, Ready>): void {
  const wanted = new Set([...ready.keys()].flatMap((id) => tick.site.rigs.get(id)?.cutBy ?? []));
  for (const id of wanted) {
    const rigs = rigsBehind(tick.site, id);
    const first = rigs.map((rig) => ready.get(rig.id)).find((one) => one !== undefined);
    const all = rigs.every((rig) => ready.has(rig.id) || rigOf(tick, rig.id).phase === 'dark');
    if (first === undefined || !all || isSettledCut(tick, id)) continue;
    open(tick, id, rigs, first);
  }
}

/** Done, and no look at it since says otherwise. */
function isSettledCut(scene: Scene, id: SwitchId): boolean {
  const remembered = scene.memory.switches.get(id);
  return remembered?.want === 'cut' && remembered.done && contactOf(scene, id) === 'cut';
}

function open(tick: Tick, id: SwitchId, rigs: readonly Rig[], right: Ready): void {
  const state = switchOf(tick, id);
  const remembered = tick.memory.switches.get(id);
  if (state.flight?.kind === 'cut' && tick.nowMs - state.flight.sinceMs < LOST_MS) return;
  const lastMove = remembered?.movedAtMs.at(-1);
  const free = Math.max(state.nextTryAtMs, lastMove !== undefined && remembered?.want === 'fed' ? lastMove + EDGE_GAP_MS : 0);
  if (tick.nowMs < free) return tick.askAgain(free);
  const again = remembered?.want === 'cut' && state.tries > 0;
  issue(tick, { kind: 'cut', switch: id, rigs: rigs.map((rig) => rig.id) }, { ...right.cause, ...(again ? { again: true } : {}) });
}

/** How a try at a switch ended. */
export function foldSwitchOutcome(tick: Tick, id: SwitchId, ok: boolean): void {
  const { flight: _, ...state } = switchOf(tick, id);
  if (ok) {
    tick.switches.set(id, { ...state, tries: 0, nextTryAtMs: 0 });
    return clear(tick, 'switch-does-not-move', { switch: id });
  }
  const tries = state.tries + 1;
  const nextTryAtMs = tick.nowMs + (tries < QUICK_TRIES ? QUICK_MS : SLOW_MS);
  tick.switches.set(id, { ...state, tries, nextTryAtMs });
  tick.askAgain(nextTryAtMs);
  if (tries === QUICK_TRIES) {
    const rigs = rigsBehind(tick.site, id).map((rig) => rig.id);
    raise(tick, {
      event: 'fault',
      code: 'switch-does-not-move',
      switch: id,
      say: `${id} did not move in ${tries} tries; ${rigs.join(', ')} stay as they are; look at its wiring and its driver`,
    });
  }
}

/** So often asked in vain that it is tried slowly from here on. */
export function doesNotMove(scene: Scene, id: SwitchId): boolean {
  return switchOf(scene, id).tries >= QUICK_TRIES;
}

/** When every open switch of a rig may close; undefined: now. */
export function feedBlockedUntil(scene: Scene, rig: Rig): number | undefined {
  const until = Math.max(...rig.cutBy.map((id) => restsUntil(scene, id)));
  return until > scene.nowMs ? until : undefined;
}

/** Monotonic ms at which an open contact has rested, has moved seldom enough, and is to be tried again; 0 for a closed one. */
function restsUntil(scene: Scene, id: SwitchId): number {
  const remembered = scene.memory.switches.get(id);
  const restMs = (scene.site.switches.get(id)?.minOffSeconds ?? 0) * 1000;
  // Found open at the start, and nobody knows since when: it may have been the moment before.
  if (remembered === undefined) return contactOf(scene, id) === 'cut' ? scene.startedAtMs + restMs : 0;
  if (remembered.want !== 'cut') return 0;
  const moves = remembered.movedAtMs.filter((at) => scene.nowMs - at < HOUR_MS);
  const tired = moves.length >= MOVES_AN_HOUR ? (moves.at(-MOVES_AN_HOUR) ?? 0) + HOUR_MS : 0;
  const slow = doesNotMove(scene, id) ? switchOf(scene, id).nextTryAtMs : 0;
  return Math.max(remembered.sinceMs + restMs, tired, slow);
}

/**
 * Closes the switches of a rig that may have power. True once all of them are closed. One that closed by itself is closed
 * by us as well: what we want of it and what it is are the same again.
 */
export function closeSwitches(tick: Tick, rig: Rig, cause: Cause): boolean {
  const open = rig.cutBy.filter((id) => !isClosed(tick, id) || closedByItself(tick, id));
  const restedAtMs = feedBlockedUntil(tick, rig) ?? 0;
  for (const id of open) close(tick, id, restedAtMs, cause);
  return open.length === 0;
}

function close(tick: Tick, id: SwitchId, restedAtMs: number, cause: Cause): void {
  const state = switchOf(tick, id);
  const rigs = rigsBehind(tick.site, id);
  if (rigs.some((other) => rememberedRig(tick, other.id).hold?.as === 'down')) return;
  if (state.flight !== undefined && tick.nowMs - state.flight.sinceMs < LOST_MS) return;
  const free = Math.max(restedAtMs, state.nextTryAtMs);
  if (tick.nowMs < free) return tick.askAgain(free);
  const again = tick.memory.switches.get(id)?.want === 'fed' && state.tries > 0;
  issue(tick, { kind: 'feed', switch: id, rigs: rigs.map((one) => one.id) }, { ...cause, ...(again ? { again: true } : {}) });
}

/** A look at a contact that says other than what was done with it is a fault, and is put right only toward cut. */
export function foldSwitchLook(tick: Tick, id: SwitchId, seen: 'fed' | 'cut', atMs: number): void {
  setSwitch(tick, id, { seen, seenAtMs: atMs });
  const remembered = tick.memory.switches.get(id);
  if (remembered === undefined || !remembered.done || atMs <= remembered.sinceMs) return;
  if (remembered.want === seen) return clear(tick, 'switch-moved-by-itself', { switch: id });
  raise(tick, {
    event: 'fault',
    code: 'switch-moved-by-itself',
    switch: id,
    say: `${id} was set to ${remembered.want} and is now ${seen}: somebody moved it, or the board was reset`,
  });
}
