// Port 4028: an answer to its rows, a request to its words, and the answers of one look to what a rig is said to do.
// Above all: nothing that is broken, cut short or made up may read as a pause.
import type { Outcome } from '../../../src/model/outcome.ts';
import type { RigReading } from '../../../src/model/rig.ts';
import { look as lookAtCgminer } from '../../../src/rigs/cgminer.ts';
import { look as lookAtLuxos } from '../../../src/rigs/luxos.ts';
import type { RigKit } from '../../../src/rigs/port.ts';
import { look as lookAtTeamredminer } from '../../../src/rigs/teamredminer.ts';
import { type Chance, chance as chanceBy } from '../../../src/sim/chance.ts';
import { flagOf, hashRateOf, numberOf, paceOf, type Row, textOf as textIn, wholeOf } from '../../../src/wire/rows-4028.ts';
import { decodeRequest4028, encodeReply4028, type Request4028 } from '../../../src/wire/serve-4028.ts';
import { type Answer4028, agreed, decode4028, encode4028, Talk4028, understood } from '../../../src/wire/socket4028.ts';
import { jsonMutated } from '../json-trees.ts';
import { type Grain, latin1, mutated } from '../mutate.ts';
import {
  type FuzzParser,
  fuzzParser,
  hashOf,
  MIB,
  must,
  mustBeShowable,
  mustEqual,
  ofJson,
  partsOf,
  SEPARATOR,
  textOf,
} from '../parser.ts';

const TOKENS = [
  ...[
    '{',
    '}',
    '[',
    ']',
    '}{',
    ',}',
    ',]',
    '[,',
    '""',
    '\\"',
    '\\u0000',
    '\0',
    ',',
    ':',
    'nan',
    '-nan',
    'inf',
    '"inf"',
    'null',
    'true',
    'false',
  ],
  ...['"STATUS"', '"SUMMARY"', '"CONFIG"', '"POWER"', '"DEVS"', '"CurtailMode":"Sleep"', '"IsPowerSupplyOn":false', '"Enabled":"N"'],
  ...[
    '"__proto__":{"paused":true}',
    '"GHS 5s":0',
    '"MHS 20s":"1.5"',
    '"Elapsed":1',
    '"Code":45',
    'minerinfoCallback(',
    ')',
    '\xef\xbb\xbf',
  ],
];
const GRAIN: Grain = { tokens: TOKENS, cutAt: ',', most: 400_000 };
const SECTIONS = ['STATUS', 'SUMMARY', 'CONFIG', 'POWER', 'DEVS', 'SESSION', 'VERSION', 'STATS', '__proto__', 'constructor', 'summary'];

/** Half of the inputs stay JSON, so that they get past the brackets. */
export function jsonOrBytes(chance: Chance, corpus: readonly Uint8Array[], grain: Grain): Uint8Array {
  const text = chance.happens(0.5) ? jsonMutated(Buffer.from(chance.pick(corpus) ?? []).toString('utf8'), chance) : undefined;
  if (text === undefined) return mutated(chance, corpus, grain);
  const bytes = Buffer.from(text.slice(0, grain.most));
  return chance.happens(0.2) ? mutated(chance, [bytes], grain) : bytes;
}

export const answer4028 = fuzzParser<Outcome<Answer4028>>({
  name: '4028-answer',
  about: 'an answer on port 4028 to its rows',
  allocates: ofJson,
  make: (chance, corpus) => jsonOrBytes(chance, corpus, GRAIN),
  read: (input) => {
    const outcome = decode4028(input);
    for (const row of outcome.ok ? SECTIONS.flatMap((section) => outcome.value.rows(section)) : []) paceOf(row);
    return outcome;
  },
  judge: (input, outcome) => {
    const asked = { where: '10.0.0.21:4028', command: 'summary' };
    const whole = understood({ ok: true, value: input }, asked);
    const agrees = agreed(whole, asked);
    for (const one of [outcome, whole, agrees]) if (!one.ok) mustBeShowable(one.fault.detail, 200, 'the fault');
    if (!outcome.ok) return;
    const answer = outcome.value;
    must(!(answer.truncated && whole.ok), 'an answer that was cut short passes for a whole one');
    must(!agrees.ok || ['S', 'I', 'W'].includes(answer.letter), 'it agreed, and no S, I or W was said');
    mustBeShowable(answer.letter, 8, 'the letter');
    mustBeShowable(answer.message, 100, 'the message');
    mustBeShowable(answer.description ?? '', 100, 'the description');
    for (const section of SECTIONS) {
      must(answer.rows(section).length <= 256, 'more rows than are looked at');
      for (const row of answer.rows(section)) sound(row);
    }
    asStrictlyParsed(input, answer);
    if (!answer.truncated) trueWhenCut(input, answer, chanceBy(hashOf(input), 'cut'));
  },
});

