// Waits for the world to become so, in place of a sleep that hopes.

/** Resolves when `isTrue` is; rejects after `withinMs` with `what` in the message. */
export async function eventually(what: string, isTrue: () => boolean | Promise<boolean>, withinMs = 3000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
