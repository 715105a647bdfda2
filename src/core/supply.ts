// What is believed of each supply: its line, heard or not; its outage; its battery. Data that says less energy is
// believed at once, data that says more slowly (safety case, principle 4).
import type { UpsId } from '../model/id.ts';
import type { Outcome } from '../model/outcome.ts';
import type { SiteUps } from '../model/site.ts';
import type { Line, UpsReading } from '../model/ups.ts';
import { sayComplaints } from './alarms.ts';
import { advance, type Battery, type BatteryMoment, type BatterySetting, runtimeAt } from './battery.ts';
import { absorb } from './battery-told.ts';
import { believedCurve } from './believed-curve.ts';
import { begunAnewBy } from './edge.ts';
import { admitReading, nominalWattsOf, type Sample } from './gate.ts';
import { lineOf } from './generator.ts';
import { isFresh, staleMsOf } from './heard.ts';
import { foldIdentity } from './identity.ts';
import { keepBelief, rememberedBattery, withPast } from './kept-belief.ts';
import { learnFromDischarge } from './learn.ts';
import { countLoad, rigsDraw } from './load.ts';
import { isOwed, mainsBackAtMs, type SupplyMemory, supplyMemory } from './memory.ts';
import { hashingProof } from './seen.ts';
import type { SupplyState } from './state.ts';
import { clear, onMainsAlone, raise, rememberedRig, rigOf, type Scene, setSupply, stoodStill, supplyOf, type Tick } from './tick.ts';
import { tellWeighed } from './weighed.ts';
import { others, outageWitnessed } from './witness.ts';

/** The link often dies in the very moment of transfer: battery seen so lately counts as battery (measured in simulation). */
const BATTERY_LINGERS_MS = 60_000;
const ALARM_AFTER_MS = 30_000;
/** A self-test or calibration longer than this is an outage that a lingering word hides (nut#2168). */
const LONGEST_TEST_MS = 15 * 60_000;

export function batterySetting(ups: SiteUps, state: SupplyState): BatterySetting {
  const nominalWatts = nominalWattsOf(ups.nominalWatts, state.nameplate);
  return { ...believedCurve(ups, state.battery), nominalWatts, staleMs: staleMsOf(ups, state) };
}

/** Seconds until the battery of a supply is empty, at its present load or at `watts`; undefined where not known. */
export function runtimeLeft(scene: Scene, ups: SiteUps, watts?: number): number | undefined {
  const state = supplyOf(scene, ups.id);
  return runtimeAt(state.battery, batterySetting(ups, state), watts ?? state.load.watts);
}

/** The same for the policy and for people; undefined also where the model counts on for the floor alone. */
export function toldRuntimeLeft(scene: Scene, ups: SiteUps, watts?: number): number | undefined {
  return supplyOf(scene, ups.id).battery.untold ? undefined : runtimeLeft(scene, ups, watts);
}

/** One answer of a source, or none. */
export function foldUps(tick: Tick, id: UpsId, outcome: Outcome<UpsReading>): void {
  const ups = tick.site.supplies.get(id);
  if (ups === undefined) return;
  const before = supplyOf(tick, id);
  if (!outcome.ok) return setSupply(tick, id, { lastFault: outcome.fault });
  const said = outcome.value.nameplate;
  const nameplate = foldIdentity(tick, id, said) ? said : { ...before.nameplate, ...said };
  const sample = admitReading({ ...outcome.value, nameplate }, { nominalWatts: ups.nominalWatts, rigsDraw: rigsDraw(tick, id) });
  setSupply(tick, id, { nameplate, lastFault: undefined });
  // A line that is not known says nothing of the mains; a forced shutdown is one whatever is said with it.
  if (sample.line !== 'unknown' || sample.forced) foldForced(tick, ups, before, sample);
  if (sample.line !== 'unknown') foldKnown(tick, ups, before, sample);
}

