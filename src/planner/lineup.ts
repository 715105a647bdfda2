// All that draws on one battery in a row, the last to leave first, and when each leaves at a given price of depth. What
// would outlive a better one leaves together with it: each is concave in its own time, so pooling along the row is exact.
// A price is found by trying, and every try walks the row: figures stand side by side in arrays, and nothing is made anew.
import type { Survival, Worth } from './survival.ts';

/** Those that leave together, from the last to leave: when (h), and the place after the last of them. */
export interface Leaving {
  readonly untils: Float64Array;
  readonly ends: Uint32Array;
}

export class Lineup {
  readonly #survival: Survival;
  readonly #horizon: number;
  /** places before the pieces */
  readonly #before: number;
  /** by place in the row */
  readonly #nets: Float64Array;
  readonly #losses: Float64Array;
  readonly #drains: Float64Array;
  /** and of those that leave together the sums */
  readonly #pools: Leaving & {
    readonly nets: Float64Array;
    readonly losses: Float64Array;
    readonly drains: Float64Array;
  };
  #count = 0;

  /** `baseDrain`: what the base load takes, 1/h; it leaves with the last of them. `drains`: what each takes beside all before it, 1/h. */
  constructor(
    pieces: readonly Worth[],
    { drains, baseDrain, survival, horizonHours }: { drains: Float64Array; baseDrain: number; survival: Survival; horizonHours: number },
  ) {
    this.#survival = survival;
    this.#horizon = horizonHours;
    this.#before = baseDrain > 0 ? 1 : 0;
    const length = this.#before + pieces.length;
    const [nets, losses] = [new Float64Array(length), new Float64Array(length)];
    this.#drains = new Float64Array(length);
    if (baseDrain > 0) this.#drains[0] = baseDrain;
    this.#drains.set(drains, this.#before);
    pieces.forEach((piece, i) => {
      nets[this.#before + i] = piece.net;
      losses[this.#before + i] = piece.loss;
    });
    this.#nets = nets;
    this.#losses = losses;
    this.#pools = {
      nets: new Float64Array(length),
      losses: new Float64Array(length),
      drains: new Float64Array(length),
      untils: new Float64Array(length),
      ends: new Uint32Array(length),
    };
  }

  /** Lets each stay while it is worth its depth at this price (currency for the whole battery); returns the depth that all use. */
  priced(lambda: number): number {
    const pools = this.#pools;
    const worth = { net: 0, loss: 0 };
    let count = 0;
    for (let place = 0; place < this.#nets.length; place++) {
      worth.net = this.#nets[place] ?? 0;
      worth.loss = this.#losses[place] ?? 0;
      let drain = this.#drains[place] ?? 0;
      let until = this.#survival.crossing(worth, lambda * drain, this.#horizon);
      while (count > 0 && until > (pools.untils[count - 1] ?? 0)) {
        count--;
        worth.net += pools.nets[count] ?? 0;
        worth.loss += pools.losses[count] ?? 0;
        drain += pools.drains[count] ?? 0;
        until = this.#survival.crossing(worth, lambda * drain, this.#horizon);
      }
      pools.nets[count] = worth.net;
      pools.losses[count] = worth.loss;
      pools.drains[count] = drain;
      pools.untils[count] = until;
      pools.ends[count] = place + 1;
      count++;
    }
    this.#count = count;
    let depth = 0;
    for (let pool = 0; pool < count; pool++) depth += (pools.drains[pool] ?? 0) * (pools.untils[pool] ?? 0);
    return depth;
  }

  /** Who leaves when, as last priced. */
  leaving(): Leaving {
    const { ends, untils } = this.#pools;
    return { ends: ends.slice(0, this.#count), untils: untils.slice(0, this.#count) };
  }

  /** h, of each piece in its order. */
  timesOf({ ends, untils }: Leaving): Float64Array {
    const times = new Float64Array(this.#nets.length);
    let place = 0;
    for (let pool = 0; pool < ends.length; pool++) {
      const [end, until] = [ends[pool] ?? 0, untils[pool] ?? 0];
      for (; place < end; place++) times[place] = until;
    }
    return times.subarray(this.#before);
  }
}
