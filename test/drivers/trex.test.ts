// T-Rex: what its summary means, whom it lets give orders, and the versions that agree and do nothing.
import { describe, expect, it } from '@jest/globals';
import { type HttpReply, serveRigHttp } from '../../src/fakes/server-http.ts';
import { startTrexFake, type TrexFake, type TrexFakeOptions } from '../../src/fakes/trex-rig.ts';
import type { RigReading } from '../../src/model/rig.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { trex } from '../../src/rigs/trex.ts';
import { SimRig } from '../../src/sim/rig.ts';
import { type TcpBench, tcpBench } from '../contract/rig-bench.ts';
import { rigKit, secondReading, within } from '../contract/rig-driver.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';

const open = closedAfterEach();
const DONE = { ok: true, value: undefined };
const TRAITS = { id: 'rig-1', hashRate: 120e6, watts: 260, pausedWatts: 30, pausePersists: false, pauseSeconds: 2, wakeSeconds: 10 };
const PASSWORD = 'A-password-1';
const FILE = 'trex.password';
const UNREADABLE = '';

/** T-Rex as it is started (null: without a key), and what the driver has (null: it names no file). */
async function bench(
  { password = PASSWORD, ...options }: Partial<Omit<TrexFakeOptions, 'password'>> & { readonly password?: string | null } = {},
  ours: string | null = PASSWORD,
): Promise<TcpBench<TrexFake>> {
  const login = {
    options: ours === null ? {} : { passwordFile: FILE },
    secrets: new Map(ours === null || ours === UNREADABLE ? [] : [[FILE, ours]]),
  };
  const start = (rig: SimRig): Promise<TrexFake> => startTrexFake({ rig, ...(password !== null && { password }), ...options });
  return open(await tcpBench(trex, TRAITS, start, login));
}

async function readingOf(driver: RigDriver): Promise<RigReading> {
  const reading = await driver.read?.(within());
  if (!reading?.ok) throw new Error(reading?.fault.detail ?? 'it cannot be read');
  return reading.value;
}

/** A web server that gives this to every request. */
async function answering(reply: HttpReply): Promise<RigDriver> {
  const { port } = open(await serveRigHttp(new SimRig(TRAITS, () => 0), { say: () => reply }));
  return open(trex.open({ host: '127.0.0.1', port }, rigKit()));
}

const summary = (fields: Readonly<Record<string, unknown>>): HttpReply => ({ status: 200, json: { name: 't-rex', success: 1, ...fields } });

describe('a reading of T-Rex', () => {
  it('tells state, hash rate of this moment, algorithm, watts of its cards, the hottest of them and its uptime', async () => {
    const { driver, pass } = await bench();
    pass(90);
    const reading = await readingOf(driver);
    expect(reading).toMatchObject({
      state: 'hashing',
      hashRate: 120e6,
      algorithm: 'ethash',
      watts: 260,
      wattsFrom: 'estimated',
      temperatureC: 64,
      uptimeSeconds: 90,
      firmware: 'T-Rex 0.26.8',
    });
    // A card that is changed for another would make it another rig.
    for (const absent of ['identity', 'mode', 'fansRpm']) expect(Object.keys(reading)).not.toContain(absent);
  });

  it('wants no login where it asks for none', async () => {
    const { driver, fake } = await bench();
    await readingOf(driver);
    expect(fake.logins()).toBe(0);
  });

  it('logs in once where it asks for one, and again where it has forgotten us', async () => {
    const { driver, fake } = await bench({ closed: true });
    await readingOf(driver);
    await readingOf(driver);
    expect(fake.logins()).toBe(1);
    fake.forget();
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing' });
    expect(fake.logins()).toBe(2);
  });

  const still = { paused: true, hashrate_instant: 0, power: 12 };
  it.each([
    ['all cards stand still', { gpus: [still, still] }, 'paused', 24],
    ['one card draws what no paused card draws', { gpus: [still, { ...still, power: 120 }], uptime: 9000 }, 'unknown', 132],
    ['one card says nothing of it', { gpus: [still, { hashrate_instant: 0, power: 12 }], uptime: 9000 }, 'unknown', 24],
    ['one card says that it is not', { gpus: [still, { ...still, paused: false }], uptime: 9000 }, 'unknown', 24],
    ['its words are no flags', { gpus: [{ ...still, paused: 'yes' }], paused: true, uptime: 9000 }, 'unknown', 12],
    ['the miner as a whole says so, of an older version', { gpus: [{ hashrate: 0, power: 12 }], paused: true }, 'paused', 12],
    ['no watts are told and nothing is hashed', { gpus: [{ paused: true, hashrate_instant: 0 }] }, 'paused', undefined],
    ['neither watts nor a rate are told', { gpus: [{ paused: true }] }, 'unknown', undefined],
    ['it builds its DAG', { gpus: [{ paused: false, hashrate_instant: 0, power: 80 }], uptime: 8 }, 'starting', 80],
    ['it has no card', { gpus: [], paused: true, hashrate: 0 }, 'unknown', undefined],
    ['it hashes', { gpus: [{ paused: false, hashrate_instant: 5, power: 80 }] }, 'hashing', 80],
  ])('is, where %s, what it is', async (_which, fields, state, watts) => {
    const reading = await readingOf(await answering(summary(fields)));
    expect(reading.state).toBe(state);
    expect(reading.watts).toBe(watts);
  });

  it('shows no rate of before, as an average does for a minute, once all cards stand still by their watts', async () => {
    const reading = await readingOf(await answering(summary({ gpus: [{ paused: true, hashrate: 20e6, power: 12 }] })));
    expect(reading.state).toBe('paused');
    expect(Object.keys(reading)).not.toContain('hashRate');
  });

  it.each([
    ['another miner', { status: 200, json: { name: 'gminer', gpus: [] } }, 'garbled', 'calls itself gminer'],
    ['no summary', { status: 200, json: { success: 1 } }, 'garbled', 'answered no summary'],
    ['a card that is none', { status: 200, json: { gpus: [{ paused: true, power: 1 }, 7] } }, 'garbled', 'a card that is none'],
    ['more cards than there are', { status: 200, json: { gpus: Array(65).fill({}) } }, 'garbled', '65 cards'],
    ['a login page', { status: 200, text: '<html>paused</html>' }, 'garbled', 'answered a page'],
    ['no such page', { status: 404, json: {} }, 'unsupported', 'no such page'],
    ['a login wanted, on a page', { status: 401, text: '<html>login</html>' }, 'unauthorized', 'name the file with it, passwordFile'],
    ['the way to another', { status: 302, headers: { location: 'http://127.0.0.1:1/summary' } }, 'garbled', 'where nobody goes'],
  ] as const)('is none of %s', async (_which, reply, code, words) => {
    const driver = await answering(reply);
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code, detail: expect.stringContaining(words) } });
  });
});

