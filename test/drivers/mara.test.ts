// Antminers under MARA's firmware: a configuration that goes back byte by byte but for its mode, and the mode from before.
import { describe, expect, it } from '@jest/globals';
import { type MaraFake, type MaraFakeOptions, startMaraFake } from '../../src/fakes/mara-rig.ts';
import { serve4028 } from '../../src/fakes/server-4028.ts';
import { type HttpReply, serveRigHttp } from '../../src/fakes/server-http.ts';
import type { RigReading } from '../../src/model/rig.ts';
import { mara } from '../../src/rigs/mara.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { SimRig, type SimRigTraits } from '../../src/sim/rig.ts';
import { maraModeBeforeSleep } from '../../src/wire/mara.ts';
import { type TcpBench, tcpBench } from '../contract/rig-bench.ts';
import { rigKit, within } from '../contract/rig-driver.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';
import { eventually } from '../support/eventually.ts';

const open = closedAfterEach();
const TRAITS = { id: 'rig-1', hashRate: 104e12, watts: 3068 };
const SECRETS: ReadonlyMap<string, string> = new Map([['rig-password', 'root']]);
const OPTIONS = { passwordFile: 'rig-password' };

async function bench(fake: Partial<MaraFakeOptions> = {}, traits: Partial<SimRigTraits> = {}): Promise<TcpBench<MaraFake>> {
  const start = (rig: SimRig, nowMs: () => number): Promise<MaraFake> => startMaraFake({ rig, nowMs, writeSeconds: 0, ...fake });
  return open(await tcpBench(mara, { ...TRAITS, ...traits }, start, { options: OPTIONS, secrets: SECRETS }));
}

async function readingOf(driver: RigDriver): Promise<RigReading> {
  const reading = await driver.read?.(within());
  if (!reading?.ok) throw new Error(reading?.fault.detail ?? 'it cannot be read');
  return reading.value;
}

/** A web server that wants no login and answers what `say` gives. */
async function speaking(say: (page: string) => HttpReply): Promise<{ readonly driver: RigDriver; readonly written: readonly string[] }> {
  const written: string[] = [];
  const server = open(
    await serveRigHttp(new SimRig(TRAITS, () => 0), {
      say: ({ method, path, body }) => {
        if (method === 'POST') written.push(body);
        return say(path.replace('/kaonsu/v1/', ''));
      },
    }),
  );
  return { driver: open(mara.open({ host: '127.0.0.1', port: server.port, ...OPTIONS }, rigKit('rig-1', SECRETS))), written };
}

const POOL = { url: 'stratum+tcp://first.pool.invalid:3333', user: 'farm.worker', pass: 'x' };
const confOf = (mode: unknown): HttpReply => ({ status: 200, json: { mode: { 'work-mode-selector': mode }, pools: [POOL] } });
const modeIn = (text: string): unknown => JSON.parse(text).mode['work-mode-selector'];

