// Antminers under Bitmain's own firmware: how we log in to them, and what their pages mean.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { startAntminerFake } from '../../src/fakes/antminer-rig.ts';
import { serve4028 } from '../../src/fakes/server-4028.ts';
import { type HttpReply, serveRigHttp } from '../../src/fakes/server-http.ts';
import { antminer } from '../../src/rigs/antminer.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { SimRig } from '../../src/sim/rig.ts';
import { BITMAIN } from '../../src/wire/antminer.ts';
import { authorization } from '../../src/wire/http-auth.ts';
import { cgiConfIn, cgiLook } from '../../src/wire/miner-cgi.ts';
import { rigKit, within } from '../contract/rig-driver.ts';
import { antminerBench, GOOD, NONE, OPTIONS, readingOf, SECRETS, speakingAntminer } from '../support/antminer-bench.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';

const open = closedAfterEach();

describe('the login of an Antminer', () => {
  it('is, by the vector of its CGI, the Digest that the rig expects', () => {
    const challenge = {
      scheme: 'digest',
      algorithm: 'MD5',
      realm: 'antMiner Configuration',
      nonce: 'abc123',
      qop: 'auth',
      stale: false,
    } as const;
    const use = { method: 'POST', uri: '/cgi-bin/set_miner_conf.cgi', count: 1, cnonce: '0a4f113b' };
    expect(authorization(challenge, { username: 'root', password: 'root' }, use)).toContain('response="c5974426d6b51739277b07d2d792b607"');
  });

  it.each([true, false])('goes through whether each may be used once only (%s) or for long', async (freshNonces) => {
    const { driver, fake } = open(await antminerBench({ freshNonces }));
    expect((await readingOf(driver)).state).toBe('hashing');
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect(fake.refusedLogins()).toBe(0);
  });

  it.each([
    [1, true],
    [2, false],
  ])('is answered anew where the challenge went stale %d times meanwhile, but not for ever', async (times, taken) => {
    let left = times;
    const stale = { 'www-authenticate': 'Digest realm="antMiner Configuration", nonce="n", qop="auth", stale=true' };
    const rig = new SimRig({ id: 'rig-1', hashRate: 110e12, watts: 3250 }, () => 0);
    const server = await serveRigHttp(rig, {
      say: ({ headers }) => {
        if (headers.authorization !== undefined && left-- <= 0) return { status: 200, json: GOOD };
        return { status: 401, text: 'no', headers: stale };
      },
    });
    open(server);
    const at = { host: '127.0.0.1', port: server.port, apiPort: server.port, ...OPTIONS };
    const driver = open(antminer.open(at, rigKit('rig-1', SECRETS)));
    expect((await driver.mayOrder?.(within()))?.ok).toBe(taken);
    expect(server.asked).toHaveLength(3);
  });

  it('is tried once where the password is wrong, and again after five minutes', async () => {
    let now = 0;
    const rig = new SimRig({ id: 'rig-1', hashRate: 110e12, watts: 3250 }, () => now);
    const fake = open(await startAntminerFake({ rig, nowMs: () => now, password: 'another' }));
    const at = { host: '127.0.0.1', port: fake.port, apiPort: fake.port, ...OPTIONS };
    const driver = open(antminer.open(at, { ...rigKit('rig-1', SECRETS), nowMs: () => now }));
    for (const ask of [driver.pause, driver.read, driver.mayOrder, driver.pause]) {
      expect(await ask?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized', retry: 'later' } });
    }
    expect(fake.refusedLogins()).toBe(1);
    now += 299_000;
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { detail: expect.stringContaining('again in 1 min') } });
    now += 2_000;
    await driver.pause?.(within());
    expect(fake.refusedLogins()).toBe(2);
  });

  it('is not tried at all without a password, and the fault says what to do', async () => {
    const rig = new SimRig({ id: 'rig-1', hashRate: 110e12, watts: 3250 }, () => 0);
    const fake = open(await startAntminerFake({ rig, nowMs: () => 0 }));
    const driver = open(antminer.open({ host: '127.0.0.1', port: fake.port, ...OPTIONS }, rigKit('rig-1')));
    const detail = expect.stringContaining('the file of passwordFile could not be read');
    for (const ask of [driver.pause, driver.mayOrder, driver.pause]) {
      expect(await ask?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized', detail } });
    }
    expect(fake.refusedLogins()).toBe(0);
  });
});

