// Rigs on 127.0.0.1: each a simulated machine with the mouth of LuxOS, behind a switch. They keep their own logs, and judge
// for themselves what they drew when their switch opened.
import { type LuxosFake, startLuxosFake } from '../../src/fakes/luxos-rig.ts';
import { realClock } from '../../src/host/clock.ts';
import {
  SimRig,
  type SimRigAnswer,
  type SimRigEntry,
  type SimRigLook,
  type SimRigOrder,
  type SimRigQuirks,
  type SimRigTraits,
} from '../../src/sim/rig.ts';

export interface FleetRig {
  readonly id: string;
  /** W while it hashes */
  readonly watts: number;
  /** what it earns a day */
  readonly perDay: number;
  /** the contact it hangs on; absent: one of its own */
  readonly contact?: string;
  /** no UPS carries it: it goes dark with the grid */
  readonly onMains?: true;
  readonly traits?: Partial<SimRigTraits>;
}

/** Order by name, by watts, by reward and by reward per watt all differ; here the best per watt stands first. */
export const EIGHT: readonly FleetRig[] = [
  { id: 'ivy', watts: 2800, perDay: 8.4 },
  { id: 'ash', watts: 3300, perDay: 9.2 },
  { id: 'oak', watts: 2200, perDay: 5.7 },
  { id: 'fir', watts: 3600, perDay: 8.6 },
  { id: 'elm', watts: 3100, perDay: 6.8 },
  { id: 'bay', watts: 2500, perDay: 4.9 },
  { id: 'yew', watts: 3500, perDay: 6.1 },
  { id: 'box', watts: 3000, perDay: 4.2 },
];

export interface CutSeen {
  readonly rig: string;
  readonly atMs: number;
  /** W that it drew in that moment */
  readonly watts: number;
  /** 0: it stood still */
  readonly level: number;
}

/** An order as it reaches its rig, with what the rig was in that moment; before the answer goes out. */
export interface OrderHeard {
  readonly rig: string;
  readonly what: SimRigOrder;
  readonly atMs: number;
  readonly was: SimRigLook;
}

class HearingRig extends SimRig {
  readonly #hear: (what: SimRigOrder, was: SimRigLook) => void;

  constructor(traits: SimRigTraits, hear: (what: SimRigOrder, was: SimRigLook) => void) {
    super(traits, realClock.monotonicMs);
    this.#hear = hear;
  }

  override order(what: SimRigOrder): SimRigAnswer {
    const was = this.look();
    const answer = super.order(what);
    this.#hear(what, was);
    return answer;
  }
}

const PAUSED_WATTS = 25;
/** Orders of one moment reach their rigs in any order, each after its own greeting. */
const TOGETHER_MS = 400;

export function contactOf({ id, contact = `k-${id}` }: FleetRig): string {
  return contact;
}

export class Fleet {
  /** the best earner per watt first */
  readonly rigs: readonly FleetRig[];
  readonly cuts: CutSeen[] = [];
  readonly #sims = new Map<string, SimRig>();
  readonly #fakes = new Map<string, LuxosFake>();
  readonly #open = new Set<string>();
  #grid = true;

  private constructor(rigs: readonly FleetRig[]) {
    this.rigs = rigs.toSorted((a, b) => b.perDay / b.watts - a.perDay / a.watts);
  }

  static async start(rigs: readonly FleetRig[], onOrder?: (order: OrderHeard) => void): Promise<Fleet> {
    const fleet = new Fleet(rigs);
    const nowMs = realClock.monotonicMs;
    for (const { id, watts, traits } of fleet.rigs) {
      const times = { pausedWatts: PAUSED_WATTS, pauseSeconds: 0.8, wakeSeconds: 1, bootSeconds: 1 };
      const rig = new HearingRig({ id, watts, hashRate: 1e14, wattsNoise: 0.01, ...times, ...traits }, (what, was) =>
        onOrder?.({ rig: id, what, atMs: nowMs(), was }),
      );
      fleet.#sims.set(id, rig);
      fleet.#fakes.set(id, await startLuxosFake({ rig, nowMs }));
    }
    return fleet;
  }

  /** Names, the best earner per watt first. */
  get bestFirst(): readonly string[] {
    return this.rigs.map(({ id }) => id);
  }

  get worstFirst(): readonly string[] {
    return this.bestFirst.toReversed();
  }

