// Elphapex rigs: their own names and modes, firmware old and new, and a mode that is written and nothing else.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type AntminerFake, startAntminerFake } from '../../src/fakes/antminer-rig.ts';
import { type ElphapexFake, type ElphapexFakeOptions, startElphapexFake } from '../../src/fakes/elphapex-rig.ts';
import { type HttpReply, serveRigHttp } from '../../src/fakes/server-http.ts';
import type { RigReading } from '../../src/model/rig.ts';
import { elphapex } from '../../src/rigs/elphapex.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { SimRig, type SimRigTraits } from '../../src/sim/rig.ts';
import { type TcpBench, tcpBench } from '../contract/rig-bench.ts';
import { rigKit, within } from '../contract/rig-driver.ts';
import { doesNothingToAnother } from '../support/another-maker.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';

const open = closedAfterEach();
const TRAITS = { id: 'rig-1', hashRate: 14.4e9, watts: 3920 };
const SECRETS: ReadonlyMap<string, string> = new Map([['rig-password', 'root']]);
const OPTIONS = { passwordFile: 'rig-password' };
const FIRMWARES = ['cgi', 'luci'] as const;
const SLEEP = { cgi: 1, luci: -1000 };

async function bench(fake: Partial<ElphapexFakeOptions> = {}, traits: Partial<SimRigTraits> = {}): Promise<TcpBench<ElphapexFake>> {
  const start = (rig: SimRig, nowMs: () => number): Promise<ElphapexFake> => startElphapexFake({ rig, nowMs, writeSeconds: 0, ...fake });
  return open(await tcpBench(elphapex, { ...TRAITS, ...traits }, start, { options: OPTIONS, secrets: SECRETS }));
}

/** As `bench`, and time goes by for the driver too. */
async function timed(
  options: Partial<ElphapexFakeOptions>,
): Promise<{ readonly driver: RigDriver; readonly fake: ElphapexFake; pass(seconds: number): void }> {
  let now = 0;
  const nowMs = (): number => now;
  const fake = open(await startElphapexFake({ rig: new SimRig(TRAITS, nowMs), nowMs, writeSeconds: 0, ...options }));
  const driver = open(elphapex.open({ host: '127.0.0.1', port: fake.port, ...OPTIONS }, { ...rigKit('rig-1', SECRETS), nowMs }));
  return {
    driver,
    fake,
    pass: (seconds) => {
      now += seconds * 1000;
    },
  };
}

async function readingOf(driver: RigDriver): Promise<RigReading> {
  const reading = await driver.read?.(within());
  if (!reading?.ok) throw new Error(reading?.fault.detail ?? 'it cannot be read');
  return reading.value;
}

/** A web server that wants no login and answers what `say` gives. */
async function speaking(say: (path: string) => HttpReply): Promise<{ readonly driver: RigDriver; readonly written: readonly string[] }> {
  const written: string[] = [];
  const server = open(
    await serveRigHttp(new SimRig(TRAITS, () => 0), {
      say: ({ method, path, body }) => {
        if (method === 'POST') written.push(body);
        return say(path);
      },
    }),
  );
  return { driver: open(elphapex.open({ host: '127.0.0.1', port: server.port, ...OPTIONS }, rigKit('rig-1', SECRETS))), written };
}

const POOL = { url: 'stratum+tcp://first.pool.invalid:3333', user: 'farm.worker', pass: 'x' };
const GOOD = { 'fc-work-mode': 0, pools: [POOL] };
const writesOf = ({ asked }: { readonly asked: readonly string[] }): readonly string[] => asked.filter((one) => one.startsWith('POST'));

