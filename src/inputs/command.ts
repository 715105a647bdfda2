// A contact behind any program of the owner's: a Modbus input, a PLC, the alarm panel. Run by argv list, never through a shell.
import { z } from 'zod';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import { argvOption } from '../transports/argv-option.ts';
import { runChild } from '../transports/child.ts';
import { inputDriverKind } from './port.ts';

const options = z.strictObject({ read: argvOption('read').describe('argv of the program that prints closed or open') });

/** `closed` and a newline; a program that prints more than a screen is not answering the question. */
const READ_LIMIT = 4096;
const QUOTED = 40;

export const command = inputDriverKind({
  name: 'command',
  maturity: 'simulated',
  about: "Any contact behind the owner's own program, which prints closed or open; asked every 2 s.",
  options,
  open: ({ read }, { input }) => ({
    read: async (signal) => {
      const printed = await runChild({ argv: read, signal, limit: READ_LIMIT });
      return printed.ok ? stateIn(printed.value, read[0] ?? input) : printed;
    },
    close: async () => undefined,
  }),
});

function stateIn(text: string, program: string): Outcome<'closed' | 'open'> {
  const word = text.trim();
  if (word === 'closed' || word === 'open') return ok(word);
  return failed('garbled', `${program} printed ${JSON.stringify(word.slice(0, QUOTED))}; it must print closed or open`);
}
