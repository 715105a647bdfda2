// Who draws on a battery, as the planner takes it: what each rig adds in watts and reward, what a stop of it loses, and who can
// leave only with or after whom.
import type { RigId } from '../model/id.ts';
import type { Rig } from '../model/rig.ts';
import type { Site, SiteUps } from '../model/site.ts';
import { hullOf } from '../planner/points.ts';
import type { Increment, Load } from '../planner/problem.ts';
import { byKeys } from './by-keys.ts';
import { LIMIT_FALLS_SECONDS, standingLimit } from './limited.ts';
import { isDown, leavingOf, partOnUps, savingOf } from './load.ts';
import { onceEach } from './once-each.ts';
import { onItsWayTo, type Point, pointsOf } from './operating-points.ts';
import { isKeptUp } from './rules/leaving.ts';
import type { Load as CarriedLoad, RigState } from './state.ts';
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
  readonly limits?: { readonly rig: RigId; readonly watts: number } | undefined;
  /** those that leave with it */
  readonly rigs: readonly RigId[];
  /** those whose contact may open with it, which draw in their sleep until then */
  readonly sleepers: readonly RigId[];
  /** W that the load of the supply is counted with for it: one on several is counted whole on each, and carried by shares */
  readonly countedWatts: number;
  /** s for which it goes on drawing when it is told to leave, at most */
  readonly stopSeconds: number;
  /** whether its rig hangs on more than one supply, and leaves when all of them let it go */
  readonly shared?: true | undefined;
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
  /** those that are on their way down and draw yet */
  readonly leaving: ReadonlySet<RigId>;
}

/** The loads on one supply that the policy may move. All else that draws is base load. */
export function loadsOn(scene: Scene, ups: SiteUps, wish: Wish): readonly PlannedLoad[] {
  const { cutPaused } = scene.site.policy;
  const ground: Ground = { scene, load: supplyOf(scene, ups.id).load, wish, countsIdle: cutPaused === 'auto' };
  const places = new Places(scene.site);
  for (const worth of wish.rigs) {
    const { config: rig } = worth;
    const state = rigOf(scene, rig.id);
    const is = standOf(scene, rig, state, wish);
    if (is === 'fixed' && isDown(state)) continue;
    const place = places.of(rig);
    if (is === 'fixed') place.staysShut = true;
    else if (is === 'up' || mayLosePower(place, rig)) put(place, is, oneOf(ground, worth, state, is));
  }
  const loads: PlannedLoad[] = [];
  for (const place of places.all) addLoads(loads, place, cutPaused === 'always');
  return loads;
}

interface Ground {
  readonly scene: Scene;
  readonly load: CarriedLoad;
  readonly wish: Wish;
  /** whether what a sleeper draws is held against the contact that could open */
  readonly countsIdle: boolean;
}

function oneOf({ scene, load, wish, countsIdle }: Ground, worth: Worth, state: RigState, is: 'up' | 'asleep'): One {
  const { config: rig } = worth;
  const share = 1 / Math.max(1, upsesOf(scene.site, rig).length);
  const scale = load.scale * partOnUps(load, rig);
  const limited = is === 'up' ? standingLimit(rememberedRig(scene, rig.id)) : undefined;
  const going = limited === undefined ? 0 : onItsWayTo(scene, rig, state);
  const saves = is === 'up' ? savingOf(rig, state, scene.nowMs) - going : 0;
  // One that has just woken draws little yet: it is planned with what it draws at work. One that is limited draws no more.
  const whole = is === 'up' && limited === undefined;
  const works = whole ? Math.max(saves, leavingOf(rig, state)) : saves;
  // What it earns is known of the watts that it was last seen at work with: of others it earns as much a watt, and keeps its rank.
  const atWork = whole ? works + rig.pausedWatts : workWattsOf(rig, state);
  return {
    rig,
    points: is === 'up' && rig.limits !== undefined ? pointsOf(scene, rig) : WHOLE,
    scale,
    perHour: (wish.shareOf(rig) * dailyOf(wish, worth, atWork)) / HOURS_A_DAY,
    countedIdleWatts: countsIdle ? scale * rig.pausedWatts : 0,
    countedWatts: scale * saves,
    workWatts: scale * works,
    share,
  };
}

