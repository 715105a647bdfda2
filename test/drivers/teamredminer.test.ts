// TeamRedMiner: cards that are disabled one by one, watts that tell whether they are, and a card that hangs.
import { describe, expect, it } from '@jest/globals';
import { startTeamredminerFake, type TeamredminerFake, type TeamredminerFakeOptions } from '../../src/fakes/teamredminer-rig.ts';
import type { RigReading } from '../../src/model/rig.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { teamredminer } from '../../src/rigs/teamredminer.ts';
import { askTcp } from '../../src/transports/tcp.ts';
import { encode4028 } from '../../src/wire/socket4028.ts';
import { type TcpBench, tcpBench, tcpMouth } from '../contract/rig-bench.ts';
import { rigKit, within } from '../contract/rig-driver.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';

const open = closedAfterEach();
const TRAITS = { id: 'rig-1', hashRate: 56e6, watts: 260, pausedWatts: 60, pausePersists: false, pauseSeconds: 2, wakeSeconds: 10 };

async function bench(options: Partial<TeamredminerFakeOptions> = {}): Promise<TcpBench<TeamredminerFake>> {
  return open(await tcpBench(teamredminer, TRAITS, (rig, nowMs) => startTeamredminerFake({ rig, nowMs, ...options })));
}

async function readingOf(driver: RigDriver): Promise<RigReading> {
  const reading = await driver.read?.(within());
  if (!reading?.ok) throw new Error(reading?.fault.detail ?? 'it cannot be read');
  return reading.value;
}

async function saying(devs: string): Promise<RigDriver> {
  const { port } = open(await tcpMouth(Buffer.from(`{"STATUS":[{"STATUS":"S","Code":9}],"DEVS":${devs},"id":1}`)));
  return open(teamredminer.open({ host: '127.0.0.1', port }, rigKit()));
}

/** An order of the owner's, past the driver. */
async function orderOf(port: number, command: string, parameter: string): Promise<void> {
  await askTcp({ host: '127.0.0.1', port, addresses: rigKit().addresses, payload: encode4028(command, parameter), signal: within() });
}

