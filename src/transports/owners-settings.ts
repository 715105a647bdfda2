// What its owner set on a rig that tells it to a question of its own: asked now and then in calm, anew after each order, and never in
// the way of one, nor of a reading: that may show another machine in its place, and is told at once. The answer comes with the next,
// which is asked for where nothing was held, or another answer. A rig that does not tell it is ordered about as any other; nothing is known of it then.
import { failed, messageOf, type Outcome } from '../model/outcome.ts';
import type { RigReading, RigSettings } from '../model/rig.ts';

/** ms from one question to the next, of a rig that hashes. */
const CALM_MS = 60_000;
/** The same of one that stands still: what its owner does to it meanwhile must not be laid to the order that wakes it. */
const STILL_MS = 10_000;
/** The same for so long after an order, in ms: some firmwares show late what became of them. The first comes as late: a farm has its hands full. */
const CLOSE_MS = 5_000;
const WATCHED_MS = 30_000;
/** ms for which one that has no such question is not asked it again */
const NONE_MS = 600_000;
/** ms that the answer may take, for the next look may wait behind it; whoever is slow as it is is not asked beside. */
const PATIENCE_MS = 1_500;
const QUICK_MS = 2_500;
/** ms for which nothing is told after it was told in another way: two may spell one pool differently. */
const ANOTHER_WAY_MS = 600_000;
/** Questions under way in this process, which shares its loop and its sockets: the orders of a farm go beside them. One more waits for the next look. */
const MOST_UNDER_WAY = 16;
let underWay = 0;

/** What is wrapped of a driver: whatever looks, and whatever gives an order. */
interface Driver {
  readonly read?: (signal: AbortSignal, brief?: 'brief') => Promise<Outcome<RigReading>>;
  readonly pause?: (signal: AbortSignal) => Promise<Outcome>;
  readonly resume?: (mode: string | undefined, signal: AbortSignal) => Promise<Outcome>;
  readonly limitWatts?: (watts: number | undefined, was: string | undefined, signal: AbortSignal) => Promise<Outcome>;
  readonly reboot?: (signal: AbortSignal) => Promise<Outcome>;
  readonly onNews?: (tell: () => void) => void;
}

export interface SettingsQuestion {
  /** monotonic ms */
  readonly nowMs: () => number;
  /** Within a turn of its own of the rig's lane, so that an order goes ahead of it. Prints alone; undefined: it tells nothing. */
  readonly ask: (signal: AbortSignal) => Promise<Outcome<RigSettings | undefined>>;
  /** by which of several ways it was asked just now */
  readonly way?: () => string | undefined;
}

/** The same driver, whose readings tell what the owner set, and when that was asked. */
export function tellingSettings<D extends Driver>(driver: D, question: SettingsQuestion): D & Required<Pick<Driver, 'onNews'>> {
  const settings = new OwnersSettings(question);
  const { read, pause, resume, limitWatts, reboot } = driver;
  return {
    ...driver,
    onNews: (tell) => settings.onNews(tell),
    ...(read !== undefined && {
      // A brief look has an order behind it: it puts no other question.
      read: (signal: AbortSignal, brief?: 'brief') =>
        brief === undefined ? settings.look(() => read(signal)) : settings.beside(() => read(signal, brief)),
    }),
    ...(pause !== undefined && { pause: (signal: AbortSignal) => settings.order(() => pause(signal)) }),
    ...(resume !== undefined && {
      resume: (mode: string | undefined, signal: AbortSignal) => settings.order(() => resume(mode, signal)),
    }),
    ...(limitWatts !== undefined && {
      limitWatts: (watts: number | undefined, was: string | undefined, signal: AbortSignal) =>
        settings.order(() => limitWatts(watts, was, signal)),
    }),
    ...(reboot !== undefined && { reboot: (signal: AbortSignal) => settings.order(() => reboot(signal)) }),
  };
}

class OwnersSettings {
  readonly #question: SettingsQuestion;
  #held: { readonly is: RigSettings; readonly askedAtMs: number } | undefined;
  /** who said so */
  #of: string | undefined;
  /** monotonic ms of the last question since the last order */
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #noneUntilMs = Number.NEGATIVE_INFINITY;
  #orderedAtMs = Number.NEGATIVE_INFINITY;
  #orders = 0;
  #way: string | undefined;
  #mutedUntilMs = Number.NEGATIVE_INFINITY;
  /** breaks off the question under way */
  #cut: (() => void) | undefined;

  /** what it has last told twice, or first of all */
  #usual: string | undefined;
  /** answers in a row that were others */
  #others = 0;
  #tell: () => void = () => undefined;

