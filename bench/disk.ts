// What a calm hour writes: the real engine and the real journal in a real folder, over rigs and a UPS in virtual time.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyMemory } from '../src/core/memory.ts';
import { Engine } from '../src/engine/engine.ts';
import { openJournal } from '../src/host/journal-file.ts';
import { realFiles } from '../src/host/journal-files.ts';
import type { Journal } from '../src/host/port.ts';
import { SimSite } from '../src/sim/site.ts';
import { placeOf, type SimRigSetting } from '../src/sim/site-settings.ts';
import { writtenBytes } from './child.ts';
import { type Figure, inWords, limited, type Options } from './figures.ts';
import { withBeside } from './files.ts';
import { RIGS } from './site.ts';

const LIMIT_KB = 200;
/** The start writes what a calm hour does not. */
const SETTLE_SECONDS = 600;
const HOUR_SECONDS = 3_600;
const HOURS = 24;
/** A sync rewrites a block of data, and mostly one each of the inode table and the file system's journal. */
const BLOCKS_A_SYNC = 3;
const BLOCK_BYTES = 4_096;

interface Hour {
  readonly bytes: number;
  readonly syncs: number;
  /** bytes of whole pages, as the kernel counts them */
  readonly pages: number;
}

export async function disk({ progress }: Options): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    progress(`disk: ${HOURS} virtual hours of calm`);
    const hours = await calmHours(folder);
    const worst = hours.toSorted((a, b) => b.bytes - a.bytes)[0] ?? { bytes: Number.NaN, syncs: 0, pages: 0 };
    const withBlocks = (worst.bytes + worst.syncs * BLOCKS_A_SYNC * BLOCK_BYTES) / 1000;
    const kb = worst.bytes / 1000;
    return [
      limited(
        {
          what: `disk: journal of the worst of ${HOURS} calm hours with ${RIGS} rigs`,
          measured: `${inWords(kb, 'kB')} in ${worst.syncs} syncs; ${inWords(worst.pages / 1000, 'kB')} of pages`,
          beside: `under ${LIMIT_KB} kB; with ${BLOCKS_A_SYNC} blocks of 4 kB a sync ${inWords(withBlocks, 'kB')}`,
        },
        Math.max(withBlocks, worst.pages / 1000),
        LIMIT_KB,
      ),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function calmHours(folder: string): Promise<readonly Hour[]> {
  const tally = { bytes: 0, syncs: 0 };
  const world = new SimSite(
    placeOf({
      ups: { rack: { battery: { carries: { watts: 65_000, minutes: 20 } }, nominalWatts: 93_000, houseWatts: 60 } },
      rigs: Object.fromEntries(Array.from({ length: RIGS }, (_, place) => [`rig-${place + 1}`, rigAt(place)])),
    }),
  );
  const { clock, site } = world;
  const files = withBeside(realFiles(folder), {
    write: ({ length }) => {
      tally.bytes += length;
    },
    sync: () => {
      tally.syncs += 1;
    },
  });
  const opened = await openJournal({ dir: folder, clock, snapshot: () => [engine.snapshot()], files });
  if (!opened.ok) throw new Error(opened.fault.detail);
  const { journal } = opened.value;
  const setting = { site, memory: emptyMemory(), bootId: 'bench', version: '0', pid: process.pid };
  const engine = new Engine({ world: { ...world.boot(), journal }, ...setting });
  await engine.start();
  await spend(SETTLE_SECONDS, clock, journal);
  if (tally.bytes === 0) throw new Error('the start wrote nothing: what is counted is not what is written');
  const hours: Hour[] = [];
  for (let hour = 0; hour < HOURS; hour++) {
    const before = { ...tally, pages: await writtenBytes(process.pid) };
    await spend(HOUR_SECONDS, clock, journal);
    const pages = (await writtenBytes(process.pid)) - before.pages;
    hours.push({ bytes: tally.bytes - before.bytes, syncs: tally.syncs - before.syncs, pages });
  }
  if (engine.status().rigs.some(({ phase }) => phase !== 'hashing')) throw new Error('it was no calm hour: a rig stood still');
  world.kill();
  await clock.settle(journal.close(), 60_000);
  return hours;
}

function rigAt(place: number): SimRigSetting {
  return { perDay: 4 + place / 10, watts: 3_250, fedBy: ['rack'], sim: { wattsNoise: 0.02, seed: place } };
}

/** Virtual time goes on only once the real disk has what was written: no two syncs become one because time flew. */
async function spend(seconds: number, clock: SimSite['clock'], journal: Journal): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await clock.advance(1_000);
    await journal.durable(journal.append([]), AbortSignal.timeout(10_000));
  }
}
