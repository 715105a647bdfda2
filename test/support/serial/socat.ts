// A simulated board behind a real pty, for the real package: socat holds the other end and hands the bytes to us.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSerialport } from '../../../src/transports/serialport.ts';
import { eventually } from '../eventually.ts';
import type { SerialBoard } from './board.ts';

/** Why what needs a pty is skipped here, in one line; undefined: nothing is missing. */
export async function missingForPty(): Promise<string | undefined> {
  if (spawnSync('socat', ['-V']).status !== 0) return 'skipped: no socat here (package socat)';
  const loaded = await loadSerialport();
  return loaded.ok ? undefined : `skipped: ${loaded.fault.detail}`;
}

export class Pty {
  readonly device: string;
  readonly #folder: string;
  readonly #board: SerialBoard;
  #socat: ChildProcess | undefined;

  constructor(board: SerialBoard) {
    this.#board = board;
    this.#folder = mkdtempSync(join(tmpdir(), 'pty-'));
    this.device = join(this.#folder, 'usb-board-if00');
  }

  /** Resolves when the device is there. */
  async plug(): Promise<void> {
    this.#board.powerUp();
    const socat = spawn('socat', [`PTY,link=${this.device},raw,echo=0`, 'STDIO'], { stdio: ['pipe', 'pipe', 'ignore'] });
    this.#socat = socat;
    socat.stdin.on('error', () => undefined);
    socat.stdout.on('data', (bytes: Buffer) => this.#board.hear(bytes, (answer) => socat.stdin.write(answer)));
    await eventually(`${this.device} is there`, () => existsSync(this.device), 5_000);
  }

  /** The pty goes away with socat, as a USB adapter does. */
  async unplug(): Promise<void> {
    const socat = this.#socat;
    this.#socat = undefined;
    if (socat === undefined) return;
    const ended = new Promise<void>((resolve) => socat.once('exit', () => resolve()));
    socat.kill('SIGTERM');
    await ended;
  }

  async close(): Promise<void> {
    await this.unplug();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
