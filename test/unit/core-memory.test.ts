// What survives a restart: the memory is a fold over the journal, its snapshot says the same.
import { describe, expect, it } from '@jest/globals';
import { emptyMemory, type Memory, rigMemory, supplyMemory } from '../../src/core/memory.ts';
import { remember } from '../../src/core/remember.ts';
import { fromSnapshot, snapshotOf } from '../../src/core/snapshot.ts';
import type { Event } from '../../src/model/event.ts';

const STARTED: Event = { event: 'started', bootId: 'one', version: '0', armed: true, pid: 1 };

function fold(events: readonly (readonly [number, Event])[], before: Memory = emptyMemory(), allRigs = ['a', 'b']): Memory {
  let memory = before;
  for (const [monoMs, event] of events) memory = remember(memory, event, { monoMs, at: '2026-01-01T00:00:00Z', allRigs });
  return memory;
}

const because = { rule: 'runtime-below-threshold', facts: {} };
const pause = (rig: string, wasUp: readonly string[] = [rig]): Event => ({
  event: 'step-due',
  step: { kind: 'pause', rig },
  because,
  wasUp,
  mode: 'eco',
});
const hold = (as: 'up' | 'down', rigs: readonly string[] | 'all', more: { forSeconds?: number; now?: true } = {}): Event => ({
  event: 'command',
  command: { kind: 'hold', as, rigs, ...more },
  from: 'cli',
});
const release = (rigs: readonly string[]): Event => ({ event: 'command', command: { kind: 'release', rigs }, from: 'cli' });

describe('a rig that we put to sleep', () => {
  it('is owed its return, in the mode it ran in', () => {
    expect(rigMemory(fold([[5, pause('a')]]), 'a').owed).toEqual({ sinceMs: 5, wasUp: true, byPerson: false, mode: 'eco' });
  });

  it('is owed the first of two reasons, not the last', () => {
    expect(
      rigMemory(
        fold([
          [5, pause('a')],
          [9, pause('a', [])],
        ]),
        'a',
      ).owed,
    ).toMatchObject({ sinceMs: 5, wasUp: true });
  });

  it('is owed no waking when it was asleep before', () => {
    expect(rigMemory(fold([[5, pause('a', [])]]), 'a').owed?.wasUp).toBe(false);
  });

  it('is owed nothing when lastwatt only said what it would do', () => {
    expect(fold([[5, { event: 'step-due', step: { kind: 'pause', rig: 'a' }, because, wasUp: ['a'], dryRun: true }]]).rigs.size).toBe(0);
  });

  it('is owed nothing once it is back', () => {
    const back: Event = { event: 'returned', rig: 'a', tookMs: 3, proof: 'hash-rate' };
    const known = rigMemory(
      fold([
        [5, pause('a')],
        [9, back],
      ]),
      'a',
    );
    expect([known.owed, known.asked]).toEqual([undefined, undefined]);
  });
});

describe("a person's wish", () => {
  it('for all is one for each', () => {
    const memory = fold([[5, hold('down', 'all')]]);
    expect([rigMemory(memory, 'a').hold?.as, rigMemory(memory, 'b').hold?.as]).toEqual(['down', 'down']);
  });

  it('up lasts four hours where nobody said how long, down until it is released', () => {
    const memory = fold([
      [5, hold('up', ['a'])],
      [5, hold('down', ['b'])],
    ]);
    expect([rigMemory(memory, 'a').hold?.untilMs, rigMemory(memory, 'b').hold?.untilMs]).toEqual([5 + 4 * 3_600_000, undefined]);
  });

  it('up owes a waking that is over with the wish', () => {
    const wished = fold([[5, hold('up', ['a'])]]);
    expect(rigMemory(wished, 'a').owed).toMatchObject({ wasUp: true, byPerson: true, wished: true });
    expect(rigMemory(fold([[6, { event: 'hold-ended', rig: 'a', as: 'up' }]], wished), 'a')).toEqual({});
    expect(rigMemory(fold([[6, release(['a'])]], fold([[5, hold('up', ['a'])]])), 'a')).toEqual({});
  });

  it('up for a rig that the floor then takes down leaves it owed its return when the wish is over', () => {
    const memory = fold([
      [5, hold('up', ['a'])],
      [7, pause('a')],
      [9, { event: 'hold-ended', rig: 'a', as: 'up' }],
    ]);
    expect(rigMemory(memory, 'a').owed).toMatchObject({ sinceMs: 7, wasUp: true });
  });

  it('released leaves what we owe', () => {
    const memory = fold([
      [5, hold('down', ['a'])],
      [6, pause('a')],
      [9, release(['a'])],
    ]);
    expect(rigMemory(memory, 'a')).toMatchObject({ owed: { sinceMs: 6 } });
    expect(rigMemory(memory, 'a').hold).toBeUndefined();
  });

  it('takes a fault with it', () => {
    const fault: Event = { event: 'fault', code: 'will-not-wake', rig: 'a', say: 'x' };
    expect(rigMemory(fold([[5, fault]]), 'a').fault?.code).toBe('will-not-wake');
    const after = fold([
      [5, fault],
      [6, release(['a'])],
    ]);
    expect(rigMemory(after, 'a').fault).toBeUndefined();
  });

  it('to forget a rig that left the file forgets it whole', () => {
    const memory = fold(
      [
        [5, pause('gone')],
        [6, release(['gone'])],
        [6, { event: 'returned', rig: 'gone', tookMs: null, proof: 'released' }],
      ],
      emptyMemory(),
    );
    expect(memory.rigs.has('gone')).toBe(false);
  });
});

