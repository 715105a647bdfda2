// ICStation boards ICSE012A, 013A and 014A: not for new installations. In mask mode every byte that reaches the board is the state of
// all its relays at once; it tells nothing, and there is no way out but to cut its power.
import { z } from 'zod';
import { failed, type Outcome } from '../model/outcome.ts';
import type { SerialLine } from '../transports/serial-line.ts';
import type { SerialWire } from '../transports/serial-wire.ts';
import { icstationMask } from '../wire/icstation.ts';
import { type Board, boardOf, type LastOrder, type Switch, type SwitchKit, switchDriverKind } from './port.ts';
import {
  AGAIN_AFTER_MS,
  type Contact,
  channelNames,
  coilFor,
  deviceOption,
  otherAdapter,
  ownSupplyOption,
  passed,
} from './serial/board.ts';

export const icstationOptions = z
  .strictObject({
    device: deviceOption,
    armed: z
      .literal(
        true,
        'say armed: true once the board is in mask mode: after each power-on it wants the bytes 50 and, when it has answered, 51. lastwatt never sends them: a board in mask mode takes them for a state of its relays',
      )
      .describe('it is in mask mode whenever lastwatt runs; whoever gives it power sends it 50 and 51 (hexadecimal) first'),
    channels: z.literal([2, 4, 8]).describe('relays on the board'),
    ownSupply: ownSupplyOption(false),
    unused: z.array(z.int().min(1).max(8)).default([]).describe('relays with nothing behind them: let go by every order'),
  })
  .refine(({ channels, unused }) => unused.every((one) => one <= channels), {
    message: 'the board has no such relay',
    path: ['unused'],
  })
  .refine(({ channels, unused }) => new Set(unused).size < channels, { message: 'no relay is left', path: ['unused'] });

type Options = z.infer<typeof icstationOptions>;

/** 9600 8N1 on every such board. */
const LINE = { baudRate: 9_600, parity: 'none' } as const;

export const icstation = switchDriverKind({
  name: 'icstation',
  maturity: 'simulated',
  about:
    'A board ICSE012A, 013A or 014A of ICStation. Take another for a new installation: each order sets all its contacts, those that were not meant to what they were told last, and it cannot be read.',
  options: icstationOptions,
  bareAmperes: 8,
  channels: ({ channels, unused }) => used(channels, unused),
  hasOwnSupply: ({ ownSupply }) => ownSupply,
  canRead: () => false,
  way: ({ device }) => ({ device }),
  wiring: ({ device }, channel) => `${device} ${channel}`,
  cautions: ({ device }) => otherAdapter(device, { chip: 'PL2303 (usb-Prolific_…)', paths: /^usb-(Prolific|067b)/i }),
  open: ({ device, channels, unused, ownSupply }, kit) => {
    const line = kit.serial.claim(device, LINE);
    return new MaskBoard({ line, kit, names: used(channels, unused), ownSupply }).board();
  },
});

function used(channels: Options['channels'], unused: Options['unused']): readonly string[] {
  return channelNames(channels).filter((name) => !unused.includes(Number(name)));
}

/**
 * How a contact stands after a restart, by the last that it was told. One that was never moved is at rest where that is fed: where it
 * is cut, and rigs are up, somebody else has moved it. One that was to be cut is cut, also where the board has been without power since
 * and let it go: so it is wanted. Undefined: it may have been let go, and nobody would be fed by accident.
 */
function remembered(last: LastOrder | undefined, atRest: Contact): Contact | undefined {
  if (last === undefined) return atRest === 'fed' ? 'fed' : undefined;
  if (last.want === 'cut') return 'cut';
  // It was to be fed, and is not known to have been.
  if (last.thisBoot && !last.done) return 'cut';
  return atRest === 'fed' || (last.thisBoot && !last.boardLost) ? 'fed' : undefined;
}

/** Coils as they were sent while a line stood open, to a board that is armed by its owner's word: known over a reload, not over an unplug. */
const SENT = new WeakMap<SerialWire, Map<number, boolean>>();

interface MaskKit {
  readonly line: SerialLine;
  readonly kit: SwitchKit;
  readonly names: readonly string[];
  readonly ownSupply: boolean;
}

interface Wish {
  readonly coil: boolean;
}

/**
 * The rule that no contact moves by accident: a byte goes out only when it is known how every relay with something behind it stands: by
 * an order that was sent since the port was opened, by one that waits now, or by the last order before that, of which the journal tells.
 * Where none of them tells, the order waits for orders to those that are missing, and fails where they do not come in its time. An
 * order that was given up counts no more. Nothing else is ever sent, and 50 and 51 least of all.
 */
class MaskBoard {
  readonly #line: SerialLine;
  readonly #kit: SwitchKit;
  readonly #channels: readonly number[];
  /** what was sent, while `#wire` was open, or before it was opened first */
  readonly #known = new Map<number, boolean>();
  /** orders that wait, by channel; the last one counts */
  readonly #wishes = new Map<number, Wish>();
  #wire: SerialWire | undefined;
  readonly #ownSupply: boolean;
  /** the port was opened more than once: the board may have been without power, and is not armed then */
  #reopened = false;
  #rouse: (() => void)[] = [];

