// The drill: for real, on mains, one rig at a time. Pause, see it quiet, on wish see it dark and no other with it, then
// back to hashing.
import type { Event } from '../../model/event.ts';
import type { Rig } from '../../model/rig.ts';
import type { Site } from '../../model/site.ts';
import type { Memory } from '../memory.ts';
import { hashingProof } from '../seen.ts';
import type { Drill, DrillBack, DrillDown } from '../state.ts';
import { onBatteryNow } from '../supply.ts';
import { fedLongEnoughAt, feedBlockedUntil } from '../switching.ts';
import { rememberedRig, rigOf, setRig, type Tick } from '../tick.ts';
import type { Want } from '../want.ts';
import { isOnGenerator } from './generator.ts';
import { notOnMains } from './may-start.ts';
import { keepsDown } from './turn.ts';

/** On top of grace and cool-down. */
const DOWN_MARGIN_MS = 60_000;
const BACK_WITHIN_MS = 30 * 60_000;
/** After the cut a dark rig has had time to miss its questions. */
const DARK_FOR_MS = 10_000;
/** Who has not answered by then fell silent with it; the switch rests open for a minute anyway. */
const JUDGED_WITHIN_MS = 45_000;
/** A question asked so soon after the cut may have been answered by what was left in a power supply. */
const LAST_WORDS_MS = 2_000;

/** Moves the drill on, and says what it wants of its rig; undefined when none runs. */
export function wantOfDrill(tick: Tick): Want | undefined {
  const { drill } = tick;
  if (drill === undefined) return undefined;
  const rig = tick.site.rigs.get(drill.rig);
  if (rig === undefined) return undefined;
  const now = progress(tick, rig, drill);
  tick.drill = now;
  if (now === undefined) return undefined;
  tick.askAgain(tick.nowMs + 500);
  const because = { rule: 'drill', facts: { cut: now.cut, part: now.part } };
  if (now.part === 'down' || waitsForItsTurn(tick, rig))
    return { rig: rig.id, down: now.cut ? 'dark' : 'paused', urgency: 'calm', cutAtDeadline: now.cut, person: true, because };
  if (!rigOf(tick, rig.id).admitted) {
    setRig(tick, rig.id, { admitted: true });
    // It takes a turn like any other: who waits for one starts behind it.
    for (const supply of rig.fedBy) tick.packets.set(supply, { atMs: tick.nowMs, rigs: [rig.id] });
  }
  return { rig: rig.id, down: 'up', urgency: 'calm', cutAtDeadline: false, person: true, because };
}

function progress(tick: Tick, rig: Rig, drill: Drill): Drill | undefined {
  if (onBatteryNow(tick).length > 0 || notOnMains(tick, rig)?.rule === 'on-battery')
    return finish(tick, drill, { ok: false, say: 'the mains failed in mid-drill: the policy rules from here' });
  if (isOnGenerator(tick, rig))
    return finish(tick, drill, { ok: false, say: 'a generator took over in mid-drill: the policy rules from here' });
  if (tick.memory.barred.has(rig.id)) return finish(tick, drill, { ok: false, say: `another machine answers in place of ${rig.id}` });
  // A person's `down` outranks everything (contract.md 3); the button is pressed for a reason.
  if (rememberedRig(tick, rig.id).hold?.as === 'down') return finish(tick, drill, { ok: false, say: 'held down in mid-drill' });
  return drill.part === 'down' ? goingDown(tick, rig, drill) : comingBack(tick, rig, drill);
}

function goingDown(tick: Tick, rig: Rig, drill: DrillDown): Drill {
  const state = rigOf(tick, rig.id);
  const downByMs = drill.downByMs ?? downBy(tick, rig, drill);
  const began = state.stop?.beganAtMs ?? drill.sinceMs;
  const pauseMs = drill.pauseMs ?? (state.stop?.confirmedAtMs === undefined ? undefined : Math.round(state.stop.confirmedAtMs - began));
  const seen: DrillDown = { ...drill, downByMs, ...(pauseMs === undefined ? {} : { pauseMs }) };
  return downOrBack(tick, rig, seen);
}

/** Until its contacts have rested others start, and behind one that has just done so it waits as they would. */
function waitsForItsTurn(tick: Tick, rig: Rig): boolean {
  if (rigOf(tick, rig.id).admitted) return false;
  return startsTogether(tick, rig) || (feedBlockedUntil(tick, rig) ?? tick.nowMs) > tick.nowMs;
}

/** Another on a supply of it has had its turn a moment ago. */
function startsTogether(tick: Tick, rig: Rig): boolean {
  const staggerMs = tick.site.restore.staggerSeconds * 1000;
  return rig.fedBy.some((supply) => {
    const last = tick.packets.get(supply);
    return last !== undefined && !last.rigs.includes(rig.id) && tick.nowMs - last.atMs < staggerMs;
  });
}

function downOrBack(tick: Tick, rig: Rig, seen: DrillDown): Drill {
  const { pauseMs, downByMs = tick.nowMs, ...drill } = seen;
  const state = rigOf(tick, rig.id);
  if (!drill.cut && pauseMs !== undefined) return { ...seen, part: 'back', backSinceMs: tick.nowMs };
  if (drill.cut && state.phase === 'dark') return beingDark(tick, rig, seen);
  if (tick.nowMs < downByMs) return seen;
  const trouble = drill.cut
    ? `${rig.id} did not go dark`
    : `${rig.id} was not seen quiet within ${Math.round((tick.nowMs - drill.sinceMs) / 1000)} s (its grace is ${rig.graceSeconds} s)`;
  return { ...seen, part: 'back', backSinceMs: tick.nowMs, trouble };
}

