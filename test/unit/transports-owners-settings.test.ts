// What an owner set, asked for beside a rig's readings: seldom, anew after an order, and never in the way of one.
import { getEventListeners } from 'node:events';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { DONE, failed, type Outcome, ok } from '../../src/model/outcome.ts';
import type { RigReading, RigSettings } from '../../src/model/rig.ts';
import { deviceLane } from '../../src/transports/device-lane.ts';
import { tellingSettings } from '../../src/transports/owners-settings.ts';

let nowMs: number;
let asked: number[];
let answer: () => Promise<Outcome<RigSettings | undefined>>;
let state: RigReading['state'];
let away: boolean;
let lookMs: number;
let way: string | undefined;
let identity: string | undefined;

const within = (ms = 10_000): AbortSignal => AbortSignal.timeout(ms);

/** One lane, as the drivers have it: a question for settings has a turn of its own in it. */
function open() {
  const lane = deviceLane('a rig');
  const turn = <T>(signal: AbortSignal, urgent: boolean, work: () => Promise<Outcome<T>>): Promise<Outcome<T>> =>
    lane.run({ signal, urgent, work: (own) => Promise.race([work(), aborted<T>(own)]) });
  return tellingSettings(
    {
      read: (signal: AbortSignal, _brief?: 'brief') =>
        turn(signal, false, async (): Promise<Outcome<RigReading>> => {
          const takenAtMs = nowMs;
          nowMs += lookMs;
          return away ? failed('unreachable', 'nobody') : ok({ rig: 'd', takenAtMs, state, ...(identity !== undefined && { identity }) });
        }),
      pause: (signal: AbortSignal) => turn(signal, true, async () => DONE),
      resume: (_mode: string | undefined, signal: AbortSignal) => turn(signal, true, async () => DONE),
    },
    {
      nowMs: () => nowMs,
      ask: (signal) =>
        turn(signal, false, () => {
          asked.push(nowMs);
          return answer();
        }),
      way: () => way,
    },
  );
}

const aborted = <T>(signal: AbortSignal): Promise<Outcome<T>> =>
  new Promise((resolve) => {
    const end = (): void => resolve(failed('timeout', 'aborted'));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });

let driver: ReturnType<typeof open>;

const reads = async (): Promise<RigReading | undefined> => {
  const reading = await driver.read?.(within());
  return reading?.ok ? reading.value : undefined;
};

/** A look, and what the next one has to tell of the question behind it. */
const look = async (afterMs = 0): Promise<RigReading | undefined> => {
  nowMs += afterMs;
  await reads();
  return reads();
};

beforeEach(() => {
  nowMs = 1_000_000;
  asked = [];
  answer = async () => ok({ pools: 'p1' });
  state = 'hashing';
  away = false;
  lookMs = 0;
  way = 'rest';
  identity = undefined;
  driver = open();
});

