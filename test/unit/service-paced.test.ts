// Many rigs asked at once: how many are begun in a turn of the loop, who goes first, and that nobody waits for anybody's answer.
import { expect, it } from '@jest/globals';
import { DONE, type Outcome } from '../../src/model/outcome.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { IN_ONE_TURN, Pace, paced } from '../../src/service/paced.ts';

const close = (): Promise<void> => Promise.resolve();
const signal = AbortSignal.timeout(10_000);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('begins a handful in each turn of the loop, orders ahead of readings', async () => {
  const begun: string[] = [];
  const pace = new Pace();
  const rig = (name: string): RigDriver =>
    paced(
      {
        read: () => {
          begun.push(`look ${name}`);
          return new Promise<never>(() => undefined);
        },
        pause: () => {
          begun.push(`pause ${name}`);
          // A wedged one: it never answers.
          return new Promise<Outcome>(() => undefined);
        },
        close,
      },
      pace,
    );
  const rigs = Array.from({ length: 2 * IN_ONE_TURN }, (_, at) => rig(String(at)));
  for (const one of rigs) void one.read?.(signal);
  for (const one of rigs) void one.pause?.(signal);
  expect(begun).toEqual([]);
  await turn();
  expect(begun).toHaveLength(IN_ONE_TURN);
  while (begun.length < 4 * IN_ONE_TURN) await turn();
  expect(begun.slice(0, rigs.length).every((one) => one.startsWith('pause'))).toBe(true);
  expect(begun[0]).toBe('pause 0');
  expect(begun.at(-1)).toBe(`look ${rigs.length - 1}`);
});

it('hands on what it is given and what it is answered, and lacks what the rig lacks', async () => {
  const asked: unknown[] = [];
  const note = (...what: unknown[]): Promise<Outcome> => {
    asked.push(what);
    return Promise.resolve(DONE);
  };
  const whole = paced(
    {
      pause: (end) => note('pause', end),
      resume: (mode, end) => note('resume', mode, end),
      halt: (end) => note('halt', end),
      limitWatts: (watts, end) => note('limit', watts, end),
      reboot: (end) => note('reboot', end),
      locate: (on, end) => note('locate', on, end),
      mayOrder: (end) => note('may', end),
      close,
    },
    new Pace(),
  );
  expect(await whole.pause?.(signal)).toBe(DONE);
  await whole.resume?.('eco', signal);
  await whole.halt?.(signal);
  await whole.limitWatts?.(2_000, signal);
  await whole.reboot?.(signal);
  await whole.locate?.(true, signal);
  await whole.mayOrder?.(signal);
  expect(asked).toEqual([
    ['pause', signal],
    ['resume', 'eco', signal],
    ['halt', signal],
    ['limit', 2_000, signal],
    ['reboot', signal],
    ['locate', true, signal],
    ['may', signal],
  ]);
  expect(Object.keys(paced({ close }, new Pace()))).toEqual(['close']);
});
