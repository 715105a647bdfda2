// A machine that is reached by the system's ssh client: a child a question, never interactive, its host key known beforehand.
// No connection is kept and shared: a shared one that hangs took 8 s to be given up (measured), a fresh login costs 0.2 to 0.6 s.
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf, type Fault, failed, messageOf, type Outcome, ok } from '../model/outcome.ts';
import { type SshPlace, sshFault } from '../wire/ssh.ts';
import type { AddressBook } from './address-book.ts';
import { type ChildEnd, childEnd } from './child.ts';
import { crowd } from './crowd.ts';
import { deviceLane, type Lane } from './device-lane.ts';
import { orAborted } from './or-aborted.ts';

export interface SshDeviceOptions {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  /** as the file names it, for faults */
  readonly keyFile: string;
  /** the private key; undefined: its file could not be read */
  readonly key: string | undefined;
  /** absolute path */
  readonly knownHostsFile: string;
  /** the ssh program: OpenSSH 8 or later */
  readonly client: string;
  readonly addresses: AddressBook;
  /** monotonic ms */
  readonly nowMs: () => number;
}

/** What the other end printed, and how its shell ended; 255 where the connection ended first. */
export type SshAnswer = Pick<ChildEnd, 'output' | 'complaint'> & { readonly code: number };

export interface SshTurn {
  readonly signal: AbortSignal;
  /** an order */
  readonly urgent: boolean;
}

export interface SshDevice extends Lane {
  readonly where: string;
  /** Runs one line in the login shell over there. To be asked within a turn of its lane. Never rejects. */
  ask(line: string, turn: SshTurn): Promise<Outcome<SshAnswer>>;
  /** The fault behind an answer whose code is 255. */
  broken(answer: SshAnswer): ReturnType<typeof sshFault>;
  /** Whether it stops taking connections before `signal` aborts. */
  fellSilent(signal: AbortSignal): Promise<boolean>;
}

/** A client takes 2.4 MB of its own (measured), and all of them live within what the service may take. */
const clients = crowd({ places: 24, forReadings: 12 });
/** After a refused login nobody knocks for so long: some machines lock out who knocks again and again. */
const LOGIN_REST_MS = 180_000;
const LOOK_EVERY_MS = 500;
const CONNECT_MS = 1_000;

/** Looks its name up now, in calm. */
export function sshDevice(options: SshDeviceOptions): SshDevice {
  options.addresses.refresh(options.host);
  const where = `${options.host}:${options.port}`;
  const key = new KeyCopy(options);
  const client = new SshClient({ ...options, where }, key);
  const lane = deviceLane(where);
  return {
    where,
    run: (turn) => lane.run(turn),
    close: async () => {
      await lane.close();
      await key.remove();
    },
    ask: (line, turn) => client.ask(line, turn),
    broken: ({ complaint }) => sshFault(complaint, { ...options, where }),
    fellSilent: (signal) => fellSilent(options, signal),
  };
}

class SshClient {
  readonly #options: SshDeviceOptions & SshPlace;
  readonly #key: KeyCopy;
  #refused: { readonly fault: Fault; readonly atMs: number } | undefined;

  constructor(options: SshDeviceOptions & SshPlace, key: KeyCopy) {
    this.#options = options;
    this.#key = key;
  }

