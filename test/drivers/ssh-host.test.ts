// Rigs of graphics cards over ssh, behind a fake client: what their systems and their cards do.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { sshHost } from '../../src/rigs/ssh-host.ts';
import { rigKit, within } from '../contract/rig-driver.ts';
import type { GpuRig } from '../support/gpu-rig.ts';
import { sshBench as bench, DONE, HIVE, KEYS, LINUX, open, read } from '../support/ssh-bench.ts';

describe('a rig under Hive OS', () => {
  it('is read by its cards, its session and its system', async () => {
    const { driver } = bench();
    expect(await read(driver)).toEqual({
      ok: true,
      value: {
        rig: 'rig-1',
        takenAtMs: 0,
        state: 'hashing',
        // 230.4 and 120.4 of the cards, 60 for the rest of it
        watts: 411,
        wattsFrom: 'estimated',
        temperatureC: 61,
        uptimeSeconds: 86400.12,
        identity: '02:00:5e:10:00:07',
        firmware: 'Ubuntu 20.04.5 LTS',
        limit: 'as its owner has them',
      },
    });
  });

  it('has its watchdog stopped ahead of its miner, so that nothing starts it anew while it is paused', async () => {
    const { driver, rig } = bench();
    expect(await driver.pause?.(within())).toEqual(DONE);
    expect(rig.runs()).toBe(false);
    expect(rig.has('watchdog')).toBe(false);
    expect(rig.log()[0]).toBe('wd stop');
    expect(await read(driver)).toMatchObject({ ok: true, value: { state: 'paused', watts: 86 } });
  });

  it('hashes again with its watchdog', async () => {
    const { driver, rig } = bench();
    await driver.pause?.(within());
    expect(await driver.resume?.(undefined, within())).toEqual(DONE);
    expect(rig.runs()).toBe(true);
    expect(rig.has('watchdog')).toBe(true);
  });

  it('was told to start and started, though `miner start` ends with 1 where no watchdog is enabled', async () => {
    const { driver, rig } = bench();
    rig.quirk('watchdog-enabled', false);
    await driver.pause?.(within());
    expect(await driver.resume?.(undefined, within())).toEqual(DONE);
    expect(rig.runs()).toBe(true);
  });

  it('that says yes and goes on, for a benchmark runs, did not do it', async () => {
    const { driver, rig } = bench();
    rig.quirk('benchmark');
    expect(await driver.pause?.(within())).toMatchObject({
      ok: false,
      fault: { code: 'refused', detail: expect.stringContaining('benchmark') },
    });
  });

  it.each(['benchmark', 'refuses'])('that goes on in spite of a pause (%s) has its watchdog back', async (quirk) => {
    const { driver, rig } = bench();
    rig.quirk(quirk);
    expect((await driver.pause?.(within()))?.ok).toBe(false);
    expect(rig.has('watchdog')).toBe(true);
  });

  it('in maintenance does not start, and says why', async () => {
    const { driver, rig } = bench();
    rig.quirk('maintenance');
    await driver.pause?.(within());
    expect(await driver.resume?.(undefined, within())).toMatchObject({
      ok: false,
      fault: { code: 'refused', detail: '127.0.0.1:22 did not do it (exit code 1): Maintenance mode enabled, exiting' },
    });
    // It would start a rig anew that is not to hash.
    expect(rig.has('watchdog')).toBe(false);
  });

  it('speaks in colours, and its refusal is told without them', async () => {
    const { driver, rig } = bench();
    rig.quirk('refuses');
    expect(await driver.pause?.(within())).toMatchObject({
      ok: false,
      fault: { detail: '127.0.0.1:22 did not do it (exit code 3): it will not' },
    });
  });

  it('whose miner is gone and whose cards still draw is not paused', async () => {
    const { driver, rig } = bench();
    rig.quirk('zombie');
    await driver.pause?.(within());
    expect(await read(driver)).toMatchObject({ ok: true, value: { state: 'unknown', watts: 411 } });
  });

  it('whose cards rest and whose miner is there waits for its pool: it is not paused', async () => {
    const { driver, rig } = bench(HIVE, {
      cards: [{ id: 'GPU-0aa1b2c3-0001', watts: 20, idleWatts: 14, limit: 240, least: 100, most: 340 }],
    });
    expect(await read(driver)).toMatchObject({ ok: true, value: { state: 'unknown' } });
    rig.file('proc/uptime', '200.5 100.0\n');
    expect(await read(driver)).toMatchObject({ ok: true, value: { state: 'starting' } });
  });

  it.each([
    ['whose tool for its cards fails', 'smi-fails'],
    ['that lost a card', 'lost-GPU-0aa1b2c3-0002'],
    ['with a card that does not tell its watts', 'mute-GPU-0aa1b2c3-0002'],
  ])('%s is not known to be paused', async (_which, quirk) => {
    const { driver, rig } = bench();
    await driver.pause?.(within());
    rig.quirk(quirk);
    const reading = await read(driver);
    expect(reading).toMatchObject({ ok: true, value: { state: 'unknown' } });
    if (reading?.ok) expect(reading.value.watts).toBeUndefined();
  });

  it.each(['0x030200', '0x038000'])('with a card of class %s that nothing tells of is not known to be paused', async (kind) => {
    const { driver, rig } = bench();
    await driver.pause?.(within());
    rig.file('sys/bus/pci/devices/0000:09:00.0/class', `${kind}\n`);
    rig.file('sys/bus/pci/devices/0000:09:00.0/vendor', '0x1002\n');
    expect(await read(driver)).toMatchObject({ ok: true, value: { state: 'unknown' } });
  });

  it('whose tool for its cards hangs is heard all the same within the 5 s that a look may take', async () => {
    const { driver, rig } = bench();
    rig.quirk('smi-hangs');
    expect(await driver.read?.(within(5_000))).toMatchObject({ ok: true, value: { state: 'hashing', identity: '02:00:5e:10:00:07' } });
  });

  it('with the tool of another maker that fails is read by the cards that it has', async () => {
    const { driver, rig } = bench(HIVE, { cards: [] });
    rig.quirk('smi-fails');
    amdCard(rig, { microwatts: 9_000_000 });
    rig.quirk('runs', false);
    expect(await read(driver)).toMatchObject({ ok: true, value: { state: 'paused', watts: 69 } });
  });

  it('greets every caller, and is read all the same', async () => {
    const { driver, rig } = bench();
    rig.quirk('greets');
    expect(await read(driver)).toMatchObject({ ok: true, value: { state: 'hashing' } });
  });

  it('whose key leads to a menu is told of', async () => {
    const { driver, rig } = bench();
    rig.mood('menu');
    for (const outcome of [await read(driver), await driver.pause?.(within())]) {
      expect(outcome).toMatchObject({ ok: false, fault: { code: 'garbled', detail: expect.stringContaining('menu') } });
    }
  });

  it('is ordered by another user than root through sudo, which never waits for a password', async () => {
    const { driver, rig } = bench({ ...HIVE, username: 'user' });
    expect(await driver.pause?.(within())).toEqual(DONE);
    expect(rig.runs()).toBe(false);
    rig.quirk('sudo-asks');
    expect(await driver.resume?.(undefined, within())).toMatchObject({
      ok: false,
      fault: { code: 'unauthorized', detail: expect.stringContaining('NOPASSWD') },
    });
  });
});

