// What a night teaches: what the battery would have done with everything on it, and what its owner may change. Sentences for a person;
// whatever is not known is not guessed at.
import { sayDuration, sayWatts } from '../cli/text.ts';
import { declaredCurve } from '../core/capacity.ts';
import { needSeconds } from '../core/thresholds.ts';
import { rigsOn } from '../core/tick.ts';
import type { UpsId } from '../model/id.ts';
import type { Policy, Site, SiteUps } from '../model/site.ts';
import { USUAL_EXPONENT } from '../simulate/physics.ts';
import type { OutageAccount } from './account.ts';
import type { OutageRecord } from './file.ts';

/** Less of a battery tells too little of the rest. */
const LEAST_DEPTH = 0.05;
/** So much of it shows its size well enough to be written down. */
const TELLING_DEPTH = 0.3;
/** A declared size further off than this is worth a word. */
const SIZE_OFF = 0.2;
const SCARCE_SECONDS = 60;

/** Of one UPS in one outage. */
export interface Drain {
  readonly ups: UpsId;
  readonly fromDepth: number;
  readonly toDepth: number;
  readonly seconds: number;
  /** W at its beginning: everything is up still */
  readonly fullWatts: number;
  /** depth an hour at 1 W, of a power law */
  readonly rate: number;
  readonly wattHours: number;
}

/** What each battery gave while it was drained; none where too little was, or nobody knows. */
export function drainsOf(record: OutageRecord): readonly Drain[] {
  const { site } = record.stretches[0];
  return [...site.supplies.keys()].flatMap((ups) => drainOf(record, ups) ?? []);
}

function drainOf(record: OutageRecord, ups: UpsId): Drain | undefined {
  const looks = record.stretches.flatMap(({ ticks }) =>
    ticks.flatMap(({ nowMs, ups: all }) => {
      const one = all?.[ups];
      return one?.line === 'battery' && one.depth !== null ? [{ nowMs, depth: one.depth, watts: one.watts }] : [];
    }),
  );
  const [first, last] = [looks[0], looks.at(-1)];
  if (first === undefined || last === undefined || last.depth - first.depth < LEAST_DEPTH) return undefined;
  let [effort, wattHours] = [0, 0];
  looks.forEach(({ nowMs, watts }, place) => {
    const hours = ((looks[place + 1]?.nowMs ?? nowMs) - nowMs) / 3_600_000;
    effort += Math.max(1, watts) ** USUAL_EXPONENT * hours;
    wattHours += watts * hours;
  });
  if (effort <= 0) return undefined;
  return {
    ups,
    fromDepth: first.depth,
    toDepth: last.depth,
    seconds: (last.nowMs - first.nowMs) / 1000,
    fullWatts: first.watts,
    rate: (last.depth - first.depth) / effort,
    wattHours,
  };
}

/** Percent that would have been left had nobody left; undefined where nobody can know. */
function percentHadAllStayed({ fromDepth, seconds, fullWatts, rate }: Drain): number {
  return 100 * (1 - fromDepth - (rate * fullWatts ** USUAL_EXPONENT * seconds) / 3600);
}

/** What its owner may change, the weightiest first. Empty: nothing that this night shows. */
export function adviceOf(record: OutageRecord, account: OutageAccount): readonly string[] {
  const { site } = record.stretches[0];
  const drains = drainsOf(record);
  return [
    ...(account.armed ? [] : ['it was disarmed: it decided and did nothing. When check and drill are clean: lastwatt arm']),
    ...account.margins.flatMap((margin) => scarce(margin, site)),
    ...unseenCuts(account),
    ...missing(account),
    ...drains.flatMap((drain) => needless(drain, site, account)),
    ...drains.flatMap((drain) => sizeOf(drain, site)),
    ...(account.unpriced.length === 0
      ? []
      : [`nothing says what ${account.unpriced.join(', ')} earns: it is in no sum here, and ranked with the worst. Give it a reward`]),
    ...faults(account),
  ];
}

