// The lock that keeps two services off one stateDir, between real processes.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type Lock, takeLock } from '../../src/host/lock.ts';
import type { Outcome } from '../../src/model/outcome.ts';

let stateDir: string;
let holders: ChildProcess[];

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'lock-'));
  holders = [];
});
afterEach(async () => {
  await Promise.all(holders.map((holder) => killed(holder)));
  rmSync(stateDir, { recursive: true, force: true });
});

/** Another process that holds the lock, and stays. */
async function holder(): Promise<ChildProcess> {
  const lock = new URL('../../src/host/lock.ts', import.meta.url);
  const loader = new URL('./host-ts-loader.mjs', import.meta.url);
  const program = `
    const { takeLock } = await import(${JSON.stringify(lock.href)});
    const taken = await takeLock(${JSON.stringify(stateDir)});
    process.stdout.write(taken.ok ? 'held' : taken.fault.detail);
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--no-warnings', '--experimental-loader', loader.href, '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  holders.push(child);
  const said = await new Promise<string>((resolve) => child.stdout.setEncoding('utf8').once('data', resolve));
  expect(said).toBe('held');
  return child;
}

function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

function mustHold(taken: Outcome<Lock>): Lock {
  if (!taken.ok) throw new Error(taken.fault.detail);
  return taken.value;
}

it('is taken once, released, and taken again', async () => {
  const first = mustHold(await takeLock(stateDir));
  expect(await takeLock(stateDir)).toMatchObject({ ok: false, fault: { code: 'refused', retry: 'never' } });
  await first.release();
  await mustHold(await takeLock(stateDir)).release();
});

it('names the process that holds it, and dies with that process', async () => {
  const other = await holder();
  const refused = await takeLock(stateDir);
  expect(refused).toMatchObject({ ok: false, fault: { code: 'refused', detail: expect.stringContaining(`process ${other.pid}`) } });
  expect(refused.ok ? '' : refused.fault.detail).toContain(stateDir);
  await killed(other);
  await mustHold(await takeLock(stateDir)).release();
}, 20_000);

it('is one lock for one directory under two names, and two for two', async () => {
  const alias = join(stateDir, 'alias');
  symlinkSync(stateDir, alias);
  const first = mustHold(await takeLock(stateDir));
  expect(await takeLock(alias)).toMatchObject({ ok: false, fault: { code: 'refused' } });
  const elsewhere = mkdtempSync(join(tmpdir(), 'lock-'));
  await mustHold(await takeLock(elsewhere)).release();
  rmSync(elsewhere, { recursive: true });
  await first.release();
});

it('says what is wrong with a stateDir that is no directory', async () => {
  expect(await takeLock(join(stateDir, 'missing'))).toMatchObject({
    ok: false,
    fault: { code: 'unsupported', detail: expect.stringContaining('missing') },
  });
  writeFileSync(join(stateDir, 'file'), '');
  expect(await takeLock(join(stateDir, 'file'))).toMatchObject({
    ok: false,
    fault: { detail: expect.stringContaining('not a directory') },
  });
});

it('is not shaken by whoever connects, floods or hangs up', async () => {
  const lock = mustHold(await takeLock(stateDir));
  const { dev, ino } = statSync(stateDir, { bigint: true });
  const callers = Array.from({ length: 20 }, () => connect({ path: `\0lastwatt-${dev}-${ino}` }).on('error', () => undefined));
  for (const caller of callers) caller.write('x'.repeat(10_000), () => caller.destroy());
  expect(await takeLock(stateDir)).toMatchObject({ ok: false, fault: { code: 'refused' } });
  for (const caller of callers) caller.destroy();
  await lock.release();
});

it('is refused, without a wait, where a stranger holds the name and answers rubbish or nothing', async () => {
  const { dev, ino } = statSync(stateDir, { bigint: true });
  const stranger = createServer((socket) => socket.on('error', () => undefined).write('not a number, '.repeat(5000)));
  await new Promise<void>((resolve) => stranger.listen({ path: `\0lastwatt-${dev}-${ino}` }, resolve));
  expect(await takeLock(stateDir)).toMatchObject({ ok: false, fault: { detail: expect.stringMatching(/^another lastwatt already/) } });
  await new Promise((resolve) => stranger.close(resolve));
});
