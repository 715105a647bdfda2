// A world fitted to the record of a night: batteries by how their depth went with the watts, rigs by how they were seen to pause, wake
// and boot, the mains as they came and went. What the record does not show is taken from the file, and that is said.

import { sayDuration, sayWatts } from '../cli/text.ts';
import { decimal, nominalWattsOf } from '../core/gate.ts';
import { rewardOf } from '../core/market.ts';
import type { State } from '../core/state.ts';
import { onMainsAlone } from '../core/tick.ts';
import type { RigId, UpsId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import type { Site } from '../model/site.ts';
import type { Trouble } from '../proof/scenario.ts';
import type { SimBatteryOptions } from '../sim/battery.ts';
import type { SimRigTraits } from '../sim/rig.ts';
import type { SimUpsTraits } from '../sim/ups.ts';
import type { Course } from '../simulate/nights.ts';
import { type Ground, groundOf, USUAL_EXPONENT } from '../simulate/physics.ts';
import type { OutageRecord, RecordedTick, Stretch } from './file.ts';
import { drainsOf } from './hindsight.ts';
import type { Track } from './track.ts';
import { tracksOf } from './track.ts';

/** A load at which less of the battery went shows little of its curve: charge is told in whole percent. */
const LEAST_STEP_DEPTH = 0.08;
/** Loads closer together than this are one. */
const SAME_LOAD = 0.07;
/** s of calm before the mains go: every device is seen. */
const CALM_SECONDS = 60;
/** Supplies that went so close together went with the grid. */
const TOGETHER_SECONDS = 10;
const AT_SPEED = 0.95;

/** Its memory is that of a new site. */
const UNLEARNT = 'how long outages last is taken as on a new site: what yours has learnt of that is not in this world';

export interface Fitted {
  readonly ground: Ground;
  readonly course: Course;
  /** what it rests on, a sentence each */
  readonly told: readonly string[];
}

/** `site`: the rules that live through it; `seed`: what the record does not tell of rigs. */
export function fittedTo(record: OutageRecord, site: Site, seed: number): Fitted {
  const [first] = record.stretches;
  const priced = { ...withoutCoins(site), rigs: pricedRigs(site, first) };
  const ground = groundOf(priced, seed);
  const tracks = tracksOf(record);
  const batteries = new Map(drainsOf(record).map((drain) => [drain.ups, batteryOf(record, drain.ups, drain)]));
  const ups = new Map([...ground.place.ups].map(([id, traits]) => [id, fittedUps(first, traits, batteries.get(id))]));
  const rigs = new Map([...ground.place.rigs].map(([id, traits]) => [id, fittedRig(record, traits, tracks.get(id))]));
  const houseWatts = new Map(
    [...ground.place.houseWatts].map(([id, watts]) => [
      id,
      first.state.supplies.get(id)?.load.fitted ? (first.state.supplies.get(id)?.load.baseWatts ?? watts) : watts,
    ]),
  );
  const place = { ...ground.place, ups, rigs, houseWatts };
  return {
    ground: { ...ground, place },
    course: courseOf(record, place, tracks),
    told: [
      ...[...ups.keys()].map((id) => batteryWords(id, batteries.get(id))),
      ...unmet(ground.place.site, first),
      ...(site.policy.kind === 'outage-aware' ? [UNLEARNT] : []),
      ...ground.assumed.filter((one) => !isKnown(one, first, batteries)),
    ],
  };
}

/** The file does not say it, and the record does. */
function isKnown(assumed: string, { state, site }: Stretch, batteries: ReadonlyMap<UpsId, unknown>): boolean {
  if ([...batteries.keys()].some((id) => assumed.startsWith(`nothing says what the battery of ${id} `))) return true;
  return [...state.supplies].some(([id, { load, nameplate }]) => {
    const carries = nominalWattsOf(site.supplies.get(id)?.nominalWatts, nameplate) !== undefined;
    return (
      (load.fitted === true && assumed.startsWith(`nothing says what hangs on ${id} besides`)) ||
      (carries && assumed.startsWith(`nothing says what ${id} carries`))
    );
  });
}

/** A price does not change in such a night. */
function withoutCoins({ coins: _, ...site }: Site): Site {
  return site;
}

function pricedRigs(site: Site, { state }: Stretch): ReadonlyMap<RigId, Rig> {
  return new Map(
    [...site.rigs].map(([id, { reward: __, ...rig }]): [RigId, Rig] => {
      const reward = rewardOf({ site, memory: state.memory }, { ...rig, ...(__ && { reward: __ }) });
      if (reward?.perDay === undefined) return [id, rig];
      const { perDay, hashRate } = reward;
      return [id, { ...rig, reward: { perDay, ...(hashRate !== undefined && { hashRate }) } }];
    }),
  );
}

interface Load {
  readonly watts: number;
  readonly minutes: number;
  readonly depth: number;
}

/** Its curve where several loads show one; else one load, and the usual rise. */
function batteryOf(record: OutageRecord, ups: UpsId, { rate }: { readonly rate: number }): SimBatteryOptions {
  const loads = loadsOf(record, ups);
  const falls = loads.every(({ minutes, watts }, at) => at === 0 || (minutes < (loads[at - 1]?.minutes ?? 0) && watts > 0));
  const [first] = loads;
  if (first !== undefined && loads.length > 1 && falls)
    return { carries: first, table: loads.map(({ watts, minutes }): readonly [number, number] => [watts, minutes]) };
  const watts = first?.watts ?? 1_000;
  return { carries: { watts, minutes: 60 / (rate * watts ** USUAL_EXPONENT) }, exponent: USUAL_EXPONENT };
}

/** How long a full battery would have carried each load that was seen, ascending by watts. */
function loadsOf(record: OutageRecord, ups: UpsId): readonly Load[] {
  const runs: { watts: number; depth: number; hours: number }[] = [];
  let before: { readonly nowMs: number; readonly depth: number; readonly watts: number } | undefined;
  for (const tick of record.stretches.flatMap(({ ticks }) => ticks)) {
    const look = tick.ups?.[ups];
    if (look === undefined) continue;
    if (look.line !== 'battery' || look.depth === null) {
      before = undefined;
      continue;
    }
    if (before !== undefined)
      addTo(runs, { watts: before.watts, depth: look.depth - before.depth, hours: (tick.nowMs - before.nowMs) / 3_600_000 });
    before = { nowMs: tick.nowMs, depth: look.depth, watts: look.watts };
  }
  return runs
    .filter(({ depth, hours }) => depth >= LEAST_STEP_DEPTH && hours > 0)
    .map(({ watts, depth, hours }) => ({ watts, depth, minutes: (60 * hours) / depth }))
    .sort((a, b) => a.watts - b.watts);
}

function addTo(runs: { watts: number; depth: number; hours: number }[], one: { watts: number; depth: number; hours: number }): void {
  const same = runs.find(({ watts }) => Math.abs(watts / Math.max(1, one.watts) - 1) < SAME_LOAD);
  if (same === undefined) {
    runs.push({ ...one });
    return;
  }
  const hours = same.hours + one.hours;
  if (hours > 0) same.watts = (same.watts * same.hours + one.watts * one.hours) / hours;
  same.depth += one.depth;
  same.hours = hours;
}

function fittedUps({ state, site }: Stretch, traits: SimUpsTraits, battery: SimBatteryOptions | undefined): SimUpsTraits {
  const supply = state.supplies.get(traits.id);
  const depth = supply?.battery.depth;
  const figure = (raw: Parameters<typeof decimal>[0]): number | undefined => {
    const value = decimal(raw);
    return value !== undefined && value > 0 ? value : undefined;
  };
  const chargeLow = figure(supply?.nameplate.chargeLow);
  const runtimeLow = figure(supply?.nameplate.runtimeLow);
  const nominal = supply === undefined ? undefined : nominalWattsOf(site.supplies.get(traits.id)?.nominalWatts, supply.nameplate);
  return {
    ...traits,
    ...(battery !== undefined && { battery }),
    ...(depth !== undefined && { depth: Math.min(1, Math.max(0, depth)) }),
    ...(nominal !== undefined && { nominalWatts: nominal }),
    ...(chargeLow !== undefined && { chargeLow }),
    ...(runtimeLow !== undefined && { runtimeLow }),
  };
}

function fittedRig(record: OutageRecord, traits: SimRigTraits, track: Track | undefined): SimRigTraits {
  if (track === undefined) return traits;
  const known = record.stretches[0].state.rigs.get(traits.id);
  const watts = known?.lastHashing?.watts;
  const seen = timesOf(record, traits.id, track);
  return {
    ...traits,
    ...(watts !== undefined && watts > 0 && { watts }),
    ...(track.usualHashRate !== undefined && { hashRate: track.usualHashRate }),
    ...seen,
  };
}

type Times = Partial<Pick<SimRigTraits, 'pauseSeconds' | 'wakeSeconds' | 'bootSeconds' | 'pausedWatts'>>;

/** How long it took for what it was told, where it was told anything and did it. */
function timesOf(record: OutageRecord, id: RigId, { points }: Track): Times {
  const ticks = record.stretches.flatMap((one) => one.ticks);
  const asked = beganAt(ticks, id, 'pause');
  const woken = beganAt(ticks, id, 'resume');
  const fed = ticks
    .flatMap(({ inputs }) => inputs)
    .find((one) => one.kind === 'settled' && one.step.kind === 'feed' && one.outcome.ok && one.step.rigs.includes(id));
  const quiet = asked === undefined ? undefined : points.find(({ atMs, level }) => atMs > asked && level === 0)?.atMs;
  const fast = woken === undefined ? undefined : points.find(({ atMs, level }) => atMs > woken && level >= AT_SPEED)?.atMs;
  const answered =
    fed === undefined || fed.kind !== 'settled' ? undefined : points.find(({ atMs, look }) => atMs > fed.atMs && look !== 'dark')?.atMs;
  const seconds = (from: number | undefined, to: number | undefined): number | undefined =>
    from === undefined || to === undefined ? undefined : Math.max(1, (to - from) / 1000);
  const pauseSeconds = seconds(asked, quiet);
  const wakeSeconds = seconds(woken, fast);
  const bootSeconds = seconds(fed?.kind === 'settled' ? fed.atMs : undefined, answered);
  const pausedWatts = idleWatts(ticks, id);
  return {
    ...(pauseSeconds !== undefined && { pauseSeconds }),
    ...(wakeSeconds !== undefined && { wakeSeconds }),
    ...(bootSeconds !== undefined && { bootSeconds }),
    ...(pausedWatts !== undefined && { pausedWatts }),
  };
}

function beganAt(ticks: readonly RecordedTick[], id: RigId, kind: 'pause' | 'resume'): number | undefined {
  for (const { inputs } of ticks)
    for (const input of inputs) {
      const isIt =
        (input.kind === 'began' || input.kind === 'settled') && input.step.kind === kind && 'rig' in input.step && input.step.rig === id;
      if (isIt) return input.kind === 'settled' ? input.beganAtMs : input.atMs;
    }
  return undefined;
}

function idleWatts(ticks: readonly RecordedTick[], id: RigId): number | undefined {
  const watts = ticks.flatMap(({ inputs }) =>
    inputs.flatMap((one) =>
      one.kind === 'rig' &&
      one.rig === id &&
      one.outcome.ok &&
      one.outcome.value.state === 'paused' &&
      (one.outcome.value.hashRate ?? 0) === 0
        ? (one.outcome.value.watts ?? [])
        : [],
    ),
  );
  return watts.length === 0 ? undefined : Math.min(...watts);
}

/** The mains as they went and came. */
function courseOf(record: OutageRecord, place: Ground['place'], tracks: ReadonlyMap<RigId, Track>): Course {
  const [{ site, state }] = record.stretches;
  const ticks = record.stretches.flatMap((one) => one.ticks);
  const zeroMs = ticks[0]?.nowMs ?? 0;
  const seconds = (ms: number): number => CALM_SECONDS + (ms - zeroMs) / 1000;
  const gone = outagesOf(ticks, site, state).map(({ ups, fromMs, toMs }) => ({
    ups,
    fromSeconds: seconds(fromMs),
    toSeconds: seconds(toMs),
  }));
  const [first] = gone;
  const isGrid = first !== undefined && wentTogether(gone, site) && gridWent(record, tracks);
  const troubles: Trouble[] = isGrid
    ? spans(gone).map((span) => ({ kind: 'mains-gone', ...span }))
    : gone
        .filter(({ ups }) => place.ups.has(ups))
        .map(({ ups, fromSeconds, toSeconds }) => ({ kind: 'mains-gone', on: ups, fromSeconds, toSeconds }));
  return { place, troubles, lastsSeconds: Math.max(CALM_SECONDS, ...troubles.map(({ toSeconds = 0 }) => toSeconds)) + 1 };
}

interface OneGone {
  readonly ups: UpsId;
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

function outagesOf(
  ticks: readonly RecordedTick[],
  { supplies }: Site,
  { memory }: State,
): readonly { readonly ups: UpsId; readonly fromMs: number; readonly toMs: number }[] {
  const endMs = ticks.at(-1)?.nowMs ?? 0;
  const said = ticks.flatMap(({ nowMs, events }) => events.map((event) => ({ nowMs, event })));
  return [...supplies.keys()].flatMap((ups) => {
    // A record that begins in an outage, as after a start on battery, has no word of its beginning.
    const fromFirst = memory.supplies.get(ups)?.outage !== undefined;
    const all = fromFirst ? [{ ups, fromMs: ticks[0]?.nowMs ?? 0, toMs: endMs }] : [];
    for (const { nowMs, event } of said) {
      if (event.event === 'outage-began' && event.ups === ups) all.push({ ups, fromMs: nowMs, toMs: endMs });
      const last = all.at(-1);
      if (event.event === 'outage-ended' && event.ups === ups && last !== undefined) last.toMs = nowMs;
    }
    return all;
  });
}

/** Every UPS, at the same moments. */
function wentTogether(gone: readonly OneGone[], { supplies }: Site): boolean {
  const close = (a: number, b: number): boolean => Math.abs(a - b) <= TOGETHER_SECONDS;
  return [...supplies.keys()].every((ups) => {
    const own = gone.filter((one) => one.ups === ups);
    const others = gone.filter((one) => one.ups !== ups);
    return (
      own.length > 0 &&
      others.every((one) => own.some((mine) => close(mine.fromSeconds, one.fromSeconds) && close(mine.toSeconds, one.toSeconds)))
    );
  });
}

/** Unless a rig on mains alone hashed on. */
function gridWent(record: OutageRecord, tracks: ReadonlyMap<RigId, Track>): boolean {
  const [{ site }] = record.stretches;
  const alone = [...site.rigs.values()].filter((rig) => onMainsAlone(site, rig));
  return alone.every(({ id }) => tracks.get(id)?.points.some(({ look }) => look !== 'hashing') !== false);
}

function spans(gone: readonly OneGone[]): readonly { readonly fromSeconds: number; readonly toSeconds: number }[] {
  const all: { fromSeconds: number; toSeconds: number }[] = [];
  for (const { fromSeconds, toSeconds } of [...gone].sort((a, b) => a.fromSeconds - b.fromSeconds)) {
    const last = all.at(-1);
    if (last !== undefined && fromSeconds <= last.toSeconds) last.toSeconds = Math.max(last.toSeconds, toSeconds);
    else all.push({ fromSeconds, toSeconds });
  }
  return all;
}

function batteryWords(ups: UpsId, battery: SimBatteryOptions | undefined): string {
  if (battery === undefined) return `${ups}: its battery gave too little in that night to be fitted; taken as the file has it`;
  const loads = battery.table ?? [[battery.carries.watts, battery.carries.minutes] as const];
  const say = loads.map(([watts, minutes]) => `${sayWatts(Math.round(watts))} for ${sayDuration(60 * minutes)}`);
  return `${ups}: full, it carries ${say.join(', ')}: fitted to how its depth was believed to go`;
}

/** Rigs and UPSes that the record knows nothing of. */
function unmet({ rigs, supplies }: Site, { site }: Stretch): readonly string[] {
  const strangers = [...rigs.keys(), ...supplies.keys()].filter((id) => !site.rigs.has(id) && !site.supplies.has(id));
  return strangers.length === 0 ? [] : [`not in the record, and taken as the file has them: ${strangers.join(', ')}`];
}
