// The package net-snmp, loaded only when a PDU is configured, and one session of it. What the library lacks is added here: a
// deadline of the caller's, an eye on who answers, and a net below it, for a datagram must never end the process.
import { createSocket, type RemoteInfo, type Socket, type SocketType } from 'node:dgram';
import { isIP } from 'node:net';
import { codeOf, type Fault, failed, messageOf, type Outcome, ok } from '../model/outcome.ts';

/** The part of the library that we use. Written out here, for the package is optional and brings no types. */
export interface SnmpLibrary {
  readonly Version1: number;
  readonly Version2c: number;
  readonly ObjectType: { readonly Integer: number };
  readonly SecurityLevel: { readonly authPriv: number };
  readonly AuthProtocols: Readonly<Record<string, unknown>>;
  readonly PrivProtocols: Readonly<Record<string, unknown>>;
  createSession(target: string, community: string, options: object): LibrarySession;
  createV3Session(target: string, user: object, options: object): LibrarySession;
  isVarbindError(varbind: Varbind): boolean;
}

export interface SnmpObject {
  readonly oid: string;
  readonly value: unknown;
}

interface Varbind {
  readonly oid: string;
  readonly type: number;
  readonly value: unknown;
}

type Answered = (error: unknown, varbinds?: readonly Varbind[]) => void;

interface LibrarySession {
  get(oids: readonly string[], answered: Answered): void;
  getNext(oids: readonly string[], answered: Answered): void;
  set(varbinds: readonly Varbind[], answered: Answered): void;
  on(event: string, heard: (error: unknown) => void): void;
  close(): void;
}

/** Never rejects. A failure is for a person: it says what is missing and how to get it. */
export async function loadNetSnmp(load: () => Promise<unknown> = importNetSnmp): Promise<Outcome<SnmpLibrary>> {
  try {
    const loaded = await load();
    const found = typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : loaded;
    if (isLibrary(found)) return ok(found);
    return failed(
      'unsupported',
      'the package net-snmp is not the release that is wanted: npm ci, in the directory of lastwatt, puts it right',
    );
  } catch (error) {
    const why = messageOf(error).split('\n', 1)[0];
    return failed(
      'unsupported',
      `PDUs cannot be used, the package net-snmp does not load (${why}): npm ci --include=optional in the directory of lastwatt`,
    );
  }
}

function importNetSnmp(): Promise<unknown> {
  // Not a literal, so that the compiler does not ask for a package that may be absent.
  const name: string = 'net-snmp';
  return import(name);
}

function isLibrary(value: unknown): value is SnmpLibrary {
  const has = (name: string): boolean => typeof Reflect.get(Object(value), name) === 'function';
  return typeof value === 'object' && value !== null && ['createSession', 'createV3Session', 'isVarbindError'].every(has);
}

export type SnmpIdentity =
  | { readonly version: 'v1' | 'v2c'; readonly community: string }
  | {
      readonly version: 'v3';
      readonly username: string;
      readonly authProtocol: string;
      readonly password: string;
      readonly privProtocol: string;
      readonly key: string;
    };

export interface SnmpTarget {
  /** an address, never a name */
  readonly address: string;
  readonly port: number;
  /** `host:port`, for faults */
  readonly where: string;
  readonly identity: SnmpIdentity;
}

/** ms until a datagram is taken for lost; whoever has more time asks again */
const ATTEMPT_MS = 1_200;

/** The codes of SNMP errors that say that we may not, rather than that it cannot. */
const MAY_NOT = new Set([4, 6, 16, 17]);
const NO_SUCH_NAME = 2;

/** The library's: could not be decrypted, authentication failed, a report nobody expected. */
const LOGIN_CODES = new Set<unknown>([4, 5, 11]);
const USM_WORDS = /^(Unsupported Security Level|Not In Time Window|Unknown User Name|Unknown Engine ID|Wrong Digest|Decryption Error)/;

/** One session: used until its first irregularity and never again. Nothing throws, nothing outlives `end`. */
export class SnmpSession {
  readonly #library: SnmpLibrary;
  readonly #target: SnmpTarget;
  readonly #session: LibrarySession;
  #over = false;

  private constructor(library: SnmpLibrary, target: SnmpTarget) {
    this.#library = library;
    this.#target = target;
    this.#session = openSession(library, target);
    // A datagram that is no SNMP is told here; unheard it would end the process.
    this.#session.on('error', () => undefined);
  }

  static open(library: SnmpLibrary, target: SnmpTarget): Outcome<SnmpSession> {
    try {
      return ok(new SnmpSession(library, target));
    } catch {
      // What the library says might show who we are.
      return failed('unsupported', `${target.where}: no session can be made: look at user, password, key and their protocols`, 'later');
    }
  }

  get alive(): boolean {
    return !this.#over;
  }

