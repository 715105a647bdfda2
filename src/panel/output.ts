// A line of the panel that is driven: a light, a buzzer. Claimed when it is opened and dark until told otherwise; one that cannot be
// driven is told once, tried again now and then, and never a reason to stop.
import { z } from 'zod';
import { type Fault, messageOf } from '../model/outcome.ts';
import type { GpioHost, GpioLines } from '../transports/gpio-lines.ts';
import { chipOption, gpioOption } from '../transports/gpio-options.ts';
import { LIGHTS, type Meaning, SOUNDS, USUAL_LIGHTS, USUAL_SOUNDS } from './patterns.ts';

const MEANINGS = {
  mains: 'all is well',
  battery: 'on battery',
  shedding: 'rigs leave: shedding, or the last stand',
  hold: 'a person holds a rig down or up',
  fault: 'something is in the way: lastwatt status says what',
} as const satisfies Readonly<Record<Meaning, string>>;

/** Shorter is not seen; longer, and nobody waits for the end of it. */
const milliseconds = (most: number): z.ZodInt => z.int().min(20, 'at least 20 ms').max(most, `at most ${most} ms`);

const lightChoice = z.union([
  z.enum(wordsOf(LIGHTS)),
  z
    .array(milliseconds(10_000))
    .min(2)
    .max(12)
    .refine(({ length }) => length % 2 === 0, 'ms alight and ms dark by turns: an even number of them'),
]);

const soundChoice = z.union([
  z.enum(wordsOf(SOUNDS)),
  z
    .array(milliseconds(2_000))
    .min(1)
    .max(11)
    .refine(({ length }) => length % 2 === 1, 'ms of sound and ms of silence by turns, a sound at the end: an odd number of them'),
]);

function wordsOf<W extends string>(words: Readonly<Record<W, unknown>>): [W, ...W[]] {
  return Object.keys(words) as [W, ...W[]];
}

const shows = z.strictObject({
  mains: lightChoice.default(USUAL_LIGHTS.mains).describe(MEANINGS.mains),
  battery: lightChoice.default(USUAL_LIGHTS.battery).describe(MEANINGS.battery),
  shedding: lightChoice.default(USUAL_LIGHTS.shedding).describe(MEANINGS.shedding),
  hold: lightChoice.default(USUAL_LIGHTS.hold).describe(MEANINGS.hold),
  fault: lightChoice.default(USUAL_LIGHTS.fault).describe(MEANINGS.fault),
});

const sounds = z.strictObject({
  mains: soundChoice.default(USUAL_SOUNDS.mains).describe('mains again'),
  battery: soundChoice.default(USUAL_SOUNDS.battery).describe(MEANINGS.battery),
  shedding: soundChoice.default(USUAL_SOUNDS.shedding).describe(MEANINGS.shedding),
  hold: soundChoice.default(USUAL_SOUNDS.hold).describe(MEANINGS.hold),
  fault: soundChoice.default(USUAL_SOUNDS.fault).describe('something new is wrong'),
});

export const ledOptions = z.strictObject({
  gpio: gpioOption,
  activeLow: z.boolean().default(false).describe('it is alight while the pin is low'),
  chip: chipOption,
  shows: shows
    .prefault({})
    .describe('what it does when: a word, or ms alight and dark by turns, round and round. Dark is what a dead service shows'),
});

export const buzzerOptions = z.strictObject({
  gpio: gpioOption,
  activeLow: z.boolean().default(false).describe('it sounds while the pin is low'),
  chip: chipOption,
  minEverySeconds: z.number().min(1).max(86_400).default(60).describe('least time from one sound to the next'),
  sounds: sounds.prefault({}).describe('what it does when, once: a word, or ms of sound and of silence by turns'),
});

/** Where an output of the panel is. */
export type PanelPin = Pick<LedOptions, 'gpio' | 'activeLow' | 'chip'>;
export type LedOptions = z.infer<typeof ledOptions>;
export type BuzzerOptions = z.infer<typeof buzzerOptions>;

export interface OutputKit {
  readonly host: GpioHost;
  /** calls `act` after `ms`, once; the returned function calls it off */
  readonly after: (ms: number, act: () => void) => () => void;
  readonly signal: AbortSignal;
  /** it can not be driven: at the first refusal of a row */
  readonly onLost: (fault: Fault) => void;
  /** it can again */
  readonly onBack: () => void;
}

const AGAIN_AFTER_MS = 30_000;

export class PanelOutput {
  readonly #options: PanelPin;
  readonly #kit: OutputKit;
  #lines: GpioLines | undefined;
  /** what it was told last */
  #on = false;
  #lost = false;
  #again: (() => void) | undefined;
  #claiming = false;
  #closed = false;

  constructor(options: PanelPin, kit: OutputKit) {
    this.#options = options;
    this.#kit = kit;
  }

  /** Claims the line, dark until it is told otherwise. Never rejects; what goes wrong is told, and tried again. */
  async open(): Promise<void> {
    if (this.#claiming || this.#closed) return;
    this.#claiming = true;
    try {
      const lines = await this.#kit.host.load();
      const ready = lines.ok ? await lines.value.ready(this.#options, this.#kit.signal) : lines;
      if (this.#closed || this.#kit.signal.aborted) return;
      if (!ready.ok) return this.#lose(ready.fault);
      if (!lines.ok) return;
      this.#lines = lines.value;
      this.show(this.#on);
    } catch (error) {
      this.#lose({ code: 'refused', retry: 'later', detail: `gpio ${this.#options.gpio}: ${messageOf(error)}` });
    } finally {
      this.#claiming = false;
    }
  }

  /** At once, or not at all where the line is lost. */
  show(on: boolean): void {
    this.#on = on;
    if (this.#lines === undefined) return;
    const driven = this.#lines.drive(this.#options, on !== this.#options.activeLow ? 1 : 0);
    if (!driven.ok) return this.#lose(driven.fault);
    if (this.#lost) this.#kit.onBack();
    this.#lost = false;
  }

  /** Leaves it dark, and driven so: a line that is let go may float. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#again?.();
    if (this.#lines !== undefined && !this.#lost) this.#lines.drive(this.#options, this.#options.activeLow ? 1 : 0);
    this.#lines = undefined;
  }

  #lose(fault: Fault): void {
    this.#lines = undefined;
    if (this.#closed) return;
    if (!this.#lost) this.#kit.onLost(fault);
    this.#lost = true;
    this.#again?.();
    this.#again = this.#kit.after(AGAIN_AFTER_MS, () => void this.open());
  }
}
