// A small disk of its own in memory, laid over a folder: it fills up, turns read-only and is well again as it is told. Only
// root may lay one, and not everywhere.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { appendFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const NO_MOUNT = 'skipped: a small disk can be mounted by root alone, and not in every container';

/** Tries it once, in a folder of its own. */
export async function mayMount(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'mount-'));
  try {
    const card = await smallCard(folder);
    await card.takeAway();
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface SmallCard {
  /** Takes what room there is. */
  fill(): Promise<void>;
  free(): Promise<void>;
  /** Refused by the kernel while anything on it is open for writing. */
  readOnly(): Promise<void>;
  writable(): Promise<void>;
  /** In `finally`. */
  takeAway(): Promise<void>;
}

const KIB = 512;

export async function smallCard(folder: string): Promise<SmallCard> {
  await run('mount', ['-t', 'tmpfs', '-o', `size=${KIB}k,mode=0700`, 'lastwatt-test', folder]);
  const ballast = join(folder, 'ballast');
  const remount = (how: string): Promise<unknown> => run('mount', ['-o', `remount,${how}`, folder]);
  return {
    fill: async () => {
      // More than there is: the last page that fits is written before it fails.
      await appendFile(ballast, new Uint8Array(KIB * 1024)).catch(() => undefined);
    },
    free: () => rm(ballast, { force: true }),
    readOnly: async () => void (await remount('ro')),
    writable: async () => void (await remount('rw')),
    // Also while somebody still has a file open on it.
    takeAway: async () => void (await run('umount', ['--lazy', folder])),
  };
}
