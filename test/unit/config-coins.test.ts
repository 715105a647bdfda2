// Coins in the file: by hand, by a source, by a recipe; and the page that shows how.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { appraise } from '../../src/config/appraise.ts';
import { changes } from '../../src/config/change.ts';
import { parseConfig } from '../../src/config/load.ts';
import { configOf, SMALLEST } from '../support/config-text.ts';

const RIG = 'rigs: { m30: { driver: luxos, host: 192.0.2.10, fedBy: [shelf], reward: { coin: btc, hashrate: 100 TH/s }, watts: 2900 } }\n';
const withCoin = (coin: string): string => `ups: { shelf: { nut: { name: shelf } } }\n${RIG}coins:\n  btc: ${coin}\n`;

function told(text: string): readonly string[] {
  const loaded = parseConfig(text, { file: '/etc/site/lastwatt.yaml' });
  return loaded.ok ? [] : loaded.mistakes.map(({ path, say }) => `${path} | ${say}`);
}

describe('a coin with a source', () => {
  it('gives its rigs what the file says, and the name of the coin', () => {
    const config = configOf(withCoin('{ perDay: 0.05, source: { url: "https://prices.example/btc?key=1", path: usd, everyMinutes: 30 } }'));
    expect(config.site.rigs.get('m30')?.reward).toEqual({ perDay: 5, hashRate: 1e14, coin: 'btc' });
    expect(config.site.coins?.get('btc')).toEqual({ id: 'btc', hashRate: 1e12, everyMinutes: 30, source: 'prices.example', perDay: 0.05 });
    expect(config.coins.get('btc')).toEqual({
      everyMinutes: 30,
      hashRate: 1e12,
      from: { kind: 'figure', look: { url: 'https://prices.example/btc?key=1', path: 'usd', times: 1 } },
    });
  });

  it('alone leaves open what it earns', () => {
    const config = configOf(withCoin('{ source: { file: prices/btc.json } }'));
    expect(config.site.rigs.get('m30')?.reward).toEqual({ hashRate: 1e14, coin: 'btc' });
    expect(config.coins.get('btc')?.from).toEqual({ kind: 'figure', look: { file: '/etc/site/prices/btc.json', times: 1 } });
  });

  it('that has none is no affair of the market', () => {
    const config = configOf(withCoin('{ perDay: 0.05 }'));
    expect(config.site.rigs.get('m30')?.reward).toEqual({ perDay: 5, hashRate: 1e14 });
    expect([config.site.coins, config.coins.size]).toEqual([undefined, 0]);
  });

  it('that changes is told at a reload, its address not', () => {
    const before = configOf(withCoin('{ perDay: 0.05, source: { url: "https://a.example/x?token=hunter2" } }'));
    const after = configOf(withCoin('{ perDay: 0.05, source: { url: "https://a.example/x?token=hunter3", everyMinutes: 5 } }'));
    expect(changes(before, after).join()).toMatch(/^coin btc: everyMinutes 60 -> 5, /);
    expect(changes(before, after).join()).not.toContain('hunter');
  });
});

it.each<[string, string, readonly string[]]>([
  ['of which nobody tells anything', '{ per: 1 TH/s }', ['coins.btc | expected perDay, or a source that tells it']],
  ['of a source without a place', '{ source: { path: usd } }', ['coins.btc.source | expected either url or file, found neither']],
  [
    'of a source with two',
    '{ source: { url: "https://a.example", file: a.json } }',
    ['coins.btc.source | expected either url or file, found both'],
  ],
  [
    'of an address that is none',
    '{ source: { url: prices } }',
    ['coins.btc.source.url | expected an address such as https://example.com/price.json'],
  ],
  [
    'of another kind of address',
    '{ source: { url: "ftp://a.example/" } }',
    ['coins.btc.source.url | expected an address that begins with https:// or http://'],
  ],
  [
    'of an address with a password',
    '{ source: { url: "https://me:hunter2@a.example/" } }',
    [
      'coins.btc.source.url | holds a user or a password, which never stand in this file; name a source that wants none, or a file that a program of yours writes',
    ],
  ],
  [
    'asked every second',
    '{ source: { file: a.json, everyMinutes: 0.02 } }',
    ['coins.btc.source.everyMinutes | expected at least 5, found 0.02'],
  ],
  [
    'of a recipe beside an address',
    '{ source: { file: a.json, recipe: { blockReward: 1, blocksPerDay: 1, price: 1, networkHashrate: 1 } } }',
    ['coins.btc.source.file | stands beside a recipe, whose figures have their own; keep one of the two'],
  ],
  [
    'of a recipe that lacks a figure',
    '{ source: { recipe: { blockReward: 1, blocksPerDay: 144, price: 1 } } }',
    [
      'coins.btc.source.recipe.networkHashrate | missing; expected a number, or a mapping of url or file, path and times: H/s of all together',
    ],
  ],
])('refuses a coin %s', (_, coin, says) => {
  expect(told(withCoin(coin))).toEqual(says);
});

it('every configuration on the page of the market is one', () => {
  const page = readFileSync(new URL('../../docs/market.md', import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text ?? '');
  expect(blocks).toHaveLength(3);
  for (const block of blocks) expect(told(`${SMALLEST}${block}`)).toEqual([]);
});

it('a rig whose coin has a source has a reward', () => {
  expect(appraise(configOf(withCoin('{ source: { file: a.json } }'))).map(({ say }) => say)).not.toContainEqual(
    expect.stringContaining('no reward is given'),
  );
});