/** A look that tells the line. */
function foldKnown(tick: Tick, ups: SiteUps, before: SupplyState, sample: Sample): void {
  const { id } = ups;
  const silentMs = before.heardAtMs === undefined ? 0 : sample.takenAtMs - before.heardAtMs;
  if (before.blindSaid) tick.emit({ event: 'heard', ups: id, silentSeconds: Math.round(silentMs / 1000) });
  const steady = sample.line === 'mains' ? heldSince(tick, ups, before, silentMs) : undefined;
  const remembered = before.heardAtMs === undefined ? heldBeforeUs(tick, ups, before, sample) : undefined;
  const after = supplyOf(tick, id);
  tick.supplies.set(id, {
    ...after,
    sample,
    heardAtMs: sample.takenAtMs,
    answerMs: tick.nowMs - sample.takenAtMs,
    blindSaid: false,
    lastBatteryAtMs: sample.line === 'battery' ? sample.takenAtMs : after.lastBatteryAtMs,
    excusedSinceMs: sample.line === 'battery' && isExcused(sample) ? (after.excusedSinceMs ?? sample.takenAtMs) : undefined,
    // A slow answer may have been looked up late: mains is held from when it came.
    steadySinceMs: sample.line === 'mains' ? (steady ?? remembered ?? tick.nowMs) : undefined,
  });
  sayComplaints(tick, id, sample);
  const metOnBattery = before.heardAtMs === undefined && sample.line === 'battery' && supplyMemory(tick.memory, id).outage === undefined;
  believeBattery(tick, ups, sample, metOnBattery ? unseenMs(tick) : undefined);
  const setting = batterySetting(ups, supplyOf(tick, id));
  learnFromDischarge(tick, ups, setting);
  tellWeighed(tick, ups, supplyOf(tick, id), setting);
  tick.counted.add(id);
}

/**
 * Since when mains holds, where a look finds it again. A silence in which nobody told of battery is no mains, and no end of
 * it: else a UPS that is lost for some seconds now and then puts off every return for ever. One that was believed to be an outage is
 * over with this look, also where its answer was on its way before.
 */
function heldSince(tick: Tick, ups: SiteUps, before: SupplyState, silentMs: number): number | undefined {
  const { steadySinceMs, heardAtMs, draining } = before;
  if (draining) return undefined;
  if (steadySinceMs === undefined || heardAtMs === undefined || silentMs <= staleMsOf(ups, before)) return steadySinceMs;
  const nobodyLooked = tick.wokeAtMs !== undefined && heardAtMs < tick.wokeAtMs;
  return nobodyLooked ? undefined : steadySinceMs + silentMs;
}

/**
 * The same at the first look of this life of the service. Of an outage that was not over when the last one died nobody knows
 * when it ended; nor of one of which another UPS told while this one, which may have ended with its battery, was not heard.
 */
function heldBeforeUs(tick: Tick, ups: SiteUps, before: SupplyState, { takenAtMs }: Sample): number | undefined {
  const backAtMs = mainsBackAtMs(tick.memory, ups.id);
  if (backAtMs === undefined || supplyMemory(tick.memory, ups.id).outage !== undefined) return undefined;
  const silentMs = takenAtMs - tick.startedAtMs;
  if (silentMs <= staleMsOf(ups, before)) return backAtMs;
  return others(tick, ups.id).some(({ id }) => hadOutageSinceStart(tick, id)) ? undefined : backAtMs + silentMs;
}

function hadOutageSinceStart({ memory, startedAtMs }: Tick, id: UpsId): boolean {
  const { outage, endedAtMs } = supplyMemory(memory, id);
  return outage !== undefined || (endedAtMs !== undefined && endedAtMs > startedAtMs);
}

function foldForced(tick: Tick, ups: SiteUps, before: SupplyState, sample: Sample): void {
  const id = ups.id;
  if (!sample.forced) {
    if (before.forced || before.latched) setSupply(tick, id, { forced: false, latched: false });
    clear(tick, 'forced-shutdown', { ups: id });
    return clear(tick, 'forced-shutdown-latched', { ups: id });
  }
  const remembered = supplyMemory(tick.memory, id).faults.some((fault) => fault.code === 'forced-shutdown');
  const firstContact = before.sample === undefined && !remembered && supplyMemory(tick.memory, id).outage === undefined;
  if (sample.saysBattery || (!firstContact && !before.latched)) {
    setSupply(tick, id, { forced: true, latched: false });
    raise(tick, { event: 'fault', code: 'forced-shutdown', ups: id, say: `${id} announces a forced shutdown: everything on it goes` });
  } else {
    setSupply(tick, id, { latched: true });
    raise(tick, {
      event: 'fault',
      code: 'forced-shutdown-latched',
      ups: id,
      say: `${id} shows a forced shutdown from before, and no battery: nothing is shed for it; restart upsd (or cure the firmware), its return is held back meanwhile`,
    });
  }
}

/** For how long nobody may have looked before this life of the service; of another boot nobody knows. */
const unseenMs = ({ memory: { diedMs }, nowMs }: Tick): number => nowMs - (diedMs ?? Number.NEGATIVE_INFINITY);

