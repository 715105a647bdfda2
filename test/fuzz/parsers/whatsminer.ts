// Whatsminers: the answers of one look over either API to what the rig is said to do, what an order made of them, and the frames
// of the newer API. Above all: nothing that is broken, cut short or made up may read as a pause, or as an order that was taken.
import { createHash } from 'node:crypto';
import type { Outcome } from '../../../src/model/outcome.ts';
import type { RigReading } from '../../../src/model/rig.ts';
import type { RigKit } from '../../../src/rigs/port.ts';
import { WhatsminerV2 } from '../../../src/rigs/whatsminer-v2.ts';
import { WhatsminerV3 } from '../../../src/rigs/whatsminer-v3.ts';
import { type Chance, chance as chanceBy } from '../../../src/sim/chance.ts';
import type { TcpDevice } from '../../../src/transports/tcp-device.ts';
import { md5Crypt } from '../../../src/wire/md5-crypt.ts';
import { sealed } from '../../../src/wire/whatsminer-v2.ts';
import { answerV3, FRAME_LIMIT, frameIn, frameOf } from '../../../src/wire/whatsminer-v3.ts';
import { type Grain, latin1, mutated } from '../mutate.ts';
import { type FuzzParser, fuzzParser, hashOf, MIB, must, mustBeShowable, mustEqual, ofJson, partsOf, SEPARATOR } from '../parser.ts';
import { jsonOrBytes } from './port-4028.ts';

const GRAIN: Grain = {
  tokens: [
    ...['{', '}', '[', ']', '}{', ',}', ',]', '[,', '""', '\\"', '\\u0000', '\0', 'nan', '-nan', 'inf', '"inf"', 'null', 'true', 'false'],
    ...['"STATUS":"S"', '"STATUS":[{"STATUS":"S"}]', '"STATUS":"string"', '"Code":131', '"Code":134', '"Code":135', '"Code":45', '"Msg":{'],
    ...['"mineroff":"true"', '"btmineroff":"true"', '"mineroff":true', '"Power":-1', '"Power":24', '"HS RT":0', '"MHS 5s":"1.5"'],
    ...[
      '"error_code":["218":"2024-06-15 10:30:00"]',
      '"__proto__":{"mineroff":"true"}',
      '"enc":"',
      '"salt":"',
      '"newsalt":"',
      '"time":"1"',
    ],
    ...['"code":0', '"code":-4', '"working":"false"', '"apiswitch":"1"', '"summary":{', '"power-realtime":24', '"hash-realtime":0'],
    ...['"power-mode":"low"', '"when":0', '"board-temperature":['],
  ],
  cutAt: ',',
  most: 20_000,
};

const KIT: RigKit = {
  rig: 'm30-1',
  nowMs: () => 1_000,
  secrets: new Map(),
  addresses: { refresh: () => undefined, addressOf: () => '127.0.0.1' } as unknown as RigKit['addresses'],
};
const PASSWORD = 'hunter22';
const LOGIN = { username: 'super', password: PASSWORD, without: 'name its file' };
const SIGNAL = new AbortController().signal;

/** A device that gives one part of the input for each question, in turn, and then nothing. */
function saying(parts: readonly Uint8Array[]): { readonly device: TcpDevice; readonly asked: string[] } {
  const asked: string[] = [];
  const device: TcpDevice = {
    where: '10.0.0.21:4028',
    ask: (payload) => Promise.resolve({ ok: true, value: parts[asked.push(payload) - 1] ?? new Uint8Array() }),
    run: ({ work, signal }) => work(signal),
    close: () => Promise.resolve(),
  };
  return { device, asked };
}

/** One part of an input of the corpus changed, or taken from another. */
function oneChanged(chance: Chance, corpus: readonly Uint8Array[]): Uint8Array {
  const parts = partsOf(chance.pick(corpus) ?? new Uint8Array()).map((part) => Buffer.from(part));
  const at = chance.below(parts.length);
  const theirs = partsOf(chance.pick(corpus) ?? new Uint8Array());
  parts[at] = Buffer.from(jsonOrBytes(chance, chance.happens(0.8) ? parts.slice(at, at + 1) : theirs, GRAIN));
  return Buffer.from(parts.map(latin1).join(SEPARATOR), 'latin1');
}

