// scripts/prove-bugs: plants each seeded bug and looks for it by simulated nights. Exits 1 for any that is not found.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/model/outcome.ts';
import { ALL_BUGS } from './all.ts';
import { type Found, huntAll } from './hunt.ts';
import { openWorkshop } from './mutant.ts';

const USAGE = `usage: scripts/prove-bugs [NAME...] [--seeds N] [--jobs N] [--list]
  NAME     bugs whose names begin so (default all)
  --seeds  nights at most for each, from seed 1 (default 1000)
  --jobs   bugs hunted at a time (default all cores)
  --list   name them, and what each would do
`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function run(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seeds: { type: 'string', default: '1000' },
      jobs: { type: 'string', default: String(cpus().length) },
      list: { type: 'boolean', default: false },
    },
  });
  const bugs = ALL_BUGS.filter(({ name }) => positionals.length === 0 || positionals.some((start) => name.startsWith(start)));
  if (bugs.length === 0) throw new Error(`no bug is called ${positionals.join(' or ')}`);
  if (values.list) {
    for (const { name, file, harm } of bugs) say(`${name.padEnd(34)} ${file.padEnd(24)} ${harm}`);
    return 0;
  }
  const workshop = await openWorkshop(process.cwd());
  try {
    const options = { seeds: Number(values.seeds), jobs: Number(values.jobs), nowMs: () => performance.now() };
    const all = await huntAll(workshop, bugs, { ...options, onFound: (found) => say(lineOf(found)) });
    const missed = all.filter(({ seed }) => seed === undefined);
    say(`\n${all.length - missed.length} of ${all.length} seeded bugs found, each within ${values.seeds} nights`);
    for (const { bug } of missed) say(`not found: ${bug.name}: ${bug.harm}`);
    return missed.length === 0 ? 0 : 1;
  } finally {
    workshop.close();
  }
}

function lineOf({ bug, seed, by = 'NOT FOUND', passedMs }: Found): string {
  const seconds = `${(passedMs / 1000).toFixed(0)} s`;
  return `${bug.name.padEnd(34)} ${seed === undefined ? '' : `seed ${seed}`.padEnd(9)} ${seconds.padStart(6)}  ${by.split('\n')[0]?.slice(0, 150)}`;
}

try {
  process.exitCode = await run();
} catch (error) {
  process.stderr.write(`prove-bugs: ${messageOf(error)}\n${USAGE}`);
  process.exitCode = 2;
}
