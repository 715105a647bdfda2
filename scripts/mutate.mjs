// The part of scripts/mutate that talks to Stryker: one run for each group of files that share their tests, then a table.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: { tool: { type: 'string' }, copy: { type: 'string' }, list: { type: 'boolean' } },
  allowPositionals: true,
});
const groups = JSON.parse(readFileSync('test/mutation.json', 'utf8'));
const known = groups.flatMap(({ files }) => files);
const wanted = positionals.length === 0 ? known : positionals;
const unknown = wanted.filter((file) => !known.includes(file));
if (unknown.length > 0) {
  console.error(`mutate: test/mutation.json does not name ${unknown.join(', ')}; it names:\n  ${known.join('\n  ')}`);
  process.exit(2);
}
if (values.list) {
  for (const { limit, files, tests } of groups) for (const file of files) console.log(`${file}: ${limit} %, by ${tests.join(' ')}`);
  process.exit(0);
}

const rows = [];
for (const { limit, tests, files } of groups) {
  const chosen = files.filter((file) => wanted.includes(file));
  if (chosen.length === 0) continue;
  const some = mutated(chosen, tests).map(([file, seen]) => ({ file, limit, ...seen }));
  // At once, for the rest may take an hour.
  for (const { missed } of some) for (const line of missed) console.log(line);
  rows.push(...some);
}
print(rows);
process.exit(rows.every(({ score, limit }) => score >= limit) ? 0 : 1);

/** Runs Stryker over files with the tests that are nearest to them; Stryker itself picks those that reach a mutant. */
function mutated(files, tests) {
  writeFileSync(
    join(values.copy, 'jest.mutate.config.js'),
    `import base from './jest.config.js';\nexport default { ...base, testMatch: ${JSON.stringify(tests.map((test) => `<rootDir>/${test}`))}, setupFiles: ['<rootDir>/test/support/same-draws.ts'] };\n`,
  );
  const config = {
    testRunner: 'jest',
    plugins: ['@stryker-mutator/jest-runner'],
    testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
    // Modules of a vm are never given back (Node 20): a runner that lives long eats the machine.
    maxTestRunnerReuse: 60,
    coverageAnalysis: 'perTest',
    mutate: files,
    jest: { projectType: 'custom', configFile: 'jest.mutate.config.js', enableFindRelatedTests: false },
    concurrency: Number(process.env.MUTATE_JOBS ?? 1),
    timeoutMS: 4_000,
    reporters: ['json', ...(process.stderr.isTTY ? ['progress'] : [])],
    jsonReporter: { fileName: 'mutation.json' },
    tempDirName: 'sandbox',
    allowConsoleColors: false,
  };
  writeFileSync(join(values.copy, 'stryker.config.json'), JSON.stringify(config));
  const stryker = join(values.tool, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');
  const run = spawnSync(process.execPath, [stryker, 'run', 'stryker.config.json'], {
    cwd: values.copy,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (run.status !== 0) {
    console.error(`mutate: Stryker ended with ${run.status ?? run.signal}:\n${run.stdout.slice(-4_000)}`);
    process.exit(2);
  }
  const report = JSON.parse(readFileSync(join(values.copy, 'mutation.json'), 'utf8'));
  return Object.entries(report.files).map(([file, { source, mutants }]) => [file, seenOf(file, source, mutants)]);
}

function seenOf(file, source, mutants) {
  const count = (...states) => mutants.filter(({ status }) => states.includes(status)).length;
  const noticed = count('Killed', 'Timeout');
  const missed = mutants.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');
  const all = noticed + missed.length;
  return {
    all,
    noticed,
    uncovered: count('NoCoverage'),
    score: all === 0 ? 100 : (noticed / all) * 100,
    missed: missed.map((one) => told(file, source, one)),
  };
}

function told(file, source, { location: { start, end }, mutatorName, replacement = '', status }) {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  if (lines.length > 0) lines[lines.length - 1] = lines.at(-1).slice(0, end.column - 1);
  const original = lines.join('\n').slice(start.column - 1);
  const short = (text) => text.replace(/\s+/g, ' ').slice(0, 90);
  return `${file}:${start.line}:${start.column} ${mutatorName}${status === 'NoCoverage' ? ', not reached' : ''}: ${short(original)} -> ${short(replacement)}`;
}

function print(all) {
  console.log(`\n| ${'file'.padEnd(34)} | mutants | noticed | not reached |   score | limit |`);
  console.log(`| ${'-'.repeat(34)} | ------: | ------: | ----------: | ------: | ----: |`);
  for (const { file, all: mutants, noticed, uncovered, score, limit } of all) {
    const cells = [
      String(mutants).padStart(7),
      String(noticed).padStart(7),
      String(uncovered).padStart(11),
      `${score.toFixed(1)} %`.padStart(7),
    ];
    console.log(`| ${file.padEnd(34)} | ${cells.join(' | ')} | ${limit} %${score < limit ? '  below' : ''} |`);
  }
}
