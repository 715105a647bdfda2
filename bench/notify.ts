// systemd as a service meets it, for what that costs: a socket that hears READY and the pings of the watchdog. Node cannot keep
// one, so two programs of systemd's own do; socat cannot, as it never lets go of the descriptor that systemd-notify waits for.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Child, until } from './child.ts';

/** WatchdogSec of the unit, microseconds. */
const WATCHDOG_USEC = 10_000_000;
const PROGRAMS = ['systemd-notify', 'systemd-socket-activate'];
const OPEN_MS = 5_000;

export const ABSENT = 'no systemd-notify and systemd-socket-activate here (package systemd)';

export class NotifySocket {
  /** What systemd leaves in the environment of a service. */
  readonly env: Readonly<Record<string, string>>;
  pings = 0;
  ready = false;
  #open = false;
  readonly #path: string;
  readonly #receiver: Child;

  private constructor(folder: string) {
    this.#path = join(folder, 'notify');
    this.env = { NOTIFY_SOCKET: this.#path, WATCHDOG_USEC: String(WATCHDOG_USEC) };
    // cat reads the messages alone, so that the kernel closes the descriptors sent along: systemd-notify waits for that.
    const argv = ['--datagram', '--listen', this.#path, 'sh', '-c', 'exec cat <&3'];
    this.#receiver = new Child('systemd-socket-activate', argv, { hear: (text) => this.#hear(text) });
  }

  /** Undefined where it cannot be had; what it hears counts from here. */
  static async open(folder: string): Promise<NotifySocket | undefined> {
    if (!available()) return undefined;
    await rm(join(folder, 'notify'), { force: true });
    const socket = new NotifySocket(folder);
    try {
      await until('a socket to notify', () => existsSync(socket.#path), OPEN_MS, socket.#receiver);
      // Its first message starts the one that reads, which is no part of what is measured.
      await new Child('systemd-notify', ['STATUS=open'], { env: socket.env }).ended;
      await until('it hears', () => socket.#open, OPEN_MS, socket.#receiver);
      return socket;
    } catch (error) {
      await socket.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#receiver.stop();
    await rm(this.#path, { force: true });
  }

  #hear(text: string): void {
    this.#open ||= text.includes('STATUS=open');
    this.ready ||= text.includes('READY=1');
    this.pings += text.split('WATCHDOG=1').length - 1;
  }
}

function available(): boolean {
  const folders = (process.env['PATH'] ?? '').split(':');
  return PROGRAMS.every((program) => folders.some((folder) => existsSync(join(folder, program))));
}
