// What must hold of every contact that opens: its rigs were asked, and are quiet or past their grace, or it was forced
// (I-01); and those that answered were asked often enough before (I-14).
import type { JournalRecord } from '../../host/port.ts';
import type { SupplyId } from '../../model/id.ts';
import type { Rig } from '../../model/rig.ts';
import type { SimSiteEdge, SimSiteOrder } from '../../sim/site.ts';
import { isQuiet } from '../quiet.ts';
import { FORCED } from './acts.ts';
import { at, becauseOf, type Case, dueOf, rigsBehind } from './case.ts';
import { timed } from './known.ts';

/** What is left of HOSTSYNC for the last switches (README decision 10). */
const HOST_SYNC_MARGIN_SECONDS = 3;
/** A pause is said again every 5 s; a queue, a sync and a tick may put off each by so much. */
const ASK_EVERY_MS = 5_500;
const MOST_ASKED = 3;
/** A rig is asked so long for its state, and is silent after so many ms of that. */
const ANSWER_SECONDS = 5;
const SILENT_MS = 30_000;
/** One that answered nothing is asked again within so many ms. */
const ASKED_WITHIN_MS = 10_000;
const WHO: ReadonlySet<string> = new Set(['rig-known', 'rig-barred', 'rig-unbarred']);
/** The longest boot that is drawn. */
const BOOTS_MS = 60_000;

export function cutTooEarly(all: Case): readonly string[] {
  return all.edges.filter(({ to }) => to === 'cut').flatMap((edge) => tooEarly(all, edge));
}

function tooEarly(all: Case, edge: SimSiteEdge): readonly string[] {
  const forced = wasForced(all, edge);
  return rigsBehind(all, edge.switch)
    .filter((rig) => rig.can.pause && !isBarred(all, rig, edge.atMs))
    .flatMap((rig) => {
      const watts = edge.draws.get(rig.id) ?? 0;
      // Quiet by its watts, or dark behind another contact: nothing is lost, whoever put it to sleep.
      if (isQuiet(rig, watts)) return [];
      const asked = pausesBefore(all, rig, edge)[0];
      // Silent in an outage as if the grid had gone: the network had, or it answers nothing in time, and so has no graceful path.
      const silent = all.interrupted === true || answersTooLate(all, rig, edge.atMs) || bootedJustNow(all, rig, edge.atMs);
      if (asked === undefined && silent && ruleOf(all, edge) === 'dark-with-the-grid') return [];
      if (asked === undefined && bootedJustNow(all, rig, edge.atMs) && isUnseen(all, rig, edge.atMs)) return [];
      if (asked === undefined) return [`I-01 ${edge.switch} opened ${at(edge.atMs)} on ${rig.id}, which was never asked to pause`];
      const graceIsOver = edge.atMs >= asked.atMs + graceMs(all, rig, edge);
      if (graceIsOver || forced || wasAtFloor(all, rig, edge)) return [];
      return [`I-01 ${edge.switch} opened ${at(edge.atMs)} on ${rig.id} at ${Math.round(watts)} W, before its grace was over`];
    });
}

/** Another machine answered in its place, which is given no order: it goes as one that can be asked nothing (safety case, F30). */
function isBarred({ records }: Case, { id }: Rig, ms: number): boolean {
  return records.findLast(({ event, rig, monoMs }) => WHO.has(event) && rig === id && monoMs <= ms)?.event === 'rig-barred';
}

/** It took every question to its deadline shortly before. */
function answersTooLate(all: Case, rig: Rig, ms: number): boolean {
  return timed(all, ['rig']).some(
    ({ on, quirks, fromMs, toMs }) =>
      on === rig.id && fromMs <= ms && toMs >= ms - SILENT_MS && (quirks.hangs === true || (quirks.answerSeconds ?? 0) > ANSWER_SECONDS),
  );
}

/** It had power again, and booted until a moment ago: nobody had asked it since. */
function bootedJustNow({ site }: Case, { id }: Rig, ms: number): boolean {
  const rig = site.rigs.get(id);
  const fed = rig?.log.findLast(({ what, atMs }) => what === 'feed' && atMs <= ms);
  const sinceMs = rig === undefined || fed === undefined ? undefined : ms - fed.atMs - 1_000 * rig.traits.bootSeconds;
  return sinceMs !== undefined && sinceMs < ASKED_WITHIN_MS;
}

