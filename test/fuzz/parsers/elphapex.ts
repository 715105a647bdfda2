// What the pages of an Elphapex answer: what it is said to do, and what would be written back.
import type { Outcome } from '../../../src/model/outcome.ts';
import { ELPHAPEX, elphapexConfIn, elphapexWattsIn, elphapexWrite } from '../../../src/wire/elphapex.ts';
import { type CgiConf, cgiAgreementIn, cgiLook, cgiRowsIn, modeToKeep, wakingMode } from '../../../src/wire/miner-cgi.ts';
import { objectOrNothing, oneChanged } from '../answers.ts';
import type { Grain } from '../mutate.ts';
import { fuzzParser, must, mustBeShowable, mustEqual, ofJson, partsOf, textOf } from '../parser.ts';

const GRAIN: Grain = {
  tokens: [
    ...['"fc-work-mode":1', '"fc-work-mode":"1"', '"fc-work-mode":-1000', '"miner-mode":1', '"pools":[]', '"SUMMARY":[]', '"STATS":[]'],
    ...['"rate_5s":0', '"rate_unit":"MH/s"', '"elapsed":1', '"temp_chip":["25687"]', '"code":0', '"code":"M000"', '"power_output":"25"'],
    ...['null', 'true', '{', '}', '[', ']', '}{', '""', '<html>', '"__proto__":{"fc-work-mode":1}'],
  ],
  cutAt: ',',
  most: 20_000,
};

const FROM = { where: '192.0.2.2:80', who: 'an Elphapex' };

interface Seen {
  readonly conf: Outcome<CgiConf>;
  readonly look: ReturnType<typeof cgiLook> | undefined;
  readonly agreed: Outcome;
  readonly watts: number | undefined;
  readonly body: string | undefined;
}

function seenIn(input: Uint8Array): Seen {
  const [first = '', summary = '', stats = '', last = ''] = partsOf(input).map(textOf);
  const answer = (body: string): { readonly status: number; readonly body: string } => ({ status: 200, body });
  const conf = elphapexConfIn(answer(first), FROM, 'cgi');
  const rows = (text: string, section: 'SUMMARY' | 'STATS'): ReturnType<typeof cgiRowsIn> =>
    cgiRowsIn({ ok: true, value: answer(text) }, section, FROM);
  return {
    conf,
    look: conf.ok ? cgiLook({ conf: conf.value, summary: rows(summary, 'SUMMARY'), stats: rows(stats, 'STATS') }, ELPHAPEX) : undefined,
    agreed: cgiAgreementIn(answer(last), FROM, ELPHAPEX),
    watts: elphapexWattsIn(answer(last), FROM),
    body: conf.ok && conf.value.unfit === undefined ? elphapexWrite('cgi', { conf: conf.value, mode: 1, as: 'number' }).body : undefined,
  };
}

export const elphapexAnswers = fuzzParser<Seen>({
  name: 'elphapex-look',
  about: 'the answers of a look at an Elphapex',
  allocates: ofJson,
  make: oneChanged(GRAIN),
  read: seenIn,
  judge: (input, { conf, look, agreed, watts = 1, body }) => {
    for (const one of [conf, agreed]) if (!one.ok) mustBeShowable(one.fault.detail, 400, 'the fault');
    must(watts > 0 && watts <= 20_000, `${watts} W`);
    if (look === undefined) return;
    judgeLook(partsOf(input).map(textOf), look);
    if (body === undefined) return;
    const [before, after] = [objectOrNothing(partsOf(input).map(textOf)[0] ?? ''), objectOrNothing(body)];
    for (const key of ['pools', 'fc-fan-pwm', 'fc-voltage']) mustEqual(after[key], before[key] ?? undefined, `${key} that is written back`);
  },
});

function judgeLook(texts: readonly string[], look: ReturnType<typeof cgiLook>): void {
  const { hashRate = 0, temperatureC = 1, boardTemperatureC = 1, uptimeSeconds = 0, fansRpm = [], state, mode } = look;
  must(hashRate >= 0 && hashRate <= 1e21, `${hashRate} H/s`);
  must(uptimeSeconds >= 0, `${uptimeSeconds} s`);
  for (const celsius of [temperatureC, boardTemperatureC]) must(celsius > 0 && celsius <= 200, `${celsius} degrees`);
  must(fansRpm.length <= 16 && fansRpm.every((rpm) => rpm >= 0 && rpm <= 30_000), `fans at ${fansRpm.join()}`);
  if (mode !== undefined) mustEqual(modeToKeep(wakingMode(mode, ELPHAPEX), ELPHAPEX), mode, 'the mode to come back to');
  if (state !== 'paused') return;
  const [first = '', summary = '', stats = ''] = texts;
  const said = [objectOrNothing(first), objectOrNothing(stats)].map((one) => JSON.stringify(one));
  must(
    said.some((text) => /-mode":\s*"?\s*(0*1|-0*1000|1e|-1e|10*e|-10*e|-?0*\.|0*1\.0*|-0*1000\.0*)/.test(text)),
    'paused, and nobody said that it is set to sleep',
  );
  must([objectOrNothing(summary)['SUMMARY'], objectOrNothing(stats)['STATS']].some(Array.isArray), 'paused, and its rates were not read');
}
