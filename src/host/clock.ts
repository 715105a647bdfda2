// The real clock.
import type { Clock } from './port.ts';

/** Before this no clock is right: the year the first version was written. */
const EARLIEST = Date.UTC(2026, 0, 1);

/** What setTimeout can hold. */
const LONGEST_MS = 2 ** 31 - 1;

function after(ms: number, act: () => void): () => void {
  const timer = setTimeout(act, Math.min(Math.max(ms, 0), LONGEST_MS));
  return () => clearTimeout(timer);
}

export const realClock: Clock = {
  monotonicMs: () => Number(process.hrtime.bigint() / 1000n) / 1000,
  wallMs: () => Date.now(),
  // All that the clock itself can tell; the service asks further: wall-sync.ts.
  wallIsSet: () => Date.now() > EARLIEST,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = (): void => {
        callOff();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const callOff = after(ms, done);
      signal?.addEventListener('abort', done, { once: true });
    }),
  after,
};
