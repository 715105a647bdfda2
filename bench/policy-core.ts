// The core that owners run, as a policy of the bench: it is told what the bench's UPS and rigs tell, tick by tick, and whom it asks to
// pause has left. Its rigs hang on no contact, and the battery is declared by a table.
import { decide } from '../src/core/decide.ts';
import { outlooksOf } from '../src/core/foresee.ts';
import { initialState, type State } from '../src/core/state.ts';
import { sceneOf } from '../src/core/tick.ts';
import type { Input } from '../src/model/input.ts';
import { DONE, ok } from '../src/model/outcome.ts';
import type { RigReading } from '../src/model/rig.ts';
import type { Policy, Site, SiteUps } from '../src/model/site.ts';
import type { DueStep } from '../src/model/step.ts';
import { siteOf } from '../src/sim/site-settings.ts';
import type { BenchSite } from './policy-fleet.ts';
import type { Life, Look } from './policy-live.ts';

const STAMP = '2026-11-23T03:00:00.000Z';
/** W of all, at which the table of the battery is read. */
const READ_AT = [0.01, 0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1] as const;
const WARM_UP_SECONDS = 62;
/** ms */
const LONGEST_SLEEP_MS = 2_500;

export interface CoreSetting {
  readonly policy?: Partial<Policy>;
  readonly ups?: Partial<Omit<SiteUps, 'id'>>;
}

export class CorePolicy {
  readonly #bench: BenchSite;
  readonly #site: Site;
  #state: State = initialState(0);
  #answers: Input[] = [];

  constructor(bench: BenchSite, { policy = {}, ups = {} }: CoreSetting = {}) {
    this.#bench = bench;
    const all = bench.rigs.reduce((sum, { watts }) => sum + watts, bench.baseWatts);
    this.#site = siteOf({
      policy,
      ups: {
        rack: {
          battery: { carries: { watts: 1_000, minutes: 1 } },
          nominalWatts: 1.5 * all,
          site: {
            minutesAtWatts: READ_AT.map((share) => [share * all, 60 / bench.drain(share * all)] as const),
            baseWatts: bench.baseWatts,
            ...ups,
          },
        },
      },
      rigs: Object.fromEntries(
        bench.rigs.map(({ id, watts, reward, loss, graceSeconds, limits }) => [
          id,
          {
            perDay: 24 * reward,
            watts,
            fedBy: ['rack'],
            sim: { pausedWatts: 0 },
            site: {
              graceSeconds,
              resumeMinutes: (60 * loss) / reward,
              ...(limits && { limits, can: { read: true, pause: true, resume: true, halt: false, limit: true } }),
            },
          },
        ]),
      ),
    });
    const calm = {
      up: new Set(bench.rigs.keys()),
      leaving: [],
      watts: all,
      chargePercent: 100,
      runtimeSeconds: 3600 / bench.drain(all),
      drawn: Float64Array.from(bench.rigs, ({ watts }) => watts),
      limit: () => undefined,
    };
    for (let second = 1; second < WARM_UP_SECONDS; second += 2)
      this.#tick(second, { ...calm, lowBattery: false, elapsedSeconds: 0 }, ['OL']);
  }

  /** Of the battery, what it says is left when the last rig is down in an outage that began now; NaN: it does not know. */
  get left(): number {
    return outlooksOf(sceneOf(this.#state, this.#site, (WARM_UP_SECONDS - 1) * 1_000))[0]?.left ?? Number.NaN;
  }

  readonly life: Life = (look) =>
    this.#tick(WARM_UP_SECONDS + look.elapsedSeconds, look, look.lowBattery ? ['OB', 'DISCHRG', 'LB'] : ['OB', 'DISCHRG']);

  /** Its looks are further apart than a service ever sleeps: it would take itself for one that stood still. */
  #inBetween(nowMs: number): readonly DueStep[] {
    const { tickedAtMs = nowMs } = this.#state;
    if (nowMs - tickedAtMs <= LONGEST_SLEEP_MS) return [];
    const { state, due } = decide(this.#state, [], this.#site, { nowMs: (tickedAtMs + nowMs) / 2, stamp: STAMP });
    this.#state = state;
    return due;
  }

  #placeOf(rig: string): number {
    return this.#bench.rigs.findIndex(({ id }) => id === rig);
  }

  #tick(second: number, look: Look, words: readonly string[]): readonly number[] {
    const nowMs = second * 1_000;
    const atMs = nowMs - 10;
    const { chargePercent: charge, runtimeSeconds: runtime, watts: loadWatts } = look;
    const nameplate = { deviceType: 'ups', chargeLow: '10' };
    const reading = { ups: 'rack', takenAtMs: atMs, words: new Set(words), figures: { charge, runtime, loadWatts }, nameplate };
    const winding = new Set(look.leaving.map(({ place }) => place));
    const rigs = this.#bench.rigs.map(({ id, watts: most }, place): Input => {
      const seen = { rig: id, takenAtMs: atMs, wattsFrom: 'measured' as const, identity: id, firmware: 'x 1', limit: 'none' };
      const watts = look.drawn[place] ?? most;
      // It hashes on until it has stopped: a stop is seen when it is done.
      const works = look.up.has(place) || winding.has(place);
      const value: RigReading = works
        ? { ...seen, state: 'hashing', hashRate: 1e14, watts }
        : { ...seen, state: 'paused', hashRate: 0, watts: 0 };
      return { kind: 'rig', rig: id, atMs, outcome: ok(value) };
    });
    const inputs: Input[] = [...this.#answers, { kind: 'ups', ups: 'rack', atMs, outcome: ok(reading) }, ...rigs];
    const between = this.#inBetween(nowMs);
    const now = decide(this.#state, inputs, this.#site, { nowMs, stamp: STAMP });
    this.#state = now.state;
    const due = [...between, ...now.due];
    this.#answers = due.flatMap(({ step }): Input[] => [
      { kind: 'began', step, atMs: nowMs + 5 },
      { kind: 'settled', step, outcome: DONE, beganAtMs: nowMs + 5, atMs: nowMs + 30 },
    ]);
    for (const { step } of due) if (step.kind === 'limit' && step.watts !== null) look.limit(this.#placeOf(step.rig), step.watts);
    const paused = new Set(due.flatMap(({ step }) => (step.kind === 'pause' ? [step.rig as string] : [])));
    return this.#bench.rigs.flatMap(({ id }, place) => (paused.has(id) ? [place] : []));
  }
}
