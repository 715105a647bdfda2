// A rig of graphics cards that is played, behind the program that stands in for ssh: what an owner rehearses with.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { within as inside } from '../../src/fakes/gpu-folder.ts';
import { fakeRigs } from '../../src/fakes/registry.ts';
import { type SshHostFake, type SshHostFakeOptions, startSshHostFake } from '../../src/fakes/ssh-host-rig.ts';
import type { RigReading } from '../../src/model/rig.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import type { SimRigQuirks, SimRigTraits } from '../../src/sim/rig.ts';
import { kindOf, loginOf, type TcpBench, tcpBench } from '../contract/rig-bench.ts';
import { rigKit, within } from '../contract/rig-driver.ts';
import { eventually } from '../support/eventually.ts';

const kind = fakeRigs.find(({ family }) => family === 'ssh-host');
if (kind === undefined) throw new Error('ssh-host is not played');
const LOGIN = loginOf(kind);
const DONE = { ok: true, value: undefined };

const open: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function bench(options: Partial<SshHostFakeOptions> = {}, traits: Partial<SimRigTraits> = {}): Promise<TcpBench<SshHostFake>> {
  const all = { id: 'rig-1', hashRate: 500e6, watts: 1_060, pausedWatts: 130, pausePersists: false, ...traits };
  const made = await tcpBench(kindOf('ssh-host'), all, (rig) => startSshHostFake({ rig, ...options }), LOGIN);
  open.push(made);
  return made;
}

async function readingOf(driver: RigDriver): Promise<RigReading> {
  const reading = await driver.read?.(within());
  if (!reading?.ok) throw new Error(reading?.fault.detail ?? 'it cannot be read');
  return reading.value;
}

describe('a rig of graphics cards that is played', () => {
  it('draws what it draws, says who it is, and would take an order', async () => {
    const { driver } = await bench();
    const reading = await readingOf(driver);
    expect(reading).toMatchObject({ state: 'hashing', identity: expect.stringMatching(/^02:0e:/), firmware: 'Ubuntu 20.04.5 LTS' });
    expect(Math.abs((reading.watts ?? 0) - 1_060)).toBeLessThan(10);
    expect(await driver.mayOrder?.(within())).toEqual(DONE);
  });

  it.each(['nvidia', 'amd', 'rocm'] as const)('is paused and resumed, and its cards of kind %s show it', async (cards) => {
    const { driver, rig, pass } = await bench({ cardKind: cards });
    expect(await driver.pause?.(within())).toEqual(DONE);
    pass(60);
    const paused = await readingOf(driver);
    expect(paused.state).toBe('paused');
    expect(paused.watts).toBeLessThan(140);
    expect(await driver.resume?.(undefined, within())).toEqual(DONE);
    pass(60);
    expect((await readingOf(driver)).state).toBe('hashing');
    expect(rig.log.map(({ what }) => what)).toEqual(['pause', 'resume']);
  });

  it.each(['nvidia', 'amd'] as const)('is limited by its cards of kind %s, and has back what they had', async (cards) => {
    const { driver, rig, pass } = await bench({ cardKind: cards });
    const { limit } = await readingOf(driver);
    expect(limit).toBeDefined();
    expect(await driver.limitWatts?.(700, limit, within())).toEqual(DONE);
    pass(60);
    expect((await readingOf(driver)).watts).toBeLessThan(720);
    expect(await driver.limitWatts?.(undefined, limit, within())).toEqual(DONE);
    pass(60);
    expect((await readingOf(driver)).watts).toBeGreaterThan(1_040);
    expect(rig.look().limitWatts).toBeUndefined();
  });

  it('says that its miner is gone, and draws on, where it lies: nobody takes it for paused', async () => {
    const { driver, rig, pass } = await bench();
    rig.behave({ lies: true });
    expect(await driver.pause?.(within())).toEqual(DONE);
    pass(60);
    expect((await readingOf(driver)).state).toBe('unknown');
  });

  const WAYS: readonly (readonly [string, SimRigQuirks, string, string])[] = [
    ['gives half of its answers', { garbles: true }, 'garbled', 'no whole answer'],
    ['loses its answers', { losesAnswers: true }, 'unreachable', 'broke the connection'],
    ['shows another host key', { page: 'elsewhere' }, 'unauthorized', 'another host key'],
    ['answers with a menu', { page: 'login' }, 'garbled', 'not to a menu'],
    ['takes no key', { locked: true }, 'unauthorized', 'by this key'],
    ['hangs', { hangs: true }, 'timeout', 'did not answer in time'],
    ['answers late', { answerSeconds: 3 }, 'timeout', 'did not answer in time'],
  ];
  it.each(WAYS)('that %s is a fault that says so', async (_how, quirks, code, say) => {
    const { driver, rig } = await bench();
    rig.behave(quirks);
    expect(await driver.read?.(within(1_500))).toMatchObject({ ok: false, fault: { code, detail: expect.stringContaining(say) } });
  });

  it('is shut down, and nobody is there until its plug is pulled and put back', async () => {
    const { driver, rig, pass } = await bench();
    expect(await driver.halt?.(within())).toEqual(DONE);
    expect(rig.look().watts).toBe(0);
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    rig.feed();
    pass(120);
    await eventually('it listens again', async () => (await driver.read?.(within()))?.ok === true);
    expect((await readingOf(driver)).state).toBe('hashing');
  });

  it('lets nobody in by another key', async () => {
    const { fake } = await bench();
    const driver = kindOf('ssh-host').open(
      { host: '127.0.0.1', port: fake.port, ...LOGIN.options, ...fake.options },
      rigKit('rig-1', new Map([['secret', 'another key']])),
    );
    open.push(driver);
    expect(await driver.read?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized' } });
  });

  it('shuts down no machine but itself, whatever its owner has put for halt', async () => {
    const { driver, rig, fake } = await bench();
    const own = kindOf('ssh-host').open(
      { host: '127.0.0.1', port: fake.port, ...LOGIN.options, ...fake.options, halt: ['/sbin/poweroff'] },
      rigKit('rig-1', LOGIN.secrets),
    );
    open.push(own);
    expect((await own.halt?.(within()))?.ok).toBe(false);
    expect(rig.look().fed).toBe(true);
    expect((await driver.read?.(within()))?.ok).toBe(true);
    expect(inside("PATH=/a:/b; '/sbin/poweroff' >/dev/null </proc/1/comm $(/x) /y/*", '/F')).toBe(
      "PATH=/F/a:/F/b; '/F/sbin/poweroff' >/dev/null </F/proc/1/comm $(/F/x) /F/y/*",
    );
  });
});

describe('the program that stands in for ssh', () => {
  let folder: string | undefined;
  afterEach(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });
  const file = (): string => {
    folder = mkdtempSync(join(tmpdir(), 'stand-in-'));
    return join(folder, 'ssh');
  };

  it('stands where its owner wants it, and is gone when the rig is', async () => {
    const client = file();
    const { driver, close } = await bench({ client });
    expect((await driver.read?.(within()))?.ok).toBe(true);
    open.splice(0);
    await close();
    expect(existsSync(client)).toBe(false);
  });

  it('is written over none that is another, and over an older one of its own', async () => {
    const client = file();
    writeFileSync(client, '#!/bin/sh\nexec ssh\n');
    await expect(bench({ client })).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(client, 'utf8')).toBe('#!/bin/sh\nexec ssh\n');
    rmSync(client);
    const { fake } = await bench({ client });
    await fake.close();
    open.splice(0);
    expect(existsSync(client)).toBe(false);
  });
});
