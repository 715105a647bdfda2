import { expect, it } from '@jest/globals';
import type { Event } from '../../src/model/event.ts';
import { VirtualClock } from '../../src/sim/clock.ts';
import { SimJournal } from '../../src/sim/journal.ts';

const note = (say: string): Event => ({ event: 'noted', say });

function bench() {
  const clock = new VirtualClock({ wallMs: Date.UTC(2026, 10, 22, 3, 12) });
  return { clock, journal: new SimJournal(clock), never: new AbortController().signal };
}

it('numbers records without a gap and stamps them with both times', async () => {
  const { clock, journal } = bench();
  expect(journal.append([note('a'), note('b')])).toBe(2);
  await clock.advance(1_500);
  clock.synchronise(false);
  journal.append([note('c')]);
  expect(journal.records).toEqual([
    { v: 1, seq: 1, at: '2026-11-22T03:12:00.000Z', monoMs: 0, event: 'noted', say: 'a' },
    { v: 1, seq: 2, at: '2026-11-22T03:12:00.000Z', monoMs: 0, event: 'noted', say: 'b' },
    { v: 1, seq: 3, at: '2026-11-22T03:12:01.500Z', clock: 'unset', monoMs: 1_500, event: 'noted', say: 'c' },
  ]);
});

it('is durable once the sync is done, and at once what was synced before', async () => {
  const { clock, journal, never } = bench();
  journal.misbehave({ syncMs: 300 });
  const seq = journal.append([note('a')]);
  expect(await clock.settle(journal.durable(seq, never), 1_000)).toEqual({ ok: true, value: undefined });
  expect(clock.monotonicMs()).toBe(300);
  await journal.durable(seq, never);
  expect(clock.monotonicMs()).toBe(300);
});

it('fails as long as the card fails, and syncs what waited when it is well again', async () => {
  const { clock, journal, never } = bench();
  journal.misbehave({ fault: { code: 'refused', retry: 'later', detail: 'the card is full' } });
  const seq = journal.append([note('a')]);
  expect(await clock.settle(journal.durable(seq, never), 1_000)).toMatchObject({ ok: false, fault: { detail: 'the card is full' } });
  journal.misbehave({});
  expect(await clock.settle(journal.durable(seq, never), 1_000)).toMatchObject({ ok: true });
});

it('gives up when the one who waits does', async () => {
  const { clock, journal } = bench();
  journal.misbehave({ syncMs: Number.POSITIVE_INFINITY });
  const seq = journal.append([note('a')]);
  const stop = new AbortController();
  clock.at(500, () => stop.abort());
  expect(await clock.settle(journal.durable(seq, stop.signal), 1_000)).toMatchObject({ ok: false, fault: { code: 'timeout' } });
});

it('keeps over a crash what was safe, and nothing else', async () => {
  const { clock, journal } = bench();
  journal.append([note('safe')]);
  await clock.advance(5);
  journal.append([note('on its way')]);
  journal.crash();
  expect(journal.records.map((record) => record['say'])).toEqual(['safe']);
  expect(journal.append([note('next')])).toBe(2);
});

it('gives the newest, or from a number on the oldest, as many as are asked for', async () => {
  const { clock, journal } = bench();
  journal.append([note('a'), note('b'), note('c')]);
  await clock.advance(1_000);
  journal.append([note('d')]);
  const seqs = async (query: Parameters<SimJournal['tail']>[0]): Promise<number[]> => (await journal.tail(query)).map(({ seq }) => seq);
  expect(await seqs({ limit: 2 })).toEqual([3, 4]);
  expect(await seqs({ sinceSeq: 2, limit: 2 })).toEqual([2, 3]);
  expect(await seqs({ sinceWallMs: clock.wallMs(), limit: 9 })).toEqual([4]);
});