  /** What stands at each of `oids`, all asked for in one question. */
  async get(oids: readonly string[], signal: AbortSignal): Promise<Outcome<readonly unknown[]>> {
    const answer = await this.#ask((answered) => this.#session.get(oids, answered), 'get', signal);
    if (!answer.ok) return answer;
    const found = oids.map((_, place) => answer.value[place]);
    const there = found.flatMap((varbind) => (varbind === undefined || this.#library.isVarbindError(varbind) ? [] : [varbind.value]));
    return there.length === oids.length ? ok(there) : { ok: false, fault: this.#none() };
  }

  /** The object that comes after `oid`; undefined: none does. */
  async next(oid: string, signal: AbortSignal): Promise<Outcome<SnmpObject | undefined>> {
    const answer = await this.#ask((answered) => this.#session.getNext([oid], answered), 'get', signal);
    // v1 has no other word for the end.
    if (!answer.ok) return answer.fault.code === 'unsupported' ? ok(undefined) : answer;
    const [varbind] = answer.value;
    return ok(varbind === undefined || this.#library.isVarbindError(varbind) ? undefined : { oid: varbind.oid, value: varbind.value });
  }

  async set(oid: string, value: number, signal: AbortSignal): Promise<Outcome> {
    const varbind = { oid, type: this.#library.ObjectType.Integer, value };
    const answer = await this.#ask((answered) => this.#session.set([varbind], answered), 'set', signal);
    return answer.ok ? ok(undefined) : answer;
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#session.close();
  }

  #ask(ask: (answered: Answered) => void, verb: 'get' | 'set', signal: AbortSignal): Promise<Outcome<readonly Varbind[]>> {
    const { where } = this.#target;
    if (signal.aborted) return Promise.resolve(failed('timeout', `${where} was not asked: no time left`));
    return new Promise((resolve) => {
      const settle = (outcome: Outcome<readonly Varbind[]>): void => {
        signal.removeEventListener('abort', onAbort);
        // A refusal is an answer; behind anything else the next question begins afresh.
        if (!outcome.ok && !['refused', 'unsupported'].includes(outcome.fault.code)) this.end();
        resolve(outcome);
      };
      const onAbort = (): void => settle({ ok: false, fault: this.#silence() });
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        ask((error, varbinds) => settle(error ? { ok: false, fault: this.#faultOf(error, verb) } : ok(varbinds ?? [])));
      } catch (error) {
        settle({ ok: false, fault: this.#faultOf(error, verb) });
      }
    });
  }

  #silence(): Fault {
    const { where, identity } = this.#target;
    // Who is not known gets no answer at all.
    const who = identity.version === 'v3' ? 'are user, password and key' : 'is the community in passwordFile';
    return failed(
      'timeout',
      `${where} gives no answer: is it lit, is SNMP ${identity.version} on there for this machine, and ${who} right?`,
    ).fault;
  }

  #none(): Fault {
    return failed('unsupported', `${this.#target.where} knows no such outlet: correct outlets, or mib`, 'later').fault;
  }

  #faultOf(error: unknown, verb: 'get' | 'set'): Fault {
    const { where } = this.#target;
    const name = error instanceof Error ? error.name : '';
    if (name === 'RequestTimedOutError') return this.#silence();
    if (name === 'RequestFailedError') return this.#refusal(Number(Reflect.get(Object(error), 'status')), verb);
    if (name === 'ResponseInvalidError') return this.#invalid(error);
    const code = codeOf(error);
    if (code !== undefined && /^E[A-Z]+$/.test(code)) {
      return failed('unreachable', `${where} cannot be reached (${code}): look at cable and address`).fault;
    }
    return failed('unreachable', `${where}: the conversation broke off`).fault;
  }

  /** Of what such an error says only words that we know are shown: the rest may hold a community. */
  #invalid(error: unknown): Fault {
    const { where } = this.#target;
    const code = Reflect.get(Object(error), 'code');
    if (!LOGIN_CODES.has(code)) return failed('garbled', `${where} answered what is no answer to the question: is it a PDU?`).fault;
    const why = USM_WORDS.exec(messageOf(error))?.[0] ?? 'it cannot be verified';
    return failed('unauthorized', `${where} does not take user, password or key (${why.toLowerCase()}): correct them and their protocols`)
      .fault;
  }

  #refusal(status: number, verb: 'get' | 'set'): Fault {
    const { where } = this.#target;
    // Old agents say noSuchName to who may only read.
    if (MAY_NOT.has(status) || (status === NO_SUCH_NAME && verb === 'set')) {
      return failed(
        'unauthorized',
        `${where} lets nobody like us ${verb} its outlets (SNMP error ${status}): give this user or community the right to write`,
      ).fault;
    }
    if (status === NO_SUCH_NAME) return this.#none();
    return failed('refused', `${where} refused it (SNMP error ${status}): is mib the right one?`).fault;
  }
}

function openSession(library: SnmpLibrary, { address, port, identity }: SnmpTarget): LibrarySession {
  const options = {
    port,
    transport: isIP(address) === 6 ? 'udp6' : 'udp4',
    retries: 0,
    timeout: ATTEMPT_MS,
    reportOidMismatchErrors: true,
    dgramModule: { createSocket: (type: SocketType) => guardedSocket(type, { address, port }) },
  };
  if (identity.version !== 'v3') {
    return library.createSession(address, identity.community, {
      ...options,
      version: identity.version === 'v1' ? library.Version1 : library.Version2c,
    });
  }
  const { username, authProtocol, password, privProtocol, key } = identity;
  const user = {
    name: username,
    level: library.SecurityLevel.authPriv,
    authProtocol: library.AuthProtocols[authProtocol],
    authKey: password,
    privProtocol: library.PrivProtocols[privProtocol],
    privKey: key,
  };
  return library.createV3Session(address, user, options);
}

/** Hears only whom we asked, and lets nothing that goes wrong in reading it out. */
function guardedSocket(type: SocketType, from: { readonly address: string; readonly port: number }): Socket {
  const socket = createSocket(type);
  const on = socket.on.bind(socket);
  const guarded = (event: string, heard: (...given: unknown[]) => void): Socket => {
    if (event !== 'message') return on(event, heard);
    return on('message', (bytes: Buffer, sender: RemoteInfo) => {
      if (sender.address !== from.address || sender.port !== from.port) return;
      try {
        heard(bytes);
      } catch {
        // What no library can read is no answer; the question ends at its deadline.
      }
    });
  };
  return Object.assign(socket, { on: guarded });
}
