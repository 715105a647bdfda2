// The measures: each figure printed beside its limit or a peer of the same run. Started by scripts/bench.
import { parseArgs } from 'node:util';
import { decideTimes } from './decide.ts';
import { disk } from './disk.ts';
import { type Figure, type Options, table } from './figures.ts';
import { fleet } from './fleet.ts';
import { gpio } from './gpio.ts';
import { idle, start } from './idle.ts';
import { latency } from './latency.ts';
import { benchPolicy, POLICY_USAGE } from './policy.ts';
import { serialTimes } from './serial.ts';
import { benchVectors } from './vectors.ts';

const USAGE =
  'usage: scripts/bench [latency|idle|start|disk|decide|gpio|serial|fleet|all] [--runs N] [--minutes N]   (default all, 100 runs, 2 minutes)\n' +
  '       scripts/bench vectors FILE   (the planner against reference vectors, as those of test/vectors/policy.json)\n' +
  POLICY_USAGE;

type Measure = (options: Options) => Promise<readonly Figure[]>;

const MEASURES: ReadonlyMap<string, Measure> = new Map<string, Measure>([
  ['decide', decideTimes],
  ['disk', disk],
  ['gpio', gpio],
  ['serial', serialTimes],
  ['start', start],
  ['latency', latency],
  ['idle', idle],
  ['fleet', fleet],
]);

function readArguments(): { readonly names: readonly string[]; readonly options: Options } | undefined {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { runs: { type: 'string', default: '100' }, minutes: { type: 'string', default: '2' } },
    });
    const names = positionals.length === 0 || positionals.includes('all') ? [...MEASURES.keys()] : positionals;
    const [runs, minutes] = [Number(values.runs), Number(values.minutes)];
    if (names.some((name) => !MEASURES.has(name)) || !(runs >= 1) || !(minutes > 0)) return undefined;
    return { names, options: { runs, minutes, progress } };
  } catch {
    return undefined;
  }
}

function progress(say: string): void {
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${say}` : `${say}\n`);
}

/** 0 where every limit is kept, 1 where one is missed, 2 for usage. */
async function run(): Promise<number> {
  const [name, file, more] = process.argv.slice(2);
  if (name === 'policy') return benchPolicy(process.argv.slice(3), { out: process.stdout, progress });
  if (name === 'vectors' && file !== undefined && more === undefined) return benchVectors(file, process.stdout, process.stderr);
  const asked = readArguments();
  if (asked === undefined) {
    process.stderr.write(`${USAGE}\n`);
    return 2;
  }
  const figures: Figure[] = [];
  for (const name of asked.names) figures.push(...((await MEASURES.get(name)?.(asked.options)) ?? []));
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  process.stdout.write(`${table(figures)}\n`);
  return figures.some(({ kept }) => kept === false) ? 1 : 0;
}

process.setMaxListeners(64);
// Through process.exit, so that the children and folders of what is under way go with us.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
process.exit(await run());
