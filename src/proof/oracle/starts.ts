// What must hold of everything that energises: never on battery nor before mains has held (I-05), one after the other
// (I-06), and no contact moves too often (I-16).
import type { JournalRecord } from '../../host/port.ts';
import { MAINS, type RigId } from '../../model/id.ts';
import type { Rig } from '../../model/rig.ts';
import type { SimSite } from '../../sim/site.ts';
import { type Start, startsOf } from './acts.ts';
import { at, type Case, dueOf, type Outage } from './case.ts';
import { mayBeCarried } from './generators.ts';
import { isKept, silencesOf, timed, wasHeard } from './known.ts';

const CLOSEST_EDGES_MS = 1_000;
/** Two polls may pass before anybody can know that the mains are gone. */
const UNSEEN_MS = 4_000;
/** A last word holds for 6 s, and is a poll older than the silence. */
const STALE_MS = 7_000;
/** A UPS that was heard all through this is heard now. */
const HEARD_MS = 13_000;
/** A resume waits for one more look at its rig, a feed does not. */
const LOOK_MS = 2_000;
/** From a feed to the last resume that still belongs to it. */
const LONGEST_START_MS = 15 * 60_000;
/** Watts are counted as they were measured, which flickers. */
const MARGIN = 1.05;
export const HOUR_MS = 3_600_000;
export const MOST_MOVES_AN_HOUR = 6;

interface Turn extends Start {
  /** when its turn had come: one that has power already boots first, as after a feed */
  readonly turnMs: number;
}

function turnsOf(all: Case): readonly Turn[] {
  return startsOf(all)
    .map((start) => ({ ...start, turnMs: start.contact === undefined ? turnOf(all, start.rigs[0]?.id ?? '', start.atMs) : start.atMs }))
    .sort((a, b) => a.atMs - b.atMs);
}

/** A limit that is taken off gives no rig its power, and raises what it draws all the same. */
function raisesOf({ orders, site }: Case): readonly Turn[] {
  return orders
    .filter(({ what }) => what === 'unlimit')
    .map(({ rig: id, atMs, charges }) => {
      const rigs = [...site.site.rigs.values()].filter((rig) => rig.id === id);
      return { atMs, turnMs: atMs, say: `${id} was limited no more ${at(atMs)}`, rigs, charges };
    });
}

function turnOf({ records }: Case, rig: RigId, atMs: number): number {
  const turn = records.findLast(({ event, rig: id, to, monoMs }) => event === 'phase' && id === rig && to === 'waking' && monoMs <= atMs);
  return turn !== undefined && atMs - turn.monoMs < LONGEST_START_MS ? turn.monoMs : atMs;
}

/**
 * Nothing is energised on battery, nor before mains has held; an outage that nobody could see, or whose record
 * was lost with its writer, has no hold.
 */
export function startedTooSoon(all: Case): readonly string[] {
  const heldMs = all.site.site.restore.mainsHeldSeconds * 1_000;
  const during = (outage: Outage, { atMs, rigs, charges }: Start): boolean => {
    const { fromMs, toMs } = outage;
    if (rigs.some((rig) => liedTo(all, rig))) return false;
    if (atMs <= fromMs + UNSEEN_MS || atMs >= toMs + heldMs || !rigs.some((rig) => concerns(all, outage, { rig, atMs, charges })))
      return false;
    if (atMs < toMs) return !isNotYetSilent(all, outage, { rigs, atMs });
    return toMs - fromMs > UNSEEN_MS && rigs.some((rig) => wasSeen(outage, rig, all.kept));
  };
  return [...turnsOf(all), ...raisesOf(all)]
    .filter((start) => all.outages.some((outage) => !isOfAnother(all, outage, start) && during(outage, start)))
    .map(({ say }) => `I-05 ${say}, on battery or before mains had held`);
}

/** Not heard to be on battery, and not silent for so long that its last word is no word any more. */
function isNotYetSilent(all: Case, { fromMs, ups }: Outage, { rigs, atMs }: Pick<Start, 'rigs' | 'atMs'>): boolean {
  const own = ups === undefined ? rigs.flatMap(({ fedBy }) => fedBy.filter((supply) => supply !== MAINS)) : [ups];
  const isTold = all.records.some(
    ({ event, ups: id, monoMs }) => event === 'outage-began' && own.some((one) => one === id) && monoMs >= fromMs && monoMs <= atMs,
  );
  return (
    own.length > 0 &&
    !isTold &&
    own.every((id) =>
      silencesOf(all, id).some((one) => one.fromMs <= fromMs + UNSEEN_MS && one.toMs >= atMs && atMs - one.fromMs < STALE_MS),
    )
  );
}

/** Of one on mains alone any UPS tells. */
function liedTo({ liars = new Set() }: Case, { fedBy }: Rig): boolean {
  return fedBy.every((supply) => supply === MAINS) ? liars.size > 0 : fedBy.some((supply) => liars.has(supply));
}

/**
 * A rig on no UPS returns only while all that are heard are well. One that is dead, or silent where the night tells so, says
 * nothing of the grid: a UPS never keeps a farm down for ever (README decision 13).
 */
