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
  const usable: Readonly<Record<string, unknown>> = {
    luxos: { host: '10.0.0.21' },
    braiins: { host: '10.0.0.22', passwordFile: 'braiins' },
    axeos: { host: 'bitaxe.lan' },
    cgminer: { host: 'sticks.lan', port: 4029 },
    command: { read: ['/bin/a'], pause: ['/bin/a'], resume: ['/bin/a'] },
    none: {},
  };

  it.each(rigDrivers.map((kind) => [kind.name, kind] as const))('%s can what it says, and is found by its name', async (name, kind) => {
    expect(rigDriver(name)).toBe(kind);
    const driver = kind.open(usable[name], rigKit());
    const can = {
      read: driver.read !== undefined,
      pause: driver.pause !== undefined,
      resume: driver.resume !== undefined,
      halt: driver.halt !== undefined,
    };
    expect(can).toEqual(kind.can);
    await driver.close();
  });

  it.each(rigDrivers.map((kind) => [kind.name, kind] as const))('%s refuses keys that it does not know', (name, kind) => {
    const options = Object.assign({ hots: 'x' }, usable[name]);
    expect(kind.options.safeParse(options).success).toBe(false);
  });

  it.each(['', ' ', '-x', 'a b', 'rig;reboot', `${'a'.repeat(300)}`, 'http://10.0.0.21/'])('on the network refuse %j as a host', (host) => {
    expect(rigDriver('luxos')?.options.safeParse({ host }).success).toBe(false);
  });

  it.each(['10.0.0.21', 'fd00::21', 'rig-1.lan', 'a'])('on the network take %j as a host, at their usual port', (host) => {
    expect(rigDriver('luxos')?.options.safeParse({ host })).toMatchObject({ success: true, data: { port: 4028 } });
  });

  it('are looked up by the names that the configuration may use', () => {
    expect(rigDriver('antminer')).toBeUndefined();
    expect(rigDrivers.map((kind) => kind.name)).toEqual(['luxos', 'braiins', 'axeos', 'cgminer', 'command', 'none']);
  });
});