describe('a reading where the login is refused', () => {
  const S = '"STATUS":[{"STATUS":"S","Code":1,"Msg":"x"}]';

  async function besides(answers: Readonly<Record<string, string>>): Promise<RigDriver> {
    const reply = (text: string): string => `${answers[String(JSON.parse(text).command)] ?? '{"STATUS":[{"STATUS":"E","Code":14}]}'}\0`;
    const api = open(await serve4028({ answers: () => true, delaySeconds: () => 0, reply }));
    const rig = new SimRig({ id: 'rig-1', hashRate: 110e12, watts: 3250 }, () => 0);
    const fake = open(await startAntminerFake({ rig, nowMs: () => 0, password: 'another' }));
    const at = { host: '127.0.0.1', port: fake.port, apiPort: api.port, ...OPTIONS };
    return open(antminer.open(at, rigKit('rig-1', SECRETS)));
  }

  it('goes on by the API that wants none', async () => {
    const driver = await besides({
      summary: `{${S},"SUMMARY":[{"Elapsed":5000,"GHS 5s":"110566.89","GHS av":111834}]}`,
      // Two objects without a comma between them, as the real one.
      stats: `{${S},"STATS":[{"Type":"Antminer S19 Pro"}{"fan1":6000,"fan2":5880,"temp_chip1":"78-50","temp_pcb1":"73-45","temp_chip4":"0-0"}]}`,
    });
    expect(await readingOf(driver)).toMatchObject({
      state: 'hashing',
      hashRate: 110_566.89e9,
      temperatureC: 78,
      boardTemperatureC: 73,
      fansRpm: [6000, 5880],
      uptimeSeconds: 5000,
    });
  });

  it('knows no pause, for that API has no word for it', async () => {
    const driver = await besides({ summary: `{${S},"SUMMARY":[]}`, stats: `{${S},"STATS":[]}` });
    expect((await readingOf(driver)).state).toBe('unknown');
    const still = await besides({ summary: `{${S},"SUMMARY":[{"Elapsed":9,"GHS 5s":0}]}` });
    expect((await readingOf(still)).state).toBe('unknown');
  });

  const RECORDED = '../shared/data/miners/antminer-stock/s19pro-2022';
  (existsSync(`${RECORDED}.summary.rpc.json`) ? it : it.skip)('is right on the answers recorded from an S19 Pro', async () => {
    const recorded = (command: string): string => readFileSync(`${RECORDED}.${command}.rpc.json`, 'utf8');
    const driver = await besides({ summary: recorded('summary'), stats: recorded('stats') });
    expect(await readingOf(driver)).toMatchObject({
      state: 'hashing',
      hashRate: 110_566.89e9,
      temperatureC: 78,
      boardTemperatureC: 73,
      fansRpm: [6000, 5880, 5040, 5040],
      uptimeSeconds: 50_474,
    });
  });
});

