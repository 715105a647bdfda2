// What a driver does before the rig of another maker, whatever it is asked for: nothing, and it says whose rig that is.
import { expect } from '@jest/globals';
import type { TcpBench } from '../contract/rig-bench.ts';
import { within } from '../contract/rig-driver.ts';

interface Played {
  readonly asked: readonly string[];
  settings(): unknown;
}

export async function doesNothingToAnother({ driver, fake, rig }: TcpBench<Played>, whose: RegExp): Promise<void> {
  const before = fake.settings();
  for (const said of [
    await driver.read?.(within()),
    await driver.mayOrder?.(within()),
    await driver.pause?.(within()),
    await driver.resume?.('0', within()),
    await driver.reboot?.(within()),
    await driver.locate?.(true, within()),
    await driver.locate?.(false, within()),
  ]) {
    expect(said).toMatchObject({ ok: false, fault: { code: 'garbled', detail: expect.stringMatching(whose) } });
  }
  expect([fake.settings(), fake.asked.filter((one) => one.startsWith('POST')), rig.log]).toEqual([before, [], []]);
}
