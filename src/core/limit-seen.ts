// What a reading shows of a limit: that its watts have fallen as far, or that it is as before any.
import type { Rig, RigReading } from '../model/rig.ts';
import { isOver, isRefusal, STAYS_LIMITED, WILL_NOT_LIMIT } from './limited.ts';
import { limitsShown } from './operating-points.ts';
import { clear, rememberedRig, rigOf, setRig, type Tick } from './tick.ts';

/** Takes in what a reading of its own shows of it. */
export function seeLimit(tick: Tick, rig: Rig, reading: RigReading): void {
  const { id } = rig;
  const { limited } = rememberedRig(tick, id);
  const shown = limitsShown(tick, rig, reading);
  setRig(tick, id, { limitShown: shown });
  if (limited === undefined) return;
  if (shown !== undefined && limited.shown === undefined && reading.watts !== undefined) {
    const { limit } = reading;
    tick.emit({
      event: 'limit-shown',
      rig: id,
      watts: shown,
      drawnWatts: Math.round(reading.watts),
      ...(limit !== undefined && { limit }),
    });
    clear(tick, WILL_NOT_LIMIT, { rig: id });
  }
  if (!isOver(limited, reading)) return;
  tick.emit({ event: 'limit-over', rig: id });
  clear(tick, STAYS_LIMITED, { rig: id });
  // One that took none keeps to its word for as long as the outage lasts.
  if (!isRefusal(rigOf(tick, id).limiting?.fault?.code)) setRig(tick, id, { limiting: undefined });
}
