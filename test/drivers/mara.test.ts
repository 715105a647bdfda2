// MARA's firmware: what its pages mean, how a mode is brought back, and that nothing else of its configuration is touched.
import { describe, expect, it } from '@jest/globals';
import { type MaraFake, type MaraFakeOptions, startMaraFake } from '../../src/fakes/mara-rig.ts';
import { type HttpAsked, type HttpReply, serveRigHttp } from '../../src/fakes/server-http.ts';
import type { RigReading } from '../../src/model/rig.ts';
import { mara } from '../../src/rigs/mara.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { SimRig, type SimRigTraits } from '../../src/sim/rig.ts';
import { maraAgreementIn, maraBody, maraConfIn, maraLook, maraModeBeforeIn, maraWhoIn } from '../../src/wire/mara.ts';
import { rigKit, within } from '../contract/rig-driver.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';

const open = closedAfterEach();

const OPTIONS = { passwordFile: 'rig-password' };
const SECRETS = new Map([['rig-password', 'root']]);
const TRAITS: SimRigTraits = { id: 'rig-1', hashRate: 110e12, watts: 3250 };
const FROM = { where: '192.0.2.1:80', who: 'a rig of MARA' };

interface Bench {
  readonly driver: RigDriver;
  readonly fake: MaraFake;
  readonly rig: SimRig;
  pass(seconds: number): void;
  /** The service starts anew, and remembers nothing. */
  another(): RigDriver;
}

/** Time goes by for rig and driver alike. */
async function bench({ traits, ...fakes }: Partial<MaraFakeOptions> & { readonly traits?: Partial<SimRigTraits> } = {}): Promise<Bench> {
  let now = 0;
  const nowMs = (): number => now;
  const rig = new SimRig({ ...TRAITS, ...traits }, nowMs);
  const fake = open(await startMaraFake({ rig, ...fakes }));
  const at = { host: '127.0.0.1', port: fake.port, apiPort: fake.apiPort, ...OPTIONS };
  const another = (): RigDriver => open(mara.open(at, { ...rigKit('rig-1', SECRETS), nowMs }));
  return {
    driver: another(),
    fake,
    rig,
    another,
    pass: (seconds) => {
      now += seconds * 1000;
    },
  };
}

/** A server that answers what `say` gives, before a driver. */
async function speaking(say: (asked: HttpAsked) => HttpReply): Promise<RigDriver> {
  const server = open(await serveRigHttp(new SimRig(TRAITS, () => 0), { say }));
  return open(mara.open({ host: '127.0.0.1', port: server.port, apiPort: server.port, ...OPTIONS }, rigKit('rig-1', SECRETS)));
}

async function readingOf(driver: RigDriver): Promise<RigReading> {
  const reading = await driver.read?.(within());
  if (!reading?.ok) throw new Error(reading?.fault.detail ?? 'it cannot be read');
  return reading.value;
}

const modeOf = ({ settings }: MaraFake): unknown => Reflect.get(Object(settings()['mode']), 'work-mode-selector');
const writesTo = ({ asked }: MaraFake): readonly string[] => asked.filter((one) => one.startsWith('POST'));

const POOLS = [{ url: 'stratum+tcp://a.invalid:1', user: 'u', pass: 'x' }];
const confOf = (json: object) =>
  maraConfIn({ status: 200, body: JSON.stringify({ pools: POOLS, mode: { 'work-mode-selector': 'Auto' }, ...json }) }, FROM);

