// What a supply is believed to carry: measured before anything is known, counted once it was fitted.
import { describe, expect, it } from '@jest/globals';
import { foresee } from '../../src/core/foresee.ts';
import { Desk, rig, siteOf, ups } from '../support/core-desk.ts';

describe('after a restart with every rig down, the house load is what the UPS measures', () => {
  it.each(['OL', 'OB'])('with the line at %s and the switches open', (words) => {
    const desk = new Desk(siteOf({ policy: { cutPaused: 'always' } })).pass(40);
    desk.set('rack', { words: 'OB LB', charge: 30 }).pass(60);
    expect([...desk.rigs.values()].filter(({ fed }) => fed)).toEqual([]);
    desk.set('rack', { words }).restart().pass(3);
    expect(desk.supply().load.watts).toBe(60);
    desk.pass(50);
    expect(desk.supply().load.watts).toBe(60);
  });

  it('also where a rig is heard some seconds later than its UPS', () => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8, { cutBy: [] }), rig('b', 6)] })).pass(40);
    desk.set('rack', { words: 'OB LB', charge: 30 }).pass(60);
    desk.set('rack', { words: 'OL' }).restart();
    desk.world('a', { silent: true }).pass(3);
    desk.world('a', { silent: false }).pass(3);
    expect(desk.supply().load.watts).toBe(desk.loadOf('rack'));
  });
});

describe('a load that was fitted', () => {
  it('is counted down at once when a rig goes, while the UPS still measures the old one', () => {
    const desk = new Desk(siteOf()).pass(60).set('rack', { load: 4060 });
    desk.say({ kind: 'hold', as: 'down', rigs: ['d'] });
    desk.pass(5);
    expect(desk.rig('d')?.phase).toBe('paused');
    expect(desk.supply().load.watts).toBe(3080);
  });
});

describe('what hangs beside the rigs', () => {
  const BESIDE = 2000;
  /** A rig is fed after a cut, and boots asleep: it is counted as drawing, and does not. */
  const bootsAsleep = (): Desk => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8)] })).set('rack', { load: BESIDE + 1000 }).pass(60);
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'], now: true });
    desk.set('rack', { load: BESIDE }).pass(100);
    desk.world('a', { silent: true }).say({ kind: 'release', rigs: ['a'] });
    return desk.pass(50);
  };

  it('is not taken for less because a rig that wakes does not draw yet', () => {
    const desk = bootsAsleep();
    expect(desk.rig('a')?.phase).toBe('waking');
    desk
      .world('a', { silent: false, hashing: true })
      .set('rack', { words: 'OB', load: BESIDE + 1000 })
      .pass(1);
    expect(desk.supply().load).toMatchObject({ baseWatts: BESIDE, watts: BESIDE + 1000 });
  });

  it('is less where less is measured than it was, whatever that rig draws', () => {
    const desk = bootsAsleep().set('rack', { load: 1500 }).pass(40);
    expect(desk.supply().load.baseWatts).toBe(1500);
  });

  it('is what is measured, where a rig that answers nobody has drawn nothing for a quarter of an hour', () => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8)] })).set('rack', { load: BESIDE + 1000 }).pass(60);
    desk.world('a', { silent: true }).set('rack', { load: BESIDE }).pass(500);
    expect(desk.supply().load.baseWatts).toBe(BESIDE);
    desk.pass(400);
    expect(desk.supply().load.baseWatts).toBe(BESIDE - 1000);
  });
});

it('a rig that is seen asleep for the first time is no step of the load: the runtime is believed at once, and not after one that wakes', () => {
  const rack = ups('rack', { minutesAtWatts: [[1000, 60]] });
  const desk = new Desk(siteOf({ ups: [rack] })).set('rack', { charge: undefined, runtime: 1800, load: 1000 });
  for (const id of desk.rigs.keys()) desk.world(id, { hashing: false });
  expect(desk.pass(3).supply().battery.depth).toBeCloseTo(0.5, 2);
  desk.pass(60).world('a', { hashing: true }).pass(2).set('rack', { runtime: 3600 }).pass(20);
  expect(desk.supply().battery.depth).toBeGreaterThan(0.45);
});

it('what our rigs do is a step of the load also where the UPS measures none, once all were seen', () => {
  const desk = new Desk(siteOf()).set('rack', { load: 'none' }).pass(60);
  desk.set('rack', { words: 'OB', charge: 80 }).pass(2).world('a', { hashing: false }).pass(5);
  expect(desk.nowMs - (desk.supply().load.steppedAtMs ?? 0)).toBeLessThan(6_000);
});

