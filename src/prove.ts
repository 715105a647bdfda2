// scripts/prove: campaigns of simulated nights, for anyone to check what lastwatt claims. Exits 1 on any violation, with the
// command that replays it.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { messageOf } from './model/outcome.ts';
import { episodeOf } from './proof/crash.ts';
import { drawNight } from './proof/draw-night.ts';
import { live } from './proof/live.ts';
import { ROWS } from './proof/rows.ts';
import { CRASHES, type Crash, parseScenario, type Scenario, scenarioText, troubleWords } from './proof/scenario.ts';
import { shrink } from './proof/shrink.ts';
import { type Bad, campaign, type Progress, type Result } from './prove/campaign.ts';
import { type BadCrash, crashCampaign } from './prove/crashes.ts';
import { type Entry, enter, missingFrom, NOTHING, readLedger } from './prove/ledger.ts';
import { sourcesHash } from './prove/sources.ts';
import { tableOf } from './prove/table.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LEDGER = `${ROOT}docs/proof.json`;
const USAGE = `usage: scripts/prove [--from SEED] [--seeds N] [--jobs N] [--minutes M] [--again] [--no-ledger]
       scripts/prove --crash-points [--from SEED] [--seeds N] [--jobs N] [--minutes M] [--again] [--no-ledger]
       scripts/prove --show SEED|FILE [--crash OPERATION:WAY] [--small] [--save FILE]
  --from, --seeds   which nights (default 1, 1000); those that the ledger has as clean are passed over, but with --again
  --jobs            cores to use (default all)
  --minutes         begin no further night after so long
  --no-ledger       leave docs/proof.json as it is
  --crash-points    the nights without other troubles of service and card, crashed at every operation of the card
  --crash           in the night that is shown: one of these crashes, as 12:torn
  --show            one night, told in full: a seed, or a scenario that was saved
  --small           made as small as it still fails
  --save            to a file, to be edited and shown again
`;
const SAY_EVERY_MS = 5_000;
/** Nights of a failed campaign that are made small; the others are named. */
const MADE_SMALL = 3;
const TOLD_LINES = 120;

type Args = ReturnType<typeof argsOf>;

function argsOf(argv: readonly string[]): {
  from: number;
  seeds: number;
  jobs: number;
  minutes: number;
  again: boolean;
  ledger: boolean;
  crashPoints: boolean;
  crash: Crash | undefined;
  show: string | undefined;
  small: boolean;
  save: string | undefined;
} {
  const { values } = parseArgs({
    args: [...argv],
    strict: true,
    options: {
      from: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '1000' },
      jobs: { type: 'string', default: String(cpus().length) },
      minutes: { type: 'string', default: '100000' },
      again: { type: 'boolean', default: false },
      'no-ledger': { type: 'boolean', default: false },
      'crash-points': { type: 'boolean', default: false },
      crash: { type: 'string' },
      show: { type: 'string' },
      small: { type: 'boolean', default: false },
      save: { type: 'string' },
    },
  });
  const whole = (name: 'from' | 'seeds' | 'jobs' | 'minutes'): number => {
    const value = Number(values[name]);
    if (!Number.isFinite(value) || value < 1) throw new Error(`--${name} ${values[name]}: a number from 1`);
    return value;
  };
  return {
    from: whole('from'),
    seeds: whole('seeds'),
    jobs: whole('jobs'),
    minutes: whole('minutes'),
    again: values.again,
    ledger: !values['no-ledger'],
    crashPoints: values['crash-points'],
    crash: values.crash === undefined ? undefined : crashOf(values.crash),
    show: values.show,
    small: values.small,
    save: values.save,
  };
}