function sound(row: Row): void {
  const rate = hashRateOf(row);
  must(rate === undefined || (rate >= 0 && rate <= 1e21), `a hash rate of ${rate}`);
  for (const [key, value] of row) {
    const number = numberOf(row, key);
    must(number === undefined || Number.isFinite(number), `${key} is the number ${number}`);
    must(number === undefined || String(value).trim() !== '', `${key} is empty and reads as ${number}`);
    const whole = wholeOf(row, key);
    must(whole === undefined || Number.isSafeInteger(whole), `${key} is the code ${whole}`);
    must(textIn(row, key) !== '', `${key} is an empty text`);
    flagOf(row, key);
  }
}

/** What is good JSON is read as it stands. */
function asStrictlyParsed(input: Uint8Array, answer: Answer4028): void {
  let strict: unknown;
  try {
    strict = JSON.parse(textOf(input));
  } catch {
    return;
  }
  const body = strict as Readonly<Record<string, unknown>>;
  must(!answer.truncated, 'good JSON passes for cut short');
  for (const section of SECTIONS) {
    if (!Object.hasOwn(body, section) || !Array.isArray(body[section])) continue;
    const rows = body[section].slice(0, 256).filter((row: unknown) => typeof row === 'object' && row !== null && !Array.isArray(row));
    mustEqual(
      answer.rows(section).map((row) => Object.fromEntries(row)),
      rows.map((row) => Object.fromEntries(Object.entries(row))),
      section,
    );
  }
}

/** Of an answer that was cut off anywhere, what can still be read is what stood there. */
function trueWhenCut(input: Uint8Array, answer: Answer4028, chance: Chance): void {
  const text = textOf(input).trimEnd();
  if (!isObject(text)) return;
  const cut = decode4028(Buffer.from(text.slice(0, chance.below(text.length))));
  if (!cut.ok) return;
  must(cut.value.truncated, 'an answer without its end passes for a whole one');
  for (const section of SECTIONS) {
    const rows = answer.rows(section);
    for (const [place, row] of cut.value.rows(section).entries()) {
      for (const [key, value] of row) {
        if (typeof value === 'object') continue;
        mustEqual(value, rows[place]?.get(key), `${section}[${place}].${key} of the answer cut off`);
      }
    }
  }
}

/** One JSON object in which no key stands twice: it comes back as it was written. Of two the one that was cut off cannot be known. */
function isObject(text: string): boolean {
  try {
    return text.startsWith('{') && JSON.stringify(JSON.parse(text)) === text;
  } catch {
    return false;
  }
}

interface Looked {
  readonly outcome: Outcome<RigReading>;
  readonly said: readonly string[];
}

const KIT: RigKit = {
  rig: 's19-1',
  nowMs: () => 1_000,
  secrets: new Map(),
  addresses: { refresh: () => undefined, addressOf: () => '127.0.0.1' } as unknown as RigKit['addresses'],
};

type Look = (talk: Talk4028, kit: RigKit) => Promise<Outcome<RigReading>>;

/** One part of the input for each question, in turn. */
async function looked(look: Look, input: Uint8Array): Promise<Looked> {
  const said: string[] = [];
  const parts = [...partsOf(input)];
  const socket = {
    where: '10.0.0.21:4028',
    ask: (): Promise<Outcome<Uint8Array>> => {
      const part = parts.shift() ?? new Uint8Array();
      said.push(latin1(part));
      return Promise.resolve({ ok: true, value: part });
    },
  };
  const outcome = await look(new Talk4028(socket, new AbortController().signal), KIT);
  return { outcome, said };
}

