// Which curve holds for a battery: its owner's, or what its own discharges show. Worked out once, for it is asked many times a tick.
import type { SiteUps } from '../model/site.ts';
import type { PastDischarge } from '../model/ups.ts';
import { type Battery, type BatterySetting, LEAST_GIVEN } from './battery.ts';
import { isTold } from './battery-figures.ts';
import { type Curve, declaredCurve } from './capacity.ts';
import { type Learned, learnedOf } from './learned.ts';

type Curves = Pick<BatterySetting, 'declared' | 'sheet' | 'learned'>;

interface Known {
  readonly sheet: Curve | undefined;
  readonly past: readonly PastDischarge[] | undefined;
  readonly reportedWh: number | undefined;
  readonly learned: Learned | undefined;
  readonly told: Curves;
  readonly untold: Curves;
}

const known = new WeakMap<SiteUps, Known>();

/** What is declared and learned of a battery; the size that is reported or assumed holds where neither is. */
export function believedCurve(ups: SiteUps, battery: Battery): Curves {
  const { told, untold } = knownOf(ups, battery);
  // Where nothing but the data sheet tells how long it lasts, as much less as a battery may give of it is counted on (I-03).
  return isTold(battery, battery.charge) || isTold(battery, battery.runtime) ? told : untold;
}

/** What its past discharges make of it; undefined where there are none. */
export function learnedAbout(ups: SiteUps, battery: Battery): Learned | undefined {
  return knownOf(ups, battery).learned;
}

function knownOf(ups: SiteUps, battery: Battery): Known {
  const { past } = battery;
  const reportedWh = battery.runtime !== undefined && battery.capacityFrom === 'reported' ? battery.capacityWh : undefined;
  const before = known.get(ups);
  // Without a past discharge nothing else matters.
  if (before !== undefined && before.past === past && (past === undefined || before.reportedWh === reportedWh)) return before;
  const sheet = before === undefined ? declaredCurve(ups) : before.sheet;
  const learned = past === undefined ? undefined : learnedOf(past, { sheet, reportedWh });
  const curve = learned?.curve ?? sheet;
  const curves = (declared: Curve | undefined): Curves => ({ declared, sheet, learned: learned?.curve !== undefined });
  const now: Known = {
    sheet,
    past,
    reportedWh,
    learned,
    told: curves(curve),
    untold: curves(curve && ((watts) => LEAST_GIVEN * curve(watts))),
  };
  known.set(ups, now);
  return now;
}
