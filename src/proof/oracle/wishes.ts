// What must hold of a person's word: while lastwatt is disarmed it does nothing by itself; who is held down stays down, who
// is held up is not shed by the policy; a wish ends when it was to end; --now means now.
import type { JournalRecord } from '../../host/port.ts';
import type { SwitchId } from '../../model/id.ts';
import type { Rig } from '../../model/rig.ts';
import { BY_POLICY } from './acts.ts';
import { at, becauseOf, type Case } from './case.ts';
import { isKept, timed, type Wish, wasThere, wishesOf } from './known.ts';
import { limitsDue } from './limits.ts';

/** A tick, and one more for what is overtaken. */
const SOON_MS = 2_500;
/** From the word to the first order on the wire, and from there to the edge. */
const NOW_MS = 6_000;
/** Of a contact that is drawn slow. */
const LONGEST_MOVE_MS = 8_000;

/** `step` of each record that was due and meant in earnest, oldest first. */
function steps({ dues }: Case): readonly { readonly step: string; readonly record: JournalRecord }[] {
  return [...dues].flatMap(([step, records]) => records.map((record) => ({ step, record })));
}

export function actedDisarmed(all: Case): readonly string[] {
  const words = armedOver(all);
  return steps(all).flatMap(({ step, record }) => {
    const armed = words.findLast(({ atMs }) => atMs <= record.monoMs)?.armed ?? true;
    // What is written in the tick of the word stands beside it.
    const said = words.some(({ atMs }) => atMs === record.monoMs);
    if (armed || said || becauseOf(record).facts?.['person'] === true) return [];
    return [`I-25 ${step} ${at(record.monoMs)} while disarmed`];
  });
}

interface Word {
  readonly atMs: number;
  readonly armed: boolean;
}

/** A word that is on the card holds through every restart; of one that was lost the service can only say what it knows. */
function armedOver(all: Case): readonly Word[] {
  const words: Word[] = [];
  let last: JournalRecord | undefined;
  for (const record of all.records) {
    if (record.event === 'armed' || record.event === 'disarmed') {
      words.push({ atMs: record.monoMs, armed: record.event === 'armed' });
      last = record;
    } else if (record.event === 'started' && last !== undefined && !isKept(all, last)) {
      words.push({ atMs: record.monoMs, armed: record['armed'] === true });
    }
  }
  return words;
}

export function startedThoughHeld(all: Case): readonly string[] {
  return [...all.site.site.rigs.values()].flatMap((rig) =>
    wishesOf(all, rig.id)
      .filter(({ as, record }) => as === 'down' && isKept(all, record))
      .flatMap(({ fromMs, toMs }) =>
        starts(all, rig)
          .filter(({ atMs, toldMs }) => toldMs > fromMs + 1_000 && atMs < toMs)
          .map(({ atMs }) => `I-26 ${rig.id} was started ${at(atMs)}, held down since ${fromMs} ms`),
      ),
  );
}

interface Began {
  readonly atMs: number;
  /** when it can't be called back any more */
  readonly toldMs: number;
}

function starts(all: Case, rig: Rig): readonly Began[] {
  return [
    ...all.orders.filter(({ what, rig: id }) => what === 'resume' && id === rig.id).map(({ atMs }) => ({ atMs, toldMs: atMs })),
    ...all.edges
      .filter(({ to, switch: id }) => to === 'fed' && rig.cutBy.includes(id))
      .map(({ atMs, switch: id }) => ({ atMs, toldMs: atMs - movesMs(all, id, atMs) })),
  ];
}

/** A contact that is slow was told so long before it moved, and can't be called back. */
function movesMs(all: Case, contact: SwitchId, atMs: number): number {
  const slow = timed(all, ['switch']).filter(({ on, fromMs, toMs }) => on === contact && fromMs <= atMs && toMs + LONGEST_MOVE_MS >= atMs);
  return 1_000 * Math.max(0, ...slow.map(({ quirks }) => quirks.moveSeconds ?? 0));
}

export function shedThoughHeldUp(all: Case): readonly string[] {
  return [...all.site.site.rigs.values()].flatMap((rig) =>
    wishesOf(all, rig.id)
      .filter(({ as, record }) => as === 'up' && isKept(all, record))
      .flatMap(({ fromMs, toMs }) =>
        [...(all.dues.get(`pause ${rig.id}`) ?? []), ...limitsDue(all, rig.id)]
          .filter((record) => record.monoMs > fromMs && record.monoMs < toMs && BY_POLICY.has(becauseOf(record).rule ?? ''))
          .map(({ monoMs }) => `I-26 ${rig.id} was shed by the policy ${at(monoMs)}, held up since ${fromMs} ms`),
      ),
  );
}

