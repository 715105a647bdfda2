// The rig that cannot be asked, and the list of all families.
import { describe, expect, it } from '@jest/globals';
import { rigDriver, rigDrivers } from '../../src/rigs/registry.ts';
import { rigKit } from '../contract/rig-driver.ts';

describe('a rig that cannot be asked', () => {
  it('has no way to read, pause or resume it', async () => {
    const driver = rigDriver('none')?.open({}, rigKit());
    expect([driver?.read, driver?.pause, driver?.resume, driver?.halt]).toEqual([undefined, undefined, undefined, undefined]);
    await driver?.close();
  });
});

describe('the families', () => {
  const host = '10.0.0.21';
  const program = ['/bin/a'];
  const page = { method: 'GET', path: '/a' };
  /** Options that one family or another is content with; most want an address, and many a password. */
  const usual: readonly object[] = [
    {},
    { host },
    { host, port: 4067 },
    { host, passwordFile: 'rig-password' },
    { host, keyFile: 'rig-key', os: 'hive' },
    { host, read: page, pause: page, resume: page, reading: {} },
    { read: program, pause: program, resume: program },
  ];
  const usable = ({ options }: (typeof rigDrivers)[number]): object | undefined => usual.find((given) => options.safeParse(given).success);

  it.each(rigDrivers.map((kind) => [kind.name, kind] as const))('%s can what it says, and is found by its name', async (name, kind) => {
    expect(rigDriver(name)).toBe(kind);
    const driver = kind.open(usable(kind), rigKit());
    const can = {
      read: driver.read !== undefined,
      pause: driver.pause !== undefined,
      resume: driver.resume !== undefined,
      halt: driver.halt !== undefined,
      // Others take a limit as well, and tell nothing that could be given back.
      ...(kind.can.limit && { limit: driver.limitWatts !== undefined }),
    };
    expect(can).toEqual(kind.can);
    await driver.close();
  });

  it.each(rigDrivers.map((kind) => [kind.name, kind] as const))('%s refuses keys that it does not know', (_name, kind) => {
    expect(usable(kind)).toBeDefined();
    const options = Object.assign({ hots: 'x' }, usable(kind));
    expect(kind.options.safeParse(options).success).toBe(false);
  });

  it.each(['', ' ', '-x', 'a b', 'rig;reboot', `${'a'.repeat(300)}`, 'http://10.0.0.21/'])('on the network refuse %j as a host', (host) => {
    expect(rigDriver('luxos')?.options.safeParse({ host }).success).toBe(false);
  });

  it.each(['10.0.0.21', 'fd00::21', 'rig-1.lan', 'a'])('on the network take %j as a host, at their usual port', (host) => {
    expect(rigDriver('luxos')?.options.safeParse({ host })).toMatchObject({ success: true, data: { port: 4028 } });
  });

  it('have a name each, by which the configuration finds them, and no other', () => {
    const names = rigDrivers.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of ['', 'luxor', '__proto__', 'constructor']) expect(rigDriver(name)).toBeUndefined();
  });
});
