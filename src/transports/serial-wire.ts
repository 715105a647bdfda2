// The time that a serial port stays open: what may be said over it and heard from it, by whoever has its turn.
import { type Fault, failed, messageOf, type Outcome, ok } from '../model/outcome.ts';
import type { OpenPort, PortEars } from './serialport.ts';

/** Of what comes in and is asked for, more than this is no answer of a relay board. */
const MOST_HEARD = 4_096;
const CLOSE_MS = 2_000;
/** A port that has not carried out in so long what takes it a millisecond or a few bytes never will. */
const STUCK_MS = 250;
/** Of the event loop: one in which a timer may have its turn, one in which what it brought is told. */
const TURNS = 2;
/** A timer that comes so late shows that this process was held up; then so long is waited for what came in the meantime. */
const HELD_UP_MS = 15;
const CATCH_UP_MS = 50;

export interface Hearing<T> {
  /** The answer that these bytes hold, a fault, or undefined while more must come. */
  readonly read: (bytes: Uint8Array) => Outcome<T> | undefined;
  readonly withinMs: number;
  /** what it means when no more came in time */
  readonly late: (bytes: Uint8Array) => Outcome<never>;
  readonly signal: AbortSignal;
}

type Lose = (wire: SerialWire, why: string) => void;

export class SerialWire {
  readonly ears: PortEars;
  /** monotonic ms; before then an answer that is owed may still come, and nothing is to be asked on a bus */
  quietUntilMs = 0;
  /** times that the line came back before this, since lastwatt opened it first */
  returns = 0;
  /** whether the adapter was seen to give back what we send; undefined: not seen yet */
  echoes: boolean | undefined;
  readonly #device: string;
  readonly #lose: Lose;
  readonly #ended = new AbortController();
  #port: OpenPort | undefined;
  #lost: Fault | undefined;
  #heard: Uint8Array = new Uint8Array(0);
  #heardAtMs = 0;
  #hear: (() => void) | undefined;

  constructor(device: string, lose: Lose) {
    this.#device = device;
    this.#lose = lose;
    this.ears = {
      onData: (bytes) => this.#take(bytes),
      onLost: (why) => {
        this.#end(failed('unreachable', `${device} is gone: ${why}; plug it in again, it is opened by itself`).fault);
        lose(this, why);
      },
    };
  }

  get lost(): Fault | undefined {
    return this.#lost;
  }

  /** monotonic ms of the last byte that came in */
  get heardAtMs(): number {
    return this.#heardAtMs;
  }

  begin(port: OpenPort): void {
    this.#port = port;
  }

