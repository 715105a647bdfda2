// ICStation boards, whose every byte sets all relays: none of them moves that was not asked for.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { DONE, type Outcome } from '../../src/model/outcome.ts';
import { icstation, icstationOptions } from '../../src/switches/icstation.ts';
import type { Board, LastOrder } from '../../src/switches/port.ts';
import { type SerialLines, serialLines } from '../../src/transports/serial-lines.ts';
import { icstationMask } from '../../src/wire/icstation.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';
import { eventually } from '../support/eventually.ts';
import { IcstationBoard } from '../support/serial/icstation-board.ts';
import { MemorySerial } from '../support/serial/memory-serial.ts';
import { switchKit } from '../support/switch-kit.ts';

const DEVICE = '/dev/serial/by-path/platform-usb-0:1.2:1.0-port0';
const soon = (): AbortSignal => AbortSignal.timeout(5_000);
const track = closedAfterEach();
const detail = (outcome: Outcome<unknown>): string => (outcome.ok ? '' : outcome.fault.detail);

let serial: MemorySerial;
let relay: IcstationBoard;

interface Life {
  readonly unused?: readonly number[];
  readonly ownSupply?: boolean;
  readonly atRest?: 'fed' | 'cut';
  /** by channel, what the journal tells of the life before */
  readonly told?: Readonly<Record<string, LastOrder>>;
  /** of the service, over its reloads; absent: one of its own */
  readonly serials?: SerialLines;
}

function opened({ unused = [], ownSupply = false, atRest = 'fed', told = {}, serials }: Life = {}): Board {
  const kit = switchKit({ serial: serials ?? serialLines(serial.host), atRest, lastOrder: (channel) => told[channel] });
  return track(icstation.open({ device: DEVICE, armed: true, channels: 4, unused, ownSupply }, kit));
}

const coils = (): readonly boolean[] => [0, 1, 2, 3].map((place) => relay.relays.coil(place));
const FED: LastOrder = { want: 'fed', done: true, thisBoot: true };
const CUT: LastOrder = { want: 'cut', done: true, thisBoot: true };

beforeEach(() => {
  serial = new MemorySerial();
  relay = new IcstationBoard(4);
  serial.plug(DEVICE, relay);
  relay.armed = true;
});

it('a byte lets go of every relay whose bit is set', () => {
  expect([...icstationMask(new Map())]).toEqual([0xff]);
  expect([...icstationMask(new Map([[1, true]]))]).toEqual([0xfe]);
  expect([
    ...icstationMask(
      new Map([
        [1, false],
        [4, true],
      ]),
    ),
  ]).toEqual([0xf7]);
  expect([
    ...icstationMask(
      new Map([
        [8, true],
        [2, true],
      ]),
    ),
  ]).toEqual([0x7d]);
});

describe('after a restart of the service', () => {
  /** Places of the relays that have current. */
  const stand = (...places: readonly number[]): void => {
    for (const place of places) relay.relays.set(place, true);
    relay.relays.moves = 0;
  };

  it('a single cut moves that one alone: the others stay as they were told last, or at rest where they never were', async () => {
    stand(1, 2);
    const told = { 2: CUT, 3: CUT, 4: FED };
    expect(await opened({ told }).channel('1').set('cut', soon())).toEqual(DONE);
    expect(coils()).toEqual([true, true, true, false]);
    expect(relay.relays.moves).toBe(1);
  });

  it('a single feed closes no other that is open', async () => {
    stand(0, 1);
    expect(
      await opened({ told: { 1: CUT, 2: CUT } })
        .channel('1')
        .set('fed', soon()),
    ).toEqual(DONE);
    expect(coils()).toEqual([false, true, false, false]);
    expect(relay.relays.moves).toBe(1);
  });

  it('a single cut moves that one alone where the contacts rest open, too', async () => {
    stand(0, 1);
    const life: Life = { atRest: 'cut', unused: [4], told: { 1: FED, 2: FED, 3: CUT } };
    expect(await opened(life).channel('1').set('cut', soon())).toEqual(DONE);
    expect(coils()).toEqual([false, true, false, false]);
    expect(relay.relays.moves).toBe(1);
  });

  it('one that fell while its board was unplugged in the life before is fed by no order to another', async () => {
    const life: Life = { atRest: 'cut', unused: [3, 4], told: { 1: FED, 2: { ...FED, boardLost: true } } };
    const outcome = await opened(life).channel('1').set('cut', AbortSignal.timeout(80));
    expect(detail(outcome)).toContain('nobody knows how relay 2 stands');
    expect([relay.heard, relay.relays.moves]).toEqual([[], 0]);
  });

  it('one that was to be fed, and of which nobody knows whether it was, is fed by no order to another', async () => {
    stand(1);
    expect(
      await opened({ told: { 2: { ...FED, done: false } } })
        .channel('1')
        .set('cut', soon()),
    ).toEqual(DONE);
    expect(coils()).toEqual([true, true, false, false]);
  });
});

