// From upsd saying low battery on battery to the order to pause on the wire at each of twenty rigs; and upsmon beside it.
import { open } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child, sleep, until } from './child.ts';
import { type Figure, inWords, limited, median, type Options, quantile, worst } from './figures.ts';
import { type BenchSite, onSites, POLL_MS, RIGS, sees } from './site.ts';
import { ABSENT, Upsmon, upsmonServes } from './upsmon.ts';

const SLOW_CARD = fileURLToPath(new URL('./slow-card.js', import.meta.url));
const SLOW_SYNC_MS = 300;
/** Decide, dispatch and connect, on top of the poll and the sync. */
const HOUSE_MS = 50;
const ALL_ASKED_MS = 250;
/** So many of the runs with upsmon beside: each costs a restart of upsd, for it latches its forced shutdown. */
const UPSMON_RUNS = 10;
/** A run is mostly waiting, so many go side by side. All are ready before the first of them is told: no start disturbs what is measured. */
const SITES = 4;
const READY_MS = 20_000;
const ASKED_MS = 20_000;
/**
 * What was asked until all were ready has been answered.
 */
const CALM_MS = 500;
/** The status is asked for so often by the observer that sets the zero of time. */
const WATCH_MS = 1;

interface Run {
  /** ms from upsd's word to the first order, and to that of the last rig */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly upsmonMs?: number;
}

interface Series {
  readonly from: 'mains' | 'battery';
  readonly slowCard?: true;
}

const ALL: readonly Series[] = [{ from: 'mains' }, { from: 'battery' }, { from: 'mains', slowCard: true }];

export function latency({ runs, progress }: Options): Promise<readonly Figure[]> {
  return onSites(SITES, async (sites) => {
    const [first] = sites;
    if (first === undefined) throw new Error('no site');
    const syncMs = quantile(await syncTimes(first.folder), 0.99);
    const figures: Figure[] = [];
    for (const series of ALL) {
      const done: Run[] = [];
      while (done.length < runs) {
        progress(`latency from ${series.from}${series.slowCard ? ', slow card' : ''}: ${done.length} of ${runs} runs`);
        const upsmons = done.filter(({ upsmonMs }) => upsmonMs !== undefined).length;
        const beside = series.from === 'mains' && !series.slowCard && upsmons < UPSMON_RUNS && upsmonServes(first);
        done.push(...(await together(sites.slice(0, runs - done.length), series, beside)));
      }
      figures.push(...figuresOf(first, series, done, syncMs));
    }
    return figures;
  });
}

function figuresOf(site: BenchSite, series: Series, runs: readonly Run[], cardMs: number): readonly Figure[] {
  const { from, slowCard } = series;
  const syncMs = slowCard ? SLOW_SYNC_MS : cardMs;
  const limitMs = POLL_MS[from] + HOUSE_MS + syncMs;
  const first = runs.map(({ firstMs }) => firstMs);
  const spread = runs.map(({ firstMs, lastMs }) => lastMs - firstMs);
  const within = first.filter((ms) => ms <= limitMs).length;
  const where = `${from === 'mains' ? 'OL' : 'OB'} to OB LB${slowCard ? `, syncs of ${SLOW_SYNC_MS} ms` : ''}`;
  const sum = `poll ${POLL_MS[from]} + ${HOUSE_MS} + sync ${inWords(syncMs, 'ms')}`;
  const judged = worst(first);
  const figures = [
    limited(
      {
        what: `${where}: first pause on the wire (${site.upsd}, ${runs.length} runs)`,
        measured: `${inQuantiles(first)}; ${within} of ${runs.length} within the limit`,
        beside: `${judged.name} at most ${inWords(limitMs, 'ms')} (${sum})`,
      },
      judged.value,
      limitMs,
    ),
    limited(
      {
        what: `${where}: first to last of ${RIGS} rigs asked`,
        measured: `p50 ${inWords(median(spread), 'ms')}, max ${inWords(Math.max(...spread), 'ms')}`,
        beside: `at most ${ALL_ASKED_MS} ms`,
      },
      Math.max(...spread),
      ALL_ASKED_MS,
    ),
  ];
  return from === 'mains' && !slowCard ? [...figures, peerOf(site, runs)] : figures;
}

function inQuantiles(values: readonly number[]): string {
  const { name, value } = worst(values);
  const all: readonly (readonly [string, number])[] = [
    ['p50', median(values)],
    ['p90', quantile(values, 0.9)],
    [name, value],
    ...(name === 'p99' ? ([['max', Math.max(...values)]] as const) : []),
  ];
  return all.map(([what, ms]) => `${what} ${inWords(ms, 'ms')}`).join(', ');
}

