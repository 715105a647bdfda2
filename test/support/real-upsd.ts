// A real upsd with real dummy-ups drivers on a free loopback port, in a temporary folder of its own, as root or not.
//
//   if (!available()) …skip, with ABSENT as the one line that says so…
//   const nut = await startRealUpsd({ rack: { 'ups.status': 'OL', 'battery.charge': '100', 'battery.runtime': '1200' } });
//   await nut.set('rack', { 'ups.status': 'OB DISCHRG', 'battery.runtime': '300' });   // visible to every client on return
//   await nut.stopServer(); await nut.startServer();                                   // same port, same values; about 2 s
//   nut.freezeDriver('rack');  // DATA-STALE after about STALE_AFTER_MS    nut.thawDriver('rack');
//   await nut.killDriver('rack');  // DRIVER-NOT-CONNECTED at once         await nut.startDriver('rack');
//   await nut.stop();                                                                  // in afterEach or finally
//
// `set` knows only variables that the UPS was started with. While upsd or the driver is stopped it is remembered, and is true
// when they are back. A frozen driver takes nothing. An FSD is a latch: only stopServer and startServer clear it.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listen } from '../../src/fakes/listen.ts';
import { quoted } from '../../src/wire/nut.ts';
import type { Identity } from './certificates.ts';
import { certificateLines, UPSD } from './upsd-certificate.ts';

const DUMMY = ['/lib/nut/dummy-ups', '/usr/lib/nut/dummy-ups', '/usr/libexec/nut/dummy-ups'].find(existsSync);

export const ABSENT = 'skipped: no upsd and dummy-ups here (package nut-server)';

export function available(): boolean {
  return UPSD !== undefined && DUMMY !== undefined;
}

/** upsd's MAXAGE, from the last sign of life of the driver. */
const STALE_AFTER_MS = 3000;

/** Users of every such upsd. The secondary's password holds what must be escaped on the wire. */
export const SECONDARY = { username: 'lastwatt', password: 'a#b "c" \\d' } as const;
export const PRIMARY = { username: 'monmaster', password: 'primary-1' } as const;
export const POWERLESS = { username: 'guest', password: 'guest-1' } as const;
export const SETTER = { username: 'setter', password: 'setter-1' } as const;

export type Variables = Readonly<Record<string, string>>;

export interface RealUpsd {
  readonly port: number;
  /** All at once, and visible to every client when it resolves; rejects when that does not come within 3 s. */
  set(ups: string, values: Variables): Promise<void>;
  /** Sends lines over a connection of its own and gives one reply line each; not for lists. */
  ask(lines: readonly string[]): Promise<string[]>;
  stopServer(): Promise<void>;
  startServer(): Promise<void>;
  /** What it shows to STARTTLS from its next start on; before the first it has nothing to show. */
  identify(identity: Identity): Promise<void>;
  freezeDriver(ups: string): void;
  thawDriver(ups: string): void;
  killDriver(ups: string): Promise<void>;
  startDriver(ups: string): Promise<void>;
  /** Ends every process and removes the folder. */
  stop(): Promise<void>;
}

export async function startRealUpsd(ups: Readonly<Record<string, Variables>>): Promise<RealUpsd> {
  const folder = await mkdtemp(join(tmpdir(), 'nut-'));
  const nut = new RealNut(folder, await freePort(), ups);
  try {
    await nut.start();
    return nut;
  } catch (error) {
    await nut.stop();
    throw error;
  }
}

class RealNut implements RealUpsd {
  readonly port: number;
  readonly #folder: string;
  readonly #values: Map<string, Map<string, string>>;
  readonly #drivers = new Map<string, Program>();
  #server: Program | undefined;

  constructor(folder: string, port: number, ups: Readonly<Record<string, Variables>>) {
    this.#folder = folder;
    this.port = port;
    this.#values = new Map(Object.entries(ups).map(([name, values]) => [name, new Map(Object.entries(values))]));
  }

