// The same night once more, three times, in virtual time: what each way of shedding keeps of the reward, by the same
// engine, with the same rigs, battery, outages and liar.
import { emptyMemory } from '../core/memory.ts';
import { Engine } from '../engine/engine.ts';
import { SimSite } from '../sim/site.ts';
import { placeOf } from '../sim/site-settings.ts';
import { POLICY, perDayOf, RIGS, simSite, UPS } from './settings.ts';

/** Seconds since the night began. */
export interface Outage {
  readonly from: number;
  readonly to: number;
}

export interface NightAccount {
  /** currency */
  readonly earned: number;
  /** rig-minutes at full speed */
  readonly hashingMinutes: number;
  /** how often a rig that hashed was stopped */
  readonly stops: number;
  /** percent of charge at its lowest; 0: it ran empty under its rigs */
  readonly lowestPercent: number;
}

export interface Receipt {
  readonly lastwatt: NightAccount;
  /** everything is asked to stop as soon as the blip is over */
  readonly allAtOnce: NightAccount;
  /** everything runs until the floor */
  readonly untilLow: NightAccount;
  /** what an unbroken night would have earned */
  readonly withoutOutage: number;
}

const STEP_MS = 100;
/** A threshold that no battery of this size reaches: whatever hashes is to leave. */
const AT_ONCE_SECONDS = 86_400;

export async function writeReceipt(outages: readonly Outage[], seconds: number): Promise<Receipt> {
  return {
    lastwatt: await reckon(POLICY.shedBelowSeconds, outages, seconds),
    allAtOnce: await reckon(AT_ONCE_SECONDS, outages, seconds),
    untilLow: await reckon(POLICY.cutBelowSeconds, outages, seconds),
    withoutOutage: (RIGS.reduce((sum, rig) => sum + perDayOf(rig), 0) * seconds) / 86_400,
  };
}

async function reckon(shedBelowSeconds: number, outages: readonly Outage[], seconds: number): Promise<NightAccount> {
  const world = new SimSite(placeOf(simSite(shedBelowSeconds)));
  const { clock } = world;
  const startMs = clock.monotonicMs();
  for (const { from, to } of outages) {
    clock.at(startMs + from * 1000, () => world.loseMains());
    clock.at(startMs + to * 1000, () => world.returnMains());
  }
  const engine = new Engine({
    world: world.boot(),
    site: world.site,
    memory: emptyMemory(),
    bootId: 'virtual',
    version: 'virtual',
    pid: 0,
  });
  await engine.start();
  const tally = new Tally();
  while (clock.monotonicMs() < startMs + seconds * 1000) {
    await clock.advance(STEP_MS);
    const ups = world.ups.get(UPS);
    tally.add(STEP_MS / 1000, (id) => world.rigs.get(id)?.look().level ?? 0, { depth: ups?.depth ?? 1, live: ups?.live ?? false });
  }
  world.kill();
  return tally.account();
}

/** Adds up what rigs truly did, step by step; serves the virtual nights and the real one alike. */
export class Tally {
  readonly #hashed = new Map(RIGS.map(({ id }) => [id, 0]));
  readonly #hashing = new Set<string>();
  #stops = 0;
  #deepest = 0;

  /** `levelOf`: 0 standing still .. 1 at full speed, over these seconds */
  add(seconds: number, levelOf: (rig: string) => number, battery: { readonly depth: number; readonly live: boolean }): void {
    for (const [id, sofar] of this.#hashed) {
      const level = levelOf(id);
      this.#hashed.set(id, sofar + level * seconds);
      if (level > 0.5) this.#hashing.add(id);
      else if (this.#hashing.delete(id)) this.#stops += 1;
    }
    this.#deepest = battery.live ? Math.max(this.#deepest, battery.depth) : 1;
  }

  account(): NightAccount {
    const earned = RIGS.reduce((sum, rig) => sum + (perDayOf(rig) * (this.#hashed.get(rig.id) ?? 0)) / 86_400, 0);
    const seconds = [...this.#hashed.values()].reduce((sum, one) => sum + one, 0);
    return { earned, hashingMinutes: seconds / 60, stops: this.#stops, lowestPercent: 100 * (1 - this.#deepest) };
  }
}
