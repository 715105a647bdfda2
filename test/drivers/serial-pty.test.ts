// Boards behind a real pty and the real package: what a memory cannot show of opening, unplugging, locks and bytes on their way.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../src/model/outcome.ts';
import { lcus } from '../../src/switches/lcus.ts';
import { modbusRelay } from '../../src/switches/modbus-relay.ts';
import type { Board } from '../../src/switches/port.ts';
import { serialLines } from '../../src/transports/serial-lines.ts';
import { closedAfterEach } from '../support/closed-after-each.ts';
import { eventually } from '../support/eventually.ts';
import { Relays } from '../support/serial/board.ts';
import { LcusBoard } from '../support/serial/lcus-board.ts';
import { ModbusBus } from '../support/serial/modbus-board.ts';
import { missingForPty, Pty } from '../support/serial/socat.ts';
import { switchKit } from '../support/switch-kit.ts';

const missing = await missingForPty();
if (missing !== undefined) console.warn(`boards behind a pty: ${missing}`);
const describeHere = missing === undefined ? describe : describe.skip;
const soon = (): AbortSignal => AbortSignal.timeout(5_000);

describeHere('a board LCUS behind a pty', () => {
  const track = closedAfterEach();
  let relay: LcusBoard;
  let pty: Pty;
  let board: Board;

  beforeEach(async () => {
    relay = new LcusBoard(2);
    pty = track(new Pty(relay));
    await pty.plug();
    board = track(lcus.open({ device: pty.device, channels: 2 }, switchKit()));
  });

  it('is moved by its frames and by nothing else', async () => {
    expect(await board.channel('1').probe?.(soon())).toMatchObject({ ok: true });
    expect(relay.orders).toEqual([]);
    expect(await board.channel('2').set('cut', soon())).toMatchObject({ ok: true });
    await eventually('both have arrived', () => relay.orders.length === 2);
    expect([relay.relays.coil(0), relay.relays.coil(1)]).toEqual([false, true]);
  });

  it('is noticed to be gone within a second, found again, and not moved by that', async () => {
    const contact = board.channel('1');
    await contact.probe?.(soon());
    let goneAtMs = Number.NaN;
    contact.onNews?.(() => {
      if (Number.isNaN(goneAtMs)) goneAtMs = performance.now();
    });
    const atMs = performance.now();
    await pty.unplug();
    await eventually('it is noticed', () => !Number.isNaN(goneAtMs));
    expect(goneAtMs - atMs).toBeLessThan(1_000);
    expect(await contact.set('cut', soon())).toMatchObject({ ok: false, fault: { code: 'unreachable' } });
    await pty.plug();
    await eventually('it is there again', async () => (await contact.probe?.(soon()))?.ok === true);
    expect(relay.orders).toEqual([]);
    expect(await contact.set('cut', soon())).toMatchObject({ ok: true });
    await eventually('it has moved', () => relay.relays.coil(0));
  });

  it('is refused to a second owner, who is told who has it', async () => {
    await board.channel('1').probe?.(soon());
    const other = track(lcus.open({ device: pty.device, channels: 2 }, switchKit({ serial: serialLines() })));
    const probed = (): Promise<Outcome<number>> | undefined => other.channel('1').probe?.(soon());
    expect(await probed()).toMatchObject({ ok: false, fault: { code: 'refused' } });
    await eventually('it is told', async () => {
      const outcome = await probed();
      return outcome?.ok === false && outcome.fault.detail.includes('in use by lastwatt itself');
    });
  });

  it('is handed from the boards of an old file to those of a new one without being closed', async () => {
    const kit = switchKit();
    await board.close();
    const old = track(lcus.open({ device: pty.device, channels: 2 }, kit));
    await old.channel('1').probe?.(soon());
    const next = track(lcus.open({ device: pty.device, channels: 1 }, kit));
    expect(await next.channel('1').probe?.(soon())).toMatchObject({ ok: true });
    await old.close();
    expect(await next.channel('1').set('cut', soon())).toMatchObject({ ok: true });
  });
});

describeHere('a Modbus bus behind a pty', () => {
  const track = closedAfterEach();
  let bus: ModbusBus;
  let pty: Pty;

  beforeEach(async () => {
    bus = new ModbusBus({ 1: new Relays(8), 2: new Relays(8) });
    pty = track(new Pty(bus));
    await pty.plug();
  });
  afterEach(() => {
    bus.manners.length = 0;
  });

  it('carries orders and readings of two boards', async () => {
    const kit = switchKit();
    const [one, two] = [1, 2].map((unit) => track(modbusRelay.open({ device: pty.device, unit }, kit)).channel('4'));
    expect(await one?.set('cut', soon())).toMatchObject({ ok: true });
    expect(await Promise.all([one?.read?.(soon()), two?.read?.(soon())])).toEqual([
      { ok: true, value: 'cut' },
      { ok: true, value: 'fed' },
    ]);
  });

  it('that is unplugged in the middle of a frame ends the question, and the next one is answered right', async () => {
    const contact = track(modbusRelay.open({ device: pty.device }, switchKit())).channel('1');
    await contact.read?.(soon());
    let unplugged: Promise<void> | undefined;
    bus.manners.push((answer, say) => {
      say(answer.subarray(0, 3));
      unplugged = pty.unplug();
    });
    // socat ends when it gets its turn: on a busy machine the rest of the frame has been given up before the pty hangs up.
    const noticed = { code: expect.stringMatching(/^(unreachable|garbled)$/) };
    expect(await contact.read?.(soon())).toMatchObject({ ok: false, fault: noticed });
    await unplugged;
    await pty.plug();
    await eventually('it is read again', async () => (await contact.read?.(soon()))?.ok === true);
  });
});
