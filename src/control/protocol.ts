// What both ends of the local socket agree on, and what stands behind it. Without zod, so that the command line starts fast.
import type { Journal, JournalRecord } from '../host/port.ts';
import type { Command } from '../model/command.ts';
import type { Outcome } from '../model/outcome.ts';
import type { CheckItem, CommandAnswer, HandWish, PlanView, StatusView, WhyView } from '../model/view.ts';

/** Bytes of a request body; a command is a few hundred at most. */
export const MAX_BODY_BYTES = 64 * 1024;

/** Records of one journal answer. With about 300 bytes a record the largest answer stays near 300 kB. */
export const JOURNAL_USUAL = 100;
export const JOURNAL_MOST = 1000;

/** Who sits in front of the command line: a claim for the journal, for Node cannot ask the kernel whose socket it is. */
export const ACTOR_HEADER = 'x-lastwatt-actor';

/** The longest hold that ends by itself; longer ones are for `down` without an end. */
export const MOST_HOLD_SECONDS = 30 * 86_400;

/** What stands behind the socket. A handler may be slow, never unbounded; one that throws costs its caller a 500 and nobody else. */
export interface ControlHandlers {
  status(): StatusView;
  plan(): PlanView;
  why(rig: string | undefined): Outcome<WhyView>;
  /** Oldest first, at most `limit`, not before `sinceWallMs`: with `sinceSeq` the first from there on, without it the newest. */
  journal: Journal['tail'];
  check(rig: string | undefined): Promise<readonly CheckItem[]>;
  /** What a reload would change, or why the file would be refused; changes nothing. */
  reload(): Promise<Outcome<readonly string[]>>;
  /** What is told of it once it is done; `refused`, with why. */
  hand(wish: HandWish, actor: string | undefined): Promise<Outcome<readonly string[]>>;
  command(command: Command, actor: string | undefined): Promise<CommandAnswer>;
}

export interface JournalAnswer {
  readonly records: readonly JournalRecord[];
}

export interface CheckAnswer {
  readonly items: readonly CheckItem[];
}

export interface ReloadAnswer {
  readonly say: readonly string[];
}

export interface HandAnswer {
  readonly say: readonly string[];
}

export interface DoneAnswer {
  readonly say: readonly string[];
  readonly plan: PlanView;
}
