// Puts lines on the card so that a power cut between any two operations loses nothing that was acknowledged: the
// current file grows, and a full one is renamed once its successor is whole. Knows no clock and no queue.
import { codeOf } from '../model/outcome.ts';
import type { JournalFile, JournalFiles } from './journal-files.ts';
import { CURRENT, type CurrentFile, NEXT, rotatedAmong, rotatedName, UNREAD } from './journal-read.ts';

const RESERVE = 'journal.reserve';
/** about 200 records: an outage of a small farm, from mains lost to every rig hashing again */
const RESERVE_BYTES = 64 * 1024;

export interface Line {
  readonly seq: number;
  /** put into words at the first asking */
  readonly text: () => string;
  /** begins a new file: what must survive */
  readonly opens?: true;
  /** stands for all from this number on, which were given up */
  readonly lostFrom?: number;
}

export interface DiskLimits {
  readonly files: number;
  readonly fileBytes: number;
}

export class JournalDisk {
  readonly #files: JournalFiles;
  readonly #limits: DiskLimits;
  readonly #utf8 = new TextEncoder();
  #handle: JournalFile | undefined;
  /** bytes of the current file that hold; what is beyond is cut before the next write */
  #size: number;
  /** bytes of what must survive, at the head of the current file */
  #headBytes = 0;
  #firstSeq: number | undefined;
  #mustSetAside: boolean;
  #mustCut: boolean;
  #mustSyncFolder: boolean;
  #reserved: boolean | undefined;

  constructor(files: JournalFiles, limits: DiskLimits, current: CurrentFile | undefined) {
    this.#files = files;
    this.#limits = limits;
    this.#size = current?.size ?? 0;
    this.#firstSeq = current?.firstSeq;
    this.#mustSetAside = current?.unreadable === true;
    this.#mustCut = (current?.cutBytes ?? 0) > 0;
    // A file of the run before may be on the card and its name not yet.
    this.#mustSyncFolder = true;
  }

  /** Whether the current file is full once it has taken `waitingBytes` more. */
  isFullWith(waitingBytes: number): boolean {
    // A memory larger than a file must not rotate at every write.
    return this.#size + waitingBytes > Math.max(this.#limits.fileBytes, 4 * this.#headBytes);
  }

  /** Writes and syncs the lines; those that open a file begin one. Rejects with the system's error; then ask again with the same lines. */
  async put(lines: readonly Line[]): Promise<void> {
    try {
      await (lines[0]?.opens || this.#mustSetAside ? this.#begin(lines) : this.#extend(lines));
    } catch (error) {
      // After a failed sync the kernel may call pages clean that never reached the card: all is written afresh.
      this.#mustCut = true;
      await this.#letGo();
      throw error;
    }
  }

  /** Frees the reserve, so that a full card takes some more; false when there is none left. */
  async spendReserve(): Promise<boolean> {
    if (this.#reserved === false) return false;
    try {
      const had = this.#reserved ?? (await this.#files.list()).includes(RESERVE);
      this.#reserved = false;
      if (had) await this.#files.remove(RESERVE);
      return had;
    } catch {
      return false;
    }
  }

  /** Puts room aside for the day the card is full. Costs a write only where the reserve is missing; never rejects. */
  async keepReserve(): Promise<void> {
    if (this.#reserved === true) return;
    try {
      if ((await this.#files.list()).includes(RESERVE)) {
        this.#reserved = true;
        return;
      }
      const file = await this.#files.open(RESERVE);
      try {
        await file.write(new Uint8Array(RESERVE_BYTES), 0);
        await file.sync();
      } finally {
        await file.close();
      }
      this.#reserved = true;
    } catch {
      this.#reserved = false;
      await this.#files.remove(RESERVE).catch(() => undefined);
    }
  }

  close(): Promise<void> {
    return this.#letGo();
  }

  async #extend(lines: readonly Line[]): Promise<void> {
    const bytes = this.#bytesOf(lines);
    this.#handle ??= await this.#files.open(CURRENT);
    if (this.#mustCut) await this.#handle.truncate(this.#size);
    await this.#handle.write(bytes, this.#size);
    await this.#handle.sync();
    if (this.#mustSyncFolder) await this.#files.syncFolder();
    this.#mustCut = false;
    this.#mustSyncFolder = false;
    this.#size += bytes.length;
    this.#firstSeq ??= lines[0]?.seq;
  }

  async #begin(lines: readonly Line[]): Promise<void> {
    const bytes = this.#bytesOf(lines);
    await this.#makeRoom();
    const next = await this.#files.open(NEXT);
    try {
      await next.truncate(0);
      await next.write(bytes, 0);
      await next.sync();
      await this.#setAside();
      await this.#files.rename(NEXT, CURRENT);
      await this.#files.syncFolder();
    } catch (error) {
      await next.close().catch(() => undefined);
      throw error;
    }
    this.#handle = next;
    this.#size = bytes.length;
    this.#headBytes = this.#bytesOf(lines.filter((line) => line.opens)).length;
    this.#firstSeq = lines[0]?.seq;
    this.#mustCut = false;
    this.#mustSyncFolder = false;
  }

  /** The oldest go first, so that the bound holds while the new file is written, too. */
  async #makeRoom(): Promise<void> {
    const rotated = rotatedAmong(await this.#files.list());
    const tooMany = rotated.length + 2 - this.#limits.files;
    for (const name of rotated.slice(0, Math.max(0, tooMany))) await this.#files.remove(name);
  }

  /** Gives the full file its final name. The folder is synced before the new one takes its place, so that it never loses its only name. */
  async #setAside(): Promise<void> {
    if (this.#firstSeq !== undefined || this.#mustSetAside) {
      if (this.#mustCut && !this.#mustSetAside) {
        this.#handle ??= await this.#files.open(CURRENT);
        await this.#handle.truncate(this.#size);
        await this.#handle.sync();
      }
      await this.#letGo();
      await this.#files.rename(CURRENT, this.#mustSetAside ? UNREAD : rotatedName(this.#firstSeq));
      this.#firstSeq = undefined;
      this.#mustSetAside = false;
      this.#size = 0;
    }
    await this.#letGo();
    await this.#files.syncFolder();
  }

  async #letGo(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch(() => undefined);
  }

  #bytesOf(lines: readonly Line[]): Uint8Array {
    return this.#utf8.encode(lines.map((line) => line.text()).join(''));
  }
}

/** Whether an error says that the card is full. */
export function saysFull(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}
