// The rest of what an engine is given: a log, a supervisor and an alarmist that listen and keep nothing, and the leash
// that a killed engine dies on.
import type { Alarmist, Clock, Journal, Log, Supervisor } from '../host/port.ts';
import type { Outcome } from '../model/outcome.ts';
import type { RigDriver } from '../rigs/port.ts';
import type { Switch } from '../switches/port.ts';
import type { UpsSource } from '../ups/port.ts';

export interface SimHost {
  /** completed so far */
  ticks: number;
  readonly log: Log;
  readonly supervisor: Supervisor;
  readonly alarmist: Alarmist;
}

export function simHost(): SimHost {
  const host: SimHost = {
    ticks: 0,
    log: { write: () => undefined },
    supervisor: {
      ready: () => undefined,
      alive: () => {
        host.ticks += 1;
      },
      status: () => undefined,
      reloading: () => undefined,
      stopping: () => undefined,
    },
    alarmist: { tell: () => undefined, close: () => Promise.resolve() },
  };
  return host;
}

/**
 * Holds one engine to its world. Once slipped (`kill -9`) nothing that engine still does reaches anything, and nothing
 * it waits for ever comes; its devices go on as they are.
 */
export class Leash {
  #alive = true;

  get alive(): boolean {
    return this.#alive;
  }

  kill(): void {
    this.#alive = false;
  }

  clock(clock: Clock): Clock {
    return {
      monotonicMs: () => clock.monotonicMs(),
      wallMs: () => clock.wallMs(),
      wallIsSet: () => clock.wallIsSet(),
      sleep: (ms, signal) => this.#held(() => clock.sleep(ms, signal)),
      after: (ms, act) => clock.after(ms, () => this.#alive && act()),
    };
  }

  journal(journal: Journal): Journal {
    return {
      append: (events) => (this.#alive ? journal.append(events) : 0),
      durable: (seq, signal) => this.#held(() => journal.durable(seq, signal)),
      tail: (query) => this.#held(() => journal.tail(query)),
      close: () => this.#held(() => journal.close()),
    };
  }

  ups(source: UpsSource): UpsSource {
    return {
      ...source,
      read: (signal) => this.#held(() => source.read(signal)),
      close: () => this.#held(() => source.close()),
    };
  }

  rig(driver: RigDriver): RigDriver {
    const { read, pause, resume } = driver;
    return {
      ...(read === undefined ? {} : { read: (signal: AbortSignal) => this.#held(() => read(signal)) }),
      ...(pause === undefined ? {} : { pause: (signal: AbortSignal) => this.#held(() => pause(signal)) }),
      ...(resume === undefined
        ? {}
        : { resume: (mode: string | undefined, signal: AbortSignal) => this.#held(() => resume(mode, signal)) }),
      close: () => this.#held(() => driver.close()),
    };
  }

  contact(contact: Switch): Switch {
    const { read } = contact;
    return {
      set: (want, signal): Promise<Outcome> => this.#held(() => contact.set(want, signal)),
      ...(read === undefined ? {} : { read: (signal: AbortSignal) => this.#held(() => read(signal)) }),
    };
  }

  async #held<T>(act: () => Promise<T>): Promise<T> {
    if (!this.#alive) return new Promise<never>(() => undefined);
    const value = await act();
    return this.#alive ? value : new Promise<never>(() => undefined);
  }
}
