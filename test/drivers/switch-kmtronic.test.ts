// KMTronic boards: two ways to be read, by their number of relays, and an order that counts when it shows.
import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../src/model/outcome.ts';
import { kmtronic, kmtronicOptions } from '../../src/switches/kmtronic.ts';
import type { Board } from '../../src/switches/port.ts';
import { serialLines } from '../../src/transports/serial-lines.ts';
import { kmtronicAll, kmtronicAskAll, kmtronicAskOne, kmtronicOne, kmtronicOrder } from '../../src/wire/kmtronic.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';
import { KmtronicBoard } from '../support/serial/kmtronic-board.ts';
import { MemorySerial } from '../support/serial/memory-serial.ts';
import { switchKit } from '../support/switch-kit.ts';

const DEVICE = '/dev/serial/by-id/usb-KMTronic-if00-port0';
const soon = (): AbortSignal => AbortSignal.timeout(5_000);
const track = closedAfterEach();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const detail = (outcome: Outcome<unknown> | undefined): string => (outcome?.ok === false ? outcome.fault.detail : '');

function plugged(channels: 1 | 2 | 4 | 8): { readonly relay: KmtronicBoard; readonly board: Board } {
  const serial = new MemorySerial();
  const relay = new KmtronicBoard(channels);
  serial.plug(DEVICE, relay);
  return { relay, board: track(kmtronic.open({ device: DEVICE, channels }, switchKit({ serial: serialLines(serial.host) }))) };
}

it('orders and asks in the bytes of its sheet', () => {
  expect([kmtronicOrder(1, true), kmtronicOrder(8, false), kmtronicAskOne(2), kmtronicAskAll()].map(hex)).toEqual([
    'ff0101',
    'ff0800',
    'ff0203',
    'ff0900',
  ]);
});

describe('a state', () => {
  it('of one relay is taken whole, with its header', () => {
    expect(kmtronicOne(Uint8Array.of(0xff, 2), 2)).toBeUndefined();
    expect(kmtronicOne(Uint8Array.of(0xff, 2, 1), 2)).toEqual({ ok: true, value: true });
    expect(kmtronicOne(Uint8Array.of(0xff, 2, 0), 2)).toEqual({ ok: true, value: false });
    for (const bytes of [
      [0xff, 1, 1],
      [0xfe, 2, 1],
      [0xff, 2, 2],
      [0xff, 2, 1, 0],
    ]) {
      expect(kmtronicOne(Uint8Array.from(bytes), 2)).toMatchObject({ ok: false, fault: { code: 'garbled' } });
    }
  });

  it('of many is one byte each, and nothing else', () => {
    expect(kmtronicAll(Uint8Array.of(1, 0, 0), 4)).toBeUndefined();
    expect(kmtronicAll(Uint8Array.of(1, 0, 0, 1), 4)).toEqual({ ok: true, value: [true, false, false, true] });
    expect(kmtronicAll(Uint8Array.of(1, 0, 0, 1, 0), 4)).toMatchObject({ ok: false });
    expect(kmtronicAll(Uint8Array.of(0xff, 1), 4)).toMatchObject({ ok: false });
  });
});

describe.each([1, 2, 4, 8] as const)('a board with %d relays', (channels) => {
  it('moves the contact that it was told, and shows it', async () => {
    const { relay, board } = plugged(channels);
    const last = String(channels);
    expect(await board.channel(last).set('cut', soon())).toMatchObject({ ok: true });
    expect([relay.relays.coil(channels - 1), relay.relays.moves]).toEqual([true, 1]);
    expect(await board.channel(last).read?.(soon())).toEqual({ ok: true, value: 'cut' });
  });
});

describe('a board', () => {
  it('that does not do what it was told is found out', async () => {
    const { relay, board } = plugged(4);
    relay.relays.stuck = true;
    expect(detail(await board.channel('1').set('cut', soon()))).toContain('still reads fed after it was told cut');
  });

  it('with more relays than the file says is found out', async () => {
    const serial = new MemorySerial();
    serial.plug(DEVICE, new KmtronicBoard(8));
    const board = track(kmtronic.open({ device: DEVICE, channels: 4 }, switchKit({ serial: serialLines(serial.host) })));
    expect(detail(await board.channel('1').read?.(soon()))).toMatch(/another number of relays/);
  });

  it.each([1, 8] as const)('with %d relays whose answer comes late is not believed to have stayed as it was', async (channels) => {
    const { relay, board } = plugged(channels);
    relay.delays.push(350);
    expect(await board.channel('1').read?.(soon())).toMatchObject({ ok: false, fault: { code: 'timeout' } });
    expect(await board.channel('1').set('cut', soon())).toEqual({ ok: true, value: undefined });
    expect(await board.channel('1').read?.(soon())).toEqual({ ok: true, value: 'cut' });
  });

  it('whose reading is broken off by an order shows what the order did, not what was before', async () => {
    const { relay, board } = plugged(8);
    relay.delays.push(120);
    const read = board.channel('1').read?.(soon());
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await board.channel('1').set('cut', soon())).toEqual({ ok: true, value: undefined });
    expect(await read).toMatchObject({ ok: false });
    expect(relay.relays.coil(0)).toBe(true);
  });

  it('that says nothing does not keep an order waiting that cuts', async () => {
    const { relay, board } = plugged(4);
    relay.mute = true;
    const read = board.channel('1').read?.(soon());
    await new Promise((resolve) => setTimeout(resolve, 30));
    const cut = board.channel('2').set('cut', soon());
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(relay.relays.coil(1)).toBe(true);
    expect(await read).toMatchObject({ ok: false, fault: { code: 'not-asked' } });
    expect(detail(await cut)).toContain('does not answer');
  });
});

it.each([[{}], [{ channels: 3 }], [{ channels: 4, unit: 2 }]])('options %j are refused', (options) => {
  expect(kmtronicOptions.safeParse({ device: DEVICE, ...options }).success).toBe(false);
});
