// Serial devices in memory: paths, what is plugged in there, and what a port does to those who use it.

import { ok } from '../../../src/model/outcome.ts';
import { explainOpening } from '../../../src/transports/serial-faults.ts';
import type { OpenPort, PortEars, SerialHost, SerialSettings } from '../../../src/transports/serialport.ts';
import type { SerialBoard } from './board.ts';

interface Plugged {
  readonly board: SerialBoard;
  readonly number: number;
}

export class MemorySerial {
  /** what is opened now, by its path */
  readonly open = new Map<string, { readonly settings: SerialSettings; readonly ears: PortEars }>();
  /** how often a port was opened */
  openings = 0;
  /** the words with which the package refuses to open; undefined: it opens */
  refusal: string | undefined;
  /** who may open it, as udev sets it */
  access = '660';
  /** no byte leaves any more: what is written is kept until it is flushed */
  stalled = false;
  /** its adapter gives back what is sent */
  echoes = false;
  readonly host: SerialHost = {
    open: async (device, settings, ears) => ok(this.#open(device, settings, ears)),
    identity: (device) => {
      const plugged = this.#plugged.get(device);
      return plugged === undefined ? undefined : { node: String(plugged.number), access: this.access };
    },
    explain: (device, error) => explainOpening(device, error, { byId: '/nonexistent', proc: '/nonexistent', groups: '/nonexistent' }),
  };
  readonly #plugged = new Map<string, Plugged>();
  #number = 0;

  /** Its power comes by the same plug, or has been there all the time. */
  plug(device: string, board: SerialBoard, { keepsPower = false } = {}): void {
    this.#number += 1;
    if (!keepsPower) board.powerUp();
    this.#plugged.set(device, { board, number: this.#number });
  }

  /** The port tells of it, unless it is as mute as that of the kernel may be. */
  unplug(device: string, { mute = false } = {}): void {
    this.#plugged.delete(device);
    const port = this.open.get(device);
    this.open.delete(device);
    if (!mute) port?.ears.onLost('bad file descriptor');
  }

  #open(device: string, settings: SerialSettings, ears: PortEars): OpenPort {
    const plugged = this.#plugged.get(device);
    if (plugged === undefined) throw new Error(`Error: No such file or directory, cannot open ${device}`);
    if (this.refusal !== undefined) throw new Error(this.refusal);
    if (this.open.has(device)) throw new Error('Error Resource temporarily unavailable Cannot lock port');
    const mine = { settings, ears };
    this.open.set(device, mine);
    this.openings += 1;
    const isOpen = (): boolean => this.open.get(device) === mine;
    const hear = (bytes: Uint8Array): void => {
      if (isOpen()) ears.onData(bytes);
    };
    return {
      write: (bytes) => {
        if (!isOpen()) return Promise.reject(new Error('EIO: i/o error, write'));
        if (this.stalled) return new Promise(() => undefined);
        return new Promise((resolve) =>
          setImmediate(() => {
            if (this.echoes) hear(bytes);
            plugged.board.hear(bytes, (answer) => setImmediate(hear, answer));
            resolve();
          }),
        );
      },
      flush: async () => undefined,
      close: async () => {
        if (isOpen()) this.open.delete(device);
      },
    };
  }
}
