// cgminer and bfgminer: devices that are disabled one by one, and rights that may be missing.
import { describe, expect, it } from '@jest/globals';
import { type CgminerFake, type CgminerFakeOptions, startCgminerFake } from '../../src/fakes/cgminer-rig.ts';
import { cgminer } from '../../src/rigs/cgminer.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { askTcp } from '../../src/transports/tcp.ts';
import { encode4028 } from '../../src/wire/socket4028.ts';
import { type TcpBench, tcpBench, tcpMouth } from '../contract/rig-bench.ts';
import { rigKit, within } from '../contract/rig-driver.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';

const open = closedAfterEach();

async function bench(options: Partial<CgminerFakeOptions> = {}): Promise<TcpBench<CgminerFake>> {
  const traits = { id: 'rig-1', hashRate: 60e6, watts: 900, pausePersists: false };
  return open(await tcpBench(cgminer, traits, (rig) => startCgminerFake({ rig, ...options })));
}

async function saying(answer: string): Promise<RigDriver> {
  const { port } = open(await tcpMouth(Buffer.from(answer)));
  return open(cgminer.open({ host: '127.0.0.1', port }, rigKit()));
}

describe('a rig under cgminer', () => {
  it('is read without watts, and its hash rate is that of the last seconds', async () => {
    const { driver, pass } = await bench();
    await driver.pause?.(within());
    pass(30);
    const reading = await driver.read?.(within());
    expect(reading).toMatchObject({ ok: true, value: { state: 'paused', hashRate: 0, acceptedShares: 9, firmware: 'cgminer 4.11.1' } });
    expect(reading?.ok && Object.keys(reading.value)).not.toContain('watts');
  });

  it.each([
    ['ASC', 'asc'],
    ['PGA', 'pga'],
    ['GPU', 'gpu'],
  ] as const)('pauses and resumes devices of the kind %s, each', async (kind, word) => {
    const { driver, fake } = await bench({ kind, devices: 3 });
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect((await driver.resume?.(undefined, within()))?.ok).toBe(true);
    const each = (verb: string): string[] => [0, 1, 2].map((n) => `${word}${verb} ${n}`);
    expect(fake.asked).toEqual(['devs', ...each('disable'), 'devs', ...each('enable')]);
  });

  it('leaves disabled what its owner had disabled before the pause', async () => {
    const { driver, fake, pass } = await bench({ devices: 4 });
    expect((await orderOf(fake.port, 'ascdisable', '2')).ok).toBe(true);
    const before = await driver.read?.(within());
    expect(before).toMatchObject({ ok: true, value: { state: 'hashing', mode: 'ASC0 ASC1 ASC3' } });
    await driver.pause?.(within());
    pass(30);
    expect(before?.ok && (await driver.resume?.(before.value.mode, within()))?.ok).toBe(true);
    expect([...fake.enabled].sort()).toEqual([0, 1, 3]);
  });

  it('hashes again by itself after a power cut', async () => {
    const { driver, rig, pass } = await bench();
    await driver.pause?.(within());
    rig.cut();
    rig.feed();
    pass(120);
    expect(await driver.read?.(within())).toMatchObject({ ok: true, value: { state: 'hashing' } });
  });

  it('says what to add to api-allow where this machine may give no orders', async () => {
    const { driver, fake } = await bench({ mayOrder: false, devices: 3 });
    for (const outcome of [await driver.pause?.(within()), await driver.mayOrder?.(within())]) {
      expect(outcome).toMatchObject({
        ok: false,
        fault: { code: 'unauthorized', detail: expect.stringContaining('add W: and the address') },
      });
    }
    // It asks once and no more, for the others would say the same.
    expect(fake.asked.filter((asked) => asked.startsWith('ascdisable'))).toHaveLength(1);
    expect((await driver.read?.(within()))?.ok).toBe(true);
  });

  it('is asked for its rights without being changed', async () => {
    const { driver, rig, fake } = await bench();
    expect((await driver.mayOrder?.(within()))?.ok).toBe(true);
    expect(fake.asked).toEqual(['privileged']);
    expect(rig.log).toEqual([]);
  });

  it('that shows no device is neither paused nor pausable', async () => {
    const { driver } = await bench({ devices: 0 });
    expect(await driver.read?.(within())).toMatchObject({ ok: true, value: { state: 'unknown' } });
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'refused' } });
  });

  it.each([
    [
      'the hottest of its devices, as text too',
      '[{"ASC":0,"Enabled":"Y","Temperature":61.5},{"ASC":1,"Enabled":"Y","Temperature":"64.0"}]',
      64,
    ],
    ['none of devices without a sensor', '[{"ASC":0,"Enabled":"Y","Temperature":0},{"ASC":1,"Enabled":"Y"}]', undefined],
    ['none that no device can have', '[{"ASC":0,"Enabled":"Y","Temperature":6425}]', undefined],
  ])('tells as its temperature %s', async (_which, devs, temperatureC) => {
    const driver = await saying(`{"STATUS":[{"STATUS":"S","Code":9}],"DEVS":${devs},"id":1}`);
    const reading = await driver.read?.(within());
    expect(reading?.ok && reading.value.temperatureC).toBe(temperatureC);
  });

  it.each([
    ['one device does not say', '[{"ASC":0,"Enabled":"N"},{"ASC":1}]', { ok: true, value: { state: 'unknown' } }],
    [
      'one device is of a kind that nobody knows',
      '[{"ASC":0,"Enabled":"N"},{"QPU":0,"Enabled":"Y"}]',
      { ok: false, fault: { code: 'garbled' } },
    ],
    ['one row is no device', '[{"ASC":0,"Enabled":"N"},{"ASC":-1,"Enabled":"N"}]', { ok: false, fault: { code: 'garbled' } }],
  ])('is not paused when %s', async (_which, devs, expected) => {
    const driver = await saying(`{"STATUS":[{"STATUS":"S","Code":9}],"DEVS":${devs},"id":1}`);
    expect(await driver.read?.(within())).toMatchObject(expected);
  });
});

/** An order of the owner's, past the driver. */
function orderOf(port: number, command: string, parameter: string): Promise<{ readonly ok: boolean }> {
  return askTcp({ host: '127.0.0.1', port, addresses: rigKit().addresses, payload: encode4028(command, parameter), signal: within() });
}
