// What must never be true, checked after every tick, in the service too. A broken one is a bug: it is journaled and
// said, and the step that broke it is not carried out.
import type { DueStep } from '../model/step.ts';
import { notOnMains } from './rules/turn.ts';
import { rigOf, type Tick } from './tick.ts';

export interface Broken {
  readonly invariant: string;
  readonly say: string;
  readonly due: DueStep;
}

/** Looks at what a tick is about to do with other people's machines. */
export function broken(tick: Tick): readonly Broken[] {
  return tick.due.flatMap((due) => [...cutUnasked(tick, due), ...energisesOnBattery(tick, due)]);
}

/** I-01: a cut follows a pause that was performed, or a rig that can't be asked, or one gone with the grid. */
function cutUnasked(tick: Tick, due: DueStep): readonly Broken[] {
  const { step } = due;
  if (step.kind !== 'cut') return [];
  return step.rigs.flatMap((id) => {
    const rig = tick.site.rigs.get(id);
    const state = rigOf(tick, id);
    const fair = rig?.can.pause !== true || state.phase === 'dark' || state.stop !== undefined || state.silentSinceMs !== undefined;
    return fair ? [] : [{ invariant: 'I-01', say: `${step.switch} was to open on ${id}, which was never asked`, due }];
  });
}

/** I-05: nothing is energised while a supply it hangs on is not heard on mains. */
function energisesOnBattery(tick: Tick, due: DueStep): readonly Broken[] {
  const { step } = due;
  const ids = step.kind === 'resume' ? [step.rig] : step.kind === 'feed' ? step.rigs.slice(0, 1) : [];
  return ids.flatMap((id) => {
    const rig = tick.site.rigs.get(id);
    const why = rig === undefined ? undefined : notOnMains(tick, rig);
    return why === undefined ? [] : [{ invariant: 'I-05', say: `${step.kind} of ${id} while ${why.rule}`, due }];
  });
}