describe('a reading of a rig of MARA', () => {
  it.each([{}, { unit: 'GH/s' as const }, { unit: 'TH/s' as const, wraps: true }])('tells all that it knows, said as %j', async (said) => {
    const { driver, pass } = await bench(said);
    pass(5_000);
    expect(await readingOf(driver)).toMatchObject({
      state: 'hashing',
      hashRate: 110e12,
      algorithm: 'sha256',
      watts: 3250,
      wattsFrom: 'estimated',
      mode: 'Auto',
      temperatureC: 72,
      boardTemperatureC: 52,
      fansRpm: [5200, 0],
      uptimeSeconds: 5_000,
      identity: '02:06:00:00:00:0a',
      firmware: 'MARA 3.1.4',
    });
  });

  it('has no watts, no temperature and no mode while it sleeps, for those are a model, no sensor, and the sleep', async () => {
    const { driver, pass } = await bench();
    await driver.pause?.(within());
    pass(60);
    const asleep = await readingOf(driver);
    expect(asleep).toMatchObject({ state: 'paused', hashRate: 0, fansRpm: [0, 0] });
    for (const key of ['watts', 'temperatureC', 'mode']) expect(Object.keys(asleep)).not.toContain(key);
  });

  it('never takes for paused what says that it sleeps and draws more than a rig that does', async () => {
    const { driver, rig, pass } = await bench();
    rig.misbehave({ lies: true });
    await driver.pause?.(within());
    pass(60);
    expect(await readingOf(driver)).toMatchObject({ state: 'unknown', hashRate: 110e12, watts: 3250 });
  });

  it.each([
    ['Sleep', 0, 25, 'paused'],
    ['sleep', undefined, undefined, 'paused'],
    ['Sleep', 0, 100, 'unknown'],
    ['Mining', 110, 3000, 'hashing'],
    ['Mining', undefined, 3000, 'hashing'],
    ['Mining', 0, 3000, 'unknown'],
    ['Paused', 0, 25, 'unknown'],
    ['Failure', 0, 25, 'unknown'],
  ])('takes one that is %s at %s TH/s and %s W for what it is', (status, rate, watts, state) => {
    const brief = new Map(Object.entries({ status, hashrate_realtime: rate, power_consumption_estimated: watts }));
    expect(maraLook({ brief }).state).toBe(state);
  });

  it.each([
    [{ hashrate_realtime: 110 }, 110e12],
    [{ hashrate_realtime: 110_000, hashrate_unit: 'GH/s' }, 110e12],
    [{ hashrate_realtime: 0.11, hashrate_unit: 'GH/s', hashrate_realtime_unit: 'PH/s' }, 110e12],
    [{ hashrate_realtime: 16_000, hashrate_unit: 'MH/s' }, 16e9],
    [{ hashrate_realtime: 110, hashrate_unit: 'hashes' }, undefined],
    [{ hashrate_realtime: 0, hashrate_unit: 'hashes' }, 0],
    [{ hashrate_realtime_10m: 110, hashrate_average: 110 }, undefined],
  ])('finds in %j %s H/s', (brief, hashRate) => {
    expect(maraLook({ brief: new Map(Object.entries({ status: 'Mining', ...brief })) }).hashRate).toBe(hashRate);
  });

  it.each([
    ['Antminer KS5 Pro', 'kheavyhash'],
    ['Antminer L9', 'scrypt'],
    ['Antminer S21 Imm', 'sha256'],
    ['Mara unknown', undefined],
  ])('knows that an %s hashes %s', (model, algorithm) => {
    expect(maraWhoIn(new Map([['model', model]])).algorithm).toBe(algorithm);
  });

  it('goes on by the older API where the login is refused, once in five minutes, and never finds a pause there', async () => {
    const { driver, fake, rig, pass } = await bench({ password: 'another' });
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing', hashRate: 110e12 });
    rig.order('pause');
    pass(60);
    expect((await readingOf(driver)).state).toBe('unknown');
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized' } });
    expect(fake.refusedLogins()).toBe(1);
    pass(300);
    await driver.pause?.(within());
    expect(fake.refusedLogins()).toBe(2);
  });

  it('is of no other machine', async () => {
    const driver = await speaking(() => ({ status: 200, json: { version: 1 } }));
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'garbled' } });
    const bare = await speaking(() => ({ status: 404, text: 'no' }));
    expect(await bare.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unsupported' } });
  });
});

