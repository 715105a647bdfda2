// A PDU on 127.0.0.1 behind the agent of net-snmp: outlets that move, with the objects of any kind of PDU, and its moods.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { outletOid, type PduMib } from '../../src/wire/snmp-pdus.ts';

/** The part of the package that the fake uses; it is optional, and brings no types. */
// biome-ignore lint/suspicious/noExplicitAny: no types come with it
type Snmp = any;

/** Undefined where the package is not installed. */
export async function netSnmp(): Promise<Snmp | undefined> {
  const name: string = 'net-snmp';
  return import(name).then(
    (found) => found.default,
    () => undefined,
  );
}

export const NO_PACKAGE = 'skipped: the package net-snmp is not installed here (npm ci --include=optional)';

export const WRITERS = 'may-write';
export const READERS = 'may-read';
export const USER = { name: 'lastwatt', password: 'auth-secret-1', key: 'priv-secret-1' } as const;

/** `deaf`: takes a datagram and answers nothing, nor does what it says. */
export type PduMood = 'well' | 'deaf' | 'locked' | 'reads-only' | 'rubbish' | 'in-between';

interface Request {
  readonly oid: string;
  readonly operation: number;
  readonly setValue: number;
  /** a set comes twice: to be tried, then to be done */
  readonly testSet?: boolean;
  readonly instanceNode: { value: unknown };
  done(error?: { readonly errorStatus: number }): void;
}

export class FakePdu {
  mood: PduMood = 'well';
  readonly outlets = new Map<number, boolean>();
  moves = 0;
  /** looks that still show what was before an outlet moved */
  looksBehind = 0;
  /** as its owner calls them; `Outlet 1` and so on from the factory */
  readonly names = new Map<number, string>();
  /** datagrams that it loses from now on */
  loses = 0;
  /** objects that were asked for or set */
  questions = 0;
  /** every object that was set */
  readonly wasSet: string[] = [];
  port = 0;
  readonly #snmp: Snmp;
  readonly #mib: PduMib;
  readonly #unit: number;
  #agent: Snmp;
  #seen = new Map<number, boolean>();
  #behind = 0;

  static async start(snmp: Snmp, mib: PduMib, { outlets = 2, unit = 1 } = {}): Promise<FakePdu> {
    const pdu = new FakePdu(snmp, mib, unit);
    for (let outlet = 1; outlet <= outlets; outlet++) {
      pdu.outlets.set(outlet, true);
      pdu.names.set(outlet, `Outlet ${outlet}`);
    }
    pdu.port = await freePort();
    await pdu.open();
    return pdu;
  }

  private constructor(snmp: Snmp, mib: PduMib, unit: number) {
    this.#snmp = snmp;
    this.#mib = mib;
    this.#unit = unit;
  }

  async open(): Promise<void> {
    const { AuthProtocols, PrivProtocols, SecurityLevel } = this.#snmp;
    // Whom it does not know is told of here, and hears nothing.
    this.#agent = this.#snmp.createAgent({ port: this.port, address: '127.0.0.1' }, () => undefined);
    const authorizer = this.#agent.getAuthorizer();
    authorizer.addCommunity(WRITERS);
    authorizer.addUser({
      name: USER.name,
      level: SecurityLevel.authPriv,
      authProtocol: AuthProtocols.sha,
      authKey: USER.password,
      privProtocol: PrivProtocols.aes,
      privKey: USER.key,
    });
    this.#furnish();
    const [socket] = Object.values<Snmp>(this.#agent.listener.sockets);
    await once(socket, 'listening');
  }

  async close(): Promise<void> {
    const agent = this.#agent;
    this.#agent = undefined;
    await new Promise<void>((resolve) => (agent === undefined ? resolve() : agent.close(() => resolve())));
  }

  /** That which is set and that which tells, in one table or in two. */
  #furnish(): void {
    const { names = this.#mib.control } = this.#mib;
    const columns = [...new Set([this.#mib.control, this.#mib.state, names])];
    const entryOf = (column: string): string => column.slice(0, column.lastIndexOf('.'));
    const index = this.#mib.byUnit ? ['unit', 'outlet'] : ['outlet'];
    const { Integer, OctetString } = this.#snmp.ObjectType;
    const typeOf = (column: string): Snmp => (column === this.#mib.names ? OctetString : Integer);
    const { 'not-accessible': hidden, 'read-write': writable } = this.#snmp.MaxAccess;
    for (const entry of new Set(columns.map(entryOf))) {
      const ours = columns.filter((column) => entryOf(column) === entry);
      this.#agent.getMib().registerProvider({
        name: entry,
        type: this.#snmp.MibProviderType.Table,
        oid: entry,
        maxAccess: hidden,
        tableColumns: [
          ...index.map((name, place) => ({ number: 100 + place, name, type: Integer, maxAccess: hidden })),
          ...ours.map((column) => ({
            number: Number(column.slice(entry.length + 1)),
            name: column,
            type: typeOf(column),
            maxAccess: writable,
          })),
        ],
        tableIndex: index.map((columnName) => ({ columnName })),
        handler: (request: Request) => this.#answer(request),
      });
      for (const outlet of this.outlets.keys()) {
        const row = this.#mib.byUnit ? [this.#unit, outlet] : [outlet];
        this.#agent.getMib().addTableRow(entry, [...row, ...ours.map((column) => (typeOf(column) === Integer ? 1 : Buffer.from('')))]);
      }
    }
  }

  #answer(request: Request): void {
    const { ErrorStatus, PduType } = this.#snmp;
    this.questions += 1;
    if (this.mood === 'deaf') return;
    if (this.loses > 0) {
      this.loses -= 1;
      return;
    }
    const outlet = Number(request.oid.slice(request.oid.lastIndexOf('.') + 1));
    if (request.operation === PduType.SetRequest) {
      if (this.mood === 'reads-only') return request.done({ errorStatus: ErrorStatus.NotWritable });
      if (request.testSet === true) return request.done();
      this.wasSet.push(request.oid);
      this.#move(outlet, request.setValue);
      return request.done();
    }
    if (this.#mib.names !== undefined && request.oid.startsWith(`${this.#mib.names}.`))
      request.instanceNode.value = Buffer.from(this.names.get(outlet) ?? '');
    else request.instanceNode.value = this.#shown(request.oid, outlet);
    request.done();
  }

  #shown(oid: string, outlet: number): number {
    if (this.#behind > 0) this.#behind -= 1;
    else this.#seen = new Map(this.outlets);
    const { tells, state } = this.#mib;
    if (this.mood === 'in-between') return 99;
    if (!oid.startsWith(`${state}.`)) return 1;
    return this.#seen.get(outlet) === true ? tells.on : tells.off;
  }

  #move(outlet: number, value: number): void {
    const { set } = this.#mib;
    if (value !== set.on && value !== set.off) return;
    const on = value === set.on;
    if (this.mood === 'locked' || this.outlets.get(outlet) === on) return;
    this.outlets.set(outlet, on);
    this.moves += 1;
    this.#behind = this.looksBehind;
  }

  oid(column: 'control' | 'state', outlet: number): string {
    return outletOid(this.#mib[column], this.#mib, { outlet, unit: this.#unit });
  }
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}
