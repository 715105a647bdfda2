// The way up of one rig: feed, wait for its API, resume, verify by hash rate or watts; a bounded number of tries, then
// a named fault for a person.
import type { Proof } from '../model/event.ts';
import type { SwitchId } from '../model/id.ts';
import type { Rig, RigPhase, RigReading } from '../model/rig.ts';
import type { Reason } from '../model/step.ts';
import { clearTrouble } from './contact-trouble.ts';
import { issue } from './issue.ts';
import { phase } from './lifecycle-down.ts';
import { asleepWords, darkWords } from './notes.ts';
import { blockedBy, keepsOpen, notHeld, notOnMains } from './rules/may-start.ts';
import { lacksAContact } from './rules/turn.ts';
import {
  closedByItself,
  hashingProof,
  isClosed,
  isCut,
  isUnread,
  mayYetPause,
  quietProof,
  readingSinceFed,
  SILENT_MS,
  sleepProof,
} from './seen.ts';
import type { RigState, Wake } from './state.ts';
import { closeSwitches, settleFed } from './switching.ts';
import { clear, raise, rememberedRig, rigOf, setRig, switchOf, type Tick } from './tick.ts';

const MOST_TRIES = 3;
const LEAST_TRY_MS = 120_000;
/** A rig behind a closed switch that never answers: boots take up to 10 min on stock firmware. */
const LEAST_BOOT_MS = 10 * 60_000;

/** How long a resume may take to show, ms: twice what the rig usually needs, by the file and by what was seen. */
function tryMs({ resumeMinutes, times }: Rig): number {
  return Math.max(LEAST_TRY_MS, 2 * resumeMinutes * 60_000, 2 * (times?.wakeSeconds ?? 0) * 1000);
}

function bootMs({ restartMinutes, times }: Rig): number {
  return Math.max(LEAST_BOOT_MS, 2 * restartMinutes * 60_000, 2 * (times?.bootSeconds ?? 0) * 1000);
}

/** One rig that may be up. What is owed is brought back; what we did not put to sleep is left alone and named. */
export function goUp(tick: Tick, rig: Rig, cause: { readonly because: Reason; readonly person: boolean }): void {
  settleFed(tick, rig);
  const memory = rememberedRig(tick, rig.id);
  if (memory.owed === undefined) {
    follow(tick, rig);
    return closeWhatItLacks(tick, rig, cause);
  }
  const dead = notOnMains(tick, rig);
  if (dead !== undefined && (rigOf(tick, rig.id).phase !== 'waking' || backToQueue(tick, rig))) return follow(tick, rig);
  if (losesItsTurn(tick, rig)) return backInTheQueue(tick, rig);
  const wake = rigOf(tick, rig.id).wake ?? startWaking(tick, rig);
  // The mains failed and came back in mid-return: what is fed waits for its order until they have held.
  const mayEnergise = dead === undefined && notHeld(tick, rig) === undefined;
  if (hasToClose(tick, rig)) {
    if (mayEnergise) closeSwitches(tick, rig, cause);
    // It boots from when it has power: a contact may rest open for longer than any boot takes.
    const from = { after: 'feed', atMs: tick.nowMs } as const;
    return setRig(tick, rig.id, { wake: { ...wake, deadlineMs: tick.nowMs + bootMs(rig), from } });
  }
  if (tick.memory.barred.has(rig.id)) return leaveToAPerson(tick, rig);
  if (memory.owed.wasUp === false || !rig.can.read) return returned(tick, rig, 'assumed');
  lookForLife(tick, rig, wake, { because: cause.because, person: cause.person, mayEnergise });
}

/** All its contacts are open, and one is to stay so: it takes another turn, apart from whoever starts then. */
function losesItsTurn(tick: Tick, rig: Rig): boolean {
  return rig.cutBy.every((id) => !isClosed(tick, id)) && rig.cutBy.some((id) => staysOpen(tick, rig, id));
}

/** One of its contacts is to close first: behind one that is to stay open it is woken by the power of the others. */
function hasToClose(tick: Tick, rig: Rig): boolean {
  return rig.cutBy.some((id) => closedByItself(tick, id) || (!isClosed(tick, id) && !staysOpen(tick, rig, id)));
}

function staysOpen(tick: Tick, rig: Rig, id: SwitchId): boolean {
  return switchOf(tick, id).flight?.kind !== 'feed' && keepsOpen(tick, rig, id) !== undefined;
}

function backInTheQueue(tick: Tick, rig: Rig): void {
  setRig(tick, rig.id, { admitted: false });
  follow(tick, rig);
}

/** It has power, and another machine answers in its place: what is owed to it waits until it is itself again, or is released. */
function leaveToAPerson(tick: Tick, rig: Rig): void {
  setRig(tick, rig.id, { wake: undefined, stop: undefined, admitted: false });
  phase(tick, rig, 'unknown');
}

