// Nights in which the service dies, and nights in which a person has a say.
import { describe, expect, it } from '@jest/globals';
import { isAlarm } from '../../src/engine/words.ts';
import type { Event } from '../../src/model/event.ts';
import type { SimSiteOptions } from '../../src/sim/site.ts';
import { siteOf } from '../../src/sim/site-settings.ts';
import { startOn, stop } from '../support/edited-file.ts';
import { farm, RIGS, rig } from '../support/farm.ts';
import { judgeEach, type Night, scenario } from '../support/scenario.ts';

let night: Night;
judgeEach(() => night);

const CALM = 60;

describe('a service that is killed', () => {
  it('in the middle of a shed finishes it, and moves no switch twice', async () => {
    night = await scenario(farm({ policy: { cutPaused: 'always' } }));
    await night.at(CALM, () => night.loseMains());
    await night.until('the worst is asked', () => night.asked('pause').length > 0, 900);
    await night.run(2);
    night.kill();
    await night.run(5);
    await night.start();
    await night.until('every rig is dark', () => night.edges.length === 4, 1_800);
    expect(night.edges.map((edge) => `${edge.switch} ${edge.to}`)).toEqual(['kd cut', 'kc cut', 'kb cut', 'ka cut']);
    night.returnMains();
    const back = night.nowSeconds;
    await night.until('every rig hashes', () => night.hashing().length === 4, 3_600);
    expect(night.edges.slice(4).map((edge) => `${edge.switch} ${edge.to}`)).toEqual(['ka fed', 'kb fed', 'kc fed', 'kd fed']);
    expect(night.nowSeconds).toBeGreaterThan(back);
  });

  it.each([350, 352, 361, 385, 420, 500, 600])('at second %i of a shed leaves the night as good as it was', async (second) => {
    night = await scenario(farm({ policy: { cutPaused: 'always' } }));
    await night.at(CALM, () => night.loseMains());
    await night.at(second, () => night.kill());
    await night.run(3);
    await night.start();
    await night.until('every rig is quiet', () => night.hashing().length === 0, 1_800);
    expect(night.depth()).toBeLessThan(0.95);
    await night.run(120);
    night.returnMains();
    await night.until('every rig hashes', () => night.hashing().length === 4, 3_600);
    expect(night.edges.filter(({ to }) => to === 'cut').map((edge) => edge.switch)).toEqual(['kd', 'kc', 'kb', 'ka']);
  });

  it('over the end of the outage brings back what it had shed', async () => {
    night = await scenario(farm());
    await night.at(CALM, () => night.loseMains());
    await night.until('two are quiet', () => night.hashing().length === 2, 900);
    night.kill();
    night.returnMains();
    await night.run(300);
    await night.start();
    await night.until('every rig hashes', () => night.hashing().length === 4, 3_600);
    expect(night.events('outage-ended').at(-1)).toMatchObject({ seconds: null });
    expect(night.asked('resume')).toEqual(['c', 'd']);
  });

  it('in calm and started again asks nothing and moves nothing', async () => {
    night = await scenario(farm());
    for (let round = 0; round < 5; round += 1) {
      await night.run(100);
      night.kill();
      await night.run(10);
      await night.start();
    }
    await night.run(600);
    expect([night.orders, night.edges]).toEqual([[], []]);
  });
});

