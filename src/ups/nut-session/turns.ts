// One at a time, and a bounded queue before it: a connection carries one conversation.
import { failed, type Outcome } from '../../model/outcome.ts';

/** Callers that may wait while one is served; a poller, an instant command and a check are three. */
const WAITING_LIMIT = 4;

export class Turns {
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** Runs `work` when those before it are done, unless `signal` aborts first. `work` must heed `signal` and not reject. */
  take<T>(signal: AbortSignal, work: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
    if (this.#waiting >= WAITING_LIMIT) return Promise.resolve(failed('refused', `${WAITING_LIMIT} requests are waiting already`));
    this.#waiting += 1;
    return new Promise((resolve) => {
      const late = (): void => resolve(failed('timeout', 'an earlier request took all the time'));
      signal.addEventListener('abort', late, { once: true });
      this.#last = this.#last.then(async () => {
        this.#waiting -= 1;
        signal.removeEventListener('abort', late);
        if (signal.aborted) return late();
        resolve(await work());
      });
    });
  }
}
