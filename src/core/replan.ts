// When a supply is planned for: while it drains, so often and at any news. What the plan is stands in planning.ts.
import type { UpsId } from '../model/id.ts';
import type { Input } from '../model/input.ts';
import type { Site, SiteUps } from '../model/site.ts';
import { depthNow } from './battery.ts';
import { isOutageAware, type OutagePlan } from './outage-plan.ts';
import { answeredPlan, askForPlans, canBePlanned, planOutage } from './planning.ts';
import { rigsOn, setSupply, supplyOf, type Tick } from './tick.ts';
import type { Worth } from './worth.ts';

/** Shedding policy, section 8: a plan is made anew so often, and at any news. */
const AGAIN_MS = 5_000;
/** So many ms more for each rig: on a Pi a plan for 1,000 takes some 10 ms. */
const AGAIN_MS_A_RIG = 5;
/** So many rigs are planned in a tick, that none takes long: some 5 ms. What is left has its turn in the next, and keeps its last plan until then. */
const RIGS_A_TICK = 1_000;
/** The search for a plan of more rigs is made elsewhere; where its answer is not there by then, it is made here. A first one is missed sooner. */
const ANSWERED_WITHIN_MS = { first: 8_000, later: 40_000 } as const;
const NEWS = { depth: 0.01, load: 0.05 } as const;

/** Plans for those that drain, where it is time to. */
export function planSupplies(tick: Tick, ranking: readonly Worth[]): void {
  const upses = [...tick.site.supplies.values()];
  const draining = isOutageAware(tick) ? upses.filter(({ id }) => supplyOf(tick, id).draining) : [];
  const planned = draining.filter((ups) => canBePlanned(tick, ups));
  for (const ups of upses) {
    const { plan, asked } = supplyOf(tick, ups.id);
    // A reload may take the policy from under an outage.
    if ((plan ?? asked) !== undefined && !planned.includes(ups)) setSupply(tick, ups.id, { plan: undefined, asked: undefined });
  }
  const turn = turnOf(tick, planned);
  const elsewhere = turn.filter((ups) => isSearchedElsewhere(tick, ups));
  const here = turn.filter((ups) => !elsewhere.includes(ups));
  if (here.length > 0) {
    for (const [id, plan] of planOutage(tick, draining, ranking, here)) setSupply(tick, id, { plan, asked: undefined });
  }
  if (elsewhere.length > 0) {
    for (const asked of askForPlans(tick, draining, ranking, elsewhere)) {
      setSupply(tick, asked.question.ups, { asked });
      tick.questions.push(asked.question);
    }
  }
  for (const ups of planned) {
    for (const atMs of newsOf(supplyOf(tick, ups.id).plan)) tick.askAgain(atMs);
  }
}

/** Whether a UPS has more rigs than are planned in a tick. */
export const isPlannedElsewhere = (site: Site, id: UpsId): boolean => rigsOn(site, id).length > RIGS_A_TICK;

/** Such a UPS, unless the last search for it came to nothing. */
const isSearchedElsewhere = (tick: Tick, { id }: SiteUps): boolean =>
  isPlannedElsewhere(tick.site, id) && supplyOf(tick, id).asked === undefined;

/** What a search elsewhere came to. One that nobody waits for any more is dropped. */
export function foldPlan(tick: Tick, { ups, atMs, outcome }: Input & { kind: 'plan' }): void {
  const { asked, plan: held } = supplyOf(tick, ups);
  if (asked === undefined || asked.question.atMs !== atMs) return;
  const plan = outcome.ok ? answeredPlan(asked, outcome.value, held) : undefined;
  setSupply(tick, ups, plan === undefined ? { asked: { ...asked, failed: true } } : { plan, asked: undefined });
}

function* newsOf(held: OutagePlan | undefined): Iterable<number> {
  if (held === undefined) return;
  yield* held.leavesAtMs.values();
  for (const limits of held.limitsAtMs.values()) yield* limits.map(({ atMs }) => atMs);
}

/** All where one plan is old, for what one keeps another may give up; of a large site those that have waited longest. */
function turnOf(tick: Tick, planned: readonly SiteUps[]): readonly SiteUps[] {
  const old = planned.filter((ups) => isOld(tick, ups));
  const rigsOf = ({ id }: SiteUps): number => rigsOn(tick.site, id).length;
  if (old.length === 0) return old;
  if (planned.reduce((sum, ups) => sum + rigsOf(ups), 0) <= RIGS_A_TICK) return planned;
  const madeAtMs = ({ id }: SiteUps): number => supplyOf(tick, id).plan?.atMs ?? 0;
  let rigs = 0;
  return old
    .sort((a, b) => madeAtMs(a) - madeAtMs(b))
    .filter((ups, place) => {
      rigs += rigsOf(ups);
      return place === 0 || rigs <= RIGS_A_TICK;
    });
}

/** ms after which a plan is made again: the more rigs, the longer. */
export function againAfterMs({ rigs }: Site): number {
  return AGAIN_MS + AGAIN_MS_A_RIG * rigs.size;
}

function isOld(tick: Tick, ups: SiteUps): boolean {
  const { plan: held, asked, battery, load } = supplyOf(tick, ups.id);
  if (asked !== undefined) {
    const within = held === undefined ? ANSWERED_WITHIN_MS.first : ANSWERED_WITHIN_MS.later;
    return asked.failed === true || tick.nowMs - asked.question.atMs >= within;
  }
  if (held === undefined || tick.nowMs - held.atMs >= againAfterMs(tick.site)) return true;
  const moved = Math.abs((depthNow(battery) ?? 0) - held.depth);
  return moved > NEWS.depth || Math.abs(load.watts - held.loadWatts) > NEWS.load * held.loadWatts;
}
