// What a reading shows of a rig, in spite of what the rig says. Watts win over words, an instantaneous hash rate too;
// a hash rate of 0 alone proves nothing, for a miner without a pool draws full power (README decision 9).
import type { Proof } from '../model/event.ts';
import type { RigId, SwitchId } from '../model/id.ts';
import type { Rig, RigReading } from '../model/rig.ts';
import { lastToldOf, SHOWS_WITHIN_MS } from './limited.ts';
import type { SwitchMemory } from './memory.ts';
import { rememberedRig, rigOf, type Scene, switchOf } from './tick.ts';

/** At or below this a rig is on standby, W. */
export function idleWatts(rig: Rig): number {
  return Math.max(1.5 * rig.pausedWatts, 0.15 * rig.watts);
}

/** How a reading proves that a rig is quiet; undefined where it does not. */
export function quietProof(rig: Rig, reading: RigReading): Proof | undefined {
  if (reading.watts !== undefined && reading.watts > idleWatts(rig)) return undefined;
  if (reading.hashRate !== undefined && reading.hashRate > 0) return undefined;
  if (reading.watts !== undefined && (reading.wattsFrom === 'measured' || reading.state === 'paused')) return 'watts';
  return reading.state === 'paused' ? 'state' : undefined;
}

/** W: limited, it draws so little and hashes all the same. */
const leastAtWork = ({ limits, watts }: Rig): number => limits?.[0]?.watts ?? watts;

/** How a reading proves that a rig hashes again: by hash rate, or by more than half of its watts. */
export function hashingProof(rig: Rig, reading: RigReading): Proof | undefined {
  if (quietProof(rig, reading) !== undefined) return undefined;
  if (reading.hashRate !== undefined && reading.hashRate > 0) return 'hash-rate';
  if (reading.watts !== undefined && reading.watts > 0.5 * leastAtWork(rig) && reading.state !== 'paused') return 'watts';
  // A driver that knows neither rate nor watts has nothing but the rig's word.
  return reading.hashRate === undefined && reading.watts === undefined && reading.state === 'hashing' ? 'state' : undefined;
}

/**
 * Whether a rig seen hashing in this reading may be on its way to sleep by our order: while it calls itself paused, and until its
 * grace is over after the last pause. Of one that was sent before a restart nobody knows when: it counts from the start.
 */
export function mayYetPause(scene: Scene, rig: Rig, reading: RigReading | undefined): boolean {
  const { asked, owed } = rememberedRig(scene, rig.id);
  if (asked === undefined || owed === undefined || reading === undefined) return false;
  // Asleep by its own word and still drawing: it goes slowly, or it lies. Either way it is told to wake.
  if (reading.state === 'paused') return true;
  const sentAtMs = Math.max(rigOf(scene, rig.id).pauseSentAtMs ?? scene.startedAtMs, asked.atMs);
  return reading.takenAtMs <= sentAtMs + rig.graceSeconds * 1000;
}

/**
 * Whether a rig that was last read quiet may be on its way up by our order: while a resume is on its way, and until the rig has had
 * its time to show it. What was read before says nothing of now. A resume that failed may have been carried out.
 */
export function mayYetWake(scene: Scene, rig: Rig): boolean {
  const { flight, reading, resumedAtMs, pauseSentAtMs } = rigOf(scene, rig.id);
  if (flight?.kind === 'resume') return true;
  if (resumedAtMs === undefined || (pauseSentAtMs ?? 0) > resumedAtMs) return false;
  return reading === undefined || reading.takenAtMs <= resumedAtMs + rig.resumeMinutes * 60_000;
}

/**
 * Whether a rig that was last read quiet may only start its mining anew, as some do for a limit and for its end, and not since told to
 * pause: in the time that its watts have to follow.
 */
function mayYetTune(scene: Scene, { id }: Rig, { takenAtMs }: RigReading): boolean {
  const { limiting, pauseSentAtMs } = rigOf(scene, id);
  const memory = rememberedRig(scene, id);
  const toldAtMs = Math.max(limiting?.toldAtMs ?? Number.NEGATIVE_INFINITY, lastToldOf(memory));
  const pausedAtMs = Math.max(pauseSentAtMs ?? Number.NEGATIVE_INFINITY, memory.asked?.atMs ?? Number.NEGATIVE_INFINITY);
  return toldAtMs > pausedAtMs && takenAtMs <= toldAtMs + SHOWS_WITHIN_MS;
}

/** It says so, and booted less than twice the usual time ago: one that never gets further sleeps, whatever it calls that. */
function isStarting(rig: Rig, { state, uptimeSeconds }: RigReading): boolean {
  return state === 'starting' && uptimeSeconds !== undefined && uptimeSeconds < 2 * rig.restartMinutes * 60;
}

/** How what was last read of a rig proves that it sleeps: quiet, and on its way up neither by our order, of any kind, nor by its own word. */
export function sleepProof(scene: Scene, rig: Rig): Proof | undefined {
  const reading = readingSinceFed(scene, rig);
  if (reading === undefined || isStarting(rig, reading) || mayYetWake(scene, rig) || mayYetTune(scene, rig, reading)) return undefined;
  return quietProof(rig, reading);
}

/**
 * What was last read of it, and holds still. Where all its contacts were closed by us since, it is a rig that boots: how it was
 * before it lost its power says nothing of whether it sleeps now, but where its pause outlasts a power cut.
 */
export function readingSinceFed(scene: Scene, rig: Rig): RigReading | undefined {
  const { reading } = rigOf(scene, rig.id);
  if (reading === undefined || rig.pausePersists || rig.cutBy.length === 0) return reading;
  const fedSince = rig.cutBy.every((id) => {
    const contact = scene.memory.switches.get(id);
    return contact?.want === 'fed' && contact.sinceMs >= reading.takenAtMs;
  });
  return fedSince ? undefined : reading;
}

