// The journal: one line to a record, and whole folders of files to what a start remembers. A line is believed whole or
// not at all, so what comes back must have been written.

import { recall } from '../../../src/engine/recall.ts';
import type { JournalFiles } from '../../../src/host/journal-files.ts';
import { type ReadBack, readBack, sinceMemory } from '../../../src/host/journal-read.ts';
import type { Outcome } from '../../../src/model/outcome.ts';
import { chance as chanceBy } from '../../../src/sim/chance.ts';
import { crc32c, decodeRecord, encodeRecord, type SealedRecord } from '../../../src/wire/journal-record.ts';
import { jsonMutated } from '../json-trees.ts';
import { type Grain, latin1, mutated } from '../mutate.ts';
import { fuzzParser, hashOf, must, mustBeShowable, mustEqual, ofFile, SEPARATOR, textOf } from '../parser.ts';

const TOKENS = [
  ...['{"v":1,', '"seq":', '"at":', '"monoMs":', '"event":"memory"', '"event":"started"', '"event":"step-due"', '"event":"command"'],
  ...[',"sum":"00000000"}', '"__proto__":{"x":1}', '"rigs":"all"', '"rigs":[["a",null]]', '\n', '\n\n', '\0\0\0\0', '{', '}', '\ufeff'],
];
const LINE: Grain = { tokens: TOKENS, cutAt: ',', most: 100_000 };
const FILES: Grain = { tokens: TOKENS, cutAt: '\n', most: 200_000 };

function sealed(body: string): string {
  return `${body},"sum":"${crc32c(new TextEncoder().encode(body)).toString(16).padStart(8, '0')}"}`;
}

/** The text with its checksum made right again, where it is one JSON object: only so is anything behind it reached. */
function resealed(text: string): string {
  return sealed(text.replace(/,"sum":"[0-9a-f]{8}"\}?\s*$/, '').replace(/\}\s*$/, ''));
}

export const journalRecord = fuzzParser<Outcome<SealedRecord>>({
  name: 'journal-record',
  about: 'one line of the journal',
  make: (chance, corpus) => {
    const line = latin1(chance.pick(corpus) ?? new Uint8Array()).trimEnd();
    if (chance.happens(0.3)) return mutated(chance, corpus, LINE);
    const text = Buffer.from(line, 'latin1').toString('utf8');
    const changed = jsonMutated(text, chance) ?? Buffer.from(mutated(chance, corpus, LINE)).toString('utf8');
    return Buffer.from(resealed(changed.slice(0, LINE.most)));
  },
  read: (input) => decodeRecord(textOf(input)),
  judge: (input, outcome) => {
    if (!outcome.ok) return mustBeShowable(outcome.fault.detail, 60, 'the fault');
    const { v, seq, at, clock, monoMs, ...event } = outcome.value;
    must(Number.isSafeInteger(seq) && seq >= 1, `the number ${seq}`);
    must(Number.isSafeInteger(v) && v >= 1, `the version ${v}`);
    must(Number.isFinite(monoMs), `${monoMs} ms`);
    const head = { seq, at, ...(clock === undefined ? {} : { clock }), monoMs };
    const { sum: _, ...rest } = event as Readonly<Record<string, unknown>>;
    const again = decodeRecord(encodeRecord(head, rest).trimEnd());
    must(again.ok, 'a record that was read cannot be written');
    mustEqual(sortedOf(again.value), sortedOf({ ...rest, ...head, v: 1 }), 'written and read again');
    // A burst of errors, as a torn sector is, is always found.
    const text = textOf(input);
    const chance = chanceBy(hashOf(input), 'burst');
    const hurt = Buffer.from(text);
    const where = chance.below(hurt.length);
    const mask = 1 + chance.below(255);
    hurt[where] = (hurt[where] ?? 0) ^ mask;
    must(!decodeRecord(hurt.toString('utf8')).ok, `a byte ${where} that was changed by ${mask} is not seen`);
  },
});

function sortedOf(record: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The input is a folder: each part a name on a line of its own, then the file's bytes. */
function folderOf(input: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const parts = latin1(input).split(SEPARATOR);
  return new Map(
    parts.map((part) => {
      const end = part.indexOf('\n');
      return [end < 0 ? part : part.slice(0, end), Buffer.from(end < 0 ? '' : part.slice(end + 1), 'latin1')];
    }),
  );
}

function readOnly(files: ReadonlyMap<string, Uint8Array>): JournalFiles {
  const refuse = (): Promise<never> => Promise.reject(new Error('a read back writes nothing'));
  const read = (name: string): Promise<Uint8Array> => {
    const bytes = files.get(name);
    return bytes === undefined ? Promise.reject(Object.assign(new Error(name), { code: 'ENOENT' })) : Promise.resolve(bytes);
  };
  return { list: async () => [...files.keys()], read, open: refuse, rename: refuse, remove: refuse, syncFolder: refuse };
}

interface Recalled {
  readonly back: ReadBack;
  readonly skipped: readonly string[];
}

export const journalFolder = fuzzParser<Recalled>({
  name: 'journal-folder',
  about: 'whole journals read back, and the memory made of them',
  withinMs: ofFile,
  make: (chance, corpus) => {
    const text = latin1(mutated(chance, corpus, FILES));
    if (chance.happens(0.5)) return Buffer.from(text, 'latin1');
    // Some of the lines are sealed again, as a newer version's might be.
    const lines = text.split('\n').map((line) => {
      if (!line.startsWith('{') || line.length > 5_000 || !chance.happens(0.3)) return line;
      const changed = jsonMutated(Buffer.from(line, 'latin1').toString('utf8'), chance);
      return changed === undefined || changed.includes('\n') ? line : Buffer.from(resealed(changed)).toString('latin1');
    });
    return Buffer.from(lines.join('\n').slice(0, FILES.most), 'latin1');
  },
  read: async (input) => {
    const back = await readBack(readOnly(folderOf(input)), (record) => record.event === 'memory');
    return { back, skipped: recall(sinceMemory(back.records), ['s19-1', 's19-2']).skipped };
  },
  judge: (input, { back, skipped }) => {
    const files = folderOf(input);
    const written = new Set([...files.values()].flatMap((bytes) => linesOf(bytes)));
    let last = 0;
    for (const record of back.records) {
      must(record.seq > last, `record ${record.seq} after ${last}`);
      last = record.seq;
    }
    for (const line of back.damage) mustBeShowable(line, 120, 'a line on damage');
    must(skipped.length <= back.records.length, 'more records skipped than there are');
    const good = [...written].filter((line) => decodeRecord(line).ok).length;
    must(back.records.length <= good, `${back.records.length} records of ${good} good lines`);
    sizesFit(files.get('journal.jsonl'), back);
  },
});

function linesOf(bytes: Uint8Array): readonly string[] {
  // Line feeds are looked for in the bytes: no other byte of UTF-8 is one.
  return latin1(bytes)
    .split('\n')
    .map((line) => textOf(Buffer.from(line, 'latin1')));
}

/** What is cut off begins behind the last good line, and nothing good is cut off. */
function sizesFit(bytes: Uint8Array | undefined, { current }: ReadBack): void {
  must((bytes === undefined) === (current === undefined), 'a current file that is not there');
  if (bytes === undefined || current === undefined) return;
  must(current.size + current.cutBytes === bytes.length, `${current.size} kept and ${current.cutBytes} cut of ${bytes.length} bytes`);
  must(current.size === 0 || bytes[current.size - 1] === 0x0a, 'the part that is kept does not end with a line');
  mustEqual(current.size === 0, current.firstSeq === undefined, 'kept bytes and a first record');
}
