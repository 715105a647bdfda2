// A UPS read by a program: what it may print, and what becomes of it.
import { describe, expect, it } from '@jest/globals';
import { commandSource } from '../../src/ups/command.ts';

const printing = (text: string) =>
  commandSource({ ups: 'house', argv: ['/bin/sh', '-c', 'printf %s "$1"', 'sh', text] }, { nowMs: () => 7 });
const read = (text: string) => printing(text).read(AbortSignal.timeout(5000));

describe('a UPS read by a program', () => {
  it.each([
    ['mains', ['OL']],
    ['battery', ['OB']],
    ['off', ['OFF']],
    ['unknown', []],
  ])('takes the line %s for the status words %j', async (line, words) => {
    expect(await read(JSON.stringify({ line }))).toEqual({
      ok: true,
      value: { ups: 'house', takenAtMs: 7, words: new Set(words), figures: {}, nameplate: {} },
    });
  });

  it('hands figures on as they were printed, for others to judge', async () => {
    expect(
      await read('{"line": "battery", "chargePercent": 71, "runtimeSeconds": "36:00", "loadWatts": 1e300, "mood": "fine"}'),
    ).toMatchObject({
      value: { figures: { charge: 71, runtime: '36:00', loadWatts: 1e300 } },
    });
  });

  it('keeps the line when a figure is nonsense, and takes null for not known', async () => {
    expect(await read('{"line": "battery", "chargePercent": null, "runtimeSeconds": {"a": 1}, "loadWatts": true}')).toMatchObject({
      value: { words: new Set(['OB']), figures: { runtime: '{"a":1}', loadWatts: 'true' } },
    });
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'mains'],
    ['a list', '["mains"]'],
    ['null', 'null'],
    ['half an object', '{"line": "mai'],
    ['two objects', '{"line": "mains"}{"line": "battery"}'],
    ['no line', '{"chargePercent": 71}'],
    ['another word', '{"line": "solar"}'],
    ['a word that objects inherit', '{"line": "constructor"}'],
    ['a line by inheritance', '{"__proto__": {"line": "mains"}}'],
  ])('calls %s garbled, and says of which UPS', async (_what, text) => {
    expect(await read(text)).toMatchObject({ ok: false, fault: { code: 'garbled', detail: expect.stringContaining('house') } });
  });

  it('gives its program time that no server would have, and less than makes an answer one of then', () => {
    expect(printing('').answerMs).toBe(4_500);
  });

  it('takes a failing program for no answer, whatever it printed before', async () => {
    const source = commandSource({ ups: 'house', argv: ['/bin/sh', '-c', 'echo \'{"line":"mains"}\'; exit 3'] }, { nowMs: () => 7 });
    expect(await source.read(AbortSignal.timeout(5000))).toMatchObject({ ok: false, fault: { code: 'refused' } });
  });
});
