// What T-Rex answers: its summary, its word to an order, its login and what it denies.
import type { Outcome } from '../../../src/model/outcome.ts';
import {
  type TrexSeen,
  trexBodyIn,
  trexCardsOf,
  trexDenialIn,
  trexPause,
  trexSessionIn,
  trexSummaryIn,
  trexWordIn,
} from '../../../src/wire/trex.ts';
import { jsonMutated } from '../json-trees.ts';
import { type Grain, mutated } from '../mutate.ts';
import { fuzzParser, must, mustBeShowable, mustEqual, ofJson, textOf } from '../parser.ts';

const GRAIN: Grain = {
  tokens: [
    ...['{', '}', '[', ']', 'null', 'true', 'false', '<html>', '"paused":true', '"paused":false', '"paused":"true"', '"name":"t-rex"'],
    ...['"gpus":[]', '"gpus":[{}]', '"power":12', '"power":120', '"hashrate_instant":0', '"success":1', '"success":0', '"gpu_user_id":7'],
    ...['"error":"unauthorized request"', '"sid":"abc"', '"__proto__":{"paused":true}', '1e400', '-1', '"uptime":1', '\\u0000'],
  ],
  cutAt: ',',
  most: 65_536,
};

const FROM = { where: '10.0.0.51:4067', who: 'T-Rex' };

interface Said {
  readonly seen: Outcome<TrexSeen>;
  readonly word: Outcome;
  readonly denial: string | undefined;
  readonly sid: string | undefined;
}

export const trexAnswer = fuzzParser<Outcome<Said>>({
  name: 'trex-answer',
  about: 'what T-Rex answers',
  allocates: ofJson,
  make: (chance, corpus) => {
    const text = chance.happens(0.6) ? jsonMutated(Buffer.from(chance.pick(corpus) ?? []).toString('utf8'), chance) : undefined;
    return text === undefined ? mutated(chance, corpus, GRAIN) : Buffer.from(text.slice(0, GRAIN.most));
  },
  read: (input) => {
    const answer = { status: 200, body: textOf(input) };
    const body = trexBodyIn(answer, FROM);
    if (!body.ok) return body;
    const { value } = body;
    return {
      ok: true,
      value: {
        seen: trexSummaryIn(value, FROM),
        word: trexWordIn(value, FROM),
        denial: trexDenialIn(answer, value),
        sid: trexSessionIn(value),
      },
    };
  },
  judge: (input, said) => {
    if (!said.ok) return mustBeShowable(said.fault.detail, 400, 'the fault');
    const body = strictly(input);
    const { seen, word, denial, sid } = said.value;
    must(word.ok === (at(body, 'success') === 1), 'done, and nobody said so');
    must(denial === undefined || at(body, 'success') !== 1, 'denied, and nobody said so');
    if (sid !== undefined) must(/^[\w-]{1,64}$/.test(sid), 'a session that no line can hold');
    if (!word.ok) mustBeShowable(word.fault.detail, 400, 'the fault');
    if (!seen.ok) return mustBeShowable(seen.fault.detail, 400, 'the fault');
    judgeSeen(body, seen.value);
  },
});

function judgeSeen(body: unknown, seen: TrexSeen): void {
  const { state, hashRate = 0, watts = 0, algorithm = '', firmware = '', uptimeSeconds = 0, temperatureC = 1, mode, cards } = seen;
  must(hashRate >= 0 && hashRate <= 64e16, `${hashRate} H/s`);
  must(watts >= 0 && watts <= 64 * 2_000, `${watts} W`);
  must(uptimeSeconds >= 0 && uptimeSeconds <= 1e9, `${uptimeSeconds} s`);
  must(temperatureC > 0 && temperatureC <= 150, `${temperatureC} degrees`);
  for (const text of [algorithm, firmware]) mustBeShowable(text, 80, 'a text of the miner');
  must(state !== 'hashing' || hashRate > 0, 'hashing at no rate');
  if (mode !== undefined) mustEqual(trexPause(false, trexCardsOf(mode)), `false:${mode}`, 'the mode to come back to');
  if (state !== 'paused') return;
  const list = at(body, 'gpus');
  must(Array.isArray(list) && list.length === cards.length && cards.length > 0, 'paused, and not every card was looked at');
  for (const card of list) {
    const flag = Object.hasOwn(card as object, 'paused') ? at(card, 'paused') : at(body, 'paused');
    must(flag === true, 'paused, and a card did not say so');
  }
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}

/** What a strict reader finds. */
function strictly(input: Uint8Array): unknown {
  try {
    return JSON.parse(textOf(input).trim());
  } catch {
    return undefined;
  }
}
