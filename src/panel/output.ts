// A line of the panel that is driven: a light, a buzzer. Claimed when it is opened and dark until told otherwise; one that cannot be
// driven is told once, tried again now and then, and never a reason to stop.
import { z } from 'zod';
import { type Fault, messageOf } from '../model/outcome.ts';
import type { GpioHost, GpioLines } from '../transports/gpio-lines.ts';
import { chipOption, gpioOption } from '../transports/gpio-options.ts';

export const ledOptions = z.strictObject({
  gpio: gpioOption,
  activeLow: z.boolean().default(false).describe('it is alight while the pin is low'),
  chip: chipOption,
});

export const buzzerOptions = z.strictObject({
  gpio: gpioOption,
  activeLow: z.boolean().default(false).describe('it sounds while the pin is low'),
  chip: chipOption,
  minEverySeconds: z.number().min(1).max(86_400).default(60).describe('least time from one sound to the next'),
});

export type LedOptions = z.infer<typeof ledOptions>;
export type BuzzerOptions = z.infer<typeof buzzerOptions>;

export interface OutputKit {
  readonly host: GpioHost;
  /** monotonic ms */
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
  /** it can not be driven: at the first refusal of a row */
  readonly onLost: (fault: Fault) => void;
  /** it can again */
  readonly onBack: () => void;
}

const AGAIN_AFTER_MS = 30_000;

export class PanelOutput {
  readonly #options: LedOptions;
  readonly #kit: OutputKit;
  #lines: GpioLines | undefined;
  #lost = false;
  #triedAtMs = Number.NEGATIVE_INFINITY;
  #claiming = false;
  #closed = false;

  constructor(options: LedOptions, kit: OutputKit) {
    this.#options = options;
    this.#kit = kit;
  }

  /** Claims the line, dark. Never rejects; what goes wrong is told. */
  async open(): Promise<void> {
    if (this.#claiming || this.#closed) return;
    this.#claiming = true;
    this.#triedAtMs = this.#kit.nowMs();
    try {
      const lines = await this.#kit.host.load();
      const ready = lines.ok ? await lines.value.ready(this.#options, this.#kit.signal) : lines;
      if (this.#closed || this.#kit.signal.aborted) return;
      if (!ready.ok) return this.#lose(ready.fault);
      if (!lines.ok) return;
      this.#lines = lines.value;
      this.show(false);
    } catch (error) {
      this.#lose({ code: 'refused', retry: 'later', detail: `gpio ${this.#options.gpio}: ${messageOf(error)}` });
    } finally {
      this.#claiming = false;
    }
  }

  /** At once, or not at all where the line is lost. */
  show(on: boolean): void {
    if (this.#lines === undefined) {
      if (this.#kit.nowMs() - this.#triedAtMs >= AGAIN_AFTER_MS) void this.open();
      return;
    }
    const driven = this.#lines.drive(this.#options, on !== this.#options.activeLow ? 1 : 0);
    if (!driven.ok) return this.#lose(driven.fault);
    if (this.#lost) this.#kit.onBack();
    this.#lost = false;
  }

  /** Leaves it dark, and driven so: a line that is let go may float. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#lines !== undefined && !this.#lost) this.#lines.drive(this.#options, this.#options.activeLow ? 1 : 0);
    this.#lines = undefined;
  }

  #lose(fault: Fault): void {
    this.#lines = undefined;
    this.#triedAtMs = this.#kit.nowMs();
    if (!this.#lost && !this.#closed) this.#kit.onLost(fault);
    this.#lost = true;
  }
}
