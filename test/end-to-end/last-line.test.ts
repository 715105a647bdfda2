// What scripts/test and .ci/run end with, whatever jest found: they run as they are, in a tree of their own, with an npm
// that tells the result it was given.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
let tree: string;

beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'last-line-'));
  for (const folder of ['scripts', '.ci']) cpSync(join(REPOSITORY, folder), join(tree, folder), { recursive: true });
  for (const folder of ['bin', 'dist', 'src', 'node_modules']) mkdirSync(join(tree, folder));
  for (const file of ['package-lock.json', 'package.json', 'tsconfig.json']) {
    writeFileSync(join(tree, file), '{}');
    utimesSync(join(tree, file), 1, 1);
  }
  for (const made of ['dist/main.js', 'node_modules/.package-lock.json']) writeFileSync(join(tree, made), '');
  program('scripts/check-unit', 'exit 0');
  virtualPi('virtual Pi skipped: no qemu here', 77);
  program('bin/apt-get', 'exit 1');
});

afterEach(() => rmSync(tree, { recursive: true, force: true }));

function program(path: string, body: string): void {
  writeFileSync(join(tree, path), `#!/bin/sh\n${body}\n`);
  chmodSync(join(tree, path), 0o755);
}

function virtualPi(lastLine: string, code: number): void {
  program('scripts/virtual-pi', `echo '${lastLine}'; exit ${code}`);
}

interface Result {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The last lines of a script after such a result. */
function lastLines(script: string, result: Result, { lint = 0, named = [] as readonly string[] } = {}): readonly string[] {
  return linesOf(script, result, { lint, named }).slice(-2);
}

function linesOf(
  script: string,
  { passed, failed, skipped }: Result,
  { lint, named }: { readonly lint: number; readonly named: readonly string[] },
): readonly string[] {
  const figures = {
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: skipped,
    numTodoTests: 0,
    numRuntimeErrorTestSuites: 0,
    testResults: named.map((fullName) => ({
      name: join(tree, 'test/x.test.ts'),
      status: 'failed',
      assertionResults: [{ status: 'failed', fullName, failureMessages: ['Error: it did not', '    at x (node_modules/y.js:1:1)'] }],
    })),
  };
  program(
    'bin/npm',
    `for word; do case $word in
--outputFile=*) echo '${JSON.stringify(figures)}' >"\${word#*=}" && exit ${failed > 0 ? 1 : 0} ;;
lint) exit ${lint} ;;
esac; done`,
  );
  const { stdout } = spawnSync(join(tree, script), { encoding: 'utf8', env: { PATH: `${join(tree, 'bin')}:${process.env['PATH']}` } });
  return stdout.trimEnd().split('\n');
}

describe.each(['scripts/test', '.ci/run'])('the last line of %s', (script) => {
  it('tells passed and failed and nothing else; what was skipped stands before it', () => {
    expect(lastLines(script, { passed: 1204, failed: 0, skipped: 7 }).at(-1)).toBe('1204 passed, 0 failed');
    expect(lastLines(script, { passed: 3, failed: 2, skipped: 0 }).at(-1)).toBe('3 passed, 2 failed');
    expect(lastLines('scripts/test', { passed: 3, failed: 0, skipped: 7 })).toEqual(['7 skipped', '3 passed, 0 failed']);
  });
});

it('names each test that failed once more above the last line, with what it found, and what else did', () => {
  const result = { passed: 3, failed: 1, skipped: 2 };
  const failure = ['FAILED: test/x.test.ts: sheds nobody', '    Error: it did not'];
  expect(linesOf('scripts/test', result, { lint: 0, named: ['sheds nobody'] }).slice(-4)).toEqual([
    ...failure,
    '2 skipped',
    '3 passed, 1 failed',
  ]);
  const all = linesOf('.ci/run', result, { lint: 1, named: ['sheds nobody'] });
  expect(all.slice(-5)).toEqual(['FAILED: lint', ...failure, '3 skipped', '3 passed, 2 failed']);
});

it('counts lint as a test that failed', () => {
  expect(lastLines('.ci/run', { passed: 9, failed: 1, skipped: 2 }, { lint: 1 }).at(-1)).toBe('9 passed, 2 failed');
});

describe('the virtual Pi', () => {
  const ended = (): readonly string[] => lastLines('.ci/run', { passed: 9, failed: 0, skipped: 2 });

  it('counts as one that was skipped where this machine can have none', () => {
    expect(ended()).toEqual(['3 skipped', '9 passed, 0 failed']);
  });

  it('adds what it passed and failed', () => {
    virtualPi('18 passed, 0 failed', 0);
    expect(ended()).toEqual(['2 skipped', '27 passed, 0 failed']);
    virtualPi('17 passed, 1 failed', 1);
    expect(ended()).toEqual(['2 skipped', '26 passed, 1 failed']);
  });

  it('that does not come to its end counts as one that failed', () => {
    virtualPi('booting', 1);
    expect(ended()).toEqual(['2 skipped', '9 passed, 1 failed']);
  });
});
