// The push button: what a press means, and the header pin it is read from. What a short or a held press does is its owner's.
import { z } from 'zod';
import { type Fault, type Outcome, ok } from '../model/outcome.ts';
import { type Every, realEvery } from '../transports/every.ts';
import { realGpioHost } from '../transports/gpio-host.ts';
import type { GpioHost, GpioInput } from '../transports/gpio-lines.ts';
import { chipOption, gpioOption } from '../transports/gpio-options.ts';
import type { Button, ButtonHandlers } from './port.ts';

const STABLE_MS = 50;

export interface PressTimes {
  /** held so long it is no short press any more */
  readonly heldMs: number;
  /** down for longer than this it is stuck */
  readonly stuckMs: number;
}

/**
 * Tells presses from noise. Fed with every level that is seen and when; calls the handlers from within `feed`. A level counts
 * once it has stood for 50 ms, and from its beginning. A button found pressed is no press until it was let go.
 */
export class ButtonPresses {
  readonly #handlers: ButtonHandlers;
  readonly #times: PressTimes;
  /** the level seen last, and since when it stands */
  #raw: { readonly down: boolean; readonly sinceMs: number } | undefined;
  /** the press under way; `spent`: it can be neither short nor held any more */
  #press: { readonly sinceMs: number; spent: boolean; stuck: boolean } | undefined;
  #settled = false;

  constructor(handlers: ButtonHandlers, times: PressTimes) {
    this.#handlers = handlers;
    this.#times = times;
  }

  /** Whether time alone can still change something: feed it again soon, though no edge came. */
  get unsettled(): boolean {
    return !this.#settled;
  }

  feed(down: boolean, nowMs: number): void {
    const foundDown = this.#raw === undefined && down;
    if (this.#raw?.down !== down) this.#raw = { down, sinceMs: nowMs };
    const { sinceMs } = this.#raw;
    if (foundDown) this.#press = { sinceMs, spent: true, stuck: false };
    const stable = nowMs - sinceMs >= STABLE_MS;
    if (stable && down) this.#press ??= { sinceMs, spent: false, stuck: false };
    if (down) this.#whileDown(nowMs);
    else if (stable) this.#letGo(sinceMs);
    this.#settled = stable && !down;
  }

  #whileDown(nowMs: number): void {
    const press = this.#press;
    if (press === undefined) return;
    const downMs = nowMs - press.sinceMs;
    if (downMs >= this.#times.heldMs && !press.spent) {
      press.spent = true;
      this.#handlers.onHeld();
    }
    if (downMs > this.#times.stuckMs && !press.stuck) {
      press.stuck = true;
      this.#handlers.onStuck();
    }
  }

  #letGo(upSinceMs: number): void {
    const press = this.#press;
    this.#press = undefined;
    if (press?.stuck === true) this.#handlers.onFreed();
    // Up when it would be held, or later, and never seen down then: nobody can say which it was, so it was nothing.
    if (press !== undefined && !press.spent && upSinceMs - press.sinceMs < this.#times.heldMs) this.#handlers.onShort();
  }
}

export const buttonOptions = z.strictObject({
  gpio: gpioOption,
  activeLow: z.boolean().default(true).describe('pressed connects the line to ground; it wants a pull-up of about 10 kΩ to 3.3 V'),
  chip: chipOption,
  holdSeconds: z.number().min(1).max(10).default(3).describe('held so long: every rig down until released, or released'),
  stuckSeconds: z.number().min(15).max(300).default(30).describe('down for longer: stuck, ignored until it is let go'),
});

export type ButtonOptions = z.infer<typeof buttonOptions>;

export interface ButtonKit {
  readonly handlers: ButtonHandlers;
  /** the button was lost after it had been opened, and is closed: whoever wants it opens it again */
  readonly onFault: (fault: Fault) => void;
  /** monotonic ms */
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
  readonly host?: GpioHost;
  /** for tests; the real timer otherwise */
  readonly every?: Every;
}

/** While pressed: half of what a level must stand for, so that no press is measured too short. */
const POLL_MS = 25;
/** At rest, where no edge is told: each look costs CPU for ever, and a finger stays longer than this and 50 ms. */
const REST_POLL_MS = 40;

/** Claims the pin as an input. Refuses a pin that drives something: it may be a relay. */
export async function openButton(options: ButtonOptions, kit: ButtonKit): Promise<Outcome<Button>> {
  const pin = { gpio: options.gpio, chip: options.chip };
  const lines = await (kit.host ?? realGpioHost).load();
  if (!lines.ok) return lines;
  const ready = await lines.value.ready(pin, kit.signal);
  if (!ready.ok) return ready;
  const input = lines.value.listen(pin, options.activeLow ? 'up' : 'down');
  if (!input.ok) return input;
  return ok(watch(input.value, options, kit));
}

function watch(input: GpioInput, { activeLow, holdSeconds, stuckSeconds }: ButtonOptions, kit: ButtonKit): Button {
  const pressed = activeLow ? 0 : 1;
  const presses = new ButtonPresses(kit.handlers, { heldMs: holdSeconds * 1000, stuckMs: stuckSeconds * 1000 });
  let polling: { readonly ms: number; readonly stop: () => void } | undefined;
  let closed = false;

  const close = (): void => {
    if (closed) return;
    closed = true;
    polling?.stop();
    input.close();
  };
  const look = (): void => {
    if (closed) return;
    const level = input.read();
    if (!level.ok) {
      close();
      kit.onFault(level.fault);
      return;
    }
    presses.feed(level.value === pressed, kit.nowMs());
    // A pin that tells of no changes is looked at all the time.
    poll(presses.unsettled ? POLL_MS : input.edges ? undefined : REST_POLL_MS);
  };
  const poll = (ms: number | undefined): void => {
    if (polling?.ms === ms) return;
    polling?.stop();
    polling = ms === undefined ? undefined : { ms, stop: (kit.every ?? realEvery)(ms, look) };
  };
  input.onEdge(look);
  look();
  return { close: async () => close() };
}
