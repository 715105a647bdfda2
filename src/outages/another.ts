// The same night under other rules: lived through anew by the real engine in a world fitted to the record; and under the rules that
// stood in force, so that it shows how near that world is to what was.
import type { Policy, Site } from '../model/site.ts';
import { chance } from '../sim/chance.ts';
import { isGood, type NightAccount, wasLived } from '../simulate/account.ts';
import { liveThrough } from '../simulate/run.ts';
import type { OutageRecord } from './file.ts';
import { fittedTo } from './fit.ts';

export interface Lived {
  readonly night: NightAccount;
  /** of rigs on a UPS, until all were back */
  readonly kept: number;
  readonly lost: number;
  /** rigs on a UPS that stopped */
  readonly stops: number;
}

export interface Compared {
  /** under the rules that stood in force */
  readonly before: Lived;
  readonly other: Lived;
  readonly told: readonly string[];
  /** under the other rules it ended well */
  readonly good: boolean;
}

export interface OtherRules {
  readonly policy?: Policy;
  readonly site?: Site;
  readonly seed: number;
}

export async function livedOtherwise(record: OutageRecord, { policy, site, seed }: OtherRules): Promise<Compared> {
  const [{ site: own }] = record.stretches;
  const base = site ?? own;
  const ruled = policy === undefined ? base : { ...base, policy };
  const before = await lived(record, own, seed);
  const other = await lived(record, ruled, seed);
  return { before: before.lived, other: other.lived, told: [...new Set([...before.told, ...other.told])], good: isGood(other.lived.night) };
}

async function lived(record: OutageRecord, site: Site, seed: number): Promise<{ readonly lived: Lived; readonly told: readonly string[] }> {
  const { ground, course, told } = fittedTo(record, site, seed);
  const night = await liveThrough(
    { name: 'replayed', what: 'the recorded outage, lived through anew', course: () => course },
    ground,
    chance(seed, 'replay').below(1e9),
  );
  if (!wasLived(night)) throw new Error('a recorded night is always one');
  const { kept, whole, film } = night;
  const [gone] = night.gone;
  const stops = film.rigs.filter(
    ({ onUps, stretches }) =>
      onUps && stretches.some(({ fromSeconds, look }) => look !== 'hashing' && fromSeconds >= (gone?.fromSeconds ?? 0)),
  ).length;
  return { lived: { night, kept, lost: whole - kept, stops }, told };
}
