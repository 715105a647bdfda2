import { describe, expect, it } from '@jest/globals';
import { openJournal } from '../../src/host/journal-file.ts';
import { VirtualClock } from '../../src/sim/clock.ts';
import { SimDisk } from '../../src/sim/disk.ts';
import { asText, forEver, note, numbersIn, openBench, textOf, upTo, written } from '../support/journal-bench.ts';

const OK = { ok: true, value: undefined };

describe('writing', () => {
  it('writes nothing at all until something is appended', async () => {
    const disk = new SimDisk();
    const bench = await openBench(disk);
    await bench.clock.advance(3_600_000);
    await bench.journal.close();
    expect(disk.operations).toBe(0);
  });

  it('carries everything appended so far with one write and one sync', async () => {
    const disk = new SimDisk();
    const release = disk.stallSyncs();
    const { journal, noteDown, clock } = await openBench(disk);
    noteDown(1);
    await clock.advance(0);
    for (const number of upTo(99)) noteDown(number + 1);
    await clock.advance(0);
    expect(disk.syncs).toBe(1);
    release();
    expect(await journal.durable(100, forEver())).toEqual(OK);
    // The third is the reserve's.
    expect(disk.syncs).toBe(3);
  });

  it('has begun to write the few records of a tick before whoever comes next has his turn', async () => {
    const disk = new SimDisk();
    const { noteDown } = await openBench(disk);
    noteDown(1);
    const begun = await Promise.resolve().then(() => disk.operations);
    expect(begun).toBe(1);
  });

  it('puts those into words some at a time, too, that come while others are', async () => {
    const disk = new SimDisk();
    const { journal, noteDown, clock } = await openBench(disk);
    noteDown(...upTo(1_000));
    await Promise.resolve();
    const seq = noteDown(...upTo(1_000));
    let turns = 0;
    const other = async (): Promise<void> => {
      for (; disk.operations === 0; turns += 1) await clock.sleep(0);
    };
    await Promise.all([other(), clock.advance(1)]);
    expect(turns).toBeGreaterThan(8);
    expect(await journal.durable(seq, forEver())).toEqual(OK);
  });

  it('puts a great many records into words some at a time, and others get their turn in between', async () => {
    const disk = new SimDisk();
    const { journal, noteDown, clock } = await openBench(disk);
    let turns = 0;
    const seq = noteDown(...upTo(1_000));
    const other = async (): Promise<void> => {
      for (; disk.operations === 0; turns += 1) await clock.sleep(0);
    };
    void other();
    await clock.advance(0);
    expect(turns).toBeGreaterThanOrEqual(4);
    expect(await journal.durable(seq, forEver())).toEqual(OK);
    await journal.close();
    const again = await openBench(disk);
    expect(again.known).toEqual(upTo(1_000));
  });

  it('tells of each record when it was appended, not when it was put into words', async () => {
    const disk = new SimDisk();
    const { journal, noteDown, clock } = await openBench(disk);
    const release = disk.stallSyncs();
    noteDown(1);
    await clock.advance(0);
    noteDown(2);
    await clock.advance(1_000);
    release();
    await journal.durable(2, forEver());
    expect((await journal.tail({ limit: 2 })).map(({ monoMs }) => monoMs)).toEqual([0, 0]);
  });

  it('writes also what is appended the moment the card has taken everything', async () => {
    const { journal, noteDown } = await openBench(new SimDisk());
    let seq = noteDown(1);
    for (let turns = 0; turns < 60; turns += 1) {
      await journal.durable(seq, forEver());
      // Each time a little later within the end of the write.
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      seq = noteDown(turns + 2);
      expect(await journal.durable(seq, forEver())).toEqual(OK);
    }
  });

  it('says that a record is safe only when it is, and at once when it was before', async () => {
    const disk = new SimDisk();
    const release = disk.stallSyncs();
    const { journal, noteDown, clock } = await openBench(disk);
    let safe = false;
    const waiting = journal.durable(noteDown(1), forEver()).then(() => {
      safe = true;
    });
    await clock.advance(10_000);
    expect(safe).toBe(false);
    release();
    await waiting;
    expect(await journal.durable(1, AbortSignal.abort())).toEqual(OK);
  });

  it('gives a caller with no time left a fault, and writes the record all the same', async () => {
    const disk = new SimDisk();
    const release = disk.stallSyncs();
    const { journal, noteDown } = await openBench(disk);
    const patience = new AbortController();
    const seq = noteDown(1);
    const waiting = journal.durable(seq, patience.signal);
    patience.abort();
    expect(await waiting).toMatchObject({ ok: false, fault: { code: 'timeout', retry: 'soon' } });
    expect(await journal.durable(seq, patience.signal)).toMatchObject({ ok: false, fault: { code: 'timeout' } });
    release();
    expect(await journal.durable(seq, forEver())).toEqual(OK);
  });

  it('stamps each record with both clocks when it is appended, and marks a wall clock that was not set', async () => {
    const disk = new SimDisk();
    const clock = new VirtualClock({ startMs: 12.345_678, wallMs: Date.UTC(2026, 10, 23, 4), wallIsSet: false });
    const opened = await openJournal({ dir: '/card', clock, files: disk, snapshot: () => [] });
    if (!opened.ok) throw new Error(opened.fault.detail);
    const { journal } = opened.value;
    journal.append([note(1)]);
    await clock.advance(1_000);
    clock.synchronise(true);
    await journal.durable(journal.append([note(2)]), forEver());
    expect(await journal.tail({ limit: 9 })).toEqual([
      { v: 1, seq: 1, at: '2026-11-23T04:00:00.000Z', clock: 'unset', monoMs: 12.346, event: 'noted', say: 'number 1' },
      { v: 1, seq: 2, at: '2026-11-23T04:00:01.000Z', monoMs: 1_012.346, event: 'noted', say: 'number 2' },
    ]);
    await journal.close();
  });

  it('writes what waits when it is closed, and nothing afterwards', async () => {
    const disk = new SimDisk();
    const { journal, noteDown } = await openBench(disk);
    noteDown(1, 2, 3);
    await journal.close();
    const before = disk.operations;
    noteDown(4);
    await journal.close();
    expect(disk.operations).toBe(before);
    expect(numbersIn((await openBench(disk)).records)).toEqual([1, 2, 3]);
  });

  it('closes in bounded time on a card that hangs, and leaves nobody waiting', async () => {
    const disk = new SimDisk();
    disk.stallSyncs();
    const { journal, noteDown, clock } = await openBench(disk);
    const waiting = journal.durable(noteDown(1), forEver());
    await clock.settle(journal.close(), 2_000);
    expect(await waiting).toMatchObject({ ok: false, fault: { code: 'timeout' } });
  });
});

