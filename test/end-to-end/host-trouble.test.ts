// Nights on a machine in trouble: it stands still, its wall clock wanders, its card is full, read-only or slow, nobody reads
// its log. The load goes off in time all the same, and nothing is done twice.
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import type { JournalRecord } from '../../src/host/port.ts';
import { EIGHT, type OrderHeard } from '../support/rig-fleet.ts';
import { mayMount, NO_MOUNT, type SmallCard, smallCard } from '../support/small-card.ts';
import { violations } from './judge.ts';
import { describeNights, NIGHT_MS, type Night, night } from './night.ts';

const THREE = EIGHT.slice(0, 3);
/** Believed silent after six seconds, and said to have stood still after five. */
const STOPPED_MS = 7_500;
const SLOW_SYNC_MS = 1_500;
/** What takes load off waits so long for the card, and no longer. */
const PATIENCE_MS = 500;
const preload = (name: string): string => fileURLToPath(new URL(`../support/preloads/${name}.mjs`, import.meta.url));

const mounts = await mayMount();
if (!mounts) console.warn(`nights on a full card ${NO_MOUNT}`);

/** Everything down by low battery, then everything back, best first. */
async function downAndBack(one: Night): Promise<void> {
  const { fleet } = one;
  const outMs = await one.mains(false);
  await one.recorded('outage-began');
  await one.lastStand();
  expect(fleet.askedTooEarly(outMs)).toEqual([]);
  const backMs = await one.allReturn(60);
  expect(fleet.askedInOrder('feed', backMs)).toEqual(fleet.bestFirst);
  expect(await violations(one)).toEqual([]);
}

/** ms from a step's line in the journal to its edge, for each edge of a kind. */
async function waits(one: Night, to: 'cut' | 'fed'): Promise<readonly number[]> {
  const records = await one.service.journal();
  const kind = to === 'cut' ? '"cut"' : '"feed"';
  return one.contacts.edges
    .filter((edge) => edge.to === to)
    .map(({ contact, atMs }) => {
      const due = records.findLast(
        ({ event, step, monoMs }) =>
          event === 'step-due' && monoMs <= atMs + 15 && JSON.stringify(step).includes(kind) && JSON.stringify(step).includes(contact),
      );
      return atMs - (due?.monoMs ?? Number.POSITIVE_INFINITY);
    });
}

const settled = (records: readonly JournalRecord[], kind: string): readonly JournalRecord[] =>
  records.filter(({ event, step }) => event === 'step-settled' && JSON.stringify(step).includes(`"${kind}"`));

