// VNish: what its pages mean, how we come in and stay in, and that nothing but mining and throttle is ever touched.
import { describe, expect, it } from '@jest/globals';
import { type HttpAsked, type HttpReply, serveRigHttp } from '../../src/fakes/server-http.ts';
import { startVnishFake, type VnishFake, type VnishFakeOptions } from '../../src/fakes/vnish-rig.ts';
import type { RigReading } from '../../src/model/rig.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { vnish } from '../../src/rigs/vnish.ts';
import { SimRig, type SimRigTraits } from '../../src/sim/rig.ts';
import { vnishInfoIn, vnishLook, vnishTokenIn } from '../../src/wire/vnish.ts';
import { type TcpBench, tcpBench } from '../contract/rig-bench.ts';
import { rigKit, within } from '../contract/rig-driver.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';

const open = closedAfterEach();

const BY_PASSWORD = { options: { passwordFile: 'rig-password' }, secrets: new Map([['rig-password', 'admin']]) };
const KEY = 'k'.repeat(32);
const BY_KEY = { options: { apiKeyFile: 'rig-key' }, secrets: new Map([['rig-key', KEY]]) };
const TRAITS: SimRigTraits = { id: 'rig-1', hashRate: 110e12, watts: 3250 };

interface Extra extends Partial<VnishFakeOptions> {
  readonly traits?: Partial<SimRigTraits>;
  readonly login?: typeof BY_PASSWORD | typeof BY_KEY;
}

async function bench({ traits, login = BY_PASSWORD, ...fake }: Extra = {}): Promise<TcpBench<VnishFake>> {
  return open(await tcpBench(vnish, { ...TRAITS, ...traits }, (rig, nowMs) => startVnishFake({ rig, nowMs, ...fake }), login));
}

interface Timed {
  readonly driver: RigDriver;
  readonly fake: VnishFake;
  pass(seconds: number): void;
}

/** As `bench`, and time goes by for the driver too. */
async function timed(fakes: Partial<VnishFakeOptions>, login: typeof BY_PASSWORD | typeof BY_KEY = BY_PASSWORD): Promise<Timed> {
  let now = 0;
  const nowMs = (): number => now;
  const fake = open(await startVnishFake({ rig: new SimRig(TRAITS, nowMs), nowMs, ...fakes }));
  const kit = { ...rigKit('rig-1', login.secrets), nowMs };
  const driver = open(vnish.open({ host: '127.0.0.1', port: fake.port, ...login.options }, kit));
  return {
    driver,
    fake,
    pass: (seconds) => {
      now += seconds * 1000;
    },
  };
}

/** A web server that answers what `say` gives, before a driver with a key. */
async function speaking(say: (asked: HttpAsked) => HttpReply): Promise<RigDriver> {
  const server = open(await serveRigHttp(new SimRig(TRAITS, () => 0), { say }));
  return open(vnish.open({ host: '127.0.0.1', port: server.port, ...BY_KEY.options }, rigKit('rig-1', BY_KEY.secrets)));
}

async function readingOf(driver: RigDriver): Promise<RigReading> {
  const reading = await driver.read?.(within());
  if (!reading?.ok) throw new Error(reading?.fault.detail ?? 'it cannot be read');
  return reading.value;
}

const ordersTo = ({ asked }: { readonly asked: readonly string[] }): readonly string[] =>
  asked.filter((one) => one.startsWith('POST') && !one.endsWith('/unlock'));

