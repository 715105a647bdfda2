// What a switch driver must do: a relay, a PDU outlet, a smart plug. One family a file.
import type { z } from 'zod';
import type { Outcome } from '../model/outcome.ts';
import type { AddressBook } from '../transports/address-book.ts';
import type { SerialLines } from '../transports/serial-lines.ts';

/** What its rigs are while its coil has no current is the driver's business, not ours: we say fed or cut. */
export interface Switch {
  /** Settles before `signal` aborts or at once after; never rejects. Asked twice it does no harm. */
  set(want: 'fed' | 'cut', signal: AbortSignal): Promise<Outcome>;
  readonly read?: (signal: AbortSignal) => Promise<Outcome<'fed' | 'cut'>>;
  /**
   * Of a contact that cannot be read: whether its board is there, and how often it has come back since it was opened. Moves
   * nothing; settles as `set` does.
   */
  readonly probe?: (signal: AbortSignal) => Promise<Outcome<number>>;
  /** For the check: whether an order would be taken, as far as that can be told beforehand. Moves nothing; settles as `set` does. */
  readonly maySet?: (signal: AbortSignal) => Promise<Outcome>;
  /** `tell` is called whenever a look would show something new: unplugged, plugged in, moved by another. May call back at once. */
  readonly onNews?: (tell: () => void) => void;
}

/** A board holds channels; a single contact is a board with the one channel ''. */
export interface Board {
  /** Claims no line before the first call to `set` of a channel. */
  channel(name: string): Switch;
  /** Lets go of the hardware and leaves every contact as it is. */
  close(): Promise<void>;
}

/** What a contact was last told, as the journal has it. */
export interface LastOrder {
  readonly want: 'fed' | 'cut';
  /** its driver said that it was done */
  readonly done: boolean;
  /** since this machine was started: no relay has fallen meanwhile but by the end of its own supply */
  readonly thisBoot: boolean;
  /** its board was unplugged since: a relay that lives on this machine's power has fallen */
  readonly boardLost?: true;
}

export interface SwitchKit {
  readonly board: string;
  readonly atRest: 'fed' | 'cut';
  /** monotonic ms */
  readonly nowMs: () => number;
  readonly addresses: AddressBook;
  /** by their file as the options name it; one that could not be read is absent, and its owner was told */
  readonly secrets: ReadonlyMap<string, string>;
  /** PEM of the file of `tls.ca`; absent: none was named or read, and then nobody is trusted */
  readonly certificates?: string | undefined;
  /** of a channel; undefined: it was never moved by us, or another contact had its name then. For boards that tell nothing themselves. */
  readonly lastOrder?: ((channel: string) => LastOrder | undefined) | undefined;
  /** whoever names the same device shares its line; what is claimed is let go by the board's `close` */
  readonly serial: SerialLines;
}

/** What lies between here and a board. */
export interface SwitchWay {
  /** address or name; names are looked up in calm */
  readonly host?: string | undefined;
  /** a serial device: one board's alone, but for a bus whose boards all name the same `bus` settings, such as 9600 8N1 */
  readonly device?: string | undefined;
  readonly bus?: string | undefined;
  /** files whose content is secret, as the options name them */
  readonly secretFiles?: readonly string[] | undefined;
  /** the file of `tls.ca`, as the options name it: who may be there at the other end */
  readonly certificateFile?: string | undefined;
  /** of a way that could be encrypted and is not: what somebody on that network can do */
  readonly inClear?: string | undefined;
}

export interface SwitchDriverSpec<O> {
  readonly name: string;
  readonly maturity: 'simulated' | 'bench' | 'field';
  readonly about: string;
  readonly options: z.ZodType<O>;
  /** the channels such options give; [''] for a single contact */
  readonly channels: (options: O) => readonly string[];
  readonly canRead: (options: O) => boolean;
  /** absent: there is nothing between that anybody else must know of */
  readonly way?: (options: O) => SwitchWay;
  /** A its contacts take where they carry the rigs themselves, without a contactor; absent: they are made for a rig, or nobody knows */
  readonly bareAmperes?: number;
  /** Its contacts stay as they are when this machine dies, for it lives on its own: `atRest` says nothing of them. Default false. */
  readonly holds?: boolean;
  /** The same by its options: its board is not fed by this machine. `atRest` then says how its contacts are wired, and no more. Default never. */
  readonly hasOwnSupply?: (options: O) => boolean;
  /** what decides which contact this is and which way it moves, in words that show no secret; another contact has others */
  readonly wiring: (options: O, channel: string) => string;
  /** what an owner should know of contacts wired so, in sentences with what to do; absent: nothing */
  readonly cautions?: (options: O, atRest: 'fed' | 'cut') => readonly string[];
  readonly open: (options: O, kit: SwitchKit) => Board;
}

/** Takes options as they stand in the file. */
export type SwitchDriverKind = SwitchDriverSpec<unknown> & {
  readonly way: (options: unknown) => SwitchWay;
  readonly hasOwnSupply: (options: unknown) => boolean;
  readonly cautions: (options: unknown, atRest: 'fed' | 'cut') => readonly string[];
};

/** Closes over the option type, so that the registry's list needs no `any`. */
export function switchDriverKind<O>(spec: SwitchDriverSpec<O>): SwitchDriverKind {
  return {
    ...spec,
    channels: (raw) => spec.channels(spec.options.parse(raw)),
    way: (raw) => spec.way?.(spec.options.parse(raw)) ?? {},
    hasOwnSupply: (raw) => spec.hasOwnSupply?.(spec.options.parse(raw)) ?? false,
    canRead: (raw) => spec.canRead(spec.options.parse(raw)),
    cautions: (raw, atRest) => spec.cautions?.(spec.options.parse(raw), atRest) ?? [],
    wiring: (raw, channel) => spec.wiring(spec.options.parse(raw), channel),
    open: (raw, kit) => spec.open(spec.options.parse(raw), kit),
  };
}

/** A board of these contacts, by channel. */
export function boardOf(name: string, contacts: ReadonlyMap<string, Switch>, close: () => Promise<void>): Board {
  return {
    channel: (channel) => {
      const contact = contacts.get(channel);
      if (contact === undefined) throw new Error(`switch board ${name} has no channel "${channel}"`);
      return contact;
    },
    close,
  };
}