function scarce({ ups, at, percent, runtimeSeconds }: OutageAccount['margins'][number], { supplies }: Site): readonly string[] {
  const reserve = supplies.get(ups)?.reservePercent ?? 0;
  if (at !== 'quiet') return [];
  if (percent !== null && percent < reserve / 2)
    return [
      `${ups} had ${Math.round(percent)} % left when the last rig was quiet, and ${reserve} % was to be kept: raise policy.cutBelowSeconds, or move a rig to another supply`,
    ];
  if (runtimeSeconds === null || runtimeSeconds >= SCARCE_SECONDS) return [];
  return [`${ups} had ${sayDuration(runtimeSeconds)} left when the last rig was quiet: raise policy.cutBelowSeconds`];
}

function unseenCuts({ rigs }: OutageAccount): readonly string[] {
  return rigs
    .filter(({ cutUnseen }) => cutUnseen)
    .map(({ id }) => `${id} was cut before it was seen quiet: look at its pause on mains (lastwatt drill ${id}), and at its graceSeconds`);
}

function missing({ rigs, end }: OutageAccount): readonly string[] {
  if (end !== 'over' && end !== 'too-long') return [];
  return rigs
    .filter(({ wasUp, left, backSeconds }) => wasUp && left !== undefined && backSeconds === undefined)
    .map(({ id }) => `${id} was not back when the record ended: lastwatt why ${id}`);
}

/** The mains were back before the battery would have ended under all of them. */
function needless(drain: Drain, site: Site, { rigs }: OutageAccount): readonly string[] {
  const ups = site.supplies.get(drain.ups);
  const stopped = rigs.filter(({ id, left, onUps }) => onUps && left !== undefined && site.rigs.get(id)?.fedBy.includes(drain.ups));
  if (ups === undefined || stopped.length === 0) return [];
  const left = percentHadAllStayed(drain);
  const need = drain.fullWatts ** USUAL_EXPONENT * drain.rate * (needSeconds(rigsOn(site, ups.id)) / 3600) * 100;
  if (left < Math.max(ups.reservePercent, need)) return [];
  const count = stopped.length === 1 ? 'the one stop' : `the ${stopped.length} stops`;
  return [
    `in hindsight ${count} on ${ups.id} could have been spared: with everything up ${Math.round(left)} % would have been left. Nobody knew when the mains would come${lesson(site.policy)}`,
  ];
}

function lesson({ kind, shedBelowSeconds }: Policy): string {
  if (kind === 'outage-aware')
    return ': it has learnt from this one how long your outages last, and where most are so short it sheds later by itself';
  return `; where most of your outages are so short, lower policy.shedBelowSeconds (it is ${String(shedBelowSeconds)}), or try: lastwatt replay --policy outage-aware`;
}

/** The size that the night shows, where nobody declared one or it is another. */
function sizeOf({ ups: id, fromDepth, toDepth, wattHours, seconds }: Drain, site: Site): readonly string[] {
  const ups: SiteUps | undefined = site.supplies.get(id);
  const used = toDepth - fromDepth;
  if (ups === undefined || used < TELLING_DEPTH || wattHours <= 0) return [];
  const mean = (wattHours * 3600) / seconds;
  const minutes = seconds / used / 60;
  const curve = declaredCurve(ups);
  const shown = `${Math.round(used * 100)} % of ${id} gave ${Math.round(wattHours)} Wh, at ${sayWatts(Math.round(mean))} in the mean`;
  if (curve === undefined)
    return [
      `${shown}: without a size in the file it is believed by what the UPS tells alone. Say minutesAtWatts: { ${Math.round(mean)}: ${minutes.toFixed(1)} }`,
    ];
  const off = curve(mean) / 60 / minutes;
  if (off < 1 + SIZE_OFF && off > 1 - SIZE_OFF) return [];
  return [
    `${shown}, as one that carries that for ${minutes.toFixed(1)} min; the file says ${(curve(mean) / 60).toFixed(1)} min: correct minutesAtWatts or batteryWh`,
  ];
}

const MOST_FAULTS = 8;

/** What was said to be wrong in that night, each once. */
function faults({ events }: OutageAccount): readonly string[] {
  const said = new Set(events.flatMap(({ event }) => (event.event === 'fault' && event.coin === undefined ? [event.say] : [])));
  return [...said].slice(0, MOST_FAULTS);
}
