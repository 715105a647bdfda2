// What a rig driver must do, and how one family registers itself. One family a file.
import type { z } from 'zod';
import type { RigId } from '../model/id.ts';
import { known } from '../model/known.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Can, RigReading } from '../model/rig.ts';
import type { AddressBook } from '../transports/address-book.ts';
import type { tcpDevice } from '../transports/tcp-device.ts';

/** Every method settles before `signal` aborts or at once after, and never rejects. What a family cannot do is absent. */
export interface RigDriver {
  /**
   * `brief`: an order waits for it. It goes ahead of a reading under way, and what nothing is decided by is not asked for where it would take
   * questions of its own.
   */
  readonly read?: (signal: AbortSignal, brief?: 'brief') => Promise<Outcome<RigReading>>;
  /** Stop hashing, stay lit. Asked twice it does no harm. An `ok` is the rig's word, not proof. */
  readonly pause?: (signal: AbortSignal) => Promise<Outcome>;
  /** Hash again; `mode` is what a reading gave before the pause, where the family forgets it. */
  readonly resume?: (mode: string | undefined, signal: AbortSignal) => Promise<Outcome>;
  /** Shut the operating system down. */
  readonly halt?: (signal: AbortSignal) => Promise<Outcome>;
  /**
   * W at the wall; `undefined`: as before any limit. `was`: what a reading gave as `limit` before the first of them, by whichever process;
   * absent: none is known but what this driver remembers itself. Refused where the firmware takes no such figure.
   */
  readonly limitWatts?: (watts: number | undefined, was: string | undefined, signal: AbortSignal) => Promise<Outcome>;
  /** Start its operating system anew. */
  readonly reboot?: (signal: AbortSignal) => Promise<Outcome>;
  /** Blink, so that a person finds it among many. */
  readonly locate?: (on: boolean, signal: AbortSignal) => Promise<Outcome>;
  /** Whether it would take an order from this machine: asks, and changes nothing; `not-asked`: that tells it only to an order. For `check`, in calm. */
  readonly mayOrder?: (signal: AbortSignal) => Promise<Outcome>;
  /** `tell` is called when the next reading is worth asking for now; must be quick, and not throw. */
  readonly onNews?: (tell: () => void) => void;
  close(): Promise<void>;
}

/** How proven a driver is. simulated: against our own fake only; bench: a real machine on a bench; field: months in a farm. */
export type Maturity = 'simulated' | 'bench' | 'field';

export interface RigKit {
  readonly rig: RigId;
  /** monotonic ms */
  readonly nowMs: () => number;
  readonly addresses: AddressBook;
  /** by the name of its file; one that could not be read is missing */
  readonly secrets: ReadonlyMap<string, string>;
  /** how a device on TCP is reached; a socket where absent */
  readonly tcp?: typeof tcpDevice;
}

/** What a rig of this family is, where its owner does not say. */
export interface RigDefaults {
  readonly pausedWatts: number;
  readonly graceSeconds: number;
  readonly coolDownSeconds: number;
  readonly resumeMinutes: number;
  readonly restartMinutes: number;
  /** whether a pause outlives a power cut; absent: not known */
  readonly pausePersists?: boolean;
  /** seconds that `pause` itself may take to answer */
  readonly answerSeconds: number;
}

export interface RigDriverSpec<O> {
  readonly name: string;
  readonly maturity: Maturity;
  /** one sentence for the reference page */
  readonly about: string;
  readonly options: z.ZodType<O>;
  readonly defaults: RigDefaults;
  readonly can: Can;
  /** names of the files with its passwords, as `secrets` of the kit wants them read; absent: it has none */
  readonly secretFiles?: (options: O) => readonly string[];
  readonly open: (options: O, kit: RigKit) => RigDriver;
}

/** Takes options as they stand in the file. */
export type RigDriverKind = RigDriverSpec<unknown>;

/** Closes over the option type, so that the registry's list needs no `any`. */
export function rigDriverKind<O>(spec: RigDriverSpec<O>): RigDriverKind {
  const { secretFiles, ...rest } = spec;
  return {
    ...rest,
    ...(secretFiles !== undefined && { secretFiles: (raw: unknown) => secretFiles(spec.options.parse(raw)) }),
    open: (raw, kit) => spec.open(spec.options.parse(raw), kit),
  };
}

type Always = Pick<RigReading, 'rig' | 'takenAtMs' | 'state'>;

/** A reading without the members that are not known. */
export function rigReading(
  always: Always,
  rest: { readonly [K in keyof Omit<RigReading, keyof Always>]?: RigReading[K] | undefined },
): RigReading {
  return { ...always, ...known<Omit<RigReading, keyof Always>>(rest) };
}
