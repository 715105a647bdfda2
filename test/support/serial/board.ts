// What a simulated board on a serial line is to the line: it hears bytes, and says some. How it is wired to the line, in
// memory or behind a pty, is not its concern.

export interface SerialBoard {
  /** Bytes came in; `say` may be called now or later. */
  hear(bytes: Uint8Array, say: (bytes: Uint8Array) => void): void;
  /** Its power came back: the contacts are at rest, and it has forgotten what it was told. */
  powerUp(): void;
}

/** The coils of a board, and how often they moved. */
export class Relays {
  moves = 0;
  /** they stay as they are, whatever they are told */
  stuck = false;
  readonly #coils: boolean[];

  constructor(count: number) {
    this.#coils = Array.from({ length: count }, () => false);
  }

  get count(): number {
    return this.#coils.length;
  }

  coil(place: number): boolean {
    return this.#coils[place] === true;
  }

  set(place: number, coil: boolean): void {
    if (this.stuck || place < 0 || place >= this.#coils.length || this.#coils[place] === coil) return;
    this.#coils[place] = coil;
    this.moves += 1;
  }

  drop(): void {
    this.#coils.fill(false);
  }
}
