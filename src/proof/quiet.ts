// When a rig is quiet, for whoever judges.
import type { Rig } from '../model/rig.ts';

/** W above standby that still count as quiet: fans that run on, a meter that is off a little. */
const QUIET_WATTS = 15;

export function isQuiet({ pausedWatts }: Pick<Rig, 'pausedWatts'>, watts: number): boolean {
  return watts <= pausedWatts + QUIET_WATTS;
}
