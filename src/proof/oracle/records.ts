// What must hold of the journal: nothing is done that does not stand in it, safely and with its cause (I-09, I-24), its
// numbers have no gap, a step is carried out when it is due (I-13), and what is believed of a battery is never more than
// the last word less what was drawn since (I-08).
import type { JournalRecord } from '../../host/port.ts';
import { at, becauseOf, type Case, dueOf } from './case.ts';
import { isKept, timed } from './known.ts';

/** From due to the wire: the patience with a slow card, and what one device may cost another (I-13: a second). */
const LATEST_MS = 1_600;
/** On battery the depth may fall by a hundredth a minute after a step down, and by the rounding of the record. */
const EASES_A_MINUTE = 0.01;
const ROUNDING = 0.002;
/** A card that refused is tried again within so long. */
const RETRIED_MS = 6_000;
/** Records of a life's first tick, before what it must remember. */
const MOST_BEFORE_TOLD = 20;

interface Done {
  readonly atMs: number;
  readonly kind: string;
  readonly device: string;
  readonly safeSeq: number;
}

function doneOf({ orders, edges }: Case): readonly Done[] {
  return [
    ...orders.map(({ atMs, rig, what, safeSeq }) => ({ atMs, kind: what === 'unlimit' ? 'limit' : what, device: rig, safeSeq })),
    ...edges.map(({ atMs, to, switch: device, safeSeq }) => ({ atMs, kind: to === 'cut' ? 'cut' : 'feed', device, safeSeq })),
  ];
}

/** Every act was due before, and its record safe; what takes load off may go ahead of a card that does not answer, and says so. */
export function neverJournaled(all: Case): readonly string[] {
  const ahead = new Set(all.records.filter((record) => record['unsynced'] === true).map((record) => `${deviceOf(record)}`));
  return doneOf(all).flatMap(({ atMs, kind, device, safeSeq }) => {
    const due = dueOf(all, kind, device, atMs);
    if (due === undefined) return [`I-09 ${kind} of ${device} ${at(atMs)} stands in no journal`];
    if (due.seq <= safeSeq) return [];
    const energises = kind === 'feed' || kind === 'resume';
    if (energises) return [`I-09 ${kind} of ${device} ${at(atMs)} went out before its record was safe`];
    return ahead.has(device) || all.interrupted === true
      ? []
      : [`I-09 ${kind} of ${device} ${at(atMs)} went ahead of its record, and does not say so`];
  });
}

function deviceOf(record: JournalRecord): string {
  const step = record['step'] as { readonly rig?: string; readonly switch?: string } | undefined;
  return step?.rig ?? step?.switch ?? '';
}

export function withoutCause({ dues }: Case): readonly string[] {
  return [...dues].flatMap(([step, records]) =>
    records
      .filter((record) => (becauseOf(record).rule ?? '') === '' || becauseOf(record).facts === undefined)
      .map(({ monoMs }) => `I-24 ${step} ${at(monoMs)} names no rule`),
  );
}

/**
 * What stands on the card in the end is numbered without a gap. Only what a card refused, and a later life read from the system's
 * cache, may be lost with the Pi's power; what must survive of it is told before anything else that life writes.
 */
export function gaps(all: Case): readonly string[] {
  const { kept } = all;
  return kept.flatMap(({ seq }, place) => {
    const before = kept[place - 1]?.seq;
    if (before === undefined || seq === before + 1 || (isTold(all, before, seq) && wereRefused(all, before, seq))) return [];
    return [`record ${before + 1} of the journal has number ${seq}`];
  });
}

/** Each record between them was written while a card refused, or as it was tried again; and the Pi lost its power later. */
function wereRefused(all: Case, before: number, seq: number): boolean {
  const refusals = timed(all, ['card']).filter(({ quirks }) => quirks.code !== undefined);
  const deaths = timed(all, ['pi-dead']);
  return Array.from({ length: seq - before - 1 }, (_, place) => before + 1 + place).every((lost) =>
    all.records.some(
      ({ seq: number, monoMs }) =>
        number === lost &&
        refusals.some(({ fromMs, toMs }) => monoMs >= fromMs - RETRIED_MS && monoMs <= toMs + RETRIED_MS) &&
        deaths.some(({ fromMs }) => fromMs >= monoMs),
    ),
  );
}

/** With the first records after a gap stands what must survive. */
function isTold({ kept }: Case, before: number, seq: number): boolean {
  const next = kept.find((record) => record.seq > before && record.event === 'memory');
  return next !== undefined && next.seq >= seq && next.seq < seq + MOST_BEFORE_TOLD;
}

/** A step that is due for a rig that is well is on its way within a second, whatever the others do. */
export function doneTooLate(all: Case): readonly string[] {
  // A card that does not answer is no excuse: what takes load off waits half a second for it.
  const away = timed(all, ['killed', 'stopped', 'pi-dead', 'network-gone', 'server-gone']).length > 0;
  if (all.troubles === undefined ? all.interrupted !== false : away) return [];
  return [...all.dues].flatMap(([step, records]) => {
    const [kind, rig = ''] = step.split(' ');
    if (kind !== 'pause' || all.faulty?.has(rig) === true) return [];
    return records
      .filter(
        ({ monoMs }) =>
          !all.orders.some(
            (order) => order.rig === rig && order.what === 'pause' && order.atMs >= monoMs && order.atMs <= monoMs + LATEST_MS,
          ),
      )
      .map(({ monoMs }) => `I-13 ${step}, due ${at(monoMs)}, was not on its way within a second`);
  });
}

export function believedTooMuch(all: Case): readonly string[] {
  const last = new Map<string, { readonly depth: number; readonly atMs: number }>();
  return all.records.flatMap((record) => {
    const ups = String(record['ups']);
    // Another life, another outage: believed anew.
    if (record.event === 'started') last.clear();
    if (record.event === 'outage-began' || record.event === 'outage-ended') last.delete(ups);
    if (record.event !== 'believed') return [];
    // What was drawn since the last sample is made good by the next: between two samples alone nothing may come back.
    const depth = Number(record['accepted'] ?? record['depth']);
    const before = last.get(ups);
    if (outageStands(all, ups, record)) last.set(ups, { depth, atMs: record.monoMs });
    if (before === undefined) return [];
    const least = before.depth - (EASES_A_MINUTE * (record.monoMs - before.atMs)) / 60_000 - ROUNDING;
    return depth >= least
      ? []
      : [`I-08 ${ups} was believed to have ${((before.depth - depth) * 100).toFixed(1)} % more on battery ${at(record.monoMs)}`];
  });
}

/** One whose beginning never came to the card is over for whoever starts after its writer. */
function outageStands(all: Case, ups: string, upTo: JournalRecord): boolean {
  const before = all.records.slice(0, all.records.indexOf(upTo));
  const last = before.findLast((record) => record['ups'] === ups && (record.event === 'outage-began' || record.event === 'outage-ended'));
  if (last?.event !== 'outage-began') return false;
  return isKept(all, last) || !before.some(({ event, monoMs }) => event === 'started' && monoMs > last.monoMs);
}
