// NerdQAxe boards: what their page means, and how a shutdown and a restart are a pause and its end.
import { describe, expect, it } from '@jest/globals';
import { type NerdqaxeFakeOptions, startNerdqaxeFake } from '../../src/fakes/nerdqaxe-rig.ts';
import { macOf } from '../../src/fakes/number-of-name.ts';
import { type HttpAsked, type HttpReply, type RigServerHttp, serveRigHttp } from '../../src/fakes/server-http.ts';
import type { RigReading } from '../../src/model/rig.ts';
import { nerdqaxe } from '../../src/rigs/nerdqaxe.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { SimRig, type SimRigTraits } from '../../src/sim/rig.ts';
import { nerdqaxeAgreementIn, nerdqaxeInfoIn, nerdqaxeState } from '../../src/wire/nerdqaxe.ts';
import { type TcpBench, tcpBench } from '../contract/rig-bench.ts';
import { rigKit, within } from '../contract/rig-driver.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';

const open = closedAfterEach();

const TRAITS: SimRigTraits = { id: 'rig-1', hashRate: 4.8e12, watts: 78, pausedWatts: 6, pausePersists: false };
const FROM = { where: '192.0.2.1:80', who: 'a NerdQAxe' };

async function bench(fake: Partial<NerdqaxeFakeOptions> = {}): Promise<TcpBench<RigServerHttp>> {
  return open(await tcpBench(nerdqaxe, TRAITS, (rig) => startNerdqaxeFake({ rig, ...fake })));
}

async function readingOf(driver: RigDriver): Promise<RigReading> {
  const reading = await driver.read?.(within());
  if (!reading?.ok) throw new Error(reading?.fault.detail ?? 'it cannot be read');
  return reading.value;
}

const ordersTo = ({ asked }: RigServerHttp): readonly string[] => asked.filter((one) => one.startsWith('POST'));

const infoOf = (json: object) =>
  nerdqaxeInfoIn({ status: 200, body: JSON.stringify({ version: 'v1.0.36', ASICModel: 'BM1370', ...json }) }, FROM);

describe('a reading of a NerdQAxe', () => {
  it('tells state, hash rate, watts of its regulator, temperature, fans, uptime and who it is', async () => {
    const { driver, pass } = await bench();
    pass(700);
    expect(await readingOf(driver)).toMatchObject({
      state: 'hashing',
      hashRate: 4.8e12,
      algorithm: 'sha256',
      watts: 78,
      wattsFrom: 'measured',
      temperatureC: 57,
      fansRpm: [3400],
      uptimeSeconds: 700,
      identity: macOf('rig-1', 11),
      firmware: 'ESP-Miner-NerdQAxePlus v1.0.37',
    });
  });

  it('asks one question', async () => {
    const { driver, fake } = await bench();
    await readingOf(driver);
    expect(fake.asked).toEqual(['GET /api/system/info']);
  });

  it('has no watts while the regulator is off, for the board draws some all the same', async () => {
    const { driver, pass } = await bench();
    await driver.pause?.(within());
    pass(60);
    const paused = await readingOf(driver);
    expect(paused).toMatchObject({ state: 'paused', hashRate: 0, fansRpm: [3400] });
    expect(Object.keys(paused)).not.toContain('watts');
  });

  it('is not fooled by the 0 H/s of one that says it is shut down and draws its watts', async () => {
    const { driver, rig, pass } = await bench();
    rig.misbehave({ lies: true });
    await driver.pause?.(within());
    pass(60);
    expect(await readingOf(driver)).toMatchObject({ state: 'unknown', hashRate: 0, watts: 78 });
  });

  it.each([
    [true, 0, 0, 500, 'paused'],
    [true, undefined, 0, 500, 'paused'],
    [true, 5.9, 0, 500, 'paused'],
    [true, 6, 0, 500, 'unknown'],
    [false, 78, 4800, 500, 'hashing'],
    [undefined, 78, 4800, 500, 'hashing'],
    [false, 2, 4800, 30, 'starting'],
    [false, 2, 4800, 500, 'unknown'],
    [false, 78, 0, 500, 'unknown'],
    [undefined, 78, 0, 30, 'starting'],
  ])('takes shutdown %s at %s W and %s GH/s after %s s for what it is', (shutdown, power, hashRate, uptimeSeconds, state) => {
    const info = infoOf({ shutdown, power, hashRate, uptimeSeconds });
    expect(info.ok && nerdqaxeState(info.value)).toBe(state);
  });

  it('has no hash rate of chips without power, whatever it shows', () => {
    expect(infoOf({ shutdown: false, power: 2, hashRate: 4800 })).toMatchObject({ ok: true, value: { watts: 2, hashRate: undefined } });
    expect(infoOf({ shutdown: false, power: 78, hashRate: 4800 })).toMatchObject({ ok: true, value: { hashRate: 4.8e12 } });
  });

  it('takes what is no figure for none', () => {
    const info = infoOf({ power: -183, hashRate: 'nan', temp: 0, asicTemps: [null, '-1', 0], fanrpm: -1, uptimeSeconds: null });
    const none = { watts: undefined, hashRate: undefined, chipC: undefined, fansRpm: undefined, uptimeSeconds: undefined };
    expect(info).toMatchObject({ ok: true, value: none });
    expect(infoOf({ fanrpm: 3000, fanrpm2: 0, fanCount: 2 })).toMatchObject({ ok: true, value: { fansRpm: [3000, 0] } });
  });

  it('is of no other machine, and names the driver of a Bitaxe', async () => {
    const detail = expect.stringContaining('driver: axeos');
    expect(infoOf({ miningPaused: true })).toMatchObject({ ok: false, fault: { code: 'unsupported', detail } });
    expect(nerdqaxeInfoIn({ status: 200, body: '{"version":"1"}' }, FROM)).toMatchObject({ ok: false, fault: { code: 'garbled' } });
    const { driver } = await bench({ stranger: true });
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized' } });
  });
});

