// Another machine on the address of a rig under VNish, put there with no moment in which nobody answered.
import { afterEach, expect, it } from '@jest/globals';
import { startVnishFake, type VnishFake } from '../../src/fakes/vnish-rig.ts';
import type { RigReading } from '../../src/model/rig.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { vnish } from '../../src/rigs/vnish.ts';
import { SimRig } from '../../src/sim/rig.ts';
import { rigKit, within } from '../contract/rig-driver.ts';

let now = 0;
const nowMs = (): number => now;
let driver: RigDriver | undefined;
let fake: VnishFake | undefined;

afterEach(async () => {
  await driver?.close();
  await fake?.close();
});

const machine = (id: string, port?: number): Promise<VnishFake> =>
  startVnishFake({ rig: new SimRig({ id, watts: 3250, hashRate: 110e12 }, nowMs), nowMs, ...(port !== undefined && { port }) });

async function readingOf(): Promise<RigReading> {
  const reading = await driver?.read?.(within());
  if (!reading?.ok) throw new Error(reading?.fault.detail ?? 'it cannot be read');
  return reading.value;
}

it('is told from the one before within 20 s, and by then a reading says when it was asked who it is', async () => {
  now = 100_000;
  fake = await machine('rig-1');
  const { port } = fake;
  driver = vnish.open({ host: '127.0.0.1', port, passwordFile: 'p' }, { ...rigKit('rig-1', new Map([['p', 'admin']])), nowMs });
  const { identity, identityAtMs } = await readingOf();
  expect(identity).toMatch(/^02:01/);
  expect(identityAtMs).toBe(100_000);
  await fake.close();
  fake = await machine('rig-2', port);
  now = 119_000;
  expect(await readingOf()).toMatchObject({ identity, identityAtMs: 100_000, takenAtMs: 119_000 });
  // Half a minute after it was sure, a look is taken before it is given an order (core/strangers.ts): that one asks.
  now = 131_000;
  const later = await readingOf();
  expect(later).toMatchObject({ identityAtMs: 131_000, identity: expect.stringMatching(/^02:01/) });
  expect(later.identity).not.toBe(identity);
});