describe('a rig under TeamRedMiner', () => {
  it('tells state, hash rate, algorithm, watts of its cards, the hottest of them, fans and uptime', async () => {
    const { driver, pass } = await bench();
    pass(90);
    const reading = await readingOf(driver);
    expect(reading).toMatchObject({
      state: 'hashing',
      hashRate: 56e6,
      algorithm: 'kawpow',
      watts: 260,
      wattsFrom: 'estimated',
      temperatureC: 62,
      fansRpm: [2106, 2106],
      uptimeSeconds: 90,
      firmware: 'TeamRedMiner 0.10.21',
    });
    for (const absent of ['identity', 'mode']) expect(Object.keys(reading)).not.toContain(absent);
  });

  it('tells no watts where its version does not', async () => {
    const reading = await readingOf((await bench({ tellsWatts: false })).driver);
    for (const absent of ['watts', 'wattsFrom']) expect(Object.keys(reading)).not.toContain(absent);
  });

  it('is asked for its algorithm once in ten minutes, for that changes with a restart alone', async () => {
    const { driver, fake } = await bench();
    await readingOf(driver);
    await readingOf(driver);
    // Once more for what its owner set.
    expect(fake.asked.filter((one) => one === 'pools')).toHaveLength(2);
  });

  it('shows for half a minute after a pause the rate of before, and is paused all the same', async () => {
    const { driver, pass } = await bench();
    await readingOf(driver);
    await driver.pause?.(within());
    pass(10);
    expect(await readingOf(driver)).toMatchObject({ state: 'paused', hashRate: 56e6, watts: 44 });
    pass(25);
    expect(await readingOf(driver)).toMatchObject({ state: 'paused', hashRate: 0 });
  });

  it('disables and enables each card, and asks nothing else of it', async () => {
    const { driver, fake } = await bench({ cards: 3 });
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect((await driver.resume?.(undefined, within()))?.ok).toBe(true);
    const each = (verb: string): string[] => [0, 1, 2].map((n) => `gpu${verb} ${n}`);
    expect(fake.asked).toEqual(['devs', ...each('disable'), 'devs', ...each('enable')]);
  });

  it('leaves disabled what its owner had disabled before the pause', async () => {
    const { driver, fake, pass } = await bench({ cards: 4 });
    await orderOf(fake.port, 'gpudisable', '2');
    const { mode, state } = await readingOf(driver);
    expect({ mode, state }).toEqual({ mode: 'GPU0 GPU1 GPU3', state: 'hashing' });
    await driver.pause?.(within());
    pass(30);
    expect((await driver.resume?.(mode, within()))?.ok).toBe(true);
    expect([...fake.enabled].sort()).toEqual([0, 1, 3]);
  });

  it('has a card that hangs, and says so, while the others obey', async () => {
    const { driver, fake, pass } = await bench({ cards: 3, hangs: 0 });
    await driver.pause?.(within());
    pass(30);
    expect(await driver.resume?.(undefined, within())).toMatchObject({
      ok: false,
      fault: { code: 'refused', detail: expect.stringContaining('gpuenable 0: this card hangs: restart the miner') },
    });
    expect([...fake.enabled].sort()).toEqual([1, 2]);
  });

  it.each([
    ['a disabled card draws what none that stands still draws', '[{"GPU":0,"Enabled":"N","GPU Power":140}]', 'unknown'],
    ['a card does not say', '[{"GPU":0,"Enabled":"N","GPU Power":20},{"GPU":1,"GPU Power":20}]', 'unknown'],
    ['all are disabled and still', '[{"GPU":0,"Enabled":"N","GPU Power":20},{"GPU":1,"Enabled":"N"}]', 'paused'],
    ['it has none', '[]', 'unknown'],
    ['its cards alone tell a rate', '[{"GPU":0,"Enabled":"Y","MHS 30s":1.794}]', 'hashing'],
    ['only averages tell a rate', '[{"GPU":0,"Enabled":"Y","MHS av":1.794}]', 'unknown'],
  ])('is, where %s, what it is', async (_which, devs, state) => {
    expect((await readingOf(await saying(devs))).state).toBe(state);
  });

  it('is not paused while one of its cards is of a kind that nobody knows', async () => {
    const driver = await saying('[{"GPU":0,"Enabled":"N"},{"QPU":0}]');
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'garbled' } });
  });

  it.each([true, false])('may be given orders, whether it has a word for that (%s) or not', async (tellsRights) => {
    const { driver, rig } = await bench({ tellsRights });
    expect(await driver.mayOrder?.(within())).toEqual({ ok: true, value: undefined });
    expect(rig.log).toEqual([]);
  });

  it('says what to do where this machine may give no orders, asks once, and is read all the same', async () => {
    const { driver, fake } = await bench({ mayOrder: false, cards: 3 });
    for (const outcome of [await driver.pause?.(within()), await driver.mayOrder?.(within())]) {
      expect(outcome).toMatchObject({
        ok: false,
        fault: { code: 'unauthorized', detail: expect.stringContaining('let the address of this machine give orders (W:)') },
      });
    }
    expect(fake.asked.filter((one) => one.startsWith('gpudisable'))).toHaveLength(1);
    expect((await readingOf(driver)).state).toBe('hashing');
  });

  it('hashes again by itself after a power cut', async () => {
    const { driver, rig, pass } = await bench();
    await driver.pause?.(within());
    rig.cut();
    rig.feed();
    pass(120);
    expect((await readingOf(driver)).state).toBe('hashing');
    expect((await driver.pause?.(within()))?.ok).toBe(true);
    expect(rig.look().saysPaused).toBe(true);
  });

  it('has time until its rate of 30 s has run out, for a rate above 0 is none of a paused rig', () => {
    expect(teamredminer.defaults.graceSeconds).toBeGreaterThanOrEqual(3 + 30 + 5);
  });
});
