// The command line as a real process: exit codes, signals, pipes and users.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type Control, startControl } from '../../src/control/server.ts';
import { type FakeService, fakeService } from '../support/fake-service.ts';

let home: string;
let socket: string;
let service: FakeService;
let control: Control | undefined;
let children: ChildProcess[];

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'lastwatt-'));
  chmodSync(home, 0o755);
  socket = join(home, 'c.sock');
  service = fakeService();
  children = [];
  const started = await startControl({ socket, handlers: service.handlers });
  if (!started.ok) throw new Error(started.fault.detail);
  control = started.value;
});

afterEach(async () => {
  for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await control?.close();
  rmSync(home, { recursive: true, force: true });
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

// Reads the TypeScript as it is, so that no earlier build is tested by mistake.
const loader = new URL('../unit/host-ts-loader.mjs', import.meta.url);
const register = `data:text/javascript,${encodeURIComponent(`import { register } from 'node:module'; register('${loader}');`)}`;

function launch(
  args: readonly string[],
  options: { readonly uid?: number; readonly gid?: number } = {},
): { readonly child: ChildProcess; readonly ended: Promise<Ran> } {
  const { PATH } = process.env;
  const env = { PATH, LASTWATT_SOCKET: socket };
  const child = spawn(process.execPath, ['--import', register, resolve('src/cli.ts'), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
  children.push(child);
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return { child, ended: new Promise((done) => child.once('close', (code) => done({ code: code ?? -1, out, err }))) };
}

it('prints to standard output without colours and ends with the code of the verb', async () => {
  expect(await launch(['status']).ended).toMatchObject({ code: 0, out: expect.stringMatching(/^ready: /), err: '' });
  expect(await launch(['statsu']).ended).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^lastwatt: [^\n]+\n$/) });
  const { version } = createRequire(import.meta.url)(resolve('package.json')) as { version: string };
  expect(await launch(['--version']).ended).toMatchObject({ code: 0, out: `${version}\n` });
});

it('ends a watch with 0 at SIGINT', async () => {
  const { child, ended } = launch(['status', '--watch']);
  await new Promise((first) => child.stdout?.once('data', first));
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ code: 0, out: expect.stringContaining('ready: '), err: '' });
});

it.each([
  ['at SIGINT', (child: ChildProcess) => child.kill('SIGINT')],
  ['at SIGTERM', (child: ChildProcess) => child.kill('SIGTERM')],
  ['when whoever reads it has gone, as the rest of a pipe at Ctrl-C', (child: ChildProcess) => child.stdout?.destroy()],
])('ends a drill with 1 %s, and says what goes on', async (_, leave) => {
  service.endless.add('s19-1');
  const { child, ended } = launch(['drill', 's19-1', 's19-2', '--cut']);
  let heard = '';
  await new Promise<void>((begun) =>
    child.stdout?.on('data', (text: string) => {
      heard += text;
      if (heard.includes('pausing')) begun();
    }),
  );
  leave(child);
  const { code, err } = await ended;
  expect(code).toBe(1);
  expect(err).toMatch(
    /^lastwatt: you left; the service goes on with the drill of s19-1: it opens its switches, closes them again and brings it back by itself \(lastwatt journal --follow\); not drilled: s19-2\n$/,
  );
  service.endless.clear();
});

it('ends without a word when nobody reads on', async () => {
  for (let at = 0; at < 3000; at += 1) service.note('noted', { say: 'x'.repeat(100) });
  const { child, ended } = launch(['journal', '--since', '2026-11-03']);
  child.stdout?.once('data', () => child.stdout?.destroy());
  expect(await ended).toMatchObject({ code: 0, err: '' });
});

/** Whether a stranger may pass every folder down to the sources. */
function strangerMayRead(path: string): boolean {
  const up = dirname(path);
  return (statSync(path).mode & 0o005) !== 0 && (up === path || strangerMayRead(up));
}

const asRoot = process.getuid?.() === 0;

// Root may use any socket: then nobody asks, if he can read this checkout. Everybody else shuts himself out.
(asRoot && !strangerMayRead(resolve('src')) ? it.skip : it)('names the group that is missing', async () => {
  if (!asRoot) chmodSync(socket, 0);
  const { code, out, err } = await launch(['status'], asRoot ? { uid: 65_534, gid: 65_534 } : {}).ended;
  expect([code, out]).toEqual([3, '']);
  expect(err).toMatch(/^lastwatt: you may not use .*c\.sock: sudo usermod -aG lastwatt \S+, then log in again\n$/);
});

it('finds every mistake in a file, with its place', async () => {
  const file = join(home, 'lastwatt.yaml');
  writeFileSync(file, 'ups: { rack: { nut: { name: rack } } }\nrigs: { s9: { driver: none, fedby: [rack], watts: 1350 } }\n');
  expect(await launch(['check', '--offline', '--config', file]).ended).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringMatching(/lastwatt.yaml: \d mistake.*2:\d+ .*fedby/s),
  });
});
