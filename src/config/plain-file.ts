// One small file that the configuration names, read whole and bounded; a pipe, a folder or a device is none.
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { codeOf } from '../model/outcome.ts';

export type PlainFile =
  | { readonly kind: 'read'; readonly bytes: Buffer; readonly mode: number }
  | { readonly kind: 'missing' | 'not-plain' }
  | { readonly kind: 'unreadable'; readonly code: string };

/** One byte more than `limit` at most, so that the caller sees that there is more. */
export async function readPlainFile(file: string, limit: number): Promise<PlainFile> {
  let handle: FileHandle | undefined;
  try {
    // Without O_NONBLOCK the opening of a pipe would wait for its writer.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = await handle.stat();
    if (!status.isFile()) return { kind: 'not-plain' };
    const buffer = Buffer.alloc(limit + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return { kind: 'read', bytes: buffer.subarray(0, bytesRead), mode: status.mode & 0o777 };
  } catch (error) {
    const code = codeOf(error);
    return code === 'ENOENT' || code === 'ENOTDIR' ? { kind: 'missing' } : { kind: 'unreadable', code: code ?? 'no reason given' };
  } finally {
    await handle?.close().catch(() => undefined);
  }
}
