// What a recorded night came to, rig by rig: who left when and why, what was earned and what was not, and what was left in the
// batteries. Everything by what was recorded; what nobody saw, and what nobody priced, is said and counted as neither.
import { rewardOf } from '../core/market.ts';
import { onMainsAlone, sceneOf } from '../core/tick.ts';
import { rankRigs } from '../core/worth.ts';
import type { Event } from '../model/event.ts';
import type { RigId, UpsId } from '../model/id.ts';
import type { Reason } from '../model/step.ts';
import type { Film, Gone } from '../simulate/account.ts';
import type { OutageRecord, RecordedTick, Stretch } from './file.ts';
import type { Belief } from './lines.ts';
import { looksOf, type Track, tracksOf, workedIn } from './track.ts';

/** Currency; kept, lost and unseen add up to what the rig would have earned. */
export interface Money {
  readonly kept: number;
  readonly lost: number;
  /** nobody knows whether it was earned */
  readonly unseen: number;
}

/** Seconds count from the beginning of the record. */
export interface RigAccount {
  readonly id: RigId;
  readonly rank: number;
  readonly onUps: boolean;
  readonly wasUp: boolean;
  /** currency a day at its usual speed; undefined: nobody said what it earns, and it is in no sum */
  readonly perDay: number | undefined;
  readonly money: Money | undefined;
  /** of `money`, what was earned while the mains were away */
  readonly keptOnBattery: number | undefined;
  /** the first step that took it down */
  readonly left?: { readonly seconds: number; readonly because: Reason };
  readonly quietSeconds?: number;
  readonly cutSeconds?: number;
  /** it was cut before it was seen quiet */
  readonly cutUnseen: boolean;
  readonly backSeconds?: number;
}

export interface Margin {
  readonly ups: UpsId;
  /** when the last rig on it was quiet, or when the mains were back */
  readonly at: 'quiet' | 'mains';
  readonly seconds: number;
  readonly percent: number | null;
  readonly runtimeSeconds: number | null;
}

export interface OutageEvent {
  readonly seconds: number;
  readonly atMs: number;
  readonly event: Event;
}

export interface OutageAccount {
  readonly site: string;
  readonly currency: string;
  readonly armed: boolean;
  /** wall time of second 0 */
  readonly wallMs: number;
  readonly clockUnset: boolean;
  readonly lengthSeconds: number;
  /** the UPSes that were on battery */
  readonly ups: readonly UpsId[];
  readonly gone: readonly Gone[];
  /** the record ends before the mains were back */
  readonly open: boolean;
  readonly end: OutageRecord['end'];
  /** the best earner per watt first */
  readonly rigs: readonly RigAccount[];
  readonly sum: Money;
  /** of the rigs on a UPS alone: what an outage need not have cost */
  readonly sumOnUps: Money;
  readonly keptOnBattery: number;
  readonly unpriced: readonly RigId[];
  readonly margins: readonly Margin[];
  /** UPSes that said their output was dark, when first, and who hashed on them until then */
  readonly ended: readonly { readonly ups: UpsId; readonly seconds: number; readonly under: readonly RigId[] }[];
  readonly film: Film;
  readonly events: readonly OutageEvent[];
}

export function accountOf(record: OutageRecord): OutageAccount {
  const [first] = record.stretches;
  const ticks = record.stretches.flatMap((stretch) => stretch.ticks);
  const zeroMs = ticks[0]?.nowMs ?? 0;
  const endMs = ticks.at(-1)?.nowMs ?? zeroMs;
  const events = ticks.flatMap(({ nowMs, events: all }) =>
    all.map((event): OutageEvent => ({ seconds: (nowMs - zeroMs) / 1000, atMs: nowMs, event })),
  );
  const lengthSeconds = (endMs - zeroMs) / 1000;
  const { gone, ups, open } = goneIn(events, first, lengthSeconds);
  const night: Night = { first, zeroMs, endMs, events, gone };
  const tracks = tracksOf(record);
  const rigs = rigAccounts(night, tracks);
  const priced = rigs.filter(({ money }) => money !== undefined);
  return {
    site: first.site.name,
    currency: first.site.currency,
    armed: first.state.memory.armed ?? first.site.armed,
    wallMs: zeroMs + first.wallLessMono,
    clockUnset: first.clockUnset,
    lengthSeconds,
    ups,
    gone,
    open,
    end: record.end,
    rigs,
    sum: summed(priced),
    sumOnUps: summed(priced.filter(({ onUps }) => onUps)),
    keptOnBattery: priced.reduce((sum, { onUps, keptOnBattery = 0 }) => sum + (onUps ? keptOnBattery : 0), 0),
    unpriced: rigs.filter(({ money }) => money === undefined).map(({ id }) => id),
    margins: ups.map((id) => marginOf(id, night, { rigs, ticks, tracks })),
    ended: [...first.site.supplies.keys()].flatMap((id) => endOf(id, night, { rigs, ticks, tracks }) ?? []),
    film: filmOf(night, ticks, rigs, tracks),
    events,
  };
}