/** `saysPaused`: what must stand in the first answer of a rig that is paused. */
function rigLook(name: string, look: Look, saysPaused: RegExp): FuzzParser {
  return fuzzParser<Looked>({
    name,
    about: `the answers of a look at a ${name.slice(5)} rig`,
    allocates: ofJson,
    make: (chance, corpus) => {
      const parts = partsOf(chance.pick(corpus) ?? new Uint8Array()).map((part) => Buffer.from(part));
      const at = chance.below(parts.length);
      const theirs = partsOf(chance.pick(corpus) ?? new Uint8Array());
      parts[at] = Buffer.from(jsonOrBytes(chance, chance.happens(0.8) ? parts.slice(at, at + 1) : theirs, { ...GRAIN, most: 20_000 }));
      return Buffer.from(parts.map(latin1).join(SEPARATOR), 'latin1');
    },
    read: (input) => looked(look, input),
    judge: async (input, { outcome, said }) => {
      if (!outcome.ok) return mustBeShowable(outcome.fault.detail, 250, 'the fault');
      const { state, watts = 0, hashRate = 0, mode = '', identity = '', firmware = '' } = outcome.value;
      const { temperatureC = 1, boardTemperatureC = 1, fansRpm = [] } = outcome.value;
      must(watts >= 0 && watts <= 20_000, `${watts} W`);
      must(hashRate >= 0 && hashRate <= 1e21, `${hashRate} H/s`);
      for (const celsius of [temperatureC, boardTemperatureC]) must(celsius > 0 && celsius <= 200, `${celsius} °C`);
      must(
        fansRpm.every((rpm) => rpm >= 0 && rpm <= 30_000),
        'fans of which nobody has heard',
      );
      for (const text of [mode, identity, firmware]) mustBeShowable(text, 100, 'a text of the rig');
      if (state !== 'paused') return;
      const first = said[0] ?? '';
      // A \u escape may spell anything.
      must(saysPaused.test(first) || first.includes('\\u'), 'paused, and the rig did not say so');
      must(/"[SIW]/.test(first) || first.includes('\\u'), 'paused, in an answer that is no agreement');
      await neverPausedWhenCut(look, input, first);
    },
  });
}

async function neverPausedWhenCut(look: Look, input: Uint8Array, first: string): Promise<void> {
  const end = first.lastIndexOf('}');
  if (!isObject(first.replace(/[\0\r\n]+$/, '')) || end < 1) return;
  const cut = Buffer.from(first.slice(0, chanceBy(hashOf(input), 'cut').below(end)), 'latin1');
  const { outcome } = await looked(look, cut);
  must(!outcome.ok || outcome.value.state !== 'paused', 'paused, by an answer that was cut short');
}

export const luxosLook = rigLook('4028-luxos', lookAtLuxos, /sleep/i);
export const cgminerLook = rigLook('4028-cgminer', lookAtCgminer, /"Enabled"\s*:\s*"\s*N\s*"/);

export const teamredminerLook = rigLook('4028-teamredminer', lookAtTeamredminer, /"Enabled"\s*:\s*"\s*N\s*"/);

export const request4028 = fuzzParser<Request4028 | { readonly code: 23 | 24 }>({
  name: '4028-request',
  about: 'a request on port 4028 (of the fakes)',
  allocates: () => MIB,
  make: (chance, corpus) => jsonOrBytes(chance, corpus, { ...GRAIN, most: 10_000 }),
  read: (input) => decodeRequest4028(textOf(input)),
  judge: (input, request) => {
    if ('code' in request) return;
    const { command, parameters } = request;
    const again = decodeRequest4028(parameters.length === 0 ? encode4028(command) : encode4028(command, parameters.join(',')));
    mustEqual(again, request, 'written and read again');
    // The writer of answers, with whatever text came in as what the miner says.
    const text = textOf(input).slice(0, 2_000);
    const reply = decode4028(
      Buffer.from(encodeReply4028({ letter: 'S', code: 7, message: text, sections: { SUMMARY: [{ text }] } }, text)),
    );
    must(reply.ok && reply.value.letter === 'S' && reply.value.code === 7, 'a reply of ours does not come back');
    mustEqual(reply.value.rows('SUMMARY')[0]?.get('text'), Buffer.from(text).toString('utf8'), 'a text in a reply of ours');
  },
});
