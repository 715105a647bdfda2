// The demo as a stranger runs it, without a terminal: the built command line, the real service, one whole night.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const NIGHT_MS = 170_000;

let folder: string;
let demo: ChildProcess;
let said: string;
let code: number | null | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lastwatt-demo-test-'));
  said = '';
  code = undefined;
  demo = spawn(process.execPath, [CLI, 'demo'], { env: { ...process.env, TMPDIR: folder }, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [demo.stdout, demo.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  demo.once('close', (ended) => {
    code = ended;
  });
});

afterEach(async () => {
  if (code === undefined) {
    demo.kill('SIGTERM');
    await eventually('the demo has ended', () => code !== undefined, 10_000);
  }
  await rm(folder, { recursive: true, force: true });
});

/** The services that it said it started. */
function services(): readonly number[] {
  return [...said.matchAll(/\(pid (\d+)\)/g)].map(([, pid]) => Number(pid));
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('lastwatt demo', () => {
  it(
    'shows one night from end to end and finds every claim true by the logs of rigs and switches',
    async () => {
      await eventually('the demo has ended', () => code !== undefined, NIGHT_MS);
      expect(said.trimEnd().split('\n').at(-1)).toBe('demo: ok');
      expect(code).toBe(0);
      expect(said).not.toContain('FALSE');
      expect(said).not.toContain('\u001b');
      expect(said).toMatch(
        /s17 is asked to pause.*\n[\s\S]*s19 said that it was paused and drew on[\s\S]*kill -9[\s\S]*every rig hashes again/,
      );
      expect(services()).toHaveLength(2);
      expect(services().filter(lives)).toEqual([]);
      expect(await readdir(folder)).toEqual([]);
    },
    NIGHT_MS + 10_000,
  );

  it('leaves nothing behind when a person ends it', async () => {
    await eventually('the service runs', () => services().length > 0, 30_000);
    demo.kill('SIGINT');
    await eventually('the demo has ended', () => code !== undefined, 10_000);
    expect(code).toBe(130);
    expect(services().filter(lives)).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  }, 60_000);
});
