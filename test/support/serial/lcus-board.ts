// A board LCUS in memory: it takes four bytes with the right sum and says nothing.
import { Relays, type SerialBoard } from './board.ts';

export class LcusBoard implements SerialBoard {
  readonly relays: Relays;
  /** monotonic ms of each order that was whole */
  readonly orders: { readonly channel: number; readonly op: number; readonly atMs: number }[] = [];
  #heard: number[] = [];

  constructor(channels: number) {
    this.relays = new Relays(channels);
  }

  hear(bytes: Uint8Array): void {
    this.#heard.push(...bytes);
    while (this.#heard.length >= 4) {
      const [start = 0, channel = 0, op = 0, sum] = this.#heard;
      if (start !== 0xa0 || sum !== ((start + channel + op) & 0xff)) {
        this.#heard.shift();
        continue;
      }
      this.#heard.splice(0, 4);
      this.orders.push({ channel, op, atMs: performance.now() });
      if (op <= 1) this.relays.set(channel - 1, op === 1);
    }
  }

  powerUp(): void {
    this.#heard = [];
    this.relays.drop();
  }
}
