// What the boards on a serial device have in common: how the device is named, how channels are named, and what a channel does
// while its coil has current.
import { z } from 'zod';
import { DONE, failed, type Outcome, ok } from '../../model/outcome.ts';
import type { SerialLine } from '../../transports/serial-line.ts';
import type { Board, Switch } from '../port.ts';

export type Contact = 'fed' | 'cut';

export const deviceOption = z
  .string()
  .regex(/^\/[^\0]+$/, 'a device is a path, such as /dev/serial/by-id/usb-1a86_USB_Serial-if00-port0')
  .describe('path of the serial device: /dev/serial/by-id/…, or /dev/serial/by-path/… where the adapter has no number of its own (CH340)');

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

/** A board whose channels are these; closing it lets go of the line and moves nothing. */
export function boardOf(name: string, line: SerialLine, contacts: ReadonlyMap<string, Switch>): Board {
  return {
    channel: (channel) => {
      const contact = contacts.get(channel);
      if (contact === undefined) throw new Error(`switch board ${name} has no channel "${channel}"`);
      return contact;
    },
    close: () => line.close(),
  };
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

/** For a reader whose time was over before the board's turn. */
export function tooLate(who: string): Outcome<never> {
  return failed('timeout', `${who} was not read in time: its board does not answer, or its line is busy`);
}