function concerns(all: Case, outage: Outage, { rig, atMs, charges }: Pick<Start, 'atMs' | 'charges'> & { readonly rig: Rig }): boolean {
  const { ups } = outage;
  // Of a UPS behind a generator what comes to its own input counts.
  const own = rig.fedBy.filter((supply) => supply !== MAINS);
  if (ups === undefined && own.length > 0 && own.every((supply) => outage.spares?.has(supply))) return false;
  if (ups === undefined || rig.fedBy.includes(ups)) return true;
  if (own.length > 0 || all.troubles === undefined) return false;
  // Whose power comes from a generator tells nothing of the grid.
  if (mayBeCarried(all, [ups], atMs)) return false;
  return (charges.get(ups) ?? 0) > 0 && wasHeard(all, ups, atMs - HEARD_MS, atMs);
}

/**
 * It began while somebody looked, or stood already when nobody did; by a supply that the rig hangs on, or by any where it hangs on
 * mains alone: that another UPS was on battery says nothing of one that was heard on mains.
 */
function wasSeen(outage: Outage, rig: Rig, records: readonly JournalRecord[]): boolean {
  const { fromMs, toMs } = outage;
  const own = rig.fedBy.filter((supply) => supply !== MAINS);
  const told = records.filter(
    ({ event, ups: id }) =>
      (event === 'outage-began' || event === 'outage-ended') && (outage.ups ?? id) === id && (own.length === 0 || own.includes(String(id))),
  );
  if (told.some(({ event, monoMs }) => event === 'outage-began' && monoMs >= fromMs && monoMs <= toMs)) return true;
  const before = told.filter(({ monoMs }) => monoMs < fromMs);
  return [...new Set(before.map(({ ups }) => ups))].some((id) => before.findLast(({ ups }) => ups === id)?.event === 'outage-began');
}

/** A UPS that is told to shut down tells nothing of the grid: I-05 is of the UPSes that feed a rig, and on mains alone none does. */
function isOfAnother(all: Case, { ups }: Outage, { rigs, atMs }: Start): boolean {
  const alone = rigs.every(({ fedBy }) => fedBy.every((supply) => supply === MAINS));
  return alone && timed(all, ['forced-shutdown']).some(({ on, fromMs, toMs }) => on === ups && fromMs <= atMs && toMs >= atMs);
}

/** Rigs start one after the other; together only where they are small beside what their supply carries. */
export function startedTogether(all: Case): readonly string[] {
  const starts = turnsOf(all).toSorted((a, b) => a.turnMs - b.turnMs);
  const staggerMs = all.site.site.restore.staggerSeconds * 1_000 - LOOK_MS;
  const first = starts.filter(({ turnMs, rigs }, place) => {
    const lately = starts.slice(0, place).filter((other) => other.rigs.some((rig) => rigs.includes(rig)));
    // The resume that follows a feed is the same start; so is a retry.
    return !lately.some((other) => turnMs - other.turnMs < LONGEST_START_MS);
  });
  return [...all.site.site.supplies.values()].flatMap(({ id, nominalWatts = 0 }) => {
    const here = first.filter(({ rigs }) => rigs.some((rig) => rig.fedBy.includes(id)));
    return here.slice(1).flatMap((start, place) => {
      const before = here[place];
      if (before === undefined || start.turnMs - before.turnMs >= staggerMs) return [];
      const watts = [...start.rigs, ...before.rigs].reduce((sum, rig) => sum + rig.watts, 0);
      return watts <= MARGIN * (nominalWatts / 10) ? [] : [`I-06 ${start.say}, ${start.turnMs - before.turnMs} ms after ${before.say}`];
    });
  });
}

/** No two edges within a second, an open contact rests before it closes, and six moves an hour are enough. */
export function movedTooOften(all: Case): readonly string[] {
  const last = new Map<string, { readonly atMs: number; readonly to: string }[]>();
  return all.edges.flatMap(({ switch: id, atMs, to }) => {
    const its = last.get(id) ?? [];
    last.set(id, [...its.filter((one) => atMs - one.atMs < HOUR_MS), { atMs, to }]);
    const before = its.at(-1);
    if (before === undefined) return [];
    if (atMs - before.atMs < CLOSEST_EDGES_MS) return [`I-16 ${id} moved twice within a second ${at(atMs)}`];
    if (to !== 'fed') return [];
    const lately = its.filter((one) => atMs - one.atMs < HOUR_MS && !isForgotten(all, { ...one, switch: id }, atMs)).length;
    const rested = before.to !== 'cut' || atMs - before.atMs >= restMs(all.site, id) || isForgotten(all, { ...before, switch: id }, atMs);
    return [
      ...(rested ? [] : [`I-16 ${id} was fed ${at(atMs)}, ${atMs - before.atMs} ms after it was cut`]),
      ...(lately < MOST_MOVES_AN_HOUR ? [] : [`I-16 ${id} was fed ${at(atMs)}, its move ${lately + 1} within the hour`]),
    ];
  });
}

interface Move {
  readonly switch: string;
  readonly atMs: number;
  readonly to: string;
}

/**
 * What takes load off goes out without a journal that fails (I-09); where that run of the service ended before the card took its
 * record, the next knows nothing of it, and a contact that fell with the Pi shows nothing.
 */
function isForgotten(all: Case, move: Move, nowMs: number): boolean {
  if (move.to !== 'cut') return false;
  const due = dueOf(all, 'cut', move.switch, move.atMs);
  if (due === undefined || isKept(all, due)) return false;
  return all.records.some(({ event, monoMs }) => event === 'started' && monoMs > move.atMs && monoMs <= nowMs);
}

function restMs({ site }: SimSite, id: string): number {
  return (site.switches.get(id)?.minOffSeconds ?? 0) * 1_000;
}
