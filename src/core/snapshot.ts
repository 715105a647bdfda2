// The memory as one record, with which each new file of the journal begins, and back.
import type { Lives } from './lives.ts';
import type { Bar, CoinMemory, Memory, RigMemory, SupplyMemory, SwitchMemory } from './memory.ts';
import type { Orphan } from './orphans.ts';

/** The memory as one journal record, with which each new file of the journal begins. */
export function snapshotOf(memory: Memory): Readonly<Record<string, unknown>> {
  return {
    event: 'memory',
    armed: memory.armed ?? null,
    bootId: memory.bootId ?? null,
    rebootedAtMs: memory.rebootedAtMs ?? null,
    lastMs: memory.lastMs ?? null,
    diedMs: memory.diedMs ?? null,
    lives: memory.lives ?? null,
    rigs: [...memory.rigs],
    switches: [...memory.switches],
    supplies: [...memory.supplies],
    barred: [...memory.barred],
    coins: [...memory.coins],
    orphans: memory.orphans,
  };
}

/** The memory of a snapshot record. Throws on a record that is none: a journal whose checksum holds was written by us. */
export function fromSnapshot(record: Readonly<Record<string, unknown>>): Memory {
  const pairs = <V>(value: unknown): Map<string, V> => new Map(value as readonly (readonly [string, V])[]);
  return {
    ...(typeof record['armed'] === 'boolean' ? { armed: record['armed'] } : {}),
    ...(typeof record['bootId'] === 'string' ? { bootId: record['bootId'] } : {}),
    ...(typeof record['rebootedAtMs'] === 'number' ? { rebootedAtMs: record['rebootedAtMs'] } : {}),
    ...(typeof record['lastMs'] === 'number' ? { lastMs: record['lastMs'] } : {}),
    ...(typeof record['diedMs'] === 'number' ? { diedMs: record['diedMs'] } : {}),
    ...(record['lives'] == null ? {} : { lives: record['lives'] as Lives }),
    seenAs: {},
    rigs: pairs<RigMemory>(record['rigs']),
    switches: pairs<SwitchMemory>(record['switches']),
    supplies: pairs<SupplyMemory>(record['supplies']),
    barred: pairs<Bar>(record['barred'] ?? []),
    // Older versions wrote none.
    coins: pairs<CoinMemory>(record['coins'] ?? []),
    orphans: (record['orphans'] ?? []) as readonly Orphan[],
  };
}
