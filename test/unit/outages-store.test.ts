// The folder of the outages, on a real disk.
import { appendFile, chmod, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { listOutages, outageStore, pathOfOutage, readOutage } from '../../src/outages/store.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'outages-'));
});
afterEach(() => rm(dir, { recursive: true }));

const DAY = Date.parse('2026-11-26T03:12:04.400Z');
const noise = (bytes: number): string => Array.from({ length: bytes }, () => Math.random().toString(36).slice(2, 3)).join('');

describe('a record', () => {
  it('is named by when its outage began, and grows behind what it has', async () => {
    const store = outageStore(join(dir, 'outages'));
    const name = await store.nameFor(DAY);
    expect(name).toBe('2026-11-26T03-12-04Z');
    await store.append(name, 'one\n');
    await store.append(name, 'two\n');
    const path = pathOfOutage(join(dir, 'outages'), name);
    expect(gunzipSync(await readFile(path)).toString()).toBe('one\ntwo\n');
    expect(await readOutage(path)).toEqual({ ok: true, value: { text: 'one\ntwo\n', torn: false } });
    expect([(await stat(path)).mode & 0o777, (await stat(join(dir, 'outages'))).mode & 0o777]).toEqual([0o640, 0o750]);
  });

  it('is gone on with by another life of the service, and by no other outage', async () => {
    const store = outageStore(dir);
    await store.append(await store.nameFor(DAY), 'one\n');
    expect(await store.nameFor(DAY + 2_000)).toBe('2026-11-26T03-12-04Z');
    expect(await store.nameFor(DAY + 60_000)).toBe('2026-11-26T03-13-04Z');
  });

  it('that a power cut tore is read as far as it is whole', async () => {
    const store = outageStore(dir);
    const path = pathOfOutage(dir, '2026-11-26T03-12-04Z');
    await store.append('2026-11-26T03-12-04Z', 'one\n');
    const { size } = await stat(path);
    await store.append('2026-11-26T03-12-04Z', `${noise(5_000)}\n`);
    for (const bytes of [size + 2_000, size + 30, size + 10, size + 3, size + 1]) {
      await truncate(path, bytes);
      expect(await readOutage(path)).toEqual({ ok: true, value: { text: 'one\n', torn: true } });
    }
    await writeFile(path, Buffer.concat([(await readFile(path)).subarray(0, size), Buffer.alloc(300, 7)]));
    expect(await readOutage(path)).toMatchObject({ ok: true, value: { text: 'one\n' } });
  });

  it('that a full card cut short in its middle is read to its end', async () => {
    const name = '2026-11-26T03-12-04Z';
    const path = pathOfOutage(dir, name);
    await outageStore(dir).append(name, 'one\n');
    // What a write leaves behind that found no more room.
    const full = outageStore(dir, {}, async (to, bytes, options) => {
      await appendFile(to, bytes.subarray(0, 15), options);
      throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    });
    expect(await full.append(name, `${noise(500)}\n`)).toMatchObject({ ok: false, fault: { detail: expect.stringContaining('ENOSPC') } });
    await outageStore(dir).append(name, 'two\n');
    expect(await readOutage(path)).toEqual({ ok: true, value: { text: 'one\ntwo\n', torn: false } });
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('{"line":"begin"}\n')],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47])],
  ])('that is %s is none', async (_, bytes) => {
    const path = join(dir, 'x.outage.gz');
    await writeFile(path, bytes);
    expect(await readOutage(path)).toMatchObject({ ok: false, fault: { code: 'garbled' } });
  });

  it('that is not there is a fault with what to do', async () => {
    expect(await readOutage(join(dir, 'none'))).toMatchObject({ ok: false, fault: { detail: expect.stringContaining('ENOENT') } });
  });
});

describe('the folder', () => {
  it('keeps so many, the newest', async () => {
    const store = outageStore(dir, { files: 3 });
    for (let day = 10; day < 20; day += 1) {
      await store.append(`2026-11-${day}T03-12-04Z`, 'x\n');
      await store.prune();
    }
    expect(await listOutages(dir)).toEqual(['2026-11-17T03-12-04Z', '2026-11-18T03-12-04Z', '2026-11-19T03-12-04Z']);
  });

  it('keeps no more bytes than it may, but the newest whatever its size', async () => {
    const store = outageStore(dir, { bytes: 12_000, fileBytes: 4_000 });
    expect(await store.append('2026-11-10T03-12-04Z', noise(3_000))).toEqual({ ok: true, value: 'room' });
    for (const day of [11, 12, 13]) await store.append(`2026-11-${day}T03-12-04Z`, noise(6_000));
    expect(await store.append('2026-11-13T03-12-04Z', noise(3_000))).toEqual({ ok: true, value: 'full' });
    await store.prune();
    expect((await listOutages(dir)).length).toBeLessThan(4);
    await store.append('2026-11-14T03-12-04Z', noise(40_000));
    await store.prune();
    expect(await listOutages(dir)).toEqual(['2026-11-14T03-12-04Z']);
  });

  it('leaves alone what is not its own', async () => {
    await writeFile(join(dir, 'notes.txt'), 'mine');
    await writeFile(join(dir, 'mine.outage.gz'), 'mine');
    const store = outageStore(dir, { files: 1 });
    for (const day of [11, 12]) await store.append(`2026-11-${day}T03-12-04Z`, 'x\n');
    await store.prune();
    expect((await readdir(dir)).sort()).toEqual(['2026-11-12T03-12-04Z.outage.gz', 'mine.outage.gz', 'notes.txt']);
  });

  it('that is not there has no outages, and that may not be written is a fault', async () => {
    expect(await listOutages(join(dir, 'none'))).toEqual([]);
    await writeFile(join(dir, 'file'), '');
    expect(await outageStore(join(dir, 'file')).append('2026-11-12T03-12-04Z', 'x\n')).toMatchObject({
      ok: false,
      fault: { detail: expect.stringMatching(/cannot be written \((ENOTDIR|EEXIST)\)/) },
    });
    await chmod(dir, 0o700);
  });
});
