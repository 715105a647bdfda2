// Jobs by the wall clock.
import { expect, it } from '@jest/globals';
import type { LogLevel } from '../../src/host/port.ts';
import { scheduleMistake, startSchedules } from '../../src/host/schedules.ts';

const quiet = { log: { write: () => undefined }, wallIsSet: () => true };

it('runs a job when its second comes, and no more after it was closed', async () => {
  let runs = 0;
  const started = startSchedules({ selfTest: '* * * * * *' }, () => void runs++, quiet);
  if (!started.ok) throw new Error(started.fault.detail);
  await until(() => runs > 0);
  await started.value.close();
  const then = runs;
  await new Promise((resolve) => setTimeout(resolve, 1100));
  expect(runs).toBe(then);
});

it('logs what a job throws as one line, and not on standard output', async () => {
  const logged: [LogLevel, string, unknown][] = [];
  const job = (): void => {
    throw new Error('the ups does not answer');
  };
  const log = { write: (level: LogLevel, message: string, facts?: unknown) => void logged.push([level, message, facts]) };
  const started = startSchedules({ selfTest: '* * * * * *' }, job, { log, wallIsSet: () => true });
  await until(() => logged.some(([level, ...rest]) => level === 'error' && JSON.stringify(rest).includes('does not answer')));
  if (started.ok) await started.value.close();
  expect(logged[0]?.[1]).toContain('selfTest');
});

it.each(['0 11 * * 8', '61 * * * *', 'monday', '', '0 0 31 2 *'])('refuses %j and gives an example', (selfTest) => {
  expect(scheduleMistake(selfTest)).toEqual(expect.any(String));
  expect(startSchedules({ selfTest }, () => undefined, quiet)).toMatchObject({
    ok: false,
    fault: { detail: expect.stringContaining('"0 11 * * 1"') },
  });
});

it('has nothing to do where nothing is scheduled', async () => {
  const started = startSchedules({}, () => undefined, quiet);
  expect(started.ok).toBe(true);
  if (started.ok) await started.value.close();
});

it('holds them until the time of day is known', async () => {
  let isSet = false;
  let runs = 0;
  const started = startSchedules({ selfTest: '* * * * * *' }, () => void runs++, { ...quiet, wallIsSet: () => isSet });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(runs).toBe(0);
  isSet = true;
  await until(() => runs > 0, 9_000);
  if (started.ok) await started.value.close();
}, 15_000);

async function until(there: () => boolean, withinMs = 4000): Promise<void> {
  for (const endMs = performance.now() + withinMs; !there() && performance.now() < endMs; )
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(there()).toBe(true);
}
