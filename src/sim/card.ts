// The card under the journal in virtual time: a simulated disk whose syncs take their time, that may refuse, and of which
// is known up to which record it is safe.
import type { Clock } from '../host/port.ts';
import { type DiskOperation, SimDisk, type SimFile } from './disk.ts';

/** How it misbehaves; `{}`: it is well. */
export interface SimCardQuirks {
  /** ms that a sync takes; default 5, as an SD card does it on a good day */
  readonly syncMs?: number;
  /** whatever would change something is refused with this code: ENOSPC, EROFS, EIO */
  readonly code?: string;
}

const USUAL_SYNC_MS = 5;
/** Files that hold records. */
const RECORDS = /\.jsonl$/;
const SEQ = /"seq":(\d+)/g;
const CHANGES: ReadonlySet<DiskOperation> = new Set<DiskOperation>(['open', 'write', 'sync', 'truncate', 'rename', 'sync-folder']);

export class SimCard {
  readonly #clock: Clock;
  #disk: SimDisk;
  #quirks: SimCardQuirks = {};
  /** the last record that is on the card for good */
  #safeSeq = 0;
  /** the last that is in a file for good, whose name may not be */
  #syncedSeq = 0;
  #namesAreSafe = false;

  constructor(clock: Clock, disk = new SimDisk()) {
    this.#clock = clock;
    this.#disk = disk;
    this.#obey();
  }

  get disk(): SimDisk {
    return this.#disk;
  }

  /** Up to which record a power cut now would lose nothing. */
  get safeSeq(): number {
    return this.#safeSeq;
  }

  misbehave(quirks: SimCardQuirks): void {
    this.#quirks = quirks;
    this.#obey();
  }

  /** Power was lost; from here on this is what is found on it. */
  found(disk: SimDisk): void {
    this.#disk = disk;
    this.#obey();
  }

  list(): Promise<readonly string[]> {
    return this.#disk.list();
  }

  read(name: string): Promise<Uint8Array> {
    return this.#disk.read(name);
  }

  rename(from: string, to: string): Promise<void> {
    this.#namesAreSafe = false;
    return this.#disk.rename(from, to);
  }

  remove(name: string): Promise<void> {
    return this.#disk.remove(name);
  }

  async syncFolder(): Promise<void> {
    await this.#takesTime();
    await this.#disk.syncFolder();
    this.#namesAreSafe = true;
    this.#safeSeq = this.#syncedSeq;
  }

  async open(name: string): Promise<SimFile> {
    if (RECORDS.test(name) && !(await this.#disk.list()).includes(name)) this.#namesAreSafe = false;
    const file = await this.#disk.open(name);
    let lastSeq = 0;
    return {
      write: (bytes, at) => {
        for (const [, seq] of new TextDecoder().decode(bytes).matchAll(SEQ)) lastSeq = Math.max(lastSeq, Number(seq));
        return file.write(bytes, at);
      },
      truncate: (size) => file.truncate(size),
      sync: async () => {
        const upTo = lastSeq;
        await this.#takesTime();
        await file.sync();
        this.#syncedSeq = Math.max(this.#syncedSeq, upTo);
        if (this.#namesAreSafe) this.#safeSeq = this.#syncedSeq;
      },
      close: () => file.close(),
    };
  }

  #takesTime(): Promise<void> {
    return this.#clock.sleep(this.#quirks.syncMs ?? USUAL_SYNC_MS);
  }

  #obey(): void {
    const { code } = this.#quirks;
    this.#disk.refuses = (operation) => (code !== undefined && CHANGES.has(operation) ? code : undefined);
  }
}
