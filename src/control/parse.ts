// What is asked over the local socket, checked before anything is done with it. No I/O here: routes.ts answers, server.ts listens.
import { z } from 'zod';
import type { Command } from '../model/command.ts';
import { NAME, SWITCH_NAME } from '../model/id.ts';
import { failed, type Outcome, ok } from '../model/outcome.ts';
import type { HandWish } from '../model/view.ts';
import { JOURNAL_MOST, MOST_HOLD_SECONDS } from './protocol.ts';

const ACTOR = /^[A-Za-z0-9_.@-]{1,64}$/;
const MOST_RIGS = 1000;

/** The first name that is wrong is told, and no other: each of a thousand would cost some kilobytes and be read by nobody. */
function namesOf(name: RegExp, of: { readonly list: string; readonly one: string }) {
  return z.custom<'all' | readonly string[]>().superRefine((value: unknown, { addIssue }) => {
    if (value === 'all') return;
    if (!Array.isArray(value) || value.length < 1 || value.length > MOST_RIGS) return addIssue(`expected "all" or a list of ${of.list}`);
    const wrong = value.findIndex((one: unknown) => typeof one !== 'string' || !name.test(one));
    if (wrong >= 0) addIssue({ code: 'custom', path: [wrong], message: of.one });
  });
}

const RIG_NAME_WANTED = 'no name of a rig: a-z, 0-9 and -, at most 32';
const upsId = z.string().regex(NAME, { error: 'no name of a UPS: a-z, 0-9 and -, at most 32' });
const rigId = z.string().regex(NAME, { error: RIG_NAME_WANTED });
const rigs = namesOf(NAME, { list: 'names of rigs', one: RIG_NAME_WANTED });
/** Of rigs, or of switches that left the file. */
const released = namesOf(SWITCH_NAME, {
  list: 'names',
  one: 'no name of a rig or a switch: a-z, 0-9 and -, at most 32; of a board with its channel, box:1',
});

const command = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('hold'),
    as: z.enum(['up', 'down']),
    rigs,
    forSeconds: z.int().min(1).max(MOST_HOLD_SECONDS).exactOptional(),
    now: z.literal(true).exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('release'),
    rigs: released,
  }),
  z.strictObject({ kind: z.literal('drill'), rig: rigId, cut: z.boolean() }),
  z.strictObject({ kind: z.literal('new-battery'), ups: upsId }),
  z.strictObject({ kind: z.literal('arm') }),
  z.strictObject({ kind: z.literal('disarm'), yes: z.literal(true).exactOptional() }),
]);

const handWish = z.strictObject({ rig: rigId, do: z.literal('locate'), on: z.boolean() });

const digits = z
  .string()
  .regex(/^[0-9]{1,15}$/, { error: 'expected a whole number' })
  .transform(Number);
const instant = z
  .string()
  .max(40)
  .refine((text) => /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text)), {
    error: 'expected a time like 2026-11-03T09:12:00Z',
  })
  .transform((text) => Date.parse(text));

/** The query of each reading path. */
export const queries = {
  nothing: z.strictObject({}),
  oneRig: z.strictObject({ rig: rigId.exactOptional() }),
  journal: z.strictObject({
    since: instant.exactOptional(),
    /** records with a greater number only: how a follower asks for the next ones */
    after: digits.exactOptional(),
    limit: digits.pipe(z.number().min(1).max(JOURNAL_MOST)).exactOptional(),
  }),
};

/** The body of POST /v1/command. The fault is one line for the asker: which field, and what was expected. */
export function parseCommand(body: string): Outcome<Command> {
  const read = inBody(command, body);
  if (read.ok && read.value.kind === 'hold' && read.value.as === 'up' && read.value.now) {
    return failed('garbled', 'now: goes with as "down" only, a rig that is brought up takes its time');
  }
  return read;
}

/** The body of POST /v1/rig, in the same way. */
export function parseHandWish(body: string): Outcome<HandWish> {
  return inBody(handWish, body);
}

function inBody<T>(schema: z.ZodType<T>, body: string): Outcome<T> {
  let raw: unknown;
  try {
    raw = JSON.parse(body);
  } catch {
    return failed('garbled', 'the body is not JSON');
  }
  return checked(schema, raw);
}

/** The query of a URL against one of `queries`; a key given twice is a mistake, not a choice. */
export function parseQuery<T>(schema: z.ZodType<T>, query: URLSearchParams): Outcome<T> {
  const raw: Record<string, string> = Object.create(null);
  for (const [key, value] of query) {
    if (key in raw) return failed('garbled', `${JSON.stringify(key.slice(0, 40))}: given twice`);
    raw[key] = value;
  }
  return checked(schema, { ...raw });
}

/** The claim of who asks, or undefined where there is none that is safe to write down. */
export function actorOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && ACTOR.test(header) ? header : undefined;
}

function checked<T>(schema: z.ZodType<T>, raw: unknown): Outcome<T> {
  const read = schema.safeParse(raw);
  return read.success ? ok(read.data) : failed('garbled', read.error.issues.slice(0, 5).map(sayIssue).join('; '));
}

function sayIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).join('.');
  const named = path === '' ? '' : `${path}: `;
  if (issue.code === 'unrecognized_keys') return `${named}unknown: ${issue.keys.map((key) => JSON.stringify(key.slice(0, 40))).join(', ')}`;
  if (issue.code === 'invalid_union' && 'discriminator' in issue) return 'kind: expected hold, release, drill, new-battery, arm or disarm';
  return named + issue.message;
}
