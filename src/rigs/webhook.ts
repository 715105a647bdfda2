// A rig behind any page of the owner's that speaks HTTP and JSON: a request each to read, pause and resume, and paths that say
// where in the answer watts, flags and hash rate stand.
import { z } from 'zod';
import { DONE, type Fault, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import { deviceHost, devicePort, secretFile, userName } from '../transports/endpoint.ts';
import { type HttpDevice, type HttpQuestion, httpDevice } from '../transports/http-device.ts';
import { secretOf } from '../transports/secret-of.ts';
import { unanswered } from '../wire/go-between.ts';
import type { HttpAnswer } from '../wire/http-answer.ts';
import { parsed } from '../wire/json.ts';
import { amountAt, flagAt, pathOf, type Scalar, type Test } from '../wire/json-path.ts';
import { type RigDriver, type RigKit, rigDriverKind, rigReading } from './port.ts';

/** Names of what must not stand in the file. */
const SECRET = /auth|cookie|token|secret|passw|api-?key/i;
const SECRET_KEY = /"[^"]*(token|secret|passw|api-?key)[^"]*":/i;
const namesOf = (path: string): readonly string[] => [...new URLSearchParams(path.split('?')[1] ?? '').keys()];

const jsonPath = z.union([
  z
    .string()
    .max(200)
    .regex(/^[^.\0]+(\.[^.\0]+)*$/, 'keys with dots between them: result.power.0'),
  z
    .array(z.union([z.string().min(1).max(100), z.int().min(0).max(10_000)]))
    .min(1)
    .max(16),
]);
const scalar = z.union([z.string().max(100), z.number(), z.boolean()]);
const test = z.union([jsonPath, z.strictObject({ at: jsonPath, is: scalar })]);

const headers = z.record(
  z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/, 'the name of a header')
    .refine((name) => !SECRET.test(name), 'that is a secret: write the whole header into a file, and name it as headerFile')
    .refine((name) => !/^(host|connection|content-length|transfer-encoding)$/i.test(name), 'that header is not for you to set'),
  z.string().regex(/^[\x20-\x7e]{0,500}$/, 'plain characters'),
);

const request = z
  .strictObject({
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH']).describe('how it is asked'),
    path: z
      .string()
      .regex(/^\/[\x21-\x7e]{0,1000}$/, 'path and query, from its /; the host stands in host')
      .refine((path) => !path.startsWith('//'), 'path and query, from its /; the host stands in host')
      .describe('path and query, from its /'),
    headers: headers.optional().describe('headers of your own that are no secrets'),
    bodyJson: z
      .record(z.string().max(100), z.json())
      .refine((body) => !SECRET_KEY.test(JSON.stringify(body)), 'a secret never stands in this file: send it as headerFile')
      .optional()
      .describe('what is sent, as JSON'),
    okWhen: test
      .optional()
      .describe('what must stand in the answer beside a status of 2xx: the path of a true, or { at: result, is: done }'),
  })
  // Of the whole request, so that the message does not repeat the path with what should not stand in it.
  .refine(({ path }) => !namesOf(path).some((name) => SECRET.test(name)), {
    message: 'a secret never stands in this file: send it as headerFile',
    path: ['path'],
  });

const WATT_UNITS = { W: 1, kW: 1e3, mW: 1e-3 } as const;
const RATE_UNITS = { 'H/s': 1, 'kH/s': 1e3, 'MH/s': 1e6, 'GH/s': 1e9, 'TH/s': 1e12, 'PH/s': 1e15, 'EH/s': 1e18 } as const;

const reading = z.strictObject({
  watts: z
    .strictObject({
      at: jsonPath.describe('path of its watts: power.0.now; of a list by number, from 0'),
      unit: z.enum(['W', 'kW', 'mW']).default('W').describe('their unit'),
      from: z.enum(['measured', 'estimated']).default('measured').describe('whether a meter tells them'),
    })
    .optional(),
  hashing: test.optional().describe('says that it hashes: the path of a true or false, or { at: state, is: mining }'),
  paused: test.optional().describe('says that it is paused, as hashing does; without it a pause is seen by watts alone'),
  hashRate: z
    .strictObject({
      at: jsonPath.describe('path of its hash rate of now, no average over minutes'),
      unit: z.enum(['H/s', 'kH/s', 'MH/s', 'GH/s', 'TH/s', 'PH/s', 'EH/s']).describe('its unit'),
    })
    .optional(),
});

