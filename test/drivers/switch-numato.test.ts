// Numato boards: lines that come back, prompts that are owed to others, letters above the ninth relay.
import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../src/model/outcome.ts';
import { numato, numatoOptions } from '../../src/switches/numato.ts';
import type { Board } from '../../src/switches/port.ts';
import { serialLines } from '../../src/transports/serial-lines.ts';
import { NUMATO_ASK_ALL, numatoAnswer, numatoBytes, numatoCoils, numatoOrder } from '../../src/wire/numato.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';
import { MemorySerial } from '../support/serial/memory-serial.ts';
import { NumatoBoard } from '../support/serial/numato-board.ts';
import { switchKit } from '../support/switch-kit.ts';

const DEVICE = '/dev/serial/by-id/usb-Numato-if00';
const soon = (): AbortSignal => AbortSignal.timeout(5_000);
const track = closedAfterEach();
const detail = (outcome: Outcome<unknown> | undefined): string => (outcome?.ok === false ? outcome.fault.detail : '');
const text = (said: string): Uint8Array => Buffer.from(said, 'latin1');

function plugged(channels: number): { readonly relay: NumatoBoard; readonly board: Board } {
  const serial = new MemorySerial();
  const relay = new NumatoBoard(channels);
  serial.plug(DEVICE, relay);
  return { relay, board: track(numato.open({ device: DEVICE, channels }, switchKit({ serial: serialLines(serial.host) }))) };
}

it('orders are lines that end with a carriage return', () => {
  expect([numatoOrder(0, true), numatoOrder(9, false), numatoOrder(10, true), numatoOrder(31, true)]).toEqual([
    'relay on 0',
    'relay off 9',
    'relay on A',
    'relay on V',
  ]);
  expect(Buffer.from(numatoBytes('ver')).toString()).toBe('ver\r');
});

describe('an answer', () => {
  it('is what stands between the line given back and the prompt', () => {
    expect(numatoAnswer(text('relay readall\n\r0f\n\r>'), NUMATO_ASK_ALL)).toEqual({ ok: true, value: '0f' });
    expect(numatoAnswer(text('relay readall\r\n0f\r\n> '), NUMATO_ASK_ALL)).toEqual({ ok: true, value: '0f' });
    expect(numatoAnswer(text('relay on 0\n\r>'), 'relay on 0')).toEqual({ ok: true, value: '' });
  });

  it.each(['', 'relay rea', 'relay readall\n\r', 'relay readall\n\r0f\n\r', '>', '\n\r>', '>relay readall\n\r0'])(
    'is not complete with %j',
    (said) => {
      expect(numatoAnswer(text(said), NUMATO_ASK_ALL)).toBeUndefined();
    },
  );

  it('is found behind a prompt that was owed to another, and behind half a line', () => {
    expect(numatoAnswer(text('0f\n\r>relay readall\n\r01\n\r>'), NUMATO_ASK_ALL)).toEqual({ ok: true, value: '01' });
  });

  it('to another line is rubbish', () => {
    expect(numatoAnswer(text('relay onrelay readall\n\r>'), NUMATO_ASK_ALL)).toMatchObject({ ok: false, fault: { code: 'garbled' } });
  });

  it('gives the state of all relays, the first lowest', () => {
    expect(numatoCoils('05', 4)).toEqual({ ok: true, value: [true, false, true, false] });
    const all = numatoCoils('80000001', 32);
    expect(all.ok ? all.value.flatMap((coil, relay) => (coil ? [relay] : [])) : all).toEqual([0, 31]);
    for (const rubbish of ['', 'on', '10', '0x05', '123456789']) expect(numatoCoils(rubbish, 4)).toMatchObject({ ok: false });
  });
});

describe('a board', () => {
  it('moves the relay of a letter, and shows it', async () => {
    const { relay, board } = plugged(16);
    expect(await board.channel('10').set('cut', soon())).toMatchObject({ ok: true });
    expect([relay.relays.coil(10), relay.relays.moves, relay.lines]).toEqual([true, 1, ['relay on A', 'relay readall']]);
    expect(await board.channel('10').read?.(soon())).toEqual({ ok: true, value: 'cut' });
  });

  it('is called by the numbers printed on it, from 0 on', () => {
    expect(numato.channels({ device: DEVICE, channels: 2 })).toEqual(['0', '1']);
    expect(() => plugged(2).board.channel('2')).toThrow('"2"');
  });

  it('that does not do what it was told is found out', async () => {
    const { relay, board } = plugged(4);
    relay.relays.stuck = true;
    expect(detail(await board.channel('0').set('cut', soon()))).toContain('still reads fed');
  });

  it('that is none is said to give no answer', async () => {
    const { relay, board } = plugged(4);
    relay.deaf = true;
    expect(detail(await board.channel('0').read?.(soon()))).toContain('does not answer');
  });
});

it.each([[{}], [{ channels: 0 }], [{ channels: 64 }]])('options %j are refused', (options) => {
  expect(numatoOptions.safeParse({ device: DEVICE, ...options }).success).toBe(false);
});
