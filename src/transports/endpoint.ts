// The two options of every device on the network: where it is, and at which port.
import { z } from 'zod';

/** The option `host`: an address, or a name (looked up in calm only). */
export const deviceHost = z.string().regex(/^[a-z0-9]([a-z0-9.:%_-]{0,251}[a-z0-9])?$/i, 'an IP address or a host name');

/** The option `port`, with the family's usual one. */
export function devicePort(usual: number): z.ZodDefault<z.ZodInt> {
  return z.int().min(1).max(65_535).default(usual);
}
