// What coins earn, as their sources tell it. A figure may change the order of the rigs, and nothing else: it is taken up while every
// supply has mains, so no price sheds a rig or brings one back. What can't be true is kept out, and what is old is said to be.
import type { CoinId } from '../model/id.ts';
import type { Input } from '../model/input.ts';
import type { Reward, Rig } from '../model/rig.ts';
import type { SiteCoin } from '../model/site.ts';
import type { CoinView, StatusView } from '../model/view.ts';
import { faultView } from './fault-view.ts';
import { coinMemory } from './memory.ts';
import type { CoinState } from './state.ts';
import { clear, isGoing, raise, type Scene, supplyOf, type Tick } from './tick.ts';

/**
 * Further than this from the last figure that was believed, and from the file's, it is taken for a mistake. A halving on a day as bad
 * as the worst in ten years (half of the price) is a factor of 4; the smallest usual slip, another currency, is one of 7 (CNY for USD);
 * an hour for a day is one of 24, and every other unit more.
 */
const CREDIBLE_FACTOR = 5;
const MOST_PER_DAY = 1e9;
/** Smaller moves reorder nothing and are not written down. */
const LEAST_MOVE = 0.01;
/** One that hardly moves is written down so often, so that a restart knows how old it is. */
const KEPT_MS = 6 * 3_600_000;
/** A day, or four look-ups that failed: by then a person looks whether its source still stands. */
const STALE_MS = 24 * 3_600_000;
const STALE_LOOKS = 4;

const ABSURD = 'coin-absurd';
const STALE = 'coin-stale';

export function foldCoin(tick: Tick, { coin, outcome, atMs }: Input & { kind: 'coin' }): void {
  if (tick.site.coins?.has(coin) !== true) return;
  set(tick, coin, outcome.ok ? { waits: { perDay: outcome.value, atMs }, lastFault: undefined } : { lastFault: outcome.fault });
}

/** What waits is looked at once the mains are there; whose source has been silent for too long is said. */
export function followCoins(tick: Tick): void {
  const { coins } = tick.site;
  if (coins === undefined) return;
  const calm = [...tick.site.supplies.keys()].every((id) => !isGoing(tick, id) && supplyOf(tick, id).line !== 'generator');
  for (const coin of coins.values()) {
    const { waits } = stateOf(tick, coin.id);
    if (waits !== undefined && calm) {
      set(tick, coin.id, { waits: undefined });
      take(tick, coin, waits);
    }
    followAge(tick, coin);
  }
}

function take(tick: Tick, coin: SiteCoin, { perDay, atMs }: NonNullable<CoinState['waits']>): void {
  const { told } = coinMemory(tick.memory, coin.id);
  const known = told === undefined ? undefined : scaled(told, coin.hashRate);
  const why = doubt({ perDay, known, file: coin.perDay });
  if (why !== undefined) {
    const say = `${coin.id}: ${coin.source} tells ${figure(perDay)} a day for ${rate(coin)}, ${why}; not believed, the order of the rigs stays as it is. If it is right, write perDay: ${figure(perDay)} under coins.${coin.id}; else correct url, path or times of its source`;
    return raise(tick, { event: 'fault', code: ABSURD, coin: coin.id, say });
  }
  clear(tick, ABSURD, { coin: coin.id });
  set(tick, coin.id, { heardAtMs: atMs });
  const moved = known === undefined || Math.abs(perDay / known - 1) >= LEAST_MOVE;
  if (moved || told === undefined || tick.nowMs - told.atMs >= KEPT_MS)
    tick.emit({ event: 'coin', coin: coin.id, perDay, hashRate: coin.hashRate });
}

