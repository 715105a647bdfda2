// A Numato board in memory: it gives back every letter, carries out a line when it ends, and prompts.
import { Relays, type SerialBoard } from './board.ts';

export class NumatoBoard implements SerialBoard {
  readonly relays: Relays;
  readonly lines: string[] = [];
  /** says nothing any more, and does nothing */
  deaf = false;
  /** what it answers to every question */
  rubbish: string | undefined;
  #line = '';

  constructor(channels: number) {
    this.relays = new Relays(channels);
  }

  powerUp(): void {
    this.#line = '';
    this.relays.drop();
  }

  hear(bytes: Uint8Array, say: (bytes: Uint8Array) => void): void {
    if (this.deaf) return;
    const tell = (text: string): void => say(Buffer.from(text, 'latin1'));
    for (const letter of Buffer.from(bytes).toString('latin1')) {
      if (letter !== '\r') {
        this.#line += letter;
        tell(letter);
        continue;
      }
      const answer = this.#carryOut(this.#line);
      this.lines.push(this.#line);
      this.#line = '';
      tell(answer === '' ? '\n\r>' : `\n\r${answer}\n\r>`);
    }
  }

  #carryOut(line: string): string {
    const [, act, relay = ''] = /^relay (on|off|readall) ?([0-9A-V])?$/.exec(line) ?? [];
    if (act === undefined) return '';
    if (act !== 'readall') {
      this.relays.set(Number.parseInt(relay, 32), act === 'on');
      return '';
    }
    let bits = 0;
    for (let place = 0; place < this.relays.count; place += 1) if (this.relays.coil(place)) bits += 2 ** place;
    return this.rubbish ?? bits.toString(16).padStart(2, '0');
  }
}