describe('a reading of a rig under VNish', () => {
  it('tells state, hash rate, watts of its meter, temperatures, fans, uptime and who it is', async () => {
    const { driver, pass } = await bench({ meter: true });
    pass(100_000);
    expect(await readingOf(driver)).toMatchObject({
      state: 'hashing',
      hashRate: 110e12,
      algorithm: 'sha256',
      watts: 3250,
      wattsFrom: 'measured',
      temperatureC: 77,
      boardTemperatureC: 65,
      fansRpm: [5400, 0],
      uptimeSeconds: 99_960,
      identity: expect.stringMatching(/^02:01(:[0-9a-f]{2}){4}$/),
      firmware: 'Vnish 1.3.4',
    });
  });

  it.each([1, 5, 15])('tells an uptime that never falls while it runs, asked every %i s: that would be a boot', async (seconds) => {
    const { driver, pass } = await timed({});
    pass(100_000);
    const told: number[] = [];
    for (let at = 0; at < 180; at += seconds) {
      told.push((await readingOf(driver)).uptimeSeconds ?? 0);
      pass(seconds);
    }
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(Math.max(...told)).toBeGreaterThan(told[0] ?? 0);
  });

  it('calls watts of the model estimated, and has none, and no temperatures, while the rig is stopped', async () => {
    const { driver, pass } = await bench();
    expect(await readingOf(driver)).toMatchObject({ watts: 3250, wattsFrom: 'estimated' });
    await driver.pause?.(within());
    pass(60);
    const stopped = await readingOf(driver);
    expect(stopped).toMatchObject({ state: 'paused', hashRate: 0 });
    expect(Object.keys(stopped)).not.toContain('watts');
    expect(Object.keys(stopped)).not.toContain('temperatureC');
  });

  it('never takes the efficiency that is called power_usage for watts', () => {
    expect(vnishLook('mining', new Map<string, unknown>([['power_usage', 29]]), 1e9).watts).toBeUndefined();
  });

  it('shows by its hash rate one that says it is stopped and is not', async () => {
    const { driver, rig, pass } = await bench({ meter: true });
    rig.misbehave({ lies: true });
    await driver.pause?.(within());
    pass(60);
    expect(await readingOf(driver)).toMatchObject({ state: 'paused', hashRate: 110e12, watts: 3250, wattsFrom: 'measured' });
  });

  it.each([
    ['stopped', 0, 'paused'],
    ['stopped', undefined, 'paused'],
    ['mining', 100, 'hashing'],
    ['mining', undefined, 'hashing'],
    ['mining', 0, 'unknown'],
    ['auto-tuning', 50, 'hashing'],
    ['initializing', 0, 'starting'],
    ['starting', 0, 'starting'],
    ['restarting', 0, 'starting'],
    ['shutting-down', 0, 'unknown'],
    ['failure', 0, 'unknown'],
    ['dreaming', 0, 'unknown'],
  ] as const)('takes one that is %s at %s GH/s for what it is', (word, rate, state) => {
    expect(vnishLook(word, rate === undefined ? undefined : new Map([['hr_realtime', rate]]), 1e9).state).toBe(state);
  });

  it('has no hash rate in a unit that it does not know, but for none at all', () => {
    const miner = (rate: number) => new Map([['hr_realtime', rate]]);
    expect(vnishLook('mining', miner(9500), 1e6).hashRate).toBe(9.5e9);
    expect(vnishLook('mining', miner(9500), undefined).hashRate).toBeUndefined();
    expect(vnishLook('mining', miner(0), undefined).hashRate).toBe(0);
  });

  it.each([
    ['0:06', 360],
    ['23:59', 86_340],
    ['1 day, 0:06', 86_760],
    ['12 days, 3:00', 1_047_600],
    ['a while', undefined],
  ])('takes an uptime of %s for its seconds', (uptime, uptimeSeconds) => {
    const answer = { ok: true, value: { status: 200, body: JSON.stringify({ system: { uptime } }) } } as const;
    expect(vnishInfoIn(answer, { where: '192.0.2.1:80', who: 'VNish' })?.uptimeSeconds).toBe(uptimeSeconds);
  });

  it('goes on without figures where the login is refused, and with them where they want none', async () => {
    const { driver } = await bench({ password: 'another' });
    const reading = await readingOf(driver);
    expect(reading.state).toBe('hashing');
    expect(Object.keys(reading)).not.toContain('hashRate');
    const { driver: other } = await bench({ password: 'another', hidesFigures: false });
    expect(await readingOf(other)).toMatchObject({ state: 'hashing', hashRate: 110e12 });
  });

  it('comes in by the key where a build hides its state too', async () => {
    const driver = await speaking(({ headers }) =>
      headers['x-api-key'] === KEY ? { status: 200, json: { miner_state: 'stopped' } } : { status: 401, text: '' },
    );
    expect((await readingOf(driver)).state).toBe('paused');
  });

  it('is of no other machine', async () => {
    const driver = await speaking(() => ({ status: 200, json: { version: '1' } }));
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'garbled' } });
    const bare = await speaking(() => ({ status: 404, text: 'no' }));
    const detail = expect.stringContaining('is this VNish');
    expect(await bare.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unsupported', detail } });
  });
});

