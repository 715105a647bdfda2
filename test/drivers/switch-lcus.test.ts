// LCUS boards: each order twice, never an older one after a newer one, and nothing but the port tells that they are there.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { lcus, lcusOptions } from '../../src/switches/lcus.ts';
import type { Board } from '../../src/switches/port.ts';
import { serialLines } from '../../src/transports/serial-lines.ts';
import { lcusOrder } from '../../src/wire/lcus.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';
import { eventually } from '../support/eventually.ts';
import { LcusBoard } from '../support/serial/lcus-board.ts';
import { MemorySerial } from '../support/serial/memory-serial.ts';
import { switchKit } from '../support/switch-kit.ts';

const DEVICE = '/dev/serial/by-path/usb-1.2-port0';
const soon = (): AbortSignal => AbortSignal.timeout(5_000);
const track = closedAfterEach();

let serial: MemorySerial;
let relay: LcusBoard;
let board: Board;

beforeEach(() => {
  serial = new MemorySerial();
  relay = new LcusBoard(4);
  serial.plug(DEVICE, relay);
  board = track(lcus.open({ device: DEVICE, channels: 4 }, switchKit({ serial: serialLines(serial.host) })));
});

it.each([
  [1, true, 'a00101a2'],
  [1, false, 'a00100a1'],
  [2, true, 'a00201a3'],
  [2, false, 'a00200a2'],
  [3, true, 'a00301a4'],
  [3, false, 'a00300a3'],
  [4, true, 'a00401a5'],
  [4, false, 'a00400a4'],
  [8, true, 'a00801a9'],
  [8, false, 'a00800a8'],
])('an order to relay %d, coil %s, is the four bytes of its sheet', (channel, coil, bytes) => {
  expect(Buffer.from(lcusOrder(channel, coil)).toString('hex')).toBe(bytes);
});

describe('a board', () => {
  it('is told each order twice, 50 ms apart', async () => {
    expect(await board.channel('3').set('cut', soon())).toMatchObject({ ok: true });
    expect(relay.orders.map(({ channel, op }) => [channel, op])).toEqual([
      [3, 1],
      [3, 1],
    ]);
    const [first, again] = relay.orders;
    expect((again?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(48);
  });

  it('is told all its channels before it is told any of them again', async () => {
    await Promise.all(['1', '2', '3', '4'].map((name) => board.channel(name).set('cut', soon())));
    expect(relay.orders.slice(0, 4).map(({ channel }) => channel)).toEqual([1, 2, 3, 4]);
    expect(relay.relays.moves).toBe(4);
  });

  it('is not told an older order again after a newer one', async () => {
    const cut = board.channel('1').set('cut', soon());
    await eventually('it was told to cut', () => relay.relays.coil(0));
    const fed = await board.channel('1').set('fed', soon());
    expect([fed.ok, await cut]).toEqual([true, expect.objectContaining({ ok: false })]);
    expect(relay.orders.map(({ op }) => op)).toEqual([1, 0, 0]);
  });

  it('says so when there was no time to tell it twice', async () => {
    expect(await board.channel('1').set('cut', AbortSignal.timeout(25))).toMatchObject({
      ok: false,
      fault: { code: 'timeout', detail: expect.stringContaining('told once') },
    });
  });

  it('cannot be read, and is there as long as its port is', async () => {
    const contact = board.channel('1');
    expect(contact.read).toBeUndefined();
    expect(await contact.probe?.(soon())).toMatchObject({ ok: true });
    let news = 0;
    contact.onNews?.(() => {
      news += 1;
    });
    serial.unplug(DEVICE);
    expect(news).toBe(1);
    expect(await contact.probe?.(soon())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    serial.plug(DEVICE, relay);
    await eventually('it is there again', async () => (await contact.probe?.(soon()))?.ok === true);
    expect(news).toBeGreaterThan(1);
    expect(relay.orders).toEqual([]);
  });

  it('is not told anything once it is closed', async () => {
    await board.close();
    expect(await board.channel('1').set('cut', soon())).toMatchObject({ ok: false, fault: { code: 'refused' } });
    expect(relay.orders).toEqual([]);
  });
});

it.each([[{}], [{ device: 'ttyUSB0' }], [{ device: '/dev/x', channels: 3 }], [{ device: '/dev/x', unit: 1 }]])(
  'options %j are refused',
  (options) => {
    expect(lcusOptions.safeParse(options).success).toBe(false);
  },
);

it('is warned of where its port is named after another adapter, for a wrong board cannot be found out by asking', () => {
  const cautions = (device: string): readonly string[] => lcus.cautions({ device, channels: 4 }, 'fed');
  expect(cautions('/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A1-if00-port0')).toEqual([
    expect.stringMatching(/usb-FTDI_FT232R_USB_UART_A1-if00-port0 is another adapter.*drill RIG --cut/),
  ]);
  for (const device of ['/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0', DEVICE, '/dev/ttyUSB0']) expect(cautions(device)).toEqual([]);
});
