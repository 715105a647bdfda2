// The way down of one rig: ask, wait, look, then cut. Nothing opens on a rig that was not asked, or before its proof or
// its deadline, except at the floor or by a person's --now.
import type { Proof } from '../model/event.ts';
import type { Rig, RigReading } from '../model/rig.ts';
import { clearTrouble, isLeftFed, LAST_WORDS_MS, sayTrouble } from './contact-trouble.ts';
import { issue } from './issue.ts';
import { isLostSight } from './lives.ts';
import { isDown } from './load.ts';
import {
  awaitsLookAfterStandstill,
  bootedEnoughMs,
  coolAtMs,
  graceEndsMs,
  isQuiet,
  MOST_RELAPSES,
  mayForce,
  mustCool,
  type Quiet,
} from './patience.ts';
import { stopTookMs } from './rig-times.ts';
import { FIRST_LOOK_MS } from './rules/guard.ts';
import { hashingProof, isCut, isSilent, mayYetWake, openSinceMs, quietProof, readingSinceFed, sleepProof } from './seen.ts';
import type { RigState, Stop } from './state.ts';
import { LOST_MS, type Ready } from './switching.ts';
import { isGoing, raise, rememberedRig, rigOf, setRig, type Tick, upsesOf } from './tick.ts';
import { NO_ROOM, type Want } from './want.ts';
import { waitsForShare } from './work-in-flight.ts';

const RETRY_MS = 5_000;
const LAZY_RETRY_MS = 30_000;
const LAZIEST_RETRY_MS = 3_600_000;

/** One rig that should be down. Returns by what right it may be cut, once it may. */
export function goDown(tick: Tick, rig: Rig, want: Want): Ready | undefined {
  const state = rigOf(tick, rig.id);
  if (isCut(tick, rig)) return settleDark(tick, rig, want);
  const unasked = rightOfSilence(tick, rig, want);
  // What is wanted dark with the grid is never asked for anything: while it answers, nothing is done.
  if (unasked !== undefined || want.because.rule === 'dark-with-the-grid') return unasked;
  // Its contact closed without our doing, or for another rig behind it: what it does now is not known.
  if (state.phase === 'dark') phase(tick, rig, 'unknown');
  if (want.standing) showSleep(tick, rig);
  const stop = state.stop ?? (want.standing ? undefined : begin(tick, rig, want));
  if (stop === undefined) return undefined;
  const looked = look(tick, rig, stop, want);
  // The wish to cut is gone before the switch moved: it is paused again, or on its way there.
  if (want.down !== 'dark' && !want.cutAtDeadline && rigOf(tick, rig.id).phase === 'cutting') {
    phase(tick, rig, looked.confirmedAtMs === undefined ? 'pausing' : 'paused');
  }
  if (isBootedSince(tick, rig, looked, want)) return askAnew(tick, rig, looked, want);
  if (isQuiet(looked)) return confirmed(tick, rig, looked, want);
  return unconfirmed(tick, rig, looked, want);
}

/** A rig that is silent may be cut unasked by two rules; never while it answers. */
function rightOfSilence(tick: Tick, rig: Rig, { because, person }: Want): Ready | undefined {
  // It went dark with the grid: its switch opens so that it comes back in its turn.
  const withTheGrid = because.rule === 'dark-with-the-grid';
  // Its contact stays open for another: where it is not known to be open, as after a reboot, it may be opened.
  const follows = because.rule === 'shares-a-switch' && rigOf(tick, rig.id).phase !== 'cutting';
  if (!(withTheGrid || follows) || !isSilent(tick, rig)) return undefined;
  return { proof: 'silent', cause: { because, person }, emergency: withTheGrid, ...(follows ? { follows: true } : {}) };
}

/**
 * To be cut, and proven quiet before its power went and came back for another rig behind the same contact; not read since. Where
 * its pause does not outlast that it may hash by now.
 */
