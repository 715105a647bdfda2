// What was heard since the last tick, folded into the state one input at a time.
import type { Command, CommandFrom } from '../model/command.ts';
import type { RigId } from '../model/id.ts';
import type { Input } from '../model/input.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Rig, RigReading } from '../model/rig.ts';
import type { Step } from '../model/step.ts';
import { foldBoard } from './boards.ts';
import { clearTrouble } from './contact-trouble.ts';
import { foldInput } from './generator.ts';
import { forgetSize } from './identity.ts';
import { compare, noteBefore, noteEnd, unbench } from './least-touch.ts';
import { seeLimit } from './limit-seen.ts';
import { isHeldBack } from './limited.ts';
import { foldCoin } from './market.ts';
import { isAskedFor, isOwed } from './memory.ts';
import { isOrphaned } from './orphans.ts';
import { foldPlan } from './replan.ts';
import { hashingProof, isCut, quietProof } from './seen.ts';
import type { RigState } from './state.ts';
import { accept, isStranger } from './strangers.ts';
import { foldUps } from './supply.ts';
import { doesNotMove, foldSwitchLook, foldSwitchOutcome, tryAnew } from './switching.ts';
import { clear, raise, rememberedRig, rigOf, STOOD_STILL_MS, setRig, setSwitch, switchOf, type Tick } from './tick.ts';

/** Hash rates over 5 s jump about; the rank goes by their running mean. */
const SMOOTHING = 0.2;
/** Miners take up to some minutes from the first hash to full power. */
const RAMP_MS = 180_000;
const LEAST_AT_WORK = 0.5;

/** The UPSes last: what they measure is judged beside the latest of their rigs, which are then counted once. */
export function foldAll(tick: Tick, inputs: readonly Input[]): void {
  for (const input of inputs) if (input.kind !== 'ups') fold(tick, input);
  for (const input of inputs) if (input.kind === 'ups') fold(tick, input);
}

function fold(tick: Tick, input: Input): void {
  switch (input.kind) {
    case 'ups':
      // Asked before the service stood still: it tells of then.
      return tick.nowMs - input.atMs > STOOD_STILL_MS ? undefined : foldUps(tick, input.ups, input.outcome);
    case 'rig':
      return foldRig(tick, input.rig, input.outcome, input.atMs);
    case 'switch':
      return foldLook(tick, input);
    case 'input':
      return foldInput(tick, input);
    case 'coin':
      return foldCoin(tick, input);
    case 'plan':
      return foldPlan(tick, input);
    case 'began':
      return foldBegan(tick, input.step, input.atMs);
    case 'settled':
      return foldSettled(tick, input);
    case 'command':
      return foldCommand(tick, input.command, input);
  }
}

function foldLook(tick: Tick, { switch: id, outcome, atMs }: Input & { kind: 'switch' }): void {
  foldBoard(tick, id, outcome);
  if (outcome.ok && typeof outcome.value === 'string') foldSwitchLook(tick, id, outcome.value, atMs);
}

function foldRig(tick: Tick, id: RigId, outcome: Outcome<RigReading>, atMs: number): void {
  const rig = tick.site.rigs.get(id);
  if (rig === undefined) return;
  if (!outcome.ok) {
    const state = rigOf(tick, id);
    const { code } = outcome.fault;
    if (code === 'not-asked') return;
    const silent = code === 'unreachable' || code === 'timeout';
    // Rubbish and a refusal are answers: whoever gives them has power.
    setRig(tick, id, {
      readFault: outcome.fault,
      silentSinceMs: silent ? (state.silentSinceMs ?? atMs) : undefined,
      unreadSinceMs: state.unreadSinceMs ?? atMs,
    });
    if (code === 'unauthorized' && rememberedRig(tick, id).fault === undefined) {
      raise(tick, { event: 'fault', code: 'no-graceful-way', rig: id, say: `${id}: ${outcome.fault.detail}` });
    }
    return;
  }
  foldAnswer(tick, rig, outcome.value, atMs);
}

function foldAnswer(tick: Tick, rig: Rig, reading: RigReading, atMs: number): void {
  if (isStranger(tick, rig, reading)) {
    setRig(tick, rig.id, { answeredAtMs: atMs, silentSinceMs: undefined, unreadSinceMs: undefined, readFault: undefined });
    return;
  }
  const state = rigOf(tick, rig.id);
  // On its way down or up its watts are those of a ramp: they say nothing of what it draws, or earns, at work.
  const ramps = state.stop !== undefined || state.wake !== undefined;
  const rebooted = !ramps && (reading.uptimeSeconds ?? Number.POSITIVE_INFINITY) < (state.reading?.uptimeSeconds ?? 0);
  const hashes = hashingProof(rig, reading) !== undefined;
  const heldBack = isHeldBack(rememberedRig(tick, rig.id), atMs);
  const up = !ramps && !heldBack && !wasGoing(tick, rig) && !stillRamps(rig, state, reading, atMs) && hashes;
  if (state.answeredAtMs === undefined && hashes) sayWasUp(tick, rig);
  // It answers: its silence is over.
  tick.rigs.set(rig.id, {
    ...state,
    reading,
    answeredAtMs: atMs,
    silentSinceMs: undefined,
    unreadSinceMs: undefined,
    readFault: undefined,
    lastHashing: up ? smoothed(state, reading) : state.lastHashing,
    resumedAtMs: hashes ? undefined : state.resumedAtMs,
    rebootedAtMs: rebooted ? atMs : state.rebootedAtMs,
  });
  compare(tick, rig, reading);
  clear(tick, 'no-graceful-way', { rig: rig.id });
  seeLimit(tick, rig, reading);
  if (quietProof(rig, reading) === undefined) return;
  // Late or not, it is quiet: what it did not do in its time is no fault any more. A contact that does not cut it is one still.
  clear(tick, 'will-not-pause', { rig: rig.id });
  if (!isCut(tick, rig)) clearTrouble(tick, rig);
}

