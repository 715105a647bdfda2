// What must hold of the core for any site, any readings, any orders.
import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { advance, type Battery, type BatteryMoment, type BatterySetting, depthNow } from '../../src/core/battery.ts';
import { absorb } from '../../src/core/battery-told.ts';
import { linearCurve } from '../../src/core/capacity.ts';
import { admitReading } from '../../src/core/gate.ts';
import { emptyMemory, type Memory } from '../../src/core/memory.ts';
import { remember } from '../../src/core/remember.ts';
import { isLeaving } from '../../src/core/rules/leaving.ts';
import { blockedBy } from '../../src/core/rules/may-start.ts';
import { shedAll } from '../../src/core/rules/shedding.ts';
import { fromSnapshot, snapshotOf } from '../../src/core/snapshot.ts';
import { viewOf } from '../../src/core/views.ts';
import { rankRigs } from '../../src/core/worth.ts';
import type { Command } from '../../src/model/command.ts';
import type { Rig } from '../../src/model/rig.ts';
import { Desk, rig, siteOf, type UpsWords, ups } from '../support/core-desk.ts';

jest.setTimeout(60_000);

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const somewhere = fc.constantFrom(['rack'], ['house'], ['mains'], ['rack', 'house'], ['rack', 'mains']);
const contact = fc.constantFrom([], ['k1'], ['k2'], ['k1', 'k3'], ['k4']);
const someRig: fc.Arbitrary<Rig> = fc
  .record({
    id: name,
    perDay: fc.option(fc.double({ min: 0, max: 20, noNaN: true }), { nil: undefined }),
    watts: fc.integer({ min: 50, max: 4000 }),
    fedBy: somewhere,
    cutBy: contact,
    graceSeconds: fc.integer({ min: 0, max: 90 }),
    coolDownSeconds: fc.integer({ min: 0, max: 60 }),
    read: fc.boolean(),
    pause: fc.boolean(),
  })
  .map(({ id, perDay, read, pause, ...rest }) =>
    rig(id, perDay, { ...rest, can: { read: read || pause, pause, resume: pause, halt: false } }),
  );
const rigs = fc.uniqueArray(someRig, { selector: (one) => one.id, minLength: 1, maxLength: 6 });

describe('the order of the rigs', () => {
  it('is total, the same whatever order the file names them in, and ranks from 1', () => {
    fc.assert(
      fc.property(rigs, fc.integer(), (some, seed) => {
        const shuffled = some.toSorted((a, b) => ((a.id.charCodeAt(0) * 31 + seed) % 7) - ((b.id.charCodeAt(0) * 31 + seed) % 7));
        const order = (list: readonly Rig[]): unknown => rankRigs(new Desk(siteOf({ rigs: list })).scene());
        const ranking = rankRigs(new Desk(siteOf({ rigs: some })).scene());
        expect(order(shuffled)).toEqual(ranking);
        expect(ranking.map((one) => one.rank)).toEqual(some.map((_, index) => index + 1));
        for (const [index, one] of ranking.slice(1).entries()) expect(one.perWatt).toBeLessThanOrEqual(ranking[index]?.perWatt ?? 0);
      }),
    );
  });
});

const figure = (most: number): fc.Arbitrary<number | string | undefined> =>
  fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: most }) },
    { weight: 1, arbitrary: fc.constantFrom('', 'n/a', '65535', '-1', '1e9', '__proto__') },
    { weight: 2, arbitrary: fc.constant(undefined) },
  );

