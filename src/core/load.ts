// What a supply carries: counted from what is known of its rigs, checked against what the UPS measures.
import { MAINS, type UpsId } from '../model/id.ts';
import type { Rig, RigReading } from '../model/rig.ts';
import type { SiteUps } from '../model/site.ts';
import type { Sample } from './gate.ts';
import { LIMIT_FALLS_SECONDS, standingLimit } from './limited.ts';
import type { ByMains, Load, RigState, SupplyState, Told } from './state.ts';
import { rememberedRig, rigOf, rigsOn, type Scene, supplyOf } from './tick.ts';

/** Watts in a reading older than this say nothing of now. */
const WATTS_LAST_MS = 120_000;
/** A rig's own word never shrinks what is counted below this share of its plate (safety case, F28). */
const LEAST_SHARE = 0.7;
/** The UPS's figure follows a step with the lag of its own averaging and of the poll. */
const LOAD_SETTLES_MS = 30_000;
const STEP_SHARE = 0.02;
const MEASURED_STEP_SHARE = 0.1;
/** One that has begun, or is unknown, for longer is taken to draw what the UPS shows: it may be broken for good. */
const UNSURE_MS = 600_000;
/** A figure that flickers does not rise. */
const RISE_SHARE = 0.05;

/** Whether a rig is proven to draw no more than standby: seen paused after we asked, or behind open switches. */
export function isDown(state: RigState): boolean {
  return state.phase === 'dark' || isPaused(state);
}

/** Seen quiet, and not heard to the contrary since; its switch may be opening. */
function isPaused(state: RigState): boolean {
  return state.phase === 'paused' || (state.phase === 'cutting' && state.stop?.confirmedAtMs !== undefined);
}

/** The last reading of a rig while its watts still say something of now. */
export function freshReading({ reading }: RigState, nowMs: number): RigReading | undefined {
  return reading !== undefined && nowMs - reading.takenAtMs <= WATTS_LAST_MS ? reading : undefined;
}

/** W that a rig is counted with. Without proof it counts as drawing until its switch is open (README decision 9). */
export function drawOf(rig: Rig, state: RigState, nowMs: number): number {
  if (state.phase === 'dark') return 0;
  const fresh = freshReading(state, nowMs)?.watts;
  if (isPaused(state)) return Math.min(fresh ?? rig.pausedWatts, rig.watts);
  // Limited, and its watts have fallen as far: it is counted with no less than the limit, and without a word of its own as ever.
  if (state.limitShown !== undefined && fresh !== undefined) return Math.max(fresh, Math.min(state.limitShown, LEAST_SHARE * rig.watts));
  return Math.max(fresh ?? rig.watts, LEAST_SHARE * rig.watts);
}

/** W that go when a rig goes; what its standby keeps drawing stays. */
export function savingOf(rig: Rig, state: RigState, nowMs: number): number {
  return Math.max(0, drawOf(rig, state, nowMs) - rig.pausedWatts);
}

/** What a rig is taken to draw while up, for a projection: its last measured watts, else its plate. */
export function upWattsOf(rig: Rig, state: RigState): number {
  return Math.max(state.lastHashing?.watts ?? rig.watts, LEAST_SHARE * rig.watts);
}

/** W that go when a rig goes, by what it drew at work, or by the limit that its watts have fallen to: one that winds down is still counted so. */
export function leavingOf(rig: Rig, state: RigState): number {
  return Math.max(0, Math.min(upWattsOf(rig, state), state.limitShown ?? Number.POSITIVE_INFINITY) - rig.pausedWatts);
}

/** What mains carry of a rig that hangs on them as well: as much as any other of its supplies. */
function partByMains({ fedBy }: Rig): number {
  return fedBy.includes(MAINS) ? 1 / fedBy.length : 0;
}

/** What other UPSes carry of a rig that hangs on several. */
function partByOthers({ fedBy }: Rig): number {
  const upses = fedBy.filter((id) => id !== MAINS).length;
  return upses > 1 ? 1 - 1 / upses : 0;
}

/** The part of a rig's watts that its UPS is rid of on battery, when the rig goes. */
export function partOnUps(load: Load, rig: Rig): number {
  return load.byMains?.grid === 'stays' ? 1 - partByMains(rig) : 1;
}

/** W that a UPS is rid of on battery, when the rig goes; `wattsOf`: what the rig itself is taken to draw less then. */
export function freedWatts(scene: Scene, ups: UpsId, rig: Rig, wattsOf: typeof savingOf = savingOf): number {
  const { load } = supplyOf(scene, ups);
  return load.scale * partOnUps(load, rig) * wattsOf(rig, rigOf(scene, rig.id), scene.nowMs);
}

