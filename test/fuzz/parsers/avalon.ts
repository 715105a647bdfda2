// What Avalons answer: the older form of port 4028, and a look at one. Nothing that is broken, cut short or made up may read
// as a pause.
import type { Outcome } from '../../../src/model/outcome.ts';
import type { RigReading } from '../../../src/model/rig.ts';
import { AvalonLearnt, AvalonTalk, look } from '../../../src/rigs/avalon.ts';
import type { RigKit } from '../../../src/rigs/port.ts';
import { type Chance, chance as chanceBy } from '../../../src/sim/chance.ts';
import type { Answer4028 } from '../../../src/wire/socket4028.ts';
import { decodeText4028 } from '../../../src/wire/text-4028.ts';
import { jsonMutated } from '../json-trees.ts';
import { type Grain, latin1, mutated } from '../mutate.ts';
import { fuzzParser, hashOf, must, mustBeShowable, ofJson, partsOf, SEPARATOR, textOf } from '../parser.ts';

const GRAIN: Grain = {
  tokens: [
    ...['[', ']', '|', ',', '=', '{', '}', '"', '\0', '\\u0000', 'STATUS=S', 'STATUS=E', 'Code=14', 'When=', 'STATS=0,', '"STATS":['],
    ...['SYSTEMSTATU[Work: In Idle, Hash Board: 1]', 'SYSTEMSTATU[Work: In Work]', 'In Idle', 'SoftOFF[4]', 'SoftOFF[0]', 'GHSspd[0.00]'],
    ...[
      'PS[0 1221 4 0 0 2245 146]',
      'PS[',
      'WALLPOWER[99999]',
      'WORKMODE[1]',
      'DNA[0]',
      'MM ID0',
      'MM ID1',
      ':Summary',
      '__proto__[1]',
      'nan',
    ],
  ],
  cutAt: ']',
  most: 20_000,
};
const TEXT: Grain = { ...GRAIN, cutAt: ',', most: 300_000 };
const SECTIONS = ['STATUS', 'STATS', 'SUMMARY', 'VERSION', '__proto__', 'constructor', ''];

export const text4028 = fuzzParser<Outcome<Answer4028>>({
  name: '4028-text',
  about: 'an answer on port 4028 in the older form',
  allocates: ofJson,
  make: (chance, corpus) => mutated(chance, corpus, TEXT),
  read: decodeText4028,
  judge: (input, outcome) => {
    if (!outcome.ok) return mustBeShowable(outcome.fault.detail, 200, 'the fault');
    const { letter, message, description, truncated } = outcome.value;
    const text = textOf(input).replace(/^\uFEFF/, '');
    must(text.startsWith('STATUS='), 'an answer, and none began');
    must(truncated || text.includes('|'), 'whole, and nothing ended it');
    mustBeShowable(letter, 8, 'the letter');
    mustBeShowable(message, 100, 'the message');
    mustBeShowable(description ?? '', 100, 'the description');
    for (const row of SECTIONS.flatMap((section) => outcome.value.rows(section))) {
      for (const [key, value] of row) must(text.includes(`${key}=${value}`), `${key} is what nobody wrote`);
    }
  },
});

interface Looked {
  readonly outcome: Outcome<RigReading>;
  readonly said: readonly string[];
}

const KIT: RigKit = {
  rig: 'q-1',
  nowMs: () => 1_000,
  secrets: new Map(),
  addresses: { refresh: () => undefined, addressOf: () => '127.0.0.1' } as unknown as RigKit['addresses'],
};

/** One part of the input for each question, in turn. */
async function looked(input: Uint8Array): Promise<Looked> {
  const said: string[] = [];
  const parts = [...partsOf(input)];
  const ask = (): Promise<Outcome<Uint8Array>> => {
    const part = parts.shift() ?? new Uint8Array();
    said.push(latin1(part));
    return Promise.resolve({ ok: true, value: part });
  };
  const talk = new AvalonTalk({ where: '10.0.0.31:4028', ask }, new AbortController().signal, new AvalonLearnt());
  return { outcome: await look(talk, KIT), said };
}

/** Half of the inputs that are JSON stay so, so that they get past the brackets. */
function changed(chance: Chance, part: Uint8Array): Uint8Array {
  const text = chance.happens(0.5) ? jsonMutated(Buffer.from(part).toString('utf8'), chance) : undefined;
  return text === undefined ? mutated(chance, [part], GRAIN) : Buffer.from(text.slice(0, GRAIN.most));
}

export const avalonLook = fuzzParser<Looked>({
  name: 'avalon-look',
  about: 'the answers of a look at an Avalon',
  allocates: ofJson,
  make: (chance, corpus) => {
    const parts = partsOf(chance.pick(corpus) ?? new Uint8Array()).map((part) => Buffer.from(part));
    const at = chance.below(parts.length);
    parts[at] = Buffer.from(changed(chance, parts[at] ?? new Uint8Array()));
    return Buffer.from(parts.map(latin1).join(SEPARATOR), 'latin1');
  },
  read: looked,
  judge: async (input, { outcome, said }) => {
    must(said.length <= 4, `${said.length} questions for one look`);
    if (!outcome.ok) return mustBeShowable(outcome.fault.detail, 400, 'the fault');
    const { state, watts, hashRate = 0, mode = '', identity = '', firmware = '', temperatureC = 1, fansRpm = [] } = outcome.value;
    must(watts === undefined || (watts > 0 && watts <= 20_000), `${watts} W`);
    must(hashRate >= 0 && hashRate <= 1e21, `${hashRate} H/s`);
    must(temperatureC > 0 && temperatureC <= 200, `${temperatureC} degrees`);
    must(fansRpm.length <= 8 && fansRpm.every((rpm) => rpm >= 0 && rpm <= 100_000), `fans ${fansRpm}`);
    for (const text of [mode, identity, firmware]) mustBeShowable(text, 64, 'a text of the rig');
    if (state !== 'paused') return;
    const last = said.at(-1) ?? '';
    // A \u escape may spell anything.
    must(last.includes('In Idle') || last.includes('\\u'), 'paused, and the rig did not say so');
    must(hashRate === 0, 'paused, and it hashes');
    await neverPausedWhenCut(input, said);
  },
});

async function neverPausedWhenCut(input: Uint8Array, said: readonly string[]): Promise<void> {
  const last = (said.at(-1) ?? '').replace(/[\0\r\n]+$/, '');
  const end = last.startsWith('{') ? last.lastIndexOf('}') : last.lastIndexOf('|');
  if (end < 1 || !(isJson(last) || last.endsWith('|'))) return;
  const cut = last.slice(0, chanceBy(hashOf(input), 'cut').below(end));
  const { outcome } = await looked(Buffer.from([...said.slice(0, -1), cut].join(SEPARATOR), 'latin1'));
  must(!outcome.ok || outcome.value.state !== 'paused' || cut.endsWith('|'), 'paused, by an answer that was cut short');
}

function isJson(text: string): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === text;
  } catch {
    return false;
  }
}