/** Nothing was heard of it since the service began: it is out as far as anybody knows, and goes along with another behind its contact. */
function isUnseen({ records }: Case, { id }: Rig, ms: number): boolean {
  const began = records.findLastIndex(({ event, monoMs }) => event === 'started' && monoMs <= ms);
  return !records.slice(began).some(({ event, rig, to, monoMs }) => event === 'phase' && rig === id && to !== 'unknown' && monoMs < ms);
}

/** A primary that forces the shutdown waits no longer than its HOSTSYNC: the grace of what hangs on that UPS ends before. */
function graceMs(all: Case, rig: Rig, edge: SimSiteEdge): number {
  // As it stood when the step was due: what is heard in the same moment takes nothing back that is on its way.
  const due = dueOf(all, 'cut', edge.switch, edge.atMs);
  const known = due === undefined ? all.records : all.records.slice(0, all.records.indexOf(due));
  const { site } = all;
  const patience = rig.fedBy
    .filter((ups) => isForced(known, ups, edge.atMs))
    .map((ups) => (site.site.supplies.get(ups)?.hostSyncSeconds ?? 0) - HOST_SYNC_MARGIN_SECONDS);
  return Math.min(rig.graceSeconds, ...patience) * 1_000;
}

function isForced(records: readonly JournalRecord[], ups: SupplyId, atMs: number): boolean {
  const its = records.filter((record) => record['code'] === 'forced-shutdown' && record['ups'] === ups && record.monoMs <= atMs);
  return its.at(-1)?.event === 'fault';
}

function ruleOf(all: Case, edge: SimSiteEdge): string {
  return becauseOf(dueOf(all, 'cut', edge.switch, edge.atMs)).rule ?? '';
}

function wasForced(all: Case, edge: SimSiteEdge): boolean {
  const { rule = '', facts } = becauseOf(dueOf(all, 'cut', edge.switch, edge.atMs));
  return FORCED.has(rule) || facts?.['now'] === true;
}

/** Held down by a person, and the hard floor of its UPS was reached before all were down: it waits no longer (I-01). */
function wasAtFloor(all: Case, { fedBy }: Rig, edge: SimSiteEdge): boolean {
  const { rule, facts } = becauseOf(dueOf(all, 'cut', edge.switch, edge.atMs));
  return rule === 'held-down' && facts?.['floor'] !== undefined && fedBy.some((ups) => ups === facts?.['ups']);
}

/** The pauses asked of it since it was last woken. */
function pausesBefore({ orders }: Case, rig: Rig, edge: SimSiteEdge): readonly SimSiteOrder[] {
  const its = orders.filter((order) => order.rig === rig.id && order.atMs <= edge.atMs);
  const woken = its.findLastIndex((order) => order.what === 'resume');
  return its.slice(woken + 1).filter((order) => order.what === 'pause');
}

/** A rig that answers is asked three times before its switch opens on it unproven, where its grace has room for that. */
export function cutUnasked(all: Case): readonly string[] {
  if (all.interrupted !== false) return [];
  return all.edges
    .filter(({ to }) => to === 'cut')
    .flatMap((edge) => {
      const { rule, facts } = becauseOf(dueOf(all, 'cut', edge.switch, edge.atMs));
      // A person's --now gives no grace, and none to a rig that his contact let up again by itself.
      if (rule !== 'grace-over' || facts?.['now'] === true) return [];
      if (closedByItself(all, edge)) return [];
      const [rig, ...others] = rigsBehind(all, edge.switch);
      if (rig === undefined || others.length > 0 || !rig.can.pause) return [];
      const pauses = pausesBefore(all, rig, edge);
      const room = Math.floor(graceMs(all, rig, edge) / ASK_EVERY_MS);
      const few = pauses.length < Math.min(MOST_ASKED, room) && answers(pauses);
      return few ? [`I-14 ${rig.id} was cut ${at(edge.atMs)} unproven, and asked ${pauses.length} times only`] : [];
    });
}

/** Its board let it fall closed just before: it is opened again (safety case, F43), and what booted meanwhile answered nobody yet. */
function closedByItself({ site }: Case, { switch: id, atMs }: SimSiteEdge): boolean {
  const last = site.edges.findLast((one) => one.switch === id && one.atMs < atMs);
  return last?.to === 'fed' && last.by !== 'order' && last.atMs > atMs - BOOTS_MS;
}

/** One that takes each order to its deadline is asked again when that is over. */
function answers(pauses: readonly SimSiteOrder[]): boolean {
  return pauses.every((order, place) => place === 0 || order.atMs - (pauses[place - 1]?.atMs ?? 0) <= ASK_EVERY_MS);
}
