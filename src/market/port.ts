// Where what a coin earns is looked up. A source is asked in calm, by the clock, and never on the way to a tick.
import type { Outcome } from '../model/outcome.ts';

/** One figure of somebody's JSON, on the web or in a file. */
export interface Look {
  /** http or https, without a login; or */
  readonly url?: string;
  /** absolute */
  readonly file?: string;
  /** where in the JSON: keys and, for lists, numbers from 0, by dots or as a list; absent: the JSON is the figure itself */
  readonly path?: string | readonly (string | number)[];
  /** brings it to the unit that is meant */
  readonly times: number;
}

export type Figure = number | Look;

/** What one unit of hash rate earns of a coin that is mined by proof of work. */
export interface Recipe {
  /** coins a block */
  readonly blockReward: Figure;
  /** coins a block, in the mean */
  readonly feesPerBlock: Figure;
  readonly blocksPerDay: Figure;
  /** currency a coin */
  readonly price: Figure;
  /** H/s */
  readonly networkHashrate: Figure;
}

export interface CoinWay {
  readonly everyMinutes: number;
  /** H/s that the figure is of */
  readonly hashRate: number;
  readonly from: { readonly kind: 'figure'; readonly look: Look } | { readonly kind: 'recipe'; readonly recipe: Recipe };
}

export interface CoinSource {
  /** Currency a day for the way's `hashRate`. Never rejects; whether it can be true is not judged here. */
  read(signal: AbortSignal): Promise<Outcome<number>>;
}
