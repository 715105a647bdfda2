// What the voltage of a battery tells: that another figure cannot be true, and where nothing else speaks a careful depth.
import type { RawFigure, UpsNameplate } from '../model/ups.ts';

/** Volts as a share of the nominal ones, and the share at which the UPS ends or says low battery. */
export interface Voltage {
  readonly share: number;
  readonly low: number;
}

/** 1.5 to 2.6 V a cell: no lead-acid battery under a UPS stands outside; what does is one cell, another scale or a wrong divisor. */
const PLAUSIBLE = { from: 0.75, to: 1.3 } as const;
/** Where the UPS tells no low point: 1.6 V a cell, which no UPS goes far below. */
const USUAL_LOW = 0.8;
const LOW_POINTS = { from: 0.75, to: 0.92 } as const;

/**
 * Share of the nominal voltage to depth, of a lead-acid battery at a twentieth of its capacity: any greater load pulls the voltage lower,
 * and what is read here is then too deep, never too shallow. Judged from data sheets of 12 V blocks, not measured.
 */
const LIGHTLY_LOADED: readonly (readonly [share: number, depth: number])[] = [
  [1.06, 0],
  [1.04, 0.25],
  [1.017, 0.5],
  [0.983, 0.75],
  [0.9, 1],
];
/** From here on a charger holds it: it tells nothing of what is in it. */
const HELD_BY_CHARGER = 1.06;

type Number = (raw: RawFigure | undefined) => number | undefined;
type Refuse = (figure: string, raw: RawFigure, why: string) => undefined;

/** Undefined where it is not told, or without its nominal one. */
export function voltageOf(
  raw: RawFigure | undefined,
  nameplate: UpsNameplate,
  { decimal, refuse }: { decimal: Number; refuse: Refuse },
): Voltage | undefined {
  if (raw === undefined) return undefined;
  const volts = decimal(raw);
  if (volts === undefined) return refuse('battery voltage', raw, 'not a decimal number of volts');
  const nominal = decimal(nameplate.batteryVolts);
  if (nominal === undefined || nominal <= 0) return undefined;
  const share = volts / nominal;
  if (share < PLAUSIBLE.from || share > PLAUSIBLE.to) return refuse('battery voltage', raw, `no voltage of a battery of ${nominal} V`);
  const low = (decimal(nameplate.batteryVoltsLow) ?? 0) / nominal;
  return { share, low: low >= LOW_POINTS.from && low <= LOW_POINTS.to ? low : USUAL_LOW };
}

/** Why a charge cannot be true at this voltage; undefined where it can. */
export function contradicts(voltage: Voltage | undefined, chargePercent: number): string | undefined {
  if (voltage === undefined) return undefined;
  if (chargePercent === 0 && voltage.share >= 1) return '0 % while its battery stands at its nominal voltage';
  if (chargePercent === 100 && voltage.share <= voltage.low) return '100 % while its battery stands at its lowest voltage';
  return undefined;
}

/** On battery, 0 full .. 1 empty: rather too deep than too shallow. */
export function depthByVoltage(share: number): number {
  let above = Number.POSITIVE_INFINITY;
  let least = 0;
  for (const [at, depth] of LIGHTLY_LOADED) {
    if (share >= at) return depth - ((depth - least) * (share - at)) / (above - at);
    [above, least] = [at, depth];
  }
  return 1;
}

/** On mains: undefined while the charger holds it. */
export function depthInCalm(share: number): number | undefined {
  return share >= HELD_BY_CHARGER ? undefined : depthByVoltage(share);
}