/** A card of AMD as the kernel shows it: µW and m°C. */
function amdCard(rig: GpuRig, { microwatts }: { microwatts: number }): void {
  const at = 'sys/bus/pci/devices/0000:0b:00.0';
  const files = { name: 'amdgpu', power1_average: microwatts, temp1_input: 46_000, temp2_input: 58_000, fan1_input: 1_312 };
  const caps = { power1_cap: 130_000_000, power1_cap_min: 60_000_000, power1_cap_max: 150_000_000 };
  for (const [name, value] of Object.entries({ ...files, ...caps })) rig.file(`${at}/hwmon/hwmon3/${name}`, `${value}\n`);
  rig.file(`${at}/class`, '0x030000\n');
  rig.file(`${at}/vendor`, '0x1002\n');
}

describe('a rig with cards of AMD', () => {
  it('is read by the files of its kernel', async () => {
    const { driver, rig } = bench(HIVE, { cards: [] });
    amdCard(rig, { microwatts: 118_000_000 });
    expect(await read(driver)).toMatchObject({
      ok: true,
      value: { state: 'hashing', watts: 178, temperatureC: 58, fansRpm: [1_312] },
    });
  });

  it('is limited by the file of its kernel, in microwatts', async () => {
    const { driver, rig } = bench(HIVE, { cards: [] });
    amdCard(rig, { microwatts: 118_000_000 });
    expect(await driver.limitWatts?.(160, undefined, within())).toEqual(DONE);
    const cap = join(rig.folder, 'sys/bus/pci/devices/0000:0b:00.0/hwmon/hwmon3/power1_cap');
    expect(readFileSync(cap, 'utf8')).toBe('100000000\n');
    expect(await driver.limitWatts?.(undefined, undefined, within())).toEqual(DONE);
    expect(readFileSync(cap, 'utf8')).toBe('130000000\n');
  });

  it('is read by rocm-smi where its kernel shows no such files', async () => {
    const { driver, rig } = bench(HIVE, { cards: [] });
    const told = { 'Temperature (Sensor junction) (C)': '55.0', 'Average Graphics Package Power (W)': '101.0', 'Fan RPM': '900' };
    rig.file('bin/rocm-smi', `#!/bin/sh\necho '${JSON.stringify({ card0: told, system: { 'Driver version': '6.2' } })}'\n`);
    await makeProgram(rig, 'rocm-smi');
    expect(await read(driver)).toMatchObject({ ok: true, value: { state: 'hashing', watts: 161, temperatureC: 55, fansRpm: [900] } });
  });

  it.each([
    ['an object that no text can be made of', { toString: 1, valueOf: 1 }],
    ['a list', [['101.0']]],
  ])('does not know its watts where rocm-smi tells %s for them', async (_what, figure) => {
    const { driver, rig } = bench(HIVE, { cards: [] });
    rig.file('bin/rocm-smi', `#!/bin/sh\necho '${JSON.stringify({ card0: { 'Average Graphics Package Power (W)': figure } })}'\n`);
    await makeProgram(rig, 'rocm-smi');
    const reading = await read(driver);
    expect(reading).toMatchObject({ ok: true, value: { state: 'hashing' } });
    if (reading?.ok) expect(reading.value.watts).toBeUndefined();
  });
});

