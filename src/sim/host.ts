// The rest of what an engine is given: a log, a supervisor and an alarmist that listen and keep nothing, and the leash
// that a killed engine dies on.
import type { Alarmist, Clock, Journal, Log, Supervisor } from '../host/port.ts';
import type { ContactInput } from '../inputs/port.ts';
import type { Outcome } from '../model/outcome.ts';
import type { RigDriver } from '../rigs/port.ts';
import type { Switch } from '../switches/port.ts';
import type { UpsSource } from '../ups/port.ts';
import type { SimCard } from './card.ts';

/** The folder of the journal. */
type Folder = Pick<SimCard, 'list' | 'read' | 'open' | 'rename' | 'remove' | 'syncFolder'>;

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
  readonly #zeroMs: number;
  #alive = true;
  #stopped = false;
  /** what came while it stood still, in the order in which it came */
  #missed: (() => void)[] = [];

  /** `zeroMs`: when the machine booted, from which its monotonic clock counts. */
  constructor(zeroMs = 0) {
    this.#zeroMs = zeroMs;
  }

  get alive(): boolean {
    return this.#alive;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  kill(): void {
    this.#alive = false;
    this.#missed = [];
  }

  /** SIGSTOP: time and devices go on, the engine does not. */
  stop(): void {
    this.#stopped = true;
  }

  /** SIGCONT: all that came meanwhile comes now. */
  goOn(): void {
    this.#stopped = false;
    for (const act of this.#missed.splice(0)) act();
  }

  clock(clock: Clock): Clock {
    return {
      monotonicMs: () => clock.monotonicMs() - this.#zeroMs,
      wallMs: () => clock.wallMs(),
      wallIsSet: () => clock.wallIsSet(),
      sleep: (ms, signal) => this.#held(() => clock.sleep(ms, signal)),
      after: (ms, act) => clock.after(ms, () => this.#tell(act)),
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

  files(folder: Folder): Folder {
    return {
      list: () => this.#held(() => folder.list()),
      read: (name) => this.#held(() => folder.read(name)),
      rename: (from, to) => this.#held(() => folder.rename(from, to)),
      remove: (name) => this.#held(() => folder.remove(name)),
      syncFolder: () => this.#held(() => folder.syncFolder()),
      open: (name) =>
        this.#held(async () => {
          const file = await folder.open(name);
          return {
            write: (bytes, at) => this.#held(() => file.write(bytes, at)),
            truncate: (size) => this.#held(() => file.truncate(size)),
            sync: () => this.#held(() => file.sync()),
            close: () => this.#held(() => file.close()),
          };
        }),
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
    const { read, pause, resume, limitWatts } = driver;
    return {
      ...(read === undefined ? {} : { read: (signal: AbortSignal, brief?: 'brief') => this.#held(() => read(signal, brief)) }),
      ...(pause === undefined ? {} : { pause: (signal: AbortSignal) => this.#held(() => pause(signal)) }),
      ...(limitWatts !== undefined && {
        limitWatts: (watts: number | undefined, was: string | undefined, signal: AbortSignal) =>
          this.#held(() => limitWatts(watts, was, signal)),
      }),
      ...(resume === undefined
        ? {}
        : { resume: (mode: string | undefined, signal: AbortSignal) => this.#held(() => resume(mode, signal)) }),
      close: () => this.#held(() => driver.close()),
    };
  }

  contact(contact: Switch): Switch {
    const { read, probe } = contact;
    return {
      set: (want, signal): Promise<Outcome> => this.#held(() => contact.set(want, signal)),
      ...(read === undefined ? {} : { read: (signal: AbortSignal) => this.#held(() => read(signal)) }),
      ...(probe === undefined ? {} : { probe: (signal: AbortSignal) => this.#held(() => probe(signal)) }),
    };
  }

  input(contact: ContactInput): ContactInput {
    return {
      read: (signal) => this.#held(() => contact.read(signal)),
      onNews: (tell) => contact.onNews?.(() => this.#tell(tell)),
      close: () => this.#held(() => contact.close()),
    };
  }

  async #held<T>(act: () => Promise<T>): Promise<T> {
    if (!this.#alive) return new Promise<never>(() => undefined);
    const settled = await act().then(
      (value) => () => value,
      (error: unknown) => (): never => {
        throw error;
      },
    );
    if (this.#stopped) await new Promise<void>((resolve) => this.#missed.push(resolve));
    return this.#alive ? settled() : new Promise<never>(() => undefined);
  }

  #tell(act: () => void): void {
    if (this.#stopped) this.#missed.push(act);
    else if (this.#alive) act();
  }
}