describe('an order to a NerdQAxe', () => {
  it('takes the power off its chips, and brings it back by a restart', async () => {
    const { driver, fake, pass } = await bench();
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    pass(5);
    expect((await readingOf(driver)).state).toBe('paused');
    expect((await driver.resume?.(undefined, within()))?.ok).toBe(true);
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    pass(45);
    expect((await readingOf(driver)).state).toBe('hashing');
    expect(ordersTo(fake)).toEqual(['POST /api/system/shutdown', 'POST /api/system/restart']);
  });

  it('never restarts one that hashes in order to wake it', async () => {
    const { driver, fake } = await bench();
    expect((await driver.resume?.(undefined, within()))?.ok).toBe(true);
    expect(ordersTo(fake)).toEqual([]);
    expect((await driver.reboot?.(within()))?.ok).toBe(true);
    expect(ordersTo(fake)).toEqual(['POST /api/system/restart']);
  });

  it('has succeeded where the build calls a shutdown a restart', async () => {
    const { driver, rig } = await bench({ misspeaks: true });
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect(rig.look().saysPaused).toBe(true);
  });

  it.each(['redirect', 'not-allowed'] as const)(
    'is unknown to older firmware that answers with %s, and says which to put on it',
    async (old) => {
      const { driver } = await bench({ old });
      const fault = { code: 'unsupported', detail: expect.stringMatching(/runs v1\.0\.35, .*update it to v1\.0\.36/) };
      expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault });
      expect(await driver.mayOrder?.(within())).toMatchObject({ ok: false, fault });
      expect((await readingOf(driver)).state).toBe('hashing');
    },
  );

  it('that is answered in other words is not taken for one that its firmware lacks', async () => {
    const say = ({ method }: HttpAsked): HttpReply =>
      method === 'POST'
        ? { status: 200, text: 'Going down' }
        : { status: 200, json: { version: 'v1.1.0', ASICModel: 'BM1370', shutdown: false } };
    const { port } = open(await serveRigHttp(new SimRig(TRAITS, () => 0), { say }));
    const driver = open(nerdqaxe.open({ host: '127.0.0.1', port }, rigKit()));
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'garbled' } });
  });

  it('is given once in five minutes where a code is wanted, for it counts what is wrong', async () => {
    let now = 0;
    const nowMs = (): number => now;
    const fake = open(await startNerdqaxeFake({ rig: new SimRig(TRAITS, nowMs), wantsCode: true }));
    const driver = open(nerdqaxe.open({ host: '127.0.0.1', port: fake.port }, { ...rigKit(), nowMs }));
    for (let time = 0; time < 3; time++) {
      const detail = expect.stringContaining('turn the codes off');
      expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized', detail } });
    }
    expect(ordersTo(fake)).toHaveLength(1);
    expect((await readingOf(driver)).state).toBe('hashing');
    now += 301_000;
    await driver.pause?.(within());
    expect(ordersTo(fake)).toHaveLength(2);
  });

  it('may be asked for without giving one', async () => {
    const { driver, fake } = await bench();
    expect((await driver.mayOrder?.(within()))?.ok).toBe(true);
    expect(ordersTo(fake)).toEqual([]);
  });

  it.each([
    ['System will shutdown shortly.', 200, undefined],
    ['System will restart shortly.', 200, undefined],
    ['{"message":"System will restart shortly."}', 200, undefined],
    ['<html>System will restart shortly', 200, 'garbled'],
    ['', 200, 'garbled'],
    ['OTP/Session required', 401, 'unauthorized'],
    ['Unauthorized', 401, 'unauthorized'],
    ['x', 405, 'unsupported'],
    ['x', 500, 'refused'],
  ])('that is answered with %s and status %s is %s', (body, status, code) => {
    expect(nerdqaxeAgreementIn({ status, body }, FROM)).toMatchObject(code === undefined ? { ok: true } : { ok: false, fault: { code } });
  });

  it('is given again after a power cut, for it forgot', async () => {
    const { driver, rig, pass } = await bench();
    await driver.pause?.(within());
    rig.cut();
    rig.feed();
    pass(100);
    expect((await readingOf(driver)).state).toBe('hashing');
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    pass(60);
    expect((await readingOf(driver)).state).toBe('paused');
  });
});
