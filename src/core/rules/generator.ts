// Who may run on a generator: those that earn most together within its watts, and more than their fuel costs. All others leave at
// once, for a generator that carries too much carries nothing; a rig comes back to it alone, the largest first.
import type { RigId, SwitchId } from '../../model/id.ts';
import type { Rig, RigPhase } from '../../model/rig.ts';
import type { Site, SiteGenerator } from '../../model/site.ts';
import type { Reason } from '../../model/step.ts';
import { carrierOf, carriesSince } from '../generator.ts';
import { type Item, mostWorth } from '../knapsack.ts';
import { rigsBehind } from '../switching.ts';
import { IDLE_SHARE } from '../thresholds.ts';
import { rememberedRig, rigOf, rigsOn, type Scene, supplyOf, type Tick, upsesOf } from '../tick.ts';
import { NO_ROOM, rounded, type Want } from '../want.ts';

/** A generator that has just started hunts, and may stop again. */
export const STABLE_MS = 60_000;
const KWH_A_DAY = 24 / 1000;

/** The generators that a rig draws from now, by any of its supplies. */
export function generatorsOf(scene: Scene, rig: Rig): readonly SiteGenerator[] {
  const all: SiteGenerator[] = [];
  for (const { id } of upsesOf(scene.site, rig)) {
    const carrier = supplyOf(scene, id).line === 'generator' ? carrierOf(scene, id) : undefined;
    if (carrier !== undefined && !all.includes(carrier)) all.push(carrier);
  }
  return all;
}

export const isOnGenerator = (scene: Scene, rig: Rig): boolean => generatorsOf(scene, rig).length > 0;

/** It has no room for this rig. Neither a person's wish nor what the rig earns gives it any. */
export function wantOfGenerator(tick: Tick, rig: Rig): Want | undefined {
  const because = noRoom(tick, rig);
  if (because === undefined) return undefined;
  const isAlone = !behindOf(tick.site, rig).some((one) => !one.can.pause && noRoom(tick, one));
  const dark = rig.cutBy.length > 0 && (!isAlone || sleepersWeigh(tick, rig));
  return { rig: rig.id, down: dark ? 'dark' : 'paused', urgency: 'calm', cutAtDeadline: true, person: false, because };
}

/** Whether the idle watts of those that sleep are worth opening switches for, as on battery. */
function sleepersWeigh(scene: Scene, rig: Rig): boolean {
  const { cutPaused } = scene.site.policy;
  if (cutPaused !== 'auto') return cutPaused === 'always';
  return generatorsOf(scene, rig).some((generator) => cargoOf(scene, generator).sleepingWatts > IDLE_SHARE * generator.watts);
}

export function noRoom(scene: Scene, rig: Rig): Reason | undefined {
  // On two of them it may have to draw all its watts from either.
  const generator = generatorsOf(scene, rig).find((one) => !cargoOf(scene, one).rigs.has(rig.id));
  if (generator === undefined) return undefined;
  return { rule: NO_ROOM, facts: rounded({ generator: generator.id, carriesWatts: generator.watts, watts: rig.watts }) };
}

/** Another behind its open contact that has no room: power would start it, and it would hash until its pause is heard. */
export function wouldStart(scene: Scene, rig: Rig, id: SwitchId): Reason | undefined {
  if (!isOnGenerator(scene, rig)) return undefined;
  for (const other of rigsBehind(scene.site, id)) {
    const because = other.id === rig.id || other.pausePersists ? undefined : noRoom(scene, other);
    if (because !== undefined) return { ...because, facts: { ...because.facts, switch: id, starts: other.id } };
  }
  return undefined;
}

/** Another that has no room on it was not seen down yet: whoever is started beside it may be too much for the generator. */
export function stillCarries(scene: Scene, rig: Rig): Reason | undefined {
  for (const generator of generatorsOf(scene, rig)) {
    const leaves = leaverOf(scene, generator);
    if (leaves !== undefined && leaves !== rig.id) return { rule: 'generator-still-carries', facts: { generator: generator.id, leaves } };
  }
  return undefined;
}

/** Looked up once for all that would start. */
function leaverOf(scene: Scene, generator: SiteGenerator): RigId | undefined {
  const known = entryOf(leavers, scene);
  if (!known.has(generator.id)) {
    const { rigs } = cargoOf(scene, generator);
    const draws = ({ id }: Rig): boolean => !rigs.has(id) && DRAWS.has(rigOf(scene, id).phase);
    known.set(generator.id, rigsBehindIt(scene.site, generator).find(draws)?.id);
  }
  return known.get(generator.id);
}
const leavers = new WeakMap<Scene, Map<string, RigId | undefined>>();
/** Of one of which nothing is known it is not known that it draws: it keeps nobody waiting for ever. */
const DRAWS: ReadonlySet<RigPhase> = new Set(['hashing', 'pausing', 'cutting', 'waking']);

/** All that hang on any of its contacts, itself as well. */
const behindOf = (site: Site, { cutBy }: Rig): readonly Rig[] => cutBy.flatMap((id) => rigsBehind(site, id));