async function makeProgram(rig: GpuRig, name: string): Promise<void> {
  await once(spawn('/bin/chmod', ['755', join(rig.folder, 'bin', name)]), 'close');
}

describe('a rig under any Linux', () => {
  it('is paused and resumed by its service', async () => {
    const { driver, rig } = bench(LINUX);
    expect(await driver.pause?.(within())).toEqual(DONE);
    expect(await read(driver)).toMatchObject({ ok: true, value: { state: 'paused' } });
    expect(await driver.resume?.(undefined, within())).toEqual(DONE);
    expect(await read(driver)).toMatchObject({ ok: true, value: { state: 'hashing' } });
    expect(rig.has('watchdog')).toBe(true);
    expect(rig.log().filter((line) => line.startsWith('wd'))).toEqual([]);
  });

  it('whose service comes back by itself did not stop', async () => {
    const { driver, rig } = bench(LINUX);
    rig.quirk('restarts');
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'refused' } });
  });

  it('without that service is told of, once as unsupported and never as paused', async () => {
    const { driver } = bench({ ...LINUX, service: 'minr' });
    expect(await read(driver)).toMatchObject({
      ok: false,
      fault: { code: 'unsupported', detail: '127.0.0.1:22 knows no service minr: correct service' },
    });
    expect(await driver.pause?.(within())).toMatchObject({
      ok: false,
      fault: { code: 'refused', detail: expect.stringContaining('minr') },
    });
  });

  it('is ordered by commands of its owner, quoted so that nothing in them means anything to a shell', async () => {
    const script = 'rm -f "$RIG/runs"; printf "%s" "$1" >"$RIG/said"';
    const pause = ['/bin/sh', '-c', script, 'x', `it's $HOME; "all" \`of\` it`];
    const { driver, rig } = bench({ ...HIVE, os: 'smos', username: 'root', process: ['t-rex'], pause, resume: ['/bin/false'] });
    rig.file('proc/99/comm', 't-rex\n');
    expect(await driver.pause?.(within())).toEqual(DONE);
    expect(readFileSync(join(rig.folder, 'said'), 'utf8')).toBe(`it's $HOME; "all" \`of\` it`);
    // Gone or not is told by the processes, not by the command.
    expect(await read(driver)).toMatchObject({ ok: true, value: { state: 'unknown' } });
    rig.file('proc/99/comm', 'bash\n');
    expect(await read(driver)).toMatchObject({ ok: true, value: { state: 'paused' } });
    expect(await driver.resume?.(undefined, within())).toMatchObject({ ok: false, fault: { code: 'refused' } });
  });

  it('that shows this user no processes of others is not known to be paused', async () => {
    const options = { ...HIVE, os: 'linux', process: ['xmrig'], pause: ['/bin/true'], resume: ['/bin/true'], cards: 0 };
    const { driver, rig } = bench(options, { cards: [] });
    expect(await read(driver)).toMatchObject({ ok: true, value: { state: 'paused' } });
    rig.quirk('proc/1/comm', false);
    expect(await read(driver)).toMatchObject({ ok: true, value: { state: 'unknown' } });
  });

  it('that hashes on its processor is paused once its miner is gone', async () => {
    const { driver } = bench({ ...LINUX, cards: 0 }, { cards: [] });
    expect(await read(driver)).toMatchObject({ ok: true, value: { state: 'hashing' } });
    await driver.pause?.(within());
    const reading = await read(driver);
    expect(reading).toMatchObject({ ok: true, value: { state: 'paused' } });
    if (reading?.ok) expect(reading.value.watts).toBeUndefined();
  });

  it.each([
    ['neither service nor commands', { ...HIVE, os: 'linux' }],
    ['commands and no process to look for', { ...HIVE, os: 'linux', pause: ['/bin/a'], resume: ['/bin/b'] }],
    ['a password', { ...LINUX, password: 'secret' }],
    ['a command as one string', { ...LINUX, pause: '/bin/stop it' }],
    ['an argument of two lines', { ...LINUX, pause: ['/bin/stop', 'a\nb'] }],
    ['a service that is more than a name', { ...LINUX, service: 'miner; reboot' }],
    ['a user that is an option', { ...LINUX, username: '-oProxyCommand=x' }],
    ['no key', { host: '127.0.0.1', os: 'hive' }],
    ['a file of host keys beside the configuration', { ...LINUX, knownHostsFile: 'known_hosts' }],
  ])('is not configured with %s', (_which, options) => {
    expect(sshHost.options.safeParse(options).success).toBe(false);
  });
});

