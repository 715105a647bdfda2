// Every rule's wish for every rig, and which one wins: a person's down, then the floor, then a person's up, then the
// policy. So precedence is one page, and "why" is the winner.
import type { RigId, UpsId } from '../model/id.ts';
import type { Rig, RigReading } from '../model/rig.ts';
import type { SiteUps } from '../model/site.ts';
import type { Reason } from '../model/step.ts';
import { carriesSince } from './generator.ts';
import { returned } from './lifecycle-up.ts';
import { isDown } from './load.ts';
import { type Hold, isAskedFor, type Owed } from './memory.ts';
import { wantOfDrill } from './rules/drill.ts';
import { wantOfGenerator } from './rules/generator.ts';
import { blipIsOver, findFloors, hasLooked } from './rules/guard.ts';
import { isKeptUp, isLeaving, runsOn } from './rules/leaving.ts';
import { blockedBy } from './rules/may-start.ts';
import { shedAll } from './rules/shedding.ts';
import { isLeftToAPerson, keepsDown } from './rules/turn.ts';
import { awaitsAContact, fedSinceMs, hashingProof, isCut, isSilent, mayYetPause, SILENT_MS, silentSince } from './seen.ts';
import { onBatteryNow, runtimeLeft } from './supply.ts';
import { isCutUnderWay, rigsBehind } from './switching.ts';
import { cutBelowAt, IDLE_SHARE, NEAR_FLOOR } from './thresholds.ts';
import { onMainsAlone, rememberedRig, rigOf, rigsOn, supplyOf, type Tick, upsesOf } from './tick.ts';
import { lower, rounded, type Want, wantUp } from './want.ts';
import type { Worth } from './worth.ts';

/** What every rig may be at most, at this tick. */
export function wantAll(tick: Tick, ranking: readonly Worth[]): readonly Want[] {
  const floors = findFloors(tick);
  const sheds = shedAll(tick, ranking);
  const cuts = new Map<UpsId, Cuts>();
  const going = new Set<UpsId>();
  for (const id of tick.site.supplies.keys()) {
    cuts.set(id, cutsPaused(tick, id, sheds.get(id) ?? NOBODY));
    const { draining, forced } = supplyOf(tick, id);
    if (draining || forced) going.add(id);
  }
  const rules: Rules = { floors, sheds, cuts, going, outage: onBatteryNow(tick) };
  const drill = wantOfDrill(tick);
  const wantOf = (rig: Rig): Want =>
    drill?.rig === rig.id && floorFor(goingSupplies(tick, rig, rules.going), rules) === undefined ? drill : wantFor(tick, rig, rules);
  const wants: Want[] = [];
  // The worst first, so that the steps of one tick leave in that order, too.
  for (let place = ranking.length - 1; place >= 0; place -= 1) {
    const worth = ranking[place];
    if (worth !== undefined) wants.push(wantOf(worth.config));
  }
  return wants;
}

interface Rules {
  readonly floors: ReadonlyMap<UpsId, Reason>;
  readonly sheds: ReadonlyMap<UpsId, ReadonlyMap<RigId, Reason>>;
  readonly cuts: ReadonlyMap<UpsId, Cuts>;
  /** on battery, or told to shut down */
  readonly going: ReadonlySet<UpsId>;
  readonly outage: readonly UpsId[];
}

/** Why one that sleeps on a supply loses its power, too; undefined: it does not. */
type Cuts = (rig: RigId) => Reason | undefined;

const NOBODY: ReadonlyMap<RigId, Reason> = new Map();
const NOTHING_AGAINST: Reason = { rule: 'nothing-against', facts: {} };

