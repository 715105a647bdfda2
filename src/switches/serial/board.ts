// What the boards on a serial device have in common: how the device is named, how channels are named, and what a channel does
// while its coil has current.
import { z } from 'zod';
import { DONE, failed, type Outcome, ok } from '../../model/outcome.ts';
import { orAborted } from '../../transports/or-aborted.ts';
import type { SerialLine } from '../../transports/serial-line.ts';
import type { SerialWire } from '../../transports/serial-wire.ts';
import { type Board, boardOf, type Switch, type SwitchKit } from '../port.ts';

export type Contact = 'fed' | 'cut';

export const deviceOption = z
  .string()
  .regex(/^\/[^\0]+$/, 'a device is a path, such as /dev/serial/by-id/usb-1a86_USB_Serial-if00-port0')
  .describe('path of the serial device: /dev/serial/by-id/…, or /dev/serial/by-path/… where the adapter has no number of its own (CH340)');

/** The option `ownSupply`: whose end takes the board's supply away. */
export function ownSupplyOption(usual: boolean): z.ZodDefault<z.ZodBoolean> {
  return z
    .boolean()
    .default(usual)
    .describe(
      'the board has a supply of its own, on the UPS, and not that of this machine: when this machine dies its contacts stay as they are, whatever atRest says',
    );
}

/** The chip that joins a board to USB, and how a path in /dev/serial/by-id begins where it is that one. */
export interface Adapter {
  readonly chip: string;
  readonly paths: RegExp;
}

/** Of a board that tells nothing: no question finds out a wrong one on its port, so the name of the adapter is all there is. */
export function otherAdapter(device: string, { chip, paths }: Adapter): readonly string[] {
  const name = /\/serial\/by-id\/(usb-.+)/.exec(device)?.[1];
  if (name === undefined || paths.test(name)) return [];
  return [
    `such a board has a ${chip}, and ${name} is another adapter. It tells nothing, so a wrong board on the port shows on its rigs alone: look whether it is this one, then: lastwatt drill RIG --cut`,
  ];
}

/** '1', '2' … as they are printed on most boards; '0' on some. */
export function channelNames(count: number, first = 1): readonly string[] {
  return Array.from({ length: count }, (_, place) => String(place + first));
}

/** Whether its coil has current while its rigs are so. */
export function coilFor(want: Contact, atRest: Contact): boolean {
  return want !== atRest;
}

/** What its rigs are while its coil is so. */
export function meaningOf(coil: boolean, atRest: Contact): Contact {
  if (!coil) return atRest;
  return atRest === 'fed' ? 'cut' : 'fed';
}

/** Whether what was done shows. `who` names the contact. */
export function shows(found: Outcome<Contact>, want: Contact, who: string): Outcome {
  if (!found.ok) return found;
  if (found.value === want) return DONE;
  return failed('refused', `${who} still reads ${found.value} after it was told ${want}: look at the board's own supply`);
}

/**
 * One look at a whole board at a time, shared by all who ask before it has begun; so at most one of each board waits on its line.
 * A look that has begun is shared with nobody: the contact may have been moved since.
 */
export function sharedLook<T>(take: (begun: () => void) => Promise<Outcome<T>>): () => Promise<Outcome<T>> {
  let waiting: Promise<Outcome<T>> | undefined;
  return () => {
    if (waiting !== undefined) return waiting;
    const look: Promise<Outcome<T>> = take(() => {
      if (waiting === look) waiting = undefined;
    }).finally(() => {
      if (waiting === look) waiting = undefined;
    });
    waiting = look;
    return look;
  };
}

/** The contact among those of a board. */
export function oneOf(all: Outcome<readonly Contact[]>, place: number, who: string): Outcome<Contact> {
  if (!all.ok) return all;
  const found = all.value[place];
  return found === undefined ? failed('garbled', `${who} is not among the ${all.value.length} that the board tells of`) : ok(found);
}

/** From an order to a board that tells nothing to its repetition (hardware.md 2.2). */
export const AGAIN_AFTER_MS = 50;

/** Beside the line, on which the orders of other channels go out meanwhile. */
export function passed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}

/** A look that several wait for ends by itself, whoever of them has given up. */
export const LOOK_MS = 4_000;