describe('rotation', () => {
  it('keeps the number and the size of the files in bounds, numbers without a gap, and begins each file with what must survive', async () => {
    const disk = new SimDisk();
    const { journal, noteDown } = await openBench(disk, { files: 3, fileBytes: 4_000 });
    for (const number of upTo(150)) await journal.durable(noteDown(number), forEver());
    await journal.close();
    const names = (await disk.list()).filter((name) => name.endsWith('.jsonl'));
    expect(names).toHaveLength(3);
    for (const name of names) {
      expect((await disk.read(name)).length).toBeLessThan(5_000);
      expect(JSON.parse((await textOf(disk, name)).split('\n')[0] ?? '')).toMatchObject({ event: 'memory' });
    }
    const again = await openBench(disk);
    expect(numbersIn(again.records)).toEqual(upTo(150));
    const all = await again.journal.tail({ sinceSeq: 1, limit: 1_000 });
    expect(all.map((record) => record.seq)).toEqual(upTo(all.length).map((index) => index - 1 + (all[0]?.seq ?? 0)));
  });

  it('does not rotate at every write when what must survive is larger than a file', async () => {
    const disk = new SimDisk();
    const { journal, noteDown } = await openBench(disk, { files: 3, fileBytes: 400 });
    for (const number of upTo(400)) await journal.durable(noteDown(number), forEver());
    const records = await journal.tail({ limit: 100 });
    expect(records.filter((record) => record.event === 'memory').length).toBeLessThan(10);
  });

  it('rotates also where nothing must survive', async () => {
    const disk = new SimDisk();
    const opened = await openJournal({
      dir: '/card',
      clock: new VirtualClock(),
      files: disk,
      snapshot: () => [],
      limits: { files: 2, fileBytes: 500 },
    });
    if (!opened.ok) throw new Error(opened.fault.detail);
    const { journal } = opened.value;
    for (const number of upTo(30)) await journal.durable(journal.append([note(number)]), forEver());
    await journal.close();
    expect((await disk.list()).filter((name) => name.endsWith('.jsonl'))).toHaveLength(2);
    expect((await disk.read('journal.jsonl')).length).toBeLessThan(1_000);
  });
});

