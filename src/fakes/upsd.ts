// A NUT server on loopback with a mind like upsd's: logins, rights, instant commands, and the ways it can go wrong.
// For the demo and for tests; whose variables it serves is up to the caller.
import { createServer, type Server, type Socket } from 'node:net';
import { splitWords } from '../wire/nut.ts';
import { getReply, listReply } from '../wire/serve-nut.ts';
import { listen } from './listen.ts';

export interface FakeUpsdUser {
  readonly password: string;
  readonly upsmon?: 'primary' | 'secondary';
  /** instant commands, or `ALL` */
  readonly instcmds?: readonly string[];
  /** whether he may set variables: `actions = SET` */
  readonly maySet?: boolean;
}

export interface FakeUpsdOptions {
  readonly names: readonly string[];
  /** Read afresh for every request. */
  readonly variablesOf: (ups: string) => ReadonlyMap<string, string>;
  readonly users?: Readonly<Record<string, FakeUpsdUser>>;
  /** Whether the UPS has such a command; carries it out. */
  readonly onInstantCommand?: (ups: string, command: string) => boolean;
  /** Whether the UPS lets this variable be set; hands it on to the driver. Absent: all are read only. */
  readonly onSet?: (ups: string, variable: string, value: string) => boolean;
}

/** `silent`: takes connections and requests and answers nothing. */
export type UpsdMood = 'well' | 'stale' | 'driver-gone' | 'silent';

interface Client {
  readonly socket: Socket;
  username?: string;
  password?: string;
  login?: string;
}

/** As upsd: idle clients go after a minute. */
const IDLE_MS = 60_000;
const LONGEST_LINE = 4096;

export class FakeUpsd {
  mood: UpsdMood = 'well';
  /** every line that came, without passwords */
  readonly heard: string[] = [];
  readonly #options: FakeUpsdOptions;
  readonly #clients = new Set<Client>();
  #server: Server | undefined;
  #port = 0;

  private constructor(options: FakeUpsdOptions) {
    this.#options = options;
  }

  static async start(options: FakeUpsdOptions): Promise<FakeUpsd> {
    const upsd = new FakeUpsd(options);
    await upsd.open();
    return upsd;
  }

  get port(): number {
    return this.#port;
  }

  /** Logins of a UPS, as GET NUMLOGINS gives them. */
  logins(ups: string): number {
    return [...this.#clients].filter((client) => client.login === ups).length;
  }

  /** Listens (again), on the same port as before. */
  async open(): Promise<void> {
    const server = createServer((socket) => this.#welcome(socket));
    this.#port = await listen(server, this.#port);
    this.#server = server;
  }

  /** Breaks every connection and listens no more. */
  close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const client of this.#clients) client.socket.destroy();
    return new Promise((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
  }

  #welcome(socket: Socket): void {
    const client: Client = { socket };
    let rest = '';
    this.#clients.add(client);
    socket.setNoDelay(true).setTimeout(IDLE_MS, () => socket.destroy());
    socket.on('error', () => undefined).on('close', () => this.#clients.delete(client));
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = (lines.pop() ?? '').slice(0, LONGEST_LINE);
      for (const line of lines) this.#hear(client, line.replace(/\r$/, ''));
    });
  }

  #hear(client: Client, line: string): void {
    this.heard.push(line.replace(/^(PASSWORD).*/i, '$1'));
    if (this.heard.length > 1000) this.heard.shift();
    if (this.mood === 'silent') return;
    const words = splitWords(line) ?? [];
    const verb = words[0]?.toUpperCase() ?? '';
    const reply = Object.hasOwn(VERBS, verb) ? VERBS[verb]?.(this, client, words) : undefined;
    client.socket.write(`${reply ?? 'ERR UNKNOWN-COMMAND'}\n`);
    if (verb === 'LOGOUT') client.socket.end();
  }

  has(ups: string | undefined): ups is string {
    return ups !== undefined && this.#options.names.includes(ups);
  }

  variables(ups: string): ReadonlyMap<string, string> {
    return this.#options.variablesOf(ups);
  }

