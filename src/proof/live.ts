// Lives through a scenario, heals everything, and says what must not have been: what the judges say of every night, a rig
// that still draws when its UPS ends, a rig that nobody brings back, a fault that stays, a tick that stops.
import { createHash } from 'node:crypto';
import type { JournalRecord } from '../host/port.ts';
import { placeOf } from '../sim/site-settings.ts';
import { comesBack, commission } from './back.ts';
import { afterCrash, armCrash, operationsOf } from './crash.ts';
import { watchSupplies } from './energy.ts';
import { watchGenerators } from './generator-load.ts';
import { Night } from './night.ts';
import type { Truth } from './oracle/case.ts';
import { type Reached, reachedIn } from './reached.ts';
import type { Scenario, Trouble } from './scenario.ts';
import { Troubles } from './troubles.ts';
import { isALie, isHarmless, type Known, type PiWatch, type Watch } from './watch.ts';
import { wires } from './wires.ts';
import { watchWords } from './words.ts';

const PI_BOOTS_SECONDS = 30;
/** a service that ticks every second has not ticked for so long: it is dead */
const LONGEST_STILL_SECONDS = 5;
const STEP_SECONDS = 1;
/** Less would be lost in the rounding of large times, and time would stand still. */
const LEAST_STEP_SECONDS = 0.001;

/** What a night came to. */
export interface Account {
  /** one sentence for each thing that was wrong; empty: a good night */
  readonly wrong: readonly string[];
  readonly outages: number;
  readonly rigs: number;
  readonly virtualSeconds: number;
  readonly ticks: number;
  /** orders and edges */
  readonly acts: number;
  /** UPSes that ran empty, and were judged by who still drew on them */
  readonly emptied: number;
  /** of the card, in this scenario, until it first lost power: each may be the one that never ends */
  readonly operations: number;
  /** fault rows of the safety case that this night injected, and how often each met what it is about */
  readonly reached: Reached;
  /** of the journal, to see whether two nights are the same */
  readonly hash: string;
}

export interface How {
  /** the journal in short, for a person */
  readonly tells?: true;
  /** called with the night before its first engine is started */
  readonly begins?: (night: Night) => void;
}

