// Waiting for what goes on by itself, but no longer than the caller has time.
import type { Outcome } from '../model/outcome.ts';

/** What `coming` gives, or `late` as soon as `signal` aborts. It is not stopped: the next caller may find it done. */
export function orAborted<T>(coming: Promise<Outcome<T>>, signal: AbortSignal, late: Outcome<never>): Promise<Outcome<T>> {
  if (signal.aborted) return Promise.resolve(late);
  return new Promise((resolve) => {
    const give = (outcome: Outcome<T>): void => {
      signal.removeEventListener('abort', onAbort);
      resolve(outcome);
    };
    const onAbort = (): void => give(late);
    signal.addEventListener('abort', onAbort, { once: true });
    void coming.then(give);
  });
}
