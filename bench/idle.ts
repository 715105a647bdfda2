// What the service costs while nothing happens: memory, CPU, and what it makes the disk write; and how long it takes to start.
import { Child, sleep, until } from './child.ts';
import { type Figure, inWords, limited, median, type Options } from './figures.ts';
import { ABSENT, NotifySocket } from './notify.ts';
import { type BenchSite, onSite, RIGS, sees } from './site.ts';

const LIMIT_MB = 90;
const LIMIT_CPU_PERCENT = 2;
const LIMIT_START_MS = 1_000;
/** The start is no part of the calm: modules are loaded, every rig is asked at once. */
const SETTLE_MS = 20_000;
const STARTS = 10;
const READY_MS = 20_000;

interface Spent {
  readonly cpuPercent: number;
  /** of that, of the children that ended: systemd-notify and nothing else */
  readonly childrenPercent: number;
  readonly mb: number;
  readonly mostMb: number;
  readonly writtenBytes: number;
  readonly printedBytes: number;
}

export function idle({ minutes, progress }: Options): Promise<readonly Figure[]> {
  return onSite(async (site) => {
    await site.renew();
    const notify = await NotifySocket.open(site.folder);
    const service = site.startService(notify?.env);
    const peer = new Child(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    try {
      await until('every rig is seen', async () => sees(await site.status(), 'mains'), READY_MS, service);
      progress(`idle: settling, then ${minutes} min of calm`);
      await sleep(SETTLE_MS);
      const before = notify?.pings ?? 0;
      const [ours, theirs] = await Promise.all([spent(service, minutes), spent(peer, minutes)]);
      return figuresOf({ site, minutes, ours, theirs, pings: notify && notify.pings - before });
    } finally {
      await Promise.all([service.stop(), peer.stop()]);
      await notify?.close();
    }
  });
}

async function spent(child: Child, minutes: number): Promise<Spent> {
  const before = { atMs: performance.now(), cpuMs: await child.cpuMs(), written: await child.writtenBytes(), printed: child.printed };
  await sleep(minutes * 60_000);
  const { own, children } = await child.cpuMs();
  const percent = (ms: number): number => (100 * ms) / (performance.now() - before.atMs);
  const { now, most } = await child.residentMb();
  return {
    cpuPercent: percent(own + children - before.cpuMs.own - before.cpuMs.children),
    childrenPercent: percent(children - before.cpuMs.children),
    mb: now,
    mostMb: most,
    writtenBytes: (await child.writtenBytes()) - before.written,
    printedBytes: child.printed - before.printed,
  };
}

interface Calm {
  readonly site: BenchSite;
  readonly minutes: number;
  readonly ours: Spent;
  readonly theirs: Spent;
  /** undefined without a watchdog */
  readonly pings: number | undefined;
}

function figuresOf({ site, minutes, ours, theirs, pings }: Calm): readonly Figure[] {
  // A service that pings nobody would be restarted every ten seconds: what it costs is then not what was measured.
  if (pings === 0) throw new Error('the service had a watchdog and never pinged it');
  const watchdog = pings === undefined ? '' : `, ${inWords(ours.childrenPercent, '%')} of it in ${pings} pings of the watchdog`;
  return [
    limited(
      {
        what: `idle with ${RIGS} rigs: memory (RSS, ${site.upsd}, after ${minutes} min)`,
        measured: `${inWords(ours.mb, 'MB')}, at most ${inWords(ours.mostMb, 'MB')} since the start`,
        beside: `at most ${LIMIT_MB} MB; a bare node ${inWords(theirs.mb, 'MB')}`,
      },
      ours.mb,
      LIMIT_MB,
    ),
    limited(
      {
        what: `idle with ${RIGS} rigs: CPU, of one core${pings === undefined ? `, without the watchdog: ${ABSENT}` : ''}`,
        measured: `${inWords(ours.cpuPercent, '%')}${watchdog}`,
        beside: `under ${LIMIT_CPU_PERCENT} %; a bare node ${inWords(theirs.cpuPercent, '%')}`,
      },
      ours.cpuPercent,
      LIMIT_CPU_PERCENT,
    ),
    {
      what: `idle with ${RIGS} rigs: written to the disk, and to the log, in these ${minutes} min`,
      measured: `${ours.writtenBytes} B, and ${ours.printedBytes} B`,
      beside: 'see disk for the hour',
    },
  ];
}

interface Started {
  /** ms from exec */
  readonly answersMs: number;
  /** undefined where nobody hears it */
  readonly readyMs: number | undefined;
}

export function start({ progress }: Options): Promise<readonly Figure[]> {
  return onSite(async (site) => {
    const ours: Started[] = [];
    const theirs: number[] = [];
    for (let turn = 1; turn <= STARTS; turn++) {
      progress(`start: ${turn} of ${STARTS}`);
      await site.renew();
      ours.push(await startOnce(site));
      const bare = new Child(process.execPath, ['-e', '0']);
      await bare.ended;
      theirs.push(performance.now() - bare.startedMs);
    }
    const beside = `under ${LIMIT_START_MS} ms; node -e 0 ${inWords(median(theirs), 'ms')}`;
    const ready = ours.flatMap(({ readyMs }) => readyMs ?? []);
    const answers = ours.map(({ answersMs }) => answersMs);
    return [
      ready.length < ours.length
        ? { what: 'start: from exec to READY=1', measured: `skipped: ${ABSENT}`, beside }
        : startFigure('start: from exec to READY=1', ready, beside),
      startFigure('start: from exec until the socket answers', answers, beside),
    ];
  });
}

function startFigure(what: string, times: readonly number[], beside: string): Figure {
  const measured = `median ${inWords(median(times), 'ms')}, max ${inWords(Math.max(...times), 'ms')}`;
  return limited({ what: `${what}, ${times.length} starts`, measured, beside }, median(times), LIMIT_START_MS);
}

async function startOnce(site: BenchSite): Promise<Started> {
  const notify = await NotifySocket.open(site.folder);
  const service = site.startService(notify?.env);
  const sinceExec = (): number => performance.now() - service.startedMs;
  try {
    const [answersMs, readyMs] = await Promise.all([
      until('it answers', async () => (await site.status()) !== undefined, READY_MS, service).then(sinceExec),
      notify && until('it says READY', () => notify.ready, READY_MS, service).then(sinceExec),
    ]);
    return { answersMs, readyMs };
  } finally {
    await service.stop();
    await notify?.close();
  }
}