  async start(): Promise<void> {
    await mkdir(join(this.#folder, 'state'));
    const sections = [...this.#values.keys()].map(
      // Between two updates the driver answers at once; in an update it sleeps for a second.
      (name) => `[${name}]\n driver = dummy-ups\n port = ${name}.dev\n mode = dummy-once\n pollinterval = 3600\n desc = "${name}"\n`,
    );
    await this.#write('ups.conf', sections.join('\n'));
    await this.#configure('');
    await this.#write('upsd.users', USERS);
    await Promise.all([...this.#values.keys()].map((name) => this.startDriver(name)));
    this.#server = this.#program(UPSD ?? '', ['-F']);
    await Promise.all([...this.#drivers.keys()].map((name) => this.#settled(name)));
  }

  async set(ups: string, values: Variables): Promise<void> {
    const known = this.#values.get(ups);
    if (known === undefined) throw new Error(`no UPS ${ups} was started`);
    for (const [name, value] of Object.entries(values)) known.set(name, value);
    await this.#writeDevice(ups);
    if (this.#server?.running === true && this.#drivers.get(ups)?.running === true) await this.#send(ups, Object.entries(values));
  }

  ask(lines: readonly string[]): Promise<string[]> {
    return exchange(this.port, lines);
  }

  async stopServer(): Promise<void> {
    await this.#server?.stop();
    this.#server = undefined;
  }

  async startServer(): Promise<void> {
    // dummy-ups 2.8.0 dies at its first change after upsd has left it, so each that lives is started anew, ahead of upsd.
    await Promise.all([...this.#drivers].map(([name, driver]) => driver.stop().then(() => this.startDriver(name))));
    this.#server = this.#program(UPSD ?? '', ['-F']);
    await Promise.all([...this.#drivers.keys()].map((name) => this.#settled(name)));
  }

  async identify(identity: Identity): Promise<void> {
    await this.#configure(await certificateLines(this.#folder, identity));
  }

  freezeDriver(ups: string): void {
    this.#drivers.get(ups)?.signal('SIGSTOP');
  }

  thawDriver(ups: string): void {
    this.#drivers.get(ups)?.signal('SIGCONT');
  }

  async killDriver(ups: string): Promise<void> {
    await this.#drivers.get(ups)?.stop();
    this.#drivers.delete(ups);
  }

  async startDriver(ups: string): Promise<void> {
    await this.#writeDevice(ups);
    const socket = join(this.#folder, 'state', `dummy-ups-${ups}`);
    await rm(socket, { force: true });
    const driver = this.#program(DUMMY ?? '', ['-a', ups, '-F']);
    this.#drivers.set(ups, driver);
    await until(
      () => Promise.resolve(existsSync(socket)),
      () => `dummy-ups ${ups} did not start: ${driver.said}`,
    );
    if (this.#server?.running === true) await this.#settled(ups);
  }

  async stop(): Promise<void> {
    await this.stopServer();
    await Promise.all([...this.#drivers.values()].map((driver) => driver.stop()));
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Waits until upsd gives what the driver has read, then brings it up to what was set meanwhile. */
  async #settled(ups: string): Promise<void> {
    await until(
      async () => /^VAR .* "(?!WAIT)/.test((await exchange(this.port, [`GET VAR ${ups} ups.status`]).catch(() => []))[0] ?? ''),
      () => `upsd on port ${this.port} gives no status of ${ups}: ${this.#server?.said}`,
      8000,
    );
    await this.#send(ups, [...(this.#values.get(ups) ?? [])]);
  }

  async #send(ups: string, values: readonly (readonly [string, string])[]): Promise<void> {
    const wanted = values.map(([name, value]) => `VAR ${ups} ${name} "${value}"`);
    const sets = values.map(([name, value]) => `SET VAR ${ups} ${name} "${value}"`);
    const replies = await exchange(this.port, [`USERNAME ${SETTER.username}`, `PASSWORD ${SETTER.password}`, ...sets]);
    const refused = replies.findIndex((reply) => !reply.startsWith('OK'));
    if (refused >= 0) throw new Error(`upsd answered ${replies[refused]} to ${sets[refused - 2]}; was ${ups} started with it?`);
    const read = values.map(([name]) => `GET VAR ${ups} ${name}`);
    let seen: string[] = [];
    const there = async (): Promise<boolean> => {
      seen = await exchange(this.port, read);
      // A latched FSD stands before whatever was set.
      return wanted.every((line, place) => seen[place]?.replace('"FSD ', '"') === line.replace('"FSD ', '"'));
    };
    await until(there, () => `set, but not seen: ${wanted.join(', ')}; upsd says ${seen.join(', ')}`);
  }

  #configure(more: string): Promise<void> {
    return this.#write('upsd.conf', `LISTEN 127.0.0.1 ${this.port}\nMAXAGE ${STALE_AFTER_MS / 1000}\n${more}`);
  }

  async #writeDevice(ups: string): Promise<void> {
    const lines = [...(this.#values.get(ups) ?? [])].map(([name, value]) => `${name}: ${value}`);
    await this.#write(`${ups}.dev`, `${lines.join('\n')}\n`);
  }

  async #write(name: string, text: string): Promise<void> {
    const path = join(this.#folder, name);
    await writeFile(`${path}.new`, text, { mode: 0o600 });
    await rename(`${path}.new`, path);
  }

  #program(path: string, args: readonly string[]): Program {
    const state = join(this.#folder, 'state');
    const { PATH } = process.env;
    const env = { PATH, NUT_CONFPATH: this.#folder, NUT_STATEPATH: state, NUT_ALTPIDPATH: state };
    // Started by root they would become user nut, who may not enter the folder.
    return new Program(path, process.getuid?.() === 0 ? [...args, '-u', 'root'] : args, env);
  }
}

/** One child process: ends with us, remembers what it said last. */
class Program {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #endWithUs = (): void => this.signal('SIGKILL');
  running = true;
  said = '';

  constructor(path: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn(path, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.said = (this.said + text).slice(-2000);
      });
    }
    process.once('exit', this.#endWithUs);
    this.#ended = new Promise((resolve) => {
      const over = (): void => {
        this.running = false;
        process.off('exit', this.#endWithUs);
        resolve();
      };
      this.#child.once('exit', over).once('error', over);
    });
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) this.#child.kill(signal);
  }

  async stop(): Promise<void> {
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    const patience = setTimeout(() => this.signal('SIGKILL'), 1000);
    await this.#ended;
    clearTimeout(patience);
  }
}

const USERS = [
  `[${SETTER.username}]\n password = ${SETTER.password}\n actions = SET\n actions = FSD\n instcmds = ALL\n`,
  `[${SECONDARY.username}]\n password = ${quoted(SECONDARY.password)}\n upsmon secondary\n`,
  `[${PRIMARY.username}]\n password = ${PRIMARY.password}\n upsmon primary\n`,
  `[${POWERLESS.username}]\n password = ${POWERLESS.password}\n`,
].join('\n');

/** Lines go out in one packet; as many reply lines are waited for, at most 2 s. */
function exchange(port: number, lines: readonly string[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(lines.map((line) => `${line}\n`).join('')));
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
      const replies = text.split('\n').slice(0, -1);
      if (replies.length >= lines.length) resolve(replies);
      else reject(new Error(`upsd on port ${port} answered ${replies.length} of ${lines.length} lines`));
    };
    const timer = setTimeout(end, 2000);
    socket.on('error', end).on('close', end);
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.split('\n').length > lines.length) end();
    });
  });
}

async function until(isTrue: () => Promise<boolean>, otherwise: () => string, withinMs = 3000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(otherwise());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
