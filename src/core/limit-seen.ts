// What a reading shows of a limit: that its watts have fallen as far, or that it is as before any.
import type { RigId } from '../model/id.ts';
import type { Rig, RigReading } from '../model/rig.ts';
import { isOver, isRefusal, type Limited, type OffToo, STAYS_LIMITED, standingLimit, WILL_NOT_LIMIT } from './limited.ts';
import { hashingProof, quietProof } from './seen.ts';
import type { RigState } from './state.ts';
import { clear, rememberedRig, rigOf, setRig, type Tick } from './tick.ts';

/** Takes in what a reading of its own shows of it. */
export function seeLimit(tick: Tick, rig: Rig, reading: RigReading): void {
  const { id } = rig;
  const { limited } = rememberedRig(tick, id);
  const shows = shownBy(tick, rig, reading);
  setRig(tick, id, shows);
  if (limited === undefined) return;
  const { limitShown } = shows;
  if (limitShown !== undefined && limited.shown === undefined && reading.watts !== undefined) {
    const { limit } = reading;
    const fullWatts = rigOf(tick, id).lastHashing?.watts ?? limited.fullWatts;
    tick.emit({
      event: 'limit-shown',
      rig: id,
      watts: limitShown,
      drawnWatts: Math.round(reading.watts),
      ...(limit !== undefined && { limit }),
      ...(fullWatts !== undefined && { fullWatts: Math.round(fullWatts) }),
    });
    clear(tick, WILL_NOT_LIMIT, { rig: id });
  }
  if (!isOver(limited, reading, whenTold(tick, rig, reading))) return;
  endLimit(tick, id);
}

/** Nothing is owed to it of that any more. */
export function endLimit(tick: Tick, id: RigId): void {
  tick.emit({ event: 'limit-over', rig: id });
  clear(tick, STAYS_LIMITED, { rig: id });
  // One that took none keeps to its word for as long as the outage lasts.
  if (!isRefusal(rigOf(tick, id).limiting?.fault?.code)) setRig(tick, id, { limiting: undefined });
}

/** By what else than a word of its own it may be over: whether it hashes, and when it was last told that it is limited no more. */
function whenTold(tick: Tick, rig: Rig, reading: RigReading): OffToo {
  const { limiting } = rigOf(tick, rig.id);
  return { hashes: hashingProof(rig, reading) !== undefined, ...(limiting?.watts === null && { offToldAtMs: limiting.toldAtMs }) };
}

type Shows = Pick<RigState, 'limitShown' | 'aboveLimitSinceMs'>;

const NOTHING: Shows = { limitShown: undefined, aboveLimitSinceMs: undefined };

/** Whether it does what it was told, as far as is known after this reading. One that sleeps shows nothing, and one without watts nothing new. */
function shownBy(tick: Tick, rig: Rig, reading: RigReading): Shows {
  const limited = standingLimit(rememberedRig(tick, rig.id));
  if (limited === undefined || quietProof(rig, reading) !== undefined) return NOTHING;
  const { limitShown, aboveLimitSinceMs } = rigOf(tick, rig.id);
  const { watts, takenAtMs } = reading;
  if (watts === undefined || takenAtMs <= limited.atMs || hashingProof(rig, reading) === undefined) {
    return { limitShown: limitShown === limited.watts ? limitShown : undefined, aboveLimitSinceMs };
  }
  if (isNear(tick, rig, limited, watts)) return { ...NOTHING, limitShown: limited.watts };
  return { ...NOTHING, aboveLimitSinceMs: aboveLimitSinceMs ?? takenAtMs };
}

/** What it draws fell as far, whatever its meter makes of a watt. */
function isNear(tick: Tick, rig: Rig, limited: Limited, watts: number): boolean {
  const before = rigOf(tick, rig.id).lastHashing?.watts ?? limited.fullWatts ?? rig.watts;
  return watts <= NEAR * before * (limited.watts / rig.watts) || (before >= TRUE * rig.watts && watts <= NEAR * limited.watts);
}

/** A tuner swings about its target. */
const NEAR = 1.1;
/** Of its plate: a meter that showed so much is taken by its word. */
const TRUE = 0.8;
