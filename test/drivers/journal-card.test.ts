import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { realClock } from '../../src/host/clock.ts';
import { type OpenedJournal, openJournal } from '../../src/host/journal-file.ts';
import { note, numbersIn, upTo } from '../support/journal-bench.ts';

const soon = (): AbortSignal => AbortSignal.timeout(5_000);

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'journal-'));
});
const open: OpenedJournal['journal'][] = [];
afterEach(async () => {
  for (const journal of open.splice(0)) await journal.close();
  await rm(dir, { recursive: true, force: true });
});

async function opened(at: string, fileBytes = 4_000): Promise<OpenedJournal & { known: number[] }> {
  const known: number[] = [];
  const snapshot = () => [{ event: 'memory', numbers: [...known] }];
  const outcome = await openJournal({ dir: at, clock: realClock, snapshot, limits: { fileBytes, files: 3 } });
  if (!outcome.ok) throw new Error(outcome.fault.detail);
  known.push(...numbersIn(outcome.value.records));
  open.push(outcome.value.journal);
  return { ...outcome.value, known };
}

describe('the journal in a real folder', () => {
  it('makes the folder, keeps its files from others, and comes back with everything over many rotations', async () => {
    const at = join(dir, 'state', 'deep');
    const first = await opened(at);
    for (const number of upTo(200)) {
      first.known.push(number);
      const seq = first.journal.append([note(number)]);
      if (number % 10 === 0) expect(await first.journal.durable(seq, soon())).toEqual({ ok: true, value: undefined });
    }
    await first.journal.close();
    for (const name of await readdir(at)) expect((await stat(join(at, name))).mode & 0o007).toBe(0);
    expect((await readdir(at)).filter((name) => name.endsWith('.jsonl'))).toHaveLength(3);
    const second = await opened(at);
    expect(second.known).toEqual(upTo(200));
    expect(second.report).toEqual({ cutBytes: 0 });
    await second.journal.close();
  });

  it('cuts the torn end of the last run off the file itself', async () => {
    const first = await opened(dir);
    first.journal.append([note(1), note(2)]);
    await first.journal.close();
    const path = join(dir, 'journal.jsonl');
    await truncate(path, (await stat(path)).size - 9);
    const second = await opened(dir);
    expect(second.known).toEqual([1]);
    expect(second.report.cutBytes).toBeGreaterThan(0);
    second.journal.append([note(3)]);
    await second.journal.close();
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).say)).toEqual(['number 1', 'number 3']);
  });

  it('says where the folder is when it cannot be one', async () => {
    const at = join(dir, 'a-file');
    await writeFile(at, '');
    expect(await openJournal({ dir: at, clock: realClock, snapshot: () => [] })).toMatchObject({
      ok: false,
      fault: { detail: expect.stringContaining(at) },
    });
  });
});

const mounted = process.getuid?.() === 0 && canMount();

describe('the journal on a card that fills up or turns read-only', () => {
  let card: string;
  beforeAll(async () => {
    card = await mkdtemp(join(tmpdir(), 'journal-card-'));
    if (mounted) mount('-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', card);
  });
  afterAll(async () => {
    if (mounted) spawnSync('umount', [card]);
    await rm(card, { recursive: true, force: true });
  });

  (mounted ? it : it.skip)(
    'loses no record over both, and is well again by itself',
    async () => {
      const { journal, known } = await opened(card, 1_048_576);
      const noteDown = (number: number): number => {
        known.push(number);
        return journal.append([note(number)]);
      };
      await journal.durable(noteDown(1), soon());
      await writeFile(join(card, 'filler'), new Uint8Array(1_048_576)).catch(() => undefined);
      let next = 2;
      while ((await journal.durable(noteDown(next), soon())).ok) next += 1;
      expect(await readdir(card)).not.toContain('journal.reserve');
      mount('-o', 'remount,ro', card);
      expect(await journal.durable(noteDown(next + 1), soon())).toMatchObject({ ok: false, fault: { code: 'refused' } });
      mount('-o', 'remount,rw', card);
      await rm(join(card, 'filler'));
      const last = noteDown(next + 2);
      while (!(await journal.durable(last, soon())).ok) await realClock.sleep(50);
      await journal.close();
      const again = await opened(card);
      expect(again.known).toEqual(upTo(next + 2));
      await again.journal.close();
    },
    20_000,
  );
});

function canMount(): boolean {
  const probe = spawnSync('sh', ['-c', 'd=$(mktemp -d) && mount -t tmpfs -o size=64k tmpfs "$d" && umount "$d" && rmdir "$d"']);
  return probe.status === 0;
}

function mount(...args: string[]): void {
  const done = spawnSync('mount', args, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`mount ${args.join(' ')}: ${done.stderr}`);
}
