// What a seed means: a site, the course of one outage, and the moments in which the service is killed. Times are short, so
// that a thousand kills are a matter of minutes; nothing else is.

import { type Chance, chance } from '../../../src/sim/chance.ts';
import type { SimRigQuirks } from '../../../src/sim/rig.ts';
import { EIGHT, type FleetRig } from '../rig-fleet.ts';

/** When one kill comes. The last three: in the very moment of the `nth` such thing after the first tick of this life. */
export type Moment =
  | { readonly kind: 'starting'; readonly afterMs: number }
  | { readonly kind: 'living'; readonly afterMs: number }
  | { readonly kind: 'order' | 'edge' | 'record'; readonly nth: number };

export type MomentKind = Moment['kind'];

/** What the world does, and what must have come true some time after the last kill. */
export interface Act {
  readonly world: 'calm' | 'outage' | 'low-battery' | 'mains';
  readonly kills: readonly Moment[];
  readonly goal: 'all-hash' | 'one-is-back' | 'some-down' | 'all-dark';
}

export interface KillDraw {
  readonly seed: number;
  readonly rigs: readonly FleetRig[];
  /** how rigs misbehave while the mains are away; a person mends them in time for the return */
  readonly quirks: ReadonlyMap<string, SimRigQuirks>;
  readonly graceSeconds: number;
  readonly coolDownSeconds: number;
  readonly cutPaused: 'auto' | 'always';
  /** seconds that the full battery carries all rigs; far more than any course takes */
  readonly carriesSeconds: number;
  readonly shedBelowSeconds: number;
  readonly acts: readonly Act[];
}

export function drawKills(seed: number): KillDraw {
  const site = chance(seed, 'site');
  const graceSeconds = site.between(1.5, 3);
  const carriesSeconds = site.between(90, 150);
  const rigs = drawRigs(site);
  return {
    seed,
    rigs,
    graceSeconds,
    coolDownSeconds: site.between(0, 0.5),
    cutPaused: site.happens(0.5) ? 'always' : 'auto',
    carriesSeconds,
    shedBelowSeconds: carriesSeconds * site.between(0.98, 1.6),
    quirks: drawQuirks(chance(seed, 'quirks'), rigs, graceSeconds),
    acts: drawActs(chance(seed, 'course'), chance(seed, 'kills')),
  };
}

function drawRigs(site: Chance): readonly FleetRig[] {
  const from = site.below(EIGHT.length);
  const some = [...EIGHT.slice(from), ...EIGHT.slice(0, from)].slice(0, 2 + site.below(4));
  const paired = site.happens(0.3);
  return some.map((rig, place) => ({
    ...rig,
    ...(paired && place < 2 ? { contact: 'k-pair' } : {}),
    traits: {
      pauseSeconds: site.between(0.2, 0.9),
      wakeSeconds: site.between(0.3, 1),
      bootSeconds: site.between(0.2, 0.8),
      pausePersists: site.happens(0.8),
    },
  }));
}

function drawQuirks(luck: Chance, rigs: readonly FleetRig[], graceSeconds: number): ReadonlyMap<string, SimRigQuirks> {
  const kinds: readonly SimRigQuirks[] = [
    { lies: true },
    { refuses: true },
    { hangs: true },
    { pauseSeconds: 0.7 * graceSeconds },
    { answerSeconds: 0.4 },
  ];
  return new Map(rigs.filter(() => luck.happens(0.25)).map(({ id }) => [id, luck.pick(kinds) ?? {}]));
}

/** Whether it gets as far as low battery, and whether the mains go once more in mid-return. */
function drawActs(course: Chance, kills: Chance): readonly Act[] {
  const low = course.happens(0.7);
  const relapse = course.happens(0.4);
  const outage = (): readonly Act[] => [
    { world: 'outage', kills: drawMoments(kills, 2, 6), goal: 'some-down' },
    ...(low ? [{ world: 'low-battery', kills: drawMoments(kills, 2, 6), goal: 'all-dark' } as const] : []),
  ];
  return [
    { world: 'calm', kills: drawMoments(kills, 0, 2), goal: 'all-hash' },
    ...outage(),
    ...(relapse ? [{ world: 'mains', kills: drawMoments(kills, 1, 4), goal: 'one-is-back' } as const, ...outage()] : []),
    { world: 'mains', kills: drawMoments(kills, 3, 8), goal: 'all-hash' },
  ];
}

function drawMoments(kills: Chance, least: number, most: number): readonly Moment[] {
  return Array.from({ length: least + kills.below(most - least + 1) }, () => drawMoment(kills));
}

function drawMoment(kills: Chance): Moment {
  const nth = 1 + kills.below(3);
  const dice = kills.unit();
  if (dice < 0.15) return { kind: 'starting', afterMs: kills.between(0, 900) };
  if (dice < 0.4) return { kind: 'living', afterMs: kills.between(0, 2500) };
  if (dice < 0.6) return { kind: 'order', nth };
  return dice < 0.8 ? { kind: 'edge', nth } : { kind: 'record', nth };
}
