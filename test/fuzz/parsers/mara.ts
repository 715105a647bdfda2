// What the pages of a rig of MARA answer: what it is said to do, and what would be written back.
import type { Outcome } from '../../../src/model/outcome.ts';
import type { Chance } from '../../../src/sim/chance.ts';
import type { HttpAnswer } from '../../../src/wire/http-answer.ts';
import {
  type MaraConf,
  type MaraWho,
  maraAgreementIn,
  maraBody,
  maraBriefIn,
  maraConfIn,
  maraLook,
  maraModeBeforeIn,
  maraRowIn,
  maraWhoIn,
} from '../../../src/wire/mara.ts';
import type { Row } from '../../../src/wire/rows-4028.ts';
import { jsonMutated } from '../json-trees.ts';
import { type Grain, latin1, mutated } from '../mutate.ts';
import { fuzzParser, must, mustBeShowable, mustEqual, ofJson, partsOf, SEPARATOR, textOf } from '../parser.ts';

const GRAIN: Grain = {
  tokens: [
    ...['"status":"Sleep"', '"status":"Mining"', '"hashrate_realtime":0', '"hashrate_unit":"GH/s"', '"power_consumption_estimated":25'],
    ...['"work-mode-selector":"Sleep"', '"pools":[]', '"power-target":3000', '"error":false', '"from":"Stock"', '"to":"Sleep"'],
    ...['null', 'true', '{', '}', '[', ']', '""', '<html>', '"__proto__":{"status":"Sleep"}'],
  ],
  cutAt: ',',
  most: 20_000,
};

const FROM = { where: '192.0.2.1:80', who: 'a rig of MARA' };

interface Seen {
  readonly brief: Outcome<Row>;
  readonly look: ReturnType<typeof maraLook> | undefined;
  readonly conf: Outcome<MaraConf>;
  readonly written: string | undefined;
  readonly who: MaraWho;
  readonly agreed: Outcome;
  readonly before: string | undefined;
}

/** One part of the input for each question, in turn. */
function seenIn(input: Uint8Array): Seen {
  const [first = '', conf = '', hashboards = '', fans = '', overview = '', agreed = '', history = ''] = partsOf(input).map(textOf);
  const good = (body: string): HttpAnswer => ({ status: 200, body });
  const row = (body: string): Row | undefined => maraRowIn({ ok: true, value: good(body) }, FROM);
  const brief = maraBriefIn(good(first), FROM);
  const settings = maraConfIn(good(conf), FROM);
  return {
    brief,
    look: brief.ok ? maraLook({ brief: brief.value, hashboards: row(hashboards), fans: row(fans) }) : undefined,
    conf: settings,
    written: settings.ok && settings.value.unfit === undefined ? maraBody(settings.value, { mode: 'Sleep' }) : undefined,
    who: maraWhoIn(row(overview) ?? new Map()),
    agreed: maraAgreementIn(good(agreed), FROM),
    before: maraModeBeforeIn(good(history)),
  };
}

function made(chance: Chance, corpus: readonly Uint8Array[]): Uint8Array {
  const parts = partsOf(chance.pick(corpus) ?? new Uint8Array()).map((part) => Buffer.from(part));
  const at = chance.below(parts.length);
  const own = parts.slice(at, at + 1);
  const text = chance.happens(0.6) ? jsonMutated(Buffer.from(own[0] ?? []).toString('utf8'), chance) : undefined;
  parts[at] = Buffer.from(text === undefined ? mutated(chance, own, GRAIN) : text.slice(0, GRAIN.most));
  return Buffer.from(parts.map(latin1).join(SEPARATOR), 'latin1');
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
  must(watts === undefined || (watts > 0 && watts <= 20_000), `${watts} W`);
  must((watts === undefined) === (wattsFrom === undefined), 'watts of nowhere');
  for (const celsius of [temperatureC, boardTemperatureC]) must(celsius > 0 && celsius <= 200, `${celsius} degrees`);
  must(fansRpm.length <= 16 && fansRpm.every((rpm) => rpm >= 0 && rpm <= 30_000), `fans at ${fansRpm.join()}`);
}

/** What goes back is what came, but for the mode: read again, and with its mode as it was, it is the same. */
function judgeWritten(conf: MaraConf, written: string): void {
  const again = maraConfIn({ status: 200, body: written }, FROM);
  must(again.ok, 'what is written could not be read');
  mustEqual(again.value.mode, 'Sleep', 'the mode that is written');
  mustEqual(again.value.unfit, undefined, 'what is unfit in it');
  mustEqual(maraBody(again.value, { mode: conf.mode }), maraBody(conf, { mode: conf.mode }), 'the rest of what is written');
}

export const maraAnswers = fuzzParser<Seen>({
  name: 'mara-look',
  about: 'the answers of a rig of MARA',
  allocates: ofJson,
  make: made,
  read: seenIn,
  judge: (input, { brief, look, conf, written, who, agreed, before }) => {
    for (const one of [brief, conf, agreed]) if (!one.ok) mustBeShowable(one.fault.detail, 400, 'the fault');
    for (const text of [who.identity, who.firmware]) mustBeShowable(text ?? '', 80, 'a text of the rig');
    must(before === undefined || (/^[A-Za-z]{1,32}$/.test(before) && before !== 'Sleep'), `woken in ${before}`);
    if (conf.ok && written !== undefined) judgeWritten(conf.value, written);
    if (look === undefined) return;
    judgeLook(look);
    if (look.state !== 'paused') return;
    const first = textOf(partsOf(input)[0] ?? new Uint8Array());
    // A \u escape may spell anything.
    must(/"\s*sleep\s*"/i.test(first) || first.includes('\\u'), 'paused, and the rig did not say so');
  },
});
