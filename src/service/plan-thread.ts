// Searches for plans in a thread of their own, so that no tick waits for one. It is started in calm where a UPS has so many rigs that it
// will be asked, and by a question, also after it broke off.
import { Worker } from 'node:worker_threads';
import type { PlanQuestion } from '../core/plan-question.ts';
import { isPlannedElsewhere } from '../core/replan.ts';
import type { PlanSearcher } from '../engine/world.ts';
import type { Log } from '../host/port.ts';
import { failed, messageOf, type Outcome, ok } from '../model/outcome.ts';
import type { PlanAnswer } from '../model/plan-answer.ts';
import type { Site } from '../model/site.ts';

export interface SearchTask {
  readonly number: number;
  readonly question: PlanQuestion;
}

export type Searched = { readonly number: number } & ({ readonly answer: PlanAnswer } | { readonly wrong: string });

/** Tests hand it one that breaks off, or hangs. */
export type StartThread = () => Worker;

const STOPS = failed('not-asked', 'the service stops');
const WORKER = new URL('./plan-worker.js', import.meta.url);

export class PlanThread implements PlanSearcher {
  readonly #log: Log;
  readonly #startThread: StartThread;
  #thread: Worker | undefined;
  #number = 0;
  #closed = false;
  readonly #waiting = new Map<number, (outcome: Outcome<PlanAnswer>) => void>();

  constructor(log: Log, startThread: StartThread = () => new Worker(WORKER)) {
    this.#log = log;
    this.#startThread = startThread;
  }

  /** Has it started by the time it is asked, where it will be: to read the program takes a thread longer than a plan. */
  prepareFor(site: Site): void {
    if (![...site.supplies.keys()].some((id) => isPlannedElsewhere(site, id))) return;
    try {
      this.#thread ??= this.#started();
    } catch (error) {
      this.#broke(this.#thread, messageOf(error));
    }
  }

  /** Aborted it ends the thread: whatever it hangs in would keep all others waiting. */
  search(question: PlanQuestion, signal: AbortSignal): Promise<Outcome<PlanAnswer>> {
    if (this.#closed) return Promise.resolve(STOPS);
    this.#number += 1;
    const number = this.#number;
    return new Promise((resolve) => {
      const late = (): void => this.#broke(this.#thread, `no plan for ${question.ups} in time`);
      signal.addEventListener('abort', late, { once: true });
      this.#waiting.set(number, (outcome) => {
        signal.removeEventListener('abort', late);
        resolve(outcome);
      });
      try {
        this.#thread ??= this.#started();
        this.#thread.postMessage({ number, question } satisfies SearchTask);
      } catch (error) {
        this.#broke(this.#thread, messageOf(error));
      }
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const thread = this.#thread;
    this.#thread = undefined;
    this.#answerAll(STOPS);
    await thread?.terminate();
  }

  #started(): Worker {
    const thread = this.#startThread();
    // A service that ends does not wait for a plan.
    thread.unref();
    thread.on('message', (searched: Searched) => {
      const answer = this.#waiting.get(searched.number);
      this.#waiting.delete(searched.number);
      answer?.('answer' in searched ? ok(searched.answer) : failed('garbled', searched.wrong));
    });
    thread.on('error', (error) => this.#broke(thread, error.message));
    thread.on('exit', (code) => this.#broke(thread, `it ended with ${code}`));
    return thread;
  }

  /** Said once a thread; what it was asked is planned in the tick, as on every smaller site. */
  #broke(thread: Worker | undefined, why: string): void {
    if (thread !== this.#thread) return;
    this.#thread = undefined;
    this.#log.write(
      'error',
      `the thread that searches for plans broke off (${why}): plans are made in the tick, and the next is asked of a new one`,
    );
    this.#answerAll(failed('unreachable', why));
    void thread?.terminate();
  }

  #answerAll(outcome: Outcome<PlanAnswer>): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const answer of waiting) answer(outcome);
  }
}