  constructor({ line, kit, names, ownSupply }: MaskKit) {
    this.#line = line;
    this.#kit = kit;
    this.#channels = names.map(Number);
    this.#ownSupply = ownSupply;
    for (const channel of this.#channels) {
      const stands = remembered(kit.lastOrder?.(String(channel)), kit.atRest);
      if (stands !== undefined) this.#known.set(channel, coilFor(stands, kit.atRest));
    }
  }

  board(): Board {
    const contacts = this.#channels.map((channel): [string, Switch] => [
      String(channel),
      {
        set: (want, signal) => this.#set(channel, want, signal),
        probe: (signal) => this.#line.ready(signal),
        onNews: (tell) => this.#line.onNews(tell),
      },
    ]);
    return boardOf(this.#kit.board, new Map(contacts), () => this.#line.close());
  }

  async #set(channel: number, want: Contact, signal: AbortSignal): Promise<Outcome> {
    if (signal.aborted) return this.#noTime(channel);
    const wish = { coil: coilFor(want, this.#kit.atRest) };
    this.#wishes.set(channel, wish);
    for (const rouse of this.#rouse.splice(0)) rouse();
    try {
      const sent = await this.#sendWhenComplete({ channel, wish, cuts: want === 'cut', signal });
      if (!sent.ok) return sent;
      await passed(AGAIN_AFTER_MS, signal);
      const again = signal.aborted ? this.#noTime(channel) : await this.#send({ channel, wish, cuts: want === 'cut', signal });
      return again.ok && this.#reopened ? this.#doubtful(channel) : again;
    } finally {
      if (this.#wishes.get(channel) === wish) this.#wishes.delete(channel);
    }
  }

  async #sendWhenComplete(order: Order): Promise<Outcome> {
    for (;;) {
      await this.#complete(order.signal);
      if (order.signal.aborted) return this.#missing().length > 0 ? this.#unknown(order.channel) : this.#noTime(order.channel);
      const sent = await this.#send(order);
      // The port was opened anew meanwhile, and what was known is known no more.
      if (sent.ok || sent.fault.code !== 'not-asked' || this.#wishes.get(order.channel) !== order.wish) return sent;
    }
  }

  #send({ channel, wish, cuts, signal }: Order): Promise<Outcome> {
    return this.#line.run({
      signal,
      urgent: true,
      first: cuts,
      work: async (wire, own) => {
        this.#meet(wire);
        if (this.#wishes.get(channel) !== wish) return failed('not-asked', `${this.#nameOf(channel)} was told otherwise meanwhile`);
        if (this.#missing().length > 0) return failed('not-asked', this.#sayMissing());
        const coils = new Map(this.#known);
        for (const [other, { coil }] of this.#wishes) coils.set(other, coil);
        const sent = await wire.send(icstationMask(coils), own);
        if (sent.ok) this.#note(coils, wire);
        return sent;
      },
    });
  }

  #note(coils: ReadonlyMap<number, boolean>, wire: SerialWire): void {
    for (const [channel, coil] of coils) this.#known.set(channel, coil);
    if (!this.#reopened) SENT.set(wire, new Map(this.#known));
  }

  #meet(wire: SerialWire): void {
    if (this.#wire === wire) return;
    const isFirst = this.#wire === undefined;
    this.#wire = wire;
    // With a supply of its own nothing has become of it.
    if (this.#ownSupply) return;
    if (isFirst) return this.#recallOver(wire);
    this.#reopened = true;
    this.#known.clear();
  }

  /** Unplugged before a reload: a relay that was fed by its coil has fallen, if it was not told so since. What is cut by its coil is wanted so. */
  #recallOver(wire: SerialWire): void {
    if (wire.returns === 0 || this.#kit.atRest === 'fed') return;
    const sent = SENT.get(wire);
    for (const [channel, coil] of this.#known) if (coil && !sent?.get(channel)) this.#known.delete(channel);
  }

  #missing(): readonly number[] {
    return this.#channels.filter((channel) => !this.#known.has(channel) && !this.#wishes.has(channel));
  }

  /** Resolves when nothing is missing, or with the signal. */
  async #complete(signal: AbortSignal): Promise<void> {
    while (this.#missing().length > 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#rouse.push(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  #unknown(channel: number): Outcome {
    return failed('refused', `${this.#nameOf(channel)} was not moved: ${this.#sayMissing()}`);
  }

  #sayMissing(): string {
    const others = this.#missing().join(', ');
    return `nobody knows how relay ${others} stands, and each order sets them all: it waits for orders to them, too (unused: for those with nothing behind them)`;
  }

  #doubtful(channel: number): Outcome {
    return failed(
      'refused',
      `${this.#nameOf(channel)} was told, but its board was unplugged since lastwatt started and may hear nothing: arm it again (50, 51), then reload`,
    );
  }

  #noTime(channel: number): Outcome {
    return failed('timeout', `${this.#nameOf(channel)} was not told, or not twice: no time left`);
  }

  #nameOf(channel: number): string {
    return `${this.#kit.board}:${channel}`;
  }
}

interface Order {
  readonly channel: number;
  readonly wish: Wish;
  readonly cuts: boolean;
  readonly signal: AbortSignal;
}
