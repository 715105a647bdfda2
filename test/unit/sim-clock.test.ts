import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../../src/sim/clock.ts';

describe('virtual time', () => {
  it('wakes sleepers by time, and those of one moment by arrival', async () => {
    const clock = new VirtualClock({ startMs: 1_000 });
    const woken: string[] = [];
    const sleeper = async (name: string, ms: number): Promise<void> => {
      await clock.sleep(ms);
      woken.push(`${name} ${clock.monotonicMs()}`);
    };
    void Promise.all([sleeper('late', 300), sleeper('first', 100), sleeper('second', 100), sleeper('never', 900)]);
    await clock.runUntil(1_500);
    expect(woken).toEqual(['first 1100', 'second 1100', 'late 1300']);
    expect(clock.monotonicMs()).toBe(1_500);
    expect(clock.asleep).toBe(1);
  });

  it('lets all that a wake sets off come to rest before the next one wakes', async () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    clock.at(10, async () => {
      for (let hop = 0; hop < 50; hop += 1) await Promise.resolve();
      seen.push('fifty promises later');
    });
    clock.at(10, () => seen.push('the next'));
    await clock.advance(10);
    expect(seen).toEqual(['fifty promises later', 'the next']);
  });

  it('lets a sleep of no length still give way to the others', async () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    void clock.sleep(0).then(() => seen.push('woke'));
    await Promise.resolve();
    seen.push('went on');
    await clock.advance(0);
    expect(seen).toEqual(['went on', 'woke']);
  });

  it('ends a sleep at once when its signal aborts, and forgets the sleeper', async () => {
    const clock = new VirtualClock();
    const stop = new AbortController();
    let wokeAtMs: number | undefined;
    void clock.sleep(60_000, stop.signal).then(() => {
      wokeAtMs = clock.monotonicMs();
    });
    clock.at(5, () => stop.abort());
    await clock.advance(10);
    expect(wokeAtMs).toBe(5);
    expect(clock.asleep).toBe(0);
    await clock.sleep(60_000, stop.signal);
    expect(clock.monotonicMs()).toBe(10);
  });

  it('shows a wall clock that jumps and is not to be trusted, without moving time itself', async () => {
    const clock = new VirtualClock({ wallMs: 1_000_000, wallIsSet: false });
    clock.stepWall(-500_000);
    await clock.advance(100);
    expect([clock.wallMs(), clock.wallIsSet(), clock.monotonicMs()]).toEqual([500_100, false, 100]);
    clock.synchronise(true);
    expect(clock.wallIsSet()).toBe(true);
  });

  it('hands on what goes wrong in an act, thrown or rejected', async () => {
    const clock = new VirtualClock();
    clock.at(1, () => {
      throw new Error('thrown');
    });
    clock.at(2, () => Promise.reject(new Error('rejected')));
    await expect(clock.advance(1)).rejects.toThrow('thrown');
    await expect(clock.advance(1)).rejects.toThrow('rejected');
  });

  it('gives time to an answer that needs some, but not for ever', async () => {
    const clock = new VirtualClock();
    await expect(
      clock.settle(
        clock.sleep(30_000).then(() => 'here'),
        60_000,
      ),
    ).resolves.toBe('here');
    expect(clock.monotonicMs()).toBe(30_000);
    await expect(clock.settle(new Promise(() => undefined), 1_000)).rejects.toThrow('not settled within 1000 virtual ms');
  });

  it('takes two who wake each other for ever at one moment for the bug it is', async () => {
    const clock = new VirtualClock();
    const again = (): void => clock.at(0, again);
    again();
    await expect(clock.advance(1)).rejects.toThrow('stands still');
  }, 30_000);
});
