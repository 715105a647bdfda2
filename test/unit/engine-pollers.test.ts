// The pace of questions, on a machine whose timers come late.
import { expect, it } from '@jest/globals';
import { Poller } from '../../src/engine/pollers.ts';
import type { Clock } from '../../src/host/port.ts';
import { DONE, failed, type Outcome } from '../../src/model/outcome.ts';
import { VirtualClock } from '../../src/sim/clock.ts';

const EVERY_MS = 2_000;
/** So much later than asked for every timer comes. */
const LATE_MS = 30;

interface Polling {
  readonly clock: VirtualClock;
  readonly poller: Poller<void>;
  readonly askedAtMs: readonly number[];
}

function polling(answerMs: (question: number) => number, everyMs: () => number = () => EVERY_MS): Polling {
  const clock = new VirtualClock();
  const late: Clock = {
    monotonicMs: () => clock.monotonicMs(),
    wallMs: () => clock.wallMs(),
    wallIsSet: () => true,
    sleep: (ms, signal) => clock.sleep(ms + LATE_MS, signal),
    after: (ms, act) => clock.after(ms + LATE_MS, act),
  };
  const askedAtMs: number[] = [];
  const ask = async (): Promise<typeof DONE> => {
    askedAtMs.push(clock.monotonicMs());
    await clock.sleep(answerMs(askedAtMs.length));
    return DONE;
  };
  const pace = () => ({ everyMs: everyMs(), deadlineMs: 10_000 });
  const poller = new Poller({ clock: late, name: 'rack', ask, pace, heard: () => undefined });
  poller.start();
  return { clock, poller, askedAtMs };
}

it('asks at its pace on the whole, however late each timer comes', async () => {
  const { clock, poller, askedAtMs } = polling(() => 5);
  await clock.runUntil(100 * EVERY_MS + LATE_MS + 500);
  await poller.stop();
  expect(askedAtMs).toHaveLength(101);
  expect(askedAtMs.at(-1)).toBe(100 * EVERY_MS + LATE_MS);
});

it('makes up for nothing after an answer that took long: one question, and the pace from there', async () => {
  const { clock, poller, askedAtMs } = polling((question) => (question === 2 ? 7_000 : 5));
  await clock.runUntil(16_000);
  await poller.stop();
  const again = EVERY_MS + LATE_MS + 7_000;
  expect(askedAtMs.slice(0, 2)).toEqual([0, EVERY_MS + LATE_MS]);
  expect(askedAtMs[2]).toBeGreaterThanOrEqual(again);
  expect(askedAtMs[2]).toBeLessThan(again + 100);
  expect((askedAtMs[3] ?? 0) - (askedAtMs[2] ?? 0)).toBeGreaterThan(EVERY_MS - 100);
});

it('asks at once when it is nudged, and takes up its pace from there', async () => {
  const { clock, poller, askedAtMs } = polling(() => 5);
  await clock.runUntil(500);
  poller.nudge();
  await clock.runUntil(4_600);
  await poller.stop();
  expect(askedAtMs).toEqual([0, 500, 500 + EVERY_MS + LATE_MS, 500 + 2 * EVERY_MS + LATE_MS]);
});

it('rests no longer than its new pace says when that has become quicker, and not at all where so much is over', async () => {
  let everyMs = EVERY_MS;
  const { clock, poller, askedAtMs } = polling(
    () => 5,
    () => everyMs,
  );
  await clock.runUntil(300);
  everyMs = 1_000;
  poller.hurry();
  await clock.runUntil(1_500);
  expect(askedAtMs).toEqual([0, 1_000 + LATE_MS]);
  everyMs = 100;
  poller.hurry();
  await clock.runUntil(1_550);
  await poller.stop();
  expect(askedAtMs.slice(2)).toEqual([1_500 + LATE_MS]);
});

it('asks soon again where so many went first that it was not asked: a period later they would go first again', async () => {
  const clock = new VirtualClock();
  const places = 3;
  const heard = new Map<number, number>();
  // Twelve that come at once, and three that are asked a second: by 5 s nobody waits any longer.
  let free = places;
  const refill = (): void => {
    free = places;
    clock.after(1_000, refill);
  };
  refill();
  const pollers = Array.from({ length: 12 }, (_, place) => {
    const ask = async (): Promise<Outcome> => (free-- > 0 ? DONE : failed('not-asked', 'others went first'));
    const note = (outcome: Outcome): void => {
      if (outcome.ok && !heard.has(place)) heard.set(place, clock.monotonicMs());
    };
    return new Poller({ clock, name: `rig-${place}`, ask, pace: () => ({ everyMs: 15_000, deadlineMs: 5_000 }), heard: note });
  });
  for (const poller of pollers) poller.start();
  await clock.runUntil(14_000);
  for (const poller of pollers) await poller.stop();
  expect(heard.size).toBe(pollers.length);
});
