// One serial device and its one owner: opened at once and again whenever it comes back, one conversation at a time, an order
// that cuts ahead of everything that waits. Opening and closing say nothing to the board.
import { type Fault, failed, messageOf, type Outcome, ok } from '../model/outcome.ts';
import { deviceLane, type Lane, type Turn } from './device-lane.ts';
import { orAborted } from './or-aborted.ts';
import { SerialWire } from './serial-wire.ts';
import type { DeviceIdentity, Refusal, SerialHost, SerialSettings } from './serialport.ts';

/** Between two tries to open; the first follows a loss at once. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/**
 * The path is looked at so often, open or not. The package hears of an unplugged device only when it writes: on Linux a read of
 * a device that is gone gives no bytes and no error, for ever (node-serialport issue 2043).
 */
const LOOK_MS = 400;
/** Turns that may wait on one bus: the orders of its boards, and one reading of each. */
const WAITING_LIMIT = 64;
const OPEN_MS = 5_000;
/** Whoever waits for the port is not kept so long by the search for who holds it; it goes on beside. */
const EXPLAIN_MS = 50;

export interface SerialTurn<T> extends Omit<Turn<T>, 'work'> {
  /** Has the line to itself. Must settle at once when its own signal aborts. */
  readonly work: (wire: SerialWire, signal: AbortSignal) => Promise<Outcome<T>>;
}

/** What a driver has of a line that others may share. */
export interface SerialLine {
  readonly device: string;
  /** Settles with what the work gave, or with why the line is not open. Rejects only if the work does. */
  run<T>(turn: SerialTurn<T>): Promise<Outcome<T>>;
  /** How often it was opened anew, where it is open; waits for an opening that is under way. */
  ready(signal: AbortSignal): Promise<Outcome<number>>;
  /** `tell` is called whenever it was opened or lost, or cannot be opened for another reason than before. */
  onNews(tell: () => void): void;
  /** Lets go of it; the last to do so closes it. */
  close(): Promise<void>;
}

export class OpenLine {
  readonly device: string;
  readonly #settings: SerialSettings;
  readonly #host: SerialHost;
  readonly #lane: Lane;
  readonly #listeners = new Set<() => void>();
  /** the first opening is no return */
  #returns = -1;
  readonly #looking: NodeJS.Timeout;
  #wire: SerialWire | undefined;
  #opening: Promise<Outcome> | undefined;
  #last: Fault;
  /** what the path led to when it was last opened or tried */
  #tried: DeviceIdentity | undefined;
  #retry: NodeJS.Timeout | undefined;
  /** what the words of the last error at opening meant */
  #meant: { readonly words: string; readonly outcome: Refusal } | undefined;
  #pauseMs = FIRST_PAUSE_MS;
  #closed = false;

  constructor(device: string, settings: SerialSettings, host: SerialHost) {
    this.device = device;
    this.#settings = settings;
    this.#host = host;
    this.#lane = deviceLane(device, WAITING_LIMIT);
    this.#last = failed('unreachable', `${device} is not open yet`).fault;
    this.#looking = setInterval(() => this.#look(), LOOK_MS).unref();
    void this.#open();
  }

