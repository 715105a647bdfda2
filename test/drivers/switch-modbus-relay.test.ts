// Relay boards on a Modbus bus: several on one line, each read as a whole, an order believed when the board shows it.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../src/model/outcome.ts';
import { modbusRelay, modbusRelayOptions } from '../../src/switches/modbus-relay.ts';
import type { Board } from '../../src/switches/port.ts';
import { type SerialLines, serialLines } from '../../src/transports/serial-lines.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';
import { Relays } from '../support/serial/board.ts';
import { MemorySerial } from '../support/serial/memory-serial.ts';
import { ModbusBus } from '../support/serial/modbus-board.ts';
import { switchKit } from '../support/switch-kit.ts';

const DEVICE = '/dev/serial/by-id/usb-FTDI_RS485-if00-port0';
const soon = (): AbortSignal => AbortSignal.timeout(5_000);
const track = closedAfterEach();

let serial: MemorySerial;
let bus: ModbusBus;
let lines: SerialLines;
let relays: Relays;

beforeEach(() => {
  serial = new MemorySerial();
  relays = new Relays(8);
  bus = new ModbusBus({ 1: relays, 2: new Relays(8) });
  serial.plug(DEVICE, bus);
  lines = serialLines(serial.host);
});

function boardOf(unit: number, options: object = {}): Board {
  return track(modbusRelay.open({ device: DEVICE, unit, ...options }, switchKit({ board: `box${unit}`, serial: lines })));
}

const detail = (outcome: Outcome<unknown> | undefined): string => (outcome?.ok === false ? outcome.fault.detail : '');
const codes = (): readonly number[] => bus.requests.map(({ code }) => code);

describe('boards on one bus', () => {
  it('share its port, and each moves its own contacts', async () => {
    const [one, two] = [boardOf(1), boardOf(2)];
    await one.channel('3').set('cut', soon());
    await two.channel('8').set('cut', soon());
    expect(serial.openings).toBe(1);
    expect([1, 2].map((unit) => [2, 7].map((place) => bus.units.get(unit)?.coil(place)))).toEqual([
      [true, false],
      [false, true],
    ]);
    await one.close();
    expect(await two.channel('8').read?.(soon())).toEqual({ ok: true, value: 'cut' });
    expect(detail(await one.channel('3').set('fed', soon()))).toContain('was closed');
    expect(relays.coil(2)).toBe(true);
  });

  it('are cut while one of them is silent, ahead of everything that waits to be read', async () => {
    const [dead, alive] = [boardOf(9), boardOf(1)];
    const reads = ['1', '2', '3'].flatMap((name) => [dead.channel(name).read?.(soon()), alive.channel(name).read?.(soon())]);
    expect(await alive.channel('1').set('cut', soon())).toMatchObject({ ok: true });
    expect(codes()).toEqual([5, 1]);
    const answers = await Promise.all(reads);
    expect(answers.map((one) => one?.ok)).toEqual([false, true, false, true, false, true]);
  });

  it('are asked once for all that want to know', async () => {
    const board = boardOf(1);
    await board.channel('2').set('cut', soon());
    bus.requests.length = 0;
    const answers = await Promise.all(['1', '2', '3', '4', '5', '6', '7', '8'].map((name) => board.channel(name).read?.(soon())));
    expect(answers.map((one) => one?.ok === true && one.value)).toEqual(['fed', 'cut', 'fed', 'fed', 'fed', 'fed', 'fed', 'fed']);
    expect(codes()).toEqual([1]);
  });
});

describe('an order', () => {
  it('is not believed where only the adapter gave it back', async () => {
    serial.echoes = true;
    bus.deaf = true;
    expect(detail(await boardOf(1).channel('1').set('cut', soon()))).toContain('only our own bytes came back');
  });

  it('is carried out behind an adapter that echoes', async () => {
    serial.echoes = true;
    const contact = boardOf(1).channel('1');
    await contact.read?.(soon());
    expect(await contact.set('cut', soon())).toMatchObject({ ok: true });
    expect(await contact.set('fed', soon())).toMatchObject({ ok: true });
    expect(relays.moves).toBe(2);
  });

  it('whose answer came damaged is given once more', async () => {
    bus.manners.push((answer, say) => say(answer.map((byte) => byte ^ 1)));
    expect(await boardOf(1).channel('1').set('cut', soon())).toMatchObject({ ok: true });
    expect(codes()).toEqual([5, 5, 1]);
    expect(relays.moves).toBe(1);
  });

  it('that the board gives back and does not carry out is a fault', async () => {
    const contact = boardOf(1).channel('1');
    relays.stuck = true;
    expect(detail(await contact.set('cut', soon()))).toMatch(/box1:1 still reads fed after it was told cut/);
  });

  it('to a channel that the board does not have is refused by its name', async () => {
    expect(detail(await boardOf(1, { channels: 16 }).channel('12').set('cut', soon()))).toMatch(/illegal address; .*fewer channels/);
  });
});

it('speaks as the file says', async () => {
  const board = boardOf(1, { baudRate: 2_400, parity: 'even' });
  await board.channel('1').read?.(soon());
  expect(serial.open.get(DEVICE)?.settings).toEqual({ baudRate: 2_400, parity: 'even' });
  expect(modbusRelay.way({ device: DEVICE, baudRate: 2_400, parity: 'even' })).toEqual({ device: DEVICE, bus: '2400 8E1' });
});

it.each([
  [{ unit: 0 }],
  [{ unit: 248 }],
  [{ unit: 256 }],
  [{ channels: 0 }],
  [{ channels: 33 }],
  [{ baudRate: 9_601 }],
  [{ parity: 'mark' }],
])('options %j are refused', (options) => {
  expect(modbusRelayOptions.safeParse({ device: DEVICE, ...options }).success).toBe(false);
});

it('a board of LC-tech has the unit 255', () => {
  expect(modbusRelayOptions.safeParse({ device: DEVICE, unit: 255 }).success).toBe(true);
});