function believeBattery(tick: Tick, ups: SiteUps, sample: Sample | undefined, unseen?: number): void {
  const state = supplyOf(tick, ups.id);
  const known = sample === undefined && tick.counted.has(ups.id);
  const { load, steppedDown } = known ? { load: state.load, steppedDown: false } : countLoad(tick, ups, sample);
  const setting = batterySetting(ups, state);
  const draining = sample === undefined ? state.draining : sample.line === 'battery';
  const moment: BatteryMoment = {
    nowMs: tick.nowMs,
    draining,
    silent: !isFresh(ups, state, tick.nowMs),
    watts: state.load.watts > 0 ? state.load.watts : load.watts,
    steppedDown,
    steppedAtMs: load.steppedAtMs,
    unseenMs: unseen,
  };
  const remembered = state.battery.atMs === undefined ? rememberedBattery(tick, ups.id) : withPast(tick, ups.id, state.battery);
  const moved = advance(remembered, setting, moment);
  const battery = sample === undefined ? moved : absorb(moved, setting, { ...moment, watts: load.watts }, sample);
  setSupply(tick, ups.id, { load, battery });
}

/** Once a tick, after all inputs: who is on battery, heard or not, and since when. */
export function believeSupplies(tick: Tick): void {
  for (const ups of tick.site.supplies.values()) {
    believeLine(tick, ups);
    believeBattery(tick, ups, undefined);
    keepBelief(tick, ups.id);
  }
}

function believeLine(tick: Tick, ups: SiteUps): void {
  const before = supplyOf(tick, ups.id);
  const fresh = isFresh(ups, before, tick.nowMs);
  if (before.heardAtMs !== undefined && fresh) tick.askAgain(before.heardAtMs + staleMsOf(ups, before) + 1);
  if (!fresh) sayBlind(tick, ups, before);
  const draining = fresh ? drainsByWord(tick, ups, before) : drainsBlind(tick, ups, before);
  // Blind is not over: a floor that was reached stays until mains is heard.
  const ended = fresh && !draining && before.sample?.line === 'mains';
  const blindly = draining && !before.draining && !fresh;
  changeSupply(tick, ups.id, {
    line: lineOf(tick, ups.id, before, spokenLine(fresh ? before.sample : undefined, draining)),
    draining,
    battery: blindly ? drainedSince(before) : supplyOf(tick, ups.id).battery,
    batterySinceMs: draining ? (before.batterySinceMs ?? beganAt(tick, ups.id, before, fresh)) : undefined,
    floor: ended && !before.forced ? undefined : before.floor,
  });
  trackOutage(tick, ups, ended);
  if (before.forced && ended && before.steadySinceMs !== undefined) agedForced(tick, ups, before.steadySinceMs);
}

/** Most ticks change nothing of it. */
function changeSupply(tick: Tick, id: UpsId, to: Pick<SupplyState, 'line' | 'draining' | 'battery' | 'batterySinceMs' | 'floor'>): void {
  const is = supplyOf(tick, id);
  const same = is.line === to.line && is.draining === to.draining && is.battery === to.battery;
  if (same && is.batterySinceMs === to.batterySinceMs && is.floor === to.floor) return;
  tick.supplies.set(id, { ...is, ...to });
}

/** It drains from when the link was lost, whenever that came to be believed (safety case, section 3). */
function drainedSince({ battery, heardAtMs }: SupplyState): Battery {
  return battery.atMs === undefined || heardAtMs === undefined ? battery : { ...battery, atMs: Math.min(battery.atMs, heardAtMs) };
}

/** By its last look, where that is of now. */
function spokenLine(sample: Sample | undefined, draining: boolean): Line {
  if (sample === undefined) return 'unknown';
  return draining ? 'battery' : sample.line;
}

function beganAt(tick: Tick, id: UpsId, state: SupplyState, fresh: boolean): number {
  const remembered = supplyMemory(tick.memory, id).outage?.beganAtMs;
  return remembered ?? (fresh ? state.sample?.takenAtMs : state.heardAtMs) ?? tick.nowMs;
}

/** On battery by its own word; a test on battery with a witness for mains is none, for a while. */
function drainsByWord(tick: Tick, ups: SiteUps, state: SupplyState): boolean {
  const { sample, excusedSinceMs } = state;
  if (sample?.line !== 'battery') return false;
  if (excusedSinceMs === undefined || sample.lowBattery || sample.forced) return true;
  const witness = others(tick, ups.id).some(
    (other) => isFresh(other, supplyOf(tick, other.id), tick.nowMs) && supplyOf(tick, other.id).line === 'mains',
  );
  const until = excusedSinceMs + LONGEST_TEST_MS;
  return !witness || tick.nowMs > until;
}

