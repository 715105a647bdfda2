// The watch over the journal: a card that takes nothing is said once, in calm too, and said again when it is well.
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { roomFor, watchJournal } from '../../src/host/journal-watch.ts';
import { failed } from '../../src/model/outcome.ts';
import { VirtualClock } from '../../src/sim/clock.ts';
import { SimJournal } from '../../src/sim/journal.ts';

const FULL = failed('refused', 'the journal cannot be written (ENOSPC)').fault;

interface Watched {
  readonly clock: VirtualClock;
  readonly journal: SimJournal;
  readonly said: string[];
  room: string | undefined;
}

function watched(): Watched {
  const clock = new VirtualClock();
  const journal = new SimJournal(clock);
  const one: Watched = { clock, journal, said: [], room: undefined };
  const watch = watchJournal({
    journal,
    clock,
    room: async () => one.room,
    tell: (trouble) => one.said.push(trouble ?? 'well'),
  });
  stops.push(() => clock.settle(watch.stop(), 60_000));
  return one;
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

describe('a journal that is watched', () => {
  it('is no news while all that is written gets to the card', async () => {
    const { clock, journal, said } = watched();
    journal.append([{ event: 'noted', say: 'all is well' }]);
    await clock.advance(3_600_000);
    expect(said).toEqual([]);
  });

  it('is told of once when the card refuses, and once when it takes everything again', async () => {
    const { clock, journal, said } = watched();
    journal.misbehave({ fault: FULL });
    await clock.advance(10_000);
    expect(said).toEqual([]);
    journal.append([{ event: 'noted', say: 'this one waits' }]);
    await clock.advance(2_000);
    expect(said).toEqual([FULL.detail]);
    await clock.advance(600_000);
    expect(said).toHaveLength(1);
    journal.misbehave({});
    await clock.advance(2_000);
    expect(said).toEqual([FULL.detail, 'well']);
  });

  it('is told of when a sync hangs for ten seconds, and not when it is merely slow', async () => {
    const { clock, journal, said } = watched();
    journal.misbehave({ syncMs: 8_000 });
    journal.append([{ event: 'noted', say: 'slow' }]);
    await clock.advance(20_000);
    expect(said).toEqual([]);
    journal.misbehave({ syncMs: 3_600_000 });
    journal.append([{ event: 'noted', say: 'stuck' }]);
    await clock.advance(15_000);
    expect(said).toHaveLength(1);
  });

  it('is told of in calm, before an outage finds the card full or read-only', async () => {
    const one = watched();
    await one.clock.advance(1_000);
    one.room = 'it is read-only';
    await one.clock.advance(301_000);
    expect(one.said).toEqual(['it is read-only']);
    one.room = undefined;
    await one.clock.advance(301_000);
    expect(one.said).toEqual(['it is read-only', 'well']);
  });
});

describe('room for the journal', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'room-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is there in a folder that can be written, and looking for it writes nothing', async () => {
    const before = (await stat(folder)).mtimeMs;
    expect(await roomFor(folder)).toBeUndefined();
    expect((await stat(folder)).mtimeMs).toBe(before);
  });

  it('is missing, with the reason, where there is no such folder', async () => {
    expect(await roomFor(join(folder, 'gone'))).toMatch(/gone cannot be written \(ENOENT\)/);
  });
});
