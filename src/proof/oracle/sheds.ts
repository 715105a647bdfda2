// What must hold of the policy: nobody leaves without an outage that was believed long enough (I-04), the worst earner
// leaves first (I-02), and nobody leaves whom the battery would have carried (I-12).
import type { RigId, UpsId } from '../../model/id.ts';
import type { Rig } from '../../model/rig.ts';
import type { Reason } from '../../model/step.ts';
import { secondsLeft } from '../../sim/battery.ts';
import type { SimSiteOrder } from '../../sim/site.ts';
import { BY_WORTH, pausesOf, rigsNamed } from './acts.ts';
import { at, type Case, rigsBehind } from './case.ts';
import { outageSince, timed } from './known.ts';

/** Rules of the policy; those of the floor do not wait for a blip. */
const WAITS_FOR_A_BLIP = new Set([...BY_WORTH, 'runtime-unknown', 'shed-in-this-outage']);
/** By the hazards of the usual grid (shedding policy, section 5). */
const RESTARTS_WEIGH_MS = 300_000;
const URGENT = new Set(['low-battery', 'forced-shutdown']);
/** Ranks follow measured watts, which flicker. */
const WORTH_MARGIN = 0.1;
/** A charge is told in whole percents, a runtime in whole seconds, both a poll late. */
const RUNTIME_MARGIN = { factor: 1.15, seconds: 15 } as const;
const TICK_MS = 10;
/** The floor stands at 1.25 times the longest stop and 30 s, or where the UPS flags low battery (shedding policy, section 6): so many times that is near. */
const FLOOR = { ofStop: 1.25, seconds: 30, times: 3 } as const;
/** Those whose stops take as long, to so many s, leave together (core/plan-walk.ts). */
const LIKE_STOPS_SECONDS = 8;

export function shedWithoutOutage(all: Case): readonly string[] {
  const blipMs = all.site.site.policy.ignoreBlipsSeconds * 1_000;
  return pausesOf(all).flatMap(({ rig, atMs, rule, facts }) => {
    const ups = String(facts['ups']);
    if (facts['person'] === true || !(WAITS_FOR_A_BLIP.has(rule) || URGENT.has(rule))) return [];
    if (rule === 'forced-shutdown') return [];
    const since = outageSince(all, ups, atMs);
    // A supply that is told to shut down goes on mains as well, and what hangs on two names one of them.
    if (since === undefined && all.records.some((record) => record['code'] === 'forced-shutdown' && record.monoMs <= atMs)) return [];
    if (since === undefined) return [`I-04 ${rig.id} was asked to pause ${at(atMs)} by ${rule}, and there was no outage of ${ups}`];
    // Of one that was lost without a word the outage counts from when it was last heard, and is journaled later.
    const told = saysTheTruth(all, ups) && all.interrupted === false;
    const early = told && !URGENT.has(rule) && atMs - since < blipMs - TICK_MS;
    return early ? [`I-04 ${rig.id} was asked to pause ${at(atMs)} by ${rule}, ${atMs - since} ms into a blip`] : [];
  });
}

/** Whatever it tells of its battery, if anything: what it says of its line is so. */
function saysTheTruth(all: Case, ups: string): boolean {
  return all.troubles !== undefined && timed(all, ['ups', 'forced-shutdown']).every(({ on }) => on !== ups);
}

/** Of two rigs on the same supplies the worse leaves first: while it hashes, the better one is not asked. */
export function shedOutOfOrder(all: Case): readonly string[] {
  return pausesOf(all)
    .filter(({ rule }) => BY_WORTH.has(rule))
    .flatMap(({ rig, atMs, rule, facts }) => {
      const named = rigsNamed(all, atMs);
      const since = outageSince(all, String(facts['ups']), atMs);
      // Later the lights are not so likely to come back that a restart weighs much.
      const byRestarts = rule === 'not-worth-its-energy' && (since === undefined || atMs - since < RESTARTS_WEIGH_MS);
      if (named.has('all') || !isFree(all, rig, atMs)) return [];
      return (
        [...all.site.site.rigs.values()]
          // Whoever can be limited is weighed by its points.
          .filter((other) => other.limits === undefined && rig.limits === undefined)
          .filter((other) => other.fedBy.join() === rig.fedBy.join() && earnsLess(other, rig))
          .filter((other) => !byRestarts || losesAlike(all, other, rig))
          .filter((other) => rule !== 'not-worth-its-energy' || !isToldForTheFloor(all, other, rig, facts['runtimeSeconds']))
          .filter((other) => !named.has(rig.id) && !named.has(other.id) && isFree(all, other, atMs) && hashesOn(all, other.id, atMs))
          .map((other) => `I-02 ${rig.id} was asked to pause ${at(atMs)}, and ${other.id}, which earns less per watt, was not`)
      );
    });
}

/**
 * Near the floor a plan tells each in time to be down by it: of two whose stops take unlike times the slow one is told sooner, or is passed
 * over where it can't be down in time.
 */
function isToldForTheFloor({ site }: Case, worse: Rig, better: Rig, runtimeSeconds: unknown): boolean {
  const stops = [...site.site.rigs.values()].map(({ graceSeconds, coolDownSeconds }) => graceSeconds + coolDownSeconds);
  const near = FLOOR.times * (FLOOR.ofStop * Math.max(...stops) + FLOOR.seconds);
  const unlike = Math.abs(better.graceSeconds - worse.graceSeconds) > LIKE_STOPS_SECONDS;
  return unlike && typeof runtimeSeconds === 'number' && runtimeSeconds < near;
}

