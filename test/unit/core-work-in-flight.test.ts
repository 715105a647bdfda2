// A pause that is in no hurry waits for the next share, where the owner wants it and the battery has the time.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { rigMemory } from '../../src/core/memory.ts';
import { whyOf } from '../../src/core/why.ts';
import type { Event } from '../../src/model/event.ts';
import { Desk, rig, siteOf } from '../support/core-desk.ts';
import { Yard } from '../support/generator-yard.ts';

let desk: Desk;

const RIGS = [rig('a', 8), rig('d', 2)];

function wishing(waitForShareSeconds: number): Desk {
  desk = new Desk(siteOf({ rigs: RIGS, policy: { waitForShareSeconds } }));
  return desk.world('a', { shares: 100 }).world('d', { shares: 10 }).pass(40);
}

const hold = (now = false): unknown => desk.say({ kind: 'hold', as: 'down', rigs: ['d'], ...(now ? { now: true as const } : {}) });
const paused = (): (Event & { event: 'step-due' })[] => desk.named('step-due').filter(({ step }) => step.kind === 'pause');

beforeEach(() => {
  wishing(5);
});

describe('a pause', () => {
  it('goes out with the next share, and says so', () => {
    hold();
    desk.pass(2);
    expect(desk.asked('pause')).toEqual([]);
    desk.world('d', { shares: 11 }).pass(1);
    expect(desk.asked('pause')).toEqual(['d']);
    expect(paused()).toMatchObject([{ waitedMs: 3_000, share: true }]);
  });

  it('goes out when none came in its time, and says so', () => {
    hold();
    desk.pass(5);
    expect(paused()).toMatchObject([{ waitedMs: 5_000, share: false }]);
    expect(rigMemory(desk.state.memory, 'd').shares).toEqual({ waits: 1, came: 0 });
    expect(whyOf(desk.state, desk.site, desk.nowMs, 'd', new Map())?.say.join()).toContain('of 1 pauses that waited for a share 0 got one');
  });

  it('takes a count that begins anew for no share', () => {
    hold();
    desk.world('d', { shares: 0 }).pass(5);
    expect(paused()).toMatchObject([{ waitedMs: 5_000, share: false }]);
  });

  it('of the policy waits as well while the battery allows it', () => {
    desk.set('rack', { words: 'OB', charge: 60, runtime: 200 }).pass(6);
    expect(desk.asked('pause')).toEqual([]);
    desk.pass(6);
    expect(desk.asked('pause')).toContain('d');
    expect(paused()[0]?.waitedMs).toBeGreaterThan(0);
  });

  it('waits a second time after a wait that came to nothing', () => {
    hold();
    desk.pass(2);
    desk.say({ kind: 'release', rigs: ['d'] });
    desk.pass(60);
    hold();
    desk.pass(3);
    expect(desk.asked('pause')).toEqual([]);
    desk.pass(3);
    expect(desk.asked('pause')).toEqual(['d']);
  });
});

describe('it does not wait', () => {
  const atOnce = (): void => {
    desk.pass(1);
    expect(desk.asked('pause')).toContain('d');
    expect(paused().every(({ waitedMs }) => waitedMs === undefined)).toBe(true);
  };

  it('unless the owner wants it', () => {
    wishing(0);
    hold();
    atOnce();
  });

  it('for a rig that tells no shares, or was not seen hashing', () => {
    desk.world('d', { shares: undefined }).pass(1);
    hold();
    atOnce();
  });

  it("for a person's --now", () => {
    hold(true);
    atOnce();
  });

  it('at the floor', () => {
    desk.set('rack', { words: 'OB LB', charge: 20 });
    atOnce();
  });

  it('in a drill, which measures', () => {
    desk.say({ kind: 'drill', rig: 'd', cut: false });
    atOnce();
  });

  it('for a generator that has no room: what carries too much carries nothing', () => {
    const yard = new Yard({}, { policy: { waitForShareSeconds: 5 } });
    for (const id of ['a', 'b', 'c', 'd']) yard.desk.world(id, { shares: 7 });
    yard.battery().pass(6);
    yard.ats = 'closed';
    yard.online().pass(3);
    expect([yard.why('c'), yard.why('d')]).toEqual(['generator-has-no-room', 'generator-has-no-room']);
  });

  it('where the battery has no such time left', () => {
    hold();
    desk.set('rack', { words: 'OB', charge: 40, runtime: 110 });
    desk.pass(1);
    expect(paused().find(({ step }) => 'rig' in step && step.rig === 'd')?.waitedMs ?? 0).toBeLessThanOrEqual(1_000);
  });
});