/** What a contact is: by a later look at it, else by the last thing that was done with it. */
export function contactOf(scene: Scene, id: SwitchId): 'fed' | 'cut' | 'unknown' {
  const remembered = scene.memory.switches.get(id);
  const { seen, seenAtMs } = switchOf(scene, id);
  if (remembered === undefined || !remembered.done) return seen ?? 'unknown';
  return seen !== undefined && seenAtMs !== undefined && seenAtMs > remembered.sinceMs ? seen : remembered.want;
}

/** So often a contact is tried quickly. */
export const QUICK_TRIES = 3;

/** It was cut, its board was away since, and it is being cut once more: it counts as cut until that has failed. */
export function isReasserted(scene: Scene, id: SwitchId): boolean {
  const { cameBackAtMs, tries } = switchOf(scene, id);
  return cameBackAtMs !== undefined && tries < QUICK_TRIES && scene.memory.switches.get(id)?.want === 'cut';
}

/** Since when a contact that counts as cut is open: from our step, else from the first look that showed it so. */
export function openSinceMs(scene: Scene, id: SwitchId): number {
  const remembered = scene.memory.switches.get(id);
  if (remembered?.want === 'cut') return remembered.sinceMs;
  /* v8 ignore next -- what we did not open counts as cut by a look alone */
  return switchOf(scene, id).seenSinceMs ?? scene.startedAtMs;
}

/** All its switches are open: it is dark whatever it said last. */
export function isCut(scene: Scene, rig: Rig): boolean {
  return rig.cutBy.length > 0 && rig.cutBy.every((id) => contactOf(scene, id) === 'cut' || isReasserted(scene, id));
}

/** Seen or known to be fed; a contact that nobody moved and nobody can see is what it is at rest. */
export function isClosed(scene: Scene, id: SwitchId): boolean {
  const contact = contactOf(scene, id);
  if (contact === 'fed') return switchOf(scene, id).flight?.kind !== 'cut';
  return contact === 'unknown' && !scene.memory.switches.has(id) && scene.site.switches.get(id)?.atRest !== 'cut';
}

/** It was opened and is seen closed: somebody moved it, or its board was reset. */
export function closedByItself(scene: Scene, id: SwitchId): boolean {
  const { want, done } = scene.memory.switches.get(id) ?? {};
  return want === 'cut' && done === true && contactOf(scene, id) === 'fed';
}

/** What was done with it was done before this boot of the machine, which let every relay fall. */
export function hasFallen({ memory: { rebootedAtMs } }: Scene, { sinceMs }: SwitchMemory): boolean {
  return rebootedAtMs !== undefined && sinceMs <= rebootedAtMs;
}

/** It rests open, fell so with the machine, and nobody moved it since: a rig that runs behind it has another feed. */
function fellOpen(scene: Scene, id: SwitchId): boolean {
  const remembered = scene.memory.switches.get(id);
  if (remembered === undefined || remembered.done || !hasFallen(scene, remembered)) return false;
  return contactOf(scene, id) === 'unknown' && scene.site.switches.get(id)?.atRest === 'cut';
}

/** It may hash by itself, behind a contact that is not as we left it: that is closed by us in its turn, so that what is wanted of it is what it is. */
export function awaitsAContact(scene: Scene, rig: Rig): boolean {
  return rig.cutBy.some((id) => closedByItself(scene, id) || fellOpen(scene, id));
}

/**
 * Ours to close: we opened it, or tried to, and neither did we close it since nor was it seen closed; or it closed by itself. What
 * a person opened is none of that.
 */
export function isOursToClose(scene: Scene, id: SwitchId): boolean {
  if (closedByItself(scene, id)) return true;
  return scene.memory.switches.get(id)?.opened !== undefined && !isClosed(scene, id);
}

/** So long without an answer a rig is silent: in an outage its own silence is then expected, ms. */
export const SILENT_MS = 30_000;

/** No answer for 30 s, and nothing in between that showed it draw. */
export function isSilent(scene: Scene, rig: Rig): boolean {
  const since = silentSince(scene, rig.id);
  return since !== undefined && scene.nowMs - since >= SILENT_MS;
}

/** When the last of its contacts closed, as far as anybody saw: what is fed boots first, and answers nobody. */
export function fedSinceMs(scene: Scene, rig: Rig): number {
  const closed = rig.cutBy.map((id) => {
    if (closedByItself(scene, id)) return switchOf(scene, id).seenSinceMs;
    const remembered = scene.memory.switches.get(id);
    return remembered?.want === 'fed' && contactOf(scene, id) === 'fed' ? remembered.sinceMs : undefined;
  });
  return Math.max(Number.NEGATIVE_INFINITY, ...closed.filter((ms) => ms !== undefined));
}

/** Since when it gives no answer; while the service stood still nobody asked it. */
export function silentSince(scene: Scene, id: RigId): number | undefined {
  const { silentSinceMs } = rigOf(scene, id);
  return silentSinceMs === undefined ? undefined : Math.max(silentSinceMs, scene.wokeAtMs ?? silentSinceMs);
}

/** No reading for as long as makes a rig silent: it may well have power and answer, and what was read of it last is past. */
export function isUnread(scene: Scene, rig: Rig): boolean {
  const { unreadSinceMs } = rigOf(scene, rig.id);
  return unreadSinceMs !== undefined && scene.nowMs - Math.max(unreadSinceMs, scene.wokeAtMs ?? unreadSinceMs) >= SILENT_MS;
}
