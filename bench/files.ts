// The journal's folder with somebody beside it: what is written and synced is counted, or made to wait.
import type { JournalFiles } from '../src/host/journal-files.ts';

export interface Beside {
  /** before each write */
  readonly write?: (bytes: Uint8Array) => void;
  /** before each sync of a file */
  readonly sync: () => void | Promise<void>;
}

export function withBeside(files: JournalFiles, { write, sync }: Beside): JournalFiles {
  return {
    ...files,
    open: async (name) => {
      const file = await files.open(name);
      return {
        ...file,
        write: (bytes, at) => {
          write?.(bytes);
          return file.write(bytes, at);
        },
        sync: async () => {
          await sync();
          await file.sync();
        },
      };
    },
  };
}