describe('the depth of a battery', () => {
  const sample = fc.record({
    charge: figure(100),
    runtime: figure(3000),
    loadWatts: figure(6000),
    heard: fc.boolean(),
    stepped: fc.boolean(),
    watts: fc.integer({ min: 0, max: 6000 }),
  });

  it('on battery is between 0 and 1, and falls by no more than a hundredth a minute, whatever is heard', () => {
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 80 }), fc.boolean(), (samples, declared) => {
        const setting = { staleMs: 6000, nominalWatts: 3000, ...(declared ? { declared: linearCurve(500) } : {}) };
        let battery: Battery = {};
        let steppedAtMs: number | undefined;
        for (const [index, one] of samples.entries()) {
          const nowMs = 1000 * (index + 1);
          if (one.stepped) steppedAtMs = nowMs;
          // The growth between two samples is provisional; what a sample made sure of stands.
          const sure = settledDepth(battery);
          battery = nextOf(battery, setting, { ...one, nowMs, steppedAtMs });
          const given = (nowMs / 60_000) * 0.01 + 1e-9;
          expect(settledDepth(battery)).toBeGreaterThanOrEqual(sure - given);
          expect(depthNow(battery) ?? 1).toBeGreaterThanOrEqual(sure - given);
          expect(depthNow(battery) ?? 1).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

const settledDepth = (battery: Battery): number => battery.depth ?? 0;

type Heard = { readonly heard: boolean; readonly stepped: boolean; readonly watts: number; readonly nowMs: number } & {
  readonly steppedAtMs: number | undefined;
  readonly charge: number | string | undefined;
  readonly runtime: number | string | undefined;
  readonly loadWatts: number | string | undefined;
};

/** The battery one second on, with what was heard or not. */
function nextOf(battery: Battery, setting: BatterySetting, second: Heard): Battery {
  const { heard, stepped, watts, nowMs, steppedAtMs, ...raw } = second;
  const moment: BatteryMoment = {
    nowMs,
    draining: true,
    silent: !heard,
    watts,
    steppedDown: stepped,
    ...(steppedAtMs === undefined ? {} : { steppedAtMs }),
  };
  const moved = advance(battery, setting, moment);
  if (!heard) return moved;
  const figures = Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== undefined));
  const reading = { ups: 'rack', takenAtMs: nowMs, words: new Set(['OB']), figures, nameplate: {} };
  return absorb(moved, setting, moment, admitReading(reading, { rigsDraw: true, nominalWatts: 3000 }));
}

describe('the policy', () => {
  it('sheds no more with more in the battery', () => {
    fc.assert(
      fc.property(rigs, fc.integer({ min: 5, max: 100 }), fc.integer({ min: 0, max: 40 }), (some, charge, more) => {
        const shedAt = (percent: number): number => {
          const site = siteOf({ rigs: some, ups: [ups('rack', { minutesAtWatts: [[1000, 30]] }), ups('house')] });
          const desk = new Desk(site).set('rack', { charge: percent }).pass(4);
          desk.set('rack', { words: 'OB', charge: percent }).pass(6);
          const scene = desk.scene();
          const left = new Set(some.filter((one) => isLeaving(scene, one.id)).map((one) => one.id));
          for (const shed of shedAll(scene, rankRigs(scene)).values()) for (const id of shed.keys()) left.add(id);
          return left.size;
        };
        expect(shedAt(Math.min(100, charge + more))).toBeLessThanOrEqual(shedAt(charge));
      }),
      { numRuns: 60 },
    );
  });
});

type Act =
  | { readonly do: 'pass'; readonly seconds: number }
  | { readonly do: 'freeze'; readonly seconds: number }
  | { readonly do: 'ups'; readonly id: string; readonly words: UpsWords }
  | { readonly do: 'rig'; readonly id: string; readonly change: Record<string, boolean> }
  | { readonly do: 'stick'; readonly id: string }
  | { readonly do: 'restart' }
  | { readonly do: 'say'; readonly command: Command };

const words = fc.constantFrom('OL', 'OB', 'OB LB', 'OL LB', 'FSD OB', 'FSD OL', 'OFF', 'OL BYPASS', 'OB OVER', 'OL OB', '', 'OB TEST');
const choice = fc.oneof(fc.constant('all' as const), fc.array(name, { minLength: 1, maxLength: 2 }));
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    kind: fc.constant('hold' as const),
    as: fc.constantFrom('up' as const, 'down' as const),
    rigs: choice,
    forSeconds: fc.integer({ min: 1, max: 400 }),
  }),
  fc.record({ kind: fc.constant('release' as const), rigs: choice }),
  fc.record({ kind: fc.constant('drill' as const), rig: name, cut: fc.boolean() }),
  fc.constant<Command>({ kind: 'arm' }),
  fc.constant<Command>({ kind: 'disarm', yes: true }),
);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 90 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('freeze' as const), seconds: fc.integer({ min: 1, max: 600 }) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('ups' as const),
      id: fc.constantFrom('rack', 'house'),
      words: fc.record({
        words,
        charge: figure(100),
        runtime: fc.oneof(figure(2000), fc.constant('none')),
        load: figure(6000),
        silent: fc.boolean(),
      }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('rig' as const),
      id: name,
      change: fc.record({ stubborn: fc.boolean(), silent: fc.boolean(), refusesKey: fc.boolean(), hashing: fc.boolean() }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stick' as const), id: fc.constantFrom('k1', 'k2') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('say' as const), command }) },
);

function play(desk: Desk, one: Act): void {
  switch (one.do) {
    case 'pass':
      desk.pass(one.seconds);
      return;
    case 'freeze':
      desk.freeze(one.seconds);
      return;
    case 'ups':
      desk.ups.set(one.id, one.words);
      return;
    case 'rig':
      if (desk.site.rigs.has(one.id)) desk.world(one.id, one.change);
      return;
    case 'stick':
      desk.stuck.add(one.id);
      return;
    case 'restart':
      desk.restart();
      return;
    case 'say':
      desk.say(one.command);
  }
}

/** The journal read back, as a start would. */
function readBack(desk: Desk): Memory {
  let memory = emptyMemory();
  const allRigs = [...desk.site.rigs.keys()];
  for (const { atMs, event } of desk.events) {
    memory = remember(memory, JSON.parse(JSON.stringify(event)), { monoMs: atMs, at: '2026-01-01T00:00:00.000Z', allRigs });
  }
  return memory;
}

describe('any night', () => {
  it('never throws, breaks no invariant, starts nothing on battery, and is remembered as it was', () => {
    fc.assert(
      fc.property(rigs, fc.array(act, { maxLength: 25 }), (some, acts) => {
        const desk = new Desk(siteOf({ rigs: some, ups: [ups('rack'), ups('house')] }));
        for (const one of acts) play(desk, one);
        expect(desk.faults()).not.toContain('invariant-broken');
        expect(viewOf(desk.state, desk.site, desk.nowMs).status.rigs).toHaveLength(some.length);
        const memory = readBack(desk);
        const { lastMs: _, ...remembered } = memory;
        const { lastMs: __, ...live } = desk.state.memory;
        expect(remembered).toEqual(live);
        expect(fromSnapshot(JSON.parse(JSON.stringify(snapshotOf(memory))))).toEqual(memory);
      }),
      { numRuns: 100 },
    );
  });

  const tiny = rig('a', undefined, { watts: 50, cutBy: [], graceSeconds: 0, coolDownSeconds: 0 });
  const saying = (id: string, words: UpsWords): Act => ({ do: 'ups', id, words });
  const examples: [Rig[], Act[]][] = [
    // Under next to no load it tells of more than 6 h, which is believed of none: its charge alone tells of it.
    [[tiny], [saying('rack', { words: 'FSD OL', charge: 0, runtime: 'none' }), { do: 'pass', seconds: 1 }]],
    // A second at full charge is all it ever told of its size: the return waits as long as a doubt may hold it.
    [
      [tiny],
      [
        saying('rack', { words: 'OL', charge: 100, runtime: 1, load: 3000 }),
        { do: 'pass', seconds: 60 },
        saying('rack', { words: 'OB', charge: 100, runtime: 1, load: 3000 }),
        { do: 'pass', seconds: 60 },
      ],
    ],
  ];

  it('ends with every rig hashing that was, once all is well again and no person says otherwise', () => {
    fc.assert(
      fc.property(rigs, fc.array(act, { maxLength: 15 }), (some, acts) => {
        const sane = some.map((one) => ({ ...one, can: { read: true, pause: true, resume: true, halt: false } }));
        const desk = new Desk(siteOf({ rigs: sane, ups: [ups('rack'), ups('house')] })).pass(30);
        for (const one of acts) if (one.do !== 'stick' && one.do !== 'rig') play(desk, one);
        for (const id of ['rack', 'house']) desk.ups.set(id, { words: 'OL', charge: 100 });
        desk.say({ kind: 'arm' });
        desk.say({ kind: 'release', rigs: 'all' });
        desk.pass(2410);
        const out = (): readonly Rig[] => sane.filter((one) => desk.rig(one.id)?.phase !== 'hashing');
        // Where nothing says that the battery could carry their stop they wait for steady mains, `doubtMinutes` of it at most.
        const isDoubted = out().some((one) => blockedBy(desk.scene(), one)?.because.rule.startsWith('charge-'));
        if (isDoubted) desk.pass(60 * desk.site.restore.doubtMinutes);
        expect(out().map((one) => one.id)).toEqual([]);
      }),
      { numRuns: 12, examples },
    );
  });
});
