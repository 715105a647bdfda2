// What must hold of whoever leaves, besides the order: there is a reason in the world for it; one supply that is well keeps
// its rigs up; who leaves counts as gone; nobody leaves for an outage that did not shed it; chips cool before their fans stop.
import type { JournalRecord } from '../../host/port.ts';
import { MAINS, type RigId, type SupplyId, type UpsId } from '../../model/id.ts';
import type { Rig } from '../../model/rig.ts';
import { isQuiet } from '../quiet.ts';
import { BY_POLICY, FORCED, type Pause, pausesOf } from './acts.ts';
import { at, becauseOf, type Case, dueOf } from './case.ts';
import { mayBeCarried } from './generators.ts';
import { isHonest, isKept, onMains, outageSince, outagesOf, timed, wasHeard } from './known.ts';

/** Rules that hang on an outage of the supply they name. */
const OF_AN_OUTAGE = new Set([
  ...BY_POLICY,
  'runtime-below-cut',
  'charge-below-reserve',
  'low-battery',
  'shed-in-this-outage',
  'idle-watts-cost-runtime',
  'keeps-a-contact-closed',
  'floor-is-near',
]);
/** Two polls and a look: so long after the mains are back somebody may still leave. */
const UNSEEN_MS = 8_000;
const STEADY_MS = 15_000;
/** Of what a supply was counted to carry of a rig, when it leaves: one on two is carried by halves (README decision 11, F28). */
const LEAST_SAVING = 0.4;
/** A reading is so old at most when it proves that a rig is quiet. */
const READING_MS = 3_000;

export function shedOnMains(all: Case): readonly string[] {
  return pausesOf(all).flatMap(({ rig, record: { monoMs }, rule, facts }) => {
    const ups = String(facts['ups']);
    if (!OF_AN_OUTAGE.has(rule) || !tellsTheTruth(all, ups, monoMs)) return [];
    if (!onMains(all, ups, monoMs - UNSEEN_MS, monoMs)) return [];
    return [`I-04 ${rig.id} was asked to pause ${at(monoMs)} by ${rule}, and ${ups} was on mains`];
  });
}

/** It was heard, and said what was so; a test on battery with another UPS to witness the mains is no lie. */
function tellsTheTruth(all: Case, ups: UpsId, ms: number): boolean {
  if (all.troubles === undefined || !wasHeard(all, ups, ms - 30_000, ms)) return false;
  const lies = timed(all, ['ups']).filter(({ on, quirks }) => on === ups && quirks.says?.['ups.status'] !== undefined);
  if (lies.length === 0) return timed(all, ['forced-shutdown']).every(({ on }) => on !== ups);
  const others = [...all.site.site.supplies.keys()].filter((id) => id !== ups);
  const tests = lies.every(({ quirks }) => /CAL/.test(quirks.says?.['ups.status'] ?? ''));
  return tests && others.some((id) => isHonest(all, id) && wasHeard(all, id, ms - 30_000, ms) && onMains(all, id, ms - 30_000, ms));
}

/** A forced shutdown that stood when the service first looked, with the mains there, is one from before. */
export function shedForALatch(all: Case): readonly string[] {
  return pausesOf(all)
    .filter(({ rule }) => rule === 'forced-shutdown')
    .flatMap(({ rig, record: { monoMs }, facts }) => {
      const ups = String(facts['ups']);
      const its = timed(all, ['forced-shutdown']).filter(({ on, fromMs, toMs }) => on === ups && fromMs <= monoMs && toMs >= monoMs);
      const came = its[0]?.fromMs;
      if (came === undefined || its.length > 1 || timed(all, ['ups', 'server-gone']).length > 0) return [];
      const startedMs = all.records.findLast(({ event, monoMs: at }) => event === 'started' && at <= monoMs)?.monoMs ?? 0;
      const away = timed(all, ['killed', 'pi-dead']).some(({ fromMs, toMs }) => fromMs < came && toMs > came && toMs <= startedMs + 1_000);
      if (!away || monoMs > startedMs + 60_000 || !onMains(all, ups, came - 600_000, monoMs)) return [];
      return [`I-04 ${rig.id} was asked to pause ${at(monoMs)} for a forced shutdown of ${ups} that was there before the service`];
    });
}

