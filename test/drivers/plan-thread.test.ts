// The thread in which plans are searched for, for real: it answers, breaks off, hangs, and is started anew.
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { answerTo, type PlanQuestion, questionOf } from '../../src/core/plan-question.ts';
import { marginBy } from '../../src/core/plan-search.ts';
import type { Log } from '../../src/host/port.ts';
import { linearDrain } from '../../src/planner/drain.ts';
import { DEFAULT_PRIOR, Survival } from '../../src/planner/survival.ts';
import { PlanThread } from '../../src/service/plan-thread.ts';
import { rig, siteOf } from '../support/core-desk.ts';

const LOADER = new URL('../unit/host-ts-loader.mjs', import.meta.url);
const REGISTER = `data:text/javascript,${encodeURIComponent(`import { register } from 'node:module'; register('${LOADER}');`)}`;
// The sources as they are, so that no earlier build is tested by mistake.
const fromSources = () => new Worker(new URL('../../src/service/plan-worker.ts', import.meta.url), { execArgv: ['--import', REGISTER] });
const running = (program: string) => () => new Worker(program, { eval: true });

const said: string[] = [];
const log: Log = { write: (_, message) => void said.push(message) };
let threads: PlanThread[];

beforeEach(() => {
  said.length = 0;
  threads = [];
});
afterEach(async () => {
  await Promise.all(threads.map((one) => one.close()));
});

function thread(start: () => Worker): PlanThread {
  const one = new PlanThread(log, start);
  threads.push(one);
  return one;
}

function question(ups = 'rack'): PlanQuestion {
  const drain = linearDrain(1_000);
  const step = (reward: number) => ({ watts: 1_000, reward, loss: 0.01, rigs: ['x'], sleepers: [], countedWatts: 1_000, stopSeconds: 20 });
  return questionOf(
    {
      loads: ['a', 'b', 'c'].map((id, i) => ({ id, increments: [{ ...step(0.1 + i / 10), rigs: [id] }] })),
      baseWatts: 60,
      loadWatts: 3_060,
      leaving: [],
      depth: 0.2,
      kept: undefined,
      drain,
      floorAt: () => 0.15,
      marginAt: marginBy(drain),
      costPerKwh: 0.2,
      survival: Survival.of(DEFAULT_PRIOR),
      survivalFrom: (hours) => Survival.of(DEFAULT_PRIOR, hours),
      before: undefined,
      many: true,
    },
    { ups, atMs: 1_000, mostWatts: 7_000, prior: DEFAULT_PRIOR, elapsedHours: 0 },
  );
}

const patience = () => new AbortController().signal;

describe('the thread that searches for plans', () => {
  it('finds what would have been found here, for each who asks', async () => {
    const one = thread(fromSources);
    const [rack, shelf] = await Promise.all([one.search(question('rack'), patience()), one.search(question('shelf'), patience())]);
    expect(rack).toEqual({ ok: true, value: answerTo(question()) });
    expect(shelf).toEqual(rack);
    expect(said).toEqual([]);
  });

  it('says of a question that it cannot work on what is wrong, and goes on', async () => {
    const one = thread(fromSources);
    const bad = { ...question(), prior: { edgesHours: null, hazardPerHour: [] } } as unknown as PlanQuestion;
    expect(await one.search(bad, patience())).toMatchObject({ ok: false, fault: { code: 'garbled' } });
    expect(await one.search(question(), patience())).toMatchObject({ ok: true });
  });

  it('that breaks off tells all who wait, is said once, and the next question starts another', async () => {
    let started = 0;
    const one = thread(() => {
      started += 1;
      return started === 1
        ? running("require('node:worker_threads').parentPort.on('message', () => { throw new Error('out of memory'); });")()
        : fromSources();
    });
    const answers = await Promise.all([one.search(question(), patience()), one.search(question('shelf'), patience())]);
    expect(answers).toMatchObject([{ ok: false }, { ok: false }]);
    expect(said).toEqual([expect.stringMatching(/^the thread that searches for plans broke off \(out of memory\)/)]);
    expect(await one.search(question(), patience())).toMatchObject({ ok: true });
    expect(started).toBe(2);
  });

  it('that hangs is ended at the deadline, and another started', async () => {
    let started = 0;
    const one = thread(() => {
      started += 1;
      return started === 1 ? running("require('node:worker_threads').parentPort.on('message', () => { for (;;); });")() : fromSources();
    });
    const deadline = new AbortController();
    const asked = one.search(question(), deadline.signal);
    deadline.abort();
    expect(await asked).toMatchObject({ ok: false, fault: { code: 'unreachable', detail: 'no plan for rack in time' } });
    expect(await one.search(question(), patience())).toMatchObject({ ok: true });
  });

  it('that cannot be started is a fault', async () => {
    const one = thread(() => {
      throw new Error('no room for a thread');
    });
    expect(await one.search(question(), patience())).toMatchObject({ ok: false, fault: { detail: 'no room for a thread' } });
  });

  it.each([
    [1_001, 1],
    [1_000, 0],
  ])('is started ahead of any question for a site with %d rigs on one UPS: %d', (count, threadsStarted) => {
    let started = 0;
    const one = thread(() => {
      started += 1;
      return running('')();
    });
    one.prepareFor(siteOf({ rigs: Array.from({ length: count }, (_, i) => rig(`r${i}`, 1)) }));
    expect(started).toBe(threadsStarted);
  });

  it('tells whoever waits that the service stops, and starts no other', async () => {
    let started = 0;
    const one = thread(() => {
      started += 1;
      return running("require('node:worker_threads').parentPort.on('message', () => undefined);")();
    });
    const asked = one.search(question(), patience());
    await one.close();
    expect(await asked).toMatchObject({ ok: false, fault: { code: 'not-asked' } });
    expect(await one.search(question(), patience())).toMatchObject({ ok: false, fault: { code: 'not-asked' } });
    expect(said).toEqual([]);
    expect(started).toBe(1);
  });
});