export function live(scenario: Scenario, how: How & { readonly tells: true }): Promise<Account & { readonly journal: string }>;
export function live(scenario: Scenario, how?: How): Promise<Account>;
export async function live(given: Scenario, how: How = {}): Promise<Account & { readonly journal?: string }> {
  const happened = [...healed(given.troubles, given)];
  const scenario = { ...given, troubles: happened };
  const night = new Night(placeOf(scenario.site), scenario.wired ? wires : undefined, scenario.fileBytes);
  how.begins?.(night);
  const troubles = new Troubles(night);
  const watch: Watch = {
    night,
    scenario,
    wrong: [],
    drawing: new Map(),
    batterySince: new Map(),
    fell: new Map(),
    unseen: new Map(),
    overloaded: new Map(),
    dead: [],
    fromSeconds: 0,
    ended: 0,
    operations: 0,
    excused: 0,
    said: new Map(),
    startedAt: 0,
    lives: 0,
    ticks: 0,
    tickedAt: 0,
    piDiedAt: undefined,
    darkness: [],
  };
  const { wrong } = watch;
  try {
    await liveThrough(watch, troubles, (crash) => happened.push(...healed([crash], given)));
    wrong.push(...(await night.end(truthOf(watch))));
  } catch (error) {
    wrong.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  wrong.push(...brokenInvariants(night.journal));
  return how.tells ? { ...accountOf(watch), journal: night.tell() } : accountOf(watch);
}

/** What stands when the scenario is over ends then, and what was to come later never does: nobody is excused by it. */
function healed(troubles: readonly Trouble[], { lastsSeconds }: Scenario): readonly Trouble[] {
  return troubles
    .filter(({ fromSeconds }) => fromSeconds < lastsSeconds)
    .map((one) => (one.toSeconds === undefined || one.toSeconds <= lastsSeconds ? one : { ...one, toSeconds: lastsSeconds }));
}

async function liveThrough(watch: Watch, troubles: Troubles, crashes: (trouble: Trouble) => void): Promise<void> {
  const { night, scenario } = watch;
  const goOn = (second: number): Promise<void> => passTo(watch, second);
  await night.start();
  await commission(watch, goOn);
  const from = night.nowSeconds;
  watch.fromSeconds = from;
  armCrash(watch, crashes);
  for (const { second, act } of timeline(scenario, troubles)) {
    await goOn(from + second);
    await act();
  }
  await goOn(from + scenario.lastsSeconds);
  await troubles.endAll();
  for (const id of night.world.ups.keys()) night.returnMains(id);
  night.returnMains();
  if (!night.runs) await night.start();
  watch.wrong.push(...(await comesBack(watch, goOn)));
  watch.operations = operationsOf(watch);
}

/** What begins and ends, in order. */
export function timeline(
  { troubles, lastsSeconds }: Pick<Scenario, 'troubles' | 'lastsSeconds'>,
  of: Troubles,
): readonly { second: number; act: () => Promise<void> }[] {
  return troubles
    .flatMap((one: Trouble) => [
      { second: one.fromSeconds, act: () => of.begin(one) },
      ...(one.toSeconds === undefined ? [] : [{ second: one.toSeconds, act: () => of.end(one) }]),
    ])
    .filter(({ second }) => second < lastsSeconds)
    .sort((a, b) => a.second - b.second);
}

async function passTo(watch: Watch, second: number): Promise<void> {
  const { night } = watch;
  for (let left = second - night.nowSeconds; left >= LEAST_STEP_SECONDS; left = second - night.nowSeconds) {
    await night.run(Math.min(STEP_SECONDS, left));
    watchSupplies(watch);
    watchGenerators(watch);
    watchLives(watch);
    watchWords(watch);
    await powerPi(watch);
    await afterCrash(watch);
    watchTicks(watch);
  }
}

/** Each engine has its own time to look before it acts. */
function watchLives(watch: Watch): void {
  const { night } = watch;
  if (watch.lives === night.lives) return;
  watch.lives = night.lives;
  watch.startedAt = night.nowSeconds;
}

/** A Pi without power is dead, and boots when it has some again. */
export async function powerPi(watch: PiWatch): Promise<void> {
  const { night } = watch;
  if (!night.powered) {
    // It dies also where the service, or the Pi by itself, was dead already: its contacts fall, and nobody is there until it boots.
    if (watch.piDiedAt === undefined || night.runs) {
      night.killController();
      watch.darkness.push({ fromSeconds: night.nowSeconds - STEP_SECONDS, toSeconds: Number.POSITIVE_INFINITY });
    }
    watch.piDiedAt = night.nowSeconds;
  } else if (watch.piDiedAt !== undefined && night.nowSeconds - watch.piDiedAt > PI_BOOTS_SECONDS) {
    watch.piDiedAt = undefined;
    const dark = watch.darkness.at(-1);
    if (dark !== undefined) dark.toSeconds = night.nowSeconds;
    if (!night.runs) await night.start();
  }
}

function watchTicks(watch: Watch): void {
  const { night } = watch;
  const { ticks } = night.world.host;
  if (ticks !== watch.ticks || !night.runs || night.stopped) {
    watch.ticks = ticks;
    watch.tickedAt = night.nowSeconds;
  } else if (night.nowSeconds - watch.tickedAt > LONGEST_STILL_SECONDS) {
    throw new Error(`no tick since second ${watch.tickedAt}`);
  }
}

const INTERRUPTS: ReadonlySet<Trouble['kind']> = new Set<Trouble['kind']>([
  'killed',
  'stopped',
  'pi-dead',
  'card',
  'network-gone',
  'server-gone',
]);

/** What the judges may know of the scenario: whom it lets misbehave. */
export function truthOf({
  night,
  scenario,
  fromSeconds,
  darkness,
  dead,
}: Known): Required<Omit<Truth, 'outages' | 'records' | 'kept' | 'anySite'>> {
  const { troubles } = scenario;
  const ms = (second: number): number => night.msAt(fromSeconds + second);
  const on = (kinds: readonly Trouble['kind'][]): ReadonlySet<string> =>
    new Set(troubles.flatMap((one) => (kinds.includes(one.kind) && 'on' in one && one.on !== undefined ? [one.on] : [])));
  const odd = new Set(
    troubles.flatMap((one) => ((one.kind === 'ups' && !isHarmless(one.quirks)) || one.kind === 'forced-shutdown' ? [one.on] : [])),
  );
  const whole = [...night.world.ups].filter(([, { traits }]) => (traits.lacks ?? []).length === 0 && traits.battery.recovery === undefined);
  return {
    interrupted: troubles.some(({ kind }) => INTERRUPTS.has(kind)),
    faulty: on(['rig', 'rig-reboots', 'second-feed']),
    liars: new Set(troubles.flatMap((one) => (one.kind === 'ups' && isALie(one.quirks.says?.['ups.status']) ? [one.on] : []))),
    troubles: [
      ...troubles.map((one) => ({
        ...one,
        fromMs: ms(one.fromSeconds),
        toMs: ms(one.toSeconds ?? (one.kind === 'forced-shutdown' ? Number.POSITIVE_INFINITY : one.fromSeconds)),
      })),
      // As any death of the Pi, but that what carries it had ended.
      ...darkness.map((one) => ({
        kind: 'pi-dead' as const,
        aftermath: 'nothing' as const,
        ...one,
        fromMs: night.msAt(one.fromSeconds),
        toMs: night.msAt(one.toSeconds),
      })),
    ],
    dead: dead.map((one) => ({ ups: one.ups, fromMs: night.msAt(one.fromSeconds), toMs: night.msAt(one.toSeconds) })),
    honest: new Set(whole.map(([id]) => id).filter((id) => !odd.has(id))),
  };
}

/** What the engine says of itself that must never be. */
export function brokenInvariants(records: readonly JournalRecord[]): readonly string[] {
  return records.filter((record) => record['code'] === 'invariant-broken').map((record) => String(record['say']));
}

function accountOf(watch: Watch): Account {
  const { night, scenario, wrong, fromSeconds, ended, excused } = watch;
  return {
    wrong,
    outages: scenario.troubles.filter(({ kind }) => kind === 'mains-gone').length,
    rigs: night.world.rigs.size,
    virtualSeconds: night.nowSeconds,
    ticks: night.world.host.ticks,
    acts: night.world.orders.length + night.world.edges.length,
    emptied: ended - excused,
    operations: watch.operations,
    reached: reachedIn(night, scenario, fromSeconds),
    hash: createHash('sha256').update(JSON.stringify(night.journal)).digest('hex').slice(0, 16),
  };
}