/** W that the UPS has to carry when the grid is gone. */
export function outageWatts({ load }: SupplyState): number {
  return load.watts + (load.byMains?.grid === 'calm' ? load.byMains.watts : 0);
}

/** W that a rig took along so lately that the UPS may not show it yet; 0 where it does. */
export function unshownOf(scene: Scene, rig: Rig, { told }: Load): number {
  const state = rigOf(scene, rig.id);
  const leftAtMs = leftAt(state);
  if (leftAtMs === undefined || scene.nowMs - leftAtMs > LOAD_SETTLES_MS) return 0;
  return told?.roseAtMs !== undefined && leftAtMs <= told.roseAtMs ? 0 : tookOf(scene, rig, state);
}

/** W that one took along that is quiet: its reading shows no limit any more, what is remembered does. */
function tookOf(scene: Scene, rig: Rig, state: RigState): number {
  const limited = standingLimit(rememberedRig(scene, rig.id));
  return leavingOf(rig, limited?.shown === undefined ? state : { ...state, limitShown: limited.watts });
}

/** When a rig that we took down was seen quiet, or its switch opened; undefined of one that slept already. */
function leftAt(state: RigState): number | undefined {
  const { stop, sinceMs } = state;
  if (stop === undefined || !isDown(state)) return undefined;
  if (stop.confirmedAtMs === undefined) return sinceMs;
  return stop.confirmedAtMs > stop.askedAtMs ? stop.confirmedAtMs : undefined;
}

/** A figure that rises is a new one, however slowly it follows on the way down. */
function toldBy(before: Told | undefined, { overload, loadWatts, takenAtMs }: Sample): Told {
  const low = before?.lowWatts;
  const rose =
    (overload && before?.overload !== true) || (low !== undefined && loadWatts !== undefined && loadWatts > (1 + RISE_SHARE) * low);
  const lowWatts = rose || low === undefined ? (loadWatts ?? low) : Math.min(low, loadWatts ?? low);
  const roseAtMs = rose ? takenAtMs : before?.roseAtMs;
  return { overload, lowWatts, roseAtMs };
}

/**
 * The load of a supply at this tick. In calm the measured load fits base and scale; on battery they stand, and a load
 * measured above what is counted is believed once the UPS has had time to follow. Before the first fit there is nothing
 * better than what is measured: a rig that is seen dark for the first time is no step of the load.
 */
export function countLoad(scene: Scene, ups: SiteUps, fresh: Sample | undefined): { readonly load: Load; readonly steppedDown: boolean } {
  const before = supplyOf(scene, ups.id).load;
  const { grid, counted } = countCarried(scene, ups, fresh);
  const rigs = counted.draws;
  const measured = measuredOf(fresh, rigs);
  const seen = allSeen(scene, counted);
  const step = stepOf(scene, before, counted, measured);
  const settled = step.steppedAtMs === undefined || scene.nowMs - step.steppedAtMs > LOAD_SETTLES_MS;
  const anew = measured !== undefined && (settled || before.fitted !== true);
  const fit = anew ? fitTo(scene, ups, { rigs, unsure: counted.unsure, unseen: counted.unseen, measured }) : fitBefore(ups, before);
  const { baseWatts, scale, extraWatts } = fit;
  const accounted = baseWatts + scale * rigs + extraWatts;
  const stayed = anew ? undefined : measured === undefined ? before.stayedWatts : stayedWatts(scene, ups, { measured, accounted });
  const load: Load = {
    baseWatts,
    scale,
    extraWatts,
    watts: accounted + (stayed ?? 0),
    stayedWatts: stayed,
    signature: step.signature,
    measuredWatts: step.measuredWatts,
    fitted: before.fitted === true || (anew && seen) ? true : undefined,
    steppedAtMs: step.steppedAtMs,
    seen: before.seen ?? seen,
    byMains: counted.byMains > 0 ? { grid, watts: scale * counted.byMains } : undefined,
    told: fresh === undefined ? before.told : toldBy(before.told, fresh),
  };
  return { load, steppedDown: step.steppedDown };
}

/** Nothing at all, with rigs on it that are taken to draw, is no figure to fit to. */
const measuredOf = (fresh: Sample | undefined, rigs: number): number | undefined =>
  fresh?.loadWatts === 0 && rigs > 0 ? undefined : fresh?.loadWatts;

/** Or they had the time to answer. */
function allSeen({ nowMs, startedAtMs }: Scene, { unseen }: Counted): true | undefined {
  return !unseen || nowMs - startedAtMs >= LOAD_SETTLES_MS || undefined;
}

interface Carried {
  readonly grid: ByMains['grid'];
  /** without what mains carry */
  readonly counted: Counted;
}

