// One loop per device, each at its own pace, with a deadline. A wedged device delays nobody but itself.
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

export class Poller<T> {
  readonly #setting: PollerSetting<T>;
  readonly #end = new AbortController();
  #nudge = new AbortController();
  #done: Promise<void> = Promise.resolve();

  constructor(setting: PollerSetting<T>) {
    this.#setting = setting;
  }

  start(): void {
    this.#done = this.#run();
  }

  /** Asks now rather than at the next turn. */
  nudge(): void {
    this.#nudge.abort();
  }

  stop(): Promise<void> {
    this.#end.abort();
    this.#nudge.abort();
    return this.#done;
  }

  async #run(): Promise<void> {
    const { clock, pace, heard } = this.#setting;
    while (!this.#end.signal.aborted) {
      const askedAtMs = clock.monotonicMs();
      this.#nudge = new AbortController();
      const outcome = await this.#ask(pace().deadlineMs);
      if (this.#end.signal.aborted) return;
      heard(outcome, askedAtMs);
      // A nudge during the question asks at once again: what was asked may have changed since.
      const rest = askedAtMs + pace().everyMs - clock.monotonicMs();
      if (!this.#nudge.signal.aborted) await clock.sleep(Math.max(rest, 10), this.#nudge.signal);
    }
  }

  #ask(deadlineMs: number): Promise<Outcome<T>> {
    return withDeadline(this.#setting, deadlineMs, this.#end.signal);
  }
}

/** Runs `ask` under a deadline of the clock given; an answer that never comes is a timeout, a throw is garbled. */
export async function withDeadline<T>(
  setting: Pick<PollerSetting<T>, 'clock' | 'name' | 'ask'>,
  deadlineMs: number,
  end?: AbortSignal,
): Promise<Outcome<T>> {
  const { clock, name, ask } = setting;
  const deadline = new AbortController();
  const over = new AbortController();
  const abort = (): void => deadline.abort();
  end?.addEventListener('abort', abort, { once: true });
  const timer = clock.sleep(deadlineMs, over.signal).then(async () => {
    if (over.signal.aborted) return undefined;
    deadline.abort();
    await clock.sleep(OVERRUN_MS, over.signal);
    return undefined;
  });
  const answer = Promise.resolve()
    .then(() => ask(deadline.signal))
    .catch((error: unknown): Outcome<T> => failed('garbled', `${name}: ${messageOf(error)}`));
  const outcome = await Promise.race([answer, timer]);
  over.abort();
  end?.removeEventListener('abort', abort);
  return outcome ?? failed('timeout', `${name} did not answer within ${Math.round(deadlineMs / 100) / 10} s`);
}
