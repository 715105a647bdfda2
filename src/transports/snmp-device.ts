// A device on SNMP: one question at a time, by the address that is known. Its session is kept until its first irregularity.
import { failed, type Outcome } from '../model/outcome.ts';
import type { AddressBook } from './address-book.ts';
import { deviceLane, type Lane, type Turn } from './device-lane.ts';
import { type SnmpIdentity, type SnmpLibrary, type SnmpObject, SnmpSession } from './net-snmp.ts';
import { orAborted } from './or-aborted.ts';

export interface SnmpDeviceOptions {
  readonly host: string;
  readonly port: number;
  readonly addresses: AddressBook;
  /** undefined: a secret is missing, which `without` says */
  readonly identity: SnmpIdentity | undefined;
  readonly without: string;
  /** contacts that share it */
  readonly contacts: number;
  /** what the package gave; never rejects */
  readonly loading: Promise<Outcome<SnmpLibrary>>;
}

export type SnmpTurn = Omit<Turn<unknown>, 'work'>;

const WAITING_PER_CONTACT = 3;

export class SnmpDevice {
  readonly where: string;
  readonly #options: SnmpDeviceOptions;
  readonly #lane: Lane;
  #session: SnmpSession | undefined;

  /** Looks its name up now, in calm. */
  constructor(options: SnmpDeviceOptions) {
    this.#options = options;
    this.where = `${options.host}:${options.port}`;
    this.#lane = deviceLane(this.where, WAITING_PER_CONTACT * options.contacts);
    options.addresses.refresh(options.host);
  }

  /** A turn of its own each. Settles by `signal`; never rejects. */
  get(oids: readonly string[], turn: SnmpTurn): Promise<Outcome<readonly unknown[]>> {
    return this.#lane.run({ ...turn, work: (own) => this.#with(own, (session) => session.get(oids, own)) });
  }

  next(oid: string, turn: SnmpTurn): Promise<Outcome<SnmpObject | undefined>> {
    return this.#lane.run({ ...turn, work: (own) => this.#with(own, (session) => session.next(oid, own)) });
  }

  set(oid: string, value: number, turn: SnmpTurn): Promise<Outcome> {
    return this.#lane.run({ ...turn, work: (own) => this.#with(own, (session) => session.set(oid, value, own)) });
  }

  async close(): Promise<void> {
    await this.#lane.close();
    this.#session?.end();
    this.#session = undefined;
  }

  async #with<T>(signal: AbortSignal, work: (session: SnmpSession) => Promise<Outcome<T>>): Promise<Outcome<T>> {
    const { loading } = this.#options;
    const library = await orAborted(loading, signal, failed('timeout', `${this.where}: no time left while net-snmp was being loaded`));
    if (!library.ok) return library;
    const session = this.#opened(library.value);
    return session.ok ? work(session.value) : session;
  }

  #opened(library: SnmpLibrary): Outcome<SnmpSession> {
    if (this.#session?.alive === true) return { ok: true, value: this.#session };
    const { host, port, addresses, identity, without } = this.#options;
    if (identity === undefined) return failed('unauthorized', `${this.where}: ${without}`);
    const address = addresses.addressOf(host);
    if (address === undefined) {
      addresses.refresh(host);
      return failed('unreachable', `${host} has never resolved to an address: write the address itself, or mend the name`);
    }
    const opened = SnmpSession.open(library, { address, port, where: this.where, identity });
    if (opened.ok) this.#session = opened.value;
    return opened;
  }
}
