import { describe, expect, it } from '@jest/globals';
import { SimDisk } from '../../src/sim/disk.ts';
import { forEver, numbersIn, openBench, upTo } from '../support/journal-bench.ts';

describe('reading for people', () => {
  async function long(count: number): Promise<Awaited<ReturnType<typeof openBench>>> {
    const bench = await openBench(new SimDisk(), { files: 8, fileBytes: 60_000 });
    for (const number of upTo(count)) {
      await bench.journal.durable(bench.noteDown(number), forEver());
      await bench.clock.advance(1_000);
    }
    return bench;
  }

  it('gives the newest records, oldest first, those included that still wait for the card', async () => {
    const { journal, noteDown } = await long(20);
    noteDown(21);
    expect(numbersIn(await journal.tail({ limit: 3 }))).toEqual([19, 20, 21]);
    expect(await journal.tail({ limit: 0 })).toEqual([]);
  });

  it('gives the records from a number on, so that whoever follows misses none', async () => {
    const { journal } = await long(20);
    expect(numbersIn(await journal.tail({ sinceSeq: 5, limit: 3 }))).toEqual([5, 6, 7]);
    expect(await journal.tail({ sinceSeq: 21, limit: 3 })).toEqual([]);
  });

  it('gives the records since a moment, the newest of them where there are too many', async () => {
    const { journal, clock } = await long(20);
    const since = clock.wallMs() - 5_500;
    expect(numbersIn(await journal.tail({ sinceWallMs: since, limit: 100 }))).toEqual([16, 17, 18, 19, 20]);
    expect(numbersIn(await journal.tail({ sinceWallMs: since, limit: 2 }))).toEqual([19, 20]);
  });

  it('goes back to the files for what is no longer in memory, and reads no file for what is', async () => {
    const disk = new SimDisk();
    const { journal, noteDown, clock } = await openBench(disk, { fileBytes: 60_000 });
    for (const number of upTo(2_500)) noteDown(number);
    await clock.advance(0);
    await journal.durable(2_500, forEver());
    let reads = 0;
    disk.refuses = (operation) => {
      if (operation === 'read') reads += 1;
      return undefined;
    };
    expect(await journal.tail({ limit: 500 })).toHaveLength(500);
    expect(numbersIn(await journal.tail({ sinceSeq: 2_400, limit: 50 }))).toEqual(upTo(2_449).slice(2_399));
    expect(reads).toBe(0);
    expect((await journal.tail({ sinceSeq: 10, limit: 5 })).map((record) => record.seq)).toEqual([10, 11, 12, 13, 14]);
    expect(await journal.tail({ limit: 2_400 })).toHaveLength(2_400);
    expect(reads).toBeGreaterThan(0);
    disk.refuses = () => 'EIO';
    expect((await journal.tail({ sinceSeq: 10, limit: 5 })).length).toBe(5);
  });
});
