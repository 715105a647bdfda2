// A contact behind a program of the owner's.
import { expect, it } from '@jest/globals';
import type { ContactInput } from '../../src/inputs/port.ts';
import { inputDriver, inputDrivers } from '../../src/inputs/registry.ts';

const soon = (): AbortSignal => AbortSignal.timeout(5000);

function contact(script: string): ContactInput {
  const kind = inputDriver('command');
  if (kind === undefined) throw new Error('there is no such driver');
  return kind.open({ read: ['/bin/sh', '-c', script] }, { input: 'ats', nowMs: () => performance.now() });
}

it('is closed or open as the program prints', async () => {
  expect(await contact('echo closed').read(soon())).toEqual({ ok: true, value: 'closed' });
  expect(await contact('printf " open "').read(soon())).toEqual({ ok: true, value: 'open' });
});

it('calls any other word rubbish, and says which one', async () => {
  expect(await contact('echo yes').read(soon())).toMatchObject({
    ok: false,
    fault: { code: 'garbled', detail: '/bin/sh printed "yes"; it must print closed or open' },
  });
});

it('gives up when its time is over', async () => {
  const startedAt = performance.now();
  expect(await contact('sleep 30').read(AbortSignal.timeout(60))).toMatchObject({ ok: false, fault: { code: 'timeout' } });
  expect(performance.now() - startedAt).toBeLessThan(3_000);
});

it('is told as a fault where the program fails', async () => {
  expect((await contact('echo no bus >&2; exit 3').read(soon())).ok).toBe(false);
  await contact('true').close();
});

it('knows each driver by its name alone', () => {
  for (const driver of inputDrivers) expect(inputDriver(driver.name)).toBe(driver);
  expect(inputDriver('toString')).toBeUndefined();
});