/** An order that could not wait for the first look went out to a rig of which nothing was known. */
function sayWasUp(tick: Tick, rig: Rig): void {
  const { owed } = rememberedRig(tick, rig.id);
  if (owed?.wasUp === false && owed.sinceMs >= tick.startedAtMs) tick.emit({ event: 'was-up', rig: rig.id });
}

/** Asked to leave by a run of the service before this one, and not back yet: it may be in mid-ramp as well. */
function wasGoing(tick: Tick, rig: Rig): boolean {
  return isOwed(rememberedRig(tick, rig.id).owed);
}

/**
 * Just back, or far below its plate: a restart of the service in mid-ramp must not take that for what it draws at work.
 * One that is no further after the time of a ramp runs in a mode that draws so little.
 */
function stillRamps(rig: Rig, state: RigState, reading: RigReading, atMs: number): boolean {
  const isSteady = state.phase === 'hashing' && atMs - state.sinceMs >= RAMP_MS;
  const mayRamp = state.returned === true && state.phase === 'hashing';
  return !isSteady && (mayRamp || (reading.watts !== undefined && reading.watts < LEAST_AT_WORK * rig.watts));
}

function smoothed(state: RigState, reading: RigReading): NonNullable<RigState['lastHashing']> {
  const before = state.lastHashing;
  const mean = (old: number | undefined, now: number | undefined): number | undefined =>
    now === undefined || now <= 0 ? old : old === undefined ? now : old + SMOOTHING * (now - old);
  const hashRate = mean(before?.hashRate, reading.hashRate);
  const watts = mean(before?.watts, reading.watts);
  return { atMs: reading.takenAtMs, hashRate, watts };
}

function foldBegan(tick: Tick, step: Step, atMs: number): void {
  noteBefore(tick, step);
  if (step.kind !== 'pause') return;
  const { stop } = rigOf(tick, step.rig);
  const begun = stop !== undefined && stop.beganAtMs === undefined ? { stop: { ...stop, beganAtMs: atMs } } : {};
  setRig(tick, step.rig, { pauseSentAtMs: atMs, ...begun });
}

function foldSettled(tick: Tick, input: Input & { kind: 'settled' }): void {
  const { step, outcome } = input;
  const tookMs = Math.round(input.atMs - input.beganAtMs);
  if (outcome.ok || !isKnownToFail(tick, step))
    tick.emit({
      event: 'step-settled',
      step,
      ok: outcome.ok,
      tookMs,
      ...(outcome.ok ? {} : { fault: outcome.fault }),
      ...(input.unsynced ? { unsynced: true } : {}),
    });
  if (!outcome.ok && input.unsynced && gives(step)) return backInTheQueue(tick, step);
  if ('switch' in step) {
    foldSwitchOutcome(tick, step.switch, outcome.ok);
    return step.kind === 'feed' ? foldFeed(tick, step, outcome.ok) : undefined;
  }
  noteEnd(tick, step, input.atMs);
  if (step.kind === 'resume') setRig(tick, step.rig, { resumedAtMs: input.atMs });
  if (step.kind === 'limit') foldLimit(tick, step, input);
  if (rigOf(tick, step.rig).flight?.kind === step.kind) setRig(tick, step.rig, { flight: undefined });
}

/** A failing device is journaled at its first failure and at its end, not at every try; a limit is tried but a few times. */
function isKnownToFail(tick: Tick, step: Step): boolean {
  if ('switch' in step) return switchOf(tick, step.switch).tries > 0;
  return step.kind !== 'limit' && (rigOf(tick, step.rig).stop?.tries ?? 1) > 1;
}

const gives = (step: Step): boolean => step.kind === 'feed' || step.kind === 'resume';

function foldLimit(tick: Tick, step: Step & { kind: 'limit' }, { outcome, unsynced }: Input & { kind: 'settled' }): void {
  const { limiting } = rigOf(tick, step.rig);
  if (limiting?.watts !== step.watts) return;
  // Not sent, for the journal did not answer or a pause went ahead: no word of the rig's.
  if (!outcome.ok && unsynced) return setRig(tick, step.rig, { limiting: undefined });
  const { fault: _, ...told } = limiting;
  setRig(tick, step.rig, { limiting: outcome.ok ? told : { ...told, fault: outcome.fault } });
}

