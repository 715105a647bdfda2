// What the three ways to speak to a rig under Braiins OS have in common: what each can be asked for, and the power target
// that its owner had before we set another.
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading, RigSettings } from '../model/rig.ts';
import { type BraiinsOrder, estimated } from '../wire/braiins.ts';
import { type OlderLook, olderState } from '../wire/braiins-older.ts';
import type { HttpAnswer } from '../wire/http-answer.ts';
import { type RigKit, rigReading } from './port.ts';

export interface BraiinsWay {
  /** `brief`: an order waits for it, and nothing is asked by which nothing is decided */
  look(signal: AbortSignal, brief?: 'brief'): Promise<Outcome<RigReading>>;
  /** what its owner set, as prints; undefined: it tells nothing of it */
  settings(signal: AbortSignal): Promise<Outcome<RigSettings | undefined>>;
  order(order: BraiinsOrder, signal: AbortSignal): Promise<Outcome>;
  /** whether it would take one */
  mayOrder(signal: AbortSignal): Promise<Outcome>;
  limit(wish: LimitWish, signal: AbortSignal): Promise<Outcome>;
  reboot(signal: AbortSignal): Promise<Outcome>;
  locate(on: boolean, signal: AbortSignal): Promise<Outcome>;
}

export interface LimitWish {
  /** undefined: as before any limit */
  readonly watts: number | undefined;
  /** what a reading told as `limit` before the first; undefined: not known */
  readonly was: string | undefined;
}

/** What a reading tells as `limit` of a power target, W. */
export const targetWords = (target: number | undefined): string | undefined => (target === undefined ? undefined : `${target} W`);

/** Whether an answer shows that a way is spoken; one of a page that is not up yet shows nothing. */
export function spokenBy(shows: (answer: HttpAnswer) => boolean, answer: HttpAnswer, where: string): Outcome<boolean> {
  if (answer.status < 500) return ok(shows(answer));
  return failed('refused', `${where} answers that it can't now (HTTP ${answer.status}): wait until it has started`);
}

/** What an older firmware can't be asked for over the network, and what to do instead. */
export function notByThisWay(where: string, what: string): Outcome<never> {
  return failed('unsupported', `${where} runs a Braiins OS without a way to ${what}: update it to 25.07 or later, or use its page`);
}

/** ms after which a rig that hashes is not on its way to a pause any more */
const OBEYS_MS = 120_000;

/** What it is told of a rig that has no word for paused: whether it took a pause of ours. */
export class OlderMemory {
  readonly #kit: RigKit;
  #pausedAtMs: number | undefined;

  constructor(kit: RigKit) {
    this.#kit = kit;
  }

  took(order: BraiinsOrder): void {
    this.#pausedAtMs = order === 'pause' ? this.#kit.nowMs() : undefined;
  }

  reading(look: OlderLook, takenAtMs: number): RigReading {
    const { hashRate, watts, uptimeSeconds, temperatureC, boardTemperatureC, fansRpm, firmware } = look;
    const startedAtMs = uptimeSeconds === undefined ? undefined : takenAtMs - uptimeSeconds * 1000;
    const pausedSince = this.#pausedAtMs !== undefined && startedAtMs !== undefined && startedAtMs < this.#pausedAtMs;
    const state = olderState(look, pausedSince);
    // Somebody has ended it since: the next time that it stands still it was not told to.
    if (state === 'hashing' && this.#pausedAtMs !== undefined && takenAtMs - this.#pausedAtMs > OBEYS_MS) this.#pausedAtMs = undefined;
    return rigReading(
      { rig: this.#kit.rig, takenAtMs, state },
      {
        hashRate,
        algorithm: 'sha256',
        ...estimated(watts, state),
        uptimeSeconds,
        temperatureC,
        boardTemperatureC,
        fansRpm,
        firmware,
        limit: targetWords(look.target),
      },
    );
  }
}

/** W */
export interface TargetChange {
  /** as its owner set it */
  readonly own: number;
  readonly wanted: number;
}

/** The power target that the owner set, kept while ours stands in its place. */
export class KeptTarget {
  #kept: { readonly own: number; readonly ours: readonly number[] } | undefined;

  /** What is to be set while `current` stands; the same where nothing is. Never above the owner's own. */
  change({ watts, was }: LimitWish, current: number, where: string): Outcome<TargetChange> {
    const told = Number.parseFloat(was ?? '');
    const before = told > 0 ? told : this.#kept?.own;
    // Another than ours is the owner's, who has set it since.
    const own = before === undefined || this.#kept?.ours.includes(current) === false ? current : before;
    if (watts !== undefined) return ok({ own, wanted: Math.min(Math.floor(watts), own) });
    if (before !== undefined) return ok({ own, wanted: own });
    return failed('refused', `${where} has a power target of which is not known what it was before: set it on its page`, 'never');
  }

  /** Ahead of the order: until it is known to stand, the one before it may stand, and is ours too. */
  setting({ own, wanted }: TargetChange): void {
    this.#kept = { own, ours: [wanted, ...(this.#kept?.own === own ? this.#kept.ours : [])].slice(0, OURS_LIMIT) };
  }

  stands({ own, wanted }: TargetChange): void {
    this.#kept = { own, ours: [wanted] };
  }
}

/** More answers than these are not lost in a row. */
const OURS_LIMIT = 8;
