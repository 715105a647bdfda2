// Rigs reached by ssh before a real sshd and with the real client.
import { createServer, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { listen } from '../../src/fakes/listen.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { sshHost } from '../../src/rigs/ssh-host.ts';
import { addressBook } from '../../src/transports/address-book.ts';
import { rigKit, within } from '../contract/rig-driver.ts';
import { eventually } from '../support/eventually.ts';
import { type GpuRig, gpuRig } from '../support/gpu-rig.ts';
import { ABSENT, available, type RealSshd, startRealSshd } from '../support/real-sshd.ts';
import { DONE, read } from '../support/ssh-bench.ts';

if (!available()) console.warn(`rigs over ssh before a real sshd ${ABSENT}`);
const describeReal = available() ? describe : describe.skip;

describeReal('a real sshd', () => {
  let rig: GpuRig;
  let sshd: RealSshd;
  const open: RigDriver[] = [];

  beforeAll(async () => {
    rig = gpuRig();
    sshd = await startRealSshd(rig.folder);
  }, 20_000);
  afterEach(async () => {
    for (const driver of open.splice(0)) await driver.close();
  });
  afterAll(async () => {
    await sshd.remove();
    rig.remove();
  });

  const driverOf = (options: object = {}, key = sshd.key): RigDriver => {
    const { port, username, knownHostsFile } = sshd;
    const all = {
      host: '127.0.0.1',
      port,
      os: 'linux',
      service: 'miner.service',
      username,
      keyFile: 'rig.key',
      knownHostsFile,
      ...options,
    };
    const driver = sshHost.open(all, rigKit('rig-1', new Map([['rig.key', key]])));
    open.push(driver);
    return driver;
  };

  it('lets us read, pause and resume a rig', async () => {
    const driver = driverOf();
    expect(await driver.mayOrder?.(within())).toEqual(DONE);
    expect(rig.runs()).toBe(true);
    expect(await read(driver)).toMatchObject({ ok: true, value: { state: 'hashing', watts: 411, temperatureC: 61 } });
    expect(await driver.pause?.(within())).toEqual(DONE);
    expect(rig.runs()).toBe(false);
    expect(await read(driver)).toMatchObject({ ok: true, value: { state: 'paused', watts: 86 } });
    expect(await driver.resume?.(undefined, within())).toEqual(DONE);
    expect(await read(driver)).toMatchObject({ ok: true, value: { state: 'hashing' } });
  }, 30_000);

  it('hands words of the owner to their program as he wrote them', async () => {
    const words = `it's $HOME; "all" \`of\` it \\ and *`;
    const driver = driverOf({ pause: ['/bin/sh', '-c', 'printf "%s" "$1" >"$RIG/said"', 'x', words], resume: ['/bin/true'] });
    expect(await driver.pause?.(within())).toEqual(DONE);
    expect(rig.has('said')).toBe(true);
    const check = driverOf({ pause: ['/bin/sh', '-c', '[ "$(cat "$RIG/said")" = "$1" ]', 'x', words], resume: ['/bin/true'] });
    expect(await check.pause?.(within())).toEqual(DONE);
  }, 20_000);

  it('finds the line of a rig that has a name, though its address is what is connected to', async () => {
    const { port, username, knownHostsFile } = sshd;
    const addresses = addressBook(() => Promise.resolve('127.0.0.1'));
    const options = { host: 'localhost', port, os: 'linux', service: 'miner.service', username, keyFile: 'k', knownHostsFile };
    const driver = sshHost.open(options, { ...rigKit('rig-1', new Map([['k', sshd.key]])), addresses });
    open.push(driver);
    await eventually('the name is known', () => addresses.addressOf('localhost') !== undefined);
    expect(await read(driver)).toMatchObject({ ok: true });
  }, 20_000);

  it('does not let in the key of a stranger', async () => {
    expect(await read(driverOf({}, sshd.strangersKey))).toMatchObject({
      ok: false,
      fault: { code: 'unauthorized', detail: expect.stringContaining('by this key') },
    });
  });

  it('is not asked by what is no key', async () => {
    expect(await read(driverOf({}, 'rubbish'))).toMatchObject({
      ok: false,
      fault: { code: 'unauthorized', detail: expect.stringContaining('no key that ssh can use') },
    });
  });

  it('is not asked while nobody has its host key', async () => {
    expect(await read(driverOf({ knownHostsFile: '/dev/null' }))).toMatchObject({
      ok: false,
      fault: { code: 'unauthorized', detail: expect.stringContaining('ssh-keyscan') },
    });
  });

  it('ends at the deadline before a rig whose programs hang, and keeps no connection', async () => {
    const driver = driverOf({ pause: ['/bin/sleep', '10'], resume: ['/bin/true'] });
    const began = performance.now();
    expect(await driver.pause?.(within(2_000))).toMatchObject({ ok: false, fault: { code: 'timeout' } });
    expect(performance.now() - began).toBeLessThan(3_000);
    // What it was told to do goes on over there; of us nobody is left.
    await eventually('the connection is gone', () => sshd.connections() === 0, 5_000);
  }, 20_000);

  it('is told from a rig that takes connections and never says a word', async () => {
    const sockets = new Set<Socket>();
    const mute = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
    });
    const driver = driverOf({ port: await listen(mute) });
    try {
      const began = performance.now();
      expect(await read(driver)).toMatchObject({ ok: false, fault: { code: 'timeout', detail: expect.stringContaining('hangs') } });
      expect(performance.now() - began).toBeLessThan(5_000);
    } finally {
      for (const socket of sockets) socket.destroy();
      mute.close();
    }
  }, 20_000);

  it('goes down with its rig, which has then obeyed', async () => {
    // Its own shutdown ends the listener and every session of it.
    const children = (of: string): string => `$(cat /proc/${of}/task/${of}/children)`;
    const sessions = `for s in ${children('$p')}; do kill -KILL ${children('$s')} $s; done`;
    rig.file('down', `p=$(cat '${sshd.pidFile}'); ${sessions}; kill -KILL $p; sleep 5\n`);
    const driver = driverOf();
    expect(await driver.halt?.(within())).toEqual(DONE);
    expect(await read(driver)).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    rig.quirk('down', false);
    await sshd.stop();
    await sshd.start();
    expect(await read(driver)).toMatchObject({ ok: true });
  }, 30_000);

  it('set up anew is another machine until its owner says that it is not', async () => {
    await sshd.stop();
    sshd.renewHostKey();
    await sshd.start();
    expect(await read(driverOf())).toMatchObject({
      ok: false,
      fault: { code: 'unauthorized', detail: expect.stringContaining('another host key') },
    });
  }, 20_000);
});
