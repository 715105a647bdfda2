// What xmrig answers: its summary, and its word to an order.
import type { Outcome } from '../../../src/model/outcome.ts';
import { rpcIn, summaryIn, type XmrigSeen } from '../../../src/wire/xmrig.ts';
import { jsonMutated } from '../json-trees.ts';
import { type Grain, mutated } from '../mutate.ts';
import { fuzzParser, must, mustBeShowable, ofJson, textOf } from '../parser.ts';

const GRAIN: Grain = {
  tokens: [
    ...['{', '}', '[', ']', 'null', 'true', 'false', '<html>', '"paused":true', '"paused":false', '"paused":"true"', '"kind":"miner"'],
    ...[
      '"hashrate":{"total":[0.0]}',
      '"total":[null]',
      '"result":{"status":"OK"}',
      '"error":{"code":-32601}',
      '"__proto__":{"paused":true}',
    ],
    ...['1e400', '-1', '"uptime":1', '\\u0000'],
  ],
  cutAt: ',',
  // What the transport lets through.
  most: 65_536,
};

const FROM = { where: '10.0.0.41:44444', who: 'xmrig' };

interface Said {
  readonly seen: Outcome<XmrigSeen>;
  readonly word: Outcome<'done' | 'unknown'>;
}

export const xmrigAnswer = fuzzParser<Said>({
  name: 'xmrig-answer',
  about: 'what xmrig answers',
  allocates: ofJson,
  make: (chance, corpus) => {
    const text = chance.happens(0.6) ? jsonMutated(Buffer.from(chance.pick(corpus) ?? []).toString('utf8'), chance) : undefined;
    return text === undefined ? mutated(chance, corpus, GRAIN) : Buffer.from(text.slice(0, GRAIN.most));
  },
  read: (input) => {
    const answer = { status: 200, body: textOf(input) };
    return { seen: summaryIn(answer, FROM), word: rpcIn(answer, 'pause', FROM) };
  },
  judge: (input, { seen, word }) => {
    const body = strictly(input);
    if (word.ok) {
      const found = word.value === 'done' ? at(at(body, 'result'), 'status') : at(at(body, 'error'), 'code');
      must(word.value === 'done' ? String(found).trim() === 'OK' : found === -32601, `${word.value}, and nobody said so`);
    } else mustBeShowable(word.fault.detail, 400, 'the fault');
    if (!seen.ok) return mustBeShowable(seen.fault.detail, 400, 'the fault');
    const { state, hashRate = 0, algorithm = '', identity = '', firmware = '', uptimeSeconds = 0 } = seen.value;
    must(hashRate >= 0 && hashRate <= 1e16, `${hashRate} H/s`);
    must(uptimeSeconds >= 0 && uptimeSeconds <= 1e9, `${uptimeSeconds} s`);
    for (const text of [algorithm, identity, firmware]) mustBeShowable(text, 80, 'a text of the miner');
    must((state === 'paused') === (at(body, 'paused') === true), `${state}, and nobody said so`);
    must(state !== 'hashing' || hashRate > 0, 'hashing at no rate');
  },
});

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