function isBootedSince(tick: Tick, rig: Rig, stop: Stop, want: Want): boolean {
  const { phase: now, reading } = rigOf(tick, rig.id);
  if (want.down !== 'dark' || want.standing || !rig.can.pause) return false;
  return stop.confirmedAtMs !== undefined && now === 'unknown' && reading !== undefined && readingSinceFed(tick, rig) === undefined;
}

function askAnew(tick: Tick, rig: Rig, stop: Stop, want: Want): undefined {
  ask(tick, rig, want, stop.relapses);
}

/** Its switches are open. What it says now can only be a second feed, a welded contact, or a board that closed it unseen. */
function settleDark(tick: Tick, rig: Rig, want: Want): undefined {
  const { reading, stop, phase: now, pauseSentAtMs = 0 } = rigOf(tick, rig.id);
  const cutAt = Math.max(...rig.cutBy.map((id) => openSinceMs(tick, id)));
  const silent = isSilent(tick, rig);
  const answers = reading !== undefined && reading.takenAtMs > cutAt + LAST_WORDS_MS && !silent;
  // One that only waits for its turn has what it waits for: its contact is closed in its turn, whatever moved it.
  if (answers && want.standing !== true && (hashingProof(rig, reading) !== undefined || !isLeftFed(tick, rig)))
    sayTrouble(tick, rig, reading, cutAt);
  if (answers && hashingProof(rig, reading) !== undefined) return hashesAllTheSame(tick, rig, want);
  // It heard a pause behind them: it sleeps, or is on its way to, and its contacts are as wrong as before.
  if (answers && stop !== undefined && pauseSentAtMs > cutAt) return seekQuiet(tick, rig, stop, want);
  // A welded contact that opened at last, or whoever went there opened its breaker.
  if (silent) {
    clearTrouble(tick, rig);
    setRig(tick, rig.id, { darkAtMs: tick.nowMs });
  }
  if (now !== 'dark') phase(tick, rig, 'dark', stop?.proof ?? (want.because.rule === 'dark-with-the-grid' ? 'silent' : 'switch'));
}

/** While it is to leave it is asked to, for nothing else takes its load off. */
function hashesAllTheSame(tick: Tick, rig: Rig, want: Want): undefined {
  const stop = rig.can.pause ? (rigOf(tick, rig.id).stop ?? (want.standing ? undefined : begin(tick, rig, want))) : undefined;
  if (stop !== undefined) seekQuiet(tick, rig, stop, want);
  if (isDown(rigOf(tick, rig.id))) phase(tick, rig, 'unknown');
}

/** Behind contacts that do not cut it: it is asked until it is seen quiet, in its grace and, seldom, after it. */
function seekQuiet(tick: Tick, rig: Rig, stop: Stop, want: Want): undefined {
  const looked = look(tick, rig, stop, want);
  if (looked.confirmedAtMs !== undefined) return;
  const deadline = graceEndsMs(tick, rig, looked);
  const over = tick.nowMs >= deadline;
  if (!over) tick.askAgain(deadline);
  if (!want.standing) askOnceMore(tick, rig, looked, want, deadline);
  if (over && rigOf(tick, rig.id).phase === 'pausing') phase(tick, rig, 'unknown');
}

/**
 * It only waits for its turn: seen asleep, it counts with what a sleeping rig draws. One that hashed until the grid went for a
 * moment, and booted asleep or not at all, hashes no more: else it would have no turn.
 */
function showSleep(tick: Tick, rig: Rig): void {
  const { reading, phase: now, stop } = rigOf(tick, rig.id);
  // Its contact was to open as dark with the grid, and the grid is back before it moved.
  if (now === 'cutting' && stop === undefined) return phase(tick, rig, 'unknown');
  if (now !== 'unknown' && now !== 'hashing') return;
  if (isSilent(tick, rig) && now === 'hashing') return phase(tick, rig, 'unknown');
  if (reading === undefined || isSilent(tick, rig)) return;
  const proof = sleepProof(tick, rig);
  if (proof !== undefined) phase(tick, rig, 'paused', proof);
  else if (now === 'hashing' && quietProof(rig, reading) !== undefined) phase(tick, rig, 'unknown');
}

