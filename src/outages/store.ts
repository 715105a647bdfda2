// The folder of the outages: a file each, gzip members one behind the other, the oldest pruned. Nobody waits for any of it.
import { appendFile, mkdir, readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip, inflateRawSync } from 'node:zlib';
import { codeOf, failed, type Outcome, ok } from '../model/outcome.ts';

/** Under the folder of the state. */
export const OUTAGES = 'outages';

const NAME = /^\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}Z$/;
const ENDING = '.outage.gz';
/** A second life of the service goes on with the file of the first: their reckonings of when it began may differ by so much. */
const SAME_MS = 5_000;
/** bytes that a file may have when it is read back, as text */
const MOST_TEXT = 512 * 1024 * 1024;

export interface StoreLimits {
  /** outages kept; default 50 */
  readonly files: number;
  /** bytes of all together; default 64 MiB */
  readonly bytes: number;
  /** bytes of one; default 8 MiB */
  readonly fileBytes: number;
}

const LIMITS: StoreLimits = { files: 50, bytes: 64 * 1024 * 1024, fileBytes: 8 * 1024 * 1024 };

export interface OutageStore {
  /** For an outage that began then: the name of the file that has it already, or a new one. */
  nameFor(beganWallMs: number): Promise<string>;
  /** `full`: written, and it should be the last but for an end. */
  append(name: string, text: string): Promise<Outcome<'room' | 'full'>>;
  /** What is too much goes, the oldest first. */
  prune(): Promise<void>;
}

const compress = promisify(gzip);

type Append = (path: string, bytes: Buffer, options: { readonly mode: number }) => Promise<void>;

export function outageStore(dir: string, limits: Partial<StoreLimits> = {}, write: Append = appendFile): OutageStore {
  const { files, bytes, fileBytes } = { ...LIMITS, ...limits };
  return {
    nameFor: async (beganWallMs) => {
      const newest = (await listOutages(dir)).at(-1);
      return newest !== undefined && Math.abs(wallMsOf(newest) - beganWallMs) <= SAME_MS ? newest : nameOf(beganWallMs);
    },
    append: async (name, text) => {
      const path = join(dir, `${name}${ENDING}`);
      const before = await sizeOf(path);
      try {
        await mkdir(dir, { recursive: true, mode: 0o750 });
        await write(path, await compress(text), { mode: 0o640 });
        return ok((await stat(path)).size >= fileBytes ? 'full' : 'room');
      } catch (error) {
        // Half a member, as a full card leaves it, would hide all that comes after it.
        if ((await sizeOf(path)) > before) await truncate(path, before).catch(() => undefined);
        return failed('refused', `${path} cannot be written (${codeOf(error) ?? String(error)}): look at the card`);
      }
    },
    prune: async () => {
      let count = 0;
      let sum = 0;
      for (const name of (await listOutages(dir)).toReversed()) {
        const path = join(dir, `${name}${ENDING}`);
        count += 1;
        sum += await sizeOf(path);
        // The newest stays, whatever its size.
        if (count > 1 && (count > files || sum > bytes)) await rm(path, { force: true }).catch(() => undefined);
      }
    },
  };
}

/** 0 where there is none. */
function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/** The names of those that are kept, oldest first; none where there is no such folder. Rejects where it may not be read. */
export async function listOutages(dir: string): Promise<readonly string[]> {
  try {
    const names = await readdir(dir);
    return names
      .filter((name) => name.endsWith(ENDING))
      .map((name) => name.slice(0, -ENDING.length))
      .filter((name) => NAME.test(name))
      .sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

export function pathOfOutage(dir: string, name: string): string {
  return join(dir, `${name}${ENDING}`);
}

/** `2026-11-26T03-12-04Z` */
function nameOf(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
}

function wallMsOf(name: string): number {
  return Date.parse(`${name.slice(0, 11)}${name.slice(11, 19).replaceAll('-', ':')}Z`);
}

export interface OutageText {
  readonly text: string;
  /** the end of it was no whole member, as after a power cut, and is left out */
  readonly torn: boolean;
}

/** The lines of a file, as far as they are whole. A fault where there is no such file, or nothing in it. */
export async function readOutage(path: string): Promise<Outcome<OutageText>> {
  let packed: Buffer;
  try {
    packed = await readFile(path);
  } catch (error) {
    const code = codeOf(error);
    const advice = code === 'EACCES' ? 'it is for group lastwatt' : 'look at its name';
    return failed('refused', `${path} cannot be read (${code ?? String(error)}): ${advice}`);
  }
  return unpack(packed, path);
}

/** Member by member: one that is torn costs none before it. */
function unpack(packed: Buffer, path: string): Outcome<OutageText> {
  const parts: Buffer[] = [];
  let room = MOST_TEXT;
  let at = 0;
  while (at < packed.length && packed.readUIntBE(at, Math.min(4, packed.length - at)) === MEMBER) {
    const member = inflated(packed.subarray(at + HEAD_BYTES), room);
    if (member === undefined) break;
    parts.push(member.text);
    room -= member.text.length;
    at += HEAD_BYTES + member.packedBytes + TAIL_BYTES;
  }
  const whole = Buffer.concat(parts).toString('utf8');
  const text = whole.slice(0, whole.lastIndexOf('\n') + 1);
  return text === '' ? failed('garbled', `${path} holds no record of an outage`) : ok({ text, torn: at < packed.length });
}

/** How a member begins that holds no name, as all of ours do; its head, its checksum and its length (RFC 1952). */
const MEMBER = 0x1f8b0800;
const HEAD_BYTES = 10;
const TAIL_BYTES = 8;

function inflated(packed: Buffer, room: number): { readonly text: Buffer; readonly packedBytes: number } | undefined {
  try {
    const { buffer, engine } = inflateRawSync(packed, { info: true, maxOutputLength: room }) as unknown as {
      readonly buffer: Buffer;
      readonly engine: { readonly bytesWritten: number };
    };
    const packedBytes = engine.bytesWritten;
    const isWhole = packed.length >= packedBytes + TAIL_BYTES && packed.readUInt32LE(packedBytes + 4) === buffer.length;
    return isWhole ? { text: buffer, packedBytes } : undefined;
  } catch {
    return undefined;
  }
}
