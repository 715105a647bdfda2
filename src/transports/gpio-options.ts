// The options of whatever hangs on a header pin: which one it is, and on which chip.
import { z } from 'zod';

const BY_THE_PINOUT = 'a gpio is the number printed on the pinout, 2 to 27';

/** The option `gpio`: 2 to 27; 0 and 1 belong to the EEPROM of a HAT. `least`: for whoever has better words for these two. */
export function headerGpio(least = 2): z.ZodInt {
  return z.int().min(least, BY_THE_PINOUT).max(27, BY_THE_PINOUT);
}

/** The option `gpio` of what is no relay. */
export const gpioOption = headerGpio().describe('the number printed on the pinout, 2 to 27');

/** The option `chip`. */
export const chipOption = z.string().min(1).optional().describe('label of the GPIO chip, where it is not that of a Raspberry Pi header');
