// The built service under kill -9, a thousand times: episodes drawn from seeds, several at once, judged by the rigs' and the
// switches' own logs. Started by scripts/under-fire.
import { writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { MomentKind } from '../test/support/kills/draw.ts';
import { type Episode, liveEpisode } from '../test/support/kills/episode.ts';
import { available } from '../test/support/real-upsd.ts';
import { type Figure, inWords, limited, quantile, table } from './figures.ts';

const USAGE =
  'usage: scripts/under-fire [--kills N] [--from SEED] [--jobs N] [--upsd fake|real]   (default 100 kills from seed 1, 3 jobs, fake)';
/** lastwattd as it was built together with us. */
const SERVICE = fileURLToPath(new URL('../src/main.js', import.meta.url));
/** Restart to resumed control (G11). */
const CONTROL_MS = 5_000;

interface Asked {
  readonly kills: number;
  readonly from: number;
  readonly jobs: number;
  readonly upsd: 'fake' | 'real';
  /** also after a violation */
  readonly goOn: boolean;
}

function readArguments(): Asked | undefined {
  try {
    const options = {
      kills: { type: 'string', default: '100' },
      from: { type: 'string', default: '1' },
      jobs: { type: 'string', default: '3' },
      upsd: { type: 'string', default: 'fake' },
      'go-on': { type: 'boolean', default: false },
    } as const;
    const { values } = parseArgs({ options });
    const [kills, from, jobs] = [Number(values.kills), Number(values.from), Number(values.jobs)];
    const { upsd } = values;
    if (!(kills >= 1) || !(from >= 0) || !(jobs >= 1) || (upsd !== 'fake' && upsd !== 'real')) return undefined;
    return { kills, from, jobs, upsd, goOn: values['go-on'] };
  } catch {
    return undefined;
  }
}

/** Episodes until so many kills are done; a violation ends the run, unless it is to go on. */
async function campaign({ kills, from, jobs, upsd, goOn }: Asked): Promise<readonly Episode[]> {
  const episodes: Episode[] = [];
  let done = 0;
  let seed = from;
  const broken = (): boolean => !goOn && episodes.some(({ violations }) => violations.length > 0);
  const job = async (): Promise<void> => {
    while (done < kills && !broken()) {
      const episode = await liveEpisode(seed++, {
        upsd,
        main: SERVICE,
        onKill: () => progress(++done, kills),
        mostKills: () => kills - done,
      });
      episodes.push(episode);
      if (episode.violations.length > 0) tell(episode, upsd);
    }
  };
  await Promise.all(Array.from({ length: jobs }, job));
  return episodes.sort((a, b) => a.seed - b.seed);
}

/** What was wrong, how to see it again, and where the whole story is. */
function tell({ seed, violations, story }: Episode, upsd: Asked['upsd']): void {
  const file = join(tmpdir(), `under-fire-${seed}.txt`);
  writeFileSync(file, `${violations.join('\n')}\n${story}\n`);
  const again = `scripts/under-fire --kills 1000 --from ${seed} --jobs 1${upsd === 'real' ? ' --upsd real' : ''}`;
  process.stdout.write(`seed ${seed} (again: ${again}; its story: ${file})\n${violations.map((one) => `  ${one}\n`).join('')}`);
}

function progress(done: number, of: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${done} of ${of} kills`);
  else if (done % 50 === 0) process.stderr.write(`${done} of ${of} kills\n`);
}

const KINDS: readonly (readonly [MomentKind, string])[] = [
  ['starting', 'while it started'],
  ['living', 'at any moment after its first tick'],
  ['order', 'in the moment that a rig heard an order'],
  ['edge', 'in the moment that a contact moved'],
  ['record', 'in the moment that its journal was written'],
];

function figuresOf(episodes: readonly Episode[]): readonly Figure[] {
  const sum = (of: (episode: Episode) => number): string => String(episodes.reduce((all, episode) => all + of(episode), 0));
  const started = episodes.flatMap(({ startMs }) => startMs);
  const [p50, p99, most] = [quantile(started, 0.5), quantile(started, 0.99), Math.max(...started)].map((ms) => inWords(ms, 'ms'));
  const violations = episodes.reduce((all, episode) => all + episode.violations.length, 0);
  return [
    { what: 'kills', measured: sum(({ kills }) => kills.length), beside: `in ${episodes.length} outages` },
    ...KINDS.map(([kind, say]) => ({
      what: `- ${say}`,
      measured: sum(({ kills }) => kills.filter((one) => one === kind).length),
      beside: '',
    })),
    {
      what: 'orders heard by rigs',
      measured: sum(({ orders }) => orders),
      beside: `told what it was already: ${sum((one) => one.saidAgain)}`,
    },
    { what: 'edges of contacts', measured: sum(({ edges }) => edges), beside: 'none without need' },
    { what: 'records in the journals', measured: sum(({ records }) => records), beside: 'no gap over all restarts' },
    limited({ what: 'lost, repeated or unforeseen effects', measured: String(violations), beside: '0' }, violations, 0),
    limited(
      {
        what: 'process started to its first tick',
        measured: `p50 ${p50}, p99 ${p99}, max ${most}`,
        beside: `p99 under 5 s; load ${loadavg()[0]?.toFixed(0)}`,
      },
      quantile(started, 0.99),
      CONTROL_MS,
    ),
  ];
}

/** 0 where nothing was lost or repeated, 1 with the seed that shows it, 2 for usage. */
async function run(): Promise<number> {
  const asked = readArguments();
  if (asked === undefined) {
    process.stderr.write(`${USAGE}\n`);
    return 2;
  }
  if (asked.upsd === 'real' && !available()) {
    process.stderr.write('no upsd and dummy-ups here: apt-get install nut-server, or leave --upsd real away\n');
    return 2;
  }
  const episodes = await campaign(asked);
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  process.stdout.write(`${table(figuresOf(episodes))}\n`);
  return episodes.some(({ violations }) => violations.length > 0) ? 1 : 0;
}

process.setMaxListeners(64);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
process.exit(await run());