describe.each(FIRMWARES)('an Elphapex under firmware with its pages at %s', (firmware) => {
  it('is read with everything that it tells: chips in thousandths of a degree, watts of its power supply', async () => {
    const { driver, pass } = await bench({ firmware });
    pass(100);
    expect(await readingOf(driver)).toMatchObject({
      state: 'hashing',
      hashRate: 14.4e9,
      algorithm: 'scrypt',
      watts: 3920,
      wattsFrom: 'measured',
      temperatureC: 75.503,
      boardTemperatureC: 67,
      fansRpm: [5340, 5400, 5400, 5400],
      uptimeSeconds: 100,
      mode: '0',
      identity: expect.stringMatching(/^02:00(:[0-9a-f]{2}){4}$/),
      firmware: 'DG1+ DG1+_SW_V1.0.2',
    });
  });

  it('changes its mode and nothing else: pools, fans, clocks and voltage are as they were', async () => {
    const { driver, fake, pass } = await bench({ firmware, mode: 3 });
    const before = fake.settings();
    const { mode } = await readingOf(driver);
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect(fake.settings()).toEqual({ ...before, 'fc-work-mode': SLEEP[firmware] });
    pass(60);
    const asleep = await readingOf(driver);
    expect(asleep.state).toBe('paused');
    expect(Object.keys(asleep)).not.toContain('mode');
    expect((await driver.resume?.(mode, within()))?.ok).toBe(true);
    expect(fake.settings()).toEqual(before);
  });

  it('writes nothing where the rig is as wanted', async () => {
    const { driver, fake } = await bench({ firmware, mode: 3 });
    expect((await driver.resume?.('0', within()))?.ok).toBe(true);
    expect(writesOf(fake)).toEqual([]);
    await driver.pause?.(within());
    const writes = writesOf(fake).length;
    await driver.pause?.(within());
    expect(writesOf(fake)).toHaveLength(writes);
  });

  it.each(['number', 'text'] as const)('is reached where it heeds a mode as %s alone', async (heeds) => {
    const { driver, rig } = await bench({ firmware, heeds });
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect(rig.look().saysPaused).toBe(true);
  });

  it('has failed where the rig agrees and does nothing', async () => {
    const { driver, fake } = await bench({ firmware, heeds: 'neither' });
    const before = fake.settings();
    const detail = expect.stringContaining('agreed, and its work mode is as before');
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'refused', detail } });
    expect(fake.settings()).toEqual(before);
  });

  it('stays asleep over a power cut, and wakes in the mode that it had', async () => {
    const { driver, rig, pass } = await bench({ firmware, mode: 3 });
    await driver.pause?.(within());
    rig.cut();
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    rig.feed();
    pass(60);
    expect((await readingOf(driver)).state).toBe('paused');
    expect((await driver.resume?.('3', within()))?.ok).toBe(true);
    pass(600);
    expect(await readingOf(driver)).toMatchObject({ state: 'hashing', mode: '3' });
  });

  it('reboots, blinks and stops to, and may be asked for an order without one', async () => {
    const { driver, rig, fake } = await bench({ firmware });
    expect((await driver.mayOrder?.(within()))?.ok).toBe(true);
    expect(writesOf(fake)).toEqual([]);
    for (const on of [true, false]) {
      expect((await driver.locate?.(on, within()))?.ok).toBe(true);
      expect(fake.blinks()).toBe(on);
    }
    expect((await driver.reboot?.(within()))?.ok).toBe(true);
    expect(rig.look().answers).toBe(false);
    expect(await driver.reboot?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
  });

  it('tells no watts where it has no page for them, and is asked for that again only after ten minutes', async () => {
    const { driver, fake, pass } = await timed({ firmware, tellsWatts: false });
    const asked = (): number => fake.asked.filter((one) => one.endsWith('/get_power.cgi')).length;
    expect(Object.keys(await readingOf(driver))).not.toContain('watts');
    const before = asked();
    await readingOf(driver);
    expect(asked()).toBe(before);
    pass(601);
    await readingOf(driver);
    expect(asked()).toBeGreaterThan(before);
  });
});