  /** Those that a UPS carries. */
  get #carried(): readonly FleetRig[] {
    return this.rigs.filter(({ onMains }) => onMains !== true);
  }

  /** W of those that a UPS carries, true. */
  get watts(): number {
    return this.#carried.reduce((sum, { id }) => sum + this.#sim(id).look().watts, 0);
  }

  /** W of the same at full speed. */
  get plateWatts(): number {
    return this.#carried.reduce((sum, { watts }) => sum + watts, 0);
  }

  get contacts(): readonly string[] {
    return [...new Set(this.rigs.map(contactOf))];
  }

  port(id: string): number {
    return this.#fakes.get(id)?.port ?? 0;
  }

  /** Whether it hashes at full speed. */
  hashing(id: string): boolean {
    return this.#sim(id).look().level === 1;
  }

  /** Whether it draws no more than standby. */
  quiet(id: string): boolean {
    return this.#sim(id).look().watts <= 2 * PAUSED_WATTS;
  }

  dark(id: string): boolean {
    return !this.#sim(id).look().fed;
  }

  get allHashing(): boolean {
    return this.bestFirst.every((id) => this.hashing(id));
  }

  get allDark(): boolean {
    return this.bestFirst.every((id) => this.dark(id));
  }

  log(id: string): readonly SimRigEntry[] {
    return this.#sim(id).log;
  }

  misbehave(id: string, quirks: SimRigQuirks): void {
    this.#sim(id).misbehave(quirks);
  }

  /** Its trait: how long a pause takes when it behaves. */
  pauseSeconds(id: string): number {
    return this.#sim(id).traits.pauseSeconds;
  }

  /** Its first order of a kind at or after `sinceMs`, whatever it answered. */
  firstAskedMs(id: string, what: SimRigEntry['what'], sinceMs = 0): number | undefined {
    return this.log(id).find((entry) => entry.what === what && entry.atMs >= sinceMs)?.atMs;
  }

  /** Those that were asked at or after `sinceMs`, in that order. */
  askedInOrder(what: SimRigEntry['what'], sinceMs = 0): readonly string[] {
    return this.#firstAsked(this.bestFirst, what, sinceMs)
      .toSorted((a, b) => a.atMs - b.atMs)
      .map(({ id }) => id);
  }

  /** Those that were started at or after `sinceMs`, by power or by word, whichever came first. */
  startedInOrder(sinceMs: number): readonly string[] {
    const first = (id: string): number =>
      Math.min(...(['feed', 'resume'] as const).map((what) => this.firstAskedMs(id, what, sinceMs) ?? Number.POSITIVE_INFINITY));
    return this.bestFirst.filter((id) => Number.isFinite(first(id))).toSorted((a, b) => first(a) - first(b));
  }

  /** Whoever was asked well before somebody who earns less per watt: `ash before box`. */
  askedTooEarly(sinceMs = 0): readonly string[] {
    const asked = this.#firstAsked(this.worstFirst, 'pause', sinceMs);
    return asked.flatMap((worse, place) =>
      asked.slice(place + 1).flatMap((better) => (better.atMs < worse.atMs - TOGETHER_MS ? [`${better.id} before ${worse.id}`] : [])),
    );
  }

  /** A contact has moved; what each rig behind it drew in that moment is kept. */
  move(contact: string, to: 'cut' | 'fed', atMs: number): void {
    if (to === 'cut') this.#open.add(contact);
    else this.#open.delete(contact);
    for (const rig of this.rigs.filter((one) => contactOf(one) === contact)) {
      const { watts, level } = this.#sim(rig.id).look();
      if (to === 'cut') this.cuts.push({ rig: rig.id, atMs, watts, level });
      this.#power(rig);
    }
  }

  /** The grid comes or goes, for the rigs on bare mains. */
  grid(present: boolean): void {
    this.#grid = present;
    for (const rig of this.rigs) if (rig.onMains) this.#power(rig);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#fakes.values()].map((fake) => fake.close()));
  }

  #power(rig: FleetRig): void {
    const fed = !this.#open.has(contactOf(rig)) && (this.#grid || rig.onMains !== true);
    if (fed) this.#sim(rig.id).feed();
    else this.#sim(rig.id).cut();
  }

  #firstAsked(ids: readonly string[], what: SimRigEntry['what'], sinceMs: number): { readonly id: string; readonly atMs: number }[] {
    return ids.flatMap((id) => {
      const atMs = this.firstAskedMs(id, what, sinceMs);
      return atMs === undefined ? [] : [{ id, atMs }];
    });
  }

  #sim(id: string): SimRig {
    const rig = this.#sims.get(id);
    if (rig === undefined) throw new Error(`no rig ${id} in this fleet`);
    return rig;
  }
}
