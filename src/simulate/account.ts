// What a simulated night came to, in figures for the table and in a film for the picture. Seconds count from the beginning
// of the night unless they say otherwise.
import type { RigId, UpsId } from '../model/id.ts';

/** `starting`: lit and not told to sleep, below half of its speed. */
export type RigLook = 'hashing' | 'starting' | 'paused' | 'dark';

export interface Stretch {
  readonly fromSeconds: number;
  readonly look: RigLook;
}

export interface RigFilm {
  readonly id: RigId;
  /** 1: the best earner per watt */
  readonly rank: number;
  /** some UPS can keep it alight */
  readonly onUps: boolean;
  readonly stretches: readonly Stretch[];
  /** currency, from the first second without mains until all are back */
  readonly kept: number;
  /** what it would have earned in that time */
  readonly whole: number;
}

export interface UpsFilm {
  readonly id: UpsId;
  /** in truth; beside `seconds` of the film */
  readonly percent: readonly number[];
  readonly watts: readonly number[];
}

export interface Film {
  /** the batteries as they were believed to be; absent: as they were */
  readonly believed?: true;
  /** when it was looked at, ascending */
  readonly seconds: readonly number[];
  readonly ups: readonly UpsFilm[];
  /** the best earner per watt first */
  readonly rigs: readonly RigFilm[];
}

export interface Gone {
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

export interface Left {
  readonly rig: RigId;
  /** since the first second without mains */
  readonly seconds: number;
}

/** What hangs on mains alone goes with the grid and is no merit or fault: the figures are of the rigs on a UPS. */
export interface NightAccount {
  readonly name: string;
  readonly what: string;
  /** what it was about on this site */
  readonly about?: string;
  /** one sentence for each thing that went badly; empty: a good night */
  readonly wrong: readonly string[];
  /** what else is worth knowing */
  readonly notes: readonly string[];
  readonly gone: readonly Gone[];
  /** the first and the last rig that stopped hashing without mains */
  readonly first?: Left;
  readonly last?: Left;
  /** when no rig drew more than standby any more, since the first second without mains; absent: some ran through */
  readonly quietSeconds?: number;
  /** percent in the emptiest battery when the last rig was quiet, or when the mains came back */
  readonly chargePercent: number;
  /** absent: nobody left by the policy */
  readonly worstFirst?: boolean;
  /** from the last return of the mains until every rig hashed; absent: not all did */
  readonly backSeconds?: number;
  readonly kept: number;
  readonly whole: number;
  readonly film: Film;
}

/** A night that this site does not have, and why. */
export interface NoNight {
  readonly name: string;
  readonly what: string;
  readonly none: string;
}

export interface Simulation {
  readonly site: string;
  readonly currency: string;
  readonly seed: number;
  readonly assumed: readonly string[];
  readonly nights: readonly (NightAccount | NoNight)[];
}

export function wasLived(night: NightAccount | NoNight): night is NightAccount {
  return !('none' in night);
}

/** Whether all is well with it; a night that a site does not have says nothing against it. */
export function isGood(night: NightAccount | NoNight): boolean {
  return !wasLived(night) || night.wrong.length === 0;
}

/** Seconds without mains, however often they went. */
export function goneSeconds({ gone }: Pick<NightAccount, 'gone'>): number {
  return gone.reduce((sum, { fromSeconds, toSeconds }) => sum + toSeconds - fromSeconds, 0);
}

/** 0..100; undefined where nothing could have been earned. */
export function keptPercent({ kept, whole }: { readonly kept: number; readonly whole: number }): number | undefined {
  return whole > 0 ? (100 * kept) / whole : undefined;
}
