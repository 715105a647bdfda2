// The journal on the card. Records are appended in memory and numbered at once; one write and one sync at a time carry
// everything appended so far. A card that refuses costs nothing while the process lives: what waits is written later.
import type { Event } from '../model/event.ts';
import { codeOf, DONE, type Fault, failed, type Outcome, ok } from '../model/outcome.ts';
import { encodeRecord } from '../wire/journal-record.ts';
import { JournalDisk, type Line, saysFull } from './journal-disk.ts';
import { type JournalFiles, realFiles } from './journal-files.ts';
import { type ReadBack, readBack, sinceMemory } from './journal-read.ts';
import { JournalTail } from './journal-tail.ts';
import type { Clock, Journal, JournalRecord } from './port.ts';

/** Bounds; each has a default. */
export interface JournalLimits {
  /** files kept, the current one included. Default 8. */
  readonly files: number;
  /** bytes after which a file is rotated. Default 1 MiB. */
  readonly fileBytes: number;
  /** records held in memory while the card refuses; beyond it the older half is given up. Default 10,000. */
  readonly waiting: number;
  /** ms that `close` tries to write what waits. Default 2,000. */
  readonly closeMs: number;
}

export interface JournalOptions {
  readonly dir: string;
  readonly clock: Clock;
  /**
   * What must survive, as of everything appended so far: the record or records (event `memory`) each new file begins
   * with. Never called from within `append`.
   */
  readonly snapshot: () => readonly object[];
  readonly limits?: Partial<JournalLimits>;
  /** where the files are; default the folder `dir` */
  readonly files?: JournalFiles;
}

export interface JournalReport {
  /** bytes at the end that were no whole record; cut off with the next write */
  readonly cutBytes: number;
  /** the first bad place before the end, as `journal.jsonl line 12: does not fit its checksum` */
  readonly damagedAt?: string;
  /** one sentence for a person; absent where nothing was wrong */
  readonly say?: string;
}

export interface OpenedJournal {
  readonly journal: Journal;
  /** from the newest record of what must survive on, oldest first: fold them */
  readonly records: readonly JournalRecord[];
  readonly report: JournalReport;
}

const LIMITS: JournalLimits = { files: 8, fileBytes: 1024 * 1024, waiting: 10_000, closeMs: 2_000 };
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;
/** So many records are put into words before others get their turn: a shed of 1,000 rigs is 2,000. */
const SLICE_RECORDS = 200;
/** at most so often is a missing reserve tried again */
const RESERVE_EVERY_MS = 600_000;

/**
 * Opens the journal in `dir`. Damage never stops it: a bad tail is cut, a bad place before it is skipped, and both are
 * reported. A fault only where the folder cannot be made or listed, for then nobody knows what must survive.
 */
export async function openJournal(options: JournalOptions): Promise<Outcome<OpenedJournal>> {
  const files = options.files ?? realFiles(options.dir);
  let read: ReadBack;
  try {
    read = await readBack(files, (record) => record.event === 'memory');
  } catch (error) {
    return failed('refused', `the journal folder ${options.dir} cannot be read (${nameOf(error)}): let the service's user own it`, 'never');
  }
  const journal = new CardJournal(options, files, read);
  return ok({ journal, records: sinceMemory(read.records), report: reportOf(read) });
}

function reportOf({ current, damage }: ReadBack): JournalReport {
  const cutBytes = current?.cutBytes ?? 0;
  const says: string[] = [];
  if (cutBytes > 0) says.push(`the last ${cutBytes} bytes of the journal were no whole record, as after a power cut, and are cut off`);
  if (damage.length > 0)
    says.push(`the journal is damaged at ${damage[0]}${damage.length > 1 ? ` and ${damage.length - 1} more` : ''}; read past it`);
  return {
    cutBytes,
    ...(damage[0] === undefined ? {} : { damagedAt: damage[0] }),
    ...(says.length === 0 ? {} : { say: `${says.join('; ')}; if this comes back without a power cut, replace the card` }),
  };
}

/** When it was appended. */
interface Stamp {
  readonly wallMs: number;
  readonly monoMs: number;
  readonly wallIsSet: boolean;
}

interface Waiter {
  readonly seq: number;
  readonly settle: (outcome: Outcome) => void;
}

class CardJournal implements Journal {
  readonly #options: JournalOptions;
  readonly #limits: JournalLimits;
  readonly #disk: JournalDisk;
  readonly #tail: JournalTail;
  readonly #closing = new AbortController();
  readonly #waiters = new Set<Waiter>();
  #waiting: Line[] = [];
  #lastSeq: number;
  #safeSeq: number;
  /** all that wait up to here are in words */
  #wordedSeq = 0;
  #mustBeginFile: boolean;
  /** What a life before this one could not sync may be in the system's cache and nowhere else: it was read, and is told anew. */
  #mustTell: boolean;
  #closed = false;
  #fault: Fault | undefined;
  #reserveTriedMs: number | undefined;
  #running: Promise<void> | undefined;