/** currency a day, at so many watts. */
function dailyOf(wish: Wish, { perWatt, rank }: Worth, watts: number): number {
  return watts * (wish.priced ? perWatt : 1 + ORDER_KEPT * (1 - rank / wish.of));
}

const mayLosePower = ({ contacts }: Place, { can }: Rig): boolean => contacts.opens && can.pause;

function put(place: Place, is: 'up' | 'asleep', one: One): void {
  const { rig, countedIdleWatts } = one;
  if (is === 'up' && rig.can.pause) place.asked = withOne(place.asked, one);
  else if (is === 'up') place.mute = withOne(place.mute, one);
  if (countedIdleWatts > 0 && mayLosePower(place, rig)) place.sleepers = withOne(place.sleepers, one);
}

/** Most are alone at their place. */
function withOne<T>(ones: T[], one: T): T[] {
  if (ones.length === 0) return [one];
  ones.push(one);
  return ones;
}

/** `asleep`: it may still lose its power; `fixed`: the policy has nothing to move of it. */
function standOf(scene: Scene, rig: Rig, state: RigState, { stays, leaving }: Wish): 'up' | 'asleep' | 'fixed' {
  if (!rig.can.pause && rig.cutBy.length === 0) return 'fixed';
  if (isDown(state) || leaving.has(rig.id)) return state.phase === 'dark' ? 'fixed' : 'asleep';
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
  readonly contacts: Contacts;
  /** whether one behind them stays whatever is planned, and they with it */
  staysShut: boolean;
  /** by reward per watt, the best first */
  asked: One[];
  /** those that leave by nothing but the contact */
  mute: One[];
  sleepers: One[];
}

const NO_ONE: One[] = [];

class Places {
  /** in the order in which they were first asked for */
  readonly all: Place[] = [];
  readonly #contacts: ReadonlyMap<RigId, Contacts>;
  readonly #several = new Map<Contacts, Place>();

  constructor(site: Site) {
    this.#contacts = contactsOf(site);
  }

  of({ id }: Rig): Place {
    const contacts = this.#contacts.get(id) ?? { id, opens: false, alone: true };
    return (contacts.alone ? undefined : this.#several.get(contacts)) ?? this.#first(contacts);
  }

  #first(contacts: Contacts): Place {
    const place: Place = { contacts, staysShut: false, asked: NO_ONE, mute: NO_ONE, sleepers: NO_ONE };
    this.all.push(place);
    if (!contacts.alone) this.#several.set(contacts, place);
    return place;
  }
}

/** What stands between a rig and its power: one for all that are behind the same. */
interface Contacts {
  readonly id: string;
  /** whether they open for these rigs and nobody else */
  readonly opens: boolean;
  /** whether there is one such rig */
  readonly alone: boolean;
}

/** Asked for every rig at every plan, and the same as long as the site is. */
const contactsOf = onceEach((site: Site): ReadonlyMap<RigId, Contacts> => {
  const together = byKeys(site.rigs.values(), ({ id, cutBy }) => [cutBy.length === 0 ? id : `behind ${cutBy.join(' ')}`]);
  const contacts = new Map<RigId, Contacts>();
  for (const [id, rigs] of together) {
    const all = { id, opens: rigs.slice(0, 1).some((rig) => openFor(site, rig)), alone: rigs.length === 1 };
    for (const rig of rigs) contacts.set(rig.id, all);
  }
  return contacts;
});

