// What the pages of a rig under VNish answer: what it is said to do, and whether it agreed.
import type { Outcome } from '../../../src/model/outcome.ts';
import type { HttpAnswer } from '../../../src/wire/http-answer.ts';
import {
  type VnishInfo,
  type VnishStatus,
  vnishAgreementIn,
  vnishInfoIn,
  vnishLockIn,
  vnishLook,
  vnishMinerIn,
  vnishPresetWattsIn,
  vnishStatusIn,
  vnishTokenIn,
} from '../../../src/wire/vnish.ts';
import { oneChanged } from '../answers.ts';
import type { Grain } from '../mutate.ts';
import { fuzzParser, must, mustBeShowable, ofJson, partsOf, textOf } from '../parser.ts';

const GRAIN: Grain = {
  tokens: [
    ...['"miner_state":"stopped"', '"miner_state":"mining"', '"hr_realtime":0', '"power_consumption":0', '"power_usage":29'],
    ...['"psu_power_metering":true', '"hr_measure":"MH/s"', '"uptime":"0:06"', '"token":""', '"throttled":60', '"err":""', '"name":"3250"'],
    ...['null', 'true', '{', '}', '[', ']', '""', '<html>', '"__proto__":{"miner_state":"stopped"}'],
  ],
  cutAt: ',',
  most: 20_000,
};

const FROM = { where: '192.0.2.1:80', who: 'VNish' };

interface Seen {
  readonly status: Outcome<VnishStatus>;
  readonly look: ReturnType<typeof vnishLook> | undefined;
  readonly info: VnishInfo | undefined;
  readonly agreed: Outcome;
  readonly token: Outcome<string>;
  readonly presetWatts: number | undefined;
  readonly lockSeconds: number | undefined;
}

/** One part of the input for each question, in turn. */
function seenIn(input: Uint8Array): Seen {
  const [first = '', summary = '', info = '', agreed = '', token = '', preset = '', lock = ''] = partsOf(input).map(textOf);
  const good = (body: string): HttpAnswer => ({ status: 200, body });
  const answer = (body: string): Outcome<HttpAnswer> => ({ ok: true, value: good(body) });
  const status = vnishStatusIn(good(first), FROM);
  const is = vnishInfoIn(answer(info), FROM);
  return {
    status,
    look: status.ok ? vnishLook(status.value.word, vnishMinerIn(answer(summary), FROM), is?.unit) : undefined,
    info: is,
    agreed: vnishAgreementIn(good(agreed), FROM),
    token: vnishTokenIn(good(token), FROM),
    presetWatts: vnishPresetWattsIn(answer(preset), FROM),
    lockSeconds: vnishLockIn(good(lock), FROM),
  };
}

function judgeRest({ status, info, agreed, token, presetWatts = 1, lockSeconds = 0 }: Seen): void {
  for (const one of [status, token, agreed]) if (!one.ok) mustBeShowable(one.fault.detail, 400, 'the fault');
  for (const text of [info?.identity, info?.firmware, info?.algorithm]) mustBeShowable(text ?? '', 200, 'a text of the rig');
  must(!token.ok || /^[\x21-\x7e]+$/.test(token.value), 'a token that no header can hold');
  must(presetWatts >= 0 && presetWatts <= 20_000, `a preset of ${presetWatts} W`);
  must(lockSeconds >= 0 && lockSeconds <= 86_400, `locked for ${lockSeconds} s`);
  const { uptimeSeconds = 0 } = info ?? {};
  must(uptimeSeconds >= 0 && uptimeSeconds < 1e11, `${uptimeSeconds} s`);
}

function judgeLook({
  hashRate = 0,
  watts,
  wattsFrom,
  temperatureC = 1,
  boardTemperatureC = 1,
  fansRpm = [],
}: ReturnType<typeof vnishLook>): void {
  must(hashRate >= 0 && hashRate <= 1.000_001e21, `${hashRate} H/s`);
  must(watts === undefined || (watts > 0 && watts <= 20_000), `${watts} W`);
  must((watts === undefined) === (wattsFrom === undefined), 'watts of nowhere');
  for (const celsius of [temperatureC, boardTemperatureC]) must(celsius > 0 && celsius <= 200, `${celsius} degrees`);
  must(fansRpm.length <= 16 && fansRpm.every((rpm) => rpm >= 0 && rpm <= 30_000), `fans at ${fansRpm.join()}`);
}

export const vnishAnswers = fuzzParser<Seen>({
  name: 'vnish-look',
  about: 'the answers of a rig under VNish',
  allocates: ofJson,
  make: oneChanged(GRAIN),
  read: seenIn,
  judge: (input, seen) => {
    judgeRest(seen);
    if (seen.look === undefined) return;
    judgeLook(seen.look);
    if (seen.look.state !== 'paused') return;
    const first = textOf(partsOf(input)[0] ?? new Uint8Array());
    // A \u escape may spell anything.
    must(/"\s*stopped\s*"/.test(first) || first.includes('\\u'), 'paused, and the rig did not say so');
  },
});
