// What hardly ever changes, or nothing hangs on, and takes a question of its own: asked now and then, and at once when the machine may
// be another one.

/**
 * ms after which it is asked again: less than the half minute for which a machine that said who it is counts as sure (core/strangers.ts),
 * so that the look before an order, which is for those that are not, asks anew.
 */
const FOR_MS = 20_000;
/** s by which two clocks of one uptime may differ */
const SLACK = 10;

export class AskedSeldom<T> {
  readonly #nowMs: () => number;
  readonly #forMs: number;
  #held: { readonly is: T; readonly askedAtMs: number; readonly uptimeSeconds: number | undefined } | undefined;

  /** `forMs`: after how long it is asked again; of who a machine is, no later than by default. */
  constructor(nowMs: () => number, forMs = FOR_MS) {
    this.#nowMs = nowMs;
    this.#forMs = forMs;
  }

  /** The machine did not answer: whoever does so next may be another one. */
  forget(): void {
    this.#held = undefined;
  }

  /** What is held and may still be told, with when it was asked, in monotonic ms; nothing is asked. */
  known(uptimeSeconds: number | undefined): { readonly is: T; readonly askedAtMs: number } | undefined {
    const held = this.#held;
    if (held === undefined) return undefined;
    const ageMs = this.#nowMs() - held.askedAtMs;
    return ageMs < this.#forMs && goesOn(held.uptimeSeconds, uptimeSeconds, ageMs) ? held : undefined;
  }

  /** What is held, with when it was asked, in monotonic ms; asked anew after its time, and where its uptime has not gone on as the clock did. */
  async get(
    uptimeSeconds: number | undefined,
    ask: () => Promise<T | undefined>,
  ): Promise<{ readonly is: T; readonly askedAtMs: number } | undefined> {
    const askedAtMs = this.#nowMs();
    const held = this.known(uptimeSeconds);
    if (held !== undefined) return held;
    const is = await ask();
    this.#held = is === undefined ? undefined : { is, askedAtMs, uptimeSeconds };
    return this.#held;
  }
}

/** Not known, it goes on. */
function goesOn(before: number | undefined, now: number | undefined, ageMs: number): boolean {
  return before === undefined || now === undefined || Math.abs(now - before - ageMs / 1000) <= SLACK;
}
