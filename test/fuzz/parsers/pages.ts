// What a page of the owner's answers for his rig.

import type { Outcome } from '../../../src/model/outcome.ts';
import type { RigReading } from '../../../src/model/rig.ts';
import { readingIn } from '../../../src/rigs/webhook.ts';
import { parsed } from '../../../src/wire/json.ts';
import { jsonMutated } from '../json-trees.ts';
import { type Grain, mutated } from '../mutate.ts';
import { fuzzParser, must, mustBeShowable, ofJson, textOf } from '../parser.ts';

const ANSWER: Grain = {
  tokens: [
    ...['"state":"asleep"', '"state":"mining"', '"kilowatts":', '"power":[', '"rate":{"TH 5s":', '"__proto__":{"state":"asleep"}'],
    ...['null', 'true', '1e999', '-1', '"0x10"', '"12.5"', '{', '}', ']'],
  ],
  cutAt: ',',
  // What the transport lets through.
  most: 65_536,
};

const FIELDS: Parameters<typeof readingIn>[1] = {
  watts: { at: 'power.0.kilowatts', unit: 'kW', from: 'measured' },
  hashing: { at: 'state', is: 'mining' },
  paused: { at: 'state', is: 'asleep' },
  hashRate: { at: ['rate', 'TH 5s'], unit: 'TH/s' },
};

/** What a strict reader finds as `state`. */
function stateSaid(input: Uint8Array): unknown {
  try {
    const value: unknown = JSON.parse(textOf(input));
    return typeof value === 'object' && value !== null && Object.hasOwn(value, 'state') ? Reflect.get(value, 'state') : undefined;
  } catch {
    return undefined;
  }
}

export const webhookAnswer = fuzzParser<Outcome<RigReading>>({
  name: 'webhook-answer',
  about: "what a page of the owner's answers for his rig",
  allocates: ofJson,
  make: (chance, corpus) => {
    const text = chance.happens(0.6) ? jsonMutated(Buffer.from(chance.pick(corpus) ?? []).toString('utf8'), chance) : undefined;
    return text === undefined ? mutated(chance, corpus, ANSWER) : Buffer.from(text.slice(0, ANSWER.most));
  },
  read: (input) => readingIn(parsed(textOf(input)), FIELDS, { rig: 'attic', takenAtMs: 5, where: '192.0.2.1:80' }),
  judge: (input, outcome) => {
    if (!outcome.ok) return mustBeShowable(outcome.fault.detail, 250, 'the fault');
    const { state, watts, hashRate } = outcome.value;
    const said = stateSaid(input);
    must(state !== 'paused' || said === 'asleep', 'paused, and the page did not say so');
    must(state !== 'hashing' || said === 'mining', 'hashing, and the page did not say so');
    must(watts === undefined || (watts >= 0 && watts <= 1e6), `${watts} W`);
    must(hashRate === undefined || (hashRate >= 0 && hashRate <= 1e21), `${hashRate} H/s`);
  },
});
