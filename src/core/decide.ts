// The one entry of the core: fold, believe, want, act. Pure; reads no clock, no file, no global.
import type { Event } from '../model/event.ts';
import type { RigId } from '../model/id.ts';
import type { Input } from '../model/input.ts';
import type { Site } from '../model/site.ts';
import type { DueStep } from '../model/step.ts';
import { askableSite } from './askable.ts';
import { reassertCuts } from './boards.ts';
import { watchFit } from './fit.ts';
import { endHolds, foldAll } from './fold.ts';
import { keepInvariants } from './invariants.ts';
import { trackLevels } from './level.ts';
import { goDown, phase } from './lifecycle-down.ts';
import { goUp } from './lifecycle-up.ts';
import { limitRigs } from './limiting.ts';
import { followCoins } from './market.ts';
import type { PlanQuestion } from './plan-question.ts';
import { planSupplies } from './replan.ts';
import { admitNext } from './rules/turn.ts';
import type { State } from './state.ts';
import { believeSupplies } from './supply.ts';
import { isOpening, openSwitches, type Ready } from './switching.ts';
import { closeTick, type Moment, openTick, type Tick } from './tick.ts';
import { wantAll } from './wants.ts';
import { rankRigs } from './worth.ts';

export interface Decision {
  readonly state: State;
  /** in the order they are to be sent: the worst earner first on the way down, the best first on the way up */
  readonly due: readonly DueStep[];
  readonly events: readonly Event[];
  /** plans to be searched for elsewhere; each is to be answered by an input, or with why there is none */
  readonly questions: readonly PlanQuestion[];
  /** monotonic ms by which the core wants to be asked again, at most a second away */
  readonly againAtMs: number;
}

/** What should be true now, and the steps toward it. */
export function decide(before: State, inputs: readonly Input[], site: Site, moment: Moment): Decision {
  const tick = openTick(before, site, moment);
  foldAll(tick, inputs);
  // Who answers on an address may be another one since this tick.
  tick.site = askableSite(site, tick.memory);
  believeSupplies(tick);
  endHolds(tick);
  followCoins(tick);
  const ranking = rankRigs(tick);
  tick.order = ranking.map(({ rig }) => rig);
  admitNext(tick, ranking);
  const ready = new Map<RigId, Ready>();
  planSupplies(tick, ranking);
  const wants = wantAll(tick, ranking);
  for (const want of wants) {
    const rig = want.down === 'up' ? undefined : tick.site.rigs.get(want.rig);
    if (rig === undefined) continue;
    const right = goDown(tick, rig, want);
    if (right !== undefined) ready.set(rig.id, right);
  }
  for (let place = wants.length - 1; place >= 0; place -= 1) {
    const want = wants[place];
    const rig = want?.down === 'up' ? tick.site.rigs.get(want.rig) : undefined;
    if (want !== undefined && rig !== undefined) goUp(tick, rig, want);
  }
  limitRigs(tick, wants);
  openSwitches(tick, ready);
  reassertCuts(tick, wants);
  markCutting(tick, ready);
  trackLevels(tick);
  watchFit(tick, ranking);
  const due = keepInvariants(tick, before);
  return { state: closeTick(tick), due, events: tick.events, questions: tick.questions, againAtMs: tick.againAtMs };
}

function markCutting(tick: Tick, ready: ReadonlyMap<RigId, Ready>): void {
  for (const [id, { follows }] of ready) {
    const rig = follows ? undefined : tick.site.rigs.get(id);
    if (rig?.cutBy.some((one) => isOpening(tick, one))) phase(tick, rig, 'cutting');
  }
}