const options = z.strictObject({
  host: deviceHost.describe('address of what answers for the rig'),
  port: devicePort(80).describe('its port'),
  username: userName.default('admin').describe('user of its login, Basic or Digest'),
  passwordFile: secretFile.optional().describe('file with the password of its login, where it has one'),
  headerFile: secretFile.optional().describe('file with one header that is a secret, as Authorization: Bearer …; goes with every request'),
  read: request,
  pause: request,
  resume: request,
  reading,
  answerSeconds: z.number().min(1).max(20).default(5).describe('its slowest answer'),
});

type Options = z.infer<typeof options>;
type Word = 'read' | 'pause' | 'resume';

export const webhook = rigDriverKind({
  name: 'webhook',
  maturity: 'simulated',
  about: 'Any page of yours on HTTP: a request each to read, pause and resume.',
  options,
  // As of a program of the owner's: nothing is known.
  defaults: { pausedWatts: 30, graceSeconds: 60, coolDownSeconds: 30, resumeMinutes: 2, restartMinutes: 10, answerSeconds: 25 },
  can: { read: true, pause: true, resume: true, halt: false },
  secretFiles: ({ passwordFile, headerFile }) => [passwordFile, headerFile].flatMap((file) => file ?? []),
  open: webhookRig,
});

function webhookRig(given: Options, kit: RigKit): RigDriver {
  const { host, port, username, passwordFile } = given;
  const device = httpDevice({
    host,
    port,
    who: 'the page of the rig',
    addresses: kit.addresses,
    contacts: 1,
    login: { username, ...secretOf(kit.secrets, passwordFile) },
  });
  const hook = new Hook(given, device, kit);
  const order = (word: 'pause' | 'resume', signal: AbortSignal): Promise<Outcome> =>
    device.run({ signal, urgent: true, work: (own) => hook.order(word, own) });
  return {
    read: (signal, brief) => device.run({ signal, urgent: brief !== undefined, work: (own) => hook.read(own) }),
    pause: (signal) => order('pause', signal),
    resume: (_mode, signal) => order('resume', signal),
    close: () => device.close(),
  };
}

/** After a refused login the same request is not sent again for so long. */
const LOGIN_REST_MS = 180_000;

class Hook {
  readonly #options: Options;
  readonly #device: HttpDevice;
  readonly #kit: RigKit;
  /** by request, for a reading may need no login where an order does */
  readonly #refused = new Map<Word, { readonly fault: Fault; readonly atMs: number }>();

  constructor(given: Options, device: HttpDevice, kit: RigKit) {
    this.#options = given;
    this.#device = device;
    this.#kit = kit;
  }

  async read(signal: AbortSignal): Promise<Outcome<RigReading>> {
    const takenAtMs = this.#kit.nowMs();
    const answer = await this.#ask('read', signal);
    const reading = answer.ok ? this.#readingIn(answer.value, takenAtMs) : answer;
    return reading.ok ? reading : unanswered(reading);
  }

  #readingIn({ body }: HttpAnswer, takenAtMs: number): Outcome<RigReading> {
    const value = parsed(body);
    const { where } = this.#device;
    if (typeof value !== 'object' || value === null) return failed('garbled', `${where} answered no JSON: correct the path of read`);
    return readingIn(value, this.#options.reading, { rig: this.#kit.rig, takenAtMs, where });
  }

  async order(word: 'pause' | 'resume', signal: AbortSignal): Promise<Outcome> {
    const answer = await this.#ask(word, signal);
    return answer.ok ? DONE : answer;
  }

  async #ask(word: Word, signal: AbortSignal): Promise<Outcome<HttpAnswer>> {
    const before = this.#refused.get(word);
    if (before !== undefined && this.#kit.nowMs() - before.atMs < LOGIN_REST_MS) return { ok: false, fault: before.fault };
    const question = this.#question(word);
    if (!question.ok) return question;
    const answer = await this.#device.ask(question.value, signal);
    const judged = answer.ok ? this.#judged(word, answer.value) : answer;
    if (judged.ok || judged.fault.code !== 'unauthorized') this.#refused.delete(word);
    else this.#refused.set(word, { fault: judged.fault, atMs: this.#kit.nowMs() });
    return judged;
  }

