// The few things the journal asks of a folder, and the real folder. Kept small so that a simulated disk can lose power
// between any two of them.
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../model/outcome.ts';

/** A file open for writing at given places. Every call rejects with an error that carries the system's `code`. */
export interface JournalFile {
  /** All of it or a rejection; after a rejection any part of it may stand in the file. */
  write(bytes: Uint8Array, at: number): Promise<void>;
  /** Resolves when the content and the length are on the card. */
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** One folder. Names are plain file names in it; calls reject as those of `JournalFile` do. */
export interface JournalFiles {
  list(): Promise<readonly string[]>;
  read(name: string): Promise<Uint8Array>;
  /** Creates the file when there is none; never shortens it. */
  open(name: string): Promise<JournalFile>;
  rename(from: string, to: string): Promise<void>;
  /** No complaint when there is none. */
  remove(name: string): Promise<void>;
  /** Makes created, renamed and removed names last. */
  syncFolder(): Promise<void>;
}

/** The folder `dir`, created when missing; files for the owner and the group alone. */
export function realFiles(dir: string): JournalFiles {
  return {
    list: async () => {
      await mkdir(dir, { recursive: true, mode: 0o750 });
      return readdir(dir);
    },
    read: (name) => readFile(join(dir, name)),
    open: (name) => openFile(join(dir, name)),
    rename: (from, to) => rename(join(dir, from), join(dir, to)),
    remove: (name) => rm(join(dir, name), { force: true }),
    syncFolder: async () => {
      const folder = await open(dir, 'r');
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
    },
  };
}

async function openFile(path: string): Promise<JournalFile> {
  // Not `a`: Linux ignores the place of a write there. `wx+` creates, `r+` takes what is; neither shortens.
  const handle = await open(path, 'r+').catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
    return open(path, 'wx+', 0o640);
  });
  return {
    write: async (bytes, at) => {
      let done = 0;
      while (done < bytes.length) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
        done += bytesWritten;
      }
    },
    sync: () => handle.datasync(),
    truncate: (size) => handle.truncate(size),
    close: () => handle.close(),
  };
}
