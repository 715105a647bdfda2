// A rig as configured, and one look at it.
import type { CoinId, RigId, SupplyId, SwitchId } from './id.ts';

/** Where we are with a rig. `unknown`: never seen since the start, or no longer heard and not known to be dark. */
export type RigPhase = 'hashing' | 'pausing' | 'paused' | 'halting' | 'cutting' | 'dark' | 'waking' | 'unknown';

/** What a rig earns. Absent in a rig: nothing is known, it ranks with the worst and is marked so. */
export interface Reward {
  /** currency a day at `hashRate`, by the file; absent: only the source of its coin tells */
  readonly perDay?: number;
  /** H/s the figure holds for; absent where the reward was given flat (`perDay` only) */
  readonly hashRate?: number;
  /** a coin that has a source: what that told last goes before `perDay` */
  readonly coin?: CoinId;
}

/** What the core knows of a configured rig. Hosts, ports and secrets stay with the driver. */
export interface Rig {
  readonly id: RigId;
  readonly driver: string;
  readonly fedBy: readonly SupplyId[];
  /** all must open for the rig to be dark; empty: it can only be paused */
  readonly cutBy: readonly SwitchId[];
  /** what the driver can do; a rig without `pause` has no graceful way and is only cut */
  readonly can: { readonly read: boolean; readonly pause: boolean; readonly resume: boolean; readonly halt: boolean };
  /** whether a pause outlives a power cut; undefined where nobody knows */
  readonly pausePersists?: boolean;
  readonly reward?: Reward;
  /** W at the wall while hashing */
  readonly watts: number;
  /** W at the wall while paused */
  readonly pausedWatts: number;
  /** pause asked to cut allowed, even when unconfirmed */
  readonly graceSeconds: number;
  /** paused to earliest cut, while energy allows */
  readonly coolDownSeconds: number;
  /** hashing lost by a pause */
  readonly resumeMinutes: number;
  /** hashing lost by a power cut */
  readonly restartMinutes: number;
}

export interface RigReading {
  readonly rig: RigId;
  /** monotonic ms, when the question was sent: only a reading asked after a pause can prove it */
  readonly takenAtMs: number;
  /** What the firmware says in so many words; `unknown` where it has no word for it. */
  readonly state: 'hashing' | 'paused' | 'starting' | 'unknown';
  /** H/s, over the shortest window the rig has; never an average over minutes */
  readonly hashRate?: number;
  /** what it hashes, in the words of the field: sha256, scrypt, ethash, randomx */
  readonly algorithm?: string;
  readonly watts?: number;
  /** `measured`: a meter in the PSU; `estimated`: the firmware's model */
  readonly wattsFrom?: 'measured' | 'estimated';
  /** the mode to come back to (profile, work mode), where a pause forgets it */
  readonly mode?: string;
  /** the hottest chip */
  readonly temperatureC?: number;
  /** the hottest hash board */
  readonly boardTemperatureC?: number;
  /** rpm, in the order of the firmware; one that stands still is 0 */
  readonly fansRpm?: readonly number[];
  readonly uptimeSeconds?: number;
  /** who answers: MAC, serial or whatever stays the same over a reboot */
  readonly identity?: string;
  readonly firmware?: string;
}
