// A figure that a UPS tells of its battery: since when it stands, whether it lives, and whether it is one for the load of now.
import type { Battery, BatteryMoment, BatterySetting, Figure, Peak } from './battery.ts';

/** UPSes recompute slowly after a load step (seen: 30 s); two polls on top until the new figure has come to us. */
const RUNTIME_SETTLES_MS = 34_000;
/** A figure that stands still on battery under load for so long is frozen, and no source. */
const FROZEN_MS = { runtime: 60_000, charge: 300_000, voltage: 300_000 } as const;
/** And sooner where so much of the battery must have gone meanwhile: a small one is empty in five minutes. */
const FROZEN_DRAWN = 0.1;

export type FigureName = keyof typeof FROZEN_MS;

/** Whether a figure has stood still for longer, or for more of the battery, than a living one would. */
export function frozen(battery: Battery, name: FigureName, nowMs: number): boolean {
  const { [name]: figure, discharge } = battery;
  if (figure !== undefined && nowMs - figure.changedAtMs > FROZEN_MS[name]) return true;
  return figure !== undefined && discharge !== undefined && discharge.drawn - figure.drawnAtChange > FROZEN_DRAWN;
}

/** A UPS that is heard and has not told a figure for so long tells it no more. */
const TOLD_MS = 60_000;

/** In a silence what it told last still counts as told. */
export function isTold({ heardAtMs }: Battery, figure: Figure | undefined): boolean {
  return figure !== undefined && (heardAtMs ?? figure.sampledAtMs) - figure.sampledAtMs <= TOLD_MS;
}

export function isHeard(figure: Figure | undefined, { staleMs }: BatterySetting, { nowMs }: BatteryMoment): boolean {
  return figure !== undefined && nowMs - figure.sampledAtMs <= staleMs;
}

/** On battery a figure that is frozen; everywhere a charge that once was, before a restart as well, and has not moved since. */
export function standsStill(battery: Battery, name: FigureName, { draining, nowMs }: Pick<BatteryMoment, 'draining' | 'nowMs'>): boolean {
  return (draining && frozen(battery, name, nowMs)) || (name === 'charge' && battery.stuckAt !== undefined);
}

export function moving(battery: Battery, name: FigureName, moment: BatteryMoment, setting: BatterySetting): boolean {
  return isHeard(battery[name], setting, moment) && !standsStill(battery, name, moment);
}

/** A size that was assumed holds while a charge corrects what is drawn from it. */
export function isUntold(battery: Battery, setting: BatterySetting, moment: BatteryMoment): boolean {
  if (setting.declared !== undefined || battery.capacityFrom !== 'assumed') return false;
  if (isHeard(battery.charge, setting, moment) || isHeard(battery.runtime, setting, moment)) return false;
  return !moving(battery, 'voltage', moment, setting);
}

export function settled(moment: Pick<BatteryMoment, 'nowMs' | 'steppedAtMs'>): boolean {
  return moment.steppedAtMs === undefined || moment.nowMs - moment.steppedAtMs > RUNTIME_SETTLES_MS;
}

export function figure(battery: Battery, before: Figure | undefined, value: number | undefined, nowMs: number): Figure | undefined {
  if (value === undefined) return before;
  const stands = before !== undefined && before.value === value;
  return {
    value,
    sampledAtMs: nowMs,
    changedAtMs: stands ? before.changedAtMs : nowMs,
    drawnAtChange: stands ? before.drawnAtChange : (battery.discharge?.drawn ?? 0),
  };
}

/** The peak as a discharge begins: of the load before it only a steady one is known, else it was its rating at most. */
export function firstPeak(battery: Battery, { nominalWatts }: BatterySetting, moment: BatteryMoment): Peak {
  const known = battery.runtime !== undefined && settled(moment);
  return { sinceMs: moment.nowMs, watts: moment.watts, before: known ? moment.watts : nominalWatts };
}

export function nextPeak(peak: Peak, { nowMs, watts }: Pick<BatteryMoment, 'nowMs' | 'watts'>): Peak {
  if (nowMs - peak.sinceMs >= RUNTIME_SETTLES_MS) return { sinceMs: nowMs, watts, before: peak.watts };
  return watts > peak.watts ? { ...peak, watts } : peak;
}

/** The most that it can have carried when it computed what it tells, W; undefined: nothing says. */
export function peakWatts({ watts, before }: Peak): number | undefined {
  return before === undefined ? undefined : Math.max(watts, before);
}
