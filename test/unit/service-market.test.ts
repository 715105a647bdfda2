// The market by the clock: who is asked when, and what comes of a source that fails.
import { describe, expect, it } from '@jest/globals';
import { initialState } from '../../src/core/state.ts';
import type { Input } from '../../src/model/input.ts';
import { failed, type Outcome, ok } from '../../src/model/outcome.ts';
import { checkCoins, marketRound } from '../../src/service/market.ts';
import { VirtualClock } from '../../src/sim/clock.ts';
import { configOf } from '../support/config-text.ts';

const FILE = `
ups: { rack: { nut: { name: rack } } }
coins:
  btc: { perDay: 0.05, source: { url: "http://127.0.0.1:1/btc", everyMinutes: 30 } }
  ltc: { source: { file: ltc.json } }
rigs:
  ash: { driver: cgminer, host: 192.0.2.1, fedBy: [rack], reward: { coin: btc, hashrate: 100 TH/s }, watts: 3000 }
  oak: { driver: cgminer, host: 192.0.2.2, fedBy: [rack], reward: { coin: ltc, hashrate: 9 GH/s }, watts: 3000 }
`;

describe('the market', () => {
  it('asks each source when it is due, none in an outage, and leaves alone for longer who says that it is too often', async () => {
    const clock = new VirtualClock();
    const asked: string[] = [];
    const told: Input[] = [];
    let calm = true;
    let answer: Outcome<number> = ok(0.05);
    const round = marketRound(configOf(FILE).coins, {
      clock,
      log: { write: () => undefined },
      state: () => initialState(0),
      calm: () => calm,
      tell: (input) => void told.push(input),
      sourceOf: (coin) => ({
        read: () => {
          asked.push(`${Math.round(clock.monotonicMs() / 60_000)} ${coin}`);
          return Promise.resolve(answer);
        },
      }),
    });
    const start = clock.monotonicMs();
    const minute = async (): Promise<void> => {
      await round.run();
      await clock.advance(60_000);
    };
    for (let at = 0; at < 61; at += 1) await minute();
    const first = Math.round(start / 60_000);
    expect(asked).toEqual([`${first} btc`, `${first} ltc`, `${first + 30} btc`, `${first + 60} btc`, `${first + 60} ltc`]);
    expect(told[0]).toMatchObject({ kind: 'coin', coin: 'btc', outcome: { ok: true, value: 0.05 } });

    asked.length = 0;
    calm = false;
    for (let at = 0; at < 90; at += 1) await minute();
    expect(asked).toEqual([]);

    calm = true;
    answer = failed('refused', 'too often', 'later');
    for (let at = 0; at < 100; at += 1) await minute();
    expect(asked.filter((one) => one.endsWith('btc'))).toHaveLength(1);

    round.close();
    asked.length = 0;
    for (let at = 0; at < 500; at += 100) await minute();
    expect(asked).toEqual([]);
  });

  it('does not ask again after a restart what was told a moment ago', async () => {
    const asked: string[] = [];
    const clock = new VirtualClock();
    const { memory, ...state } = initialState(0);
    const told = { perDay: 0.05, hashRate: 1e12, atMs: clock.monotonicMs() - 60_000 };
    const round = marketRound(configOf(FILE).coins, {
      clock,
      log: { write: () => undefined },
      state: () => ({ ...state, memory: { ...memory, coins: new Map([['btc', { told, faults: [] }]]) } }),
      calm: () => true,
      tell: () => undefined,
      sourceOf: (coin) => ({ read: () => Promise.resolve(ok(asked.push(coin))) }),
    });
    await round.run();
    expect(asked).toEqual(['ltc']);
  });
});

it('check names what each source tells, and never fails a site for it', async () => {
  const items = await checkCoins(configOf(FILE), '0');
  expect(items).toEqual([
    { verdict: 'warn', about: 'btc', say: expect.stringMatching(/^127\.0\.0\.1:1 cannot be asked \(ECONNREFUSED\); until it tells/) },
    { verdict: 'warn', about: 'ltc', say: expect.stringContaining('ltc.json cannot be read (ENOENT)') },
  ]);
});