describe('what an owner set', () => {
  it('is asked each minute of a rig that hashes, and told with the date of the question', async () => {
    for (const afterMs of [0, 15_000, 15_000, 15_000]) {
      expect(await look(afterMs)).toMatchObject({ settings: { pools: 'p1' }, settingsAtMs: 1_000_000 });
    }
    expect(await look(15_000)).toMatchObject({ settingsAtMs: 1_060_000 });
    expect(asked).toEqual([1_000_000, 1_060_000]);
  });

  it('is asked with each calm look of one that stands still, for its owner may be at it before it is woken', async () => {
    state = 'paused';
    for (const afterMs of [0, 15_000, 1_000, 14_000]) await look(afterMs);
    expect(asked).toEqual([1_000_000, 1_015_000, 1_030_000]);
  });

  it('is asked anew after an order, once that has had its time, and some times more in the half minute after it', async () => {
    await look();
    await driver.pause?.(within());
    expect(await look(1_000)).not.toHaveProperty('settings');
    for (let second = 0; second < 20; second++) await look(1_000);
    expect(asked.slice(1)).toEqual([1_005_000, 1_010_000, 1_015_000, 1_020_000]);
  });

  it('is not asked by a look that an order waits for, which breaks off the question under way', async () => {
    answer = () => new Promise(() => undefined);
    await reads();
    const began = performance.now();
    expect((await driver.read?.(within(), 'brief'))?.ok).toBe(true);
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(asked).toHaveLength(1);
  });

  it('listens to the signal of a poll, which lives for long, only while it is read', async () => {
    answer = () => new Promise(() => undefined);
    const poll = new AbortController();
    await driver.read?.(poll.signal);
    expect(asked).toHaveLength(1);
    expect(getEventListeners(poll.signal, 'abort')).toEqual([]);
  });

  it('is not told after an order as it was before, where it is not answered any more', async () => {
    await look();
    answer = async () => failed('timeout', 'silence');
    await driver.resume?.(undefined, within());
    expect(await look(1_000)).toEqual({ rig: 'd', takenAtMs: 1_001_000, state: 'hashing' });
  });

  it('is told with its old date where a question in calm is not answered', async () => {
    await look();
    answer = async () => failed('garbled', 'half of it');
    expect(await look(60_000)).toMatchObject({ settings: { pools: 'p1' }, settingsAtMs: 1_000_000 });
  });

  it('is asked once in ten minutes of who has no such question, and such a rig is read as ever', async () => {
    answer = async () => failed('unsupported', 'no such command');
    for (let minute = 0; minute < 10; minute++) expect(await look(60_000)).not.toHaveProperty('settings');
    await driver.pause?.(within());
    expect(await look(1_000)).toMatchObject({ state: 'hashing' });
    expect(asked).toHaveLength(1);
  });

  it('is forgotten of who is away: another may answer next, and what that one tells is worth a reading now', async () => {
    await look();
    away = true;
    await look(1_000);
    away = false;
    const news: number[] = [];
    driver.onNews(() => news.push(nowMs));
    await look(1_000);
    expect([asked, news]).toEqual([[1_000_000, 1_002_000], [1_002_000]]);
  });

  it('is forgotten where another machine answers: what the one had is not what the other has', async () => {
    identity = '02:00:00:00:00:01';
    expect(await look()).toMatchObject({ settings: { pools: 'p1' } });
    identity = '02:00:00:00:00:02';
    nowMs += 15_000;
    expect(await reads()).not.toHaveProperty('settings');
    expect(asked).toEqual([1_000_000, 1_015_000]);
  });

  it('is worth a reading now when it is first told, and twice when it is another than before', async () => {
    const news: number[] = [];
    driver.onNews(() => news.push(nowMs));
    await look();
    await look(60_000);
    answer = async () => ok({ pools: 'p2' });
    for (let minute = 0; minute < 4; minute++) await look(60_000);
    expect(news).toEqual([1_000_000, 1_120_000, 1_180_000]);
  });

  it('is not asked of who is slow as it is, for a look has an end', async () => {
    lookMs = 3_000;
    expect(await reads()).not.toHaveProperty('settings');
    expect(asked).toEqual([]);
  });

  it('is not compared between two ways of asking, which may spell one pool differently', async () => {
    await look();
    way = 'socket';
    await driver.pause?.(within());
    answer = async () => ok({ pools: 'p2' });
    expect(await look(6_000)).not.toHaveProperty('settings');
    expect(await look(601_000)).toMatchObject({ settings: { pools: 'p2' } });
  });
});

describe('a question that is never answered', () => {
  beforeEach(() => {
    answer = () => new Promise(() => undefined);
  });

  // A reading may show another machine on the address: until it is told, orders go to that one.
  it('keeps back no reading, and the next one for a moment at most', async () => {
    const began = performance.now();
    expect(await reads()).toEqual({ rig: 'd', takenAtMs: 1_000_000, state: 'hashing' });
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(asked).toHaveLength(1);
    expect(await reads()).toEqual({ rig: 'd', takenAtMs: 1_000_000, state: 'hashing' });
    expect(performance.now() - began).toBeLessThan(2_500);
  });

  it('is no more to a rig than one that throws', async () => {
    answer = () => {
      throw new Error('a fault of its driver');
    };
    expect(await look()).toEqual({ rig: 'd', takenAtMs: 1_000_000, state: 'hashing' });
  });

  it('holds back no pause, and what it may still bring is of before', async () => {
    let late: ((told: Outcome<RigSettings | undefined>) => void) | undefined;
    answer = () => new Promise((resolve) => (late = resolve));
    await reads();
    const began = performance.now();
    expect(await driver.pause?.(within())).toEqual(DONE);
    expect(performance.now() - began).toBeLessThan(1_000);
    late?.(ok({ pools: 'p1' }));
    expect(await driver.read?.(within())).toEqual(ok({ rig: 'd', takenAtMs: 1_000_000, state: 'hashing' }));
  });

  it('stands open to sixteen rigs at once, and no more: a farm gives its orders beside them', async () => {
    for (const one of Array.from({ length: 20 }, open)) await one.read?.(within());
    expect(asked).toHaveLength(16);
  });
});
