// The journal for people: the newest records from memory, older ones from the files.
import { decodeRecord } from '../wire/journal-record.ts';
import type { Line } from './journal-disk.ts';
import type { JournalFiles } from './journal-files.ts';
import { readBack } from './journal-read.ts';
import type { Journal, JournalRecord } from './port.ts';

/** records kept for those who follow, so that following reads no card: about half a MiB */
const RECENT = 1_000;

export class JournalTail {
  readonly #files: JournalFiles;
  #recent: Line[] = [];

  constructor(files: JournalFiles) {
    this.#files = files;
  }

  /** A line was appended; it may still wait for the card. */
  noticed(line: Line): void {
    this.#recent.push(line);
    if (this.#recent.length >= 2 * RECENT) this.#recent = this.#recent.slice(-RECENT);
  }

  /**
   * Oldest first, at most `limit`: with `sinceSeq` the first from there on, so that following skips none; without it
   * the newest. What waits for the card is among them. Never rejects: files that cannot be read are left out.
   */
  async read(query: Parameters<Journal['tail']>[0]): Promise<readonly JournalRecord[]> {
    const { sinceSeq, sinceWallMs, limit } = query;
    if (limit <= 0) return [];
    const first = this.#recent[0]?.seq ?? Number.POSITIVE_INFINITY;
    const asksRecent = sinceSeq === undefined ? sinceWallMs === undefined && this.#recent.length >= limit : sinceSeq >= first;
    const older = asksRecent ? [] : await this.#fromFiles(query);
    // Read after the files were: a record that reached the card meanwhile is in both, one that did not in one.
    const recent = this.#recent.flatMap((line) => {
      if (line.seq < (sinceSeq ?? 0)) return [];
      const record = decodeRecord(line.text().trimEnd());
      return record.ok ? [record.value] : [];
    });
    const bySeq = new Map([...older, ...recent].map((record) => [record.seq, record]));
    const found = [...bySeq.values()]
      .sort((a, b) => a.seq - b.seq)
      .filter((record) => record.seq >= (sinceSeq ?? 0) && (sinceWallMs === undefined || Date.parse(record.at) >= sinceWallMs));
    return sinceSeq === undefined ? found.slice(-limit) : found.slice(0, limit);
  }

  async #fromFiles({ sinceSeq, sinceWallMs, limit }: Parameters<Journal['tail']>[0]): Promise<readonly JournalRecord[]> {
    let seen = 0;
    const enough = (record: JournalRecord): boolean => {
      seen += 1;
      if (sinceSeq !== undefined) return record.seq <= sinceSeq;
      return seen >= limit || (sinceWallMs !== undefined && Date.parse(record.at) < sinceWallMs);
    };
    try {
      return (await readBack(this.#files, enough)).records;
    } catch {
      return [];
    }
  }
}