describe('an order to a rig of MARA', () => {
  it('changes its work mode and nothing else, and brings back the mode that it had', async () => {
    const { driver, fake, pass } = await bench({ mode: 'Fixed' });
    const before = fake.settings();
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect(modeOf(fake)).toBe('Sleep');
    const { mode: asleep, ...others } = fake.settings();
    const { mode: awake, ...same } = before;
    expect(others).toEqual(same);
    expect(asleep).toEqual({ ...Object(awake), 'work-mode-selector': 'Sleep' });
    pass(60);
    expect((await driver.resume?.(undefined, within()))?.ok).toBe(true);
    expect(fake.settings()).toEqual(before);
    expect(writesTo(fake)).toHaveLength(2);
  });

  it('writes nothing where it is so already', async () => {
    const { driver, fake } = await bench();
    expect((await driver.resume?.('Stock', within()))?.ok).toBe(true);
    expect(modeOf(fake)).toBe('Auto');
    const { driver: sleeper, fake: asleep } = await bench({ traits: { startsAs: 'paused' } });
    expect((await sleeper.pause?.(within()))?.ok).toBe(true);
    expect([...writesTo(fake), ...writesTo(asleep)]).toEqual([]);
  });

  it.each([
    ['that it is given', 'Stock', true, 'Stock'],
    ['of its history, where none is given', undefined, true, 'Fixed'],
    ['of its history, where what is given is no mode', 'Sleep', true, 'Fixed'],
    ['that keeps its tuning, where there is no history', undefined, false, 'Auto'],
  ])('wakes it in the mode %s', async (_which, given, remembers, mode) => {
    const { driver, fake, another } = await bench({ mode: 'Fixed', remembers });
    await driver.pause?.(within());
    expect((await another().resume?.(given, within()))?.ok).toBe(true);
    expect(modeOf(fake)).toBe(mode);
  });

  it('wakes it in the mode that it was seen awake in, where none is given and there is no history', async () => {
    const { driver, fake } = await bench({ mode: 'Fixed', remembers: false });
    await driver.pause?.(within());
    expect((await driver.resume?.(undefined, within()))?.ok).toBe(true);
    expect(modeOf(fake)).toBe('Fixed');
  });

  it('has failed where the rig agrees and does nothing, and says what it says where it will not', async () => {
    const { driver } = await bench({ heeds: false });
    const asBefore = expect.stringContaining('its work mode is as before');
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'refused', detail: asBefore } });
    const { driver: other, rig } = await bench();
    rig.misbehave({ refuses: true });
    const busy = expect.stringContaining('(busy)');
    expect(await other.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'refused', detail: busy } });
  });

  it('has succeeded where its answer is rubbish and its mode is as wanted', async () => {
    let mode = 'Auto';
    const driver = await speaking(({ method }) => {
      if (method === 'GET') return { status: 200, json: { pools: POOLS, mode: { 'work-mode-selector': mode } } };
      mode = 'Sleep';
      return { status: 200, text: '<html>' };
    });
    expect((await driver.pause?.(within()))?.ok).toBe(true);
  });

  it.each([
    ['without pools', { pools: [] }],
    ['with masked pools', { pools: [{ url: 'a', user: 'u', pass: '****' }] }],
    ['with pools of another kind', { pools: ['a'] }],
    ['with pools that have no address', { pools: [{ url: '' }] }],
  ])('is not given where its configuration came %s', async (_which, json) => {
    const conf = confOf(json);
    expect(conf).toMatchObject({ ok: true, value: { unfit: expect.any(String) } });
    const written: string[] = [];
    const driver = await speaking(({ method, body }) => {
      if (method === 'POST') written.push(body);
      return { status: 200, json: { mode: { 'work-mode-selector': 'Auto' }, ...json } };
    });
    for (const ask of [driver.pause, driver.mayOrder]) {
      expect(await ask?.(within())).toMatchObject({ ok: false, fault: { code: 'refused', retry: 'later' } });
    }
    expect(written).toEqual([]);
  });

  it('limits its watts by its power target, and brings back how it was tuned', async () => {
    const { driver, fake } = await bench({ mode: 'Stock' });
    const before = fake.settings();
    expect((await driver.limitWatts?.(2000.7, within()))?.ok).toBe(true);
    const limited = { 'work-mode-selector': 'Auto', concorde: { 'mode-select': 'PowerTarget', 'power-target': 2000, 'hash-target': 110 } };
    expect(fake.settings()).toMatchObject({ mode: limited, pools: before['pools'] });
    expect((await driver.limitWatts?.(2000, within()))?.ok).toBe(true);
    expect((await driver.limitWatts?.(1500, within()))?.ok).toBe(true);
    expect((await driver.limitWatts?.(undefined, within()))?.ok).toBe(true);
    expect(fake.settings()).toEqual(before);
    expect((await driver.limitWatts?.(undefined, within()))?.ok).toBe(true);
    expect(writesTo(fake)).toHaveLength(3);
  });

  it('does not limit one that sleeps, and takes back no limit that is not ours', async () => {
    const { driver, fake, another } = await bench();
    expect((await driver.limitWatts?.(2000, within()))?.ok).toBe(true);
    expect(await another().limitWatts?.(undefined, within())).toMatchObject({ ok: false, fault: { code: 'refused' } });
    await driver.pause?.(within());
    expect(await driver.limitWatts?.(1500, within())).toMatchObject({ ok: false, fault: { code: 'refused', retry: 'later' } });
    expect(writesTo(fake)).toHaveLength(2);
  });

  it('makes it blink, starts it anew, and may be asked for without giving one', async () => {
    const { driver, fake, pass } = await bench();
    expect((await driver.mayOrder?.(within()))?.ok).toBe(true);
    expect(writesTo(fake)).toEqual([]);
    for (const on of [true, true, false]) {
      expect((await driver.locate?.(on, within()))?.ok).toBe(true);
      expect(fake.blinks()).toBe(on);
    }
    await driver.pause?.(within());
    expect((await driver.reboot?.(within()))?.ok).toBe(true);
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    pass(100);
    expect((await readingOf(driver)).state).toBe('paused');
  });

  it.each([
    ['{"error":false,"msg":"success"}', 200, undefined],
    ['{"error":true,"msg":"no"}', 200, 'refused'],
    ['{"error":"false"}', 200, 'refused'],
    ['{}', 200, 'garbled'],
    ['', 200, 'garbled'],
    ['x', 404, 'unsupported'],
    ['x', 500, 'refused'],
  ])('that is answered with %s and status %s is %s', (body, status, code) => {
    expect(maraAgreementIn({ status, body }, FROM)).toMatchObject(code === undefined ? { ok: true } : { ok: false, fault: { code } });
  });

  it('names the file that could not be read', async () => {
    const fake = open(await startMaraFake({ rig: new SimRig(TRAITS, () => 0) }));
    const driver = open(mara.open({ host: '127.0.0.1', port: fake.port, apiPort: fake.apiPort, ...OPTIONS }, rigKit()));
    const detail = expect.stringContaining('the file of passwordFile could not be read');
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized', detail } });
    expect((await readingOf(driver)).state).toBe('hashing');
    expect(mara.secretFiles?.({ host: '10.0.0.21', ...OPTIONS })).toEqual(['rig-password']);
  });
});

