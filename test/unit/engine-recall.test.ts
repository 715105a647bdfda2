// What a service that starts reads back from its journal: the records of the life before it, and the memory that each life begins with.
import { expect, it } from '@jest/globals';
import { emptyMemory, type Memory, type RigMemory } from '../../src/core/memory.ts';
import { snapshotOf } from '../../src/core/snapshot.ts';
import { recall } from '../../src/engine/recall.ts';
import type { JournalRecord } from '../../src/host/port.ts';
import type { Event } from '../../src/model/event.ts';

const record = (seq: number, event: Event | Readonly<Record<string, unknown>>): JournalRecord => ({
  v: 1,
  at: '2026-11-23T03:00:00.000Z',
  event: '',
  ...event,
  seq,
  monoMs: 1_000 * seq,
});

const holding = (rigs: Readonly<Record<string, RigMemory>>): Memory => ({
  ...emptyMemory(),
  armed: true,
  rigs: new Map(Object.entries(rigs)),
});

const down = { as: 'down', from: 'cli', sinceMs: 1_000 } as const;

it('of two memories in the journal the later one holds: what a card lost in between is in it', () => {
  const records = [record(1, snapshotOf(holding({ a: { hold: down } }))), record(2, snapshotOf(holding({ a: {}, b: { hold: down } })))];
  const { memory, skipped } = recall(records, ['a', 'b']);
  expect([memory.rigs.get('a')?.hold, memory.rigs.get('b')?.hold, skipped]).toEqual([undefined, down, []]);
});

it('what came after the last memory is added to it', () => {
  const wish = { event: 'command', command: { kind: 'hold', as: 'down', rigs: ['b'] }, from: 'cli' };
  const { memory } = recall([record(1, snapshotOf(holding({ a: { hold: down } }))), record(2, wish)], ['a', 'b']);
  expect([...memory.rigs].map(([id, { hold }]) => `${id} ${hold?.as}`)).toEqual(['a down', 'b down']);
});

it('a record that means something else to a newer version is named and passed over, and the rest is read', () => {
  const odd = { event: 'command', command: { kind: 'hold', as: 'down', rigs: 7 }, from: 'cli' };
  const { memory, skipped } = recall([record(1, snapshotOf(holding({ a: { hold: down } }))), record(2, odd)], ['a']);
  expect(memory.rigs.get('a')?.hold).toEqual(down);
  expect(skipped).toEqual([expect.stringMatching(/^record 2 \(command\): /)]);
});