function crashOf(text: string): Crash {
  const [operation, way] = text.split(':');
  const as = CRASHES.find((one) => one === way);
  if (as === undefined || !(Number(operation) >= 1))
    throw new Error(`--crash ${text}: an operation and one of ${CRASHES.join(', ')}, as 12:torn`);
  return { operation: Number(operation), as };
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function prove(args: Args): Promise<number> {
  const src = sourcesHash(ROOT);
  const known = args.again ? [] : (readLedger(LEDGER).find((entry) => entry.src === src)?.clean ?? []);
  const ranges = missingFrom(known, [args.from, args.from + args.seeds - 1]);
  const total = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  say(`sources ${src}: ${total} nights from seed ${args.from}, ${args.seeds - total} passed over as clean already`);
  const nowMs = (): number => performance.now();
  const result = await campaign({
    ranges,
    jobs: args.jobs,
    withinMs: args.minutes * 60_000,
    nowMs,
    onNight: progressOf(total),
    onBad: tellBad,
  });
  const entry = args.ledger ? enter(LEDGER, src, result) : undefined;
  say(tableOf(result));
  if (entry !== undefined) say(`${sumOf(entry)} (docs/proof.json)`);
  await makeSmall(result.bad);
  return result.bad.length > 0 || !allMet(result) ? 1 : 0;
}

async function proveCrashes(args: Args): Promise<number> {
  const src = sourcesHash(ROOT);
  const known = args.again ? [] : (readLedger(LEDGER).find((entry) => entry.src === src)?.crashed ?? []);
  const ranges = missingFrom(known, [args.from, args.from + args.seeds - 1]);
  say(`sources ${src}: crashes at every operation of the card, from seed ${args.from}`);
  let saidMs = 0;
  const onPoint = (points: number, bad: number, passedMs: number): void => {
    if (passedMs - saidMs < SAY_EVERY_MS) return;
    saidMs = passedMs;
    say(
      `${(passedMs / 1000).toFixed(0).padStart(6)} s  ${points} crash points, ${bad} bad, ${(points / (passedMs / 1000)).toFixed(1)} points/s`,
    );
  };
  const nowMs = (): number => performance.now();
  const result = await crashCampaign({ ranges, jobs: args.jobs, withinMs: args.minutes * 60_000, nowMs, onPoint, onBad: tellBadCrash });
  const { points, bad, clean, pointsOfClean } = result;
  say(`${points} crash points, ${bad.length} bad, in ${(result.passedMs / 1000).toFixed(0)} s; whole and clean: ${pointsOfClean}`);
  if (args.ledger) {
    const entry = enter(LEDGER, src, { figures: { ...NOTHING, crashPoints: pointsOfClean }, crashed: clean });
    say(
      `in all for ${src}: ${entry.crashPoints} crash points without a violation, of seeds ${(entry.crashed ?? []).map((range) => range.join('..')).join(', ')} (docs/proof.json)`,
    );
  }
  return bad.length > 0 ? 1 : 0;
}

function tellBadCrash({ seed, crash, wrong }: BadCrash): void {
  const where = crash === undefined ? '' : `, crash ${crash.operation}:${crash.as}`;
  say(`seed ${seed}${where}: ${wrong[0]?.split('\n')[0]}${wrong.length > 1 ? ` (and ${wrong.length - 1} more)` : ''}`);
  say(`  again: scripts/prove --show ${seed}${crash === undefined ? '' : ` --crash ${crash.operation}:${crash.as}`} --small`);
}

function progressOf(total: number): (progress: Progress) => void {
  let saidMs = 0;
  return ({ nights, outages, bad, passedMs }) => {
    if (passedMs - saidMs < SAY_EVERY_MS && nights < total) return;
    saidMs = passedMs;
    say(
      `${(passedMs / 1000).toFixed(0).padStart(6)} s  ${nights} of ${total} nights, ${outages} outages, ${bad} bad, ${(outages / (passedMs / 1000)).toFixed(1)} outages/s`,
    );
  };
}

function sumOf({ src, nights, outages, clean }: Entry): string {
  return `in all for ${src}: ${nights} nights, ${outages} outages without a violation, seeds ${clean.map((range) => range.join('..')).join(', ')}`;
}

/** A campaign large enough to meet every row that did not is one that proves less than it says. */
const MEETS_ALL_FROM = 2_000;

function allMet({ figures }: Result): boolean {
  if (figures.nights < MEETS_ALL_FROM) return true;
  const unmet = ROWS.filter(({ id }) => (figures.faults[id]?.[1] ?? 0) === 0).map(({ id, what }) => `${id} ${what}`);
  if (unmet.length > 0) say(`never met in ${figures.nights} nights: ${unmet.join('; ')}`);
  return unmet.length === 0;
}

function tellBad({ seed, wrong }: Bad): void {
  say(`seed ${seed}: ${wrong[0]?.split('\n')[0]}${wrong.length > 1 ? ` (and ${wrong.length - 1} more)` : ''}`);
  say(`  again: scripts/prove --show ${seed} --small`);
}

async function makeSmall(bad: readonly Bad[]): Promise<void> {
  for (const { seed } of bad.slice(0, MADE_SMALL)) {
    say(`\nseed ${seed}, made small:`);
    tell(await shrink(drawNight(seed), async (one) => (await live(one)).wrong[0]));
  }
}

async function show(args: Args, what: string): Promise<number> {
  const scenario = scenarioOf(what, args.crash);
  const judge = async (one: Scenario): Promise<string | undefined> => (await live(one)).wrong[0];
  const shown = args.small ? await shrink(scenario, judge) : scenario;
  if (args.save !== undefined) {
    writeFileSync(args.save, scenarioText(shown));
    say(`saved to ${args.save}; again: scripts/prove --show ${args.save}`);
  }
  tell(shown);
  const { wrong, journal } = await live(shown, { tells: true });
  say(journal.split('\n').slice(-TOLD_LINES).join('\n'));
  say(wrong.length === 0 ? 'a good night' : wrong.join('\n'));
  return wrong.length === 0 ? 0 : 1;
}

function scenarioOf(what: string, crash?: Crash): Scenario {
  if (/^\d+$/.test(what)) return crash === undefined ? drawNight(Number(what)) : { ...episodeOf(Number(what)), crash };
  const parsed = parseScenario(readFileSync(what, 'utf8'));
  if (!parsed.ok) throw new Error(`${what}: ${parsed.fault.detail}`);
  return parsed.value;
}

function tell(scenario: Scenario): void {
  say(`${scenario.name}${scenario.wired ? ', over a simulated wire' : ''}, until ${scenario.lastsSeconds} s`);
  say(JSON.stringify(scenario.site));
  for (const trouble of scenario.troubles) say(troubleWords(trouble));
  if (scenario.crash !== undefined) say(`crashes in operation ${scenario.crash.operation} of the card: ${scenario.crash.as}`);
}

async function run(): Promise<number> {
  let args: Args;
  try {
    args = argsOf(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`prove: ${messageOf(error)}\n${USAGE}`);
    return 2;
  }
  if (args.show !== undefined) return show(args, args.show);
  return args.crashPoints ? proveCrashes(args) : prove(args);
}

process.exitCode = await run();
