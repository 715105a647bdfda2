// The NUT source before a real upsd with a real driver.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addressBook } from '../../src/transports/address-book.ts';
import { type NutOptions, nutSource } from '../../src/ups/nut.ts';
import type { UpsSource } from '../../src/ups/port.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';
import { eventually } from '../support/eventually.ts';
import { ABSENT, available, POWERLESS, type RealUpsd, SECONDARY, startRealUpsd } from '../support/real-upsd.ts';

if (!available()) console.warn(`NUT source before a real upsd ${ABSENT}`);
const describeReal = available() ? describe : describe.skip;

describeReal('a real upsd', () => {
  let nut: RealUpsd;
  const open = closedAfterEach();

  beforeAll(async () => {
    nut = await startRealUpsd({
      rack: { 'ups.status': 'OL', 'battery.charge': '100', 'battery.runtime': '1200', 'ups.load': '40', 'device.type': 'ups' },
      house: { 'ups.status': 'OL CHRG' },
    });
  }, 20_000);
  afterAll(() => nut.stop());

  const sourceOf = (options: Partial<NutOptions> = {}): UpsSource => {
    const full = { ups: 'rack', host: '127.0.0.1', port: nut.port, name: 'rack', role: 'observer', ...options } as const;
    const addresses = addressBook(() => new Promise(() => undefined));
    return open(nutSource(full, { nowMs: () => performance.now(), random: Math.random, addresses }));
  };
  const within = (ms = 3000): AbortSignal => AbortSignal.timeout(ms);
  const logins = async (): Promise<string | undefined> => (await nut.ask(['GET NUMLOGINS rack']))[0];

  it('is read as it is, and followed as it changes', async () => {
    const source = sourceOf();
    await nut.set('rack', { 'ups.status': 'OL', 'battery.runtime': '1200', 'battery.charge': '100' });
    expect(await source.read(within())).toMatchObject({
      ok: true,
      value: {
        words: new Set(['OL']),
        figures: { charge: '100', runtime: '1200', loadPercent: '40' },
        nameplate: { deviceType: 'ups', serverVersion: expect.stringMatching(/^2\./) },
      },
    });
    await nut.set('rack', { 'ups.status': 'OB DISCHRG', 'battery.runtime': '300', 'battery.charge': '40' });
    const beforeMs = performance.now();
    expect(await source.read(within(1000))).toMatchObject({
      ok: true,
      value: { words: new Set(['OB', 'DISCHRG']), figures: { runtime: '300' } },
    });
    expect(performance.now() - beforeMs).toBeLessThan(500);
  });

  it('serves two UPSes that are never mixed', async () => {
    await nut.set('rack', { 'ups.status': 'OB LB' });
    const [rack, house] = [sourceOf(), sourceOf({ ups: 'house', name: 'house' })];
    for (let round = 0; round < 20; round += 1) {
      const [left, right] = await Promise.all([rack.read(within()), house.read(within())]);
      expect([left.ok && left.value.words, right.ok && right.value.words]).toEqual([new Set(['OB', 'LB']), new Set(['OL', 'CHRG'])]);
    }
  });

  it('knows no UPS of another name', async () => {
    expect(await sourceOf({ name: 'rak' }).read(within())).toMatchObject({ fault: { code: 'refused', retry: 'later' } });
  });

  it('counts a secondary in and out, whatever its password is made of', async () => {
    const source = sourceOf({ role: 'secondary', ...SECONDARY });
    await source.read(within());
    expect(source.loginFault?.()).toBeUndefined();
    expect(await logins()).toBe('NUMLOGINS rack 1');
    source.stayLoggedIn?.(false);
    expect(await source.read(within())).toMatchObject({ ok: true });
    await eventually('it is counted out', async () => (await logins()) === 'NUMLOGINS rack 0');
  });

  it.each([
    ['a wrong password', { ...SECONDARY, password: 'wrong' }],
    ['a user without the right', POWERLESS],
  ])('lets %s read but not log in', async (_what, who) => {
    const source = sourceOf({ role: 'secondary', ...who });
    expect(await source.read(within())).toMatchObject({ ok: true });
    expect(source.loginFault?.()).toMatchObject({ code: 'unauthorized', detail: expect.stringContaining('upsd.users') });
    expect(await logins()).toBe('NUMLOGINS rack 0');
  });

  it('gives no old value for a new one when its driver is killed or frozen', async () => {
    const source = sourceOf();
    await source.read(within());
    await nut.killDriver('rack');
    await eventually('a fault', async () => !(await source.read(within())).ok);
    expect(await source.read(within())).toMatchObject({
      fault: { code: 'unreachable', detail: expect.stringContaining('DRIVER-NOT-CONNECTED') },
    });
    await nut.startDriver('rack');
    expect(await source.read(within())).toMatchObject({ ok: true });
    nut.freezeDriver('rack');
    await eventually('a fault', async () => !(await source.read(within())).ok, 8000);
    expect(await source.read(within())).toMatchObject({ fault: { code: 'unreachable', detail: expect.stringContaining('DATA-STALE') } });
    nut.thawDriver('rack');
    await eventually('a reading', async () => (await source.read(within())).ok);
  }, 30_000);

  it('is found again after a restart, with the login', async () => {
    const source = sourceOf({ role: 'secondary', ...SECONDARY });
    await source.read(within());
    await nut.stopServer();
    await eventually('a fault', async () => !(await source.read(within())).ok);
    await nut.startServer();
    await eventually('a reading', async () => (await source.read(within())).ok, 8000);
    await eventually('it is counted in', async () => (await logins()) === 'NUMLOGINS rack 1');
  }, 30_000);
});