describe('a person', () => {
  it("holds a rig down, over a restart and against the policy's wish", async () => {
    night = await scenario(farm());
    await night.at(CALM, () => night.submit({ kind: 'hold', as: 'down', rigs: ['a'] }));
    await night.until('it is quiet', () => !night.hashing().includes('a'), 120);
    night.kill();
    await night.run(5);
    await night.start();
    await night.at(600, () => night.loseMains());
    await night.run(900);
    night.returnMains();
    await night.until('the others hash', () => night.hashing().length === 3, 3_600);
    await night.run(1_800);
    expect(night.hashing()).toEqual(['b', 'c', 'd']);
    expect(night.asked('resume')).not.toContain('a');
    await night.submit({ kind: 'release', rigs: ['a'] });
    await night.until('it hashes again', () => night.hashing().length === 4, 1_200);
  });

  it("keeps a rig up against the policy's wish, but not against the floor", async () => {
    night = await scenario(farm());
    await night.at(30, () => night.submit({ kind: 'hold', as: 'up', rigs: ['d'] }));
    await night.at(CALM, () => night.loseMains());
    await night.until('every rig is quiet', () => night.hashing().length === 0, 1_800);
    expect(night.asked('pause')[0]).toBe('c');
    expect(night.askedAt('pause', 'd')).toBeGreaterThan(night.askedAt('pause', 'c'));
    expect(night.depth()).toBeLessThan(0.95);
  });

  it('starts no rig on battery', async () => {
    night = await scenario(farm());
    await night.at(CALM, () => night.loseMains());
    await night.until('the worst is quiet', () => night.hashing().length === 3, 900);
    await night.run(10);
    const answer = await night.submit({ kind: 'hold', as: 'up', rigs: ['d'] });
    expect(answer).toMatchObject({ ok: false });
    await night.run(60);
    expect(night.asked('resume')).toEqual([]);
  });

  it('who wants a rig up that is just being paused does not get it started on battery', async () => {
    night = await scenario(farm());
    await night.at(CALM, () => night.loseMains());
    await night.until('the worst is asked', () => night.asked('pause').length === 1, 900);
    await night.run(2);
    await night.submit({ kind: 'hold', as: 'up', rigs: ['d'] });
    await night.run(60);
    expect(night.asked('resume')).toEqual([]);
  });

  it('who has not armed it sees what it would do, once, and nothing moves', async () => {
    night = await scenario(farm({ armed: false }));
    await night.at(CALM, () => night.loseMains());
    await night.until('the battery is nearly empty', () => night.depth() > 0.95, 900);
    expect([night.orders, night.edges]).toEqual([[], []]);
    expect(night.hashing()).toEqual(['a', 'b', 'c', 'd']);
    const due = night.events('step-due');
    expect(due.every((record) => record['dryRun'] === true)).toBe(true);
    const pauses = due.map((record) => record['step'] as { kind: string; rig?: string }).filter(({ kind }) => kind === 'pause');
    expect(pauses.map((step) => step.rig).toSorted()).toEqual(['a', 'b', 'c', 'd']);
    night.returnMains();
    await night.run(600);
    expect([night.orders, night.edges]).toEqual([[], []]);
  });

  it('who disarms with the rigs down is told, and nobody brings them back until it is armed again', async () => {
    night = await scenario(farm());
    await night.at(CALM, () => night.loseMains());
    await night.run(900);
    expect(await night.submit({ kind: 'disarm' })).toMatchObject({ ok: false });
    expect(await night.submit({ kind: 'disarm', yes: true })).toMatchObject({ ok: true });
    night.returnMains();
    await night.run(1_200);
    expect(night.asked('resume')).toEqual([]);
    await night.submit({ kind: 'arm' });
    await night.until('every rig hashes', () => night.hashing().length === 4, 3_600);
  });
});

it('a person who releases a rig that the policy took down gets it back while lastwatt is disarmed, and no other', async () => {
  night = await scenario(farm());
  await night.at(CALM, () => night.loseMains());
  await night.until('two are quiet', () => night.hashing().length === 2, 900);
  await night.submit({ kind: 'disarm', yes: true });
  night.returnMains();
  await night.run(300);
  expect(night.asked('resume')).toEqual([]);
  await night.submit({ kind: 'release', rigs: ['d'] });
  await night.until('it hashes', () => night.hashing().includes('d'), 900);
  await night.run(300);
  expect(night.asked('resume')).toEqual(['d']);
});

