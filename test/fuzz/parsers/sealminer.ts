import type { Row } from '../../../src/wire/rows-4028.ts';
import { sealminerLook } from '../../../src/wire/sealminer.ts';
import { understood } from '../../../src/wire/socket4028.ts';
import { oneChanged } from '../answers.ts';
import type { Grain } from '../mutate.ts';
import { fuzzParser, must, mustBeShowable, ofJson, partsOf, textOf } from '../parser.ts';

const GRAIN: Grain = {
  tokens: [
    ...[
      '"PM State":"Running"',
      '"PM State":"Suspend"',
      '"PSU Input Power":41',
      '"PSU Input Power":3504',
      '"Board Count":3',
      '"Fan Count":4',
    ],
    ...['"0 Temp 3":70', '"0 Speed":3700', '"MHS 5s":0', '"STATUS":"RESTART"', '"__proto__":{"PM State":"Suspend"}'],
    ...['null', 'true', '{', '}', '[', ']', '""', '}{', '\0', '1e999'],
  ],
  cutAt: ',',
  most: 20_000,
};

type Look = ReturnType<typeof sealminerLook>;

/** One part of the input for each question, in turn. */
function seenIn(input: Uint8Array): Look | undefined {
  const [stats, summary] = partsOf(input).map((part, index): Row | undefined => {
    const answer = understood({ ok: true, value: part }, { where: '192.0.2.1:4028', command: 'stats' });
    if (!answer.ok) mustBeShowable(answer.fault.detail, 400, 'the fault');
    return answer.ok ? answer.value.rows(index === 0 ? 'STATS' : 'SUMMARY')[0] : undefined;
  });
  return stats === undefined ? undefined : sealminerLook(stats, summary);
}

function judgeFigures({ hashRate = 0, watts, wattsFrom, temperatureC = 1, fansRpm = [], uptimeSeconds = 0 }: Look): void {
  must(hashRate >= 0 && hashRate <= 1.000_001e21, `${hashRate} H/s`);
  must(watts === undefined || (watts > 0 && watts <= 20_000), `${watts} W`);
  must((watts === undefined) === (wattsFrom === undefined), 'watts of nowhere');
  must(temperatureC > 0 && temperatureC <= 200, `${temperatureC} degrees`);
  must(fansRpm.length <= 16 && fansRpm.every((rpm) => rpm >= 0 && rpm <= 30_000), `fans at ${fansRpm.join()}`);
  must(uptimeSeconds >= 0 && uptimeSeconds <= 1e9, `${uptimeSeconds} s`);
}

export const sealminerAnswers = fuzzParser<Look | undefined>({
  name: 'sealminer-look',
  about: 'the answers of a SealMiner',
  allocates: ofJson,
  make: oneChanged(GRAIN),
  read: seenIn,
  judge: (input, look) => {
    if (look === undefined) return;
    for (const text of [look.mode, look.identity, look.firmware]) mustBeShowable(text ?? '', 80, 'a text of the rig');
    judgeFigures(look);
    if (look.state !== 'paused') return;
    must((look.watts ?? 0) < 100, `paused at ${look.watts} W`);
    const first = textOf(partsOf(input)[0] ?? new Uint8Array());
    // A \u escape may spell anything.
    must(/"\s*suspend/i.test(first) || first.includes('\\u'), 'paused, and the rig did not say so');
  },
});
