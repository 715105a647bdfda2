// What switches on the network answer: the challenges of a login, a Shelly, a plug under Tasmota.

import type { Outcome } from '../../../src/model/outcome.ts';
import type { Chance } from '../../../src/sim/chance.ts';
import { authorization, bestChallenge, type Challenge, parseChallenges } from '../../../src/wire/http-auth.ts';
import { generationIn, outputIn, type ShellyGeneration, type ShellyOutput } from '../../../src/wire/shelly.ts';
import { powerIn } from '../../../src/wire/tasmota.ts';
import { jsonMutated } from '../json-trees.ts';
import { type Grain, latin1, mutated } from '../mutate.ts';
import { fuzzParser, must, mustBeShowable, ofJson, textOf } from '../parser.ts';

const HEADER: Grain = {
  tokens: [
    ...['Digest ', 'Basic ', 'realm=', 'nonce=', 'qop="auth"', 'qop=auth-int', 'algorithm=SHA-256', 'algorithm=MD5', 'stale=true'],
    ...['opaque=""', ', ', '="', '\\"', 'Negotiate abc==', 'nonce="', '    ', '======'],
  ],
  cutAt: ',',
  // What node takes of one header.
  most: 16_384,
};

export const httpChallenge = fuzzParser<readonly Challenge[]>({
  name: 'http-challenge',
  about: 'how a device on HTTP asks who we are',
  make: (chance, corpus) => mutated(chance, corpus, HEADER),
  // A header comes as one character a byte.
  read: (input) => parseChallenges([latin1(input)]),
  judge: (input, challenges) => {
    must(challenges.length <= 16, `${challenges.length} challenges`);
    const best = bestChallenge(challenges, ['basic', 'digest']);
    must((best === undefined) === (challenges.length === 0), 'challenges, and none of them is the best');
    for (const challenge of challenges) {
      const said = authorization(challenge, { username: 'admin', password: 'secret' }, { method: 'GET', uri: '/x', count: 1, cnonce: 'c' });
      must(/^[\x20-\x7e]*$/.test(said), 'an answer that no header can hold');
      must(said.length <= 2 * input.length + 400, `an answer of ${said.length} characters`);
      must(!said.includes('secret'), 'the password in clear');
    }
  },
});

const ANSWER: Grain = {
  tokens: [
    ...['"output":true', '"output":false', '"ison":true', '"ison":false', '"gen":2', '"type":"SHPLG-S"', '"errors":["overtemp"]'],
    ...['"POWER1":"ON"', '"POWER2":"OFF"', '"POWER":"ON"', '"WARNING":', '"Command":"Unknown"', '"__proto__":{"output":true}'],
    ...['null', 'true', '{', '}', '<html>'],
  ],
  cutAt: ',',
  // What the transport lets through.
  most: 65_536,
};

function answered(chance: Chance, corpus: readonly Uint8Array[]): Uint8Array {
  const text = chance.happens(0.6) ? jsonMutated(Buffer.from(chance.pick(corpus) ?? []).toString('utf8'), chance) : undefined;
  return text === undefined ? mutated(chance, corpus, ANSWER) : Buffer.from(text.slice(0, ANSWER.most));
}

const FROM = { where: '192.0.2.1:80', who: 'the plug' };

/** What a strict reader finds under a key. */
function strictly(input: Uint8Array, key: string): unknown {
  try {
    const value: unknown = JSON.parse(textOf(input).trim());
    return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
  } catch {
    return undefined;
  }
}

interface ShellySaid {
  readonly generation: Outcome<ShellyGeneration>;
  readonly output: Outcome<ShellyOutput>;
}

export const shellyAnswer = fuzzParser<ShellySaid>({
  name: 'shelly-answer',
  about: 'what a Shelly answers',
  allocates: ofJson,
  make: answered,
  read: (input) => {
    const answer = { status: 200, body: textOf(input) };
    return { generation: generationIn(answer, FROM), output: outputIn(answer, 1, FROM) };
  },
  judge: (input, { generation, output }) => {
    if (!generation.ok) mustBeShowable(generation.fault.detail, 400, 'the fault');
    if (!output.ok) return mustBeShowable(output.fault.detail, 400, 'the fault');
    const said = strictly(input, 'output') ?? strictly(input, 'ison');
    must(said === output.value.on, `${output.value.on ? 'on' : 'off'}, and nobody said so`);
    mustBeShowable(output.value.errors.join(), 200, 'the errors');
  },
});

export const tasmotaAnswer = fuzzParser<Outcome<boolean>>({
  name: 'tasmota-answer',
  about: 'what a plug under Tasmota answers',
  allocates: ofJson,
  make: answered,
  read: (input) => powerIn({ status: 200, body: textOf(input) }, 2, FROM),
  judge: (input, on) => {
    if (!on.ok) return mustBeShowable(on.fault.detail, 400, 'the fault');
    must(strictly(input, 'POWER2') === (on.value ? 'ON' : 'OFF'), 'a state of relay 2 that nobody told');
  },
});
