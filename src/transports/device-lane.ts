// One device, one conversation at a time: a bounded queue in which an order goes ahead of readings, and takes the place
// of one that is under way, so that a pause never waits for a reading of a device that hangs. Such a reading was not asked.
import { type Fault, failed, type Outcome } from '../model/outcome.ts';

export interface Turn<T> {
  readonly signal: AbortSignal;
  /** an order; readings make room for it */
  readonly urgent: boolean;
  /** Must settle at once when its own signal aborts. */
  readonly work: (signal: AbortSignal) => Promise<Outcome<T>>;
}

export interface Lane {
  /** Settles with what the work gave, or with a fault where its turn never came. Rejects only if the work does. */
  run<T>(turn: Turn<T>): Promise<Outcome<T>>;
  /** Ends what is under way and what waits. */
  close(): Promise<void>;
}

/** Conversations that may wait; more than a reading and a few orders is a fault of ours, but where one device has many contacts. */
const WAITING_LIMIT = 8;

interface Waiting {
  readonly urgent: boolean;
  begin(): void;
  giveUp(fault: Fault): void;
}

interface Current {
  readonly urgent: boolean;
  stop(stopped: Fault): void;
}

/** Behind a question that gets no answer the device is as silent as there; behind an order it was not asked. */
function stillBusy(where: string, current: Current | undefined): Fault {
  if (current?.urgent === true) return failed('not-asked', `${where} was still busy with an order`).fault;
  return failed('timeout', `${where} was still busy with the question before`).fault;
}

export interface LaneTraits {
  /** conversations that may wait */
  readonly waitingLimit?: number;
  /** an order waits for the end of a reading under way, for breaking it off would cost the connection that the order needs */
  readonly finishesReadings?: boolean;
}

/** `where` names the device in faults. */
export function deviceLane(where: string, { waitingLimit = WAITING_LIMIT, finishesReadings = false }: LaneTraits = {}): Lane {
  const waiting: Waiting[] = [];
  let current: Current | undefined;
  let closed = false;

  const next = (): void => {
    current = undefined;
    waiting.shift()?.begin();
  };

  const perform = async <T>({ signal, urgent, work }: Turn<T>): Promise<Outcome<T>> => {
    const controller = new AbortController();
    const onAbort = (): void => controller.abort();
    let stopped: Fault | undefined;
    signal.addEventListener('abort', onAbort, { once: true });
    current = {
      urgent,
      stop: (fault) => {
        stopped = fault;
        controller.abort();
      },
    };
    try {
      const outcome = await work(controller.signal);
      return outcome.ok || stopped === undefined ? outcome : { ok: false, fault: stopped };
    } finally {
      signal.removeEventListener('abort', onAbort);
      next();
    }
  };

  const queue = <T>(turn: Turn<T>): Promise<Outcome<T>> =>
    new Promise((resolve) => {
      const leave = (): void => {
        turn.signal.removeEventListener('abort', onAbort);
        const at = waiting.indexOf(entry);
        if (at >= 0) waiting.splice(at, 1);
      };
      const onAbort = (): void => entry.giveUp(stillBusy(where, current));
      const entry: Waiting = {
        urgent: turn.urgent,
        begin: () => {
          leave();
          resolve(perform(turn));
        },
        giveUp: (fault) => {
          leave();
          resolve({ ok: false, fault });
        },
      };
      turn.signal.addEventListener('abort', onAbort, { once: true });
      const behind = turn.urgent ? waiting.findIndex((other) => !other.urgent) : -1;
      waiting.splice(behind < 0 ? waiting.length : behind, 0, entry);
    });

  return {
    run: (turn) => {
      if (closed) return Promise.resolve(failed('refused', `${where} is closed`, 'never'));
      if (turn.signal.aborted) return Promise.resolve(failed('timeout', `${where} was not asked: no time left`));
      if (current === undefined) return perform(turn);
      if (waiting.length >= waitingLimit) return Promise.resolve(failed('refused', `${where}: ${waitingLimit} questions wait already`));
      if (turn.urgent && !current.urgent && !finishesReadings)
        current.stop(failed('not-asked', `${where}: the reading made room for an order`).fault);
      return queue(turn);
    },
    close: async () => {
      closed = true;
      const over = failed('timeout', `${where} was closed`).fault;
      for (const entry of [...waiting]) entry.giveUp(over);
      current?.stop(over);
    },
  };
}