/**
 * What the UPS carries of its rigs. A rig on mains as well draws but a part from it while they are there, and all of it from
 * the first word of battery on: the UPS's own figure shows that late, and a load that is counted too low makes a good battery
 * look worn. Where that figure, settled, has not risen, mains are there still.
 */
function countCarried(scene: Scene, ups: SiteUps, fresh: Sample | undefined): Carried {
  const { load, draining } = supplyOf(scene, ups.id);
  const whole = countRigs(scene, ups.id);
  const part = { ...whole, draws: whole.draws - whole.byMains, plates: whole.plates - whole.platesByMains };
  const onBattery = fresh === undefined ? draining : fresh.line === 'battery';
  if (!onBattery) return { grid: 'calm', counted: part };
  const between = load.baseWatts + load.scale * (part.draws + whole.byMains / 2);
  const settled = load.steppedAtMs === undefined || scene.nowMs - load.steppedAtMs > LOAD_SETTLES_MS;
  const measured = load.fitted === true ? fresh?.loadWatts : undefined;
  const was = load.byMains?.grid === 'stays' ? 'stays' : 'gone';
  const shows = measured === undefined || whole.byMains === 0 ? was : measured > between ? 'gone' : settled ? 'stays' : was;
  // The first word of battery comes as a step, whatever was measured in calm.
  const grid = load.byMains?.grid === 'calm' ? 'gone' : shows;
  return { grid, counted: grid === 'gone' ? whole : part };
}

type Fit = Pick<Load, 'baseWatts' | 'scale' | 'extraWatts'>;

function fitBefore(ups: SiteUps, { baseWatts, scale, extraWatts }: Load): Fit {
  return { baseWatts: ups.baseWatts ?? baseWatts, scale, extraWatts };
}

interface Measured {
  /** W */
  readonly measured: number;
  /** W the rigs are counted with, and so much of it with those of which nobody knows whether they draw it */
  readonly rigs: number;
  readonly unsure: number;
  /** of one of them nothing is known yet */
  readonly unseen: boolean;
}

function fitTo(scene: Scene, ups: SiteUps, at: Measured): Fit {
  const { draining, load } = supplyOf(scene, ups.id);
  const before = fitBefore(ups, load);
  const was = load.fitted === true;
  // Less than if none of them drew: so none of them does.
  const rigs = was && at.measured < leastOf(before, at) ? at.rigs - at.unsure : at.rigs;
  const { baseWatts, scale } = was && (draining || explains(before, at)) ? before : fitted(ups, rigs, at);
  return { baseWatts, scale, extraWatts: Math.max(0, at.measured - (baseWatts + scale * at.rigs)) };
}

function fitted(ups: SiteUps, rigs: number, at: Measured): Omit<Fit, 'extraWatts'> {
  const { measured } = at;
  const baseWatts = ups.baseWatts ?? Math.max(0, measured - rigs);
  // Before all were seen there is nothing better than what is measured.
  if (!at.unseen && explains({ baseWatts, scale: 1 }, at)) return { baseWatts, scale: 1 };
  return { baseWatts, scale: rigs > 0 ? Math.min(1, Math.max(LEAST_SHARE, (measured - baseWatts) / rigs)) : 1 };
}

/**
 * What rigs draw of which nobody knows whether they do accounts for what is measured: it tells nothing of all else. Rigs that boot asleep
 * are counted as drawing; fitted to that, what hangs beside them would be next to nothing in an outage that comes as they wake.
 */
function explains(fit: Omit<Fit, 'extraWatts'>, at: Measured): boolean {
  return at.unsure > 0 && at.measured >= leastOf(fit, at) && at.measured <= fit.baseWatts + fit.scale * at.rigs;
}

/** W where none of them draws. */
const leastOf = ({ baseWatts, scale }: Omit<Fit, 'extraWatts'>, { rigs, unsure }: Measured): number => baseWatts + scale * (rigs - unsure);

/**
 * A rig on two UPSes is counted whole on each, as each may have to carry it. Where another carried its part, what else hangs on
 * this one was fitted too low by that much, and this one is rid of less when the rig goes. So far, and no further, a figure above
 * what is counted is believed before it has settled: else the battery seems to last longer, and its charge to fall too fast.
 */
function stayedWatts(scene: Scene, ups: SiteUps, at: { readonly measured: number; readonly accounted: number }): number | undefined {
  const { load } = supplyOf(scene, ups.id);
  let most = 0;
  for (const rig of rigsOn(scene.site, ups.id)) {
    const state = rigOf(scene, rig.id);
    if (leftAt(state) !== undefined) most += partByOthers(rig) * leavingOf(rig, state);
  }
  const stayed = Math.min(at.measured - at.accounted, load.scale * most - load.extraWatts);
  return stayed > 0 ? stayed : undefined;
}

