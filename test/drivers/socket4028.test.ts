// The cgminer protocol's bytes: answers as real firmwares send them, broken ones as they were seen, and hostile ones.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Outcome } from '../../src/model/outcome.ts';
import { objectOf } from '../../src/wire/json.ts';
import { repaired } from '../../src/wire/repair-4028.ts';
import { hashRateOf, numberOf, textOf, wholeOf } from '../../src/wire/rows-4028.ts';
import { decodeRequest4028, encodeReply4028 } from '../../src/wire/serve-4028.ts';
import { type Answer4028, agreed, decode4028, encode4028, forPeople, understood } from '../../src/wire/socket4028.ts';

const asked = { where: '10.0.0.21:4028', command: 'summary' };

function answerOf(text: string): Answer4028 {
  const answer = decode4028(Buffer.from(text));
  if (!answer.ok) throw new Error(answer.fault.detail);
  return answer.value;
}

function refusal(letter: 'E' | 'F', code: number, message: string): Outcome<Answer4028> {
  return agreed(decode4028(Buffer.from(encodeReply4028({ letter, code, message }, 'cgminer'))), asked);
}

describe('a request', () => {
  it('is one JSON object with a single parameter text', () => {
    expect(encode4028('summary')).toBe('{"command":"summary"}');
    expect(encode4028('curtail', 'yJN2nlj1,sleep')).toBe('{"command":"curtail","parameter":"yJN2nlj1,sleep"}');
    expect(decodeRequest4028(encode4028('curtail', 'yJN2nlj1,sleep'))).toEqual({ command: 'curtail', parameters: ['yJN2nlj1', 'sleep'] });
  });

  it('that is half, or names no command, is answered by code', () => {
    expect(decodeRequest4028('{"comm')).toEqual({ code: 23 });
    expect(decodeRequest4028('7')).toEqual({ code: 23 });
    expect(decodeRequest4028('{"cmd":"summary"}')).toEqual({ code: 24 });
    expect(decodeRequest4028('{"command":"summary","parameter":null}\n')).toEqual({ command: 'summary', parameters: [] });
  });
});

describe('an answer', () => {
  it('carries a letter, a code, and rows', () => {
    const answer = answerOf(
      '{"STATUS":[{"STATUS":"S","Code":11,"Msg":"Summary","Description":"cgminer 4.11.1"}],"SUMMARY":[{"Elapsed":8}],"id":1}\0',
    );
    expect(answer).toMatchObject({ letter: 'S', code: 11, message: 'Summary', description: 'cgminer 4.11.1', truncated: false });
    expect(answer.rows('SUMMARY')[0]?.get('Elapsed')).toBe(8);
    expect(answer.rows('DEVS')).toEqual([]);
  });

  it('may have its status as a bare letter, its code beside it', () => {
    expect(answerOf('{"STATUS":"BYE","id":1}').letter).toBe('BYE');
    expect(answerOf('{"STATUS":"S","When":1,"Code":131,"Msg":"ok"}')).toMatchObject({ letter: 'S', code: 131, message: 'ok' });
  });

  it.each([
    [14, 'unsupported', 'never'],
    [23, 'garbled', 'soon'],
    [24, 'garbled', 'soon'],
    [45, 'unauthorized', 'later'],
    [105, 'refused', 'soon'],
    [402, 'refused', 'soon'],
  ] as const)('with code %i is a fault of the kind %s', (code, kind, retry) => {
    const fault = refusal('E', code, 'Access denied');
    expect(fault).toMatchObject({ ok: false, fault: { code: kind, retry } });
    if (!fault.ok) expect(fault.fault.detail).toContain('10.0.0.21:4028: summary: ');
  });

  it('with a remark or a warning is an answer', () => {
    for (const letter of ['S', 'I', 'W'] as const) {
      expect(agreed(decode4028(Buffer.from(encodeReply4028({ letter, code: 50, message: 'already' }, 'x'))), asked).ok).toBe(true);
    }
    expect(refusal('F', 0, 'fatal').ok).toBe(false);
    expect(agreed(decode4028(Buffer.from('{"id":1}')), asked)).toMatchObject({ ok: false, fault: { code: 'garbled' } });
  });

  it('of a proxy before a miner that is down is no answer of the miner', () => {
    const down = decode4028(Buffer.from('Socket connect failed: Connection refused\n'));
    expect(down).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
  });

  it('cut short is garbled for whoever needs all of it', () => {
    const cut = understood(
      { ok: true, value: Buffer.from('{"STATUS":[{"STATUS":"S","Code":9}],"DEVS":[{"ASC":0,"Enabled":"N"},{"AS') },
      asked,
    );
    expect(cut).toMatchObject({ ok: false, fault: { code: 'garbled', detail: '10.0.0.21:4028: summary: the answer was cut short' } });
  });

  it('is quoted for people without its control characters', () => {
    expect(forPeople('a\u001b[2Jb\r\nc\u202e')).toBe('a [2Jb c');
    expect(forPeople('x'.repeat(1_000))).toHaveLength(100);
    expect(decode4028(Buffer.from('<html>\u0007\n</html>'))).toMatchObject({ ok: false, fault: { detail: 'no JSON: <html> </html>' } });
  });

  it('is never taken apart deeper than real ones nest, nor beyond its limit', () => {
    expect(decode4028(Buffer.from('[{"a":'.repeat(40)))).toMatchObject({ ok: false, fault: { code: 'garbled' } });
    expect(decode4028(Buffer.alloc(256 * 1024 + 1, ' '))).toMatchObject({ ok: false, fault: { code: 'garbled' } });
  });

  it('does not reach into what every object has', () => {
    const answer = answerOf('{"STATUS":[{"STATUS":"S"}],"__proto__":[{"Enabled":"N"}],"CONFIG":[{"__proto__":{"CurtailMode":"Sleep"}}]}');
    expect(textOf(answer.rows('CONFIG')[0], 'CurtailMode')).toBeUndefined();
    expect(answer.rows('constructor')).toEqual([]);
    expect(textOf(answer.rows('CONFIG')[0], 'toString')).toBeUndefined();
    expect(Reflect.get({}, 'Enabled')).toBeUndefined();
  });
});

