// The driver of a simulated rig: no wire between, so that a night on a virtual clock needs no real time.
import type { Clock } from '../host/port.ts';
import { DONE, failed, type Outcome, ok } from '../model/outcome.ts';
import type { RigReading } from '../model/rig.ts';
import type { RigDriver } from '../rigs/port.ts';
import type { SimRig, SimRigAnswer, SimRigOrder } from './rig.ts';

/** Reads and orders `rig` as a well-made firmware with a meter in its power supply would. */
export function simRigDriver(rig: SimRig, clock: Clock): Required<Pick<RigDriver, 'read' | 'pause' | 'resume' | 'limitWatts' | 'close'>> {
  const { id } = rig.traits;

  /** Takes the time that the rig takes to answer; a fault when it never does. */
  const reach = async (signal: AbortSignal): Promise<Outcome> => {
    if (!rig.look().answers) return failed('unreachable', `${id} cannot be reached`);
    if (rig.quirks.hangs) await clock.sleep(Number.POSITIVE_INFINITY, signal);
    else if (rig.quirks.answerSeconds) await clock.sleep(rig.quirks.answerSeconds * 1000, signal);
    return signal.aborted ? failed('timeout', `${id} did not answer in time`) : DONE;
  };

  const order = async (what: SimRigOrder | 'limit', signal: AbortSignal, give: () => SimRigAnswer): Promise<Outcome> => {
    if (signal.aborted) return failed('timeout', `${id} was not asked: no time left`);
    const answer = give();
    if (answer === 'lost') await clock.sleep(Number.POSITIVE_INFINITY, signal);
    const reached = await reach(signal);
    if (!reached.ok) return reached;
    if (answer === 'locked') return failed('unauthorized', `${id} does not take our password`);
    return answer === 'done' ? DONE : failed('refused', `${id} refused to ${what}`);
  };

  const read = async (signal: AbortSignal): Promise<Outcome<RigReading>> => {
    const takenAtMs = clock.monotonicMs();
    const reached = await reach(signal);
    if (!reached.ok) return reached;
    return rig.quirks.garbles ? failed('garbled', `${id}: the answer breaks off`) : ok(reading(rig, takenAtMs));
  };

  return {
    read,
    pause: (signal) => order('pause', signal, () => rig.order('pause')),
    resume: (_mode, signal) => order('resume', signal, () => rig.order('resume')),
    // One that forgets what stood before any limit: whoever takes one off must say.
    limitWatts: (watts, was, signal) =>
      order('limit', signal, () => (watts === undefined && was === undefined ? 'refused' : rig.limit(watts, was))),
    close: () => Promise.resolve(),
  };
}

function reading(rig: SimRig, takenAtMs: number): RigReading {
  const { saysPaused, hashRate, saysWatts: watts, uptimeSeconds, limit } = rig.look();
  const state = saysPaused ? 'paused' : hashRate > 0 ? 'hashing' : 'starting';
  const { identity } = rig.quirks;
  const who = identity === undefined ? {} : { identity };
  return { rig: rig.traits.id, takenAtMs, state, hashRate, watts, wattsFrom: 'measured', uptimeSeconds, limit, ...who };
}
