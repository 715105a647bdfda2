// What a NUT session needs of a connection. node-nut.ts is one over plain TCP, starttls.ts one over TLS.
import type { Fault, Outcome } from '../../model/outcome.ts';

export interface NutTarget {
  /** an address, never a name: names are resolved in calm, not on the way */
  readonly address: string;
  readonly port: number;
}

/** Both are called from the socket's own events and must not throw. */
export interface NutEars {
  /** Text of the reply to the line in flight, in pieces that end with a line end. Never called while none is in flight. */
  readonly onText: (text: string) => void;
  /** Once, when the connection is gone or no longer to be trusted, for whatever reason but our own `end`. */
  readonly onEnd: (fault: Fault) => void;
}

/**
 * One TCP connection, one line in flight at a time. Used until its first irregularity and never again: anything that comes
 * unasked, and any reply over `REPLY_LIMIT`, ends it.
 */
export interface NutTransport {
  /** One line without its LF. */
  send(line: string): void;
  /** The reply to the line in flight was complete. */
  settled(): void;
  /** At once, without a farewell; asked twice it does no harm. Nothing is heard of it afterwards. */
  end(): void;
}

/** Settles within `CONNECT_DEADLINE_MS`, never rejects. */
export type OpenNutTransport = (target: NutTarget, ears: NutEars) => Promise<Outcome<NutTransport>>;

export const CONNECT_DEADLINE_MS = 3000;
export const KEEP_ALIVE_MS = 10_000;
