// One tick with contacts, rigs and what is remembered of them exactly as a test says, for the core's rules on contacts.
import { emptyMemory, type RigMemory, type SwitchMemory } from '../../src/core/memory.ts';
import { initialState, type SwitchState } from '../../src/core/state.ts';
import { openTick, switchOf, type Tick } from '../../src/core/tick.ts';
import type { Rig } from '../../src/model/rig.ts';
import type { Site } from '../../src/model/site.ts';
import { rig, siteOf } from './core-desk.ts';

export const NOW = 10_000_000;
export const HOUR = 3_600_000;
/** behind the contact ka, which rests a minute */
export const A = rig('a', 8);

export const site = (...rigs: readonly Rig[]): Site => siteOf({ rigs });

export interface Known {
  readonly switches?: Readonly<Record<string, Partial<SwitchMemory>>>;
  readonly states?: Readonly<Record<string, Partial<SwitchState>>>;
  readonly rigs?: Readonly<Record<string, RigMemory>>;
}

/** A service that started a second ago; a contact of which something is known was closed an hour ago, but for what is said. */
export function tickOf(site: Site, known: Known = {}): Tick {
  const memory = emptyMemory();
  for (const [id, one] of Object.entries(known.switches ?? {})) {
    memory.switches.set(id, { want: 'fed', sinceMs: NOW - HOUR, done: true, movedAtMs: [], ...one });
  }
  for (const [id, one] of Object.entries(known.rigs ?? {})) memory.rigs.set(id, one);
  const tick = openTick(initialState(NOW - 1_000, memory), site, { nowMs: NOW, stamp: '2026-01-01T00:00:00.000Z' });
  for (const [id, state] of Object.entries(known.states ?? {})) tick.switches.set(id, { ...switchOf(tick, id), ...state });
  return tick;
}
