// The one who asks on a Modbus bus, against boards that answer late, half, damaged, or not for themselves.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../src/model/outcome.ts';
import { modbusTiming, onModbus } from '../../src/transports/modbus-master.ts';
import type { SerialLine } from '../../src/transports/serial-line.ts';
import { serialLines } from '../../src/transports/serial-lines.ts';
import { modbusFrame, readRegisters } from '../../src/wire/modbus.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';
import { eventually } from '../support/eventually.ts';
import { Relays } from '../support/serial/board.ts';
import { MemorySerial } from '../support/serial/memory-serial.ts';
import { type Manner, ModbusBus } from '../support/serial/modbus-board.ts';

const DEVICE = '/dev/serial/by-id/usb-bus';
const ANSWER_MS = 200;
const TIMING = { answerMs: ANSWER_MS, gapMs: 10 };
const soon = (): AbortSignal => AbortSignal.timeout(5_000);
const track = closedAfterEach();

let serial: MemorySerial;
let bus: ModbusBus;
let line: SerialLine;

beforeEach(() => {
  serial = new MemorySerial();
  bus = new ModbusBus({ 1: new Relays(8), 2: new Relays(8) });
  for (const register of [0, 1, 2, 3, 4, 5]) bus.registers.set(register, 1_000 + register);
  serial.plug(DEVICE, bus);
  line = track(serialLines(serial.host).claim(DEVICE, { baudRate: 9_600, parity: 'none' }));
});

async function register(start: number, { unit = 1, signal = soon() } = {}): Promise<Outcome<number>> {
  const heard = await onModbus(line, TIMING, {
    signal,
    urgent: false,
    work: (ask) => ask(readRegisters(unit, { start, count: 1 })),
  });
  return heard.ok ? { ok: true, value: ((heard.value[0] ?? 0) << 8) | (heard.value[1] ?? 0) } : heard;
}

const late =
  (byMs: number): Manner =>
  (answer, say) =>
    void setTimeout(say, byMs, answer);
const code = (outcome: Outcome<unknown>): string => (outcome.ok ? 'ok' : outcome.fault.code);
const detail = (outcome: Outcome<unknown>): string => (outcome.ok ? '' : outcome.fault.detail);

