// A rig that says it is paused and hashes on, read in the moment in which an order goes ahead or time is up: it is not believed.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type LuxosFake, startLuxosFake } from '../../src/fakes/luxos-rig.ts';
import { realClock } from '../../src/host/clock.ts';
import { DONE } from '../../src/model/outcome.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { doubtingHalves } from '../../src/service/cut-short.ts';
import { type Devices, openDevices } from '../../src/service/devices.ts';
import { SimRig } from '../../src/sim/rig.ts';
import { configOf } from '../support/config-text.ts';
import { eventually } from '../support/eventually.ts';

const nowMs = (): number => performance.now();
let rig: SimRig;
let fake: LuxosFake;
let devices: Devices;
let driver: RigDriver;
let askedBefore: number;

beforeEach(async () => {
  rig = new SimRig({ id: 'ash', watts: 3250, hashRate: 110e12 }, nowMs);
  fake = await startLuxosFake({ rig, nowMs });
  const config = configOf(`
ups: { rack: { nut: { name: rack, host: 127.0.0.1 }, nominalWatts: 7000 } }
rigs: { ash: { driver: luxos, host: 127.0.0.1, port: ${fake.port}, fedBy: [rack], reward: { perDay: 2 }, watts: 3250 } }`);
  devices = await openDevices(config, { clock: realClock, hide: () => undefined });
  driver = devices.rigs.get('ash') ?? { close: () => Promise.resolve() };
  rig.behave({ lies: true });
  expect(await driver.pause?.(AbortSignal.timeout(5_000))).toEqual(DONE);
  expect(await driver.read?.(AbortSignal.timeout(5_000))).toMatchObject({ ok: true, value: { state: 'paused', watts: 3250 } });
  rig.behave({ lies: true, answerSeconds: 0.1 });
  askedBefore = fake.asked.length;
});

afterEach(async () => {
  await devices.close();
  await fake.close();
});

const isAskedOn = (): Promise<void> => eventually('it has told its state', () => fake.asked.slice(askedBefore).includes('summary'));

it('is of an unknown state where an order broke the reading off behind its word and before its figures', async () => {
  const reading = driver.read?.(AbortSignal.timeout(5_000));
  await isAskedOn();
  const again = driver.pause?.(AbortSignal.timeout(5_000));
  const read = await reading;
  expect(read?.ok === true ? read.value.state : 'none').not.toBe('paused');
  expect(await again).toEqual(DONE);
});

it('is of an unknown state where a look that an order waits for broke it off, and that look is whole', async () => {
  const reading = driver.read?.(AbortSignal.timeout(5_000));
  await isAskedOn();
  const brief = driver.read?.(AbortSignal.timeout(5_000), 'brief');
  const read = await reading;
  expect(read?.ok === true ? read.value.state : 'none').not.toBe('paused');
  expect(await brief).toMatchObject({ ok: true, value: { state: 'paused', watts: 3250 } });
});

it('is of an unknown state where its time was up there', async () => {
  const end = new AbortController();
  const reading = driver.read?.(end.signal);
  await isAskedOn();
  end.abort();
  const read = await reading;
  expect(read?.ok === true ? read.value.state : 'none').not.toBe('paused');
});

it('lacks what its driver lacks', () => {
  const close = (): Promise<void> => Promise.resolve();
  expect(Object.keys(doubtingHalves({ close }))).toEqual(['close']);
});
