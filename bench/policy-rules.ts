// The policies that the bench compares, each a function of what it sees at a tick; all know the same declared curve and hear the
// same UPS.
import type { Drain } from '../src/planner/drain.ts';
import { guardReason } from '../src/planner/guard.ts';
import { plan } from '../src/planner/plan.ts';
import type { Problem } from '../src/planner/problem.ts';
import { stopSchedule } from '../src/planner/stops.ts';
import { DEFAULT_PRIOR, Survival } from '../src/planner/survival.ts';
import { CorePolicy } from './policy-core.ts';
import type { BenchRig, BenchSite } from './policy-fleet.ts';
import { type Life, type Lived, LONGEST_SECONDS, type Look, lived, TICK_SECONDS } from './policy-live.ts';

/** What a policy makes of a site when the mains are lost. */
export type Policy = (site: BenchSite) => Life;

const NOBODY: readonly number[] = [];

export const allOff: Policy =
  () =>
  ({ up }) => [...up];

/** What upsmon does. */
export const untilLow: Policy =
  () =>
  ({ lowBattery, up }) =>
    lowBattery ? [...up] : NOBODY;

/** The usual default of UPS software. */
export const belowTenMinutes: Policy =
  () =>
  ({ lowBattery, runtimeSeconds, up }) =>
    lowBattery || runtimeSeconds < 600 ? [...up] : NOBODY;

/** Seconds of runtime at which the worst third leaves, the middle one, and the best. */
const CLASS_SECONDS = [1_200, 600, 300] as const;

export const fixedClasses: Policy = ({ rigs }) => {
  const classOf = new Map(worstFirst(rigs).map((place, i) => [place, Math.floor((3 * i) / rigs.length)]));
  return ({ lowBattery, runtimeSeconds, up }) =>
    lowBattery ? [...up] : [...up].filter((place) => runtimeSeconds < (CLASS_SECONDS[classOf.get(place) ?? 0] ?? 0));
};

/** As the rules `threshold` and `guard` of the core with every setting at its default, and a UPS that tells its charge.low. */
export const threshold: Policy = ({ rigs, baseWatts, drain }) => {
  const secondsAt = (watts: number): number => 3600 / drain(watts);
  const row = worstFirst(rigs);
  const halfOfFull = secondsAt(baseWatts + wattsOf(rigs)) / 2;
  // All are asked together: the longest stop is the makespan.
  const need = Math.max(...rigs.map(({ graceSeconds }) => graceSeconds));
  let floor = false;
  let depth = 0;
  return ({ elapsedSeconds, watts, chargePercent, runtimeSeconds, lowBattery, up, leaving }) => {
    // The deepest wins, and on battery depth only grows.
    depth = Math.max(depth, 1 - chargePercent / 100, 1 - runtimeSeconds / secondsAt(watts));
    const cutBelow = Math.max(1.25 * need + 30, 0.1 * secondsAt(watts) + need + 15);
    const blipIsOver = elapsedSeconds >= 5;
    floor ||= lowBattery || (blipIsOver && ((1 - depth) * secondsAt(watts) < cutBelow || (1 - depth) * 100 <= 15));
    if (floor) return [...up];
    if (!blipIsOver) return NOBODY;
    const shedBelow = Math.max(halfOfFull, 2 * cutBelow);
    let load = watts - wattsOf(leaving);
    return row.filter((place) => {
      if (!up.has(place) || (1 - depth) * secondsAt(load) >= shedBelow) return false;
      load -= rigs[place]?.watts ?? 0;
      return true;
    });
  };
};

export interface OutageAware {
  /** of the whole battery, never planned with */
  readonly margin?: number;
  /** of what is declared, so much is taken to be in it */
  readonly counts?: number;
}

/** The guard stops all at this charge: a plan that ends sooner leaves idle what nothing keeps for. */
const GUARD_LEAVES = 0.1;
/** Planned anew at every tick of the first minute, then whenever the outage has grown by this part: nothing much is new before. */
const AGAIN_AFTER = 0.02;
const HALF_A_TICK_SECONDS = TICK_SECONDS / 2;

