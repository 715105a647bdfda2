// How fast a whole fleet is asked to pause, what it costs to poll one, and whether one wedged rig delays the others. The rigs
// run in a process of their own; of the orders the moment counts at which they reach their rigs.
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { controlClient } from '../src/control/client.ts';
import { FakeUpsd } from '../src/fakes/upsd.ts';
import { Child, sleep, until } from './child.ts';
import { type Figure, inWords, limited, median, type Options, worst } from './figures.ts';
import { asTheUnit } from './unit.ts';

const program = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const SERVICE = program('../src/main.js');
const WATCHED = program('./fleet-service.js');
const RIGS = program('./fleet-rigs.js');

const WATTS = 3_250;
const READY_MS = 180_000;
const ASKED_MS = 60_000;
const LOOK_MS = 250;
/** What came up together at the start has come apart. */
const SETTLE_MS = 20_000;
const LATE_LIMIT_MS = 50;
const WEDGE_LIMIT_MS = 50;
const LIMIT_MB = 150;
const LIMIT_CPU_PERCENT = 15;

const SIZES = [
  { rigs: 100, limitMs: 1_000, runs: 8 },
  { rigs: 1_000, limitMs: 5_000, runs: 3 },
] as const;
const WEDGES = ['idle-socket', 'black-hole', 'dripping'] as const;

/** What others publish of the same. */
const OTHERS = 'LuxOS asleep in under 5 s, its fleet tool 10 rigs every 5 s; Eneru polls every 1 s';

interface FanOut {
  /** ms from the decision to the order at the last of the rigs that are not wedged */
  readonly lastMs: number;
  readonly firstMs: number;
  /** to the order at half of them */
  readonly halfMs: number;
  /** ms late, of the timer beside it, while the orders went out */
  readonly late: readonly number[];
  /** the same without the ms in which others had the core that the service was ready for */
  readonly lateAlone: readonly number[];
  /** ms that the loop had a core */
  readonly spentMs: number;
}

export async function fleet({ minutes, progress }: Options): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const [small, large] = SIZES;
  progress(`fleet: ${small.rigs} rigs are asked to pause, ${small.runs} times with each wedge and without`);
  const done = await inTurns(small.rigs, small.runs);
  figures.push(...figuresOf(done.get('none') ?? [], small), ...wedgedFigures(done, small));
  progress(`fleet: ${large.rigs} rigs are asked to pause, ${large.runs} times`);
  figures.push(...figuresOf(await onFleet(large.rigs, 'none', (site) => fanOuts(site, large.runs)), large));
  const { rigs } = SIZES[1];
  progress(`fleet: ${rigs} rigs are polled for ${minutes} min`);
  figures.push(...(await onFleet(rigs, 'none', (site) => polled(site, minutes))));
  return figures;
}

function figuresOf(done: readonly FanOut[], { rigs, limitMs }: { readonly rigs: number; readonly limitMs: number }): readonly Figure[] {
  const last = Math.max(...done.map(({ lastMs }) => lastMs));
  const late = worst(done.flatMap((one) => one.late));
  const alone = worst(done.flatMap((one) => one.lateAlone));
  const spent = median(done.map(({ spentMs }) => spentMs));
  const packets = inWords((rigs / 10 - 1) * 5, 's');
  return [
    limited(
      {
        what: `${rigs} rigs: decision to the last order to pause, ${done.length} runs`,
        measured: `median ${inWords(median(done.map(({ lastMs }) => lastMs)), 'ms')}, max ${inWords(last, 'ms')}; the first after ${inWords(median(done.map(({ firstMs }) => firstMs)), 'ms')}, half after ${inWords(median(done.map(({ halfMs }) => halfMs)), 'ms')}; ${inWords(spent, 'ms')} of CPU in the loop`,
        beside: `at most ${limitMs} ms; in packets of 10 every 5 s: ${packets} (${OTHERS})`,
      },
      last,
      limitMs,
    ),
    limited(
      {
        what: `${rigs} rigs: how late timers are while the orders go out`,
        measured: `${late.name} ${inWords(late.value, 'ms')}; without the time that others had its core ${inWords(alone.value, 'ms')}`,
        beside: `at most ${LATE_LIMIT_MS} ms`,
      },
      late.value,
      LATE_LIMIT_MS,
    ),
  ];
}

/** In turns, so that what else the machine does meets all of them alike. */
async function inTurns(rigs: number, runs: number): Promise<ReadonlyMap<string, readonly FanOut[]>> {
  const done = new Map<string, FanOut[]>(['none', ...WEDGES].map((wedge) => [wedge, []]));
  const sites = new Map<string, FleetSite>();
  try {
    for (const wedge of done.keys()) sites.set(wedge, await FleetSite.open(rigs, wedge));
    for (let turn = 0; turn < runs; turn++) for (const [wedge, site] of sites) done.get(wedge)?.push(await site.fanOut());
    return done;
  } finally {
    await Promise.all([...sites.values()].map((site) => site.close()));
  }
}

