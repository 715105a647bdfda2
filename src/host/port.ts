// What the machine we run on must give: time, a journal, a supervisor, a voice.
import type { Event } from '../model/event.ts';
import type { Outcome } from '../model/outcome.ts';

export interface Clock {
  /** the kernel's monotonic clock in ms: never goes backwards, goes on over restarts of the service */
  monotonicMs(): number;
  /** for people and schedules, never for a deadline */
  wallMs(): number;
  /** whether wall time has been synchronised since boot */
  wallIsSet(): boolean;
  /** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `act` after `ms`, once; the returned function calls it off. For what is mostly called off: deadlines. */
  after(ms: number, act: () => void): () => void;
}

/** A line of the journal as it was read back. */
export interface JournalRecord {
  readonly v: number;
  readonly seq: number;
  readonly at: string;
  readonly clock?: 'unset';
  readonly monoMs: number;
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface Journal {
  /** In order, in memory; not yet safe. Returns the number of the last record. Never throws. */
  append(events: readonly Event[]): number;
  /** Resolves when everything up to `seq` is safe on the card, or with the fault; never rejects. */
  durable(seq: number, signal: AbortSignal): Promise<Outcome>;
  /** Records from `sinceSeq` on, oldest first, at most `limit`. */
  tail(query: { readonly sinceSeq?: number; readonly sinceWallMs?: number; readonly limit: number }): Promise<readonly JournalRecord[]>;
  close(): Promise<void>;
}

/** systemd, or nobody. */
export interface Supervisor {
  ready(status: string): void;
  /** called by a completed tick only */
  alive(): void;
  status(text: string): void;
  reloading(): void;
  stopping(): void;
}

/** syslog levels, so that the level number is the journald priority */
export type LogLevel = 'emerg' | 'alert' | 'crit' | 'error' | 'warning' | 'notice' | 'info' | 'debug';

export interface Log {
  write(level: LogLevel, message: string, facts?: Readonly<Record<string, unknown>>): void;
}

/** An alarm on its way to the program that `onAlarm` names. */
export interface Alarmist {
  /** Queues; never waits, never throws; the queue is bounded. */
  tell(alarm: Readonly<Record<string, unknown>>): void;
  close(): Promise<void>;
}
