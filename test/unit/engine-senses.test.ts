// Who is asked when, around an order and an outage.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { initialState, type RigState, type State, UNSEEN_SUPPLY, unseenRig } from '../../src/core/state.ts';
import { Inbox } from '../../src/engine/inbox.ts';
import { Senses } from '../../src/engine/senses.ts';
import type { AskingPlaces, World } from '../../src/engine/world.ts';
import { failed, type Outcome, ok } from '../../src/model/outcome.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { VirtualClock } from '../../src/sim/clock.ts';
import type { Switch } from '../../src/switches/port.ts';
import type { UpsSource } from '../../src/ups/port.ts';
import { siteOf } from '../support/core-desk.ts';

let clock: VirtualClock;
let questions: string[];
let senses: Senses;
let state: State;

function driver(id: string): RigDriver {
  return { read: async () => ask(id), close: () => Promise.resolve() };
}

function ask(id: string): Outcome<never> {
  questions.push(`${id} ${clock.monotonicMs()}`);
  return failed('garbled', 'of no interest here');
}

function rigs(of: Readonly<Record<string, Partial<RigState>>>, change: Partial<State> = {}): void {
  state = { ...state, rigs: new Map(Object.entries(of).map(([id, more]) => [id, { ...unseenRig(0), ...more }])), ...change };
  senses.follow();
}

beforeEach(async () => {
  clock = new VirtualClock();
  questions = [];
  state = initialState(0);
  const rack: UpsSource = { read: async () => ask('rack'), close: () => Promise.resolve() } as unknown as UpsSource;
  const house = { clock, ups: new Map([['rack', rack]]), switches: new Map() };
  const world = { ...house, rigs: new Map(['a', 'b'].map((id) => [id, driver(id)])) } as unknown as World;
  senses = new Senses({ world, site: siteOf(), inbox: new Inbox(() => undefined), state: () => state });
  senses.start();
  await clock.runUntil(1_000);
  questions = [];
});

/** Who among the rigs was asked, and when. */
const ofRigs = (): readonly string[] => questions.filter((one) => !one.startsWith('rack'));
const stop = { askedAtMs: 1_000, tries: 1, nextTryAtMs: 6_000, relapses: 0 };
const onItsWay = { stop, flight: { kind: 'pause', sinceMs: 1_000 } } as const;

it('puts no question in front of an order that is on its way, and one right behind it', async () => {
  rigs({ a: onItsWay, b: {} });
  await clock.runUntil(3_000);
  expect(ofRigs()).toEqual([]);
  rigs({ a: { stop }, b: {} });
  await clock.runUntil(3_500);
  expect(ofRigs()).toEqual(['a 3000']);
  await clock.runUntil(5_500);
  expect(ofRigs()).toEqual(['a 3000', 'a 4000', 'a 5000']);
});

it('asks a rig when there is a place for its question, and waits for none with a UPS', async () => {
  const kinds: string[] = [];
  const places: AskingPlaces = {
    take: (urgent, _signal, talk) => {
      kinds.push(urgent ? 'order' : 'reading');
      return clock.sleep(300).then(talk);
    },
  };
  await senses.stop();
  const rack = { read: async () => ask('rack'), close: () => Promise.resolve() };
  const world = { clock, places, ups: new Map([['rack', rack]]), rigs: new Map([['a', driver('a')]]), switches: new Map() };
  senses = new Senses({ world: world as unknown as World, site: siteOf(), inbox: new Inbox(() => undefined), state: () => state });
  senses.start();
  await clock.runUntil(1_400);
  expect(questions).toEqual(['rack 1000', 'a 1300']);
  expect(kinds).toEqual(['reading']);
});

it('asks at the beginning of an outage whoever is not being ordered in the same breath', async () => {
  rigs({ a: onItsWay, b: {} }, { supplies: new Map([['rack', { ...UNSEEN_SUPPLY, draining: true }]]) });
  await clock.runUntil(1_500);
  expect(ofRigs()).toEqual(['b 1000']);
});

it('asks a UPS that has gone on battery a pause of battery after its last word, not one of mains', async () => {
  await clock.runUntil(2_200);
  rigs({ a: {} }, { supplies: new Map([['rack', { ...UNSEEN_SUPPLY, draining: true }]]) });
  await clock.runUntil(5_500);
  expect(questions.filter((one) => one.startsWith('rack'))).toEqual(['rack 2000', 'rack 3000', 'rack 4000', 'rack 5000']);
});

it('looks every second at a rig whose contact has just opened, and in calm again when it should be dark', async () => {
  rigs({ a: { phase: 'cutting', sinceMs: 1_000 }, b: {} });
  await clock.runUntil(4_500);
  expect(ofRigs()).toEqual(['a 1000', 'a 2000', 'a 3000', 'a 4000']);
  rigs({ a: { phase: 'dark', sinceMs: -20_000 }, b: {} });
  await clock.runUntil(12_000);
  // One look was due when the watch ended.
  expect(ofRigs().slice(4)).toEqual(['a 5000']);
});

describe('a board', () => {
  let tell: () => void = () => undefined;
  let inbox: Inbox;
  let woken: number;

  /** One whose contacts cannot be read. */
  const watch = async (probe: () => Promise<Outcome<number>>): Promise<void> => {
    woken = 0;
    inbox = new Inbox(() => {
      woken += 1;
    });
    const contact: Switch = {
      set: async () => ok(undefined),
      probe: (): Promise<Outcome<number>> => {
        questions.push(`box ${clock.monotonicMs()}`);
        return probe();
      },
      onNews: (told) => {
        tell = told;
      },
    };
    const bare: Switch = { set: async () => ok(undefined) };
    const house = { clock, ups: new Map(), rigs: new Map() };
    const world = { ...house, switches: new Map([['box:1', contact]]).set('k2', bare) } as unknown as World;
    await senses.stop();
    senses = new Senses({ world, site: siteOf(), inbox, state: () => state });
    senses.start();
    await clock.runUntil(clock.monotonicMs() + 1_000);
    questions = [];
  };

  it('that cannot be read is asked whether it is there', async () => {
    await watch(async () => ok(3));
    expect(inbox.drain()).toEqual([expect.objectContaining({ switch: 'box:1', outcome: ok({ returns: 3 }) })]);
    expect(woken).toBe(0);
  });

  it('is asked at once when it has news, and that it is gone wakes the tick', async () => {
    let there = true;
    await watch(async () => (there ? ok(0) : failed('unreachable', 'its cable is out')));
    inbox.drain();
    there = false;
    tell();
    await clock.runUntil(2_100);
    expect(questions).toEqual(['box 2000']);
    expect(inbox.drain()).toEqual([expect.objectContaining({ outcome: failed('unreachable', 'its cable is out') })]);
    expect(woken).toBe(1);
  });
});
