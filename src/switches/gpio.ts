// Relays on the header of a Raspberry Pi. Opening, closing and adopting a line never moves its relay; only `set` does.
import { z } from 'zod';
import { DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import { exportLine, gpioFault, lineIsGone, lookAtLine, type Pin, sysfsNumber } from '../transports/gpio-sysfs.ts';
import { type GpioClass, type GpioHost, type GpioLine, realGpioHost } from '../transports/onoff.ts';
import { orAborted } from '../transports/or-aborted.ts';
import { type Board, type Switch, type SwitchKit, switchDriverKind } from './port.ts';

/** Why a line that is on the header must not carry a relay. */
const UNFIT: ReadonlyMap<number, string> = new Map([
  [0, 'gpio 0 reads the EEPROM of a HAT at boot and would move the relay; take one of 2 to 27'],
  [1, 'gpio 1 reads the EEPROM of a HAT at boot and would move the relay; take one of 2 to 27'],
  [14, 'gpio 14 is the serial console and chatters at boot; take another of 2 to 27'],
  [15, 'gpio 15 is the serial console and chatters at boot; take another of 2 to 27'],
]);

const gpioNumber = z
  .int()
  .min(0, 'a gpio is the number printed on the pinout, 2 to 27')
  .max(27, 'a gpio is the number printed on the pinout, 2 to 27')
  .superRefine((gpio, context) => {
    const reason = UNFIT.get(gpio);
    if (reason !== undefined) context.addIssue({ code: 'custom', message: reason });
  });

export const gpioOptions = z
  .strictObject({
    gpio: gpioNumber.optional().describe('a single contact: the number printed on the pinout'),
    gpios: z
      .array(gpioNumber)
      .min(1)
      .refine((gpios) => new Set(gpios).size === gpios.length, 'a gpio stands here twice; each channel needs its own')
      .optional()
      .describe('a board: its channels 1, 2 … in this order'),
    activeLow: z.boolean().default(false).describe('the relay coil has current while the pin is low'),
    chip: z.string().min(1).optional().describe('label of the GPIO chip, where it is not that of a Raspberry Pi header'),
  })
  .refine((options) => (options.gpio === undefined) !== (options.gpios === undefined), 'give either gpio or gpios');

export type GpioOptions = z.infer<typeof gpioOptions>;

export const gpio = switchDriverKind({
  name: 'gpio',
  maturity: 'simulated',
  about: 'A relay or a board of relays on the header of a Raspberry Pi, through onoff.',
  options: gpioOptions,
  bareAmperes: 8,
  channels: (options) => [...linesOf(options).keys()],
  canRead: () => true,
  wiring: ({ activeLow, chip, ...options }, channel) =>
    [
      `${linesOf({ ...options, activeLow }).get(channel)}`,
      ...(chip === undefined ? [] : [`chip: ${chip}`]),
      `activeLow: ${activeLow}`,
    ].join(', '),
  open: (options, kit) => openGpio(options, kit, realGpioHost),
});

function linesOf(options: GpioOptions): ReadonlyMap<string, number> {
  if (options.gpio !== undefined) return new Map([['', options.gpio]]);
  return new Map((options.gpios ?? []).map((line, index) => [String(index + 1), line]));
}

/** The driver on a host of the caller's choice. Starts to load onoff at once, so that the first step does not wait for it. */
export function openGpio(options: GpioOptions, kit: SwitchKit, host: GpioHost): Board {
  const loading = host.load();
  const contacts = new Map(
    [...linesOf(options)].map(([channel, line]) => {
      const pin = { gpio: line, chip: options.chip };
      return [channel, new GpioContact({ pin, activeLow: options.activeLow, atRest: kit.atRest, sysfs: host.sysfs, loading })];
    }),
  );
  return {
    channel: (name) => {
      const contact = contacts.get(name);
      if (contact === undefined) throw new Error(`switch board ${kit.board} has no channel "${name}"`);
      return contact;
    },
    close: async () => {
      for (const contact of contacts.values()) contact.close();
    },
  };
}

interface Wiring {
  readonly pin: Pin;
  readonly activeLow: boolean;
  readonly atRest: 'fed' | 'cut';
  readonly sysfs: GpioHost['sysfs'];
  readonly loading: Promise<Outcome<GpioClass>>;
}

/**
 * One relay. Works in physical levels throughout (active_low of the line stays 0), so that `high`, `low`, what is written and what
 * is read back all mean the same.
 */
class GpioContact implements Switch {
  readonly #wiring: Wiring;
  #line: GpioLine | undefined;
  #closed = false;

  constructor(wiring: Wiring) {
    this.#wiring = wiring;
  }

  async set(want: 'fed' | 'cut', signal: AbortSignal): Promise<Outcome> {
    const { pin, sysfs } = this.#wiring;
    const gpioClass = await this.#loaded(signal);
    if (!gpioClass.ok) return gpioClass;
    const number = sysfsNumber(sysfs, pin);
    if (!number.ok) return number;
    // Another program unexported it: the old handle leads nowhere. It stays open, for closing is only offered with unexport.
    if (!sysfs.exists(`gpio${number.value}`)) this.#line = undefined;
    const exported = await exportLine(sysfs, { pin, number: number.value, signal });
    if (!exported.ok) return exported;
    // From here to the end nothing waits: a step that was given up, or a board that was closed, never moves the relay late.
    if (signal.aborted) return failed('timeout', `gpio ${pin.gpio}: no time left, the relay was not moved`);
    if (this.#closed) return failed('refused', `gpio ${pin.gpio}: its board is closed`);
    try {
      this.#drive(gpioClass.value, number.value, this.#levelFor(want));
      return this.#verify(number.value, want);
    } catch (error) {
      if (lineIsGone(error)) this.#line = undefined;
      return gpioFault(error, pin);
    }
  }

  async read(signal: AbortSignal): Promise<Outcome<'fed' | 'cut'>> {
    const { pin, sysfs } = this.#wiring;
    // Not needed to look, but a relay that could not be moved is better known in calm.
    const gpioClass = await this.#loaded(signal);
    if (!gpioClass.ok) return gpioClass;
    const number = sysfsNumber(sysfs, pin);
    if (!number.ok) return number;
    try {
      const seen = lookAtLine(sysfs, number.value);
      if (seen === undefined) sysfs.mustBeWritable('export');
      // Driven by nobody: the pulls hold the coil at rest.
      return ok(seen?.direction === 'out' ? this.#meaningOf(seen.level) : this.#wiring.atRest);
    } catch (error) {
      return gpioFault(error, pin);
    }
  }

  close(): void {
    // Never unexport: that would free the pin, and the relay would fall.
    this.#closed = true;
    this.#line = undefined;
  }

  #loaded(signal: AbortSignal): Promise<Outcome<GpioClass>> {
    const { loading, pin } = this.#wiring;
    return orAborted(loading, signal, failed('timeout', `gpio ${pin.gpio}: no time left while onoff was being loaded`));
  }

  #drive(gpioClass: GpioClass, number: number, level: 0 | 1): void {
    const seen = lookAtLine(this.#wiring.sysfs, number);
    const driven = seen?.direction === 'out';
    const word = level === 1 ? 'high' : 'low';
    if (this.#line === undefined) {
      // A line that drives already is adopted as it is; any other becomes an output with its level in one step.
      this.#line = driven
        ? new gpioClass(number, 'out', { activeLow: false, reconfigureDirection: false })
        : new gpioClass(number, word, { activeLow: false });
    } else if (!driven) {
      this.#line.setDirection(word);
    }
    if (driven && seen.level !== level) this.#line.writeSync(level);
  }

  #verify(number: number, want: 'fed' | 'cut'): Outcome {
    const { pin, sysfs } = this.#wiring;
    // onoff swallows what goes wrong while it sets up a line that was exported before, so what it did is looked at.
    const seen = lookAtLine(sysfs, number);
    if (seen?.direction !== 'out') return failed('refused', `gpio ${pin.gpio} did not become an output: another program uses it; free it`);
    if (this.#line?.activeLow() === true) {
      return failed('refused', `gpio ${pin.gpio} is inverted (active_low) by another program, which was not undone: free it there`);
    }
    if (this.#meaningOf(seen.level) !== want)
      return failed('refused', `gpio ${pin.gpio} does not take the level that means ${want}: look for a short`);
    return DONE;
  }

  #levelFor(want: 'fed' | 'cut'): 0 | 1 {
    const coil = want !== this.#wiring.atRest;
    return coil !== this.#wiring.activeLow ? 1 : 0;
  }

  #meaningOf(level: 0 | 1): 'fed' | 'cut' {
    return this.#levelFor('fed') === level ? 'fed' : 'cut';
  }
}
