// A seeded bug that no night shows must be held by a test: one that passes on the sources as they are and fails with it.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bug } from './bug.ts';
import type { Workshop } from './mutant.ts';

/** A test that takes longer has no end. */
const LONGEST_TEST_MS = 300_000;

interface Ran {
  readonly passed: number;
  /** the full name of each that failed */
  readonly failed: readonly string[];
}

/** `test`: a file of jest under test/. `by` names it, and what failed first; absent where it does not hold the bug. */
export async function findByTest(workshop: Workshop, bug: Bug, test: string): Promise<{ readonly nights: number; readonly by?: string }> {
  const sound = await runIn(workshop, undefined, test);
  if (sound.passed === 0 || sound.failed.length > 0)
    throw new Error(`test/${test} does not pass on the sources as they are: ${sound.failed[0]}`);
  const [first] = (await runIn(workshop, bug, test)).failed;
  return first === undefined ? { nights: 0 } : { nights: 0, by: `test/${test}: ${first}` };
}

async function runIn(workshop: Workshop, bug: Bug | undefined, test: string): Promise<Ran> {
  const folder = workshop.checkout(bug);
  try {
    const out = join(folder, 'result.json');
    const jest = join(folder, 'node_modules', 'jest', 'bin', 'jest.js');
    const asked = ['--experimental-vm-modules', jest, '--runTestsByPath', join('test', test), '--ci', '--json', '--outputFile', out];
    const how = { cwd: folder, timeout: LONGEST_TEST_MS, maxBuffer: 2 ** 26 };
    await new Promise<void>((resolve) => execFile(process.execPath, asked, how, () => resolve()));
    return ranOf(readFileSync(out, 'utf8'));
  } finally {
    workshop.scrap(folder);
  }
}

interface JestResult {
  readonly numPassedTests: number;
  readonly testResults: readonly { readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[] }[];
}

function ranOf(text: string): Ran {
  const { numPassedTests, testResults } = JSON.parse(text) as JestResult;
  const all = testResults.flatMap(({ assertionResults }) => assertionResults);
  return { passed: numPassedTests, failed: all.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName) };
}