/** Why nothing is started on it yet; `untilMs`: when that ends, if it goes on running. */
export function notStable(scene: Scene, rig: Rig): { readonly because: Reason; readonly untilMs: number } | undefined {
  for (const { id } of upsesOf(scene.site, rig)) {
    if (supplyOf(scene, id).line !== 'generator') continue;
    const since = Math.max(carriesSince(scene, id) ?? scene.nowMs, supplyOf(scene, id).steadySinceMs ?? scene.nowMs);
    const ran = scene.nowMs - since;
    if (ran >= STABLE_MS) continue;
    const facts = rounded({ ups: id, ranSeconds: ran / 1000, needSeconds: STABLE_MS / 1000 });
    return { because: { rule: 'generator-not-stable', facts }, untilMs: since + STABLE_MS };
  }
  return undefined;
}

interface Cargo {
  readonly rigs: ReadonlySet<RigId>;
  /** W of all that sleep behind contacts of theirs */
  readonly sleepingWatts: number;
}

/**
 * What it carries: by what the file says of each rig, so that a measured watt more or less stops nobody. Whom a person wants up goes
 * before the others, as far as the watts go. Holds do not change once a tick has begun to want: looked up once for all its rigs.
 */
function cargoOf(scene: Scene, generator: SiteGenerator): Cargo {
  const known = entryOf(inScene, scene);
  let cargo = known.get(generator.id);
  if (cargo === undefined) {
    cargo = cargoNow(scene, generator);
    known.set(generator.id, cargo);
  }
  return cargo;
}
const inScene = new WeakMap<Scene, Map<string, Cargo>>();

function cargoNow(scene: Scene, generator: SiteGenerator): Cargo {
  const { site } = scene;
  const all = rigsBehindIt(site, generator);
  const rigs = all.filter((rig) => heldAs(scene, rig) !== 'down');
  const wished = rigs.filter((rig) => heldAs(scene, rig) === 'up');
  const key = `${rigs.map(({ id }) => id).join(' ')} / ${wished.map(({ id }) => id).join(' ')}`;
  const chosen = entryOf(last, site);
  const before = chosen.get(generator.id);
  if (before?.key === key) return before;
  // What nothing can cut may be more than it is to carry: then there is room for nobody.
  const watts = Math.max(0, generator.watts - all.reduce((sum, rig) => sum + litWatts(rig), 0));
  const stays = withoutCompany(site, generator, choose({ ...generator, watts }, rigs, wished));
  const sleeping = all.filter(({ id, cutBy }) => cutBy.length > 0 && !stays.has(id));
  const now = { key, rigs: stays, sleepingWatts: sleeping.reduce((sum, { pausedWatts }) => sum + pausedWatts, 0) };
  chosen.set(generator.id, now);
  return now;
}
/** What was chosen last for each generator of a site: the same rigs are asked for at every tick. */
const last = new WeakMap<Site, Map<string, Cargo & { readonly key: string }>>();

function entryOf<K extends object, V>(all: WeakMap<K, Map<string, V>>, key: K): Map<string, V> {
  let entry = all.get(key);
  if (entry === undefined) {
    entry = new Map();
    all.set(key, entry);
  }
  return entry;
}

/**
 * A contact that stays closed for one feeds all behind it: who can be kept down by nothing else would run with it. So that one stays,
 * or neither.
 */
function withoutCompany(site: Site, { behind }: SiteGenerator, chosen: ReadonlySet<RigId>): ReadonlySet<RigId> {
  const stays = new Set(chosen);
  const runsAlong = (one: Rig): boolean => !one.can.pause && !stays.has(one.id) && one.fedBy.some((supply) => behind.includes(supply));
  for (let before = -1; before !== stays.size; ) {
    before = stays.size;
    for (const rig of site.rigs.values()) if (stays.has(rig.id) && behindOf(site, rig).some(runsAlong)) stays.delete(rig.id);
  }
  return stays;
}

const rigsBehindIt = (site: Site, { behind }: SiteGenerator): readonly Rig[] => [...new Set(behind.flatMap((ups) => rigsOn(site, ups)))];

/** What a rig draws on it even where it does not run: nothing can cut it. */
const litWatts = ({ cutBy, pausedWatts }: Rig): number => (cutBy.length > 0 ? 0 : pausedWatts);

const heldAs = (scene: Scene, { id }: Rig): 'up' | 'down' | undefined => rememberedRig(scene, id).hold?.as;

function choose(generator: SiteGenerator, rigs: readonly Rig[], wished: readonly Rig[]): ReadonlySet<RigId> {
  const lowest = Math.min(...rigs.flatMap(({ reward, watts }) => (reward?.perDay === undefined ? [] : [reward.perDay / watts])));
  // Where nobody said what any of them earns all earn alike; whether that is more than fuel that has a price, nobody knows.
  const unknown = Number.isFinite(lowest) ? lowest : (generator.fuelPerKwh ?? 0) > 0 ? 0 : 1;
  const item = (rig: Rig): Item => ({
    id: rig.id,
    watts: rig.watts - litWatts(rig),
    value: rig.reward?.perDay ?? unknown * rig.watts,
  });
  const fuelADay = (watts: number): number => (generator.fuelPerKwh ?? 0) * watts * KWH_A_DAY;
  const first = mostWorth(
    wished.map((rig) => ({ ...item(rig), value: rig.watts })),
    generator.watts,
  );
  const taken = wished.filter(({ id }) => first.has(id)).reduce((sum, rig) => sum + item(rig).watts, 0);
  const others = rigs.filter((rig) => !wished.includes(rig)).map(item);
  const paying = others.filter(({ watts, value }) => value > fuelADay(watts));
  return new Set([...first, ...mostWorth(paying, generator.watts - taken)]);
}
