// Who a machine is, asked now and then: and at once where it may be another one.
import { beforeEach, expect, it } from '@jest/globals';
import { AskedSeldom } from '../../src/transports/asked-seldom.ts';

let nowMs: number;
let asked: number;
let is: string | undefined;
let seldom: AskedSeldom<string>;

const get = (uptimeSeconds?: number) =>
  seldom.get(uptimeSeconds, () => {
    asked += 1;
    return Promise.resolve(is);
  });

beforeEach(async () => {
  nowMs = 0;
  asked = 0;
  is = 'one';
  seldom = new AskedSeldom(() => nowMs);
  expect(await get(1_000)).toMatchObject({ is: 'one', askedAtMs: 0 });
});

it('is held for 20 s with the moment in which it was asked, and asked again then', async () => {
  nowMs = 19_000;
  expect(await get(1_019)).toMatchObject({ is: 'one', askedAtMs: 0 });
  expect(asked).toBe(1);
  nowMs = 20_000;
  is = 'two';
  expect(await get(1_020)).toMatchObject({ is: 'two', askedAtMs: 20_000 });
});

it.each([3, 1_100, 900])('is asked again where its uptime became %d s in 15 s', async (uptimeSeconds) => {
  nowMs = 15_000;
  is = 'two';
  expect((await get(uptimeSeconds))?.is).toBe('two');
});

it('is held where no uptime is told', async () => {
  nowMs = 15_000;
  await get(undefined);
  expect(asked).toBe(1);
});

it('is asked again after the machine gave no answer, and after it did not tell', async () => {
  seldom.forget();
  is = undefined;
  expect(await get(1_000)).toBeUndefined();
  is = 'one';
  expect((await get(1_000))?.is).toBe('one');
  expect(asked).toBe(3);
});
