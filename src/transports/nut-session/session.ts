// One connection to a NUT server, from its first word to its first irregularity. No state survives it.
import { type Fault, failed, type Outcome, ok } from '../../model/outcome.ts';
import { encodeLine, type NutAnswer, ReplyReader } from '../../wire/nut.ts';
import type { NutTarget, NutTransport, OpenNutTransport } from './transport.ts';

/** The longest that any one command may take, whatever its caller allows. */
const COMMAND_DEADLINE_MS = 3000;

interface Pending {
  readonly reader: ReplyReader;
  readonly settle: (outcome: Outcome<NutAnswer>) => void;
}

export class NutSession {
  #transport: NutTransport | undefined;
  #over: Fault | undefined;
  #pending: Pending | undefined;
  readonly #onEnd: (session: NutSession, fault: Fault) => void;

  private constructor(onEnd: (session: NutSession, fault: Fault) => void) {
    this.#onEnd = onEnd;
  }

  /** `onEnd`: once, when the session has failed by itself; not for a connection that never opened, not after `end`. */
  static async open(
    open: OpenNutTransport,
    target: NutTarget,
    onEnd: (session: NutSession, fault: Fault) => void,
  ): Promise<Outcome<NutSession>> {
    const session = new NutSession(onEnd);
    const opened = await open(target, { onText: (text) => session.#take(text), onEnd: (fault) => session.#lost(fault) });
    if (!opened.ok) return opened;
    session.#transport = opened.value;
    // It may have ended in the moment between.
    return session.#over === undefined ? ok(session) : { ok: false, fault: session.#over };
  }

  /** False from the first irregularity on. */
  get alive(): boolean {
    return this.#over === undefined;
  }

  /**
   * Sends one request and gives upsd's answer, `ERR` included: only a fault means that the session is over (or that nothing
   * was sent). An answer that is late is never heard: the session ends at the deadline.
   */
  cmd(words: readonly string[], signal: AbortSignal): Promise<Outcome<NutAnswer>> {
    const line = encodeLine(words);
    if (!line.ok) return Promise.resolve(line);
    if (this.#over !== undefined) return Promise.resolve({ ok: false, fault: this.#over });
    if (this.#pending !== undefined) return Promise.resolve(failed('refused', 'another command is under way on this connection'));
    if (signal.aborted) return Promise.resolve(failed('timeout', 'no time was left to ask'));
    return new Promise((resolve) => {
      // The verb alone: the word after PASSWORD is one.
      const late = (): void => this.#fail(failed('timeout', `no answer to ${words[0]} in time`).fault);
      const timer = setTimeout(late, COMMAND_DEADLINE_MS);
      signal.addEventListener('abort', late, { once: true });
      const settle = (outcome: Outcome<NutAnswer>): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', late);
        this.#pending = undefined;
        resolve(outcome);
      };
      this.#pending = { reader: new ReplyReader(words), settle };
      this.#transport?.send(line.value);
    });
  }

  /** Says goodbye, so that upsd counts us out at once, and ends the connection whatever the answer. */
  async leave(signal: AbortSignal): Promise<void> {
    await this.cmd(['LOGOUT'], signal);
    this.end();
  }

  /** At once, without a farewell. */
  end(): void {
    if (this.#over !== undefined) return;
    this.#over = failed('unreachable', 'the connection was closed by us').fault;
    this.#transport?.end();
    this.#pending?.settle({ ok: false, fault: this.#over });
  }

  #take(text: string): void {
    const outcome = this.#pending?.reader.take(text);
    if (outcome === undefined) return;
    if (outcome.ok) {
      this.#transport?.settled();
      this.#pending?.settle(outcome);
    } else {
      this.#fail(outcome.fault);
    }
  }

  #fail(fault: Fault): void {
    this.#transport?.end();
    this.#lost(fault);
  }

  #lost(fault: Fault): void {
    if (this.#over !== undefined) return;
    this.#over = fault;
    this.#pending?.settle({ ok: false, fault });
    if (this.#transport !== undefined) this.#onEnd(this, fault);
  }
}
