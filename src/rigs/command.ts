// A rig behind a program of the owner's: any machine that a script can ask and tell. An argv list each for read, pause
// and resume, never a shell string; exit code 0 means done.
import { z } from 'zod';
import { DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { runChild } from '../transports/child.ts';
import { deviceLane } from '../transports/device-lane.ts';
import { unanswered } from '../wire/go-between.ts';
import { objectOf, parsed } from '../wire/json.ts';
import { type RigDriver, type RigKit, rigDriverKind, rigReading } from './port.ts';

const argv = z
  .array(z.string().max(4096))
  .min(1, 'a list: the program, then its arguments')
  .max(64)
  .refine((list) => list[0]?.startsWith('/') ?? true, 'the program as an absolute path, then its arguments');

const options = z.strictObject({
  read: argv.describe(
    'prints {"watts": 1480, "hashing": true}; also known: paused, hashRate (H/s), mode. Where its machine gives no answer it ends with another exit code than 0 (what it says on standard error is shown): the rig then counts as silent, as it does when what is printed is no reading',
  ),
  pause: argv.describe('stops hashing and leaves the machine lit'),
  resume: argv.describe('hashes again; gets the mode from before the pause, if one was read, as a last argument'),
});

export const command = rigDriverKind({
  name: 'command',
  maturity: 'simulated',
  about: 'Any program of yours: one argv list each to read, pause and resume.',
  options,
  // Of a program nothing is known; these are careful guesses for an owner who says nothing.
  defaults: { pausedWatts: 30, graceSeconds: 60, coolDownSeconds: 30, resumeMinutes: 2, restartMinutes: 10, answerSeconds: 20 },
  can: { read: true, pause: true, resume: true, halt: false },
  open: commandRig,
});

function commandRig({ read, pause, resume }: z.infer<typeof options>, kit: RigKit): RigDriver {
  const lane = deviceLane(kit.rig);
  const order = (list: readonly string[], signal: AbortSignal): Promise<Outcome> =>
    lane.run({
      signal,
      urgent: true,
      work: async (own) => {
        const run = await runChild({ argv: list, signal: own });
        return run.ok ? DONE : run;
      },
    });
  return {
    read: (signal, brief) =>
      lane.run({
        signal,
        urgent: brief !== undefined,
        work: async (own) => {
          const takenAtMs = kit.nowMs();
          const run = await runChild({ argv: read, signal: own });
          const reading = run.ok ? readingFrom(run.value, { rig: kit.rig, takenAtMs, program: read[0] ?? '' }) : run;
          return reading.ok ? reading : unanswered(reading);
        },
      }),
    pause: (signal) => order(pause, signal),
    resume: (mode, signal) => order(mode === undefined ? resume : [...resume, mode], signal),
    close: () => lane.close(),
  };
}

interface Source {
  readonly rig: string;
  readonly takenAtMs: number;
  readonly program: string;
}

/** A known field of the wrong kind is an error of the program, and said; one that it does not print is not known. */
export function readingFrom(text: string, { rig, takenAtMs, program }: Source): Outcome<RigReading> {
  const printed = printedObject(text);
  if (printed === undefined) return failed('garbled', `${program} printed no JSON object; expected {"watts": 1480, "hashing": true}`);
  const wrong = [...FIELDS].find(([name, { fits }]) => printed.has(name) && !fits(printed.get(name)));
  if (wrong !== undefined) return failed('garbled', `${program} printed a bad "${wrong[0]}"; expected ${wrong[1].expected}`);
  const { hashing, paused, watts, hashRate, mode } = Object.fromEntries(printed) as Printed;
  return ok(
    rigReading(
      { rig, takenAtMs, state: stateOf(hashing, paused) },
      { watts, wattsFrom: watts === undefined ? undefined : 'measured', hashRate, mode },
    ),
  );
}

/** The known fields, after FIELDS found them fit. */
interface Printed {
  readonly watts?: number;
  readonly hashing?: boolean;
  readonly paused?: boolean;
  readonly hashRate?: number;
  readonly mode?: string;
}

interface Field {
  readonly fits: (value: unknown) => boolean;
  readonly expected: string;
}

const isFlag: Field = { fits: (value) => typeof value === 'boolean', expected: 'true or false' };
const FIELDS: ReadonlyMap<string, Field> = new Map([
  ['watts', { fits: (value) => isWithin(value, 1e6), expected: 'W, a number from 0 to 1000000' }],
  ['hashing', isFlag],
  ['paused', isFlag],
  ['hashRate', { fits: (value) => isWithin(value, 1e21), expected: 'H/s, a number of 0 or more' }],
  ['mode', { fits: (value) => typeof value === 'string' && /^[\x20-\x7e]{1,64}$/.test(value), expected: '1 to 64 plain characters' }],
]);

function isWithin(value: unknown, most: number): boolean {
  return typeof value === 'number' && value >= 0 && value <= most;
}

/** The known fields of what was printed; one that is null is not known. */
function printedObject(text: string): ReadonlyMap<string, unknown> | undefined {
  const printed = objectOf(parsed(text));
  return printed && new Map([...printed].filter(([name, field]) => FIELDS.has(name) && field !== null));
}

/** Not hashing is not paused: a machine without work may draw full power. */
function stateOf(hashing: boolean | undefined, paused: boolean | undefined): RigReading['state'] {
  if (paused) return hashing ? 'unknown' : 'paused';
  return hashing ? 'hashing' : 'unknown';
}
