// What the past discharges of a UPS tell of its battery: which of them are kept, and the curve that they make of what is declared,
// reported or assumed of it. Data that says less energy needs one witness, data that says more needs three (safety case, principle 4).
import type { PastDischarge } from '../model/ups.ts';
import { type Curve, LEAST_WATTS, tableCurve } from './capacity.ts';

/** So many are kept of a UPS: a battery ages, and what is years old says little. */
const MOST_KEPT = 6;
/** The newest of those that got deep count, and no more than so many. */
const NEWEST = 3;
/** From here on a discharge got deep: before it a battery that is worn looks like one that is not. */
const DEEP = 0.6;
/**
 * So deep it must have got to show that a battery holds more than its sheet says: also where its end was the word of low battery, for a
 * low point that is set high leaves most of it to what the UPS promises.
 */
const DEEP_FOR_MORE = 0.7;
/** Charge in whole percents and watts in whole percents of a rating tell no less than this apart. */
const TELLS = 0.1;
/** A battery is believed to hold so much of what is declared at most. */
const MOST_OF_SHEET = 1.25;

/** With one more, oldest first; `again`: it is the last one, which went on. Of too many the shallowest old one is left out. */
export function keptWith(past: readonly PastDischarge[], one: PastDischarge, again: boolean): readonly PastDischarge[] {
  const all = [...(again ? past.slice(0, -1) : past), one];
  if (all.length <= MOST_KEPT) return all;
  const old = all.slice(0, -NEWEST);
  const shallowest = old.reduce((least, each) => (each.reach < least.reach ? each : least));
  return all.filter((each) => each !== shallowest);
}

/** Size of the battery as a share of what was taken for it; `said`: what follows from it. */
export interface Verdict {
  readonly share: number;
  readonly said: 'less' | 'more' | 'agrees' | 'too-few-for-more';
  /** the discharge that was taken for the battery */
  readonly one: PastDischarge;
}

/** Undefined where nothing is known of any discharge. `shareOf`: what the battery held by one of them, 1 as was taken. */
export function verdictOf(past: readonly PastDischarge[], shareOf: (one: PastDischarge) => number): Verdict | undefined {
  const one = careful(past, shareOf);
  if (one === undefined) return undefined;
  const share = shareOf(one);
  if (share < 1 - TELLS) return { share, said: 'less', one };
  if (share <= 1 + TELLS) return { share, said: 'agrees', one };
  const proofs = past.filter(({ reach, measured }) => measured === true && reach >= DEEP_FOR_MORE).slice(-NEWEST);
  const least = Math.min(share, ...proofs.map(shareOf));
  if (proofs.length < NEWEST || least <= 1 + TELLS) return { share, said: 'too-few-for-more', one };
  return { share: Math.min(least, MOST_OF_SHEET), said: 'more', one };
}

/** Of the newest deep ones, or of the newest where none got deep: one alone, the smaller of two, the middle one of three. */
function careful(past: readonly PastDischarge[], sizeOf: (one: PastDischarge) => number): PastDischarge | undefined {
  const deep = past.filter(({ reach }) => reach >= DEEP);
  const newest = (deep.length > 0 ? deep : past).slice(-NEWEST);
  const bySize = [...newest].sort((a, b) => sizeOf(a) - sizeOf(b));
  return bySize[bySize.length === NEWEST ? 1 : 0];
}

/** Depth an hour. */
const rateOf = ({ depth, seconds }: PastDischarge): number => (3600 * depth) / seconds;

/** What a data sheet says that a discharge would have taken, against what it took. Of another sheet than that of its day its mean load tells. */
function shareOfSheet(one: PastDischarge, sheet: Curve): number {
  const now = sheet(Math.max(one.watts, LEAST_WATTS));
  const { sheetDepth, sheetSeconds } = one;
  const same = sheetDepth !== undefined && sheetSeconds !== undefined && Math.abs(sheetSeconds - now) <= SAME_SHEET * now;
  return (same ? sheetDepth : one.seconds / now) / one.depth;
}
const SAME_SHEET = 0.01;

/** Wh of the battery at its load, by one discharge. */
const whOf = (one: PastDischarge): number => one.watts / rateOf(one);

const shareOfWh =
  (capacityWh: number) =>
  (one: PastDischarge): number =>
    whOf(one) / capacityWh;

export interface Taken {
  /** as declared */
  readonly sheet: Curve | undefined;
  /** by the UPS's own runtime in calm, Wh; absent: it tells none, and the size was assumed or taken from a slope */
  readonly reportedWh: number | undefined;
}

export interface Learned {
  readonly verdict: Verdict;
  /** to be believed over what is declared, reported or assumed; absent: that stands */
  readonly curve?: Curve;
}

/** What past discharges make of what is taken for the battery. */
export function learnedOf(past: readonly PastDischarge[], { sheet, reportedWh }: Taken): Learned | undefined {
  if (sheet !== undefined) {
    const verdict = verdictOf(past, (one) => shareOfSheet(one, sheet));
    const counts = verdict?.said === 'less' || (verdict?.said === 'more' && reportedWh === undefined);
    return verdict && { verdict, ...(counts && { curve: (watts) => verdict.share * sheet(watts) }) };
  }
  const verdict = verdictOf(past, shareOfWh(reportedWh ?? 1));
  if (verdict === undefined) return undefined;
  // Its own runtime is believed where it promises no more than the battery gave.
  if (reportedWh !== undefined) return { verdict, ...(verdict.said === 'less' && { curve: through(verdict.one) }) };
  const { one } = verdict;
  return { verdict: { share: 1, said: 'agrees', one }, curve: through(one) };
}

/** By one discharge: at a smaller load in proportion, at a bigger one less than that. */
function through(one: PastDischarge): Curve {
  return tableCurve([[Math.max(one.watts, LEAST_WATTS), one.seconds / 60 / one.depth]]);
}
