// What several judges ask of a night alike: who was away when, who was silent, which outages there were, what stands on the
// card.
import type { JournalRecord } from '../../host/port.ts';
import type { RigId, UpsId } from '../../model/id.ts';
import { isSilence } from '../watch.ts';
import type { Case, Outage, Timed } from './case.ts';

/** Troubles of a kind; none where nobody tells of them. */
export function timed<K extends Timed['kind']>({ troubles = [] }: Case, kinds: readonly K[]): readonly Extract<Timed, { kind: K }>[] {
  return troubles.filter((one): one is Extract<Timed, { kind: K }> => (kinds as readonly string[]).includes(one.kind));
}

const overlaps = ({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }, from: number, to: number): boolean =>
  fromMs <= to && toMs >= from;

/** Whether the service was there all the while, and did not stand still. */
export function wasThere(all: Case, fromMs: number, toMs: number): boolean {
  if (timed(all, ['killed', 'stopped', 'pi-dead']).some((one) => overlaps(one, fromMs, toMs))) return false;
  return !all.records.some(({ event, monoMs }) => event === 'started' && monoMs > fromMs && monoMs <= toMs);
}

export interface Silence {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Stretches in which nothing could be heard of a UPS. */
export function silencesOf(all: Case, ups: UpsId): readonly Silence[] {
  return [...timed(all, ['ups']).filter(({ on, quirks }) => on === ups && isSilence(quirks)), ...timed(all, ['server-gone'])];
}

/**
 * Heard all the while, and not so slowly that on battery it is not. One without power at its output has none for what would tell
 * of it, either: its driver is gone, it is blind (safety case, words: "fresh", "blind"; section 3: DRIVER-NOT-CONNECTED is
 * unknown) and as a supply it is none (F21: a rig is supplied if any feed is).
 */
export function wasHeard(all: Case, ups: UpsId, fromMs: number, toMs: number): boolean {
  const slow = timed(all, ['ups']).filter(({ on, quirks }) => on === ups && (quirks.answerSeconds ?? 0) > 0.9);
  const dead = (all.dead ?? []).filter((one) => one.ups === ups);
  return ![...silencesOf(all, ups), ...slow, ...dead].some((one) => overlaps(one, fromMs, toMs));
}

/** No trouble of its own, at any time. */
export function isHonest({ honest }: Case, ups: UpsId): boolean {
  return honest?.has(ups) === true;
}

/** True outages at the input of a UPS; one of the grid is of all that no generator may carry. */
export function outagesOf({ outages }: Case, ups: UpsId | undefined): readonly Outage[] {
  return outages.filter((one) => one.ups === ups || (one.ups === undefined && !(ups !== undefined && one.spares?.has(ups))));
}

/** Whether a UPS truly was on mains all the while. */
export function onMains(all: Case, ups: UpsId, fromMs: number, toMs: number): boolean {
  return !outagesOf(all, ups).some((one) => overlaps(one, fromMs, toMs));
}

/** Whether a record is on the card for good, as far as anybody could tell at the end. */
export function isKept({ kept, records }: Case, record: JournalRecord): boolean {
  // Older than the oldest file: it was there, if its number was not given anew.
  const first = kept[0]?.seq ?? Number.POSITIVE_INFINITY;
  if (record.seq < first) return records.findLast(({ seq }) => seq === record.seq) === record;
  // A number whose record was lost is given again in the next life.
  return kept.some(({ seq, event, monoMs }) => seq === record.seq && event === record.event && Math.abs(monoMs - record.monoMs) < 1);
}

/** Since when the journal has a UPS on battery, as the service knows it: of what was lost with its life the next one has not heard. */
export function outageSince(all: Case, ups: UpsId, atMs: number): number | undefined {
  const life = all.records.findLast(({ event, monoMs }) => event === 'started' && monoMs <= atMs);
  const isKnown = (record: JournalRecord): boolean => record.monoMs >= (life?.monoMs ?? 0) || isKept(all, record);
  const last = all.records.findLast((record) => {
    const isOne = record.event === 'outage-began' || record.event === 'outage-ended';
    return isOne && record.monoMs <= atMs && record['ups'] === ups && isKnown(record);
  });
  return last?.event === 'outage-began' ? last.monoMs : undefined;
}

/** A wish as it stands in the journal. */
export interface Wish {
  readonly as: 'up' | 'down';
  readonly fromMs: number;
  /** another word about the rig, or its own time; Infinity: to the end of the night */
  readonly toMs: number;
  readonly untilMs: number;
  /** the next word about the rig */
  readonly nextMs: number;
  readonly now: boolean;
  readonly record: JournalRecord;
}

interface Said {
  readonly kind: string;
  readonly as?: 'up' | 'down';
  readonly rigs?: readonly RigId[];
  readonly forSeconds?: number;
  readonly now?: true;
}

/** What persons wished of a rig, oldest first. */
export function wishesOf({ records }: Case, rig: RigId): readonly Wish[] {
  const said = records
    .filter(({ event }) => event === 'command')
    .map((record) => ({ record, command: record['command'] as Said }))
    .filter(({ command }) => (command.kind === 'hold' || command.kind === 'release') && command.rigs?.includes(rig) === true);
  return said.flatMap(({ record, command }, place): Wish[] => {
    if (command.kind !== 'hold' || command.as === undefined) return [];
    const untilMs = command.forSeconds === undefined ? Number.POSITIVE_INFINITY : record.monoMs + command.forSeconds * 1_000;
    const nextMs = said[place + 1]?.record.monoMs ?? Number.POSITIVE_INFINITY;
    const toMs = Math.min(untilMs, nextMs);
    return [{ as: command.as, fromMs: record.monoMs, toMs, untilMs, nextMs, now: command.now === true, record }];
  });
}
