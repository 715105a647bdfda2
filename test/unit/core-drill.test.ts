// The drill: what ends it, what it may ask for, and what it makes of what it sees.
import { describe, expect, it } from '@jest/globals';
import { admitCommand } from '../../src/core/admit.ts';
import { Desk, rig, siteOf, ups } from '../support/core-desk.ts';

describe('a person who wants a rig down that is being drilled', () => {
  it.each([2, 20, 60])('gets it down at once, %i s into the drill, and the drill is over', (seconds) => {
    const desk = new Desk(siteOf()).pass(40);
    desk.say({ kind: 'drill', rig: 'a', cut: true });
    desk.pass(seconds);
    desk.say({ kind: 'hold', as: 'down', rigs: 'all' });
    expect(desk.named('drilled')).toEqual([expect.objectContaining({ rig: 'a', ok: false, say: 'held down in mid-drill' })]);
    desk.pass(120);
    expect([...desk.site.rigs.keys()].map((id) => desk.rig(id)?.phase)).toEqual(['dark', 'dark', 'dark', 'dark']);
    expect(desk.state.drill).toBeUndefined();
  });
});

describe('a drill that opens a switch', () => {
  const drill = { kind: 'drill', rig: 'a', cut: true } as const;

  it('is refused, with the time to wait, where the moves of the hour would leave the rig dark', () => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8, { graceSeconds: 5, coolDownSeconds: 0 })] })).pass(40);
    for (let round = 0; round < 3; round += 1) {
      desk.say(drill);
      desk.pass(400);
    }
    expect(desk.named('drilled').map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(admitCommand(desk.scene(), drill)).toEqual({
      ok: false,
      refused: expect.stringMatching(/^ka may move 6 times an hour, and a drill moves it twice; try again in 4\d min$/),
    });
    expect(admitCommand(desk.scene(), { ...drill, cut: false }).ok).toBe(true);
    desk.freeze(3600).pass(5);
    expect(admitCommand(desk.scene(), drill).ok).toBe(true);
  });
});

describe('a drill and another rig that comes back', () => {
  const resumedAt = (desk: Desk): number[] =>
    desk.steps.flatMap(({ atMs, due }) => (due.step.kind === 'resume' ? [atMs] : [])).toSorted((a, b) => a - b);
  const apartMs = 1000 * siteOf().restore.staggerSeconds - 1000;

  it.each([0, 1, 2, 3, 5])('start one after the other, the other released %i s into the drill', (seconds) => {
    const desk = new Desk(siteOf()).pass(40);
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'], now: true });
    desk.pass(80).say({ kind: 'drill', rig: 'b', cut: false });
    desk.pass(seconds).say({ kind: 'release', rigs: ['a'] });
    desk.pass(120);
    const [first = 0, second = 0] = resumedAt(desk);
    expect(second - first).toBeGreaterThanOrEqual(apartMs);
    expect(desk.named('drilled')).toMatchObject([{ rig: 'b', ok: true }]);
    expect(['a', 'b'].map((id) => desk.rig(id)?.phase)).toEqual(['hashing', 'hashing']);
  });
});

it('who releases a rig whose switch has no move left is told when it comes back', () => {
  const desk = new Desk(siteOf()).pass(40);
  const down = (): Desk => {
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'], now: true });
    return desk.pass(5);
  };
  for (let round = 0; round < 3; round += 1) {
    down().say({ kind: 'release', rigs: ['a'] });
    desk.pass(70);
  }
  down();
  expect(admitCommand(desk.scene(), { kind: 'release', rigs: ['a'] })).toMatchObject({
    say: [expect.stringMatching(/^a is fed in 5\d min: ka has moved 6 times within the hour$/)],
  });
});

describe('a drill of a rig that shares its switch', () => {
  const rigs = [rig('a', 8, { cutBy: ['kab'] }), rig('b', 6, { cutBy: ['kab'] }), rig('c', 4)];
  const drill = { kind: 'drill', rig: 'a', cut: true } as const;

  it('is refused while the other would go dark with it', () => {
    const desk = new Desk(siteOf({ rigs })).pass(40);
    expect(admitCommand(desk.scene(), drill)).toEqual({
      ok: false,
      refused: 'a shares kab with b, which would go dark with it; first: lastwatt down b',
    });
    expect(admitCommand(desk.scene(), { ...drill, cut: false }).ok).toBe(true);
  });

  it('goes well once the other is held down, which then stays so', () => {
    const desk = new Desk(siteOf({ rigs })).pass(40);
    desk.say({ kind: 'hold', as: 'down', rigs: ['b'] });
    desk.tick();
    expect(admitCommand(desk.scene(), drill)).toMatchObject({ ok: false, refused: expect.stringContaining('on its way down') });
    desk.pass(30);
    expect(admitCommand(desk.scene(), drill).ok).toBe(true);
    desk.say(drill);
    desk.pass(300);
    expect(desk.named('drilled')).toEqual([expect.objectContaining({ rig: 'a', ok: true })]);
    expect([desk.asked('cut'), desk.asked('feed')]).toEqual([['kab'], ['kab']]);
    expect([desk.rig('a')?.phase, desk.rig('b')?.phase]).toEqual(['hashing', 'paused']);
  });
});

