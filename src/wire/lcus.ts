// LCUS-1, -2, -4 and -8: four bytes a relay, and no answer.

const START = 0xa0;

/** `A0 channel op sum`; channels count from 1, op is 01 for a coil with current. */
export function lcusOrder(channel: number, coil: boolean): Uint8Array {
  const op = coil ? 1 : 0;
  return Uint8Array.of(START, channel, op, (START + channel + op) & 0xff);
}
