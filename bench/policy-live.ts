// A policy lives through an outage that never ends, with a battery that holds what it holds. A policy does not see the future, so in
// an outage of any length the same rigs have left at the same moments: one life tells of them all.
import type { BenchRig, BenchSite } from './policy-fleet.ts';

/** What a policy sees at a tick. */
export interface Look {
  readonly elapsedSeconds: number;
  /** W at the output: base load, rigs that run and those that are stopping */
  readonly watts: number;
  /** %, whole */
  readonly chargePercent: number;
  /** s, whole, at the present load */
  readonly runtimeSeconds: number;
  readonly lowBattery: boolean;
  /** places of the rigs that run */
  readonly up: ReadonlySet<number>;
  /** those on their way down */
  readonly leaving: readonly Leaving[];
  /** W that each draws, by place */
  readonly drawn: Readonly<Float64Array>;
  /** tells one to make do with one of its limits */
  readonly limit: (place: number, watts: number) => void;
}

export interface Leaving {
  readonly place: number;
  readonly watts: number;
  /** s since the outage began; truly, which a policy does not know */
  readonly downAtSeconds: number;
  /** s since the outage began, at the latest */
  readonly graceEndsSeconds: number;
}

/** Watts that go at a moment. */
type Fall = Pick<Leaving, 'watts' | 'downAtSeconds'>;

/** Asked at every tick with what is seen then; answers with those that are told to stop. */
export type Life = (look: Look) => Iterable<number>;

export interface Lived {
  /** s since the outage began at which each was told to stop, or lost its power; infinite: never */
  readonly leftSeconds: Float64Array;
  /** s at which the battery was empty under something that still drew; undefined: it never was */
  readonly hardCutSeconds: number | undefined;
  /** of what is in the battery, used when the last is down; 1 where it was empty before */
  readonly depthUsed: number;
  /** what each made do with, by place, the earliest first */
  readonly limited: ReadonlyMap<number, readonly Limited[]>;
}

interface Limited {
  /** s since the outage began */
  readonly atSeconds: number;
  /** of its hash rate from then on */
  readonly share: number;
}

export const TICK_SECONDS = 5;
export const LONGEST_SECONDS = 72 * 3600;
/** A UPS flags low battery when so much is truly left. */
const LOW_AT = 0.1;
/** s from a limit until the watts have followed */
const LIMIT_FALLS_SECONDS = 30;

/** `lowBatteryWorks`: absent: it does. */
export function lived(
  site: BenchSite,
  life: Life,
  { lowBatteryWorks = true, tickSeconds = TICK_SECONDS }: { lowBatteryWorks?: boolean; tickSeconds?: number } = {},
): Lived {
  const leftSeconds = new Float64Array(site.rigs.length).fill(Number.POSITIVE_INFINITY);
  const up = new Set(site.rigs.keys());
  const battery = new Battery(site);
  const drawn = Float64Array.from(site.rigs, ({ watts }) => watts);
  const limited = new Map<number, Limited[]>();
  let leaving: Leaving[] = [];
  let falling: Fall[] = [];
  for (let now = 0; now < LONGEST_SECONDS && (up.size > 0 || leaving.length > 0); now += tickSeconds) {
    if (up.size > 0) {
      const limit = (place: number, watts: number): void => {
        const point = site.rigs[place]?.limits?.find((one) => one.watts === watts);
        if (point === undefined || !up.has(place)) throw new Error(`rig ${place} has no limit of ${watts} W`);
        falling.push({ watts: (drawn[place] ?? 0) - watts, downAtSeconds: now + LIMIT_FALLS_SECONDS });
        drawn[place] = watts;
        limited.set(place, [...(limited.get(place) ?? []), { atSeconds: now, share: point.share }]);
      };
      const told = life({ elapsedSeconds: now, up, leaving, drawn, limit, ...battery.report(lowBatteryWorks) });
      leaving.push(...leave(site, told, { now, up, leftSeconds, drawn }));
    }
    leaving.sort((a, b) => a.downAtSeconds - b.downAtSeconds);
    const emptyAt = battery.until(
      now,
      now + tickSeconds,
      [...leaving, ...falling].sort((a, b) => a.downAtSeconds - b.downAtSeconds),
    );
    if (emptyAt !== undefined && (up.size > 0 || (leaving.at(-1)?.downAtSeconds ?? 0) > emptyAt)) {
      for (const place of up) leftSeconds[place] = emptyAt;
      return { leftSeconds, hardCutSeconds: emptyAt, depthUsed: 1, limited };
    }
    leaving = leaving.filter(({ downAtSeconds }) => downAtSeconds > now + tickSeconds);
    falling = falling.filter(({ downAtSeconds }) => downAtSeconds > now + tickSeconds);
  }
  return { leftSeconds, hardCutSeconds: undefined, depthUsed: battery.depth, limited };
}