describe('the login of a VNish', () => {
  it('is a token that is kept', async () => {
    const { driver, fake } = await bench();
    await readingOf(driver);
    await driver.pause?.(within());
    await driver.resume?.(undefined, within());
    expect(fake.logins()).toBe(1);
  });

  it('is made anew where the token has grown old, within the same order', async () => {
    const { driver, fake, pass } = await bench({ tokenSeconds: 60 });
    await readingOf(driver);
    pass(61);
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect(fake.logins()).toBe(2);
    expect(ordersTo(fake)).toEqual(['POST /api/v1/mining/stop', 'POST /api/v1/mining/stop']);
  });

  it('finds out which pages want the token bare', async () => {
    const { driver, fake, pass, rig } = await bench({ bareTokens: true });
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    pass(60);
    expect(await readingOf(driver)).toMatchObject({ state: 'paused', hashRate: 0 });
    const logins = fake.logins();
    expect((await driver.resume?.(undefined, within()))?.ok).toBe(true);
    expect((await driver.reboot?.(within()))?.ok).toBe(true);
    expect(rig.look().answers).toBe(false);
    expect(fake.logins()).toBe(logins);
  });

  it('is a key where there is one, and no login then', async () => {
    const { driver, fake } = await bench({ apiKey: KEY, login: BY_KEY });
    expect(await readingOf(driver)).toMatchObject({ hashRate: 110e12 });
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect(fake.asked).not.toContain('POST /api/v1/unlock');
  });

  it('is tried once in five minutes where the key is wrong, and reading goes on', async () => {
    const { driver, fake, pass } = await timed({ apiKey: 'another', hidesFigures: false }, BY_KEY);
    for (const ask of [driver.pause, driver.mayOrder]) {
      expect(await ask?.(within())).toMatchObject({
        ok: false,
        fault: { code: 'unauthorized', detail: expect.stringContaining('apiKeyFile') },
      });
    }
    expect(ordersTo(fake)).toHaveLength(1);
    expect(await readingOf(driver)).toMatchObject({ hashRate: 110e12 });
    pass(301);
    await driver.pause?.(within());
    expect(ordersTo(fake)).toHaveLength(2);
  });

  it('is tried once in five minutes where the password is wrong, and later where the rig locks itself', async () => {
    const { driver, fake, pass } = await timed({ password: 'another' });
    const pausing = async (): Promise<string> => {
      const outcome = await driver.pause?.(within());
      expect(outcome).toMatchObject({ ok: false, fault: { code: 'unauthorized', retry: 'later' } });
      return outcome?.ok === false ? outcome.fault.detail : '';
    };
    await driver.read?.(within());
    expect(await pausing()).toContain('tried again in 5 min');
    expect(fake.refusedLogins()).toBe(1);
    for (const at of [2, 3]) {
      pass(301);
      expect(await pausing()).toContain('does not take the password');
      expect(fake.refusedLogins()).toBe(at);
    }
    // By then it is locked for ten minutes, of which five are left.
    pass(301);
    expect(await pausing()).toContain('wants no login for a while');
    expect(fake.refusedLogins()).toBe(4);
    pass(290);
    await pausing();
    expect(fake.refusedLogins()).toBe(4);
  });

  it('is tried once in five minutes also by a build that refuses it in another way', async () => {
    const say = ({ path }: HttpAsked): HttpReply => {
      if (path.endsWith('/unlock')) return { status: 400, json: { err: 'wrong password' } };
      return path.endsWith('/status') ? { status: 200, json: { miner_state: 'mining' } } : { status: 401, text: '' };
    };
    const server = open(await serveRigHttp(new SimRig(TRAITS, () => 0), { say }));
    const driver = open(vnish.open({ host: '127.0.0.1', port: server.port, ...BY_PASSWORD.options }, rigKit('rig-1', BY_PASSWORD.secrets)));
    await readingOf(driver);
    await readingOf(driver);
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized' } });
    expect(server.asked.filter((one) => one.endsWith('/unlock'))).toHaveLength(1);
  });

  it('holds for orders where one page of figures refuses whoever comes, and is not given again for that page', async () => {
    const say = ({ path, headers }: HttpAsked): HttpReply => {
      if (path.endsWith('/unlock')) return { status: 200, json: { token: 'tok' } };
      if (path.endsWith('/status')) return { status: 200, json: { miner_state: 'mining' } };
      return headers.authorization === 'Bearer tok' && !path.endsWith('/summary') ? { status: 200, json: {} } : { status: 401, text: '' };
    };
    const server = open(await serveRigHttp(new SimRig(TRAITS, () => 0), { say }));
    const driver = open(vnish.open({ host: '127.0.0.1', port: server.port, ...BY_PASSWORD.options }, rigKit('rig-1', BY_PASSWORD.secrets)));
    await readingOf(driver);
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect((await readingOf(driver)).state).toBe('hashing');
    expect((await driver.resume?.(undefined, within()))?.ok).toBe(true);
    expect(server.asked.filter((one) => one.endsWith('/unlock'))).toHaveLength(1);
  });

  it('names the file that could not be read, and asks for nothing', async () => {
    const fake = open(await startVnishFake({ rig: new SimRig(TRAITS, () => 0), nowMs: () => 0 }));
    const driver = open(vnish.open({ host: '127.0.0.1', port: fake.port, apiKeyFile: 'rig-key' }, rigKit()));
    const detail = expect.stringContaining('the file of apiKeyFile could not be read');
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized', detail } });
    expect(fake.asked).toEqual([]);
  });

  it('is by one file: not by two, and not by none', () => {
    const host = '10.0.0.21';
    expect(vnish.options.safeParse({ host, apiKeyFile: 'a' }).success).toBe(true);
    expect(vnish.options.safeParse({ host }).success).toBe(false);
    expect(vnish.options.safeParse({ host, apiKeyFile: 'a', passwordFile: 'b' }).success).toBe(false);
  });

  it('never stands in a fault', async () => {
    const driver = await speaking(() => ({ status: 500, json: { err: 'no' } }));
    for (const ask of [driver.pause, driver.read, driver.mayOrder]) expect(JSON.stringify(await ask?.(within()))).not.toContain(KEY);
    const cut = { status: 200, body: '{"token":"0123456789abcdef0123456789abcdef' };
    const token = vnishTokenIn(cut, { where: '10.0.0.21:80', who: 'VNish' });
    expect(token).toMatchObject({ ok: false, fault: { code: 'garbled', detail: expect.stringContaining('JSON that is broken') } });
    expect(JSON.stringify(token)).not.toContain('0123');
  });
});