describe("a rig under MARA's firmware", () => {
  it('is not asked for its boards and fans by a look that an order waits for', async () => {
    const { driver, fake } = await bench();
    expect(await driver.read?.(within(), 'brief')).toMatchObject({ ok: true, value: { state: 'hashing', hashRate: 104e12, watts: 3068 } });
    expect(fake.asked.join(' ')).not.toMatch(/hashboards|fans/);
    await driver.read?.(within());
    expect(fake.asked.join(' ')).toMatch(/hashboards.*fans/);
  });

  it('is read with everything that it tells, its rate in TH/s and its watts as a model has them', async () => {
    const { driver, pass } = await bench();
    pass(100);
    expect(await readingOf(driver)).toMatchObject({
      state: 'hashing',
      hashRate: 104e12,
      algorithm: 'sha256',
      watts: 3068,
      wattsFrom: 'estimated',
      temperatureC: 77,
      boardTemperatureC: 67,
      fansRpm: [5200, 5260, 5180, 5240],
      uptimeSeconds: 100,
      mode: 'Auto',
      identity: expect.stringMatching(/^02:00(:[0-9a-f]{2}){4}$/),
      firmware: 'MARA 1.0.3',
    });
  });

  it('sleeps and wakes by one word of its configuration, of which not a byte else is changed', async () => {
    const { driver, fake, pass } = await bench({ mode: 'Fixed' });
    const before = fake.config();
    expect(before).toContain('9007199254740993');
    const { mode } = await readingOf(driver);
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect(fake.config()).toBe(before.replace('"work-mode-selector": "Fixed"', '"work-mode-selector": "Sleep"'));
    pass(60);
    const asleep = await readingOf(driver);
    expect(asleep).toMatchObject({ state: 'paused', hashRate: 0, watts: 25 });
    expect(Object.keys(asleep)).not.toContain('mode');
    expect((await driver.resume?.(mode, within()))?.ok).toBe(true);
    expect(fake.config()).toBe(before);
  });

  it('writes nothing where it is as wanted', async () => {
    const { driver, fake } = await bench({ mode: 'Stock' });
    const writes = (): number => fake.asked.filter((one) => one.startsWith('POST')).length;
    expect((await driver.resume?.('Auto', within()))?.ok).toBe(true);
    expect(writes()).toBe(0);
    await driver.pause?.(within());
    const once = writes();
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect(writes()).toBe(once);
  });

  it('wakes in the mode that it is told, or was seen in, or had by its own history, or else as Bitmain made it', async () => {
    const seen = await bench({ mode: 'Fixed' });
    await seen.driver.pause?.(within());
    await seen.driver.resume?.('Stock', within());
    expect(modeIn(seen.fake.config())).toBe('Stock');
    await seen.driver.pause?.(within());
    await seen.driver.resume?.(undefined, within());
    expect(modeIn(seen.fake.config())).toBe('Stock');
    const asleep = await bench({ mode: 'Fixed' }, { startsAs: 'paused' });
    await asleep.driver.resume?.('Sleep', within());
    expect(modeIn(asleep.fake.config())).toBe('Fixed');
    const { driver, written } = await speaking((page) => (page === 'miner_config' ? confOf('Sleep') : { status: 404, text: 'no' }));
    await driver.resume?.(undefined, within());
    expect(modeIn(written[0] ?? '')).toBe('Stock');
  });

  it('wakes in the mode of a history that has grown long, and not in another one while it tells none', async () => {
    const changes = [...Array(900).keys()].map((at) => ({
      [`2025-01-01T00:00:${at}Z`]: [
        {
          type: 'update',
          path: ['Mode', 'WorkModeSelector'],
          from: at % 2 === 1 ? 'Fixed' : 'Sleep',
          to: at % 2 === 1 ? 'Sleep' : 'Fixed',
        },
      ],
    }));
    let sound = false;
    const { driver, written } = await speaking((page) => {
      if (page === 'miner_config') return confOf('Sleep');
      return sound ? { status: 200, json: changes } : { status: 503, text: 'starting' };
    });
    expect(await driver.resume?.(undefined, within())).toMatchObject({ ok: false, fault: { code: 'refused', retry: 'soon' } });
    expect(written).toEqual([]);
    sound = true;
    await driver.resume?.(undefined, within());
    expect(modeIn(written[0] ?? '')).toBe('Fixed');
  });

  it('tells no watts where its model says 0, for whoever answers draws some', async () => {
    const { driver } = await speaking((page) =>
      page === 'miner_config'
        ? confOf('Sleep')
        : { status: 200, json: { status: 'Sleeping', hashrate_realtime: 0, power_consumption_estimated: 0 } },
    );
    const reading = await readingOf(driver);
    expect(reading.state).toBe('paused');
    expect(Object.keys(reading)).not.toContain('watts');
    expect(Object.keys(reading)).not.toContain('wattsFrom');
  });

  it('has failed where it agrees and does nothing', async () => {
    const { driver, fake } = await bench({ heeds: false });
    const before = fake.config();
    const detail = expect.stringContaining('agreed, and its work mode is as before');
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'refused', detail } });
    expect(fake.config()).toBe(before);
  });

  it('may be read while the answer to a write is on its way', async () => {
    const { driver, fake } = await bench({ writeSeconds: 4 });
    let answered = false;
    const pausing = driver.pause?.(within(30_000)).then((outcome) => {
      answered = true;
      return outcome;
    });
    await eventually('the write is sent', () => fake.asked.includes('POST /kaonsu/v1/miner_config'), 10_000);
    expect((await driver.read?.(within()))?.ok).toBe(true);
    expect(answered).toBe(false);
    expect((await pausing)?.ok).toBe(true);
  }, 30_000);

  it('stays asleep over a power cut', async () => {
    const { driver, rig, pass } = await bench();
    await driver.pause?.(within());
    rig.cut();
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    rig.feed();
    pass(60);
    expect((await readingOf(driver)).state).toBe('paused');
    expect((await driver.resume?.('Auto', within()))?.ok).toBe(true);
    pass(600);
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing', mode: 'Auto' });
  });

  it('reboots, blinks and stops to, and may be asked for an order without one', async () => {
    const { driver, rig, fake } = await bench();
    expect((await driver.mayOrder?.(within()))?.ok).toBe(true);
    expect(fake.asked.filter((one) => one.startsWith('POST'))).toEqual([]);
    for (const on of [true, false]) {
      expect((await driver.locate?.(on, within()))?.ok).toBe(true);
      expect(fake.blinks()).toBe(on);
    }
    expect((await driver.reboot?.(within()))?.ok).toBe(true);
    expect(rig.look().answers).toBe(false);
    expect(await driver.reboot?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
  });

  it('blinks in the place of a reading, for it serves one at a time', async () => {
    let asked = 0;
    const { driver } = await speaking((page) => {
      if (page === 'brief') asked++;
      return page === 'brief'
        ? { status: 200, json: {}, afterSeconds: 3 }
        : { status: 200, json: { error: false, mode: { 'work-mode-selector': 'Auto' }, pools: [POOL] } };
    });
    const reading = driver.read?.(within());
    await eventually('it is being read', () => asked === 1);
    expect((await driver.locate?.(true, within()))?.ok).toBe(true);
    expect(await reading).toMatchObject({ ok: false, fault: { code: 'not-asked' } });
  });

  it.each([
    ['came without pools', '{"mode":{"work-mode-selector":"Auto"}}'],
    ['has pools without an address', '{"mode":{"work-mode-selector":"Auto"},"pools":[{"url":""}]}'],
    ['is shown masked', '{"mode":{"work-mode-selector":"Auto"},"pools":[{"url":"a","pass":"*****"}]}'],
    ['has its mode in it twice', '{"mode":{"work-mode-selector":"Auto"},"old":{"work-mode-selector":"Auto"},"pools":[{"url":"a"}]}'],
    ['spells its mode in another way', '{"mode":{"work\\u002dmode-selector":"Auto"},"pools":[{"url":"a"}]}'],
  ])('is not written to where its configuration %s', async (_which, text) => {
    const { driver, written } = await speaking(() => ({ status: 200, text }));
    const refusal = { ok: false, fault: { code: 'refused', detail: expect.stringContaining('is not written back') } };
    expect(await driver.pause?.(within())).toMatchObject(refusal);
    expect(await driver.mayOrder?.(within())).toMatchObject(refusal);
    expect(written).toEqual([]);
  });

  it.each([
    ['refused', { error: true, msg: 'config is locked' }, 'refused it (config is locked)'],
    ['refused', { error: true }, 'no reason given'],
    ['garbled', { msg: 'success' }, 'neither done nor refused'],
  ] as const)('is %s by the answer %j to a write', async (code, json, words) => {
    let asked = 0;
    const { driver } = await speaking(() => (asked++ === 1 ? { status: 200, json } : confOf('Auto')));
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code, detail: expect.stringContaining(words) } });
  });

  it.each([
    ['asleep', 'Sleep', { status: 'Sleeping', hashrate_realtime: 0 }, 'paused'],
    ['asleep, by its watts', 'Sleep', { status: 'Sleeping', power_consumption_estimated: 24 }, 'paused'],
    ['set to sleep and drawing', 'Sleep', { status: 'Sleeping', power_consumption_estimated: 900 }, 'unknown'],
    ['set to sleep and calling itself mining', 'Sleep', { status: 'Mining', hashrate_realtime: 0 }, 'unknown'],
    ['set to sleep and hashing', 'Sleep', { status: 'Sleeping', hashrate_realtime: 4 }, 'hashing'],
    ['set to sleep, with averages alone', 'Sleep', { status: 'Sleeping', hashrate_average: 0 }, 'unknown'],
    ['set to sleep, without a word of it', 'Sleep', { hashrate_realtime: 0 }, 'unknown'],
    ['awake at 0 H/s for hours, perhaps without a pool', 'Auto', { status: 'Sleeping', hashrate_realtime: 0, elapsed: 40_000 }, 'unknown'],
    ['just started', 'Auto', { status: 'Initializing', hashrate_realtime: 0, elapsed: 40 }, 'starting'],
  ])('is, when %s, what it is', async (_which, mode, brief, state) => {
    const { driver } = await speaking((page) => {
      if (page === 'miner_config') return confOf(mode);
      return page === 'brief' ? { status: 200, json: brief } : { status: 404, text: 'no' };
    });
    expect((await readingOf(driver)).state).toBe(state);
  });

  it.each([
    [{ hashrate_realtime: 104.5 }, 104.5e12],
    [{ hashrate_realtime: '120000', hashrate_unit: 'GH/s' }, 120_000e9],
    [{ hashrate_realtime: 16_000, hashrate_unit: 'TH/s', hashrate_realtime_unit: 'MH/s' }, 16e9],
    [{ hashrate_realtime: 5, hashrate_unit: 'furlongs' }, undefined],
    [{ hashrate_realtime_10m: 5, hashrate_average: 5 }, undefined],
  ])('takes %j for its H/s', async (brief, hashRate) => {
    const { driver } = await speaking((page) => (page === 'miner_config' ? confOf('Auto') : { status: 200, json: brief }));
    expect((await readingOf(driver)).hashRate).toBe(hashRate);
  });

  it.each([
    ['no configuration of it', { status: 200, json: { pools: [POOL] } }, 'garbled', 'no configuration with a work mode'],
    ['another firmware', { status: 404, text: 'no' }, 'unsupported', "is this really MARA's firmware?"],
    ['a login page', { status: 200, text: '<html>Sleep</html>' }, 'garbled', 'answered a page'],
  ] as const)('is none of %s', async (_which, reply, code, words) => {
    const { driver } = await speaking(() => reply);
    for (const ask of [driver.read, driver.pause, driver.reboot]) {
      expect(await ask?.(within())).toMatchObject({ ok: false, fault: { code, detail: expect.stringContaining(words) } });
    }
  });
});

