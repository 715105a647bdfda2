// What a switch driver must do: a relay, a PDU outlet, a smart plug. One family a file.
import type { z } from 'zod';
import type { SwitchId } from '../model/id.ts';
import type { Outcome } from '../model/outcome.ts';

/** What its rigs are while its coil has no current is the driver's business, not ours: we say fed or cut. */
export interface Switch {
  /** Settles before `signal` aborts or at once after; never rejects. Asked twice it does no harm. */
  set(want: 'fed' | 'cut', signal: AbortSignal): Promise<Outcome>;
  readonly read?: (signal: AbortSignal) => Promise<Outcome<'fed' | 'cut'>>;
}

/** A board holds channels; a single contact is a board with the one channel ''. */
export interface Board {
  /** Claims no line before the first call to `set` of a channel. */
  channel(name: string): Switch;
  /** Lets go of the hardware and leaves every contact as it is. */
  close(): Promise<void>;
}

export interface SwitchKit {
  readonly board: string;
  readonly atRest: 'fed' | 'cut';
}

export interface SwitchDriverSpec<O> {
  readonly name: string;
  readonly maturity: 'simulated' | 'bench' | 'field';
  readonly about: string;
  readonly options: z.ZodType<O>;
  /** the channels such options give; [''] for a single contact */
  readonly channels: (options: O) => readonly string[];
  readonly canRead: (options: O) => boolean;
  /** what decides which contact this is and which way it moves, in words that show no secret; another contact has others */
  readonly wiring: (options: O, channel: string) => string;
  readonly open: (options: O, kit: SwitchKit) => Board;
}

/** Takes options as they stand in the file. */
export type SwitchDriverKind = SwitchDriverSpec<unknown>;

/** Closes over the option type, so that the registry's list needs no `any`. */
export function switchDriverKind<O>(spec: SwitchDriverSpec<O>): SwitchDriverKind {
  return {
    ...spec,
    channels: (raw) => spec.channels(spec.options.parse(raw)),
    canRead: (raw) => spec.canRead(spec.options.parse(raw)),
    wiring: (raw, channel) => spec.wiring(spec.options.parse(raw), channel),
    open: (raw, kit) => spec.open(spec.options.parse(raw), kit),
  };
}

/** `box:1` belongs to board `box`, channel `1`; `k2` is board `k2`, channel ''. */
export function splitSwitchId(id: SwitchId): { readonly board: string; readonly channel: string } {
  const colon = id.indexOf(':');
  return colon < 0 ? { board: id, channel: '' } : { board: id.slice(0, colon), channel: id.slice(colon + 1) };
}
