// xmrig: what its summary means, whom it lets give orders, and what it needs to be told at its start.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type HttpReply, serveRigHttp } from '../../src/fakes/server-http.ts';
import { startXmrigFake, type XmrigFake, type XmrigFakeOptions } from '../../src/fakes/xmrig-rig.ts';
import type { RigReading } from '../../src/model/rig.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { xmrig } from '../../src/rigs/xmrig.ts';
import { SimRig } from '../../src/sim/rig.ts';
import { type TcpBench, tcpBench } from '../contract/rig-bench.ts';
import { rigKit, within } from '../contract/rig-driver.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';

const open = closedAfterEach();
const DONE = { ok: true, value: undefined };
const TRAITS = { id: 'rig-1', hashRate: 12_000, watts: 180, pausedWatts: 60, pausePersists: false, pauseSeconds: 1, wakeSeconds: 2 };
const TOKEN = 'a-token';
const FILE = 'xmrig.token';
const UNREADABLE = '';

/** xmrig as it is started, and what the driver has (null: it names no file): by default both as they should be. */
async function bench(
  { token = TOKEN, restricted = false, ...options }: Partial<Omit<XmrigFakeOptions, 'token'>> & { readonly token?: string | null } = {},
  ours: string | null = TOKEN,
): Promise<TcpBench<XmrigFake>> {
  const login = {
    options: ours === null ? {} : { passwordFile: FILE },
    secrets: new Map(ours === null || ours === UNREADABLE ? [] : [[FILE, ours]]),
  };
  const start = (rig: SimRig, nowMs: () => number): Promise<XmrigFake> =>
    startXmrigFake({ rig, nowMs, restricted, ...(token !== null && { token }), ...options });
  return open(await tcpBench(xmrig, TRAITS, start, login));
}

async function readingOf(driver: RigDriver): Promise<RigReading> {
  const reading = await driver.read?.(within());
  if (!reading?.ok) throw new Error(reading?.fault.detail ?? 'it cannot be read');
  return reading.value;
}

/** A web server that gives this to every request. */
async function answering(reply: HttpReply): Promise<RigDriver> {
  const { port } = open(await serveRigHttp(new SimRig(TRAITS, () => 0), { say: () => reply }));
  return open(xmrig.open({ host: '127.0.0.1', port }, rigKit()));
}

const summary = (fields: Readonly<Record<string, unknown>>): HttpReply => ({ status: 200, json: { kind: 'miner', ...fields } });
const total = (...rates: readonly unknown[]): unknown => ({ total: rates, highest: 9 });