describe('a drill is refused, with what to do instead,', () => {
  const drill = { kind: 'drill', rig: 'a', cut: false } as const;
  const said = (desk: Desk): string | undefined => {
    const answer = admitCommand(desk.scene(), drill);
    return answer.ok ? undefined : answer.refused;
  };
  const desk = (): Desk => new Desk(siteOf({ rigs: [rig('a', 8), rig('b', 6)] })).pass(40);

  it('of a rig that the file does not name', () => {
    expect(admitCommand(desk().scene(), { ...drill, rig: 'x' })).toEqual({ ok: false, refused: 'x: no such rig; there are: a, b' });
  });

  it('while another rig is drilled, and not any more when that is over', () => {
    const busy = desk();
    busy.say({ ...drill, rig: 'b' });
    expect(said(busy.pass(3))).toBe('b is being drilled; one rig at a time, try again when it is done');
    expect(said(busy.pass(300))).toBeUndefined();
  });

  it('on battery, also of a rig whose own supply has mains', () => {
    expect(said(desk().set('rack', { words: 'OB' }).pass(2))).toBe('no drill on battery; try again when mains is back');
    const two = new Desk(siteOf({ ups: [ups('rack'), ups('house')], rigs: [rig('a', 8)] })).pass(40);
    expect(said(two.set('house', { words: 'OB' }).pass(2))).toBe('no drill on battery; try again when mains is back');
  });

  it('while its supply is heard, and gives nothing', () => {
    expect(said(desk().set('rack', { words: 'OFF' }).pass(2))).toBe(
      'no drill while its supply is not heard on mains (supply-off); see: lastwatt check',
    );
  });

  it('of a rig that a person holds down, until he releases it', () => {
    const held = desk();
    held.say({ kind: 'hold', as: 'down', rigs: ['a'] });
    expect(said(held.pass(60))).toBe('a is held down; first: lastwatt release a');
    held.say({ kind: 'release', rigs: ['a'] });
    expect(said(held.pass(120))).toBeUndefined();
  });

  it('of a rig that did not wake after an outage, until a person has looked at it', () => {
    const broken = desk().set('rack', { words: 'OB', charge: 20 }).pass(120).world('a', { stubborn: true });
    broken.set('rack', { words: 'OL', charge: 100 }).pass(1_200);
    expect(said(broken)).toBe('a has a fault (will-not-wake); first: lastwatt release a');
    broken.world('a', { stubborn: false }).say({ kind: 'release', rigs: ['a'] });
    expect(said(broken.pass(200))).toBeUndefined();
  });

  it('of a rig that sleeps by itself', () => {
    expect(said(desk().world('a', { hashing: false }).pass(5))).toBe(
      'a is paused, not hashing: a drill begins and ends with a hashing rig',
    );
  });
});

describe('a drill is let in', () => {
  const drill = { kind: 'drill', rig: 'a', cut: true } as const;

  it('of a rig that a person wants up, and brings it back', () => {
    const held = new Desk(siteOf()).pass(40);
    held.say({ kind: 'hold', as: 'up', rigs: ['a'] });
    expect(admitCommand(held.pass(5).scene(), drill)).toEqual({ ok: true, say: [] });
    held.say(drill);
    expect(held.pass(300).named('drilled')).toMatchObject([{ rig: 'a', ok: true }]);
    expect([held.asked('cut'), held.rig('a')?.phase]).toEqual([['ka'], 'hashing']);
  });

  it('of one that takes no orders: that its switch cuts it is what the drill shows', () => {
    const locked = new Desk(siteOf()).pass(40).world('a', { refusesKey: true }).pass(5);
    expect(locked.faults()).toEqual(['no-graceful-way']);
    expect(admitCommand(locked.scene(), drill)).toEqual({ ok: true, say: [] });
  });
});

it.each([0, 20].flatMap((coolDownSeconds) => [40, 45, 50, 55, 60, 65, 70].map((seconds) => [coolDownSeconds, coolDownSeconds + seconds])))(
  'a drilled rig that cools for %i s and whose contact rests starts apart from one that is released %i s into the drill',
  (coolDownSeconds, seconds) => {
    const desk = new Desk(siteOf({ rigs: [rig('a', 8), rig('b', 6, { graceSeconds: 5, coolDownSeconds })] })).pass(200);
    desk.say({ kind: 'hold', as: 'down', rigs: ['a'], now: true });
    desk.pass(80).say({ kind: 'drill', rig: 'b', cut: true });
    desk.pass(seconds).say({ kind: 'release', rigs: ['a'] });
    desk.pass(200);
    const fedAt = desk.steps.flatMap(({ atMs, due }) => (due.step.kind === 'feed' ? [atMs] : [])).toSorted((a, b) => a - b);
    expect(fedAt.length).toBe(2);
    expect((fedAt[1] ?? 0) - (fedAt[0] ?? 0)).toBeGreaterThanOrEqual(1000 * siteOf().restore.staggerSeconds - 1000);
    expect(desk.named('drilled')).toMatchObject([{ rig: 'b', ok: true }]);
  },
);
