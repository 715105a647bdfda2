// Which source of a battery's depth is believed and why: what each tells now, who agrees, and which figures are not believed. For people
// and the journal; what is decided does not go by it.
import type { UpsId } from '../model/id.ts';
import type { SiteUps } from '../model/site.ts';
import { type BatteryMoment, type BatterySetting, type DepthSource, depthNow, isLight } from './battery.ts';
import { settled, standsStill } from './battery-figures.ts';
import { depthSources } from './battery-told.ts';
import type { Rejected, Sample } from './gate.ts';
import { supplyMemory } from './memory.ts';
import type { SupplyState } from './state.ts';
import type { Tick } from './tick.ts';

/** `learned`: counted by what its own discharges show, as `declared` by its data sheet. */
export type NamedSource = DepthSource | 'learned';

export interface WeighedSource {
  readonly from: NamedSource;
  /** 0 full .. 1 empty */
  readonly depth: number;
  readonly stands: 'believed' | 'agrees' | 'contradicts';
}

export interface Weighed {
  readonly from: NamedSource | undefined;
  readonly sources: readonly WeighedSource[];
  readonly rejected: readonly Rejected[];
}

/** Depths no further apart than this agree (shedding policy, section 6). */
const AGREES = 0.05;
const LIGHT = 'told at less than a tenth of what it carries, where no runtime is right';
const STOOD = 'it has stood still while the battery was drained';

/** By its last look; nothing but its name where there was none. */
export function weighed(state: SupplyState, setting: BatterySetting, nowMs: number): Weighed {
  const { battery, sample } = state;
  const from = battery.from && named(battery.from, setting);
  if (sample === undefined) return { from, sources: [], rejected: [] };
  const moment = momentOf(state, nowMs);
  const depth = depthNow(battery);
  const sources = depthSources(battery, setting, moment, sample).map((one): WeighedSource => {
    const apart = Math.abs(one.depth - (depth ?? one.depth));
    const stands = one.from === battery.from ? 'believed' : apart <= AGREES ? 'agrees' : 'contradicts';
    return { ...one, from: named(one.from, setting), stands };
  });
  return { from, sources, rejected: [...sample.rejected, ...doubts(state, setting, moment, sample)] };
}

export const named = (from: DepthSource, { learned }: BatterySetting): NamedSource => (from === 'declared' && learned ? 'learned' : from);

function momentOf({ draining, load }: SupplyState, nowMs: number): BatteryMoment {
  return { nowMs, draining, silent: false, watts: load.watts, steppedAtMs: load.steppedAtMs, steppedDown: false };
}

/** Figures that passed the gate, and are no source all the same. */
function doubts({ battery }: SupplyState, setting: BatterySetting, moment: BatteryMoment, sample: Sample): readonly Rejected[] {
  const { runtimeSeconds, chargePercent, voltage } = sample;
  const doubted: Rejected[] = [];
  const doubt = (figure: string, found: number, why: string): void => void doubted.push({ figure, found: String(found), why });
  if (runtimeSeconds !== undefined && runtimeSeconds !== 0 && isLight(sample.loadWatts ?? moment.watts, setting))
    doubt('runtime', runtimeSeconds, LIGHT);
  else if (runtimeSeconds !== undefined && moment.draining && standsStill(battery, 'runtime', moment))
    doubt('runtime', runtimeSeconds, STOOD);
  if (chargePercent !== undefined && standsStill(battery, 'charge', moment)) doubt('charge', chargePercent, STOOD);
  if (voltage !== undefined && battery.voltage !== undefined && standsStill(battery, 'voltage', moment))
    doubt('battery voltage', Math.round(1000 * voltage.share) / 1000, STOOD);
  return doubted;
}

/** Whether its runtime is none for the load of now, because a rig has just come or gone. */
export function runtimeWaits(state: SupplyState): boolean {
  const { sample, load } = state;
  return sample?.runtimeSeconds !== undefined && !settled({ nowMs: sample.takenAtMs, steppedAtMs: load.steppedAtMs });
}

/** A change of what is believed is journaled no oftener than this. */
const LEAST_BETWEEN_MS = { battery: 60_000, calm: 10 * 60_000 } as const;

/** After a look: journaled where other figures are rejected than were, or on battery another source is believed. */
export function tellWeighed(tick: Tick, ups: SiteUps, state: SupplyState, setting: BatterySetting): void {
  const { sample, battery, draining } = state;
  if (sample === undefined) return;
  const moment = momentOf(state, tick.nowMs);
  const rejected = [...sample.rejected, ...doubts(state, setting, moment, sample)];
  const key = keyOf(rejected, draining ? battery.from : undefined);
  const { key: before, atMs } = supplyMemory(tick.memory, ups.id).weighed ?? { key: '', atMs: Number.NEGATIVE_INFINITY };
  if (key === before || tick.nowMs - atMs < LEAST_BETWEEN_MS[draining ? 'battery' : 'calm']) return;
  emit(tick, ups.id, key, weighed(state, setting, tick.nowMs));
}

function keyOf(rejected: readonly Rejected[], from: DepthSource | undefined): string {
  const reasons = rejected.map(({ figure, why }) => `${figure}: ${why}`).sort();
  return [...(from === undefined ? [] : [`by ${from}`]), ...reasons].join('; ').slice(0, LONGEST_KEY);
}
const LONGEST_KEY = 400;

function emit(tick: Tick, id: UpsId, key: string, { from, sources, rejected }: Weighed): void {
  tick.emit({
    event: 'weighed',
    ups: id,
    from: from ?? null,
    sources: sources.map(({ depth, ...one }) => ({ ...one, usedPercent: Math.round(100 * depth) })),
    rejected,
    key,
  });
}