describe('an order to a rig under VNish', () => {
  it('stops and starts mining, and touches nothing else', async () => {
    const { driver, fake, pass } = await bench();
    await driver.pause?.(within());
    pass(60);
    await driver.resume?.('x', within());
    expect(ordersTo(fake)).toEqual(['POST /api/v1/mining/stop', 'POST /api/v1/mining/start']);
    expect(fake.throttled()).toBe(100);
  });

  it('has succeeded where the rig refuses what it already is', async () => {
    const { driver } = await bench({ traits: { startsAs: 'paused' } });
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    const { driver: hashing } = await bench();
    expect((await hashing.resume?.(undefined, within()))?.ok).toBe(true);
  });

  it('says what the rig says where it will not', async () => {
    const { driver, rig } = await bench();
    rig.misbehave({ refuses: true });
    const detail = expect.stringContaining('failed-to-activate-pause-mode');
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'refused', detail } });
  });

  it.each([
    ['nothing', { status: 200, text: '' }, true],
    ['an empty object', { status: 200, json: {} }, true],
    ['success', { status: 200, json: { success: true } }, true],
    ['nothing, as no content', { status: 204, text: '' }, true],
    ['no success', { status: 200, json: { success: false } }, false],
    ['an error', { status: 200, json: { err: 'busy' } }, false],
    ['a page', { status: 200, text: '<html>login</html>' }, false],
    ['that it is forbidden', { status: 403, text: '' }, false],
    ['that it must restart first', { status: 200, json: { restart_required: true } }, false],
  ])('that is answered with %s is taken for what it is', async (_which, reply, agreed) => {
    const driver = await speaking(({ method }) => (method === 'POST' ? reply : { status: 200, json: { miner_state: 'mining' } }));
    expect((await driver.pause?.(within()))?.ok).toBe(agreed);
  });

  it('does not turn a light off that it is to turn on', async () => {
    const { driver, fake } = await bench();
    for (const on of [true, true, false, false]) {
      expect((await driver.locate?.(on, within()))?.ok).toBe(true);
      expect(fake.blinks()).toBe(on);
    }
  });

  it('may be asked for without giving one, also of a build that has no page for it', async () => {
    const { driver, fake } = await bench();
    expect((await driver.mayOrder?.(within()))?.ok).toBe(true);
    expect(ordersTo(fake)).toEqual([]);
    const older = open(
      await serveRigHttp(new SimRig(TRAITS, () => 0), {
        say: ({ path }) => (path.endsWith('/unlock') ? { status: 200, json: { token: 'abc' } } : { status: 404, text: 'no' }),
      }),
    );
    const login = rigKit('rig-1', BY_PASSWORD.secrets);
    const by = open(vnish.open({ host: '127.0.0.1', port: older.port, ...BY_PASSWORD.options }, login));
    expect((await by.mayOrder?.(within()))?.ok).toBe(true);
  });

  it('pauses a rig again that hashes after a power cut, for it forgot', async () => {
    const { driver, rig, pass } = await bench({ traits: { pausePersists: false } });
    await driver.pause?.(within());
    rig.cut();
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    rig.feed();
    pass(100);
    expect((await readingOf(driver)).state).toBe('hashing');
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    pass(60);
    expect((await readingOf(driver)).state).toBe('paused');
  });
});