describe('an outage', () => {
  it('within ten minutes of the last is a relapse, each doubling the wait; later it is a new one', () => {
    const began: Event = { event: 'outage-began', ups: 'rack', up: [] };
    const ended: Event = { event: 'outage-ended', ups: 'rack', seconds: 9, blip: false };
    const minutes = (count: number): number => count * 60_000;
    const relapses = (memory: Memory): number => supplyMemory(memory, 'rack').relapses;
    let memory = fold([
      [minutes(1), began],
      [minutes(2), ended],
      [minutes(11), began],
      [minutes(12), ended],
    ]);
    expect(relapses(memory)).toBe(1);
    memory = fold([[minutes(13), began]], memory);
    expect(relapses(memory)).toBe(2);
    memory = fold(
      [
        [minutes(14), ended],
        [minutes(30), began],
      ],
      memory,
    );
    expect(relapses(memory)).toBe(0);
  });

  it('owes their return to the rigs on bare mains that were up', () => {
    const memory = fold([[5, { event: 'outage-began', ups: 'rack', up: ['b'] }]]);
    expect([rigMemory(memory, 'a').owed, rigMemory(memory, 'b').owed]).toEqual([undefined, { sinceMs: 5, wasUp: true, byPerson: false }]);
  });
});

describe('another boot', () => {
  const lived = (): Memory =>
    fold([
      [1_000_000, STARTED],
      [1_000_000, { event: 'outage-began', ups: 'rack', up: [] }],
      [1_000_000, hold('down', ['a'], { forSeconds: 100 })],
      [1_030_000, { event: 'outage-ended', ups: 'house', seconds: 3, blip: true }],
      [1_040_000, { event: 'step-due', step: { kind: 'cut', switch: 'ka', rigs: ['a'] }, because, wasUp: ['a'] }],
      [1_040_000, { event: 'step-settled', step: { kind: 'cut', switch: 'ka', rigs: ['a'] }, ok: true, tookMs: 3 }],
    ]);
  const again = fold([[500, { ...STARTED, bootId: 'two' }]], lived());

  it('leaves a hold the time it had left', () => {
    expect((rigMemory(again, 'a').hold?.untilMs ?? 0) - 500).toBe(60_000);
  });

  it('lets an outage count as at least as long as was seen', () => {
    expect(500 - (supplyMemory(again, 'rack').outage?.beganAtMs ?? 0)).toBe(40_000);
  });

  it('starts the count of held mains anew', () => {
    expect(supplyMemory(again, 'house').endedAtMs).toBe(500);
  });

  it('takes no contact for what it was', () => {
    expect(again.switches.get('ka')).toMatchObject({ want: 'cut', done: false });
  });

  it('leaves a contact that did not move its fault, and how old that is', () => {
    const known = fold(
      [
        [1_050_000, { event: 'fault', code: 'switch-stuck', switch: 'ka', say: 'ka does not move' }],
        [1_060_000, { event: 'noted', say: 'ten seconds later' }],
        [500, { ...STARTED, bootId: 'two' }],
      ],
      lived(),
    );
    expect(known.switches.get('ka')?.fault).toEqual({ code: 'switch-stuck', say: 'ka does not move', sinceMs: 500 - 10_000 });
  });

  it('moves nothing of a record that does not say when it was written', () => {
    const undated = fromSnapshot({ ...snapshotOf(lived()), lastMs: null });
    const after = fold([[500, { ...STARTED, bootId: 'two' }]], undated);
    expect(rigMemory(after, 'a').hold?.untilMs).toBe(1_100_000);
  });

  it('of the same name is no other boot: nothing moves', () => {
    expect(rigMemory(fold([[1_050_000, STARTED]], lived()), 'a').hold?.untilMs).toBe(1_100_000);
  });
});

