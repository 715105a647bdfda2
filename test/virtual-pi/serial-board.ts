// A two-relay LCUS board behind a pty: what arrives at its end of the line, and a plug that is pulled.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { eventually } from '../support/eventually.ts';

export const BOARD_DEVICE = '/run/board';
const FAR_END = '/run/board-far';
const FRAME_BYTES = 4;

/** Whether what is installed can drive such a board. */
export function hasSerialBoards(): boolean {
  return existsSync('/opt/lastwatt/dist/switches/lcus.js');
}

/** What goes into the file for it: a rig that can only be cut. */
export const SERIAL_SWITCH = { usb: { driver: 'lcus', device: BOARD_DEVICE, channels: 2, contactor: true, minOffSeconds: 1 } };
export const SERIAL_RIG = {
  zed: { driver: 'none', fedBy: ['rack'], cutBy: ['usb:1'], reward: { perDay: 0.01 }, watts: 100 },
};

export class SerialBoard {
  /** frames as they came, in hex */
  readonly frames: string[] = [];
  #socat: ChildProcess | undefined;
  #rest = Buffer.alloc(0);

  /** Plugged in: both ends of the line are there, and the near one belongs to the group that serial lines belong to. */
  async plug(): Promise<void> {
    const end = (link: string, more = ''): string => `PTY,raw,echo=0,link=${link}${more}`;
    this.#socat = spawn('socat', [end(BOARD_DEVICE, ',mode=0660,group=dialout'), end(FAR_END)], { stdio: 'ignore' });
    await eventually('the line is there', () => existsSync(BOARD_DEVICE) && existsSync(FAR_END), 10_000);
    const far = await open(FAR_END, 'r+');
    const stream = far.createReadStream({ autoClose: true });
    stream.on('error', () => undefined);
    stream.on('data', (chunk) => this.#hear(Buffer.from(chunk)));
  }

  async unplug(): Promise<void> {
    const socat = this.#socat;
    if (socat === undefined) return;
    const ended = new Promise((resolve) => socat.once('exit', resolve));
    socat.kill();
    await ended;
    this.#socat = undefined;
  }

  #hear(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= FRAME_BYTES) {
      this.frames.push(this.#rest.subarray(0, FRAME_BYTES).toString('hex'));
      this.#rest = this.#rest.subarray(FRAME_BYTES);
    }
  }
}