describe('a load of 0', () => {
  it('is no more believed once rigs that were seen drawing answer nobody', () => {
    const desk = new Desk(siteOf()).pass(1).set('rack', { load: '0' }).pass(60);
    desk.set('rack', { words: 'OB', charge: 90 });
    for (const id of desk.rigs.keys()) desk.world(id, { silent: true });
    desk.pass(40);
    expect(desk.supply().sample?.rejected.map(({ figure }) => figure)).toContain('load');
    expect(desk.supply().load.watts).toBe(4060);
  });

  it('is believed in calm of a rig that can be asked nothing, and not on battery while that has its power', () => {
    const mute = rig('a', 8, { can: { read: false, pause: false, resume: false, halt: false } });
    const desk = new Desk(siteOf({ rigs: [mute] })).set('rack', { load: '0' }).pass(60);
    const isRefused = () => desk.supply().sample?.rejected.some(({ figure }) => figure === 'load');
    expect(isRefused()).toBe(false);
    desk.set('rack', { words: 'OB', charge: 99 }).pass(3);
    expect([isRefused(), desk.supply().load.watts]).toEqual([true, mute.watts]);
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'], now: true });
    desk.pass(20);
    expect(isRefused()).toBe(false);
  });
});

describe('a rig that hangs on a UPS and on mains', () => {
  const both = () => new Desk(siteOf({ rigs: [rig('a', 8), rig('b', 6, { fedBy: ['rack', 'mains'] })] }));
  const HALF = 60 + 1000 + 500;
  const planned = (desk: Desk): number => foresee(desk.scene()).ups[0]?.runtimeSeconds ?? Number.NaN;

  it('is counted whole on the UPS from the first word of battery on, though its figure is still the old one', () => {
    const desk = both().set('rack', { load: HALF }).pass(60);
    expect(desk.supply().load.watts).toBe(HALF);
    desk.set('rack', { words: 'OB' }).pass(1);
    expect(desk.supply().load.watts).toBe(HALF + 500);
  });

  it('and from the moment the UPS is taken to be on battery, where that is silent', () => {
    const desk = both().set('rack', { load: HALF }).pass(60);
    desk.set('rack', { words: 'OB' }).pass(1).set('rack', { silent: true }).pass(20);
    expect(desk.supply().load.watts).toBe(HALF + 500);
  });

  it('is counted with half again once the UPS shows that mains still carry the other half, and whole when they no longer do', () => {
    const desk = both().set('rack', { load: HALF }).pass(60);
    desk.set('rack', { words: 'OB' }).pass(35);
    expect(desk.supply().load.watts).toBe(HALF);
    desk.set('rack', { load: HALF + 500 }).pass(1);
    expect(desk.supply().load.watts).toBe(HALF + 500);
  });

  it('is planned for with what it draws in an outage', () => {
    const desk = both().set('rack', { load: HALF, runtime: 600 }).pass(60);
    const whole = (600 * HALF) / (HALF + 500);
    expect(Math.abs(planned(desk) - whole)).toBeLessThan(0.05 * whole);
  });

  it('leaves its standby to the UPS when it is down', () => {
    const desk = both().set('rack', { load: HALF }).pass(60);
    desk.set('rack', { words: 'OB', load: HALF + 500 }).pass(2);
    desk.say({ kind: 'hold', as: 'down', rigs: ['b'] });
    desk.pass(4);
    expect(desk.rig('b')?.phase).toBe('paused');
    expect(desk.supply().load.watts).toBe(60 + 1000 + 20);
  });
});

describe('a rig that hangs on two UPSes', () => {
  const ROOM = 1000;
  const BOTH_UP = ROOM + 1000 + 500;
  const LEFT = ROOM + 1000 + 10;
  const both = () =>
    new Desk(
      siteOf({
        ups: [ups('rack', { pollSeconds: { mains: 1, battery: 1 } }), ups('shelf')],
        rigs: [rig('a', 8), rig('b', 6, { fedBy: ['rack', 'shelf'] })],
      }),
    )
      .set('rack', { load: BOTH_UP })
      .pass(60)
      .set('rack', { words: 'OB' })
      .set('shelf', { words: 'OB' })
      .pass(2);
  const takenDown = (desk: Desk): Desk => {
    desk.say({ kind: 'hold', as: 'down', rigs: ['b'] });
    desk.pass(4);
    expect(desk.rig('b')?.phase).toBe('paused');
    return desk;
  };

  it('takes along only its part from the UPS whose figure shows that another carried the rest', () => {
    const desk = takenDown(both()).set('rack', { load: LEFT }).pass(2);
    expect(desk.supply().load.watts).toBe(LEFT);
    desk.pass(40);
    expect(desk.supply().load.watts).toBe(LEFT);
  });

  it('and never less than its part, however late that figure follows', () => {
    const desk = takenDown(both()).pass(2);
    expect(desk.supply().load.watts).toBe(LEFT);
  });

  it('and all of it where the figure shows that this one carried it alone', () => {
    const desk = takenDown(both())
      .set('rack', { load: BOTH_UP - 980 })
      .pass(2);
    expect(desk.supply().load.watts).toBe(BOTH_UP - 980);
  });

  it('and its part also while the UPS is silent after that', () => {
    const desk = takenDown(both()).set('rack', { load: LEFT }).pass(2).set('rack', { silent: true }).pass(5);
    expect(desk.supply().load.watts).toBe(LEFT);
  });
});
