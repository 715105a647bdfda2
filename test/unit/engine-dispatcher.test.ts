// Steps on their way to a device while the card is slow: what takes load off goes ahead, and ends what still waits behind it.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Dispatcher } from '../../src/engine/dispatcher.ts';
import { Inbox } from '../../src/engine/inbox.ts';
import type { AskingPlaces, World } from '../../src/engine/world.ts';
import type { Input } from '../../src/model/input.ts';
import { DONE, failed, type Outcome, ok } from '../../src/model/outcome.ts';
import type { RigReading } from '../../src/model/rig.ts';
import type { DueStep, Step } from '../../src/model/step.ts';
import { VirtualClock } from '../../src/sim/clock.ts';

let clock: VirtualClock;
/** what reached rig and contact, with when, ms */
let carried: string[];
let told: Input[];
let inbox: Inbox;
let dispatcher: Dispatcher;
/** ms that the card takes for each sync */
let syncMs: number;
/** what the core says of who answers on a rig's address */
let gate: 'go' | 'look' | 'never';
/** who answers there; `nobody`: the question is never answered */
let who: string;
/** ms that a rig waits for a place among all that are being asked */
let placeMs: number;
/** how the rig was last looked at */
let manner: 'brief' | undefined;

beforeEach(() => {
  clock = new VirtualClock();
  carried = [];
  told = [];
  syncMs = 5_000;
  gate = 'go';
  who = 'itself';
  placeMs = 0;
  manner = undefined;
  const done = (what: string) => async (): Promise<Outcome> => {
    carried.push(`${what} ${clock.monotonicMs()}`);
    return DONE;
  };
  const contact = { set: (to: string) => done(to)() };
  const rig = {
    pause: done('pause'),
    limitWatts: (watts: number | undefined, was: string | undefined) => done(`limit to ${watts} from ${was}`)(),
    resume: async (_mode: string | undefined, signal: AbortSignal): Promise<Outcome> => {
      carried.push(`resume ${clock.monotonicMs()}`);
      if (who !== 'slow') return DONE;
      await clock.sleep(Number.POSITIVE_INFINITY, signal);
      return failed('timeout', 'a did not answer in time');
    },
    read: async (signal: AbortSignal, brief?: 'brief'): Promise<Outcome<RigReading>> => {
      manner = brief;
      const takenAtMs = clock.monotonicMs();
      carried.push(`read ${takenAtMs}`);
      if (who === 'nobody') {
        await clock.sleep(Number.POSITIVE_INFINITY, signal);
        return failed('timeout', 'a did not answer');
      }
      return ok({ rig: 'a', takenAtMs, state: 'hashing', identity: who });
    },
  };
  const journal = { durable: (_: number, signal: AbortSignal) => clock.sleep(syncMs, signal).then(() => DONE) };
  const places: AskingPlaces = {
    take: async (urgent, signal, talk) => {
      expect(urgent).toBe(true);
      if (placeMs > 0) await clock.sleep(placeMs, signal);
      return signal.aborted ? failed('not-asked', 'too many were before it') : talk();
    },
  };
  const world = { clock, journal, places, rigs: new Map([['a', rig]]), switches: new Map([['k', contact]]) } as unknown as World;
  inbox = new Inbox(() => undefined);
  dispatcher = new Dispatcher(world, inbox, {
    mayEnergise: () => true,
    mayOrder: () => gate,
    isAnother: (_, { identity }) => identity !== 'itself',
  });
});

const step = (one: Partial<Step>): DueStep => ({ step: one as Step, because: { rule: 'of-no-interest', facts: {} } });

async function until(ms: number): Promise<void> {
  await clock.runUntil(ms);
  told.push(...inbox.drain());
}

const refusals = () =>
  told.flatMap((one) => (one.kind === 'settled' && !one.outcome.ok ? [`${one.step.kind}: ${one.outcome.fault.detail}`] : []));