function peerOf(site: BenchSite, runs: readonly Run[]): Figure {
  const what = "the same runs: upsmon's SHUTDOWNCMD (POLLFREQ 2, FINALDELAY 0)";
  const both = runs.flatMap(({ firstMs, upsmonMs }) => (upsmonMs === undefined ? [] : [{ firstMs, upsmonMs }]));
  if (both.length === 0) return { what, measured: 'skipped', beside: upsmonServes(site) ? 'no runs' : ABSENT };
  const theirs = both.map(({ upsmonMs }) => upsmonMs);
  const ours = both.map(({ firstMs }) => firstMs);
  return {
    what,
    measured: `p50 ${inWords(median(theirs), 'ms')}, max ${inWords(Math.max(...theirs), 'ms')} (${both.length} runs)`,
    beside: `ours in these runs p50 ${inWords(median(ours), 'ms')}: ${(median(ours) / median(theirs)).toFixed(2)} of it`,
  };
}

/** One run on each of these sites, upsmon beside the first. */
async function together(sites: readonly BenchSite[], series: Series, beside: boolean): Promise<readonly Run[]> {
  const stages = sites.map((site, place) => new Stage(site, series, beside && place === 0));
  try {
    await Promise.all(stages.map((stage) => stage.prepare()));
    return await Promise.all(stages.map((stage) => stage.run()));
  } finally {
    await Promise.all(stages.map((stage) => stage.close()));
  }
}

/** A site with a service of its own for one run. */
class Stage {
  readonly #site: BenchSite;
  readonly #series: Series;
  readonly #beside: boolean;
  #service: Child | undefined;
  #upsmon: Upsmon | undefined;

  constructor(site: BenchSite, series: Series, beside: boolean) {
    this.#site = site;
    this.#series = series;
    this.#beside = beside;
  }

  /** Until the service has seen the line that the run begins on. */
  async prepare(): Promise<void> {
    const site = this.#site;
    const { from, slowCard } = this.#series;
    await site.renew();
    if (this.#beside) this.#upsmon = await Upsmon.start(site);
    const service = slowCard ? new Child(process.execPath, [SLOW_CARD, site.config, String(SLOW_SYNC_MS)]) : site.startService();
    this.#service = service;
    await ready(site, service, slowCard);
    if (from === 'battery') {
      await site.say('OB');
      await until('the service is on battery', async () => sees(await site.status(), 'battery'), READY_MS, service);
    }
  }

  async run(): Promise<Run> {
    const site = this.#site;
    const { from } = this.#series;
    // Its questions come at a fixed pace from its start: any moment between two must be as likely as any other.
    await sleep(CALM_MS + Math.random() * POLL_MS[from]);
    const said = saidBy(site.upsdPort);
    await site.say('OB LB');
    const zeroMs = await said;
    const asked = (): number[] =>
      site.rigs.flatMap(({ log }) => log.find(({ what, atMs }) => what === 'pause' && atMs >= zeroMs)?.atMs ?? []);
    await until('all rigs asked', () => asked().length === RIGS, ASKED_MS, this.#service);
    const times = asked();
    const ours = { firstMs: Math.min(...times) - zeroMs, lastMs: Math.max(...times) - zeroMs };
    if (this.#upsmon === undefined) return ours;
    return { ...ours, upsmonMs: (await this.#upsmon.shutdownMs(ASKED_MS)) - zeroMs };
  }

  async close(): Promise<void> {
    // A last stand does not end by SIGTERM.
    await this.#service?.kill();
    if (this.#upsmon === undefined) return;
    await this.#upsmon.stop();
    await this.#site.restartUpsd();
  }
}

function ready(site: BenchSite, service: Child, slowCard: true | undefined): Promise<void> {
  const isSo = slowCard ? () => /^ready$/m.test(service.said) : async () => sees(await site.status(), 'mains');
  return until('the service has seen every rig hash', isSo, READY_MS, service);
}

/** When upsd was last heard not to say LB; what is measured from there is never too short, and at most 1 ms and a question too long. */
function saidBy(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let lastMs = performance.now();
    const socket = connect(port, '127.0.0.1', () => socket.write('GET VAR rack ups.status\n'));
    const patience = setTimeout(() => socket.destroy(new Error('upsd never said OB LB')), ASKED_MS);
    socket.setEncoding('utf8').on('data', (text: string) => {
      if (/\bLB\b/.test(text)) {
        clearTimeout(patience);
        socket.destroy();
        return resolve(lastMs);
      }
      lastMs = performance.now();
      setTimeout(() => socket.write('GET VAR rack ups.status\n'), WATCH_MS);
    });
    socket.on('error', reject);
  });
}

/** ms that an append of one record and its sync take in this folder, beside nothing else of ours. */
async function syncTimes(folder: string): Promise<readonly number[]> {
  const file = await open(join(folder, 'probe'), 'w');
  const record = Buffer.alloc(300, 'x');
  const times: number[] = [];
  for (let turn = 0; turn < 200; turn++) {
    const beganMs = performance.now();
    await file.write(record);
    await file.datasync();
    times.push(performance.now() - beganMs);
  }
  await file.close();
  return times;
}
