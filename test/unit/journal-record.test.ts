import { describe, expect, it } from '@jest/globals';
import { crc32c, decodeRecord, encodeRecord } from '../../src/wire/journal-record.ts';

const HEAD = { seq: 7, at: '2026-11-23T03:12:00.250Z', monoMs: 81_234.567 };
const lineOf = (event: object): string => encodeRecord(HEAD, event).trimEnd();

describe('the checksum', () => {
  it('is CRC-32C: the usual vector, no bytes, and 32 bytes of nothing and of ones (RFC 3720 B.4)', () => {
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array())).toBe(0);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  });
});

describe('a line', () => {
  it('is one JSON object that ends with its checksum and a line feed', () => {
    const line = encodeRecord(HEAD, { event: 'noted', say: 'hello' });
    expect(line).toMatch(
      /^\{"v":1,"seq":7,"at":"2026-11-23T03:12:00\.250Z","monoMs":81234\.567,"event":"noted","say":"hello","sum":"[0-9a-f]{8}"\}\n$/,
    );
    expect(JSON.parse(line)).toMatchObject({ v: 1, seq: 7, event: 'noted' });
  });

  it('comes back as the record without its checksum', () => {
    expect(decodeRecord(lineOf({ event: 'noted', say: 'Gerät 1 ⚡\n"\\' }))).toEqual({
      ok: true,
      value: { v: 1, ...HEAD, event: 'noted', say: 'Gerät 1 ⚡\n"\\' },
    });
  });

  it('says that the wall clock was not set yet', () => {
    const line = encodeRecord({ ...HEAD, clock: 'unset' }, { event: 'noted', say: '' });
    expect(decodeRecord(line.trimEnd())).toMatchObject({ ok: true, value: { clock: 'unset' } });
  });

  it('keeps events and fields that nobody knows yet', () => {
    const odd = { event: 'moon-phase', phase: { lit: 0.5 }, says: [1, null] };
    expect(decodeRecord(lineOf(odd))).toMatchObject({ ok: true, value: odd });
  });

  it('lets no event overwrite its number, its time or its checksum', () => {
    const line = lineOf({ event: 'noted', seq: 99, v: 5, at: 'never', monoMs: -1, sum: '00000000' });
    expect(decodeRecord(line)).toEqual({ ok: true, value: { v: 1, ...HEAD, event: 'noted' } });
  });

  it('keeps the version a later writer gave it', () => {
    const body = '{"v":3,"seq":8,"at":"2030-01-01T00:00:00.000Z","monoMs":1,"event":"noted","since":"v3"';
    const sum = crc32c(new TextEncoder().encode(body)).toString(16).padStart(8, '0');
    expect(decodeRecord(`${body},"sum":"${sum}"}`)).toMatchObject({ ok: true, value: { v: 3, since: 'v3' } });
  });

  it.each([
    ['', 'ends without a checksum'],
    ['{"v":1}', 'ends without a checksum'],
    [lineOf({ event: 'noted' }).slice(0, -1), 'ends without a checksum'],
    [`${lineOf({ event: 'noted' })} `, 'ends without a checksum'],
    [`${lineOf({ event: 'noted' })}${lineOf({ event: 'noted' })}`, 'does not fit its checksum'],
    [lineOf({ event: 'noted' }).slice(1), 'does not fit its checksum'],
    [lineOf({ event: 'noted' }).replace('noted', 'nated'), 'does not fit its checksum'],
    [sealed('{"v":1'), 'lacks v, seq, at, monoMs or event'],
    [sealed('{"v":0,"seq":1,"at":"","monoMs":1,"event":"x"'), 'lacks v, seq, at, monoMs or event'],
    [sealed('{"v":1,"seq":1.5,"at":"","monoMs":1,"event":"x"'), 'lacks v, seq, at, monoMs or event'],
    [sealed('{"v":1,"seq":1,"at":7,"monoMs":1,"event":"x"'), 'lacks v, seq, at, monoMs or event'],
    [sealed('{"v":1,"seq":1,"at":"","monoMs":"1","event":"x"'), 'lacks v, seq, at, monoMs or event'],
    [sealed('{"v":1,"seq":1,"at":"","monoMs":1,"event":null'), 'lacks v, seq, at, monoMs or event'],
    [sealed('gibberish'), 'is no JSON'],
  ])('is refused when it is %s', (line, reason) => {
    expect(decodeRecord(line)).toMatchObject({ ok: false, fault: { code: 'garbled', detail: reason } });
  });
});

function sealed(body: string): string {
  return `${body},"sum":"${crc32c(new TextEncoder().encode(body)).toString(16).padStart(8, '0')}"}`;
}
