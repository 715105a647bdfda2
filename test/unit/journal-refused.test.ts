import { describe, expect, it } from '@jest/globals';
import { chance } from '../../src/sim/chance.ts';
import { SimDisk } from '../../src/sim/disk.ts';
import { asText, forEver, numbersIn, openBench, upTo, written } from '../support/journal-bench.ts';

const OK = { ok: true, value: undefined };

describe('a card that refuses', () => {
  const REFUSALS = ['write', 'sync', 'truncate', 'open', 'sync-folder'] as const;

  it.each(REFUSALS)('costs no record when every %s fails for a while', async (refused) => {
    const disk = await written([1]);
    disk.tamper(
      'journal.jsonl',
      asText((before) => `${before}torn`),
    );
    const { journal, noteDown, clock } = await openBench(disk);
    disk.refuses = (operation) => (operation === refused ? 'EROFS' : undefined);
    const outcome = await journal.durable(noteDown(2), forEver());
    expect(outcome).toMatchObject({ ok: false, fault: { code: 'refused', retry: 'soon' } });
    if (!outcome.ok)
      expect(outcome.fault.detail).toBe('the journal in /card cannot be written (EROFS); 2 records wait in memory: look at the card');
    for (const number of [3, 4, 5]) {
      expect(await journal.durable(noteDown(number), forEver())).toMatchObject({ ok: false });
      await clock.advance(1_000);
    }
    disk.refuses = () => undefined;
    await clock.advance(5_000);
    expect(await journal.durable(5, AbortSignal.abort())).toEqual(OK);
    await journal.close();
    expect(numbersIn((await openBench(disk)).records)).toEqual([1, 2, 3, 4, 5]);
    expect((await openBench(disk)).report).toEqual({ cutBytes: 0 });
  });

  it('writes afresh what a failed sync may have dropped, so that a power cut afterwards finds it', async () => {
    const disk = await written([1]);
    const { journal, noteDown, clock } = await openBench(disk);
    disk.refuses = (operation) => (operation === 'sync' ? 'EIO' : undefined);
    await journal.durable(noteDown(2), forEver());
    disk.refuses = () => undefined;
    await clock.advance(1_000);
    expect(await journal.durable(2, AbortSignal.abort())).toEqual(OK);
    const found = disk.afterPowerLoss('nothing', chance(1, 'power lost'));
    expect(numbersIn((await openBench(found)).records)).toEqual([1, 2]);
  });

  it('may lose what a life read from the cache alone, but not what must survive of it', async () => {
    const disk = await written([1]);
    const before = await openBench(disk);
    disk.refuses = (operation) => (operation === 'sync' ? 'EIO' : undefined);
    await before.journal.durable(before.noteDown(2), forEver());
    disk.refuses = () => undefined;
    // Killed here: the system still gives back what it could not write, and calls it clean.
    const { journal, noteDown, records } = await openBench(disk);
    expect(numbersIn(records)).toContain(2);
    expect(await journal.durable(noteDown(3), forEver())).toEqual(OK);
    const found = await openBench(disk.afterPowerLoss('nothing', chance(1, 'power lost')));
    expect(numbersIn(found.records)).toEqual([1, 2, 3]);
  });

  it('takes some more from its reserve when it is full, then keeps records in memory, and loses none', async () => {
    const disk = await written([1]);
    expect((await disk.read('journal.reserve')).length).toBe(65_536);
    const { journal, noteDown, known, clock } = await openBench(disk);
    disk.capacityBytes = 65_536 + (await disk.read('journal.jsonl')).length + 50;
    expect(await journal.durable(noteDown(2), forEver())).toEqual(OK);
    expect(await disk.list()).not.toContain('journal.reserve');
    let next = 3;
    while ((await journal.durable(noteDown(next), forEver())).ok) next += 1;
    expect(next).toBeGreaterThan(300);
    for (let more = 1; more <= 200; more += 1) noteDown(next + more);
    await clock.advance(60_000);
    const last = await journal.tail({ limit: 1 });
    expect(await journal.durable(last[0]?.seq ?? 0, forEver())).toMatchObject({
      ok: false,
      fault: { detail: expect.stringContaining('ENOSPC') },
    });
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    await clock.advance(600_000);
    noteDown(next + 201);
    await clock.advance(10_000);
    expect((await disk.read('journal.reserve')).length).toBe(65_536);
    await journal.close();
    expect(numbersIn((await openBench(disk)).records)).toEqual(known);
    expect(known).toEqual(upTo(next + 201));
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])('finishes a rotation that failed at its step %i', async (step) => {
    const disk = new SimDisk();
    const { journal, noteDown, clock } = await openBench(disk, { files: 3, fileBytes: 900 });
    let rotating = 0;
    let refused = 0;
    disk.refuses = (_, name) => {
      if (name === 'journal.next.jsonl') rotating += 1;
      if (rotating > 0) rotating += 1;
      if (rotating < step || refused > 2) return undefined;
      refused += 1;
      return 'EIO';
    };
    for (const number of upTo(30)) {
      noteDown(number);
      await clock.advance(3_000);
    }
    disk.refuses = () => undefined;
    await clock.advance(10_000);
    await journal.close();
    expect(refused).toBeGreaterThan(2);
    const again = await openBench(disk);
    expect(numbersIn(again.records)).toEqual(upTo(30));
    expect(again.report).toEqual({ cutBytes: 0 });
  });

  it('tries at most every five seconds', async () => {
    const disk = await written([1]);
    const { noteDown, clock } = await openBench(disk);
    let tries = 0;
    disk.refuses = (operation) => {
      if (operation !== 'write') return undefined;
      tries += 1;
      return 'EIO';
    };
    noteDown(2);
    await clock.advance(3_600_000);
    expect(tries).toBeLessThan(730);
    expect(tries).toBeGreaterThan(700);
  });

  it('gives up the older half beyond its bound, names it under its numbers, and still saves all that must survive', async () => {
    const disk = await written([1]);
    const { journal, noteDown, known, clock } = await openBench(disk, { waiting: 100 });
    disk.refuses = (operation) => (operation === 'write' ? 'EIO' : undefined);
    for (let number = 2; number <= 1_000; number += 1) {
      noteDown(number);
      if (number % 10 === 0) await clock.advance(1_000);
    }
    disk.refuses = () => undefined;
    await clock.advance(10_000);
    expect(await journal.durable(1_000, AbortSignal.abort())).toEqual(OK);
    await journal.close();
    const again = await openBench(disk);
    expect(numbersIn(again.records)).toEqual(known);
    const all = await again.journal.tail({ sinceSeq: 1, limit: 5_000 });
    const [, gap, after] = all;
    expect(gap).toMatchObject({ event: 'noted', lostFrom: 2, say: expect.stringMatching(/^records 2 to \d+ were given up/) });
    expect(after?.seq).toBe((gap?.seq ?? 0) + 1);
    expect(all.slice(1).map((record) => record.seq)).toEqual(upTo(all.length - 1).map((index) => index - 1 + (gap?.seq ?? 0)));
    expect(all.length).toBeLessThan(120);
  });
});
