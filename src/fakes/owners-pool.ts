// The address of a pool of an owner's, as every fake tells it: another one where its rig has changed it by itself.
import type { SimRig } from '../sim/rig.ts';

/** `url` is as the owner set it. */
export function poolOf(rig: SimRig, url = 'stratum+tcp://pool.invalid:3333'): string {
  return rig.poolsChanged ? 'stratum+tcp://another.pool.invalid:3333' : url;
}

/** The same of each of a list. */
export function poolsOf(rig: SimRig, pools: unknown): unknown {
  if (!rig.poolsChanged || !Array.isArray(pools)) return pools;
  return pools.map((pool: unknown) => (typeof pool === 'object' ? { ...pool, url: poolOf(rig) } : pool));
}

/** A row of `POOLS` on port 4028, with what changes by itself beside what the owner set. */
export function poolRow(rig: SimRig, url?: string): Readonly<Record<string, unknown>> {
  const { hashRate, uptimeSeconds } = rig.look();
  return {
    POOL: 0,
    URL: poolOf(rig, url),
    Status: hashRate > 0 ? 'Alive' : 'Dead',
    Priority: 0,
    User: 'farm.worker',
    Accepted: Math.floor(uptimeSeconds),
    'Stratum Active': hashRate > 0,
  };
}
