// A Modbus RTU bus in memory with relay boards on it, whose manners can be spoilt. Frames are told apart by what is in them,
// for a memory has no silence: a unit that is not there swallows what it hears.
import { modbusCrc, modbusFrame } from '../../../src/wire/modbus.ts';
import type { Relays, SerialBoard } from './board.ts';

type Say = (bytes: Uint8Array) => void;

/** How a unit says its answer; absent: at once and whole. */
export type Manner = (answer: Uint8Array, say: Say) => void;

const REQUEST_BYTES = 8;

export class ModbusBus implements SerialBoard {
  readonly units = new Map<number, Relays>();
  /** holding registers by their number, the same for all units */
  readonly registers = new Map<number, number>();
  /** of all whole requests: unit, function and what follows */
  readonly requests: {
    readonly unit: number;
    readonly code: number;
    readonly at: number;
    readonly value: number;
    readonly atMs: number;
  }[] = [];
  /** how the next answers are said, the first first; then at once */
  readonly manners: Manner[] = [];
  /** how every answer is said where `manners` is empty */
  manner: Manner = (answer, say) => say(answer);
  /** hears nothing any more */
  deaf = false;
  /** code that every request is refused with */
  exception: number | undefined;
  #heard: number[] = [];

  constructor(units: Readonly<Record<number, Relays>>) {
    for (const [unit, relays] of Object.entries(units)) this.units.set(Number(unit), relays);
  }

  powerUp(): void {
    this.#heard = [];
    for (const relays of this.units.values()) relays.drop();
  }

  hear(bytes: Uint8Array, say: Say): void {
    if (this.deaf) return;
    this.#heard.push(...bytes);
    while (this.#heard.length >= REQUEST_BYTES) {
      const frame = Uint8Array.from(this.#heard.splice(0, REQUEST_BYTES));
      const answer = modbusCrc(frame) === 0 ? this.#answer(frame) : undefined;
      if (answer !== undefined) (this.manners.shift() ?? this.manner)(answer, say);
    }
  }

  #answer(frame: Uint8Array): Uint8Array | undefined {
    const [unit = 0, code = 0] = frame;
    const view = new DataView(frame.buffer);
    const [at, value] = [view.getUint16(2), view.getUint16(4)];
    const relays = this.units.get(unit);
    if (relays === undefined) return undefined;
    this.requests.push({ unit, code, at, value, atMs: performance.now() });
    if (this.exception !== undefined) return modbusFrame([unit, code | 0x80, this.exception]);
    if (code === 1 && at + value <= relays.count) return modbusFrame([unit, code, ...bits(relays, at, value)]);
    if (code === 3 && value === 1) {
      const register = this.registers.get(at) ?? 0;
      return modbusFrame([unit, code, 2, register >> 8, register & 0xff]);
    }
    if (code === 5 && at < relays.count && (value === 0xff00 || value === 0)) {
      relays.set(at, value === 0xff00);
      return frame;
    }
    return modbusFrame([unit, code | 0x80, code === 1 || code === 5 ? 2 : 1]);
  }
}

function bits(relays: Relays, start: number, count: number): readonly number[] {
  const bytes = Array.from({ length: Math.ceil(count / 8) }, () => 0);
  for (let place = 0; place < count; place += 1) {
    if (relays.coil(start + place)) bytes[place >> 3] = (bytes[place >> 3] ?? 0) | (1 << (place & 7));
  }
  return [bytes.length, ...bytes];
}
