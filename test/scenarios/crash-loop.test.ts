// Nights in which the service dies while a rig is on its way down or up, once or in a loop: no deadline is begun anew.
import { describe, expect, it } from '@jest/globals';
import { placeOf } from '../../src/sim/site-settings.ts';
import { farm, RACK, RIGS, rig } from '../support/farm.ts';
import { judgeEach, Night, scenario } from '../support/scenario.ts';

let night: Night;
judgeEach(() => night);

/** Seconds; what a simulated rig is configured with. */
const GRACE = 30;
const COOL_DOWN = 30;
const START_MS = 1_000_000;

/** When the switch of `d`, the worst earner, opened; later than anything where it never did. */
const cutAt = (): number => night.edges.find((edge) => edge.switch === 'kd' && edge.to === 'cut')?.at ?? Number.POSITIVE_INFINITY;

/** To the moment at which `d` is asked to leave in an outage. */
async function asked(): Promise<number> {
  await night.run(300);
  night.loseMains();
  await night.until('it is asked', () => night.asked('pause').includes('d'), 900);
  return night.askedAt('pause', 'd');
}

const leavesNobodyLit = { policy: { cutPaused: 'always' } } as const;

describe('a service that dies again and again', () => {
  /** So many lives, of so many seconds each. */
  async function lives(count: number, seconds: number): Promise<void> {
    for (let life = 0; life < count; life += 1) {
      await night.run(seconds);
      night.kill();
      await night.start();
    }
  }

  it.each([
    [20, 5, 'an order of each life fails in it', 0],
    [10, 8, 'an order of each life fails in it', 0],
    // The third order is at second 10.
    [5, 12, 'no order of any life has a result', 10],
  ])('every %i s cuts a rig that hangs when its grace is over (%i lives): %s', async (seconds, count, _, third) => {
    night = await scenario(farm(leavesNobodyLit));
    night.rig('d', { hangs: true });
    const from = await asked();
    await lives(count, seconds);
    expect(cutAt() - from).toBeGreaterThanOrEqual(third + GRACE);
    expect(cutAt() - from).toBeLessThan(third + GRACE + 4);
  });

  it('does so though its journal is rotated in every life', async () => {
    night = new Night(placeOf(farm(leavesNobodyLit)), undefined, 2_000);
    await night.start();
    night.rig('d', { hangs: true });
    const from = await asked();
    await lives(8, 10);
    expect((await night.card.list()).length).toBeGreaterThan(3);
    expect(cutAt() - from).toBeLessThan(GRACE + 4);
  });

  it('cuts a rig that hangs when its grace is over, whatever the mains of another UPS do meanwhile', async () => {
    const rigs = { ...RIGS, e: rig(5, { fedBy: ['shelf'], cutBy: ['ke'] }) };
    night = await scenario(farm({ ups: { rack: RACK, shelf: RACK }, rigs, ...leavesNobodyLit }));
    night.rig('d', { hangs: true });
    await night.run(300);
    night.loseMains('rack');
    await night.until('it is asked', () => night.asked('pause').includes('d'), 900);
    const from = night.askedAt('pause', 'd');
    for (let life = 0; life < 10; life += 1) {
      await night.run(3);
      night.loseMains('shelf');
      await night.run(3);
      night.returnMains('shelf');
      await night.run(3);
      night.kill();
      await night.start();
    }
    expect(night.events('outage-ended').length).toBeGreaterThan(5);
    expect(cutAt() - from).toBeGreaterThanOrEqual(GRACE);
    expect(cutAt() - from).toBeLessThan(GRACE + 4);
  });

  it('cuts a rig that sleeps when its cool-down is over, and asks it for nothing more', async () => {
    night = await scenario(farm(leavesNobodyLit));
    await asked();
    await night.until('it sleeps', () => night.events('phase').some(({ to }) => to === 'paused'), 60);
    const slept = night.nowSeconds;
    await lives(4, 10);
    expect(cutAt() - slept).toBeGreaterThanOrEqual(COOL_DOWN - 2);
    expect(cutAt() - slept).toBeLessThan(COOL_DOWN + 4);
    expect(night.orders.filter(({ rig: id }) => id === 'd')).toHaveLength(1);
  });

  it('names a rig that will not wake after the tries of all its lives', async () => {
    night = await scenario(farm());
    night.rig('d', { willNotWake: true });
    await night.submit({ kind: 'hold', as: 'down', rigs: ['d'] });
    await night.until('it is cut', () => night.edges.length === 1, 200);
    await night.submit({ kind: 'release', rigs: ['d'] });
    await night.until('it is told to wake', () => night.asked('resume').includes('d'), 600);
    const told = night.nowSeconds;
    await lives(20, 60);
    expect(night.faults()).toEqual(['will-not-wake']);
    expect(night.orders.filter(({ what }) => what === 'resume')).toHaveLength(3);
    // Four minutes for each try, of a rig that needs two.
    expect(night.events('fault')[0]?.monoMs).toBeLessThan(START_MS + (told + 3 * 240 + 60) * 1_000);
  });

  it('names a rig that never answers when its time to boot is over', async () => {
    night = await scenario(farm());
    await night.submit({ kind: 'hold', as: 'down', rigs: ['d'] });
    await night.until('it is cut', () => night.edges.length === 1, 200);
    night.rig('d', { hangs: true });
    await night.submit({ kind: 'release', rigs: ['d'] });
    await night.until('it is fed', () => night.edges.length === 2, 600);
    const fed = night.nowSeconds;
    await lives(20, 60);
    expect(night.faults()).toEqual(['will-not-wake']);
    expect(night.events('fault')[0]?.monoMs).toBeLessThan(START_MS + (fed + 16 * 60 + 60) * 1_000);
  });
});

