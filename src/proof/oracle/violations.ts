// The judges, all of them, over one night.
import type { SimSite } from '../../sim/site.ts';
import { leftFedByItsBoard } from './boards.ts';
import { caseOf, type Truth } from './case.ts';
import { cutTooEarly, cutUnasked } from './cuts.ts';
import { stuckBetween } from './deadlines.ts';
import { countedTwice, cutForTheGrid, cutHot, shedForALatch, shedForTheOutageAlone, shedOnMains, shedWithASupplyLeft } from './fair.ts';
import { startedOnAnUnsteadyGenerator } from './generators.ts';
import { givenBackWrong, limitedWithoutOutage } from './limits.ts';
import { believedTooMuch, doneTooLate, gaps, neverJournaled, withoutCause } from './records.ts';
import { calledASleeper, gaveUpTooSoon, returnedOutOfOrder, startedBeforeTheHold, startedOnEmpty } from './returns.ts';
import { shedForNothing, shedOutOfOrder, shedWithoutOutage } from './sheds.ts';
import { silenceWasMains } from './silence.ts';
import { movedTooOften, startedTogether, startedTooSoon } from './starts.ts';
import { actedDisarmed, endedAtAnotherTime, nowWasNotNow, shedThoughHeldUp, startedThoughHeld } from './wishes.ts';

const JUDGES = [
  cutTooEarly,
  cutUnasked,
  leftFedByItsBoard,
  startedTooSoon,
  startedOnAnUnsteadyGenerator,
  startedTogether,
  movedTooOften,
  neverJournaled,
  withoutCause,
  gaps,
  doneTooLate,
  believedTooMuch,
  shedWithoutOutage,
  limitedWithoutOutage,
  givenBackWrong,
  shedOutOfOrder,
  shedForNothing,
  stuckBetween,
  shedOnMains,
  shedWithASupplyLeft,
  shedForALatch,
  shedForTheOutageAlone,
  countedTwice,
  cutForTheGrid,
  cutHot,
  silenceWasMains,
  startedBeforeTheHold,
  startedOnEmpty,
  returnedOutOfOrder,
  gaveUpTooSoon,
  calledASleeper,
  actedDisarmed,
  startedThoughHeld,
  shedThoughHeldUp,
  endedAtAnotherTime,
  nowWasNotNow,
];

/**
 * Of the rules, those of economy: nobody leaves or waits longer than need be. Their margins hold for the sites and the times
 * that campaigns draw; on any other a battery believed a little too small, or rigs slow to boot, are no fault.
 */
const OF_ECONOMY: ReadonlySet<(typeof JUDGES)[number]> = new Set([shedForNothing, countedTwice, shedForTheOutageAlone, returnedOutOfOrder]);

/** One sentence for each thing that must not have happened, with the invariant of the safety case that it breaks. */
export function violations(site: SimSite, truth: Truth): readonly string[] {
  const all = caseOf(site, truth);
  return JUDGES.filter((judge) => truth.anySite !== true || !OF_ECONOMY.has(judge)).flatMap((judge) => judge(all));
}
