// One line of the journal: a record as JSON with a checksum as its last field, and back. A line is believed whole or
// not at all; what an event means is not looked at here, so that records of a newer version are kept.
import { failed, type Outcome, ok } from '../model/outcome.ts';

/** Version of the records written today. */
const VERSION = 1;
/** Castagnoli, reflected (RFC 3720 B.4): finds every burst up to 32 bits, which a torn sector is. */
const POLYNOMIAL = 0x82f63b78;
/** `,"sum":"` with eight hex digits and `"}`: always the last 18 characters, and looked for in no more than those. */
const SEAL = /,"sum":"([0-9a-f]{8})"\}/;
const SEAL_LENGTH = 18;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});

const UTF8 = new TextEncoder();

/** What every record carries; the rest are the event's own fields. */
export interface RecordHead {
  /** from 1, gapless over all files */
  readonly seq: number;
  /** wall time, ISO 8601, UTC */
  readonly at: string;
  /** wall time is not to be believed: the machine has not been told it since it booted */
  readonly clock?: 'unset';
  /** the kernel's monotonic clock, ms, at most three decimals */
  readonly monoMs: number;
}

/** A record as it stands in the journal, without its checksum. Unknown events and fields are kept as they are. */
export interface SealedRecord extends RecordHead {
  readonly v: number;
  readonly event: string;
  readonly [field: string]: unknown;
}

/** CRC-32C of the bytes; `123456789` gives e3069283. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  // By index: an iterator over some hundred bytes costs more than the sum of them, and a shed of 1,000 rigs is 2,000 records.
  for (let at = 0; at < bytes.length; at += 1) crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

/** The record as one line, line feed included. Where an event has a field of the head's name, the head's value stands. */
export function encodeRecord(head: RecordHead, event: object): string {
  const first = { v: VERSION, ...head };
  const body = JSON.stringify({ ...first, ...event, ...first, sum: undefined }).slice(0, -1);
  return `${body},"sum":"${hex(crc32c(UTF8.encode(body)))}"}\n`;
}

/** The record of one line (without its line feed), or a fault whose detail says what is wrong with it. */
export function decodeRecord(line: string): Outcome<SealedRecord> {
  const body = line.slice(0, -SEAL_LENGTH);
  const sum = SEAL.exec(line.slice(-SEAL_LENGTH))?.[1];
  if (sum === undefined) return failed('garbled', 'ends without a checksum');
  if (sum !== hex(crc32c(UTF8.encode(body)))) return failed('garbled', 'does not fit its checksum');
  let value: Readonly<Record<string, unknown>>;
  try {
    // JSON that ends with a brace is an object.
    value = JSON.parse(`${body}}`);
  } catch {
    return failed('garbled', 'is no JSON');
  }
  return isRecord(value) ? ok(value) : failed('garbled', 'lacks v, seq, at, monoMs or event');
}

function isRecord(value: Readonly<Record<string, unknown>>): value is SealedRecord {
  const { v, seq, at, monoMs, event } = value;
  return isCount(v) && isCount(seq) && typeof at === 'string' && Number.isFinite(monoMs) && typeof event === 'string';
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}