/** A board that has a line of its own and shows what it did. */
export interface ReadBack {
  readonly kit: SwitchKit;
  readonly line: SerialLine;
  /** as they are printed on it, in the order of `look` */
  readonly names: readonly string[];
  /** Gives the order to the contact at that place. */
  readonly tell: (place: number, coil: boolean, own: Turn) => Promise<Outcome>;
  /** Whether each coil has current. */
  readonly look: (own: Turn) => Promise<Outcome<readonly boolean[]>>;
}

export interface Turn {
  readonly wire: SerialWire;
  readonly signal: AbortSignal;
}

/**
 * Orders count when the board shows them. A look under way is broken off by an order: nobody else is on the line to be confused,
 * and what is left of its answer is flushed.
 */
export function readBackBoard({ kit, line, names, tell, look }: ReadBack): Board {
  const lookAtAll = sharedLook((begun) =>
    line.run({
      signal: AbortSignal.timeout(LOOK_MS),
      urgent: false,
      work: (wire, signal) => {
        begun();
        return look({ wire, signal });
      },
    }),
  );
  const contactAt = (place: number, who: string): Switch => {
    const contactOf = (coils: Outcome<readonly boolean[]>): Outcome<Contact> =>
      oneOf(coils.ok ? ok(coils.value.map((coil) => meaningOf(coil, kit.atRest))) : coils, place, who);
    const told = async (want: Contact, own: Turn): Promise<Outcome> => {
      const given = await tell(place, coilFor(want, kit.atRest), own);
      return given.ok ? shows(contactOf(await look(own)), want, who) : given;
    };
    return {
      set: (want, signal) =>
        line.run({
          signal,
          urgent: true,
          first: want === 'cut',
          work: async (wire, own) => {
            const once = await told(want, { wire, signal: own });
            // Noise is likeliest in the moment in which contactors move; an order repeated does no harm.
            return once.ok || once.fault.code !== 'garbled' ? once : told(want, { wire, signal: own });
          },
        }),
      read: async (signal) => contactOf(await orAborted(lookAtAll(), signal, tooLate(who))),
      onNews: (tellNews) => line.onNews(tellNews),
    };
  };
  return boardOf(kit.board, new Map(names.map((name, place) => [name, contactAt(place, `${kit.board}:${name}`)])), () => line.close());
}

interface Question<T> {
  readonly bytes: Uint8Array;
  readonly read: (bytes: Uint8Array) => Outcome<T> | undefined;
  readonly withinMs: number;
  readonly who: string;
  /** its answer does not say to what: one that is still owed to an earlier question is waited out first */
  readonly anonymous?: boolean;
}

/** Says something to the board and hears the answer to it, with nothing that came before. */
export async function asked<T>(
  { wire, signal }: Turn,
  { bytes, read, withinMs, who, anonymous = false }: Question<T>,
): Promise<Outcome<T>> {
  if (anonymous) await answerOwed(wire, withinMs, signal);
  const flushed = await wire.flush();
  if (!flushed.ok) return flushed;
  const sent = await wire.send(bytes, signal);
  if (!sent.ok) return sent;
  wire.quietUntilMs = performance.now() + 2 * withinMs;
  const heard = await wire.hear({ read, withinMs, signal, late: (came) => unanswered(who, came) });
  if (heard.ok) wire.quietUntilMs = 0;
  return heard.ok || heard.fault.code !== 'garbled' ? heard : failed('garbled', `${who}: ${heard.fault.detail}`);
}

/** So long nothing more came: the answer is over. */
const SILENCE_MS = 20;
const OWED_LOOK_MS = 5;

/** Waits until the answer to the question before has come, or never will: whoever gave that one up would leave it to the next to hear. */
async function answerOwed(wire: SerialWire, withinMs: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    const nowMs = performance.now();
    const askedAtMs = wire.quietUntilMs - 2 * withinMs;
    const isOver = wire.heardAtMs > askedAtMs && nowMs - wire.heardAtMs >= SILENCE_MS;
    if (isOver || nowMs >= wire.quietUntilMs || signal.aborted || wire.lost !== undefined) return;
    await wire.rest(OWED_LOOK_MS, signal);
  }
}

function unanswered(who: string, came: Uint8Array): Outcome<never> {
  if (came.length > 0)
    return failed('garbled', `${who}: half an answer came (${came.length} bytes); is it this board, and at this baud rate?`);
  return failed('timeout', `${who} does not answer: look at its supply, and whether it is this board that hangs on the port`);
}

/** For a reader whose time was over before the board's turn. */
export function tooLate(who: string): Outcome<never> {
  return failed('timeout', `${who} was not read in time: its board does not answer, or its line is busy`);
}