/** A rig on two supplies stays while one of them is on mains. */
export function shedWithASupplyLeft(all: Case): readonly string[] {
  return pausesOf(all).flatMap(({ rig, record: { monoMs }, rule, facts }) => {
    if (!OF_AN_OUTAGE.has(rule) || facts['person'] === true) return [];
    const upses = rig.fedBy.filter((id) => all.site.site.supplies.has(id));
    if (upses.length < 2) return [];
    const well = upses.find(
      (id) => isHonest(all, id) && wasHeard(all, id, monoMs - STEADY_MS, monoMs) && onMains(all, id, monoMs - STEADY_MS, monoMs),
    );
    return well === undefined ? [] : [`I-02 ${rig.id} was asked to pause ${at(monoMs)} by ${rule}, and ${well} was on mains`];
  });
}

/** Those that leave in one tick make the load of the next smaller. */
export function countedTwice(all: Case): readonly string[] {
  const last = new Map<SupplyId, Pause>();
  return pausesOf(all)
    .filter(({ rule }) => rule === 'runtime-below-threshold')
    .toSorted((a, b) => a.record.seq - b.record.seq)
    .flatMap((leave) => {
      const ups = String(leave.facts['ups']);
      const before = last.get(ups);
      last.set(ups, leave);
      if (before === undefined || before.record.monoMs !== leave.record.monoMs) return [];
      const least = (LEAST_SAVING * (before.rig.watts - before.rig.pausedWatts)) / before.rig.fedBy.length;
      const saved = Number(before.facts['loadWatts']) - Number(leave.facts['loadWatts']);
      return saved >= least
        ? []
        : [`I-12 ${leave.rig.id} left ${at(leave.record.monoMs)} as if ${before.rig.id}, which left with it, still drew`];
    });
}

/** Only who was taken down before stays down for the outage alone. */
export function shedForTheOutageAlone(all: Case): readonly string[] {
  return pausesOf(all)
    .filter(({ rule, rig }) => rule === 'shed-in-this-outage' && all.faulty?.has(rig.id) !== true)
    .filter(({ rig, record }) => !wasDownBefore(all, rig.id, record))
    .map(({ rig, record }) => `I-12 ${rig.id} was asked to pause ${at(record.monoMs)} for an outage in which it had not been shed`);
}

function wasDownBefore({ records }: Case, rig: RigId, upTo: JournalRecord): boolean {
  return records.some((one) => {
    if (one.seq >= upTo.seq || one.monoMs > upTo.monoMs) return false;
    const step = one['step'] as { readonly rig?: string; readonly rigs?: readonly string[] } | undefined;
    const named = step?.rig === rig || step?.rigs?.includes(rig) === true;
    const owed = [one['up'], one['fell']].some((list) => Array.isArray(list) && list.includes(rig));
    const wished = one.event === 'command' && JSON.stringify(one['command']).includes(`"${rig}"`);
    return (one.event === 'step-due' && named) || owed || wished;
  });
}

/** One on mains alone is silent because the grid is gone, or nobody knows why: then its contact stays. */
export function cutForTheGrid(all: Case): readonly string[] {
  return all.edges
    .filter(({ to }) => to === 'cut')
    .filter((edge) => becauseOf(dueOf(all, 'cut', edge.switch, edge.atMs)).rule === 'dark-with-the-grid')
    .flatMap(({ switch: id, atMs }) => {
      const from = atMs - STEADY_MS;
      const gridWasThere = outagesOf(all, undefined)
        .filter(({ ups }) => ups === undefined)
        .every((one) => one.toMs < from || one.fromMs > atMs);
      const witness = [...all.site.site.supplies.keys()].find(
        (ups) => isHonest(all, ups) && wasHeard(all, ups, from, atMs) && onMains(all, ups, from, atMs) && !mayBeCarried(all, [ups], atMs),
      );
      if (!gridWasThere || witness === undefined) return [];
      return [`I-01 ${id} opened ${at(atMs)} as dark with the grid, and ${witness} was on ${MAINS}`];
    });
}

/**
 * At the floor a rig cools only while energy allows, whoever wanted it down; a person's hold in an outage or under a forced
 * shutdown goes at that pace.
 */
