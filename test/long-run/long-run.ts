// scripts/long-run: a year and more of a site on noisy mains, in virtual time, in one life of the service. Nobody may be shed in it but
// in the one true outage of each month (safety case, G14), and nothing may grow (I-20). Exits 1 where either does not hold.

import { parseArgs } from 'node:util';
import { serialize } from 'node:v8';
import { Night } from '../../src/proof/night.ts';
import { type Chance, chance } from '../../src/sim/chance.ts';
import { placeOf } from '../../src/sim/site-settings.ts';
import type { SimUpsQuirks } from '../../src/sim/ups.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;
/** A true outage comes so often, and lasts so long; its rigs have so long to come back. */
const OUTAGE = { everyDays: 30, seconds: 400, overSeconds: 2 * HOUR } as const;
/** Files are small, so that they are turned over all the year; a file ends with the records of the tick in which it was full. */
const JOURNAL = { files: 8, fileBytes: 64_000, mostBytes: 8 * 64_000 * 1.1 } as const;
/** What a shorter-lived figure may be at the end, beside what it was once warm. */
const MOST_GROWTH = 1.25;
const WARM_DAYS = 2;

/** What a UPS says on mains and is no outage: some of it seen on real ones. */
const NOISE: readonly SimUpsQuirks[] = [
  { silent: true },
  { garbles: true },
  { stale: true },
  { answerSeconds: 1.5 },
  { says: { 'ups.status': 'OL BOOST' } },
  { says: { 'ups.status': 'OL TRIM' } },
  { says: { 'ups.status': 'OL CHRG TEST' } },
  { says: { 'ups.status': 'OL RB' } },
  { says: { 'ups.status': 'OL LB' } },
  { says: { 'ups.status': 'OL BYPASS' } },
  { says: { 'ups.status': '' } },
  { says: { 'battery.runtime': '65535' } },
  { says: { 'battery.runtime': '0' } },
  { says: { 'battery.charge': '255', 'ups.load': '400' } },
];

const { values } = parseArgs({ options: { days: { type: 'string', default: '417' }, seed: { type: 'string', default: '1' } } });
const [days, seed] = [Number(values.days), Number(values.seed)];
if (!(days > WARM_DAYS) || !Number.isInteger(seed))
  throw new Error(`--days ${values.days} --seed ${values.seed}: days above ${WARM_DAYS}, a whole seed`);

const sim = { bootSeconds: 40, pauseSeconds: 5, wakeSeconds: 15, wattsNoise: 0.03 };
const night = new Night(
  placeOf({
    ups: { rack: { battery: { carries: { watts: 6_600, minutes: 8 }, chargeHours: 3 }, nominalWatts: 7_500, houseWatts: 60 } },
    rigs: {
      worse: { perDay: 4, watts: 3_250, fedBy: ['rack'], cutBy: ['k1'], sim: { ...sim, seed: 1 } },
      better: { perDay: 9, watts: 3_250, fedBy: ['rack'], cutBy: ['k2'], sim: { ...sim, seed: 2 } },
    },
    switches: { k1: {}, k2: { canRead: false } },
  }),
  undefined,
  JOURNAL.fileBytes,
);

/** A figure of the service that must not grow, as it was on the days since it was warm. */
interface Held {
  readonly journalBytes: number;
  readonly stateBytes: number;
  readonly sleepers: number;
  readonly files: number;
}

async function held(): Promise<Held> {
  const names = (await night.card.list()).filter((name) => name.startsWith('journal') && !name.endsWith('reserve'));
  const sizes = await Promise.all(names.map(async (name) => (await night.card.disk.read(name)).length));
  return {
    journalBytes: sizes.reduce((sum, size) => sum + size, 0),
    stateBytes: serialize(night.state).length,
    sleepers: night.world.clock.asleep,
    files: names.length,
  };
}

let flickers = 0;
let noises = 0;
const trueOutages: { readonly from: number; readonly to: number }[] = [];

