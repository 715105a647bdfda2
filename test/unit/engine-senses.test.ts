// Who is asked when, around an order and an outage.
import { beforeEach, expect, it } from '@jest/globals';
import { initialState, type RigState, type State, UNSEEN_SUPPLY, unseenRig } from '../../src/core/state.ts';
import { Inbox } from '../../src/engine/inbox.ts';
import { Senses } from '../../src/engine/senses.ts';
import type { World } from '../../src/engine/world.ts';
import { failed, type Outcome } from '../../src/model/outcome.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { VirtualClock } from '../../src/sim/clock.ts';
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
