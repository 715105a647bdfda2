// The option of every driver that runs a program of the owner's: an argv list, never a shell string.
import { z } from 'zod';

/** `word`: what such a program is told to do, for the example in the message. */
export function argvOption(word: string): z.ZodType<string[]> {
  return z
    .array(z.string().refine((part) => !part.includes('\0'), 'an argument cannot hold a NUL character'))
    .min(1, `name the program, as a list: [/usr/local/bin/k2, ${word}]`)
    .refine((words) => words[0] !== '', 'the first word names the program; it is empty');
}
