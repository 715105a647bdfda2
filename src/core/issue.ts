// The only door through which a step leaves the core: journaled with its reason, kept back while lastwatt is disarmed.
import type { Event, Stamp } from '../model/event.ts';
import type { Reason, Step } from '../model/step.ts';
import { wiringOf } from './orphans.ts';
import { wasUp } from './supply.ts';
import { isArmed, rigOf, setRig, setSwitch, type Tick } from './tick.ts';
import { waitedFor } from './work-in-flight.ts';

export interface Cause {
  readonly because: Reason;
  readonly person: boolean;
  /** an attempt more at a step that stands in the journal */
  readonly again?: boolean;
  /** of a cut */
  readonly stamp?: Stamp;
}

/** Issues a step; false where lastwatt is disarmed and no person asked: it is then journaled once an outage, and not done. */
export function issue(tick: Tick, step: Step, cause: Cause): boolean {
  const because: Reason = cause.person ? { ...cause.because, facts: { ...cause.because.facts, person: true } } : cause.because;
  if (!isArmed(tick) && !cause.person) {
    rehearse(tick, step, because);
    return false;
  }
  if (cause.again !== true)
    tick.emit({ event: 'step-due', step, because, ...before(tick, step), ...stampOf(cause), ...wiringOf(tick.site, step) });
  tick.due.push({ step, because, ...(cause.again ? { again: true } : {}) });
  if ('switch' in step) setSwitch(tick, step.switch, { flight: { kind: step.kind, sinceMs: tick.nowMs } });
  else setRig(tick, step.rig, { flight: { kind: step.kind, sinceMs: tick.nowMs } });
  return true;
}

function stampOf({ stamp }: Cause): { readonly stamp?: Stamp } {
  return stamp === undefined ? {} : { stamp };
}

function rehearse(tick: Tick, step: Step, because: Reason): void {
  const what = step.kind === 'limit' ? ` ${step.watts ?? 'off'}` : '';
  const key = 'switch' in step ? `${step.kind} ${step.switch}` : `${step.kind} ${step.rig}${what}`;
  if (tick.dryRuns.has(key)) return;
  tick.dryRuns.add(key);
  if (step.kind === 'cut') for (const rig of step.rigs) tick.dryRuns.add(`leave ${rig}`);
  tick.emit({ event: 'step-due', step, because, dryRun: true });
}

/** What a rig was before we took it down, so that it is brought back to just that. */
function before(tick: Tick, step: Step): Pick<Event & { event: 'step-due' }, 'wasUp' | 'mode' | 'waitedMs' | 'share'> {
  if (step.kind === 'pause') {
    const mode = rigOf(tick, step.rig).reading?.mode;
    return { wasUp: wasUp(tick, step.rig) ? [step.rig] : [], ...(mode === undefined ? {} : { mode }), ...waitedFor(tick, step.rig) };
  }
  return step.kind === 'cut' ? { wasUp: step.rigs.filter((rig) => wasUp(tick, rig)) } : {};
}
