// A journal in memory that syncs as slowly, or fails, as it is told to. It outlives the engine that writes to it: what was
// safe when that one died is what the next one finds.
import type { Clock, Journal, JournalRecord } from '../host/port.ts';
import type { Event } from '../model/event.ts';
import { DONE, type Fault, failed, type Outcome } from '../model/outcome.ts';

export interface SimJournalQuirks {
  /** ms from a record to its being safe; default 5, as an SD card does it on a good day */
  readonly syncMs?: number;
  /** every sync ends in this from now on */
  readonly fault?: Fault;
}

const USUAL_SYNC_MS = 5;
/** Less would be lost in the rounding of large times, and nothing would ever be due. */
const LEAST_WAIT_MS = 0.001;
/** A scenario that writes more has gone wild. */
const MOST_RECORDS = 500_000;

export class SimJournal implements Journal {
  readonly #clock: Clock;
  #records: JournalRecord[] = [];
  /** for each record, since when it has been waiting for the card */
  #waitsFromMs: number[] = [];
  #safe = 0;
  #quirks: SimJournalQuirks = {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Everything written, safe or not, oldest first. */
  get records(): readonly JournalRecord[] {
    return this.#records;
  }

  /** With `{}` it is well again; what waited is then synced anew. */
  misbehave(quirks: SimJournalQuirks): void {
    this.#sync();
    this.#quirks = quirks;
    this.#waitsFromMs.fill(this.#clock.monotonicMs(), this.#safe);
  }

  /** The writer is killed: what was not safe is lost. */
  crash(): void {
    this.#sync();
    this.#records = this.#records.slice(0, this.#safe);
    this.#waitsFromMs = this.#waitsFromMs.slice(0, this.#safe);
  }

  append(events: readonly Event[]): number {
    if (this.#records.length + events.length > MOST_RECORDS) throw new Error(`the simulated journal holds ${MOST_RECORDS} records`);
    for (const event of events) {
      const stamp = {
        v: 1,
        seq: this.#records.length + 1,
        at: new Date(this.#clock.wallMs()).toISOString(),
        ...(this.#clock.wallIsSet() ? {} : { clock: 'unset' as const }),
        monoMs: this.#clock.monotonicMs(),
      };
      // As it would come back from a file: a copy, and nothing that JSON can't hold.
      this.#records.push(JSON.parse(JSON.stringify({ ...stamp, ...event })));
      this.#waitsFromMs.push(stamp.monoMs);
    }
    return this.#records.length;
  }

  async durable(seq: number, signal: AbortSignal): Promise<Outcome> {
    for (;;) {
      this.#sync();
      if (this.#safe >= seq) return DONE;
      if (signal.aborted) return failed('timeout', 'the journal was not synced in time');
      const { syncMs = USUAL_SYNC_MS, fault } = this.#quirks;
      const dueMs = fault === undefined ? (this.#waitsFromMs[seq - 1] ?? 0) + syncMs - this.#clock.monotonicMs() : syncMs;
      await this.#clock.sleep(Math.max(dueMs, LEAST_WAIT_MS), signal);
      if (fault !== undefined && !signal.aborted) return { ok: false, fault };
    }
  }

  async tail(query: {
    readonly sinceSeq?: number;
    readonly sinceWallMs?: number;
    readonly limit: number;
  }): Promise<readonly JournalRecord[]> {
    const { sinceSeq = 0, sinceWallMs = Number.NEGATIVE_INFINITY, limit } = query;
    const wanted = this.#records.filter((record) => record.seq >= sinceSeq && Date.parse(record.at) >= sinceWallMs);
    return query.sinceSeq === undefined ? wanted.slice(-limit) : wanted.slice(0, limit);
  }

  close(): Promise<void> {
    this.#sync();
    return Promise.resolve();
  }

  #sync(): void {
    const { syncMs = USUAL_SYNC_MS, fault } = this.#quirks;
    if (fault !== undefined) return;
    const nowMs = this.#clock.monotonicMs();
    while (this.#safe < this.#records.length && (this.#waitsFromMs[this.#safe] ?? 0) + syncMs <= nowMs) this.#safe += 1;
  }
}