  /** Why this UPS's data cannot be given; undefined while it can. */
  trouble(ups: string | undefined): string | undefined {
    if (!this.has(ups)) return 'ERR UNKNOWN-UPS';
    if (this.mood === 'stale') return 'ERR DATA-STALE';
    return this.mood === 'driver-gone' ? 'ERR DRIVER-NOT-CONNECTED' : undefined;
  }

  /** The error, or undefined for a user who may. */
  denied(client: Client, may: (user: FakeUpsdUser) => boolean): string | undefined {
    if (client.username === undefined) return 'ERR USERNAME-REQUIRED';
    if (client.password === undefined) return 'ERR PASSWORD-REQUIRED';
    const users = this.#options.users ?? {};
    const user = Object.hasOwn(users, client.username) ? users[client.username] : undefined;
    return user !== undefined && user.password === client.password && may(user) ? undefined : 'ERR ACCESS-DENIED';
  }

  instantCommand(ups: string, command: string): string {
    return this.#options.onInstantCommand?.(ups, command) === true ? 'OK' : 'ERR CMD-NOT-SUPPORTED';
  }

  set(ups: string, variable: string, value: string): string {
    if (!this.variables(ups).has(variable)) return 'ERR VAR-NOT-SUPPORTED';
    return this.#options.onSet?.(ups, variable, value) === true ? 'OK' : 'ERR READONLY';
  }
}

type Verb = (upsd: FakeUpsd, client: Client, words: readonly string[]) => string;

const VERBS: Readonly<Record<string, Verb>> = {
  LIST: (upsd, _client, words) => list(upsd, words),
  GET: (upsd, _client, words) => get(upsd, words),
  USERNAME: (_upsd, client, [, username]) => {
    if (username === undefined) return 'ERR INVALID-ARGUMENT';
    if (client.username !== undefined) return 'ERR ALREADY-SET-USERNAME';
    client.username = username;
    return 'OK';
  },
  PASSWORD: (_upsd, client, [, password]) => {
    if (password === undefined) return 'ERR INVALID-ARGUMENT';
    if (client.password !== undefined) return 'ERR ALREADY-SET-PASSWORD';
    client.password = password;
    return 'OK';
  },
  LOGIN: (upsd, client, [, ups]) => {
    if (client.login !== undefined) return 'ERR ALREADY-LOGGED-IN';
    if (!upsd.has(ups)) return 'ERR UNKNOWN-UPS';
    const denied = upsd.denied(client, (user) => user.upsmon !== undefined);
    if (denied === undefined) client.login = ups;
    return denied ?? 'OK';
  },
  LOGOUT: () => 'OK Goodbye',
  INSTCMD: (upsd, client, [, ups, command]) => {
    if (command === undefined) return 'ERR INVALID-ARGUMENT';
    const may = (user: FakeUpsdUser): boolean => user.instcmds?.some((one) => one === 'ALL' || one === command) === true;
    const refused = upsd.denied(client, may) ?? upsd.trouble(ups);
    return refused ?? upsd.instantCommand(ups ?? '', command);
  },
  SET: (upsd, client, [, kind, ups, variable, value]) => {
    if (kind !== 'VAR' || variable === undefined || value === undefined) return 'ERR INVALID-ARGUMENT';
    const refused = upsd.denied(client, (user) => user.maySet === true) ?? upsd.trouble(ups);
    return refused ?? upsd.set(ups ?? '', variable, value);
  },
};

function list(upsd: FakeUpsd, [, kind, ups]: readonly string[]): string {
  if (kind !== 'VAR') return 'ERR INVALID-ARGUMENT';
  const trouble = upsd.trouble(ups);
  if (trouble !== undefined || ups === undefined) return trouble ?? 'ERR INVALID-ARGUMENT';
  return listReply(ups, upsd.variables(ups));
}

function get(upsd: FakeUpsd, [, kind, ups, variable]: readonly string[]): string {
  if (!upsd.has(ups)) return 'ERR UNKNOWN-UPS';
  // The server's own variables are there whatever its driver does.
  if (kind === 'VAR' && variable === 'server.version') return `VAR ${ups} server.version "2.8.0"`;
  const trouble = upsd.trouble(ups);
  if (trouble !== undefined) return trouble;
  if (kind !== 'VAR' || variable === undefined) return 'ERR INVALID-ARGUMENT';
  return getReply(ups, variable, upsd.variables(ups));
}