/** Why a figure can't be true; undefined where it can. */
function doubt(figures: {
  readonly perDay: number;
  readonly known: number | undefined;
  readonly file: number | undefined;
}): string | undefined {
  const { perDay } = figures;
  if (!Number.isFinite(perDay)) return 'which is no number';
  if (perDay <= 0 || perDay > MOST_PER_DAY) return 'which nothing earns';
  const near = (other: number): boolean => perDay / other <= CREDIBLE_FACTOR && other / perDay <= CREDIBLE_FACTOR;
  const others = [figures.known, figures.file].filter((other) => other !== undefined && other > 0);
  if (others.length === 0 || others.some((other) => other !== undefined && near(other))) return undefined;
  return `more than ${CREDIBLE_FACTOR} times off ${others.map((other) => figure(other)).join(' (before) and ')}${figures.known === undefined ? ' (the file)' : figures.file === undefined ? ' (before)' : ' (the file)'}`;
}

function followAge(tick: Tick, coin: SiteCoin): void {
  const { told } = coinMemory(tick.memory, coin.id);
  const since = heardAtMs(tick, coin.id) ?? tick.startedAtMs;
  const staleMs = Math.max(STALE_MS, STALE_LOOKS * coin.everyMinutes * 60_000);
  if (tick.nowMs - since < staleMs) return clear(tick, STALE, { coin: coin.id });
  const { lastFault } = stateOf(tick, coin.id);
  const by = told !== undefined ? 'what it told last' : coin.perDay !== undefined ? 'the file' : 'hash rates alone';
  raise(tick, {
    event: 'fault',
    code: STALE,
    coin: coin.id,
    say: `${coin.id}: ${coin.source} has told nothing usable for ${Math.round((tick.nowMs - since) / 3_600_000)} h${lastFault === undefined ? '' : ` (${lastFault.detail})`}; the rigs are ranked by ${by}. See whether it still stands: lastwatt check`,
  });
}

/** What a rig earns by the last that was believed: its coin's source, then the file. */
export function rewardOf(scene: Pick<Scene, 'site' | 'memory'>, { reward }: Rig): Reward | undefined {
  if (reward?.coin === undefined || reward.hashRate === undefined) return reward;
  const told = scene.site.coins?.has(reward.coin) ? coinMemory(scene.memory, reward.coin).told : undefined;
  return told === undefined ? reward : { ...reward, perDay: scaled(told, reward.hashRate) };
}

function scaled(told: { readonly perDay: number; readonly hashRate: number }, hashRate: number): number {
  return (told.perDay * hashRate) / told.hashRate;
}

/** Since this life last heard it, else as it is remembered. */
function heardAtMs(scene: Scene, id: CoinId): number | undefined {
  return stateOf(scene, id).heardAtMs ?? coinMemory(scene.memory, id).told?.atMs;
}

/** Nothing in a site without such coins. */
export function coinsView(scene: Scene): Pick<StatusView, 'coins'> {
  const { coins } = scene.site;
  if (coins === undefined || coins.size === 0) return {};
  return { coins: [...coins.values()].map((coin) => coinView(scene, coin)) };
}

function coinView(scene: Scene, { id, hashRate, perDay }: SiteCoin): CoinView {
  const { told, faults } = coinMemory(scene.memory, id);
  const atMs = heardAtMs(scene, id);
  return {
    id,
    perDay: told === undefined ? (perDay ?? null) : scaled(told, hashRate),
    hashRate,
    from: told !== undefined ? 'source' : perDay !== undefined ? 'file' : null,
    ageSeconds: told === undefined || atMs === undefined ? null : Math.round((scene.nowMs - atMs) / 1000),
    faults: faults.map((fault) => faultView(scene, fault)),
  };
}

/** A price stands in the way of nothing. */
export function coinNotes({ site, memory }: Scene): readonly string[] {
  return [...(site.coins?.keys() ?? [])].flatMap((id) => coinMemory(memory, id).faults.map(({ say }) => say));
}

function stateOf({ coins }: Scene, id: CoinId): CoinState {
  return coins.get(id) ?? {};
}

function set(tick: Tick, id: CoinId, change: Partial<CoinState>): void {
  tick.coins.set(id, { ...stateOf(tick, id), ...change });
}

/** To four digits: what it is for is to be compared. */
function figure(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? String(value) : String(Number(value.toPrecision(4)));
}

const rate = ({ hashRate }: SiteCoin): string => `${figure(hashRate)} H/s`;
