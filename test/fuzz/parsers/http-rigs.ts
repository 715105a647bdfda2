// What rigs on HTTP answer. Above all: nothing that is broken, cut short or made up may read as a pause.
import type { Outcome } from '../../../src/model/outcome.ts';
import type { Chance } from '../../../src/sim/chance.ts';
import { type AxeosInfo, axeosState, frequenciesIn, infoIn, obeyedIn } from '../../../src/wire/axeos.ts';
import { jsonMutated } from '../json-trees.ts';
import { type Grain, mutated } from '../mutate.ts';
import { fuzzParser, must, mustBeShowable, ofJson, textOf } from '../parser.ts';

const GRAIN: Grain = {
  tokens: [
    ...['"miningPaused":true', '"miningPaused":false', '"power":3.1', '"hashRate":0', '"version":"v2.14.0"', '"ASICModel":"BM1370"'],
    ...['"message":"Mining paused"', '"frequencyOptions":[400,490]', '"temp":-1', '"__proto__":{"miningPaused":true}'],
    ...['null', 'true', '{', '}', '[', ']', ',', '-1', '1e999', '<html>'],
  ],
  cutAt: ',',
  // What the transport lets through.
  most: 65_536,
};

/** Most stay JSON, so that they get past the brackets. */
function answered(grain: Grain): (chance: Chance, corpus: readonly Uint8Array[]) => Uint8Array {
  return (chance, corpus) => {
    const text = chance.happens(0.7) ? jsonMutated(Buffer.from(chance.pick(corpus) ?? []).toString('utf8'), chance) : undefined;
    return text === undefined ? mutated(chance, corpus, grain) : Buffer.from(text.slice(0, grain.most));
  };
}

/** The object that a strict reader finds; none where there is none. */
function strictly(input: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(textOf(input).trim());
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
  } catch {
    return {};
  }
}

/** A number, or a text that is one; anything else is none. */
function numeric(value: unknown): number {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
}

const FROM = { where: '192.0.2.1:80', who: 'a board under AxeOS' };

interface AxeosSaid {
  readonly info: Outcome<AxeosInfo>;
  readonly obeyed: Outcome;
  readonly frequencies: Outcome<readonly number[]>;
}

export const axeosAnswer = fuzzParser<AxeosSaid>({
  name: 'axeos-answer',
  about: 'what a board under AxeOS answers',
  // It is read three times.
  allocates: (bytes) => 3 * ofJson(bytes),
  make: answered(GRAIN),
  read: (input) => {
    const answer = { status: 200, body: textOf(input) };
    return { info: infoIn(answer, FROM), obeyed: obeyedIn(answer, 'pause', FROM), frequencies: frequenciesIn(answer, FROM) };
  },
  judge: (input, { info, obeyed, frequencies }) => {
    for (const one of [info, obeyed, frequencies]) if (!one.ok) mustBeShowable(one.fault.detail, 400, 'the fault');
    const said = strictly(input);
    must(!obeyed.ok || typeof said['message'] === 'string', 'it obeyed, and did not say so');
    if (frequencies.ok)
      must(
        frequencies.value.every((one) => one > 0 && one <= 5_000),
        'a clock of which nobody has heard',
      );
    if (!info.ok) return;
    const { watts = 0, hashRate = 0, chipC = 1, fansRpm = [], identity = '', version } = info.value;
    must(watts >= 0 && watts <= 2_000, `${watts} W`);
    must(hashRate >= 0 && hashRate <= 1e15, `${hashRate} H/s`);
    must(chipC >= 1 && chipC <= 150, `${chipC} °C`);
    must(
      fansRpm.every((rpm) => rpm >= 0 && rpm <= 50_000),
      'a fan of which nobody has heard',
    );
    for (const text of [identity, version]) mustBeShowable(text, 64, 'a text of the rig');
    if (axeosState(info.value) !== 'paused') return;
    must(said['miningPaused'] === true, 'paused, and the rig did not say so');
    must(numeric(said['power']) < 6 || numeric(said['hashRate']) === 0, 'paused, and neither watts nor hash rate show it');
  },
});
