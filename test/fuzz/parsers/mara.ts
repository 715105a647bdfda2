// What the API of MARA's firmware answers: what a rig is said to do, and the configuration that would be written back.
import type { Outcome } from '../../../src/model/outcome.ts';
import {
  type MaraConf,
  maraAgreementIn,
  maraBody,
  maraBriefIn,
  maraConfIn,
  maraLook,
  maraModeBeforeSleep,
  maraPageIn,
  maraWakingMode,
  maraWhoIn,
} from '../../../src/wire/mara.ts';
import { oneChanged } from '../answers.ts';
import type { Grain } from '../mutate.ts';
import { fuzzParser, must, mustBeShowable, mustEqual, ofJson, partsOf, textOf } from '../parser.ts';

const GRAIN: Grain = {
  tokens: [
    ...['"work-mode-selector":"Sleep"', '"work-mode-selector":"Auto"', '"mode":{}', '"pools":[]', '"pass":"****"', '"status":"Sleeping"'],
    ...['"status":"Mining"', '"hashrate_realtime":0', '"hashrate_unit":"GH/s"', '"elapsed":1', '"error":false', '"blinking":true'],
    ...['"to":"Sleep"', '"path":["Mode","WorkModeSelector"]', 'null', '{', '}', '[', ']', '}{', '""', '<html>', '\\u002d'],
  ],
  cutAt: ',',
  most: 20_000,
};

const FROM = { where: '192.0.2.3:80', who: "MARA's firmware" };

interface Seen {
  readonly conf: Outcome<MaraConf>;
  readonly look: ReturnType<typeof maraLook> | undefined;
  readonly said: Outcome | ReturnType<typeof maraWhoIn>;
  readonly before: string | undefined;
  readonly body: string | undefined;
}

/** Configuration, brief, boards and fans, and one more: who it is, its word to an order, or its history. */
function seenIn(input: Uint8Array): Seen {
  const [first = '', second = '', third = '', last = ''] = partsOf(input).map(textOf);
  const answer = (body: string): { readonly status: number; readonly body: string } => ({ status: 200, body });
  const conf = maraConfIn(answer(first), FROM);
  const brief = maraBriefIn(answer(second), FROM);
  const page = maraPageIn({ ok: true, value: answer(third) }, FROM);
  const who = last.includes('mac') ? maraWhoIn(maraPageIn({ ok: true, value: answer(last) }, FROM)) : undefined;
  return {
    conf,
    look: conf.ok && brief.ok ? maraLook({ conf: conf.value, brief: brief.value, boards: page, fans: page }) : undefined,
    said: who ?? (last.startsWith('[') ? undefined : maraAgreementIn(answer(last), FROM)),
    before: last.startsWith('[') ? maraModeBeforeSleep({ ok: true, value: answer(last) }) : undefined,
    body: conf.ok && conf.value.unfit === undefined ? maraBody(conf.value, 'Sleep') : undefined,
  };
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}

function strictly(text: string): unknown {
  try {
    return JSON.parse(text.trim());
  } catch {
    return undefined;
  }
}

export const maraAnswers = fuzzParser<Seen>({
  name: 'mara-look',
  about: "the answers of a look at a rig under MARA's firmware",
  allocates: ofJson,
  make: oneChanged(GRAIN),
  read: seenIn,
  judge: (input, { conf, look, said, before, body }) => {
    const [first = '', second = ''] = partsOf(input).map(textOf);
    if (!conf.ok) mustBeShowable(conf.fault.detail, 400, 'the fault');
    if (said !== undefined && 'ok' in said && !said.ok) mustBeShowable(said.fault.detail, 400, 'the fault');
    if (said !== undefined && !('ok' in said))
      for (const text of Object.values(said)) mustBeShowable(String(text), 100, 'a text of the rig');
    if (before !== undefined) mustEqual(maraWakingMode(before), before, 'the mode from before');
    if (body !== undefined) judgeBody(first, body);
    if (look !== undefined) judgeLook(strictly(first), strictly(second), look);
  },
});

/** What is written back is what came, but for the mode: with that put back, to the letter. */
function judgeBody(first: string, body: string): void {
  const mode = at(at(strictly(first), 'mode'), 'work-mode-selector');
  mustEqual(at(at(strictly(body), 'mode'), 'work-mode-selector'), 'Sleep', 'the mode that is written');
  mustEqual(maraBody({ text: body }, String(mode)), first, 'the configuration that is written back');
}

function judgeLook(conf: unknown, brief: unknown, look: ReturnType<typeof maraLook>): void {
  const { hashRate = 0, watts = 0, temperatureC = 1, boardTemperatureC = 1, uptimeSeconds = 0, fansRpm = [], state } = look;
  must(hashRate >= 0 && hashRate <= 1e21, `${hashRate} H/s`);
  must(watts >= 0 && watts <= 20_000, `${watts} W`);
  must(uptimeSeconds >= 0 && uptimeSeconds <= 1e9, `${uptimeSeconds} s`);
  for (const celsius of [temperatureC, boardTemperatureC]) must(celsius > 0 && celsius <= 200, `${celsius} degrees`);
  must(fansRpm.length <= 64 && fansRpm.every((rpm) => rpm >= 0 && rpm <= 30_000), `fans at ${fansRpm.join()}`);
  must(state !== 'hashing' || hashRate > 0, 'hashing at no rate');
  if (state !== 'paused') return;
  must(at(at(conf, 'mode'), 'work-mode-selector') === 'Sleep', 'paused, and nobody said that it is set to sleep');
  must(typeof at(brief, 'status') === 'string', 'paused, and it did not call itself anything');
}