/** Those of `told` that still run are told to stop. */
function leave(
  { rigs }: BenchSite,
  told: Iterable<number>,
  { now, up, leftSeconds, drawn }: { now: number; up: Set<number>; leftSeconds: Float64Array; drawn: Readonly<Float64Array> },
): readonly Leaving[] {
  const leaving: Leaving[] = [];
  for (const place of told) {
    const rig = rigs[place];
    if (rig === undefined || !up.delete(place)) continue;
    leftSeconds[place] = now;
    leaving.push({
      place,
      watts: drawn[place] ?? rig.watts,
      downAtSeconds: now + rig.stopSeconds,
      graceEndsSeconds: now + rig.graceSeconds,
    });
  }
  return leaving;
}

class Battery {
  readonly #site: BenchSite;
  #watts: number;
  /** used of what is in it */
  #depth = 0;
  /** used of what is declared */
  #counted = 0;

  constructor(site: BenchSite) {
    this.#site = site;
    this.#watts = site.baseWatts + site.rigs.reduce((sum, { watts }: BenchRig) => sum + watts, 0);
  }

  get depth(): number {
    return this.#depth;
  }

  report(lowBatteryWorks: boolean): Pick<Look, 'watts' | 'chargePercent' | 'runtimeSeconds' | 'lowBattery'> {
    const { anchored, capacity, drain } = this.#site;
    const left = anchored ? 1 - this.#depth : Math.max(0, 1 - this.#counted);
    const runtime = (left * (anchored ? capacity : 1) * 3600) / drain(this.#watts);
    return {
      watts: this.#watts,
      chargePercent: Math.round(100 * left),
      runtimeSeconds: Math.floor(runtime),
      lowBattery: lowBatteryWorks && this.#depth >= 1 - LOW_AT,
    };
  }

  /** `leaving`: in the order in which they are down. The moment at which it is empty, where that is before `to`. */
  until(from: number, to: number, leaving: readonly Fall[]): number | undefined {
    let now = from;
    for (const { downAtSeconds, watts } of leaving) {
      if (downAtSeconds > to) break;
      const emptyAt = this.#draw(now, downAtSeconds);
      if (emptyAt !== undefined) return emptyAt;
      now = downAtSeconds;
      this.#watts -= watts;
    }
    return this.#draw(now, to);
  }

  #draw(from: number, to: number): number | undefined {
    const counted = (this.#site.drain(this.#watts) / 3600) * (to - from);
    const drawn = counted / this.#site.capacity;
    if (this.#depth + drawn >= 1) return from + ((1 - this.#depth) / drawn) * (to - from);
    this.#depth += drawn;
    this.#counted += counted;
    return undefined;
  }
}

/** Currency in an outage of so many seconds: what each earned until it left, less what its restart loses where it had to. */
export function earned({ rigs }: BenchSite, { leftSeconds, limited }: Lived, outageSeconds: number): number {
  let sum = 0;
  rigs.forEach(({ reward, loss }, place) => {
    const left = leftSeconds[place] ?? 0;
    const hashed = atFull(limited.get(place), Math.min(left, outageSeconds));
    sum += (reward * hashed) / 3600 - (left < outageSeconds ? loss : 0);
  });
  return sum;
}

/** s at full hash rate that come to the same. */
function atFull(limited: readonly Limited[] = [], untilSeconds: number): number {
  let [sum, from, share] = [0, 0, 1];
  for (const { atSeconds, share: next } of limited) {
    const to = Math.min(atSeconds, untilSeconds);
    sum += share * (to - from);
    [from, share] = [to, next];
  }
  return sum + share * (untilSeconds - from);
}

/** How many had left before it was over. */
export function stopped({ leftSeconds }: Lived, outageSeconds: number): number {
  return leftSeconds.reduce((sum, left) => sum + (left < outageSeconds ? 1 : 0), 0);
}