describeNights('a machine in trouble', () => {
  it.concurrent(
    'that is stopped in mid-shed for longer than its UPS may be silent sees the gap, looks at everything anew and asks nobody twice',
    () => {
      let atPause = (): void => undefined;
      const onOrder = ({ what }: OrderHeard): void => {
        if (what === 'pause') atPause();
      };
      return night({ carriesSeconds: 60, shedBelowSeconds: 58, rigs: THREE, cutPaused: 'always', onOrder }, async (one) => {
        const { fleet, service } = one;
        const [worst = ''] = fleet.worstFirst;
        let stoppedMs = Number.POSITIVE_INFINITY;
        // With the order given and its answer still on the way: all deadlines have passed when the service goes on.
        atPause = () => {
          service.signal('SIGSTOP');
          stoppedMs = one.now();
          atPause = () => undefined;
        };
        await one.begin();
        await one.mains(false);
        await one.until('it has stood still for long', () => one.now() - stoppedMs > STOPPED_MS);
        service.signal('SIGCONT');
        const gap = await one.recorded('noted', ({ say }) => String(say).startsWith('stood still for '));
        expect(gap['say']).toMatch(/^stood still for [78] s: everything is looked at anew$/);
        await one.until('the worst is dark', () => fleet.dark(worst));
        expect(fleet.cuts).toEqual([expect.objectContaining({ rig: worst, level: 0 })]);
        expect(fleet.log(worst).filter(({ what }) => what === 'pause')).toHaveLength(1);
        expect(fleet.askedInOrder('pause')).toEqual([worst]);
        await one.lastStand();
        await one.allReturn(60);
        expect(await violations(one)).toEqual([]);
      });
    },
    NIGHT_MS,
  );

  it.concurrent(
    'whose wall clock steps by years all the time decides as if it stood',
    () =>
      night({ carriesSeconds: 60, rigs: THREE, launching: () => ({ nodeArgs: ['--import', preload('wandering-clock')] }) }, async (one) => {
        await one.begin();
        await downAndBack(one);
        const records = await one.service.journal();
        const steps = records.slice(1).map((record, at) => Math.abs(Date.parse(record.at) - Date.parse(records[at]?.at ?? '')));
        expect(steps.filter((ms) => ms > 365 * 86_400_000).length).toBeGreaterThan(5);
        expect(records.slice(1).filter((record, at) => record.monoMs < (records[at]?.monoMs ?? 0))).toEqual([]);
      }),
    NIGHT_MS,
  );

  it.concurrent(
    'whose log nobody reads and whose alarm program hangs is held up by neither',
    () => {
      let pipe: { readonly path: string; readonly end: number } | undefined;
      const launching = (folder: string): { readonly stdout: number } => {
        pipe = stuffedPipe(join(folder, 'log'));
        return { stdout: pipe.end };
      };
      return night({ carriesSeconds: 60, rigs: THREE, launching }, async (one) => {
        try {
          await one.configure({ onAlarm: ['/bin/sleep', '600'] });
          await one.begin();
          await downAndBack(one);
          expect((await waits(one, 'cut')).filter((ms) => ms > PATIENCE_MS)).toEqual([]);
        } finally {
          if (pipe !== undefined) closeSync(pipe.end);
        }
      });
    },
    NIGHT_MS,
  );

  it.concurrent(
    'whose card takes a second and a half for every sync waits half a second with a pause or a cut, and to the end with a feed',
    () =>
      night(
        {
          carriesSeconds: 60,
          rigs: THREE,
          launching: () => ({ nodeArgs: ['--import', preload('slow-card')], env: { SLOW_SYNC_MS: String(SLOW_SYNC_MS) } }),
        },
        async (one) => {
          await one.begin();
          await downAndBack(one);
          const cuts = await waits(one, 'cut');
          expect(cuts.filter((ms) => ms > PATIENCE_MS + 1000)).toEqual([]);
          const feeds = await waits(one, 'fed');
          expect(feeds.filter((ms) => ms < SLOW_SYNC_MS - 15)).toEqual([]);
          const records = await one.service.journal();
          expect(settled(records, 'cut').map(({ unsynced }) => unsynced)).toEqual([true, true, true]);
          expect(settled(records, 'feed').map(({ ok, unsynced }) => [ok, unsynced])).toEqual(Array(3).fill([true, undefined]));
        },
      ),
    NIGHT_MS,
  );

  (mounts ? it.concurrent : it.skip)(
    'whose card is full, and then read-only, takes the load off and tells of it; when the card is well, its journal has everything',
    () =>
      night({ carriesSeconds: 60, rigs: THREE }, async (one) => {
        const { fleet, service } = one;
        const card: SmallCard = await smallCard(join(one.folder, 'state'));
        try {
          await one.configure({ onAlarm: ['/bin/sh', '-c', `cat >>${one.folder}/alarms`] });
          await one.begin();
          await one.mains(false);
          await one.recorded('outage-began');
          // And what the journal has put by for this day. A last page of it is left.
          await rm(join(one.folder, 'state', 'journal.reserve'));
          await card.fill();
          await one.lastStand();
          await one.until(
            'it says so',
            async () => (await service.status())?.notReady.some((say) => /cannot be written \(ENOSPC\)/.test(say)) === true,
          );
          expect(fleet.askedTooEarly()).toEqual([]);
          await card.readOnly();
          await one.mains(true);
          await one.until('somebody is told', async () => /journal-not-written/.test(await readFile(join(one.folder, 'alarms'), 'utf8')));
          await one.until('mains has held', async () => (await service.status())?.rigs.some(({ phase }) => phase === 'waking') === true);
          await card.writable();
          await card.free();
          await one.until('every rig hashes again', () => fleet.allHashing, 60);
          await one.recorded('fault-cleared', ({ code }) => code === 'journal-not-written');
          const records = await service.journal();
          expect(records.map(({ seq }) => seq)).toEqual(records.map((_, at) => at + 1));
          expect(settled(records, 'cut')).toHaveLength(3);
          expect(records.filter(({ unsynced }) => unsynced === true)).not.toEqual([]);
          expect(await violations(one)).toEqual([]);
        } finally {
          await service.kill();
          await card.takeAway();
        }
      }),
    NIGHT_MS,
  );
});

/** A pipe that holds all it can and is read by nobody: whoever writes to it waits, or would. */
function stuffedPipe(path: string): { readonly path: string; readonly end: number } {
  execFileSync('mkfifo', [path]);
  const stuffing = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  try {
    for (;;) writeSync(stuffing, 'x'.repeat(4096));
  } catch {
    // Full: it takes no more.
  }
  const end = openSync(path, constants.O_RDWR);
  closeSync(stuffing);
  return { path, end };
}