describe('a reading of an Antminer', () => {
  it('tells state, hash rate of the last seconds, temperatures, fans, mode and who it is, and no watts, for it has none', async () => {
    const { driver } = open(await antminerBench({ mode: 3 }));
    const reading = await readingOf(driver);
    expect(reading).toMatchObject({
      state: 'hashing',
      hashRate: 110e12,
      algorithm: 'sha256',
      temperatureC: 77,
      boardTemperatureC: 67,
      fansRpm: [5880, 6000, 5040, 5040],
      uptimeSeconds: 0,
      mode: '3',
      identity: expect.stringMatching(/^02:00(:[0-9a-f]{2}){4}$/),
      firmware: 'Antminer S19 Pro SIM-1.0',
    });
    expect(reading.watts).toBeUndefined();
  });

  it('asks who it is once, and again after it was away', async () => {
    const { driver, rig, fake, pass } = open(await antminerBench());
    const asked = (): number => fake.asked.filter((one) => one.includes('get_system_info')).length;
    await readingOf(driver);
    const once = asked();
    await readingOf(driver);
    expect(asked()).toBe(once);
    rig.cut();
    expect((await driver.read?.(within()))?.ok).toBe(false);
    rig.feed();
    pass(60);
    await readingOf(driver);
    expect(asked()).toBeGreaterThan(once);
  });

  it.each(['nothing', 'zeros'] as const)('sees one asleep that shows %s, and gives no mode to come back to', async (asleepShows) => {
    const { driver, pass } = open(await antminerBench({ asleepShows }));
    await driver.pause?.(within());
    pass(60);
    const asleep = await readingOf(driver);
    expect(asleep.state).toBe('paused');
    expect(asleep.mode).toBeUndefined();
    expect(asleep.hashRate).toBe(asleepShows === 'zeros' ? 0 : undefined);
  });

  it('knows no pause by lists that are empty while the write is being taken up, for they are so of one that goes on too', async () => {
    const { driver, rig, pass } = open(await antminerBench());
    await readingOf(driver);
    rig.misbehave({ lies: true });
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect((await readingOf(driver)).state).toBe('unknown');
    pass(60);
    expect((await readingOf(driver)).state).toBe('hashing');
    rig.misbehave({ lies: false });
  });

  it('shows by its hash rate one that is set to sleep and goes on', async () => {
    const { driver, rig, pass } = open(await antminerBench());
    rig.misbehave({ lies: true });
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    pass(60);
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing', hashRate: 110e12 });
  });

  const ASLEEP = '{"bitmain-work-mode":1}';
  it.each([
    ['set to sleep, its lists empty', ASLEEP, [], [], 'paused'],
    ['set to sleep, as text, at 0 H/s', '{"bitmain-work-mode":"1"}', [{ rate_5s: 0 }], undefined, 'paused'],
    ['set to sleep under the older name', '{"miner-mode":1}', [], [], 'paused'],
    ['set to sleep, its process still in another mode', ASLEEP, [{ rate_5s: 0 }], [{ 'miner-mode': 0 }], 'unknown'],
    ['set to sleep, its rates not read', ASLEEP, undefined, undefined, 'unknown'],
    ['set to sleep, with averages alone', ASLEEP, [{ rate_avg: 0, rate_30m: 0 }], [], 'unknown'],
    ['set to sleep and hashing', ASLEEP, [{ rate_5s: 9, rate_unit: 'GH/s' }], [], 'hashing'],
    ['awake, its lists empty, as while it reloads', '{"bitmain-work-mode":0}', [], [], 'unknown'],
    ['awake and just started', '{"bitmain-work-mode":""}', [{ rate_5s: 0, elapsed: 40 }], [], 'starting'],
    ['awake at 0 H/s for hours, perhaps without a pool', '{"bitmain-work-mode":"3"}', [{ rate_5s: 0, elapsed: 40_000 }], [], 'unknown'],
    ['in a mode of which nobody has heard, at 0 H/s', '{"bitmain-work-mode":-7,"pools":[]}', [{ rate_5s: 0 }], [], 'unknown'],
  ])('takes one %s for what it is', (_which, conf, summary, stats, state) => {
    const settings = cgiConfIn({ status: 200, body: conf }, { where: '192.0.2.1:80', who: 'the Antminer' }, BITMAIN);
    if (!settings.ok) throw new Error(settings.fault.detail);
    const rows = (list: readonly object[] | undefined) => list?.map((row) => new Map<string, unknown>(Object.entries(row)));
    expect(cgiLook({ conf: settings.value, summary: rows(summary), stats: rows(stats) }, BITMAIN).state).toBe(state);
  });

  it.each([
    [{ rate_5s: 110_000.5 }, 110_000.5e9],
    [{ rate_5s: '9500.25', rate_unit: 'MH/s' }, 9500.25e6],
    [{ rate_5s: 20.5, rate_unit: 'TH/s' }, 20.5e12],
    [{ rate_5s: 420, rate_unit: 'KSol/s' }, 420e3],
    [{ rate_5s: 0, rate_unit: 'furlongs' }, 0],
    [{ rate_5s: 5, rate_unit: 'furlongs' }, undefined],
    [{ rate_5s: '' }, undefined],
    [{ rate_5s: -1 }, undefined],
  ])('takes %j for its H/s', (row, hashRate) => {
    const conf = { mode: 0, settings: new Map() };
    expect(cgiLook({ conf, summary: [new Map<string, unknown>(Object.entries(row))], stats: [] }, BITMAIN).hashRate).toBe(hashRate);
  });

  it.each([
    ['miner power:3245', 3245],
    ['miner power: 3245.5\n', 3245.5],
    ['miner power:0', undefined],
    ['miner power:-3', undefined],
    ['{"power":3245}', undefined],
    ['', undefined],
  ])('has, of the port that some models tell them on, %j for its watts', async (text, watts) => {
    const { port } = open(
      await serveRigHttp(new SimRig({ id: 'm', hashRate: 1, watts: 1 }, () => 0), { say: () => ({ status: 200, text }) }),
    );
    const say = (): HttpReply => ({ status: 200, json: GOOD });
    const { driver } = open(await speakingAntminer(say, { wattsPort: port }));
    const reading = await readingOf(driver);
    expect(reading.watts).toBe(watts);
    expect(reading.wattsFrom).toBe(watts === undefined ? undefined : 'estimated');
  });

  it('leaves out what a board that is not there shows', () => {
    const board = { temp_chip: ['', '0', 0, null, 'hot', 61.5], temp_pcb: [] };
    const stats = [new Map<string, unknown>(Object.entries({ fan: ['5880', 0, '', null], chain: [board, null, 7] }))];
    const look = cgiLook({ conf: { mode: 0, settings: new Map() }, summary: undefined, stats }, BITMAIN);
    expect(look).toMatchObject({ temperatureC: 61.5, boardTemperatureC: undefined, fansRpm: [5880, 0] });
  });

  const SYSTEM = '../shared/data/miners/antminer-stock/s21-2025.get_system_info.cgi.json';
  (existsSync(SYSTEM) ? it : it.skip)('is right on what was recorded from an S21', async () => {
    const { driver } = open(
      await speakingAntminer((path) => {
        if (path.endsWith('/get_system_info.cgi')) return { status: 200, text: readFileSync(SYSTEM, 'utf8') };
        return path.endsWith('/get_miner_conf.cgi') ? { status: 200, json: GOOD } : NONE;
      }),
    );
    expect(await readingOf(driver)).toMatchObject({
      state: 'unknown',
      identity: '02:00:00:00:00:01',
      firmware: 'Antminer S21 FR-1.12(251009-S21)',
      algorithm: 'sha256',
    });
  });
});
