// The options that devices on the network have in common: where each is, at which port, and who we are to it.
import { z } from 'zod';

/** The option `host`: an address, or a name (looked up in calm only). */
export const deviceHost = z.string().regex(/^[a-z0-9]([a-z0-9.:%_-]{0,251}[a-z0-9])?$/i, 'an IP address or a host name');

/** The option `port`, with the family's usual one. */
export function devicePort(usual: number): z.ZodDefault<z.ZodInt> {
  return z.int().min(1).max(65_535).default(usual);
}

/** An option that names a file with a secret, such as `passwordFile`. */
export const secretFile = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^[^\0]*$/, 'a path');

/** A user name, as it may go into a header, a query or a line. */
export const userName = z.string().regex(/^[\x21-\x7e]{1,64}$/, 'a user name without blanks');