  run<T>({ work, ...turn }: SerialTurn<T>): Promise<Outcome<T>> {
    return this.#lane.run({
      ...turn,
      work: async (signal) => {
        const wire = await this.#usable(signal);
        if (!wire.ok) return wire;
        if (signal.aborted) return failed('timeout', `${this.device} was not asked: no time left`);
        return work(wire.value, signal);
      },
    });
  }

  async ready(signal: AbortSignal): Promise<Outcome<number>> {
    const wire = await this.#usable(signal);
    return wire.ok ? ok(this.#returns) : wire;
  }

  listen(tell: () => void): () => void {
    this.#listeners.add(tell);
    return () => this.#listeners.delete(tell);
  }

  /** Tries again at once where it is not open: what was in the way may be gone. */
  hurry(): void {
    if (this.#wire !== undefined || this.#closed) return;
    this.#pauseMs = FIRST_PAUSE_MS;
    void this.#open();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#looking);
    clearTimeout(this.#retry);
    this.#listeners.clear();
    await this.#lane.close();
    const wire = this.#wire;
    this.#wire = undefined;
    this.#last = failed('refused', `${this.device} was closed`).fault;
    await wire?.close(this.#last);
    await this.#opening;
  }

  async #usable(signal: AbortSignal): Promise<Outcome<SerialWire>> {
    if (this.#wire === undefined && this.#opening !== undefined) {
      await orAborted(this.#opening, signal, failed('timeout', `${this.device} was not open in time`));
      if (signal.aborted) return failed('timeout', `${this.device} was not open in time`);
    }
    return this.#wire === undefined ? { ok: false, fault: this.#last } : ok(this.#wire);
  }

  /** Neither open nor unplugged is always told by the port itself. */
  #look(): void {
    if (this.#opening !== undefined) return;
    const found = this.#host.identity(this.device);
    const isSame = found?.node === this.#tried?.node;
    if (this.#wire !== undefined) {
      if (!isSame) this.#lost(this.#wire, 'it was unplugged');
    } else if (!isSame || found?.access !== this.#tried?.access) this.hurry();
  }

  /** `after`: what must be over before, so that its lock is not in the way. */
  #open(after: Promise<void> = Promise.resolve()): Promise<Outcome> {
    clearTimeout(this.#retry);
    this.#opening ??= after
      .then(() => this.#connect())
      .catch((error: unknown) => failed('unreachable', `${this.device} does not open: ${messageOf(error)}`))
      .then((outcome) => {
        this.#opening = undefined;
        if (!outcome.ok) this.#failed(outcome.fault);
        else if (this.#wire === undefined) this.#failed(this.#last);
        return outcome;
      });
    return this.#opening;
  }

  async #connect(): Promise<Outcome> {
    const { device } = this;
    if (this.#closed) return { ok: false, fault: this.#last };
    this.#tried = this.#host.identity(device);
    const wire = new SerialWire(device, (one, why) => this.#lost(one, why));
    const opened = await this.#within(wire);
    if (!opened.ok) return opened;
    if (this.#closed) {
      await wire.close(this.#last);
      return { ok: false, fault: this.#last };
    }
    // Lost before we heard that it was open.
    if (wire.lost !== undefined) {
      await wire.close(wire.lost);
      return { ok: false, fault: wire.lost };
    }
    this.#wire = wire;
    this.#returns += 1;
    wire.returns = this.#returns;
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#tell();
    return ok(undefined);
  }

  /** An opening that hangs is a fault; if it comes after all, the port is closed again. */
  #within(wire: SerialWire): Promise<Outcome> {
    return new Promise((resolve) => {
      let late = false;
      const patience = setTimeout(() => {
        late = true;
        resolve(failed('timeout', `${this.device} hangs while it is opened: unplug it and plug it in again`));
      }, OPEN_MS);
      const opened = this.#host.open(this.device, this.#settings, wire.ears).then(
        (port): Outcome => {
          if (!port.ok) return port;
          wire.begin(port.value);
          return ok(undefined);
        },
        (error: unknown) => this.#explained(error),
      );
      void opened.then((outcome) => {
        clearTimeout(patience);
        if (late && outcome.ok) void wire.close(this.#last);
        resolve(outcome);
      });
    });
  }

  #explained(error: unknown): Promise<Outcome> {
    const words = messageOf(error);
    // What the same words meant at the last try, they mean until it is known better.
    const plain = this.#meant?.words === words ? this.#meant.outcome : failed('refused', `${this.device} does not open: ${words}`);
    const explained = this.#host.explain(this.device, error);
    void explained.then((outcome) => {
      this.#meant = { words, outcome };
      if (outcome.fault.detail === plain.fault.detail || this.#closed || this.#last !== plain.fault) return;
      this.#last = outcome.fault;
      this.#tell();
    });
    return new Promise((resolve) => {
      const patience = setTimeout(() => resolve(plain), EXPLAIN_MS);
      void explained.then((outcome) => {
        clearTimeout(patience);
        resolve(outcome);
      });
    });
  }

  #failed(fault: Fault): void {
    const isNew = fault.detail !== this.#last.detail;
    this.#last = fault;
    if (this.#closed) return;
    this.#retry = setTimeout(() => void this.#open(), this.#pauseMs).unref();
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    if (isNew) this.#tell();
  }

  #lost(wire: SerialWire, why: string): void {
    if (this.#wire !== wire) return;
    this.#wire = undefined;
    this.#last = failed('unreachable', `${this.device} is gone: ${why}; plug it in again, it is opened by itself`).fault;
    void this.#open(wire.close(this.#last));
    this.#tell();
  }

  #tell(): void {
    for (const tell of this.#listeners) tell();
  }
}