describe('a wish that comes before the service has seen its rigs', () => {
  async function releasedAgain(): Promise<void> {
    await night.until('every rig is quiet', () => night.hashing().length === 0, 300);
    await night.run(120);
    await night.submit({ kind: 'release', rigs: 'all' });
    await night.until('every rig hashes', () => night.hashing().length === 4, 1_800);
  }

  it('waits for the first look, and so knows whom to bring back', async () => {
    night = await scenario(farm(), (one) => {
      for (const id of ['a', 'b', 'c', 'd']) one.rig(id, { answerSeconds: 1 });
    });
    await night.submit({ kind: 'hold', as: 'down', rigs: 'all' }, 'button');
    await releasedAgain();
    expect(night.events('was-up')).toEqual([]);
  });

  it('and skips every wait brings back those whose first answer shows that they were up', async () => {
    night = await scenario(farm(), (one) => {
      for (const id of ['a', 'b', 'c', 'd']) one.rig(id, { answerSeconds: 1, pauseSeconds: 20 });
    });
    for (const contact of night.world.switches.values()) contact.misbehave({ unreachable: true });
    await night.submit({ kind: 'hold', as: 'down', rigs: 'all', now: true });
    await night.run(8);
    for (const contact of night.world.switches.values()) contact.misbehave({ unreachable: false });
    expect(night.events('was-up')).toHaveLength(4);
    await releasedAgain();
  });

  it('finds a rig asleep, and does not wake it when it is over', async () => {
    const rigs = { ...RIGS, c: rig(4, { cutBy: ['kc'], sim: { startsAs: 'paused' } }) };
    night = await scenario(farm({ rigs }));
    await night.submit({ kind: 'hold', as: 'down', rigs: 'all' });
    await night.until('every rig is quiet', () => night.hashing().length === 0, 300);
    await night.run(120);
    await night.submit({ kind: 'release', rigs: 'all' });
    await night.until('the others hash', () => night.hashing().length === 3, 1_800);
    await night.run(300);
    expect(night.asked('resume')).not.toContain('c');
  });
});

describe('who is to be told of outages', () => {
  const told = (): unknown[] => night.journal.filter((record) => isAlarm(record as unknown as Event)).map(({ event }) => event);

  it('hears of one in which nothing is shed when it is no blip, once, and when it is over', async () => {
    night = await scenario(farm());
    await night.at(CALM, () => night.loseMains());
    await night.run(4);
    expect(told()).toEqual([]);
    await night.run(20);
    night.kill();
    await night.start();
    await night.run(20);
    expect(told()).toEqual(['outage-stands']);
    night.returnMains();
    await night.run(20);
    expect(told()).toEqual(['outage-stands', 'outage-ended']);
  });

  it('is not woken for a blip', async () => {
    night = await scenario(farm());
    await night.at(CALM, () => night.loseMains());
    await night.run(3);
    night.returnMains();
    await night.run(60);
    expect(told()).toEqual([]);
  });
});

describe('a service told to stop at the floor', () => {
  async function stops(change: Partial<SimSiteOptions>): Promise<number> {
    night = await scenario(farm(change));
    await night.at(CALM, () => night.loseMains());
    night.ups({ lowBattery: 'early' });
    await night.run(10);
    const from = night.nowSeconds;
    await night.world.clock.settle(night.engine.stop('SIGTERM'), 120_000);
    return night.nowSeconds - from;
  }

  it('while it takes rigs down sees that through', async () => {
    expect(await stops({ rigs: { a: rig(8, { cutBy: ['ka'], quirks: { hangs: true } }) } })).toBeGreaterThan(15);
  });

  it.each([
    ['it is disarmed', { armed: false }],
    ['no rig hangs on that UPS', { rigs: { m: rig(8, { fedBy: ['mains'] }) } }],
  ])('stops at once where %s', async (_, change) => {
    expect(await stops(change)).toBeLessThan(2);
  });
});

it('a file that says armed arms nobody whose service has run before; status says that the two differ', async () => {
  night = await scenario(farm({ armed: false }));
  await night.run(30);
  night.kill();
  const engine = await startOn(night, siteOf(farm({ armed: true })));
  await night.run(5);
  const status = engine.status();
  expect(status.armed).toBe(false);
  expect(status.notes).toContain(
    'the file says armed: true, and lastwatt is disarmed: the file counts at the first start only; lastwatt arm decides',
  );
  await stop(night, engine);
});