type LoadStep = Pick<Load, 'signature' | 'steppedAtMs' | 'measuredWatts'> & { readonly steppedDown: boolean };

/** Whether the load takes a step now: by what our rigs do, or by what the UPS measures. */
function stepOf(scene: Scene, before: Load, { plates: signature, onTheWay }: Counted, measured: number | undefined): LoadStep {
  // A rig that is seen for the first time may have been so for long: the load takes no step by that.
  const own = before.seen === true && Math.abs(signature - before.signature) > STEP_SHARE * Math.max(signature, before.signature, 1);
  const last = before.measuredWatts;
  // Against the load at the last step, not at the last sample: a rig that ramps down does so in many small ones.
  const seen = measured !== undefined && last !== undefined && Math.abs(measured - last) > MEASURED_STEP_SHARE * Math.max(last, 1);
  const first = before.signature === 0;
  const steppedAtMs = (own || seen || onTheWay) && !first ? scene.nowMs : before.steppedAtMs;
  const measuredWatts = seen || last === undefined ? (measured ?? last) : last;
  return {
    signature,
    steppedDown: !first && (signature < before.signature || (seen && measured < last)),
    steppedAtMs,
    measuredWatts,
  };
}

interface Counted {
  /** W the rigs are counted with */
  readonly draws: number;
  /** by plates and phases alone: changes when a rig changes, not when its meter flickers; 1 and up */
  readonly plates: number;
  /** W of `draws` that mains carry while they are there, and the same by plates */
  readonly byMains: number;
  readonly platesByMains: number;
  /** a pause was asked for and is not seen yet: the load falls any moment, and the UPS's runtime follows late */
  readonly onTheWay: boolean;
  /** of one of them nothing is known yet: it is counted with its plate and may be dark */
  readonly unseen: boolean;
  /** W of `draws` that they may not draw, less what mains carry */
  readonly unsure: number;
}

function countRigs(scene: Scene, ups: UpsId): Counted {
  let draws = 0;
  let plates = 1;
  let byMains = 0;
  let platesByMains = 0;
  let onTheWay = false;
  let unseen = false;
  let unsure = 0;
  for (const rig of rigsOn(scene.site, ups)) {
    const state = rigOf(scene, rig.id);
    const draw = drawOf(rig, state, scene.nowMs);
    const plate = state.phase === 'dark' ? 0 : isPaused(state) ? rig.pausedWatts : Math.min(state.limitShown ?? rig.watts, rig.watts);
    const part = partByMains(rig);
    draws += draw;
    plates += plate;
    byMains += part * draw;
    platesByMains += part * plate;
    onTheWay ||= isPausing(rig, state, scene.nowMs) || isLimiting(state, scene.nowMs);
    unseen ||= state.phase === 'unknown';
    unsure += (1 - part) * unsureOf(draw, state, scene.nowMs);
  }
  return { draws, plates, byMains, platesByMains, onTheWay, unseen, unsure };
}

/** W that a rig is counted with and may not draw: it wakes, nothing is known of it of late, or it has just begun and tells of less, or nothing. */
function unsureOf(draw: number, state: RigState, nowMs: number): number {
  const { phase, sinceMs } = state;
  if (phase === 'waking') return draw;
  if (nowMs - sinceMs >= UNSURE_MS) return 0;
  if (phase === 'unknown') return draw;
  return phase === 'hashing' ? Math.max(0, draw - (freshReading(state, nowMs)?.watts ?? 0)) : 0;
}

function isPausing(rig: Rig, { phase, stop }: RigState, nowMs: number): boolean {
  return phase === 'pausing' && stop?.beganAtMs !== undefined && nowMs - stop.beganAtMs <= rig.graceSeconds * 1000;
}

function isLimiting({ phase, limiting, limitShown }: RigState, nowMs: number): boolean {
  if (phase !== 'hashing' || typeof limiting?.watts !== 'number' || limiting.fault !== undefined || limitShown !== undefined) return false;
  return nowMs - limiting.toldAtMs <= LIMIT_FALLS_SECONDS * 1000;
}

/**
 * Whether any rig on it was seen drawing, and nothing since that it does no more: a load of 0 is then a lie, also while nobody answers.
 * On battery one that has its power and can't be asked counts as drawing, too: were it not so, nothing would hang on what is counted.
 */
export function rigsDraw(scene: Scene, ups: UpsId): boolean {
  return rigsOn(scene.site, ups).some((rig) => {
    const state = rigOf(scene, rig.id);
    if (!rig.can.read) return supplyOf(scene, ups).draining && !isDown(state);
    if (state.phase === 'hashing' && freshReading(state, scene.nowMs) !== undefined) return true;
    return state.lastHashing !== undefined && state.phase !== 'waking' && !isDown(state);
  });
}
