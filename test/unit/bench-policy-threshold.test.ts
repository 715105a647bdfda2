// The bench's rule of the policy threshold against the core that owners run: the same rigs leave at the same moments.
import { describe, expect, it } from '@jest/globals';
import type { BenchRig, BenchSite } from '../../bench/policy-fleet.ts';
import { type Life, type Look, lived } from '../../bench/policy-live.ts';
import { threshold } from '../../bench/policy-rules.ts';
import { decide } from '../../src/core/decide.ts';
import { initialState, type State } from '../../src/core/state.ts';
import type { Input } from '../../src/model/input.ts';
import { DONE, ok } from '../../src/model/outcome.ts';
import type { RigReading } from '../../src/model/rig.ts';
import type { Site } from '../../src/model/site.ts';
import { linearDrain } from '../../src/planner/drain.ts';
import { siteOf } from '../../src/sim/site-settings.ts';

const GRACE_SECONDS = 30;
const STAMP = '2026-11-23T03:00:00.000Z';

function benchSite({ minutes, capacity, anchored }: { minutes: number; capacity: number; anchored: boolean }): BenchSite {
  const rigs = Array.from({ length: 12 }, (_, i): BenchRig => {
    const watts = 2_000 + 150 * ((7 * i) % 12);
    return {
      id: `rig-${i}`,
      watts,
      reward: watts * (0.00005 + 0.000005 * ((5 * i) % 12)),
      loss: 0.01,
      stopSeconds: 5,
      graceSeconds: GRACE_SECONDS,
    };
  });
  const baseWatts = 200;
  const all = rigs.reduce((sum, { watts }) => sum + watts, baseWatts);
  return { rigs, baseWatts, fullMinutes: minutes, drain: linearDrain((all * minutes) / 60), capacity, anchored };
}

/** The core at its defaults, on a UPS whose battery is declared and that tells its charge.low; its rigs hang on no contact. */
class Core {
  readonly #bench: BenchSite;
  readonly #site: Site;
  #state: State = initialState(0);
  #answers: Input[] = [];

  constructor(bench: BenchSite) {
    this.#bench = bench;
    const batteryWh = 1 / bench.drain(1);
    this.#site = siteOf({
      ups: {
        rack: { battery: { carries: { watts: 1_000, minutes: 1 } }, nominalWatts: 60_000, site: { batteryWh, baseWatts: bench.baseWatts } },
      },
      rigs: Object.fromEntries(
        bench.rigs.map(({ id, watts, reward }) => [
          id,
          { perDay: 24 * reward, watts, fedBy: ['rack'], sim: { pausedWatts: 0 }, site: { graceSeconds: GRACE_SECONDS } },
        ]),
      ),
    });
    const watts = bench.rigs.reduce((sum, rig) => sum + rig.watts, bench.baseWatts);
    const calm = { up: new Set(bench.rigs.keys()), leaving: [], watts, chargePercent: 100, runtimeSeconds: 3600 / bench.drain(watts) };
    for (let second = 1; second <= 60; second += 2) this.#tick(second, { ...calm, lowBattery: false, elapsedSeconds: 0 }, ['OL']);
  }

  readonly life: Life = (look) => this.#tick(62 + look.elapsedSeconds, look, look.lowBattery ? ['OB', 'DISCHRG', 'LB'] : ['OB', 'DISCHRG']);

  #tick(second: number, look: Look, words: readonly string[]): readonly number[] {
    const nowMs = second * 1_000;
    const atMs = nowMs - 10;
    const { chargePercent: charge, runtimeSeconds: runtime, watts: loadWatts } = look;
    const nameplate = { deviceType: 'ups', chargeLow: '10' };
    const reading = { ups: 'rack', takenAtMs: atMs, words: new Set(words), figures: { charge, runtime, loadWatts }, nameplate };
    const rigs = this.#bench.rigs.map(({ id, watts }, place): Input => {
      const seen = { rig: id, takenAtMs: atMs, wattsFrom: 'measured' as const, identity: id, firmware: 'x 1' };
      const value: RigReading = look.up.has(place)
        ? { ...seen, state: 'hashing', hashRate: 1e14, watts }
        : { ...seen, state: 'paused', hashRate: 0, watts: 0 };
      return { kind: 'rig', rig: id, atMs, outcome: ok(value) };
    });
    const inputs: Input[] = [...this.#answers, { kind: 'ups', ups: 'rack', atMs, outcome: ok(reading) }, ...rigs];
    const { state, due } = decide(this.#state, inputs, this.#site, { nowMs, stamp: STAMP });
    this.#state = state;
    this.#answers = due.flatMap(({ step }): Input[] => [
      { kind: 'began', step, atMs: nowMs + 5 },
      { kind: 'settled', step, outcome: DONE, beganAtMs: nowMs + 5, atMs: nowMs + 30 },
    ]);
    const paused = new Set(due.flatMap(({ step }) => (step.kind === 'pause' ? [step.rig as string] : [])));
    return this.#bench.rigs.flatMap(({ id }, place) => (paused.has(id) ? [place] : []));
  }
}

const perWatt = (rig: BenchRig | undefined): number => (rig === undefined ? 0 : rig.reward / rig.watts);

describe('the policy threshold of the bench', () => {
  it.each([
    { minutes: 6, capacity: 1, anchored: true },
    { minutes: 20, capacity: 0.8, anchored: true },
    { minutes: 20, capacity: 1.2, anchored: false },
    { minutes: 60, capacity: 0.8, anchored: false },
  ])('lets rigs leave as the core does, on a battery of $minutes min that holds $capacity of it', (battery) => {
    const site = benchSite(battery);
    const [bench, core] = [lived(site, threshold(site)), lived(site, new Core(site).life)];
    expect(core.hardCutSeconds).toBe(bench.hardCutSeconds);
    // The core believes no runtime that a UPS computes right after a load step, so that its last rig may stay on; the bench believes all.
    const last = site.rigs.reduce((best, { reward, watts }, place) => (reward / watts > perWatt(site.rigs[best]) ? place : best), 0);
    bench.leftSeconds.forEach((left, place) => {
      if (place !== last) expect(Math.abs((core.leftSeconds[place] ?? 0) - left)).toBeLessThanOrEqual(Math.max(20, 0.05 * left));
    });
  });
});