/** It is back, but for a contact: its turn has come, and is over with the contact closed, or with anything that is against it. */
function closeWhatItLacks(tick: Tick, rig: Rig, cause: { readonly because: Reason; readonly person: boolean }): void {
  if (!rigOf(tick, rig.id).admitted) return;
  const may = lacksAContact(tick, rig) && blockedBy(tick, rig) === undefined;
  if (!may || closeSwitches(tick, rig, cause)) setRig(tick, rig.id, { admitted: false });
}

/**
 * The mains went in mid-return. What has no power yet, or is fed and was not told to hash, is out as before; what was
 * told goes its way, and its time is counted anew once mains is back.
 */
function backToQueue(tick: Tick, rig: Rig): boolean {
  const state = rigOf(tick, rig.id);
  const { wake } = state;
  const asleep = wake?.tries === 0 && state.reading !== undefined && state.reading.takenAtMs > wake.sinceMs;
  if (hasToClose(tick, rig) || (asleep && state.reading !== undefined && quietProof(rig, state.reading) !== undefined)) {
    tick.rigs.set(rig.id, { ...state, wake: undefined, admitted: false });
    return true;
  }
  if (wake !== undefined) setRig(tick, rig.id, { wake: { ...wake, deadlineMs: Math.max(wake.deadlineMs, tick.nowMs + bootMs(rig)) } });
  return false;
}

function startWaking(tick: Tick, rig: Rig): Wake {
  const wake = begunBefore(tick, rig) ?? {
    sinceMs: tick.nowMs,
    tries: 0,
    nextTryAtMs: tick.nowMs,
    deadlineMs: tick.nowMs + bootMs(rig),
  };
  setRig(tick, rig.id, { stop: undefined, wake });
  phase(tick, rig, 'waking');
  return wake;
}

/** A run of the service before this one began to wake it: its tries count and its time goes on, but for one more look. */
function begunBefore(tick: Tick, rig: Rig): Wake | undefined {
  const { waking } = rememberedRig(tick, rig.id);
  if (waking === undefined || waking.sinceMs >= tick.startedAtMs) return undefined;
  const { sinceMs, triedAtMs, unanswered } = waking;
  // One that may never have been sent is no try. A service that dies before any result says it so often at once, and then seldom.
  const tries = unanswered ? Math.min(waking.tries, MOST_TRIES) - 1 : waking.tries;
  const lost = unanswered && waking.tries <= MOST_TRIES;
  const fedAtMs = Math.max(sinceMs, ...rig.cutBy.map((id) => tick.memory.switches.get(id)?.sinceMs ?? 0));
  const nextTryAtMs = triedAtMs === undefined || lost ? tick.nowMs : triedAtMs + tryMs(rig);
  const triedOutMs = triedAtMs === undefined || lost ? 0 : nextTryAtMs + tryMs(rig);
  const deadlineMs = Math.max(fedAtMs + bootMs(rig), triedOutMs, tick.nowMs + SILENT_MS);
  return { sinceMs: tick.nowMs, tries, nextTryAtMs, deadlineMs };
}

interface WakeCause {
  readonly because: Reason;
  readonly person: boolean;
  readonly mayEnergise: boolean;
}

function lookForLife(tick: Tick, rig: Rig, wake: Wake, cause: WakeCause): void {
  const { flight } = rigOf(tick, rig.id);
  const fresh = readingSince(rigOf(tick, rig.id), wake.sinceMs);
  const proof = fresh === undefined ? undefined : hashingProof(rig, fresh);
  // A resume outdoes the pause before it; without one a rig that hashes may be ramping down.
  const drowsy = wake.tries === 0 && mayYetPause(tick, rig, fresh);
  if (proof !== undefined && !drowsy) return returned(tick, rig, proof);
  const asleep = drowsy || isAsleep(rig, fresh);
  const tryAt = asleep || wake.tries > 0 ? wake.nextTryAtMs : wake.sinceMs + tryMs(rig);
  if (tick.nowMs < tryAt) tick.askAgain(tryAt);
  const mayTry = rig.can.resume && cause.mayEnergise && tick.nowMs >= tryAt && flight === undefined;
  // Awake or starting by its own word and at 0 H/s after its time: the resume is said again, it does no harm.
  if (mayTry && fresh !== undefined) {
    return wake.tries < MOST_TRIES
      ? tryResume(tick, rig, wake, cause)
      : giveUp(tick, rig, `fed and answering, not hashing after ${wake.tries} tries`);
  }
  // An answer without sleep is a rig that boots or tunes: it has its time, then it is a fault.
  if (tick.nowMs < wake.deadlineMs) return tick.askAgain(wake.deadlineMs);
  giveUp(tick, rig, whatIsMissing(tick, rig, wake, fresh));
}

function readingSince({ reading }: RigState, ms: number): RigReading | undefined {
  return reading !== undefined && reading.takenAtMs > ms ? reading : undefined;
}

