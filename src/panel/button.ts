// The push button: what a press means, and the header pin it is read from. What a short or a held press does is its owner's.
import { z } from 'zod';
import { type Fault, failed, type Outcome, ok } from '../model/outcome.ts';
import { exportLine, type GpioSysfs, gpioFault, lookAtLine, sysfsNumber } from '../transports/gpio-sysfs.ts';
import { type GpioHost, type GpioLine, realGpioHost } from '../transports/onoff.ts';
import type { Button, ButtonHandlers } from './port.ts';

const STABLE_MS = 50;
const HELD_MS = 3000;
const STUCK_MS = 30_000;

/**
 * Tells presses from noise. Fed with every level that is seen and when; calls the handlers from within `feed`. A level counts
 * once it has stood for 50 ms, and from its beginning. A button found pressed is no press until it was let go.
 */
export class ButtonPresses {
  readonly #handlers: ButtonHandlers;
  /** the level seen last, and since when it stands */
  #raw: { readonly down: boolean; readonly sinceMs: number } | undefined;
  /** the press under way; `spent`: it can be neither short nor held any more */
  #press: { readonly sinceMs: number; spent: boolean; stuck: boolean } | undefined;
  #settled = false;

  constructor(handlers: ButtonHandlers) {
    this.#handlers = handlers;
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
    if (downMs >= HELD_MS && !press.spent) {
      press.spent = true;
      this.#handlers.onHeld();
    }
    if (downMs > STUCK_MS && !press.stuck) {
      press.stuck = true;
      this.#handlers.onStuck();
    }
  }

  #letGo(upSinceMs: number): void {
    const press = this.#press;
    this.#press = undefined;
    // Up at 3 s or later and never seen down at 3 s: nobody can say which it was, so it was nothing.
    if (press !== undefined && !press.spent && upSinceMs - press.sinceMs < HELD_MS) this.#handlers.onShort();
  }
}

export const buttonOptions = z.strictObject({
  gpio: z
    .int()
    .min(2, 'a gpio is the number printed on the pinout, 2 to 27')
    .max(27, 'a gpio is the number printed on the pinout, 2 to 27')
    .describe('the number printed on the pinout, 2 to 27'),
  activeLow: z.boolean().default(true).describe('pressed connects the line to ground; it wants a pull-up of about 10 kΩ to 3.3 V'),
  chip: z.string().min(1).optional().describe('label of the GPIO chip, where it is not that of a Raspberry Pi header'),
});

export type ButtonOptions = z.infer<typeof buttonOptions>;

export interface ButtonKit {
  readonly handlers: ButtonHandlers;
  /** the button was lost after it had been opened; it stays lost until the service starts again */
  readonly onFault: (fault: Fault) => void;
  /** monotonic ms */
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
  readonly host?: GpioHost;
  /** calls `look` every `ms` until the returned function is called; for tests, the real timer otherwise */
  readonly every?: (ms: number, look: () => void) => () => void;
}

/** While pressed: half of what a level must stand for, so that no press is measured too short. */
const POLL_MS = 25;

/** Claims the pin as an input. Refuses a pin that drives something: it may be a relay. */
export async function openButton(options: ButtonOptions, kit: ButtonKit): Promise<Outcome<Button>> {
  const pin = { gpio: options.gpio, chip: options.chip };
  const { sysfs, load } = kit.host ?? realGpioHost;
  const gpioClass = await load();
  if (!gpioClass.ok) return gpioClass;
  const number = sysfsNumber(sysfs, pin);
  if (!number.ok) return number;
  const exported = await exportLine(sysfs, { pin, number: number.value, signal: kit.signal });
  if (!exported.ok) return exported;
  try {
    if (lookAtLine(sysfs, number.value)?.direction === 'out') {
      const what = `gpio ${pin.gpio} is an output already, so a relay may hang on it: it was not made a button`;
      return failed('refused', `${what}; choose another gpio, or restart the Pi if the wiring has changed`, 'never');
    }
    const line = new gpioClass.value(number.value, 'in', 'both', { activeLow: options.activeLow });
    // A pin without interrupts (onoff says nothing when it cannot set them) is looked at all the time.
    const edges = hasEdges(sysfs, number.value);
    return ok(watch(line, { ...kit, edges, faultOf: (error) => gpioFault(error, pin).fault }));
  } catch (error) {
    return gpioFault(error, pin);
  }
}

function watch(line: GpioLine, kit: ButtonKit & { readonly edges: boolean; readonly faultOf: (error: unknown) => Fault }): Button {
  const presses = new ButtonPresses(kit.handlers);
  const readLine = line.readSync.bind(line);
  let stopPolling: (() => void) | undefined;
  let closed = false;

  const close = (): void => {
    if (closed) return;
    closed = true;
    stopPolling?.();
    try {
      // An input drives nothing, so it may be given back.
      line.unexport();
    } catch {
      // gone already
    }
  };
  const lose = (error: unknown): void => {
    if (closed) return;
    close();
    kit.onFault(kit.faultOf(error));
  };
  const look = (): void => {
    if (closed) return;
    let level: 0 | 1;
    try {
      level = readLine();
    } catch (error) {
      lose(error);
      return;
    }
    presses.feed(level === 1, kit.nowMs());
    if (presses.unsettled || !kit.edges) {
      stopPolling ??= (kit.every ?? everyMs)(POLL_MS, look);
    } else {
      stopPolling?.();
      stopPolling = undefined;
    }
  };
  // onoff reads the pin in its own handler before it calls ours, with nothing to catch what the read throws.
  line.readSync = () => {
    try {
      return readLine();
    } catch (error) {
      lose(error);
      return 0;
    }
  };
  line.watch(look);
  look();
  return { close: async () => close() };
}

function hasEdges(sysfs: GpioSysfs, number: number): boolean {
  try {
    return sysfs.read(`gpio${number}/edge`) === 'both';
  } catch {
    return false;
  }
}

function everyMs(ms: number, look: () => void): () => void {
  const timer = setInterval(look, ms);
  return () => clearInterval(timer);
}
