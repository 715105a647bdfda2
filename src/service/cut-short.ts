// A reading that is broken off in the middle, by an order that goes ahead of it or by its deadline, may hold what the rig says of
// itself and not yet the figures that would belie it. So its word counts for nothing then, and its figures as ever.
import { type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import type { RigDriver } from '../rigs/port.ts';

/** The same rig, whose state is not known by a reading that was cut short. What it can not do stays absent. */
export function doubtingHalves(rig: RigDriver): RigDriver {
  const { read, pause, resume, halt, limitWatts, reboot, locate } = rig;
  let orders = 0;
  const order = (give: () => Promise<Outcome>): Promise<Outcome> => {
    orders += 1;
    return give();
  };
  const look = async (
    how: () => Promise<Outcome<RigReading>>,
    signal: AbortSignal,
    brief: 'brief' | undefined,
  ): Promise<Outcome<RigReading>> => {
    // It may break off the reading before it, as the order that waits for it would.
    if (brief !== undefined) orders += 1;
    const before = orders;
    const outcome = await how();
    const isWhole = orders === before && !signal.aborted;
    return isWhole || !outcome.ok ? outcome : ok({ ...outcome.value, state: 'unknown' });
  };
  return {
    ...rig,
    ...(read !== undefined && { read: (signal, brief) => look(() => read.call(rig, signal, brief), signal, brief) }),
    ...(pause !== undefined && { pause: (signal) => order(() => pause.call(rig, signal)) }),
    ...(resume !== undefined && { resume: (mode, signal) => order(() => resume.call(rig, mode, signal)) }),
    ...(halt !== undefined && { halt: (signal) => order(() => halt.call(rig, signal)) }),
    ...(limitWatts !== undefined && { limitWatts: (watts, was, signal) => order(() => limitWatts.call(rig, watts, was, signal)) }),
    ...(reboot !== undefined && { reboot: (signal) => order(() => reboot.call(rig, signal)) }),
    ...(locate !== undefined && { locate: (on, signal) => order(() => locate.call(rig, on, signal)) }),
  };
}
