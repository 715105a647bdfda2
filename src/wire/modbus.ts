// Modbus RTU: requests to bytes, and the answer to one request out of whatever came in. An answer carries no register, only
// unit, function and length: whose it is must be seen to by the one who asks.

export interface ModbusRequest {
  readonly unit: number;
  readonly frame: Uint8Array;
  /** whether its answer is the same bytes again */
  readonly mirrored: boolean;
  /**
   * The answer to it, wherever in these bytes it stands: noise may go before it, and our own bytes where the adapter gives them
   * back. `echoes`: it is known to, so the first frame that equals the request is no answer.
   */
  answerIn(bytes: Uint8Array, echoes: boolean): ModbusAnswer | undefined;
  /** What came in instead of an answer, for a person; undefined: nothing at all. */
  insteadOfAnswer(bytes: Uint8Array): string | undefined;
}

/** The answer has so many bytes of data, or is the request once more where that is absent. */
interface Expected {
  readonly unit: number;
  readonly function: number;
  readonly frame: Uint8Array;
  readonly dataBytes?: number;
}

export type ModbusAnswer =
  /** `echoed`: our own bytes came in before it */
  | { readonly kind: 'answer'; readonly data: Uint8Array; readonly echoed: boolean }
  | { readonly kind: 'exception'; readonly code: number; readonly name: string };

const READ_COILS = 0x01;
const READ_HOLDING = 0x03;
const READ_INPUT = 0x04;
const WRITE_COIL = 0x05;
const COIL_ON = 0xff00;
const EXCEPTION = 0x80;
const EXCEPTION_BYTES = 5;
const CRC_BYTES = 2;

/** By their names in the Modbus application protocol, V1.1b3, section 7. */
const EXCEPTIONS: ReadonlyMap<number, string> = new Map([
  [1, 'illegal function'],
  [2, 'illegal address'],
  [3, 'illegal value'],
  [4, 'device failure'],
  [5, 'acknowledge'],
  [6, 'device busy'],
  [8, 'memory parity error'],
  [10, 'gateway path unavailable'],
  [11, 'gateway target does not answer'],
]);

function exceptionName(code: number): string {
  return EXCEPTIONS.get(code) ?? `exception ${code}`;
}

/** CRC-16: init FFFF, polynomial A001 reflected; 0 over a frame with its own CRC, which stands low byte first. */
export function modbusCrc(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let crc = 0xffff;
  for (let at = from; at < to; at += 1) {
    crc ^= bytes[at] ?? 0;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}

/** A frame of these bytes with its CRC. */
export function modbusFrame(bytes: readonly number[]): Uint8Array {
  const crc = modbusCrc(Uint8Array.from(bytes));
  return Uint8Array.from([...bytes, crc & 0xff, crc >> 8]);
}

function requestOf(expected: Expected): ModbusRequest {
  return {
    unit: expected.unit,
    frame: expected.frame,
    mirrored: expected.dataBytes === undefined,
    answerIn: (bytes, echoes) => answerIn(expected, bytes, echoes),
    insteadOfAnswer: (bytes) => insteadOfAnswer(expected, bytes),
  };
}

const word = (value: number): readonly [number, number] => [value >> 8, value & 0xff];

/** FC01. */
export function readCoils(unit: number, { start, count }: { readonly start: number; readonly count: number }): ModbusRequest {
  const frame = modbusFrame([unit, READ_COILS, ...word(start), ...word(count)]);
  return requestOf({ unit, function: READ_COILS, frame, dataBytes: Math.ceil(count / 8) });
}

/** FC03 or FC04. */
export function readRegisters(
  unit: number,
  { start, count, input }: { readonly start: number; readonly count: number; readonly input?: boolean },
): ModbusRequest {
  const code = input === true ? READ_INPUT : READ_HOLDING;
  const frame = modbusFrame([unit, code, ...word(start), ...word(count)]);
  return requestOf({ unit, function: code, frame, dataBytes: 2 * count });
}

/** FC05. */
export function writeCoil(unit: number, { coil, on }: { readonly coil: number; readonly on: boolean }): ModbusRequest {
  const frame = modbusFrame([unit, WRITE_COIL, ...word(coil), ...word(on ? COIL_ON : 0)]);
  return requestOf({ unit, function: WRITE_COIL, frame });
}

/** The coil that many places after the first one asked for. */
export function coilIn(data: Uint8Array, place: number): boolean {
  return (((data[place >> 3] ?? 0) >> (place & 7)) & 1) === 1;
}

function answerIn(request: Expected, bytes: Uint8Array, echoes: boolean): ModbusAnswer | undefined {
  const { frame, dataBytes } = request;
  const mirrored = dataBytes === undefined;
  const own = mirrored && !echoes ? -1 : indexOf(bytes, frame);
  if (mirrored && echoes && own < 0) return undefined;
  const from = own < 0 ? 0 : own + frame.length;
  for (let at = from; at + EXCEPTION_BYTES <= bytes.length; at += 1) {
    if (bytes[at] !== request.unit) continue;
    if (bytes[at + 1] === (request.function | EXCEPTION) && modbusCrc(bytes, at, at + EXCEPTION_BYTES) === 0) {
      const code = bytes[at + 2] ?? 0;
      return { kind: 'exception', code, name: exceptionName(code) };
    }
    const data = dataAt(request, bytes, at);
    if (data !== undefined) return { kind: 'answer', data, echoed: own >= 0 };
  }
  return undefined;
}

function dataAt({ frame, function: code, dataBytes }: Expected, bytes: Uint8Array, at: number): Uint8Array | undefined {
  if (bytes[at + 1] !== code) return undefined;
  if (dataBytes === undefined) return standsAt(bytes, at, frame) ? frame.subarray(2, -CRC_BYTES) : undefined;
  const end = at + 3 + dataBytes + CRC_BYTES;
  if (bytes[at + 2] !== dataBytes || bytes.length < end || modbusCrc(bytes, at, end) !== 0) return undefined;
  const whole = bytes.subarray(at, end);
  // The first bytes of our own request, given back by the adapter, are no answer whatever they add up to.
  return standsAt(frame, 0, whole) ? undefined : whole.subarray(3, -CRC_BYTES);
}

function insteadOfAnswer(request: Expected, bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return undefined;
  const { frame, unit, function: code, dataBytes } = request;
  const own = indexOf(bytes, frame);
  if (own >= 0 && bytes.length === frame.length) return 'only our own bytes came back, from the adapter';
  const rest = own < 0 ? bytes : bytes.subarray(own + frame.length);
  const [from, saying] = rest;
  const whole = rest.length > EXCEPTION_BYTES - 1 && modbusCrc(rest) === 0;
  if (whole && from !== unit) return `unit ${from} answered instead`;
  if (whole) return `it answered something else (function ${saying}, ${rest.length} bytes)`;
  const length = dataBytes === undefined ? frame.length : 3 + dataBytes + CRC_BYTES;
  if (from === unit && saying === code && rest.length < length) return `half an answer came, ${rest.length} of ${length} bytes`;
  if (from === unit && saying === code) return 'the answer came damaged (CRC)';
  return `${rest.length} bytes came that are no answer`;
}

function standsAt(bytes: Uint8Array, at: number, part: Uint8Array): boolean {
  if (at + part.length > bytes.length) return false;
  for (let place = 0; place < part.length; place += 1) if (bytes[at + place] !== part[place]) return false;
  return true;
}

function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  for (let at = 0; at + part.length <= bytes.length; at += 1) if (standsAt(bytes, at, part)) return at;
  return -1;
}