describe('after a boot of the machine, when the board may have been without power', () => {
  const earlier = (one: LastOrder): LastOrder => ({ ...one, thisBoot: false });

  it('what was to be cut is cut with the first order, and what was fed stays so', async () => {
    const told = { 2: earlier({ ...CUT, done: false }), 3: earlier({ ...FED, done: false }) };
    expect(await opened({ told }).channel('1').set('cut', soon())).toEqual(DONE);
    expect(coils()).toEqual([true, true, false, false]);
  });

  it('nothing that rests open is fed by an order to another: that one waits, and says for what', async () => {
    const told = { 1: earlier(FED), 2: earlier(FED), 3: earlier(CUT), 4: earlier(CUT) };
    const outcome = await opened({ atRest: 'cut', told }).channel('3').set('fed', AbortSignal.timeout(80));
    expect(detail(outcome)).toMatch(/box:3 was not moved: nobody knows how relay 1, 2 stands/);
    expect([relay.heard, relay.relays.moves]).toEqual([[], 0]);
  });
});

describe('when nobody knows how the relays stand, for none that rests open was ever moved', () => {
  const atRest = 'cut';

  it('an order to one moves neither it nor another, and says what it waits for', async () => {
    const outcome = await opened({ atRest }).channel('1').set('cut', AbortSignal.timeout(80));
    expect(outcome).toMatchObject({ ok: false, fault: { code: 'refused' } });
    expect(detail(outcome)).toMatch(/box:1 was not moved: nobody knows how relay 2, 3, 4 stands/);
    expect([relay.heard, relay.relays.moves]).toEqual([[], 0]);
  });

  it('orders to all of them go out together, and each moves to where it was told', async () => {
    const board = opened({ atRest });
    const orders = ['cut', 'cut', 'fed', 'fed'] as const;
    const outcomes = await Promise.all(orders.map((want, place) => board.channel(String(place + 1)).set(want, soon())));
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, true, true]);
    expect(coils()).toEqual([false, false, true, true]);
    expect(new Set(relay.heard)).toEqual(new Set([0xf3]));
  });

  it('an order that was given up counts no more', async () => {
    const board = opened({ atRest, unused: [3, 4] });
    await board.channel('1').set('cut', AbortSignal.timeout(30));
    expect(await board.channel('2').set('cut', AbortSignal.timeout(80))).toMatchObject({ ok: false });
    expect(relay.heard).toEqual([]);
  });

  it('an order to the only one with something behind it goes out at once', async () => {
    expect(
      await opened({ atRest, unused: [2, 3, 4] })
        .channel('1')
        .set('fed', soon()),
    ).toMatchObject({ ok: true });
    expect(relay.heard).toEqual([0xfe, 0xfe]);
  });
});

