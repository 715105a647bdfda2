// Watches whether the journal gets to the card. What takes load off does not wait for it, so a card that is full or has
// turned read-only would else be noticed by the rigs that do not come back.
import { access, constants, statfs } from 'node:fs/promises';
import { codeOf, type Outcome } from '../model/outcome.ts';
import type { Clock, Journal } from './port.ts';

export interface JournalWatchKit {
  readonly journal: Journal;
  readonly clock: Clock;
  /** what is wrong with the place itself, looked at in calm; undefined: nothing */
  readonly room: () => Promise<string | undefined>;
  /** Once when something is wrong, and once with nothing when it is well again. */
  readonly tell: (trouble: string | undefined) => void;
}

export interface JournalWatch {
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 1_000;
/** A sync that takes longer is a card that hangs; a bad one takes seconds. */
const HANGS_MS = 10_000;
const ROOM_EVERY_MS = 300_000;
/** What an outage of some twenty rigs writes. */
const LEAST_BYTES = 256 * 1024;

export function watchJournal(kit: JournalWatchKit): JournalWatch {
  const { clock, tell } = kit;
  const end = new AbortController();
  let said: string | undefined;
  let room: string | undefined;
  let roomAtMs: number | undefined;

  const look = async (): Promise<string | undefined> => {
    const written = await isWritten(kit, end.signal);
    if (!written.ok) {
      roomAtMs = undefined;
      return written.fault.detail;
    }
    if (roomAtMs === undefined || clock.monotonicMs() - roomAtMs >= ROOM_EVERY_MS) {
      roomAtMs = clock.monotonicMs();
      room = await kit.room();
    }
    return room;
  };
  const watch = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const trouble = await look();
      if (end.signal.aborted) return;
      if ((trouble === undefined) !== (said === undefined)) tell(trouble);
      said = trouble;
      await clock.sleep(LOOK_EVERY_MS, end.signal);
    }
  };
  const watching = watch();
  return {
    stop: () => {
      end.abort();
      return watching;
    },
  };
}

/** Everything appended so far; asks nothing of the card by itself. */
async function isWritten({ journal, clock }: JournalWatchKit, end: AbortSignal): Promise<Outcome> {
  const late = new AbortController();
  const answered = new AbortController();
  const giveUp = (): void => late.abort();
  end.addEventListener('abort', giveUp, { once: true });
  void clock.sleep(HANGS_MS, answered.signal).then(giveUp);
  const outcome = await journal.durable(journal.append([]), late.signal);
  answered.abort();
  end.removeEventListener('abort', giveUp);
  return outcome;
}

/** Whether a folder can take an outage's worth of records, found out without writing; else why not, and what to do. */
export async function roomFor(dir: string): Promise<string | undefined> {
  try {
    await access(dir, constants.W_OK);
    const { bavail, bsize } = await statfs(dir);
    const bytes = bavail * bsize;
    return bytes >= LEAST_BYTES
      ? undefined
      : `only ${Math.floor(bytes / 1024)} kB are left for the journal in ${dir}: free some space, for rigs that were shed wait for it`;
  } catch (error) {
    const why = codeOf(error) ?? 'unknown error';
    return `the journal in ${dir} cannot be written (${why}): look at the card, for rigs that were shed wait for it`;
  }
}