/** The planner at its defaults, with the guard above it. */
export const outageAware =
  ({ margin = GUARD_LEAVES, counts = 1 }: OutageAware = {}): Policy =>
  (site) => {
    const { rigs, drain } = site;
    const places = new Map(rigs.map(({ id }, place) => [id, place]));
    const untilSeconds = new Float64Array(rigs.length);
    let held: { readonly lambda: number; readonly atSeconds: number } | undefined;
    let need: { readonly of: number; readonly seconds: number } | undefined;
    return (look) => {
      const { elapsedSeconds: now, up } = look;
      const live = (): BenchRig[] => [...up].flatMap((place) => rigs[place] ?? []);
      if (need?.of !== up.size) {
        const stops = live().map(({ id, watts, graceSeconds: seconds }) => ({ id, watts, seconds }));
        need = { of: up.size, seconds: stopSchedule(stops, stops.length).seconds };
      }
      const heard = { ...look, forced: false, silentSeconds: 0 };
      if (guardReason(heard, need.seconds) !== undefined) return [...up];
      if (held === undefined || now < 60 || now >= held.atSeconds * (1 + AGAIN_AFTER)) {
        const survival = Survival.of(DEFAULT_PRIOR, now / 3600);
        const depth = counts - depthNow(look, drain) - margin - stopDepth(site, look);
        const problem = problemOf(site, live(), { depth, survival, now });
        const lasted = held === undefined ? 1 : Survival.of(DEFAULT_PRIOR, held.atSeconds / 3600).at((now - held.atSeconds) / 3600);
        const before = held && {
          lambda: held.lambda / lasted,
          hoursOf: (id: string): number => ((untilSeconds[places.get(id) ?? -1] ?? now) - now) / 3600,
        };
        const { lambda, hours } = plan(problem, before);
        [...up].forEach((place, i) => {
          untilSeconds[place] = now + 3600 * (hours[i]?.[0] ?? 0);
        });
        held = { lambda, atSeconds: now };
      }
      return [...up].filter((place) => (untilSeconds[place] ?? 0) - now <= HALF_A_TICK_SECONDS);
    };
  };

function problemOf(
  { baseWatts, drain }: BenchSite,
  live: readonly BenchRig[],
  { depth, survival, now }: { depth: number; survival: Survival; now: number },
): Problem {
  return {
    loads: live.map(({ id, watts, reward, loss }) => ({ id, increments: [{ watts, reward, loss }] })),
    baseWatts,
    costPerKwh: 0,
    drain,
    depth,
    survival,
    horizonHours: (LONGEST_SECONDS - now) / 3600,
  };
}

/** Of two that agree the mean, else the deeper one. */
function depthNow({ chargePercent, runtimeSeconds, watts }: Look, drain: Drain): number {
  const byCharge = 1 - chargePercent / 100;
  const byRuntime = 1 - (runtimeSeconds / 3600) * drain(watts);
  return Math.abs(byCharge - byRuntime) < 0.05 ? (byCharge + byRuntime) / 2 : Math.max(byCharge, byRuntime);
}

/** Of the whole battery: what all that run draw while they stop, and what those that leave still draw. */
function stopDepth({ rigs, baseWatts, drain }: BenchSite, { up, leaving, watts, elapsedSeconds }: Look): number {
  let joules = 0;
  for (const place of up) joules += (rigs[place]?.watts ?? 0) * (rigs[place]?.graceSeconds ?? 0);
  for (const one of leaving) joules += one.watts * (one.graceEndsSeconds - elapsedSeconds);
  return watts > baseWatts ? (joules / 3600) * ((drain(watts) - drain(baseWatts)) / (watts - baseWatts)) : 0;
}

/** Places in ascending reward per watt. */
function worstFirst(rigs: readonly BenchRig[]): readonly number[] {
  const worth = ({ reward, watts }: BenchRig): number => reward / watts;
  return [...rigs.entries()].sort(([, a], [, b]) => worth(a) - worth(b)).map(([place]) => place);
}

const wattsOf = (all: readonly { readonly watts: number }[]): number => all.reduce((sum, { watts }) => sum + watts, 0);

interface Shown {
  readonly policy: Policy;
  /** as it would be after enough discharges to know the battery, and a UPS that knows it too */
  readonly batteryKnown?: true;
  /** by the core that owners run: slow, and asked for by itself */
  readonly core?: true;
}

export const POLICIES = {
  'all off at once': { policy: allOff },
  'on until low battery': { policy: untilLow },
  'off below 600 s': { policy: belowTenMinutes },
  'fixed classes': { policy: fixedClasses },
  threshold: { policy: threshold },
  'outage-aware': { policy: outageAware() },
  'the same, battery known': { policy: outageAware(), batteryKnown: true },
  'the core: threshold': { policy: (site) => new CorePolicy(site, { policy: { kind: 'threshold' } }).life, core: true },
  'the core: outage-aware': { policy: (site) => new CorePolicy(site, { policy: { kind: 'outage-aware' } }).life, core: true },
  'the same, reservePercent 10': {
    policy: (site) => new CorePolicy(site, { policy: { kind: 'outage-aware' }, ups: { reservePercent: 10 } }).life,
    core: true,
  },
} as const satisfies Record<string, Shown>;

export type PolicyName = keyof typeof POLICIES;

/** Those of the tables, with the core's or without. */
export function policyNames(core = false): readonly PolicyName[] {
  return (Object.keys(POLICIES) as PolicyName[]).filter((name) => core || !('core' in POLICIES[name]));
}

/** A policy by name through an outage that never ends. */
export function livedBy(name: PolicyName, site: BenchSite): Lived {
  const { policy, batteryKnown }: Shown = POLICIES[name];
  const seen: BenchSite =
    batteryKnown === undefined ? site : { ...site, drain: (watts) => site.drain(watts) / site.capacity, capacity: 1, anchored: true };
  return lived(seen, policy(seen));
}
