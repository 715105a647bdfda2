// ICStation boards in mask mode: one byte is the state of every relay, and there is no answer.

/** A set bit lets the relay go; relay 1 is the lowest bit, and what the board does not have stays set. */
export function icstationMask(coils: ReadonlyMap<number, boolean>): Uint8Array {
  let mask = 0xff;
  for (const [channel, coil] of coils) if (coil) mask &= ~(1 << (channel - 1));
  return Uint8Array.of(mask & 0xff);
}