function begin(tick: Tick, rig: Rig, want: Want): Stop | undefined {
  const state = rigOf(tick, rig.id);
  // One that was told to hash a moment ago may do so by now, whatever it was seen doing before.
  const woken = (state.wake?.tries ?? 0) > 0 || mayYetWake(tick, rig);
  const { reading } = state;
  const proof = asleepBy(tick, rig, want);
  if (reading !== undefined && proof !== undefined && !woken) {
    const owed = rememberedRig(tick, rig.id).owed !== undefined;
    return owed || want.down === 'dark' ? asleepAlready(tick, rig, reading, proof) : undefined;
  }
  if (awaitsLook(tick, rig, want)) return undefined;
  if (rig.can.pause) return waitsForShare(tick, rig, want) ? undefined : ask(tick, rig, want, 0);
  if (want.down !== 'dark' || rig.cutBy.length === 0) return undefined;
  const stop: Stop = { askedAtMs: tick.nowMs, beganAtMs: tick.nowMs, tries: 0, nextTryAtMs: tick.nowMs, relapses: 0 };
  setRig(tick, rig.id, { stop });
  return stop;
}

/** How a rig is known to sleep before anything is asked of it. */
function asleepBy(tick: Tick, rig: Rig, want: Want): Proof | undefined {
  const { phase: now, reading } = rigOf(tick, rig.id);
  // Its phase is of the last tick: somebody may have woken it since.
  if (now === 'paused' && reading !== undefined) return quietProof(rig, reading);
  // Before a cut: of one that is silent, and that a moment without power wakes, nobody knows whether it had one.
  const unsure = want.down === 'dark' && !rig.pausePersists && isSilent(tick, rig);
  return unsure ? undefined : sleepProof(tick, rig);
}

/**
 * A calm wish waits for the first look at its rig: whether it was up, and so is owed a return, is known by no other way.
 * One that slept before a restart likely does so still: every wish but a person's --now waits to see it, and asks for nothing. At
 * the floor not in every life of a service that dies before it has looked.
 */
function awaitsLook(tick: Tick, rig: Rig, want: Want): boolean {
  const { answeredAtMs, silentSinceMs, readFault } = rigOf(tick, rig.id);
  const remembered = rememberedRig(tick, rig.id);
  const { owed, hold, quietAtMs } = remembered;
  const lookedInVain = want.urgency === 'floor' && owed !== undefined && isLostSight(remembered);
  const slept = quietAtMs !== undefined && want.urgency !== 'now' && !lookedInVain;
  if (!rig.can.read || !(slept || (want.urgency === 'calm' && owed === undefined))) return false;
  if (answeredAtMs !== undefined || silentSinceMs !== undefined || readFault !== undefined) return false;
  const until = Math.max(tick.startedAtMs, hold?.sinceMs ?? 0) + FIRST_LOOK_MS;
  tick.askAgain(until);
  return tick.nowMs < until;
}

/** After a restart in mid-shed, or put to sleep by somebody else: what is seen is proof enough. */
function asleepAlready(tick: Tick, rig: Rig, reading: RigReading, proof: Proof): Stop {
  const state = rigOf(tick, rig.id);
  const stop: Stop = {
    askedAtMs: tick.nowMs,
    beganAtMs: tick.nowMs,
    tries: 0,
    nextTryAtMs: tick.nowMs,
    confirmedAtMs: rememberedRig(tick, rig.id).quietAtMs ?? reading.takenAtMs,
    proof,
    relapses: 0,
  };
  tick.rigs.set(rig.id, { ...state, wake: undefined, stop, admitted: false });
  if (state.phase !== 'paused') phase(tick, rig, 'paused', proof);
  return stop;
}