describe('a reading of xmrig', () => {
  it('tells state, hash rate of the last seconds, algorithm, uptime and who answers, and no watts', async () => {
    const { driver } = await bench();
    const reading = await readingOf(driver);
    expect(reading).toMatchObject({
      state: 'hashing',
      hashRate: 12_000,
      algorithm: 'randomx',
      uptimeSeconds: 0,
      identity: expect.stringMatching(/^a1b2c3d4[0-9a-f]{8}$/),
      firmware: 'xmrig 6.26.0',
    });
    expect(Object.keys(reading)).not.toContain('watts');
  });

  it('shows for ten seconds after a pause the rate of before, and then none', async () => {
    const { driver, pass } = await bench();
    await readingOf(driver);
    await driver.pause?.(within());
    pass(5);
    expect(await readingOf(driver)).toMatchObject({ state: 'paused', hashRate: 12_000 });
    pass(6);
    const later = await readingOf(driver);
    expect(later.state).toBe('paused');
    expect(later.hashRate).toBeUndefined();
  });

  it.each([
    ['paused', { paused: true, hashrate: total(0, 5, 5), uptime: 900 }, 'paused', 0],
    ['paused, without a rate', { paused: true, hashrate: total(null, 5, 5), uptime: 900 }, 'paused', undefined],
    ['just started', { paused: false, hashrate: total(null, null, null), uptime: 8 }, 'starting', undefined],
    [
      'up for long without a rate, perhaps without a pool',
      { paused: false, hashrate: total(null, 5, 5), uptime: 900 },
      'unknown',
      undefined,
    ],
    ['up for long at 0 H/s, perhaps without a pool', { paused: false, hashrate: total(0, 0, 0), uptime: 900 }, 'unknown', 0],
    ['hashing', { paused: false, hashrate: total(7.5, null, null), uptime: 900 }, 'hashing', 7.5],
    ['paused by a word that is none', { paused: 'yes', hashrate: total(0, 0, 0), uptime: 900 }, 'unknown', 0],
    ['of a version that says nothing of it', { hashrate: total(0, 0, 0), uptime: 8 }, 'unknown', 0],
  ] as const)('takes one %s for what it is', async (_which, fields, state, hashRate) => {
    const reading = await readingOf(await answering(summary(fields)));
    expect(reading.state).toBe(state);
    expect(reading.hashRate).toBe(hashRate);
  });

  it.each([
    ['rx/0', 'randomx'],
    ['cn-heavy/xhv', 'cryptonight'],
    ['cn/r', 'cryptonight'],
    ['argon2/chukwav2', 'argon2'],
    ['kawpow', 'kawpow'],
    ['<b>', undefined],
    [null, undefined],
  ])('names what %s is', async (algo, algorithm) => {
    expect((await readingOf(await answering(summary({ hashrate: total(1), algo })))).algorithm).toBe(algorithm);
  });

  it.each([
    ['a proxy', { status: 200, json: { kind: 'proxy', hashrate: total(1) } }, 'garbled', 'name the miner itself'],
    ['another page', { status: 200, json: { hello: 'world' } }, 'garbled', 'is this really xmrig?'],
    ['a login page', { status: 200, text: '<html>paused</html>' }, 'garbled', 'answered a page'],
    ['no such page', { status: 404, json: {} }, 'unsupported', 'version 6'],
    ['a fault of its own', { status: 500, json: {} }, 'refused', 'HTTP 500'],
    ['the way to another', { status: 302, headers: { location: 'http://127.0.0.1:1/2/summary' } }, 'garbled', 'where nobody goes'],
  ] as const)('is none of %s', async (_which, reply, code, words) => {
    const driver = await answering(reply);
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code, detail: expect.stringContaining(words) } });
  });

  const RECORDED = '../shared/data/miners/xmrig/xmrig-6.26.0';
  const where = existsSync(`${RECORDED}-idle.summary.json`) ? it : it.skip;

  where('is right on the summary recorded from 6.26.0 with nothing to hash', async () => {
    const reading = await readingOf(await answering({ status: 200, text: readFileSync(`${RECORDED}-idle.summary.json`, 'utf8') }));
    expect(reading).toMatchObject({ state: 'starting', hashRate: 0, uptimeSeconds: 3, firmware: 'xmrig 6.26.0' });
    // Its number was taken out of the record.
    for (const absent of ['identity', 'algorithm', 'watts']) expect(Object.keys(reading)).not.toContain(absent);
  });

  where('is the same from ours as from the recorded one, in status and words', async () => {
    interface Exchange {
      readonly request: string;
      readonly status: number;
      readonly body: unknown;
    }
    const recorded = JSON.parse(readFileSync(`${RECORDED}.json_rpc.transcript.json`, 'utf8')) as readonly Exchange[];
    const { fake } = await bench();
    for (const { request, status, body } of recorded) {
      const [, method = '', path = '', rest = ''] = /^(\w+) (\S+) ?(.*)$/.exec(request) ?? [];
      const authorization = rest.includes('no Authorization')
        ? {}
        : { authorization: `Bearer ${rest.includes('<wrong>') ? 'wrong' : TOKEN}` };
      const type = /Content-Type: (\S+)/.exec(rest)?.[1];
      const answer = await fetch(`http://127.0.0.1:${fake.port}${path}`, {
        method,
        headers: { ...authorization, ...(type !== undefined && { 'content-type': type }) },
        ...(method === 'POST' && { body: /^\{.*\}/.exec(rest)?.[0] ?? '' }),
      });
      expect({ request, status: answer.status, body: await answer.json() }).toEqual({ request, status, body });
    }
  });
});