/** One hour of noise: mains that flicker for less than a blip, alone or in bursts, and a UPS that says odd things. */
async function noisyHour(draw: Chance, from: number): Promise<void> {
  let at = from + draw.between(30, 600);
  while (at < from + HOUR - 120) {
    if (draw.happens(0.5)) {
      for (let more = 1 + (draw.happens(0.3) ? draw.below(6) : 0); more > 0; more -= 1) {
        await night.at(at, () => night.loseMains());
        at += draw.between(0.05, 2.4);
        await night.at(at, () => night.returnMains());
        at += draw.between(0.2, 5);
        flickers += 1;
      }
    } else {
      await night.at(at, () => night.ups(draw.pick(NOISE) ?? {}));
      // Longer than a UPS may be silent only where it was not on battery lately: that alone is no outage.
      at += draw.between(0.5, 90);
      await night.at(at, () => night.world.ups.get('rack')?.behave({}));
      noises += 1;
    }
    at += draw.between(60, 1_500);
  }
  await night.at(from + HOUR, () => undefined);
}

async function trueOutage(from: number): Promise<void> {
  await night.at(from + 60, () => night.loseMains());
  await night.at(from + 60 + OUTAGE.seconds, () => night.returnMains());
  trueOutages.push({ from: from + 60, to: from + 60 + OUTAGE.overSeconds });
  await night.at(from + OUTAGE.overSeconds + HOUR, () => undefined);
}

await night.start();
await night.run(DAY / 24);
const draw = chance(seed, 'long run');
const startedMs = performance.now();
let first: Held | undefined;
let last: Held | undefined;
let at = Math.ceil(night.nowSeconds);
for (let day = 0; day < days; day += 1) {
  const end = at + DAY;
  if (day % OUTAGE.everyDays === OUTAGE.everyDays - 1) {
    await trueOutage(at);
    at += OUTAGE.overSeconds + HOUR;
  }
  for (; at < end; at += HOUR) await noisyHour(draw, at);
  const now = await held();
  if (day >= WARM_DAYS) {
    first ??= now;
    last = now;
  }
  if (day % 10 === 9) {
    const passed = (performance.now() - startedMs) / 1_000;
    console.log(`day ${day + 1} of ${days}, ${flickers} flickers, ${Math.round(passed)} s`);
  }
}

const isTrue = (second: number): boolean => trueOutages.some(({ from, to }) => second >= from && second <= to);
const shed = [
  ...night.orders
    .filter(({ what, at: second }) => what === 'pause' && !isTrue(second))
    .map(({ rig, at: second }) => `${rig} paused at ${second}`),
  ...night.edges
    .filter(({ to, at: second }) => to === 'cut' && !isTrue(second))
    .map(({ switch: id, at: second }) => `${id} cut at ${second}`),
];
const paused = night.orders.filter(({ what, at: second }) => what === 'pause' && isTrue(second)).length;
const grown = first === undefined || last === undefined ? ['nothing was measured'] : growth(first, last);

function growth(was: Held, is: Held): readonly string[] {
  return (Object.keys(was) as (keyof Held)[]).flatMap((name) => {
    console.log(`${name}: ${was[name]} on day ${WARM_DAYS + 1}, ${is[name]} on day ${days}`);
    const most = {
      journalBytes: JOURNAL.mostBytes,
      files: JOURNAL.files,
      stateBytes: MOST_GROWTH * was.stateBytes,
      sleepers: was.sleepers,
    }[name];
    return is[name] > most ? [`${name}: ${is[name]}, at most ${most} was meant`] : [];
  });
}

const hours = (night.nowSeconds / HOUR).toFixed(0);
console.log(
  `${hours} h, ${flickers} flickers and ${noises} times odd words of the UPS: ${shed.length} false sheds; ${trueOutages.length} true outages: ${paused} pauses`,
);
const wrong = [
  ...shed,
  ...grown,
  ...(trueOutages.length > 0 && paused === 0 ? ['no true outage shed anybody: the site proves nothing'] : []),
];
for (const one of wrong.slice(0, 20)) console.log(`wrong: ${one}`);
const hashing = night.hashing().length;
if (hashing < 2) wrong.push(`${hashing} of 2 rigs hash at the end`);
console.log(wrong.length === 0 ? 'ok' : 'FAILED');
process.exit(wrong.length === 0 ? 0 : 1);