/** As a card that does not answer, or a busy machine, does it. */
function holdUp(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

describe('an answer that comes late', () => {
  it('by 150 ms is never given as that of another register, to whoever asks next or for ever after', async () => {
    bus.manners.push(late(ANSWER_MS + 150));
    expect(code(await register(0))).toBe('timeout');
    for (const next of [1, 2, 3, 4, 5]) expect(await register(next)).toEqual({ ok: true, value: 1_000 + next });
  });

  it('is not given to any of three who ask at once', async () => {
    bus.manners.push(late(ANSWER_MS + 150));
    const answers = await Promise.all([register(0), register(1), register(2)]);
    expect(answers.map(code)).toEqual(['timeout', 'ok', 'ok']);
    expect(answers.slice(1)).toEqual([
      { ok: true, value: 1_001 },
      { ok: true, value: 1_002 },
    ]);
  });

  it.each([1, 60, 110, 150, 190, 199])('by %d ms is nobody else’s', async (byMs) => {
    bus.manners.push(late(ANSWER_MS + byMs));
    const first = await register(0);
    expect(first.ok ? first.value : 1_000).toBe(1_000);
    expect(await register(1)).toEqual({ ok: true, value: 1_001 });
  });

  it('after its asker has given up is nobody else’s either', async () => {
    bus.manners.push(late(120));
    expect(code(await register(0, { signal: AbortSignal.timeout(40) }))).toBe('timeout');
    expect(await register(1)).toEqual({ ok: true, value: 1_001 });
  });

  it.each([0, 60, 120, 180])('while this process was held up from %d ms after its time on is nobody else’s', async (fromMs) => {
    bus.manners.push(late(ANSWER_MS + 150));
    const first = register(0);
    const begun = eventually('it was asked', () => bus.requests.length > 0);
    await begun;
    setTimeout(() => holdUp(120), ANSWER_MS + fromMs);
    expect(code(await first)).toBe('timeout');
    expect(await register(1)).toEqual({ ok: true, value: 1_001 });
  });

  it('because this process was held up is still taken', async () => {
    bus.manners.push(late(ANSWER_MS - 50));
    setTimeout(() => holdUp(150), ANSWER_MS - 80);
    expect(await register(0)).toEqual({ ok: true, value: 1_000 });
  });

  it('in two halves around the end of its time is nobody else’s', async () => {
    bus.manners.push((answer, say) => {
      setTimeout(say, ANSWER_MS - 20, answer.subarray(0, 4));
      setTimeout(say, ANSWER_MS + 60, answer.subarray(4));
    });
    expect(detail(await register(0))).toContain('half an answer came, 4 of 7 bytes');
    expect(await register(1)).toEqual({ ok: true, value: 1_001 });
  });
});

describe('what is no answer is a fault that says what it is, and the next question is answered right', () => {
  it.each<[string, string, RegExp, Manner]>([
    ['noise alone', 'garbled', /3 bytes came that are no answer/, (_, say) => say(Uint8Array.of(0, 255, 7))],
    ['half a frame', 'garbled', /half an answer came, 5 of 7 bytes/, (answer, say) => say(answer.subarray(0, 5))],
    ['another unit', 'garbled', /unit 2 answered instead/, (_, say) => say(modbusFrame([2, 3, 2, 0, 9]))],
    ['a damaged frame', 'garbled', /damaged \(CRC\)/, (answer, say) => say(answer.map((byte, at) => (at === 4 ? byte ^ 1 : byte)))],
    ['another function', 'garbled', /something else/, (_, say) => say(modbusFrame([1, 4, 2, 0, 9]))],
    ['nothing', 'timeout', /unit 1 on .* does not answer: look at/, () => undefined],
    ['a flood', 'garbled', /sends without end/, (_, say) => say(new Uint8Array(5_000))],
    ['a refusal', 'unsupported', /refuses: illegal address/, (_, say) => say(modbusFrame([1, 0x83, 2]))],
    ['a failure', 'refused', /refuses: device failure/, (_, say) => say(modbusFrame([1, 0x83, 4]))],
  ])('%s', async (_, kind, words, manner) => {
    bus.manners.push(manner);
    const outcome = await register(0);
    expect([code(outcome), detail(outcome)]).toEqual([kind, expect.stringMatching(words)]);
    expect(await register(1)).toEqual({ ok: true, value: 1_001 });
  });

  it('noise before the frame does no harm', async () => {
    bus.manners.push((answer, say) => say(Uint8Array.from([0, 1, 3, 2, ...answer])));
    expect(await register(0)).toEqual({ ok: true, value: 1_000 });
  });

  it('a frame that comes byte by byte is one frame', async () => {
    bus.manners.push((answer, say) => {
      for (const [at, byte] of answer.entries()) setTimeout(say, 5 * at, Uint8Array.of(byte));
    });
    expect(await register(0)).toEqual({ ok: true, value: 1_000 });
  });

  it('an adapter that gives back what we send is seen through, also where the unit is silent', async () => {
    serial.echoes = true;
    expect(await register(0)).toEqual({ ok: true, value: 1_000 });
    const silent = await register(1, { unit: 9 });
    expect([code(silent), detail(silent)]).toEqual(['garbled', expect.stringContaining('only our own bytes came back')]);
    expect(await register(2)).toEqual({ ok: true, value: 1_002 });
  });

  it('an unplug in the middle of a frame ends the question at once, and the board is asked again when it is back', async () => {
    bus.manners.push((answer, say) => {
      say(answer.subarray(0, 3));
      setTimeout(() => serial.unplug(DEVICE), 20);
    });
    const startedAt = performance.now();
    const outcome = await register(0);
    expect([code(outcome), detail(outcome)]).toEqual(['unreachable', expect.stringMatching(/is gone: .*plug it in again/)]);
    expect(performance.now() - startedAt).toBeLessThan(ANSWER_MS);
    serial.plug(DEVICE, bus);
    await eventually('it is open again', async () => (await line.ready(soon())).ok);
    expect(await register(1)).toEqual({ ok: true, value: 1_001 });
  });
});

describe('the bus', () => {
  it('is silent between an answer and the next question', async () => {
    await register(0);
    await register(1);
    const [first, second] = bus.requests;
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(TIMING.gapMs - 1);
  });

  it('is given the times that its baud rate needs', () => {
    expect(modbusTiming(9_600)).toEqual({ answerMs: 400, gapMs: 10 });
    expect(modbusTiming(2_400)).toEqual({ answerMs: 1_000, gapMs: 17 });
    expect(modbusTiming(115_200)).toEqual({ answerMs: 400, gapMs: 10 });
  });

  it('carries a cut before every reading that waits, and lets the one under way be heard out', async () => {
    bus.manner = late(30);
    const reads = [0, 1, 2, 3].map((start) => register(start));
    await new Promise<void>((resolve) => setTimeout(resolve, 20));
    const order = readRegisters(2, { start: 5, count: 1 });
    const cut = onModbus(line, TIMING, { signal: soon(), urgent: true, first: true, work: (ask) => ask(order) });
    expect(code(await cut)).toBe('ok');
    expect((await Promise.all(reads)).map(code)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(bus.requests.map(({ unit, at }) => `${unit}/${at}`)).toEqual(['1/0', '2/5', '1/1', '1/2', '1/3']);
  });
});