describe('a wrong password', () => {
  it("of a rig under MARA's firmware is tried once in five minutes, and reading goes on by the API that wants none", async () => {
    let now = 0;
    const rig = new SimRig(TRAITS, () => now);
    const fake = open(await startMaraFake({ rig, nowMs: () => now, password: 'another' }));
    const reply = '{"STATUS":[{"STATUS":"S","Code":11}],"SUMMARY":[{"Elapsed":5000,"GHS 5s":104000,"GHS av":0}]}\0';
    const api = open(await serve4028({ answers: () => true, delaySeconds: () => 0, reply: () => reply }));
    const at = { host: '127.0.0.1', port: fake.port, apiPort: api.port, ...OPTIONS };
    const driver = open(mara.open(at, { ...rigKit('rig-1', SECRETS), nowMs: () => now }));
    for (const ask of [driver.pause, driver.mayOrder, driver.resume?.bind(driver, 'Auto')]) {
      expect(await ask?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized', retry: 'later' } });
    }
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing', hashRate: 104e12 });
    expect(fake.refusedLogins()).toBe(1);
    now += 301_000;
    await driver.pause?.(within());
    expect(fake.refusedLogins()).toBe(2);
  });
});

describe('the history of a configuration', () => {
  const change = (from: string, to: string, path = ['Mode', 'WorkModeSelector']): unknown => ({ at: [{ type: 'update', path, from, to }] });
  it.each([
    ['the newest sleep counts', [change('Stock', 'Sleep'), change('Sleep', 'Auto'), change('Auto', 'Sleep')], 'Auto'],
    ['another key is none', [change('Stock', 'Sleep'), change('Fixed', 'Sleep', ['Pool', 'Url'])], 'Stock'],
    ['from sleep to sleep tells nothing', [change('Fixed', 'Sleep'), change('Sleep', 'Sleep')], 'Fixed'],
    ['nothing is nothing', [], undefined],
    ['no list is nothing', { at: 1 }, undefined],
    ['what is no entry is passed over', [null, 7, { at: [null, { path: 7 }] }], undefined],
  ])('knows the mode from before: %s', (_which, json, mode) => {
    expect(maraModeBeforeSleep({ ok: true, value: { status: 200, body: JSON.stringify(json) } })).toBe(mode);
  });
});