  async ask(line: string, { signal, urgent }: SshTurn): Promise<Outcome<SshAnswer>> {
    const { where, host, addresses, nowMs } = this.#options;
    if (signal.aborted) return failed('timeout', `${where} was not asked: no time left`);
    if (this.#refused !== undefined && nowMs() - this.#refused.atMs < LOGIN_REST_MS) return { ok: false, fault: this.#refused.fault };
    const address = addresses.addressOf(host);
    if (address === undefined) {
      addresses.refresh(host);
      return failed('unreachable', `${host} has never resolved to an address: write the address itself, or mend the name`);
    }
    const key = await orAborted(this.#key.path(), signal, failed('timeout', `${where} was not asked: no time left`));
    if (!key.ok) return key;
    const leave = await clients.enter(urgent, signal);
    if (leave === undefined) return failed('not-asked', `${where} was not asked: too many others were at that time`);
    try {
      return this.#judged(await childEnd({ argv: this.#argv(address, key.value, line), signal }));
    } finally {
      leave();
    }
  }

  #judged(end: Outcome<ChildEnd>): Outcome<SshAnswer> {
    const { where, client } = this.#options;
    if (!end.ok) return this.#unended(end.fault);
    const { code, endedBy, output, complaint } = end.value;
    this.#refused = undefined;
    if (code === null) return failed('not-asked', `${where}: ${client} was ended by ${endedBy}`);
    if (code !== 255 || output !== '') return ok({ code, output, complaint });
    const broken = sshFault(complaint, this.#options);
    if (broken.fault.code === 'unauthorized') this.#refused = { fault: broken.fault, atMs: this.#options.nowMs() };
    return broken;
  }

  #unended({ code, detail }: Fault): Outcome<never> {
    const { where, client } = this.#options;
    if (code === 'timeout') return failed('timeout', `${where} did not answer in time`);
    if (code === 'garbled') return failed('garbled', `${where} printed more than anybody asked for: is this the right machine?`);
    return failed('unsupported', `${where} was not asked: ${detail}; is the package openssh-client installed (${client})?`, 'later');
  }

  #argv(address: string, key: string, line: string): readonly string[] {
    const { host, port, username, knownHostsFile, client } = this.#options;
    const settings = [
      ...['BatchMode=yes', 'ConnectTimeout=3', 'ConnectionAttempts=1', 'ServerAliveInterval=2', 'ServerAliveCountMax=3'],
      ...['StrictHostKeyChecking=yes', `UserKnownHostsFile="${knownHostsFile}"`, 'GlobalKnownHostsFile=none', 'UpdateHostKeys=no'],
      // Its line is found by the name that the owner wrote, though the address is what we connect to.
      ...(address === host ? [] : [`HostKeyAlias=${port === 22 ? host : `[${host}]:${port}`}`]),
      ...[`IdentityFile="${key}"`, 'IdentitiesOnly=yes', 'IdentityAgent=none', 'PreferredAuthentications=publickey'],
      ...['ForwardAgent=no', 'ClearAllForwardings=yes', 'PermitLocalCommand=no', 'ControlMaster=no', 'ControlPath=none', 'LogLevel=ERROR'],
      // The kinds of key exchange that OpenSSH 9 prefers take ten times the processor's time, which a Pi with many rigs has not.
      'KexAlgorithms=^curve25519-sha256',
    ];
    return [
      ...[client, '-F', 'none', '-T', '-p', String(port), '-l', username],
      ...settings.flatMap((setting) => ['-o', setting]),
      ...['--', address, line],
    ];
  }
}

/** The key where a client can read it and nobody else: in a folder of our own, for as long as the device is open. */
class KeyCopy {
  readonly #options: SshDeviceOptions;
  #folder: string | undefined;
  /** under way: whoever comes meanwhile waits for it, and never finds half a key */
  #laying: Promise<Outcome<string>> | undefined;

  constructor(options: SshDeviceOptions) {
    this.#options = options;
  }

  path(): Promise<Outcome<string>> {
    this.#laying ??= this.#lay().finally(() => {
      this.#laying = undefined;
    });
    return this.#laying;
  }

  async #lay(): Promise<Outcome<string>> {
    const { key, keyFile } = this.#options;
    if (key === undefined) return failed('unauthorized', `the file of keyFile, ${keyFile}, could not be read; mend it and reload`);
    try {
      this.#folder ??= await mkdtemp(join(process.env['RUNTIME_DIRECTORY'] ?? tmpdir(), 'ssh-'));
      const path = join(this.#folder, 'key');
      const there = await stat(path).catch(() => undefined);
      // Its last newline is no part of a secret, and is one of a key.
      if (there === undefined) await writeFile(path, `${key}\n`, { mode: 0o600 });
      return ok(path);
    } catch (error) {
      // With what it holds: the next one begins anew, and half a key is no use to anybody.
      await this.#clear();
      return failed(
        'not-asked',
        `the key for ${this.#options.host} can't be laid out (${codeOf(error) ?? messageOf(error)}): is the disk full?`,
      );
    }
  }

  async remove(): Promise<void> {
    await this.#laying;
    await this.#clear();
  }

  async #clear(): Promise<void> {
    const folder = this.#folder;
    this.#folder = undefined;
    if (folder !== undefined) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function fellSilent({ host, port, addresses }: SshDeviceOptions, signal: AbortSignal): Promise<boolean> {
  const address = addresses.addressOf(host);
  while (!signal.aborted && address !== undefined) {
    if (!(await takesConnection(address, port, signal))) return !signal.aborted;
    await moment(signal);
  }
  return false;
}

function moment(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', over);
      resolve();
    };
    const timer = setTimeout(over, LOOK_EVERY_MS);
    signal.addEventListener('abort', over, { once: true });
  });
}

function takesConnection(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new Socket();
    const settle = (takes: boolean): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', late);
      socket.destroy();
      resolve(takes);
    };
    const late = (): void => settle(true);
    const timer = setTimeout(() => settle(false), CONNECT_MS);
    signal.addEventListener('abort', late, { once: true });
    socket.on('error', () => settle(false));
    socket.connect({ host, port }, () => settle(true));
  });
}