/** Battery, and a word beside it that may be why. */
const isExcused = ({ testing, alarms }: Sample): boolean => testing || alarms.has('bypass');

/** Silence: what its last words mean, and what others show (README decision 5). */
function drainsBlind(tick: Tick, ups: SiteUps, state: SupplyState): boolean {
  if (state.draining) return true;
  if (stoodStill(tick)) return false;
  if (state.heardAtMs === undefined) return drainsUnheard(tick, ups);
  const seenAtMs = state.lastBatteryAtMs ?? batteryBeforeUs(tick, ups.id);
  const sawBattery = seenAtMs !== undefined && state.heardAtMs - seenAtMs <= BATTERY_LINGERS_MS;
  if (sawBattery || ups.blindOnMains === 'shed') return true;
  return outageWitnessed(tick, ups.id, state.heardAtMs);
}

/**
 * Not heard since the start: an outage that stood then stands; so does one that had ended within the minute before, and what others
 * tell of.
 */
function drainsUnheard(tick: Tick, ups: SiteUps): boolean {
  if (supplyMemory(tick.memory, ups.id).outage !== undefined) return true;
  // It has as long to answer as between two looks.
  const until = tick.startedAtMs + staleMsOf(ups, supplyOf(tick, ups.id));
  if (tick.nowMs <= until) {
    tick.askAgain(until + 1);
    return false;
  }
  const endedAtMs = batteryBeforeUs(tick, ups.id);
  const endedJustBefore = endedAtMs !== undefined && tick.startedAtMs - endedAtMs <= BATTERY_LINGERS_MS;
  return endedJustBefore || outageWitnessed(tick, ups.id, tick.startedAtMs);
}

/** The last that a life of the service before this one saw of battery; of another boot nobody knows how long ago that was. */
function batteryBeforeUs({ memory }: Tick, id: UpsId): number | undefined {
  const { endedAtMs } = supplyMemory(memory, id);
  const { rebootedAtMs = Number.NEGATIVE_INFINITY } = memory;
  return endedAtMs !== undefined && endedAtMs > rebootedAtMs ? endedAtMs : undefined;
}

/** Believed on battery, heard or not: their outage is not over, whatever another UPS tells of the mains of now. */
export function drainingSupplies(scene: Scene): readonly UpsId[] {
  return [...scene.site.supplies.keys()].filter((id) => supplyOf(scene, id).draining);
}

/** On battery, as far as the mains of now go: one that fell silent with that word says nothing of them while another is heard on mains. */
export function onBatteryNow(scene: Scene): readonly UpsId[] {
  const all = [...scene.site.supplies.values()].map((ups) => ({ id: ups.id, state: supplyOf(scene, ups.id), ups }));
  const heard = all.filter(({ ups, state }) => isFresh(ups, state, scene.nowMs));
  const mains = heard.some(({ state }) => state.line === 'mains' && !state.forced);
  return (mains ? heard : all).filter(({ state }) => state.draining).map(({ id }) => id);
}

function sayBlind(tick: Tick, ups: SiteUps, state: SupplyState): void {
  const since = state.heardAtMs ?? tick.startedAtMs;
  if (state.blindSaid) return;
  if (tick.nowMs - since < ALARM_AFTER_MS) return tick.askAgain(since + ALARM_AFTER_MS);
  const last = state.sample?.line === 'mains' || state.sample?.line === 'battery' ? state.sample.line : 'unknown';
  const why = state.lastFault === undefined ? {} : { why: state.lastFault.detail };
  tick.emit({ event: 'blind', ups: ups.id, silentSeconds: Math.round((tick.nowMs - since) / 1000), last, ...why });
  setSupply(tick, ups.id, { blindSaid: true });
}

function trackOutage(tick: Tick, ups: SiteUps, ended: boolean): void {
  const { outage } = supplyMemory(tick.memory, ups.id);
  const { draining } = supplyOf(tick, ups.id);
  if (draining && outage === undefined) outageBegins(tick, ups);
  else if (ended && outage !== undefined) outageEnds(tick, ups, outage);
  if (draining) sayItStands(tick, ups);
}

const silentNow = (tick: Tick, ups: SiteUps): { readonly silent?: true } =>
  isFresh(ups, supplyOf(tick, ups.id), tick.nowMs) ? {} : { silent: true };

