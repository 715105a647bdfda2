// What the service costs while nothing happens: memory, CPU, and what it makes the disk write; and how long it takes to start.
import { Child, sleep, until } from './child.ts';
import { type Figure, inWords, limited, median, type Options } from './figures.ts';
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
  readonly mb: number;
  readonly mostMb: number;
  readonly writtenBytes: number;
  readonly printedBytes: number;
}

export function idle({ minutes, progress }: Options): Promise<readonly Figure[]> {
  return onSite(async (site) => {
    await site.renew();
    const service = site.startService();
    const peer = new Child(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    try {
      await until('every rig is seen', async () => sees(await site.status(), 'mains'), READY_MS, service);
      progress(`idle: settling, then ${minutes} min of calm`);
      await sleep(SETTLE_MS);
      const [ours, theirs] = await Promise.all([spent(service, minutes), spent(peer, minutes)]);
      return figuresOf(site, minutes, ours, theirs);
    } finally {
      await Promise.all([service.stop(), peer.stop()]);
    }
  });
}

async function spent(child: Child, minutes: number): Promise<Spent> {
  const before = { atMs: performance.now(), cpuMs: await child.cpuMs(), written: await child.writtenBytes(), printed: child.printed };
  await sleep(minutes * 60_000);
  const cpuMs = (await child.cpuMs()) - before.cpuMs;
  const { now, most } = await child.residentMb();
  return {
    cpuPercent: (100 * cpuMs) / (performance.now() - before.atMs),
    mb: now,
    mostMb: most,
    writtenBytes: (await child.writtenBytes()) - before.written,
    printedBytes: child.printed - before.printed,
  };
}

function figuresOf(site: BenchSite, minutes: number, ours: Spent, theirs: Spent): readonly Figure[] {
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
        what: `idle with ${RIGS} rigs: CPU, of one core`,
        measured: inWords(ours.cpuPercent, '%'),
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

export function start({ progress }: Options): Promise<readonly Figure[]> {
  return onSite(async (site) => {
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let turn = 1; turn <= STARTS; turn++) {
      progress(`start: ${turn} of ${STARTS}`);
      await site.renew();
      ours.push(await startOnce(site));
      const bare = new Child(process.execPath, ['-e', '0']);
      await bare.ended;
      theirs.push(performance.now() - bare.startedMs);
    }
    const figure = {
      what: `start: from exec until the socket answers, ${STARTS} starts`,
      measured: `median ${inWords(median(ours), 'ms')}, max ${inWords(Math.max(...ours), 'ms')}`,
      beside: `under ${LIMIT_START_MS} ms; node -e 0 ${inWords(median(theirs), 'ms')}`,
    };
    return [limited(figure, median(ours), LIMIT_START_MS)];
  });
}

async function startOnce(site: BenchSite): Promise<number> {
  const service = site.startService();
  try {
    await until('it answers', async () => (await site.status()) !== undefined, READY_MS, service);
    return performance.now() - service.startedMs;
  } finally {
    await service.stop();
  }
}
