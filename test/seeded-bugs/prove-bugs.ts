// scripts/prove-bugs: plants each seeded bug and looks for it by simulated nights. Exits 1 for any that is not found, or
// can't be planted.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/model/outcome.ts';
import { sourcesHash } from '../../src/prove/sources.ts';
import { ALL_BUGS } from './all.ts';
import type { Bug } from './bug.ts';
import { type Found, huntAll } from './hunt.ts';
import { openWorkshop } from './mutant.ts';
import { firstLine, readShown, withFound, writeShown } from './shown.ts';

const USAGE = `usage: scripts/prove-bugs [--only NAME]... [--from NAME] [--most N] [--seeds N] [--jobs N] [--list]
  --only   bugs whose names begin so (default all); more than once for more
  --from   the first of them; those before it are left out
  --most   so many of them
  --seeds  nights at most for each, from seed 1 (default 1000)
  --jobs   bugs hunted at a time (default all cores)
  --list   name them, and what each would do
A bug that was found before is looked for in that night first; one that no night can show, by the test that holds it.
What was shown is kept in docs/proof-bugs.json.
`;

const FILE = 'docs/proof-bugs.json';
const TOLD_EVERY_MS = 30_000;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

interface Asked {
  readonly bugs: readonly Bug[];
  readonly seeds: number;
  readonly jobs: number;
  readonly list: boolean;
}

function readArguments(): Asked {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      from: { type: 'string' },
      most: { type: 'string', default: String(ALL_BUGS.length) },
      seeds: { type: 'string', default: '1000' },
      jobs: { type: 'string', default: String(cpus().length) },
      list: { type: 'boolean', default: false },
    },
  });
  const { only, from, list } = values;
  const [most, seeds, jobs] = [values.most, values.seeds, values.jobs].map(Number) as [number, number, number];
  if (![most, seeds, jobs].every((figure) => Number.isInteger(figure) && figure >= 1)) throw new Error('a number must be 1 or more');
  const wanted = ALL_BUGS.filter(({ name }) => only.length === 0 || only.some((start) => name.startsWith(start)));
  if (wanted.length === 0) throw new Error(`no bug is called ${only.join(' or ')}`);
  const first = from === undefined ? 0 : wanted.findIndex(({ name }) => name === from);
  if (first < 0) throw new Error(`no bug of these is called ${from}`);
  return { bugs: wanted.slice(first, first + most), seeds, jobs, list };
}

async function run({ bugs, seeds, jobs, list }: Asked): Promise<number> {
  if (list) {
    for (const { name, file, harm } of bugs) say(`${name.padEnd(34)} ${file.padEnd(24)} ${harm}`);
    return 0;
  }
  const root = process.cwd();
  const src = sourcesHash(root);
  const workshop = await openWorkshop(root, bugs);
  process.once('exit', () => workshop.close());
  const all = await huntAll(workshop, bugs, {
    seeds,
    jobs,
    nowMs: () => performance.now(),
    shownBy: new Map(readShown(FILE).flatMap(({ bug, seed }) => (seed === null ? [] : [[bug, seed]]))),
    onNight: progress(bugs),
    // At once, so that a run that is stopped has lost no more than the hunts under way.
    onEnded: (found) => writeShown(FILE, withFound(readShown(FILE), found, src, ALL_BUGS)),
    onFound: (found) => say(lineOf(found)),
  });
  const unfit = all.flatMap((found) => found.unfit ?? []);
  const missed = all.filter(({ by, unfit }) => by === undefined && unfit === undefined);
  const byTest = all.filter(({ bug, by }) => bug.hidden !== undefined && by !== undefined).length;
  const byNights = all.length - missed.length - unfit.length - byTest;
  say(
    `\n${byNights + byTest} of ${all.length} seeded bugs found on sources ${src}: ${byNights} by nights, each by one of seeds 1 to ${seeds}, ${byTest} by tests`,
  );
  for (const { bug, nights } of missed)
    say(`not found ${bug.hidden ? `by test/${bug.hidden.test}` : `in ${nights} nights`}: ${bug.name}: ${bug.harm}`);
  for (const why of unfit) say(`not planted: ${why}`);
  return missed.length + unfit.length === 0 ? 0 : 1;
}

function lineOf({ bug, seed, nights, by, unfit, passedMs }: Found): string {
  const seconds = `${(passedMs / 1000).toFixed(0)} s`.padStart(6);
  const what = seed !== undefined ? `seed ${seed}` : bug.hidden ? 'a test' : unfit === undefined ? `${nights} tried` : '';
  return `${bug.name.padEnd(34)} ${what.padEnd(10)} ${seconds}  ${firstLine(by ?? (unfit === undefined ? 'NOT FOUND' : `NOT PLANTED: ${unfit}`))}`;
}

/** Where each hunt is; on a terminal all the time in one line, else now and then in a line of its own. */
function progress(bugs: readonly Bug[]): (bug: Bug, seed: number) => void {
  const place = new Map(bugs.map(({ name }, at) => [name, at + 1]));
  let toldMs = performance.now();
  return ({ name }, seed) => {
    const line = `bug ${place.get(name)} of ${bugs.length}, ${name}: seed ${seed}`;
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}\r`);
    else if (performance.now() - toldMs > TOLD_EVERY_MS) {
      toldMs = performance.now();
      process.stderr.write(`${line}\n`);
    }
  };
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
try {
  process.exitCode = await run(readArguments());
} catch (error) {
  process.stderr.write(`prove-bugs: ${messageOf(error)}\n${USAGE}`);
  process.exitCode = 2;
}