function ask(tick: Tick, rig: Rig, want: Want, relapses: number): Stop | undefined {
  const state = rigOf(tick, rig.id);
  if (!issue(tick, { kind: 'pause', rig: rig.id }, { because: want.because, person: want.person })) return undefined;
  const { grace } = rememberedRig(tick, rig.id);
  const stop: Stop = {
    askedAtMs: tick.nowMs,
    tries: 1,
    nextTryAtMs: tick.nowMs + RETRY_MS,
    relapses,
    ...(grace !== undefined && grace.fromMs < tick.nowMs ? { graceFromMs: grace.fromMs } : {}),
    ...(isAtWork(rig, state) ? { fromWork: true as const } : {}),
  };
  tick.rigs.set(rig.id, {
    ...state,
    work: undefined,
    wake: undefined,
    flight: { kind: 'pause', sinceMs: tick.nowMs },
    stop,
    admitted: false,
  });
  phase(tick, rig, 'pausing');
  return stop;
}

function isAtWork(rig: Rig, { phase: now, reading }: RigState): boolean {
  return now === 'hashing' && reading !== undefined && hashingProof(rig, reading) !== undefined;
}

/** What the latest reading makes of a stop: confirmed, or undone by the rig itself. */
function look(tick: Tick, rig: Rig, stop: Stop, want: Want): Stop {
  const state = rigOf(tick, rig.id);
  const { reading } = state;
  if (reading === undefined || stop.beganAtMs === undefined || reading.takenAtMs <= stop.beganAtMs) return stop;
  const proof = quietProof(rig, reading);
  if (stop.confirmedAtMs === undefined) {
    if (proof === undefined) return stop;
    // Asked for seconds ago by a rig that answers slowly, it tells of the moment in which it came: from there on it cools.
    const seen: Stop = { ...stop, confirmedAtMs: tick.nowMs, proof };
    setRig(tick, rig.id, { stop: seen });
    phase(tick, rig, 'paused', proof, stopTookMs(stop, tick.nowMs));
    return seen;
  }
  // Its contact closed for another behind it, and it is seen asleep still.
  if (state.phase === 'unknown' && proof !== undefined && reading.takenAtMs > state.sinceMs) phase(tick, rig, 'paused', proof);
  if (want.standing || reading.takenAtMs <= stop.confirmedAtMs || hashingProof(rig, reading) === undefined) return stop;
  // It came back by itself while it should be down: a reboot forgot the pause, or somebody woke it.
  const { confirmedAtMs: _, proof: __, ...rest } = stop;
  const undone: Stop = { ...rest, relapses: stop.relapses + 1 };
  if (undone.relapses >= MOST_RELAPSES) {
    setRig(tick, rig.id, { stop: undone });
    phase(tick, rig, 'pausing');
    return undone;
  }
  return ask(tick, rig, want, undone.relapses) ?? stop;
}

function confirmed(tick: Tick, rig: Rig, stop: Quiet, want: Want): Ready | undefined {
  if (want.down !== 'dark' || rig.cutBy.length === 0) return undefined;
  if (mustCool(tick, rig, stop, want)) return undefined;
  const right = cutting(tick, rig, stop.proof, want);
  return tick.nowMs < coolAtMs(rig, stop) ? { ...right, hasty: true } : right;
}

function unconfirmed(tick: Tick, rig: Rig, stop: Stop, want: Want): Ready | undefined {
  const deadline = Math.max(graceEndsMs(tick, rig, stop), bootedEnoughMs(tick, rig, stop, want));
  const over = tick.nowMs >= deadline;
  if (!over) tick.askAgain(deadline);
  if (rig.can.pause && !want.standing) askOnceMore(tick, rig, stop, want, deadline);
  if (over && want.standing) return leaveIt(tick, rig, stop, want);
  if (rig.cutBy.length === 0) {
    if (over) sayUnproven(tick, rig);
    return undefined;
  }
  if (!want.cutAtDeadline) return over ? leaveIt(tick, rig, stop, want) : undefined;
  if (over) return atDeadline(tick, rig, stop, want);
  return mayForce(tick, rig, stop, want) ? cutting(tick, rig, 'forced', want) : undefined;
}

