// Modbus RTU frames: the vectors of the boards' sheets, and what may come in instead of an answer.
import { describe, expect, it } from '@jest/globals';
import { coilIn, modbusCrc, modbusFrame, readCoils, readRegisters, writeCoil } from '../../src/wire/modbus.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(text.split(' ').map((byte) => Number.parseInt(byte, 16)));
const asHex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(' ');
const join = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

describe('a frame', () => {
  it.each([
    '01 05 00 00 FF 00 8C 3A',
    '01 05 00 00 00 00 CD CA',
    '01 05 00 00 55 00 F2 9A',
    '01 05 00 FF FF 00 BC 0A',
    '01 05 00 FF 00 00 FD FA',
    '01 0F 00 00 00 08 01 FF BE D5',
    '01 0F 00 00 00 08 01 00 FE 95',
    'FF 01 00 00 00 08 28 12',
    '00 03 40 00 00 01 90 1B',
    '00 06 40 00 00 02 1C 1A',
    '01 81 02 C1 91',
    '01 05 02 00 00 07 8D B0',
    'F8 04 00 00 00 0A 64 64',
    'F8 42 C2 41',
  ])('has the CRC of %s', (text) => {
    const bytes = hex(text);
    expect(modbusCrc(bytes)).toBe(0);
    expect(asHex(modbusFrame([...bytes.subarray(0, -2)]))).toBe(text);
  });

  it('asks and orders in the bytes of the sheets', () => {
    expect(asHex(writeCoil(1, { coil: 0, on: true }).frame)).toBe('01 05 00 00 FF 00 8C 3A');
    expect(asHex(writeCoil(1, { coil: 0, on: false }).frame)).toBe('01 05 00 00 00 00 CD CA');
    expect(asHex(writeCoil(255, { coil: 0, on: true }).frame)).toBe('FF 05 00 00 FF 00 99 E4');
    expect(asHex(writeCoil(255, { coil: 0, on: false }).frame)).toBe('FF 05 00 00 00 00 D8 14');
    expect(asHex(readCoils(1, { start: 0, count: 8 }).frame)).toBe('01 01 00 00 00 08 3D CC');
    expect(asHex(readRegisters(1, { start: 12, count: 2, input: true }).frame)).toBe('01 04 00 0C 00 02 B1 C8');
  });
});

const LOOK = readCoils(1, { start: 0, count: 8 });
const SHOWN = modbusFrame([1, 1, 1, 0b101]);
const ORDER = writeCoil(1, { coil: 0, on: true });

describe('an answer', () => {
  it('is found whole, and not before', () => {
    for (let length = 0; length < SHOWN.length; length += 1) expect(LOOK.answerIn(SHOWN.subarray(0, length), false)).toBeUndefined();
    expect(LOOK.answerIn(SHOWN, false)).toEqual({ kind: 'answer', data: Uint8Array.of(0b101), echoed: false });
  });

  it('tells of coils from the lowest bit on, over several bytes', () => {
    const data = Uint8Array.of(0b101, 0b10);
    expect([0, 1, 2, 8, 9, 16].map((place) => coilIn(data, place))).toEqual([true, false, true, false, true, false]);
  });

  it('is found behind noise, and behind our own bytes', () => {
    expect(LOOK.answerIn(join(hex('00 FF 01 01'), SHOWN), false)).toMatchObject({ kind: 'answer', echoed: false });
    expect(LOOK.answerIn(join(LOOK.frame, SHOWN), false)).toMatchObject({ kind: 'answer', echoed: true });
    expect(LOOK.answerIn(join(hex('00'), LOOK.frame, SHOWN), false)).toMatchObject({ kind: 'answer', echoed: true });
  });

  it('to an order is the order again, and where the adapter echoes, once more', () => {
    expect(ORDER.answerIn(ORDER.frame, false)).toMatchObject({ kind: 'answer' });
    expect(ORDER.answerIn(ORDER.frame, true)).toBeUndefined();
    expect(ORDER.answerIn(join(ORDER.frame, ORDER.frame), true)).toMatchObject({ kind: 'answer', echoed: true });
    expect(ORDER.answerIn(writeCoil(1, { coil: 0, on: false }).frame, false)).toBeUndefined();
    expect(ORDER.answerIn(writeCoil(1, { coil: 1, on: true }).frame, false)).toBeUndefined();
  });

  it('may be a refusal, which has a name', () => {
    expect(LOOK.answerIn(hex('01 81 02 C1 91'), false)).toEqual({ kind: 'exception', code: 2, name: 'illegal address' });
    expect(LOOK.answerIn(modbusFrame([1, 0x81, 99]), false)).toMatchObject({ name: 'exception 99' });
  });

  it.each<[string, Uint8Array, string]>([
    ['our own bytes alone', LOOK.frame, 'only our own bytes'],
    ['another unit', modbusFrame([2, 1, 1, 0]), 'unit 2 answered instead'],
    ['another function', modbusFrame([1, 3, 2, 0, 0]), 'something else (function 3'],
    ['another length', modbusFrame([1, 1, 2, 0, 0]), 'something else (function 1'],
    ['half a frame', SHOWN.subarray(0, 4), 'half an answer came, 4 of 6 bytes'],
    ['a flipped bit', SHOWN.map((byte, at) => (at === 3 ? byte ^ 8 : byte)), 'damaged (CRC)'],
    ['noise', hex('00 FF 13'), '3 bytes came that are no answer'],
    ['half a frame behind our own bytes', join(LOOK.frame, SHOWN.subarray(0, 3)), 'half an answer came, 3 of 6 bytes'],
  ])('is none where %s came', (_, bytes, words) => {
    expect(LOOK.answerIn(bytes, false)).toBeUndefined();
    expect(LOOK.insteadOfAnswer(bytes)).toContain(words);
  });

  it('is silence where nothing came', () => {
    expect(LOOK.insteadOfAnswer(new Uint8Array())).toBeUndefined();
  });
});
