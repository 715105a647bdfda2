// Reads the journal back, newest file first, as far as is needed: each record once, past whatever is damaged.
// Decides nothing and changes nothing on the card; what is to be cut off is only measured here.
import { codeOf } from '../model/outcome.ts';
import { decodeRecord } from '../wire/journal-record.ts';
import type { JournalFiles } from './journal-files.ts';
import type { JournalRecord } from './port.ts';

export const CURRENT = 'journal.jsonl';
/** A new file while it is being written; nothing in it counts before it has its final name. */
export const NEXT = 'journal.next.jsonl';
/** A file that could not be read when it was rotated, so that the number of its first record is not known. */
export const UNREAD = 'journal.unread.jsonl';
const ROTATED = /^journal\.(\d+)\.jsonl$/;
const LINE_FEED = 0x0a;
/** bad lines in a row that are named one by one; a file of nothing but line feeds has a million */
const NAMED_A_FILE = 20;

/** The name a full file gets: by its first record, so that names sort by age and one rename is enough. */
export function rotatedName(firstSeq: number | undefined): string {
  return firstSeq === undefined ? UNREAD : `journal.${firstSeq}.jsonl`;
}

/** The rotated files among `names`, oldest first. */
export function rotatedAmong(names: readonly string[]): readonly string[] {
  const seqOf = (name: string): number => Number(ROTATED.exec(name)?.[1] ?? 0);
  return names.filter((name) => name === UNREAD || ROTATED.test(name)).sort((a, b) => seqOf(a) - seqOf(b));
}

export interface CurrentFile {
  /** bytes up to the end of the last good record */
  readonly size: number;
  /** bytes after it, to be cut off before the next record is written */
  readonly cutBytes: number;
  readonly firstSeq?: number;
  /** there is a file, and the system would not let it be read */
  readonly unreadable?: true;
}

export interface ReadBack {
  /** oldest first, `seq` strictly rising */
  readonly records: readonly JournalRecord[];
  /** absent where there is no current file */
  readonly current?: CurrentFile;
  /** bad places before the end, as `journal.jsonl line 12: does not fit its checksum` */
  readonly damage: readonly string[];
}

/**
 * Reads from the newest file back, until one holds a record that is `enough`. Rejects only where the folder itself
 * cannot be listed.
 */
export async function readBack(files: JournalFiles, enough: (record: JournalRecord) => boolean): Promise<ReadBack> {
  const names = await files.list();
  const current = names.includes(CURRENT) ? await scanOf(files, CURRENT) : undefined;
  const older = [...rotatedAmong(names)].reverse();
  let records = current?.records ?? [];
  const damage = [...(current?.damage ?? [])];
  for (let done = records.some(enough); !done && older.length > 0; ) {
    const scan = await scanOf(files, older.shift() ?? UNREAD);
    damage.push(...scan.damage, ...(scan.tail === undefined ? [] : [scan.tail]));
    const newer = records[0]?.seq ?? Number.POSITIVE_INFINITY;
    records = [...scan.records.filter((record) => record.seq < newer), ...records];
    done = scan.records.some(enough);
  }
  return { records, damage, ...(current && { current: currentOf(current) }) };
}

function currentOf({ records, size, length }: Scan): CurrentFile {
  if (length === undefined) return { size: 0, cutBytes: 0, unreadable: true };
  const firstSeq = records[0]?.seq;
  return { size, cutBytes: length - size, ...(firstSeq === undefined ? {} : { firstSeq }) };
}

/** The records to fold into memory: from the newest that begins with what must survive, or all there are. */
export function sinceMemory(records: readonly JournalRecord[]): readonly JournalRecord[] {
  let from = records.findLastIndex((record) => record.event === 'memory');
  while (from > 0 && records[from - 1]?.event === 'memory') from -= 1;
  return from < 0 ? records : records.slice(from);
}

interface Scan {
  readonly records: readonly JournalRecord[];
  /** bytes up to the end of the last record taken */
  readonly size: number;
  /** bytes in all; absent where the system would not let the file be read */
  readonly length?: number;
  /** bad lines that good ones follow */
  readonly damage: readonly string[];
  /** the first bad line of those that none follows */
  readonly tail?: string;
}

async function scanOf(files: JournalFiles, name: string): Promise<Scan> {
  try {
    return scanned(await files.read(name), name);
  } catch (error) {
    // Gone between the list and the read: rotated away, and its records are in a file that was read before.
    if (codeOf(error) === 'ENOENT') return { records: [], size: 0, length: 0, damage: [] };
    return { records: [], size: 0, damage: [`${name}: cannot be read (${codeOf(error) ?? 'unknown error'})`] };
  }
}

/** The good lines of one file. A record whose number does not rise is a copy, and left out. */
function scanned(bytes: Uint8Array, name: string): Scan {
  const records: JournalRecord[] = [];
  const text = new TextDecoder('utf-8', { ignoreBOM: true });
  let size = 0;
  let pending: string[] = [];
  const damage: string[] = [];
  let line = 0;
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(LINE_FEED, from);
    line += 1;
    const record = end < 0 ? undefined : decodeRecord(text.decode(bytes.subarray(from, end)));
    if (record?.ok && record.value.seq > (records.at(-1)?.seq ?? 0)) {
      records.push(record.value);
      damage.push(...pending);
      pending = [];
      size = end + 1;
    } else if (pending.length < NAMED_A_FILE) {
      pending.push(`${name} line ${line}: ${wrongWith(record)}`);
    }
    from = end < 0 ? bytes.length : end + 1;
  }
  return { records, size, length: bytes.length, damage, ...(pending[0] === undefined ? {} : { tail: pending[0] }) };
}

function wrongWith(record: ReturnType<typeof decodeRecord> | undefined): string {
  if (record === undefined) return 'is not whole';
  return record.ok ? `repeats record ${record.value.seq}` : record.fault.detail;
}
