// The coins of the file: what a hash rate earns, by the file's own figure or by a source that is looked up.
import { dirname, resolve } from 'node:path';
import type { CoinWay, Figure, Look } from '../market/port.ts';
import type { CoinId } from '../model/id.ts';
import type { SiteCoin } from '../model/site.ts';
import { type Draft, type Locate, takeMapping, things } from './draft.ts';
import { type CoinPart, coinSchema, type LookPart } from './schema.ts';
import { hashRate } from './units.ts';

export const HASH_RATE_WORDS = 'expected a hash rate with its unit (H/s, kH/s, MH/s, GH/s, TH/s, PH/s, EH/s), such as 110 TH/s';

export interface Coins {
  /** what 1 H/s of each earns a day; undefined where only its source tells, or where it has mistakes */
  readonly perHash: ReadonlyMap<CoinId, number | undefined>;
  /** those that have a source */
  readonly sourced: ReadonlyMap<CoinId, SiteCoin>;
  readonly ways: ReadonlyMap<CoinId, CoinWay>;
}

export function assembleCoins(draft: Draft, file: string): Coins {
  const perHash = new Map<CoinId, number | undefined>();
  const sourced = new Map<CoinId, SiteCoin>();
  const ways = new Map<CoinId, CoinWay>();
  for (const [id, value] of things(draft, 'coins')) {
    const at: Locate = (inner) => ['coins', id, ...inner];
    const { whole, good } = takeMapping(draft, coinSchema, { value, at });
    const per = rateOf(draft, good, at);
    checkTold(draft, whole, at);
    perHash.set(id, whole?.perDay === undefined || per === undefined ? undefined : whole.perDay / per);
    const { source, perDay } = good;
    const from = source && fromOf(draft, source, { at, file });
    if (source === undefined || from === undefined || per === undefined) continue;
    const { everyMinutes } = source;
    ways.set(id, { everyMinutes, hashRate: per, from });
    sourced.set(id, { id, hashRate: per, everyMinutes, source: namesOf(from).join(', '), ...(perDay !== undefined && { perDay }) });
  }
  return { perHash, sourced, ways };
}

function rateOf(draft: Draft, { per }: Partial<CoinPart>, at: Locate): number | undefined {
  if (per === undefined) return undefined;
  const rate = hashRate(per);
  if (rate === undefined) draft.report.mistake(at(['per']), HASH_RATE_WORDS);
  return rate;
}

function checkTold(draft: Draft, coin: CoinPart | undefined, at: Locate): void {
  if (coin !== undefined && coin.perDay === undefined && coin.source === undefined)
    draft.report.mistake(at([]), 'expected perDay, or a source that tells it');
}

type SourcePart = NonNullable<CoinPart['source']>;

interface Place {
  readonly at: Locate;
  /** the configuration, which files are named relative to */
  readonly file: string;
}

/** Undefined where it has mistakes, which are then reported. */
function fromOf(draft: Draft, source: SourcePart, { at, file }: Place): CoinWay['from'] | undefined {
  const { recipe, everyMinutes: _, ...look } = source;
  const here: Place = { at: (inner) => at(['source', ...inner]), file };
  if (recipe === undefined) {
    const one = lookOf(draft, look, here);
    return one === undefined ? undefined : { kind: 'figure', look: one };
  }
  const beside = (['url', 'file', 'path'] as const).filter((key) => look[key] !== undefined);
  if (beside.length > 0) {
    draft.report.mistake(here.at([beside[0] ?? '']), 'stands beside a recipe, whose figures have their own; keep one of the two');
    return undefined;
  }
  const figure = (name: keyof typeof recipe): Figure | undefined => {
    const part = recipe[name];
    return typeof part === 'number' ? part : lookOf(draft, part, { at: (inner) => here.at(['recipe', name, ...inner]), file });
  };
  const [blockReward, feesPerBlock, blocksPerDay, price, networkHashrate] = (
    ['blockReward', 'feesPerBlock', 'blocksPerDay', 'price', 'networkHashrate'] as const
  ).map(figure);
  if (blockReward === undefined || feesPerBlock === undefined || blocksPerDay === undefined) return undefined;
  if (price === undefined || networkHashrate === undefined) return undefined;
  return { kind: 'recipe', recipe: { blockReward, feesPerBlock, blocksPerDay, price, networkHashrate } };
}

function lookOf(draft: Draft, { url, file, path, times }: LookPart, place: Place): Look | undefined {
  if ((url === undefined) === (file === undefined)) {
    draft.report.mistake(place.at([]), `expected either url or file, found ${url === undefined ? 'neither' : 'both'}`);
    return undefined;
  }
  if (url !== undefined) {
    const wrong = urlFault(url);
    if (wrong !== undefined) {
      draft.report.mistake(place.at(['url']), wrong);
      return undefined;
    }
  }
  return {
    ...(url !== undefined && { url }),
    ...(file !== undefined && { file: resolve(dirname(place.file), file) }),
    ...(path !== undefined && { path }),
    times,
  };
}

/** What is wrong with it, never with what stands in it: it may hold a secret where it should not. */
function urlFault(text: string): string | undefined {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return 'expected an address such as https://example.com/price.json';
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'expected an address that begins with https:// or http://';
  if (url.username !== '' || url.password !== '')
    return 'holds a user or a password, which never stand in this file; name a source that wants none, or a file that a program of yours writes';
  return undefined;
}

/** Hosts and files, each once; a query may hold what is not for a log. */
function namesOf(from: CoinWay['from']): readonly string[] {
  const figures: readonly Figure[] = from.kind === 'figure' ? [from.look] : Object.values(from.recipe);
  const names = figures.flatMap((one) => (typeof one === 'number' ? [] : [one.file ?? new URL(one.url ?? '').host]));
  return names.length === 0 ? ['its recipe'] : [...new Set(names)];
}
