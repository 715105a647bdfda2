// What an Auradine answers: what it is said to do, who it is, and the token that it gives.
import type { Outcome } from '../../../src/model/outcome.ts';
import {
  type AuradineMode,
  auradineAnswerIn,
  auradineLedIn,
  auradineLook,
  auradineModeIn,
  auradineTokenIn,
  auradineWhoIn,
} from '../../../src/wire/auradine.ts';
import type { Answer4028 } from '../../../src/wire/socket4028.ts';
import { oneChanged } from '../answers.ts';
import type { Grain } from '../mutate.ts';
import { fuzzParser, must, mustBeShowable, ofJson, partsOf, textOf } from '../parser.ts';

const GRAIN: Grain = {
  tokens: [
    ...['"Sleep":"on"', '"Sleep":"off"', '"Sleep":true', '"PowerIn":"58.94W"', '"PowerIn":"2.1kW"', '"PowerIn":3200', '"MHS 5s":0'],
    ...['"STATUS":"E"', '"Msg":"token expired"', '"Token":"abc"', '"ChipTemp":null', '"Speed":7000', '"__proto__":{"Sleep":"on"}'],
    ...['null', 'true', '{', '}', '[', ']', '""', '<html>', '}{', '\0'],
  ],
  cutAt: ',',
  most: 20_000,
};

const FROM = { where: '192.0.2.1:8080', who: 'an Auradine' };

interface Seen {
  readonly mode: Outcome<AuradineMode>;
  readonly look: ReturnType<typeof auradineLook> | undefined;
  readonly token: Outcome<string>;
  readonly who: ReturnType<typeof auradineWhoIn> | undefined;
  readonly led: number | undefined;
}

/** One part of the input for each question, in turn. */
function seenIn(input: Uint8Array): Seen {
  const [first, summary, psu, temperature, fan, who, token] = partsOf(input).map((part): Outcome<Answer4028> => {
    return auradineAnswerIn({ status: 200, body: textOf(part) }, '/mode', FROM);
  });
  const good = (answer: Outcome<Answer4028> | undefined): Answer4028 | undefined => (answer?.ok ? answer.value : undefined);
  const none: Outcome<never> = { ok: false, fault: { code: 'garbled', retry: 'soon', detail: 'nothing' } };
  const mode = first?.ok ? auradineModeIn(first.value, FROM) : (first ?? none);
  const seen = { summary: good(summary), psu: good(psu), temperature: good(temperature), fan: good(fan) };
  const is = good(who);
  return {
    mode,
    look: mode.ok ? auradineLook(mode.value, seen) : undefined,
    token: token?.ok ? auradineTokenIn(token.value, FROM) : (token ?? none),
    who: is === undefined ? undefined : auradineWhoIn(is),
    led: is === undefined ? undefined : auradineLedIn(is),
  };
}

function judgeLook({
  hashRate = 0,
  watts,
  wattsFrom,
  temperatureC = 1,
  boardTemperatureC = 1,
  fansRpm = [],
}: NonNullable<Seen['look']>): void {
  must(hashRate >= 0 && hashRate <= 1.000_001e21, `${hashRate} H/s`);
  must(watts === undefined || (watts > 0 && watts <= 640_000), `${watts} W`);
  must((watts === undefined) === (wattsFrom === undefined), 'watts of nowhere');
  for (const celsius of [temperatureC, boardTemperatureC]) must(celsius > 0 && celsius <= 200, `${celsius} degrees`);
  must(fansRpm.length <= 32 && fansRpm.every((rpm) => rpm >= 0 && rpm <= 30_000), `fans at ${fansRpm.join()}`);
}

export const auradineAnswers = fuzzParser<Seen>({
  name: 'auradine-look',
  about: 'the answers of an Auradine',
  allocates: ofJson,
  make: oneChanged(GRAIN),
  read: seenIn,
  judge: (input, { mode, look, token, who, led = 0 }) => {
    for (const one of [mode, token]) if (!one.ok) mustBeShowable(one.fault.detail, 400, 'the fault');
    for (const text of [who?.identity, who?.firmware]) mustBeShowable(text ?? '', 80, 'a text of the rig');
    must(!token.ok || /^[\x21-\x7e]+$/.test(token.value), 'a token that no header can hold');
    must(Number.isInteger(led) && led >= 0, `a light of code ${led}`);
    if (!mode.ok || look === undefined) return;
    mustBeShowable(mode.value.name ?? '', 64, 'its mode');
    judgeLook(look);
    if (look.state !== 'paused') return;
    const first = textOf(partsOf(input)[0] ?? new Uint8Array());
    must((look.watts ?? 0) < 100, `paused at ${look.watts} W`);
    // A \u escape may spell anything.
    must(/"Sleep"/.test(first) || first.includes('\\u'), 'paused, and the rig did not say so');
  },
});