  #question(word: Word): Outcome<HttpQuestion> {
    const { headerFile, answerSeconds, passwordFile } = this.#options;
    const { method, path, headers: own, bodyJson } = this.#options[word];
    const secret = headerFile === undefined ? ok({}) : headerIn(this.#kit.secrets.get(headerFile), headerFile);
    if (!secret.ok) return secret;
    return ok({
      method,
      path,
      headers: { ...own, ...secret.value },
      answerMs: answerSeconds * 1000,
      ...(bodyJson !== undefined && { body: JSON.stringify(bodyJson) }),
      ...(passwordFile !== undefined && { takes: ['digest', 'basic'] as const }),
    });
  }

  #judged(word: Word, answer: HttpAnswer): Outcome<HttpAnswer> {
    const { where } = this.#device;
    const good = statusFault(answer.status, `${where}: ${word}`);
    if (!good.ok) return good;
    const { okWhen } = this.#options[word];
    if (okWhen === undefined) return ok(answer);
    const wanted = testOf(okWhen);
    const value = parsed(answer.body);
    const agreed = flagAt(value, wanted, where);
    if (!agreed.ok) return agreed;
    if (agreed.value === true) return ok(answer);
    if (value === undefined || agreed.value === undefined) {
      return failed('garbled', `${where}: ${word}: nothing stands at ${wanted.at.join('.')} of the answer: correct okWhen, or the path`);
    }
    return failed('refused', `${where} did not ${word}: ${wanted.at.join('.')} is not ${wanted.is}`);
  }
}

function statusFault(status: number, what: string): Outcome {
  if (status >= 200 && status <= 299) return DONE;
  if (status === 401 || status === 403)
    return failed('unauthorized', `${what}: it wants a login (HTTP ${status}): correct headerFile or passwordFile`);
  if (status === 404 || status === 405)
    return failed('unsupported', `${what}: there is no such page (HTTP ${status}): correct path and method`, 'later');
  return failed('refused', `${what}: it refused (HTTP ${status})`, status === 429 ? 'later' : 'soon');
}

/** One line, `Name: value`. */
function headerIn(secret: string | undefined, file: string): Outcome<Readonly<Record<string, string>>> {
  if (secret === undefined) return failed('unauthorized', `the file of headerFile, ${file}, could not be read; mend it and reload`);
  const [, name, value] = /^([A-Za-z0-9-]{1,64}): *([\x21-\x7e][\x20-\x7e]{0,4000})$/.exec(secret) ?? [];
  if (name === undefined || value === undefined) return failed('unauthorized', `${file} holds no header: one line, Name: value`);
  return ok({ [name.toLowerCase()]: value });
}

function testOf(words: z.infer<typeof test>): Test {
  if (typeof words === 'string' || Array.isArray(words)) return { at: pathOf(words), is: true };
  const { at, is }: { at: z.infer<typeof jsonPath>; is: Scalar } = words;
  return { at: pathOf(at), is };
}

/** A figure or a flag of the wrong kind is an error of the page, or of the paths, and said; one that is not there is not known. */
export function readingIn(
  value: unknown,
  { watts, hashing, paused, hashRate }: Options['reading'],
  { rig, takenAtMs, where }: { readonly rig: string; readonly takenAtMs: number; readonly where: string },
): Outcome<RigReading> {
  const none = ok(undefined);
  const drawn = watts === undefined ? none : amountAt(value, { at: pathOf(watts.at), factor: WATT_UNITS[watts.unit], most: 1e6 }, where);
  const rate =
    hashRate === undefined ? none : amountAt(value, { at: pathOf(hashRate.at), factor: RATE_UNITS[hashRate.unit], most: 1e21 }, where);
  const hashes = hashing === undefined ? none : flagAt(value, testOf(hashing), where);
  const sleeps = paused === undefined ? none : flagAt(value, testOf(paused), where);
  if (!drawn.ok) return drawn;
  if (!rate.ok) return rate;
  if (!hashes.ok) return hashes;
  if (!sleeps.ok) return sleeps;
  return ok(
    rigReading(
      { rig, takenAtMs, state: stateOf(hashes.value, sleeps.value) },
      { watts: drawn.value, wattsFrom: drawn.value === undefined ? undefined : watts?.from, hashRate: rate.value },
    ),
  );
}

/** Not hashing is not paused: a machine without work may draw full power. */
function stateOf(hashing: boolean | undefined, paused: boolean | undefined): RigReading['state'] {
  if (paused === true) return hashing === true ? 'unknown' : 'paused';
  return hashing === true ? 'hashing' : 'unknown';
}
