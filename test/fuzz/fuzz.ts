// scripts/fuzz: parser after parser in a thread of its own, watched, and a table of what was seen. An input that fails is
// kept as a case and named with the command that makes it again.
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { casesOf, corpusOf, inputOf, keepCase } from './inputs.ts';
import { type FuzzParser, LONGEST_MS } from './parser.ts';
import { parsers } from './parsers/registry.ts';
import { tried } from './trial.ts';
import type { Errand, Failure, Figures } from './worker.ts';

/** A thread that is so long at one input hangs; what is merely slow is measured there. */
const HANGS_MS = 20_000;
const OLD_MIB = 768;

interface Asked {
  readonly parsers: readonly FuzzParser[];
  readonly from: number;
  readonly inputs: number;
  readonly minutes: number;
}

function asked(argv: readonly string[]): Asked {
  const { values } = parseArgs({
    args: [...argv],
    options: { parser: { type: 'string' }, from: { type: 'string' }, inputs: { type: 'string' }, minutes: { type: 'string' } },
  });
  const wanted = values.parser?.split(',');
  const unknown = wanted?.filter((name) => !parsers.some((one) => one.name === name)) ?? [];
  if (unknown.length > 0) throw new Error(`no parser ${unknown.join(', ')}; there are: ${parsers.map(({ name }) => name).join(', ')}`);
  const number = (text: string | undefined, usual: number): number => {
    if (text === undefined) return usual;
    const value = Number(text);
    if (!Number.isFinite(value) || value < 0) throw new Error(`${text} is no number`);
    return value;
  };
  const minutes = number(values.minutes, Number.POSITIVE_INFINITY);
  return {
    parsers: parsers.filter(({ name }) => wanted?.includes(name) ?? true),
    from: number(values.from, 1),
    inputs: number(values.inputs, values.minutes === undefined ? 20_000 : Number.POSITIVE_INFINITY),
    minutes,
  };
}

const NOTHING: Figures = { inputs: 0, ms: 0, slowestMs: 0, slowestSeed: 0, mostBytes: 0, mostSeed: 0, failures: [] };

function fuzzed(errand: Omit<Errand, 'place'>, show: (figures: Figures) => void): Promise<Figures> {
  const place = new SharedArrayBuffer(8);
  const at = new Float64Array(place);
  return new Promise((resolve) => {
    let figures = NOTHING;
    let seen = { seed: Number.NaN, sinceMs: performance.now() };
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: { ...errand, place } satisfies Errand,
      resourceLimits: { maxOldGenerationSizeMb: OLD_MIB },
    });
    const end = (failure?: string): void => {
      clearInterval(watch);
      void worker.terminate();
      const failures: readonly Failure[] =
        failure === undefined ? figures.failures : [...figures.failures, { seed: at[0] ?? 0, sentence: failure }];
      resolve({ ...figures, failures });
    };
    const watch = setInterval(() => {
      const seed = at[0] ?? 0;
      if (seed !== seen.seed) seen = { seed, sinceMs: performance.now() };
      else if (performance.now() - seen.sinceMs > HANGS_MS) end(`it hangs: no end after ${HANGS_MS / 1000} s`);
    }, 500);
    worker.on('message', (said: { figures: Figures; done: boolean }) => {
      figures = said.figures;
      show(figures);
      if (said.done) end();
    });
    worker.on('error', (error: unknown) => end(`it ended its thread: ${error instanceof Error ? error.message : String(error)}`));
  });
}

function row(name: string, { inputs, ms, slowestMs, mostBytes, failures }: Figures): string {
  const rate = ms === 0 ? 0 : Math.round((inputs / ms) * 1000);
  const cells = [
    inputs.toLocaleString('en'),
    rate.toLocaleString('en'),
    slowestMs.toFixed(1),
    Math.ceil(mostBytes / 1024).toLocaleString('en'),
  ];
  return `| ${name.padEnd(15)} | ${cells.map((cell) => cell.padStart(10)).join(' | ')} | ${String(failures.length).padStart(8)} |`;
}

/** Those that failed once come first: they are few, and a fix must hold. */
async function casesAgain(parser: FuzzParser): Promise<readonly string[]> {
  const broken: string[] = [];
  for (const { name, bytes } of casesOf(parser.name)) {
    const { failure } = await tried(parser, bytes);
    if (failure !== undefined) broken.push(`${parser.name}: test/fuzz/cases/${parser.name}/${name}: ${failure}`);
  }
  return broken;
}

async function main(): Promise<number> {
  const { parsers: chosen, from, inputs, minutes } = asked(process.argv.slice(2));
  const began = performance.now();
  const source = execFileSync('git', ['rev-parse', 'HEAD:src'], { encoding: 'utf8' }).trim();
  const changed = execFileSync('git', ['status', '--porcelain', 'src'], { encoding: 'utf8' }).trim() === '' ? '' : ', changed since';
  const rows: string[] = [];
  const broken: string[] = [];
  for (const [place, parser] of chosen.entries()) {
    // What is left of the time is for those that are left.
    const withinMs = (minutes * 60_000 - (performance.now() - began)) / (chosen.length - place);
    broken.push(...(await casesAgain(parser)));
    const figures = await fuzzed({ parser: parser.name, from, inputs, withinMs }, ({ inputs: done, failures }) => {
      if (process.stderr.isTTY)
        process.stderr.write(`\r${parser.name}: ${done.toLocaleString('en')} inputs, ${failures.length} failures   `);
    });
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    console.log(
      `${parser.name}: ${figures.inputs.toLocaleString('en')} inputs from ${from}; slowest ${figures.slowestSeed}, greediest ${figures.mostSeed}; ${figures.failures.length} failures`,
    );
    for (const { seed, sentence } of figures.failures) {
      const kept = keepCase(parser.name, seed, inputOf(parser, seed, corpusOf(parser.name)));
      broken.push(`${parser.name}: ${sentence}\n  kept as ${kept}; again: scripts/fuzz --parser ${parser.name} --from ${seed} --inputs 1`);
    }
    rows.push(row(parser.name, figures));
  }
  console.log(`\nsrc ${source}${changed}; seeds from ${from}; limit ${LONGEST_MS} ms`);
  console.log(
    `| ${'parser'.padEnd(15)} | ${['inputs', 'inputs/s', 'slowest ms', 'most KiB'].map((cell) => cell.padStart(10)).join(' | ')} | failures |`,
  );
  console.log(`| ${'-'.repeat(15)} | ${Array.from({ length: 4 }, () => `${'-'.repeat(9)}:`).join(' | ')} | -------: |`);
  for (const line of rows) console.log(line);
  for (const line of broken) console.log(`\nFAILED ${line}`);
  return broken.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`fuzz: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
