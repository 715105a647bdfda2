// The NUT source with `tls` before a real upsd, with the right certificate and with wrong ones.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addressBook } from '../../src/transports/address-book.ts';
import { type NutOptions, nutSource } from '../../src/ups/nut.ts';
import type { UpsSource } from '../../src/ups/port.ts';
import { authority } from '../support/certificates.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';
import { eventually } from '../support/eventually.ts';
import { available, type RealUpsd, SECONDARY, startRealUpsd } from '../support/real-upsd.ts';
import { TLS_ABSENT, tlsAvailable } from '../support/upsd-certificate.ts';

const there = available() && tlsAvailable();
if (!there) console.warn(`NUT source with TLS before a real upsd ${TLS_ABSENT}`);
const describeReal = there ? describe : describe.skip;

describeReal('a real upsd that is read with tls', () => {
  const site = authority();
  const right = site.issue();
  let nut: RealUpsd;
  const open = closedAfterEach();

  beforeAll(async () => {
    nut = await startRealUpsd({ rack: { 'ups.status': 'OL', 'battery.charge': '100', 'battery.runtime': '1200' } });
  }, 20_000);
  afterAll(() => nut.stop());

  const sourceOf = (options: Partial<NutOptions> = {}): UpsSource => {
    const tls = { certificates: site.certificate };
    const full = {
      ups: 'rack',
      host: '127.0.0.1',
      port: nut.port,
      name: 'rack',
      role: 'secondary',
      ...SECONDARY,
      tls,
      ...options,
    } as const;
    return open(nutSource(full, { nowMs: () => performance.now(), random: Math.random, addresses: addressBook(async () => '127.0.0.1') }));
  };
  const within = (ms = 4000): AbortSignal => AbortSignal.timeout(ms);
  const logins = async (): Promise<string | undefined> => (await nut.ask(['GET NUMLOGINS rack']))[0];
  /** From now on it shows this one. */
  const show = async (identity: typeof right): Promise<void> => {
    await nut.stopServer();
    await nut.identify(identity);
    await nut.startServer();
  };

  it('is not read at all while it has no certificate', async () => {
    expect(await sourceOf().read(within())).toMatchObject({
      fault: { code: 'unsupported', detail: expect.stringMatching(/upsd has no certificate.*CERTFILE.*FEATURE-NOT-CONFIGURED/) },
    });
    expect(await logins()).toBe('NUMLOGINS rack 0');
  });

  it('is read, followed and logged in to as in clear', async () => {
    await show(right);
    const source = sourceOf();
    expect(await source.read(within())).toMatchObject({ ok: true, value: { words: new Set(['OL']), figures: { charge: '100' } } });
    expect(source.loginFault?.()).toBeUndefined();
    expect(await logins()).toBe('NUMLOGINS rack 1');
    await nut.set('rack', { 'ups.status': 'OB DISCHRG', 'battery.runtime': '300' });
    expect(await source.read(within())).toMatchObject({
      ok: true,
      value: { words: new Set(['OB', 'DISCHRG']), figures: { runtime: '300' } },
    });
    source.stayLoggedIn?.(false);
    expect(await source.read(within())).toMatchObject({ ok: true });
    await eventually('it is counted out', async () => (await logins()) === 'NUMLOGINS rack 0');
  }, 30_000);

  it('is not believed by who trusts another authority, or reaches it under another name', async () => {
    await show(right);
    const stranger = sourceOf({ tls: { certificates: authority().certificate } });
    expect(await stranger.read(within())).toMatchObject({
      fault: { code: 'unauthorized', detail: expect.stringMatching(/certificate is not signed by the one in tls.ca/) },
    });
    const named = sourceOf({ host: 'ups.lan' });
    await eventually('the name is known', async () => !/no address/.test(JSON.stringify(await named.read(within()))));
    expect(await named.read(within())).toMatchObject({ fault: { detail: expect.stringMatching(/another host.*DNS:ups\.lan/) } });
    expect(await logins()).toBe('NUMLOGINS rack 0');
  }, 30_000);

  it.each([
    ['ran out', () => site.issue({ validDays: [-30, -1] }), /certificate.*ran out/],
    [
      'is of another host',
      () => site.issue({ names: ['IP:127.0.0.2', 'DNS:localhost'] }),
      /certificate is for another host.*IP:127\.0\.0\.1/,
    ],
  ])(
    'is not believed while its certificate %s',
    async (_what, made, detail) => {
      await show(made());
      expect(await sourceOf().read(within())).toMatchObject({ fault: { code: 'unauthorized', detail: expect.stringMatching(detail) } });
      expect(await logins()).toBe('NUMLOGINS rack 0');
    },
    30_000,
  );

  it('is lost when it comes back with the certificate of a stranger, and found again with a new one of ours', async () => {
    await show(right);
    const source = sourceOf();
    expect(await source.read(within())).toMatchObject({ ok: true });
    await show(authority().issue());
    await eventually(
      'it says certificate',
      async () => /certificate is not signed/.test(JSON.stringify(await source.read(within()))),
      8000,
    );
    expect(await logins()).toBe('NUMLOGINS rack 0');
    await show(site.issue());
    await eventually('a reading', async () => (await source.read(within())).ok, 8000);
    await eventually('it is counted in', async () => (await logins()) === 'NUMLOGINS rack 1');
  }, 40_000);
});
