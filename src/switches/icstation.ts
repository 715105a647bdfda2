// ICStation boards ICSE012A, 013A and 014A: not for new installations. In mask mode every byte that reaches the board is the state of
// all its relays at once; it tells nothing, and there is no way out but to cut its power.
import { z } from 'zod';
import { failed, type Outcome } from '../model/outcome.ts';
import type { SerialLine } from '../transports/serial-line.ts';
import type { SerialWire } from '../transports/serial-wire.ts';
import { icstationMask } from '../wire/icstation.ts';
import { type Board, boardOf, type Switch, type SwitchKit, switchDriverKind } from './port.ts';
import { AGAIN_AFTER_MS, type Contact, channelNames, coilFor, deviceOption, passed } from './serial/board.ts';

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
    'A board ICSE012A, 013A or 014A of ICStation. Take another for a new installation: after a start of lastwatt it moves a contact only once all have been asked for, and it cannot be read.',
  options: icstationOptions,
  bareAmperes: 8,
  channels: ({ channels, unused }) => used(channels, unused),
  canRead: () => false,
  way: ({ device }) => ({ device }),
  wiring: ({ device }, channel) => `${device} ${channel}`,
  open: ({ device, channels, unused }, kit) => {
    const line = kit.serial.claim(device, LINE);
    return new MaskBoard(line, kit, used(channels, unused)).board();
  },
});

function used(channels: Options['channels'], unused: Options['unused']): readonly string[] {
  return channelNames(channels).filter((name) => !unused.includes(Number(name)));
}

interface Wish {
  readonly coil: boolean;
}

/**
 * The rule that no contact moves by accident: a byte goes out only when the state of every relay with something behind it has been
 * asked for, by an order that has been sent since the port was opened or by one that waits now. After a start, a reload or an unplug
 * nothing is known, so the first order waits for orders to all the others, and fails where they do not come in its time. An order
 * that was given up counts no more. Nothing else is ever sent, and 50 and 51 least of all.
 */
class MaskBoard {
  readonly #line: SerialLine;
  readonly #kit: SwitchKit;
  readonly #channels: readonly number[];
  /** what was sent, while `#wire` was open */
  readonly #known = new Map<number, boolean>();
  /** orders that wait, by channel; the last one counts */
  readonly #wishes = new Map<number, Wish>();
  #wire: SerialWire | undefined;
  /** the port was opened more than once: the board may have been without power, and is not armed then */
  #reopened = false;
  #rouse: (() => void)[] = [];

  constructor(line: SerialLine, kit: SwitchKit, names: readonly string[]) {
    this.#line = line;
    this.#kit = kit;
    this.#channels = names.map(Number);
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
        if (sent.ok) for (const [other, coil] of coils) this.#known.set(other, coil);
        return sent;
      },
    });
  }

  #meet(wire: SerialWire): void {
    if (this.#wire === wire) return;
    this.#reopened = this.#wire !== undefined;
    this.#wire = wire;
    this.#known.clear();
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
    return `nobody knows how relay ${others} stands since the port was opened, and each order sets them all: it waits for orders to them, too (unused: for those with nothing behind them)`;
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
