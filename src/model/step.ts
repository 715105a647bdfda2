// What is to become true, and why. Steps name ends, not motions: sending one twice does no harm.
import type { RigId, SwitchId } from './id.ts';

export type Step =
  /** `watts`: what it may draw at the wall; null: as before any limit; `was`: what stood then, in its driver's words (`RigReading.limit`) */
  | { readonly kind: 'limit'; readonly rig: RigId; readonly watts: number | null; readonly was: string }
  | { readonly kind: 'pause' | 'halt'; readonly rig: RigId }
  /** `mode`: what the rig ran in before it was paused, where its pause forgets it */
  | { readonly kind: 'resume'; readonly rig: RigId; readonly mode?: string }
  | { readonly kind: 'cut' | 'feed'; readonly switch: SwitchId; readonly rigs: readonly RigId[] };

export type StepKind = Step['kind'];

/** A rig is told to make do with less. */
export const isLimit = (step: Step): boolean => step.kind === 'limit' && step.watts !== null;

/** Steps that take load off; these alone, but for a limit, may go ahead of a journal that does not answer. */
export function takesLoadOff(step: Step): boolean {
  return step.kind === 'pause' || step.kind === 'halt' || step.kind === 'cut' || isLimit(step);
}

/** `rig s19-1` or `switch box:1`: the device a step is carried out on. */
export function deviceOf(step: Step): string {
  return 'switch' in step ? `switch ${step.switch}` : `rig ${step.rig}`;
}

/** The rule that won, and the numbers behind it. */
export interface Reason {
  readonly rule: string;
  readonly facts: Readonly<Record<string, number | string | boolean>>;
}

export interface DueStep {
  readonly step: Step;
  readonly because: Reason;
  /** journaled already by an earlier `step-due`: an attempt more, no new line */
  readonly again?: boolean;
  /** decided, journaled and not carried out, for lastwatt is disarmed */
  readonly dryRun?: boolean;
}