function wantFor(tick: Tick, rig: Rig, rules: Rules): Want {
  const { hold, owed } = rememberedRig(tick, rig.id);
  const going = goingSupplies(tick, rig, rules.going);
  const floor = floorFor(going, rules);
  if (hold?.as === 'down') return wantOfHold(rig, hold, floor);
  if (floor !== undefined) return { rig: rig.id, down: 'dark', urgency: 'floor', cutAtDeadline: true, person: false, because: floor };
  const heldUp = hold?.as === 'up' ? hold : undefined;
  const because = heldUp === undefined ? NOTHING_AGAINST : { rule: 'held-up', facts: { from: heldUp.from } };
  let lowest = wantUp(rig.id, because, isAskedFor(owed) || heldUp !== undefined);
  if (going !== undefined) lowest = lower(lowest, policyFor(tick, rig, going, rules));
  lowest = lower(lowest, wantOfGenerator(tick, rig));
  if (owed === undefined) return lowest;
  lowest = lower(lowest, gridFor(tick, rig, rules.outage));
  const onMains = onMainsAlone(tick.site, rig) ? rules.outage.length === 0 : going === undefined;
  return lower(lowest, turnFor(tick, rig, owed, onMains));
}

/** A floor leaves it no longer than its own, and is told with it: else nothing says why its grace was cut short. */
function wantOfHold({ id: rig }: Rig, { from, now }: Hold, floor: Reason | undefined): Want {
  const urgency = now ? 'now' : floor === undefined ? 'calm' : 'floor';
  const hurry = now ? { now: true } : floor === undefined ? {} : { floor: floor.rule, ups: String(floor.facts['ups']) };
  return { rig, down: 'dark', urgency, cutAtDeadline: true, person: true, because: { rule: 'held-down', facts: { from, ...hurry } } };
}

/** The supplies of a rig that are going; all of them must want it down, for any other keeps it alight. */
function goingSupplies(tick: Tick, rig: Rig, going: ReadonlySet<UpsId>): Some<SiteUps> | undefined {
  if (going.size === 0) return undefined;
  const all = upsesOf(tick.site, rig);
  return isSome(all) && all.every((ups) => going.has(ups.id)) ? all : undefined;
}

/** At least one. */
type Some<T> = readonly [T, ...T[]];

const isSome = <T>(all: readonly T[]): all is Some<T> => all.length > 0;

function floorFor(going: Some<SiteUps> | undefined, { floors }: Rules): Reason | undefined {
  return going?.every(({ id }) => floors.has(id)) ? floors.get(going[0].id) : undefined;
}

function policyFor(tick: Tick, rig: Rig, going: Some<SiteUps>, rules: Rules): Want | undefined {
  // A person's `up` hides the policy's wish: one that was not seen down goes on, whatever is still owed to it.
  if (isKeptUp(tick, rig.id) && runsOn(tick, rig.id)) return undefined;
  let shed: Reason | undefined;
  let cut: Reason | undefined;
  let byAll = true;
  for (const { id } of going) {
    const reason = rules.sheds.get(id)?.get(rig.id);
    byAll &&= reason !== undefined;
    shed ??= reason;
    cut ??= rules.cuts.get(id)?.(rig.id);
  }
  if (!byAll && !(isOut(tick, rig) && going.every((ups) => isNoBlip(tick, ups)))) return inTheWay(tick, rig, going, rules);
  const because = shed ?? cut ?? { rule: 'shed-in-this-outage', facts: { ups: going[0].id } };
  const dark = rig.cutBy.length > 0 && (!rig.can.pause || cut !== undefined || holdsUp(tick, rig, rules));
  return { rig: rig.id, down: dark ? 'dark' : 'paused', urgency: 'calm', cutAtDeadline: true, person: false, because };
}

/** Asleep by itself, it would keep the contact closed for another behind it that leaves by nothing else. */
function inTheWay(tick: Tick, rig: Rig, going: Some<SiteUps>, rules: Rules): Want | undefined {
  if (rigOf(tick, rig.id).phase !== 'paused' || !going.every((ups) => isNoBlip(tick, ups)) || !holdsUp(tick, rig, rules)) return undefined;
  const because = { rule: 'keeps-a-contact-closed', facts: { ups: going[0].id } };
  return { rig: rig.id, down: 'dark', urgency: 'calm', cutAtDeadline: true, person: false, because };
}

