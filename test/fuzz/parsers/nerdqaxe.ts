// What the page of a NerdQAxe answers: what it is said to do, and whether it agreed.
import type { Outcome } from '../../../src/model/outcome.ts';
import type { Chance } from '../../../src/sim/chance.ts';
import { type NerdqaxeInfo, nerdqaxeAgreementIn, nerdqaxeInfoIn, nerdqaxeState } from '../../../src/wire/nerdqaxe.ts';
import { jsonMutated } from '../json-trees.ts';
import { type Grain, mutated } from '../mutate.ts';
import { fuzzParser, must, mustBeShowable, ofJson, textOf } from '../parser.ts';

const GRAIN: Grain = {
  tokens: [
    ...['"shutdown":true', '"shutdown":false', '"power":0', '"power":78.5', '"hashRate":0', '"version":"v1.0.36"', '"ASICModel":"BM1370"'],
    ...['"asicTemps":[57,0]', '"fanCount":2', '"miningPaused":true', 'System will shutdown shortly.', '"__proto__":{"shutdown":true}'],
    ...['null', 'true', '{', '}', '[', ']', ',', '-1', '1e999', '<html>'],
  ],
  cutAt: ',',
  most: 20_000,
};

const FROM = { where: '192.0.2.1:80', who: 'a NerdQAxe' };

interface Seen {
  readonly info: Outcome<NerdqaxeInfo>;
  readonly agreed: Outcome;
}

function made(chance: Chance, corpus: readonly Uint8Array[]): Uint8Array {
  const text = chance.happens(0.7) ? jsonMutated(Buffer.from(chance.pick(corpus) ?? []).toString('utf8'), chance) : undefined;
  return text === undefined ? mutated(chance, corpus, GRAIN) : Buffer.from(text.slice(0, GRAIN.most));
}

export const nerdqaxeAnswers = fuzzParser<Seen>({
  name: 'nerdqaxe-answer',
  about: 'the answers of a NerdQAxe',
  allocates: ofJson,
  make: made,
  read: (input) => {
    const answer = { status: 200, body: textOf(input) };
    return { info: nerdqaxeInfoIn(answer, FROM), agreed: nerdqaxeAgreementIn(answer, FROM) };
  },
  judge: (input, { info, agreed }) => {
    for (const one of [info, agreed]) if (!one.ok) mustBeShowable(one.fault.detail, 400, 'the fault');
    must(!agreed.ok || /shortly/i.test(textOf(input)), 'agreed, and it did not say so');
    if (!info.ok) return;
    const { version, identity = '', watts = 1, hashRate = 0, chipC = 1, fansRpm = [], uptimeSeconds = 0 } = info.value;
    for (const text of [version, identity]) mustBeShowable(text, 64, 'a text of the board');
    must(watts > 0 && watts <= 2_000, `${watts} W`);
    must(hashRate >= 0 && hashRate <= 1.000_001e15, `${hashRate} H/s`);
    must(chipC > 0 && chipC <= 150, `${chipC} degrees`);
    must(fansRpm.length <= 2 && fansRpm.every((rpm) => rpm >= 0 && rpm <= 50_000), `fans at ${fansRpm.join()}`);
    must(uptimeSeconds >= 0 && uptimeSeconds <= 1e9, `${uptimeSeconds} s`);
    if (nerdqaxeState(info.value) !== 'paused') return;
    // A \u escape may spell anything.
    must(/"shutdown"\s*:\s*true/.test(textOf(input)) || textOf(input).includes('\\u'), 'paused, and the board did not say so');
  },
});