describe('a configuration of MARA', () => {
  it('goes back with all that it came with, also what is null or unknown', () => {
    const conf = confOf({ other: { deep: [1, null] }, none: null, mode: { 'work-mode-selector': 'Auto', concorde: { x: 1 }, y: 'z' } });
    if (!conf.ok) throw new Error(conf.fault.detail);
    expect(JSON.parse(maraBody(conf.value, { mode: 'Sleep' }))).toEqual({
      pools: POOLS,
      other: { deep: [1, null] },
      none: null,
      mode: { 'work-mode-selector': 'Sleep', concorde: { x: 1 }, y: 'z' },
    });
  });

  it.each([
    ['[]', undefined],
    ['{}', undefined],
    ['<html>', undefined],
    ['[{"t":[{"path":["Mode","WorkModeSelector"],"from":"Stock","to":"Sleep"}]}]', 'Stock'],
    ['[{"t":[{"path":["Mode","WorkModeSelector"],"from":"Sleep","to":"Sleep"}]}]', undefined],
    ['[{"t":[{"path":["Mode","WorkModeSelector"],"from":"Stock","to":"Auto"}]}]', undefined],
    ['[{"t":[{"path":["Pools","Url"],"from":"Stock","to":"Sleep"}]}]', undefined],
    [
      '[{"t":[{"path":["Mode","WorkModeSelector"],"from":"Stock","to":"Sleep"}]},{"u":[{"path":["mode","workmodeselector"],"from":"Fixed","to":"Sleep"}]},{"v":7},null]',
      'Fixed',
    ],
  ])('of whose history %s remains was last put to sleep from %s', (body, mode) => {
    expect(maraModeBeforeIn({ status: 200, body })).toBe(mode);
  });
});