/** Paused, it would keep the contact closed for another behind it that is to leave and can leave by nothing else. */
function holdsUp(tick: Tick, rig: Rig, { sheds }: Rules): boolean {
  return rig.cutBy.some((id) =>
    rigsBehind(tick.site, id).some((other) => !other.can.pause && (rigOf(tick, other.id).stop !== undefined || isShed(tick, other, sheds))),
  );
}

function isShed(tick: Tick, rig: Rig, sheds: Rules['sheds']): boolean {
  return upsesOf(tick.site, rig).some((ups) => sheds.get(ups.id)?.has(rig.id));
}

/**
 * What the journal knows of an outage may long be over: after a start the supplies are looked at first. In a blip who is out waits
 * as on mains: of one that nobody has seen since a boot it is not known whether it is down, and for a blip nobody is asked to be.
 */
function isNoBlip(tick: Tick, ups: SiteUps): boolean {
  return hasLooked(tick, ups) && (supplyOf(tick, ups.id).forced || blipIsOver(tick, ups.id));
}

/** Shed before in this outage, or still out from the one before: on battery it stays so. */
function isOut(tick: Tick, rig: Rig): boolean {
  const state = rigOf(tick, rig.id);
  if (rememberedRig(tick, rig.id).owed === undefined || runsOn(tick, rig.id)) return false;
  return !(state.phase === 'waking' && state.wake !== undefined) && (state.phase !== 'hashing' || !state.admitted);
}

/** Whether the idle watts of what is shed are worth opening switches for. */
function cutsPaused(tick: Tick, ups: UpsId, shed: ReadonlyMap<RigId, Reason>): Cuts {
  const { cutPaused } = tick.site.policy;
  if (cutPaused === 'always') return () => ({ rule: 'cut-paused-always', facts: { ups } });
  const setting = tick.site.supplies.get(ups);
  const state = supplyOf(tick, ups);
  if (cutPaused === 'at-floor' || !state.draining || setting === undefined) return () => undefined;
  const { idleWatts, loadWatts } = idleOf(tick, ups, shed);
  const costly: Reason = { rule: 'idle-watts-cost-runtime', facts: rounded({ ups, idleWatts, loadWatts }) };
  const { plan, asked } = state;
  if (plan === undefined && asked === undefined && idleWatts > IDLE_SHARE * Math.max(loadWatts, 1)) return () => costly;
  const runtime = runtimeLeft(tick, setting);
  const cutBelowSeconds = cutBelowAt(tick, setting, state.load.watts);
  if (runtime !== undefined && runtime < NEAR_FLOOR * cutBelowSeconds) {
    return () => ({ rule: 'floor-is-near', facts: rounded({ ups, runtimeSeconds: runtime, cutBelowSeconds }) });
  }
  return (rig) => ((plan?.opensAtMs.get(rig) ?? Number.POSITIVE_INFINITY) <= tick.nowMs ? costly : undefined);
}

/** W that the shed rigs draw asleep, and the load they are a share of. */
function idleOf(tick: Tick, ups: UpsId, shed: ReadonlyMap<RigId, Reason>): { readonly idleWatts: number; readonly loadWatts: number } {
  const { load } = supplyOf(tick, ups);
  let idleWatts = 0;
  let loadWatts = load.watts;
  for (const rig of rigsOn(tick.site, ups)) {
    if (!isLeaving(tick, rig.id) && !shed.has(rig.id)) continue;
    const one = rigOf(tick, rig.id);
    idleWatts += rig.pausedWatts;
    // A rig that is dark already is counted as if it were lit, or the first cut would undo the reason for itself.
    if (one.phase === 'dark') loadWatts += rig.pausedWatts;
    else if (!isDown(one)) loadWatts -= load.scale * Math.max(0, rig.watts - rig.pausedWatts);
  }
  return { idleWatts, loadWatts };
}

