// Who draws on a battery, as the planner takes it: what each rig adds in watts and reward, what a stop of it loses, and who can
// leave only with or after whom.
import type { RigId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import type { Site, SiteUps } from '../model/site.ts';
import { hullOf } from '../planner/points.ts';
import type { Increment, Load } from '../planner/problem.ts';
import { LIMIT_FALLS_SECONDS, standingLimit } from './limited.ts';
import { freedWatts, isDown, leavingOf, partOnUps } from './load.ts';
import { onceEach } from './once-each.ts';
import { onItsWayTo, type Point, pointsOf } from './operating-points.ts';
import { isKeptUp, isLeaving } from './rules/leaving.ts';
import { rigsBehind } from './switching.ts';
import { pauseSeconds } from './thresholds.ts';
import { rememberedRig, rigOf, type Scene, supplyOf, upsesOf } from './tick.ts';
import { type Worth, workWattsOf } from './worth.ts';

const HOURS_A_DAY = 24;
/** Where nobody said what any rig earns a watt is worth as much as any other: so much more a day the first in the order, that it keeps. */
const ORDER_KEPT = 1e-3;

/** One step of a load, and the rigs it stands for. */
export interface Step extends Increment {
  /** the rig that makes do with so many W when it leaves; absent: whoever leaves with it leaves whole */
  readonly limits?: { readonly rig: RigId; readonly watts: number };
  /** those that leave with it */
  readonly rigs: readonly RigId[];
  /** those whose contact may open with it, which draw in their sleep until then */
  readonly sleepers: readonly RigId[];
  /** W that the load of the supply is counted with for it: one on several is counted whole on each, and carried by shares */
  readonly countedWatts: number;
  /** s for which it goes on drawing when it is told to leave, at most */
  readonly stopSeconds: number;
  /** whether its rig hangs on more than one supply, and leaves when all of them let it go */
  readonly shared?: true;
}

export interface PlannedLoad extends Load {
  readonly increments: readonly Step[];
}

export interface Wish {
  /** the rigs of this supply alone, the best earner per watt first */
  readonly rigs: readonly Worth[];
  /** rigs of the whole site, of which a rank is one */
  readonly of: number;
  /** whether anybody said what any rig earns */
  readonly priced: boolean;
  /** the part of what a rig earns that is put to this supply, 0 to 1: of one on several each pays a part of it */
  readonly shareOf: (rig: Rig) => number;
  /** rigs that stay whatever is planned */
  readonly stays: ReadonlySet<RigId>;
}

/** The loads on one supply that the policy may move. All else that draws is base load. */
export function loadsOn(scene: Scene, ups: SiteUps, wish: Wish): readonly PlannedLoad[] {
  const { load } = supplyOf(scene, ups.id);
  const { cutPaused } = scene.site.policy;
  const places = new Map<string, Place>();
  const dailyOf = ({ perDay, perWatt, rank }: Worth, watts: number): number =>
    perDay ?? watts * (wish.priced ? perWatt : 1 + ORDER_KEPT * (1 - rank / wish.of));
  for (const worth of wish.rigs) {
    const { config: rig } = worth;
    const is = standOf(scene, rig, wish.stays);
    const state = rigOf(scene, rig.id);
    if (is === 'fixed' && isDown(state)) continue;
    const place = placeOf(scene, rig, places);
    if (is === 'fixed') {
      place.staysShut = true;
      continue;
    }
    const share = 1 / Math.max(1, upsesOf(scene.site, rig).length);
    const scale = load.scale * partOnUps(load, rig);
    const limited = standingLimit(rememberedRig(scene, rig.id));
    const countedWatts = freedWatts(scene, ups.id, rig) - (limited === undefined ? 0 : scale * onItsWayTo(scene, rig, state));
    // One that has just woken draws little yet: it is planned with what it draws at work. One that is limited draws no more.
    const workWatts = limited === undefined ? Math.max(countedWatts, freedWatts(scene, ups.id, rig, leavingOf)) : countedWatts;
    put(place, is, {
      rig,
      points: is === 'up' && rig.limits !== undefined ? pointsOf(scene, rig) : WHOLE,
      scale,
      perHour: (wish.shareOf(rig) * dailyOf(worth, workWattsOf(rig, state))) / HOURS_A_DAY,
      countedIdleWatts: cutPaused === 'auto' ? scale * rig.pausedWatts : 0,
      countedWatts,
      workWatts,
      share,
    });
  }
  return [...places.values()].flatMap((place) => loadsOf(place, cutPaused === 'always'));
}

function put({ opens, asked, mute, sleepers }: Place, is: 'up' | 'asleep', one: One): void {
  if (is === 'up') (one.rig.can.pause ? asked : mute).push(one);
  if (opens && one.rig.can.pause && one.countedIdleWatts > 0) sleepers.push(one);
}

/** `asleep`: it may still lose its power; `fixed`: the policy has nothing to move of it. */
function standOf(scene: Scene, rig: Rig, stays: ReadonlySet<RigId>): 'up' | 'asleep' | 'fixed' {
  if (!rig.can.pause && rig.cutBy.length === 0) return 'fixed';
  const state = rigOf(scene, rig.id);
  if (isDown(state) || isLeaving(scene, rig.id)) return state.phase === 'dark' ? 'fixed' : 'asleep';
  return stays.has(rig.id) || isKeptUp(scene, rig.id) ? 'fixed' : 'up';
}

const NOBODY: readonly RigId[] = [];
/** One that is not limited has no point but what it does. */
const WHOLE: readonly Point[] = [];

interface One {
  readonly rig: Rig;
  /** what it may be limited to, and last what it has; empty: nothing but that */
  readonly points: readonly Point[];
  /** what the UPS measures for a W of it */
  readonly scale: number;
  /** currency/h while it hashes */
  readonly perHour: number;
  /** W that the load of the supply is rid of when it sleeps, and when its contact opens then */
  readonly countedWatts: number;
  readonly countedIdleWatts: number;
  /** the same once it is at work again, where it only warms up now */
  readonly workWatts: number;
  /** of all that, what this supply carries */
  readonly share: number;
}

/** Rigs behind the same contacts, or one alone. */
interface Place {
  readonly id: string;
  /** whether its contacts open for them and nobody else */
  readonly opens: boolean;
  /** whether one behind them stays whatever is planned, and they with it */
  staysShut: boolean;
  /** by reward per watt, the best first */
  readonly asked: One[];
  /** those that leave by nothing but the contact */
  readonly mute: One[];
  readonly sleepers: One[];
}

function placeOf({ site }: Scene, rig: Rig, places: Map<string, Place>): Place {
  const { id, opens } = contactsOf(site, rig);
  const known = places.get(id);
  if (known !== undefined) return known;
  const place: Place = { id, opens, staysShut: false, asked: [], mute: [], sleepers: [] };
  places.set(id, place);
  return place;
}

/** Asked for every rig at every plan, and the same as long as the site is. */
function contactsOf(site: Site, rig: Rig): Pick<Place, 'id' | 'opens'> {
  const known = contacts(site);
  let own = known.get(rig.id);
  if (own === undefined) {
    const alike = (other: Rig): boolean =>
      other === rig || (other.cutBy.join(' ') === rig.cutBy.join(' ') && other.fedBy.join() === rig.fedBy.join());
    own = {
      id: rig.cutBy.length === 0 ? rig.id : `behind ${rig.cutBy.join(' ')}`,
      opens: rig.cutBy.length > 0 && rig.cutBy.every((id) => rigsBehind(site, id).every(alike)),
    };
    known.set(rig.id, own);
  }
  return own;
}
const contacts = onceEach((_: Site): Map<RigId, Pick<Place, 'id' | 'opens'>> => new Map());

/** The contact opens last, and takes along who can be asked nothing; whoever can be asked leaves before it. */
function loadsOf({ id, staysShut, asked, mute, sleepers }: Place, cutsAtOnce: boolean): readonly PlannedLoad[] {
  const loads = asked.map((one) => stepsOf(one, cutsAtOnce));
  if (staysShut || mute.length + sleepers.length === 0)
    return loads.map((increments) => ({ id: increments[0]?.rigs.join() ?? id, increments }));
  const contact: Step = {
    watts: sum(mute, ({ share, workWatts }) => share * workWatts) + sum(sleepers, (one) => one.share * one.countedIdleWatts),
    countedWatts: sum(mute, ({ countedWatts }) => countedWatts) + sum(sleepers, ({ countedIdleWatts }) => countedIdleWatts),
    reward: sum(mute, ({ perHour }) => perHour),
    loss:
      sum(mute, ({ perHour, rig }) => (perHour * rig.restartMinutes) / 60) +
      sum(sleepers, ({ perHour, rig }) => (perHour * Math.max(0, rig.restartMinutes - rig.resumeMinutes)) / 60),
    rigs: mute.map(({ rig }) => rig.id),
    sleepers: sleepers.map(({ rig }) => rig.id),
    stopSeconds: 0,
  };
  return [{ id, increments: [contact, ...inOneRow(loads)] }];
}

/** What it earns whole, and of each lower point that is worth it, the lowest first; what its stop loses is lost with that. */
function stepsOf(one: One, cutsAtOnce: boolean): readonly Step[] {
  const { rig, points, scale, countedWatts, workWatts, share, perHour } = one;
  const minutes = cutsAtOnce && rig.cutBy.length > 0 ? rig.restartMinutes : rig.resumeMinutes;
  const reward = perHour * (points.at(-1)?.share ?? 1);
  const loss = (perHour * minutes) / 60;
  const stopSeconds = pauseSeconds(rig);
  const shared = share < 1 ? { shared: true as const } : {};
  const whole: Step = { watts: share * workWatts, countedWatts, reward, loss, rigs: [rig.id], sleepers: NOBODY, stopSeconds, ...shared };
  if (points.length < 2) return [whole];
  const hull = hullOf(
    points.map((point) => ({ watts: scale * Math.max(0, point.watts - rig.pausedWatts), reward: perHour * point.share, to: point.watts })),
  );
  if (hull.length < 2) return [whole];
  return hull.map((point, i): Step => {
    const below = hull[i - 1];
    const counted = point.watts - (below?.watts ?? 0);
    const step = {
      ...shared,
      sleepers: NOBODY,
      stopSeconds: below === undefined ? stopSeconds : LIMIT_FALLS_SECONDS,
      watts: share * (counted + (point === hull.at(-1) ? workWatts - countedWatts : 0)),
      countedWatts: counted,
      reward: point.reward - (below?.reward ?? 0),
    };
    return below === undefined
      ? { ...step, loss, rigs: [rig.id] }
      : { ...step, loss: 0, rigs: [], limits: { rig: rig.id, watts: below.to } };
  });
}

/** Behind one contact, by what a watt earns: so each leaves before what it rests on. As they rank where none can be limited. */
function inOneRow(loads: readonly (readonly Step[])[]): readonly Step[] {
  const row = loads.flat();
  if (row.length === loads.length) return row;
  return row.sort((a, b) => b.reward * a.watts - a.reward * b.watts);
}

function sum(all: readonly One[], of: (one: One) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}
