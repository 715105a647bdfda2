// What rigs on HTTP answer. Above all: nothing that is broken, cut short or made up may read as a pause.
import type { Outcome } from '../../../src/model/outcome.ts';
import type { Chance } from '../../../src/sim/chance.ts';
import { type AxeosInfo, axeosState, frequenciesIn, infoIn, obeyedIn } from '../../../src/wire/axeos.ts';
import {
  actedIn,
  type BraiinsCooling,
  type BraiinsDetails,
  type BraiinsStats,
  braiinsObjectIn,
  braiinsState,
  coolingIn,
  detailsIn,
  isBraiins,
  leastTargetIn,
  statsIn,
  targetIn,
  tokenIn,
} from '../../../src/wire/braiins.ts';
import {
  cookieIn,
  dataIn,
  graphqlLookIn,
  graphqlWantsLogin,
  isGraphql,
  type OlderLook,
  olderState,
} from '../../../src/wire/braiins-older.ts';
import { jsonMutated } from '../json-trees.ts';
import { type Grain, latin1, mutated } from '../mutate.ts';
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

/** What a strict reader finds down the keys. */
function strictlyAt(input: Uint8Array, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key) ? Reflect.get(inner, key) : undefined),
    strictly(input),
  );
}

const BRAIINS_GRAIN: Grain = {
  tokens: [
    ...[
      '"status":3',
      '"status":2',
      '"last_5s":{"gigahash_per_second":0}',
      '"bosminer_uptime_s":9',
      '"token":"abc"',
      '"watt":0',
      '"watt":2400',
    ],
    ...['"mhs5S":0', '"approxConsumptionW":0', '"data":null', '"errors":[{"message":"Unauthorized"}]', '"void":null', '"info":null'],
    ...['"location":2', '"__proto__":{"status":3}', 'null', 'true', 'false', '{', '}', '[', ']', ',', '-1', '1e999', '<html>'],
  ],
  cutAt: ',',
  most: 65_536,
};

const BRAIINS = { where: '192.0.2.1:80', who: 'a rig under Braiins OS' };

interface BraiinsSaid {
  readonly details: Outcome<BraiinsDetails>;
  readonly figures: (BraiinsStats & BraiinsCooling) | undefined;
  readonly acted: Outcome;
  readonly targets: readonly (number | undefined)[];
  readonly token: string | undefined;
}

export const braiinsAnswer = fuzzParser<BraiinsSaid>({
  name: 'braiins-answer',
  about: 'what a rig under Braiins OS answers to REST',
  // It is read five times.
  allocates: (bytes) => 5 * ofJson(bytes),
  make: answered(BRAIINS_GRAIN),
  read: (input) => {
    const answer = { status: 200, body: textOf(input) };
    const row = braiinsObjectIn(answer, BRAIINS);
    isBraiins(answer);
    return {
      details: detailsIn(answer, BRAIINS),
      figures: row.ok ? { ...statsIn(row.value), ...coolingIn(row.value) } : undefined,
      acted: actedIn(answer, BRAIINS),
      targets: row.ok ? [targetIn(row.value), leastTargetIn(row.value)] : [],
      token: tokenIn(answer)?.['authorization'],
    };
  },
  judge: (input, { details, figures, acted, targets, token }) => {
    for (const one of [details, acted]) if (!one.ok) mustBeShowable(one.fault.detail, 400, 'the fault');
    must(!acted.ok || /^\s*(true|false)\s*$/.test(textOf(input)), 'it did what was asked, and did not say so');
    must(token === undefined || token === strictly(input)['token']?.toString().trim(), 'a token that nobody gave');
    must(token === undefined || /^[\x21-\x7e]{1,4096}$/.test(token), 'a token that no header can hold');
    for (const watts of targets) must(watts === undefined || (watts >= 0 && watts <= 20_000), `a target of ${watts} W`);
    if (figures !== undefined) soundFigures(figures);
    if (details.ok) soundState(input, details.value, figures);
  },
});

function soundState(input: Uint8Array, details: BraiinsDetails, figures: BraiinsStats | undefined): void {
  for (const text of [details.identity, details.firmware]) mustBeShowable(text ?? '', 90, 'a text of the rig');
  if (braiinsState(details, figures ?? { hashRate: undefined }) !== 'paused') return;
  must(numeric(strictly(input)['status']) === 3, 'paused, and the rig did not say so');
  const last = numeric(strictlyAt(input, 'miner_stats', 'real_hashrate', 'last_5s', 'gigahash_per_second'));
  must(last >= 0 && last <= 10, 'paused, and the last 5 s do not show it');
}

function soundFigures({
  hashRate = 0,
  watts = 0,
  temperatureC = 0,
  boardTemperatureC = 0,
  fansRpm = [],
}: Pick<BraiinsStats, 'hashRate' | 'watts'> & BraiinsCooling): void {
  must(watts >= 0 && watts <= 20_000, `${watts} W`);
  must(hashRate >= 0 && hashRate <= 1e18, `${hashRate} H/s`);
  for (const celsius of [temperatureC, boardTemperatureC]) must(celsius >= 0 && celsius <= 200, `${celsius} °C`);
  must(fansRpm.length <= 16 && fansRpm.every((rpm) => rpm >= 0 && rpm <= 50_000), 'fans of which nobody has heard');
}

interface GraphqlSaid {
  readonly look: OlderLook | undefined;
  readonly fault: string;
  readonly cookie: string | undefined;
}

export const braiinsGraphql = fuzzParser<GraphqlSaid>({
  name: 'braiins-graphql',
  about: 'what a rig under Braiins OS answers to GraphQL',
  // It is read four times.
  allocates: (bytes) => 4 * ofJson(bytes),
  make: answered(BRAIINS_GRAIN),
  read: (input) => {
    // A header comes as one character a byte.
    const answer = { status: 200, body: textOf(input), cookies: [latin1(input).slice(0, 8_000)] };
    isGraphql(answer);
    graphqlWantsLogin(answer);
    const data = dataIn(answer, BRAIINS);
    return {
      look: data.ok ? graphqlLookIn(data.value) : undefined,
      fault: data.ok ? '' : data.fault.detail,
      cookie: cookieIn(answer)?.['cookie'],
    };
  },
  judge: (input, { look, fault, cookie }) => {
    mustBeShowable(fault, 400, 'the fault');
    must(cookie === undefined || /^[\x20-\x7e]{1,8200}$/.test(cookie), 'a cookie that no header can hold');
    if (look === undefined) return;
    soundFigures(look);
    mustBeShowable(look.firmware ?? '', 90, 'a text of the rig');
    if (olderState(look, true) !== 'paused') return;
    const info = ['data', 'bosminer', 'info'] as const;
    must(
      numeric(strictlyAt(input, ...info, 'workSolver', 'realHashrate', 'mhs5S')) === 0,
      'paused, and it does not say that it stands still',
    );
    must(numeric(strictlyAt(input, ...info, 'summary', 'power', 'approxConsumptionW')) <= 100, 'paused, and its watts do not show it');
  },
});