  /**
   * Forgets what came in unasked, in the kernel, here, and on its way between: after a moment in which this process was held up,
   * what was read before is still to be told to us. Is not broken off: it also drops what has not left yet, which must not be the
   * order of the next in turn.
   */
  async flush(): Promise<Outcome> {
    const flushed = await this.#act((port) => port.flush(), AbortSignal.timeout(STUCK_MS));
    if (!flushed.ok && this.#lost === undefined) this.#lose(this, 'it does not answer the system');
    for (let turn = 0; turn < TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    this.#heard = new Uint8Array(0);
    return flushed;
  }

  /**
   * Settles when the last byte has left. What has not left when `signal` aborts is taken back, so that nothing moves late; a port
   * that is still stuck then is closed and opened again.
   */
  async send(bytes: Uint8Array, signal: AbortSignal): Promise<Outcome> {
    if (signal.aborted) return failed('timeout', `${this.#device}: no time left, nothing was sent`);
    let isOut = false;
    const sent = await this.#act(async (port) => {
      await port.write(bytes);
      isOut = true;
    }, signal);
    if (sent.ok || !signal.aborted || this.#lost !== undefined) return sent;
    await this.flush();
    setTimeout(() => {
      if (!isOut && this.#lost === undefined) this.#lose(this, 'it takes no bytes');
    }, STUCK_MS).unref();
    return sent;
  }

  /** What comes in from the last flush on, until it is an answer. */
  hear<T>({ read, withinMs, late, signal }: Hearing<T>): Promise<Outcome<T>> {
    return new Promise((resolve) => {
      const settle = (outcome: Outcome<T>): void => {
        clearTimeout(patience);
        signal.removeEventListener('abort', onAbort);
        this.#ended.signal.removeEventListener('abort', onEnd);
        this.#hear = undefined;
        resolve(outcome);
      };
      const onAbort = (): void => settle(failed('timeout', `${this.#device}: no time left while an answer was awaited`));
      const onEnd = (): void => settle({ ok: false, fault: this.#lost ?? failed('unreachable', `${this.#device} is gone`).fault });
      const giveUp = (dueMs: number, again: boolean): NodeJS.Timeout =>
        setTimeout(() => {
          // Held up ourselves: what came meanwhile is still to be told to us.
          if (again && performance.now() - dueMs > HELD_UP_MS) patience = giveUp(performance.now() + CATCH_UP_MS, false);
          else settle(late(this.#heard));
        }, dueMs - performance.now());
      let patience = giveUp(performance.now() + withinMs, true);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#ended.signal.addEventListener('abort', onEnd, { once: true });
      this.#hear = () => {
        const outcome = this.#heard.length > MOST_HEARD ? this.#flooded() : read(this.#heard);
        if (outcome !== undefined) settle(outcome);
      };
      if (this.#lost !== undefined) onEnd();
      else if (signal.aborted) onAbort();
      else this.#hear();
    });
  }

  /** A pause in a conversation; ends with the signal or the port at the latest. */
  rest(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.#ended.signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end, { once: true });
      this.#ended.signal.addEventListener('abort', end, { once: true });
      if (signal.aborted || this.#ended.signal.aborted) end();
    });
  }

  /** Ends what is under way with `fault`; the board is told nothing. Never rejects. */
  async close(fault: Fault): Promise<void> {
    this.#end(fault);
    const port = this.#port;
    this.#port = undefined;
    if (port === undefined) return;
    // A close that hangs in the kernel is left behind.
    const patience = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS).unref());
    await Promise.race([port.close().catch(() => undefined), patience]);
  }

  #end(fault: Fault): void {
    if (this.#lost !== undefined) return;
    this.#lost = fault;
    this.#ended.abort();
  }

  #flooded(): Outcome<never> {
    return failed('garbled', `${this.#device} sends without end: it is no such board, or its baud rate is another`);
  }

  #take(bytes: Uint8Array): void {
    this.#heardAtMs = performance.now();
    // Unasked noise is kept only so far as it shows a flood.
    const room = MOST_HEARD + 1 - this.#heard.length;
    if (room > 0) this.#heard = Buffer.concat([this.#heard, bytes.subarray(0, room)]);
    this.#hear?.();
  }

  #act(act: (port: OpenPort) => Promise<void>, signal: AbortSignal): Promise<Outcome> {
    return new Promise((resolve) => {
      const port = this.#port;
      if (this.#lost !== undefined || port === undefined) return resolve({ ok: false, fault: this.#lost ?? this.#notOpen() });
      const settle = (outcome: Outcome): void => {
        signal.removeEventListener('abort', onAbort);
        this.#ended.signal.removeEventListener('abort', onEnd);
        resolve(outcome);
      };
      const onAbort = (): void => settle(failed('timeout', `${this.#device} takes no bytes: unplug it and plug it in again`));
      const onEnd = (): void => settle({ ok: false, fault: this.#lost ?? this.#notOpen() });
      signal.addEventListener('abort', onAbort, { once: true });
      this.#ended.signal.addEventListener('abort', onEnd, { once: true });
      const broken = (error: unknown): void => {
        const why = messageOf(error);
        settle(failed('unreachable', `${this.#device} is gone: ${why}; plug it in again, it is opened by itself`));
        this.#lose(this, why);
      };
      act(port).then(() => settle(ok(undefined)), broken);
    });
  }

  #notOpen(): Fault {
    return failed('unreachable', `${this.#device} is not open`).fault;
  }
}
