// Looks at a simulated site as a night goes on: who hashes, what each UPS carries and has left, who was caught when one
// ended. It sees the truth, and touches nothing but the way to the rigs, which lives with what feeds it.
import { initialState } from '../core/state.ts';
import { sceneOf } from '../core/tick.ts';
import { rankRigs } from '../core/worth.ts';
import type { RigId, UpsId } from '../model/id.ts';
import { isQuiet } from '../proof/quiet.ts';
import type { SimRigLook } from '../sim/rig.ts';
import type { SimSite } from '../sim/site.ts';
import type { Film, RigLook, Stretch } from './account.ts';

/** What flickering watts may be above the label for a moment. */
const OVER = 1.03;

export interface End {
  readonly ups: UpsId;
  readonly atSeconds: number;
  /** who drew on it, and on nothing else that lives */
  readonly under: readonly RigId[];
}

export class Camera {
  readonly ends: End[] = [];
  /** W that a UPS on battery had on it beyond what it carries, at most */
  readonly overloads = new Map<UpsId, number>();
  readonly #world: SimSite;
  readonly #seconds: number[] = [];
  readonly #ups: ReadonlyMap<UpsId, { readonly percent: number[]; readonly watts: number[] }>;
  readonly #stretches: ReadonlyMap<RigId, Stretch[]>;
  /** seconds at full speed while it counts */
  readonly #hashed = new Map<RigId, number>();
  #counted: { readonly fromSeconds: number; toSeconds: number; open: boolean } | undefined;
  readonly #drawing = new Map<UpsId, readonly RigId[]>();
  readonly #onUps: ReadonlySet<RigId>;
  #noisyAt = Number.NEGATIVE_INFINITY;
  #restlessAt = Number.NEGATIVE_INFINITY;

  constructor(world: SimSite) {
    this.#world = world;
    this.#ups = new Map([...world.ups.keys()].map((id) => [id, { percent: [], watts: [] }]));
    this.#stretches = new Map([...world.rigs.keys()].map((id) => [id, []]));
    const { supplies, rigs } = world.site;
    this.#onUps = new Set([...rigs.values()].filter(({ fedBy }) => fedBy.some((supply) => supplies.has(supply))).map(({ id }) => id));
  }

  /** The rigs that some UPS can keep alight. */
  get onUps(): ReadonlySet<RigId> {
    return this.#onUps;
  }

  /** When a rig on a UPS last drew more than standby while the mains were away. */
  get noisyAtSeconds(): number {
    return this.#noisyAt;
  }

  /** When some rig last did not hash. */
  get restlessAtSeconds(): number {
    return this.#restlessAt;
  }

  /** Once a step; `second` of the night. */
  look(second: number): void {
    const { site } = this.#world;
    const looks = new Map([...this.#world.rigs].map(([id, rig]) => [id, rig.look()]));
    const gone = [...this.#world.ups.values()].some(({ onMains }) => !onMains);
    for (const [id, look] of looks) {
      const seen = lookOf(look);
      this.#enter(id, second, seen);
      if (seen !== 'hashing') this.#restlessAt = second;
      if (gone && this.#onUps.has(id) && !isQuiet(site.rigs.get(id) ?? { pausedWatts: 0 }, look.watts)) this.#noisyAt = second;
    }
    this.#lookAtSupplies(second, looks);
    this.#earn(second, looks);
    this.#seconds.push(second);
    this.#world.network(site.networkFedBy.some((supply) => this.#world.lives(supply)));
  }

  /** Percent in the emptiest battery that carries rigs, at that second. */
  chargeAt(second: number): number {
    const at = this.#placeOf(second);
    const used = [...this.#world.site.rigs.values()].flatMap(({ fedBy }) => fedBy);
    const charges = [...this.#ups].filter(([id]) => used.includes(id)).map(([, { percent }]) => percent[at] ?? 100);
    return Math.min(100, ...charges);
  }

  /** What is earned from here on counts, or no longer. */
  count(second: number, on: boolean): void {
    if (!on && this.#counted !== undefined) this.#counted.open = false;
    else this.#counted ??= { fromSeconds: second, toSeconds: second, open: true };
  }

  /** Everything seen, and what was earned while it counted. */
  film(): Film {
    const { site } = this.#world;
    const { fromSeconds = 0, toSeconds = 0 } = this.#counted ?? {};
    const ranks = new Map(rankRigs(sceneOf(initialState(0), site, 0)).map(({ rig, rank }) => [rig, rank]));
    const rigs = [...site.rigs.values()].map(({ id, reward }) => {
      const perSecond = (reward?.perDay ?? 0) / 86_400;
      return {
        id,
        rank: ranks.get(id) ?? 0,
        onUps: this.#onUps.has(id),
        stretches: this.#stretches.get(id) ?? [],
        kept: perSecond * (this.#hashed.get(id) ?? 0),
        whole: perSecond * (toSeconds - fromSeconds),
      };
    });
    return {
      seconds: this.#seconds,
      ups: [...this.#ups].map(([id, series]) => ({ id, ...series })),
      rigs: rigs.sort((a, b) => a.rank - b.rank),
    };
  }

  #enter(id: RigId, fromSeconds: number, look: RigLook): void {
    const stretches = this.#stretches.get(id);
    if (stretches !== undefined && stretches.at(-1)?.look !== look) stretches.push({ fromSeconds, look });
  }

  #lookAtSupplies(second: number, looks: ReadonlyMap<RigId, SimRigLook>): void {
    for (const [id, ups] of this.#world.ups) {
      const { loadWatts, live, depth, onMains } = ups;
      this.#ups.get(id)?.percent.push(100 * (1 - depth));
      this.#ups.get(id)?.watts.push(loadWatts);
      const { nominalWatts } = ups.traits;
      if (live && !onMains && loadWatts > nominalWatts * OVER) this.overloads.set(id, Math.max(loadWatts, this.overloads.get(id) ?? 0));
      if (live) this.#drawing.set(id, this.#drawsOn(id, looks));
      else this.#ended(id, second, looks);
    }
  }

  #drawsOn(ups: UpsId, looks: ReadonlyMap<RigId, SimRigLook>): readonly RigId[] {
    return [...this.#world.site.rigs.values()]
      .filter((rig) => rig.fedBy.includes(ups) && !isQuiet(rig, looks.get(rig.id)?.watts ?? 0))
      .map(({ id }) => id);
  }

  #ended(ups: UpsId, atSeconds: number, looks: ReadonlyMap<RigId, SimRigLook>): void {
    const before = this.#drawing.get(ups);
    if (before === undefined) return;
    this.#drawing.delete(ups);
    this.ends.push({ ups, atSeconds, under: before.filter((id) => looks.get(id)?.fed === false) });
  }

  #earn(second: number, looks: ReadonlyMap<RigId, SimRigLook>): void {
    const counted = this.#counted;
    if (counted?.open !== true) return;
    const passed = second - counted.toSeconds;
    for (const [id, { level }] of looks) this.#hashed.set(id, (this.#hashed.get(id) ?? 0) + level * passed);
    counted.toSeconds = second;
  }

  /** The last look at or before that second. */
  #placeOf(second: number): number {
    let low = 0;
    let high = this.#seconds.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#seconds[middle] ?? 0) <= second) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function lookOf({ fed, saysPaused, level }: SimRigLook): RigLook {
  if (!fed) return 'dark';
  if (level > 0.5) return 'hashing';
  return saysPaused ? 'paused' : 'starting';
}
