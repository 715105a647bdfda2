// LuxOS: limited by its profiles, of which its owner has chosen one.
import { describe, expect, it } from '@jest/globals';
import { type LuxosFake, type LuxosFakeOptions, startLuxosFake } from '../../src/fakes/luxos-rig.ts';
import type { RigReading } from '../../src/model/rig.ts';
import { luxos } from '../../src/rigs/luxos.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { type TcpBench, tcpBench } from '../contract/rig-bench.ts';
import { within } from '../contract/rig-driver.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';

const open = closedAfterEach();

/** Its profiles draw 3250, 2730 and 1950 W, and one 3738 W. */
async function bench(options: Partial<LuxosFakeOptions> = {}): Promise<TcpBench<LuxosFake>> {
  const traits = { id: 'rig-1', hashRate: 110e12, watts: 3250 };
  return open(await tcpBench(luxos, traits, (rig, nowMs) => startLuxosFake({ rig, nowMs, ...options })));
}

async function limitOf(driver: RigDriver): Promise<RigReading['limit']> {
  const reading = await driver.read?.(within());
  if (!reading?.ok) throw new Error(reading?.fault.detail ?? 'it cannot be read');
  return reading.value.limit;
}

describe('a limit of a rig under LuxOS', () => {
  it('is the profile with the most watts that keeps to it, never above that of its owner, and is taken back', async () => {
    const { driver, fake } = await bench();
    const was = await limitOf(driver);
    expect(was).toBe('default');
    expect((await driver.limitWatts?.(2_800, was, within()))?.ok).toBe(true);
    expect(fake.profile()).toBe('485MHz');
    expect((await driver.limitWatts?.(5_000, was, within()))?.ok).toBe(true);
    expect(fake.profile()).toBe('default');
    expect((await driver.limitWatts?.(1_950, was, within()))?.ok).toBe(true);
    expect(fake.profile()).toBe('390MHz');
    expect((await driver.limitWatts?.(undefined, was, within()))?.ok).toBe(true);
    expect(fake.profile()).toBe('default');
  });

  it('asks nothing of a session where the profile stands already', async () => {
    const { driver, fake } = await bench();
    await driver.limitWatts?.(2_800, 'default', within());
    const before = fake.asked.length;
    expect((await driver.limitWatts?.(2_800, 'default', within()))?.ok).toBe(true);
    expect(fake.asked.slice(before)).toEqual(['config', 'profiles']);
  });

  it('is refused below its least profile, and taken back where none is known', async () => {
    const { driver, fake } = await bench();
    const fault = { code: 'refused', retry: 'never', detail: expect.stringContaining('1950 W at least') };
    expect(await driver.limitWatts?.(900, 'default', within())).toMatchObject({ ok: false, fault });
    expect(await driver.limitWatts?.(undefined, undefined, within())).toMatchObject({ ok: false, fault: { code: 'refused' } });
    expect(fake.profile()).toBe('default');
  });

  it('is none where its temperature chooses the profile', async () => {
    const { driver, fake } = await bench({ atm: true });
    expect(await limitOf(driver)).toBeUndefined();
    expect(await driver.limitWatts?.(2_800, undefined, within())).toMatchObject({ ok: false, fault: { code: 'unsupported' } });
    expect(fake.profile()).toBe('default');
  });

  it('is none where the watts of its own profile are not told', async () => {
    const { driver, fake } = await bench();
    fake.choose('of-its-owner');
    expect(await driver.limitWatts?.(2_800, 'of-its-owner', within())).toMatchObject({ ok: false, fault: { code: 'unsupported' } });
    expect(fake.profile()).toBe('of-its-owner');
  });

  it('says what the rig says where it will not, and never the session', async () => {
    const { driver, rig, fake } = await bench();
    rig.misbehave({ refuses: true });
    const id = fake.occupy();
    const outcome = await driver.limitWatts?.(2_800, 'default', within());
    expect(outcome).toMatchObject({ ok: false, fault: { code: 'refused', detail: expect.stringContaining('(session)') } });
    expect(JSON.stringify(outcome)).not.toContain(id);
  });
});
