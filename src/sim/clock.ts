// Virtual time: whoever sleeps on this clock is woken in order, as fast as the machine can go, and never any other way.
// Given the same sleepers it gives the same night, to the last wake.
import { nextTick } from 'node:process';
import type { Clock } from '../host/port.ts';

interface Sleeper {
  readonly atMs: number;
  /** later comers wake later */
  readonly arrival: number;
  readonly wake: () => void;
}

export interface VirtualClockOptions {
  /** ms; the monotonic clock counts from here */
  readonly startMs?: number;
  /** ms since 1970 at the start */
  readonly wallMs?: number;
  /** whether the wall clock was synchronised; default true */
  readonly wallIsSet?: boolean;
}

/** What setTimeout can hold; a longer sleep ends here, as it does on the real clock. */
const LONGEST_SLEEP_MS = 2 ** 31 - 1;
/** So many wakes with no time passing are two parties waking each other for ever: a bug. */
const MOST_WAKES_AT_ONE_INSTANT = 100_000;

export class VirtualClock implements Clock {
  #nowMs: number;
  #wallOffsetMs: number;
  #wallIsSet: boolean;
  #arrivals = 0;
  #running = false;
  /** what went wrong in an act; thrown by the run that carried it out */
  #failures: unknown[] = [];
  /** soonest last, so that waking takes from the end */
  readonly #sleepers: Sleeper[] = [];

  constructor(options: VirtualClockOptions = {}) {
    this.#nowMs = options.startMs ?? 0;
    this.#wallOffsetMs = (options.wallMs ?? Date.UTC(2026, 10, 23, 3)) - this.#nowMs;
    this.#wallIsSet = options.wallIsSet ?? true;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#nowMs + this.#wallOffsetMs;
  }

  wallIsSet(): boolean {
    return this.#wallIsSet;
  }

  /** How many sleep now; a night that ends with more than it began with has left something behind. */
  get asleep(): number {
    return this.#sleepers.length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const give = (): void => {
        signal?.removeEventListener('abort', rouse);
        resolve();
      };
      const sleeper = this.#add(this.#nowMs + spanOf(ms), give);
      const rouse = (): void => {
        this.#remove(sleeper);
        give();
      };
      signal?.addEventListener('abort', rouse, { once: true });
    });
  }

  after(ms: number, act: () => void): () => void {
    const sleeper = this.#add(this.#nowMs + spanOf(ms), act);
    return () => this.#remove(sleeper);
  }

  /**
   * `act` is carried out at `atMs`, or at once where that is past, in its turn among the sleepers. What it throws or
   * rejects with comes out of the run under which it happened. Time does not wait for a promise it returns.
   */
  at(atMs: number, act: () => unknown): void {
    const fail = (error: unknown): void => {
      this.#failures.push(error);
    };
    this.#add(Math.max(atMs, this.#nowMs), () => {
      try {
        void Promise.resolve(act()).catch(fail);
      } catch (error) {
        fail(error);
      }
    });
  }

  /** The wall clock jumps; nothing else notices. */
  stepWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  synchronise(isSet: boolean): void {
    this.#wallIsSet = isSet;
  }

  /** Time goes on to `atMs`: each sleeper due by then wakes at its own moment, and all it can do is done before the next. */
  async runUntil(atMs: number): Promise<void> {
    if (this.#running) throw new Error('the virtual clock is run by two at once');
    this.#running = true;
    try {
      await this.#run(atMs);
    } finally {
      this.#running = false;
    }
  }

  /** As runUntil, `ms` from now. */
  advance(ms: number): Promise<void> {
    return this.runUntil(this.#nowMs + ms);
  }

  /** Time goes on, from wake to wake, until `promise` settles; for answers that need time to come. Throws where `withinMs` is not enough. */
  async settle<T>(promise: Promise<T>, withinMs: number): Promise<T> {
    let settled = false;
    const mark = (): void => {
      settled = true;
    };
    void promise.then(mark, mark);
    await quiet();
    const endMs = this.#nowMs + withinMs;
    while (!settled) {
      const next = this.#sleepers.at(-1);
      if (next === undefined || next.atMs > endMs) throw new Error(`not settled within ${withinMs} virtual ms`);
      await this.runUntil(next.atMs);
    }
    return promise;
  }

  async #run(atMs: number): Promise<void> {
    await quiet();
    let wakesNow = 0;
    for (let next = this.#sleepers.at(-1); next !== undefined && next.atMs <= atMs; next = this.#sleepers.at(-1)) {
      wakesNow = next.atMs > this.#nowMs ? 0 : wakesNow + 1;
      if (wakesNow > MOST_WAKES_AT_ONE_INSTANT) throw new Error(`virtual time stands still at ${this.#nowMs} ms: endless wakes`);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      this.#sleepers.pop();
      next.wake();
      await atRest();
      this.#raise();
    }
    this.#nowMs = Math.max(this.#nowMs, atMs);
    this.#raise();
  }

  #raise(): void {
    const [first] = this.#failures.splice(0);
    if (first !== undefined) throw first;
  }

  #add(atMs: number, wake: () => void): Sleeper {
    this.#arrivals += 1;
    const sleeper: Sleeper = { atMs, arrival: this.#arrivals, wake };
    this.#sleepers.splice(this.#placeOf(sleeper), 0, sleeper);
    return sleeper;
  }

  #remove(sleeper: Sleeper): void {
    const place = this.#placeOf(sleeper);
    if (this.#sleepers[place] === sleeper) this.#sleepers.splice(place, 1);
  }

  /** Where it stands, or would: the first that does not wake after it. */
  #placeOf(sleeper: Sleeper): number {
    let low = 0;
    let high = this.#sleepers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#sleepers[middle];
      if (other !== undefined && wakesAfter(other, sleeper)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function wakesAfter(a: Sleeper, b: Sleeper): boolean {
  return a.atMs === b.atMs ? a.arrival > b.arrival : a.atMs > b.atMs;
}

function spanOf(ms: number): number {
  if (Number.isNaN(ms)) throw new Error('a sleep of NaN ms');
  return Math.min(Math.max(ms, 0), LONGEST_SLEEP_MS);
}

/** Every promise that can run has run: microtasks are drained before a macrotask gets its turn. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * The same without a trip through the event loop, for whoever was himself resumed by a promise: a tick that is asked for among
 * microtasks comes when the last of them is done.
 */
function atRest(): Promise<void> {
  return new Promise((resolve) => nextTick(resolve));
}