  constructor(options: JournalOptions, files: JournalFiles, read: ReadBack) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#disk = new JournalDisk(files, this.#limits, read.current);
    this.#tail = new JournalTail(files);
    this.#lastSeq = read.records.at(-1)?.seq ?? 0;
    this.#safeSeq = this.#lastSeq;
    this.#mustTell = read.records.length > 0;
    this.#mustBeginFile = read.current?.unreadable === true || (read.records.length > 0 && read.current?.firstSeq === undefined);
  }

  append(events: readonly Event[]): number {
    const stamp = this.#stamp();
    for (const event of events) this.#number(event, stamp);
    if (this.#waiting.length > this.#limits.waiting) this.#giveUpOlderHalf();
    this.#wake();
    return this.#lastSeq;
  }

  /** While the card refuses it answers so at once: ask again after a while, not in a loop. */
  durable(seq: number, signal: AbortSignal): Promise<Outcome> {
    if (Math.min(seq, this.#lastSeq) <= this.#safeSeq) return Promise.resolve(DONE);
    const fault = this.#fault;
    if (fault !== undefined) return Promise.resolve({ ok: false, fault });
    const late = (): Outcome => failed('timeout', `the journal in ${this.#options.dir} has not synced record ${seq} in time`);
    if (signal.aborted) return Promise.resolve(late());
    return new Promise((resolve) => {
      const settle = (outcome: Outcome): void => {
        this.#waiters.delete(waiter);
        signal.removeEventListener('abort', onAbort);
        resolve(outcome);
      };
      const onAbort = (): void => settle(late());
      const waiter: Waiter = { seq, settle };
      this.#waiters.add(waiter);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  tail(query: Parameters<Journal['tail']>[0]): Promise<readonly JournalRecord[]> {
    return this.#tail.read(query);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake();
    const patience = new AbortController();
    await Promise.race([this.#running, this.#options.clock.sleep(this.#limits.closeMs, patience.signal)]);
    patience.abort();
    this.#settle(this.#fault ?? failed('timeout', `the journal in ${this.#options.dir} was closed before it was synced`).fault);
    this.#closed = true;
    // A file in the middle of a sync that hangs is left to the kernel.
    if (this.#running === undefined) await this.#disk.close();
  }

  #stamp(): Stamp {
    const { clock } = this.#options;
    return { wallMs: clock.wallMs(), monoMs: clock.monotonicMs(), wallIsSet: clock.wallIsSet() };
  }

  #number(event: object, stamp: Stamp, opens?: true): void {
    this.#lastSeq += 1;
    const line = { ...lineOf(this.#lastSeq, event, stamp), ...(opens && { opens }) };
    this.#waiting.push(line);
    this.#tail.noticed(line);
  }

  /** One record stands for those given up, under the number of the last of them; the next file holds all that must survive. */
  #giveUpOlderHalf(): void {
    const lost = this.#waiting.splice(0, this.#waiting.length - Math.floor(this.#limits.waiting / 2));
    const [first, last] = [lost[0], lost.at(-1)];
    if (first === undefined || last === undefined) return;
    const lostFrom = first.lostFrom ?? first.seq;
    const say = `records ${lostFrom} to ${last.seq} were given up, for the card took none of them and memory is bounded`;
    this.#waiting.unshift({ ...lineOf(last.seq, { event: 'noted', say, lostFrom }, this.#stamp()), lostFrom });
    this.#mustBeginFile = true;
  }

  #wake(): void {
    if (this.#closed || this.#running !== undefined || this.#waiting.length === 0) return;
    // Later than the tick that appended: only then does the snapshot hold what was appended.
    this.#running = Promise.resolve().then(() => this.#write());
  }

  /** Writes until nothing waits. After `close` was asked, only until the card refuses once. */
  async #write(): Promise<void> {
    try {
      let retryMs = FIRST_RETRY_MS;
      while (this.#waiting.length > 0) {
        if (this.#isMuch()) await this.#putIntoWords();
        if (await this.#writeOnce()) {
          retryMs = FIRST_RETRY_MS;
          continue;
        }
        if (this.#closing.signal.aborted) return;
        await this.#options.clock.sleep(retryMs, this.#closing.signal);
        retryMs = Math.min(2 * retryMs, LAST_RETRY_MS);
      }
    } finally {
      // In the same turn as the last look at what waits: an append in between would wake nobody.
      this.#running = undefined;
    }
  }

  /** Few are put into words as they are written: a wait before that would be one of every step. */
  #isMuch(): boolean {
    return this.#waiting.length > SLICE_RECORDS;
  }

  /** Slice by slice, until few are left, so that nobody waits for all of them: others come meanwhile. */
  async #putIntoWords(): Promise<void> {
    for (;;) {
      const unworded = this.#waiting.filter(({ seq }) => seq > this.#wordedSeq);
      if (unworded.length <= SLICE_RECORDS) return;
      for (const line of unworded.slice(0, SLICE_RECORDS)) {
        line.text();
        this.#wordedSeq = line.seq;
      }
      await this.#options.clock.sleep(0, this.#closing.signal);
    }
  }

  async #writeOnce(): Promise<boolean> {
    const batch = this.#take();
    const error = await this.#put(batch);
    if (error !== undefined) {
      this.#waiting.unshift(...batch);
      this.#fault = this.#faultOf(error);
      this.#settle(this.#fault);
      return false;
    }
    this.#safeSeq = batch.at(-1)?.seq ?? this.#safeSeq;
    this.#fault = undefined;
    this.#settle();
    await this.#keepReserve();
    return true;
  }

  /** The lines that go into one file: all that wait, but for those of the file after. */
  #take(): readonly Line[] {
    if (!this.#waiting.some((line) => line.opens)) this.#beginFileIfDue();
    const body = this.#waiting.findIndex((line) => !line.opens);
    const next = body < 0 ? -1 : this.#waiting.findIndex((line, index) => index > body && line.opens);
    return this.#waiting.splice(0, next < 0 ? this.#waiting.length : next);
  }

  /** What waits still goes to the full file, and what must survive opens the next; where there is no file to go to, both do. */
  #beginFileIfDue(): void {
    const bytes = this.#waiting.reduce((sum, line) => sum + line.text().length, 0);
    if (this.#mustBeginFile) this.#waiting = this.#waiting.map((line) => ({ ...line, opens: true }));
    else if (!this.#disk.isFullWith(bytes)) return this.#tellWhatWasRead();
    this.#mustBeginFile = false;
    this.#mustTell = false;
    const memory = this.#options.snapshot();
    const stamp = this.#stamp();
    for (const record of memory) this.#number(record, stamp, true);
    if (memory.length === 0) this.#waiting = this.#waiting.map((line, index) => (index === 0 ? { ...line, opens: true } : line));
  }

  /** Linux calls a page clean that it could not write, and no later sync carries it: what was read of it must survive by a new record. */
  #tellWhatWasRead(): void {
    if (!this.#mustTell) return;
    const memory = this.#options.snapshot();
    const stamp = this.#stamp();
    for (const record of memory) this.#number(record, stamp);
    this.#mustTell = memory.length === 0;
  }

  async #put(batch: readonly Line[]): Promise<unknown> {
    try {
      await this.#disk.put(batch);
      return undefined;
    } catch (error) {
      if (!saysFull(error) || !(await this.#disk.spendReserve())) return error;
    }
    this.#reserveTriedMs = this.#options.clock.monotonicMs();
    return this.#disk.put(batch).then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  async #keepReserve(): Promise<void> {
    const now = this.#options.clock.monotonicMs();
    if (this.#reserveTriedMs !== undefined && now - this.#reserveTriedMs < RESERVE_EVERY_MS) return;
    this.#reserveTriedMs = now;
    await this.#disk.keepReserve();
  }

  /** Answers those whose record is safe, or with a fault everybody. */
  #settle(fault?: Fault): void {
    for (const waiter of [...this.#waiters]) {
      if (waiter.seq <= this.#safeSeq) waiter.settle(DONE);
      else if (fault !== undefined) waiter.settle({ ok: false, fault });
    }
  }

  #faultOf(error: unknown): Fault {
    const advice = saysFull(error) ? 'free some space on it' : 'look at the card';
    return failed(
      'refused',
      `the journal in ${this.#options.dir} cannot be written (${nameOf(error)}); ${this.#waiting.length} records wait in memory: ${advice}`,
    ).fault;
  }
}

/** Its words are not made in the tick: what a large fleet brings about takes longer to be put into words than to be decided. */
function lineOf(seq: number, event: object, { wallMs, monoMs, wallIsSet }: Stamp): Line {
  const text = once(() => {
    const at = new Date(wallMs).toISOString();
    return encodeRecord({ seq, at, ...(wallIsSet ? {} : { clock: 'unset' }), monoMs: Math.round(monoMs * 1000) / 1000 }, event);
  });
  return { seq, text };
}

/** Made at the first asking, and kept in place of what it is made of. */
function once(make: () => string): () => string {
  let made: string | (() => string) = make;
  return () => {
    if (typeof made === 'function') made = made();
    return made;
  };
}

function nameOf(error: unknown): string {
  return codeOf(error) ?? String(error);
}