function wedgedFigures(
  all: ReadonlyMap<string, readonly FanOut[]>,
  { rigs, runs }: { readonly rigs: number; readonly runs: number },
): readonly Figure[] {
  // The quickest of each: what others on the machine add differs from run to run by more than is looked for.
  const quickest = (wedge: string): number => Math.min(...(all.get(wedge) ?? []).map(({ lastMs }) => lastMs));
  return WEDGES.map((wedge) => {
    const delay = quickest(wedge) - quickest('none');
    const what = `${rigs} rigs, one wedged (${wedge}): the last of the others is later by`;
    const beside = `at most ${WEDGE_LIMIT_MS} ms; the quickest of ${runs} runs each, in turns`;
    return limited({ what, measured: inWords(delay, 'ms'), beside }, delay, WEDGE_LIMIT_MS);
  });
}

async function fanOuts(site: FleetSite, runs: number): Promise<readonly FanOut[]> {
  const done: FanOut[] = [];
  for (let turn = 0; turn < runs; turn++) done.push(await site.fanOut());
  return done;
}

async function polled(site: FleetSite, minutes: number): Promise<readonly Figure[]> {
  await site.renew();
  const { nodeArgs, env } = asTheUnit();
  const service = new Child(process.execPath, [...nodeArgs, SERVICE, '--config', site.config], { env });
  try {
    await site.seen(service);
    await sleep(SETTLE_MS);
    const before = { atMs: performance.now(), cpuMs: await service.cpuMs() };
    await sleep(minutes * 60_000);
    const { own } = await service.cpuMs();
    const percent = (100 * (own - before.cpuMs.own)) / (performance.now() - before.atMs);
    const { now, most } = await service.residentMb();
    return [
      limited(
        {
          what: `${site.count} rigs polled every 15 s: CPU, of one core`,
          measured: inWords(percent, '%'),
          beside: `under ${LIMIT_CPU_PERCENT} % for every 20 s, which were ${inWords(percent * 0.75, '%')}`,
        },
        percent,
        LIMIT_CPU_PERCENT,
      ),
      limited(
        {
          what: `${site.count} rigs polled: memory (RSS) after ${minutes} min`,
          measured: `${inWords(now, 'MB')}, at most ${inWords(most, 'MB')} since the start`,
          beside: `at most ${LIMIT_MB} MB`,
        },
        now,
        LIMIT_MB,
      ),
    ];
  } finally {
    await service.kill();
  }
}

async function onFleet<T>(count: number, wedge: string, measure: (site: FleetSite) => Promise<T>): Promise<T> {
  const site = await FleetSite.open(count, wedge);
  try {
    return await measure(site);
  } finally {
    await site.close();
  }
}

class FleetSite {
  readonly count: number;
  readonly #wedged: boolean;
  readonly #folder: string;
  readonly #told: Map<string, string>;
  readonly #upsd: FakeUpsd;
  readonly #rigs: Child;
  /** monotonic ms at which each was last asked to pause */
  readonly #asked: Map<string, number>;

  private constructor(parts: {
    readonly count: number;
    readonly wedged: boolean;
    readonly folder: string;
    readonly told: Map<string, string>;
    readonly upsd: FakeUpsd;
    readonly rigs: Child;
    readonly asked: Map<string, number>;
  }) {
    this.count = parts.count;
    this.#wedged = parts.wedged;
    this.#folder = parts.folder;
    this.#told = parts.told;
    this.#upsd = parts.upsd;
    this.#rigs = parts.rigs;
    this.#asked = parts.asked;
  }