describe('a broken answer', () => {
  it.each([
    ['a comma before a closing bracket', '{"a":[1,2,],"b":{"c":1,}}', { a: [1, 2], b: { c: 1 } }],
    ['two objects without a comma', '{"STATS":[{"a":1}{"b":2} {"c":3}]}', { STATS: [{ a: 1 }, { b: 2 }, { c: 3 }] }],
    ['a comma behind an opening bracket', '{"a":[,{"b":1}]}', { a: [{ b: 1 }] }],
    ['two strings that touch', '{"fan":"3000""temp0":"50"}', { fan: '3000', temp0: '50' }],
    ['words for no number', '{"a":nan,"b":-nan,"c":inf,"d":"nan","e":"-inf","x":7,,}', undefined],
    [
      'words for no number, else well',
      '{"a":nan,"b":-NaN,"c":inf,"d":"nan","e":"Infinity","x":7,}',
      { a: null, b: null, c: null, d: null, e: null, x: 7 },
    ],
    ['a start that is lost', ',"a":1}', { a: 1 }],
    ['an object in the wrong brackets', '{"error_code":["531":"a","532":"b"],"x":[1],}', { error_code: { 531: 'a', 532: 'b' }, x: [1] }],
  ])('with %s is put right', (_which, text, value) => {
    const parse = (): unknown => JSON.parse(repaired(text).text);
    if (value === undefined) expect(parse).toThrow();
    else expect(parse()).toEqual(value);
    expect(repaired(text).truncated).toBe(false);
  });

  it('that was cut off loses what may be half, and says so', () => {
    const cut = repaired('{"POWER":[{"PSU":false,"Watts":10');
    expect(cut.truncated).toBe(true);
    expect(JSON.parse(cut.text)).toEqual({ POWER: [{ PSU: false }] });
    expect(answerOf('{"STATUS":[{"STATUS":"S","Code":1}],"POWER":[{"PSU":false,"Wat').truncated).toBe(true);
  });

  it('keeps what stands in quotes as it is', () => {
    const text = '{"pool":"a,}{[,{nan \\"inf\\",]","x":[1,],"y":"C:\\\\"}';
    expect(JSON.parse(repaired(text).text)).toEqual({ pool: 'a,}{[,{nan "inf",]', x: [1], y: 'C:\\' });
  });

  it('may come in a wrapper, with a byte order mark, or with bytes that are no text', () => {
    expect(answerOf('\uFEFF{"STATUS":"S"}\r\n\0\0').letter).toBe('S');
    expect(answerOf('minerinfoCallback({"STATUS":"S"});').letter).toBe('S');
    const raw = Buffer.concat([Buffer.from('{"STATUS":"S","Msg":"'), Buffer.from([0xff, 0xc0]), Buffer.from('"}')]);
    expect(decode4028(raw)).toMatchObject({ ok: true, value: { letter: 'S' } });
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        decode4028(bytes);
      }),
      { numRuns: 300 },
    );
  });

  it('never throws nor makes up a value, wherever a good one is cut or spoilt', () => {
    const good =
      '{"STATUS":[{"STATUS":"S","Code":11}],"SUMMARY":[{"Elapsed":3453,"GHS 5s":59756.06,"GHS av":"561.1"},{"b":[1,{"c":2}]}],"id":1}';
    const spoil = fc.record({ at: fc.nat(good.length - 1), drop: fc.nat(20), put: fc.string({ maxLength: 3 }) });
    fc.assert(
      fc.property(spoil, ({ at, drop, put }) => {
        decode4028(Buffer.from(good.slice(0, at) + put + good.slice(at + drop)));
        const cut = decode4028(Buffer.from(good.slice(0, at)));
        const elapsed = cut.ok ? cut.value.rows('SUMMARY')[0]?.get('Elapsed') : undefined;
        expect([undefined, 3453]).toContain(elapsed);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a field', () => {
  const row = objectOf({
    a: '37603.30',
    b: '',
    c: 'nan',
    d: Number.POSITIVE_INFINITY,
    e: null,
    f: ' 12 ',
    g: true,
    h: -1,
    i: 2.5,
    j: '0x10',
    k: '1e3',
  });

  it('is a number also where it was sent as text, and absent where it is none', () => {
    expect(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j', 'k', 'zz'].map((key) => numberOf(row, key))).toEqual([
      37603.3,
      undefined,
      undefined,
      undefined,
      undefined,
      12,
      undefined,
      -1,
      undefined,
      1000,
      undefined,
    ]);
    expect([wholeOf(row, 'f'), wholeOf(row, 'h'), wholeOf(row, 'i')]).toEqual([12, undefined, undefined]);
    expect([textOf(row, 'b'), textOf(row, 'g'), textOf(row, 'f')]).toEqual([undefined, undefined, '12']);
    expect([objectOf(null), objectOf([]), objectOf('x')]).toEqual([undefined, undefined, undefined]);
  });

  it.each([
    ['GH/s', { 'GHS 5s': 59756.06, 'GHS av': 56917 }, 59756.06e9],
    ['MH/s', { 'MHS 5s': 37.5, 'MHS 1m': 99 }, 37.5e6],
    ['a text', { 'GHS 5s': '37603.30' }, 37603.3e9],
    ['the shortest of several windows', { 'MHS 20s': 3, 'MHS 5s': 2, 'MHS 10s': 1 }, 2e6],
    ['an odd log interval', { 'MHS 20s': 3, 'MHS av': 9 }, 3e6],
    ['a window that is empty beside one that is not', { 'GHS 5s': '', 'GHS 30s': 4 }, 4e9],
    ['standing still', { 'GHS 5s': 0, 'GHS av': 561 }, 0],
    ['averages alone', { 'GHS av': 561, 'GHS 5m': 3, 'MHS 15m': 2, 'GHS 300s': 7 }, undefined],
    ['an impossible figure', { 'THS 5s': 1e13, 'GHS 10s': -4 }, undefined],
  ])('gives the hash rate in H/s from %s', (_which, fields, hashRate) => {
    expect(hashRateOf(objectOf(fields))).toBe(hashRate);
  });
});

const TRANSCRIPT = '../shared/data/miners/cgminer/cgminer-4.11.1-nodevice.transcript.json';

(existsSync(TRANSCRIPT) ? describe : describe.skip)('the answers recorded from cgminer 4.11.1', () => {
  const recorded = (): { readonly request: string; readonly response_hex?: string }[] => JSON.parse(readFileSync(TRANSCRIPT, 'utf8'));

  it('are all read, but for those in the text form', () => {
    let read = 0;
    for (const { request, response_hex } of recorded()) {
      if (response_hex === undefined || !request.startsWith('{')) continue;
      const answer = decode4028(Buffer.from(response_hex, 'hex'));
      if (response_hex !== '') expect(answer).toMatchObject({ ok: true, value: { truncated: false } });
      read++;
    }
    expect(read).toBeGreaterThan(10);
  });

  it('carry the codes that faults are made of', () => {
    const codes = recorded().map(({ response_hex }) => {
      const answer = decode4028(Buffer.from(response_hex ?? '', 'hex'));
      return answer.ok ? answer.value.code : undefined;
    });
    expect(codes).toEqual(expect.arrayContaining([11, 10, 14]));
  });
});