describe('whether it is armed', () => {
  const started = (armed: boolean): Event => ({ ...STARTED, armed });

  it('is what it first started with, until a person says otherwise', () => {
    expect(fold([[1, started(false)]]).armed).toBe(false);
    expect(
      fold([
        [1, started(false)],
        [2, { event: 'armed', from: 'cli' }],
      ]).armed,
    ).toBe(true);
  });
});

describe('the snapshot', () => {
  it('says what the fold says, after a trip through the card', () => {
    const memory = fold([
      [1, STARTED],
      [2, { event: 'armed', from: 'cli' }],
      [3, hold('up', 'all')],
      [4, pause('a')],
      [5, { event: 'believed', ups: 'rack', depth: 0.25, from: 'charge', capacityWh: 700 }],
      [6, { event: 'fault', code: 'bypass', ups: 'rack', say: 'x' }],
      [7, { event: 'drilled', rig: 'a', ok: true, pauseMs: 1, backMs: 2, say: 'fine' }],
      [8, { event: 'step-due', step: { kind: 'cut', switch: 'ka', rigs: ['a'] }, because }],
    ]);
    expect(fromSnapshot(JSON.parse(JSON.stringify(snapshotOf(memory))))).toEqual(memory);
  });

  it('of nothing is nothing', () => {
    expect(fromSnapshot(JSON.parse(JSON.stringify(snapshotOf(emptyMemory()))))).toEqual(emptyMemory());
  });
});

describe('a contact that the file no longer has', () => {
  const step = { kind: 'cut', switch: 'ka', rigs: ['a'] } as const;
  const cut = (monoMs: number, wiring: string): (readonly [number, Event])[] => [
    [monoMs, { event: 'step-due', step, because, wasUp: ['a'], wiring }],
    [monoMs, { event: 'step-settled', step, ok: true, tookMs: 3 }],
  ];
  const lost = (wiring: string): Event => ({ ...STARTED, orphaned: [{ switch: 'ka', wiring, rigs: ['a'] }] }) as Event;
  const twice = (): Memory => fold([...cut(5, 'one'), [9, lost('one')], ...cut(12, 'two'), [15, lost('two')]]);
  const wirings = (memory: Memory): unknown => memory.orphans.map(({ switch: id, wiring }) => `${id} ${wiring}`);

  it('is an orphan from the start that found it, and nothing under its name', () => {
    const memory = fold([...cut(5, 'one'), [9, lost('one')]]);
    expect(memory.orphans).toEqual([{ switch: 'ka', want: 'cut', sinceMs: 5, done: true, movedAtMs: [5], wiring: 'one', opened: ['a'] }]);
    expect(memory.switches.has('ka')).toBe(false);
  });

  it('may be one of two of a name, and both are in the snapshot', () => {
    expect(wirings(twice())).toEqual(['ka one', 'ka two']);
    expect(fromSnapshot(JSON.parse(JSON.stringify(snapshotOf(twice()))))).toEqual(twice());
  });

  it('is forgotten by its name, and leaves no rig of that name', () => {
    const memory = fold(
      [
        [20, release(['ka'])],
        [20, { event: 'forgotten', switch: 'ka' }],
      ],
      twice(),
    );
    expect(memory.orphans).toEqual([]);
    expect(memory.rigs.has('ka')).toBe(false);
  });

  it('is what it was when the file has it again, but for what it is now', () => {
    const memory = fold([[20, { ...STARTED, regained: [{ switch: 'ka', wiring: 'one' }] } as Event]], twice());
    expect(wirings(memory)).toEqual(['ka two']);
    expect(memory.switches.get('ka')).toMatchObject({ want: 'cut', sinceMs: 5, done: false, wiring: 'one', opened: ['a'] });
  });

  it('of a journal of before is one without a wiring', () => {
    const due: Event = { event: 'step-due', step, because };
    const memory = fold([
      [5, due],
      [9, { ...STARTED, orphaned: [{ switch: 'ka', rigs: [] }] } as Event],
    ]);
    expect(memory.orphans).toMatchObject([{ switch: 'ka', want: 'cut' }]);
  });
});

it('a contact is open for its rigs from the cut to the feed that is done', () => {
  const move = (kind: 'cut' | 'feed'): Event => ({ event: 'step-due', step: { kind, switch: 'ka', rigs: ['a'] }, because });
  const done = (kind: 'cut' | 'feed'): Event => ({ event: 'step-settled', step: { kind, switch: 'ka', rigs: ['a'] }, ok: true, tookMs: 1 });
  const opened = (...events: Event[]): unknown => fold(events.map((event) => [5, event] as const)).switches.get('ka')?.opened;
  expect(opened(move('cut'))).toEqual(['a']);
  expect(opened(move('cut'), done('cut'), move('feed'))).toEqual(['a']);
  expect(opened(move('cut'), done('cut'), move('feed'), done('feed'))).toBeUndefined();
});

