// A transfer switch with a generator on its other side, as it stands in time, and the contact by which it tells that the
// generator carries. Whether that is there, and for how long, is the night's to say.
import type { Clock } from '../host/port.ts';
import type { ContactInput } from '../inputs/port.ts';
import { failed, ok } from '../model/outcome.ts';
import type { SiteGenerator } from '../model/site.ts';

/** How its contact misbehaves; all may be turned on and off while it runs. */
export interface SimContactQuirks {
  /** it shows what was so many seconds ago */
  readonly lateSeconds?: number;
  /** it cannot be read */
  readonly unreachable?: boolean;
}

/** A level counts once it has stood for so long, as every driver of a contact has it. */
const STANDS_MS = 200;
/** Moves kept for a contact that is late. */
const KEPT = 100;

export class SimTransfer {
  readonly traits: SiteGenerator;
  readonly #clock: Clock;
  readonly #moves: { readonly atMs: number; readonly carries: boolean }[] = [];
  #tell: () => void = () => undefined;
  #quirks: SimContactQuirks = {};

  constructor(traits: SiteGenerator, clock: Clock) {
    this.traits = traits;
    this.#clock = clock;
  }

  /** Whether the generator carries what stands behind it, in truth. */
  get carries(): boolean {
    return this.#moves.at(-1)?.carries ?? false;
  }

  move(carries: boolean): void {
    if (carries === this.carries) return;
    if (this.#moves.length >= KEPT) this.#moves.shift();
    this.#moves.push({ atMs: this.#clock.monotonicMs(), carries });
    this.#clock.after(this.#lateMs, () => this.#tell());
  }

  /** Exactly these from here on. */
  behave(quirks: SimContactQuirks): void {
    this.#quirks = quirks;
  }

  /** Its contact, opened by an engine; the one before hears of nothing any more. */
  contact(): ContactInput {
    return {
      read: async () => {
        if (this.#quirks.unreachable) return failed('unreachable', `${this.traits.carriesWhen} cannot be read`);
        const seenMs = this.#clock.monotonicMs() - this.#lateMs;
        return ok(this.#moves.findLast(({ atMs }) => atMs <= seenMs)?.carries === true ? 'closed' : 'open');
      },
      onNews: (tell) => {
        this.#tell = tell;
      },
      close: () => Promise.resolve(),
    };
  }

  get #lateMs(): number {
    return Math.max(STANDS_MS, (this.#quirks.lateSeconds ?? 0) * 1_000);
  }
}