describe('once all have been asked for', () => {
  let board: Board;
  beforeEach(async () => {
    board = opened({ unused: [4] });
    await Promise.all(['1', '2', '3'].map((name) => board.channel(name).set('fed', soon())));
    relay.heard.length = 0;
  });

  it('an order to one moves that one alone', async () => {
    await board.channel('3').set('cut', soon());
    await board.channel('1').set('cut', soon());
    await board.channel('3').set('fed', soon());
    expect([0, 1, 2, 3].map((place) => relay.relays.coil(place))).toEqual([true, false, false, false]);
    expect(relay.relays.moves).toBe(3);
  });

  it('an unplug makes all of them unknown again, and the board is never armed by us', async () => {
    serial.unplug(DEVICE);
    serial.plug(DEVICE, relay);
    await eventually('it is open again', async () => (await board.channel('1').probe?.(soon()))?.ok === true);
    expect(detail(await board.channel('1').set('cut', AbortSignal.timeout(80)))).toContain('nobody knows');
    expect(relay.heard).toEqual([]);
    const outcomes = await Promise.all(['1', '2', '3'].map((name) => board.channel(name).set('cut', soon())));
    expect(outcomes.map(detail)).toEqual([1, 2, 3].map(() => expect.stringContaining('was unplugged since lastwatt started')));
    expect(relay.relays.moves).toBe(0);
  });

  it('what fell while it was unplugged is fed by no order to another after a reload, which means that it is armed again', async () => {
    await board.close();
    const serials = serialLines(serial.host);
    const life: Life = { atRest: 'cut', unused: [3, 4], told: { 1: FED, 2: FED }, serials };
    const before = opened(life);
    await Promise.all(['1', '2'].map((name) => before.channel(name).set('fed', soon())));
    serial.unplug(DEVICE);
    serial.plug(DEVICE, relay);
    await eventually('it is open again', async () => (await before.channel('1').probe?.(soon()))?.ok === true);
    // As the owner does it: 50 and 51, then the reload.
    relay.armed = true;
    relay.heard.length = 0;
    relay.relays.moves = 0;
    const after = opened(life);
    await before.close();
    expect(detail(await after.channel('1').set('cut', AbortSignal.timeout(80)))).toContain('nobody knows how relay 2 stands');
    expect([relay.heard, relay.relays.moves]).toEqual([[], 0]);
    await Promise.all([after.channel('1').set('cut', soon()), after.channel('2').set('fed', soon())]);
    expect(coils()).toEqual([false, true, false, false]);
    // What was told since then is known over the next reload.
    const later = opened(life);
    await after.close();
    expect(await later.channel('1').set('fed', soon())).toEqual(DONE);
    expect(coils()).toEqual([true, true, false, false]);
  });

  it('a reload without an unplug leaves what was told known where the contacts rest open, too', async () => {
    await board.close();
    const serials = serialLines(serial.host);
    const life: Life = { atRest: 'cut', unused: [3, 4], told: { 1: FED, 2: FED }, serials };
    const before = opened(life);
    await Promise.all(['1', '2'].map((name) => before.channel(name).set('fed', soon())));
    const after = opened(life);
    await before.close();
    expect(await after.channel('1').set('cut', soon())).toEqual(DONE);
    expect(coils()).toEqual([false, true, false, false]);
  });

  it('an unplug changes nothing for a board with a supply of its own', async () => {
    await board.close();
    const own = opened({ ownSupply: true, told: { 2: CUT } });
    expect(await own.channel('1').set('cut', soon())).toEqual(DONE);
    serial.unplug(DEVICE);
    serial.plug(DEVICE, relay, { keepsPower: true });
    await eventually('it is open again', async () => (await own.channel('1').probe?.(soon()))?.ok === true);
    expect(await own.channel('3').set('cut', soon())).toEqual(DONE);
    expect(coils()).toEqual([true, true, true, false]);
  });
});

it.each([
  [{ channels: 4 }, /armed: true once the board is in mask mode/],
  [{ channels: 4, armed: false }, /armed: true/],
  [{ channels: 3, armed: true }, /./],
  [{ channels: 2, armed: true, unused: [3] }, /no such relay/],
  [{ channels: 2, armed: true, unused: [1, 2] }, /no relay is left/],
])('options %j are refused, with the reason', (options, words) => {
  const { error } = icstationOptions.safeParse({ device: DEVICE, ...options });
  expect(error?.issues[0]?.message).toMatch(words);
});

it('is warned of where its port is named after another adapter, for a wrong board cannot be found out by asking', () => {
  const cautions = (device: string): readonly string[] => icstation.cautions({ device, channels: 4, armed: true }, 'fed');
  expect(cautions('/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A1-if00-port0')).toEqual([
    expect.stringMatching(/usb-FTDI_FT232R_USB_UART_A1-if00-port0 is another adapter.*drill RIG --cut/),
  ]);
  for (const device of ['/dev/serial/by-id/usb-Prolific_Technology_Inc._USB-Serial_Controller-if00-port0', DEVICE, '/dev/ttyUSB0'])
    expect(cautions(device)).toEqual([]);
});
