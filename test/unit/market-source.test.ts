// Sources on 127.0.0.1 that misbehave, and recipes.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { listen } from '../../src/fakes/listen.ts';
import type { CoinWay, Look } from '../../src/market/port.ts';
import { coinSource } from '../../src/market/source.ts';
import type { Outcome } from '../../src/model/outcome.ts';

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Where it listens, and what it was asked. */
async function serve(answer: Answer): Promise<{ readonly url: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(response, request);
  });
  const port = await listen(server, 0);
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${port}`, asked };
}

const json =
  (value: unknown): Answer =>
  (response) =>
    response.end(JSON.stringify(value));

function read(from: CoinWay['from'], ms = 2_000): Promise<Outcome<number>> {
  return coinSource({ way: { everyMinutes: 60, hashRate: 1e12, from }, agent: 'lastwatt/0' }).read(AbortSignal.timeout(ms));
}

const look = (change: Partial<Look>, ms?: number): Promise<Outcome<number>> => read({ kind: 'figure', look: { times: 1, ...change } }, ms);

const said = (outcome: Outcome<number>): string =>
  outcome.ok ? `told ${outcome.value}` : `${outcome.fault.code}: ${outcome.fault.detail}`;

it('a pipe in the place of a file is none, and holds up nobody who writes or reads on this machine', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'pipe-'));
  closing.push(() => rm(dir, { recursive: true }));
  const pipe = join(dir, 'price.json');
  execFileSync('mkfifo', [pipe]);
  // A look that waited for somebody to write would keep a thread for ever, and four are all there are.
  const outcome = await Promise.race([look({ file: pipe }), new Promise<'late'>((resolve) => setTimeout(resolve, 1_500, 'late').unref())]);
  if (outcome === 'late') await writeFile(pipe, '');
  expect(outcome).toMatchObject({ ok: false, fault: { detail: expect.stringContaining('no plain file') } });
});

describe('one figure', () => {
  it.each<[string, unknown, Partial<Look>, number]>([
    ['by its path', { data: { usd: 0.045 } }, { path: 'data.usd' }, 0.045],
    ['in a list', { coins: [{ perDay: 1 }, { perDay: 2 }] }, { path: 'coins.1.perDay' }, 2],
    ['under a key with a dot', { 'usd.day': 3 }, { path: ['usd.day'] }, 3],
    ['as text', { figure: '4.5e-2' }, { path: 'figure' }, 0.045],
    ['that is all there is', 0.05, {}, 0.05],
    ['in another unit', { perPh: 45 }, { path: 'perPh', times: 0.001 }, 0.045],
  ])('%s', async (_, body, change, is) => {
    const { url } = await serve(json(body));
    expect(await look({ url, ...change })).toEqual({ ok: true, value: is });
  });

  it('comes from a file, too', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'market-'));
    closing.push(() => rm(dir, { recursive: true }));
    const file = join(dir, 'btc.json');
    expect(said(await look({ file }))).toMatch(/^unreachable: .*btc\.json cannot be read \(ENOENT\)/);
    await writeFile(file, '{"perDay": 0.044}\n');
    expect(await look({ file, path: 'perDay' })).toEqual({ ok: true, value: 0.044 });
    await writeFile(file, `"${'x'.repeat(300_000)}"`);
    expect(said(await look({ file }))).toContain('more than 256 KiB');
    expect(said(await look({ file: dir }))).toContain('no plain file');
  });
});

describe('a server that', () => {
  const drip: Answer = (response) => {
    response.writeHead(200, { 'content-length': '1000' });
    const timer = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(timer));
  };
  const endless: Answer = (response) => {
    const chunk = Buffer.alloc(64 * 1024, ' ');
    const more = (): void => {
      while (response.write(chunk));
      response.once('drain', more);
    };
    more();
  };

  it.each<[string, Answer, RegExp]>([
    ['drips', drip, /^timeout: 127\.0\.0\.1:\d+ gave no whole answer in time$/],
    ['says nothing', () => undefined, /^timeout:/],
    ['never ends', endless, /^garbled: .*sends more than 256 KiB/],
    [
      'breaks off',
      (response) => response.writeHead(200, { 'content-length': '99' }).end('{', () => response.socket?.destroy()),
      /^unreachable:/,
    ],
    ['gives a page', (response) => response.end('<!doctype html><title>Log in</title>'), /^garbled: .*gives a page and no JSON/],
    ['gives rubbish', (response) => response.end('{"usd": 0.0'), /^garbled: .*no JSON/],
    ['gives nothing', (response) => response.end(), /^garbled: .*no JSON/],
    ['has no such figure', json({ eur: 1 }), /^garbled: .*gives no figure at usd: look at its path$/],
    ['has a word there', json({ usd: 'lots' }), /^garbled: .*no figure at usd/],
    ['has what only JavaScript adds', json([1]), /^garbled: .*no figure at usd/],
    [
      'is asked too often',
      (response) => response.writeHead(429).end(),
      /^refused: .*asked too often \(HTTP 429\): give everyMinutes more$/,
    ],
    ['fails', (response) => response.writeHead(503).end('{"usd": 1}'), /^refused: .*answers HTTP 503/],
    [
      'sends us to another host',
      (response) => response.writeHead(302, { location: 'http://localhost:1/' }).end(),
      /^refused: .*sends us on to localhost:1, where nobody was told to go/,
    ],
    ['sends us to a file', (response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(), /^refused: /],
    ['sends us in a circle', (response) => response.writeHead(301, { location: '/again' }).end(), /^garbled: .*more than 3 times/],
  ])('%s costs a sentence', async (_, answer, says) => {
    const { url } = await serve(answer);
    expect(said(await look({ url, path: 'usd' }, 400))).toMatch(says);
  });

  it('moved on the same host is followed', async () => {
    const { url, asked } = await serve((response, { url: path }) =>
      path === '/new' ? response.end('{"usd": 7}') : response.writeHead(301, { location: '/new' }).end(),
    );
    expect(await look({ url: `${url}/old`, path: 'usd' })).toEqual({ ok: true, value: 7 });
    expect(asked).toEqual(['/old', '/new']);
  });

  it('is not there', async () => {
    expect(said(await look({ url: 'http://127.0.0.1:1/?token=hunter2' }))).toBe('unreachable: 127.0.0.1:1 cannot be asked (ECONNREFUSED)');
  });
});

describe('a recipe', () => {
  it('makes subsidy, fees, price and network into what a hash rate earns a day, and asks each address once', async () => {
    const { url, asked } = await serve((response, { url: path }) =>
      json(
        path === '/prices'
          ? { USD: 60_000 }
          : path === '/hashrate'
            ? { currentHashrate: 6e20 }
            : { totalReward: '45360000000', totalFee: '360000000' },
      )(response, {} as IncomingMessage),
    );
    const at = (path: string, key: string, times = 1): Look => ({ url: `${url}${path}`, path: key, times });
    const outcome = await read({
      kind: 'recipe',
      recipe: {
        blockReward: 3.125,
        feesPerBlock: at('/reward', 'totalFee', 1e-8 / 144),
        blocksPerDay: 144,
        price: at('/prices', 'USD'),
        networkHashrate: at('/hashrate', 'currentHashrate'),
      },
    });
    // 1 TH/s of 600 EH/s; 144 blocks of 3.125 + 0.025 BTC
    expect(outcome).toEqual({ ok: true, value: expect.closeTo((1e12 / 6e20) * 144 * 3.15 * 60_000, 12) });
    expect(asked).toEqual(['/hashrate', '/reward', '/prices']);
  });

  it('is none where one figure fails, or the network is told to be nothing', async () => {
    const { url } = await serve(json({ usd: 1, net: 0 }));
    const recipe = { blockReward: 2, feesPerBlock: 0, blocksPerDay: 6646, price: { url, path: 'usd', times: 1 } };
    const of = (path: string): Promise<Outcome<number>> =>
      read({ kind: 'recipe', recipe: { ...recipe, networkHashrate: { url, path, times: 1 } } });
    expect(said(await of('nothing'))).toContain('no figure at nothing');
    expect(said(await of('net'))).toBe('garbled: the hash rate of the network is told to be 0');
  });
});