describe('an order to xmrig', () => {
  it('is a pause or a resume by JSON-RPC, and never a stop, which nothing could undo', async () => {
    const { driver, fake, pass, rig } = await bench();
    const before = structuredClone(fake.config);
    expect(await driver.pause?.(within())).toEqual(DONE);
    pass(5);
    expect(rig.look().level).toBe(0);
    expect(await driver.resume?.(undefined, within())).toEqual(DONE);
    pass(5);
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing', hashRate: 12_000 });
    expect(fake.methods).toEqual(['pause', 'resume']);
    expect(fake.config).toEqual(before);
  });

  it.each(['pause', 'mayOrder'] as const)('that it takes from nobody (%s) says with what xmrig must be started', async (what) => {
    const { driver, rig } = await bench({ restricted: true });
    expect(await driver[what]?.(within())).toMatchObject({
      ok: false,
      fault: { code: 'unauthorized', detail: expect.stringContaining('start xmrig with --http-no-restricted') },
    });
    expect(rig.log).toEqual([]);
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing' });
  });

  it('is unauthorized with a wrong token, and the fault holds none', async () => {
    const { driver } = await bench({}, 'another-token');
    const outcome = await driver.pause?.(within());
    expect(outcome).toMatchObject({
      ok: false,
      fault: { code: 'unauthorized', detail: expect.stringContaining('does not take the access token') },
    });
    expect(JSON.stringify(outcome)).not.toContain('another-token');
  });

  it.each([
    ['where no file is named', null, 'passwordFile (without --http-access-token'],
    ['where its file could not be read', UNREADABLE, 'could not be read; mend it and reload'],
  ])('wants the token %s', async (_which, ours, words) => {
    const { driver, fake } = await bench({}, ours);
    for (const outcome of [await driver.read?.(within()), await driver.pause?.(within())]) {
      expect(outcome).toMatchObject({ ok: false, fault: { code: 'unauthorized', detail: expect.stringContaining(words) } });
    }
    expect(fake.methods).toEqual([]);
  });

  it('is unauthorized where xmrig was given no token, and reading goes on without ours', async () => {
    const { driver, fake } = await bench({ token: null, restricted: true });
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing' });
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing' });
    // Its configuration it shows to nobody, and so is asked for it once.
    expect(fake.asked.slice(-2)).toEqual(['GET /2/config', 'GET /2/summary']);
    expect(fake.asked).toHaveLength(4);
    expect(await driver.pause?.(within())).toMatchObject({
      ok: false,
      fault: { code: 'unauthorized', detail: expect.stringContaining('start xmrig with --http-access-token and --http-no-restricted') },
    });
    fake.restart(TOKEN);
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing' });
  });

  it('is tried though readings rest after a refused token, for xmrig locks nobody out', async () => {
    const { driver, fake, pass } = await bench({ token: 'new-token' });
    for (let times = 0; times < 5; times++) {
      expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized' } });
    }
    expect(fake.asked).toEqual(['GET /2/summary']);
    fake.restart(TOKEN);
    expect(await driver.pause?.(within())).toEqual(DONE);
    pass(150);
    expect(await readingOf(driver)).toMatchObject({ state: 'paused' });
  });

  it('that has no effect on a computer that runs on its own battery is told by the next reading', async () => {
    const { driver, fake } = await bench();
    fake.battery(true);
    expect(await driver.resume?.(undefined, within())).toEqual(DONE);
    expect(await readingOf(driver)).toMatchObject({ state: 'paused' });
  });

  it.each([
    ['unsupported', { error: { code: -32601, message: 'Method not found' } }, 'update xmrig'],
    ['refused', { error: { code: -32603, message: 'Internal error' } }, '-32603: Internal error'],
    ['garbled', { result: { status: 'MAYBE' } }, 'neither done nor refused'],
    ['garbled', {}, 'neither done nor refused'],
  ] as const)('is %s by the answer %j', async (code, json, words) => {
    const driver = await answering({ status: 200, json });
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code, detail: expect.stringContaining(words) } });
  });

  it('may be given, says a method that there is none of', async () => {
    const { driver, rig } = await bench();
    expect(await driver.mayOrder?.(within())).toEqual(DONE);
    expect(rig.log).toEqual([]);
  });

  it('does not outlive a power cut: it comes back hashing', async () => {
    const { driver, rig, pass } = await bench();
    await driver.pause?.(within());
    rig.cut();
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    rig.feed();
    pass(60);
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing' });
  });
});
