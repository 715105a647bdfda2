// A journal on a simulated disk, and a memory small enough to check by eye: the numbers that were noted.
import { type JournalLimits, type OpenedJournal, openJournal } from '../../src/host/journal-file.ts';
import type { JournalRecord } from '../../src/host/port.ts';
import type { Event } from '../../src/model/event.ts';
import { VirtualClock } from '../../src/sim/clock.ts';
import { SimDisk } from '../../src/sim/disk.ts';

/** A signal that never aborts; a new one each time, for those who wait on a dead disk never let go of it. */
export const forEver = (): AbortSignal => new AbortController().signal;

export const note = (number: number): Event => ({ event: 'noted', say: `number ${number}` });

/** The numbers that a run which starts from these records knows of. */
export function numbersIn(records: readonly JournalRecord[]): number[] {
  let known: number[] = [];
  for (const record of records) {
    if (record.event === 'memory') known = [...(record['numbers'] as number[])];
    else if (record.event === 'noted') known.push(Number(/^number (\d+)$/.exec(String(record['say']))?.[1]));
  }
  return known;
}

export interface Bench extends OpenedJournal {
  readonly clock: VirtualClock;
  /** what the process knows: the records it began with and what it noted */
  readonly known: number[];
  noteDown(...numbers: number[]): number;
}

/** Opens as the service would: folds what comes back, and gives the fold to every new file. */
export async function openBench(disk: SimDisk, limits: Partial<JournalLimits> = {}): Promise<Bench> {
  const clock = new VirtualClock();
  const known: number[] = [];
  const opened = await openJournal({
    dir: '/card',
    clock,
    files: disk,
    limits,
    snapshot: () => [{ event: 'memory', numbers: [...known] }],
  });
  if (!opened.ok) throw new Error(opened.fault.detail);
  known.push(...numbersIn(opened.value.records));
  return {
    ...opened.value,
    clock,
    known,
    noteDown: (...numbers) => {
      known.push(...numbers);
      return opened.value.journal.append(numbers.map(note));
    },
  };
}

export const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

/** A disk with the journal of a run that noted these batches and ended well. */
export async function written(...batches: number[][]): Promise<SimDisk> {
  const disk = new SimDisk();
  const bench = await openBench(disk);
  for (const batch of batches) await bench.journal.durable(bench.noteDown(...batch), forEver());
  await bench.journal.close();
  return disk;
}

export const textOf = async (disk: SimDisk, name = 'journal.jsonl'): Promise<string> => new TextDecoder().decode(await disk.read(name));

export const asText =
  (change: (before: string) => string) =>
  (bytes: Uint8Array): Uint8Array =>
    new TextEncoder().encode(change(new TextDecoder().decode(bytes)));