/** A stop costs both the same of what they earn: a contact that opens as well makes it more. */
function losesAlike({ site }: Case, one: Rig, other: Rig): boolean {
  const cut = ({ cutBy }: Rig): boolean => cutBy.length > 0;
  const { cutPaused } = site.site.policy;
  return cutPaused === 'at-floor' || (cut(one) === cut(other) && (cutPaused === 'always' || !cut(one)));
}

/** By the watts that it draws, and by those that go when it sleeps. */
function earnsLess(one: Rig, other: Rig): boolean {
  const perDay = ({ reward }: Rig): number => reward?.perDay ?? 0;
  const less = (watts: (rig: Rig) => number): boolean => perDay(one) * watts(other) < (1 - WORTH_MARGIN) * perDay(other) * watts(one);
  return less(({ watts }) => watts) && less(({ watts, pausedWatts }) => Math.max(1, watts - pausedWatts));
}

/** It can be asked, with all behind its contacts: whose contact another hangs on that can't is weighed with that one. Nothing was wrong with it. */
function isFree(all: Case, rig: Rig, ms: number): boolean {
  const together = [rig, ...rig.cutBy.flatMap((id) => rigsBehind(all, id))];
  if (!together.every(({ can }) => can.pause)) return false;
  return all.troubles === undefined
    ? all.faulty?.has(rig.id) !== true
    : timed(all, ['rig', 'rig-reboots', 'second-feed']).every(({ on, fromMs }) => on !== rig.id || fromMs > ms);
}

/** By the journal it hashed, and was not asked at the same moment. */
function hashesOn(all: Case, id: RigId, atMs: number): boolean {
  const phase = all.records.findLast((record) => record.event === 'phase' && record['rig'] === id && record.monoMs <= atMs);
  const asked = all.dues.get(`pause ${id}`)?.some(({ monoMs }) => monoMs === atMs) === true;
  return phase?.['to'] === 'hashing' && !asked;
}

/** A rig on it was told to start by a contact that was welded then: until that shows it counts as drawing. */
function isFedInVain(all: Case, ups: UpsId, ms: number): boolean {
  const contacts = [...all.site.site.rigs.values()].filter(({ fedBy }) => fedBy.includes(ups)).flatMap(({ cutBy }) => cutBy);
  return contacts.some((id) => {
    const last = all.edges.findLast((edge) => edge.switch === id && edge.atMs <= ms);
    const welded = timed(all, ['switch']).filter(({ on, quirks }) => on === id && quirks.welded === true);
    return last?.to === 'fed' && welded.some(({ fromMs, toMs }) => fromMs <= last.atMs && last.atMs <= toMs);
  });
}

/** On a battery that is told of truly, nobody leaves while it lasts well beyond the threshold. */
export function shedForNothing(all: Case): readonly string[] {
  // A rig that is down by itself is counted as drawing until it is seen: then it is well that somebody leaves early.
  if (all.interrupted !== false || (all.faulty?.size ?? 0) > 0) return [];
  return pausesOf(all).flatMap(({ rig, atMs, rule, facts }) => {
    const ups = String(facts['ups']);
    if (rule !== 'runtime-below-threshold' || all.honest?.has(ups) !== true || givesMore(all, ups)) return [];
    const order = all.orders.find((one) => one.rig === rig.id && one.what === 'pause' && one.atMs >= atMs);
    const lasts = order === undefined ? undefined : lastsAsCounted(all, ups, order, Number(facts['loadWatts']));
    const below = Number(facts['shedBelowSeconds']);
    if (isFedInVain(all, ups, atMs)) return [];
    const easier = easierBy(all, ups, Number(facts['loadWatts'])) ** (isCountedInProportion(all, ups, facts) ? 2 : 1);
    if (lasts === undefined || lasts <= below * easier * RUNTIME_MARGIN.factor + RUNTIME_MARGIN.seconds) return [];
    return [
      `I-12 ${rig.id} was asked to pause ${at(atMs)} below ${Math.round(below)} s, and ${ups} would have lasted ${Math.round(lasts)} s`,
    ];
  });
}

/**
 * What another UPS carries of a rig that hangs on both is no relief to count on: it is counted with 0.7 of its watts at least
 * (safety case, F28), and the battery lasts as long as it would under that.
 */
function lastsAsCounted({ site }: Case, ups: string, { lasts, charges }: SimSiteOrder, watts: number): number | undefined {
  const traits = site.ups.get(ups)?.traits;
  const charge = charges.get(ups);
  const shared = [...site.site.rigs.values()].some(({ fedBy }) => fedBy.length > 1 && fedBy.includes(ups));
  if (!shared || traits === undefined || charge === undefined || !lasts.has(ups)) return lasts.get(ups);
  return secondsLeft(traits.battery, { depth: 1 - charge / 100, strain: 0 }, watts);
}

/** A battery that is better than its data sheet is believed by the sheet: of two sources the deeper one holds (README decision 11). */
function givesMore({ site }: Case, ups: string): boolean {
  return site.site.supplies.get(ups)?.minutesAtWatts !== undefined && (site.ups.get(ups)?.traits.battery.health ?? 1) > 1;
}

/** By watt-hours, or by what a discharge at one load showed, both what was drawn since and what is left are taken in proportion at a lighter one. */
function isCountedInProportion({ site }: Case, ups: string, { believedFrom }: Reason['facts']): boolean {
  return believedFrom === 'declared' && site.site.supplies.get(ups)?.minutesAtWatts === undefined;
}

/** A light load draws less than in proportion, and nobody has told us by how much: so much longer it truly lasts. */
function easierBy({ site }: Case, ups: string, watts: number): number {
  const { carries, exponent = 1, lossWatts = 0 } = site.ups.get(ups)?.traits.battery ?? { carries: { watts, minutes: 0 } };
  const share = Math.max(1, (carries.watts + lossWatts) / (Math.max(watts, 1) + lossWatts));
  return share ** (exponent - 1);
}