/** A switch that was just fed waits first. */
function downBy(tick: Tick, rig: Rig, drill: Drill): number {
  const opens = drill.cut ? rig.cutBy.map((id) => fedLongEnoughAt(tick, id) ?? 0) : [];
  return Math.max(drill.sinceMs + (rig.graceSeconds + rig.coolDownSeconds) * 1000, ...opens) + DOWN_MARGIN_MS;
}

function beingDark(tick: Tick, rig: Rig, drill: DrillDown): Drill {
  const cutAt = rigOf(tick, rig.id).sinceMs;
  const silent = fellWith(tick, rig, cutAt);
  const open = tick.nowMs - cutAt;
  if (open < DARK_FOR_MS || (silent.length > 0 && open < JUDGED_WITHIN_MS)) return drill;
  const unproven = drill.pauseMs === undefined && rig.can.pause ? `${rig.id} was cut without having been seen quiet` : undefined;
  const trouble = darkTrouble(tick, rig, cutAt, silent) ?? unproven;
  const cutMs = Math.round(cutAt - drill.sinceMs);
  return { ...drill, part: 'back', cutMs, backSinceMs: tick.nowMs, ...(trouble === undefined ? {} : { trouble }) };
}

/** Its switch must take it, and nobody else. */
function darkTrouble(tick: Tick, rig: Rig, cutAt: number, silent: readonly Rig[]): string | undefined {
  const { reading } = rigOf(tick, rig.id);
  if (reading !== undefined && reading.takenAtMs > cutAt + LAST_WORDS_MS)
    return `${rig.id} still answers with its switches open: it is fed another way`;
  return silent.length === 0
    ? undefined
    : `${silent.map((one) => one.id).join(', ')} fell silent with it: the wiring is not what the file says`;
}

/** The rigs on other switches that answered before the cut, and have answered no question from after it. */
function fellWith(tick: Tick, rig: Rig, cutAt: number): readonly Rig[] {
  const others = [...tick.site.rigs.values()].filter((other) => other.id !== rig.id && !other.cutBy.some((id) => rig.cutBy.includes(id)));
  return others.filter(({ id }) => {
    const { answeredAtMs, silentSinceMs, phase } = rigOf(tick, id);
    if (phase === 'dark' || answeredAtMs === undefined || answeredAtMs > cutAt + LAST_WORDS_MS) return false;
    return silentSinceMs === undefined || silentSinceMs >= cutAt - LAST_WORDS_MS;
  });
}

function comingBack(tick: Tick, rig: Rig, drill: DrillBack): Drill | undefined {
  const since = drill.backSinceMs;
  const { reading } = rigOf(tick, rig.id);
  const { owed, fault } = rememberedRig(tick, rig.id);
  const hashing = !rig.can.read || (reading !== undefined && reading.takenAtMs > since && hashingProof(rig, reading) !== undefined);
  if (owed === undefined && hashing) {
    return finish(tick, drill, {
      ok: drill.trouble === undefined,
      say: drill.trouble ?? 'went down, was seen quiet and came back',
      backMs: Math.round(tick.nowMs - since),
    });
  }
  if (!keepsDown(fault) && tick.nowMs - since < BACK_WITHIN_MS) return drill;
  return finish(tick, drill, {
    ok: false,
    say: `${rig.id} did not come back to hashing: ${fault?.say ?? 'no proof in time'}`,
  });
}

interface Verdict {
  readonly ok: boolean;
  readonly say: string;
  readonly backMs?: number;
}

function finish(tick: Tick, drill: Drill, verdict: Verdict): undefined {
  tick.emit(drilledEvent(drill, verdict));
  setRig(tick, drill.rig, { admitted: false });
}

function drilledEvent({ rig, cut, cutMs, pauseMs }: Pick<Drill, 'rig' | 'cut' | 'cutMs' | 'pauseMs'>, { ok, say, backMs }: Verdict): Event {
  return { event: 'drilled', rig, ok, pauseMs: pauseMs ?? null, ...(cut ? { cutMs: cutMs ?? null } : {}), backMs: backMs ?? null, say };
}

/** The drills that a file without their rig ends. */
export function drillsLost(site: Site, memory: Memory): readonly Event[] {
  return openDrills(memory).flatMap((drill) => (site.rigs.has(drill.rig) ? [] : [lost(drill)]));
}

/** The drills that ended with the run of the service that began them. */
export function drillsBrokenOff(site: Site, memory: Memory): readonly Event[] {
  return openDrills(memory).map((drill) => {
    const say = `the service started anew in mid-drill; ${drill.rig} comes back by itself, then drill it again`;
    return site.rigs.has(drill.rig) ? drilledEvent(drill, { ok: false, say }) : lost(drill);
  });
}

const lost = (drill: Pick<Drill, 'rig' | 'cut'>): Event =>
  drilledEvent(drill, { ok: false, say: `${drill.rig} left the file in mid-drill` });

function openDrills({ rigs }: Memory): readonly Pick<Drill, 'rig' | 'cut'>[] {
  return [...rigs].flatMap(([rig, { drilling }]) => (drilling === undefined ? [] : [{ rig, cut: drilling.cut }]));
}
