// A contact on the header of a Raspberry Pi: an auxiliary contact of a transfer switch, a relay on the mains. Never drives its line.
import { z } from 'zod';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import { type Every, realEvery } from '../transports/every.ts';
import { realGpioHost } from '../transports/gpio-host.ts';
import type { GpioHost, GpioInput } from '../transports/gpio-lines.ts';
import { chipOption, gpioOption } from '../transports/gpio-options.ts';
import { orAborted } from '../transports/or-aborted.ts';
import { type ContactInput, type InputKit, inputDriverKind } from './port.ts';

/** A contact bounces, and a cable beside kilowatts of power supplies catches pulses (hardware sheet 3.6). */
const STABLE_MS = 200;
/** While it is not settled. */
const POLL_MS = 50;

export const gpioInputOptions = z.strictObject({
  gpio: gpioOption,
  activeLow: z
    .boolean()
    .default(true)
    .describe('closed connects the line to ground; it wants a pull-up of about 10 kΩ to 3.3 V. false: closed connects it to 3.3 V'),
  chip: chipOption,
});

export type GpioInputOptions = z.infer<typeof gpioInputOptions>;

export const gpio = inputDriverKind({
  name: 'gpio',
  maturity: 'simulated',
  about: 'A contact on the header of a Raspberry Pi; counts once it has stood for 200 ms.',
  options: gpioInputOptions,
  open: (options, kit) => openGpioInput(options, { ...kit, host: realGpioHost }),
});

export interface GpioInputKit extends InputKit {
  readonly host: GpioHost;
  /** for tests; the real timer otherwise */
  readonly every?: Every;
}

/** The driver on a host of the caller's choice. The line is claimed by the first look, and by a later one where that failed. */
export function openGpioInput(options: GpioInputOptions, kit: GpioInputKit): ContactInput {
  return new GpioContact(options, kit);
}

class GpioContact implements ContactInput {
  readonly #options: GpioInputOptions;
  readonly #kit: GpioInputKit;
  #line: GpioInput | undefined;
  /** the level seen last, and since when it stands */
  #raw: { readonly level: 0 | 1; readonly sinceMs: number } | undefined;
  #settled: 'closed' | 'open' | undefined;
  #stopPolling: (() => void) | undefined;
  #tell: () => void = () => undefined;
  /** questions from before the first level that stood */
  readonly #waiting = new Set<() => void>();
  #closed = false;

  constructor(options: GpioInputOptions, kit: GpioInputKit) {
    this.#options = options;
    this.#kit = kit;
  }

  onNews(tell: () => void): void {
    this.#tell = tell;
  }

  async read(signal: AbortSignal): Promise<Outcome<'closed' | 'open'>> {
    const line = await this.#claimed(signal);
    if (!line.ok) return line;
    const looked = this.#look();
    if (!looked.ok) return looked;
    return this.#settled === undefined ? this.#unsettled(signal) : ok(this.#settled);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#letGo();
  }

  async #claimed(signal: AbortSignal): Promise<Outcome<GpioInput>> {
    const { gpio: number, chip, activeLow } = this.#options;
    const late = failed('timeout', `gpio ${number}: no time left to claim it`);
    if (this.#closed) return failed('refused', `gpio ${number}: its input is closed`);
    if (this.#line !== undefined) return ok(this.#line);
    const pin = { gpio: number, chip };
    const lines = await orAborted(this.#kit.host.load(), signal, late);
    if (!lines.ok) return lines;
    const ready = await lines.value.ready(pin, signal);
    if (!ready.ok) return ready;
    if (this.#line !== undefined) return ok(this.#line);
    if (signal.aborted || this.#closed) return late;
    const line = lines.value.listen(pin, activeLow ? 'up' : 'down');
    if (!line.ok) return line;
    this.#line = line.value;
    this.#line.onEdge(() => void this.#look());
    return line;
  }

  /** What the line is now; from here on it is looked at until it has settled. */
  #look(): Outcome {
    const level = this.#line?.read();
    if (level === undefined) return ok(undefined);
    if (!level.ok) {
      this.#letGo();
      this.#news();
      return level;
    }
    const nowMs = this.#kit.nowMs();
    if (this.#raw?.level !== level.value) this.#raw = { level: level.value, sinceMs: nowMs };
    const stands = nowMs - this.#raw.sinceMs >= STABLE_MS;
    if (stands) this.#settle(level.value);
    this.#poll(!stands);
    return ok(undefined);
  }

  #settle(level: 0 | 1): void {
    const is = (level === 0) === this.#options.activeLow ? 'closed' : 'open';
    if (this.#settled === is) return;
    this.#settled = is;
    this.#news();
  }

  #news(): void {
    for (const answer of [...this.#waiting]) answer();
    this.#tell();
  }

  #poll(on: boolean): void {
    if (on) this.#stopPolling ??= (this.#kit.every ?? realEvery)(POLL_MS, () => void this.#look());
    else {
      this.#stopPolling?.();
      this.#stopPolling = undefined;
    }
  }

  /** The first answer of all comes when it is one. */
  #unsettled(signal: AbortSignal): Promise<Outcome<'closed' | 'open'>> {
    const { gpio: number } = this.#options;
    return new Promise((resolve) => {
      const end = (outcome: Outcome<'closed' | 'open'>): void => {
        this.#waiting.delete(answer);
        signal.removeEventListener('abort', onAbort);
        resolve(outcome);
      };
      const onAbort = (): void => end(failed('timeout', `gpio ${number} did not stand still for ${STABLE_MS} ms: look at its wiring`));
      const answer = (): void => end(this.#settled === undefined ? failed('unreachable', `gpio ${number} was lost`) : ok(this.#settled));
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(answer);
      if (signal.aborted) onAbort();
    });
  }

  #letGo(): void {
    this.#poll(false);
    this.#line?.close();
    this.#line = undefined;
    this.#raw = undefined;
    this.#settled = undefined;
  }
}
