// What must never be true, checked after every tick, in the service too. A broken one is a bug: it is journaled and
// said, and the step that broke it is not carried out.
import type { RigId } from '../model/id.ts';
import type { DueStep, Step } from '../model/step.ts';
import { blockedBy, notOnMains } from './rules/turn.ts';
import { rigOf, type Scene, type Tick } from './tick.ts';

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
  const why = deadSupply(tick, step);
  return why === undefined ? [] : [{ invariant: 'I-05', say: `${step.kind} while ${why}`, due }];
}

/** Why a step that gives power must not be carried out now; undefined when it may, or takes load off. */
function deadSupply(scene: Scene, step: Step): string | undefined {
  if (step.kind === 'resume') return deadFor(scene, step.rig);
  if (step.kind !== 'feed') return undefined;
  // A shared contact closes for the one of its rigs that is wanted up; the others need not have mains.
  const each = step.rigs.map((id) => deadFor(scene, id));
  return each.length > 0 && each.every((why) => why !== undefined) ? each[0] : undefined;
}

function deadFor(scene: Scene, id: RigId): string | undefined {
  const rig = scene.site.rigs.get(id);
  const why = rig === undefined ? undefined : notOnMains(scene, rig);
  return why === undefined ? undefined : `${id} hangs on a supply of which is known: ${why.rule}`;
}

/** Whether a step that gives power may still go out: it may have waited while the mains went, or came back just now. */
export function mayEnergise(scene: Scene, step: Step): boolean {
  if (deadSupply(scene, step) !== undefined) return false;
  const rigs = 'switch' in step ? step.rigs : [step.rig];
  return rigs.some((id) => {
    const rig = scene.site.rigs.get(id);
    return rig === undefined || blockedBy(scene, rig)?.because.rule !== 'mains-not-held';
  });
}