describe('a service that dies every 4 s, before any first look is over', () => {
  const LIFE = 4;
  const lowFloor = { policy: { cutPaused: 'at-floor', shedBelowSeconds: 500, cutBelowSeconds: 440 } } as const;

  /** Lives until it is so; how long that took, s. */
  async function livesUntil(what: string, isSo: () => boolean, most: number): Promise<number> {
    const from = night.nowSeconds;
    while (!isSo()) {
      if (night.nowSeconds - from > most) throw new Error(`not within ${most} s of lives: ${what}`);
      night.kill();
      await night.start();
      await night.run(LIFE);
    }
    return night.nowSeconds - from;
  }

  it('takes every rig down before a battery that nobody hears of is empty', async () => {
    night = await scenario(farm());
    await asked();
    night.ups({ silent: true });
    await livesUntil('every rig is quiet', () => night.hashing().length === 0, 900);
    expect(night.depth()).toBeLessThan(1);
    expect(night.world.ups.get('rack')?.live).toBe(true);
    expect(night.asked('pause')).toEqual(['d', 'c', 'b', 'a']);
  });

  it('cuts at the floor a rig that slept, and was not heard since, when a grace is over', async () => {
    night = await scenario(farm(lowFloor));
    await asked();
    await night.until('it sleeps', () => night.events('phase').some(({ to }) => to === 'paused'), 60);
    night.rig('d', { hangs: true });
    const slept = night.nowSeconds;
    const others = (): boolean => ['ka', 'kb', 'kc'].every((id) => night.edges.some((edge) => edge.switch === id));
    await livesUntil('the others are cut', others, 600);
    await livesUntil('it is cut, too', () => cutAt() < Number.POSITIVE_INFINITY, 60);
    expect(cutAt() - night.askedAt('pause', 'd', slept)).toBeGreaterThanOrEqual(GRACE);
  });

  it('asks at the floor no rig again that is seen asleep in each of its lives, and cuts it when it is cool', async () => {
    night = await scenario(farm(lowFloor));
    await asked();
    await livesUntil('all are cut', () => night.edges.length === 4, 600);
    for (const id of ['a', 'b', 'c', 'd']) {
      const sleptMs = night.events('phase').find((one) => one['rig'] === id && one['to'] === 'paused')?.monoMs ?? 0;
      const slept = (sleptMs - START_MS) / 1_000;
      expect(night.orders.filter((order) => order.rig === id && order.at > slept)).toEqual([]);
      expect((night.edges.find((edge) => edge.switch === `k${id}`)?.at ?? 0) - slept).toBeGreaterThanOrEqual(COOL_DOWN - 2);
    }
  });
});

