// Names are resolved in calm: nothing on the way to a step looks one up, the last address is used instead.
import { isIP } from 'node:net';

export interface AddressBook {
  /** The address to connect to now: the literal itself, the last one resolved, or undefined when there never was one. */
  addressOf(host: string): string | undefined;
  /** Asks for it in the background; the answer, if one comes, is there for the next `addressOf`. */
  refresh(host: string): void;
}

/** The look-up of one name; rejects or never settles when the resolver is gone. */
export type Resolve = (host: string) => Promise<string>;

/** At most one look-up a name is under way, so that a resolver that never answers costs one pool thread a name and no more. */
export function addressBook(resolve: Resolve): AddressBook {
  const known = new Map<string, string>();
  const asking = new Set<string>();
  const refresh = (host: string): void => {
    if (isIP(host) !== 0 || asking.has(host)) return;
    asking.add(host);
    resolve(host)
      .then((address) => known.set(host, address))
      .catch(() => undefined)
      .finally(() => asking.delete(host));
  };
  return {
    addressOf: (host) => (isIP(host) !== 0 ? host : known.get(host)),
    refresh,
  };
}