interface Night {
  readonly first: Stretch;
  readonly zeroMs: number;
  readonly endMs: number;
  readonly events: readonly OutageEvent[];
  readonly gone: readonly Gone[];
}

/** Stretches in which any UPS was on battery; those that were when the record began, from its beginning. */
function goneIn(
  events: readonly OutageEvent[],
  { site, state }: Stretch,
  lengthSeconds: number,
): { readonly gone: readonly Gone[]; readonly ups: readonly UpsId[]; readonly open: boolean } {
  const out = new Set([...site.supplies.keys()].filter((id) => state.memory.supplies.get(id)?.outage !== undefined));
  const all = new Set(out);
  const gone: Gone[] = [];
  let from = out.size > 0 ? 0 : undefined;
  for (const { event, seconds } of events) {
    if (event.event === 'outage-began') {
      out.add(event.ups);
      all.add(event.ups);
      from ??= seconds;
    }
    if (event.event !== 'outage-ended') continue;
    out.delete(event.ups);
    if (out.size > 0 || from === undefined) continue;
    gone.push({ fromSeconds: from, toSeconds: seconds });
    from = undefined;
  }
  if (from !== undefined) gone.push({ fromSeconds: from, toSeconds: lengthSeconds });
  return { gone, ups: [...site.supplies.keys()].filter((id) => all.has(id)), open: from !== undefined };
}

function rigAccounts(night: Night, tracks: ReadonlyMap<RigId, Track>): readonly RigAccount[] {
  const { first } = night;
  const { site, state } = first;
  const ranking = rankRigs(sceneOf(state, site, night.zeroMs));
  return ranking.flatMap(({ rig: id, rank }) => {
    const track = tracks.get(id);
    return track === undefined ? [] : [rigAccount(night, track, rank)];
  });
}

function rigAccount(night: Night, track: Track, rank: number): RigAccount {
  const { site, state } = night.first;
  const { rig, usualHashRate, wasUp } = track;
  const reward = rewardOf({ site, memory: state.memory }, rig);
  const scale = reward?.hashRate === undefined || usualHashRate === undefined ? 1 : usualHashRate / reward.hashRate;
  const perDay = reward?.perDay === undefined ? undefined : reward.perDay * scale;
  return {
    id: rig.id,
    rank,
    onUps: !onMainsAlone(site, rig),
    wasUp,
    perDay,
    money: perDay === undefined ? undefined : moneyOf(night, track, perDay),
    keptOnBattery: perDay === undefined ? undefined : night.gone.reduce((sum, one) => sum + earnedIn(night, { track, perDay }, one), 0),
    ...stepsOf(night.events, rig.id),
  };
}

const DAY_SECONDS = 86_400;

function moneyOf({ zeroMs, endMs }: Night, track: Track, perDay: number): Money {
  const { seconds, unseenSeconds } = workedIn(track, zeroMs, endMs);
  const [kept, unseen] = [(perDay * seconds) / DAY_SECONDS, (perDay * unseenSeconds) / DAY_SECONDS];
  // One that slept before would have earned nothing.
  const whole = track.wasUp ? (perDay * (endMs - zeroMs)) / 1000 / DAY_SECONDS : kept;
  return track.wasUp ? { kept, lost: whole - kept - unseen, unseen } : { kept, lost: 0, unseen: 0 };
}

function earnedIn(
  { zeroMs }: Night,
  { track, perDay }: { readonly track: Track; readonly perDay: number },
  { fromSeconds, toSeconds }: Gone,
): number {
  return (perDay * workedIn(track, zeroMs + 1000 * fromSeconds, zeroMs + 1000 * toSeconds).seconds) / DAY_SECONDS;
}

type Steps = Pick<RigAccount, 'left' | 'quietSeconds' | 'cutSeconds' | 'cutUnseen' | 'backSeconds'>;

/** What was done to a rig, and what it showed. */
function stepsOf(events: readonly OutageEvent[], id: RigId): Steps {
  let steps: Steps = { cutUnseen: false };
  for (const { event, seconds } of events) steps = { ...steps, ...afterEvent(steps, id, event, seconds) };
  return steps;
}