describe('a service that is killed while a rig is on its way down', () => {
  const held = { kind: 'hold', as: 'down', rigs: ['d'] } as const;

  it('before the order went out gives it again, and the rig its whole grace from there', async () => {
    night = await scenario(farm());
    night.rig('d', { hangs: true });
    night.card.misbehave({ syncMs: 400 });
    void night.engine.submit(held, 'cli');
    await night.run(0.2);
    expect(night.events('step-due')).toHaveLength(1);
    night.killInAWrite();
    expect(night.orders).toEqual([]);
    await night.run(40);
    night.card.misbehave({});
    await night.start();
    expect(night.journal.filter(({ event }) => event === 'command')).toHaveLength(1);
    await night.until('it is cut', () => night.edges.length === 1, 120);
    expect(cutAt() - night.askedAt('pause', 'd')).toBeGreaterThanOrEqual(GRACE);
    expect(cutAt() - night.askedAt('pause', 'd')).toBeLessThan(GRACE + 2);
  });

  it('and comes back when the grace is over sees that it sleeps by now, and lets it cool', async () => {
    night = await scenario(farm(), (one) => one.rig('d', { pauseSeconds: 12 }));
    await night.run(20);
    await night.submit(held);
    await night.run(5);
    night.kill();
    await night.run(60);
    await night.start();
    const back = night.nowSeconds;
    await night.until('it is cut', () => night.edges.length === 1, 120);
    expect(cutAt() - back).toBeGreaterThanOrEqual(COOL_DOWN - 2);
    expect(night.edges[0]?.watts).toBeLessThan(50);
  });

  it('and comes back in another outage gives it its whole grace again', async () => {
    night = await scenario(farm(leavesNobodyLit));
    night.rig('d', { hangs: true });
    await asked();
    await night.run(12);
    night.kill();
    night.returnMains();
    await night.run(5);
    await night.start();
    await night.run(10);
    night.loseMains();
    const again = night.nowSeconds;
    await night.until('it is cut', () => night.edges.length > 0, 900);
    expect(cutAt() - night.askedAt('pause', 'd', again)).toBeGreaterThanOrEqual(GRACE);
  });
});

describe('a service that is killed while a rig is on its way up', () => {
  const resumesDue = (): number =>
    night.events('step-due').filter(({ step }) => (step as { readonly kind: string }).kind === 'resume').length;

  /** Until one more resume is in the journal, within so many seconds, and no further. */
  async function killedBeforeItsOrder(seconds: number): Promise<void> {
    const before = resumesDue();
    night.card.misbehave({ syncMs: 400 });
    await night.until('its resume is written', () => resumesDue() > before, seconds);
    night.killInAWrite();
    night.card.misbehave({});
  }

  async function letGo(): Promise<void> {
    night = await scenario(farm());
    await night.submit({ kind: 'hold', as: 'down', rigs: ['d'] });
    await night.until('it is cut', () => night.edges.length === 1, 200);
    await night.submit({ kind: 'release', rigs: ['d'] });
    await night.until('it is fed', () => night.edges.length === 2, 600);
    await killedBeforeItsOrder(600);
  }

  it('before the order went out gives it again at once', async () => {
    await letGo();
    expect(night.asked('resume')).toEqual([]);
    await night.start();
    await night.until('it is told to wake', () => night.asked('resume').includes('d'), 15);
    await night.until('it is back', () => night.events('returned').some(({ rig: id }) => id === 'd'), 600);
    expect(night.faults()).toEqual([]);
  });

  it('each time before the order went out does so three times, and then once in the time that a resume may take', async () => {
    await letGo();
    for (let life = 0; life < 3; life += 1) {
      await night.start();
      await killedBeforeItsOrder(15);
    }
    const last = night.nowSeconds;
    await night.start();
    await night.until('it is told to wake', () => night.asked('resume').includes('d'), 600);
    expect(night.nowSeconds - last).toBeGreaterThan(115);
    await night.until('it is back', () => night.events('returned').some(({ rig: id }) => id === 'd'), 600);
    expect(night.faults()).toEqual([]);
  });
});