describe('an Elphapex', () => {
  it('is found again where its pages moved with an update', async () => {
    const { driver, fake, rig, pass } = await bench();
    await readingOf(driver);
    fake.update('luci');
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect(fake.settings()['fc-work-mode']).toBe(-1000);
    pass(60);
    expect(rig.look().level).toBe(0);
    expect((await readingOf(driver)).state).toBe('paused');
  });

  it('has no such page where it is another device', async () => {
    const { driver } = await speaking(() => ({ status: 404, text: 'no' }));
    const detail = expect.stringContaining('is this really an Elphapex?');
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unsupported', detail } });
  });

  it.each(['digest', 'basic'] as const)('is logged in to by %s, and a wrong password is tried once in five minutes', async (login) => {
    expect((await readingOf((await bench({ login })).driver)).state).toBe('hashing');
    const { driver, fake, pass } = await timed({ password: 'another', login });
    for (const ask of [driver.pause, driver.read, driver.mayOrder]) {
      expect(await ask?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized', retry: 'later' } });
    }
    expect(fake.refusedLogins()).toBe(1);
    pass(301);
    await driver.pause?.(within());
    expect(fake.refusedLogins()).toBe(2);
  });

  it.each([
    ['without pools', { 'fc-work-mode': 0 }],
    ['with masked passwords', { ...GOOD, pools: [{ ...POOL, pass: '******' }] }],
  ])('is not written to where its configuration came %s, for that would ruin it', async (_which, json) => {
    const { driver, written } = await speaking(() => ({ status: 200, json }));
    const detail = expect.stringContaining('is not written back');
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'refused', detail } });
    expect(await driver.mayOrder?.(within())).toMatchObject({ ok: false, fault: { code: 'refused', detail } });
    expect(written).toEqual([]);
  });

  it('is sent back whatever it was set to, but what was null', async () => {
    const conf = { ...GOOD, algo: 'ltc', 'fc-voltage': '1470', 'fc-fan-ctrl': null };
    const { driver, written } = await speaking((path) => ({
      status: 200,
      json: path.endsWith('/get_miner_conf.cgi') ? conf : { stats: 'error', code: 'M001', msg: 'Invalid pool!' },
    }));
    const detail = expect.stringContaining('M001: Invalid pool!');
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'refused', detail } });
    expect(JSON.parse(written[0] ?? '')).toEqual({ pools: [POOL], algo: 'ltc', 'fc-voltage': '1470', 'miner-mode': 1, 'fc-work-mode': 1 });
  });

  it.each([
    ['asleep as the older firmware counts', { 'fc-work-mode': '1' }, [], 'paused'],
    ['asleep as the newer firmware counts', { 'fc-work-mode': -1000 }, [{ rate_5s: 0, elapsed: 0 }], 'paused'],
    ['set to sleep and hashing', { 'fc-work-mode': 1 }, [{ rate_5s: 9 }], 'hashing'],
    ['set to sleep, with averages alone', { 'fc-work-mode': 1 }, [{ rate_avg: 0 }], 'unknown'],
    ['in its saving mode at 0 H/s for hours', { 'fc-work-mode': -100 }, [{ rate_5s: 0, elapsed: 40_000 }], 'unknown'],
    ['just started', { 'fc-work-mode': 0 }, [{ rate_5s: 0, elapsed: 40 }], 'starting'],
    ['in a mode of which nobody has heard', { 'fc-work-mode': 'sleep', pools: [POOL] }, [], 'unknown'],
  ])('is, when %s, what it is', async (_which, conf, rows, state) => {
    const { driver } = await speaking((path) => {
      if (path.endsWith('/get_miner_conf.cgi')) return { status: 200, json: conf };
      return path.endsWith('/summary.cgi') ? { status: 200, json: { SUMMARY: rows } } : { status: 404, text: 'no' };
    });
    expect((await readingOf(driver)).state).toBe(state);
  });

  const RECORDED = '../shared/data/miners/elphapex/dg-home1';
  const pages = ['get_miner_conf', 'summary', 'stats', 'get_power'];
  (existsSync(`${RECORDED}.stats.cgi.json`) ? it : it.skip)('is right on what was recorded from a DG-Home1 that just started', async () => {
    const { driver, written } = await speaking((path) => {
      const page = pages.find((one) => path === `/cgi-bin/${one}.cgi`);
      if (path.endsWith('/set_miner_conf.cgi')) return { status: 200, text: readFileSync(`${RECORDED}.set_miner_conf.cgi.json`, 'utf8') };
      return page === undefined ? { status: 404, text: 'no' } : { status: 200, text: readFileSync(`${RECORDED}.${page}.cgi.json`, 'utf8') };
    });
    expect(await readingOf(driver)).toMatchObject({
      state: 'starting',
      hashRate: 0,
      watts: 25,
      wattsFrom: 'measured',
      temperatureC: 25.687,
      boardTemperatureC: 67,
      fansRpm: [420, 420, 420, 1020],
      uptimeSeconds: 0,
      mode: '0',
    });
    // It agreed, by its recorded words, and its recorded mode is as before.
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'refused' } });
    expect(JSON.parse(written[0] ?? '')).toMatchObject({ algo: 'ltc', 'fc-fan-pwm': '20', 'fc-voltage': '1470', 'fc-work-mode': 1 });
  });
});

it('is not taken for the Antminer that stands in its place: nothing is written to that, and the fault names whose it is', async () => {
  const start = (rig: SimRig, nowMs: () => number): Promise<AntminerFake> => startAntminerFake({ rig, nowMs, writeSeconds: 0 });
  const bench = open(await tcpBench(elphapex, TRAITS, start, { options: OPTIONS, secrets: SECRETS }));
  await doesNothingToAnother(bench, /a rig of Bitmain: write driver: antminer$/);
});
