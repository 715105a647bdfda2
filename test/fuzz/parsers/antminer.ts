// What the pages of an Antminer under Bitmain's own firmware answer: what it is said to do, and what would be written back.
import type { Outcome } from '../../../src/model/outcome.ts';
import { antminerAlgorithm, antminerBody, BITMAIN } from '../../../src/wire/antminer.ts';
import type { HttpAnswer } from '../../../src/wire/http-answer.ts';
import { type CgiConf, type CgiSystem, cgiAgreementIn, cgiConfIn, cgiLook, cgiRowsIn, cgiSystemIn } from '../../../src/wire/miner-cgi.ts';
import { objectOrNothing, oneChanged } from '../answers.ts';
import type { Grain } from '../mutate.ts';
import { fuzzParser, must, mustBeShowable, mustEqual, ofJson, partsOf, textOf } from '../parser.ts';

const GRAIN: Grain = {
  tokens: [
    ...['"bitmain-work-mode":1', '"bitmain-work-mode":"1"', '"miner-mode":1', '"miner-mode":0', '"pools":[]', '"SUMMARY":[]', '"STATS":[]'],
    ...['"rate_5s":0', '"rate_5s":"1.5"', '"rate_unit":"MH/s"', '"elapsed":1', '"temp_chip":[""]', '"code":"M000"', '"stats":"success"'],
    ...['null', 'true', '{', '}', '[', ']', '}{', '""', '<html>', '"__proto__":{"bitmain-work-mode":1}'],
  ],
  cutAt: ',',
  most: 20_000,
};

const FROM = { where: '192.0.2.1:80', who: 'the Antminer' };

interface Seen {
  readonly conf: Outcome<CgiConf>;
  readonly look: ReturnType<typeof cgiLook> | undefined;
  readonly system: CgiSystem | undefined;
  readonly agreed: Outcome;
  readonly body: string | undefined;
}

function seenIn(input: Uint8Array): Seen {
  const [first = '', summary = '', stats = '', system = ''] = partsOf(input).map(textOf);
  const answer = (body: string): Outcome<HttpAnswer> => ({ ok: true, value: { status: 200, body } });
  const conf = cgiConfIn({ status: 200, body: first }, FROM, BITMAIN);
  return {
    conf,
    look: conf.ok
      ? cgiLook(
          {
            conf: conf.value,
            summary: cgiRowsIn(answer(summary), 'SUMMARY', FROM),
            stats: cgiRowsIn(answer(stats), 'STATS', FROM),
          },
          BITMAIN,
        )
      : undefined,
    system: cgiSystemIn(answer(system), FROM, antminerAlgorithm),
    agreed: cgiAgreementIn({ status: 200, body: system }, FROM, BITMAIN),
    body: conf.ok && conf.value.unfit === undefined ? antminerBody(conf.value, 1, 'number') : undefined,
  };
}

export const antminerAnswers = fuzzParser<Seen>({
  name: 'antminer-look',
  about: 'the answers of a look at an Antminer',
  allocates: ofJson,
  make: oneChanged(GRAIN),
  read: seenIn,
  judge: (input, { conf, look, system, agreed, body }) => {
    for (const one of [conf, agreed]) if (!one.ok) mustBeShowable(one.fault.detail, 400, 'the fault');
    for (const text of Object.values(system ?? {})) mustBeShowable(String(text), 200, 'a text of the rig');
    if (look === undefined) return;
    const { hashRate = 0, temperatureC = 1, boardTemperatureC = 1, uptimeSeconds = 0, fansRpm = [], state } = look;
    must(hashRate >= 0 && hashRate <= 1e21, `${hashRate} H/s`);
    must(uptimeSeconds >= 0, `${uptimeSeconds} s`);
    for (const celsius of [temperatureC, boardTemperatureC]) must(celsius > 0 && celsius <= 200, `${celsius} degrees`);
    must(fansRpm.length <= 16 && fansRpm.every((rpm) => rpm >= 0 && rpm <= 30_000), `fans at ${fansRpm.join()}`);
    const [first = '', summary = '', stats = ''] = partsOf(input).map(textOf);
    if (state === 'paused') {
      const modes = [objectOrNothing(first), objectOrNothing(stats)].map((said) => JSON.stringify(said));
      must(
        modes.some((said) => /-mode":\s*"?\s*0*1/.test(said)),
        'paused, and nobody said that it is set to sleep',
      );
      const rows = [objectOrNothing(summary)['SUMMARY'], objectOrNothing(stats)['STATS']];
      must(rows.some(Array.isArray), 'paused, and its rates were not read');
    }
    if (body === undefined) return;
    const [before, after] = [objectOrNothing(first), objectOrNothing(body)];
    mustEqual(after['pools'], before['pools'], 'the pools that are written back');
    mustEqual(after['bitmain-fan-pwm'], before['bitmain-fan-pwm'] ?? undefined, 'the fans that are written back');
  },
});