describe('a damaged journal', () => {
  it('loses the last record and no other, wherever in it the file ends', async () => {
    const whole = await textOf(await written([1, 2], [3]));
    const before = whole.trimEnd().lastIndexOf('\n') + 1;
    for (let end = before; end < whole.length; end += 1) {
      const disk = new SimDisk();
      disk.tamper('journal.jsonl', () => new TextEncoder().encode(whole.slice(0, end)));
      const { records, report, noteDown, journal } = await openBench(disk);
      expect(numbersIn(records)).toEqual([1, 2]);
      expect(report.cutBytes).toBe(end - before);
      expect(report.say === undefined).toBe(end === before);
      await journal.durable(noteDown(4), forEver());
      await journal.close();
      const again = await openBench(disk);
      expect(numbersIn(again.records)).toEqual([1, 2, 4]);
      expect(again.report).toEqual({ cutBytes: 0 });
    }
  });

  it('notices every flipped bit, reads on past it, and starts', async () => {
    const whole = new TextEncoder().encode(await textOf(await written([1], [2], [3])));
    const firstEnd = whole.indexOf(10) + 1;
    const secondEnd = whole.indexOf(10, firstEnd) + 1;
    for (let place = firstEnd; place < secondEnd; place += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const disk = new SimDisk();
        const flipped = whole.slice();
        flipped[place] = (flipped[place] ?? 0) ^ (1 << bit);
        disk.tamper('journal.jsonl', () => flipped);
        const { records, report } = await openBench(disk);
        // A flip in the line feed makes one bad line of two.
        expect(numbersIn(records)).toEqual(place === secondEnd - 1 ? [1] : [1, 3]);
        if (place < secondEnd - 1) expect(report.damagedAt).toMatch(/^journal\.jsonl line 2: /);
        expect(report.say).toContain('replace the card');
      }
    }
  });

  it('cuts off a tail that stands there twice', async () => {
    const disk = await written([1, 2], [3, 4]);
    disk.tamper(
      'journal.jsonl',
      asText((before) => before + before.slice(before.indexOf('\n') + 1)),
    );
    const { records, report, noteDown, journal } = await openBench(disk);
    expect(numbersIn(records)).toEqual([1, 2, 3, 4]);
    expect(report.cutBytes).toBeGreaterThan(0);
    await journal.durable(noteDown(5), forEver());
    await journal.close();
    expect((await openBench(disk)).report).toEqual({ cutBytes: 0 });
  });

  it('goes back to an older memory when the newest is unreadable', async () => {
    const disk = new SimDisk();
    const limits = { files: 4, fileBytes: 1_000 };
    const bench = await openBench(disk, limits);
    for (const number of upTo(25)) await bench.journal.durable(bench.noteDown(number), forEver());
    await bench.journal.close();
    expect(await textOf(disk)).toMatch(/^[^\n]*"event":"memory"/);
    disk.tamper(
      'journal.jsonl',
      asText((before) => before.replace('memory', 'memorx')),
    );
    const again = await openBench(disk, limits);
    expect(numbersIn(again.records)).toEqual(upTo(25));
    expect(again.report.damagedAt).toBe('journal.jsonl line 1: does not fit its checksum');
  });

  it.each([
    ['nothing but line feeds', '\n'.repeat(100_000)],
    ['one endless line', 'x'.repeat(100_000)],
    ['another kind of file', '<html>\n<p>\0\0\0'],
    ['nothing', ''],
  ])('starts over a file that holds %s', async (_, content) => {
    const disk = new SimDisk();
    disk.tamper('journal.jsonl', () => new TextEncoder().encode(content));
    const { records, report, journal, noteDown } = await openBench(disk);
    expect(records).toEqual([]);
    expect(report.cutBytes).toBe(content.length);
    expect((report.say ?? '').length).toBeLessThan(400);
    await journal.durable(noteDown(1), forEver());
    await journal.close();
    expect(numbersIn((await openBench(disk)).records)).toEqual([1]);
  });

  it('sets a file aside that the card will not give back, rather than write over it', async () => {
    const disk = await written([1, 2, 3]);
    const old = await textOf(disk);
    disk.refuses = (operation, name) => (operation === 'read' && name === 'journal.jsonl' ? 'EIO' : undefined);
    const { records, report, journal, noteDown } = await openBench(disk);
    expect(records).toEqual([]);
    expect(report.damagedAt).toBe('journal.jsonl: cannot be read (EIO)');
    disk.refuses = () => undefined;
    await journal.durable(noteDown(7), forEver());
    await journal.close();
    expect(await textOf(disk, 'journal.unread.jsonl')).toBe(old);
    expect(numbersIn((await openBench(disk)).records)).toEqual([7]);
  });

  it('keeps records of a later version and events it has no word for', async () => {
    const disk = new SimDisk();
    const first = await openBench(disk);
    first.journal.append([{ event: 'tide', height: 3 } as never]);
    await first.journal.close();
    expect((await openBench(disk)).records).toMatchObject([{ event: 'tide', height: 3 }]);
  });

  it('is a fault only where nobody can tell what must survive', async () => {
    const disk = new SimDisk();
    disk.list = () => Promise.reject(Object.assign(new Error('EACCES'), { code: 'EACCES' }));
    expect(await openJournal({ dir: '/card', clock: new VirtualClock(), files: disk, snapshot: () => [] })).toMatchObject({
      ok: false,
      fault: { retry: 'never', detail: expect.stringContaining('/card cannot be read (EACCES)') },
    });
  });
});