/** An outage is told to a person once it is no blip, also one in which nothing needs to be shed. */
function sayItStands(tick: Tick, ups: SiteUps): void {
  const { outage } = supplyMemory(tick.memory, ups.id);
  const { batterySinceMs } = supplyOf(tick, ups.id);
  if (outage === undefined || outage.stands || batterySinceMs === undefined) return;
  const lasted = tick.nowMs - batterySinceMs;
  if (lasted < tick.site.policy.ignoreBlipsSeconds * 1000) return;
  const left = toldRuntimeLeft(tick, ups);
  const runtimeSeconds = left === undefined ? null : Math.round(left);
  tick.emit({ event: 'outage-stands', ups: ups.id, seconds: Math.round(lasted / 100) / 10, runtimeSeconds, ...silentNow(tick, ups) });
}

/** Whether another UPS is heard that has an outage, too. */
function toldByAnother(tick: Tick, id: UpsId): boolean {
  return others(tick, id).some(
    (other) => supplyMemory(tick.memory, other.id).outage !== undefined && isFresh(other, supplyOf(tick, other.id), tick.nowMs),
  );
}

function outageBegins(tick: Tick, ups: SiteUps): void {
  clear(tick, 'battery-not-trusted', { ups: ups.id });
  tick.emit({ event: 'outage-began', ups: ups.id, up: upOnMainsAlone(tick), anew: begunAnewBy(tick, ups.id), ...silentNow(tick, ups) });
  for (const [id, rig] of tick.rigs) if (rig.admitted && rig.phase !== 'waking') tick.rigs.set(id, { ...rig, admitted: false });
}

function outageEnds(tick: Tick, ups: SiteUps, { beganAtMs, stands }: NonNullable<SupplyMemory['outage']>): void {
  const seen = tick.startedAtMs <= beganAtMs || supplyOf(tick, ups.id).lastBatteryAtMs !== undefined;
  const seconds = (tick.nowMs - beganAtMs) / 1000;
  const blip = seen && stands !== true && seconds < tick.site.policy.ignoreBlipsSeconds;
  tick.emit({
    event: 'outage-ended',
    ups: ups.id,
    seconds: seen ? Math.round(seconds * 10) / 10 : null,
    blip,
    anew: begunAnewBy(tick, ups.id),
    ...(supplyOf(tick, ups.id).line === 'unknown' && { line: 'unknown' }),
  });
  if (!toldByAnother(tick, ups.id)) tick.dryRuns.clear();
}

/**
 * Rigs without a UPS that were up when the grid went: they go dark with it and are owed a return. The first UPS may have told
 * of its breaker alone, and who came up since is told by the next.
 */
function upOnMainsAlone(tick: Tick): string[] {
  const bare = [...tick.site.rigs.values()].filter((rig) => onMainsAlone(tick.site, rig));
  return bare.filter(({ id }) => !isOwed(rememberedRig(tick, id).owed) && wasUp(tick, id)).map(({ id }) => id);
}

/** Up by the last that was seen of it; a rig that can't be asked counts as up while it is not cut. */
export function wasUp(scene: Scene, id: string): boolean {
  const rig = scene.site.rigs.get(id);
  const state = rigOf(scene, id);
  if (rig?.can.read === false) return state.phase !== 'dark';
  // Its phase follows what is seen in calm; a rig that a person wants down at once has none yet.
  const answers = rig !== undefined && state.reading !== undefined && state.silentSinceMs === undefined;
  const hashes = answers && hashingProof(rig, state.reading) !== undefined;
  const { owed, up } = rememberedRig(scene, id);
  // Asleep when it was held down, and not by us: its phase stays so when a reboot or somebody wakes it.
  if (state.phase === 'paused' && owed === undefined && hashes) return true;
  if (state.phase !== 'unknown') return state.phase === 'hashing' || state.phase === 'waking';
  return up === true || hashes;
}

/**
 * A forced shutdown that outlives `doubtMinutes` of steady mains is a latch: the farm does not stay down for it. Mains that
 * were steady before it came say nothing of it.
 */
function agedForced(tick: Tick, ups: SiteUps, steadySinceMs: number): void {
  const came = supplyMemory(tick.memory, ups.id).faults.filter(({ code }) => code === 'forced-shutdown');
  const until = Math.max(steadySinceMs, ...came.map(({ sinceMs }) => sinceMs)) + tick.site.restore.doubtMinutes * 60_000;
  if (tick.nowMs < until) return tick.askAgain(until);
  setSupply(tick, ups.id, { forced: false, latched: true });
  clear(tick, 'forced-shutdown', { ups: ups.id });
  raise(tick, {
    event: 'fault',
    code: 'forced-shutdown-latched',
    ups: ups.id,
    say: `${ups.id} still shows a forced shutdown after ${tick.site.restore.doubtMinutes} min of mains: its rigs return all the same; restart upsd`,
  });
}