describe('while the card is slow', () => {
  it.each([
    ['a contact that was to close, and then to open, opens', { kind: 'feed', switch: 'k' }, { kind: 'cut', switch: 'k' }],
    ['a rig that was to resume, and then to pause, is paused', { kind: 'resume', rig: 'a' }, { kind: 'pause', rig: 'a' }],
  ] as const)('%s, and the first order is over once the card answers', async (_, first, then) => {
    dispatcher.send([step(first)], 1);
    await until(1_000);
    dispatcher.send([step(then)], 2);
    await until(30_000);
    expect(carried).toEqual([`${then.kind} 1500`]);
    expect(refusals()).toEqual([`${first.kind}: not carried out, for a ${then.kind} went ahead of it`]);
  });

  it('a limit waits for what it is to be taken back to to be on the card, and is over where the rig is to pause meanwhile', async () => {
    const limit = { kind: 'limit', rig: 'a', watts: 1_000, was: 'default' } as const;
    dispatcher.send([step(limit)], 1);
    await until(6_000);
    expect(carried).toEqual(['limit to 1000 from default 5000']);
    dispatcher.send([step({ ...limit, watts: 800 })], 2);
    await until(7_000);
    dispatcher.send([step({ kind: 'pause', rig: 'a' })], 3);
    await until(30_000);
    expect(carried.slice(1)).toEqual(['pause 7500']);
    expect(refusals()).toEqual(['limit: not carried out, for a pause went ahead of it']);
  });

  it('of two feeds of one contact the later is carried out, once', async () => {
    dispatcher.send([step({ kind: 'feed', switch: 'k' })], 1);
    await until(1_000);
    dispatcher.send([step({ kind: 'feed', switch: 'k' })], 2);
    await until(30_000);
    expect(carried).toEqual(['fed 6000']);
  });

  it('what gives power waits for the card, what takes it off half a second', async () => {
    dispatcher.send([step({ kind: 'feed', switch: 'k' }), step({ kind: 'pause', rig: 'a' })], 1);
    await until(30_000);
    expect(carried).toEqual(['pause 500', 'fed 5000']);
    const lies = told.map((one) => (one.kind === 'settled' ? `${one.step.kind} ${one.unsynced === true}` : ''));
    expect(lies.filter((one) => one !== '')).toEqual(['pause true', 'feed false']);
  });
});

it('on a card that is quick both go out as soon as it has answered', async () => {
  syncMs = 20;
  dispatcher.send([step({ kind: 'feed', switch: 'k' }), step({ kind: 'pause', rig: 'a' })], 1);
  await until(30_000);
  expect(carried).toEqual(['pause 20', 'fed 20']);
});

describe('a rig that was not seen to be itself just now', () => {
  beforeEach(() => {
    syncMs = 20;
    gate = 'look';
  });

  it.each(['pause', 'resume', 'halt'] as const)('is looked at before it is told to %s, and that look is news', async (kind) => {
    dispatcher.send([step({ kind, rig: 'a' })], 1);
    await until(10_000);
    expect(carried[0]).toBe('read 20');
    expect(told.some((one) => one.kind === 'rig' && one.outcome.ok)).toBe(true);
    expect(told.find((one) => one.kind === 'began')).toBeDefined();
  });

  it('is looked at no longer than it takes to see who it is and what it does', async () => {
    dispatcher.send([step({ kind: 'pause', rig: 'a' })], 1);
    await until(10_000);
    expect(manner).toBe('brief');
  });

  it.each(['pause', 'resume'] as const)('is not told to %s where another machine answers', async (kind) => {
    who = 'a stranger';
    dispatcher.send([step({ kind, rig: 'a' })], 1);
    await until(10_000);
    expect(carried).toEqual(['read 20']);
    expect(refusals()).toEqual([`${kind}: not carried out: another machine answers in place of a`]);
    expect(told.some((one) => one.kind === 'began')).toBe(false);
  });

  it('that does not say who it is is paused a second later, and not woken', async () => {
    who = 'nobody';
    dispatcher.send([step({ kind: 'pause', rig: 'a' })], 1);
    await until(10_000);
    expect(carried).toEqual(['read 20', 'pause 1020']);
    dispatcher.send([step({ kind: 'resume', rig: 'a' })], 1);
    await until(20_000);
    expect(carried.slice(2)).toEqual(['read 10020']);
    expect(refusals()).toEqual([expect.stringMatching(/^resume: not carried out: a is not woken before it has said who it is/)]);
  });

  it('and is another by now is not even looked at', async () => {
    gate = 'never';
    dispatcher.send([step({ kind: 'pause', rig: 'a' })], 1);
    await until(10_000);
    expect(carried).toEqual([]);
    expect(refusals()).toHaveLength(1);
  });
});

it('a pause does not wait for the answer to a resume that is on the wire: it breaks that off', async () => {
  syncMs = 20;
  who = 'slow';
  dispatcher.send([step({ kind: 'resume', rig: 'a' })], 1);
  await until(3_000);
  dispatcher.send([step({ kind: 'pause', rig: 'a' })], 2);
  await until(4_000);
  expect(carried).toEqual(['resume 20', 'pause 3020']);
  expect(refusals()).toEqual(['resume: a did not answer in time']);
});

