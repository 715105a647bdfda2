// What a rig of ePIC answers: what it is said to do, who it is, and whether it agreed.
import type { Outcome } from '../../../src/model/outcome.ts';
import { type EpicSummary, epicAgreementIn, epicIdentityIn, epicSummaryIn } from '../../../src/wire/epic.ts';
import type { HttpAnswer } from '../../../src/wire/http-answer.ts';
import { oneChanged } from '../answers.ts';
import type { Grain } from '../mutate.ts';
import { fuzzParser, must, mustBeShowable, ofJson, partsOf, textOf } from '../parser.ts';

const GRAIN: Grain = {
  tokens: [
    ...['"Operating State":"Idling"', '"Operating State":"Mining"', '"Input Power":41.5', '"Input Voltage":230', '"Input Current":9'],
    ...['"Hashrate":[5e7,100,0.8]', '"HBs":null', '"Fans Speed 1":null', '"result":true', '"result":false', '"error":{"BadPassword":"x"}'],
    ...['null', 'true', '{', '}', '[', ']', '""', '<html>', '"__proto__":{"Operating State":"Idling"}'],
  ],
  cutAt: ',',
  most: 20_000,
};

const FROM = { where: '192.0.2.1:4028', who: 'a rig of ePIC' };

interface Seen {
  readonly summary: Outcome<EpicSummary>;
  readonly identity: string | undefined;
  readonly agreed: Outcome;
}

/** One part of the input for each question, in turn. */
function seenIn(input: Uint8Array): Seen {
  const [summary = '', network = '', agreed = ''] = partsOf(input).map(textOf);
  const good = (body: string): HttpAnswer => ({ status: 200, body });
  return {
    summary: epicSummaryIn(good(summary), FROM),
    identity: epicIdentityIn(good(network), FROM),
    agreed: epicAgreementIn(good(agreed), FROM),
  };
}

function judgeFigures({ hashRate = 0, watts, wattsFrom, boardTemperatureC = 1, fansRpm = [], uptimeSeconds = 0 }: EpicSummary): void {
  must(hashRate >= 0 && hashRate <= 1.000_001e21, `${hashRate} H/s`);
  must(watts === undefined || (watts > 0 && watts <= 20_000), `${watts} W`);
  must((watts === undefined) === (wattsFrom === undefined), 'watts of nowhere');
  must(boardTemperatureC > 0 && boardTemperatureC <= 200, `${boardTemperatureC} degrees`);
  must(fansRpm.length <= 16 && fansRpm.every((rpm) => rpm >= 0 && rpm <= 30_000), `fans at ${fansRpm.join()}`);
  must(uptimeSeconds >= 0 && uptimeSeconds <= 1e9, `${uptimeSeconds} s`);
}

export const epicAnswers = fuzzParser<Seen>({
  name: 'epic-look',
  about: 'the answers of a rig of ePIC',
  allocates: ofJson,
  make: oneChanged(GRAIN),
  read: seenIn,
  judge: (input, { summary, identity, agreed }) => {
    for (const one of [summary, agreed]) if (!one.ok) mustBeShowable(one.fault.detail, 400, 'the fault');
    mustBeShowable(identity ?? '', 64, 'its MAC');
    if (agreed.ok) must(/"\s*result\s*"|\\u/.test(textOf(partsOf(input)[2] ?? new Uint8Array())), 'agreed, and it did not say so');
    if (!summary.ok) return;
    const { state, watts = 0, algorithm = '', firmware = '' } = summary.value;
    for (const text of [algorithm, firmware]) mustBeShowable(text, 64, 'a text of the rig');
    judgeFigures(summary.value);
    if (state !== 'paused') return;
    must(watts < 100, `paused at ${watts} W`);
    const first = textOf(partsOf(input)[0] ?? new Uint8Array());
    // A \u escape may spell anything.
    must(/"\s*Idling\s*"/.test(first) || first.includes('\\u'), 'paused, and the rig did not say so');
  },
});
