// One device, one conversation at a time: a bounded queue in which an order goes ahead of readings, and takes the place
// of one that is under way, so that a pause never waits for a reading of a device that hangs. Such a reading was not asked.
// On a bus a reading under way is heard out, for the next words would meet the answer to it.
import { type Fault, failed, type Outcome } from '../model/outcome.ts';

export interface Turn<T> {
  readonly signal: AbortSignal;
  /** an order; readings make room for it */
  readonly urgent: boolean;
  /** an order that goes ahead of the other orders that wait: one that cuts */
  readonly first?: boolean;
  /** a reading that an order waits for once it is under way */
  readonly whole?: boolean;
  /** Must settle at once when its own signal aborts. */
  readonly work: (signal: AbortSignal) => Promise<Outcome<T>>;
}

export interface Lane {
  /** Settles with what the work gave, or with a fault where its turn never came. Rejects only if the work does. */
  run<T>(turn: Turn<T>): Promise<Outcome<T>>;
  /** Ends what is under way and what waits. */
  close(): Promise<void>;
}

/** Conversations that may wait; more than a reading and a few orders is a fault of ours. */
const WAITING_LIMIT = 8;

interface Waiting {
  readonly rank: number;
  begin(): void;
  giveUp(fault: Fault): void;
}

/** What waits goes by it, the highest first: readings, orders, orders that cut. */
const rankOf = ({ urgent, first }: Pick<Turn<unknown>, 'urgent' | 'first'>): number =>
  (urgent ? 1 : 0) + (urgent && first === true ? 1 : 0);

interface Current {
  readonly urgent: boolean;
  readonly whole: boolean;
  stop(stopped: Fault): void;
}

/** Behind a question that gets no answer the device is as silent as there; behind an order it was not asked. */
function stillBusy(where: string, current: Current | undefined): Fault {
  if (current?.urgent === true) return failed('not-asked', `${where} was still busy with an order`).fault;
  return failed('timeout', `${where} was still busy with the question before`).fault;
}

/** Whether one more may wait; for an order the last reading goes. */
function hasRoom(
  { urgent }: Turn<unknown>,
  { where, waiting, limit }: { readonly where: string; readonly waiting: readonly Waiting[]; readonly limit: number },
): boolean {
  if (waiting.length < limit) return true;
  const last = waiting.at(-1);
  if (!urgent || last === undefined || last.rank > 0) return false;
  last.giveUp(failed('not-asked', `${where}: the reading made room for an order`).fault);
  return true;
}

/** `where` names the device in faults; so many turns at most wait, and where more would, an order takes the place of the last reading. */
export function deviceLane(where: string, waitingLimit = WAITING_LIMIT): Lane {
  const waiting: Waiting[] = [];
  let current: Current | undefined;
  let closed = false;

  const next = (): void => {
    current = undefined;
    waiting.shift()?.begin();
  };

  const perform = async <T>({ signal, urgent, whole, work }: Turn<T>): Promise<Outcome<T>> => {
    const controller = new AbortController();
    const onAbort = (): void => controller.abort();
    let stopped: Fault | undefined;
    signal.addEventListener('abort', onAbort, { once: true });
    current = {
      urgent,
      whole: whole === true,
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
        rank: rankOf(turn),
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
      const behind = waiting.findIndex((other) => other.rank < entry.rank);
      waiting.splice(behind < 0 ? waiting.length : behind, 0, entry);
    });

  return {
    run: (turn) => {
      if (closed) return Promise.resolve(failed('refused', `${where} is closed`, 'never'));
      if (turn.signal.aborted) return Promise.resolve(failed('timeout', `${where} was not asked: no time left`));
      if (current === undefined) return perform(turn);
      if (!hasRoom(turn, { where, waiting, limit: waitingLimit }))
        return Promise.resolve(failed('refused', `${where}: ${waitingLimit} questions wait already`));
      if (turn.urgent && !current.urgent && !current.whole)
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
