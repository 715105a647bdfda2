// Who may run on a generator: those that earn most together within its watts, and more than their fuel costs. All others leave at
// once, for a generator that carries too much carries nothing; a rig comes back to it alone, the largest first.
import type { RigId } from '../../model/id.ts';
import type { Rig } from '../../model/rig.ts';
import type { SiteGenerator } from '../../model/site.ts';
import type { Reason } from '../../model/step.ts';
import { carrierOf, carriesSince } from '../generator.ts';
import { type Item, mostWorth } from '../knapsack.ts';
import { rememberedRig, type Scene, supplyOf, type Tick, upsesOf } from '../tick.ts';
import { rounded, type Want } from '../want.ts';

/** A generator that has just started hunts, and may stop again. */
export const STABLE_MS = 60_000;
const KWH_A_DAY = 24 / 1000;

/** The generator that a rig draws from now, by any of its supplies. */
export function generatorOf(scene: Scene, rig: Rig): SiteGenerator | undefined {
  for (const { id } of upsesOf(scene.site, rig)) {
    if (supplyOf(scene, id).line !== 'generator') continue;
    const carrier = carrierOf(scene, id);
    if (carrier !== undefined) return carrier;
  }
  return undefined;
}

/** It has no room for this rig. Neither a person's wish nor what the rig earns gives it any. */
export function wantOfGenerator(tick: Tick, rig: Rig): Want | undefined {
  const because = noRoom(tick, rig);
  if (because === undefined) return undefined;
  const down = rig.cutBy.length > 0 && !rig.can.pause ? 'dark' : 'paused';
  return { rig: rig.id, down, urgency: 'calm', cutAtDeadline: true, person: false, because };
}

export function noRoom(scene: Scene, rig: Rig): Reason | undefined {
  const generator = generatorOf(scene, rig);
  if (generator === undefined || carried(scene, generator).has(rig.id)) return undefined;
  return { rule: 'generator-has-no-room', facts: rounded({ generator: generator.id, carriesWatts: generator.watts, watts: rig.watts }) };
}

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

/**
 * The rigs that it carries: by what the file says of each, so that a measured watt more or less stops nobody. Whom a person wants up
 * goes before the others, as far as the watts go.
 */
function carried(scene: Scene, generator: SiteGenerator): ReadonlySet<RigId> {
  const rigs = [...scene.site.rigs.values()].filter(
    (rig) => upsesOf(scene.site, rig).some(({ id }) => generator.behind.includes(id)) && rememberedRig(scene, rig.id).hold?.as !== 'down',
  );
  const wished = rigs.filter(({ id }) => rememberedRig(scene, id).hold?.as === 'up');
  const key = `${rigs.map(({ id }) => id).join(' ')} / ${wished.map(({ id }) => id).join(' ')}`;
  const known = last.get(generator);
  if (known?.key === key) return known.rigs;
  const chosen = choose(generator, rigs, wished);
  last.set(generator, { key, rigs: chosen });
  return chosen;
}
/** What was chosen last for a generator of a site: the same rigs are asked for at every tick. */
const last = new WeakMap<SiteGenerator, { readonly key: string; readonly rigs: ReadonlySet<RigId> }>();

function choose(generator: SiteGenerator, rigs: readonly Rig[], wished: readonly Rig[]): ReadonlySet<RigId> {
  const lowest = Math.min(...rigs.flatMap(({ reward, watts }) => (reward === undefined ? [] : [reward.perDay / watts])));
  const unknown = Number.isFinite(lowest) ? lowest : 0;
  const item = ({ id, watts, reward }: Rig): Item => ({ id, watts, value: reward?.perDay ?? unknown * watts });
  const fuelADay = (watts: number): number => (generator.fuelPerKwh ?? 0) * watts * KWH_A_DAY;
  const first = mostWorth(
    wished.map((rig) => ({ ...item(rig), value: rig.watts })),
    generator.watts,
  );
  const taken = wished.filter(({ id }) => first.has(id)).reduce((sum, { watts }) => sum + watts, 0);
  const others = rigs.filter((rig) => !wished.includes(rig)).map(item);
  const paying = others.filter(({ watts, value }) => value > fuelADay(watts));
  return new Set([...first, ...mostWorth(paying, generator.watts - taken)]);
}
