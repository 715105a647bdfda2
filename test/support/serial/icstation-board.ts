// An ICStation board in memory: silent until it is asked who it is, then armed, then every byte is the state of all its relays.
import { Relays, type SerialBoard } from './board.ts';

const ID = new Map([
  [2, 0xad],
  [4, 0xab],
  [8, 0xac],
]);

export class IcstationBoard implements SerialBoard {
  readonly relays: Relays;
  readonly heard: number[] = [];
  armed = false;
  #asked = false;

  constructor(channels: 2 | 4 | 8) {
    this.relays = new Relays(channels);
  }

  powerUp(): void {
    this.armed = false;
    this.#asked = false;
    this.relays.drop();
  }

  hear(bytes: Uint8Array, say: (bytes: Uint8Array) => void): void {
    for (const byte of bytes) {
      this.heard.push(byte);
      if (this.armed) for (let place = 0; place < this.relays.count; place += 1) this.relays.set(place, ((byte >> place) & 1) === 0);
      else if (byte === 0x50) {
        this.#asked = true;
        say(Uint8Array.of(ID.get(this.relays.count) ?? 0));
      } else if (byte === 0x51 && this.#asked) this.armed = true;
    }
  }
}
