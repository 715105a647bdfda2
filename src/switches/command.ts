// A switch behind any program of the owner's: vendor tools, PDUs, plugs. Run by argv list, never through a shell.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import { argvOption } from '../transports/argv-option.ts';
import { runChild } from '../transports/child.ts';
import { switchDriverKind } from './port.ts';

const argv = argvOption('cut');

export const commandOptions = z.strictObject({
  cut: argv.describe('argv of the program that opens the contact; exit code 0: done'),
  feed: argv.describe('argv of the program that closes the contact; exit code 0: done'),
  read: argv.optional().describe('argv of the program that prints fed or cut'),
});

/** `fed` and a newline; a program that prints more than a screen is not answering the question. */
const READ_LIMIT = 4096;
const QUOTED = 40;

export const command = switchDriverKind({
  name: 'command',
  maturity: 'simulated',
  about: "Any switch behind the owner's own programs: one to cut, one to feed, one to read.",
  options: commandOptions,
  channels: () => [''],
  canRead: (options) => options.read !== undefined,
  // What reads it moves nothing. Of arguments, which may be secrets, only a seal.
  wiring: ({ cut, feed }) => `${cut[0]} #${createHash('sha256').update(JSON.stringify({ cut, feed })).digest('hex').slice(0, 12)}`,
  open: (options, kit) => {
    const { read } = options;
    const contact = {
      set: async (want: 'fed' | 'cut', signal: AbortSignal): Promise<Outcome> => {
        const ended = await runChild({ argv: want === 'cut' ? options.cut : options.feed, signal });
        return ended.ok ? DONE : ended;
      },
      ...(read !== undefined && { read: (signal: AbortSignal) => readState(read, signal) }),
    };
    return {
      channel: (name) => {
        if (name !== '') throw new Error(`switch ${kit.board} is a single contact and has no channel "${name}"`);
        return contact;
      },
      close: async () => undefined,
    };
  },
});

async function readState(argv: readonly string[], signal: AbortSignal): Promise<Outcome<'fed' | 'cut'>> {
  const printed = await runChild({ argv, signal, limit: READ_LIMIT });
  return printed.ok ? stateIn(printed.value, argv[0] ?? '') : printed;
}

/** What the program printed, whatever that is. */
export function stateIn(text: string, program: string): Outcome<'fed' | 'cut'> {
  const word = text.trim();
  if (word === 'fed' || word === 'cut') return ok(word);
  return failed('garbled', `${program} printed ${JSON.stringify(word.slice(0, QUOTED))}; it must print fed or cut`);
}
