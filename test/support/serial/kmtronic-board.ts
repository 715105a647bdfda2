// A KMTronic board in memory: orders of three bytes, and the status in the way that its number of relays has.
import { Relays, type SerialBoard } from './board.ts';

export class KmtronicBoard implements SerialBoard {
  readonly relays: Relays;
  /** takes orders and tells nothing */
  mute = false;
  /** what it tells instead of its state */
  rubbish: Uint8Array | undefined;
  /** ms by which each of the next answers comes too late */
  readonly delays: number[] = [];
  #heard: number[] = [];
  #saidAtMs = 0;

  constructor(channels: 1 | 2 | 4 | 8) {
    this.relays = new Relays(channels);
  }

  powerUp(): void {
    this.#heard = [];
    this.relays.drop();
  }

  hear(bytes: Uint8Array, say: (bytes: Uint8Array) => void): void {
    this.#heard.push(...bytes);
    while (this.#heard.length >= 3) {
      const [start, channel = 0, op = 0] = this.#heard;
      if (start !== 0xff) {
        this.#heard.shift();
        continue;
      }
      this.#heard.splice(0, 3);
      const state = this.#state(channel, op);
      if (state === undefined) this.relays.set(channel - 1, op === 1);
      else if (!this.mute) this.#say(this.rubbish ?? state, say);
    }
  }

  /** What it says it says in order. */
  #say(bytes: Uint8Array, say: (bytes: Uint8Array) => void): void {
    this.#saidAtMs = Math.max(this.#saidAtMs, performance.now() + (this.delays.shift() ?? 0));
    const inMs = this.#saidAtMs - performance.now();
    if (inMs <= 0) say(bytes);
    else setTimeout(say, inMs, bytes);
  }

  #state(channel: number, op: number): Uint8Array | undefined {
    const { count } = this.relays;
    const coil = (place: number): number => (this.relays.coil(place) ? 1 : 0);
    if (count <= 2 && op === 3) return Uint8Array.of(0xff, channel, coil(channel - 1));
    if (count > 2 && channel === 9 && op === 0) return Uint8Array.from({ length: count }, (_, place) => coil(place));
    return op > 1 || channel > count ? new Uint8Array() : undefined;
  }
}
