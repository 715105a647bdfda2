// One loop per device, each at its own pace, with a deadline. A wedged device delays nobody but itself.
import { getEventListeners } from 'node:events';
import type { Clock } from '../host/port.ts';
import { failed, messageOf, type Outcome } from '../model/outcome.ts';

export interface PollerSetting<T> {
  readonly clock: Clock;
  /** who is asked, for messages */
  readonly name: string;
  readonly ask: (signal: AbortSignal) => Promise<Outcome<T>>;
  /** ms from one question to the next, and how long an answer may take; read anew each time */
  readonly pace: () => { readonly everyMs: number; readonly deadlineMs: number };
  readonly heard: (outcome: Outcome<T>, askedAtMs: number) => void;
}

/** How long a driver may overrun its aborted signal before it counts as not answering. */
const OVERRUN_MS = 250;

/** Between an answer and the next question, however slow the answer was. */
const LEAST_REST_MS = 10;

/**
 * Where it was not even asked, for too many went first: they had their turn, and a whole period later they would come first again. Of 1,000
 * rigs on a slow machine the last would never be read.
 */
const UNASKED_REST_MS = 1_000;

export class Poller<T> {
  readonly #setting: PollerSetting<T>;
  #ended = false;
  #deadline = new AbortController();
  #again = false;
  #hurried = false;
  #rouse: (() => void) | undefined;
  #done: Promise<void> = Promise.resolve();

  constructor(setting: PollerSetting<T>) {
    this.#setting = setting;
  }

  start(): void {
    this.#done = this.#run();
  }

  /** Asks now rather than at the next turn. */
  nudge(): void {
    this.#again = true;
    this.#rouse?.();
  }

  /** The pace has become quicker: the rest under way is as long as it says now. */
  hurry(): void {
    this.#hurried = true;
    this.#rouse?.();
  }

  stop(): Promise<void> {
    this.#ended = true;
    this.#deadline.abort();
    this.#rouse?.();
    return this.#done;
  }

  async #run(): Promise<void> {
    const { clock, pace, heard } = this.#setting;
    // Counted from when a question was due, not from when its late timer let it be asked: else every period is too long.
    let dueMs = clock.monotonicMs();
    while (!this.#ended) {
      const askedAtMs = clock.monotonicMs();
      this.#again = false;
      const outcome = await withDeadline(this.#setting, pace().deadlineMs, this.#deadline);
      if (this.#ended) return;
      if (!isUnused(this.#deadline.signal)) this.#deadline = new AbortController();
      heard(outcome, askedAtMs);
      dueMs = await this.#next(dueMs, !outcome.ok && outcome.fault.code === 'not-asked');
    }
  }

  /** Rests until the next question is due, and tells when that was. */
  async #next(lastDueMs: number, unasked: boolean): Promise<number> {
    const { clock, pace } = this.#setting;
    let leastMs = clock.monotonicMs() + LEAST_REST_MS;
    const mostMs = unasked ? clock.monotonicMs() + UNASKED_REST_MS : Number.POSITIVE_INFINITY;
    for (;;) {
      // A nudge during the question asks at once again: what was asked may have changed since.
      if (this.#again || this.#ended) return clock.monotonicMs();
      this.#hurried = false;
      const dueMs = Math.max(Math.min(lastDueMs + pace().everyMs, mostMs), leastMs);
      await this.#rest(dueMs - clock.monotonicMs());
      if (!this.#hurried && !this.#again) return dueMs;
      leastMs = Math.max(leastMs, clock.monotonicMs());
    }
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const callOff = this.#setting.clock.after(ms, resolve);
      this.#rouse = () => {
        callOff();
        resolve();
      };
    });
  }
}

/** A question that settled in time, and whose driver listens no more, leaves its signal to the next: making one is not cheap. */
function isUnused(signal: AbortSignal): boolean {
  return !signal.aborted && getEventListeners(signal, 'abort').length === 0;
}

/**
 * Runs `ask` under a deadline of the clock given; an answer that never comes is a timeout, a throw is garbled. Whoever holds
 * `deadline` may break it off before.
 */
export function withDeadline<T>(
  setting: Pick<PollerSetting<T>, 'clock' | 'name' | 'ask'>,
  deadlineMs: number,
  deadline = new AbortController(),
): Promise<Outcome<T>> {
  const { clock, name, ask } = setting;
  return new Promise((resolve) => {
    const settle = (outcome: Outcome<T>): void => {
      callOff();
      resolve(outcome);
    };
    const late = (): void => settle(failed('timeout', `${name} did not answer within ${Math.round(deadlineMs / 100) / 10} s`));
    let callOff = clock.after(deadlineMs, () => {
      deadline.abort();
      callOff = clock.after(OVERRUN_MS, late);
    });
    const garbled = (error: unknown): void => settle(failed('garbled', `${name}: ${messageOf(error)}`));
    // Asked in a turn of its own, so that a driver that throws at once is caught as well.
    void Promise.resolve()
      .then(() => ask(deadline.signal))
      .then(settle, garbled);
  });
}
