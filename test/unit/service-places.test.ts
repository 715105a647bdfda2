// Many rigs asked at once: how many are under way at a time, who goes first, and that nobody waits for one that is wedged.
import { setMaxListeners } from 'node:events';
import { expect, it } from '@jest/globals';
import { DONE, type Outcome } from '../../src/model/outcome.ts';
import { A_TURN, PLACES, Places } from '../../src/service/places.ts';
import { eventually } from '../support/eventually.ts';

const never = (): Promise<never> => new Promise<never>(() => undefined);
const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const orderUntil = (own: AbortSignal): Promise<Outcome> =>
  new Promise((resolve) => own.addEventListener('abort', () => resolve(DONE), { once: true }));
/** Nobody's time is over by itself: a machine that is slow changes nothing. */
const { signal } = new AbortController();
setMaxListeners(0, signal);

function order(places: Places, talk: () => Promise<Outcome>, until = signal): Promise<Outcome> {
  return places.take(true, until, talk);
}

function look(places: Places, talk: () => Promise<Outcome>, until = signal): Promise<Outcome> {
  return places.take(false, until, talk);
}

/** ms; longer than any machine stands still: a place that is held stays held. */
const FOR_GOOD = 600_000;

/** All of them taken by rigs that never answer. */
async function full(heldMs = FOR_GOOD): Promise<Places> {
  const places = new Places(heldMs);
  let wedged = 0;
  for (let at = 0; at < PLACES; at++)
    void order(places, () => {
      wedged += 1;
      return never();
    });
  while (wedged < PLACES) await turnOfTheLoop();
  return places;
}

it('has so many under way at a time, and takes orders ahead of the readings that wait', async () => {
  const begun: string[] = [];
  const answers: ((outcome: Outcome) => void)[] = [];
  const places = new Places(FOR_GOOD);
  const pause = (name: string): Promise<Outcome> =>
    order(places, () => {
      begun.push(`pause ${name}`);
      return new Promise<Outcome>((resolve) => answers.push(resolve));
    });
  const first = Array.from({ length: PLACES }, (_, at) => pause(String(at)));
  await eventually('all places are taken', () => begun.length === PLACES);
  for (let at = 0; at < 3; at++)
    void look(places, () => {
      begun.push(`look ${at}`);
      return never();
    });
  const last = pause('late');
  answers[0]?.(DONE);
  expect(await first[0]).toBe(DONE);
  await eventually('the late one is begun', () => begun.length > PLACES);
  expect(begun[PLACES]).toBe('pause late');
  for (const answer of answers) answer(DONE);
  expect(await last).toBe(DONE);
  await eventually('the readings are begun', () => begun.length === PLACES + 4);
});

it('begins a few in a turn of the loop, in the order in which they came, so that others have theirs between', async () => {
  const begun: number[] = [];
  const places = new Places();
  const count = 3 * A_TURN + 1;
  const all = Array.from({ length: count }, (_, at) =>
    order(places, () => {
      begun.push(at);
      return Promise.resolve(DONE);
    }),
  );
  await Promise.all(all.slice(0, A_TURN));
  // They are through already, and their places free.
  expect(begun).toHaveLength(A_TURN);
  await turnOfTheLoop();
  expect(begun).toHaveLength(2 * A_TURN);
  await Promise.all(all);
  expect(begun).toEqual(Array.from({ length: count }, (_, at) => at));
});

it('gives the place of one that never answers to the next, in a moment', async () => {
  const places = await full(50);
  const beganMs = performance.now();
  expect(await order(places, () => Promise.resolve(DONE))).toBe(DONE);
  expect(performance.now() - beganMs).toBeLessThan(1_000);
});

it('is not asked any more whose time is over before its turn comes', async () => {
  const places = await full();
  let asked = 0;
  const end = new AbortController();
  const late = look(
    places,
    () => {
      asked += 1;
      return never();
    },
    end.signal,
  );
  end.abort();
  expect(await late).toMatchObject({ ok: false, fault: { code: 'not-asked' } });
  expect(asked).toBe(0);
});

it('waits for no place whose time was over before it came, and does not ask either', async () => {
  const places = await full();
  let asked = 0;
  const count = (): Promise<Outcome> => {
    asked += 1;
    return Promise.resolve(DONE);
  };
  const notAsked = { ok: false, fault: { code: 'not-asked' } };
  expect(await Promise.race([order(places, count, AbortSignal.abort()), turnOfTheLoop()])).toMatchObject(notAsked);
  // Nor where a place is free: its signal tells that nobody waits any more.
  expect(await order(new Places(), count, AbortSignal.abort())).toMatchObject(notAsked);
  expect(asked).toBe(0);
});

it('loses no place, whoever throws, is late, gives up or is given one as his time ends', async () => {
  const places = new Places(FOR_GOOD);
  const broken = (): Promise<Outcome> => Promise.reject(new Error('a mistake'));
  const sudden = (): Promise<Outcome> => {
    throw new Error('at once');
  };
  const ends = Array.from({ length: PLACES }, () => new AbortController());
  const gone = ends.map((end) => order(places, () => orderUntil(end.signal), end.signal));
  const waiting = Array.from({ length: 2 * PLACES }, (_, at) => order(places, at % 2 === 0 ? broken : sudden));
  const late = ends.map((end) => look(places, never, end.signal));
  for (const end of ends) end.abort();
  const all = await Promise.allSettled([...gone, ...waiting, ...late]);
  expect(all.filter(({ status }) => status === 'rejected')).toHaveLength(2 * PLACES);
  // As many as at the first are begun within some turns, and no more.
  let begun = 0;
  for (let at = 0; at < 2 * PLACES; at++)
    void order(places, () => {
      begun += 1;
      return never();
    });
  for (let turn = 0; turn < 2 * (PLACES / A_TURN) && begun < PLACES; turn++) await turnOfTheLoop();
  expect(begun).toBe(PLACES);
});
