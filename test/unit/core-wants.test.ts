// Who outranks whom, and what no wish may do.
import { describe, expect, it } from '@jest/globals';
import { Desk, rig, siteOf, ups } from '../support/core-desk.ts';

/** A calm minute, then battery with these figures. */
function outage(desk: Desk, figures: { charge?: number } = {}): Desk {
  desk.pass(40);
  return desk.set('rack', { words: 'OB', charge: 95, ...figures });
}

describe('a wish to keep a rig up', () => {
  it('spoken on battery for a rig that hashes leaves it hashing', () => {
    const desk = outage(new Desk(siteOf())).pass(8);
    desk.say({ kind: 'hold', as: 'up', rigs: ['d'] });
    desk.pass(10);
    expect(desk.asked('pause')).toEqual([]);
    expect(desk.rig('d')?.phase).toBe('hashing');
  });

  it('hides the policy and not the floor', () => {
    const desk = new Desk(siteOf()).pass(20);
    desk.say({ kind: 'hold', as: 'up', rigs: ['d'] });
    outage(desk, { charge: 45 }).pass(8);
    expect(desk.asked('pause')).toEqual(['c']);
    desk.set('rack', { words: 'OB LB', charge: 20 }).pass(2);
    expect(desk.asked('pause').toSorted()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('that has run out wakes no rig that somebody else had put to sleep', () => {
    const desk = new Desk(siteOf());
    desk.world('a', { hashing: false }).pass(20);
    desk.set('rack', { words: 'OB', charge: 95 }).pass(3);
    desk.tick({ kind: 'command', command: { kind: 'hold', as: 'up', rigs: ['a'], forSeconds: 60 }, from: 'cli' });
    desk.pass(90);
    expect(desk.named('hold-ended')).toHaveLength(1);
    desk.set('rack', { words: 'OL', charge: 90 }).pass(300);
    expect(desk.asked('resume')).not.toContain('a');
  });

  it('ends by itself after four hours', () => {
    const desk = new Desk(siteOf()).pass(5);
    desk.say({ kind: 'hold', as: 'up', rigs: ['a'] });
    desk.freeze(4 * 3600 - 1).tick();
    expect(desk.named('hold-ended')).toEqual([]);
    desk.freeze(1).tick();
    expect(desk.named('hold-ended')).toEqual([{ event: 'hold-ended', rig: 'a', as: 'up' }]);
  });

  it('wakes a rig that somebody else put to sleep, on mains', () => {
    const desk = new Desk(siteOf());
    desk.world('a', { hashing: false }).pass(10);
    desk.say({ kind: 'hold', as: 'up', rigs: ['a'] });
    desk.pass(10);
    expect(desk.asked('resume')).toEqual(['a']);
    expect(desk.rig('a')?.phase).toBe('hashing');
  });
});

describe('a wish to take a rig down', () => {
  it('outlasts an outage and outranks the return', () => {
    const desk = new Desk(siteOf()).pass(10);
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'] });
    desk.pass(60);
    expect(desk.rig('a')?.phase).toBe('dark');
    outage(desk).pass(30);
    desk.set('rack', { words: 'OL' }).pass(300);
    expect([desk.rig('a')?.phase, desk.asked('resume')]).toEqual(['dark', []]);
    desk.say({ kind: 'release', rigs: ['a'] });
    desk.pass(120);
    expect(desk.rig('a')?.phase).toBe('hashing');
  });

  it('at the floor waits no cool-down that the battery cannot carry', () => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8, { coolDownSeconds: 600 }), rig('b', 6)] })).pass(40);
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'] });
    desk.pass(5);
    desk.set('rack', { words: 'OB LB', charge: 18 }).pass(5);
    expect(desk.asked('cut')).toContain('ka');
  });

  it('by --now waits for neither grace nor cool-down', () => {
    const desk = new Desk(siteOf()).pass(40);
    desk.world('a', { stubborn: true });
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'], now: true });
    desk.pass(3);
    expect(desk.asked('cut')).toEqual(['ka']);
  });

  it('the later of two wishes counts', () => {
    const desk = new Desk(siteOf()).pass(10);
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'] });
    desk.pass(30);
    desk.say({ kind: 'hold', as: 'up', rigs: ['a'] });
    desk.pass(120);
    expect(desk.rig('a')?.phase).toBe('hashing');
  });
});

