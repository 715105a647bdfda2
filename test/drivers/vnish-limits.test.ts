// VNish: limited by throttling what its preset draws, and given back what its owner throttled it to.
import { describe, expect, it } from '@jest/globals';
import { startVnishFake, type VnishFake, type VnishFakeOptions } from '../../src/fakes/vnish-rig.ts';
import { vnish } from '../../src/rigs/vnish.ts';
import { type TcpBench, tcpBench } from '../contract/rig-bench.ts';
import { within } from '../contract/rig-driver.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';

const open = closedAfterEach();

const LOGIN = { options: { passwordFile: 'rig-password' }, secrets: new Map([['rig-password', 'admin']]) };

async function bench(options: Partial<VnishFakeOptions> = {}): Promise<TcpBench<VnishFake>> {
  const traits = { id: 'rig-1', hashRate: 110e12, watts: 3250 };
  return open(await tcpBench(vnish, traits, (rig, nowMs) => startVnishFake({ rig, nowMs, ...options }), LOGIN));
}

const ordersTo = ({ asked }: { readonly asked: readonly string[] }): readonly string[] =>
  asked.filter((one) => one.startsWith('POST') && !one.endsWith('/unlock'));

describe('a limit of a rig under VNish', () => {
  it('limits its watts by throttling, of those of its preset, and takes the limit back', async () => {
    const { driver, fake } = await bench({ preset: '3250' });
    expect((await driver.limitWatts?.(2000, undefined, within()))?.ok).toBe(true);
    expect(fake.throttled()).toBe(61);
    expect((await driver.limitWatts?.(2000, undefined, within()))?.ok).toBe(true);
    expect(ordersTo(fake)).toEqual(['POST /api/v1/mining/throttle']);
    expect((await driver.limitWatts?.(9000, undefined, within()))?.ok).toBe(true);
    expect(fake.throttled()).toBe(100);
    await driver.limitWatts?.(2000, undefined, within());
    expect((await driver.limitWatts?.(undefined, undefined, within()))?.ok).toBe(true);
    expect(fake.throttled()).toBe(100);
  });

  it('goes back to what its owner throttles it to, and never above that', async () => {
    const { driver, fake } = await bench({ preset: '3250', throttled: 80 });
    const reading = await driver.read?.(within());
    expect(reading).toMatchObject({ ok: true, value: { limit: '80 %' } });
    await driver.limitWatts?.(2_000, '80 %', within());
    expect(fake.throttled()).toBe(61);
    await driver.limitWatts?.(3_200, '80 %', within());
    expect(fake.throttled()).toBe(80);
    await driver.limitWatts?.(2_000, '80 %', within());
    expect((await driver.limitWatts?.(undefined, '80 %', within()))?.ok).toBe(true);
    expect(fake.throttled()).toBe(80);
  });

  it('refuses a limit that it can not keep', async () => {
    const { driver, fake } = await bench();
    expect(await driver.limitWatts?.(640, undefined, within())).toMatchObject({ ok: false, fault: { code: 'refused', retry: 'never' } });
    const { driver: manual } = await bench({ preset: 'disabled' });
    expect(await manual.limitWatts?.(2000, undefined, within())).toMatchObject({ ok: false, fault: { code: 'refused' } });
    const { driver: older } = await bench({ throttles: false });
    expect(await older.limitWatts?.(2000, undefined, within())).toMatchObject({ ok: false, fault: { code: 'unsupported' } });
    expect((await older.limitWatts?.(undefined, undefined, within()))?.ok).toBe(true);
    expect(ordersTo(fake)).toEqual([]);
  });
});
