// KMTronic USB relay boards: three bytes a relay, and a status that the boards with four and eight relays give without a header.
import { failed, type Outcome, ok } from '../model/outcome.ts';

const START = 0xff;
const ASK_ONE = 0x03;
const ASK_ALL: readonly [number, number] = [0x09, 0x00];

/** `FF channel 01|00`; channels count from 1. */
export function kmtronicOrder(channel: number, coil: boolean): Uint8Array {
  return Uint8Array.of(START, channel, coil ? 1 : 0);
}

/** Of a board with one or two relays: one of them. */
export function kmtronicAskOne(channel: number): Uint8Array {
  return Uint8Array.of(START, channel, ASK_ONE);
}

/** Of a board with four or eight relays: all of them. */
export function kmtronicAskAll(): Uint8Array {
  return Uint8Array.of(START, ...ASK_ALL);
}

/** `FF channel 00|01`; undefined while more must come. */
export function kmtronicOne(bytes: Uint8Array, channel: number): Outcome<boolean> | undefined {
  const coil = bytes[2];
  if (coil === undefined) return undefined;
  if (bytes.length > 3 || bytes[0] !== START || bytes[1] !== channel || coil > 1) return garbled(bytes);
  return ok(coil === 1);
}

/** One byte a relay, 00 or 01; undefined while more must come. */
export function kmtronicAll(bytes: Uint8Array, channels: number): Outcome<readonly boolean[]> | undefined {
  if (bytes.some((byte) => byte > 1) || bytes.length > channels) return garbled(bytes);
  return bytes.length < channels ? undefined : ok([...bytes].map((byte) => byte === 1));
}

const SHOWN = 12;

function garbled(bytes: Uint8Array): Outcome<never> {
  return failed(
    'garbled',
    `told its state as ${Buffer.from(bytes.subarray(0, SHOWN)).toString('hex')}: it is another board, or has another number of relays`,
  );
}