describe('what its owner set on T-Rex', () => {
  it('is asked without any parameter, for with one its page would write it into his file', async () => {
    const { driver, fake, pass } = await bench();
    const before = structuredClone(fake.config);
    expect(await driver.pause?.(within())).toEqual(DONE);
    pass(5);
    // It is logged in by now, and names its session with each other question.
    expect((await secondReading(driver))?.settings).toEqual({ pools: expect.any(String), fans: expect.any(String) });
    expect(fake.asked).toContain('GET /config');
    expect(fake.config).toEqual(before);
    // The trap itself, for whoever rehearses against the fake.
    await fetch(`http://127.0.0.1:${fake.port}/config?sid=abc`);
    expect(fake.config).toEqual({ ...before, sid: 'abc' });
  });

  it('is not known where it wants a login for its configuration, and it is read and ordered as ever', async () => {
    const { driver } = await bench({ closed: true });
    expect(await secondReading(driver)).not.toHaveProperty('settings');
    expect(await driver.pause?.(within())).toEqual(DONE);
  });
});

describe('an order to T-Rex', () => {
  it('is in lower case, for it answers True with success and does nothing', async () => {
    const { driver, fake, rig, pass } = await bench();
    const before = structuredClone(fake.config);
    expect(await driver.pause?.(within())).toEqual(DONE);
    pass(5);
    expect(rig.look().level).toBe(0);
    expect(await driver.resume?.(undefined, within())).toEqual(DONE);
    expect(fake.orders).toEqual(['true', 'false']);
    expect(fake.config).toEqual(before);
    // The trap itself, for whoever rehearses against the fake.
    const { sid } = (await (await fetch(`http://127.0.0.1:${fake.port}/login?password=${PASSWORD}`)).json()) as { readonly sid: string };
    const said = await fetch(`http://127.0.0.1:${fake.port}/control?pause=True&sid=${sid}`);
    expect(await said.json()).toEqual({ success: 1 });
    expect(rig.look().saysPaused).toBe(false);
  });

  it('names the cards where the version agrees to the form for all and does nothing', async () => {
    const { driver, fake, rig } = await bench({ version: '0.19.10', cards: 3 });
    expect(await driver.pause?.(within())).toEqual(DONE);
    expect(fake.orders).toEqual(['true', 'true:0,1,2']);
    expect(rig.look().saysPaused).toBe(true);
    expect(await driver.resume?.(undefined, within())).toEqual(DONE);
    expect(rig.look().saysPaused).toBe(false);
  });

  it('names them too where nothing is said of a card, and does no harm', async () => {
    const { driver, fake, rig } = await bench({ tellsPaused: false });
    expect(await driver.pause?.(within())).toEqual(DONE);
    expect(fake.orders).toEqual(['true', 'true:0,1']);
    expect(rig.look().saysPaused).toBe(true);
  });

  it('leaves paused what its owner had paused before', async () => {
    const { driver, fake, pass } = await bench({ cards: 4 });
    await driver.mayOrder?.(within());
    await fetch(`http://127.0.0.1:${fake.port}/control?pause=true:2&sid=sid1AbCdEfGh`);
    const { mode } = await readingOf(driver);
    expect(mode).toBe('0,1,3');
    await driver.pause?.(within());
    pass(30);
    expect((await readingOf(driver)).state).toBe('paused');
    expect(await driver.resume?.(mode, within())).toEqual(DONE);
    expect([...fake.paused]).toEqual([2]);
  });

  it.each(['pause', 'mayOrder'] as const)('that it takes from nobody (%s) says with what T-Rex must be started', async (what) => {
    const { driver, rig } = await bench({ password: null }, null);
    expect(await driver[what]?.(within())).toMatchObject({
      ok: false,
      fault: { code: 'unauthorized', detail: expect.stringContaining('start T-Rex with --api-key') },
    });
    expect(rig.log).toEqual([]);
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing' });
  });

  it.each([
    ['where no file is named', null, 'name the file with it, passwordFile'],
    ['where its file could not be read', UNREADABLE, 'could not be read; mend it and reload'],
  ])('wants the password %s', async (_which, ours, words) => {
    const { driver, fake } = await bench({}, ours);
    for (const ask of [driver.pause, driver.mayOrder]) {
      expect(await ask?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized', detail: expect.stringContaining(words) } });
    }
    expect(fake.orders).toEqual([]);
    expect(fake.logins()).toBe(0);
  });

  it('is tried once with a wrong password, and again after five minutes; reading goes on, and no fault holds it', async () => {
    let now = 0;
    const rig = new SimRig(TRAITS, () => now);
    const fake = open(await startTrexFake({ rig, password: PASSWORD }));
    const kit = { ...rigKit('rig-1', new Map([[FILE, 'another-word']])), nowMs: () => now };
    const driver = open(trex.open({ host: '127.0.0.1', port: fake.port, passwordFile: FILE }, kit));
    for (const ask of [driver.pause, driver.mayOrder, driver.pause]) {
      const outcome = await ask?.(within());
      expect(outcome).toMatchObject({ ok: false, fault: { code: 'unauthorized', retry: 'later' } });
      expect(JSON.stringify(outcome)).not.toContain('another-word');
    }
    expect(fake.logins()).toBe(1);
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing' });
    now += 299_000;
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { detail: expect.stringContaining('again in 1 min') } });
    now += 2_000;
    await driver.pause?.(within());
    expect(fake.logins()).toBe(2);
  });

  it('goes on behind a new login where it has forgotten us', async () => {
    const { driver, fake, rig } = await bench();
    expect(await driver.mayOrder?.(within())).toEqual(DONE);
    fake.forget();
    expect(await driver.pause?.(within())).toEqual(DONE);
    expect(fake.logins()).toBe(2);
    expect(rig.look().saysPaused).toBe(true);
  });

  it('may be given, says its login, and nothing is changed by asking', async () => {
    const { driver, rig, fake } = await bench();
    expect(await driver.mayOrder?.(within())).toEqual(DONE);
    expect(await driver.mayOrder?.(within())).toEqual(DONE);
    expect(rig.log).toEqual([]);
    expect(fake.orders).toEqual([]);
    expect(fake.logins()).toBe(1);
  });

  it.each([
    ['refused', { success: 0, error: 'busy' }, 'refused it (busy)'],
    ['refused', { success: 0 }, 'no reason given'],
    ['garbled', { success: true }, 'neither done nor refused'],
    ['garbled', {}, 'neither done nor refused'],
  ] as const)('is %s by the answer %j', async (code, json, words) => {
    const driver = await answering({ status: 200, json });
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code, detail: expect.stringContaining(words) } });
  });

  it('that is refused behind a login is not sent for ever', async () => {
    const say = ({ path }: { readonly path: string }): HttpReply =>
      path === '/login' ? { status: 200, json: { sid: 'abc', success: 1 } } : { status: 403, json: {} };
    const server = open(await serveRigHttp(new SimRig(TRAITS, () => 0), { say }));
    const at = { host: '127.0.0.1', port: server.port, passwordFile: FILE };
    const driver = open(trex.open(at, rigKit('rig-1', new Map([[FILE, PASSWORD]]))));
    const detail = expect.stringContaining('lets us in, and then does not let us do it');
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized', detail } });
    expect(server.asked).toEqual(['GET /control', 'GET /login', 'GET /control']);
  });

  it('does not outlive a power cut: it comes back hashing', async () => {
    const { driver, rig, pass } = await bench();
    await driver.pause?.(within());
    rig.cut();
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    rig.feed();
    pass(60);
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing' });
    expect(await driver.pause?.(within())).toEqual(DONE);
    expect(rig.look().saysPaused).toBe(true);
  });
});
