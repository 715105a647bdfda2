// Rigs reached by ssh: what the client says when it cannot reach them, what becomes of the key, and of a rig that goes down.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { listen } from '../../src/fakes/listen.ts';
import { within } from '../contract/rig-driver.ts';
import { eventually } from '../support/eventually.ts';
import { sshBench as bench, DONE, HIVE, open, read } from '../support/ssh-bench.ts';

describe('a rig that is shut down', () => {
  it('breaks the connection, and has obeyed once it takes none any more', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined).destroy());
    const port = await listen(server);
    const { driver, rig } = bench({ ...HIVE, port });
    const halting = driver.halt?.(within());
    await eventually('it goes down', () => rig.has('mood'));
    server.close();
    expect(await halting).toEqual(DONE);
    expect(rig.log()).toContain('sreboot shutdown');
  });

  it('has not obeyed while it still takes connections', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined).destroy());
    open.push({ close: () => void server.close() });
    const { driver } = bench({ ...HIVE, port: await listen(server) });
    expect(await driver.halt?.(within(2_500))).toMatchObject({
      ok: false,
      fault: { code: 'timeout', detail: expect.stringContaining('still answers') },
    });
  });

  it('or started anew is left to do so by the words of its system', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined).destroy());
    const { driver, rig } = bench({ ...HIVE, port: await listen(server) });
    const rebooting = driver.reboot?.(within());
    await eventually('it goes down', () => rig.has('mood'));
    server.close();
    expect(await rebooting).toEqual(DONE);
    expect(rig.log()).toContain('sreboot ');
  });

  it('that was never reached has not obeyed, though nobody answers there', async () => {
    const { driver, rig } = bench();
    rig.mood('dark');
    expect(await driver.halt?.(within())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
  });
});

describe('what ssh says', () => {
  it.each([
    ['nobody', 'unreachable', 'refused the connection'],
    ['dark', 'unreachable', 'is it lit'],
    ['rude', 'unreachable', 'broke the connection'],
    ['wedged', 'timeout', 'its system hangs'],
    ['denied', 'unauthorized', 'does not let root in by this key'],
    ['unknown', 'unauthorized', 'ssh-keyscan -p 22 127.0.0.1'],
    ['changed', 'unauthorized', 'another host key'],
  ])('of a rig that is %s is told as %s', async (mood, code, say) => {
    const { driver, rig } = bench();
    rig.mood(mood);
    expect(await read(driver)).toMatchObject({ ok: false, fault: { code, detail: expect.stringContaining(say) } });
  });

  it('of a login that was refused is not asked again for three minutes', async () => {
    const { driver, rig, pass } = bench();
    rig.mood('denied');
    for (let times = 0; times < 5; times++) expect(await read(driver)).toMatchObject({ ok: false, fault: { code: 'unauthorized' } });
    expect(await driver.pause?.(within())).toMatchObject({ ok: false, fault: { code: 'unauthorized' } });
    expect(rig.asked()).toHaveLength(1);
    rig.mood('well');
    pass(181);
    expect(await read(driver)).toMatchObject({ ok: true });
  });

  it('is heard of no rig whose key could not be read', async () => {
    const { driver, rig } = bench(HIVE, { keys: new Map() });
    expect(await read(driver)).toMatchObject({ ok: false, fault: { code: 'unauthorized', detail: expect.stringContaining('rig.key') } });
    expect(rig.asked()).toEqual([]);
  });

  it('is heard nowhere where ssh is not installed', async () => {
    const { driver } = bench({ ...HIVE, client: '/nowhere/ssh' });
    expect(await read(driver)).toMatchObject({
      ok: false,
      fault: { code: 'unsupported', detail: expect.stringContaining('openssh-client') },
    });
  });
});

describe('whether a rig would take an order', () => {
  it('is asked without a word to its miner', async () => {
    const { driver, rig } = bench({ ...HIVE, os: 'linux', service: 'miner.service', username: 'miner' });
    expect(await driver.mayOrder?.(within())).toEqual(DONE);
    rig.quirk('sudo-asks');
    expect(await driver.mayOrder?.(within())).toMatchObject({ ok: false, fault: { code: 'refused' } });
    expect(rig.runs()).toBe(true);
    expect(rig.log()).toEqual([]);
  });

  it('is no where its command is not there', async () => {
    const { driver } = bench({ ...HIVE, pause: ['/nowhere/stop-it'] });
    expect(await driver.mayOrder?.(within())).toMatchObject({
      ok: false,
      fault: { code: 'unsupported', detail: expect.stringContaining('/nowhere/stop-it') },
    });
  });
});

describe('the key of a rig', () => {
  it('lies where only its client reads it, and goes with its driver', async () => {
    const { driver, rig } = bench();
    await read(driver);
    const [path] = /IdentityFile="([^"]*)"/.exec(rig.asked()[0] ?? '')?.slice(1) ?? [];
    expect(readFileSync(path ?? '', 'utf8')).toBe('not a real key\n');
    await driver.close();
    expect(existsSync(dirname(path ?? ''))).toBe(false);
  });
});

it('a key that cannot be laid out whole leaves nothing behind, however often it is tried', async () => {
  const before = process.env['RUNTIME_DIRECTORY'];
  const top = mkdtempSync(join(tmpdir(), 'no-room-'));
  // Room in a path for the folder, and none for the key in it.
  const filling = 4_082 - top.length;
  const parts = Array.from({ length: Math.floor(filling / 201) }, () => 'x'.repeat(200));
  const rest = filling - parts.length * 201;
  const narrow = join(top, ...parts, ...(rest > 1 ? ['x'.repeat(rest - 1)] : []));
  mkdirSync(narrow, { recursive: true });
  process.env['RUNTIME_DIRECTORY'] = narrow;
  try {
    const { driver } = bench();
    for (let time = 0; time < 3; time++) expect(await read(driver)).toMatchObject({ ok: false, fault: { code: 'not-asked' } });
    expect(readdirSync(narrow)).toEqual([]);
  } finally {
    if (before === undefined) delete process.env['RUNTIME_DIRECTORY'];
    else process.env['RUNTIME_DIRECTORY'] = before;
    rmSync(top, { recursive: true, force: true });
  }
});

it('a rig that never ends its answer is left at the deadline, and nothing of the client stays behind', async () => {
  const { driver, rig } = bench();
  rig.mood('silent');
  const reading = driver.read?.(within(600));
  await eventually('it says nothing', () => rig.has('sleeper'));
  expect(await reading).toMatchObject({ ok: false, fault: { code: 'timeout' } });
  const sleeper = Number(readFileSync(join(rig.folder, 'sleeper'), 'utf8'));
  await eventually('its child is gone', () => !isAlive(sleeper));
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // One that ended and that nobody has waited for yet is gone.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
