// A device on TCP that takes one question a connection, and one conversation at a time.
import type { Outcome } from '../model/outcome.ts';
import type { AddressBook } from './address-book.ts';
import { deviceLane, type Lane } from './device-lane.ts';
import { askTcp } from './tcp.ts';

export interface TcpDevice extends Lane {
  /** `host:port` */
  readonly where: string;
  /** One question; to be asked within a turn of its lane. */
  ask(payload: string, signal: AbortSignal): Promise<Outcome<Uint8Array>>;
}

/** Looks its name up now, in calm. */
export function tcpDevice({ host, port }: { readonly host: string; readonly port: number }, addresses: AddressBook): TcpDevice {
  const where = `${host}:${port}`;
  addresses.refresh(host);
  return { where, ask: (payload, signal) => askTcp({ host, port, addresses, payload, signal }), ...deviceLane(where) };
}