function isAsleep(rig: Rig, reading: RigReading | undefined): boolean {
  if (reading === undefined) return false;
  return reading.state === 'paused' || (quietProof(rig, reading) !== undefined && reading.state !== 'starting');
}

function whatIsMissing(tick: Tick, rig: Rig, wake: Wake, fresh: RigReading | undefined): string {
  const silent = rigOf(tick, rig.id).silentSinceMs !== undefined || fresh === undefined;
  if (!silent) return 'fed and answering, not hashing in its time';
  return `fed, and no answer for ${Math.round((tick.nowMs - wake.sinceMs) / 60_000)} min`;
}

function tryResume(tick: Tick, rig: Rig, wake: Wake, cause: { readonly because: Reason; readonly person: boolean }): void {
  const mode = rememberedRig(tick, rig.id).owed?.mode;
  // Each has its line in the journal: a restart knows by them how often it was tried.
  const next = tick.nowMs + tryMs(rig);
  const from = wake.from ?? (wake.tries === 0 ? ({ after: 'resume', atMs: tick.nowMs } as const) : undefined);
  const tried: Wake = {
    ...wake,
    tries: wake.tries + 1,
    nextTryAtMs: next,
    deadlineMs: Math.max(wake.deadlineMs, next + tryMs(rig)),
    ...(from && { from }),
  };
  if (issue(tick, { kind: 'resume', rig: rig.id, ...(mode === undefined ? {} : { mode }) }, cause)) setRig(tick, rig.id, { wake: tried });
}

function giveUp(tick: Tick, rig: Rig, what: string): void {
  raise(tick, { event: 'fault', code: 'will-not-wake', rig: rig.id, say: `${what}; look at it, then: lastwatt release ${rig.id}` });
  setRig(tick, rig.id, { wake: undefined, admitted: false });
  phase(tick, rig, 'unknown');
}

/** Nothing is owed to it any more. */
export function returned(tick: Tick, rig: Rig, proof: Proof): void {
  const { owed } = rememberedRig(tick, rig.id);
  const { wake } = rigOf(tick, rig.id);
  setRig(tick, rig.id, { wake: undefined, stop: undefined, admitted: false, returned: true });
  phase(tick, rig, owed?.wasUp === false ? 'unknown' : 'hashing', proof);
  tick.emit({
    event: 'returned',
    rig: rig.id,
    tookMs: wake === undefined ? null : Math.round(tick.nowMs - wake.sinceMs),
    proof,
    ...(wake?.from !== undefined && proof !== 'assumed' && { after: wake.from.after, workMs: Math.round(tick.nowMs - wake.from.atMs) }),
  });
  for (const code of ['will-not-wake', 'will-not-pause', 'shares-a-switch']) clear(tick, code, { rig: rig.id });
  clearTrouble(tick, rig);
}

/** In calm the phase follows what is seen; nothing is done about it. */
export function follow(tick: Tick, rig: Rig): void {
  const state = rigOf(tick, rig.id);
  if (state.stop !== undefined || state.wake !== undefined) setRig(tick, rig.id, { stop: undefined, wake: undefined });
  const to = seenPhase(tick, rig, state);
  if (to !== state.phase)
    phase(tick, rig, to, state.reading !== undefined && to === 'hashing' ? hashingProof(rig, state.reading) : undefined);
  const left = leftAlone(tick, rig, to);
  if (left !== undefined && !tick.said.has(`asleep ${rig.id}`)) {
    tick.said.add(`asleep ${rig.id}`);
    tick.emit({ event: 'noted', say: left });
  }
  if (to === 'hashing' && tick.said.size > 0) tick.said.delete(`asleep ${rig.id}`);
}

/** What a person is told of a rig that is down, and by no step that is remembered. */
function leftAlone(tick: Tick, rig: Rig, seen: RigPhase): string | undefined {
  const { owed, hold } = rememberedRig(tick, rig.id);
  if (owed !== undefined || hold?.as === 'down') return undefined;
  if (seen === 'paused' && rig.can.resume) return asleepWords(rig.id);
  return seen === 'dark' ? darkWords(rig.id, rig.cutBy) : undefined;
}

function seenPhase(tick: Tick, rig: Rig, state: RigState): RigPhase {
  if (isCut(tick, rig)) return 'dark';
  if (!rig.can.read) return state.phase === 'hashing' ? 'hashing' : 'unknown';
  const reading = readingSinceFed(tick, rig);
  if (reading === undefined || isUnread(tick, rig)) return 'unknown';
  if (hashingProof(rig, reading) !== undefined) return 'hashing';
  if (quietProof(rig, reading) !== undefined) return sleepProof(tick, rig) === undefined ? 'waking' : 'paused';
  // Full watts without a hash rate is a miner that lost its pool, or one that boots: it is up either way.
  return reading.state === 'starting' ? 'waking' : reading.state === 'hashing' ? 'hashing' : 'unknown';
}
