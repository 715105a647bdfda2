// Relays on the header of a Raspberry Pi. Opening, closing and adopting a line never moves its relay; only `set` does.
import { z } from 'zod';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import { realGpioHost } from '../transports/gpio-host.ts';
import { type GpioHost, type GpioLines, isOnHeader, type Pin } from '../transports/gpio-lines.ts';
import { CONSOLE_GPIOS, chipOption, headerGpio, onTheConsole } from '../transports/gpio-options.ts';
import { orAborted } from '../transports/or-aborted.ts';
import { type Board, boardOf, type Switch, type SwitchKit, switchDriverKind } from './port.ts';

/** Why a line that is on the header must not carry a relay. */
const UNFIT: ReadonlyMap<number, string> = new Map([
  [0, 'gpio 0 reads the EEPROM of a HAT at boot and would move the relay; take one of 2 to 27'],
  [1, 'gpio 1 reads the EEPROM of a HAT at boot and would move the relay; take one of 2 to 27'],
  ...[...CONSOLE_GPIOS].map((gpio): [number, string] => [gpio, onTheConsole(gpio)]),
]);

const gpioNumber = headerGpio(0).superRefine((gpio, context) => {
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
    chip: chipOption,
  })
  .refine((options) => (options.gpio === undefined) !== (options.gpios === undefined), 'give either gpio or gpios');

export type GpioOptions = z.infer<typeof gpioOptions>;

export const gpio = switchDriverKind({
  name: 'gpio',
  maturity: 'simulated',
  about: 'A relay or a board of relays on the header of a Raspberry Pi, through onoff, or the character device where that is missing.',
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
  cautions: powerOnCautions,
  open: (options, kit) => openGpio(options, kit, realGpioHost),
});

function linesOf(options: GpioOptions): ReadonlyMap<string, number> {
  if (options.gpio !== undefined) return new Map([['', options.gpio]]);
  return new Map((options.gpios ?? []).map((line, index) => [String(index + 1), line]));
}

/** The header's lines up to this one are pulled up from power-on until somebody drives them, the others down (about 50 kΩ). */
const LAST_PULLED_UP = 8;

/** Lines whose pull gives the coil current from power-on until the first step, which may be days later. */
function powerOnCautions(options: GpioOptions, atRest: 'fed' | 'cut'): readonly string[] {
  const { activeLow, chip } = options;
  if (!isOnHeader({ gpio: 0, chip })) return [];
  const pulledIn = [...linesOf(options).values()].filter((line) => line <= LAST_PULLED_UP !== activeLow);
  if (pulledIn.length === 0) return [];
  const lines = pulledIn.join(',');
  const [pulled, quiet] = activeLow ? ['down', `2 to ${LAST_PULLED_UP}`] : ['up', `${LAST_PULLED_UP + 1} to 27`];
  const rigs = atRest === 'fed' ? 'its rigs are cut, while they hash,' : 'its rigs are fed';
  return [
    `gpio ${lines}: pulled ${pulled} from power-on, which gives the coil current: ${rigs} each time the Pi boots, until the service drives the line. Put gpio=${lines}=op,${activeLow ? 'dh' : 'dl'} into /boot/firmware/config.txt, which helps from some seconds after power-on; with activeLow: ${activeLow} gpio ${quiet} need none of that`,
  ];
}

/** The driver on a host of the caller's choice. Begins to find the way to the lines at once, so that the first step does not wait for it. */
export function openGpio(options: GpioOptions, kit: SwitchKit, host: GpioHost): Board {
  const loading = host.load();
  const contacts = new Map(
    [...linesOf(options)].map(([channel, line]) => {
      const pin = { gpio: line, chip: options.chip };
      return [channel, new GpioContact({ pin, activeLow: options.activeLow, atRest: kit.atRest, loading })];
    }),
  );
  return boardOf(kit.board, contacts, async () => {
    for (const contact of contacts.values()) contact.close();
  });
}

interface Wiring {
  readonly pin: Pin;
  readonly activeLow: boolean;
  readonly atRest: 'fed' | 'cut';
  readonly loading: Promise<Outcome<GpioLines>>;
}

/** One relay. Works in physical levels throughout, so that what is driven and what is seen mean the same. */
class GpioContact implements Switch {
  readonly #wiring: Wiring;
  #closed = false;

  constructor(wiring: Wiring) {
    this.#wiring = wiring;
  }

  async set(want: 'fed' | 'cut', signal: AbortSignal): Promise<Outcome> {
    const { pin } = this.#wiring;
    const lines = await this.#loaded(signal);
    if (!lines.ok) return lines;
    const ready = await lines.value.ready(pin, signal);
    if (!ready.ok) return ready;
    // From here to the end nothing waits: a step that was given up, or a board that was closed, never moves the relay late.
    if (signal.aborted) return failed('timeout', `gpio ${pin.gpio}: no time left, the relay was not moved`);
    if (this.#closed) return failed('refused', `gpio ${pin.gpio}: its board is closed`);
    return lines.value.drive(pin, this.#levelFor(want));
  }

  async read(signal: AbortSignal): Promise<Outcome<'fed' | 'cut'>> {
    // Not always needed to look, but a relay that could not be moved is better known in calm.
    const lines = await this.#loaded(signal);
    if (!lines.ok) return lines;
    const seen = lines.value.look(this.#wiring.pin);
    if (!seen.ok) return seen;
    // Driven by nobody: the pulls hold the coil at rest.
    return ok(seen.value?.direction === 'out' ? this.#meaningOf(seen.value.level) : this.#wiring.atRest);
  }

  async maySet(signal: AbortSignal): Promise<Outcome> {
    const lines = await this.#loaded(signal);
    if (!lines.ok) return lines;
    const { pin } = this.#wiring;
    return orAborted(lines.value.mayDrive(pin), signal, failed('timeout', `gpio ${pin.gpio}: no time left to ask who has it`));
  }

  close(): void {
    // The line is not given back: the relay would fall.
    this.#closed = true;
  }

  #loaded(signal: AbortSignal): Promise<Outcome<GpioLines>> {
    const { loading, pin } = this.#wiring;
    return orAborted(loading, signal, failed('timeout', `gpio ${pin.gpio}: no time left while the way to it was being loaded`));
  }

  #levelFor(want: 'fed' | 'cut'): 0 | 1 {
    const coil = want !== this.#wiring.atRest;
    return coil !== this.#wiring.activeLow ? 1 : 0;
  }

  #meaningOf(level: 0 | 1): 'fed' | 'cut' {
    return this.#levelFor('fed') === level ? 'fed' : 'cut';
  }
}