interface Api {
  look(signal: AbortSignal): Promise<Outcome<RigReading>>;
}

const OLDER = (parts: readonly Uint8Array[]): Api => new WhatsminerV2(saying(parts).device, { ...LOGIN, password: undefined }, KIT);
const NEWER = (parts: readonly Uint8Array[]): Api => new WhatsminerV3(saying(parts).device, LOGIN, KIT);

/** `saysPaused`: what must stand in the first answer of a rig that is paused. */
function lookOver(name: string, open: (parts: readonly Uint8Array[]) => Api, saysPaused: RegExp): FuzzParser {
  return fuzzParser<Outcome<RigReading>>({
    name,
    about: `the answers of a look at a Whatsminer (${name})`,
    allocates: ofJson,
    make: oneChanged,
    read: (input) => open(partsOf(input)).look(SIGNAL),
    judge: async (input, outcome) => {
      if (!outcome.ok) return mustBeShowable(outcome.fault.detail, 300, 'the fault');
      possible(outcome.value);
      const { state, watts = 1, hashRate = 0 } = outcome.value;
      if (state !== 'paused') return;
      must(watts < 100 && hashRate === 0, 'paused, and it draws or hashes');
      const first = latin1(partsOf(input)[0] ?? new Uint8Array());
      // A \u escape may spell anything.
      must(saysPaused.test(first) || first.includes('\\u'), 'paused, and the rig did not say so');
      await neverPausedWhenCut(open, input, first);
    },
  });
}

function possible(reading: RigReading): void {
  const { watts = 1, hashRate = 0, temperatureC = 1, boardTemperatureC = 1, fansRpm = [], uptimeSeconds = 0 } = reading;
  must(watts > 0 && watts <= 20_000, `${watts} W`);
  must(hashRate >= 0 && hashRate <= 1.000001e21, `${hashRate} H/s`);
  for (const heat of [temperatureC, boardTemperatureC]) must(heat > 0 && heat <= 200, `${heat} °C`);
  must(fansRpm.length <= 2 && fansRpm.every((rpm) => rpm >= 0 && rpm <= 30_000), `fans of ${fansRpm.join()} rpm`);
  must(uptimeSeconds >= 0 && uptimeSeconds <= 1e9, `${uptimeSeconds} s`);
  const { mode = 'low', identity = '', firmware = '' } = reading;
  must(['low', 'normal', 'high'].includes(mode), `the mode ${mode}`);
  for (const text of [identity, firmware]) mustBeShowable(text, 64, 'a text of the rig');
}

async function neverPausedWhenCut(open: (parts: readonly Uint8Array[]) => Api, input: Uint8Array, first: string): Promise<void> {
  const end = first.lastIndexOf('}');
  if (end < 1) return;
  const cut = Buffer.from(first.slice(0, chanceBy(hashOf(input), 'cut').below(end)), 'latin1');
  const outcome = await open([cut]).look(SIGNAL);
  // Of what was broken before it was cut, the rest may be whole by itself.
  must(
    !outcome.ok || outcome.value.state !== 'paused' || !isStrict(first) || isStrict(latin1(cut)),
    'paused, by an answer that was cut short',
  );
}

function isStrict(text: string): boolean {
  try {
    JSON.parse(text.replace(/[\0\r\n]+$/, ''));
    return true;
  } catch {
    return false;
  }
}

export const whatsminerV2Look = lookOver('whatsminer-v2-look', OLDER, /mineroff/);
export const whatsminerV3Look = lookOver('whatsminer-v3-look', NEWER, /working/);

/** Of the corpus, for whom the second answer is put into the seal that its rig would put it in. */
const SEALED = '"enc":"SEALED"';

/** What a rig with the password would seal that says so of itself in plain; for inputs that hold its salt. */
function asSealed(parts: readonly Uint8Array[]): readonly Uint8Array[] {
  const [, salt] = /"salt"\s*:\s*"([^"\\]{1,64})"/.exec(latin1(parts[0] ?? new Uint8Array())) ?? [];
  const [token, answer, plain, ...rest] = parts;
  if (salt === undefined || token === undefined || answer === undefined || plain === undefined) return parts;
  const key = createHash('sha256').update(hashOfSalt(salt)).digest();
  const filled = latin1(answer).replace(SEALED, () => `"enc":"${sealed(Buffer.from(plain).toString('utf8'), key)}"`);
  return [token, Buffer.from(filled, 'latin1'), ...rest];
}

