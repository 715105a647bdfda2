// What a drill says of its rig when it does not go well: what was not seen, and of a file that no longer has the rig.
import { describe, expect, it } from '@jest/globals';
import { drillsBrokenOff, drillsLost } from '../../src/core/rules/drill.ts';
import { Desk, rig, siteOf } from '../support/core-desk.ts';

const drill = (desk: Desk, cut: boolean): Desk => {
  desk.pass(40).say({ kind: 'drill', rig: 'a', cut });
  return desk;
};

const verdicts = (desk: Desk) => desk.named('drilled').map(({ ok, say }) => ({ ok, say }));

/** Until the contact of the rig has been opened. */
function untilCut(desk: Desk): Desk {
  for (let second = 0; second < 200 && !desk.asked('cut').includes('ka'); second += 1) desk.pass(1);
  return desk;
}

describe('a drill fails', () => {
  it('of a rig that takes the order and goes on hashing: it is not cut', () => {
    const desk = drill(new Desk(siteOf()).world('a', { stubborn: true }), false).pass(200);
    expect(verdicts(desk)).toEqual([{ ok: false, say: 'a was not seen quiet within 100 s (its grace is 30 s)' }]);
    expect([desk.asked('cut'), desk.rig('a')?.phase, desk.state.drill]).toEqual([[], 'hashing', undefined]);
  });

  it('of a rig whose contact does not open, which then hashes again', () => {
    const desk = new Desk(siteOf());
    desk.stuck.add('ka');
    drill(desk, true).pass(300);
    expect(verdicts(desk)).toEqual([{ ok: false, say: 'a did not go dark' }]);
    expect(desk.rig('a')?.phase).toBe('hashing');
  });

  it('of a rig that had to be cut while it hashed', () => {
    const desk = untilCut(drill(new Desk(siteOf()).world('a', { stubborn: true }), true));
    desk.world('a', { stubborn: false }).pass(400);
    expect(desk.named('drilled')).toEqual([
      expect.objectContaining({ ok: false, pauseMs: null, say: 'a was cut without having been seen quiet' }),
    ]);
  });

  it('but not for that, of a rig that can only be cut', () => {
    const can = { read: true, pause: false, resume: true, halt: false };
    const desk = drill(new Desk(siteOf({ rigs: [rig('a', 8, { can })] })), true).pass(400);
    expect(verdicts(desk)).toEqual([{ ok: true, say: 'went down, was seen quiet and came back' }]);
  });

  it('of a rig that still answers behind its open contact', () => {
    const desk = untilCut(drill(new Desk(siteOf()), true));
    desk.world('a', { fed: true, hashing: false }).pass(400);
    expect(verdicts(desk)).toEqual([{ ok: false, say: 'a still answers with its switches open: it is fed another way' }]);
  });

  it('of a rig that does not wake: with what was found, as soon as it is given up', () => {
    const desk = drill(new Desk(siteOf()), false);
    desk.pass(2).world('a', { stubborn: true }).pass(600);
    expect(desk.faults()).toContain('will-not-wake');
    expect(verdicts(desk)).toEqual([
      {
        ok: false,
        say: 'a did not come back to hashing: fed and answering, not hashing after 3 tries; look at it, then: lastwatt release a',
      },
    ]);
  });

  it('after half an hour, of a rig that takes longer than that to boot', () => {
    const desk = untilCut(drill(new Desk(siteOf({ rigs: [rig('a', 8, { restartMinutes: 30 }), rig('b', 6)] })), true));
    desk
      .pass(60)
      .world('a', { silent: true })
      .pass(29 * 60);
    expect(verdicts(desk)).toEqual([]);
    desk.pass(120);
    expect(verdicts(desk)).toEqual([{ ok: false, say: 'a did not come back to hashing: no proof in time' }]);
  });
});

describe('a drill in a file that was edited', () => {
  const without = siteOf({ rigs: [rig('b', 6)] });
  const { memory } = drill(new Desk(siteOf()), true).pass(5).state;
  const lost = expect.objectContaining({ event: 'drilled', rig: 'a', ok: false, say: 'a left the file in mid-drill' });

  it('goes on while its rig stands in it, and is lost with it', () => {
    expect(drillsLost(siteOf(), memory)).toEqual([]);
    expect(drillsLost(without, memory)).toEqual([lost]);
  });

  it('is broken off by a start, and lost where the file the service starts with has no such rig', () => {
    const say = 'the service started anew in mid-drill; a comes back by itself, then drill it again';
    expect(drillsBrokenOff(siteOf(), memory)).toEqual([expect.objectContaining({ rig: 'a', ok: false, say })]);
    expect(drillsBrokenOff(without, memory)).toEqual([lost]);
  });
});