export function endedAtAnotherTime(all: Case): readonly string[] {
  return [...all.site.site.rigs.values()].flatMap((rig) =>
    wishesOf(all, rig.id)
      .filter(({ record }) => isKept(all, record))
      .flatMap((wish) => (wish.toMs < wish.untilMs || wish.untilMs === Number.POSITIVE_INFINITY ? [] : ofItsTime(all, rig, wish))),
  );
}

function ofItsTime(all: Case, rig: Rig, { fromMs, untilMs, nextMs }: Wish): readonly string[] {
  const ended = all.records.find(({ event, rig: id, monoMs }) => event === 'hold-ended' && id === rig.id && monoMs > fromMs)?.monoMs;
  if (ended !== undefined && ended < untilMs - 1) return [`I-26 the hold of ${rig.id} ended ${at(ended)}, ${untilMs - ended} ms early`];
  const last = all.records.at(-1)?.monoMs ?? 0;
  const lateAt = Math.max(untilMs, stoodStillUntil(all, untilMs)) + SOON_MS + awayMs(all, fromMs);
  const late = (ended ?? last) > lateAt && nextMs > lateAt;
  return late ? [`I-26 the hold of ${rig.id} was over ${at(untilMs)} and ended ${ended === undefined ? 'never' : at(ended)}`] : [];
}

/** Whoever stands still when its time comes ends it when he goes on: the time itself has passed all the while. */
function stoodStillUntil(all: Case, ms: number): number {
  const still = timed(all, ['stopped']).filter(({ fromMs, toMs }) => fromMs <= ms + SOON_MS && toMs >= ms);
  return Math.max(ms, ...still.map(({ toMs }) => toMs));
}

/** Time that nobody counts: from the last record before a start to the start. */
function awayMs({ records }: Case, fromMs: number): number {
  let away = 0;
  records.forEach((record, place) => {
    if (record.event === 'started' && record.monoMs > fromMs)
      away += record.monoMs - Math.max(fromMs, records[place - 1]?.monoMs ?? fromMs);
  });
  // A record that a power cut took away was not the last one: what stands before it may be older by a minute.
  return away === 0 ? 0 : away + stoppedMs(records, fromMs);
}

function stoppedMs(records: readonly JournalRecord[], fromMs: number): number {
  return records.filter(({ event, monoMs }) => event === 'started' && monoMs > fromMs).length * 120_000;
}

/** Who says --now to a rig that hashes has its switch open at once. */
export function nowWasNotNow(all: Case): readonly string[] {
  const stuck = new Set(timed(all, ['switch']).map(({ on }) => on));
  if (all.troubles === undefined || timed(all, ['card', 'board-resets']).length > 0) return [];
  return [...all.site.site.rigs.values()].flatMap((rig) => {
    const own = rig.cutBy.length > 0 && rig.cutBy.every((id) => !stuck.has(id) && !isShared(all, rig, id));
    if (!own || all.faulty?.has(rig.id) === true) return [];
    return wishesOf(all, rig.id)
      .filter(
        ({ as, now, fromMs, toMs }) => as === 'down' && now && toMs > fromMs + NOW_MS && wasThere(all, fromMs - 1_000, fromMs + NOW_MS),
      )
      .filter(({ fromMs }) => isOpenAt(all, rig, fromMs + NOW_MS) === false)
      .map(({ fromMs }) => `I-26 ${rig.id} was told to be dark now ${at(fromMs)}, and its switch was not open ${NOW_MS / 1_000} s later`);
  });
}

function isShared({ site }: Case, rig: Rig, contact: string): boolean {
  return [...site.site.rigs.values()].some((other) => other.id !== rig.id && other.cutBy.includes(contact));
}

/** In truth, whoever opened it: a dead Pi lets it fall open, too. */
function isOpenAt({ site }: Case, rig: Rig, ms: number): boolean {
  return rig.cutBy.every((id) => {
    const last = site.edges.findLast(({ switch: contact, atMs }) => contact === id && atMs <= ms)?.to;
    return (last ?? site.site.switches.get(id)?.atRest ?? 'fed') === 'cut';
  });
}