describe('a rig on two UPSes', () => {
  const two = [ups('rack'), ups('house', { nominalWatts: 2000 })];
  const rigs = [rig('both', 1, { fedBy: ['rack', 'house'] }), rig('a', 8), rig('b', 6), rig('c', 4)];

  it('stays up while one of them is on mains, and does not count as gone for the other', () => {
    const desk = new Desk(siteOf({ ups: two, rigs })).pass(40);
    desk.set('rack', { words: 'OB', charge: 45 }).pass(8);
    expect(desk.asked('pause')).toEqual(['c']);
    expect(desk.rig('both')?.phase).toBe('hashing');
  });

  it('goes in its turn when both are on battery and both are short', () => {
    const desk = new Desk(siteOf({ ups: two, rigs })).pass(40);
    for (const id of ['rack', 'house']) desk.set(id, { words: 'OB', charge: 45 });
    desk.pass(8);
    expect(desk.asked('pause')).toEqual(['both']);
  });

  it('stays while one battery is full, and the other lets its own rigs go', () => {
    const desk = new Desk(siteOf({ ups: two, rigs })).pass(40);
    desk.set('rack', { words: 'OB', charge: 45 }).set('house', { words: 'OB', charge: 98 }).pass(8);
    expect(desk.asked('pause')).toEqual(['c']);
  });

  it('returns only when both are heard on mains', () => {
    const desk = new Desk(siteOf({ ups: two, rigs })).pass(40);
    for (const id of ['rack', 'house']) desk.set(id, { words: 'OB LB', charge: 18 });
    desk.pass(60);
    desk.set('rack', { words: 'OL', charge: 90 }).pass(200);
    expect(desk.asked('resume')).not.toContain('both');
    expect(desk.asked('resume')).toEqual(['a', 'b', 'c']);
    desk.set('house', { words: 'OL', charge: 90 }).pass(200);
    expect(desk.asked('resume')).toContain('both');
  });
});

describe('mains that comes back in mid-stop', () => {
  it('asks nobody again, and opens no switch', () => {
    const desk = outage(new Desk(siteOf())).pass(3);
    desk.world('d', { stubborn: true });
    desk.set('rack', { words: 'OB', charge: 45 }).pass(6);
    expect(desk.asked('pause')).toEqual(['d']);
    const before = desk.steps.length;
    desk.set('rack', { words: 'OL', charge: 45 }).pass(60);
    expect(desk.steps.slice(before)).toEqual([]);
    expect(desk.rig('d')?.phase).toBe('hashing');
  });
});

describe('a rig on mains alone', () => {
  const rigs = [rig('a', 8), rig('bare', 5, { fedBy: ['mains'] })];

  it('is not cut for a long silence that the outage has nothing to do with, while it may be a blip', () => {
    const desk = new Desk(siteOf({ rigs })).pass(10);
    desk.world('bare', { silent: true }).pass(300);
    desk.set('rack', { words: 'OB' }).pass(3);
    desk.set('rack', { words: 'OL' }).pass(30);
    expect(desk.asked('cut')).toEqual([]);
  });

  it('is cut when it has been silent for 30 s of an outage', () => {
    const desk = new Desk(siteOf({ rigs })).pass(10);
    desk.set('rack', { words: 'OB', charge: 99 }).world('bare', { silent: true }).pass(29);
    expect(desk.asked('cut')).toEqual([]);
    desk.pass(3);
    expect(desk.asked('cut')).toEqual(['kbare']);
  });

  it('that came up in an outage of one UPS is owed its return by that of the next, which takes the grid', () => {
    const desk = new Desk(
      siteOf({ rigs: [rig('a', 8), rig('bare', 5, { fedBy: ['mains'], cutBy: [] })], ups: [ups('rack'), ups('house')] }),
    );
    desk.world('bare', { hashing: false }).pass(40).set('rack', { words: 'OB', charge: 99 }).pass(10);
    desk.world('bare', { hashing: true }).pass(10).set('house', { words: 'OB', charge: 99 }).world('bare', { silent: true }).pass(60);
    expect(desk.named('outage-began').map(({ up }) => up)).toEqual([[], ['bare']]);
    for (const id of ['rack', 'house']) desk.set(id, { words: 'OL' });
    desk.world('bare', { silent: false, hashing: false }).pass(200);
    expect(desk.asked('resume')).toEqual(['bare']);
  });

  it('is owed its return once, though two UPSes tell of the outage', () => {
    const desk = new Desk(siteOf({ rigs, ups: [ups('rack'), ups('house')] })).pass(40);
    desk.set('rack', { words: 'OB', charge: 99 }).pass(2).set('house', { words: 'OB', charge: 99 }).pass(2);
    expect(desk.named('outage-began').map(({ up }) => up)).toEqual([['bare'], []]);
  });

  it('returns although another UPS is never heard', () => {
    const desk = new Desk(siteOf({ rigs, ups: [ups('rack'), ups('gone')] }));
    desk.set('gone', { silent: true }).pass(10);
    desk.set('rack', { words: 'OB', charge: 99 }).world('bare', { silent: true }).pass(40);
    desk.set('rack', { words: 'OL' }).world('bare', { silent: false, hashing: false }).pass(200);
    expect(desk.asked('resume')).toEqual(['bare']);
  });
});

describe('a rig on mains alone that answers nobody', () => {
  it('is dark with the grid after half a minute without it, counted from when the last UPS lost it', () => {
    const rigs = [rig('a', 8), rig('bare', 2, { fedBy: ['mains'] })];
    const desk = new Desk(siteOf({ ups: [ups('rack'), ups('house')], rigs })).pass(40);
    desk.set('rack', { words: 'OB' }).world('bare', { silent: true }).pass(60);
    desk.set('house', { words: 'OB' }).pass(25);
    expect(desk.asked('cut')).toEqual([]);
    expect(desk.pass(10).asked('cut')).toEqual(['kbare']);
  });
});