describe('the power limit of a rig', () => {
  it('is shared among its cards as they shared what they had, and taken back to what its owner had set', async () => {
    const { driver, rig } = bench();
    expect(await driver.limitWatts?.(330, undefined, within())).toEqual(DONE);
    // 270 W for 240 + 120: a scale of 3/4 would be below the least of the second.
    expect(rig.limits()).toEqual([170, 100]);
    expect(await driver.limitWatts?.(360, undefined, within())).toEqual(DONE);
    expect(rig.limits()).toEqual([200, 100]);
    expect(await driver.limitWatts?.(undefined, undefined, within())).toEqual(DONE);
    expect(rig.limits()).toEqual([240, 120]);
    expect(rig.has('run/lastwatt-power-limits')).toBe(false);
    expect(await driver.limitWatts?.(undefined, undefined, within())).toEqual(DONE);
  });

  it('never raises what its owner has set', async () => {
    const { driver, rig } = bench();
    expect(await driver.limitWatts?.(5_000, undefined, within())).toEqual(DONE);
    expect(rig.limits()).toEqual([240, 120]);
  });

  it('is remembered on the rig over a restart of the service', async () => {
    const { driver, rig } = bench();
    await driver.limitWatts?.(330, undefined, within());
    const next = sshHost.open({ client: rig.client, ...HIVE }, rigKit('rig-1', KEYS));
    open.push(next);
    expect(await next.limitWatts?.(undefined, undefined, within())).toEqual(DONE);
    expect(rig.limits()).toEqual([240, 120]);
  });

  it('below what its cards can be set to is refused with the least that they can', async () => {
    const { driver, rig } = bench();
    expect(await driver.limitWatts?.(200, undefined, within())).toMatchObject({
      ok: false,
      fault: { code: 'refused', retry: 'never', detail: expect.stringContaining('260 W at least') },
    });
    expect(rig.limits()).toEqual([240, 120]);
  });

  it('that a card does not take is no limit', async () => {
    const { driver, rig } = bench();
    rig.quirk('limit-sticks');
    expect(await driver.limitWatts?.(330, undefined, within())).toMatchObject({ ok: false, fault: { code: 'refused' } });
  });

  it('is not set where a card is lost', async () => {
    const { driver, rig } = bench();
    rig.quirk('lost-GPU-0aa1b2c3-0002');
    expect(await driver.limitWatts?.(330, undefined, within())).toMatchObject({ ok: false, fault: { code: 'refused' } });
    expect(rig.limits()).toEqual([240, 120]);
  });
});