  static async open(count: number, wedge: string): Promise<FleetSite> {
    const folder = await mkdtemp(join(tmpdir(), 'fleet-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    const asked = new Map<string, number>();
    let ports: readonly number[] = [];
    const hear = linesTo((line) => {
      if (line.startsWith('[')) ports = JSON.parse(line) as readonly number[];
      const [, rig, at] = /^(rig-\d+) ([\d.]+)$/.exec(line) ?? [];
      if (rig !== undefined) asked.set(rig, Number(at));
    });
    const rigs = new Child(process.execPath, [RIGS, String(count), wedge], { hear });
    await until('the rigs are there', () => ports.length === count, READY_MS, rigs);
    const told = new Map(Object.entries(rackOf(count)));
    const upsd = await FakeUpsd.start({ names: ['rack'], variablesOf: () => told });
    const site = new FleetSite({ count, wedged: wedge !== 'none', folder, told, upsd, rigs, asked });
    await writeFile(site.config, JSON.stringify(configOf(upsd.port, ports)));
    return site;
  }

  get config(): string {
    return join(this.#folder, 'lastwatt.yaml');
  }

  /** Mains, every rig hashing, an empty state folder. */
  async renew(): Promise<void> {
    this.#told.set('ups.status', 'OL');
    this.#rigs.signal('SIGUSR1');
    const state = join(this.#folder, 'state');
    await rm(state, { recursive: true, force: true });
    await mkdir(state);
    this.#asked.clear();
  }

  /** Resolves when the service has seen every rig hash that is not wedged. */
  async seen(service: Child): Promise<void> {
    const client = controlClient({ socket: join(this.#folder, 's'), actor: 'bench', answerMs: 5_000 });
    const wanted = this.#others;
    const isSo = async (): Promise<boolean> => {
      await sleep(LOOK_MS);
      const status = await client.status();
      return (
        status.ok && status.value.ups[0]?.line === 'mains' && status.value.rigs.filter(({ phase }) => phase === 'hashing').length >= wanted
      );
    };
    await until('the service has seen every rig hash', isSo, READY_MS, service);
  }

  async fanOut(): Promise<FanOut> {
    await this.renew();
    const late: string[] = [];
    const hear = linesTo((line) => late.push(line));
    const { nodeArgs, env } = asTheUnit();
    const service = new Child(process.execPath, [...nodeArgs, WATCHED, this.config], { env, hear });
    try {
      await this.seen(service);
      await sleep(1_000 + Math.random() * 2_000);
      this.#told.set('ups.status', 'OB LB');
      await until('all rigs asked', () => this.#times().length >= this.#others, ASKED_MS, service);
      const decidedMs = await this.#decidedMs();
      const times = this.#times();
      const lastMs = Math.max(...times);
      service.signal('SIGUSR2');
      await until('its timer is told', () => late.length > 0, ASKED_MS, service);
      const noted = JSON.parse(late[0] ?? '[]') as readonly (readonly [number, number, number, number])[];
      const during = noted.filter(([atMs, ms]) => atMs >= decidedMs && atMs - ms <= lastMs);
      return {
        lastMs: lastMs - decidedMs,
        firstMs: Math.min(...times) - decidedMs,
        halfMs: median(times) - decidedMs,
        late: during.map(([, ms]) => ms),
        lateAlone: during.map(([, ms, , waitedMs]) => Math.max(0, ms - waitedMs)),
        spentMs: during.reduce((sum, [, , ms]) => sum + ms, 0),
      };
    } finally {
      // A last stand does not end by SIGTERM.
      await service.kill();
    }
  }

  /** Of the rigs that are not wedged. */
  get #others(): number {
    return this.#wedged ? this.count - 1 : this.count;
  }

  #times(): readonly number[] {
    return [...this.#asked].filter(([rig]) => !this.#wedged || rig !== 'rig-1').map(([, atMs]) => atMs);
  }

  /** Monotonic ms of the tick that decided the first pause. */
  async #decidedMs(): Promise<number> {
    const lines = (await readFile(join(this.#folder, 'state', 'journal.jsonl'), 'utf8')).split('\n');
    const times = lines.flatMap((line) => {
      const { event, step, monoMs } = (line === '' ? {} : JSON.parse(line)) as { event?: string; step?: { kind: string }; monoMs?: number };
      return event === 'step-due' && step?.kind === 'pause' && monoMs !== undefined ? [monoMs] : [];
    });
    return Math.min(...times);
  }

  async close(): Promise<void> {
    await Promise.all([this.#rigs.stop(), this.#upsd.close()]);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Whole lines out of pieces. */
function linesTo(take: (line: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  };
}

function rackOf(count: number): Readonly<Record<string, string>> {
  return {
    'device.type': 'ups',
    'ups.status': 'OL',
    'ups.load': '70',
    'ups.realpower': String(count * WATTS + 60),
    'ups.realpower.nominal': String(count * WATTS * 1.4),
    'battery.charge': '100',
    'battery.charge.low': '10',
    'battery.runtime': '1200',
    'battery.runtime.low': '60',
  };
}

function configOf(upsdPort: number, ports: readonly number[]): unknown {
  const rigs = ports.map((port, place) => [
    `rig-${place + 1}`,
    { driver: 'luxos', host: '127.0.0.1', port, fedBy: ['rack'], reward: { perDay: 4 + place / 1000 }, watts: WATTS },
  ]);
  return {
    stateDir: 'state',
    socket: 's',
    armed: true,
    ups: { rack: { nut: { port: upsdPort, name: 'rack' }, baseWatts: 60 } },
    rigs: Object.fromEntries(rigs),
  };
}
