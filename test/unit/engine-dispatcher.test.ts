// Steps on their way to a device while the card is slow: what takes load off goes ahead, and ends what still waits behind it.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Dispatcher } from '../../src/engine/dispatcher.ts';
import { Inbox } from '../../src/engine/inbox.ts';
import type { World } from '../../src/engine/world.ts';
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

beforeEach(() => {
  clock = new VirtualClock();
  carried = [];
  told = [];
  syncMs = 5_000;
  gate = 'go';
  who = 'itself';
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
    read: async (signal: AbortSignal): Promise<Outcome<RigReading>> => {
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
  const world = { clock, journal, rigs: new Map([['a', rig]]), switches: new Map([['k', contact]]) } as unknown as World;
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