function isUrgent(all: Case, rig: Rig, ms: number): boolean {
  const forced = timed(all, ['forced-shutdown']).some(({ on, fromMs, toMs }) => rig.fedBy.includes(on) && fromMs <= ms && toMs >= ms);
  const rule = rig.cutBy.map((id) => becauseOf(dueOf(all, 'cut', id, ms)).rule);
  const floor = rig.fedBy.some((ups) => {
    const level = all.records.findLast((one) => one.event === 'level' && one['ups'] === ups && one.monoMs <= ms)?.['to'];
    return level === 'last-stand' || level === 'dark';
  });
  return forced || floor || (rule.includes('held-down') && rig.fedBy.some((id) => !onMains(all, id, ms, ms) || isSaidToDrain(all, id, ms)));
}

/**
 * On battery by its own word, or silent since it was: the energy that must allow a cool-down is the believed one (safety case, words:
 * "hard floor"; F15: in a calibration the floor still applies; README decision 5).
 */
function isSaidToDrain(all: Case, ups: UpsId, ms: number): boolean {
  return outageSince(all, ups, ms) !== undefined && !(isHonest(all, ups) && wasHeard(all, ups, ms - 30_000, ms));
}

/**
 * Since when its chips stand still in truth, of a rig that obeyed a pause, lost its power, and booted asleep: nothing warmed it
 * since. When the service came to name it paused again, as after a resume that did not go out, says nothing of that.
 */
function stillSinceMs({ site }: Case, rig: Rig, ms: number): number | undefined {
  const sim = site.rigs.get(rig.id);
  if (sim === undefined || !sim.traits.pausePersists) return undefined;
  const log = sim.log.filter(({ atMs }) => atMs < ms);
  const obeyed = log.findLastIndex(
    ({ what, answer }) => (what === 'pause' || what === 'resume') && (answer === 'done' || answer === 'lost'),
  );
  return log[obeyed]?.what === 'pause' ? log.slice(obeyed).find(({ what }) => what === 'cut')?.atMs : undefined;
}

/** Proven quiet, a rig cools before its switch opens, where nothing is urgent. */
export function cutHot(all: Case): readonly string[] {
  return all.edges
    .filter(({ to }) => to === 'cut')
    .flatMap((edge) => {
      const { rule = '', facts } = becauseOf(dueOf(all, 'cut', edge.switch, edge.atMs));
      if (FORCED.has(rule) || facts?.['now'] === true || rule === 'grace-over' || rule === 'dark-with-the-grid') return [];
      return [...all.site.site.rigs.values()]
        .filter((rig) => rig.cutBy.includes(edge.switch) && rig.can.pause && rig.coolDownSeconds > 0)
        .filter((rig) => {
          const watts = edge.draws.get(rig.id) ?? 0;
          return watts > 0 && isQuiet(rig, watts) && !isUrgent(all, rig, edge.atMs);
        })
        .flatMap((rig) => {
          const quietMs = quietSinceMs(all, rig, edge.atMs);
          if (quietMs === undefined) return [];
          const cooled = edge.atMs - Math.min(quietMs - READING_MS, stillSinceMs(all, rig, edge.atMs) ?? quietMs);
          if (cooled >= rig.coolDownSeconds * 1_000) return [];
          return [`I-01 ${edge.switch} opened ${at(edge.atMs)} on ${rig.id}, quiet for ${edge.atMs - quietMs} ms only`];
        });
    });
}

/** When it was first seen quiet after it was last asked, by whichever run of the service. */
function quietSinceMs(all: Case, rig: Rig, ms: number): number | undefined {
  const order = all.orders.findLast((one) => one.rig === rig.id && one.what === 'pause' && one.atMs <= ms);
  const due = order === undefined ? undefined : dueOf(all, 'pause', rig.id, order.atMs);
  // Of a pause whose record was lost with its writer the next run of the service knows nothing.
  if (order === undefined || (due !== undefined && !isKept(all, due))) return undefined;
  return all.records.find(
    (one) => one.event === 'phase' && one['rig'] === rig.id && one['to'] === 'paused' && one.monoMs >= order.atMs && one.monoMs <= ms,
  )?.monoMs;
}