function atDeadline(tick: Tick, rig: Rig, stop: Stop, want: Want): Ready | undefined {
  if (awaitsLookAfterStandstill(tick, rig, stop, want)) return undefined;
  return cutting(tick, rig, rig.can.pause ? 'grace-over' : 'assumed', want);
}

/** Mains came back before it proved anything: what it is now is seen anew. */
function leaveIt(tick: Tick, rig: Rig, stop: Stop, want: Want): undefined {
  if (awaitsLookAfterStandstill(tick, rig, stop, want)) return;
  phase(tick, rig, 'unknown');
  setRig(tick, rig.id, { stop: undefined });
}

function askOnceMore(tick: Tick, rig: Rig, stop: Stop, want: Want, deadline: number): void {
  const { flight } = rigOf(tick, rig.id);
  if (awaitsLookAfterStandstill(tick, rig, stop, want) || (flight !== undefined && tick.nowMs - flight.sinceMs < LOST_MS)) return;
  const over = tick.nowMs >= deadline;
  // Its contact opens now; where that fails, or it stays for another behind it, nothing else takes its load off.
  const isCutNow = over && tick.nowMs < deadline + RETRY_MS && want.cutAtDeadline && rig.cutBy.length > 0 && !isCut(tick, rig);
  if (isCutNow) return tick.askAgain(deadline + RETRY_MS);
  if (tick.nowMs < stop.nextTryAtMs) return tick.askAgain(stop.nextTryAtMs);
  if (!issue(tick, { kind: 'pause', rig: rig.id }, { because: want.because, person: want.person, again: true })) return;
  const nextTryAtMs = tick.nowMs + (over ? lazyMs(tick, rig, stop) : RETRY_MS);
  setRig(tick, rig.id, { stop: { ...stop, tries: stop.tries + 1, nextTryAtMs } });
}

/** In calm, for a person's wish, ever less often: each try is a record, and a fault has told of it. */
function lazyMs(tick: Tick, rig: Rig, stop: Stop): number {
  if (upsesOf(tick.site, rig).some((ups) => isGoing(tick, ups.id))) return LAZY_RETRY_MS;
  return Math.min(LAZIEST_RETRY_MS, Math.max(LAZY_RETRY_MS, (tick.nowMs - stop.askedAtMs) / 4));
}

function sayUnproven(tick: Tick, rig: Rig): void {
  raise(tick, {
    event: 'fault',
    code: 'will-not-pause',
    rig: rig.id,
    say: `${rig.id} was asked to pause and was not seen quiet within ${rig.graceSeconds} s, and no switch can cut it: it still counts as drawing ${rig.watts} W; give it a cutBy`,
  });
}

function cutting(tick: Tick, rig: Rig, proof: Proof, want: Want): Ready {
  const { stop } = rigOf(tick, rig.id);
  if (stop !== undefined && stop.proof !== proof) setRig(tick, rig.id, { stop: { ...stop, proof } });
  const { because, person } = want;
  // A generator that carries too much ends as a battery does: its contact rests from no move before.
  const ends = because.rule === NO_ROOM || upsesOf(tick.site, rig).some((ups) => isGoing(tick, ups.id));
  const emergency = want.urgency !== 'calm' || ends;
  if (proof !== 'grace-over') return { proof, cause: { because, person }, emergency };
  const facts = { ...because.facts, graceSeconds: rig.graceSeconds, leavesFor: because.rule };
  return { proof, cause: { because: { rule: 'grace-over', facts }, person }, emergency };
}

/** A change of phase is an event, once. */
export function phase(tick: Tick, rig: Rig, to: RigState['phase'], proof?: Proof, took?: number): void {
  const from = rigOf(tick, rig.id).phase;
  if (from === to) return;
  tick.emit({ event: 'phase', rig: rig.id, from, to, ...(proof && { proof }), ...(took !== undefined && { tookMs: took }) });
  setRig(tick, rig.id, { phase: to, sinceMs: tick.nowMs });
}
