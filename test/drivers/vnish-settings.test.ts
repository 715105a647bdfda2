// VNish: what its owner set is read with what is open already, and shows neither a throttle of ours nor the work of its tuner.
import { describe, expect, it } from '@jest/globals';
import { startVnishFake, type VnishFake, type VnishFakeOptions } from '../../src/fakes/vnish-rig.ts';
import type { RigReading } from '../../src/model/rig.ts';
import { vnish } from '../../src/rigs/vnish.ts';
import { vnishSettingsIn } from '../../src/wire/vnish.ts';
import { type TcpBench, tcpBench } from '../contract/rig-bench.ts';
import { secondReading, within } from '../contract/rig-driver.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';

const open = closedAfterEach();

const KEY = 'k'.repeat(32);
const BY_KEY = { options: { apiKeyFile: 'rig-key' }, secrets: new Map([['rig-key', KEY]]) };
const BY_PASSWORD = { options: { passwordFile: 'rig-password' }, secrets: new Map([['rig-password', 'admin']]) };

async function bench(options: Partial<VnishFakeOptions> = {}, login = BY_PASSWORD as typeof BY_KEY | typeof BY_PASSWORD) {
  const traits = { id: 'rig-1', hashRate: 110e12, watts: 3250 };
  return open(await tcpBench<VnishFake>(vnish, traits, (rig, nowMs) => startVnishFake({ rig, nowMs, ...options }), login));
}

async function readingOf({ driver }: TcpBench<VnishFake>): Promise<RigReading> {
  const reading = await driver.read?.(within());
  if (!reading?.ok) throw new Error(reading?.fault.detail ?? 'it cannot be read');
  return reading.value;
}

const settingsIn = (overclock: object, pools: unknown = [{ url: 'stratum+tcp://a.invalid', user: 'u' }]) => {
  const found = vnishSettingsIn({ status: 200, body: JSON.stringify({ miner: { overclock, pools } }) }, { where: 'rig', who: 'VNish' });
  return found.ok ? found.value : undefined;
};

describe('what its owner set on a rig under VNish', () => {
  it.each([
    ['a key', { apiKey: KEY }, BY_KEY],
    ['a password', {}, BY_PASSWORD],
  ])('is told behind %s: pools, fans and clocks', async (_which, options, login) => {
    const { driver } = await bench(options, login);
    expect((await secondReading(driver))?.settings).toEqual({
      pools: expect.any(String),
      fans: expect.any(String),
      clocks: expect.any(String),
    });
  });

  it('is the same after a limit of ours, and whatever its tuner finds', async () => {
    const rig = await bench();
    const settings = (await secondReading(rig.driver))?.settings;
    expect(settings).toBeDefined();
    expect((await rig.driver.limitWatts?.(2_000, '100 %', within()))?.ok).toBe(true);
    rig.pass(6_000);
    expect((await secondReading(rig.driver))?.settings).toEqual(settings);
  });

  it.each([
    ['a key', { apiKey: KEY, hidesSettings: true }, BY_KEY],
    ['a password', { hidesSettings: true }, BY_PASSWORD],
  ])(
    'is not known where its page takes no %s, which shuts nothing: no login for it, and an order goes out',
    async (_which, options, login) => {
      const rig = await bench(options, login);
      expect(await secondReading(rig.driver)).not.toHaveProperty('settings');
      rig.pass(61);
      await readingOf(rig);
      expect(rig.fake.logins()).toBe(login === BY_KEY ? 0 : 1);
      expect(await rig.driver.pause?.(within())).toEqual({ ok: true, value: undefined });
    },
  );

  it('has its clocks by its preset, by those for all boards where it runs none, and by nothing where it switches presets itself', () => {
    const [one, other] = [settingsIn({ preset: '3250' }), settingsIn({ preset: '2200' })];
    expect(one?.clocks).not.toBe(other?.clocks);
    expect(one?.pools).toBe(other?.pools);
    const globals = (freq: number) => settingsIn({ preset: 'disabled', globals: { freq, volt: 1290 } })?.clocks;
    expect(globals(545)).not.toBe(globals(600));
    expect(settingsIn({ preset: '3250', preset_switcher: { enabled: true } })).toEqual({ pools: one?.pools });
  });

  it('is not told by an empty list of pools, as while it starts', () => {
    expect(settingsIn({}, [])).toBeUndefined();
  });
});
