// The market: by the clock, in calm, one coin after the other is asked what it earns, and what it tells goes to the engine's inbox.
import { sayHashRate } from '../cli/text.ts';
import type { Config } from '../config/config.ts';
import type { State } from '../core/state.ts';
import { withDeadline } from '../engine/pollers.ts';
import { realClock } from '../host/clock.ts';
import type { Clock, Log } from '../host/port.ts';
import { type Schedules, startSchedules } from '../host/schedules.ts';
import type { CoinSource, CoinWay } from '../market/port.ts';
import { coinSource } from '../market/source.ts';
import type { CoinId } from '../model/id.ts';
import type { Input } from '../model/input.ts';
import type { Outcome } from '../model/outcome.ts';
import type { CheckItem } from '../model/view.ts';

/** For all figures of one coin: several may come from slow hosts. */
const LOOK_MS = 20_000;
/** Whoever says that it is asked too often is left alone for so many turns. */
const TOO_OFTEN = 4;

interface RoundKit {
  readonly clock: Clock;
  readonly log: Log;
  readonly state: () => State;
  /** no UPS is on battery, and none is carried by a generator */
  readonly calm: () => boolean;
  readonly tell: (input: Input) => void;
  readonly sourceOf: (coin: CoinId, way: CoinWay) => CoinSource;
}

export interface MarketKit extends Omit<RoundKit, 'sourceOf'> {
  readonly wallIsSet: () => boolean;
  readonly version: string;
}

interface Stall {
  readonly coin: CoinId;
  readonly everyMs: number;
  readonly source: CoinSource;
  /** not before */
  dueMs: number;
}

export interface MarketRound {
  /** Asks those that are due, one after the other; never rejects. */
  run(): Promise<void>;
  /** What is under way then tells nobody. */
  close(): void;
}

export function marketRound(coins: Config['coins'], kit: RoundKit): MarketRound {
  const stalls = [...coins].map(([coin, way]): Stall => {
    const everyMs = way.everyMinutes * 60_000;
    const told = kit.state().memory.coins.get(coin)?.told;
    return { coin, everyMs, source: kit.sourceOf(coin, way), dueMs: told === undefined ? 0 : told.atMs + everyMs };
  });
  let closed = false;
  const ask = async (stall: Stall, nowMs: number): Promise<void> => {
    stall.dueMs = nowMs + stall.everyMs;
    const outcome = await look(stall.coin, stall.source, kit.clock);
    if (closed) return;
    kit.tell({ kind: 'coin', coin: stall.coin, atMs: nowMs, outcome });
    if (outcome.ok) return;
    if (outcome.fault.retry === 'later') stall.dueMs = nowMs + TOO_OFTEN * stall.everyMs;
    kit.log.write('notice', `coin ${stall.coin}: ${outcome.fault.detail}; the order of the rigs stays as it is`);
  };
  return {
    run: async () => {
      for (const stall of stalls) {
        const nowMs = kit.clock.monotonicMs();
        // Whether it is calm is known by a whole view: it is asked last.
        if (!closed && nowMs >= stall.dueMs && kit.calm()) await ask(stall, nowMs);
      }
    },
    close: () => {
      closed = true;
    },
  };
}

/** Nobody waits for any of it. */
export function startMarket(coins: Config['coins'], { version, ...kit }: MarketKit): Schedules {
  const round = marketRound(coins, { ...kit, sourceOf: (_, way) => open(way, version) });
  // Not all machines of the world in the same second of the minute.
  const second = process.pid % 60;
  const started = startSchedules({ ...(coins.size > 0 && { market: `${second} * * * * *` }) }, () => round.run(), kit);
  return {
    close: async () => {
      round.close();
      if (started.ok) await started.value.close();
    },
  };
}

function open(way: CoinWay, version: string): CoinSource {
  return coinSource({ way, agent: `lastwatt/${version}` });
}

function look(coin: CoinId, source: CoinSource, clock: Clock): Promise<Outcome<number>> {
  return withDeadline({ clock, name: `the source of ${coin}`, ask: (signal) => source.read(signal) }, LOOK_MS);
}

/** What each source tells now; for `check`, which believes nothing of it. */
export function checkCoins({ coins, site }: Config, version: string): Promise<readonly CheckItem[]> {
  return Promise.all(
    [...coins].map(async ([coin, way]): Promise<CheckItem> => {
      const outcome = await look(coin, open(way, version), realClock);
      if (!outcome.ok)
        return { verdict: 'warn', about: coin, say: `${outcome.fault.detail}; until it tells, the rigs are ranked without it` };
      const told = `tells ${Number(outcome.value.toPrecision(4))} ${site.currency} a day for ${sayHashRate(way.hashRate)}`;
      const file = site.coins?.get(coin)?.perDay;
      if (!(outcome.value > 0 && Number.isFinite(outcome.value)))
        return { verdict: 'warn', about: coin, say: `${told}, which nothing earns: look at url, path and times of its source` };
      if (file === undefined)
        return {
          verdict: 'warn',
          about: coin,
          say: `${told}; nothing says whether that can be true, and its first word will be believed: if it is, write perDay: ${Number(outcome.value.toPrecision(2))} under coins.${coin}`,
        };
      return { verdict: 'pass', about: coin, say: `${told}; the file says ${file}` };
    }),
  );
}
