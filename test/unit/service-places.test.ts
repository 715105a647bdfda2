// Many rigs asked at once: how many are under way at a time, who goes first, and that nobody waits for one that is wedged.
import { setMaxListeners } from 'node:events';
import { expect, it } from '@jest/globals';
import { DONE, type Outcome } from '../../src/model/outcome.ts';
import type { RigDriver } from '../../src/rigs/port.ts';
import { inPlaces, PLACES, Places } from '../../src/service/places.ts';
import { eventually } from '../support/eventually.ts';

const close = (): Promise<void> => Promise.resolve();
const never = (): Promise<never> => new Promise<never>(() => undefined);
const orderUntil = (own: AbortSignal): Promise<Outcome> =>
  new Promise((resolve) => own.addEventListener('abort', () => resolve(DONE), { once: true }));
/** Nobody's time is over by itself: a machine that is slow changes nothing. */
const { signal } = new AbortController();
setMaxListeners(0, signal);

it('has so many under way at a time, and takes orders ahead of the readings that wait', async () => {
  const begun: string[] = [];
  const answers: ((outcome: Outcome) => void)[] = [];
  const places = new Places();
  const rig = (name: string): RigDriver =>
    inPlaces(
      {
        read: () => {
          begun.push(`look ${name}`);
          return never();
        },
        pause: () => {
          begun.push(`pause ${name}`);
          return new Promise<Outcome>((resolve) => answers.push(resolve));
        },
        close,
      },
      places,
    );
  const rigs = Array.from({ length: PLACES }, (_, at) => rig(String(at)));
  const first = rigs.map((one) => one.pause?.(signal));
  const looks = rigs.slice(0, 3).map((one) => one.read?.(signal));
  const last = rig('late').pause?.(signal);
  await Promise.resolve();
  expect(begun.filter((one) => one.startsWith('pause'))).toHaveLength(PLACES);
  answers[0]?.(DONE);
  expect(await first[0]).toBe(DONE);
  await eventually('the late one is begun', () => begun.length > PLACES);
  expect(begun[PLACES]).toBe('pause late');
  for (const answer of answers) answer(DONE);
  expect(await last).toBe(DONE);
  await eventually('the readings are begun', () => begun.length === PLACES + 1 + looks.length);
});

it('gives the place of one that never answers to the next, in a moment', async () => {
  const places = new Places();
  const wedged = inPlaces({ pause: never, close }, places);
  for (let at = 0; at < PLACES; at++) void wedged.pause?.(signal);
  const sound = inPlaces({ pause: () => Promise.resolve(DONE), close }, places);
  const beganMs = performance.now();
  expect(await sound.pause?.(signal)).toBe(DONE);
  expect(performance.now() - beganMs).toBeLessThan(1_000);
});

it('is not asked any more whose time is over before its turn comes', async () => {
  const places = new Places();
  const wedged = inPlaces({ pause: never, close }, places);
  for (let at = 0; at < PLACES; at++) void wedged.pause?.(signal);
  const asked: string[] = [];
  const late = inPlaces({ read: () => never().finally(() => asked.push('x')), close }, places);
  const end = new AbortController();
  const look = late.read?.(end.signal);
  end.abort();
  expect(await look).toMatchObject({ ok: false, fault: { code: 'not-asked' } });
  expect(asked).toEqual([]);
});

it('waits for no place whose time was over before it came, and does not ask either', async () => {
  const places = new Places();
  const wedged = inPlaces({ pause: never, close }, places);
  for (let at = 0; at < PLACES; at++) void wedged.pause?.(signal);
  let asked = 0;
  const count = (): Promise<Outcome> => {
    asked += 1;
    return Promise.resolve(DONE);
  };
  const late = inPlaces({ pause: count, close }, places);
  const notAsked = { ok: false, fault: { code: 'not-asked' } };
  expect(await Promise.race([late.pause?.(AbortSignal.abort()), new Promise((resolve) => setImmediate(resolve))])).toMatchObject(notAsked);
  // Nor where a place is free: its signal tells that nobody waits any more.
  expect(await inPlaces({ pause: count, close }, new Places()).pause?.(AbortSignal.abort())).toMatchObject(notAsked);
  expect(asked).toBe(0);
});

it('loses no place, whoever throws, is late, gives up or is given one as his time ends', async () => {
  const places = new Places();
  const broken = inPlaces({ pause: () => Promise.reject(new Error('a mistake')), read: never, close }, places);
  const sudden = inPlaces(
    {
      pause: () => {
        throw new Error('at once');
      },
      close,
    },
    places,
  );
  const ends = Array.from({ length: PLACES }, () => new AbortController());
  const gone = ends.map((end) => inPlaces({ pause: (own) => orderUntil(own), close }, places).pause?.(end.signal));
  const waiting = Array.from({ length: 2 * PLACES }, (_, at) => (at % 2 === 0 ? broken : sudden).pause?.(signal));
  const late = ends.map((end) => broken.read?.(end.signal));
  for (const end of ends) end.abort();
  const all = await Promise.allSettled([...gone, ...waiting, ...late]);
  expect(all.filter(({ status }) => status === 'rejected')).toHaveLength(2 * PLACES);
  // As many as at the first are begun at once, and no more.
  let begun = 0;
  const sound = inPlaces(
    {
      pause: () => {
        begun += 1;
        return never();
      },
      close,
    },
    places,
  );
  for (let at = 0; at < 2 * PLACES; at++) void sound.pause?.(signal);
  await new Promise((resolve) => setImmediate(resolve));
  expect(begun).toBe(PLACES);
});

it('hands on what it is given and what it is answered, and lacks what the rig lacks', async () => {
  const asked: unknown[] = [];
  const note = (...what: unknown[]): Promise<Outcome> => {
    asked.push(what);
    return Promise.resolve(DONE);
  };
  const whole = inPlaces(
    {
      pause: (end) => note('pause', end),
      resume: (mode, end) => note('resume', mode, end),
      halt: (end) => note('halt', end),
      limitWatts: (watts, _was, end) => note('limit', watts, end),
      reboot: (end) => note('reboot', end),
      locate: (on, end) => note('locate', on, end),
      mayOrder: (end) => note('may', end),
      close,
    },
    new Places(),
  );
  expect(await whole.pause?.(signal)).toBe(DONE);
  await whole.resume?.('eco', signal);
  await whole.halt?.(signal);
  await whole.limitWatts?.(2_000, undefined, signal);
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
  expect(Object.keys(inPlaces({ close }, new Places()))).toEqual(['close']);
});