let lastHash: { readonly salt: string; readonly hash: string } | undefined;

/** Kept for the next input, so that it does not count as what this one makes the driver allocate. */
function hashOfSalt(salt: string): string {
  if (lastHash?.salt !== salt) lastHash = { salt, hash: md5Crypt(PASSWORD, salt) };
  return lastHash.hash;
}

interface Ordered {
  readonly outcome: Outcome;
  readonly asked: readonly string[];
  readonly parts: readonly Uint8Array[];
}

export const whatsminerV2Order = fuzzParser<Ordered>({
  name: 'whatsminer-v2-order',
  about: 'the answers to an order to a Whatsminer',
  // The rest is not the input's: a hash for the password and one for each token, of a thousand rounds and up to 300 KiB each.
  allocates: (bytes) => ofJson(bytes) + MIB,
  make: oneChanged,
  read: async (input) => {
    const parts = asSealed(partsOf(input));
    const { device, asked } = saying(parts);
    const outcome = await new WhatsminerV2(device, LOGIN, KIT).run('pause', SIGNAL);
    return { outcome, asked, parts };
  },
  judge: (input, { outcome, asked }) => {
    must(asked.length <= 4, `${asked.length} requests for one order`);
    must(
      asked.every((request) => !request.includes(PASSWORD) && !request.includes('power_off')),
      'an order or a password in clear',
    );
    if (!outcome.ok) {
      mustBeShowable(outcome.fault.detail, 400, 'the fault');
      must(!outcome.fault.detail.includes(PASSWORD), 'the password in a fault');
      return;
    }
    must(asked.length >= 2, 'an order that was taken before it was given');
    const said = latin1(input);
    must(/"[SIW]\b|134/.test(said) || said.includes('\\u'), 'taken, and no S, I or W was said');
  },
});

type Framed = ReturnType<typeof frameIn>;

export const whatsminerFrame = fuzzParser<Framed>({
  name: 'whatsminer-frame',
  about: 'what comes on the framed port of a Whatsminer',
  allocates: ofJson,
  make: (chance, corpus) => {
    const bytes = mutated(chance, corpus, GRAIN);
    if (chance.happens(0.3)) return bytes;
    // In a good frame, or behind signs of life, or with a length of its own.
    const frame = Buffer.from(frameOf(Buffer.from(bytes).toString('utf8')));
    if (chance.happens(0.2)) frame.writeUInt32LE(chance.happens(0.5) ? chance.below(2 * frame.length) : chance.uint32());
    return Buffer.concat([Buffer.alloc(4 * chance.below(3)), frame]);
  },
  read: (input) => {
    const frame = frameIn(input);
    if (typeof frame === 'object') answerV3(frame.body);
    return frame;
  },
  judge: (input, frame) => {
    const cut = chanceBy(hashOf(input), 'cut').below(input.length + 1);
    const before = frameIn(input.subarray(0, cut));
    // What was told of a part holds of the whole.
    if (before !== 'more') mustEqual(bodyOf(before), bodyOf(frame), 'the frame of a part');
    if (frame === 'more' || frame === 'too-long') return;
    must(frame.body.length > 0 && frame.body.length <= FRAME_LIMIT, `a frame of ${frame.body.length} bytes`);
    must(latin1(input).includes(latin1(frame.body)), 'a frame of what did not come');
    const text = Buffer.from(frame.body).toString('utf8');
    const again = frameIn(frameOf(text));
    if (Buffer.byteLength(text) <= FRAME_LIMIT) mustEqual(bodyOf(again), Buffer.from(text).toString('latin1'), 'written and read again');
    const answer = answerV3(frame.body);
    if (answer.ok) mustBeShowable(answer.value.message, 100, 'the message');
    else mustBeShowable(answer.fault.detail, 200, 'the fault');
  },
});

function bodyOf(frame: Framed): string {
  return typeof frame === 'object' ? latin1(frame.body) : frame;
}