/** A rig on mains alone is never shed; silent while the grid is gone, its switch opens so that it returns in its turn. */
function gridFor(tick: Tick, rig: Rig, outage: readonly UpsId[]): Want | undefined {
  if (!onMainsAlone(tick.site, rig)) return undefined;
  const silentSinceMs = silentSince(tick, rig.id);
  if (silentSinceMs === undefined) return undefined;
  // A silence from before the outage tells nothing of the grid: it counts from where the outage began. Nor does one behind an open contact.
  const began = gridGoneSince(tick, outage);
  if (began === undefined) return undefined;
  const sinceMs = Math.max(silentSinceMs, began, fedSinceMs(tick, rig));
  tick.askAgain(sinceMs + SILENT_MS);
  if (tick.nowMs - sinceMs < SILENT_MS) return undefined;
  const silent = (tick.nowMs - sinceMs) / 1000;
  return {
    rig: rig.id,
    down: rig.cutBy.length > 0 ? 'dark' : 'up',
    urgency: 'calm',
    cutAtDeadline: true,
    person: false,
    because: { rule: 'dark-with-the-grid', facts: rounded({ silentSeconds: silent }) },
  };
}

/**
 * Undefined while it is there: another UPS on mains is a witness that one's breaker tells nothing of a silent rig. It was there until the
 * last of them lost it.
 */
function gridGoneSince(tick: Tick, outage: readonly UpsId[]): number | undefined {
  let began: number | undefined;
  for (const id of tick.site.supplies.keys()) {
    const { line, batterySinceMs } = supplyOf(tick, id);
    if (line === 'mains') return undefined;
    const since = line === 'generator' ? carriesSince(tick, id) : outage.includes(id) ? batterySinceMs : undefined;
    if (since !== undefined) began = Math.max(began ?? since, since);
  }
  return began;
}

/** Behind an open switch, or one that opens, the last reading is from before the cut: a liar cut while it hashed is still owed its return. */
function seenHashing(tick: Tick, rig: Rig): RigReading | undefined {
  const { reading } = rigOf(tick, rig.id);
  if (reading === undefined || hashingProof(rig, reading) === undefined || isSilent(tick, rig)) return undefined;
  return isCut(tick, rig) || rig.cutBy.some((id) => isCutUnderWay(tick, id)) ? undefined : reading;
}

/**
 * What is owed a return and not yet let in stays as it is. Seen hashing by itself on mains, nothing is owed any more; nor on
 * battery to one that a person wants up or has let go.
 */
function turnFor(tick: Tick, rig: Rig, owed: Owed, onMains: boolean): Want | undefined {
  const { fault } = rememberedRig(tick, rig.id);
  const state = rigOf(tick, rig.id);
  if (state.admitted) return undefined;
  if (!onMains && onMainsAlone(tick.site, rig)) return undefined;
  const after = state.stop?.confirmedAtMs ?? owed.sinceMs;
  const byItself = awaitsAContact(tick, rig);
  const reading = seenHashing(tick, rig);
  const awake = reading !== undefined && !byItself && reading.takenAtMs > after && !mayYetPause(tick, rig, reading);
  if ((onMains || runsOn(tick, rig.id)) && awake && state.phase !== 'pausing') {
    returned(tick, rig, 'hash-rate');
    return undefined;
  }
  const blocked = blockedBy(tick, rig);
  const because =
    fault !== undefined && keepsDown(fault)
      ? { rule: fault.code, facts: {} }
      : isLeftToAPerson(tick, rig.id)
        ? { rule: 'another-machine-answers', facts: {} }
        : (blocked?.because ?? { rule: 'waits-for-its-turn', facts: {} });
  return {
    rig: rig.id,
    down: state.phase === 'dark' ? 'dark' : 'paused',
    urgency: 'calm',
    cutAtDeadline: false,
    standing: true,
    person: isAskedFor(owed),
    because,
  };
}