function afterEvent(steps: Steps, id: RigId, event: Event, seconds: number): Partial<Steps> {
  if (event.event === 'step-due') return afterStep(steps, id, event, seconds);
  if (event.event === 'returned') return event.rig === id ? { backSeconds: seconds } : {};
  if (event.event !== 'phase' || event.rig !== id || steps.left === undefined || steps.quietSeconds !== undefined) return {};
  return event.to === 'paused' || event.to === 'dark' ? { quietSeconds: seconds } : {};
}

function afterStep(
  steps: Steps,
  id: RigId,
  { step, because, dryRun, stamp }: Event & { event: 'step-due' },
  seconds: number,
): Partial<Steps> {
  const rigs = 'switch' in step ? step.rigs : [step.rig];
  if (dryRun || !rigs.includes(id)) return {};
  const left = steps.left ?? { seconds, because };
  if (step.kind === 'pause' || step.kind === 'halt') return { left };
  if (step.kind !== 'cut') return {};
  return { left, cutSeconds: steps.cutSeconds ?? seconds, cutUnseen: stamp === 'assumed' || stamp === 'forced' };
}

function summed(rigs: readonly RigAccount[]): Money {
  const of = (part: keyof Money): number => rigs.reduce((sum, { money }) => sum + (money?.[part] ?? 0), 0);
  return { kept: of('kept'), lost: of('lost'), unseen: of('unseen') };
}

interface Seen {
  readonly rigs: readonly RigAccount[];
  readonly ticks: readonly RecordedTick[];
  readonly tracks: ReadonlyMap<RigId, Track>;
}

/** Of the last outage of the night. */
function marginOf(ups: UpsId, night: Night, { rigs, ticks, tracks }: Seen): Margin {
  const ended = night.gone.at(-1)?.toSeconds ?? 0;
  const on = rigs.filter(({ id }) => tracks.get(id)?.rig.fedBy.includes(ups));
  const worked = on.some(({ id }) => {
    const track = tracks.get(id);
    const ms = night.zeroMs + 1000 * ended;
    return track !== undefined && workedIn(track, ms - 2_000, ms).seconds > 0.2;
  });
  const quiet = Math.max(0, ...on.map(({ quietSeconds = 0 }) => (quietSeconds <= ended ? quietSeconds : 0)));
  const seconds = worked || on.length === 0 ? ended : quiet;
  const { depth, runtimeSeconds } = beliefAt(ticks, ups, night.zeroMs + 1000 * seconds) ?? { depth: null, runtimeSeconds: null };
  return { ups, at: worked ? 'mains' : 'quiet', seconds, percent: depth === null ? null : 100 * (1 - depth), runtimeSeconds };
}

function endOf(ups: UpsId, night: Night, { rigs, ticks, tracks }: Seen): OutageAccount['ended'][number] | undefined {
  const dark = ticks.find((tick) => tick.ups?.[ups]?.line === 'off');
  if (dark === undefined) return undefined;
  const under = rigs.filter(({ id }) => {
    const track = tracks.get(id);
    return track?.rig.fedBy.includes(ups) && workedIn(track, dark.nowMs - 10_000, dark.nowMs).seconds > 1;
  });
  return { ups, seconds: (dark.nowMs - night.zeroMs) / 1000, under: under.map(({ id }) => id) };
}

function beliefAt(ticks: readonly RecordedTick[], ups: UpsId, ms: number): Belief | undefined {
  return ticks.findLast((tick) => tick.nowMs <= ms && tick.ups?.[ups] !== undefined)?.ups?.[ups];
}

function filmOf(
  { first, zeroMs }: Night,
  ticks: readonly RecordedTick[],
  rigs: readonly RigAccount[],
  tracks: ReadonlyMap<RigId, Track>,
): Film {
  const looked = ticks.filter(({ ups }) => ups !== undefined);
  const ids = [...first.site.supplies.keys()];
  const last = ticks.at(-1);
  // The film is as long as the record.
  const shots = last === undefined || looked.at(-1) === last ? looked : [...looked, { ...last, ups: looked.at(-1)?.ups ?? {} }];
  return {
    believed: true,
    seconds: shots.map(({ nowMs }) => (nowMs - zeroMs) / 1000),
    ups: ids.map((id) => ({
      id,
      percent: shots.map(({ ups }) => 100 * (1 - (ups?.[id]?.depth ?? 1))),
      watts: shots.map(({ ups }) => ups?.[id]?.watts ?? 0),
    })),
    rigs: rigs.map(({ id, rank, onUps, money }) => {
      const track = tracks.get(id);
      const whole = money === undefined ? 0 : money.kept + money.lost + money.unseen;
      return { id, rank, onUps, stretches: track === undefined ? [] : looksOf(track, zeroMs), kept: money?.kept ?? 0, whole };
    }),
  };
}