it('a contact remembers that its board was lost since it was last told, until it is told again', () => {
  const lost: Event = { event: 'fault', code: 'board-lost', board: 'box', say: 'gone' };
  const cut = (id: string): Event => ({ event: 'step-due', step: { kind: 'cut', switch: id, rigs: [] }, because });
  const of = (...events: Event[]): Memory => fold(events.map((event) => [5, event] as const));
  const all = of(cut('box:1'), cut('boxer:1'), cut('k'), lost, { event: 'fault-cleared', code: 'board-lost', board: 'box' }, cut('box:2'));
  expect([...all.switches].filter(([, { lost: is }]) => is).map(([id]) => id)).toEqual(['box:1']);
  expect(of(cut('box:1'), lost, cut('box:1')).switches.get('box:1')?.lost).toBeUndefined();
});

it('an event of a later version changes nothing but the time of the last record', () => {
  const unknown = { event: 'moon-rose', rig: 'a' } as unknown as Event;
  const memory = fold([[9, unknown]]);
  expect([memory.rigs.size, memory.lastMs]).toEqual([0, 9]);
});

it('a contact remembers its last hour of moves, and no more than it needs', () => {
  const cut: Event = { event: 'step-due', step: { kind: 'cut', switch: 'ka', rigs: ['a'] }, because };
  const feed: Event = { event: 'step-due', step: { kind: 'feed', switch: 'ka', rigs: ['a'] }, because };
  const moves = Array.from({ length: 200 }, (_, index) => [index * 10_000, index % 2 === 0 ? cut : feed] as const);
  expect(fold(moves).switches.get('ka')?.movedAtMs).toHaveLength(32);
  expect(fold([[9_999_999, cut]], fold(moves)).switches.get('ka')?.movedAtMs).toHaveLength(1);
});

it.each([true, false])('a move counts in the hour from when it was done, which a slow card may put off (done: %s)', (ok) => {
  const step = { kind: 'feed', switch: 'ka', rigs: ['a'] } as const;
  const settled: Event = {
    event: 'step-settled',
    step,
    ok,
    tookMs: 0,
    ...(ok ? {} : { fault: { code: 'timeout', retry: 'soon', detail: '' } }),
  };
  const moves = [
    [1_000, { event: 'step-due', step: { ...step, kind: 'cut' }, because }],
    [54_000, { event: 'step-due', step, because }],
    [57_300, settled],
  ] as const;
  expect(fold(moves).switches.get('ka')?.movedAtMs).toEqual([1_000, 57_300]);
});

it('a word that acknowledges an alarm wishes nothing of any rig', () => {
  const memory = fold([[5, { event: 'command', command: { kind: 'acknowledge' }, from: 'button' }]]);
  expect(memory).toEqual({ ...emptyMemory(), lastMs: 5 });
});

it('the end of a feed that a cut has overtaken says nothing of the contact', () => {
  const move = (kind: 'cut' | 'feed'): Event => ({ event: 'step-due', step: { kind, switch: 'ka', rigs: ['a'] }, because });
  const fed: Event = { event: 'step-settled', step: { kind: 'feed', switch: 'ka', rigs: ['a'] }, ok: true, tookMs: 1 };
  const overtaken = fold([
    [5, move('feed')],
    [7, move('cut')],
    [9, fed],
  ]);
  expect(overtaken.switches.get('ka')).toEqual({ want: 'cut', sinceMs: 7, done: false, movedAtMs: [5, 7], opened: ['a'] });
  expect(fold([[9, fed]]).switches.size).toBe(0);
});

it('a fault that is over leaves the one that took its place', () => {
  const fault = (code: string): Event => ({ event: 'fault', code, rig: 'a', say: code });
  const cleared = (code: string): Event => ({ event: 'fault-cleared', code, rig: 'a' });
  const codes = (...events: Event[]): unknown => rigMemory(fold(events.map((event) => [5, event] as const)), 'a').fault?.code;
  expect(codes(fault('will-not-pause'), fault('will-not-wake'), cleared('will-not-pause'))).toBe('will-not-wake');
  expect(codes(fault('will-not-pause'), cleared('will-not-pause'))).toBeUndefined();
});

it('a rig that a person wants up when the grid goes is owed its return beyond his wish, and by him', () => {
  const memory = fold([
    [5, hold('up', ['a'])],
    [7, { event: 'outage-began', ups: 'rack', up: ['a'] }],
    [9, { event: 'hold-ended', rig: 'a', as: 'up' }],
  ]);
  expect(rigMemory(memory, 'a').owed).toEqual({ sinceMs: 7, wasUp: true, byPerson: true });
});
