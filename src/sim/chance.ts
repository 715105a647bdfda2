// Chance by seed: one generator per concern, so that a fault added in one place does not reshuffle what happens elsewhere.
// PCG32 (O'Neill 2014, XSH-RR 64/32): its stream number keeps the concerns apart.

/** Draws that follow from the seed and the concern alone. */
export interface Chance {
  /** 0 .. 2^32 - 1 */
  uint32(): number;
  /** 0 <= x < 1 */
  unit(): number;
  /** a whole number, 0 <= x < `bound`; every value as likely as the next */
  below(bound: number): number;
  /** low <= x < high */
  between(low: number, high: number): number;
  /** true with probability `probability` */
  happens(probability: number): boolean;
  /** undefined from an empty list */
  pick<T>(list: readonly T[]): T | undefined;
}

const MULTIPLIER = 6_364_136_223_846_793_005n;
const WORD = (1n << 64n) - 1n;

/** The bare generator; `stream` chooses one of 2^63 sequences. */
export function pcg32(seed: bigint, stream: bigint): () => number {
  const increment = ((stream << 1n) | 1n) & WORD;
  let state = 0n;
  const next = (): number => {
    const old = state;
    state = (old * MULTIPLIER + increment) & WORD;
    const shifted = Number((((old >> 18n) ^ old) >> 27n) & 0xffff_ffffn);
    const turn = Number(old >> 59n);
    return ((shifted >>> turn) | (shifted << (-turn & 31))) >>> 0;
  };
  next();
  state = (state + seed) & WORD;
  next();
  return next;
}

/** `concern`: what is being drawn for, such as `rig s19-1 noise`. */
export function chance(seed: number, concern: string): Chance {
  const uint32 = pcg32(BigInt.asUintN(64, BigInt(Math.trunc(seed))), streamOf(concern));
  const unit = (): number => ((uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6)) / 2 ** 53;
  const below = (bound: number): number => {
    if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32) throw new Error(`a draw below ${bound}`);
    // What would make the low values likelier is drawn again.
    const unfair = 2 ** 32 % bound;
    for (;;) {
      const drawn = uint32();
      if (drawn >= unfair) return drawn % bound;
    }
  };
  return {
    uint32,
    unit,
    below,
    between: (low, high) => low + (high - low) * unit(),
    happens: (probability) => unit() < probability,
    pick: (list) => (list.length === 0 ? undefined : list[below(list.length)]),
  };
}

/** FNV-1a, 64 bit, over the UTF-16 units. */
function streamOf(concern: string): bigint {
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (let place = 0; place < concern.length; place += 1) {
    hash = ((hash ^ BigInt(concern.charCodeAt(place))) * 0x100_0000_01b3n) & WORD;
  }
  return hash;
}