describe('a rig that waits for its place among many', () => {
  const heard = (): readonly string[] =>
    told.flatMap((one) =>
      one.kind === 'began' ? [`began ${one.atMs}`] : one.kind === 'settled' ? [`settled ${one.beganAtMs} ${one.outcome.ok}`] : [],
    );

  beforeEach(() => {
    syncMs = 20;
    placeMs = 700;
  });

  it('has begun when it has it and not before, so that its grace counts from there', async () => {
    dispatcher.send([step({ kind: 'pause', rig: 'a' })], 1);
    await until(700);
    expect(heard()).toEqual([]);
    await until(10_000);
    expect(heard()).toEqual(['began 720', 'settled 720 true']);
  });

  it('is looked at in that place, where it must be first', async () => {
    gate = 'look';
    dispatcher.send([step({ kind: 'pause', rig: 'a' })], 1);
    await until(10_000);
    expect(carried).toEqual(['read 720', 'pause 720']);
  });

  it('is asked at its turn whether it is still itself, not when it began to wait', async () => {
    dispatcher.send([step({ kind: 'pause', rig: 'a' })], 1);
    await until(500);
    gate = 'never';
    await until(10_000);
    expect(carried).toEqual([]);
    expect(refusals()).toEqual(['pause: not carried out: another machine answers in place of a']);
  });

  it('is settled as not asked where none comes free, and has not begun', async () => {
    placeMs = 60_000;
    dispatcher.send([step({ kind: 'pause', rig: 'a' })], 1);
    await until(9_000);
    expect(carried).toEqual([]);
    expect(heard()).toEqual(['settled 8020 false']);
  });

  it('and was to resume gives way to its pause at once', async () => {
    placeMs = 3_000;
    dispatcher.send([step({ kind: 'resume', rig: 'a' })], 1);
    await until(500);
    placeMs = 0;
    dispatcher.send([step({ kind: 'pause', rig: 'a' })], 2);
    await until(10_000);
    expect(carried).toEqual(['pause 520']);
  });

  it('and is looked at before a resume has its pause at once, and no resume has begun', async () => {
    placeMs = 0;
    gate = 'look';
    who = 'nobody';
    dispatcher.send([step({ kind: 'resume', rig: 'a' })], 1);
    await until(500);
    gate = 'go';
    dispatcher.send([step({ kind: 'pause', rig: 'a' })], 2);
    await until(10_000);
    expect(carried).toEqual(['read 20', 'pause 520']);
    expect(told.flatMap((one) => (one.kind === 'began' ? [one.step.kind] : []))).toEqual(['pause']);
    expect(refusals()).toEqual(['resume: not carried out: a pause went ahead of it']);
  });

  it('holds up no contact', async () => {
    dispatcher.send([step({ kind: 'pause', rig: 'a' }), step({ kind: 'cut', switch: 'k' })], 1);
    await until(10_000);
    expect(carried).toEqual(['cut 20', 'pause 720']);
  });

  it('is told nothing when the service stops before its turn, nor while it is looked at', async () => {
    gate = 'look';
    dispatcher.send([step({ kind: 'pause', rig: 'a' })], 1);
    await until(500);
    dispatcher.stop();
    await until(5_000);
    expect(carried).toEqual([]);
  });
});

it('a service that stops while a rig is looked at before its order gives it none', async () => {
  syncMs = 20;
  gate = 'look';
  who = 'nobody';
  dispatcher.send([step({ kind: 'pause', rig: 'a' })], 1);
  await until(500);
  dispatcher.stop();
  await until(5_000);
  expect(carried).toEqual(['read 20']);
  expect(told).toEqual([]);
});

it('of very many rigs the first are told, in their order, before the last set out, and no contact waits for them', async () => {
  syncMs = 20;
  const names = Array.from({ length: 1_000 }, (_, at) => `rig-${at}`);
  const waits: number[] = [];
  const places: AskingPlaces = {
    take: (_, __, talk) => {
      waits.push(turns);
      return talk();
    },
  };
  let turns = 0;
  const others = async (): Promise<void> => {
    for (await clock.sleep(20); turns < 100; turns += 1) await clock.sleep(0);
  };
  const rig = (id: string) => ({ pause: () => Promise.resolve(DONE).finally(() => carried.push(id)) });
  const contact = { set: () => Promise.resolve(DONE).finally(() => carried.push('k')) };
  const journal = { durable: () => clock.sleep(syncMs).then(() => DONE) };
  const rigs = new Map(names.map((id) => [id, rig(id)]));
  const world = { clock, journal, places, rigs, switches: new Map([['k', contact]]) } as unknown as World;
  const many = new Dispatcher(world, inbox, { mayEnergise: () => true, mayOrder: () => 'go', isAnother: () => false });
  void others();
  many.send([...names.map((id) => step({ kind: 'pause', rig: id })), step({ kind: 'cut', switch: 'k' })], 1);
  await until(1_000);
  expect(carried.filter((one) => one !== 'k')).toEqual(names);
  expect(carried.indexOf('k')).toBeLessThan(200);
  expect(new Set(waits).size).toBeGreaterThan(5);
});