function openFor(site: Site, rig: Rig): boolean {
  const alike = (other: Rig): boolean =>
    other === rig || (other.cutBy.join(' ') === rig.cutBy.join(' ') && other.fedBy.join() === rig.fedBy.join());
  return rig.cutBy.length > 0 && rig.cutBy.every((id) => rigsBehind(site, id).every(alike));
}

/** The contact opens last, and takes along who can be asked nothing; whoever can be asked leaves before it. */
function addLoads(loads: PlannedLoad[], { contacts, staysShut, asked, mute, sleepers }: Place, cutsAtOnce: boolean): void {
  if (staysShut || mute.length + sleepers.length === 0) {
    for (const one of asked) loads.push({ id: one.rig.id, increments: stepsOf(one, cutsAtOnce) });
    return;
  }
  const contact: Step = {
    watts: sum(mute, ({ share, workWatts }) => share * workWatts) + sum(sleepers, (one) => one.share * one.countedIdleWatts),
    countedWatts: sum(mute, ({ countedWatts }) => countedWatts) + sum(sleepers, ({ countedIdleWatts }) => countedIdleWatts),
    reward: sum(mute, ({ perHour }) => perHour),
    loss:
      sum(mute, ({ perHour, rig }) => (perHour * rig.restartMinutes) / 60) +
      sum(sleepers, ({ perHour, rig }) => (perHour * Math.max(0, rig.restartMinutes - rig.resumeMinutes)) / 60),
    rigs: namesOf(mute),
    sleepers: namesOf(sleepers),
    stopSeconds: 0,
    limits: undefined,
    shared: undefined,
  };
  loads.push({ id: contacts.id, increments: [contact, ...inOneRow(asked, cutsAtOnce)] });
}

const namesOf = (ones: readonly One[]): readonly RigId[] => (ones.length === 0 ? NOBODY : ones.map(({ rig }) => rig.id));

/** What it earns whole, and of each lower point that is worth it, the lowest first; what its stop loses is lost with that. */
function stepsOf(one: One, cutsAtOnce: boolean): readonly Step[] {
  const { rig, points, scale, countedWatts, workWatts, share, perHour } = one;
  const minutes = cutsAtOnce && rig.cutBy.length > 0 ? rig.restartMinutes : rig.resumeMinutes;
  const reward = perHour * (points.at(-1)?.share ?? 1);
  const whole: Step = {
    watts: share * workWatts,
    countedWatts,
    reward,
    loss: (perHour * minutes) / 60,
    rigs: [rig.id],
    sleepers: NOBODY,
    stopSeconds: pauseSeconds(rig),
    limits: undefined,
    shared: share < 1 ? true : undefined,
  };
  if (points.length < 2) return [whole];
  const hull = hullOf(
    points.map((point) => ({ watts: scale * Math.max(0, point.watts - rig.pausedWatts), reward: perHour * point.share, to: point.watts })),
  );
  if (hull.length < 2) return [whole];
  return hull.map((point, i): Step => {
    const below = hull[i - 1];
    const counted = point.watts - (below?.watts ?? 0);
    const step = {
      ...whole,
      watts: share * (counted + (point === hull.at(-1) ? workWatts - countedWatts : 0)),
      countedWatts: counted,
      reward: point.reward - (below?.reward ?? 0),
    };
    if (below === undefined) return step;
    return { ...step, loss: 0, rigs: NOBODY, stopSeconds: LIMIT_FALLS_SECONDS, limits: { rig: rig.id, watts: below.to } };
  });
}

/** Behind one contact, by what a watt earns: so each leaves before what it rests on. As they rank where none can be limited. */
function inOneRow(asked: readonly One[], cutsAtOnce: boolean): readonly Step[] {
  const row: Step[] = [];
  for (const one of asked) row.push(...stepsOf(one, cutsAtOnce));
  if (row.length === asked.length) return row;
  return row.sort((a, b) => b.reward * a.watts - a.reward * b.watts);
}

function sum(all: readonly One[], of: (one: One) => number): number {
  let total = 0;
  for (const one of all) total += of(one);
  return total;
}
