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

/** What may be asked of it; `limit` absent: its watts can't be limited. */
export interface Can {
  readonly read: boolean;
  readonly pause: boolean;
  readonly resume: boolean;
  readonly halt: boolean;
  readonly limit?: true;
}

/** A rig at a limit: what it draws at the wall, W, and the share of its hash rate that it then has, above 0 and below 1. */
export interface LimitPoint {
  readonly watts: number;
  readonly share: number;
}

/** What the core knows of a configured rig. Hosts, ports and secrets stay with the driver. */
export interface Rig {
  readonly id: RigId;
  readonly driver: string;
  readonly fedBy: readonly SupplyId[];
  /** all must open for the rig to be dark; empty: it can only be paused */
  readonly cutBy: readonly SwitchId[];
  /** what the driver can do; a rig without `pause` has no graceful way and is only cut */
  readonly can: Can;
  /** what it may be limited to on battery, the least watts first; absent: it is never limited */
  readonly limits?: readonly LimitPoint[];
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
  /** what it was seen to take; never in the file */
  readonly times?: RigTimes;
}

/** What a rig takes, by what was seen of it often enough to be relied on; absent: it was not. */
export interface RigTimes {
  /** from the first byte of a pause until it is seen quiet, with a margin */
  readonly stopSeconds?: number;
  /** from a resume until it is seen hashing, at the longest of late */
  readonly wakeSeconds?: number;
  /** the same from when it has power again */
  readonly bootSeconds?: number;
  /** until its contacts are open, where that takes longer than usual */
  readonly cutSeconds?: number;
}

/** Who a machine is, by what stays the same over a reboot; what it does not tell is absent. */
export interface RigIdentity {
  /** `02:00:5e:10:00:07` */
  readonly mac?: string;
  /** serial, or whatever else its family has of the kind */
  readonly serial?: string;
}

/** `MAC 02:00:5e:10:00:07` */
export function identityWords({ mac, serial }: RigIdentity): string {
  const words = [mac === undefined ? undefined : `MAC ${mac}`, serial === undefined ? undefined : `serial ${serial}`];
  return words.filter((word) => word !== undefined).join(', ') || 'not known';
}

/** What its owner set and nobody else may change, each as a print of it: nothing of a pool or a wallet is kept. Absent: not told. */
export interface RigSettings {
  /** pools, wallets and workers */
  readonly pools?: string;
  readonly fans?: string;
  readonly clocks?: string;
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
  /**
   * what its power is limited to now, in words of its driver alone: what must be given back after a limit of ours. Absent: not told, or
   * nothing that could be given back
   */
  readonly limit?: string;
  /** the hottest chip */
  readonly temperatureC?: number;
  /** the hottest hash board */
  readonly boardTemperatureC?: number;
  /** rpm, in the order of the firmware; one that stands still is 0 */
  readonly fansRpm?: readonly number[];
  readonly uptimeSeconds?: number;
  /** who answers: MAC, serial or whatever stays the same over a reboot */
  readonly identity?: string;
  /** monotonic ms at which it was asked who it is; absent: with the rest */
  readonly identityAtMs?: number;
  readonly firmware?: string;
  /** shares that its pool took since its miner started; it grows when one more was */
  readonly acceptedShares?: number;
  readonly settings?: RigSettings;
  /** monotonic ms at which it was asked what its owner set; absent: with the rest */
  readonly settingsAtMs?: number;
}
