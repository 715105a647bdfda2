// The memory as it stands in the journal that was read back at the start.
import { emptyMemory, type Memory } from '../core/memory.ts';
import { remember } from '../core/remember.ts';
import { fromSnapshot } from '../core/snapshot.ts';
import type { JournalRecord } from '../host/port.ts';
import type { Event } from '../model/event.ts';
import type { RigId } from '../model/id.ts';
import { messageOf } from '../model/outcome.ts';

export interface Recalled {
  readonly memory: Memory;
  /** records that could not be understood; named at the start, never fatal */
  readonly skipped: readonly string[];
}

/** Folds records, oldest first. A newer version's event that means something else to us is skipped and named. */
export function recall(records: readonly JournalRecord[], allRigs: readonly RigId[]): Recalled {
  let memory = emptyMemory();
  const skipped: string[] = [];
  for (const record of records) {
    try {
      if (record.event === 'memory') memory = fromSnapshot(record);
      else memory = remember(memory, record as unknown as Event, { monoMs: record.monoMs, at: record.at, allRigs });
    } catch (error) {
      skipped.push(`record ${record.seq} (${record.event}): ${messageOf(error)}`);
    }
  }
  return { memory, skipped };
}
