// The options of whatever hangs on a header pin: which one it is, and on which chip.
import { z } from 'zod';

const BY_THE_PINOUT = 'a gpio is the number printed on the pinout, 2 to 27';

/** The option `gpio`: 2 to 27; 0 and 1 belong to the EEPROM of a HAT. `least`: for whoever has better words for these two. */
export function headerGpio(least = 2): z.ZodInt {
  return z.int().min(least, BY_THE_PINOUT).max(27, BY_THE_PINOUT);
}

/** The serial console of a Raspberry Pi: a relay there moves at boot, and an input hears presses that are none. */
export const CONSOLE_GPIOS: ReadonlySet<number> = new Set([14, 15]);

export function onTheConsole(gpio: number): string {
  return `gpio ${gpio} is the serial console and chatters at boot; take another of 2 to 27`;
}

/** The option `gpio` of what is no relay. */
export const gpioOption = headerGpio()
  .superRefine((gpio, context) => {
    if (CONSOLE_GPIOS.has(gpio)) context.addIssue({ code: 'custom', message: onTheConsole(gpio) });
  })
  .describe('the number printed on the pinout, 2 to 27, but for 14 and 15');

/** The option `chip`. */
export const chipOption = z.string().min(1).optional().describe('label of the GPIO chip, where it is not that of a Raspberry Pi header');