/** The stagger counts from when the contact has moved; one that does not move gives up its turn to the others. */
function foldFeed(tick: Tick, step: Extract<Step, { switch: string }>, moved: boolean): void {
  if (!moved) return doesNotMove(tick, step.switch) ? backInTheQueue(tick, step) : undefined;
  for (const [supply, packet] of tick.packets) {
    if (packet.rigs.some((id) => step.rigs.includes(id))) tick.packets.set(supply, { ...packet, atMs: tick.nowMs });
  }
}

/**
 * Not carried out, for the journal did not answer, a cut or pause went ahead of it, or its contact does not move: its turn
 * comes again, one after the other. What overtook it goes its way.
 */
function backInTheQueue(tick: Tick, step: Step): void {
  if ('switch' in step) {
    if (switchOf(tick, step.switch).flight?.kind === step.kind) setSwitch(tick, step.switch, { flight: undefined });
  }
  for (const id of 'switch' in step ? step.rigs : [step.rig]) {
    if (!tick.site.rigs.has(id)) continue;
    const { flight } = rigOf(tick, id);
    setRig(tick, id, { flight: flight?.kind === 'resume' ? undefined : flight, wake: undefined, admitted: false });
  }
}

function foldCommand(tick: Tick, command: Command, input: Input & { kind: 'command' }): void {
  const { from } = input;
  const actor = input.actor === undefined ? {} : { actor: input.actor };
  switch (command.kind) {
    case 'arm':
      tick.dryRuns.clear();
      return tick.emit({ event: 'armed', from, ...actor });
    case 'disarm':
      stopReturns(tick);
      return tick.emit({ event: 'disarmed', from, ...actor });
    case 'drill':
      tick.emit({ event: 'command', command, from, ...actor });
      tick.drill = { rig: command.rig, cut: command.cut, sinceMs: tick.nowMs, part: 'down' };
      return;
    case 'hold':
    case 'release':
      return foldWish(tick, command, { from, ...actor });
    case 'new-battery':
      tick.emit({ event: 'command', command, from, ...actor });
      return forgetSize(tick, command.ups);
    case 'acknowledge':
      return tick.emit({ event: 'command', command, from, ...actor });
  }
}

/** Who answers in its place is meant, and what its driver changed is put right. */
function seenToBy(tick: Tick, id: RigId): void {
  accept(tick, id);
  unbench(tick, id);
}

/** Journaled with the rigs it meant: a rig that joins the file later does not inherit a wish for all. */
function foldWish(
  tick: Tick,
  command: Command & { kind: 'hold' | 'release' },
  who: { readonly from: CommandFrom; readonly actor?: string },
): void {
  const rigs = command.rigs === 'all' ? [...tick.site.rigs.keys()] : command.rigs;
  // By name and by nobody who can't read what it is about: a release of all, or by the button, means holds and tries.
  if (command.kind === 'release' && command.rigs !== 'all' && who.from === 'cli') for (const id of rigs) seenToBy(tick, id);
  tick.emit({ event: 'command', command: { ...command, rigs }, ...who });
  for (const id of rigs) if (tick.site.rigs.has(id)) freshStart(tick, id);
  if (command.kind === 'release') for (const id of rigs) for (const contact of tick.site.rigs.get(id)?.cutBy ?? []) tryAnew(tick, contact);
  forgetOrphans(tick, command);
}

/** What lastwatt had begun to bring back by itself waits from here; a person's own wish goes on. */
function stopReturns(tick: Tick): void {
  tick.dryRuns.clear();
  for (const id of tick.rigs.keys()) if (!isAskedFor(rememberedRig(tick, id).owed)) freshStart(tick, id);
}

/** After a person's word a rig's tries start from none. */
function freshStart(tick: Tick, id: RigId): void {
  setRig(tick, id, { wake: undefined, admitted: false, limiting: undefined });
  tick.said.delete(`asleep ${id}`);
}

/** A rig that left the file while it was down, and a contact that did while it was open, are forgotten when a person names them. */
function forgetOrphans(tick: Tick, command: Command): void {
  if (command.kind !== 'release' || command.rigs === 'all') return;
  for (const id of command.rigs) {
    if (isOrphaned(tick.memory, id)) tick.emit({ event: 'forgotten', switch: id });
    if (tick.site.rigs.has(id) || !tick.memory.rigs.has(id)) continue;
    tick.emit({ event: 'returned', rig: id, tookMs: null, proof: 'released' });
  }
}

/** Wishes whose time is over. */
export function endHolds(tick: Tick): void {
  for (const [rig, { hold }] of tick.memory.rigs) {
    if (hold?.untilMs === undefined) continue;
    if (tick.nowMs >= hold.untilMs) tick.emit({ event: 'hold-ended', rig, as: hold.as });
    else tick.askAgain(hold.untilMs);
  }
}
