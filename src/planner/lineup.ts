// All that draws on one battery in a row, the last to leave first, and when each leaves at a given price of depth. What
// would outlive a better one leaves together with it: each is concave in its own time, so pooling along the row is exact.
import type { Survival, Worth } from './survival.ts';

/** A piece in its place. */
interface Place {
  readonly piece: Worth;
  /** 1/h of depth that it takes beside all before it */
  readonly drain: number;
  readonly pool: Pool;
}

/** Those that leave together; of all of them only the last in the row stands in the chain of pools. */
interface Pool extends Worth {
  net: number;
  loss: number;
  drain: number;
  /** h */
  until: number;
  below: Pool | undefined;
}

export class Lineup {
  readonly #places: readonly Place[];
  readonly #survival: Survival;
  readonly #horizon: number;
  /** places before the pieces */
  readonly #before: number;
  #top: Pool | undefined;

  /** `baseDrain`: what the base load takes, 1/h; it leaves with the last of them. */
  constructor(
    pieces: readonly Worth[],
    {
      drains,
      baseDrain,
      survival,
      horizonHours,
    }: { drains: readonly number[]; baseDrain: number; survival: Survival; horizonHours: number },
  ) {
    const base: readonly Place[] = baseDrain > 0 ? [placeOf({ net: 0, loss: 0 }, baseDrain)] : [];
    this.#places = [...base, ...pieces.map((piece, i) => placeOf(piece, drains[i] ?? 0))];
    this.#before = base.length;
    this.#survival = survival;
    this.#horizon = horizonHours;
  }

  /** Lets each stay while it is worth its depth at this price (currency for the whole battery); returns the depth that all use. */
  priced(lambda: number): number {
    let top: Pool | undefined;
    for (const { piece, drain, pool } of this.#places) {
      pool.net = piece.net;
      pool.loss = piece.loss;
      pool.drain = drain;
      pool.below = top;
      this.#settle(pool, lambda);
      for (let { below } = pool; below !== undefined && pool.until > below.until; { below } = pool) {
        pool.net += below.net;
        pool.loss += below.loss;
        pool.drain += below.drain;
        pool.below = below.below;
        this.#settle(pool, lambda);
      }
      top = pool;
    }
    this.#top = top;
    let depth = 0;
    for (let pool = top; pool !== undefined; pool = pool.below) depth += pool.drain * pool.until;
    return depth;
  }

  /** h, of each piece in its order, as last priced. */
  times(): readonly number[] {
    let leaving = this.#top;
    const untils: number[] = [];
    for (const { pool } of this.#places.toReversed()) {
      if (pool === leaving?.below) leaving = pool;
      untils.push(leaving?.until ?? 0);
    }
    return untils.reverse().slice(this.#before);
  }

  #settle(pool: Pool, lambda: number): void {
    pool.until = this.#survival.crossing(pool, lambda * pool.drain, this.#horizon);
  }
}

function placeOf(piece: Worth, drain: number): Place {
  return { piece, drain, pool: { net: 0, loss: 0, drain: 0, until: 0, below: undefined } };
}
