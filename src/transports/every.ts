// A timer that a test may hold in its hands.

/** Calls `look` every `ms` until the returned function is called. */
export type Every = (ms: number, look: () => void) => () => void;

export const realEvery: Every = (ms, look) => {
  const timer = setInterval(look, ms);
  return () => clearInterval(timer);
};