  constructor(question: SettingsQuestion) {
    this.#question = question;
  }

  onNews(tell: () => void): void {
    this.#tell = tell;
  }

  async order(give: () => Promise<Outcome>): Promise<Outcome> {
    this.#cut?.();
    this.#forget();
    try {
      return await give();
    } finally {
      this.#orderedAtMs = this.#question.nowMs();
      this.#forget();
    }
  }

  async look(how: () => Promise<Outcome<RigReading>>): Promise<Outcome<RigReading>> {
    const orders = this.#orders;
    const outcome = await how();
    // Whose order took its place has the rig to himself.
    if (this.#orders !== orders) return outcome;
    if (!outcome.ok) {
      // Whoever answers next may be another machine.
      this.#forget();
      return outcome;
    }
    this.#see(outcome.value);
    const reading = this.#with(outcome.value);
    if (underWay < MOST_UNDER_WAY && this.#isDue(outcome.value)) void this.#ask();
    return reading;
  }

  /** What was told before, with a reading that asks for nothing. */
  async beside(how: () => Promise<Outcome<RigReading>>): Promise<Outcome<RigReading>> {
    this.#cut?.();
    const orders = this.#orders;
    const outcome = await how();
    return outcome.ok && this.#orders === orders ? this.#with(outcome.value) : outcome;
  }

  /** What another machine on the address had is not this one's. */
  #see({ identity }: RigReading): void {
    if (identity === undefined) return;
    if (this.#of !== undefined && this.#of !== identity) this.#forget();
    this.#of = identity;
  }

  #with(reading: RigReading): Outcome<RigReading> {
    if (this.#held === undefined || this.#question.nowMs() < this.#mutedUntilMs) return { ok: true, value: reading };
    return { ok: true, value: { ...reading, settings: this.#held.is, settingsAtMs: this.#held.askedAtMs } };
  }

  /** What is held stood before the order; what is on its way may too. */
  #forget(): void {
    this.#orders += 1;
    this.#held = undefined;
    this.#askedAtMs = Number.NEGATIVE_INFINITY;
  }

  #isDue({ state, takenAtMs }: RigReading): boolean {
    const nowMs = this.#question.nowMs();
    if (nowMs < this.#noneUntilMs || nowMs - takenAtMs > QUICK_MS) return false;
    if (nowMs - this.#orderedAtMs < CLOSE_MS) return false;
    const everyMs = nowMs - this.#orderedAtMs < WATCHED_MS ? CLOSE_MS : state === 'paused' ? STILL_MS : CALM_MS;
    return nowMs - this.#askedAtMs >= everyMs;
  }

  /** Never rejects, and ends by itself: nobody waits for it. */
  async #ask(): Promise<void> {
    const { nowMs, ask, way } = this.#question;
    const orders = this.#orders;
    const askedAtMs = nowMs();
    this.#askedAtMs = askedAtMs;
    const told = await this.#within(ask);
    if (this.#orders !== orders) return;
    if (!told.ok) {
      // What is held is still of its date.
      if (told.fault.code === 'unsupported') this.#noneUntilMs = nowMs() + NONE_MS;
      return;
    }
    const hadNone = this.#held === undefined;
    this.#held = told.value === undefined ? undefined : { is: told.value, askedAtMs };
    const by = way?.();
    if (this.#way !== undefined && by !== this.#way) this.#mutedUntilMs = nowMs() + ANOTHER_WAY_MS;
    this.#way = by;
    if (told.value !== undefined && (this.#isNews(told.value) || hadNone)) this.#tell();
  }

  /** The first is, and so are two in a row that differ from what was known: it takes as many to believe it. */
  #isNews(told: RigSettings): boolean {
    const print = JSON.stringify([told.pools, told.fans, told.clocks]);
    this.#others = print === this.#usual ? 0 : this.#others + 1;
    const isNews = this.#others > 0;
    if (this.#usual === undefined || this.#others > 1) {
      this.#usual = print;
      this.#others = 0;
    }
    return isNews;
  }

  /** For so long as it has patience, and nobody else wants the rig. */
  async #within<T>(ask: (own: AbortSignal) => Promise<Outcome<T>>): Promise<Outcome<T>> {
    const own = new AbortController();
    const cut = (): void => own.abort(new Error('put off: the rig is wanted for something else'));
    const timer = setTimeout(cut, PATIENCE_MS);
    this.#cut = cut;
    underWay += 1;
    try {
      return await ask(own.signal);
    } catch (error) {
      return failed('garbled', messageOf(error));
    } finally {
      underWay -= 1;
      clearTimeout(timer);
      this.#cut = undefined;
    }
  }
}
